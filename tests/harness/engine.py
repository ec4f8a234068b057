"""The Docker engine of the tests: the one that answers, else the private one of scripts/setup-engine.sh."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.run import Result, run


@dataclass(frozen=True)
class Engine:
    """An engine that answers: the environment that reaches it."""

    env: dict[str, str] = field(repr=False)

    def docker(self, *words: str, timeout: float = 120) -> Result:
        """Runs `docker WORDS`."""
        return run(["docker", *words], env=self.env, timeout=timeout)

    def check_docker(self, *words: str, timeout: float = 120) -> str:
        """The same, which must succeed; gives stdout without the last line end."""
        result = self.docker(*words, timeout=timeout)
        assert result.rc == 0, repr(result)
        return result.out.rstrip("\n")

    def inventory(self) -> dict[str, list[str]]:
        """What there is on the engine that a user would miss: containers, images, volumes, networks."""
        questions = {
            "containers": ("ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Names}}"),
            "images": ("image", "ls", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}"),
            "volumes": ("volume", "ls", "--format", "{{.Name}}"),
            "networks": ("network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}"),
        }
        return {what: sorted(self.check_docker(*words).splitlines()) for what, words in questions.items()}


@contextmanager
def engine_up(scripts: Path) -> Iterator[Engine]:
    """An engine for the time of the block; one that was not there before is ended afterwards."""
    env = dict(os.environ)
    result = run([scripts / "setup-engine.sh"], env=env, timeout=600)
    assert result.rc == 0, repr(result)
    found = dict(line.split("=", 1) for line in result.out.splitlines())
    try:
        yield Engine(env | found)
    finally:
        run([scripts / "setup-engine.sh", "--stop"], env=env)
