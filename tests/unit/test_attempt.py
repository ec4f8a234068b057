"""scripts/lib/attempt.sh: one bounded run in a process group of its own, that outlives nothing."""

from __future__ import annotations

import signal
import subprocess

import pytest
from harness.run import clean_environment
from harness.traces import Mark

ATTEMPT = 'for module in log exit clock attempt; do . "$LIB/$module.sh"; done\nLOG_NAME=attempt\n'
STATUS = '|| status=$?; printf "%s\\n" "${status:-0}"'
STUBBORN = "trap '' TERM; tail -f /dev/null & wait; tail -f /dev/null"


@pytest.mark.parametrize("code", [0, 1, 7, 100], ids=str)
def test_status_is_the_commands(sh, code):
    result = sh(ATTEMPT + f"attempt_run 30 sh -c 'exit {code}' {STATUS}")
    assert result.out == f"{code}\n"


def test_command_that_ends_at_once_costs_no_waiting(sh):
    result = sh(ATTEMPT + "for _ in 1 2 3 4 5 6 7 8 9 10; do attempt_run 60 true; done")
    assert result.rc == 0
    assert result.seconds < 30


def test_time_that_is_up_is_124_and_the_whole_group_is_gone(sh):
    mark = Mark()
    result = sh(ATTEMPT + f"attempt_run 1 sh -c 'tail -f /dev/null & tail -f /dev/null' {STATUS}", env=mark.env)
    assert result.out == "124\n", repr(result)
    assert mark.processes() == []


def test_group_that_ignores_term_is_killed(sh):
    mark = Mark()
    result = sh(ATTEMPT + f'attempt_run 1 sh -c "$1" {STATUS}', STUBBORN, env=mark.env)
    assert result.out == "124\n", repr(result)
    assert mark.processes() == []


def test_what_a_command_left_behind_is_ended(sh):
    mark = Mark()
    result = sh(ATTEMPT + f"attempt_run 30 sh -c 'tail -f /dev/null >/dev/null 2>&1 & exit 3' {STATUS}", env=mark.env)
    assert result.out == "3\n"
    assert mark.processes() == []


def test_output_streams_and_is_kept(sh, tmp_path):
    file = tmp_path / "kept"
    result = sh(ATTEMPT + f"attempt_capture \"$1\" 30 sh -c 'printf out; printf err >&2; exit 4' {STATUS}", str(file))
    assert result.out == "4\n"
    assert sorted(file.read_text().replace("err", "e").replace("out", "o")) == ["e", "o"]
    assert "out" in result.err
    assert list(tmp_path.glob("kept.*")) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda n: n.name)
def test_signal_ends_the_attempt_and_cleans_once(shell, kit, number):
    mark = Mark()
    script = ATTEMPT + "\nclean_up() { attempt_end; printf 'cleaned %s\\n' \"$1\"; }\nexit_trap clean_up\n"
    script += "attempt_run 60 sh -c 'printf \"begun\\\\n\"; tail -f /dev/null'"
    env = clean_environment() | {"LIB": str(kit / "lib")} | mark.env
    words = [*shell.argv, "-c", f"set -eu\n{script}"]
    with subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (128 + number, f"cleaned {128 + number}\n"), err
    assert mark.processes() == []
