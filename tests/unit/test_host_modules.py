"""scripts/lib/host: what of bases, engine, network, apt, image check and smoke test needs no engine."""

from __future__ import annotations

import json
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

ALL = """
for module in log exit settings clock json events attempt host/lock host/archive host/toolbox host/network \\
    host/private host/engine host/layout host/bases host/images host/report \\
    host/prerequisites host/image-check host/smoke; do
    . "$LIB/$module.sh"
done
LOG_NAME=host SEAWALL_RUN=r1
"""
IMAGE = """
docker() { # fake: an image whose file system is the file TAR, run as IMAGE_USER
    case "$*" in
        create*) printf 'container\\n' ;;
        export*) cp "$TAR" "$3" ;;
        *Config.User*) printf '%s\\n' "$IMAGE_USER" ;;
        *image.title*) printf 'one\\n' ;;
        *Entrypoint*) printf '["/app/service"]\\n' ;;
        history*) printf 'ENV x=%s\\n' "$IMAGE_ENV" ;;
    esac
}
BUILD_TRUST=''
image_check image one static 1 || printf 'findings\\n'
"""


@pytest.fixture
def image(sh, tmp_path):
    """Checks a fake image that holds these files; gives what was found."""

    def check(*names: str, user: str = "65532:65532", size: int = 0, **env: str) -> list[str]:
        with tarfile.open(tmp_path / "image.tar", "w") as tar:
            for name in ("app/service", *names):
                entry = tarfile.TarInfo(name)
                entry.size = size
                tar.addfile(entry, BytesIO(bytes(size)))
        (tmp_path / "scratch").mkdir()
        world = {
            "SCRATCH": str(tmp_path / "scratch"),
            "TAR": str(tmp_path / "image.tar"),
            "IMAGE_USER": user,
            "IMAGE_ENV": "",
        }
        result = sh(ALL + IMAGE, env=world | env)
        assert result.rc == 0, repr(result)
        return result.out.splitlines()

    return check


def test_good_image_has_no_findings(image):
    assert image("etc/passwd", "usr/share/zoneinfo/Europe/Berlin") == []


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["bin/sh"], "content: wanted a shell to be absent, saw /bin/sh"),
        (["usr/bin/busybox"], "content: wanted a shell to be absent, saw /usr/bin/busybox"),
        (["seawall/stage/x"], "content: wanted the kit to be absent, saw /seawall/stage/x"),
        (["run/secrets/token"], "content: wanted a secret to be absent, saw /run/secrets/token"),
    ],
    ids=["shell", "busybox", "kit", "secret"],
)
def test_file_that_does_not_belong_is_found(image, names, says):
    assert image(*names) == [says, "findings"]


def test_root_a_large_file_and_a_proxy_are_found(image):
    found = image(user="root", size=2_000_000, HTTP_PROXY="http://p.example.org", IMAGE_ENV="http://p.example.org")
    assert [line.split(":")[0] for line in found] == ["user", "size", "content", "findings"]


def test_unknown_base_is_64_and_names_the_known_ones(sh, kit):
    result = sh(
        ALL + "settings_load /nonexistent; bases_make nope", env={"SEAWALL_APT_MIRRORS": "http://a.example.org/debian"}
    )
    assert result.rc == 64
    assert "wanted one of go-builder python-builder python-runtime static" in result.err


def test_finished_base_is_reused_and_another_mirror_is_another_base(sh, tmp_path):
    script = ALL + "settings_load /nonexistent; bases__find go-builder; printf '%s\\n' \"$BASE_LAYOUT\""
    folders = [
        sh(script, env={"SEAWALL_STATE": str(tmp_path), "SEAWALL_APT_MIRRORS": mirror}).out.strip()
        for mirror in ("http://a.example.org/debian", "http://b.example.org/debian")
    ]
    assert len(set(folders)) == 2
    Path(folders[0]).mkdir(parents=True)
    (Path(folders[0]) / "index.json").write_text("{}")
    env = {"SEAWALL_STATE": str(tmp_path), "SEAWALL_APT_MIRRORS": "http://a.example.org/debian"}
    made = sh(ALL + "settings_load /nonexistent; bases_make go-builder; printf '%s\\n' \"$BASE_LAYOUT\"", env=env)
    assert (made.rc, made.out.strip()) == (0, folders[0]), repr(made)


@pytest.mark.parametrize(
    ("version", "buildx", "says"),
    [("23.0.6", "yes", "wanted Docker 24 or newer, saw 23.0.6"), ("28.5.2", "no", "wanted the buildx plugin")],
    ids=["old", "no-buildx"],
)
def test_engine_that_does_not_do_is_71(sh, version, buildx, says):
    fake = """
    attempt_run() { :; }
    docker() { case $1 in version) printf '%s\\n' "$FAKE_VERSION" ;; *) [ "$FAKE_BUILDX" = yes ] ;; esac; }
    engine_find
    """
    result = sh(ALL + fake, env={"FAKE_VERSION": version, "FAKE_BUILDX": buildx})
    assert (result.rc, result.err.count("\n")) == (71, 1), repr(result)
    assert says in result.err


def test_network_rules_carry_our_comment_and_go_again(sh, tmp_path):
    script = """
    iptables() { printf '%s\\n' "$*"; } # fake: says what it is asked
    ENGINE_ID=abcde NETWORK_RANGE=10.213.0.0/19
    network__rules -A; network__rules -D
    """
    lines = sh(ALL + script).out.splitlines()
    assert len(lines) == 6
    assert all(line.endswith("--comment seawall-abcde") for line in lines)
    made, removed = (
        [" ".join(line.split()).replace(" -I ", " -A ") for line in part] for part in (lines[:3], lines[3:])
    )
    assert [line.replace(" -D ", " -A ") for line in removed] == made


def test_own_apt_reads_nothing_of_the_hosts_folders(sh, tmp_path):
    script = 'ARCHIVE_APT=$1 ARCHIVE_CODENAME=trixie; archive__write_configuration; cat "$1/apt.conf"'
    text = sh(ALL + script, str(tmp_path)).out
    for name in ("Dir::Etc::sourcelist", "Dir::Etc::sourceparts", "Dir::State::lists", "Dir::Cache"):
        assert f'{name} "{tmp_path}/' in text
    assert 'APT::Update::Error-Mode "any"' in text


def test_toolbox_programs_come_first_and_once(sh, tmp_path):
    (tmp_path / "usr/lib/x86_64-linux-gnu/xtables").mkdir(parents=True)
    script = 'toolbox_enter "$1"; toolbox_enter "$1"; printf "%s\\n" "$PATH" "$LD_LIBRARY_PATH" "$XTABLES_LIBDIR"'
    path, libraries, tables = sh(ALL + script, str(tmp_path)).out.splitlines()
    assert path.split(":")[:2] == [f"{tmp_path}/usr/bin", f"{tmp_path}/usr/sbin"]
    assert path.count(str(tmp_path)) == 2
    assert libraries == f"{tmp_path}/usr/lib/x86_64-linux-gnu"
    assert tables == f"{libraries}/xtables"


def test_smoke_test_tells_which_container_had_ended(sh, tmp_path):
    script = """
    attempt_run() { shift; "$@"; }
    docker() { # fake: the client fails, the service has exited with 3
        case "$*" in
            run*--rm*) printf 'FAIL\\tone\\thealthz\\t0\\tconnection refused\\n'; return 1 ;;
            *State.Status*) printf 'exited 3\\n' ;;
            logs*) printf 'no such file\\n' ;;
            *State.ExitCode*) printf '3\\n' ;;
        esac
    }
    smoke_run client 5 one=image || printf 'findings\\n'
    """
    lines = sh(ALL + script, env={"SCRATCH": str(tmp_path)}).out.splitlines()
    assert lines[0].split("\t")[:3] == ["FAIL", "one", "healthz"]
    assert lines[1] == "one: wanted it running, saw exited 3: no such file"
    assert lines[2] == "one: wanted SIGTERM to end it with 0 within 10 s, saw 3"
    assert lines[-1] == "findings"


def test_too_little_room_is_73_before_anything_is_made(sh, tmp_path):
    script = """
    df() { printf 'Filesystem 1024-blocks Used Available Capacity Mounted\\n/dev/x 9 9 20000 99%% /\\n'; } # fake: 20 MB
    SEAWALL_STATE=$1/state prerequisites__check_disk
    """
    result = sh(ALL + script.replace("SEAWALL_STATE=$1/state ", "SEAWALL_STATE=$1/state; "), str(tmp_path))
    assert (result.rc, result.err.count("\n")) == (73, 1), repr(result)
    assert "wanted 3000 MB free" in result.err
    assert list(tmp_path.iterdir()) == []


def test_table_of_bases_has_a_parent_for_each_that_names_one(kit):
    rows = [line.split("\t") for line in (kit / "lib/host/bases.tsv").read_text().splitlines() if line[0] != "#"]
    names = {row[0] for row in rows}
    assert json.dumps(sorted(row[3] for row in rows if row[3] not in names)) == json.dumps(["-"] * 3)
