"""A threshold unit with an L1 penalty in NumPy: every row changes the weights, and rows are scored one by one.

After its turn a row's weights are cut by what they still owe of the penalty, towards 0 and not across it (Tsuruoka et
al.).
"""

from __future__ import annotations

import numpy as np

from .numpy_rows import Block, RowBounds
from .numpy_unit import Turns, Unit
from .problem import BinaryProblem, Settings

__all__ = ["L1Unit"]


class L1Unit(Unit):
    """Weights in training with an L1 penalty, alone or in the elastic net."""

    _of_state = (*Unit._of_state, "_cut", "_due")

    def __init__(self, problem: BinaryProblem, settings: Settings, dtype: np.dtype, bounds: RowBounds) -> None:
        super().__init__(problem, settings, dtype, bounds)
        self._cut = np.zeros_like(self.weights)
        self._due = 0.0

    def _take(self, block: Block, turns: Turns) -> None:
        target, scales = turns.target.tolist(), turns.scales.tolist()
        dues = np.full(len(scales), self._settings.l1_ratio * self._settings.eta * self._settings.alpha)
        dues[0] = self._due
        np.add.accumulate(dues, out=dues)  # one by one, as scikit-learn does
        self._due = dues.item(-1)
        tie, intercept, shrinks = turns.tie, self.intercept, self._shrinkage != 1
        for i, (y, (columns, values)) in enumerate(zip(target, block.rows(), strict=True)):
            weights, cut = self.weights[columns], self._cut[columns]
            margin = y * (float(values.dot(weights)) * scales[i] + intercept)
            if -tie <= margin <= tie:
                margin = self._margin(block, i, turns)
            if margin <= 0 or (shrinks and scales[i + 1] == 1):
                self._change(block, turns, i, margin)
                weights, intercept = self.weights[columns], self.intercept
            due, before = dues[i + 1, ...], weights.astype(np.float64)
            if shrinks:
                scale = turns.scales[i + 1, ...]
                weights -= np.minimum(np.maximum(before, (cut - due) / scale), (cut + due) / scale)
                cut += scale * (weights - before)
            else:
                weights -= np.minimum(np.maximum(before, cut - due), cut + due)
                cut += weights - before
            if isinstance(columns, np.ndarray):  # of a sparse row, whose weights are copies
                self.weights[columns], self._cut[columns] = weights, cut
