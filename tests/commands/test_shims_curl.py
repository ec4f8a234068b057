"""curl in a woven step: real curl beside the shim, while its hosts and mirrors fail."""

from __future__ import annotations

import hashlib
import re
import shlex
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp

import pytest
from harness.builds.woven_step import Step
from harness.catalogue.faults import Reply
from harness.machine.run import clean_environment, run
from harness.machine.shells import Shell
from harness.sites.artifacts import noise
from harness.sites.file_site import file_reply
from harness.sites.site import Request, Upstream
from harness.wire.loopback import named, refusing, upstream
from harness.wire.server import serve

OPTIONS = Path(__file__).resolve().parents[2] / "scripts/lib/shims/curl-options.sh"
FILE = noise(200_000)
SCRIPT = b"printf 'first\\n'\n" + b"# filler\n" * 2000 + b"printf 'last\\n'\n"
LEFT_ALONE = """
abstract-unix-socket append buffer compressed-ssh config continue-at crlf data data-ascii data-binary data-raw
data-urlencode dump-ca-embed follow form form-escape form-string ftp-account ftp-alternative-to-user ftp-create-dirs
ftp-method ftp-pasv ftp-port ftp-pret ftp-skip-pasv-ip ftp-ssl-ccc ftp-ssl-ccc-mode ftp-ssl-control get
haproxy-protocol help json krb libcurl list-only mail-auth mail-from mail-rcpt mail-rcpt-allowfails manual metalink
next no-buffer no-styled-output out-null parallel parallel-immediate parallel-max parallel-max-host post301 post302
post303 pubkey quote request-target sasl-ir stderr telnet-option tftp-blksize tftp-no-options time-cond trace
trace-ascii trace-config trace-ids trace-time unix-socket upload-file upload-flags url-query variable version
"""
ALONE = frozenset(LEFT_ALONE.split())
"""Options of calls that are curl's own, whatever their value."""
ROUTES = {"/a/file.bin": FILE, "/a/run.sh": SCRIPT, "/a/text": b"good\n", "/other/page/": b"<html>a page</html>\n"}
FAULTS = ["503x*", "rst x*", "fin x*", "stall x*", "fin@5000 x*", "stall@5000 x*", "429(retry-after=60)x*", "404x*"]
CALLS = [
    "-fsSL URL/a/text", "-sS URL/a/text", "-fsSLo out URL/a/file.bin", "-fsS -o out --create-dirs URL/a/file.bin",
    "-fsSO URL/a/file.bin", "-sSO --output-dir . URL/a/file.bin", "-sSI URL/a/none", "-sS -w %{http_code} URL/a/text",
    "-sS -w %{http_code} -o /dev/null URL/a/none", "-sS URL/a/none", "-fsS URL/a/none", "-sS -d x URL/a/none",
    "-sS -X DELETE URL/a/none", "-fsS URL/a/text --next -fsS URL/a/text", "-fsS URL/a/text URL/a/text",
    "-fsS URL/a/text URL/a/none", "-fsS URL/a/none URL/a/text", "-fsS --fail-early URL/a/none URL/a/text",
    "-fsSL URL/a/text -o one URL/a/file.bin -o two", "-fsS --remote-name-all URL/a/text URL/a/file.bin",
    "-fsS -w %{http_code} -o one URL/a/text -o two URL/a/none", "-sSO URL/a/text URL/a/file.bin -o two",
    "-fsS -o one -o two -o three URL/a/text URL/a/text",
    "-fsS -D head URL/a/text URL/a/file.bin -o two",
    "--no-such-option URL",
    "-sS", "-sSf --fail-early -o out URL/a/none", "-sS -r 0-3 URL/a/file.bin -o out", "-sS URL/other/page/",
    "-fsS -D - URL/a/none",
    "-fsS -w %{http_code} URL/a/none",
    "-fsS -o out -w %{http_code} URL/a/none",
    "-fsSi URL/a/none",
    "-fsSI URL/a/none",
    "-fsS -D head URL/a/text", "-fsS URL/a/{text,none}", "-qfsS -A me -H X-Y:z URL/a/text", "--version",
    "-sS -C - -o out URL/a/text",
    "-fsS --connect-timeout 5 --max-time 9 URL/a/text", "-sST /dev/null URL/a/none", "-sfS -ooutput URL/a/text",
    "-fsS --url URL/a/text", "-fsSN URL/a/text", "-fsS file:///etc/hostname", "--help all",
]  # fmt: skip


def table(name: str) -> list[str]:
    """The words of a table of the kit."""
    found = re.search(rf"^CURL_OPTIONS_{name}='([^']*)'", OPTIONS.read_text(), re.M)
    assert found, name
    return found[1].split()


def test_every_option_of_this_curl_is_in_the_tables():
    """An option that the kit does not know costs a call its protection; one that it reads wrongly breaks it."""
    flags, values = set(table("FLAGS")), set(table("VALUES"))
    short = dict(word.split("=") for word in table("SHORT"))
    assert not flags & values | (flags | values) & ALONE
    lines = run(["curl", "--help", "all"]).out.splitlines()
    seen = [found.groups() for line in lines if (found := re.match(r" (?:-(.), |    )--(\S+)( <| \[)?", line))]
    assert len(seen) > 200
    for letter, name, value in seen:
        assert letter is None or short[letter] == name, name
        known = ALONE | (values if value else flags | {f"no-{flag}" for flag in flags})
        assert name in known, name


def test_download_begins_with_the_mirror_where_the_bytes_were_wrong(step: Step):
    """A source answers with wrong bytes, as the step has found: the host lets the download begin with the mirror."""
    with upstream(ROUTES, "flip@3 x*") as bad, upstream(ROUTES) as good:
        step.configure(1, SEAWALL_URL_MIRRORS=f"{named(bad)}/={named(good)}/")
        ours = step.call("curl", "-fsS", f"{named(bad)}/a/text")
        assert (ours.rc, ours.out, bad.paths) == (0, "good\n", []), repr(ours)


def test_healthy_call_is_curl_to_the_byte(step: Step, tmp_path: Path, together: Callable[..., None]):
    """Whatever the call, the shim prints, writes and returns the same."""

    def check(words: str, shell: Shell) -> None:
        ends: list[list[object]] = []
        with upstream(ROUTES) as lab:
            for env in (clean_environment(step.home), step.environment(shell)):
                folder = Path(mkdtemp(dir=tmp_path))
                line = ["/usr/bin/env", "curl", *shlex.split(words.replace("URL", named(lab)))]
                done = subprocess.run(line, cwd=folder, env=env, capture_output=True, check=False)
                left = {path.name: path.read_bytes() for path in folder.iterdir()}
                # A failure may be explained.
                err = re.sub(rb"seawall: warn: url .*: not-found\n", b"", done.stderr)
                ends.append([done.returncode, re.sub(rb"Date: .*", b"", done.stdout), err, left, len(lab.journal)])
        asked, both = ends[0].pop(), ends[1].pop()
        assert ends[1] == ends[0]
        assert both == 2 * int(str(asked))

    together(check, CALLS)


def test_file_comes_from_the_mirror(step: Step, tmp_path: Path, together: Callable[..., None]):
    """A host is down, silent or stalls half-way: plain curl fails or hangs, the shim gets the file from the mirror."""
    with ExitStack() as stack:
        bad = {fault: stack.enter_context(upstream(ROUTES, fault)) for fault in FAULTS}
        good = stack.enter_context(upstream(ROUTES))
        pairs = " ".join(f"{named(host)}/={named(good)}/" for host in bad.values())
        step.configure(SEAWALL_URL_MIRRORS=pairs, SEAWALL_STALL="1")

        def check(fault: str, shell: Shell) -> None:
            file, url = Path(mkdtemp(dir=tmp_path)) / "file", f"{named(bad[fault])}/a/file.bin"
            assert run(["timeout", "1", "curl", "-fsSLo", file, url]).rc != 0
            ours = step.call("curl", "-fsSLo", file, url, shell=shell)
            assert (ours.rc, len(bad[fault].paths)) == (0, 2), repr(ours)
            assert file.read_bytes() == FILE

        together(check, FAULTS)
        assert len(good.paths) == len(FAULTS)


def test_refused_host_without_a_mirror_is_repeated_and_ends_as_curl(step: Step, seen_classes: Callable[[], list[str]]):
    """Nobody listens: the code is curl's 7, after a second attempt; the event names the class."""
    with refusing() as url:
        ours = step.call("curl", "-fsSL", url.replace("127.0.0.1", "2130706433"))
    assert (ours.rc, ours.out, seen_classes()) == (7, "", ["connection-refused"] * 2), repr(ours)


def test_short_outage_is_repeated(step: Step, seen_classes: Callable[[], list[str]]):
    """One 503, then the file: stdout has only the file."""
    with upstream(ROUTES, "503") as lab:
        ours = step.call("curl", "-fsSL", f"{named(lab)}/a/text")
        assert lab.paths == ["/a/text"] * 2
    assert (ours.rc, ours.out, seen_classes()) == (0, "good\n", ["http-5xx", ""]), repr(ours)


def piped(step: Step, call: str, reader: str, *, plain: bool = False) -> subprocess.CompletedProcess[str]:
    """`curl ... | reader` in a shell of the step, or without the kit."""
    env = clean_environment(step.home) if plain else step.environment()
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{call} | {reader}"], env=env, capture_output=True, text=True, check=False
    )


def test_half_a_script_is_not_run(step: Step):
    """The connection breaks in a script: plain curl hands the first half to the shell; the shim all or nothing."""
    with upstream(ROUTES, "fin@9000 -> fin@9000 -> ok") as lab:
        call = f"curl -fsSL {named(lab)}/a/run.sh"
        assert piped(step, call, "sh", plain=True).stdout == "first\n"
        ours = piped(step, call, "sh")
        assert len(lab.paths) == 3
    assert (ours.returncode, ours.stdout) == (0, "first\nlast\n"), ours.stderr
    with upstream(ROUTES, "fin@9000 x*") as lab:
        ours = piped(step, f"curl -fsSL {named(lab)}/a/run.sh", "sh")
    assert (ours.returncode, ours.stdout) == (18, ""), ours.stderr


@pytest.mark.parametrize("flags", ["-fsSL", "-sSL"])
@pytest.mark.parametrize("fault", ["html x*", "503(body=html)x*"])
def test_page_is_no_script(step: Step, seen_classes: Callable[[], list[str]], flags: str, fault: str):
    """A login portal answers: the shell does not get its page, and the class says so; a mirror has the script."""
    with upstream(ROUTES, fault) as lab, upstream(ROUTES) as good:
        call = f"curl {flags} {named(lab)}/a/text"
        ours = piped(step, call, "sh")
        assert (ours.returncode, ours.stdout) == (22, ""), ours.stderr
        assert set(seen_classes()) == {"html-instead-of-json" if "html x" in fault else "http-5xx"}
        step.configure(SEAWALL_URL_MIRRORS=f"{named(lab)}/={named(good)}/")
        assert piped(step, f"curl {flags} {named(lab)}/a/run.sh", "sh").stdout == "first\nlast\n"


def test_page_that_somebody_wants_is_handed_on(step: Step):
    """A page for grep, or for a file without a name that says otherwise, is what the caller asked for."""
    with upstream(ROUTES, "html x*") as lab:
        ours = piped(step, f"curl -fsSL {named(lab)}/releases/", "grep -c html")
        assert (ours.returncode, ours.stderr) == (0, "")
        assert len(lab.paths) == 1


def test_page_in_place_of_an_archive_fails_where_failures_are_wanted(step: Step, tmp_path: Path):
    """With -f a page called x.tar.gz fails as an error of HTTP does, and leaves no file; without -f it is curl's."""
    with upstream(ROUTES, "html x*") as lab:
        ours = step.call("curl", "-fsSL", "-o", tmp_path / "x", f"{named(lab)}/x.tar.gz")
        assert (ours.rc, (tmp_path / "x").exists()) == (22, False), repr(ours)
        assert step.call("curl", "-sSL", "-o", tmp_path / "x", f"{named(lab)}/x.tar.gz").rc == 0


def test_large_download_streams_and_says_so(step: Step):
    """Beyond the bound of the spool the download is handed on while it arrives, complete, and is not repeated."""
    big = noise(40_000_000)
    with upstream({"/big": big}) as lab:
        ours = piped(step, f"curl -fsSL {named(lab)}/big", "sha256sum")
    want = hashlib.sha256(big).hexdigest()
    assert (ours.returncode, ours.stdout.split()[:1]) == (0, [want]), ours.stderr
    assert "cannot be repeated" in ours.stderr
    with upstream({"/big": big}, "fin@39000000 x*") as lab:
        ours = piped(step, f"curl -fsSL {named(lab)}/big", "wc -c")
        assert len(lab.paths) == 1
    assert (ours.returncode, ours.stdout.strip()) == (18, "39000000"), ours.stderr


def test_download_without_room_streams_and_says_so(step: Step):
    """The scratch folder is nearly full: the download is handed on while it arrives."""
    with upstream(ROUTES) as lab:
        script = f"mount -t tmpfs -o size=400k none /dev/shm && curl -fsSL {named(lab)}/a/file.bin | wc -c"
        ours = step.call("unshare", "--mount", "sh", "-c", script)
    assert (ours.rc, ours.out.strip()) == (0, "200000"), repr(ours)
    assert "KiB, the room in /dev/shm" in ours.err


def test_wrong_bytes_are_left_to_the_sum_behind_them(step: Step, tmp_path: Path):
    """A changed byte is no failure of the download: the sum of the Dockerfile ends the step, as without the kit."""
    want = hashlib.sha256(FILE).hexdigest()
    with upstream(ROUTES, "flip@7 x*") as lab:
        check = f"printf '%s  file.bin\\n' {want} | sha256sum -c --status"
        script = f"cd {tmp_path} && curl -fsSLO {named(lab)}/a/file.bin && {check}"
        assert step.call("sh", "-c", script).rc == 1
        assert len(lab.paths) == 1


def test_mirror_gets_no_credentials(step: Step):
    """A login, a token and cookies go to the host of the call only; other headers stay there, too."""
    seen: list[dict[str, str]] = []

    def answer(request: Request) -> Reply:
        seen.append(dict(request.headers))
        return file_reply(request, b"good\n")

    secret = ["-u", "me:secret1", "-H", "PRIVATE-TOKEN: secret2", "-H", "Accept: text/plain", "-b", "sid=secret3", "-n"]
    (step.home / ".netrc").write_text("default login me password secret4\n")
    with upstream(ROUTES, "503x*") as bad, serve(Upstream("mirror", answer)) as good:
        step.configure(SEAWALL_URL_MIRRORS=f"{named(bad)}/={named(good)}/")
        ours = step.call("curl", "-fsSL", *secret, f"{named(bad)}/a/text")
        assert "authorization" in next(iter(bad.journal)).headers
        assert (ours.rc, ours.out) == (0, "good\n"), repr(ours)
        # A signed URL holds its login in the query.
        assert step.call("curl", "-fsSL", f"{named(bad)}/a/text?sig=secret5").rc == 22
    assert [headers["accept"] for headers in seen] == ["text/plain"]
    assert not {"authorization", "private-token", "cookie"} & set(seen[0])


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("-fsS --retry 1 --retry-delay 0", 2),
        ("-fsS -d x", 1),
        ("-fsS -X POST", 1),
        ("-fsS -T /dev/null", 1),
        ("-fsS", 2),
    ],
)
def test_only_safe_calls_are_repeated(step: Step, words: str, asked: int):
    """An upload is sent once; with the user's own --retry curl alone repeats."""
    with upstream(ROUTES) as lab, serve(Upstream("down", lambda _: Reply(503))) as down:
        assert step.call("curl", *words.split(), f"{named(down)}/a/text").rc == 22
        assert len(down.journal) == asked
        assert not lab.paths


def test_what_is_told_about_the_answer_is_told_once(step: Step):
    """A write-out of a failed attempt is not in front of that of the last one."""
    with upstream(ROUTES, "fin -> ok") as lab:
        ours = step.call("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", f"{named(lab)}/a/text")
        assert (ours.rc, ours.out, len(lab.paths)) == (0, "200", 2), repr(ours)


def test_server_of_the_step_itself_is_left_alone(step: Step):
    """A loop that waits for a server on this machine repeats the call; the kit neither waits nor spends the budget."""
    with upstream(ROUTES, "503x*") as lab:
        ours = step.call("curl", "-fsS", f"{lab.url}/a/text")
        assert (ours.rc, len(lab.paths), step.told()) == (22, 1, "")


@pytest.mark.long
def test_users_own_limits_hold(step: Step):
    """--max-time of the call ends it; the stall limit of the kit does not."""
    with upstream(ROUTES, "stall x*") as bad, upstream(ROUTES) as good:
        step.configure(SEAWALL_URL_MIRRORS=f"{named(bad)}/={named(good)}/", SEAWALL_STALL="1")
        ours = step.call("curl", "-fsS", "--max-time", "4", f"{named(bad)}/a/text")
        assert (ours.rc, ours.out) == (0, "good\n")
    assert "timed out after 4" in ours.err, repr(ours)


def test_config_file_of_the_user_leaves_the_call_alone(step: Step):
    """~/.curlrc may hold any option, so the call is curl's own."""
    (step.home / ".curlrc").write_text("silent\n")
    with upstream(ROUTES, "503x*") as lab:
        assert step.call("curl", "-f", f"{named(lab)}/a/text").rc == 22
        assert (len(lab.paths), step.told()) == (1, "")
