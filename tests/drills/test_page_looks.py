"""How the page of a board looks: dark and light, on paper, in a narrow window, to whoever does not see it."""

from __future__ import annotations

import json

import pytest
from harness.drills.board.page.page import LIBRARIES

from .sample_board import sample_board

AXE = LIBRARIES / "axe-core/axe.min.js"


def test_page_is_dark_where_the_system_is_and_where_the_reader_says_so(opened, pictures):
    """The colours follow the system; the switch goes before it."""
    tab = opened(sample_board().as_json())

    def ground():
        return tab.evaluate("getComputedStyle(document.body).backgroundColor")

    light = ground()
    tab.emulate_media(color_scheme="dark")
    dark = ground()
    assert light != dark
    tab.screenshot(path=pictures / "dark.png", full_page=True)
    tab.select_option("#theme", "light")
    assert ground() == light
    tab.emulate_media(color_scheme="light")
    tab.select_option("#theme", "dark")
    assert ground() == dark


def test_print_has_the_table_without_what_one_clicks(opened, pictures):
    """On paper stand the figures and the matrix; of an open cell, the cell alone."""
    tab = opened(sample_board().as_json())
    tab.emulate_media(media="print", color_scheme="dark")
    assert [tab.locator(name).is_visible() for name in ("#filters", ".theme", ".cards", "#matrix")] == [
        False, False, True, True
    ]  # fmt: skip
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    # A sheet of A4 at 96 pixels to the inch holds each column.
    tab.set_viewport_size({"width": 794, "height": 1123})
    assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    tab.screenshot(path=pictures / "print.png")
    tab.pdf(path=pictures / "board.pdf", format="A4")
    assert (pictures / "board.pdf").read_bytes().startswith(b"%PDF-")
    tab.emulate_media(media="screen")
    tab.locator("#matrix tbody button").nth(0).click()
    tab.emulate_media(media="print")
    assert [tab.locator(name).is_visible() for name in ("#matrix", "#found", "#close")] == [False, True, False]


@pytest.mark.parametrize("width", [390, 794, 1280, 1920])
def test_cards_and_buttons_hold_their_text(opened, width):
    """No figure runs out of its card, no end of a build out of its column, whatever the window."""
    tab = opened(sample_board().as_json())
    tab.set_viewport_size({"width": width, "height": 900})
    outside = """([inner, outer]) => [...document.querySelectorAll(inner)].filter((one) =>
        one.getBoundingClientRect().right > one.closest(outer).getBoundingClientRect().right).length"""
    assert tab.locator(".card dd span").count() == 16
    for inner, outer in ((".card dd *", ".card"), ("#matrix button :not(.sprite)", "td"), ("#filters > *", "#filters")):
        assert tab.evaluate(outside, [inner, outer]) == 0, inner


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_page_keeps_the_rules_of_accessibility(opened, colours):
    """A checker finds nothing against WCAG 2.2 AA: contrast, names, roles, order of headings, closed and open."""
    tab = opened(sample_board().as_json())
    tab.emulate_media(color_scheme=colours)
    tab.evaluate(AXE.read_text())
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    look = f"""axe.run({{runOnly: {json.dumps(tags)}}}).then((found) => found.violations.map(
        (one) => [one.id, one.nodes.map((node) => node.html)]))"""
    assert tab.evaluate(look) == []
    tab.locator("#matrix tbody button").nth(3).click()
    assert tab.evaluate(look) == []


def test_narrow_window_has_no_sideways_page(opened, pictures):
    """On a telephone the table scrolls, the page does not."""
    tab = opened(sample_board().as_json())
    tab.set_viewport_size({"width": 390, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    tab.screenshot(path=pictures / "narrow.png")
