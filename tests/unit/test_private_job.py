"""scripts/lib/host: a private engine's leases and daemon, the toolbox's fetching, the order of the main job's steps."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ALL = """
for module in log exit settings clock json events attempt ladder host/lock host/archive host/toolbox host/network \\
    host/private host/engine host/layout host/bases host/images host/report host/prerequisites \\
    host/services host/build host/image-check host/smoke host/job; do
    . "$LIB/$module.sh"
done
LOG_NAME=host SEAWALL_RUN=r1
"""
FAKE_DAEMON = """
private__set_paths() { ENGINE_HOME=$SEAWALL_STATE/engine ENGINE_ID=abcde ENGINE_RUN=$SEAWALL_STATE/run; }
private__is_up() { [ -f "$SEAWALL_STATE/up" ]; }
private__start() { printf 'start\\n'; : >"$SEAWALL_STATE/up"; }
private__end_daemon() { printf 'end\\n'; rm -f "$SEAWALL_STATE/up"; }
toolbox_make() { printf 'fetch\\n'; mkdir -p "$1/tree"; : >"$1/tree/.complete"; }
"""
FAKE_ARCHIVE = """
ENGINE_OLDEST=24
archive_open() { printf 'open %s\\n' "${2:-own}"; SUITE=${2:-own}; }
archive_update() { [ "$SUITE" != "${BROKEN:-}" ]; }
archive_fetch_missing() { printf 'missing %s\\n' "$*"; }
archive_fetch() { printf 'fetch %s\\n' "$1"; }
archive_candidate() { [ "$1" = docker.io ] && printf '%s\\n' "$HOSTS" || printf '1\\n'; }
archive_unpack() { mkdir -p "$1/usr/sbin"; }
"""


@pytest.fixture
def state(tmp_path):
    return {"SEAWALL_STATE": str(tmp_path), "HOME": str(tmp_path)}


@pytest.fixture
def sleeper():
    """A process that is alive, for as long as the test runs."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield str(process.pid)
        process.kill()


def test_engine_starts_once_and_ends_with_its_last_lease(sh, state, sleeper):
    script = ALL + FAKE_DAEMON + "ENGINE_LEASE=manual; private_use; ENGINE_LEASE=$1; private_use; "
    script += "printf 'one\\n'; private_release manual; printf 'two\\n'; private_release \"$1\""
    result = sh(script, sleeper, env=state)
    assert (result.rc, result.out.split()) == (0, ["fetch", "start", "one", "two", "end"]), repr(result)


def test_lease_of_a_dead_process_holds_nothing(sh, state):
    with subprocess.Popen(["true"]) as dead:
        pass
    script = (
        ALL + FAKE_DAEMON + "ENGINE_LEASE=$1; private_use; ENGINE_LEASE=manual; private_use; private_release manual"
    )
    result = sh(script, str(dead.pid), env=state)
    assert result.out.split() == ["fetch", "start", "end"], repr(result)
    assert list((Path(state["SEAWALL_STATE"]) / "engine/leases").iterdir()) == []


def test_release_without_an_engine_does_nothing(sh, state):
    result = sh(ALL + FAKE_DAEMON + "private_release manual", env=state)
    assert (result.rc, result.out, list(Path(state["SEAWALL_STATE"]).iterdir())) == (0, "", [])


def test_daemon_whose_id_now_belongs_to_another_program_is_left_alone(sh, state, sleeper):
    script = ALL + 'ENGINE_HOME=$SEAWALL_STATE ENGINE_RUN=$SEAWALL_STATE/run; mkdir "$ENGINE_RUN"; '
    script += 'printf "%s\\n" "$1" >"$ENGINE_RUN/pid"; private__end_daemon'
    assert sh(script, sleeper, env=state).rc == 0
    os.kill(int(sleeper), 0)
    assert list(Path(state["SEAWALL_STATE"]).iterdir()) == []


def test_await_gives_up_when_the_daemon_has_ended(sh, state):
    script = ALL + "private__is_up() { return 1; }; true & wait $!; private__await $! || printf 'gave up\\n'"
    assert sh(script, env=state).out == "gave up\n"


def test_await_end_tells_a_process_that_stays(sh, state, sleeper):
    script = ALL + 'clock_sleep() { :; }; private__await_end "$1" 3 || printf "stays\\n"'
    assert sh(script, sleeper, env=state).out == "stays\n"


@pytest.mark.parametrize(
    ("hosts", "broken", "said"),
    [
        ("26.1.5", "", ["open own", "missing runc iptables iproute2 tini", "fetch docker.io"]),
        ("20.10", "", ["open own", "missing runc iptables iproute2 tini", "open testing", "fetch docker.io/testing"]),
        (
            "20.10",
            "testing",
            [
                "open own",
                "missing runc iptables iproute2 tini",
                "open testing",
                "open stable",
                "fetch docker.io/stable",
            ],
        ),
    ],
    ids=["host-is-new", "host-is-old", "testing-is-down"],
)
def test_engine_comes_from_the_first_suite_that_has_it(sh, state, hosts, broken, said):
    script = ALL + FAKE_ARCHIVE + 'toolbox_make "$SEAWALL_STATE"'
    result = sh(script, env=state | {"HOSTS": hosts, "BROKEN": broken})
    assert (result.rc, result.out.splitlines()) == (0, said), repr(result)
    assert (Path(state["SEAWALL_STATE"]) / "tree/.complete").exists()


def test_lists_that_cannot_be_had_are_an_outage_and_leave_no_tree(sh, state):
    result = sh(ALL + FAKE_ARCHIVE + 'toolbox_make "$SEAWALL_STATE"', env=state | {"HOSTS": "1", "BROKEN": "own"})
    assert result.rc == 75
    assert not (Path(state["SEAWALL_STATE"]) / "tree").exists()


@pytest.mark.parametrize(
    ("uid", "says"), [("1000", "am not root"), ("0", "no Debian family")], ids=["not-root", "not-debian"]
)
def test_machine_that_cannot_have_an_engine_is_71(sh, state, uid, says):
    script = ALL + 'ENGINE_OLDEST=24; id() { printf "%s\\n" "$1"; }; command() { return 1; }; '
    script = script.replace('"$1"; }; command', f"{uid}; }}; command")
    result = sh(script + "private_check_machine", env=state)
    assert (result.rc, result.err.count("\n")) == (71, 1), repr(result)
    assert says in result.err


@pytest.mark.parametrize(
    ("client", "detail"),
    [("yes", "engine own, 9 MB free, registries answer for 1 of 2 images"), ("no", "engine own, 9 MB free")],
    ids=["client", "no-client"],
)
def test_prerequisites_ask_in_order_and_tell_what_they_saw(sh, state, client, detail):
    script = f"""
    engine_find() {{ ENGINE_KIND=own; printf 'engine '; }}
    report_prepare() {{ printf 'report '; }}
    prerequisites__check_disk() {{ DISK_FREE=9; printf 'disk '; }}
    prerequisites__check_folders() {{ printf 'folders '; }}
    engine_has_client() {{ [ {client} = yes ]; }}
    images_probe() {{ IMAGES_ANSWERED=1; }}
    prerequisites_check folder one two; printf '%s\\n' "$STEP_DETAIL"
    """
    assert sh(ALL + script, env=state).out == f"engine report disk folders {detail}\n"


def test_events_file_that_cannot_be_written_is_73(sh, state, tmp_path):
    env = state | {"SEAWALL_EVENTS": str(tmp_path / "absent/events")}
    result = sh(ALL + "prerequisites__check_folders", env=env)
    assert (result.rc, result.err.count("\n")) == (73, 1), repr(result)


@pytest.mark.parametrize(
    ("services", "wanted"),
    [
        ("conductor-loop", ["golang:1", "python-slim:3"]),
        ("rag-api", ["python:3", "python-slim:3"]),
        ("conductor-loop rag-api", ["golang:1", "python:3", "python-slim:3"]),
    ],
    ids=["go", "python", "both"],
)
def test_job_wants_only_the_bases_of_the_chosen_services(sh, state, tmp_path, kit, services, wanted):
    (tmp_path / "Dockerfile").write_text(
        "ARG GO_BUILDER_IMAGE=golang:1\nARG PYTHON_BUILDER_IMAGE=python:3\nARG PYTHON_RUNTIME_IMAGE=python-slim:3\n"
    )
    script = ALL + 'services_kinds() { case $1 in *cond*) printf "static\\n" ;; esac; '
    script += 'case $1 in *rag*) printf "python\\n" ;; esac; }; cd "$SEAWALL_STATE"; SERVICES=$1; job_images'
    assert sorted(sh(script, services, env=state).out.split()) == sorted(wanted)


def test_job_tells_the_class_of_a_build_that_failed_and_gives_its_code(sh, state):
    script = """
    build_image() { LADDER_ATTEMPT=2 LADDER_CLASS=network; printf '%s ' "$@"; return 75; }
    printf '%s\\n' --build-context a=b >"$SCRATCH/options"
    job_build one 3 --x; code=$?
    printf '\\n%s|%s|%s\\n' "$code" "$STEP_DETAIL" "$REPORT_CLASSES"
    """
    result = sh("set +e\n" + ALL + script, env=state | {"SCRATCH": state["SEAWALL_STATE"], "REPORT": "r"})
    words, summary = result.out.splitlines()
    assert words.split() == ["3", "seawall-r1/one", "--x", "--build-context", "a=b", "."]
    assert summary == "75|2 attempt(s), network| network"
    assert "one: network after 2 attempt(s)" in result.err


def test_job_shows_every_finding_and_the_first_in_the_table(sh, state):
    script = """
    image_check() { printf 'user: wanted a\\nsize: wanted b\\n'; return 1; }
    services_kinds() { :; }; services_limit() { :; }
    STEP_NAME=check; job_check_image one || printf '%s\\n' "$STEP_DETAIL"
    """
    result = sh(ALL + script, env=state | {"SCRATCH": state["SEAWALL_STATE"]})
    assert result.out == "user: wanted a\n"
    assert [line.split("check: ")[1] for line in result.err.splitlines()] == ["user: wanted a", "size: wanted b"]


def test_job_labels_what_stands_on_an_alternative(sh, state):
    script = """
    build_find_trust() { :; }; build_secrets() { :; }
    images_choose() { IMAGES_DEGRADED=$FAKE IMAGES_MIRRORED=0; : >"$SCRATCH/contexts"; }
    job_choose_bases a b; cat "$SCRATCH/options"; printf '%s\\n' "$STEP_DETAIL"
    """
    env = state | {"SCRATCH": state["SEAWALL_STATE"]}
    assert sh(ALL + script, env=env | {"FAKE": ""}).out.splitlines() == ["2 images, 0 from mirrors"]
    assert sh(ALL + script, env=env | {"FAKE": " a"}).out.splitlines() == [
        "--label",
        "seawall.degraded=base-image",
        "degraded: alternatives stand in for 1 of 2 images",
    ]
