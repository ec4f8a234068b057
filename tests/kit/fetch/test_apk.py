"""scripts/lib/fetch/apk.sh: the last known good copy. Installing: tests/commands/test_system_packages_apk.py."""

from __future__ import annotations

LOAD = '. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder fetch; STEP_FOLDER=$1/step APK_MIRROR=https://m\n'


def test_packages_replace_those_that_were_kept(sh, tmp_path):
    """The store gets the new cache and the mirror that served it; nothing of the old cache stays."""
    for path in ("step/cache/new.apk", "store/cache/old.apk", "store/repositories"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    result = sh(LOAD + 'apk_keep "$1/store" https://m jq; cat "$1/store/mirror"; ls "$1/store/cache"', str(tmp_path))
    assert (result.rc, result.out, result.err) == (0, "https://m\nnew.apk\n", "")


def test_nothing_to_keep_is_a_failure(sh, tmp_path):
    """A step without a cache reports that the copy was not saved."""
    (tmp_path / "store").mkdir()
    result = sh(LOAD + 'if apk_keep "$1/store" https://m jq 2>/dev/null; then echo kept; fi', str(tmp_path))
    assert (result.rc, result.out) == (0, "")
