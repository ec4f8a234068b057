"""scripts/lib/fetch/last-good.sh: the last known good copy.

Stores of an attacker: tests/security/test_kept_packages.py.
"""

from __future__ import annotations

import time

import pytest

LOAD = """. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder fetch; LOG_NAME=t
SEAWALL_LAST_GOOD=$1 SEAWALL_LAST_GOOD_MAX_AGE=1000 LADDER_UPSTREAM=url LADDER_SOURCE=https://a
take() { echo "$*"; }
keep() { echo "$3" >"$1/file"; }
"""


def test_copy_is_saved_and_used_when_all_sources_fail(sh, tmp_path):
    """A download is kept with its time; later it is the last source, and the result is reported as degraded."""
    script = 'STEP_KEEP=keep; last_good_keep word; SEAWALL_EVENTS=$1/events; last_good_use url "https://a" take word'
    result = sh(LOAD + script, str(tmp_path))
    assert result.out == f"file://{tmp_path}/url word\n"
    assert (tmp_path / "url/file").read_text() == "word\n"
    assert "degraded: url: all sources failed, used the last known good copy of" in result.err
    assert '"event":"degraded","level":"warn","upstream":"url"' in (tmp_path / "events").read_text()


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ("old", "saw one of 20"), ("soon", "wanted seconds since the epoch"),
        ("", "wanted seconds since the epoch"), ("99999999999", "wanted seconds since the epoch"), (None, ""),
    ],
    ids=["old", "word", "empty", "far", "none"],
)  # fmt: skip
def test_copy_without_a_valid_age_is_not_used(sh, tmp_path, kept, said):
    """A copy that is too old, or whose time is damaged, is refused with one warning."""
    (tmp_path / "url").mkdir()
    if kept == "old":
        kept = str(int(time.time()) - 2000)
    if kept is not None:
        (tmp_path / "url/seawall-kept").write_text(kept)
    result = sh(LOAD + 'last_good_use url "https://a" take || echo refused', str(tmp_path))
    assert (result.out, said in result.err, result.err.count("\n")) == ("refused\n", True, 1 if said else 0)


def test_failure_to_save_is_a_warning(sh, tmp_path):
    """The step succeeds although its download cannot be saved."""
    result = sh(LOAD + "STEP_KEEP=false; last_good_keep word", str(tmp_path))
    assert (result.rc, result.err.count("wanted to save the last known good copy")) == (0, 1)
