"""Results of drills that stay between runs, so that an interrupted run with --all goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.builds.sample_results import READ, Memory, Outcome, content_key, table, tree_key

OUTCOME = Outcome("fails", "builds", 2.4, 3.6)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with a file in each folder that decides on drills."""
    for folder in (*READ, "examples/dockerfiles/one", "examples/dockerfiles/two"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "file").write_text(folder)
    return tmp_path


def key(tree: Path, sample: str = "one") -> str:
    """The key, computed anew."""
    content_key.cache_clear()
    return tree_key(tree, sample)


@pytest.mark.parametrize("folder", [*READ, "examples/dockerfiles/one"])
def test_drill_is_played_again_after_a_change(tree: Path, folder: str):
    """A changed, new or renamed file of the kit, the tests or the sample makes another key."""
    keys = [key(tree)]
    (tree / folder / "file").write_text("other")
    keys.append(key(tree))
    (tree / folder / "new").touch()
    keys.append(key(tree))
    (tree / folder / "new").rename(tree / folder / "newer")
    keys.append(key(tree))
    assert len(set(keys)) == 4
    (tree / "examples/dockerfiles/two/file").write_text("other")
    (tree / folder / "__pycache__").mkdir()
    (tree / folder / "__pycache__/file").touch()
    assert key(tree) == keys[-1]


class Kept(dict[str, object]):
    """pytest's cache without a file."""

    def set(self, key: str, value: object) -> None:
        """Keeps a value."""
        self[key] = value


def test_result_counts_for_its_tree_alone():
    """A drill that passed with another tree is played again."""
    memory = Memory(Kept())
    memory.keep("drill", "tree 1", OUTCOME)
    assert (memory.find("drill", "tree 1"), memory.find("drill", "tree 2")) == (OUTCOME, None)
    assert memory.find("another", "tree 1") is None


def test_table_has_a_row_for_each_drill():
    """Sample, upstream, fault, what both builds did, their seconds."""
    lines = table([(("one", "url", "503"), {"plain": "fails", "kit": "builds", "plain_s": 2.4, "kit_s": 3.6})])
    assert lines[-1] == "| one | url | 503 | fails | builds | 2 | 4 |"
