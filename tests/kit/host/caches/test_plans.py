"""scripts/lib/host/caches/plans.sh: which caches a build gets, by the caches that are dead."""

from __future__ import annotations

import pytest

PRELUDE = """
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/caches
LOG_NAME=t ARGUMENTS_CACHES=''
plans_begin
"""
CHOOSE = """PLANS_DEAD=$1
plans_choose 2>/dev/null
printf '%s %s\\n' "$PLAN" "$PLAN_LIMIT"
"""
GHA, REGISTRY = "from type=gha\n", "from type=registry,ref=r/c\n"
SETTINGS = {
    "SEAWALL_STRATEGIES": "", "SEAWALL_CACHE_REF": "", "SEAWALL_CACHE_FOLDER": "",
    "ACTIONS_RUNTIME_TOKEN": "", "ACTIONS_RESULTS_URL": "",
}  # fmt: skip
ALL = {"SEAWALL_STRATEGIES": "gha-full registry-only gha-only", "SEAWALL_CACHE_REF": "r/c"}


@pytest.mark.parametrize(
    ("dead", "plan"),
    [
        ("", "gha-full 2400"),
        (GHA, "registry-only 1800"),
        (REGISTRY, "gha-only 1800"),
        (GHA + REGISTRY, "no-cache 900"),
        ("to type=gha,mode=max\n", "gha-full 2400"),
    ],
    ids=["none", "actions", "registry", "both", "only-an-export"],
)
def test_first_plan_with_healthy_imports_is_chosen(sh, dead, plan):
    """A dead import drops its plan, with its time limit; a dead export alone does not."""
    assert sh(PRELUDE + CHOOSE, dead, env=SETTINGS | ALL).out == f"{plan}\n"


def test_plan_with_one_healthy_import_is_better_than_none(sh):
    """Only gha-full is named: with one dead cache it still imports from the other."""
    env = SETTINGS | ALL | {"SEAWALL_STRATEGIES": "gha-full"}
    assert sh(PRELUDE + CHOOSE, GHA, env=env).out == "gha-full 2400\n"


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({}, " "),
        ({"SEAWALL_CACHE_REF": "r/c"}, "registry-only "),
        ({"ACTIONS_RUNTIME_TOKEN": "t", "ACTIONS_RESULTS_URL": "u"}, "gha-only "),
        ({"ACTIONS_RUNTIME_TOKEN": "t"}, " "),
        (
            {"ACTIONS_RUNTIME_TOKEN": "t", "ACTIONS_RESULTS_URL": "u", "SEAWALL_CACHE_REF": "r/c"},
            "gha-full gha-only registry-only ",
        ),
        ({"SEAWALL_CACHE_FOLDER": "c"}, "  local"),
    ],
    ids=["nothing", "reference", "actions", "token-without-url", "both", "folder"],
)
def test_plans_follow_from_tokens_and_references(sh, env, named):
    """Without SEAWALL_STRATEGIES the plans are those whose caches can be reached at all."""
    result = sh(PRELUDE + "printf '%s\\n' $PLANS_NAMED", env=SETTINGS | env)
    assert result.out.split() == named.split(), repr(result)


def test_each_cache_is_asked_once(sh):
    """Plans share caches: three plans of two caches are two imports and two exports."""
    result = sh(PRELUDE + 'printf "%s" "$PLANS_CACHES"', env=SETTINGS | ALL)
    assert result.out.splitlines() == [
        "from type=gha",
        "to type=gha,mode=max",
        "from type=registry,ref=r/c",
        "to type=registry,ref=r/c,mode=max",
    ]
