"""scripts/clean-caches.sh without an engine: its table, the items that it removes, and its questions."""

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
    """A state folder: 300 kB of a base that is ten days old, 200 kB of one that is new, and a file of the user."""
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
    """The environment of a machine without an engine."""
    return clean_environment(state.parent) | {"SEAWALL_STATE": str(state), "DOCKER_HOST": "unix:///nowhere.sock"}


@pytest.fixture
def clean(kit: Path, env: dict[str, str]) -> Callable[..., Result]:
    """Calls the command without a terminal."""
    return lambda *words: run([kit / "clean-caches.sh", *words], env=env)


def left(state: Path) -> list[str]:
    """The bases that are left; asserts that the user's file is."""
    assert (state / "mine.txt").exists()
    return sorted(path.name for path in (state / "bases").iterdir())


def test_yes_removes_all_bases_and_nothing_else(clean, state):
    """`--yes` prints the table, removes every kept base and keeps the user's own file."""
    result = clean("--yes")
    assert (result.rc, left(state)) == (0, []), repr(result)
    assert result.out.splitlines()[0].split() == ["kind", "name", "size", "last", "used", "action"]
    assert "removed 2 item(s), " in result.err


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
def test_keep_and_older_than_limit_the_removal(clean, state, words, stays):
    """`--keep` and `--older-than` keep the newest bases up to a size, and those that are recent."""
    result = clean("--yes", *words)
    assert (result.rc, left(state)) == (0, stays), repr(result)


def test_recordings_of_drills_are_shown_and_removed(clean, state):
    """A recording is listed by its name and removed; a folder without the form of one stays."""
    folder = state / "drills/recordings"
    for name in ("service-0123456789ab", "mine-0123456789ab"):
        for part in ("answers", "bodies"):
            (folder / name / part).mkdir(parents=True)
    (folder / "service-0123456789ab/recording.json").write_text("{}")
    result = clean("--yes")
    assert result.rc == 0, repr(result)
    assert [line.split()[1] for line in result.out.splitlines() if line.startswith("recording ")] == [
        "service-0123456789ab"
    ]
    assert [path.name for path in folder.iterdir()] == ["mine-0123456789ab"]


def test_locked_base_is_kept(clean, state):
    """A base whose lock another process holds is not removed."""
    (state / "bases" / f"{NEW}.lock").mkdir()
    assert clean("--yes").rc == 0
    assert left(state) == [NEW, f"{NEW}.lock"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--yes", "--keep", "much"), "--keep: wanted a size like 10GB or 512MB, saw 'much'"),
        (("--yes", "--keep=-1GB"), "--keep: wanted a size like 10GB or 512MB, saw '-1GB'"),
        (("--yes", "--older-than", "long"), "--older-than: wanted an age like 30m, 24h or 7d, saw 'long'"),
        ((), "wanted a terminal for the question or --yes, saw neither: nothing was removed"),
        (("--yes", "extra"), "wanted no arguments, saw 'extra': see --help"),
    ],
)
def test_bad_input_is_one_line_and_removes_nothing(clean, state, words, says):
    """A wrong limit, an argument or a call without a terminal ends with code 64, and nothing is removed."""
    result = clean(*words)
    assert (result.rc, result.out, result.err) == (64, "", f"clean-caches: error: {says}\n")
    assert left(state) == [OLD, NEW]


@pytest.mark.parametrize(("answer", "code", "stays"), [("y", 0, []), ("n", 1, [OLD, NEW]), ("", 1, [OLD, NEW])])
def test_removal_on_a_terminal_needs_a_yes(kit, env, state, answer, code, stays):
    """On a terminal the command asks first; anything but yes removes nothing and ends with code 1."""
    seen = on_a_terminal([kit / "clean-caches.sh"], env, 30, f"{answer}\n")
    assert (seen[0], left(state)) == (code, stays), seen[1]
    assert "Remove 2 item(s), " in seen[1]
