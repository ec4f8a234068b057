"""wget in a woven step: real GNU Wget and the wget of BusyBox beside the shim, while their hosts and mirrors fail."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp

import pytest
from harness.builds.woven_step import Step
from harness.machine.run import clean_environment, run
from harness.machine.shells import Shell
from harness.sites.artifacts import noise
from harness.wire.loopback import named, upstream

OPTIONS = Path(__file__).resolve().parents[2] / "scripts/lib/shims/wget-options.sh"
FILE = noise(200_000)
SCRIPT = b"printf 'first\\n'\n" + b"# filler\n" * 2000 + b"printf 'last\\n'\n"
LEFT_ALONE = """
accept accept-regex adjust-extension append-output ask-password background backup-converted backups base body-data
body-file config content-disposition continue convert-file-only convert-links cut-dirs debug delete-after domains
exclude-directories exclude-domains execute follow-ftp follow-tags force-directories force-html ftp-password
ftp-user ftps-clear-data-connection ftps-fallback-to-ftp ftps-implicit ftps-resume-ssl help ignore-length
ignore-tags include-directories input-file input-metalink keep-badhash level metalink-index metalink-over-http
method mirror no-glob no-host-directories no-if-modified-since no-parent no-passive-ftp no-remove-listing
no-warc-compression no-warc-digests no-warc-keep-log output-file page-requisites post-data post-file
preferred-location protocol-directories quota recursive regex-type reject reject-regex rejected-log relative
retr-symlinks save-headers span-hosts start-pos strict-comments timestamping trust-server-names use-askpass version
warc-cdx warc-dedup warc-file warc-header warc-max-size warc-tempdir
"""
ALONE = frozenset(LEFT_ALONE.split())
"""Options of calls that are wget's own, whatever their value."""
ROUTES = {"/a/file.bin": FILE, "/a/run.sh": SCRIPT, "/a/text": b"good\n", "/page/": b"<html>a page</html>\n"}
FAULTS = ["503x*", "fin@5000 x*", "stall x*", "stall@5000 x*", "404x*"]
BOTH = [
    "-q URL/a/file.bin", "-q -O out URL/a/file.bin", "-qO- URL/a/text", "-q -O - URL/a/text", "-q -P sub URL/a/text",
    "-q --spider URL/a/none", "-q URL/page/", "-q URL/a/text?x=1", "-q -c URL/a/text", "-q URL/a/text URL/a/file.bin",
    "-qO- URL/a/text URL/a/none", "-qO- URL/a/none URL/a/text", "-q URL/a/none URL/a/text",
    "-q -O x URL/a/text URL/a/text",
    "-q --header X-Y:z -U me -O out URL/a/text", "-q --post-data x URL/a/none", "--no-such-option URL/a/text",
]  # fmt: skip
GNU = ["-nv URL/a/text URL/a/file.bin",
       "-nv -O out URL/a/text", "-q -nc URL/a/text", "-q -N URL/a/text", "-q --output-document=out URL/a/text",
       "-q -S URL/a/text",
       "-q -t 1 -T 3 URL/a/text", "-q -r -l 1 -nH URL/page/", "-q -i list", "--version"]  # fmt: skip


def table(name: str) -> list[str]:
    """The words of a table of the kit."""
    found = re.search(rf"^WGET_OPTIONS_{name}='([^']*)'", OPTIONS.read_text(), re.M)
    assert found, name
    return found[1].split()


@pytest.fixture(params=["gnu", "busybox"])
def kind(request: pytest.FixtureRequest, step: Step) -> str:
    """The wget behind the trampolines."""
    if request.param == "busybox":
        (step.bin / "wget").symlink_to("/usr/bin/busybox")
    return str(request.param)


def plain(step: Step) -> dict[str, str]:
    """The environment without the kit, with the wget of the test."""
    env = clean_environment(step.home)
    return env | {"PATH": f"{step.bin}:{env['PATH']}"}


def test_every_option_of_this_wget_is_in_the_tables():
    """An option that the kit does not know costs a call its protection; one that it reads wrongly breaks it."""
    flags, values = set(table("FLAGS")), set(table("VALUES"))
    short = dict(word.split("=") for word in table("SHORT"))
    assert not flags & values | (flags | values) & ALONE
    lines = run(["wget", "--help"]).out.splitlines()
    seen = [found.groups() for line in lines if (found := re.match(r"  (?:-(\w+),|   )\s+--([a-z0-9-]+)(=)?", line))]
    assert len(seen) > 130
    for letter, name, value in seen:
        assert letter is None or short[letter] == name, name
        # --max-redirect takes a value without saying so.
        assert name in ALONE | values | (set() if value else flags), name
    # BusyBox prints its short options and the long ones without one.
    text = run(["busybox", "wget", "--help"]).err
    for letter, value in re.findall(r"^\t-(\w)( (?!\t)\S+)?", text, re.M):
        assert short[letter] in ALONE | (values if value else flags), letter


def test_healthy_call_is_wget_to_the_byte(step: Step, tmp_path: Path, kind: str, together: Callable[..., None]):
    """Whatever the call, the shim prints, writes and returns the same."""

    def check(words: str, shell: Shell) -> None:
        ends: list[list[object]] = []
        with upstream(ROUTES) as lab:
            for env in (plain(step), step.environment(shell)):
                folder = Path(mkdtemp(dir=tmp_path))
                (folder / "list").write_text(f"{named(lab)}/a/text\n")
                line = ["/usr/bin/env", "wget", *shlex.split(words.replace("URL", named(lab)))]
                done = subprocess.run(line, cwd=folder, env=env, capture_output=True, check=False)
                files = [path for path in folder.rglob("*") if path.is_file()]
                left = {str(path.relative_to(folder)): path.read_bytes() for path in files}
                # A failure may be explained; a usage names the program by its path.
                told = rb"^\S*/(?=wget: )|Date: .*|Last-modified: .*|\d\d:\d\d:\d\d|seawall: warn: url .*: not-found\n"
                told += rb"|[\d.]+m?s\b|[\d.]+ [KM]B/s"
                ends.append([done.returncode, done.stdout, re.sub(told, b"", done.stderr), left, len(lab.journal)])
        asked, both = ends[0].pop(), ends[1].pop()
        assert ends[1] == ends[0]
        assert both == 2 * int(str(asked))

    together(check, BOTH + (GNU if kind == "gnu" else []))


def test_file_comes_from_the_mirror(step: Step, tmp_path: Path, kind: str, together: Callable[..., None]):
    """A host is down, silent or stalls half-way: plain wget fails or hangs, the shim gets the file from the mirror."""
    with ExitStack() as stack:
        bad = {fault: stack.enter_context(upstream(ROUTES, fault)) for fault in FAULTS}
        good = stack.enter_context(upstream(ROUTES))
        pairs = " ".join(f"{named(host)}/={named(good)}/" for host in bad.values())
        step.configure(SEAWALL_URL_MIRRORS=pairs, SEAWALL_STALL="1")

        def check(fault: str, shell: Shell) -> None:
            folder, url = Path(mkdtemp(dir=tmp_path)), f"{named(bad[fault])}/a/file.bin"
            assert run(["timeout", "1", "wget", "-q", "-O", folder / "x", url], env=plain(step)).rc != 0
            asked = len(bad[fault].paths)
            ours = step.call("wget", "-q", url, shell=shell, cwd=folder)
            assert (ours.rc, len(bad[fault].paths) - asked) == (0, 1), repr(ours)
            assert (folder / "file.bin").read_bytes() == FILE
            assert not list(folder.glob("file.bin.*"))

        together(check, FAULTS)
        assert good.paths == ["/a/file.bin"] * len(FAULTS)


def test_outage_ends_with_the_code_of_wget(step: Step, seen_classes: Callable[[], list[str]], kind: str):
    """503 from the only host: two attempts, the class is in the events although -q prints nothing."""
    with upstream(ROUTES, "503x*") as lab:
        ours = step.call("wget", "-q", "-O-", f"{named(lab)}/a/text")
        assert len(lab.paths) == 2
    assert (ours.rc, ours.out, seen_classes()) == (8 if kind == "gnu" else 1, "", ["http-5xx"] * 2), repr(ours)


def test_busybox_downloads_as_its_wget_does(step: Step):
    """`busybox wget` fails on a dead host and comes from the mirror; any other applet is BusyBox's own."""
    with upstream(ROUTES, "503x*") as bad, upstream(ROUTES) as good:
        step.configure(SEAWALL_URL_MIRRORS=f"{named(bad)}/={named(good)}/")
        words = ["busybox", "wget", "-q", "-O", "-", f"{named(bad)}/a/text"]
        assert run(words, env=clean_environment(step.home)).rc == 1
        ours = step.call(*words)
        assert (ours.rc, ours.out, len(good.paths)) == (0, "good\n", 1), repr(ours)
        assert step.call("busybox", "printf", "%s|", "a b", "").out == "a b||"
        assert step.call("busybox").out == run(["busybox"], env=clean_environment(step.home)).out


def test_half_a_script_is_not_run(step: Step, kind: str):
    """The connection breaks in a script: plain wget hands the first half to the shell; the shim all or nothing."""

    def piped(env: dict[str, str], url: str) -> tuple[int, str]:
        words = [
            "bash",
            "-o",
            "pipefail",
            "-c",
            f"wget {'--tries=1' * (env == plain(step) and kind == 'gnu')} -qO- {url} | sh",
        ]
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    with upstream(ROUTES, "fin@9000 -> fin@9000 -> ok") as lab:
        assert piped(plain(step), f"{named(lab)}/a/run.sh")[1] == "first\n"
        assert piped(step.environment(), f"{named(lab)}/a/run.sh") == (0, "first\nlast\n")
    with upstream(ROUTES, "html x*") as lab:
        assert piped(step.environment(), f"{named(lab)}/a/run") == (8 if kind == "gnu" else 1, "")


def test_download_begins_with_the_mirror_where_the_bytes_were_wrong(step: Step, kind: str):
    """A source answers with wrong bytes, as the step has found: the host lets the download begin with the mirror."""
    with upstream(ROUTES, "flip@3 x*") as bad, upstream(ROUTES) as good:
        mirrors = f"{named(bad)}/={named(good)}/"
        for turn, asked in ((0, (1, 0)), (1, (1, 1)), (2, (2, 1))):
            step.configure(turn, SEAWALL_URL_MIRRORS=mirrors)
            ours = step.call("wget", "-q", "-O-", f"{named(bad)}/a/text")
            assert ours.rc == 0, repr(ours)
            assert (len(bad.paths), len(good.paths)) == asked, turn
            assert (ours.out == ROUTES["/a/text"].decode()) == (turn == 1), turn


def test_login_stays_with_its_host(step: Step, kind: str):
    """A header and a login are not sent to the mirror; neither is the login of .netrc."""
    (step.home / ".netrc").write_text("default login me password secret\n")
    words = ["--header", "Authorization: secret"] + (
        ["--user=me", "--password=x", "--auth-no-challenge"] if kind == "gnu" else []
    )
    with upstream(ROUTES, "503x*") as bad, upstream(ROUTES, "401 -> ok") as good:
        step.configure(SEAWALL_URL_MIRRORS=f"{named(bad)}/={named(good)}/")
        step.call("wget", "-q", "-O-", *words, f"{named(bad)}/a/text")
        assert any("authorization" in entry.headers for entry in bad.journal)
        assert good.paths
        assert not any("authorization" in entry.headers for entry in good.journal)
