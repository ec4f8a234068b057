"""The HTTP API over the documents that ship with the package."""

from pathlib import Path

import pytest
import rag_api
from rag_api.api import create_app
from rag_api.index import Index
from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def client():
    return TestClient(create_app(Index(Path(rag_api.__file__).parent / "documents")))


def test_is_healthy(client):
    response = client.get("/healthz")

    assert (response.status_code, response.text) == (200, "ok")


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("thundering herd", "backoff-and-jitter"),
        ("which mirror serves the same bytes?", "failover"),
        ("the checksum does not match", "pinned-digests"),
        ("one retry budget for all layers", "retry-budgets"),
        ("what is a circuit breaker", "circuit-breakers"),
    ],
)
def test_search_finds_the_document_first(client, query, first):
    body = client.get("/v1/search", params={"q": query}).json()

    assert body["query"] == query
    assert body["results"][0]["id"] == first
    assert set(body["results"][0]) == {"id", "title", "score", "snippet"}
    assert 1 <= len(body["results"]) <= 3


@pytest.mark.parametrize(
    "params",
    [{}, {"q": ""}, {"q": '"*"'}, {"q": "x" * 501}, {"q": "a", "limit": 0}, {"q": "a", "limit": "many"}],
    ids=["missing", "empty", "no-words", "too-long", "limit-zero", "limit-word"],
)
def test_search_refuses_what_it_cannot_do(client, params):
    assert client.get("/v1/search", params=params).status_code == 422


def test_answer_gives_the_best_passage_and_its_sources(client):
    body = client.post("/v1/answer", json={"question": "Why does a thundering herd come back?"}).json()

    assert "Jitter" in body["answer"]
    assert body["sources"][0]["id"] == "backoff-and-jitter"


def test_answer_admits_that_it_does_not_know(client):
    body = client.post("/v1/answer", json={"question": "aardvark?"}).json()

    assert body == {"answer": None, "sources": []}


@pytest.mark.parametrize("body", [{}, {"question": ""}, {"question": "?"}, {"question": 1}])
def test_answer_refuses_what_is_no_question(client, body):
    assert client.post("/v1/answer", json=body).status_code == 422
