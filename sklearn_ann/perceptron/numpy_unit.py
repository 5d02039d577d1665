"""A threshold unit in NumPy: the rows of a block come in, in the order of their turns, and change its weights.

Between two mistakes only the scale of the weights changes, by a known factor: rows are scored in windows, and the unit
goes from one mistake to the next. Arithmetic and its order are those of scikit-learn's stochastic gradient descent, but
for the products of a window; where their rounding may decide, a product is summed up as scikit-learn does. So the
mistakes are the same, and the weights come out equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .numpy_average import Average
from .numpy_rows import Block, RowBounds
from .problem import BinaryProblem, Settings

__all__ = ["Turns", "Unit", "set_state", "state_of"]


def state_of(thing: Any, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Copies of these attributes as arrays, leaving out those that are None."""
    return {name: np.array(getattr(thing, name)) for name in names if getattr(thing, name) is not None}


def set_state(thing: Any, names: tuple[str, ...], state: Mapping[str, np.ndarray]) -> None:
    """Restore the values of :func:`state_of`, each with the type of the attribute."""
    for name in names:
        before = getattr(thing, name)
        if before is not None:
            value = np.array(state[name])
            setattr(thing, name, value if isinstance(before, np.ndarray) else type(before)(value[()]))


_OF_AVERAGE = ("_turn", "_count", "_total", "_intercepts", "_missed", "_scales")


class Turns(NamedTuple):
    """The turns of a block's rows.

    Attributes
    ----------
    target, step : float64 ndarray of shape (n_rows,)
        As in :class:`BinaryProblem`.
    factors, intercept_updates : float64 ndarray of shape (n_rows,)
        What a mistake on a row adds to ``weights``, as a multiple of the row, and to the intercept.
    scales : float64 ndarray of shape (n_rows + 1,)
        Scale of the weights before each turn and after the last.
    folds : list of int
        Turns after which a small scale is multiplied into the weights and reset to 1.
    tie : float
        Margin below which rounding may decide on which side of the boundary a row lies.
    """

    target: np.ndarray
    step: np.ndarray
    factors: np.ndarray
    intercept_updates: np.ndarray
    scales: np.ndarray
    folds: list[int]
    tie: float


class Unit:
    """Weights in training.

    The weights are ``weights * scale``: a shrinking penalty then costs one multiplication per row instead of one per
    weight (Bottou).

    Parameters
    ----------
    problem : BinaryProblem
    settings : Settings
    dtype : dtype
        Of the weights.
    bounds : RowBounds
        Of all rows that will come.

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

    _of_state: tuple[str, ...] = ("weights", "scale", "intercept", "_squares", "_moduli")

    def __init__(self, problem: BinaryProblem, settings: Settings, dtype: np.dtype, bounds: RowBounds) -> None:
        self._settings = settings
        self._smallest = 1e-9 if dtype == np.float64 else 1e-6  # scikit-learn's scale that is folded in
        self._bounds, self._largest_step = bounds, float(problem.step.max(initial=0))
        self.weights = np.array(problem.weights, dtype=dtype)
        self.intercept = float(problem.intercept)
        self.scale = 1.0
        self.average = Average(problem, settings) if settings.average_from else None
        alpha, l1_ratio = settings.alpha, settings.l1_ratio
        self._is_penalized = settings.penalty != "none"
        shrinkage = max(1 - (1 - l1_ratio) * settings.eta * alpha, 0) if self._is_penalized else 1
        self._shrinkage = float(dtype.type(shrinkage))
        self._ridge, self._lasso = alpha * 0.5 * (1 - l1_ratio), alpha * l1_ratio
        self._set_norms(self.weights)
        self.begin_epoch()

    @property
    def state(self) -> dict[str, np.ndarray]:
        """State that changes from epoch to epoch; setting it continues from there."""
        return state_of(self, self._of_state) | (state_of(self.average, _OF_AVERAGE) if self.average else {})

    @state.setter
    def state(self, state: Mapping[str, np.ndarray]) -> None:
        set_state(self, self._of_state, state)
        if self.average:
            set_state(self.average, _OF_AVERAGE, state)

    def begin_epoch(self) -> None:
        """Set the sums of an epoch to 0."""
        self.objective, self.mistakes = 0.0, 0

    def visit(self, block: Block, target: np.ndarray, step: np.ndarray) -> None:
        """Visit every row of a block.

        Parameters
        ----------
        block : Block
        target, step : float64 ndarray of shape (n_rows,)
            As in :class:`BinaryProblem`, of these rows.
        """
        scales, folds = self._scales(len(target))
        updates, dtype = target * step, self.weights.dtype
        # Rounded as in scikit-learn, then double: a single update is, before the weights are rounded.
        factors = (updates.astype(dtype) / scales[1:].astype(dtype)).astype(np.float64)
        intercept_updates = updates * self._settings.intercept_rate
        self._settled = 0
        self._take(block, Turns(target, step, factors, intercept_updates, scales, folds, self._tie(len(target))))
        self._charge(scales[self._settled : -1])
        if self.average:
            self.average.add(scales[max(self._settled, 1) :], self.intercept)
        self.scale = scales.item(-1)

    def _take(self, block: Block, turns: Turns) -> None:
        """Visit the rows: score a window of rows at once, continue behind the first mistake."""
        target, scales, tie, shrinks = turns.target, turns.scales, turns.tie, self._shrinkage != 1
        threshold, intercept = np.array(tie), np.array(self.intercept)  # ufuncs take them faster than numbers
        place, window = 0, block.window
        for end in (*turns.folds, len(target)):
            while place < end:
                stop = min(place + window, end)
                margins = block.dots(place, stop, self.weights)
                if shrinks:
                    margins = margins * scales[place:stop]
                margins = (margins + intercept) * target[place:stop]
                ahead = int((margins <= threshold).argmax())
                margin = margins.item(ahead)
                is_mistake = margin <= tie
                i = place + ahead if is_mistake else stop - 1
                if is_mistake and margin >= -tie:
                    margin = self._margin(block, i, turns)
                    is_mistake = margin <= 0
                place = i + 1
                window = block.window if is_mistake else 2 * window
                if is_mistake or place == end:
                    self._change(block, turns, i, margin)
                    intercept = np.array(self.intercept)

    def _change(self, block: Block, turns: Turns, i: int, margin: float) -> None:
        """Update the weights for one row, if the scale is folded in there or the row is a mistake."""
        scales, average = turns.scales, self.average
        if self._is_penalized or average:
            self._charge(scales[self._settled : i + 1])
            if average:
                average.add(scales[max(self._settled, 1) : i + 1], self.intercept)
            self._settled = i + 1
            if self._shrinkage != 1 and scales[i + 1] == 1:
                self._fold(scales.item(i) * self._shrinkage)
        if margin <= 0:
            self.mistakes += 1
            self.objective -= margin
            block.add(i, self.weights, turns.factors[i, ...])
            self.intercept += turns.intercept_updates.item(i)
            if average:
                average.weights_changed(block, i, turns.factors.item(i))
            if self._is_penalized and turns.step[i]:
                # Of the row's columns only, which for a sparse row are not all: so are scikit-learn's norms.
                self._set_norms(self.weights[block.row(i)[0]])

    def _scales(self, n_rows: int) -> tuple[np.ndarray, list[int]]:
        """``scales`` and ``folds`` for ``n`` turns."""
        scales, folds, start = np.full(n_rows + 1, self._shrinkage), [], 0
        scales[0] = self.scale
        while self._shrinkage != 1 and start < n_rows:
            np.multiply.accumulate(scales[start:], out=scales[start:])
            is_small = scales[start + 1 :] < self._smallest
            if not is_small.any():
                break
            start += 1 + int(is_small.argmax())
            folds.append(start)
            scales[start], scales[start + 1 :] = 1, self._shrinkage
        return scales, folds

    def _tie(self, n_rows: int) -> float:
        """Margin that exceeds the rounding error of a product within that many turns."""
        n_values, norm = self._bounds
        # A mistake is at no acute angle to the weights, so that squared norms add up at most.
        largest = self.scale * float(self.weights.dot(self.weights)) ** 0.5 + n_rows**0.5 * self._largest_step * norm
        return 4 * n_values**0.5 * float(np.finfo(self.weights.dtype).eps) * norm * largest

    def _margin(self, block: Block, i: int, turns: Turns) -> float:
        """Margin of a row, summed up number by number as scikit-learn does."""
        columns, values = block.row(i)
        product = np.add.accumulate(values * self.weights[columns], dtype=np.float64)[-1:].sum() * turns.scales.item(i)
        return turns.target.item(i) * (float(self.weights.dtype.type(product)) + self.intercept)

    def _charge(self, scales: np.ndarray) -> None:
        """Add the penalty of turns before which only the scale of the weights changed."""
        if self._is_penalized:
            self.objective += self._ridge * self._squares * float(scales.dot(scales))
            if self._lasso:
                self.objective += self._lasso * self._moduli * float(scales.sum())

    def _set_norms(self, weights: np.ndarray) -> None:
        """Sums of squares and of moduli."""
        self._squares = float(weights.dot(weights))
        self._moduli = float(np.abs(weights).sum()) if self._lasso else 0.0

    def _fold(self, scale: float) -> None:
        """The same weights with a scale of 1."""
        if self.average:
            self.average.fold(self.weights)
        self.weights *= scale
        self._squares *= scale * scale
        self._moduli *= scale
