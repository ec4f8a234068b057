"""scripts/stage/python-packages.sh with the real pip: failing indexes, without the command and with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.lean_python import lean_bin
from harness.machine.run import Result, clean_environment, run
from harness.sites.artifacts import Release
from harness.wire.loopback import refusing, upstream
from harness.wire.server import Running

Install = Callable[..., Result]
Classes = Callable[[], list[str]]

FILE = "hello_seawall-1.0.0-py3-none-any.whl"
PAGE = "/simple/hello-seawall/"
WHEEL = f"/files/{FILE}"
WHOLE = [PAGE, WHEEL]
PROBED = [PAGE, *WHOLE]
"""The requests to an index that is probed, because there is another one, and then used."""
DASH = ("dash",)
ASH = ("busybox", "ash")


def routes(source: str = "GOOD = True\n") -> dict[str, bytes]:
    """The files of an index with one package."""
    return {
        PAGE: f'<!DOCTYPE html><a href="{WHEEL}">{FILE}</a>'.encode(),
        WHEEL: Release("hello-seawall", source=source).wheel,
    }


GOOD = routes()
LIE = routes("GOOD = False\n")
LOCKED = f"hello-seawall==1.0.0 --hash=sha256:{Release('hello-seawall').sha256}\n"
UNKNOWN_VERSION = LOCKED.replace("1.0.0", "2.0.0")


def environment(home: Path, index: str) -> dict[str, str]:
    """The environment of the pip beside this Python, without this machine's configuration."""
    own = {"PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": index}
    env = clean_environment(home) | own
    return env | {"PATH": f"{lean_bin()}:{env['PATH']}"}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A requirements file with the hash of the good wheel."""
    file = tmp_path / "requirements.txt"
    file.write_text(LOCKED)
    return file


@pytest.fixture
def plain(lock: Path, tmp_path: Path) -> Install:
    """Runs `pip install`, as a Dockerfile without the kit does, with fewer retries."""

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


def by_pip(index: Running) -> list[str]:
    """The paths that pip requested. On a busy machine the first index is late, and the kit probes the second one."""
    return [entry.path for entry in index.journal if entry.headers.get("user-agent", "").startswith("pip/")]


def index(url: str) -> str:
    return f"{url}/simple/"


def installed(folder: Path) -> str:
    """The text of the installed module, empty if there is none."""
    file = folder / "hello_seawall.py"
    return file.read_text() if file.exists() else ""


FAULTS = [
    pytest.param(503, "http-5xx", id="unavailable"),
    pytest.param(500, "http-5xx", id="server error", marks=pytest.mark.long),
    pytest.param(502, "http-5xx", id="bad gateway", marks=pytest.mark.long),
    pytest.param(429, "rate-limited", id="rate limit"),
    pytest.param(403, "auth", id="forbidden"),
]


@pytest.mark.parametrize(("status", "name"), FAULTS)
def test_second_index_serves_when_the_first_fails(
    plain: Install, kit_install: Install, classes: Classes, tmp_path: Path, status: int, name: str
) -> None:
    """An error status fails plain pip; the kit asks the first index once and installs from the second."""
    with upstream(GOOD, f"{status}x*") as ill, upstream(GOOD) as good:
        assert plain(index(ill.url)).rc == 1
        assert set(ill.paths) == {PAGE}
        ill.journal.clear()
        healed = kit_install(index(ill.url), index(good.url))
        assert (ill.paths, by_pip(good)) == ([PAGE], WHOLE), repr(healed)
    assert (classes(), healed.rc) == ([name, ""], 0)
    assert installed(tmp_path / "kit") == "GOOD = True\n"


def test_ash_fails_over_as_well(kit_install: Install, classes: Classes) -> None:
    """The command fails over in the same way under busybox ash."""
    with upstream(GOOD, "503x*") as down, upstream(GOOD) as good:
        healed = kit_install(index(down.url), index(good.url), shell=ASH)
        assert (down.paths, by_pip(good)) == ([PAGE], WHOLE), repr(healed)
    assert (classes(), healed.rc) == (["http-5xx", ""], 0)


def test_second_index_serves_when_the_first_refuses_connections(
    plain: Install, kit_install: Install, classes: Classes
) -> None:
    """A refused connection fails plain pip; the kit installs from the second index."""
    with refusing() as dead, upstream(GOOD) as good:
        assert plain(index(dead)).rc == 1
        healed = kit_install(index(dead), index(good.url))
        assert by_pip(good) == WHOLE, repr(healed)
    assert (classes(), healed.rc) == (["connection-refused", ""], 0)


def test_second_index_serves_when_the_first_loses_its_files(
    plain: Install, kit_install: Install, classes: Classes
) -> None:
    """An index with pages and failing files fails plain pip; the kit installs from the second index."""
    with upstream(GOOD, "ok -> 503 -> 503") as plainly, upstream(GOOD, "okx2 -> 503") as ill, upstream(GOOD) as good:
        assert plain(index(plainly.url)).rc == 1
        healed = kit_install(index(ill.url), index(good.url))
        assert (ill.paths, by_pip(good)) == (PROBED, WHOLE), repr(healed)
    assert (classes(), healed.rc) == (["http-5xx", ""], 0)


def test_healthy_index_is_the_only_one_that_sees_requests(kit_install: Install) -> None:
    """If the first index is healthy, the second one sees no request."""
    with upstream(GOOD) as first, upstream(GOOD) as second:
        result = kit_install(index(first.url), index(second.url))
        assert (first.paths, by_pip(second)) == (PROBED, []), repr(result)
    assert result.rc == 0


def test_all_indexes_down_is_an_outage_after_two_rounds(kit_install: Install, classes: Classes) -> None:
    """If both indexes fail, each is asked twice, and the command ends with code 75."""
    with upstream(GOOD, "503x*") as first, upstream(GOOD, "503x*") as second:
        result = kit_install(index(first.url), index(second.url))
        assert (first.paths, by_pip(second)) == ([PAGE, PAGE], [PAGE, PAGE]), repr(result)
    assert classes()[:4] == ["http-5xx"] * 4
    assert result.rc == 75


def test_index_that_recovers_serves_in_the_second_round(kit_install: Install, classes: Classes) -> None:
    """An index that answers 503 once serves in the second round."""
    with upstream(GOOD, "503") as ill, upstream(GOOD, "503x*") as down:
        result = kit_install(index(ill.url), index(down.url))
        assert (ill.paths, by_pip(down)) == ([PAGE, *PROBED], [PAGE]), repr(result)
    assert (classes(), result.rc) == (["http-5xx", "http-5xx", ""], 0)


def test_missing_package_is_the_word_of_every_index(kit_install: Install, classes: Classes) -> None:
    """A package that does not exist is looked up at both indexes, because it is pinned by a hash: code 69."""
    with upstream({}) as first, upstream({}) as second:
        result = kit_install(index(first.url), index(second.url))
        assert (first.paths, second.paths) == ([PAGE, PAGE], [PAGE, PAGE]), repr(result)
    assert (classes(), result.rc) == (["not-found", "not-found"], 69)


def test_missing_version_is_the_word_of_every_index(kit_install: Install, classes: Classes, lock: Path) -> None:
    """A version that does not exist is looked up at both indexes: code 69."""
    lock.write_text(UNKNOWN_VERSION)
    with upstream(GOOD) as first, upstream(GOOD) as second:
        result = kit_install(index(first.url), index(second.url))
        assert (first.paths, second.paths) == ([PAGE, PAGE], [PAGE, PAGE]), repr(result)
    assert (classes(), result.rc) == (["dependency-resolution", "dependency-resolution"], 69)


def test_refused_login_of_every_index_ends_without_a_prompt(kit_install: Install, classes: Classes) -> None:
    """Indexes that answer 401 end the command with code 77; pip does not prompt for a user name."""
    with upstream(GOOD, "401x*") as first, upstream(GOOD, "401x*") as second:
        result = kit_install(index(first.url), index(second.url))
        assert (first.paths, second.paths) == ([PAGE, PAGE], [PAGE]), repr(result)
    assert (classes(), result.rc) == (["auth", "auth"], 77)
    assert "User for" not in result.out + result.err


def test_wrong_bytes_of_every_index_are_never_success(
    plain: Install, kit_install: Install, classes: Classes, tmp_path: Path
) -> None:
    """If every index serves a wrong wheel, the command ends with code 65 and installs nothing."""
    with upstream(LIE) as first, upstream(LIE) as second:
        assert plain(index(first.url)).rc == 1
        first.journal.clear()
        result = kit_install(index(first.url), index(second.url))
        assert (first.paths, by_pip(second)) == (PROBED, WHOLE), repr(result)
    assert (classes(), result.rc) == (["integrity", "integrity"], 65)
    assert installed(tmp_path / "kit") == ""


def test_index_with_wrong_bytes_is_named_and_replaced(kit_install: Install, classes: Classes, tmp_path: Path) -> None:
    """If the first index serves a wrong wheel, it is named, and the wheel comes from the second one."""
    with upstream(LIE) as liar, upstream(GOOD) as good:
        result = kit_install(index(liar.url), index(good.url))
        assert (liar.paths, by_pip(good)) == (PROBED, WHOLE), repr(result)
    assert (classes(), result.rc) == (["integrity", ""], 0)
    assert installed(tmp_path / "kit") == "GOOD = True\n"
    assert f"python-packages: warn: pypi {index(liar.url)}: integrity\n" in result.err


def test_wrong_bytes_before_an_outage_still_end_with_65(kit_install: Install) -> None:
    """An outage after wrong bytes does not hide them: code 65."""
    with upstream(LIE) as liar, upstream(GOOD, "503x*") as down:
        result = kit_install(index(liar.url), index(down.url))
        assert liar.paths == PROBED, repr(result)
    assert result.rc == 65


def test_default_is_the_users_own_index_in_every_round(kit_install: Install) -> None:
    """`default` stands for the user's own index, in the second round as well."""
    with upstream(GOOD, "503") as own, upstream(GOOD, "503x*") as other:
        result = kit_install("default", index(other.url), own=index(own.url))
        assert (own.paths, by_pip(other)) == ([PAGE, *PROBED], [PAGE]), repr(result)
    assert result.rc == 0


def test_extra_index_of_the_environment_sees_no_request(kit_install: Install) -> None:
    """PIP_EXTRA_INDEX_URL is ignored: the extra index sees no request."""
    with upstream(GOOD) as only, upstream(LIE) as extra:
        result = kit_install(index(only.url), PIP_EXTRA_INDEX_URL=index(extra.url))
        assert (only.paths, extra.paths) == (WHOLE, []), repr(result)
    assert result.rc == 0


def test_password_of_an_index_is_never_printed(kit_install: Install, tmp_path: Path) -> None:
    """A password in the URL of an index is in no message and no event."""
    with upstream(GOOD, "503x*") as down:
        secret = index(down.url).replace("://", "://user:hunter2@")
        result = kit_install(secret)
        assert down.paths == [PAGE, PAGE], repr(result)
    assert "hunter2" not in result.out + result.err + (tmp_path / "events.jsonl").read_text()


@pytest.mark.parametrize("words", [[], ["--"]], ids=["none", "only the end of options"])
def test_call_without_arguments_is_refused(kit: Path, words: list[str]) -> None:
    """A call without arguments for pip ends with code 64 and one line."""
    result = run([*DASH, kit / "stage" / "python-packages.sh", *words])
    assert (result.rc, result.out, result.err.count("\n")) == (64, "", 1)
    assert "wanted the arguments of pip install, saw none" in result.err
