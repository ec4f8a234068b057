"""Places of settings: their order, which of them are trusted, and numbers that a shell might read as octal."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from harness.machine.run import run

USER, SYSTEM, FOLDER = Path(".config/seawall/seawall.conf"), Path("etc/seawall.conf"), Path("work/seawall.conf")


@pytest.fixture
def place(tmp_path):
    """Writes a private settings file below HOME; returns the folder that is built."""

    def call(**files: str) -> Path:
        paths = {"user": tmp_path / USER, "system": tmp_path / SYSTEM, "folder": tmp_path / FOLDER}
        for path in paths.values():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        for name, text in files.items():
            paths[name].write_text(text)
            paths[name].chmod(0o644)
        return paths["folder"].parent

    return call


def test_first_place_wins_and_lists_are_not_merged(load, place):
    """The environment wins over the user's file, the system's, the folder's, and the default."""
    names = ["SEAWALL_GO_PROXIES", "SEAWALL_PYPI_INDEXES", "SEAWALL_APT_MIRRORS", "SEAWALL_APK_MIRRORS"]
    files = {
        which: "".join(f"{name}=https://{which}.example.org\n" for name in names[: n + 1])
        for n, which in enumerate(("user", "system", "folder"), 1)
    }
    (loaded,) = load([place(**files)], SEAWALL_GO_PROXIES="https://environment.example.org")
    assert loaded.err == ""
    wanted = dict(zip(names, ("environment", "user", "system", "folder"), strict=True))
    assert loaded.places == wanted
    assert {name: loaded.values[name] for name in names} == {
        name: f"https://{which}.example.org" for name, which in wanted.items()
    }
    assert loaded.values["SEAWALL_NPM_REGISTRIES"] == "default"


def test_rule_of_a_trusted_place_stands(load, place):
    """The folder's file sets the lock or https only if no trusted place does."""
    folder = place(user="SEAWALL_IMAGE_LOCK=/dev/null\n", folder="SEAWALL_IMAGE_LOCK=lock\nSEAWALL_HTTPS_ONLY=on\n")
    (folder / "lock").write_text("")
    (loaded,) = load([folder], SEAWALL_HTTPS_ONLY="off")
    assert (loaded.values["SEAWALL_IMAGE_LOCK"], loaded.places["SEAWALL_IMAGE_LOCK"]) == ("/dev/null", "user")
    assert loaded.values["SEAWALL_HTTPS_ONLY"] == "off"


def test_named_file_replaces_all_three_and_is_believed(load, place, tmp_path):
    """The file of SEAWALL_CONF is then the only one, and may set anything."""
    (conf := tmp_path / "my.conf").write_text("SEAWALL_STATE=/srv/state\nSEAWALL_BUDGET=99\n")
    folder = place(user="rubbish\n", system="rubbish\n", folder="rubbish\n")
    (loaded,) = load([folder], SEAWALL_CONF=str(conf))
    assert (loaded.code, loaded.places) == (0, {"SEAWALL_STATE": "conf", "SEAWALL_BUDGET": "conf"}), loaded
    assert (loaded.values["SEAWALL_STATE"], loaded.values["SEAWALL_BUDGET"]) == ("/srv/state", "99")
    (loaded,) = load([folder], SEAWALL_CONF="/dev/null")
    assert (loaded.code, loaded.places) == (0, {}), loaded
    (loaded,) = load([folder], SEAWALL_CONF=str(tmp_path))
    assert (loaded.code, loaded.err.count("\n")) == (78, 1), loaded


@pytest.mark.parametrize("which", [USER, USER.parent, SYSTEM, SYSTEM.parent], ids=str)
def test_trusted_file_that_others_may_write_is_refused(load, place, tmp_path, which):
    """A user's or system's file, or its folder, that others own or may write ends with code 78 and its name."""
    folder = place(user="SEAWALL_BUDGET=3\n", system="SEAWALL_STALL=3\n")
    path = tmp_path / which
    good = path.stat().st_mode
    changes = [lambda: path.chmod(good | 0o020), lambda: path.chmod(good | 0o002)]
    if os.geteuid() == 0:
        changes.append(lambda: os.chown(path, 4321, 4321))
    for change in changes:
        change()
        (loaded,) = load([folder])
        assert (loaded.code, loaded.err.count("\n")) == (78, 1), loaded
        assert f"{path}: wanted a path that only you or root can write" in loaded.err, loaded
        path.chmod(good)


def test_relative_places_are_no_places(load, place):
    """A relative XDG_CONFIG_HOME or HOME is ignored, because it would name files of the built folder."""
    folder = place()
    (file := folder / USER).parent.mkdir(parents=True)
    file.write_text("SEAWALL_STATE=/srv\n")
    (other := folder / "seawall" / "seawall.conf").parent.mkdir()
    other.write_text("SEAWALL_STATE=/srv\n")
    (loaded,) = load([folder], XDG_CONFIG_HOME=".", HOME=".")
    assert (loaded.code, loaded.places) == (0, {}), loaded


def test_kit_believes_its_own_file_for_its_main_job_alone(sh, tmp_path, kit):
    """`base:` lines of the file beside the kit apply to the main job; other commands skip them with a message."""
    shutil.copytree(kit / "lib", tmp_path / "kit" / "scripts" / "lib")
    (tmp_path / "kit" / "seawall.conf").write_text("SEAWALL_BASE_FALLBACKS=a:1=base:x b:1=c:1 d:1=base:y\n")
    load = (
        '. "$LIB/load.sh"; load base host/settings\n'
        'LOG_NAME=t CONF_SYSTEM=/nonexistent SEAWALL_LIB=$PWD/scripts/lib\nconf_places_load "$@"\n'
    )
    own = sh(load + 'settings_print_set >job.conf; printf "%s" "$SEAWALL_BASE_FALLBACKS"', "kit", cwd=tmp_path / "kit")
    assert (own.rc, own.out, own.err) == (0, "a:1=base:x b:1=c:1 d:1=base:y", "")
    other = sh(load + 'printf "%s" "$SEAWALL_BASE_FALLBACKS"', cwd=tmp_path / "kit")
    assert (other.rc, other.out, other.err.count("\n")) == (0, "b:1=c:1", 1), repr(other)
    assert "t: info: ./seawall.conf:1: base: images are for the main job" in other.err
    handed = sh(
        load + 'printf "%s %s" "$(settings_place SEAWALL_BASE_FALLBACKS)" "$SEAWALL_BASE_FALLBACKS"',
        env={"SEAWALL_CONF": "job.conf"},
        cwd=tmp_path / "kit",
    )
    assert (handed.out, handed.err) == (f"conf {own.out}", "")


NUMBERS = [
    "08",
    "@08",
    "010",
    "-1",
    "+1",
    " 1",
    "1 ",
    "0x1",
    "1e3",
    "18446744073709551617",
    "@",
    "@@1",
    "@-1",
    "1;2",
    "٣",
]


def test_number_of_the_environment_is_checked_before_it_is_reckoned_with(sh):
    """A malformed number ends with code 78 and one line, before any arithmetic; an empty one is the default."""
    script = """
. "$LIB/load.sh"; load base
LOG_NAME=t
for name in SEAWALL_DEADLINE SEAWALL_ATTEMPT_TIMEOUT SEAWALL_LAST_GOOD_MAX_AGE; do
	for value in "$@"; do
		code=0
		(eval "$name=\\$value" && settings_load /nonexistent) || code=$?
		printf '%s\\n' "$code"
	done
done
SEAWALL_BUDGET='' SEAWALL_WEAVE='' && settings_load /nonexistent && printf '%s %s\\n' "$SEAWALL_BUDGET" "$SEAWALL_WEAVE"
"""
    result = sh(script, *NUMBERS)
    assert result.out == "78\n" * 3 * len(NUMBERS) + "10 auto\n", repr(result)
    assert result.err.count("\n") == 3 * len(NUMBERS)
    assert all(line.startswith("t: error: environment: SEAWALL_") for line in result.err.splitlines()), result.err


def test_control_character_of_the_environment_is_refused_unquoted(sh):
    """A line break in a value is refused or, between the words of a list, a blank: it adds no line to the settings."""
    script = """
. "$LIB/load.sh"; load base
LOG_NAME=t
for value in "https://a
SEAWALL_STATE=/x" "$(printf 'https://a\\033[1m')" "$(printf 'https://a\\003https://b')"; do
	for name in SEAWALL_GO_PROXIES SEAWALL_REGISTRY_MIRRORS SEAWALL_SEED SEAWALL_RUN SEAWALL_STATE; do
		code=0
		(eval "$name=\\$value" && settings_load /nonexistent) || code=$?
		printf '%s\\n' "$code"
	done
done
"""
    result = sh(script)
    assert (result.out, result.err.count("\n")) == ("78\n" * 15, 15), repr(result)
    assert "https" not in result.err


@pytest.mark.parametrize(
    ("command", "words"),
    [("docker-build.sh", ["--attempts", "08", "--", "."]), ("clean-caches.sh", ["--older-than=08m"])],
    ids=["attempts", "age"],
)
def test_octal_option_is_refused(kit, command, words):
    """A number with a leading zero ends with code 64 and one line, without an error of a shell."""
    result = run([kit / command, *words])
    assert (result.rc, result.err.count("\n")) == (64, 1), repr(result)
    assert "saw '08" in result.err


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which only root may")
def test_step_that_may_not_read_its_secret_does_without(kit, tmp_path):
    """BuildKit makes secrets readable for root only; a step of another user has the defaults."""
    (conf := tmp_path / "seawall.conf").write_text("SEAWALL_BUDGET=3\n")
    conf.chmod(0o400)
    script = """
set -eu
SEAWALL_LIB=$0; . "$0/load.sh"; load base
LOG_NAME=t && settings_load "$1" && printf %s "$SEAWALL_BUDGET"
"""
    words = ["setpriv", "--reuid", "65534", "--clear-groups", "sh", "-c", script, kit / "lib", conf]
    result = run(words)
    assert (result.rc, result.out, result.err) == (0, "10", ""), repr(result)


@pytest.mark.parametrize("missing", ["head", "tr"])
def test_settings_that_cannot_be_read_are_not_left_out(sh, tmp_path, missing):
    """A machine that cannot read the file ends with code 71 and one line, not with a build without its rules."""
    (tmp_path / "my.conf").write_text("SEAWALL_HTTPS_ONLY=on\n")
    (tmp_path / "bin").mkdir()
    for name in {"head", "tr", "od", "awk", "printf", "["} - {missing}:
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    script = '. "$LIB/load.sh"; load base\nLOG_NAME=t PATH=$PWD/bin\nsettings_load ./my.conf'
    result = sh(script, cwd=tmp_path)
    assert (result.rc, result.err.count("\n")) == (71, 1), repr(result)
    assert "wanted head, tr, od and awk" in result.err
