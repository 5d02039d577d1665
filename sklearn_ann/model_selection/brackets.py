"""The arithmetic of successive halving: how many candidates train with how many resources: epochs or rows.

Comes in: numbers. Goes out: brackets. It knows no estimator.
"""

from __future__ import annotations

import math
from typing import NamedTuple

__all__ = ["Bracket", "bracket_of", "brackets_of_hyperband", "most_rungs"]


class Bracket(NamedTuple):
    """One run of successive halving, rung by rung.

    Attributes
    ----------
    n_candidates : tuple of int
        Candidates on each rung.
    n_resources : tuple of int
        Epochs that a candidate has made by the end of each rung, or rows that it is trained on.
    """

    n_candidates: tuple[int, ...]
    n_resources: tuple[int, ...]


def most_rungs(most: int, least: int, eta: float) -> int:
    """The most rungs between the ``least`` and the ``most`` resources that are a factor of ``eta`` apart."""
    n_rungs = 1
    while least * eta**n_rungs <= most:
        n_rungs += 1
    return n_rungs


def bracket_of(n_candidates: int, n_rungs: int, most: int, eta: float) -> Bracket:
    """A bracket that ends at the ``most`` resources; from each rung one of ``eta`` candidates goes on.

    With an ``eta`` below 2, several rungs may have the same resources after rounding: the first of them is left.
    """
    n_resources = [int(most / eta ** (n_rungs - 1 - rung)) for rung in range(n_rungs)]
    rungs = [rung for rung in range(n_rungs) if rung == 0 or n_resources[rung] > n_resources[rung - 1]]
    return Bracket(
        tuple(max(1, int(n_candidates / eta**rung)) for rung in rungs), tuple(n_resources[rung] for rung in rungs)
    )


def brackets_of_hyperband(most: int, least: int, eta: float) -> list[tuple[int, int]]:
    """Candidates and rungs of each bracket, by algorithm 1 of Li et al. (2018)."""
    longest = most_rungs(most, least, eta)
    return [(math.ceil(longest * eta ** (n_rungs - 1) / n_rungs), n_rungs) for n_rungs in range(longest, 0, -1)]
