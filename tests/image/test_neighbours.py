"""Other users of the engine are not disturbed, and two runs at the same time do not disturb each other."""

from __future__ import annotations

import subprocess

import pytest
from harness.machine.run import run


@pytest.fixture
def stranger(engine, kept):
    """A running container, an image, a volume and a network of another user."""
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


def test_things_of_others_survive_a_good_and_a_failed_run(engine, kit, stranger, tmp_path, repo):
    """A container, image, volume and network of another user are unchanged after a good and a failed run."""
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


def test_setup_uses_the_engine_that_docker_host_names(engine, kit):
    """setup-engine.sh prints the address of an engine that already runs, and the engine keeps running."""
    named = {key: value for key, value in engine.env.items() if key != "SEAWALL_STATE"}
    result = run([kit / "setup-engine.sh"], env=named)
    assert result.rc == 0, repr(result)
    assert result.out.splitlines()[0] == f"DOCKER_HOST={engine.env['DOCKER_HOST']}"
    engine.check_docker("version")


def test_engine_with_another_lease_keeps_running(engine, kit):
    """When one of two users of the private engine releases its lease, the engine keeps running."""
    unnamed = {name: value for name, value in engine.env.items() if not name.startswith("DOCKER_")}
    command = [kit / "setup-engine.sh", "--lease", "a-neighbour"]
    for words in (command, [*command, "--stop"]):
        result = run(words, env=unnamed)
        assert result.rc == 0, repr(result)
    engine.check_docker("version")


def test_malformed_lease_name_is_refused(kit):
    """A path as the name of a lease ends with code 64 and one line."""
    result = run([kit / "setup-engine.sh", "--lease", "../x"])
    assert (result.rc, result.err.count("\n")) == (64, 1), repr(result)
    assert "--lease: wanted lower-case letters, digits and hyphens, saw '../x'" in result.err


@pytest.mark.long
def test_two_runs_at_the_same_time_both_pass(engine, kit, tmp_path):
    """Two main jobs at the same time on one engine both pass and leave nothing."""
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
