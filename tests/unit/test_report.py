"""scripts/lib/host/report.sh: the report keeps its schema, holds no secret, and is whole or not there."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import referencing

REPORT = """
for module in log exit clock json events host/report; do . "$LIB/$module.sh"; done
LOG_NAME=report SEAWALL_RUN=20260101t000000-1
docker() { # fake: says how large its cache is
    case $1 in system) printf 'Images 0B\\nBuild Cache 1.234GB\\n' ;; *) printf 'fake docker %s\\n' "$*" ;; esac
}
report_prepare "$1"
printf 'build\\tok\\t3\\tall "well"\\n' >"$SCRATCH/steps.tsv"
printf 'one\\tsha256:%064d\\t99\\t1\\n' 1 >"$SCRATCH/images.tsv"
printf 'pulled from https://user:secret@example.org/x\\n' >"$BUILD_LOG"
event_emit attempt info upstream builder source current attempt: 1 class '' verdict done elapsed_s: 3 exit: 0 detail one
IMAGES_DEGRADED=' golang:1' REPORT_CLASSES='' ENGINE_KIND=found ENGINE_VERSION=28.5.2 BUILDX_VERSION=0.29.1
"""


@pytest.fixture
def world(tmp_path):
    (tmp_path / "scratch").mkdir()
    return {
        "SCRATCH": str(tmp_path / "scratch"),
        "BUILD_LOG": str(tmp_path / "scratch" / "build.log"),
        "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"),
        "SEAWALL_STATE": str(tmp_path),
    }


def validator(kit: Path) -> jsonschema.Draft202012Validator:
    schemas = {name: json.loads((kit / name).read_text()) for name in ("report.schema.json", "events.schema.json")}
    resources = [(name, referencing.Resource.from_contents(schema)) for name, schema in schemas.items()]
    return jsonschema.Draft202012Validator(
        schemas["report.schema.json"], registry=referencing.Registry().with_resources(resources)
    )


def test_report_of_a_good_run_keeps_the_schema(sh, kit, world, tmp_path):
    folder = tmp_path / "report"
    result = sh(REPORT + 'report_write "$1" 0', str(folder), env=world)
    assert result.rc == 0, repr(result)
    written = json.loads((folder / "report.json").read_text())
    validator(kit).validate(written)
    assert written["degraded"] == ["golang:1"]
    assert written["cache_bytes"] == 1_234_000_000
    assert written["steps"] == [{"name": "build", "result": "ok", "duration_s": 3, "detail": 'all "well"'}]
    assert written["images"][0]["bytes"] == 99
    assert sorted(path.name for path in folder.iterdir()) == ["build.log", "events.jsonl", "report.json", "report.md"]
    assert "secret" not in (folder / "build.log").read_text()
    assert list(tmp_path.glob("report.*")) == []


def test_failed_run_adds_what_a_bug_report_needs(sh, kit, world, tmp_path):
    folder = tmp_path / "report"
    result = sh(REPORT + 'report_write "$1" 75', str(folder), env=world)
    assert result.rc == 0, repr(result)
    validator(kit).validate(json.loads((folder / "report.json").read_text()))
    diagnosis = (folder / "diagnosis.txt").read_text()
    assert all(part in diagnosis for part in ("== versions", "== builders", "== disk", "== daemon log"))


def test_earlier_report_is_replaced_and_other_files_stay(sh, world, tmp_path):
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    (folder / "diagnosis.txt").write_text("of an earlier failure")
    sh(REPORT + 'report_write "$1" 0', str(folder), env=world)
    assert (folder / "notes.txt").read_text() == "mine"
    assert not (folder / "diagnosis.txt").exists()


@pytest.mark.parametrize(
    ("shown", "size"),
    [
        ("0B", 0),
        ("12.5kB", 12_500),
        ("812.3MB", 812_300_000),
        ("1.07GB", 1_070_000_000),
        ("2TB", 2_000_000_000_000),
        ("", 0),
    ],
    ids=["none", "kilo", "mega", "giga", "tera", "silence"],
)
def test_sizes_are_read_as_docker_prints_them(sh, world, tmp_path, shown, size):
    script = REPORT.replace("1.234GB", shown) + 'report_write "$1" 0'
    sh(script, str(tmp_path / "report"), env=world)
    assert json.loads((tmp_path / "report" / "report.json").read_text())["cache_bytes"] == size


def test_folder_that_cannot_be_made_is_73(sh, world, tmp_path):
    result = sh(REPORT, str(tmp_path / "nowhere" / "report"), env=world)
    assert result.rc == 73
    assert result.err.count("\n") == 1
