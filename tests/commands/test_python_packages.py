"""scripts/stage/python-packages.sh with the real pip: what broken indexes do without it, and with it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.run import Result, clean_environment, run
from harness.sites.artifacts import Release
from harness.wire.loopback import refusing, upstream

Install = Callable[..., Result]
Classes = Callable[[], list[str]]

FILE = "hello_seawall-1.0.0-py3-none-any.whl"
PAGE = "/simple/hello-seawall/"
WHEEL = f"/files/{FILE}"
WHOLE = [PAGE, WHEEL]
PROBED = [PAGE, *WHOLE]
"""An index that is probed, since another one is left, and then used."""
DASH = ("dash",)
ASH = ("busybox", "ash")


def routes(source: str = "GOOD = True\n") -> dict[str, bytes]:
    """A simple index of the one package."""
    return {
        PAGE: f'<!DOCTYPE html><a href="{WHEEL}">{FILE}</a>'.encode(),
        WHEEL: Release("hello-seawall", source=source).wheel,
    }


GOOD = routes()
LIE = routes("GOOD = False\n")
LOCKED = f"hello-seawall==1.0.0 --hash=sha256:{Release('hello-seawall').sha256}\n"
UNKNOWN_VERSION = LOCKED.replace("1.0.0", "2.0.0")


def environment(home: Path, index: str) -> dict[str, str]:
    """The pip beside this Python, and nothing of the machine's pip configuration."""
    own = {"PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": index}
    env = clean_environment(home) | own
    return env | {"PATH": f"{Path(sys.executable).parent}:{env['PATH']}"}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A requirements file with the hash of the good wheel."""
    file = tmp_path / "requirements.txt"
    file.write_text(LOCKED)
    return file


@pytest.fixture
def plain(lock: Path, tmp_path: Path) -> Install:
    """Runs `pip install` as a Dockerfile without the kit has it, but for a shorter patience of pip's own."""

    def call(index: str) -> Result:
        words = ["pip", "install", "--retries", "1", "--disable-pip-version-check"]
        return run([*words, "--target", tmp_path / "plain", "-r", lock], env=environment(tmp_path, index))

    return call


@pytest.fixture
def kit_install(kit: Path, lock: Path, tmp_path: Path) -> Install:
    """Runs the command with these indexes, hashes required."""

    def call(*indexes: str, shell: tuple[str, ...] = DASH, own: str = "", **more: str) -> Result:
        env = environment(tmp_path, own) | {
            "SEAWALL_PYPI_INDEXES": " ".join(indexes),
            "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"),
            "SEAWALL_ATTEMPT_TIMEOUT": "60",
        }
        words: list[str | Path] = ["--require-hashes", "--target", tmp_path / "kit", "--requirement", lock]
        return run([*shell, kit / "stage" / "python-packages.sh", *words], env=env | more)

    return call


def index(url: str) -> str:
    return f"{url}/simple/"


def installed(folder: Path) -> str:
    """The text of the installed module, empty when there is none."""
    file = folder / "hello_seawall.py"
    return file.read_text() if file.exists() else ""


FAULTS = {
    "unavailable": (503, "http-5xx"),
    "server error": (500, "http-5xx"),
    "bad gateway": (502, "http-5xx"),
    "rate limit": (429, "rate-limited"),
    "forbidden": (403, "auth"),
}


@pytest.mark.parametrize(("status", "name"), FAULTS.values(), ids=FAULTS.keys())
def test_second_index_serves_when_the_first_is_ill(
    plain: Install, kit_install: Install, classes: Classes, tmp_path: Path, status: int, name: str
) -> None:
    with upstream(GOOD, f"{status}x*") as ill, upstream(GOOD) as good:
        assert plain(index(ill.url)).rc == 1
        assert set(ill.paths) == {PAGE}
        ill.journal.clear()
        healed = kit_install(index(ill.url), index(good.url))
        assert (ill.paths, good.paths) == ([PAGE], WHOLE), repr(healed)
    assert (classes(), healed.rc) == ([name, ""], 0)
    assert installed(tmp_path / "kit") == "GOOD = True\n"


def test_ash_fails_over_as_well(kit_install: Install, classes: Classes) -> None:
    with upstream(GOOD, "503x*") as down, upstream(GOOD) as good:
        healed = kit_install(index(down.url), index(good.url), shell=ASH)
        assert (down.paths, good.paths) == ([PAGE], WHOLE), repr(healed)
    assert (classes(), healed.rc) == (["http-5xx", ""], 0)


def test_second_index_serves_when_nobody_listens_at_the_first(
    plain: Install, kit_install: Install, classes: Classes
) -> None:
    with refusing() as dead, upstream(GOOD) as good:
        assert plain(index(dead)).rc == 1
        healed = kit_install(index(dead), index(good.url))
        assert good.paths == WHOLE, repr(healed)
    assert (classes(), healed.rc) == (["connection-refused", ""], 0)


def test_second_index_serves_when_the_first_loses_its_files(
    plain: Install, kit_install: Install, classes: Classes
) -> None:
    with upstream(GOOD, "ok -> 503 -> 503") as plainly, upstream(GOOD, "okx2 -> 503") as ill, upstream(GOOD) as good:
        assert plain(index(plainly.url)).rc == 1
        healed = kit_install(index(ill.url), index(good.url))
        assert (ill.paths, good.paths) == (PROBED, WHOLE), repr(healed)
    assert (classes(), healed.rc) == (["http-5xx", ""], 0)


def test_healthy_index_is_asked_once_and_no_other(kit_install: Install) -> None:
    with upstream(GOOD) as first, upstream(GOOD) as second:
        result = kit_install(index(first.url), index(second.url))
        assert (first.paths, second.paths) == (PROBED, []), repr(result)
    assert result.rc == 0


def test_all_indexes_down_is_an_outage_after_two_rounds(kit_install: Install, classes: Classes) -> None:
    with upstream(GOOD, "503x*") as first, upstream(GOOD, "503x*") as second:
        result = kit_install(index(first.url), index(second.url))
        assert (first.paths, second.paths) == ([PAGE, PAGE], [PAGE, PAGE]), repr(result)
    assert classes() == ["http-5xx"] * 4
    assert result.rc == 75


def test_index_that_recovers_serves_in_the_second_round(kit_install: Install, classes: Classes) -> None:
    with upstream(GOOD, "503") as ill, upstream(GOOD, "503x*") as down:
        result = kit_install(index(ill.url), index(down.url))
        assert (ill.paths, down.paths) == ([PAGE, *PROBED], [PAGE]), repr(result)
    assert (classes(), result.rc) == (["http-5xx", "http-5xx", ""], 0)


def test_missing_package_stops_at_the_first_answer(kit_install: Install, classes: Classes) -> None:
    with upstream({}) as first, upstream(GOOD) as second:
        result = kit_install(index(first.url), index(second.url))
        assert (first.paths, second.paths) == ([PAGE, PAGE], []), repr(result)
    assert (classes(), result.rc) == (["not-found"], 69)


def test_missing_version_stops_at_the_first_answer(kit_install: Install, classes: Classes, lock: Path) -> None:
    lock.write_text(UNKNOWN_VERSION)
    with upstream(GOOD) as first, upstream(GOOD) as second:
        result = kit_install(index(first.url), index(second.url))
        assert (first.paths, second.paths) == ([PAGE, PAGE], []), repr(result)
    assert (classes(), result.rc) == (["dependency-resolution"], 69)


def test_refused_login_stops_at_the_first_answer_and_asks_nobody(kit_install: Install, classes: Classes) -> None:
    with upstream(GOOD, "401x*") as first, upstream(GOOD) as second:
        result = kit_install(index(first.url), index(second.url))
        assert (first.paths, second.paths) == ([PAGE, PAGE], []), repr(result)
    assert (classes(), result.rc) == (["auth"], 77)
    assert "User for" not in result.out + result.err


def test_wrong_bytes_of_every_index_are_never_success(
    plain: Install, kit_install: Install, classes: Classes, tmp_path: Path
) -> None:
    with upstream(LIE) as first, upstream(LIE) as second:
        assert plain(index(first.url)).rc == 1
        first.journal.clear()
        result = kit_install(index(first.url), index(second.url))
        assert (first.paths, second.paths) == (PROBED, WHOLE), repr(result)
    assert (classes(), result.rc) == (["integrity", "integrity"], 65)
    assert installed(tmp_path / "kit") == ""


def test_wrong_bytes_are_replaced_by_the_right_ones_and_the_liar_is_named(
    kit_install: Install, classes: Classes, tmp_path: Path
) -> None:
    with upstream(LIE) as liar, upstream(GOOD) as good:
        result = kit_install(index(liar.url), index(good.url))
        assert (liar.paths, good.paths) == (PROBED, WHOLE), repr(result)
        assert f"python-packages: warn: pypi {index(liar.url)}: integrity\n" in result.err
    assert (classes(), result.rc) == (["integrity", ""], 0)
    assert installed(tmp_path / "kit") == "GOOD = True\n"


def test_wrong_bytes_then_an_outage_are_still_wrong_bytes(kit_install: Install) -> None:
    with upstream(LIE) as liar, upstream(GOOD, "503x*") as down:
        result = kit_install(index(liar.url), index(down.url))
        assert liar.paths == PROBED, repr(result)
    assert result.rc == 65


def test_default_is_the_users_own_index_in_every_round(kit_install: Install) -> None:
    with upstream(GOOD, "503") as own, upstream(GOOD, "503x*") as other:
        result = kit_install("default", index(other.url), own=index(own.url))
        assert (own.paths, other.paths) == ([PAGE, *PROBED], [PAGE]), repr(result)
    assert result.rc == 0


def test_extra_index_of_the_environment_is_not_asked(kit_install: Install) -> None:
    with upstream(GOOD) as only, upstream(LIE) as extra:
        result = kit_install(index(only.url), PIP_EXTRA_INDEX_URL=index(extra.url))
        assert (only.paths, extra.paths) == (WHOLE, []), repr(result)
    assert result.rc == 0


def test_login_of_an_index_is_never_printed(kit_install: Install, tmp_path: Path) -> None:
    with upstream(GOOD, "503x*") as down:
        secret = index(down.url).replace("://", "://user:hunter2@")
        result = kit_install(secret)
        assert down.paths == [PAGE, PAGE], repr(result)
    assert "hunter2" not in result.out + result.err + (tmp_path / "events.jsonl").read_text()


@pytest.mark.parametrize("words", [[], ["--"]], ids=["none", "only the end of options"])
def test_call_without_arguments_is_wrong(kit: Path, words: list[str]) -> None:
    result = run([*DASH, kit / "stage" / "python-packages.sh", *words])
    assert (result.rc, result.out, result.err.count("\n")) == (64, "", 1)
    assert "wanted the arguments of pip install, saw none" in result.err
