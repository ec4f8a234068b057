"""scripts/lib/host/engine/version.sh: an engine that is too old or a client without buildx is found before a build."""

from __future__ import annotations

import pytest

SCRIPT = """
. "$SEAWALL_LIB/load.sh"; load base attempt host/machine host/bases host/engine
LOG_NAME=t
state_use "$PWD" ''
docker() { case $1 in version) [ -n "$ENGINE" ] && printf '%s\\n' "$ENGINE" ;; *) [ "$BUILDX" = yes ] ;; esac; }
attempt_run() { shift; printf 'asked\\n' >>asked; "$@"; }
version_check_client
version_check_client
"""


@pytest.mark.parametrize(
    ("engine", "buildx", "code", "message"),
    [
        ("28.5.2", "yes", 0, ""),
        ("", "yes", 0, ""),
        ("odd", "yes", 0, ""),
        ("23.0.6", "yes", 71, "wanted Docker 24 or newer, saw 23.0.6: upgrade it"),
        ("28.5.2", "no", 71, "wanted the buildx plugin beside"),
    ],
    ids=["good", "no-engine", "odd-version", "old-engine", "no-buildx"],
)
def test_client_is_checked_once_an_hour(sh, tmp_path, engine, buildx, code, message):
    """One question for many builds; without an engine a build goes on, for its builder may be elsewhere."""
    result = sh(SCRIPT, env={"ENGINE": engine, "BUILDX": buildx}, cwd=tmp_path)
    assert (result.rc, result.err.count("\n")) == (code, 1 if code else 0), repr(result)
    assert message in result.err
    assert (tmp_path / "asked").read_text() == "asked\n"
