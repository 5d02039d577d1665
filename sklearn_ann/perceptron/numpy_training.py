"""The perceptron trained in NumPy: a binary problem in, epoch after epoch by the stopping rule, its result out.

It draws no random numbers and knows no estimator; the update for one row is in ``numpy_unit``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import sparse

from .numpy_l1 import L1Unit
from .numpy_rows import block_of, block_rows, row_bounds
from .numpy_unit import Unit, set_state, state_of
from .problem import BinaryProblem, BinaryResult, Settings

__all__ = ["NumpyRows", "NumpyTraining"]

_overflows_show_in_the_weights = np.errstate(over="ignore", invalid="ignore")  # and are looked for after every epoch


class NumpyRows:
    """Rows that all problems of a run share; parameters as in :func:`train_perceptrons`."""

    def __init__(self, X: Any, settings: Settings, held_out_weights: np.ndarray | None) -> None:
        if sparse.issparse(X) and not X.has_canonical_format:
            X = X.copy()
            X.sum_duplicates()  # weights[columns] += ... takes one entry per column
        self.X, self.settings, self.held_out_weights = X, settings, held_out_weights
        self.bounds, self.block_rows = row_bounds(X), block_rows(X)


_OF_TRAINING = ("_order", "_best", "_n_no_improvement", "_is_finite")


class NumpyTraining:
    """One problem, epoch by epoch."""

    @_overflows_show_in_the_weights
    def __init__(self, rows: NumpyRows, problem: BinaryProblem, held_out: np.ndarray | None) -> None:
        self._rows, self._problem, self._held_out = rows, problem, held_out
        unit = L1Unit if rows.settings.penalty == "l1" else Unit
        self._unit = unit(problem, rows.settings, rows.X.dtype, rows.bounds)
        self._order = np.arange(rows.X.shape[0])
        self._is_trained_on = np.ones(rows.X.shape[0], dtype=bool)
        self._is_trained_on[[] if held_out is None else held_out] = False
        self._best, self._n_no_improvement, self._is_finite = -np.inf, 0, True
        self._points: list[tuple[float, int, float]] = []
        if problem.state is not None:
            self._unit.state = problem.state
            set_state(self, _OF_TRAINING, problem.state)
            self._points = [(loss, int(mistakes), score) for loss, mistakes, score in problem.state["points"].tolist()]

    @property
    def n_epochs(self) -> int:
        """Epochs so far."""
        return len(self._points)

    @property
    def done(self) -> bool:
        """Whether training has ended."""
        settings = self._rows.settings
        stopped = self._n_no_improvement >= settings.n_iter_no_change or not self._is_finite
        return stopped or self.n_epochs >= settings.max_epochs

    @property
    def result(self) -> BinaryResult:
        """Weights and curves so far."""
        unit = self._unit
        average, average_intercept = unit.average.mean(unit.weights) if unit.average else (None, 0.0)
        objective, mistakes, scores = zip(*self._points, strict=True)
        return BinaryResult(
            weights=unit.weights * unit.scale,
            intercept=unit.intercept,
            average_weights=average,
            average_intercept=average_intercept,
            objective=np.array(objective),
            mistakes=np.array(mistakes),
            scores=np.array(scores),
            finite=self._is_finite,
            state=unit.state | state_of(self, _OF_TRAINING) | {"points": np.array(self._points)},
        )

    @_overflows_show_in_the_weights
    def advance(self, n_epochs: int) -> None:
        """Train for up to ``n_epochs`` more epochs."""
        for _ in range(n_epochs):
            if self.done:
                return
            self._run_epoch()

    def _run_epoch(self) -> None:
        """One epoch and the stopping rule."""
        if self._problem.permutation is not None:
            self._order = self._order[self._problem.permutation]
        turns = self._order[self._is_trained_on[self._order]]
        unit, problem, block_rows = self._unit, self._problem, self._rows.block_rows
        unit.begin_epoch()
        for start in range(0, len(turns), block_rows):
            rows = turns[start : start + block_rows]
            unit.visit(block_of(self._rows.X, rows), problem.target[rows], problem.step[rows])
        objective = unit.objective / len(turns)
        score = np.nan if self._held_out is None else self._held_out_score()
        self._points.append((objective, unit.mistakes, score))
        # Both of scikit-learn's rules in one: an objective that has to fall by tol, or a score that has to rise by it.
        monitored = -objective if self._held_out is None else score
        self._n_no_improvement = self._n_no_improvement + 1 if monitored < self._best + self._rows.settings.tol else 0
        self._best = max(self._best, monitored)
        self._is_finite = bool(math.isfinite(unit.intercept) and np.isfinite(unit.weights).all())

    def _held_out_score(self) -> float:
        """Weighted accuracy on the rows held out."""
        held_out, unit = self._held_out, self._unit
        assert held_out is not None and self._rows.held_out_weights is not None
        # Without ``scale``: so scikit-learn judges a penalised unit.
        positive = self._rows.X[held_out] @ unit.weights + unit.intercept > 0
        right = positive == (self._problem.target[held_out] > 0)
        weights = self._rows.held_out_weights[held_out]
        return float(weights[right].sum() / weights.sum())
