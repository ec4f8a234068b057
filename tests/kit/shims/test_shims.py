"""scripts/lib/shims/shims.sh and shims-step.sh: a watched call is the tool itself, in five shells."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from harness.builds.woven_step import MARK, Step
from harness.machine.shells import Shell

LOOK = """
cat
printf '%s|' "$@" "$SCRATCH" "$STATE" "$LADDER_TEXT" "${SEAWALL_STALL-}" "${SEAWALL_DEADLINE-none}"
printf 'to stderr' >&2
exit 7
"""
OWN = {"SCRATCH": "a b", "STATE": 'it\'s\n"x"', "LADDER_TEXT": "$HOME", "SEAWALL_STALL": "own", "_x": "\\"}


def test_watched_call_is_the_tool(step: Step, tool, shell: Shell):
    """Arguments, stdin, stdout, stderr, exit code and environment, though the kit has variables of the same names."""
    tool("uv", LOOK)
    seen = step.call("uv", "sync", "a  b", "", shell=shell, env=OWN, stdin="typed\n")
    wanted = 'typed\nsync|a  b||a b|it\'s\n"x"|$HOME|own|none|'
    assert (seen.rc, seen.out, seen.err) == (7, wanted, "to stderr"), repr(seen)
    # The host takes an event at the beginning of a line only, and the tool has not ended its last line.
    assert step.told().startswith("\nseawall-event: "), step.told()
    events = [line for line in step.told().splitlines() if line.startswith(f"seawall-event: {MARK} ")]
    assert ['"event":"attempt"' in events[0], '"event":"failure"' in events[1], '"exit":7' in events[1]] == [True] * 3
    assert len(events) == 2


def test_outage_is_tried_again_and_keeps_the_code_of_the_tool(step: Step, tool, shell: Shell):
    """A transient failure is repeated; the second attempt's output is that of the tool, and nothing is left behind."""
    tool(
        "uv",
        'printf x >>"$HOME/runs"; [ "$(wc -c <"$HOME/runs")" -eq 2 ] && exec printf ok;'
        ' printf "error: Failed to fetch http://a.example.org/\\n  Caused by: connection refused\\n" >&2; exit 2',
    )
    seen = step.call("uv", "sync", shell=shell)
    assert (seen.rc, seen.out, (step.home / "runs").read_text()) == (0, "ok", "xx"), repr(seen)
    assert "seawall: warn: pypi default: connection-refused" in seen.err


@pytest.mark.parametrize("lacks", ["awk", "mkfifo", "tee"])
def test_image_without_a_program_of_the_kit_runs_the_tool(step: Step, tool, tmp_path: Path, lacks: str):
    """Fail open: where the kit cannot work, the call is the plain call."""
    tool("uv")
    programs = tmp_path / "programs"
    programs.mkdir()
    for file in [*Path("/usr/bin").iterdir(), *Path("/bin").iterdir()]:
        if file.name != lacks and not (programs / file.name).exists():
            (programs / file.name).symlink_to(file)
    seen = step.call("uv", "sync", env={"PATH": f"{step.place}:{step.bin}:{programs}"})
    assert (seen.rc, seen.out, seen.err, step.told()) == (0, f"<{step.bin}/uv><sync>", "", ""), repr(seen)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts, which only root may")
def test_step_with_a_read_only_root_runs_the_tool(step: Step, tool):
    """Kit from a file without the right to execute it, root file system read-only, nowhere to write: the plain call."""
    tool("uv")
    script = """
        mount --make-rprivate / && mount --bind "$1" "$1" && mount -o remount,bind,noexec,ro "$1"
        mount -t tmpfs -o ro none /dev/shm && mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp
        shift && exec "$@"
    """
    words = ["unshare", "--mount", "sh", "-ec", script, "sh", step.kit.parent, "sh", step.kit, "uv", "sync"]
    done = subprocess.run(words, env=step.environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"<{step.bin}/uv><sync>", ""), done


def test_children_of_a_watched_tool_are_the_real_tools(step: Step, tool):
    """One place retries: what the tool starts finds no trampoline."""
    tool("git")
    tool("uv", "git clone x; command -v git")
    seen = step.call("uv", "sync")
    assert (seen.rc, seen.out) == (0, f"<{step.bin}/git><clone><x>{step.bin}/git\n"), repr(seen)


def test_signal_ends_the_tool(step: Step, tool, tmp_path: Path):
    """TERM to the step ends the tool and the kit; nothing is left running and no folder stays."""
    tool("uv", f'trap "printf term >{tmp_path}/got; exit 3" TERM; printf "%s\\n" "$$"; while :; do sleep 0.1; done')
    with subprocess.Popen(
        [f"{step.place}/uv", "sync"], env=step.environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        pid = int(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 143
    assert (tmp_path / "got").read_text() == "term"
    assert not Path(f"/proc/{pid}").exists()


def test_tool_that_a_call_has_installed_gets_a_trampoline(step: Step, tool, shell: Shell):
    """What `pip install`, `npm install -g` or `apt-get install` adds to the image is protected in the same step."""
    (step.trampolines / "poetry").unlink()
    tool("uv", f"printf '#!/bin/sh\\n' >{step.bin}/poetry; chmod 755 {step.bin}/poetry")
    assert step.call("uv", "tool", "install", "poetry", shell=shell).rc == 0
    assert (step.trampolines / "poetry").read_text() == (step.trampolines / "uv").read_text()
    assert os.access(step.trampolines / "poetry", os.X_OK)
