"""scripts/stage/system-packages.sh with a fake apk: its calls, the repositories, and the exit codes.

No apk is to be had here. The fake prints what apk-tools 2.14 prints, reads the repositories file as it does, and goes
on wanting what it failed to add, as it does; that the real one takes these calls was not seen by a test.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from harness.builds.fake_apk import FAKE_APK, INSIDE
from harness.catalogue.faults import Reply
from harness.catalogue.schedule import parse
from harness.machine.run import Result, clean_environment, run
from harness.sites.apk_site import CLASSES
from harness.sites.site import Request, Rule, Upstream
from harness.wire.server import Running, serve

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts, which only root may")

OWN = "http://127.0.0.1:1/alpine"
REPOSITORIES = f"{OWN}/v3.22/main\n@edge {OWN}/edge/testing\n"
DOWN = "WARNING: fetching http://a.example.org/alpine/v3.22/main: temporary error (try again later)"
Install = Callable[..., tuple[Result, list[dict], list[str]]]


@pytest.fixture
def install(kit: Path, tmp_path: Path, classes: Callable[[], list[str]]) -> Install:
    """Runs the command where apk is the only package manager; returns the result, the calls and the classes."""
    (tmp_path / "bin").mkdir()
    for tool in Path("/usr/bin").iterdir():
        if not tool.name.startswith("apt"):
            (tmp_path / "bin" / tool.name).symlink_to(tool)
    fake = tmp_path / "bin" / "apk"
    fake.write_text(FAKE_APK)
    fake.chmod(0o755)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "repositories").write_text(REPOSITORIES)
    (tmp_path / "etc" / "world").write_text("busybox\n")

    def call(mirrors: str, answers: Sequence[str], *words: str) -> tuple[Result, list[dict], list[str]]:
        (tmp_path / "answers").write_text("".join(f"{answer}\n" for answer in answers))
        env = clean_environment(tmp_path) | {
            "PATH": str(tmp_path / "bin"),
            "FAKE": str(tmp_path),
            "SEAWALL_APK_MIRRORS": mirrors,
            "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"),
            "SEAWALL_SEED": "84",
        }
        command = ["busybox", "ash", kit / "stage" / "system-packages.sh", *words]
        result = run(["unshare", "--mount", "sh", "-c", INSIDE, "sh", tmp_path, *command], env=env)
        calls = [json.loads(line) for line in (tmp_path / "calls").read_text().splitlines()]
        events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
        told = [
            event
            for event in events
            if event["event"] == "attempt" or (event["event"] == "probe" and event.get("exit"))
        ]
        return result, calls, [event["class"] for event in told]

    return call


def verbs(calls: list[dict]) -> list[str]:
    return [next(word for word in call["argv"] if word in ("update", "add")) for call in calls]


def index(schedule: str = "ok") -> Upstream:
    """An upstream that answers probes."""

    def site(request: Request) -> Reply:
        return Reply(200, (("Content-Type", "application/gzip"),), b"index")

    return Upstream("apk", site, CLASSES, (Rule(parse(schedule)),))


def mirror(running: Running) -> str:
    return f"{running.url}/pub/alpine"


def test_updates_then_adds_with_one_repositories_file(install: Install):
    """The command updates and adds from the repositories of the image, and signatures stay required."""
    result, calls, classes = install("default", [], "curl", "jq=1.7-r0")
    assert (result.rc, classes, verbs(calls)) == (0, [""], ["update", "add"]), repr(result)
    assert calls[1]["argv"][-2:] == ["curl", "jq=1.7-r0"]
    assert [call["repositories"] for call in calls] == [REPOSITORIES] * 2
    assert not any("untrusted" in word for call in calls for word in call["argv"])


def test_mirror_replaces_the_host_and_keeps_branch_and_tag(install: Install):
    """A mirror replaces the host of each repository; branch and tag stay."""
    result, calls, _ = install("https://b.example.org/pub/alpine/", [], "curl")
    there = "https://b.example.org/pub/alpine"
    assert result.rc == 0, repr(result)
    assert calls[0]["repositories"] == f"{there}/v3.22/main\n@edge {there}/edge/testing\n"


def test_package_missing_at_one_mirror_comes_from_the_next(install: Install):
    """If a mirror lists a package and fails to serve it, the next mirror serves it."""
    with serve(index()) as first, serve(index()) as second:
        lost = "ERROR: curl-8.0-r0: temporary error (try again later)"
        result, calls, classes = install(f"{mirror(first)} {mirror(second)}", ["fine", lost], "curl")
    assert mirror(second) in calls[2]["repositories"]
    assert (result.rc, verbs(calls)) == (0, ["update", "add"] * 2), repr(result)
    assert (len(classes), classes[-1]) == (2, "")


@pytest.mark.parametrize("fault", ["503x*", "htmlx*", "rstx*", "stall x*"], ids=["503", "html", "reset", "silent"])
def test_failing_mirror_costs_one_request(install: Install, fault):
    """A mirror that fails costs one request for its index, and the next one serves."""
    with serve(index(fault)) as bad, serve(index()) as good:
        result, calls, classes = install(f"{mirror(bad)} {mirror(good)}", [], "curl")
        assert len(bad.journal) == 1
        assert bad.paths == ["/pub/alpine/v3.22/main/x86_64/APKINDEX.tar.gz"]
    assert (result.rc, classes[0] == "", verbs(calls)) == (0, fault == "stall x*", ["update", "add"]), repr(result)


def test_fallback_packages_are_installed_in_an_outage(install: Install):
    """In an outage the packages behind `--or` are installed with a warning; without them the code is 75."""
    result, calls, _ = install("default", [DOWN, DOWN, "fine", "fine"], "curl", "jq", "--or", "curl")
    assert (result.rc, calls[-1]["argv"][-1]) == (0, "curl"), repr(result)
    assert "degraded: " in result.err
    result, _, _ = install("default", [DOWN] * 20, "curl")
    assert result.rc == 75, repr(result)


def test_fallback_packages_do_not_pull_in_the_first_set(install: Install):
    """After a failed first set, the fallback alone is requested: /etc/apk/world is restored before each call."""
    lost = "ERROR: jq-1.7-r0: temporary error (try again later)"
    result, calls, _ = install("default", ["fine", lost, "fine", lost], "jq", "--or", "curl")
    assert (result.rc, calls[-1]["argv"][-1]) == (0, "curl"), repr(result)
    assert [call["world"] for call in calls] == [["busybox"]] * 6


WORDS = {
    "refused": ("WARNING: opening http://a/v: could not connect to server (check)", "connection-refused", 75),
    "500": ("ERROR: curl-8.0-r0: remote server returned error (try 'apk update')", "http-5xx", 75),
    "cut": ("ERROR: curl-8.0-r0: IO ERROR", "truncated", 75),
    "cut index": ("WARNING: updating and opening http://a/v3.22/main: IO ERROR", "truncated", 75),
    "403": ("WARNING: updating and opening http://a/v3.22/main: Permission denied", "auth", 77),
    "404": ("WARNING: updating and opening http://a/v3.22/main: No such file or directory", "not-found", 69),
    "page": ("ERROR: curl-8.0-r0: package file format error", "integrity", 65),
}  # fmt: skip


@pytest.mark.parametrize(("words", "name", "code"), WORDS.values(), ids=WORDS.keys())
def test_error_texts_of_apk_are_classified(install: Install, words, name, code):
    """Each error text of apk ends with the code of its class."""
    with serve(index()) as own:
        result, calls, classes = install(mirror(own), [words] * 9, "curl")
    assert {mirror(own) in call["repositories"] for call in calls} == {True}, repr(result)
    assert (result.rc, set(classes)) == (code, {name}), repr(result)


BROKEN = {
    "package": (["fine", "ERROR: curl-8.0-r0: IO ERROR"], "curl-8.0-r0.apk", b"tampered", 65),
    "package, compression": (["fine", "ERROR: curl-8.0-r0: IO ERROR"], "curl-8.0-r0.apk", b"\x1f\x8bxx", 65),
    "index": (["WARNING: updating and opening http://a/v3.22/main: IO ERROR"], "APKINDEX.tar.gz", b"\x1f\x8bxx", 65),
    "whole package": (["fine", "ERROR: curl-8.0-r0: IO ERROR"], "curl-8.0-r0.apk", b"good", 75),
    "whole index": (["WARNING: updating and opening http://a/v3.22/main: IO ERROR"], "APKINDEX.tar.gz", b"good", 75),
}


@pytest.mark.parametrize(("words", "name", "body", "code"), BROKEN.values(), ids=BROKEN.keys())
def test_wrong_bytes_everywhere_are_no_outage(install: Install, words, name, body, code):
    """Apk says IO ERROR for a broken transfer and for wrong bytes: the file that arrives whole tells which. Code 65 if
    every mirror serves wrong bytes, 75 if the bytes are right.
    """

    def site(request: Request) -> Reply:
        return Reply(200, (("Content-Type", "application/gzip"),), body if request.path.endswith(name) else b"index")

    with serve(Upstream("apk", site, CLASSES)) as first, serve(Upstream("apk", site, CLASSES)) as second:
        result, _, classes = install(f"{mirror(first)} {mirror(second)}", words * 9, "curl")
        assert any(path.endswith(name) for path in second.paths)
    assert (result.rc, "integrity" in classes) == (code, code == 65), repr(result)


GONE = {
    "apk 2": "WARNING: updating and opening http://a/v3.22/main: No such file or directory",
    "apk 3": "WARNING: updating http://a/v3.22/main: HTTP 404: Not Found",
}


@pytest.mark.parametrize("words", ["WARNING: opening http://a/v3.22/main: UNTRUSTED signature",
                                   "ERROR: curl-8.0-r0: UNTRUSTED signature"], ids=["index", "package"])  # fmt: skip
def test_untrusted_signer_of_one_mirror_is_left_for_the_next(install: Install, words: str):
    """A mirror that is signed with an unknown key is left for the next one; the code is 65 if all of them are."""
    with serve(index()) as first, serve(index()) as second:
        result, calls, _ = install(f"{mirror(first)} {mirror(second)}", [words], "curl")
        assert (result.rc, mirror(second) in calls[-1]["repositories"]) == (0, True), repr(result)
        result, calls, classes = install(f"{mirror(first)} {mirror(second)}", [words] * 9, "curl")
    assert (result.rc, classes[-2:]) == (65, ["integrity"] * 2), repr(result)


@pytest.mark.parametrize("gone", GONE.values(), ids=GONE)
def test_release_that_the_first_mirror_lacks_comes_from_the_second(install: Install, gone: str):
    """A mirror without the release answers 404; the next one serves. If none has it, the code is 69."""
    with serve(index("404x*")) as first, serve(index()) as second:
        result, calls, _ = install(f"{mirror(first)} {mirror(second)}", [gone], "curl")
        assert (result.rc, verbs(calls)) == (0, ["update", "update", "add"]), repr(result)
        assert mirror(second) in calls[-1]["repositories"]
        result, _, _ = install(f"{mirror(first)} {mirror(second)}", [gone] * 20, "curl")
    assert result.rc == 69, repr(result)


def test_names_are_given_to_apk_as_they_are(install: Install):
    """Versions, tags, providers and conflicts are words of apk."""
    names = ["a<3", "b>=2", "c~1", "c~=1.2", "d@edge", "!e", "so:libcrypto.so.3", "f=1.2-r0", ".g"]
    result, calls, _ = install("default", [], *names)
    assert (result.rc, calls[-1]["argv"][-len(names) :]) == (0, names), repr(result)


ADDED = "http://127.0.0.1:1/own/v3.22/main"
OPTIONS = {
    "repository": (["-X", ADDED, "curl"], ["-X", ADDED]),
    "repository, long": ([f"--repository={ADDED}", "curl"], [f"--repository={ADDED}"]),
    "repository, glued": ([f"-X{ADDED}", "curl"], [f"-X{ADDED}"]),
    "two repositories": (["-X", ADDED, "--repository", "/a b", "curl"], ["-X", ADDED, "--repository", "/a b"]),
    "virtual": (["-q", "--virtual", ".deps", "curl", "jq"], []),
    "cluster": (["-ut", ".deps", "curl"], []),
    "keys": (["--keys-dir", "/keys", "--upgrade", "curl"], ["--keys-dir", "/keys"]),
}


@pytest.mark.parametrize(("words", "updated"), OPTIONS.values(), ids=OPTIONS)
def test_options_are_those_of_apk(install: Install, words: list[str], updated: list[str]):
    """Options reach `apk add` as they are, and `apk update` gets those for its sources: a repository of -X is an
    addition that no mirror replaces.
    """
    with serve(index("503x*")) as bad, serve(index()) as good:
        result, calls, _ = install(f"{mirror(bad)} {mirror(good)}", [], *words)
        assert calls[0]["repositories"].startswith(mirror(good))
    assert (result.rc, verbs(calls)) == (0, ["update", "add"]), repr(result)
    assert calls[0]["argv"][6:] == [*updated, "update"]
    assert calls[1]["argv"][7:] == words


def test_options_that_the_kit_sets_are_refused_and_no_cache_is_its_default(install: Install):
    """`--no-cache` would download the index twice and is left out; another root or cache is refused."""
    result, calls, _ = install("default", [], "--no-cache", "curl")
    assert (result.rc, calls[1]["argv"][7:]) == (0, ["curl"]), repr(result)
    for words in (["--root", "/x", "curl"], ["--cache-dir=/x", "curl"], ["-X"], ["-t", ".deps"]):
        result, _, _ = install("default", [], *words)
        assert (result.rc, result.err.count("\n")) == (64, 1), repr(result)


def test_option_that_accepts_unsigned_packages_excludes_other_mirrors(install: Install):
    """With --allow-untrusted another mirror could serve anything, so only the first one is used."""
    with serve(index("503x*")) as bad, serve(index()) as good:
        result, _, _ = install(f"{mirror(bad)} {mirror(good)}", [DOWN] * 9, "--allow-untrusted", "curl")
        assert (result.rc, good.paths) == (75, []), repr(result)


def test_truncated_package_comes_from_the_next_mirror(install: Install):
    """A package that breaks off at one mirror comes from the next one."""
    with serve(index()) as first, serve(index()) as second:
        cut = "ERROR: curl-8.0-r0: IO ERROR"
        result, calls, classes = install(f"{mirror(first)} {mirror(second)}", ["fine", cut], "curl")
    assert mirror(second) in calls[2]["repositories"]
    assert (result.rc, classes, verbs(calls)) == (0, ["truncated", ""], ["update", "add"] * 2), repr(result)


def test_unknown_package_is_one_attempt(install: Install):
    """A package that does not exist is one attempt: code 69."""
    missing = "ERROR: unable to select packages:\\n  curll (no such package):\\n    required by: world[curll]"
    with serve(index()) as own:
        result, calls, classes = install(mirror(own), ["fine", missing.replace("\\n", " ")], "curll")
    assert verbs(calls) == ["update", "add"]
    assert (result.rc, len(classes)) == (69, 1), repr(result)


def test_odd_characters_of_a_mirror_are_data(install: Install, tmp_path: Path) -> None:
    """Characters that are special to sed stay as they are in the URL of a mirror."""
    mirror = "https://b.example.org/#&|\\1;s/x/y"
    (tmp_path / "etc" / "repositories").write_text(
        "# all\n/media/x\n" + REPOSITORIES.replace("alpine/v", "v9/alpine/v")
    )
    _, calls, _ = install(mirror, [], "curl")
    wanted = f"# all\n/media/x\n{mirror}/v3.22/main\n@edge {mirror}/edge/testing\n"
    assert calls[0]["repositories"] == wanted
