"""The lab in containers: closed, tidy, and the same cases as in cells; a real registry behind its faults."""

from __future__ import annotations

import json
import re

import pytest
import testinfra
from harness.catalogue import CASES
from harness.catalogue.schedule import parse
from harness.machine.run import run
from harness.proofs.clients import CLIENTS
from harness.proofs.containers import can_be_aimed
from harness.proofs.proof import Prover
from harness.pytest.lab_containers import containers_up
from harness.sites import registry_site
from harness.sites.artifacts import noise
from harness.sites.relay_site import Relay
from harness.sites.site import Rule, Upstream
from harness.wire.server import serve

pytestmark = pytest.mark.containers
SIZE = 300_000
ELSEWHERE = {"curl-mirror", "go-comma", "go-pipe", "go-sums", "archive"}
"""Clients that need a mirror, a key of the test, or the checksum that this machine's git makes."""


def pairs():
    """The cases that a URL can express, with the clients that need no mirror; the first runs without --all."""
    is_first = True
    for case in filter(can_be_aimed, CASES):
        for client in case.expect:
            upstreams = {CLIENTS[client].upstream, CLIENTS[case.naive].upstream}
            if upstreams & {"registry", "apt", "apk"} or client in ELSEWHERE:
                continue
            marks = [pytest.mark.fault(case.id), *([] if is_first else [pytest.mark.long])]
            is_first = False
            yield pytest.param(case, client, marks=marks, id=f"{case.id}-{client}-{case.says.replace(' ', '-')}")


@pytest.mark.parametrize(("case", "client"), list(pairs()))
def test_fault_in_containers(containers, tmp_path, case, client):
    """A case of the catalogue gives the same result in containers as in cells."""
    Prover(tmp_path, containers.testbed).prove(case, client)


@pytest.fixture(params=["lab", "distribution", "client"])
def host(containers, request):
    """Each container in turn, from the inside."""
    return testinfra.get_host(f"docker://{containers.id_of(request.param)}")


def test_container_is_unprivileged_and_cannot_change_its_code(host):
    """Each container runs as user 65532, which cannot write to its code."""
    assert host.check_output("id -u") == "65532"
    assert host.run("touch /lab/x").rc != 0
    assert host.file("/lab/tests/harness/lab/__main__.py").mode & 0o022 == 0


def test_no_way_leads_out(host):
    """A canary: an address of TEST-NET-1, routed where there is any route, and a name of the world."""
    assert [line.split()[2] for line in host.check_output("cat /proc/net/route").splitlines()[1:]] == ["00000000"]
    canary = host.run("curl -sS --max-time 5 http://192.0.2.1/")
    assert canary.rc == 7, canary.stderr
    assert host.run("getent hosts example.org").rc == 2


def test_first_process_is_an_init(host):
    """The first process of each container is an init that reaps processes and forwards signals."""
    assert "init" in host.file("/proc/1/cmdline").content_string


def test_upstreams_listen_on_the_closed_network_alone(containers):
    """The upstreams of the lab listen on the address of the closed network only."""
    inside = testinfra.get_host(f"docker://{containers.id_of('lab')}")
    own = containers.address_of("lab")
    words = inside.check_output("cat /proc/net/tcp").splitlines()[1:]
    listening = {bytes.fromhex(word.split()[1][:8])[::-1] for word in words if word.split()[3] == "0A"}
    # Docker's resolver listens on 127.0.0.11.
    assert {".".join(map(str, found)) for found in listening} == {own, "127.0.0.11"}
    assert {url.rpartition(":")[0] for url in containers.urls.values()} == {f"http://{own}"}


def test_apt_get_installs_what_the_labs_key_vouches_for(containers, tmp_path):
    """The archive's key is made when the lab starts, so it is asked for it."""
    script = (
        "cd /tmp && mkdir -p lists/partial archives/partial && curl -sS -o key.asc {url}/debian/archive.asc && "
        "echo 'deb [signed-by=/tmp/key.asc] {url}/debian stable main' >sources.list && "
        "set -- -o Dir::Etc::sourcelist=/tmp/sources.list -o Dir::Etc::sourceparts=- -o Dir::State::lists=/tmp/lists "
        "-o Dir::Cache=/tmp && apt-get -q $* update && apt-get -q $* download hello-seawall && ls *.deb"
    )
    client = testinfra.get_host(f"docker://{containers.id_of('client')}")
    assert "hello-seawall" in client.check_output(script.replace("{url}", containers.urls["apt"]))


def test_guide_does_what_it_says(engine, repo, tmp_path):
    """The commands of docs/fault-lab.md for containers run and print the requests that the page shows."""
    (block,) = re.findall(r"```sh in containers\n(.*?)```", (repo / "docs/fault-lab.md").read_text(), re.DOTALL)
    had = engine.docker("image", "inspect", "seawall-lab").rc == 0
    try:
        result = run(["sh", "-eu", "-c", block], env=engine.env, cwd=repo, timeout=240)
    finally:
        engine.docker("compose", "--file", str(repo / "fixtures/lab/compose.yaml"), "down")
        if not had:
            engine.docker("image", "rm", "seawall-lab")
    assert result.rc == 0, repr(result)
    shown = re.findall(r"files +GET +/1M .*", result.out)
    assert [line.split()[-4:] for line in shown] == [
        ["503", "0", "B", "done"], ["503", "0", "B", "done"],
        ["200", "4096", "B", "rst"], ["200", "1048576", "B", "done"],
    ], repr(result)  # fmt: skip


@pytest.fixture
def registry(containers):
    """Debian's registry behind faults, on loopback: engines take a registry without TLS only there."""

    def up(schedule: str, path_class: str, method: str = ".*"):
        rule = Rule(parse(schedule), method=method, path_class=path_class)
        site = Relay(containers.address_of("distribution"), 5000)
        return serve(Upstream("real-registry", site, registry_site.CLASSES, (rule,)))

    return up


@pytest.fixture
def image(engine, tmp_path):
    """An image on the engine, as a function of the registry's address: its name; all names are removed afterwards."""
    (tmp_path / "noise").write_bytes(noise(SIZE, str(tmp_path)))
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY noise /noise\n")
    names = []

    def call(lab) -> str:
        names.append(f"{lab.host}/team/noise:1")
        engine.check_docker(
            "buildx", "build", "--quiet", "--provenance=false", "--load", "--tag", names[-1], str(tmp_path)
        )
        return names[-1]

    yield call
    engine.docker("image", "rm", "--force", *names)


def test_real_registry_takes_and_gives_an_image(engine, registry, image):
    """A real registry behind a relay takes a pushed image and serves the same digest."""
    with registry("ok", ".*") as lab:
        name = image(lab)
        engine.check_docker("push", "--quiet", name)
        engine.check_docker("image", "rm", "--force", name)
        engine.check_docker("pull", "--quiet", name)
        digest = json.loads(engine.check_docker("image", "inspect", name))[0]["RepoDigests"][0].partition("@")[2]
        answer = run(["curl", "-sSI", "-H", "Accept: */*", f"{lab.url}/v2/team/noise/manifests/{digest}"])
    assert f"docker-content-digest: {digest}" in answer.out.lower(), repr(answer)
    assert {"upload", "manifest", "blob"} <= {entry.path_class for entry in lab.journal}
    assert {entry.fault for entry in lab.journal} == {"ok"}


@pytest.mark.fault("T3")
def test_reset_of_a_real_manifest_fails_a_plain_pull(engine, registry, image):
    """One reset of the manifest fails `docker pull` after one request."""
    with registry("ok", ".*") as lab:
        engine.check_docker("push", "--quiet", image(lab))
    with registry("rst", "manifest") as lab:
        result = engine.docker("pull", "--quiet", f"{lab.host}/team/noise:1")
    assert result.rc == 1, repr(result)
    assert [(entry.fault, entry.ending) for entry in lab.journal if entry.path_class == "manifest"] == [("rst", "rst")]


@pytest.mark.fault("H22")
def test_early_refusal_of_an_upload_fails_the_push(engine, registry, image):
    """A registry that answers 413 early fails the push, with 413 in the message."""
    with registry("413(early=yes)x*", "upload", "PATCH|PUT") as lab:
        result = engine.docker("push", "--quiet", image(lab))
    assert (result.rc, "413" in result.err) == (1, True), repr(result)
    assert {entry.status for entry in lab.journal if entry.path_class == "upload"} == {202, 413}


def test_lab_refuses_a_network_with_a_way_out(engine, lab_image):
    """Without --closed it keeps to loopback; with it, a default route is the end."""
    result = engine.docker("run", "--rm", lab_image, "run", "--closed", "--port", "8000")
    assert (result.rc, "a way leads out of this network" in result.err) == (64, True), repr(result)


@pytest.mark.usefixtures("containers")
def test_start_that_fails_leaves_nothing(engine, repo, lab_image):
    """A schedule that cannot be read ends the lab's container when the network and its neighbours are there."""
    before = engine.inventory()
    failed = pytest.raises(Exception, match=r"dependency failed|exited|unhealthy")
    with failed, containers_up(engine, repo, lab_image, "broken", "--upstream go --fault 5o3"):
        pass
    assert engine.left_since(before) == []
