"""A full-text index over a folder of Markdown files, held in memory."""

import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Passage:
    """One paragraph that matches a query.

    score is bm25 with the sign reversed: greater is better, comparable within one query only.
    """

    id: str
    title: str
    score: float
    snippet: str
    text: str


class Index:
    """Paragraphs of documents, ranked by bm25.

    Paragraphs are indexed instead of whole documents, because the best paragraph is the answer to a question.
    """

    def __init__(self, documents: Path) -> None:
        """Read every *.md of the folder; ValueError if there is none, OSError if one is unreadable."""
        # The connection is made in one thread and may be used in another (test clients do that);
        # sqlite serialises the calls, and all later calls only read.
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.execute(
            "CREATE VIRTUAL TABLE passages USING fts5(id UNINDEXED, title, text, tokenize='porter unicode61')"
        )
        files = sorted(documents.glob("*.md"))
        if not files:
            raise ValueError(f"no *.md file in {documents}")
        for file in files:
            self._db.executemany("INSERT INTO passages VALUES (?, ?, ?)", _passages(file))

    def search(self, query: str, limit: int) -> list[Passage]:
        """Give the best passage of each document that shares a word with the query, best first."""
        # A match in the short title is more specific than one in a paragraph: it counts three times.
        rows = self._db.execute(
            "SELECT id, title, -bm25(passages, 0, 3, 1) AS score,"
            " snippet(passages, 2, '', '', '…', 24), text"
            " FROM passages WHERE passages MATCH ? ORDER BY score DESC, id",
            (match_expression(query),),
        )
        best: dict[str, Passage] = {}
        for row in rows:
            best.setdefault(row[0], Passage(*row))
        return list(best.values())[:limit]


def match_expression(query: str) -> str:
    """Turn a search text into an FTS5 query for any of its words; ValueError if it has none.

    Each word is quoted, so operators (NEAR, *, ^, :) count as plain words or are dropped.
    """
    words = re.findall(r"\w+", query)
    if not words:
        raise ValueError("the query has no word in it")
    return " OR ".join(f'"{word}"' for word in words)


def _passages(file: Path) -> list[tuple[str, str, str]]:
    heading, *paragraphs = file.read_text(encoding="utf-8").strip().split("\n\n")
    title, _, first = heading.partition("\n")
    texts = (" ".join(text.split()) for text in [first, *paragraphs])
    return [(file.stem, title.lstrip("# "), text) for text in texts if text]
