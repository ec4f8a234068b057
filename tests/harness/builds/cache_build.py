"""A build that exports to a cache and imports from it."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from harness.builds.engine import Engine
from harness.catalogue.schedule import parse
from harness.machine.run import Result
from harness.sites.artifacts import noise
from harness.sites.cache_site import CLASSES, Cache, token
from harness.sites.site import Rule, Site, Upstream
from harness.wire.server import Running, serve

SIZE = 300_000
IGNORED = ",ignore-error=true"


@dataclass(frozen=True)
class Project:
    """A build with random content; its steps have a mark, so that their cache records can be found and removed."""

    folder: Path
    mark: str

    def build(self, engine: Engine, *words: str, timeout: float = 120) -> Result:
        """Builds into `out`, which is emptied first."""
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        output = f"type=local,dest={self.folder / 'out'}"
        given = ["--progress", "plain", "--output", output, *words, str(self.folder / "context")]
        return engine.docker("buildx", "build", *given, timeout=timeout)

    def forget(self, engine: Engine) -> None:
        """Removes the build's records from the engine's own cache."""
        engine.check_docker("buildx", "prune", "--force", "--all", "--filter", f"description~={self.mark}")

    @property
    def is_whole(self) -> bool:
        """Whether the last build has the right bytes."""
        out, context = self.folder / "out", self.folder / "context"
        return (out / "noise").read_bytes() == (context / "noise").read_bytes()


def make_project(folder: Path, size: int = SIZE) -> Project:
    """A Docker stage with one file, and a second stage that copies it and adds another."""
    mark = token_hex(8)
    context = folder / mark / "context"
    context.mkdir(parents=True)
    (context / "noise").write_bytes(noise(size, mark))
    (context / "small").write_text(mark)
    (context / "Dockerfile").write_text(
        f"FROM scratch AS first\nCOPY noise /{mark}\n"
        f"FROM scratch\nCOPY --from=first /{mark} /noise\nCOPY small /small-{mark}\n"
    )
    return Project(folder / mark, mark)


def up(site: Site, schedule: str = "ok", path_class: str = ".*") -> AbstractContextManager[Running]:
    """Serves a cache with a schedule for one class of its requests."""
    return serve(Upstream("cache", site, CLASSES, (Rule(parse(schedule), path_class=path_class),)))


def _cache(lab: Running, bearer: str) -> str:
    return f"type=gha,scope=lab,url_v2={lab.url}/,token={bearer or token()}"


def to(lab: Running, more: str = "", bearer: str = "") -> tuple[str, str]:
    """Arguments that export to a cache."""
    return "--cache-to", f"{_cache(lab, bearer)},mode=max{more}"


def frm(lab: Running, bearer: str = "") -> tuple[str, str]:
    """Arguments that import from a cache."""
    return "--cache-from", _cache(lab, bearer)


def seen(lab: Running, path_class: str) -> list[tuple[str, int]]:
    """Step and status of each request of a class, in order."""
    return [(entry.fault, entry.status) for entry in lab.journal if entry.path_class == path_class]


def filled(engine: Engine, project: Project, site: Cache | None = None) -> Cache:
    """Builds once with an export, then removes the engine's records; returns the cache with the entries."""
    site = site or Cache()
    with up(site) as lab:
        result = project.build(engine, *to(lab))
    assert result.rc == 0, f"{result!r}\n{lab.journal.table()}"
    project.forget(engine)
    return site
