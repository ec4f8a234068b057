"""The upstreams of a lab and their faults, from a scenario or from the command line."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from harness.catalogue.fault_ids import KNOWN
from harness.catalogue.schedule import ScheduleError, parse
from harness.lab.real_sources import source_of, source_url
from harness.sites import apk_site, apt_site, cache_site, git_site, go_site, npm_site, pypi_site, registry_site
from harness.sites.apk_site import Repository
from harness.sites.apt_site import Archive
from harness.sites.artifacts import Image, noise
from harness.sites.file_site import files
from harness.sites.recording import Recording
from harness.sites.relay_site import relay_to
from harness.sites.samples import ALPINE, BODY, DEB, MODULE, NODE, RELEASE, REPOSITORY, SUMS, alpine_key, signer
from harness.sites.site import Rule, Site, Upstream
from harness.wire import proxy

DAY_S = 86400


@dataclass(frozen=True)
class Kind:
    """A kind of upstream: its content, its path classes, and a command to try with {url} or {host}."""

    site: Callable[[], Site]
    classes: Sequence[tuple[str, str]]
    example: str


def _registry_with_an_image() -> registry_site.Registry:
    registry = registry_site.Registry()
    registry.add_image("team/noise", "1", Image(noise(300_000)))
    return registry


KINDS: Mapping[str, Kind] = {
    "files": Kind(
        lambda: files({"/hello.txt": b"hello\n", "/64k": BODY, "/1M": noise(1 << 20)}),
        (("file", "."),),
        "curl --retry 3 -o /dev/null {url}/1M",
    ),
    "go": Kind(
        lambda: go_site.goproxy([MODULE, replace(MODULE, version="v1.1.0")], SUMS),
        go_site.CLASSES,
        "GOPROXY={url} GOSUMDB=off go mod download -x example.org/hello@latest",
    ),
    "pypi": Kind(
        lambda: pypi_site.pypi([RELEASE, replace(RELEASE, version="1.1.0")]),
        pypi_site.CLASSES,
        "pip download --no-cache-dir --index-url {url}/simple/ hello-seawall",
    ),
    "registry": Kind(
        _registry_with_an_image,
        registry_site.CLASSES,
        "docker pull {host}/team/noise:1",
    ),
    "cache": Kind(
        cache_site.Cache,
        cache_site.CLASSES,
        "docker buildx build --cache-to type=gha,mode=max,ignore-error=true,url_v2={url}/,"
        f"token={cache_site.token(expires=DAY_S)} .",
    ),
    "apt": Kind(
        lambda: Archive([DEB], signer("good")).site(),
        apt_site.CLASSES,
        "curl {url}/debian/archive.asc    # the key, for: deb [signed-by=FILE] {url}/debian stable main",
    ),
    "apk": Kind(
        lambda: Repository([ALPINE, replace(ALPINE, version="1.1-r0")], alpine_key("good")).site(),
        apk_site.CLASSES,
        f"curl -O {{url}}/alpine/{alpine_key('good').name}    # the key, for: apk add -X {{url}}/alpine hello-seawall",
    ),
    "npm": Kind(
        lambda: npm_site.npm([NODE]),
        npm_site.CLASSES,
        "npm view --registry {url} hello-seawall",
    ),
    "proxy": Kind(
        lambda: proxy.site,
        proxy.CLASSES,
        f"curl --proxy http://{proxy.USER}:{proxy.PASSWORD}@{{host}} URL",
    ),
    "git": Kind(lambda: REPOSITORY, git_site.CLASSES, "git clone {url}/team/hello.git"),
}


class ScenarioError(ValueError):
    """An invalid plan: one line with what was wanted and seen."""


@dataclass(frozen=True)
class Plan:
    """One fault of a lab: the upstream, a pattern of path classes, the schedule's text.

    `id` is the fault's id in the catalogue, if it has one; `host` is one host of a drilled build, where it is not all
    of the upstream's.
    """

    upstream: str
    path_class: str
    schedule: str
    id: str = ""
    host: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.id, f"{self.path_class}: {self.schedule}")))


@dataclass(frozen=True)
class Lab:
    """The upstreams of a lab by name.

    `real` has URLs of real servers by kind; `recordings` has folders, and the source that fills each, "" for a complete
    one.
    """

    real: Mapping[str, str] = field(default_factory=dict)
    allowed: Sequence[str] = ()
    recordings: Mapping[str, tuple[Path, str]] = field(default_factory=dict)

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """All kinds, with `real-KIND` and `recorded-KIND`; raises ScenarioError for invalid ones."""
        real = {f"real-{name}": self._behind(name, url) for name, url in self.real.items()}
        recorded = {f"recorded-{name}": self._recorded(name, *more) for name, more in self.recordings.items()}
        return {**KINDS, **real, **recorded}

    @staticmethod
    def _recorded(name: str, folder: Path, source: str) -> Kind:
        try:
            example = source_of(name).example
            recording = Recording(folder, source_url(name, source) if source else "")
        except ValueError as error:  # RecordingError is a ValueError
            raise ScenarioError(f"--re{'cord' if source else 'play'}: {error}") from error
        return replace(KINDS[name], site=lambda: recording, example=example)

    def _behind(self, name: str, url: str) -> Kind:
        if name not in KINDS:
            raise ScenarioError(f"--relay: wanted an upstream of {' '.join(KINDS)}, saw {name!r}")
        try:
            site = relay_to(url, self.allowed)
        except ValueError as error:
            raise ScenarioError(f"--relay: {error}") from error
        return replace(KINDS[name], site=lambda: site)

    def check(self, plans: Iterable[Plan], where: str) -> list[Plan]:
        """Returns the plans; raises ScenarioError for the first invalid one."""
        kinds, checked = self.kinds, []
        for plan in plans:
            if plan.upstream not in kinds:
                raise ScenarioError(f"{where}: wanted an upstream of {' '.join(kinds)}, saw {plan.upstream!r}")
            if plan.host:
                raise ScenarioError(f"{where}: wanted faults without a host, which fault-drill.sh plays alone")
            try:
                rule = Rule(parse(plan.schedule), path_class=plan.path_class)
            except ScheduleError as error:
                raise ScenarioError(f"{where}: {error}") from error
            names = [*(name for name, _ in kinds[plan.upstream].classes), "other"]
            if not any(rule.fits("GET", name) for name in names):
                raise ScenarioError(f"{where}: wanted a path class of {' '.join(names)}, saw {plan.path_class!r}")
            checked.append(plan)
        return checked

    def upstreams(self, plans: Sequence[Plan], seed: str) -> list[Upstream]:
        """All upstreams, each with its own rules."""
        return [
            Upstream(
                name,
                kind.site(),
                kind.classes,
                [Rule(parse(plan.schedule), path_class=plan.path_class) for plan in plans if plan.upstream == name],
                seed,
            )
            for name, kind in self.kinds.items()
        ]


def load(file: Path) -> list[Plan]:
    """The plans of a scenario file."""
    return read_scenario(file)[1]


def read_scenario(file: Path) -> tuple[str, list[Plan]]:
    """The title and the plans of a scenario file (TOML: title, source, and a table `fault` per fault)."""
    try:
        found = tomllib.loads(file.read_text())
    except OSError as error:
        raise ScenarioError(f"{file}: wanted a scenario, could not read it: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{file}: wanted TOML, saw {error}") from error
    if unknown := set(found) - {"title", "source", "fault"}:
        raise ScenarioError(f"{file}: wanted title, source and fault, saw {' '.join(sorted(unknown))}")
    rows = found.get("fault", [])
    for row in rows:
        if not {"upstream", "schedule"} <= set(row) <= {"upstream", "schedule", "class", "id", "host"}:
            raise ScenarioError(
                f"{file}: wanted upstream, schedule and perhaps class, id and host in a fault, saw {' '.join(row)}"
            )
        if wrong := [name for name, value in row.items() if not isinstance(value, str)]:
            raise ScenarioError(f"{file}: wanted a text as {wrong[0]} of a fault, saw {row[wrong[0]]!r}")
        if row.get("id", "H1") not in KNOWN:
            raise ScenarioError(f"{file}: wanted an id of the catalogue (docs/clients.md), saw {row['id']!r}")
    if not rows:
        raise ScenarioError(f"{file}: wanted at least one fault, saw none")
    plans = [
        Plan(row["upstream"], row.get("class", ".*"), row["schedule"], row.get("id", ""), row.get("host", ""))
        for row in rows
    ]
    return str(found.get("title", file.stem)), plans
