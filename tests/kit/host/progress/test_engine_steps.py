"""scripts/lib/host/progress/engine-steps.sh: which processes belong to the RUN steps of one build."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PRELUDE = """
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/caches host/engine
load host/builders host/progress
SEAWALL_MIN_SPEED=1024
# The control group of a step is that of its variable.
engine_process_is_step() {
	ENGINE_PROCESS_GROUP=$(tr '\\000' '\\n' <"$1/environ" 2>/dev/null | sed -n 's,^OF_STEP=,0::/docker/buildkit/,p')
	[ -n "$ENGINE_PROCESS_GROUP" ]
}
# The processes of these tests have the network of this one.
ENGINE_IO_PROCESSES=" /proc/$$"
engine_process_list() { ENGINE_PROCESS_ALL=$PROCESSES; }
"""
BUSY = "while :; do :; done"
SILENT = "sleep 600; : it waits"
SLOW = "while sleep 0.01; do read x </proc/stat; done"
"""Uses a few hundredths of a CPU, as a program does to which a busy machine gives no more."""


@pytest.fixture
def step() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a process as a builder starts that of a RUN step."""
    running: list[subprocess.Popen[bytes]] = []

    def call(group: str, *words: str) -> subprocess.Popen[bytes]:
        running.append(subprocess.Popen(words, env={"PATH": "/usr/bin:/bin", "OF_STEP": group}, start_new_session=True))
        return running[-1]

    yield call
    for process in running:
        subprocess.run(["kill", "-KILL", "--", f"-{process.pid}"], check=False)
        process.wait()


NAMES = {
    "shell form": (("/bin/sh", "-c", "sleep 600; true"), "RUN sleep 600; true"),
    "flags": (("/bin/sh", "-c", "sleep 600; true"), "RUN --mount=type=cache,target=/c --network=none sleep 600; true"),
    "variable": (("/bin/sh", "-c", "sleep $((300 * 2)); true"), "RUN sleep 600; true"),
    "quotes": (("/bin/sh", "-c", 'sleep "600"; true'), "RUN sleep 600; true"),
    "pipe": (("/bin/sh", "-c", "sleep 600 | cat"), "RUN sleep 600 "),
    "shell of the Dockerfile": (("/bin/bash", "-o", "pipefail", "-c", "sleep 600; true"), "RUN sleep 600; true"),
    "exec form": (("sleep", "600"), "RUN sleep 600"),
    "shell in exec form": (("/bin/sh", "-c", "sleep 600; true"), "RUN /bin/sh -c sleep 600; true"),
    "heredoc": (("/bin/sh", "-c", "sleep 600\ntrue\n"), "RUN <<EOF (sleep 600...)"),
}


@pytest.mark.parametrize("name", NAMES)
def test_process_of_a_step_is_found_by_its_command(sh, step, name):
    """The command in the progress has the values of variables, flags, and only the beginning of a heredoc."""
    words, shown = NAMES[name]
    own = step("own", *words)
    other = step("other", "/bin/sh", "-c", "make all; sleep 600")
    script = 'if engine_steps_find "$1" 0; then echo $ENGINE_STEPS_FIRST; else echo none; fi'
    processes = f"/proc/{own.pid} /proc/{other.pid}"
    assert sh(PRELUDE + script, shown, env={"PROCESSES": processes}).out == f"/proc/{own.pid}\n"


def test_script_that_the_shell_has_become_is_found_by_its_name(sh, step, tmp_path):
    """`RUN pip install x` is one command, so the shell becomes it: python3 with the path of pip."""
    script = tmp_path / "installer"
    script.write_text("#!/bin/sh\nsleep 600; true\n")
    script.chmod(0o755)
    own = step("own", str(script), "install", "--quiet", "six")
    find = 'if engine_steps_find "$1" 0; then echo $ENGINE_STEPS_FIRST; else echo none; fi'
    processes = {"PROCESSES": f"/proc/{own.pid}"}
    for shown in ("RUN installer install --quiet six", f"RUN {script} install --quiet six"):
        assert sh(PRELUDE + find, shown, env=processes).out == f"/proc/{own.pid}\n"
    assert sh(PRELUDE + find, "RUN installer remove six", env=processes).out == "none\n"


@pytest.mark.parametrize(
    ("shown", "begun"),
    [("RUN make", "0"), ("RUN sleep 600; true|RUN make", "0"), ("RUN sleep 600; true", "99999999")],
    ids=["other-command", "one-of-two", "older-than-the-build"],
)
def test_step_without_a_process_is_not_guessed(sh, step, shown, begun):
    """Processes of other commands, or from before the build, are not its own: then those of all builds count."""
    process = step("own", "/bin/sh", "-c", "sleep 600; true")
    script = 'if engine_steps_find "$1" "$2"; then echo found; else echo none; fi'
    assert sh(PRELUDE + script, shown, begun, env={"PROCESSES": f"/proc/{process.pid}"}).out == "none\n"


@pytest.mark.parametrize(
    ("own", "kind", "silent"),
    [
        (SILENT, "run|RUN sleep 600; : it waits", True),
        (BUSY, "run|RUN while :; do :; done", False),
        (SLOW, "run|RUN while sleep 0.01; do read x </proc/stat; done", False),
        (SILENT, "run|RUN another", False),
        (SILENT, "busy", False),
    ],
    ids=["own-step-waits", "own-step-computes", "own-step-is-slow", "own-step-unknown", "another-kind-of-step"],
)
def test_busy_step_of_another_build_does_not_hide_silence(sh, step, tmp_path: Path, own, kind, silent):
    """Another build computes on the same engine: what counts is whether the steps of this build do."""
    (tmp_path / "out").touch()
    processes = [step("own", "/bin/sh", "-c", own), step("other", "/bin/sh", "-c", f"{BUSY}; : of another build")]
    script = """
engine_io_sample() { ENGINE_IO_READ=0 ENGINE_IO_WRITTEN=0 ENGINE_IO_RECEIVED=0; }
silence_begin
for _ in 1 2 3 4; do silence_look out "$1" 0; clock_sleep 1; done
[ "$SILENCE_SECONDS" -lt 2 ] || echo silent
"""
    listed = " ".join(f"/proc/{process.pid}" for process in processes)
    result = sh(PRELUDE + script, kind, env={"PROCESSES": listed}, cwd=tmp_path)
    assert result.out == ("silent\n" if silent else ""), repr(result)


def test_first_look_finds_pip_that_waits(sh, step, tmp_path: Path):
    """A build whose bases are there begins with its RUN step: nothing else was looked at before."""
    (tmp_path / "out").touch()
    process = step("own", "/bin/sh", "-c", SILENT)
    script = """
SCRATCH=. SEAWALL_PYPI_INDEXES='default https://b/' SEAWALL_WEAVE=auto LADDER_ATTEMPT=1
weave_is_on() { return 1; }
silence_begin
pip_retry_begin
silence_look out "$1" 0
pip_retry_look out "$1" 0
printf '%s\\n' "$SILENCE_SECONDS"
"""
    prelude = PRELUDE.replace("# The processes", "engine_io_find\n# The processes")
    result = sh(
        prelude + script, "run|RUN sleep 600; : it waits", env={"PROCESSES": f"/proc/{process.pid}"}, cwd=tmp_path
    )
    assert (result.rc, result.out) == (0, "0\n"), repr(result)


def test_process_that_ends_meanwhile_says_nothing(sh, step):
    """Processes come and go between two reads of /proc: no message of the shell reaches the user."""
    script = 'engine_steps__is_command /proc/none "RUN make" || engine_process_find_parent /proc/none || echo gone'
    result = sh(PRELUDE + script, env={"PROCESSES": ""})
    assert (result.out, result.err) == ("gone\n", ""), repr(result)
