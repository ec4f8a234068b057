"""harness/catalogue/schedule.py and faults.py: the schedule language, its errors, and draws from a seed alone."""

from __future__ import annotations

import pytest
from harness.catalogue.faults import FAULTS, Reply, draw
from harness.catalogue.schedule import FOR_EVER, ScheduleError, parse

GOOD = Reply(200, (("Content-Type", "text/plain"),), b"0123456789")


def steps(text: str, count: int = 6) -> list[str]:
    """The steps of the first requests."""
    schedule = parse(text)
    return [schedule.at(n).text for n in range(1, count + 1)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("503x2 -> rst@4096 -> ok", ["503", "503", "rst@4096", "ok", "ok", "ok"]),
        ("503x2,rst@4096,ok", ["503", "503", "rst@4096", "ok", "ok", "ok"]),
        ("503", ["503", "ok", "ok", "ok", "ok", "ok"]),
        ("stallx*", ["stall"] * 6),
        ("okx2 -> 429(retry-after=5; body=json)x*", ["ok", "ok", *["429(retry-after=5; body=json)"] * 4]),
        ("  ok  ", ["ok"] * 6),
        ("no-length+fin@3 x2 -> changed + stale", ["no-length+fin@3"] * 2 + ["changed + stale", "ok", "ok", "ok"]),
        ("rate(bps=10) x3 -> huge-head", ["rate(bps=10)"] * 3 + ["huge-head", "ok", "ok"]),
    ],
)
def test_requests_get_the_steps_in_order(text, wanted):
    assert steps(text) == wanted


@pytest.mark.parametrize(
    ("text", "at", "wanted"),
    [
        ("", 1, "a status, ok, or one of"),
        ("503x2 -> rats@3", 10, "a status, ok, or one of"),
        ("200", 1, "a status from 300 to 599"),
        ("503@7", 4, "no '@' here"),
        ("rst@", 5, "a number of bytes"),
        ("503x0", 5, "a count of at least 1"),
        (f"503x{'9' * 5000}", 5, "a count or '*' of at most 18 digits"),
        (f"rst@{'9' * 5000}", 5, "a number of bytes of at most 18 digits"),
        (f"{'9' * 5000}", 1, "a status from 300 to 599"),
        ("503x", 5, "a count or '*'"),
        ("503 503", 5, "'->' or the end"),
        ("503 ->", 7, "a status, ok, or one of"),
        ("503(retry=1)", 5, "one of body early retry-after"),
        ("ok(a=1)", 4, "no options"),
        ("503(body=wav)", 10, "body to be one of empty html json twirp azure"),
        ("rate(bps=fast)", 10, "bps to be a number"),
        ("503(body=html", 14, "';' or ')'"),
        ("503%0", 5, "a percentage from 1 to 100"),
        ("503x* -> ok", 10, "nothing after '503', which never ends"),
    ],
)
def test_broken_text_is_pointed_at(text, at, wanted):
    with pytest.raises(ScheduleError) as caught:
        parse(text)
    line, shown, mark = str(caught.value).splitlines()
    assert wanted in line
    assert f"at character {at}" in line
    assert (shown, mark) == (f"  {text}", "  " + " " * (at - 1) + "^")


def test_faults_of_one_answer_are_all_in_it():
    reply = parse("no-length+fin@3").at(1).change(GOOD)
    assert (reply.framing, reply.ending, reply.at, reply.body) == ("close", "fin", 3, GOOD.body)


def test_share_of_requests_is_drawn_from_the_seed_and_nothing_else():
    schedule = parse("503%30 x*")
    assert schedule.steps[0].count == FOR_EVER

    def drawn(seed: str) -> list[str]:
        return [schedule.at(n, seed=seed, host="a", path="/x").text for n in range(1, 1001)]

    first = drawn("1")
    # Drawn in reverse order and between other draws, the results stay the same.
    assert [schedule.at(n, seed="1", host="a", path="/x").text for n in range(1000, 0, -1)][::-1] == first
    assert 250 < first.count("503%30") < 350
    assert drawn("2") != first


def test_draws_are_spread_and_differ_by_each_argument():
    numbers = {draw("1", "f", "h", "/p", n) for n in range(1000)}
    assert len(numbers) == 1000
    assert 0 <= min(numbers) < 0.01
    assert 0.99 < max(numbers) < 1
    assert (
        len({draw(*words, 1) for words in (("2", "f", "h", "/p"), ("1", "g", "h", "/p"), ("1", "f", "i", "/p"))}) == 3
    )


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_every_fault_changes_a_good_reply(name):
    assert parse(name).at(1).change(GOOD) != GOOD


def test_flip_changes_one_bit_and_keeps_the_length():
    bad = parse("flip@3").at(1).change(GOOD).body
    assert (len(bad), bad) == (10, b"0122456789")
    assert parse("flip@999").at(1).change(GOOD).body == b"0123456788"


def test_status_says_what_its_options_say():
    bad = parse("429(retry-after=Wed, 21 Oct 2037 07:28:00 GMT; body=html)").at(1).change(GOOD)
    assert (bad.status, dict(bad.headers)["Retry-After"]) == (429, "Wed, 21 Oct 2037 07:28:00 GMT")
    assert b"<html>" in bad.body
