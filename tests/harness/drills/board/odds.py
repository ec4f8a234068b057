"""What a storm says about a contestant: how many builds survived, and the interval in which its chance lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import exp, fsum, lgamma, log, log1p
from typing import Any

CONFIDENCE = 0.95
STEPS = 60
"""Halvings of a search in [0, 1]: more than a float has bits."""


def at_most(count: int, of: int, chance: float) -> float:
    """The probability of at most `count` successes in `of` trials; by logarithms, since binomials of 1,000 overflow."""
    if chance <= 0 or count >= of:
        return 1.0
    if chance >= 1:
        return 0.0
    terms = (
        lgamma(of + 1) - lgamma(i + 1) - lgamma(of - i + 1) + i * log(chance) + (of - i) * log1p(-chance)
        for i in range(count + 1)
    )
    return min(1.0, fsum(map(exp, terms)))


def interval(count: int, of: int) -> tuple[float, float]:
    """The exact interval of the chance of success (Clopper and Pearson 1934), at CONFIDENCE; (0, 1) without trials."""
    return (1 - _highest(of - count, of), _highest(count, of)) if of else (0.0, 1.0)


def _highest(count: int, of: int) -> float:
    """The highest chance at which so few successes are no surprise."""
    if count == of:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if at_most(count, of, middle) > (1 - CONFIDENCE) / 2:
            low = middle
        else:
            high = middle
    return low


def storm_of(cells: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """By contestant: the valid builds of a storm, those that survived with the right image, the interval of that chance
    in percent, wrong images, and builds that hang.
    """
    plays = [play for cell in cells if cell["group"] == "storm" and not cell["invalid"] for play in cell["plays"]]
    found = {}
    for name in dict.fromkeys(play["contestant"] for play in plays):
        own = [play for play in plays if play["contestant"] == name]
        survived = sum(bool(play["survived"] and play["right"]) for play in own)
        low, high = interval(survived, len(own))
        found[name] = {
            "builds": len(own), "survived": survived, "low": round(100 * low, 2), "high": round(100 * high, 2),
            "wrong": sum(play["right"] is False for play in own), "hangs": sum(play["hangs"] for play in own),
        }  # fmt: skip
    return found


def in_a_line(name: str, found: Mapping[str, float]) -> str:
    """The figures of a contestant for a terminal."""
    return (
        f"storm: {name} survived {found['survived']} of {found['builds']} ({found['low']} to {found['high']} %), "
        f"{found['wrong']} wrong images, {found['hangs']} hangs"
    )
