"""Few values cross the walls of rooms, each with one owner; shellcheck can read the kit as one program (tests/lint)."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import shared, whole


def test_table_of_shared_variables_is_true():
    """Mended by `python -m tests.source.shared`; the meaning of a new row is written by hand."""
    found = shared.generated(shared.crossing())
    assert found == shared.rows()
    assert [name for name, *_, meaning in found if meaning == "?"] == []
    assert len(found) <= shared.MAX_ROWS


def test_shared_variable_has_writers_in_one_room_only():
    writers = {name: {place.rsplit("/", 1)[0] for place in value.writers} for name, value in shared.crossing().items()}
    assert {name: rooms for name, rooms in writers.items() if len(rooms) > 1} == {}


def test_few_functions_read_many_variables_of_other_files():
    found = shared.eager_functions()
    assert len(found) <= shared.MAX_EAGER, found


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    """Two rooms and a command."""
    for name, text in {
        "lib/base/a.sh": "a_set() { A_X=$1 A_OWN=2; }\na_get() { printf %s \"$A_OWN$A_X\" 'B_Y=$B_Y'; }\n",
        "lib/attempt/b.sh": 'b_get() {\n\tprintf %s "$A_X$((C_N + 1))" # $Z\n}\n',
        "do.sh": "#!/bin/sh\nread -r C_N\nfor SEAWALL_X in 1; do b_get; done\n",
    }.items():
        (file := tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_variable_that_crosses_a_room_is_found(kit):
    found = shared.crossing(kit)
    assert {name: (value.writers, value.readers) for name, value in found.items()} == {
        "A_X": ({"base/a"}, {"attempt/b"}),
        "C_N": ({"command/do"}, {"attempt/b"}),
    }


def test_function_that_reads_variables_of_others_is_found(kit):
    assert shared.eager_functions(kit, 2) == {"attempt/b: b_get": ["A_X", "C_N"]}
    assert shared.eager_functions(kit, 3) == {}


def test_shellcheck_of_the_whole_finds_what_no_file_shows(tmp_path):
    (one := tmp_path / "one.sh").write_text('A_ONE=1\nA_TWO=2\nprintf %s "$A_TWO"\n')
    (two := tmp_path / "two.sh").write_text('printf %s "$A_ONE" "$a_thing"\nA_LEFT=\n')
    assert [finding.removeprefix(f"{tmp_path}/").split(": ")[:2] for finding in whole.findings([one, two])] == [
        ["two.sh:1", "SC2154"],
        ["two.sh:2", "SC2034"],
    ]
