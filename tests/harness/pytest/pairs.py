"""Pairs of two lists of parameters, a few of them in the default run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
