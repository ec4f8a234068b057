"""The HTTP API: its routes, requests and replies."""

from typing import Annotated

from fastapi import FastAPI, HTTPException, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from rag_api import __version__
from rag_api.index import Index, Passage

MAX_QUERY = 500


class Result(BaseModel):
    id: str
    title: str
    score: float
    snippet: str


class SearchResponse(BaseModel):
    query: str
    results: list[Result]


class Question(BaseModel):
    question: str = Field(max_length=MAX_QUERY)


class Answer(BaseModel):
    answer: str | None = Field(description="the best passage; null if no document shares a word")
    sources: list[Result]


def create_app(index: Index) -> FastAPI:
    """Build the application around an index, so that tests can pass their own."""
    # The documentation pages would load scripts from the internet; /openapi.json stays.
    app = FastAPI(title="rag-api", version=__version__, docs_url=None, redoc_url=None)

    # The routes are coroutines although they never wait: a query takes microseconds, and a switch
    # to a thread pool takes longer.

    @app.get("/healthz", response_class=PlainTextResponse)
    async def healthz() -> str:
        return "ok"

    @app.get("/v1/search")
    async def search(
        q: Annotated[str, Query(max_length=MAX_QUERY)],
        limit: Annotated[int, Query(ge=1, le=20)] = 3,
    ) -> SearchResponse:
        return SearchResponse(query=q, results=_results(_find(index, q, limit)))

    @app.post("/v1/answer")
    async def answer(body: Question) -> Answer:
        found = _find(index, body.question, 3)
        return Answer(answer=found[0].text if found else None, sources=_results(found))

    return app


def _find(index: Index, query: str, limit: int) -> list[Passage]:
    try:
        return index.search(query, limit)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error


def _results(passages: list[Passage]) -> list[Result]:
    return [Result(id=p.id, title=p.title, score=round(p.score, 4), snippet=p.snippet) for p in passages]
