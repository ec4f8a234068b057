"""scripts/lib/host/weave: the RUN steps of a Dockerfile, those that a failed build did not finish, and the copy."""

from __future__ import annotations

import shutil

import pytest
from harness.machine.kit_modules import LIB, in_each_shell
from harness.machine.run import run

ROOMS = "base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/weave"
STEPS = {
    "shell form, exec form and heredoc": (
        'FROM a\nRUN one\nRUN ["two"]\nRUN <<E\nRUN three\nE\nrun four\n', "2 - 3 - 4 - 7 -",
    ),
    "continuations, comments and empty lines inside": (
        "FROM a\nRUN one \\\n# RUN no\n\n  && two\nRUN \\\n three\n", "2 - 6 -",
    ),
    "an escape directive": ("# escape=`\nFROM a\nRUN one `\n two\nRUN C:\\\nRUN three\n", "3 - 5 - 6 -"),
    "windows line ends": ("FROM a\r\nRUN one \\\r\n two\r\nRUN three\r\n", "2 - 4 -"),
    "blanks before": ("FROM a\n \tRUN one\n", "2 -"),
    "the word over two lines": ("FROM a\nRU\\\nN one\n", "2 its first line has no RUN"),
    "flags": ("FROM a\nRUN --mount=type=cache,target=/c --network=host one\n", "2 -"),
    "no network": ("FROM a\nRUN --network=none one\n", "2 offline"),
    "the kit's own mount": ("FROM a\nRUN --mount=type=secret,id=seawall.conf one\n", "2 own"),
    "a folder at /run": ("FROM a\nRUN --mount=type=bind,target=/run one\n", "2 it mounts /run or /var"),
    "a file below /run": ("FROM a\nRUN --mount=type=bind,source=x,target=/run/x one\n", "2 -"),
    "memory at /run": ("FROM a\nRUN --mount=type=tmpfs,target=/run one\n", "2 -"),
    "exec form only": ('FROM a\nRUN ["one"]\n', "2 no sh is known in its image"),
    "exec form on a stage with a shell": ('FROM a AS b\nRUN x\nFROM b\nRUN ["one"]\n', "2 - 4 -"),
    "bash": ('FROM a\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN one\n', "3 -"),
    "python": ('FROM a\nSHELL ["python3", "-c"]\nRUN one\nFROM a\nRUN two\n', "5 -"),
    "python in the last stage": ('FROM a\nSHELL ["python3", "-c"]\nRUN one\n', "3 its SHELL is no sh"),
    "off": ("# seawall: weave=off\nFROM a\nRUN one\n", "3 off"),
    "off behind a directive": ("# syntax=docker/dockerfile:1\n#seawall: weave=off\nFROM a\nRUN one\n", "4 off"),
    "off for one step": ("FROM a\nRUN one\n# seawall: weave=off\nRUN two\nRUN three\n", "2 - 4 off 5 -"),
    "off in a heredoc is text": ("FROM a\nRUN <<E\n# seawall: weave=off\nE\nRUN two\n", "2 - 5 -"),
    "stages that the target does not need": (
        "FROM a AS x\nRUN one\nFROM a AS y\nRUN two\nFROM a\nCOPY --from=y /f /f\nRUN three\n", "4 - 7 -",
    ),
    "a stage in a mount, one by number, one by a variable": (
        "FROM a AS x\nRUN one\nFROM a\nRUN two\nFROM a\nRUN --mount=type=bind,from=x,target=/x three\n"
        "COPY --from=1 /f /f\n",
        "2 - 4 - 6 -",
    ),
    "a base by a variable": ("ARG B=x\nFROM a AS x\nRUN one\nFROM $B\nRUN two\n", "3 - 5 -"),
    "triggers of a stage, not of the target": (
        "FROM a AS x\nRUN s\nONBUILD RUN one\nFROM x\nONBUILD RUN two\nRUN three\n", "2 - 3 - 6 -",
    ),
    "triggers for a stage without a step": ("FROM a AS x\nONBUILD RUN one\nFROM x\nCOPY . .\n", "2 - 3 -"),
    "a stage with the kit's name": ("FROM a AS Seawall.Shims\nRUN one\n", "taken"),
    "a heredoc without an end": ("FROM a\nRUN <<E\n", "unread"),
}  # fmt: skip
LIST = """
mkdir -p "$SCRATCH/weave"
for case in $CASES; do
	weave_steps_list "$FOLDER/$case" ''
	awk -F '\\t' '
		$1 == "unread" || $1 == "taken" { line = $1; next }
		{ line = line (line == "" ? "" : " ") $2 " " $NF }
		END { print line }
	' "$SCRATCH/weave/steps.tsv"
done
"""


@pytest.mark.parametrize("awk", ["mawk", "busybox"])
def test_steps_are_listed_with_the_reason_against_weaving(awk, tmp_path):
    """Line by line what BuildKit would run, and why a step is left alone."""
    found = shutil.which(awk)
    assert found
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/awk").symlink_to(found)
    for number, (text, _) in enumerate(STEPS.values()):
        (tmp_path / f"{number:02}").write_bytes(text.encode())
    env = {
        "LIB": str(LIB), "SEAWALL_LIB": str(LIB), "SCRATCH": str(tmp_path), "FOLDER": str(tmp_path),
        "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "CASES": " ".join(f"{n:02}" for n in range(len(STEPS))),
    }  # fmt: skip
    result = run(["sh", "-euc", f'. "$LIB/load.sh"; load {ROOMS}\n{LIST}'], env=env)
    assert result.rc == 0, repr(result)
    assert dict(zip(STEPS, result.out.splitlines(), strict=True)) == {name: rows for name, (_, rows) in STEPS.items()}


DOCKERFILE = """FROM a AS base
WORKDIR /x
RUN one
ONBUILD RUN two
FROM base AS app
RUN three
COPY . .
RUN four
RUN five
FROM a
RUN six
COPY --from=app /x /x
"""
PROGRESS = {
    "a failed step and one that was canceled": (
        "#4 [base 2/3] RUN one\\n#4 DONE 0.1s\\n#5 [app 2/5] RUN three\\n#5 CACHED\\n#6 [app 4/5] RUN four\\n"
        "#7 [stage-2 2/3] RUN six\\n#7 CANCELED\\n#6 ERROR: process x\\n",
        "8 9 11",
    ),
    "several platforms": ("#6 [linux/amd64 app 4/5] RUN four\\n#7 [linux/amd64->arm64 app 2/5] RUN three\\n", "6 8 9"),
    "a base from a named context": ("#4 [context a] OCI load\\n#6 [stage-2 1/3] RUN six\\n", "11"),
    "a trigger": ("#6 [app 1/5] ONBUILD RUN two\\n", "4 6 8 9"),
    "a step of the output is no step": ("#6 [app 2/5] RUN three\\n#6 DONE\\n#7 1.0 #8 [app 4/5] RUN four\\n", ""),
    "numbers of another base, and the marked line": (
        "#6 [app 9/12] RUN four\\nDockerfile:8\\n   8 | >>> RUN four\\n",
        "8 9",
    ),
}
CHOOSE = f"""
mkdir -p "$SCRATCH/weave"
printf '%s' '{DOCKERFILE}' >"$SCRATCH/file"
weave_steps_list "$SCRATCH/file" ''
""" + "".join(
    f"printf '{text}' >\"$SCRATCH/progress\"\n"
    'weave_steps_choose "$SCRATCH/progress" "$SCRATCH/progress" | cut -f 2 | paste -s -d " " -\n'
    for text, _ in PROGRESS.values()
)


def test_unfinished_steps_and_those_behind_them_are_chosen(tmp_path):
    """Failed, canceled and running steps, with the rest of their stage; finished ones stay cached."""
    for shell, result in in_each_shell(ROOMS, CHOOSE, tmp_path):
        assert result.returncode == 0, f"{shell.name}: {result.stderr}"
        said = result.stdout.split("\n")[: len(PROGRESS)]
        assert dict(zip(PROGRESS, said, strict=True)) == {name: lines for name, (_, lines) in PROGRESS.items()}, (
            shell.name
        )


TRIGGERS_ALONE = """
mkdir -p "$SCRATCH/weave"
printf 'FROM a AS base\\nONBUILD RUN one\\nFROM base\\nCOPY x /\\n' >"$SCRATCH/file"
weave_steps_list "$SCRATCH/file" ''
for text in '#6 [stage-1 1/2] ONBUILD RUN one' '#6 [stage-1 2/2] COPY x /'; do
	printf '%s\\n#6 CANCELED\\n' "$text" >"$SCRATCH/progress"
	weave_steps_choose "$SCRATCH/progress" "$SCRATCH/progress" | cut -f 1,2 | paste -s -d ' ' -
done
"""


def test_trigger_is_chosen_for_a_stage_without_a_step(tmp_path):
    """A service whose only RUN step is a trigger of its base in the file."""
    for shell, result in in_each_shell(ROOMS, TRIGGERS_ALONE, tmp_path):
        assert result.stdout == "trigger\t2\n\n", f"{shell.name}: {result.stdout} {result.stderr}"


FRONTENDS = {
    "docker/dockerfile": True, "docker/dockerfile:1": True, "docker.io/docker/dockerfile:1.10": True,
    "mirror.example:5000/docker/dockerfile:1.23.0-labs": True, "docker/dockerfile:1.7": False,
    "docker/dockerfile:1.9.0": False, "docker/dockerfile@sha256:0a": False, "docker/dockerfile:1.12@sha256:0a": True,
    "docker/dockerfile:latest": True, "docker/dockerfile-upstream:master": True,
    "docker/dockerfile:experimental": False,
    "example.com/own:1": False, "docker/dockerfile:1.x": False, "docker/dockerfile:2": False,
}  # fmt: skip


def test_frontend_must_know_secrets_as_variables(tmp_path):
    """docker/dockerfile 1.10 or newer by its tag, from any registry; no other frontend."""
    lines = "\n".join(f"if weave_limits__knows {image}; then echo yes; else echo no; fi" for image in FRONTENDS)
    for shell, result in in_each_shell(ROOMS, lines, tmp_path):
        said = [word == "yes" for word in result.stdout.split()]
        assert dict(zip(FRONTENDS, said, strict=True)) == FRONTENDS, f"{shell.name}: {result.stderr}"


def test_copy_differs_by_flags_behind_the_word_and_keeps_every_other_byte(tmp_path):
    """Blanks, tabs, carriage returns and what stands behind RUN stay."""
    (tmp_path / "flags").write_text("2\t--f=1\n3\t--f=2\n4\t--f=3\n")
    (tmp_path / "file").write_bytes(b"FROM a\n\t RUN\tx & \\1\r\nONBUILD  run y\nRUN\\\n  z\n")
    command = f"awk -f '{LIB}/host/weave/weave-insert.awk' flags what=file - <file >copy"
    assert run(["sh", "-c", command], env={"PATH": "/usr/bin:/bin"}, cwd=tmp_path).rc == 0
    wanted = b"FROM a\n\t RUN --f=1\tx & \\1\r\nONBUILD  run --f=2 y\nRUN --f=3\\\n  z\n"
    assert (tmp_path / "copy").read_bytes() == wanted
