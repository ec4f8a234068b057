"""scripts/lib/settings.sh: environment before file before default; what is wrong is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

SETTINGS = 'for module in log exit settings; do . "$LIB/$module.sh"; done\nLOG_NAME=settings\n'


@pytest.fixture
def conf(tmp_path) -> Path:
    return tmp_path / "seawall.conf"


def test_environment_wins_over_file_wins_over_default(sh, conf):
    conf.write_text("SEAWALL_BUDGET=3\nSEAWALL_STALL=4\n")
    script = SETTINGS + 'settings_load "$1"; printf "%s " "$SEAWALL_BUDGET" "$SEAWALL_STALL" "$SEAWALL_SILENCE"'
    assert sh(script, str(conf), env={"SEAWALL_BUDGET": "2"}).out == "2 4 60 "


def test_empty_value_is_none_and_wins_too(sh, conf):
    conf.write_text("SEAWALL_BASE_FALLBACKS=a=b\n")
    script = SETTINGS + 'settings_load "$1"; printf "<%s>" "$SEAWALL_BASE_FALLBACKS"'
    assert sh(script, str(conf), env={"SEAWALL_BASE_FALLBACKS": ""}).out == "<>"


def test_file_is_read_and_never_run(sh, conf, tmp_path):
    conf.write_text(f"# $(touch {tmp_path}/ran)\n\nSEAWALL_SEED=$(touch {tmp_path}/ran)`touch {tmp_path}/ran`")
    result = sh(SETTINGS + 'settings_load "$1"; printf "%s" "$SEAWALL_SEED"', str(conf))
    assert result.out == f"$(touch {tmp_path}/ran)`touch {tmp_path}/ran`"
    assert not (tmp_path / "ran").exists()


def test_file_of_another_name_is_the_one_that_seawall_conf_names(sh, conf, tmp_path):
    other = tmp_path / "other.conf"
    other.write_text("SEAWALL_BUDGET=7\n")
    conf.write_text("SEAWALL_BUDGET=3\n")
    script = SETTINGS + 'settings_load "$1"; printf "%s" "$SEAWALL_BUDGET"'
    assert sh(script, str(conf), env={"SEAWALL_CONF": str(other)}).out == "7"


def test_state_folder_follows_xdg_then_home(sh):
    script = SETTINGS + 'settings_load /nonexistent; printf "%s %s" "$SEAWALL_STATE" "$SEAWALL_EVENTS"'
    assert sh(script, env={"HOME": "/h"}).out == "/h/.local/state/seawall /h/.local/state/seawall/events.jsonl"
    assert sh(script, env={"XDG_STATE_HOME": "/x"}).out == "/x/seawall /x/seawall/events.jsonl"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("SEAWALL_BUDGT=3", "unknown setting 'SEAWALL_BUDGT'"),
        ("BUDGET=3", "wanted SEAWALL_NAME=VALUE, saw 'BUDGET=3'"),
        ("SEAWALL_BUDGET 3", "wanted SEAWALL_NAME=VALUE, saw 'SEAWALL_BUDGET 3'"),
        ("SEAWALL_BUDGET=three", "SEAWALL_BUDGET: wanted a whole number, saw 'three'"),
        ("SEAWALL_BUDGET=-1", "wanted a whole number"),
        ("SEAWALL_BUDGET=99999999999999999999", "wanted a whole number"),
        ("SEAWALL_DEADLINE=soon", "wanted seconds, or @ and seconds since the epoch"),
        ("SEAWALL=maybe", "wanted one of on off, saw 'maybe'"),
        ("SEAWALL_GO_PROXIES=ftp://a.example.org", "URLs, blanks between"),
        ("SEAWALL_GO_PROXIES=https://a.example.org,https://b.example.org", "blanks between"),
        ("SEAWALL_REGISTRY_MIRRORS=docker.io", "wanted 'none' or NAME=OTHER"),
        ("SEAWALL_STRATEGIES=fast", "wanted gha-full"),
        ("SEAWALL_CA_BUNDLE=/nonexistent.pem", "wanted a readable file"),
    ],
    ids=[
        "unknown", "other-name", "no-equals-sign", "word-for-number", "negative", "too-large", "deadline", "one-of",
        "scheme", "comma", "pair", "plan", "file",
    ],
)  # fmt: skip
def test_wrong_line_is_78_and_named(sh, conf, line, says):
    conf.write_text(f"# first\n{line}\n")
    result = sh(SETTINGS + 'settings_load "$1"', str(conf))
    assert (result.rc, result.err.count("\n")) == (78, 1), repr(result)
    assert f"{conf}:2: " in result.err
    assert says in result.err


def test_wrong_value_in_the_environment_is_78_and_says_so(sh):
    result = sh(SETTINGS + "settings_load /nonexistent", env={"SEAWALL_STALL": "x"})
    assert result.rc == 78
    assert "environment: SEAWALL_STALL: wanted a whole number" in result.err


def test_password_in_a_wrong_value_is_not_printed(sh):
    result = sh(SETTINGS + "settings_load /nonexistent", env={"SEAWALL_GO_PROXIES": "htp://bob:s3cret@a.example.org"})
    assert result.rc == 78
    assert "s3cret" not in result.err
