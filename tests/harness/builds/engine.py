"""The Docker engine of the tests: the one that answers, else the private one of scripts/setup-engine.sh."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.machine.cleanup import at_end
from harness.machine.leftovers import left_since, of_another
from harness.machine.run import Result, run


@dataclass(frozen=True)
class Engine:
    """An engine that answers, and the environment that reaches it."""

    env: dict[str, str] = field(repr=False)

    def docker(self, *words: str, timeout: float = 120) -> Result:
        """Runs `docker WORDS`."""
        return run(["docker", *words], env=self.env, timeout=timeout)

    def check_docker(self, *words: str, timeout: float = 120) -> str:
        """Runs `docker WORDS`, which must succeed; returns stdout without its last newline."""
        result = self.docker(*words, timeout=timeout)
        assert result.rc == 0, repr(result)
        return result.out.rstrip("\n")

    @property
    def exports_caches(self) -> bool:
        """Whether its builder has all cache exporters; only the containerd image store provides them."""
        return "io.containerd.snapshotter" in self.check_docker("info", "--format", "{{.DriverStatus}}")

    def inventory(self) -> frozenset[str]:
        """The engine's containers, images, volumes and networks, without those of other runs of the kit.

        Compare two of them with `left_since`.
        """
        questions = {
            "container": ("ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Names}}"),
            "image": ("image", "ls", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}"),
            "volume": ("volume", "ls", "--format", "{{.Name}}"),
            "network": ("network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}"),
        }
        found = [
            f"{what} {line}" for what, words in questions.items() for line in self.check_docker(*words).splitlines()
        ]
        return frozenset(line for line in found if not of_another(line))

    def left_since(self, before: frozenset[str]) -> list[str]:
        """Entries that are new since `before` and stay, and entries that are gone."""
        return left_since(before, self.inventory)


@contextmanager
def engine_up(scripts: Path, env: Mapping[str, str] | None = None) -> Iterator[Engine]:
    """An engine for the duration of the block, found with `env` or started; stops an engine that it started."""
    env = dict(os.environ if env is None else env)
    # A lease of this process, so that other users of the engine keep it.
    command: list[str | Path] = [scripts / "setup-engine.sh", "--lease", str(os.getpid())]
    with at_end([*command, "--stop"], env):
        result = run(command, env=env, timeout=600)
        assert result.rc == 0, repr(result)
        found = dict(line.split("=", 1) for line in result.out.splitlines())
        yield Engine(env | found)


@contextmanager
def engine_to_break(scripts: Path, like: Engine, state: Path) -> Iterator[Engine | None]:
    """A private engine that a test may freeze; its state is in `state`, its daemon is killed by its id afterwards.

    It uses the programs of the private engine `like`; None if `like` is not private.
    """
    tree = Path(like.env.get("DOCKER_CONFIG", "/nowhere/at/all")).parents[1]
    if not (tree / ".complete").is_file():
        yield None
        return
    home = state / "engine"
    home.mkdir(parents=True)
    (home / "tree").symlink_to(tree)
    env = {name: value for name, value in like.env.items() if not name.startswith("DOCKER_")}
    with engine_up(scripts, env | {"SEAWALL_STATE": str(state)}) as engine:
        try:
            yield engine
        finally:
            pid = int(Path(engine.env["DOCKER_HOST"].removeprefix("unix://")).with_name("pid").read_text())
            if Path(f"/proc/{pid}/comm").exists() and Path(f"/proc/{pid}/comm").read_text() == "dockerd\n":
                os.kill(pid, signal.SIGKILL)
