"""Lists of parameters, a few of them in the default run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest


def pairs(rows: Mapping[str, object], columns: Sequence[str]) -> list[Any]:
    """All pairs of a row and a column, with the row's name first in the id. In the default run each row has one column,
    and the columns take turns; the other pairs are `long`.
    """
    return [
        pytest.param(
            value, column, id=f"{name}-{column}", marks=() if number % len(columns) == turn else pytest.mark.long
        )
        for number, (name, value) in enumerate(rows.items())
        for turn, column in enumerate(columns)
    ]


def some(names: Iterable[str], *default: str) -> list[Any]:
    """All names as parameters; those that are not in `default` are `long`."""
    known = list(names)
    assert set(default) <= set(known), f"wanted names among {known}, saw {default}"
    return [pytest.param(name, id=name, marks=() if name in default else pytest.mark.long) for name in known]
