"""The image of rag-api, inspected from the inside by testinfra, because it has a shell."""

from __future__ import annotations

import pytest
import testinfra


@pytest.fixture(scope="module")
def host(engine, kept):
    """A container of the image that waits instead of running the service."""
    wait = "import signal; signal.signal(signal.SIGTERM, lambda *_: exit()); signal.pause()"
    container = engine.check_docker("run", "--detach", "--entrypoint", "python3", kept.images["rag-api"], "-c", wait)
    yield testinfra.get_host(f"docker://{container}")
    engine.check_docker("rm", "--force", "--volumes", container)


def test_runs_as_an_unprivileged_user_that_cannot_change_its_code(host):
    """The service runs as user 65532, which cannot write to the folder of its code."""
    assert host.check_output("id -u") == "65532"
    package = host.file("/app/site-packages/rag_api/api.py")
    assert package.exists
    assert (package.uid, package.mode & 0o022) == (0, 0)
    assert host.run("touch /app/site-packages/x").rc != 0


def test_python_version_matches_the_builder(host):
    """The image has the Python version for which its packages were installed, and imports them."""
    assert host.check_output("python3 -c 'import sys; print(*sys.version_info[:2])'") == "3 13"
    host.run_test("python3 -c 'import fastapi, uvicorn, pydantic_core'")


def test_distribution_release_matches_the_other_bases(host):
    """The image has the same Debian release as the bases of the other stages."""
    assert host.system_info.codename == "trixie"


@pytest.mark.parametrize("program", ["gcc", "go", "curl", "wget", "git"])
def test_image_has_no_compiler_and_no_download_tool(host, program):
    """The image has no compiler, no version control and no download tool."""
    assert not host.exists(program)


@pytest.mark.parametrize("path", ["/seawall", "/run/seawall.ca", "/run/seawall.conf", "/run/secrets", "/smoke.py"])
def test_image_has_no_file_of_the_build(host, path):
    """The kit, secrets, settings and test files of the build are not in the image."""
    assert not host.file(path).exists


def test_version_option_prints_name_and_version(host):
    """`--version` prints the name and the version of the service."""
    assert host.check_output("python3 -m rag_api --version") == "rag-api 0.1.0"
