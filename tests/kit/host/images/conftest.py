"""Shell code that has the rooms of a build up to its images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.run import Result

ROOMS = "base attempt verdict ladder host/machine host/registry host/call host/bases host/images"
PRELUDE = f"""set -f
. "$LIB/load.sh"; load {ROOMS}
LOG_NAME=t
settings_place() {{ printf 'environment\\n'; }}
docker() {{ return 1; }}
view_find() {{ VIEW=ours; }}
state_use "$SCRATCH/state" ''
# answer PLACE DIGEST: PLACE has the image. refuse PLACE CLASS WORDS: it has not.
answer() {{ places_find_answer "$1" && printf '%s\\n' "$2" >"$PLACES_ANSWER" && : >"$PLACES_ANSWER.end"; }}
refuse() {{
    places_find_answer "$1" && printf '%s\\n' "$2" >"$PLACES_ANSWER.class" && printf '%s\\n' "$3" >"$PLACES_ANSWER.why"
}}
is() {{ if "$@"; then printf 'yes\\n'; else printf 'no\\n'; fi; }}
"""
MIRRORS = "a.example=m.example a.example=n.example/hub"


@pytest.fixture
def images(sh: Callable[..., Result], tmp_path: Path) -> Callable[..., Result]:
    """Runs a script in the shell of this test; a.example has two mirrors; SCRATCH is a folder of the test."""

    def call(script: str, *words: str, **settings: str) -> Result:
        env = {
            "SCRATCH": str(tmp_path), "SEAWALL_REGISTRY_MIRRORS": MIRRORS, "SEAWALL_BASE_FALLBACKS": "",
            "SEAWALL_EVENTS": str(tmp_path / "events"), "SEAWALL_RUN": "r", "SEAWALL_LAST_GOOD_MAX_AGE": "604800",
            "SEAWALL_SILENCE": "60", "SEAWALL_STALL": "8", "SEAWALL_HTTPS_EXCEPT": "", "SEAWALL_BUILDERS": "",
        } | settings  # fmt: skip
        return sh(PRELUDE + script, *words, env=env, cwd=tmp_path)

    return call
