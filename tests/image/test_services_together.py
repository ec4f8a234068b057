"""The services together, started from a compose file by pytest-docker."""

from __future__ import annotations

import re

import pytest
import requests

HANDLED = re.compile(r'^conductor_intents_handled_total\{result="ok"\} ([0-9.e+]+)$', re.MULTILINE)
INTENT = {"kind": "scale", "target": "web", "replicas": 3}
SECONDS = 30.0  # until a healthy service answers, on a loaded machine


@pytest.fixture(scope="session")
def docker_compose_file(repo, kept):
    with pytest.MonkeyPatch.context() as patch:
        for service, image in kept.images.items():
            patch.setenv(f"{service.upper().replace('-', '_')}_IMAGE", image)
        yield str(repo / "fixtures" / "services" / "compose.yaml")


@pytest.fixture(scope="session")
def docker_cleanup() -> list[str]:
    return ["down --volumes --timeout 10"]


@pytest.fixture(scope="session")
def address(docker_services):
    """The base URL of a service, once it is healthy."""

    def find(service: str) -> str:
        url = f"http://127.0.0.1:{docker_services.port_for(service, 8080)}"
        docker_services.wait_until_responsive(check=lambda: is_healthy(url), timeout=SECONDS, pause=0.1)
        return url

    return find


def is_healthy(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=2).text == "ok"
    except requests.ConnectionError:
        return False


def test_accepted_intent_is_handled_once(address, docker_services):
    """Five intents that intent-ingest accepts are handled by conductor-loop, each once."""
    ingest, conductor = address("intent-ingest"), address("conductor-loop")

    def handled() -> float:
        return sum(map(float, HANDLED.findall(requests.get(f"{conductor}/metrics", timeout=5).text)))

    before = handled()
    answers = [requests.post(f"{ingest}/intents", json=INTENT, timeout=5) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [202] * 5
    assert len({answer.json()["id"] for answer in answers}) == 5
    docker_services.wait_until_responsive(check=lambda: handled() >= before + 5, timeout=SECONDS, pause=0.1)
    assert handled() == before + 5


def test_rejected_intent_is_not_handled(address):
    """An intent with a wrong value gets status 400 and the field; conductor-loop never handles it."""
    ingest, conductor = address("intent-ingest"), address("conductor-loop")
    before = requests.get(f"{conductor}/metrics", timeout=5).text
    answer = requests.post(f"{ingest}/intents", json=INTENT | {"replicas": 101}, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["at"] == "/replicas"
    after = requests.get(f"{conductor}/metrics", timeout=5).text
    assert HANDLED.findall(after) == HANDLED.findall(before)


def test_rag_api_answers_from_its_documents(address):
    """A search in rag-api finds the document on the topic first."""
    url = address("rag-api")
    found = requests.get(f"{url}/v1/search", {"q": "thundering herd"}, timeout=5).json()
    assert found["results"][0]["id"] == "backoff-and-jitter"
