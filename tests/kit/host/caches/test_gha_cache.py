"""scripts/lib/host/caches/gha-cache.sh: service and token come from the cache's fields, else from the environment.

Its requests are tested in test_caches.py, against the lab's cache service.
"""

from __future__ import annotations

import pytest

SCRIPT = """
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/caches
LOG_NAME=t
gha__find_service "$1" || printf 'missing\\n'
printf '%s|%s|%s\\n' "$GHA_GENERATION" "$GHA_URL" "$GHA_TOKEN"
"""
NOTHING = {
    "ACTIONS_RUNTIME_TOKEN": "", "ACTIONS_RESULTS_URL": "", "ACTIONS_CACHE_URL": "", "ACTIONS_CACHE_SERVICE_V2": "",
}  # fmt: skip
SECOND = {"ACTIONS_CACHE_SERVICE_V2": "True", "ACTIONS_RESULTS_URL": "http://results/", "ACTIONS_RUNTIME_TOKEN": "env"}


@pytest.mark.parametrize(
    ("spec", "env", "found"),
    [
        ("type=gha", {}, ["missing", "1||"]),
        ("type=gha", SECOND, ["2|http://results|env"]),
        ("type=gha", SECOND | {"ACTIONS_CACHE_SERVICE_V2": "false"}, ["missing", "1||env"]),
        ("type=gha,url_v2=http://a:1/x/,token=t", {}, ["2|http://a:1/x|t"]),
        ("type=gha,version=1,url=http://old:1,token=t", SECOND, ["1|http://old:1|t"]),
        ("type=gha", {"ACTIONS_CACHE_URL": "http://old/", "ACTIONS_RUNTIME_TOKEN": "t"}, ["1|http://old|t"]),
    ],
    ids=["nothing", "environment", "switched-off", "fields", "first-version", "first-version-of-the-environment"],
)
def test_service_is_the_one_that_buildx_would_use(sh, spec, env, found):
    """Fields count before variables; without an address or a token there is nothing to ask."""
    assert sh(SCRIPT, spec, env=NOTHING | env).out.splitlines() == found
