"""A copy of this machine with one package archive only, for the real apt-get; removed with its folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.machine.run import Result, clean_environment, run
from harness.sites.apt_site import SUITE, Signer

# $1 is the folder; the copy writes to $1/changes, and the folder is the same inside. Mounts over this machine's shell
# are not part of an overlay.
INSIDE = """
mount --make-rprivate / && cd "$1" && mkdir -p changes work all
mount -t overlay overlay -o lowerdir=/,upperdir=changes,workdir=work all
for folder in proc dev sys; do mount --rbind "/$folder" "all/$folder"; done
mount --bind "$1" "all$1" && mount --bind "$1/apt" all/etc/apt
shell=$(readlink -f /bin/sh) && mount --bind "$shell" "all$shell"
rm -rf all/var/lib/apt/lists/* && cd all && shift && exec chroot . env "$@"
"""


@dataclass(frozen=True)
class AptMachine:
    """An overlay of this machine in a mount namespace (needs root), with no package installed; `folder` holds its
    changes.
    """

    folder: Path
    signer: Signer

    def knows(self, archive: str, form: str = "deb822") -> None:
        """Makes this archive the only one, in both formats of apt's sources."""
        self.prepare()
        if form == "deb822":
            stanza = f"Types: deb\nURIs: {archive}\nSuites: {SUITE}\nComponents: main\nSigned-By: /etc/apt/lab.asc\n"
            (self.folder / "apt" / "sources.list.d" / "lab.sources").write_text(stanza)
        else:
            line = f"deb [arch=all signed-by=/etc/apt/lab.asc] {archive} {SUITE} main\n"
            (self.folder / "apt" / "sources.list").write_text(line)

    def has(self, sources: Mapping[str, str]) -> None:
        """Gives it these files of sources, by their names in /etc/apt, and no other."""
        self.prepare()
        for name, text in sources.items():
            (self.folder / "apt" / name).write_text(text)

    def prepare(self) -> None:
        """Makes the folders of apt's configuration, with the key of the archive."""
        for name in ("sources.list.d", "apt.conf.d", "preferences.d", "trusted.gpg.d"):
            (self.folder / "apt" / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "apt" / "lab.asc").write_bytes(self.signer.public)

    def words(self, words: list[str], env: Mapping[str, str]) -> list[str]:
        """A command that runs `words` in the copy with this environment."""
        self._empty_database()
        setting = [f"{name}={value}" for name, value in env.items()]
        return ["unshare", "--mount", "sh", "-ec", INSIDE, "sh", str(self.folder), *setting, *words]

    def _empty_database(self) -> None:
        """Hides the database of dpkg: dpkg reads the list of files of each installed package before it installs one."""
        place = self.folder / "changes/var/lib/dpkg"
        if place.exists():
            return
        for name in ("info", "updates"):
            (place / name).mkdir(parents=True)
        (place / "status").touch()
        os.setxattr(place, "trusted.overlay.opaque", b"y")

    def run(self, words: list[str], env: Mapping[str, str]) -> Result:
        """Runs `words` in the copy."""
        return run(self.words(words, env), env=clean_environment())
