"""The index: matches, their order, and queries with unusual characters."""

import pytest
from rag_api.index import Index, match_expression


@pytest.fixture
def index(tmp_path):
    (tmp_path / "herd.md").write_text("# Herds\n\nSheep come back together.\n\nGoats jump over fences.\n")
    (tmp_path / "fence.md").write_text("# Fences\nA fence keeps the herd in.\n")
    (tmp_path / "ignored.txt").write_text("sheep sheep sheep")
    return Index(tmp_path)


def test_finds_the_paragraph_and_its_document(index):
    (found,) = index.search("sheep", 3)

    assert (found.id, found.title, found.text) == ("herd", "Herds", "Sheep come back together.")
    assert found.score > 0


def test_gives_each_document_once_best_first(index):
    found = index.search("herds and fences and goats", 3)

    assert sorted(passage.id for passage in found) == ["fence", "herd"]
    assert found[0].score >= found[1].score


def test_stops_at_the_limit(index):
    assert len(index.search("herd fence", 1)) == 1


def test_finds_nothing_for_unknown_words(index):
    assert index.search("aardvark", 3) == []


@pytest.mark.parametrize(
    "query",
    ["sheep AND", "NOT sheep", "NEAR(sheep", "sheep*", "^sheep", "text:sheep", "-sheep", '"sheep', "sheep _"],
)
def test_takes_query_syntax_for_words(index, query):
    assert [passage.id for passage in index.search(query, 3)] == ["herd"]


@pytest.mark.parametrize("query", ["", " ", '"', "'", "*", "()", "\0"])
def test_refuses_a_query_without_words(index, query):
    with pytest.raises(ValueError, match="no word"):
        index.search(query, 3)


def test_quotes_every_word():
    assert match_expression("wait OR back-off?") == '"wait" OR "OR" OR "back" OR "off"'


def test_refuses_a_folder_without_documents(tmp_path):
    with pytest.raises(ValueError, match=r"no \*\.md file"):
        Index(tmp_path)
