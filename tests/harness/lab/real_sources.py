"""Real package sources: the one in each tool's configuration, and an example call for a recording of it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

PIP = (
    "from pip._internal.commands import create_command as c; print(c('download').parser.get_default_values().index_url)"
)
# Also on a machine without downloaded package lists.
APT = ("apt-get", "-o", "APT::Get::IndexTargets::ReleaseInfo=false", "indextargets", "--format", "$(SITE)")
URL = re.compile(r"https?://[^\s,|]+")


@dataclass(frozen=True)
class Source:
    """A kind of source that needs GET only: a command that prints its URL, and an example call for a recording.

    `ends` is the part of the URL behind the recorded root.
    """

    example: str
    command: tuple[str, ...] = ()
    ends: str = ""


SOURCES: Mapping[str, Source] = {
    "files": Source("curl -O {url}/FILE"),
    "go": Source("GOPROXY={url} go mod download MODULE@VERSION", ("go", "env", "GOPROXY")),
    "pypi": Source("pip download --index-url {url}/simple/ PACKAGE", (sys.executable, "-c", PIP), "/simple"),
    "apt": Source("deb {url} SUITE main    # a line of sources.list", APT),
    "apk": Source("apk add -X {url}/main PACKAGE"),
    "npm": Source("npm view --registry {url} PACKAGE", ("npm", "config", "get", "registry")),
}


def source_of(kind: str) -> Source:
    """The source of a kind; raises ValueError with one line if the kind cannot be recorded."""
    if kind not in SOURCES:
        raise ValueError(f"wanted one of {' '.join(SOURCES)}, which answer GET alone, saw {kind!r}")
    return SOURCES[kind]


def source_url(kind: str, source: str) -> str:
    """The root URL of a source: `source` itself, or for `default` the one in the tool's configuration.

    Raises ValueError with one line if there is none.
    """
    found, chosen = URL.fullmatch(source), source_of(kind)
    if source == "default":
        words = chosen.command
        if not words:
            raise ValueError(f"wanted {kind}=URL, for no tool has a default of {kind}")
        try:
            told = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False).stdout
        except OSError as error:
            raise ValueError(f"wanted {words[0]} on this machine, to ask for its default: {error.strerror}") from error
        found = URL.search(told)
        if not found:
            raise ValueError(f"wanted a URL from `{words[0]}`, which has no default of {kind}: name one")
    if not found:
        raise ValueError(f"wanted {kind}=default or {kind}=http(s)://..., saw {source!r}")
    return found[0].rstrip("/").removesuffix(chosen.ends)
