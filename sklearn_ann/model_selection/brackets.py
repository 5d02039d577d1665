"""The arithmetic of successive halving: how many candidates train for how many epochs.

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
    n_epochs : tuple of int
        Epochs that a candidate has made by the end of each rung.
    """

    n_candidates: tuple[int, ...]
    n_epochs: tuple[int, ...]


def most_rungs(max_iter: int, min_iter: int, eta: float) -> int:
    """The most rungs between ``min_iter`` and ``max_iter`` epochs that are a factor of ``eta`` apart."""
    n_rungs = 1
    while min_iter * eta**n_rungs <= max_iter:
        n_rungs += 1
    return n_rungs


def bracket_of(n_candidates: int, n_rungs: int, max_iter: int, eta: float) -> Bracket:
    """A bracket that ends at ``max_iter`` epochs; from each rung one of ``eta`` candidates goes on."""
    return Bracket(
        tuple(max(1, int(n_candidates / eta**rung)) for rung in range(n_rungs)),
        tuple(int(max_iter / eta ** (n_rungs - 1 - rung)) for rung in range(n_rungs)),
    )


def brackets_of_hyperband(max_iter: int, min_iter: int, eta: float) -> list[tuple[int, int]]:
    """Candidates and rungs of each bracket, by algorithm 1 of Li et al. (2018)."""
    most = most_rungs(max_iter, min_iter, eta)
    return [(math.ceil(most * eta ** (n_rungs - 1) / n_rungs), n_rungs) for n_rungs in range(most, 0, -1)]
