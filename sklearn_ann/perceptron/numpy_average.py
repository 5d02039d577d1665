"""Mean of a threshold unit's weights over all turns, for the averaged perceptron in NumPy."""

from __future__ import annotations

import numpy as np

from .numpy_rows import Block
from .problem import BinaryProblem, Settings

__all__ = ["Average"]


class Average:
    """Mean of the weights over all turns, in time proportional to the turns that change them.

    The sum of ``scale * weights`` over the turns is ``scales * weights - missed``: ``scales`` sums up the scales, and
    ``missed`` is what each change of the weights would have added to the turns before it.
    """

    def __init__(self, problem: BinaryProblem, settings: Settings) -> None:
        assert problem.average_weights is not None
        self._before = problem.average_weights, problem.average_intercept
        self._from, self._turn = settings.average_from, settings.rows_seen
        self._count = max(settings.rows_seen - settings.average_from, 0)
        self._total = self._count * problem.average_weights.astype(np.float64)
        self._intercepts = self._count * float(problem.average_intercept)
        self._missed = np.zeros_like(self._total)
        self._scales = 0.0

    def add(self, scales: np.ndarray, intercept: float) -> None:
        """Add turns after which the weights were the same but for their scale."""
        n_turns = len(scales)
        self._turn += n_turns
        counted = min(n_turns, int(max(self._turn - self._from, 0)))
        if counted:
            last = scales.item(-1)
            is_constant = scales.item(0) == last
            self._scales += counted * last if is_constant else float(scales[n_turns - counted :].sum())
            self._count += counted
            self._intercepts += counted * intercept

    def weights_changed(self, block: Block, i: int, factor: float) -> None:
        """Note that ``factor`` times a row has been added to the weights, before its turn is added."""
        block.add(i, self._missed, np.array(self._scales * factor))

    def fold(self, weights: np.ndarray) -> None:
        """Note that weights and scale are about to change together, so that their product does not."""
        self._total += self._scales * weights - self._missed
        self._missed[:] = 0
        self._scales = 0.0

    def mean(self, weights: np.ndarray) -> tuple[np.ndarray, float]:
        """Averaged weights and intercept; the initial ones if no turn has been averaged."""
        if not self._count:
            return self._before
        total = self._total + self._scales * weights - self._missed
        return (total / self._count).astype(weights.dtype), float(self._intercepts / self._count)
