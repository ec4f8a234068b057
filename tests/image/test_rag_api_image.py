"""The image of rag-api from the inside, by testinfra: its runtime has a shell."""

from __future__ import annotations

import pytest
import testinfra


@pytest.fixture(scope="module")
def host(engine, kept):
    """A container of the image that stays up with nothing running in it."""
    wait = "import signal; signal.signal(signal.SIGTERM, lambda *_: exit()); signal.pause()"
    container = engine.check_docker("run", "--detach", "--entrypoint", "python3", kept.images["rag-api"], "-c", wait)
    yield testinfra.get_host(f"docker://{container}")
    engine.check_docker("rm", "--force", "--volumes", container)


def test_is_nobody_and_may_not_write_its_code(host):
    assert host.check_output("id -u") == "65532"
    package = host.file("/app/site-packages/rag_api/api.py")
    assert package.exists
    assert (package.uid, package.mode & 0o022) == (0, 0)
    assert host.run("touch /app/site-packages/x").rc != 0


def test_python_minor_is_that_of_the_builder(host):
    assert host.check_output("python3 -c 'import sys; print(*sys.version_info[:2])'") == "3 13"
    host.run_test("python3 -c 'import fastapi, uvicorn, pydantic_core'")


def test_release_is_the_one_of_all_bases(host):
    assert host.system_info.codename == "trixie"


@pytest.mark.parametrize("program", ["gcc", "go", "curl", "wget", "git"])
def test_carries_nothing_to_build_or_fetch_with(host, program):
    assert not host.exists(program)


@pytest.mark.parametrize("path", ["/seawall", "/run/seawall.ca", "/run/seawall.conf", "/run/secrets", "/smoke.py"])
def test_carries_nothing_of_the_build(host, path):
    assert not host.file(path).exists


def test_answers_its_version(host):
    assert host.check_output("python3 -m rag_api --version") == "rag-api 0.1.0"
