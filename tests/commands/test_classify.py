"""scripts/classify.sh: its options, its line of output, its exit codes."""

import subprocess
from pathlib import Path

import pytest

COMMAND = Path(__file__).resolve().parents[2] / "scripts" / "classify.sh"
# A call takes about 0.1 s with GNU tools; the limit is there to notice a pipe that never ends.
LIMIT_S = 10


def run(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments], input=text, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_prints_the_header_comment(option):
    """`--help` prints the header comment of the command on stdout."""
    result = run(option)
    assert (result.returncode, result.stderr) == (0, "")
    assert "classify.sh [--tool T] [--exit-code N] < TEXT" in result.stdout
    header = COMMAND.read_text().split("set -eu")[0].splitlines()[1:]
    assert result.stdout.splitlines() == [line.removeprefix("#").removeprefix(" ") for line in header]


def test_prints_one_line_of_four_columns():
    """A Go timeout on stdin gives one line: class, verdict, upstream, and transient or permanent."""
    result = run("--tool", "go", "--exit-code=1", text='go: x@v1: Get "https://m.test/x/@v/v1.zip": i/o timeout\n')
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "timeout\telsewhere\tgo-proxy\ttransient\n"


def test_tool_and_exit_code_decide_if_the_text_does_not():
    """If the text says nothing, curl's exit code 28 means a timeout; without a tool the class is `other`."""
    assert run(text="...\n").stdout == "other\tstop\tnone\tpermanent\n"
    assert run("--tool=curl", "--exit-code=28", text="...\n").stdout == "timeout\telsewhere\turl\ttransient\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--x"], "unknown option --x: "),
        (["--tool"], "option --tool wants a value"),
        (["--tool", "A B"], "--tool wants a name such as apt or docker, saw 'A B': "),
        (["--exit-code", "-1"], "--exit-code wants a number from 0 to 255, saw '-1': "),
        (["--exit-code", "256"], "--exit-code wants a number from 0 to 255, saw '256': "),
        (["log.txt"], "wanted no argument, saw 'log.txt': "),
    ],
)
def test_wrong_call_is_one_line_and_64(arguments, words):
    """A wrong option or value ends with code 64 and one line with the wrong value."""
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (64, "")
    assert result.stderr.startswith(f"classify: error: {words}")
    assert result.stderr.count("\n") == 1


def test_error_at_the_end_of_a_long_log_is_found():
    """The error in the last lines of a 200 kB log is classified, within seconds."""
    noise = "#12 3.4 Get:7 http://deb.debian.example/debian trixie/main amd64 libc6 amd64 2.41-12 [2847 kB]\n"
    text = noise * 2200 + "#12 9.9 E: Could not get lock /var/lib/dpkg/lock-frontend.\n" + noise
    assert len(text) > 200_000
    assert run("--tool", "apt", text=text).stdout == "lock-contention\tagain\tlocal\ttransient\n"


def test_works_from_any_folder(tmp_path):
    """The command finds its tables when it is called from another folder."""
    result = subprocess.run(
        [COMMAND], input="x\n", capture_output=True, text=True, timeout=LIMIT_S, check=True, cwd=tmp_path
    )
    assert result.stdout == "other\tstop\tnone\tpermanent\n"
