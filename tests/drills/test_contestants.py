"""Builds of contestants in outages of a registry, on real engines."""

from __future__ import annotations

import pytest
from harness.drills.plays.cell import Cell, Outage
from harness.drills.plays.contestants import CONTESTANTS, from_command
from harness.drills.plays.faults import Fault
from harness.drills.plays.settings import settings_of
from harness.drills.recording.sources import Replay

HUB = "registry-1.docker.io"


@pytest.fixture
def play(small, tmp_path):
    """Plays a contestant while the registry answers by a schedule; `ok` is a healthy registry."""
    stage, store = small

    def call(contestant, schedule):
        cell = Cell("a", (Outage(HUB, Fault("a", "H1", "a", schedule)),))
        replay = Replay(store, cell.rules(Replay(store).kinds))
        settings = settings_of(contestant.name, store, replay.kinds, tmp_path / "state")
        return stage.play(contestant, replay.upstream, settings, cell=cell)

    return call


def faulty(played):
    """How many requests got a fault."""
    return sum(entry.fault != "ok" for entry in played.journal)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_usual_loop_outlasts_a_short_outage_and_its_waits_are_counted(play):
    """A registry that fails a few times ends the plain build; the loop gets through, and would have waited."""
    right = play(CONTESTANTS["plain"], "ok").image
    plain = play(CONTESTANTS["plain"], "503x5 -> ok")
    assert (plain.code, plain.decided, faulty(plain) > 0) == (1, "", True)
    loop = play(CONTESTANTS["strategies"], "503x5 -> ok")
    assert loop.code == 0, loop.output
    assert loop.tries > 2
    assert loop.image.digest == right.digest
    assert loop.counted_s == sum(one.wait_s for one in CONTESTANTS["strategies"].tries[: loop.tries]) >= 30
    assert loop.seconds < loop.counted_s


@pytest.mark.long
@pytest.mark.timeout(600)
def test_usual_loop_is_decided_at_its_second_failure_where_the_outage_stays(play):
    """Ten more tries would fail alike; they are not played, and the board says so."""
    loop = play(CONTESTANTS["strategies"], "503x*")
    assert (loop.code, loop.tries, loop.cut, loop.counted_s) == (1, 2, False, 10)
    assert loop.decided == "the second try failed like the first: 10 more would too"


@pytest.mark.long
@pytest.mark.timeout(600)
def test_each_strategy_builds_the_same_image(play):
    """The arguments of every strategy are ones that buildx takes, on an engine of a drill."""
    whole = CONTESTANTS["strategies"]
    images = {play(CONTESTANTS["plain"], "ok").image.digest}
    for one in whole.tries[::3]:
        alone = type(whole)("strategies", "", whole.program, tries=(one,))
        played = play(alone, "ok")
        assert played.code == 0, played.output
        images.add(played.image.digest)
    assert len(images) == 1


@pytest.mark.long
@pytest.mark.timeout(600)
def test_command_of_the_caller_builds_on_the_machine_of_the_drill(play):
    """A command sees the drill's engine and sources; it ends by itself, with its own exit code."""
    one = from_command("mine=timeout 100 docker buildx build")
    assert play(one, "ok").image.digest == play(CONTESTANTS["plain"], "ok").image.digest
    failed = play(one, "503x*")
    assert (failed.code, failed.decided, failed.image) == (1, "", None)
    assert HUB in "\n".join(failed.last_words) or "docker.io" in "\n".join(failed.last_words)
