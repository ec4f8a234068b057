"""A board without a drill: real grades of builds that are made up, some with hostile last words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.drills.board.board import Absent, Board, about_cell
from harness.drills.machine.image import Healthy, Image
from harness.drills.plays.cell import Cell
from harness.drills.plays.contestants import CONTESTANTS
from harness.drills.plays.healthy import Controls
from harness.drills.plays.play import Played
from harness.drills.recording.kinds import KINDS
from harness.wire.journal import Entry

HOSTS = {"registry.test": KINDS[0], "go.test": KINDS[1], "index.test": KINDS[5]}
HOSTILE = (
    "</script><script>window.owned=1</script><img src=x onerror=window.owned=1> ]]> \x1b[31mred\x1b[0m \u2028&amp;|"
)
NAMES = ("plain", "retry3", "mirrors", "kit")


def image(digest: str) -> Image:
    """An image with one file, without a layout to read it from."""
    found = Image(Path("/nowhere"), digest)
    vars(found)["contents"] = {"0.0 app": digest}
    return found


def played(code: int, host: str, digest: str = "", **about: Any) -> Played:
    """A build with two requests to a host, the second of which got a fault."""
    ok = Entry(0.5, host, "GET", "/v2/", "ping", 1, "ok", 200, 2, "done", {"user-agent": "x"})
    journal = (ok, replace(ok, time=1.25, path="/v2/team/app/manifests/1", n=2, fault="503", status=503))
    found = Played(code, image(digest) if digest else None, 9.4, 0.0, f"{host}: 503 Service Unavailable\n{HOSTILE}\n",
                   "", cut=False, hung=False, tries=1, journal=journal)  # fmt: skip
    return replace(found, **about)


def events(host: str) -> list[dict[str, Any]]:
    """What the kit recorded."""
    return [{"ts": "2026-01-02T03:04:05Z", "run": "r", "event": "failure", "level": "warn", "upstream": "registry",
             "source": host, "class": "http-5xx", "verdict": "elsewhere", "detail": HOSTILE}]  # fmt: skip


def sample_board(*, kit: Mapping[str, Any] | None = None, faults: Sequence[str] = ("503", "refused")) -> Board:
    """A board of three hosts; `kit` changes how the kit's builds ended."""
    healthy = Healthy.learn([image("right"), image("right")])
    control = played(0, "registry.test", "right")
    controls = Controls(dict.fromkeys(CONTESTANTS, control), healthy, HOSTS)
    cells = []
    for host in HOSTS:
        for fault in faults:
            builds = {
                "plain": played(1, host, refused=2),
                "retry3": played(1, host, cut=True, decided="the same request had failed 2 times"),
                "mirrors": played(0, host, "wrong") if host == "go.test" else played(-15, host, cut=True, hung=True),
                "kit": replace(played(0, host, "right"), **(kit or {})),
            }
            missing: dict[str, list[str]] = {name: [] for name in builds}
            cells.append(about_cell(Cell.of(host, fault), builds, missing, controls, {"kit": events(host)}))
    seconds = {name: {"seconds": 9.4, "requests": 2} for name in NAMES}
    absent = [Absent("registry.test", "reset", "a healthy build asks this host for no package")]
    call = ("-f", "app/Dockerfile", "app", "--", "--target", "x y")
    return Board("app/Dockerfile", "app@1", healthy.by, NAMES, seconds, absent, cells, call, "2026-11-29")


def board_file(folder: Path, **about: Any) -> Path:
    """The path of a board.json that a drill would have written."""
    return sample_board(**about).write(folder)
