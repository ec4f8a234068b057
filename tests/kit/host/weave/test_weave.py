"""scripts/lib/host/weave: the RUN steps of a Dockerfile, those that a failed build did not finish, and the copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

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
    "triggers for a stage without a step": ("FROM a AS x\nONBUILD RUN one\nFROM x\nCOPY . .\n", "2 -"),
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


CALLS = {
    "npm ci": "npm - npm",
    "cd x && /opt/node/bin/npm ci --omit=dev; npm run build": "npm - npm",
    'bash -lc "npm ci"': "npm - npm",
    "npm ci && npx x": "- - npm,npx",
    "npm install x": "- - npm",
    "pip install --require-hashes -r r.txt": "pip - pip",
    "/venv/bin/pip install --no-cache-dir --require-hashes -r r.txt && pip list": "pip - pip",
    "pip install -r r.txt": "- - pip",
    "pip install --require-hashes -r a && python -m pip install b": "- - pip,python",
    "uv pip sync --require-hashes r.txt": "uv - pip,uv",
    "uv sync --frozen": "- - uv",
    "command -v curl >/dev/null || apt-get install -y curl": "- curl apt-get",
    'if ! [ -x "$(command -v wget)" ]; then curl -O x; fi': "- wget curl",
    "which git wget; type curl": "- curl,git,wget -",
    "for t in curl wget; do hash $t && break; done; go build": "- curl,go,wget -",
    "wget -O go.tgz x && tar xf go.tgz && go mod download": "- - go,wget",
    "make && ./build.sh": "- - -",
}


def test_text_of_a_step_says_what_it_calls_and_asks_for(tmp_path):
    """Calls whose bytes are known beforehand; tools of which the step asks whether they are there; other tools."""
    text = "FROM a\n" + "".join(f"RUN {text}\n" for text in CALLS) + "RUN <<E\nif which npm\nE\n"
    (tmp_path / "Dockerfile").write_text(text)
    read = (
        'mkdir -p "$SCRATCH/weave"\nweave_steps_list "$FOLDER/Dockerfile" ""\ncut -f 10-12 "$SCRATCH/weave/steps.tsv"'
    )
    env = {
        "LIB": str(LIB), "SEAWALL_LIB": str(LIB), "SCRATCH": str(tmp_path), "FOLDER": str(tmp_path),
        "PATH": "/usr/bin:/bin",
    }  # fmt: skip
    result = run(["sh", "-euc", f'. "$LIB/load.sh"; load {ROOMS}\n{read}'], env=env)
    assert result.rc == 0, repr(result)
    said = result.out.replace("\t", " ").splitlines()
    assert dict(zip([*CALLS, "heredoc"], said, strict=True)) == {**CALLS, "heredoc": "- npm -"}


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
FROM scratch
COPY --from=2 /x /x
RUN seven
"""
PROGRESS = {
    "a failed step and one that was canceled": (
        "#4 [base 2/3] RUN one\\n#4 DONE 0.1s\\n#5 [app 2/5] RUN three\\n#5 CACHED\\n#6 [app 4/5] RUN four\\n"
        "#7 [stage-2 2/3] RUN six\\n#7 CANCELED\\n#6 ERROR: process x\\n",
        "8 9 11",
    ),
    "several platforms": ("#6 [linux/amd64 app 4/5] RUN four\\n#7 [linux/amd64->arm64 app 2/5] RUN three\\n", "6 8 9"),
    "a base from a named context": ("#4 [context a] OCI load\\n#6 [stage-2 1/3] RUN six\\n", "11"),
    "scratch beside a named context": ("#4 [context a] OCI load\\n#6 [stage-3 2/2] RUN seven\\n", "15"),
    "a trigger": ("#6 [app 1/5] ONBUILD RUN two\\n", "4 6 8 9"),
    "a step of the output is no step": ("#6 [app 2/5] RUN three\\n#6 DONE\\n#7 1.0 #8 [app 4/5] RUN four\\n", ""),
    "numbers of another base, and the marked line": (
        "#6 [app 9/12] RUN four\\nDockerfile:8\\n   8 | >>> RUN four\\n",
        "8 9",
    ),
}


def read_progress(dockerfile: str, texts: Iterable[str], before: str = "") -> str:
    """Shell code that prints a line for each progress: the lines of the chosen steps, behind what `before` prints."""
    begin = f"""
mkdir -p "$SCRATCH/weave"
printf '%s' '{dockerfile}' >"$SCRATCH/file"
weave_steps_list "$SCRATCH/file" ''
"""
    return begin + "".join(
        f'printf "{text}" >"$SCRATCH/progress"\n{before}'
        'weave_steps_choose "$SCRATCH/progress" "$SCRATCH/progress" | cut -f 2 | paste -s -d " " -\n'
        for text in texts
    )


def check_progress(tmp_path: Path, script: str, wanted: Mapping[str, str]) -> None:
    """Each shell prints the wanted line for each progress."""
    for shell, result in in_each_shell(ROOMS, script, tmp_path):
        assert result.returncode == 0, f"{shell.name}: {result.stderr}"
        said = result.stdout.split("\n")[: len(wanted)]
        assert dict(zip(wanted, said, strict=True)) == wanted, shell.name


def test_unfinished_steps_and_those_behind_them_are_chosen(tmp_path):
    """Failed, canceled and running steps, with the rest of their stage; finished ones stay cached."""
    script = read_progress(DOCKERFILE, (text for text, _ in PROGRESS.values()))
    check_progress(tmp_path, script, {name: lines for name, (_, lines) in PROGRESS.items()})


UPDATE = "#5 [2/4] RUN apt-get update"
LACKS = "#7 [4/4] RUN apt-get install -y tini\\n#7 0.4 E: Unable to locate package tini\\n#7 ERROR: process x\\n"
PIP = "#7 [4/4] RUN pip install a; python -c 'import a'\\n"
ENDED = "#7 1.2 ModuleNotFoundError: No module named a\\n#7 ERROR: process x\\n"
HIDDEN = {
    # Name: progress, whether it hides an outage, the lines that are woven.
    "an update that failed": (f"{UPDATE}\\n#5 1.0 W: Failed to fetch http://a/\\n#5 DONE 1.1s\\n{LACKS}", "yes 2 3 4"),
    "words that stdout divides": (
        f"{UPDATE}\\n#5 CACHED\\n#7 [4/4] RUN apt-get install x\\n#7 0.2 Reading... E:\\n#7 0.3  Unable to locate "
        "package x\\n#7 ERROR: process x\\n",
        "yes 2 3 4",
    ),
    "a cached update": (f"{UPDATE}\\n#5 CACHED\\n{LACKS}", "yes 2 3 4"),
    "an update that succeeded": (f"{UPDATE}\\n#5 1.0 Hit:1 http://a/\\n#5 DONE 1.1s\\n{LACKS}", "no 4"),
    "a cached update and another failure": (f"{UPDATE}\\n#5 CACHED\\n{PIP}{ENDED}", "no 4"),
    "the last retry of pip": (f"{PIP}#7 1.1 WARNING: Retrying (Retry(total=0, connect=None))\\n{ENDED}", "yes 4"),
    "a retry that may have succeeded": (
        f"{PIP}#7 1.1 WARNING: Retrying (Retry(total=1, connect=None))\\n{ENDED}",
        "no 4",
    ),
    "no version": (f"{PIP}#7 1.1 ERROR: Could not find a version (from versions: none)\\n{ENDED}", "yes 4"),
    "a download that was ignored": (f"{PIP}#7 1.1 curl: (7) Failed to connect to a.example port 80\\n{ENDED}", "yes 4"),
    "a server of the step": (f"{PIP}#7 1.1 curl: (7) Failed to connect to localhost port 80\\n{ENDED}", "no 4"),
    "a compiler": (f"{PIP}#7 1.1 main.c:1: error: connection refused is not declared\\n{ENDED}", "no 4"),
}
SOURCES = "SEAWALL_APT_MIRRORS='default http://a' SEAWALL_PYPI_INDEXES='default http://b'\n"
HIDES = 'if weave_steps_hide_outage "$SCRATCH/progress"; then printf "yes "; else printf "no "; fi\n'


def test_outage_that_a_step_hides_is_found(tmp_path):
    """A tool that gave up for an outage counts, though the step went on and failed, or ended well, later."""
    script = read_progress("FROM a\nRUN one\nRUN two\nRUN three\n", (text for text, _ in HIDDEN.values()), HIDES)
    check_progress(tmp_path, SOURCES + script, {name: wanted for name, (_, wanted) in HIDDEN.items()})


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
