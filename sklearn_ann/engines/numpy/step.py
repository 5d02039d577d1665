"""One update of the weights: penalties, clipping, the optimizer, limits on weights.

Comes in: flat weights, gradient and optimizer slots, the numbers of a step. Goes out: nothing; the weights and the
slots are changed in place, block by block, so that what a block needs stays in the cache.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...network.namespaces import within
from ...runtime.arrays import numpy_namespace as xp
from ..optimizers import OPTIMIZERS
from ..regularizers import REGULARIZERS
from .flat import Flat

__all__ = ["Step"]

_BLOCK_BYTES = 1 << 16  # of each array; five of them and what is in between fit the second-level cache


class _Block(NamedTuple):
    """Views of one stretch of the vectors, and of its part that penalties are about (None for none)."""

    weights: np.ndarray
    gradient: np.ndarray
    slots: tuple[np.ndarray, ...]
    penalised: np.ndarray | None
    penalised_gradient: np.ndarray | None


class Step:
    """The update of one network, or of k at once.

    Parameters
    ----------
    weights : Flat
    slots : sequence of Flat
        The optimizer's memory.
    optimizer : str
    regularizers : sequence of str
    numbers : dict of str to float
        Amounts of the regularizers, hyperparameters of the optimizer.
    """

    def __init__(
        self,
        weights: Flat,
        slots: Sequence[Flat],
        optimizer: str,
        regularizers: Sequence[str],
        numbers: Mapping[str, Any],
    ) -> None:
        self.weights, self._own = weights, within(numbers, "solver")
        amounts = within(numbers, "regularizer")
        self.gradient = Flat(weights.views, weights.vector.ndim - 1)  # as large; written before it is read
        self._optimizer = OPTIMIZERS[optimizer]
        rows = [(REGULARIZERS[name], amounts[name]) for name in regularizers]
        self._penalties = [(row, amount) for row, amount in rows if row.value is not None and amount]
        self._clips = [(row.clip, amount) for row, amount in rows if row.clip is not None]
        self._projections = [(row.project, amount) for row, amount in rows if row.project is not None]
        self._dtype = weights.vector.dtype
        self._has_models = weights.vector.ndim == 2
        self._blocks = self._make_blocks([slot.vector for slot in slots])

    def _make_blocks(self, slots: list[np.ndarray]) -> list[_Block]:
        weights, gradient = self.weights.vector, self.gradient.vector
        n, n_coefs = weights.shape[-1], self.weights.n_coefs
        size = max(1, _BLOCK_BYTES // weights.itemsize // (max(1, len(weights)) if self._has_models else 1))
        blocks = []
        for start in range(0, n, size):
            of, penalised = slice(start, start + size), slice(start, min(start + size, n_coefs))
            blocks.append(
                _Block(
                    weights[..., of],
                    gradient[..., of],
                    tuple(slot[..., of] for slot in slots),
                    weights[..., penalised] if start < n_coefs else None,
                    gradient[..., penalised] if start < n_coefs else None,
                )
            )
        return blocks

    def penalty(self, total: Any) -> Any:
        """Penalties of the weights as they are in the loss of a batch of this weight: float64, of each model."""
        coefs = self.weights.vector[..., : self.weights.n_coefs]
        penalty: Any = 0.0
        for row, amount in self._penalties:
            penalty = penalty + _per_unit(amount, total) * np.asarray(row.total(xp, coefs), dtype=np.float64)
        return penalty

    def update(self, rate: Any, n_step: Any, total: Any, now: Mapping[str, float]) -> None:
        """One step with the gradient that lies in ``gradient``.

        Parameters
        ----------
        rate : float or ndarray of shape (n_models,)
        n_step : int or ndarray of shape (n_models,)
            Number of the update, from 1.
        total : float or ndarray of shape (n_models,)
            Weight of the batch, by which penalties are divided.
        now : dict of str to float
            Hyperparameters that this step has values of its own for.
        """
        numbers = {**self._own, **now} if now else self._own
        scalars = tuple(map(self._scalar, self._optimizer.scalars(xp, rate, n_step, numbers)))
        strengths = [(row, self._scalar(_per_unit(amount, total))) for row, amount in self._penalties]
        if self._clips:
            for block in self._blocks:
                if block.penalised is not None:
                    _add_penalties(block.penalised_gradient, block.penalised, strengths)
            strengths = []
            self._clip()
        update = self._optimizer.update
        for weights, gradient, slots, penalised, penalised_gradient in self._blocks:
            if penalised is not None:
                _add_penalties(penalised_gradient, penalised, strengths)
            change, new_slots = update(xp, weights, gradient, slots, scalars)
            np.add(weights, change, out=weights)
            for slot, new in zip(slots, new_slots, strict=True):
                if new is not slot:
                    slot[...] = new
        for project, amount in self._projections:
            for coef in self.weights.views.coefs:
                coef[...] = project(xp, coef, amount)

    def _scalar(self, value: Any) -> Any:
        """A number as Python's, which takes the dtype beside it; of k models as a column of that dtype."""
        if self._has_models and np.ndim(value):
            return np.asarray(value, dtype=self._dtype)[:, None]
        return float(value)

    def _clip(self) -> None:
        gradients = [view for group in self.gradient.views for view in group]
        for clip, amount in self._clips:
            limit = np.full(len(self.gradient.vector), amount) if self._has_models else amount
            for view, clipped in zip(gradients, clip(xp, gradients, limit), strict=True):
                view[...] = clipped


def _per_unit(amount: float, total: Any) -> Any:
    """An amount over the weight of a batch; none where all rows have weight zero."""
    if np.ndim(total):
        return xp.divide_no_nan(np.float64(amount), total)
    return amount / total if total else 0.0


def _add_penalties(gradient: Any, coefs: np.ndarray, strengths: list[tuple[Any, Any]]) -> None:
    for row, strength in strengths:
        gradient += strength * row.slope(xp, coefs)
