"""Secrets that can be read only once, in builds that need two attempts: the step gets every byte."""

from __future__ import annotations

import shlex
from pathlib import Path
from secrets import token_hex

import pytest
from harness.machine.programs import BUSYBOX, root_with_busybox
from harness.wire.loopback import upstream

CONTENT = "one\n\n two \\n'$x\n"
HOST_NETWORK = ("--network", "host", "--allow", "network.host", "--output", "type=local,dest=out")
STEP = f"{BUSYBOX} wget -q -O /file URL/file && {BUSYBOX} cp /run/t /secret"
DOCKERFILE = f"""FROM scratch AS base
COPY root /
RUN --mount=type=secret,id=t,target=/run/t,required ["{BUSYBOX}", "sh", "-c", "{STEP}"]
FROM scratch
COPY --from=base /secret /
"""
LINES = {
    "stdin is a file": '"$@" --secret id=t,src=/dev/stdin . <secret',
    "stdin is a pipe": 'cat secret | "$@" --secret id=t,src=/dev/fd/0 .',
    "process substitution": '"$@" --secret id=t,src=<(cat secret) .',
    "stdin by its process": '"$@" --secret=id=t,source=/proc/self/fd/0 . <secret',
    "quoted fields": 'cat secret | "$@" --secret \'"type=file","id=t","src=/dev/stdin"\' .',
    "here string": '"$@" --secret id=t,src=/dev/stdin . <<<"${TEXT%?}"',
    "descriptor": 'exec 5< <(cat secret); "$@" --secret id=t,src=/dev/fd/5 .',
    "descriptor of a file": '"$@" --secret src=/proc/self/fd/7,id=t . 7<secret',
    "fifo": 'mkfifo f; cat secret >f & "$@" --secret id=t,source=f .',
    "link to stdin": 'ln -s /dev/stdin l; cat secret | "$@" --secret id=t,src=l .',
    "variable": 't=$TEXT; export t; "$@" --secret id=t .',
    "variable by name": '"$@" --secret id=t,env=TEXT . </dev/null',
    "capitals": 'cat secret | "$@" --secret ID=t,SRC=/dev/stdin .',
    "beside the Dockerfile on stdin": '"$@" -f - --secret id=t,src=<(cat secret) . <Dockerfile',
    "beside a context on stdin": 'tar -c Dockerfile root | "$@" --secret id=t,src=<(cat secret) -',
}
DEFAULT = {"stdin is a file", "stdin is a pipe", "process substitution"}


@pytest.mark.parametrize("line", [pytest.param(n, marks=[] if n in DEFAULT else [pytest.mark.long]) for n in LINES])
def test_step_of_the_second_attempt_gets_the_whole_secret(builder, tmp_path, line):
    """The step fails once by 503: the plain build ends, and the second attempt of the kit has the same secret."""
    folder = tmp_path / "project"
    root_with_busybox(folder / "root")
    (folder / "secret").write_text(CONTENT)
    (folder / "root/mark").write_text(token_hex(8))
    with upstream({"/file": b"x"}, "503x2 -> ok") as site:
        (folder / "Dockerfile").write_text(DOCKERFILE.replace("URL", site.url))

        def play(*command: str | Path) -> str:
            words = shlex.join([*map(str, command), *HOST_NETWORK])
            return (
                f"cd {folder}; export TEXT; TEXT=$(cat secret; echo .); TEXT=${{TEXT%.}}; set -- {words}\n{LINES[line]}"
            )

        plain = builder.line(play("docker", "buildx", "build"))
        result = builder.line(play(builder.kit / "docker-build.sh"))
    assert [entry.status for entry in site.journal] == [503, 503, 200], site.journal.table()
    assert (plain.rc, result.rc) == (1, 0), f"{plain!r}\n{result!r}"
    assert (folder / "out/secret").read_text() == CONTENT
