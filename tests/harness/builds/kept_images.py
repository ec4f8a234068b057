"""The images of a run of the main job with --keep, by service."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.builds.engine import Engine
from harness.machine.run import run


@dataclass(frozen=True)
class Kept:
    """One finished run: its report, and the image name of each service."""

    report: Path
    images: dict[str, str]


@contextmanager
def kept_images(engine: Engine, scripts: Path, folder: Path) -> Iterator[Kept]:
    """The services' images for the duration of the block; removed by name afterwards."""
    report = folder / "report"
    result = run([scripts / "test-docker-build.sh", "--keep", "--report", report], env=engine.env, timeout=900)
    assert result.rc == 0, repr(result)
    written = json.loads((report / "report.json").read_text())
    prefix = f"seawall-{written['run']}"
    names = {image["service"]: f"{prefix}/{image['service']}" for image in written["images"]}
    try:
        yield Kept(report, names)
    finally:
        engine.check_docker("image", "rm", *names.values(), f"{prefix}/smoke-client")


def exported(engine: Engine, image: str, archive: Path) -> dict[str, tarfile.TarInfo]:
    """The files of an image by path, without a leading slash; starts no container."""
    container = engine.check_docker("create", image, "x")
    try:
        engine.check_docker("export", "--output", str(archive), container)
    finally:
        engine.check_docker("rm", container)
    with tarfile.open(archive) as tar:
        return {member.name.removeprefix("./").rstrip("/"): member for member in tar.getmembers()}
