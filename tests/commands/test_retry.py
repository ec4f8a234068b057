"""scripts/stage/retry.sh with real curl and small scripts: which failures it retries, how often, and its exit codes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from harness.machine.load import allowed
from harness.machine.run import Result, clean_environment, run
from harness.wire.loopback import upstream

Retry = Callable[..., Result]

CURL = ["curl", "-sS", "--fail", "--dump-header", "/dev/stderr"]
CONTENT = {"/file": b"good bytes\n"}
DOWN = 'printf "curl: (22) The requested URL returned error: 503\\n" >&2; exit 22'
QUICK = "84"
"""A seed that gives waits of 0, 1 and 0 seconds."""
DASH = ("dash",)
ASH = ("busybox", "ash")


@pytest.fixture
def retry(kit: Path, tmp_path: Path) -> Retry:
    """Runs the command with these arguments."""

    def call(*words: str, shell: tuple[str, ...] = DASH, **more: str) -> Result:
        env = clean_environment(tmp_path) | {"SEAWALL_EVENTS": str(tmp_path / "events.jsonl"), "SEAWALL_SEED": QUICK}
        return run([*shell, kit / "stage" / "retry.sh", *words], env=env | more)

    return call


@pytest.mark.parametrize("shell", [DASH, ASH], ids=["dash", "ash"])
def test_short_outage_is_retried_once(retry: Retry, attempts, shell):
    """One 503 fails plain curl; with retry.sh the second request succeeds, and stdout has only the file."""
    with upstream(CONTENT, "503 -> ok -> 503") as lab:
        assert run([*CURL, f"{lab.url}/file"]).rc == 22
    with upstream(CONTENT, "503") as lab:
        healed = retry("--", *CURL, f"{lab.url}/file", shell=shell)
        assert lab.paths == ["/file", "/file"], repr(healed)
    assert (healed.rc, healed.out) == (0, "good bytes\n")
    assert attempts() == ["http-5xx", ""]


@pytest.mark.parametrize(
    ("command", "upstream"),
    [("go", "go-proxy"), ("pip3", "pypi"), ("uv", "pypi"), ("apt-get", "apt"), ("apk", "apk"), ("npx", "npm"),
     ("git", "git"), ("wget", "url"), ("crane", "registry"), ("make", "none")],
)  # fmt: skip
def test_event_names_the_upstream_of_the_command(retry: Retry, tmp_path, command, upstream):
    """The event of an attempt names the upstream that the command talks to."""
    (tmp_path / command).write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / command).chmod(0o755)
    assert retry("--", str(tmp_path / command)).rc == 0
    assert json.loads((tmp_path / "events.jsonl").read_text().splitlines()[0])["upstream"] == upstream


def test_permanent_failure_is_one_attempt_with_its_own_code(retry: Retry, attempts):
    """A 404 is one request, and the command's own exit code is returned."""
    with upstream(CONTENT) as lab:
        result = retry("--retries", "5", "--", *CURL, f"{lab.url}/missing")
        assert lab.paths == ["/missing"], repr(result)
    assert (result.rc, attempts()) == (22, ["not-found"])


def test_same_failure_twice_ends_the_retries(retry: Retry, attempts):
    """A command that fails twice in the same way is not tried a third time: code 75."""
    assert retry("--", "sh", "-c", DOWN).rc == 75
    assert attempts() == ["http-5xx"] * 2


def test_number_of_retries_is_respected(retry: Retry, attempts):
    """`--retries=3` makes four attempts."""
    assert retry("--retries=3", "--", "sh", "-c", DOWN).rc == 75
    assert attempts() == ["http-5xx"] * 4


def test_retries_beyond_the_budget_are_not_made(retry: Retry, attempts):
    """With a budget of one retry for the build, `--retries=3` makes two attempts and says why."""
    result = retry("--retries=3", "--", "sh", "-c", DOWN, SEAWALL_BUDGET="1")
    assert (result.rc, len(attempts())) == (75, 2)
    assert "no retry left: the budget of the build is 1 (SEAWALL_BUDGET)" in result.err


@pytest.mark.parametrize("after", ["2", "date"])
def test_retry_after_is_respected(retry: Retry, after: str):
    """After 429 with Retry-After in seconds or as a date, the next request waits that long."""
    value = after if after != "date" else time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 3))
    with upstream(CONTENT, f"429(retry-after={value})") as lab:
        result = retry("--", *CURL, f"{lab.url}/file")
        first, second = (entry.time for entry in lab.journal)
    # A date has whole seconds.
    assert second - first >= 1.9, repr(result)
    assert result.rc == 0, repr(result)


def test_silent_command_is_stopped_and_retried(retry: Retry, attempts):
    """A download that stalls hangs plain curl; `--silence 1` stops it, and the second request succeeds."""
    with upstream(CONTENT, "stall -> ok") as lab:
        assert run(["timeout", "1", *CURL, f"{lab.url}/file"]).rc == 124
    with upstream(CONTENT, "stall@4 -> ok") as lab:
        result = retry("--silence", "1", "--", *CURL, f"{lab.url}/file")
        assert [entry.ending for entry in lab.journal] == ["stall", "done"], repr(result)
    assert (result.rc, attempts()) == (0, ["timeout", ""])


def test_attempt_is_stopped_at_its_timeout(retry: Retry, attempts):
    """`--timeout 1` stops a command that hangs, retries it, and names the timeout."""
    result = retry("--timeout", "1", "--retries", "1", "--", "tail", "-f", "/dev/null")
    assert (result.rc, attempts()) == (75, ["timeout"] * 2)
    assert "the time of 1 s was up" in result.err


@pytest.mark.parametrize("command", [["tail", "-f", "/dev/null"], ["sh", "-c", DOWN]], ids=["silent", "down"])
def test_max_time_bounds_all_attempts_together(retry: Retry, command):
    """`--max-time 4` ends the command within seconds, however many retries are left."""
    begun = time.monotonic()
    result = retry("--max-time", "4", "--retries", "50", "--", *command)
    assert time.monotonic() - begun <= allowed(4 + 2)
    assert result.rc == 75, repr(result)


@pytest.mark.parametrize(
    ("wanted", "times"), [("http-5xx", 2), ("timeout", 1), ("any", 2)], ids=["this-one", "another", "any"]
)
def test_only_the_named_classes_are_retried(retry: Retry, attempts, wanted, times):
    """`--retry-on` limits retries to the named classes of failures."""
    retry("--retry-on", wanted, "--", "sh", "-c", DOWN)
    assert len(attempts()) == times


def test_permanent_failure_is_retried_if_its_class_is_named(retry: Retry, attempts):
    """`--retry-on other` retries a failure that is otherwise final."""
    assert retry("--retry-on", "timeout", "--retry-on", "other", "--", "sh", "-c", "exit 3").rc == 75
    assert attempts() == ["other"] * 2


def test_stdout_and_stderr_stay_apart(retry: Retry):
    """stdout, stderr and the exit code of the command arrive unchanged."""
    result = retry("--", "sh", "-c", "printf out; printf err >&2; exit 4")
    assert (result.rc, result.out) == (4, "out")
    assert result.err.startswith("err")


def test_stdin_from_a_file_reaches_every_attempt(retry: Retry, kit: Path, tmp_path: Path):
    """If stdin is a file, the second attempt reads it from the start."""
    (tmp_path / "input").write_text("line\n")
    script = f"cat; [ -e {tmp_path}/again ] || {{ : >{tmp_path}/again; {DOWN}; }}"
    words = 'exec "$0" -- sh -c "$1" <"$2"'
    result = run(
        ["sh", "-c", words, kit / "stage" / "retry.sh", script, tmp_path / "input"], env=clean_environment(tmp_path)
    )
    assert (result.rc, result.out) == (0, "line\nline\n"), repr(result)


def test_waits_are_drawn_from_the_seed(retry: Retry, tmp_path: Path):
    """With SEAWALL_SEED, the waits between attempts are the same in every run."""
    retry("--retries", "3", "--", "sh", "-c", DOWN)
    events = map(json.loads, (tmp_path / "events.jsonl").read_text().splitlines())
    assert [event["wait_s"] for event in events if event["event"] == "wait"] == [0, 1, 0]


def test_password_of_a_url_is_never_printed(retry: Retry):
    """A password in a URL of the command is in no message."""
    with upstream(CONTENT, "503x*") as lab:
        url = f"{lab.url}/file".replace("//", "//user:hunter2@")
        result = retry("--retries", "0", "--", *CURL, url)
        assert lab.paths == ["/file"], repr(result)
    assert result.rc == 75
    assert "hunter2" not in result.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 64, "wanted a command behind --, saw none"),
        (["--retries", "many", "--", "true"], 64, "--retries: wanted a number from 0 to 100, saw 'many'"),
        (["--retries", "-1", "--", "true"], 64, "--retries: wanted a number from 0 to 100, saw '-1'"),
        (["--max-time", "0", "--", "true"], 64, "--max-time: wanted a number from 1 to 86400, saw '0'"),
        (["--retry-on", "bad-luck", "--", "true"], 64, "--retry-on: wanted any or a class of lib/verdict/classes.tsv"),
        (["--retry", "3", "--", "true"], 64, "unknown option --retry"),
        (["--", "no-such-command"], 71, "wanted no-such-command in this image, found none"),
    ],
    ids=lambda value: "-".join(value)[:30] if isinstance(value, list) else None,
)
def test_wrong_call_is_one_line(retry: Retry, words, code, said):
    """A wrong option, value or command ends with its code and one line."""
    result = retry(*words)
    assert (result.rc, result.out) == (code, "")
    assert result.err.startswith(f"retry: error: {said}")
    assert result.err.count("\n") == 1


def test_attempts_do_not_overlap(retry: Retry):
    """The next attempt starts after the one before has ended."""
    with upstream(CONTENT, "503x3") as lab:
        result = retry("--retries", "3", "--", *CURL, f"{lab.url}/file")
        times = [entry.time for entry in lab.journal]
    assert (result.rc, len(times)) == (0, 4)
    assert all(later > earlier for earlier, later in pairwise(times))


LASTING = {
    "typo in a flag": "unknown flag: --tagg",
    "typo in the Dockerfile": "dockerfile parse error on line 3: unknown instruction: RUNN",
    "missing file": 'failed to calculate checksum of ref: "/app": not found',
    "compile error": "./main.go:3:1: undefined: x",
    "C compile error": "x.c:1:1: error: expected expression before ';' token",
    "syntax error": "SyntaxError: invalid syntax",
    "missing module": "ModuleNotFoundError: No module named 'x'",
    "unknown revision": "go: example.org/x@v9.9.9: invalid version: unknown revision v9.9.9",
    "no such version": "ERROR: No matching distribution found for idna==99.0",
    "no such package": "E: Unable to locate package no-such-package",
    "no such npm package": "npm error code E404",
    "login refused": "unauthorized: authentication required",
    "forbidden": "denied: requested access to the resource is denied",
    "password wrong": "fatal: Authentication failed for 'https://a.example.org/x.git/'",
    "disk full": "write /layer: no space left on device",
    "out of memory": "fatal error: runtime: out of memory",
    "exec format": "exec /bin/sh: exec format error",
    "key unknown": "W: GPG error: NO_PUBKEY 0123456789ABCDEF",
    "checksum": "verifying example.org/x@v1.0.0: checksum mismatch",
    "untrusted": "x509: certificate signed by unknown authority",
    "test failed": "FAILED tests/test_x.py::test_x - AssertionError",
}


@pytest.mark.parametrize("text", LASTING.values(), ids=LASTING)
def test_permanent_error_text_is_one_attempt(retry: Retry, attempts, text):
    """A compile error, a refused login, a full disk and the like are not retried."""
    result = retry("--", "sh", "-c", 'printf "%s\\n" "$1" >&2; exit 9', "sh", text)
    assert (result.rc, len(attempts())) == (9, 1), repr(result)


def test_permanent_error_texts_cover_twenty_kinds():
    """The test above covers at least twenty kinds of permanent errors."""
    assert len(LASTING) >= 20
