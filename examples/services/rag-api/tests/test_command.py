"""The command: its arguments and exit codes."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import rag_api

HERE = Path(rag_api.__file__).parent.parent
PATIENCE = 30  # time limit of a healthy run on a slow machine, in seconds


def command(*arguments):
    return [sys.executable, "-m", "rag_api", *arguments]


def ended(*arguments):
    return subprocess.run(command(*arguments), cwd=HERE, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_prints_its_version():
    done = ended("--version")

    assert (done.returncode, done.stdout) == (0, f"rag-api {rag_api.__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["--nope"], 64, "rag-api: unrecognized arguments: --nope"),
        (["stray"], 64, "rag-api: unrecognized arguments: stray"),
        (["--addr", "nonsense"], 64, "wanted HOST:PORT"),
        (["--documents", "/nonexistent"], 1, "rag-api: cannot index /nonexistent"),
    ],
)
def test_names_what_is_wrong_in_one_line(arguments, code, line):
    done = ended(*arguments)

    assert done.returncode == code
    assert line in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_with_zero_on_a_signal(number):
    serve = command("--addr", "127.0.0.1:0")
    with subprocess.Popen(serve, cwd=HERE, stderr=subprocess.PIPE, text=True) as process:
        try:
            log = ""
            while not re.search(r"running on http://127\.0\.0\.1:\d+", log):
                line = process.stderr.readline()
                assert line, f"ended before it listened: {log}"
                log += line
            process.send_signal(number)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
