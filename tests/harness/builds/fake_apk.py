"""A fake apk: it writes down its calls, reads the repositories file and prints what the test says."""

from __future__ import annotations

import sys

FAKE_APK = f"""#!{sys.executable}
'''fake-apk: writes down how it was called and which repositories it was given; answers what the test says.'''
import json, os, pathlib, sys
here, words = pathlib.Path(os.environ["FAKE"]), sys.argv[1:]
if words == ["--print-arch"]:
    sys.exit(print("x86_64"))
if words[0] == "verify":
    sys.exit(b"tampered" in pathlib.Path(words[1]).read_bytes())
file = words[words.index("--repositories-file") + 1]
with (here / "calls").open("a+") as calls:
    calls.seek(0)
    number = len(calls.readlines())
    calls.write(json.dumps({{"argv": words, "repositories": pathlib.Path(file).read_text(),
                            "world": pathlib.Path("/etc/apk/world").read_text().split()}}) + "\\n")
world = pathlib.Path("/etc/apk/world")
wanted = world.read_text()
if "add" in words:
    world.write_text(wanted + "".join(f"{{word}}\\n" for word in words[words.index("--timeout") + 2:]))
answer = ((here / "answers").read_text().splitlines() + ["fine"] * (number + 1))[number]
if answer != "fine":
    sys.exit(print(answer, file=sys.stderr) or 2)
"""
# The mount point is made in an overlay of /etc, so that this machine's stays unchanged.
INSIDE = """mount -t tmpfs none /mnt && mkdir /mnt/up /mnt/work &&
    mount -t overlay none -o lowerdir=/etc,upperdir=/mnt/up,workdir=/mnt/work /etc &&
    mkdir -p /etc/apk && mount --bind "$1/etc" /etc/apk && shift && exec "$@"
"""
