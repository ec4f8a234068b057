"""The Docker engine of the tests: the one that answers, else the private one of scripts/setup-engine.sh."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
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
    def tree(self) -> Path | None:
        """The folder of its programs, if it is a private engine of the kit."""
        tree = Path(self.env.get("DOCKER_CONFIG", "/nowhere/at/all")).parents[1].resolve()
        return tree if (tree / ".complete").is_file() else None

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
def engine_of_worker(scripts: Path, worker: str, folder: Path) -> Iterator[Engine]:
    """The engine of one of several workers: the one that answers, else the first worker has the private engine of the
    default state folder, each other worker one in `folder`, which is removed afterwards.
    """
    with engine_up(scripts) as first:
        if worker in ("", "gw0") or first.tree is None:
            yield first
            return
        with ExitStack() as stack, (scripts / "setup-engine.sh").open() as one_at_a_time:
            # Two engines that start at the same moment would choose the same range of addresses.
            fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
            own = stack.enter_context(engine_beside(scripts, first, folder))
            fcntl.flock(one_at_a_time, fcntl.LOCK_UN)
            yield own


@contextmanager
def engine_beside(scripts: Path, first: Engine, state: Path) -> Iterator[Engine]:
    """A private engine that uses the programs of `first`, with its state in `state`."""
    assert first.tree
    home = state / "engine"
    _link_programs(first.tree, home / "tree")
    env = {name: value for name, value in first.env.items() if not name.startswith("DOCKER_")}
    with at_end(["rm", "-rf", home], env), engine_up(scripts, env | {"SEAWALL_STATE": str(state)}) as engine:
        yield engine


def _link_programs(tree: Path, new: Path) -> None:
    """Links the programs of an engine; its configuration is copied, because builds write there."""
    (new / "usr").mkdir(parents=True)
    for path in [*tree.iterdir(), *(tree / "usr").iterdir()]:
        if path not in (tree / "usr", tree / "usr/config"):
            (new / path.relative_to(tree)).symlink_to(path)
    plugins = shutil.ignore_patterns("buildx", ".seawall*")
    shutil.copytree(tree / "usr/config", new / "usr/config", symlinks=True, ignore=plugins)


@contextmanager
def engine_to_break(scripts: Path, like: Engine, state: Path) -> Iterator[Engine | None]:
    """A private engine that a test may freeze; its state is in `state`, its daemon is killed by its id afterwards.

    It uses the programs of the private engine `like`; None if `like` is not private.
    """
    if like.tree is None:
        yield None
        return
    with engine_beside(scripts, like, state) as engine:
        try:
            yield engine
        finally:
            pid = int(Path(engine.env["DOCKER_HOST"].removeprefix("unix://")).with_name("pid").read_text())
            if Path(f"/proc/{pid}/comm").exists() and Path(f"/proc/{pid}/comm").read_text() == "dockerd\n":
                os.kill(pid, signal.SIGKILL)
