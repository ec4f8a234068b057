"""The drills of the sample Dockerfiles: which fault of which upstream, what it does to a plain build, and what the kit
makes of it.

`SURVIVED` is the only place that says what the kit protects: a kind that moves there must be built from its second
source in every drill.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.builds.sample_builds import FAILS, HANGS, HERE, PASSES, Sample
from harness.builds.sample_sites import KINDS, REFUSED, Sites

PAYLOAD = "payload"
FAULTS: Mapping[str, tuple[str, str]] = {
    "refused": (".*", REFUSED),
    "503": (".*", "503x*"),
    "silent": (".*", "stall x*"),
    "stalled": (PAYLOAD, "stall@100x*"),
    "wrong bytes": (PAYLOAD, "flip@100x*"),
}
"""The requests that a fault hits, all or those for the payload of the kind, and its schedule."""

PLAIN: Mapping[str, str] = {
    "refused": FAILS, "503": FAILS, "silent": HANGS, "stalled": HANGS, "wrong bytes": FAILS,
}  # fmt: skip
"""What a fault does to the plain build."""
PLAIN_ELSEWHERE: Mapping[tuple[str, str], str] = {
    # curl hands on nothing, and a shell that reads nothing succeeds: the image lacks the tool.
    ("curl-sh", "refused"): PASSES,
    ("curl-sh", "503"): PASSES,
    # Nothing verifies this file: no client can tell.
    ("copy-from-image", "wrong bytes"): PASSES,
}
"""Where a plain build does otherwise, by sample and fault."""

SURVIVED = frozenset({"registry", "pypi", "go-proxy", "npm", "apt", "url", "git"})
"""Kinds that are built from a second source today."""
WITHOUT: Mapping[str, str] = {
    "python-poetry": "what poetry needs has no exact versions, so only the first index may serve it",
    "node-yarn": "Yarn 1 gets limits and attempts, no second source",
}
"""Samples, or kinds of a sample, without a second source, and the reason."""
LEFT: Mapping[tuple[str, str], str] = {
    ("curl-sh", "wrong bytes"): "no command of the step notices: a shell runs what came",
}
"""The same for one fault of a sample or kind."""
ENDS: Mapping[str, tuple[int, Sequence[str]]] = {
    "refused": (75, ("connection-refused",)),
    "503": (75, ("http-5xx",)),
    "silent": (75, ("timeout",)),
    "stalled": (75, ("timeout",)),
    "wrong bytes": (65, ("integrity",)),
}
"""How a build of the kit ends that does not survive: exit code, and the right classes of its first attempt."""
ENDS_ELSEWHERE: Mapping[tuple[str, str], tuple[int, Sequence[str]]] = {
    # The kit ends a pip that repeats its requests (pip-retry.sh), unless pip has given up before.
    ("python-poetry", "refused"): (75, ("timeout", "connection-refused")),
    # pip 25 prints no status: "Could not find a version ... (from versions: none)". The kit's pip in a woven step does.
    ("python-poetry", "503"): (75, ("dependency-resolution",)),
    # pip 25 gives up a stalled download after 15 s: "incomplete-download".
    ("python-poetry", "stalled"): (75, ("timeout", "truncated")),
    # A shell runs the damaged script.
    ("curl-sh", "wrong bytes"): (1, ("build-command-failed",)),
    # Yarn unpacks before it compares the integrity.
    ("node-yarn", "wrong bytes"): (75, ("truncated",)),
    # cargo is silent between its own tries.
    ("cargo", "503"): (75, ("http-5xx", "timeout")),
}
"""Where it ends otherwise today, by sample or kind, and fault."""


@dataclass(frozen=True)
class Drill:
    """One fault of one upstream of a sample."""

    sample: str
    kind: str
    fault: str

    @property
    def id(self) -> str:
        """The name of the drill."""
        return f"{self.sample}-{self.kind}-{self.fault.replace(' ', '-')}"

    @property
    def faults(self) -> dict[str, tuple[str, str]]:
        """The faults for sites_up."""
        hit, schedule = FAULTS[self.fault]
        return {self.kind: (KINDS[self.kind].payload if hit == PAYLOAD else hit, schedule)}

    @property
    def plain(self) -> str:
        """What the plain build does: FAILS, HANGS or PASSES."""
        return PLAIN_ELSEWHERE.get((self.sample, self.fault), PLAIN[self.fault])

    @property
    def names(self) -> tuple[str, str, str]:
        """The names of its rows in the tables, the narrowest first."""
        return f"{self.sample} {self.kind}", self.sample, self.kind

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The keys of its rows for one fault, the narrowest first."""
        return [(name, self.fault) for name in self.names]

    @property
    def survives(self) -> bool:
        """Whether the kit builds the sample. A plain build that passes is the kit's first attempt."""
        left = any(name in WITHOUT for name in self.names) or any(row in LEFT for row in self.rows)
        return (self.kind in SURVIVED and not left) or self.plain == PASSES

    @property
    def ends_elsewhere(self) -> bool:
        """Whether it does not survive, and ends otherwise than the fault tells."""
        return not self.survives and any(row in ENDS_ELSEWHERE for row in self.rows)

    @property
    def ends(self) -> tuple[int, Sequence[str]]:
        """How a build of the kit ends that does not survive: exit code, right classes."""
        return next((ENDS_ELSEWHERE[row] for row in self.rows if row in ENDS_ELSEWHERE), ENDS[self.fault])


def drills(samples: Sequence[Sample]) -> list[Drill]:
    """Each fault of each upstream of each sample that is built here."""
    here = [sample for sample in samples if sample.here == HERE]
    return [Drill(sample.name, kind, fault) for sample in here for kind in sample.upstreams for fault in FAULTS]


def second_sources(broken: Sites, healthy: Sites) -> dict[str, str]:
    """Settings with a healthy source behind the one that is configured, for each kind that has such a setting."""
    good, bad = healthy.urls, broken.urls
    return {
        "SEAWALL_PYPI_INDEXES": f"default {good['pypi']}/simple/",
        "SEAWALL_GO_PROXIES": f"default {good['go-proxy']}",
        "SEAWALL_NPM_REGISTRIES": f"default {good['npm']}/",
        "SEAWALL_APT_MIRRORS": f"default {good['apt']}",
        "SEAWALL_URL_MIRRORS": f"{bad['url']}/={good['url']}/",
        "SEAWALL_GIT_MIRRORS": f"{bad['git']}/={good['git']}/",
        "SEAWALL_REGISTRY_MIRRORS": f"{_host(bad['registry'])}={_host(good['registry'])}",
    }


def _host(url: str) -> str:
    return url.partition("//")[2]
