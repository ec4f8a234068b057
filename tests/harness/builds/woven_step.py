"""A woven RUN step without a builder: its trampolines, kit and settings below a folder that stands for `/run`.

The trampolines and the kit are those of scripts/; only the path /run/seawall in them is the one below the folder.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from harness.machine.run import Result, clean_environment, run
from harness.machine.shells import Shell

CONSTANT = "/run/seawall"
STATE = "/var/lib/seawall"
LOG = "/proc/1/fd/2"
MARK = "0123456789abcdef0123456789abcdef"


@cache
def built_kit(scripts: Path) -> str:
    """The kit that build-kit.sh makes of these scripts, once in a run of the tests."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([scripts / "build-kit.sh", f"{folder}/kit"], check=True)
        return Path(folder, "kit").read_text()


class Step:
    """The step: `call("pip", "install", "x")` runs the trampoline of pip, which is first in PATH."""

    def __init__(self, scripts: Path, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"
        self.place, self.log = f"{folder}{CONSTANT}", folder / "log"
        (folder / "run").mkdir(parents=True)
        self.home.mkdir()
        self.log.touch()
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.kit = self._moved(built_kit(scripts), f"{self.place}.kit")
        self.trampolines = Path(self.place)
        self.trampolines.mkdir()
        for file in (scripts / "shims").iterdir():
            self._moved(file.read_text(), f"{self.place}/{file.name}").chmod(0o755)
        self.configure()

    def _moved(self, text: str, target: str) -> Path:
        """Writes a file with the paths of this step."""
        text = text.replace(CONSTANT, self.place).replace(STATE, f"{self.folder}{STATE}")
        # The log of a real step is a pipe.
        text = text.replace(LOG, str(self.log)).replace('-p "$EVENTS_STEP_LOG"', '-e "$EVENTS_STEP_LOG"')
        Path(target).write_text(text)
        return Path(target)

    def configure(self, turn: int = 0, **settings: str) -> None:
        """Hands settings over, as a build does; `turn` where downloads begin with a further source."""
        lines = "".join(f"{name}={value}\n" for name, value in settings.items())
        Path(f"{self.place}.conf").write_text(
            f"SEAWALL_SEED=84\n{lines}#seawall woven 1\n#seawall turn {turn}\n#seawall mark {MARK}\n"
        )

    def environment(self, shell: Shell | None = None, **more: str) -> dict[str, str]:
        """The environment of a command: trampolines first, then the tools of the test, then those of the machine."""
        env = clean_environment(self.home)
        behind = [str(self.bin), env["PATH"]]
        if shell:
            behind.insert(0, str(self._with_sh(shell)))
        return env | {"PATH": ":".join([self.place, *behind])} | more

    def _with_sh(self, shell: Shell) -> Path:
        """A folder in which `sh` is this shell."""
        folder = self.folder / f"sh-{shell.name}"
        if not folder.exists():
            folder.mkdir()
            (folder / "sh").symlink_to(str(shutil.which(shell.argv[0])))
        return folder

    def call(
        self, *words: str | Path, shell: Shell | None = None, env: Mapping[str, str] | None = None, **options: object
    ) -> Result:
        """Runs a command of the step; with a shell, trampoline and kit run in it."""
        line: list[str | Path] = ["/usr/bin/env", *words]
        if shell:
            line = [str(shutil.which(shell.argv[0])), *shell.argv[1:], f"{self.place}/{words[0]}", *words[1:]]
        return run(line, env=self.environment(shell, **(env or {})), **options)  # type: ignore[arg-type] # run's own options

    def told(self) -> str:
        """The log of the step: the events."""
        return self.log.read_text()
