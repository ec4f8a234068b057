"""The kit with a test double in woven steps: it logs its name, and becomes the real tool."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from secrets import token_hex

from harness.machine.programs import root_with_busybox

HEAD = "FROM scratch\nCOPY root /\n"
"""The image of the context below, with the default PATH."""
PROGRAMS = ("sh", "cat", "env", "wget", "ls", "true", "sleep", "grep", "sed")
KIT_PROGRAMS = (
    "awk", "chmod", "cksum", "cp", "cut", "date", "head", "id", "ln", "mkdir", "mkfifo", "mktemp", "mv", "od", "rm",
    "sort", "tail", "tee", "tr", "wc",
)  # fmt: skip
"""What the real kit needs beside PROGRAMS."""
TOOLS = ("curl", "wget")
TRAMPOLINE = '#!/bin/sh\nexec sh /run/seawall.kit "${0##*/}" "$@"\n'
KIT = """# test double
tool=$1
shift
PATH=${PATH#/run/seawall:}
printf 'test double: %s\\n' "$tool" >&2
"""
EXEC = 'exec "$tool" "$@"\n'
RETRIES = r"""
mark=$(sed -n 's/^#seawall mark //p' /run/seawall.conf)
for attempt in 1 2; do
	code=0
	"$tool" "$@" || code=$?
	[ "$code" -ne 0 ] || exit 0
	printf 'seawall-event: %s {"ts":"2026-01-01T00:00:00Z","run":"x","event":"attempt","level":"warn",' "$mark" >&2
	printf '"upstream":"url","attempt":%s,"class":"http-5xx","verdict":"again","exit":%s}\n' "$attempt" "$code" >&2
done
exit "$code"
"""
"""A double that tries twice, and reports as a shim does."""


def kit_with_double(kit: Path, folder: Path, then: str = EXEC) -> Path:
    """A copy of the kit whose woven steps run the double; `then` is what it does behind its log line."""
    scripts = folder / "scripts"
    shutil.copytree(kit, scripts)
    shims = scripts / "shims"
    shutil.rmtree(shims, ignore_errors=True)
    shims.mkdir()
    for tool in TOOLS:
        (shims / tool).write_text(TRAMPOLINE)
        (shims / tool).chmod(0o755)
    write_double(scripts, then)
    return scripts


def write_double(scripts: Path, then: str = EXEC) -> None:
    """Another version of the double."""
    (scripts / "double").write_text(KIT + then)
    program = scripts / "build-kit.sh"
    program.write_text(f'#!/bin/sh\n# {len(then)}\nexec cp {scripts}/double "$1"\n')
    program.chmod(0o755)


def new_context(context: Path, more: Sequence[str] = ()) -> Callable[[str], Path]:
    """A context with busybox, for PROGRAMS and more, that no engine has seen; the result writes its Dockerfile."""
    root = context / "root"
    root_with_busybox(root)
    (root / "bin").mkdir(exist_ok=True)
    for name in (*PROGRAMS, *more):
        (root / "bin" / name).symlink_to(Path("/") / next(root.rglob("busybox")).relative_to(root))
    (root / "mark").write_text(token_hex(8))

    def write(text: str) -> Path:
        (context / "Dockerfile").write_text(text)
        return context

    return write
