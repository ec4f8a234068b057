"""What each contestant has besides its command: second sources in its environment, its engine and its RUN steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.drills.recording.kinds import KINDS, Kind, second_of
from harness.drills.recording.store import DOCKER_HUB, DOCKER_HUB_API, Store


@dataclass(frozen=True)
class Settings:
    """What a contestant has besides its command: its environment, daemon.json, and variables of every RUN step."""

    env: Mapping[str, str] = field(default_factory=dict)
    daemon: Mapping[str, object] = field(default_factory=dict)
    step: Mapping[str, str] = field(default_factory=dict)


def settings_of(name: str, store: Store, kinds: Mapping[str, Kind], state: Path) -> Settings:
    """The settings of a contestant for a recording."""
    if name == "kit":
        return Settings(settings_of_kit(store, kinds, state))
    if name == "kit-stage":
        return Settings(settings_of_kit(store, kinds, state) | {"SEAWALL_WEAVE": "off"})
    if name == "mirrors":
        return _native(store, kinds)
    if name == "strategies":
        return Settings(step=_go_proxies(kinds, ","))
    return Settings()


def _go_proxies(kinds: Mapping[str, Kind], separator: str) -> dict[str, str]:
    """GOPROXY with both sources of each proxy: go passes a comma after 404 and 410 alone, a pipe after any error."""
    hosts = [host for host in sorted(kinds) if kinds[host].name == "go-proxy"]
    places = [f"https://{place}" for host in hosts for place in (host, second_of(host))]
    return {"GOPROXY": separator.join(places)} if places else {}


def _native(store: Store, kinds: Mapping[str, Kind]) -> Settings:
    """The best that configuration alone can do: a registry mirror, a pipe list of Go proxies, an extra index of pip."""
    hosts = {kind.name: [host for host in sorted(kinds) if kinds[host] == kind] for kind in KINDS}
    daemon = {"registry-mirrors": [f"https://{second_of(DOCKER_HUB_API)}"]} if DOCKER_HUB_API in kinds else {}
    step = _go_proxies(kinds, "|")
    if hosts["pypi"]:
        step["PIP_EXTRA_INDEX_URL"] = " ".join(_bases(store, hosts["pypi"], "https", r"^(.*/simple)/", "/"))
    return Settings(daemon=daemon, step=step)


def settings_of_kit(store: Store, kinds: Mapping[str, Kind], state: Path) -> dict[str, str]:
    """The kit's settings in a drill: a state of its own, and the second source of each host behind its own."""
    hosts = {kind.name: [host for host in sorted(kinds) if kinds[host] == kind] for kind in KINDS}
    found = {
        "SEAWALL_STATE": str(state), "SEAWALL_CONF": "/dev/null", "SEAWALL_EVENTS": str(state / "events.jsonl"),
        "SEAWALL_SEED": "1",
        "SEAWALL_REGISTRY_MIRRORS": _pairs((image_name(host), second_of(host)) for host in hosts["registry"]) or "none",
        "SEAWALL_GO_PROXIES": _after("default", (f"https://{second_of(host)}" for host in hosts["go-proxy"])),
        "SEAWALL_PYPI_INDEXES": _after("default", _bases(store, hosts["pypi"], "https", r"^(.*/simple)/", "/")),
        "SEAWALL_NPM_REGISTRIES": _after("default", (f"https://{second_of(host)}/" for host in hosts["npm"])),
        "SEAWALL_APT_MIRRORS": _after("default", _bases(store, hosts["apt"], "http", r"^(.*)/dists/")),
        "SEAWALL_APK_MIRRORS": _after("default", _bases(store, hosts["apk"], "http", r"^(.*)/[^/]+/[^/]+/APKINDEX")),
        "SEAWALL_GIT_MIRRORS": _pairs(_prefixes(hosts["git"])),
        "SEAWALL_URL_MIRRORS": _pairs(_prefixes(hosts["url"])),
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


def image_name(host: str) -> str:
    """The registry of a host as image names have it."""
    return DOCKER_HUB if host == DOCKER_HUB_API else host


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return " ".join(f"{one}={other}" for one, other in pairs)


def _prefixes(hosts: Iterable[str]) -> Iterable[tuple[str, str]]:
    for host in hosts:
        for scheme in ("https", "http"):
            yield f"{scheme}://{host}/", f"{scheme}://{second_of(host)}/"


def _after(first: str, others: Iterable[str]) -> str:
    words = list(dict.fromkeys(others))
    return " ".join([first, *words]) if words else ""


def _bases(store: Store, hosts: Iterable[str], scheme: str, pattern: str, ends: str = "") -> Iterable[str]:
    """The base URLs of second sources: what a recorded path has before the part that its protocol fixes."""
    for host in hosts:
        targets = sorted(answer.target for answer in store if answer.host == host and answer.status == 200)
        for found in (re.search(pattern, target) for target in targets):
            if found:
                yield f"{scheme}://{second_of(host)}{found[1]}{ends}"
                break
