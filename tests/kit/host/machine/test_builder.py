"""scripts/lib/host/machine/builder.sh: the builder in use is asked once, and its answer is read field by field."""

from __future__ import annotations

from pathlib import Path

import pytest

ANSWER = """Name:          b
Driver:        {driver}

Nodes:
Name:                  b0
Driver Options:        image="example/buildkit:1" network="host"
Status:                running
BuildKit version:      v0.25.1
Platforms:             linux/amd64*, linux/arm64, linux/386
Name:                  b1
Status:                inactive
"""
PRELUDE = """
. "$SEAWALL_LIB/load.sh"; load base attempt host/machine
SCRATCH=$PWD
docker() { :; }
attempt_run() {
    shift
    printf '%s\\n' "$*" >>asked
    case $* in 'docker buildx inspect'*) cat answer ;; *info*) printf '%s\\n' "$STORE" ;; esac
}
"""


@pytest.fixture
def ask(sh, tmp_path):
    """Runs a snippet; a fake client gives the answer about the builder and reports its image store."""

    def call(script: str, *, driver: str = "docker-container", store: str = "overlay2", env: dict | None = None):
        (tmp_path / "answer").write_text(ANSWER.format(driver=driver))
        setting = {"STORE": store, "BUILDX_BUILDER": "", "DOCKER_HOST": ""} | (env or {})
        result = sh(PRELUDE + script, env=setting, cwd=tmp_path)
        assert (result.rc, result.err) == (0, ""), repr(result)
        return result.out.splitlines()

    return call


def asked(folder: Path) -> list[str]:
    return (folder / "asked").read_text().splitlines()


def test_builder_in_use_is_asked_once(ask, tmp_path):
    """Four modules want to know about the builder; a build starts one `docker buildx inspect` for all of them."""
    ask("builder_inspect; builder_inspect 2; (builder_inspect); builder_field Driver")
    assert asked(tmp_path) == ["docker buildx inspect"]


def test_answer_of_a_builder_that_was_asked_before_is_used(ask, tmp_path):
    """With SEAWALL_BUILDERS each builder has been asked before the build: no second question after a failover."""
    out = ask(
        "builder_ask other file 5; rm asked; builder_use other file; builder_inspect"
        '; printf "%s\\n" "$BUILDX_BUILDER"; builder_field Driver; [ ! -e asked ]'
    )
    assert out == ["other", "docker-container"]


def test_silence_is_not_kept_as_an_answer(ask, tmp_path):
    """A builder that did not answer is asked again, and answers then."""
    ask("attempt_run() { return 124; }; ! builder_inspect; [ ! -s builder.0 ]")


def test_fields_are_those_of_the_first_node(ask):
    """Values hold colons and blanks; a field that is not there prints nothing."""
    out = ask(
        "builder_inspect; builder_field Status; builder_field 'Driver Options'; builder_buildkit_version"
        "; builder_field Error; builder_nodes; builder_platforms builder.0"
    )
    assert out == [
        "running",
        'image="example/buildkit:1" network="host"',
        "v0.25.1",
        *("b0", "b1"),
        *("linux/amd64", "linux/arm64", "linux/386"),
    ]


@pytest.mark.parametrize(
    ("driver", "store", "limited"),
    [
        ("docker", "overlay2", "yes"),
        ("docker", "io.containerd.snapshotter.v1", "no"),
        ("docker-container", "overlay2", "no"),
        ("remote", "", "no"),
    ],
)
def test_only_dockers_own_builder_with_the_old_store_is_limited(ask, driver, store, limited):
    """It has no attestations, no cache exports, one platform, no oci-layout contexts."""
    script = "builder_inspect; if builder_is_limited; then echo yes; else echo no; fi"
    assert ask(script, driver=driver, store=store) == [limited]


@pytest.mark.parametrize(
    ("builder", "host", "private"),
    [
        ("", "unix:///run/seawall-abcde/docker.sock", "yes"),
        ("default", "unix:///run/seawall-abcde/docker.sock", "yes"),
        ("mine", "unix:///run/seawall-abcde/docker.sock", "no"),
        ("", "unix:///run/docker.sock", "no"),
        ("", "", "no"),
    ],
)
def test_private_engine_is_known_by_its_address(ask, builder, host, private):
    """Only its own builder may be restarted and measured as the kit's."""
    script = "if builder_is_private; then echo yes; else echo no; fi"
    assert ask(script, env={"BUILDX_BUILDER": builder, "DOCKER_HOST": host}) == [private]
