"""scripts/lib/host/builders/builders.sh and builders-ask.sh: which builder a build gets. `docker` is a fake."""

from __future__ import annotations

import pytest

SCRIPT = """
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/caches host/builders
LOG_NAME=t SCRATCH=$PWD/scratch PLAN=own
mkdir -p scratch
state_use "$PWD" ''
ARGUMENTS_LIST=/dev/null
arguments_read .
attempt_run() {
    limit=$1
    shift 4
    case ${1:-}:$limit in
        late:10) set -- good ;;
        late:*) return 124 ;;
    esac
    case ${1:-} in
        dead) printf 'Driver: remote\\nNodes:\\nStatus: inactive\\n' ;;
        refused) printf 'Driver: docker-container\\nNodes:\\nError: connection refused: at last\\n' ;;
        slow) return 124 ;;
        absent) printf 'ERROR: no builder "absent" found\\n' >&2 && return 1 ;;
        *) printf 'Driver: docker-container\\nNodes:\\nStatus: running\\nPlatforms: linux/amd64*\\n' ;;
    esac
}
platform_own() { printf 'linux/amd64\\n'; }
builders_ask
builders_settle
printf '%s|%s|%s\\n' "$BUILDERS" "${BUILDX_BUILDER:-}" "$BUILDER_WITHOUT"
"""


@pytest.fixture
def settle(sh, tmp_path):
    """What a build with these SEAWALL_BUILDERS uses."""

    def call(names: str):
        env = {"SEAWALL_BUILDERS": names, "SEAWALL_EVENTS": "/dev/null", "BUILDX_BUILDER": "", "DOCKER_HOST": ""}
        return sh(SCRIPT, env=env, cwd=tmp_path)

    return call


@pytest.mark.parametrize(
    ("names", "used", "message"),
    [
        ("", "current||", ""),
        ("good", "good|good|", ""),
        ("dead good", "good|good|", "builder dead: its endpoint does not answer"),
        ("refused good", "good|good|", "builder refused: connection refused: at last"),
        ("slow good", "good|good|", "builder slow: no answer within 2 s"),
        ("dead slow", "dead|dead|", "builder slow: no answer within 10 s"),
        ("dead late", "late|late|", "builder dead is unavailable: using late"),
        ("late good", "good|good|", "builder late: no answer within 2 s"),
        ("slow late", "late|late|", "builder slow: no answer within 10 s"),
    ],
    ids=[
        "none-named",
        "healthy",
        "dead",
        "refused",
        "silent",
        "all-dead",
        "busy",
        "busy-and-healthy",
        "busy-and-silent",
    ],
)
def test_first_builder_that_answers_is_used(settle, names, used, message):
    """A dead builder costs seconds, not the build; if all are dead, the first one's own error is shown by the build."""
    result = settle(names)
    assert (result.rc, result.out) == (0, f"{used}\n"), repr(result)
    assert message in result.err


def test_dead_builder_is_not_waited_for_again(settle, tmp_path):
    """The second build of the machine puts it last."""
    settle("slow good")
    result = settle("slow good")
    assert result.out == "good slow|good|\n", repr(result)


def test_unknown_name_is_78(settle):
    """A typo in the setting is no outage."""
    result = settle("absent good")
    assert (result.rc, result.err.count("\n")) == (78, 1), repr(result)
    assert "wanted builders or contexts that buildx knows, saw 'absent'" in result.err
