"""scripts/lib/host/weave/weave-failure.sh: what the progress of a build says about a woven step that failed."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.machine.kit_modules import in_each_shell

ROOMS = "base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/weave"
MOUNT = "--mount=type=bind,from=seawall.shims,source=1,target=/run/seawall,rw"
BEGIN = """
log_info() { printf '%s\\n' "$*"; }
mkdir -p "$SCRATCH/weave"
printf '3\\n' >"$SCRATCH/weave/chosen"
weave_chosen_begin "$SCRATCH"
: >"$SCRATCH/events"
"""
LOOK = """
printf '%s' "$PROGRESS" >"$SCRATCH/progress"
printf '%s' "$TEXT" >"$SCRATCH/text"
weave_failed_upstream "$SCRATCH/text" "$SCRATCH/progress"
if weave_lacks_tool "$SCRATCH/progress"; then echo lacks; else echo has; fi
if weave_hides_variables "$SCRATCH/progress"; then echo hidden; else echo open; fi
weave_tell_missed "$SCRATCH/progress" "$SCRATCH/events"
"""
ANY = "another PATH, a full path, another tool, or a call that the kit leaves alone"
COMMANDS = {
    # Command of the step, what it printed: upstream, whether variables are hidden, the reason.
    "/opt/curl -sf https://h.test/go/x.git -o /x": ("", "url", "open", ANY),
    "/opt/go/bin/go mod download": ("", "go-proxy", "open", ANY),
    "A=1 /opt/git/bin/git clone https://h.test/x": ("", "git", "open", ANY),
    "/opt/npm ci && /opt/curl -s https://h.test/x": ("", "", "open", ANY),
    "cd /x && python3 -I -m pip install x": ("", "pypi", "open", ANY),
    "./install.sh": ("", "", "open", ANY),
    "./fetch.sh": ("curl: (7) Failed to connect to h.test port 443\n", "url", "open", ANY),
    "env -i go mod download": ("", "go-proxy", "hidden", "env -i gives its tool no PATH"),
    "env - /opt/curl -s https://h.test": ("", "url", "hidden", "env -i gives its tool no PATH"),
    "sudo -H npm ci": ("", "npm", "hidden", "sudo gives its tool another PATH"),
    "ls && sudo -u me sh -c 'go mod download'": ("", "go-proxy", "hidden", "sudo gives its tool another PATH"),
    "sudo -E go mod download": ("", "go-proxy", "open", ANY),
    "sudo -HE npm ci": ("", "npm", "open", ANY),
    "env A=1 git clone x": ("", "git", "open", ANY),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_failed_step_is_explained_by_its_command(tmp_path: Path, command: str):
    """Which sources may help, whether variables reach the tool, and why no tool of the kit reported."""
    text, upstream, variables, reason = COMMANDS[command]
    said = "".join(f"#7 0.2 {line}\n" for line in text.splitlines())
    quoted = command.replace("'", "'\\''")
    progress = f"#7 [2/3] RUN {MOUNT} {quoted}\n{said}#7 ERROR: process x\n"
    script = f"PROGRESS='{progress}' TEXT='{text}'\n{BEGIN}{LOOK}"
    for shell, result in in_each_shell(ROOMS, script, tmp_path):
        assert result.returncode == 0, f"{shell.name}: {result.stderr}"
        lines = result.stdout.splitlines()
        assert lines[:3] == [upstream, "has", variables], f"{shell.name}: {result.stderr}"
        assert reason in lines[3], shell.name
        (tmp_path / "weave.left").unlink(missing_ok=True)


def test_only_the_failed_step_counts(tmp_path: Path):
    """A plain step, and a woven one that ended well, say nothing; a missing tool of the failed one is found."""
    progress = f"""#5 [1/4] RUN {MOUNT} git clone x
#5 0.1 npm: not found
#5 DONE 0.2s
#6 [2/4] RUN go build
#6 ERROR: process x
"""
    lacks = f"{progress}#7 [3/4] RUN {MOUNT} sh /x\n#7 0.2 npm: not found\n#7 ERROR: process x\n"
    for text, wanted in ((progress, ["", "has", "open"]), (lacks, ["", "lacks", "open"])):
        script = f"PROGRESS='{text}' TEXT=''\n{BEGIN}{LOOK}"
        for shell, result in in_each_shell(ROOMS, script, tmp_path):
            assert result.stdout.splitlines()[:3] == wanted, f"{shell.name}: {result.stderr}"
            assert len(result.stdout.splitlines()) == (3 if text == progress else 4)
            (tmp_path / "weave.left").unlink(missing_ok=True)
