"""A threshold unit in NumPy: the rows of a block come in, in the order of their turns, and change its weights.

Arithmetic and its order are those of scikit-learn's stochastic gradient descent, so that weights come out equal. Where
only mistakes change the weights, it goes from one mistake to the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .numpy_rows import Block
from .problem import BinaryProblem, Settings

__all__ = ["Unit", "set_state", "state_of"]


def state_of(thing: Any, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Copies of these attributes as arrays; without those that are None."""
    return {name: np.array(getattr(thing, name)) for name in names if getattr(thing, name) is not None}


def set_state(thing: Any, names: tuple[str, ...], state: Mapping[str, np.ndarray]) -> None:
    """Set what :func:`state_of` gave, each in the type that the attribute has."""
    for name in names:
        before = getattr(thing, name)
        if before is not None:
            value = np.array(state[name])
            setattr(thing, name, value if isinstance(before, np.ndarray) else type(before)(value[()]))


_OF_UNIT = ("weights", "scale", "intercept", "_squares", "_moduli", "_cut", "_due")
_OF_AVERAGE = ("_turn", "_count", "_total", "_intercepts", "_missed", "_scales")


class Unit:
    """Weights in training.

    ``weights * scale`` are the weights: a shrinking penalty costs a number per row instead of a vector (Bottou).

    Attributes
    ----------
    weights : ndarray of shape (n_features,)
    scale : float
    intercept : float
    average : Average or None
    objective : float
        Sum over the turns since :meth:`begin_epoch` of the loss and the penalty.
    mistakes : int
        Turns since then on which the row was on the wrong side or on the boundary.
    """

    def __init__(self, problem: BinaryProblem, settings: Settings, dtype: np.dtype) -> None:
        self._settings = settings
        self._smallest = 1e-9 if dtype == np.float64 else 1e-6  # scikit-learn's scale that is folded in
        self.weights = np.array(problem.weights, dtype=dtype)
        self._rounded = self.weights.dtype.type
        self.intercept = np.float64(problem.intercept)
        self.scale = 1.0
        self.average = Average(problem, settings) if settings.average_from else None
        self._squares, self._moduli = _norms(self.weights)
        self._cut = np.zeros_like(self.weights) if settings.penalty == "l1" else None
        self._due = np.float64(0)
        self.begin_epoch()

    @property
    def state(self) -> dict[str, np.ndarray]:
        """What changes from epoch to epoch; setting it goes on from there."""
        return state_of(self, _OF_UNIT) | (state_of(self.average, _OF_AVERAGE) if self.average else {})

    @state.setter
    def state(self, state: Mapping[str, np.ndarray]) -> None:
        set_state(self, _OF_UNIT, state)
        if self.average:
            set_state(self.average, _OF_AVERAGE, state)

    def begin_epoch(self) -> None:
        """Set the sums of an epoch to 0."""
        self.objective, self.mistakes = 0.0, 0

    def visit(self, block: Block, target: np.ndarray, step: np.ndarray) -> None:
        """Give every row of a block its turn.

        Parameters
        ----------
        block : Block
        target, step : float64 ndarray of shape (n_rows,)
            As in :class:`BinaryProblem`, of these rows.
        """
        if self._settings.penalty == "none":
            self._visit_mistakes(block, target, step)
        else:
            self._visit_every_row(block, target, step)

    def _visit_mistakes(self, block: Block, target: np.ndarray, step: np.ndarray) -> None:
        """Between two mistakes nothing changes: score a window of rows at once, stop at the first mistake."""
        place, window, n_rows, average = 0, block.window, len(target), self.average
        while place < n_rows:
            end = min(place + window, n_rows)
            scores = block.dots(place, end, self.weights) + self.intercept  # in double
            scores *= target[place:end]
            wrong = scores <= 0
            ahead = int(wrong.argmax())
            is_mistake = wrong[ahead]
            n_right = ahead if is_mistake else end - place
            if average:
                average.add(n_right, 1.0, self.intercept)
            place += n_right
            if not is_mistake:
                window *= 2
                continue
            self.mistakes += 1
            self.objective -= float(scores[ahead])
            self._learn(block, place, target[place] * step[place])
            if average:
                average.add(1, 1.0, self.intercept)
            place, window = place + 1, block.window

    def _learn(self, block: Block, i: int, update: float) -> None:
        """Change the weights after a mistake; in double before they are rounded, as in scikit-learn."""
        factor = np.float64(self._rounded(update) / self.scale)
        block.add(i, self.weights, factor)
        self.intercept += update * self._settings.intercept_rate
        if self.average:
            self.average.weights_changed(block, i, factor)

    def _visit_every_row(self, block: Block, target: np.ndarray, step: np.ndarray) -> None:
        """A penalty changes the weights at every row."""
        alpha, l1_ratio, eta = self._settings.alpha, self._settings.l1_ratio, self._settings.eta
        shrinkage = float(self._rounded(max(1 - (1 - l1_ratio) * eta * alpha, 0)))
        ridge, lasso = alpha * 0.5 * (1 - l1_ratio), alpha * l1_ratio
        penalties = 0.0
        turns = zip(target.tolist(), step.tolist(), block.rows(), strict=True)
        for i, (y, length, (columns, values)) in enumerate(turns):
            margin = y * (float(values.dot(self.weights[columns])) * self.scale + float(self.intercept))
            penalties += ridge * self._squares + lasso * self._moduli
            self.scale *= shrinkage
            self._squares *= shrinkage * shrinkage
            self._moduli *= shrinkage
            if self.scale < self._smallest:
                self._fold_scale()
            if margin <= 0:
                self.mistakes += 1
                self.objective -= margin
                if length:
                    self._learn(block, i, y * length)
                    # Of the row's columns only, which for a sparse row are not all: so are scikit-learn's norms.
                    squares, moduli = _norms(self.weights[columns])
                    self._squares, self._moduli = squares * self.scale * self.scale, moduli * self.scale
            if self.average:
                self.average.add(1, self.scale, self.intercept)
            if self._cut is not None:
                self._due += l1_ratio * eta * alpha
                self._pull(columns)
        self.objective += penalties

    def _fold_scale(self) -> None:
        """The same weights with a scale of 1."""
        if self.average:
            self.average.fold(self.weights)
        self.weights *= self.scale
        self.scale = 1.0

    def _pull(self, columns: slice | np.ndarray) -> None:
        """Move weights towards 0, and not across it, by what the L1 penalty is still owed (Tsuruoka et al.)."""
        assert self._cut is not None
        before, cut = self.weights[columns].astype(np.float64), self._cut[columns]
        least, most = (cut - self._due) / self.scale, (cut + self._due) / self.scale
        self.weights[columns] = before - np.minimum(np.maximum(before, least), most)
        self._cut[columns] = cut + self.scale * (self.weights[columns] - before)


def _norms(weights: np.ndarray) -> tuple[float, float]:
    """Sum of squares and of moduli."""
    return float(weights.dot(weights)), float(np.abs(weights).sum())


class Average:
    """Mean of the weights over all turns, at the cost of those that change them.

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

    def add(self, n_turns: int, scale: float, intercept: float) -> None:
        """Turns after which the weights were the same."""
        self._turn += n_turns
        counted = min(n_turns, max(self._turn - self._from, 0))
        self._count += counted
        self._scales += counted * scale
        self._intercepts += counted * intercept

    def weights_changed(self, block: Block, i: int, factor: float) -> None:
        """Note that ``factor`` times a row has been added to the weights, before its turn is added."""
        block.add(i, self._missed, self._scales * factor)

    def fold(self, weights: np.ndarray) -> None:
        """Note that weights and scale are about to change together, so that their product does not."""
        self._total += self._scales * weights - self._missed
        self._missed[:] = 0
        self._scales = 0.0

    def mean(self, weights: np.ndarray) -> tuple[np.ndarray, float]:
        """Weights and intercept; those to go on from if no turn has been averaged."""
        if not self._count:
            return self._before
        total = self._total + self._scales * weights - self._missed
        return (total / self._count).astype(weights.dtype), float(self._intercepts / self._count)
