"""RUN steps that fail on purpose, so that the kit weaves them: what they can read then."""

from __future__ import annotations

import re
from dataclasses import replace

from harness.builds.woven import HEAD, kit_with_double, new_context

SPY = (
    "RUN echo 'server returned error: HTTP/1.1 503 Service Unavailable'; env; "
    "ls -a /run /run/seawall; cat /run/seawall.conf; exit 1\n"
)


def test_hostile_step_gets_the_closed_list(builder, tmp_path):
    """A step that fails on purpose sees limits, sources without logins and its mark, no other setting or variable."""
    canaries = {
        "SEAWALL_PYPI_INDEXES": "https://user:canary1@index.example/simple https://plain.example/simple",
        "SEAWALL_REGISTRY_MIRRORS": "docker.io=canary2.example",
        "HTTPS_PROXY": "http://user:canary3@127.0.0.1:9",
        "CANARY": "canary4",
        "SEAWALL_GIT_MIRRORS": "github.com=https://git.example/?token=canary5",
    }
    woven = replace(builder, kit=kit_with_double(builder.kit, tmp_path / "kit"))
    context = new_context(tmp_path / "context")(HEAD + SPY)
    result = woven.ours("--output", "type=cacheonly", context, **canaries)
    assert "https://plain.example/simple" in result.err, repr(result)
    assert [word for word in ("canary1", "canary2", "canary3", "canary4", "canary5") if word in result.err] == []
    seen = set(re.findall(r"^(?:#[0-9]+ )?[0-9.]+ (SEAWALL_[A-Z_]+)=", result.err, re.MULTILINE))
    assert "SEAWALL_PYPI_INDEXES" in seen
    assert {"SEAWALL_REGISTRY_MIRRORS", "SEAWALL_STATE", "SEAWALL_CONF"} & seen == set(), seen
