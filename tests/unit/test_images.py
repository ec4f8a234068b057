"""scripts/lib/host/images.sh: which image of a Dockerfile comes from where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

IMAGES = """
for module in log exit clock json events attempt host/engine host/layout host/bases host/images; do
    . "$LIB/$module.sh"
done
LOG_NAME=images SEAWALL_RUN=r1
images_await() { wait; }
# A fake client: a registry answers when its file is there, and the file is the answer.
# Its arguments: buildx imagetools inspect IMAGE.
attempt_run() { shift; "$@"; }
docker() {
    case $1-$2 in
        buildx-imagetools) printf '%s\\n' "$4" >>"$ASKED"; cat "$ANSWERS/$(printf '%s' "$4" | tr '/:' '__')" ;;
        *) return 1 ;;
    esac
}
"""
DIGEST = "sha256:" + "1" * 64
MULTI = f"Name:      somewhere\nMediaType: application/vnd.oci.image.index.v1+json\nDigest:    {DIGEST}\n\nManifests:\n"


@pytest.fixture
def world(tmp_path):
    """Folders for a fake registry's answers and the kit's work."""
    (tmp_path / "answers").mkdir()
    (tmp_path / "scratch").mkdir()
    return {
        "ANSWERS": str(tmp_path / "answers"),
        "ASKED": str(tmp_path / "asked"),
        "SCRATCH": str(tmp_path / "scratch"),
        "SEAWALL_EVENTS": str(tmp_path / "events"),
        "SEAWALL_REGISTRY_MIRRORS": "docker.io=mirror.example.org docker.io=other.example.org/hub",
        "SEAWALL_BASE_FALLBACKS": "",
    }


def answer(world: dict[str, str], image: str) -> None:
    """Lets the fake registry of an image answer."""
    (Path(world["ANSWERS"]) / image.replace("/", "_").replace(":", "_")).write_text(MULTI)


def contexts(world: dict[str, str]) -> list[str]:
    return (Path(world["SCRATCH"]) / "contexts").read_text().splitlines()


def test_lists_the_defaults_of_the_arguments_that_are_asked_for(sh, tmp_path):
    (tmp_path / "Dockerfile").write_text(
        "ARG SERVICE=a\nARG GO_BUILDER_IMAGE=golang:1\nARG PYTHON_RUNTIME_IMAGE=python:3\n"
        "ARG OTHER_IMAGE=x\nFROM ${SERVICE}\n"
    )
    result = sh(IMAGES + "images_list \"$1\" 'PYTHON_RUNTIME\\|GO_.*'", str(tmp_path / "Dockerfile"))
    assert result.out.split() == ["golang:1", "python:3"]


@pytest.mark.parametrize(
    ("image", "asked"),
    [
        ("python:3", "library/python:3"),
        ("grafana/k6:1", "grafana/k6:1"),
        ("docker.io/library/python:3", "library/python:3"),
    ],
    ids=["short", "with-owner", "full"],
)
def test_mirrors_of_a_registry_are_asked_by_the_full_name(sh, world, image, asked):
    answer(world, f"other.example.org/hub/{asked}")
    result = sh(
        IMAGES + 'images_choose "$1"; printf "%s %s\\n" "$IMAGES_ANSWERED" "$IMAGES_MIRRORED"', image, env=world
    )
    assert result.rc == 0, repr(result)
    questions = Path(world["ASKED"]).read_text().split()
    assert sorted(questions) == sorted([image, f"mirror.example.org/{asked}", f"other.example.org/hub/{asked}"])
    assert contexts(world) == ["--build-context", f"{image}=docker-image://other.example.org/hub/{asked}@{DIGEST}"]
    assert result.out == "1 1\n"


def test_registry_that_answers_is_left_alone(sh, world):
    answer(world, "python:3")
    result = sh(IMAGES + 'images_choose python:3; printf "%s\\n" "$IMAGES_DEGRADED$IMAGES_MIRRORED"', env=world)
    assert (result.out, contexts(world)) == ("0\n", [])
    assert json.loads(Path(world["SEAWALL_EVENTS"]).read_text())["verdict"] == "default"


def test_another_registrys_image_is_not_asked_for_at_the_mirrors(sh, world):
    answer(world, "quay.example.org/a/b:1")
    sh(IMAGES + "images_choose quay.example.org/a/b:1", env=world)
    assert Path(world["ASKED"]).read_text().split() == ["quay.example.org/a/b:1"]


def test_different_image_only_where_the_user_named_it(sh, world):
    named = world | {"SEAWALL_BASE_FALLBACKS": "golang:1=other:1 python:3=corp.example.org/python:3"}
    result = sh(IMAGES + 'images_choose python:3; printf "%s\\n" "$IMAGES_DEGRADED"', env=named)
    assert result.out == " python:3\n"
    assert contexts(world) == ["--build-context", "python:3=docker-image://corp.example.org/python:3"]
    assert json.loads(Path(world["SEAWALL_EVENTS"]).read_text())["verdict"] == "alternative"


def test_nothing_left_is_an_outage_in_one_line(sh, world):
    result = sh(IMAGES + "images_choose python:3", env=world)
    assert result.rc == 75
    assert result.err.splitlines()[-1].endswith("run again later or name one")
