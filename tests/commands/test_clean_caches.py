"""scripts/clean-caches.sh without an engine: what is shown, what goes, and that nothing goes unasked."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.run import Result, clean_environment, run
from harness.machine.terminal import on_a_terminal

DAY_S = 86_400
OLD = "go-builder-0123456789ab"
NEW = "static-0123456789ab"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder: 300 kB of a base that is ten days old, 200 kB of one that is new, and a stranger's file."""
    state = tmp_path / "state"
    for name, size, days in ((OLD, 300_000, 10), (NEW, 200_000, 0)):
        (folder := state / "bases" / name).mkdir(parents=True)
        (folder / "blobs" / "sha256").mkdir(parents=True)
        (folder / "blobs" / "sha256" / "layer").write_bytes(b"x" * size)
        for file in ("oci-layout", "index.json"):
            (folder / file).touch()
        os.utime(folder, (time.time() - days * DAY_S,) * 2)
    (state / ".seawall-state").touch()
    (state / "mine.txt").write_text("a stranger's")
    return state


@pytest.fixture
def env(state: Path) -> dict[str, str]:
    """Of a machine without an engine."""
    return clean_environment(state.parent) | {"SEAWALL_STATE": str(state), "DOCKER_HOST": "unix:///nowhere.sock"}


@pytest.fixture
def clean(kit: Path, env: dict[str, str]) -> Callable[..., Result]:
    """Calls it without a terminal."""
    return lambda *words: run([kit / "clean-caches.sh", *words], env=env)


def left(state: Path) -> list[str]:
    """The bases that are still there; what is not ours always is."""
    assert (state / "mine.txt").exists()
    return sorted(path.name for path in (state / "bases").iterdir())


def test_all_that_is_ours_goes(clean, state):
    result = clean("--yes")
    assert (result.rc, left(state)) == (0, []), repr(result)
    assert result.out.splitlines()[0].split() == ["what", "name", "size", "last", "used", "verdict"]
    assert "removed 2, " in result.err


@pytest.mark.parametrize(
    ("words", "stays"),
    [
        (("--older-than", "7d"), [NEW]),
        (("--older-than=300h",), [OLD, NEW]),
        (("--keep", "250kB"), [NEW]),
        (("--keep", "1GB"), [OLD, NEW]),
        (("--keep", "250kB", "--older-than", "30d"), [OLD, NEW]),
    ],
)
def test_limits_say_what_stays(clean, state, words, stays):
    result = clean("--yes", *words)
    assert (result.rc, left(state)) == (0, stays), repr(result)


def test_base_that_is_being_made_stays(clean, state):
    (state / "bases" / f"{NEW}.lock").mkdir()
    assert clean("--yes").rc == 0
    assert left(state) == [NEW, f"{NEW}.lock"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--yes", "--keep", "much"), "--keep: wanted a size as 10GB or 512MB, saw 'much'"),
        (("--yes", "--keep=-1GB"), "--keep: wanted a size as 10GB or 512MB, saw '-1GB'"),
        (("--yes", "--older-than", "long"), "--older-than: wanted an age as 30m, 24h or 7d, saw 'long'"),
        ((), "wanted a terminal to ask on, or --yes: nothing was removed"),
        (("--yes", "extra"), "wanted no arguments, saw 'extra': see --help"),
    ],
)
def test_bad_input_is_one_line_and_removes_nothing(clean, state, words, says):
    result = clean(*words)
    assert (result.rc, result.out, result.err) == (64, "", f"clean-caches: error: {says}\n")
    assert left(state) == [OLD, NEW]


@pytest.mark.parametrize(("answer", "code", "stays"), [("y", 0, []), ("n", 1, [OLD, NEW]), ("", 1, [OLD, NEW])])
def test_on_a_terminal_it_asks(kit, env, state, answer, code, stays):
    seen = on_a_terminal([kit / "clean-caches.sh"], env, 30, f"{answer}\n")
    assert (seen[0], left(state)) == (code, stays), seen[1]
    assert "Remove these 2, " in seen[1]
