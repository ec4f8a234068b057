"""The page of a board in a real browser: what it shows, its filters and keys, and that it stays on its own."""

from __future__ import annotations

import html
import re

import pytest
from harness.drills.board.figures import GRADES
from harness.drills.board.page.page import page
from playwright.sync_api import expect

from .sample_board import HOSTILE, sample_board

FEW_BYTES = 250_000
"""A page without cells has DataTables with KeyTable (136 kB), style and script."""


def hostile_board():
    """A board with names and words that try to become markup, and an INVALID cell."""
    board = sample_board()
    board.project = HOSTILE
    cell = board.cells[2]
    cell["title"] = cell["data"]["outages"][0]["host"] = HOSTILE
    cell["plays"][0]["why"] = [HOSTILE]
    cell["plays"][0]["journal"][0]["path"] = f"/{HOSTILE}"
    board.cells[5]["invalid"] = ["the fault did no harm"]
    return board.as_json()


def shown(tab):
    """The titles of the rows that are shown."""
    return tab.locator("#matrix tbody .title").all_inner_texts()


def focused(tab):
    """The id of the element that has the focus, or its text in one line; empty where none has."""
    text = tab.evaluate("((one) => one === document.body ? '' : one.id || one.textContent)(document.activeElement)")
    return " ".join(text.split())


def test_page_is_one_file_of_modest_size_without_an_address():
    """The page can be mailed: nothing in it is fetched, and the library does not make it large."""
    board = sample_board().as_json()
    text = page(board | {"cells": [], "valid": 0}, "report")
    assert len(text.encode()) < FEW_BYTES
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*\s(?:src|href)=", text)
    assert re.search(r"default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; ", html.unescape(text))
    assert "Permission is hereby granted" in text
    whole = page(board, "report")
    per_build = (len(whole.encode()) - len(text.encode())) / sum(len(cell["plays"]) for cell in board["cells"])
    assert per_build < 2500


def test_matrix_has_each_cell_in_words_and_shapes(opened, pictures):
    """Whoever sees no colours reads the same: each end has a word, a shape of its own and a style of line."""
    tab = opened(hostile_board())
    assert tab.locator("#matrix thead th").all_inner_texts() == ["outage", "plain", "retry3", "mirrors", "kit"]
    buttons = tab.locator("#matrix tbody button")
    assert buttons.count() == 24
    row = tab.locator("#matrix tbody tr").nth(0).locator("button")
    assert row.locator(".end").all_inner_texts() == ["fails (1)", "fails (decided)", "hangs", "survived"]
    looks = tab.evaluate("""[...document.querySelectorAll('#matrix tbody button')].map((one) => [
        one.className, one.querySelector('use').getAttribute('href'), getComputedStyle(one).borderLeftStyle])""")
    assert {tuple(look) for look in looks} == {
        ("fails", "#fails", "dashed"), ("hangs", "#hangs", "dotted"), ("survived", "#survived", "solid"),
        ("wrong", "#wrong", "double"),
    }  # fmt: skip
    assert "INVALID: the fault did no harm" in tab.locator("#matrix tr.invalid").inner_text()
    letters = row.nth(1).locator(".letter")
    assert [letters.nth(number).get_attribute("class") for number in range(4)] == [
        "letter no", "letter none", "letter none", "letter none"
    ]  # fmt: skip
    tab.screenshot(path=pictures / "light.png", full_page=True)
    session = tab.context.new_cdp_session(tab)
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
    tab.screenshot(path=pictures / "without-colours.png")


def test_cards_have_grades_with_denominators(opened):
    """The figures of the page are those of board.json."""
    board = hostile_board()
    tab = opened(board)
    for number, name in enumerate(board["contestants"]):
        found = tab.locator(".card").nth(number).locator("dd").all_inner_texts()
        wanted = [f"{one['count']} of {one['of']}" for one in (board["totals"][name][grade] for grade in GRADES)]
        assert [text.strip() for text in found] == wanted
    assert "passed 5 valid cells; INVALID cells: 1" in tab.locator(".verdict").inner_text()


def test_words_of_builds_are_text(opened):
    """A build that prints a script cannot run one in the page, in no place that shows its words."""
    tab = opened(hostile_board())
    tab.locator("#matrix tbody tr").nth(2).locator("button").nth(0).click()
    assert tab.locator("#what").inner_text().startswith("</script><script>")
    found = tab.locator("#found").inner_text()
    assert found.count("<img src=x onerror=window.owned=1>") == 4
    assert tab.evaluate("[window.owned, document.images.length, document.scripts.length]") == [None, 0, 2]
    assert tab.title().startswith("Drill of </script>")


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        ({"host": "go.test"}, ["go.test 503", "go.test refused"]),
        ({"fault": "refused"}, ["registry.test refused", "go.test refused", "index.test refused"]),
        ({"group": "fault", "host": "go.test", "fault": "503"}, ["go.test 503"]),
        ({"grade": "right"}, ["go.test 503", "go.test refused"]),
        ({"grade": "right", "of": "kit"}, []),
        ({"grade": "hangs", "host": "index.test"}, ["index.test 503", "index.test refused"]),
        ({"grade": "invalid"}, ["index.test refused"]),
    ],
)
def test_filters_leave_the_chosen_cells(opened, filters, titles):
    """Of many cells a reader sees those of a host, a fault, a group or a bad grade, and how many they are."""
    board = sample_board()
    board.cells[5]["invalid"] = ["the fault did no harm"]
    tab = opened(board.as_json())
    for name, value in filters.items():
        tab.select_option(f"#{name}", value)
    assert shown(tab) == titles
    assert tab.locator("#count").inner_text() == f"{len(titles)} of 6 cells"
    tab.get_by_role("button", name="Show all").click()
    expect(tab.locator("#count")).to_have_text("6 of 6 cells")


def test_text_is_found_in_titles_and_reasons_and_columns_are_sorted(opened):
    """Words of a reason lead to its cell; a column puts the builds with the same end together."""
    tab = opened(sample_board().as_json())
    tab.fill("#text", "another image")
    assert shown(tab) == ["go.test 503", "go.test refused"]
    tab.fill("#text", "")
    tab.locator("#matrix thead th").nth(3).click()
    expect(tab.locator("#matrix thead th").nth(3)).to_have_attribute("aria-sort", "ascending")
    ends = tab.locator("#matrix tbody td:nth-child(4) .end").all_inner_texts()
    assert ends == ["hangs"] * 4 + ["WRONG IMAGE"] * 2


def test_open_cell_has_all_that_is_known_of_a_build(opened, pictures):
    """Schedule, requests with header names, events, last words, reasons, and the call that plays it again."""
    tab = opened(sample_board().as_json())
    tab.locator("#matrix tbody tr").nth(2).locator("button").nth(3).click()
    found = tab.locator("#found").inner_text()
    for wanted in (
        "503x*",
        "/v2/team/app/manifests/1",
        "user-agent",
        "http-5xx",
        "elsewhere",
        "every request gets 503",
    ):
        assert wanted in found
    assert found.splitlines()[-1] == (
        "./scripts/fault-drill.sh -f app/Dockerfile app --replay report/cells/go.test-503.json -- --target 'x y'"
    )
    assert tab.locator("#found .lanes .ok").count() == tab.locator("#found .lanes .faulty").count() == 1
    tab.screenshot(path=pictures / "cell.png")
    tab.locator("#plays button").nth(1).click()
    assert "ended early: the same request had failed 2 times" in tab.locator("#found").inner_text()
    tab.get_by_role("button", name="Close").click()
    assert not tab.locator("#details").is_visible()


def test_page_is_used_without_a_mouse(opened):
    """Tab reaches the matrix once, arrows move in it, Enter opens a cell, Esc closes it where the reader was."""
    tab = opened(sample_board().as_json())
    tab.focus("#theme")
    stops = []
    while len(stops) < 20:
        tab.keyboard.press("Tab")
        stops.append(focused(tab))
    matrix = [stop for stop in stops if "503" in stop or "refused" in stop]
    assert matrix == ["registry.test 503, plain: fails (1) 9 s not survived SRPT"]
    assert stops.index("text") < stops.index(matrix[0])
    tab.focus("#matrix tbody button[tabindex='0']")
    for key in (
        "ArrowDown",
        "ArrowDown",
        "ArrowRight",
        "ArrowRight",
        "ArrowUp",
        "ArrowDown",
        "ArrowLeft",
        "ArrowRight",
    ):
        tab.keyboard.press(key)
    assert focused(tab) == "go.test 503, mirrors: WRONG IMAGE 9 s not right, not truthful SRPT"
    tab.keyboard.press("Enter")
    assert tab.locator("#details").is_visible()
    assert tab.locator("#what").inner_text() == "go.test 503"
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('dialog') !== null")
    tab.keyboard.press("Escape")
    assert not tab.locator("#details").is_visible()
    assert focused(tab) == "go.test 503, mirrors: WRONG IMAGE 9 s not right, not truthful SRPT"
    tab.focus("#text")
    tab.keyboard.press("ArrowDown")
    assert focused(tab) == "text"
