"""The main job on a real engine: three services are built, checked and smoke-tested, and nothing is left behind."""

from __future__ import annotations

import json

import jsonschema
import pytest
import referencing
from harness.machine.load import allowed
from harness.machine.run import Result, run

SERVICES = ("conductor-loop", "intent-ingest", "rag-api")


@pytest.fixture(scope="module")
def before(engine):
    """The inventory of the engine before the tests of this file."""
    return engine.inventory()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The folder of the report."""
    return tmp_path_factory.mktemp("main-job") / "report"


@pytest.fixture(scope="module")
def finished(engine, before, kit, report) -> Result:
    """The result of one whole run."""
    return run([kit / "test-docker-build.sh", "--report", report], env=engine.env, timeout=900)


@pytest.mark.timeout(1000)
def test_builds_checks_and_smoke_tests_three_services(finished):
    """The main job builds, checks and smoke-tests three services, and prints a table with a row per phase."""
    assert finished.rc == 0, repr(finished)
    steps = [line[:28].strip() for line in finished.out.splitlines()[1:] if line[29:31] == "ok"]
    builds = [f"{what} {service}" for service in SERVICES for what in ("build", "check")]
    ends = ["build smoke-client", "smoke test", "report", "clean-up"]
    assert steps == ["prerequisites", "engine", "bases", *builds, *ends]
    assert f"{' '.join(SERVICES)}: 10 checks passed" in finished.out


def test_main_job_leaves_the_engine_as_it_was(finished, engine, before):
    """After the main job the engine has the containers, images, networks and volumes that it had before."""
    assert engine.left_since(before) == []


def test_report_keeps_its_schema(finished, kit, report):
    """The report of the main job is valid by report.schema.json and lists the three services."""
    schemas = {name: json.loads((kit / name).read_text()) for name in ("report.schema.json", "events.schema.json")}
    registry = referencing.Registry().with_resources(
        (name, referencing.Resource.from_contents(schema)) for name, schema in schemas.items()
    )
    validator = jsonschema.Draft202012Validator(schemas["report.schema.json"], registry=registry)
    written = json.loads((report / "report.json").read_text())
    validator.validate(written)
    assert [image["service"] for image in written["images"]] == list(SERVICES)


def test_every_event_keeps_the_schema(finished, kit, report):
    """Each event of the main job is valid by events.schema.json."""
    schema = json.loads((kit / "events.schema.json").read_text())
    events = [json.loads(line) for line in (report / "events.jsonl").read_text().splitlines()]
    assert events
    for event in events:
        jsonschema.validate(event, schema)


@pytest.mark.long
def test_second_run_uses_the_cache_of_the_first(finished, engine, kit, tmp_path):
    """A second run of the main job finishes within a minute."""
    again = run([kit / "test-docker-build.sh", "--report", tmp_path / "report"], env=engine.env, timeout=300)
    assert again.rc == 0, repr(again)
    assert again.seconds < allowed(60)
