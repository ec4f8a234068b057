"""An image with apt sources of a test, in which system-packages.sh or plain apt-get installs packages (needs root)."""

from __future__ import annotations

import shutil
from pathlib import Path

from harness.builds.apt_machine import AptMachine
from harness.machine.run import Result, clean_environment
from harness.sites.apt_site import Signer

SIGNER = Signer()
KEY = "/etc/apt/lab.asc"
"""Where the image has the key of SIGNER."""
PLAIN = "apt-get update -q -o APT::Update::Error-Mode=any -o Acquire::Retries=0 && apt-get install -qy "


class Image:
    """A copy of this machine with some files of sources; `install` runs the kit, `plain` apt-get itself."""

    def __init__(self, folder: Path, kit: Path) -> None:
        self.folder, self.kit, self.machine = folder, kit, AptMachine(folder, SIGNER)

    def renew(self) -> None:
        """Removes what the last command has changed."""
        for name in ("changes", "work", "all"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def install(self, mirrors: str, *words: str, **more: str) -> Result:
        """Runs system-packages.sh with these mirrors."""
        self.renew()
        env = clean_environment("/root") | {"SEAWALL_APT_MIRRORS": mirrors, "SEAWALL_SEED": "84", "SEAWALL_BUDGET": "2"}
        env |= {"SEAWALL_EVENTS": str(self.folder / "events.jsonl")} | more
        return self.machine.run([str(self.kit / "stage/system-packages.sh"), *(words or ("hello-seawall",))], env)

    def plain(self, *words: str) -> Result:
        """Runs `apt-get update` and `apt-get install` with these words."""
        self.renew()
        return self.machine.run(["sh", "-c", PLAIN + '"$@"', "sh", *words], clean_environment("/root"))

    @property
    def installed(self) -> set[str]:
        """Names and versions of the lab's packages in the image."""
        status = self.folder / "changes/var/lib/dpkg/status"
        text = status.read_text() if status.exists() else ""
        rows = [dict(line.split(": ", 1) for line in part.splitlines() if ": " in line) for part in text.split("\n\n")]
        return {f"{row['Package']} {row['Version']}" for row in rows if row.get("Maintainer", "").startswith("Lab")}
