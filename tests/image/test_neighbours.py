"""What was on the machine before stays as it was, and two runs at the same time do not meet."""

from __future__ import annotations

import subprocess

import pytest
from harness.machine.run import run


@pytest.fixture
def stranger(engine, kept):
    """Somebody's container, image, volume and network, the container running."""
    engine.check_docker("image", "tag", kept.images["rag-api"], "stranger/image:1")
    engine.check_docker("volume", "create", "stranger")
    engine.check_docker("network", "create", "stranger")
    engine.check_docker(
        "run",
        "--detach",
        "--name",
        "stranger",
        "--network",
        "stranger",
        "--volume",
        "stranger:/data",
        "stranger/image:1",
    )
    yield "stranger"
    engine.check_docker("rm", "--force", "stranger")
    engine.check_docker("volume", "rm", "stranger")
    engine.check_docker("network", "rm", "stranger")
    engine.check_docker("image", "rm", "stranger/image:1")


def test_somebody_elses_things_survive_a_run_and_a_failed_run(engine, kit, stranger, tmp_path, repo):
    before = engine.inventory()
    job = [kit / "test-docker-build.sh", "--service", "rag-api", "--report", tmp_path / "report"]
    good = run(job, env=engine.env, timeout=300)
    assert good.rc == 0, repr(good)
    assert engine.left_since(before) == []
    broken = tmp_path / "Dockerfile"
    broken.write_text((repo / "Dockerfile").read_text() + "\nCOPY nothing-of-that-name /\n")
    bad = run([*job, "--", "--file", broken], env=engine.env, timeout=300)
    assert bad.rc == 1, repr(bad)
    assert engine.left_since(before) == []
    assert engine.check_docker("inspect", "--format", "{{.State.Running}}", "stranger") == "true"


def test_engine_that_was_there_is_not_stopped_by_stop(engine, kit):
    named = {key: value for key, value in engine.env.items() if key != "SEAWALL_STATE"}
    result = run([kit / "setup-engine.sh"], env=named)
    assert result.rc == 0, repr(result)
    assert result.out.splitlines()[0] == f"DOCKER_HOST={engine.env['DOCKER_HOST']}"
    engine.check_docker("version")


def test_engine_that_somebody_holds_outlives_another_who_gives_it_back(engine, kit):
    unnamed = {name: value for name, value in engine.env.items() if not name.startswith("DOCKER_")}
    command = [kit / "setup-engine.sh", "--lease", "a-neighbour"]
    for words in (command, [*command, "--stop"]):
        result = run(words, env=unnamed)
        assert result.rc == 0, repr(result)
    engine.check_docker("version")


def test_lease_that_is_no_name_is_a_wrong_call(kit):
    result = run([kit / "setup-engine.sh", "--lease", "../x"])
    assert (result.rc, result.err.count("\n")) == (64, 1), repr(result)
    assert "--lease: wanted lower-case letters, digits and hyphens, saw '../x'" in result.err


def test_two_runs_at_once_do_not_meet(engine, kit, tmp_path):
    before = engine.inventory()
    runs = [
        subprocess.Popen(
            [kit / "test-docker-build.sh", "--report", tmp_path / name],
            env=engine.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for name in ("one", "other")
    ]  # fmt: skip
    said = [process.communicate(timeout=600)[0] for process in runs]
    assert [process.returncode for process in runs] == [0, 0], "\n".join(said)
    assert engine.left_since(before) == []
