"""One update of the weights: penalties, clipping, the optimizer, limits on weights.

Comes in: flat weights, gradient and optimizer slots, the numbers of a step. Goes out: nothing; the weights and the
slots are changed in place, block by block, so that what a block needs stays in the cache.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from ...network.weights import array_layers
from ...regularizers import Constraint, Penalty, by_model
from ...runtime.arrays import numpy_namespace as xp
from ..clipping import CLIPPINGS
from ..run import Run
from .flat import Flat

__all__ = ["Step"]

_BLOCK_BYTES = 1 << 16  # of each array; five of them and what is in between fit the second-level cache


class _Block(NamedTuple):
    """Views of one stretch of the vectors, and of its part that penalties are about (None for none).

    ``rate`` is a factor of the learning rate, or None for 1.
    """

    weights: np.ndarray
    gradient: np.ndarray
    slots: tuple[np.ndarray, ...]
    penalised: np.ndarray | None
    penalised_gradient: np.ndarray | None
    rate: Any


class Step:
    """The update of one network, or of k at once.

    Parameters
    ----------
    weights : Flat
    slots : sequence of Flat
        The optimizer's state.
    run : Run
        For its optimizer, regularizers, clipping and factors of the learning rate, with their hyperparameters, and the
        layers that are frozen, which no update touches.
    """

    def __init__(self, weights: Flat, slots: Sequence[Flat], run: Run) -> None:
        self.weights, self._optimizer, self._hyper = weights, run.optimizer, run.hyper.optimizer
        self.gradient = Flat(weights.views, weights.vector.ndim - 1)  # as large; written before it is read
        pairs = [(each, amount) for each, (amount,) in zip(run.regularizers, run.hyper.regularizers, strict=True)]
        self._penalties = [(each, amount) for each, amount in pairs if isinstance(each, Penalty) and np.any(amount)]
        self._constraints = [(each, limit) for each, limit in pairs if isinstance(each, Constraint)]
        self._clips = [(CLIPPINGS[name], limit) for name, limit in zip(run.clipping, run.hyper.clipping, strict=True)]
        self._dtype = weights.vector.dtype
        self._has_models = weights.vector.ndim == 2
        frozen, layers = run.network.frozen, array_layers(run.network)
        self._trained_coefs = _trained(weights.views.coefs, layers.coefs, frozen)
        self._gradients = _trained(chain(*self.gradient.views), chain(*layers.trained), frozen)
        stretches: list[tuple[int, int, Any]] = [(0, weights.vector.shape[-1], None)]
        if rates := run.hyper.learning_rate_multipliers:
            stretches = [
                (start, stop, self._scalar(rates[layer - 1]))
                for start, stop, layer in weights.trained_stretches(run.network)
            ]
        n_coefs = weights.n_coefs
        self._penalised = [weights.vector[..., a : min(b, n_coefs)] for a, b, _ in stretches if a < n_coefs]
        self._blocks = [
            block for stretch in stretches for block in self._make_blocks([slot.vector for slot in slots], *stretch)
        ]

    def _make_blocks(self, slots: list[np.ndarray], start: int, stop: int, rate: Any) -> list[_Block]:
        weights, gradient, n_coefs = self.weights.vector, self.gradient.vector, self.weights.n_coefs
        size = max(1, _BLOCK_BYTES // weights.itemsize // (max(1, len(weights)) if self._has_models else 1))
        blocks = []
        for first in range(start, stop, size):
            last = min(first + size, stop)
            of, penalised = slice(first, last), slice(first, min(last, n_coefs))
            blocks.append(
                _Block(
                    weights[..., of],
                    gradient[..., of],
                    tuple(slot[..., of] for slot in slots),
                    weights[..., penalised] if first < n_coefs else None,
                    gradient[..., penalised] if first < n_coefs else None,
                    rate,
                )
            )
        return blocks

    def penalty(self, total: Any) -> Any:
        """Penalties of the weights as they are in the loss of a batch of this weight: float64, of each model."""
        penalty: Any = 0.0
        for each, amount in self._penalties:
            for coefs in self._penalised:
                penalty = penalty + _per_unit(amount, total) * np.asarray(each.total(xp, coefs), dtype=np.float64)
        return penalty

    def update(self, learning_rate: Any, n_step: Any, total: Any, momentum: float | None) -> None:
        """One step with the gradient that lies in ``gradient``.

        Parameters
        ----------
        learning_rate : float or ndarray of shape (n_models,)
        n_step : int or ndarray of shape (n_models,)
            Number of the update, from 1.
        total : float or ndarray of shape (n_models,)
            Weight of the batch, by which penalties are divided.
        momentum : float or None
            Of this step, where it is not the optimizer's own.
        """
        hyper = self._hyper if momentum is None else self._optimizer.with_momentum(self._hyper, momentum)
        scalars = [self._scalar(each) for each in self._optimizer.scalars(xp, learning_rate, n_step, *hyper)]
        strengths = [(each, self._scalar(_per_unit(amount, total))) for each, amount in self._penalties]
        if self._clips:
            for block in self._blocks:
                if block.penalised is not None:
                    _add_penalties(block.penalised_gradient, block.penalised, strengths)
            strengths = []
            self._clip()
        update = self._optimizer.update
        for weights, gradient, slots, penalised, penalised_gradient, rate in self._blocks:
            if penalised is not None:
                _add_penalties(penalised_gradient, penalised, strengths)
            change, new_slots = update(xp, weights, gradient, slots, scalars)
            np.add(weights, change if rate is None else rate * change, out=weights)
            for slot, new in zip(slots, new_slots, strict=True):
                if new is not slot:
                    slot[...] = new
        for constraint, limit in self._constraints:
            for coef in self._trained_coefs:
                coef[...] = constraint.project(xp, coef, by_model(xp, limit, coef))

    def _scalar(self, value: Any) -> Any:
        """A number as Python's, which takes the dtype beside it; of k models as a column of that dtype."""
        if self._has_models and np.ndim(value):
            return np.asarray(value, dtype=self._dtype)[:, None]
        return float(value)

    def _clip(self) -> None:
        for clip, amount in self._clips:
            limit = np.broadcast_to(amount, len(self.gradient.vector)) if self._has_models else amount
            for view, clipped in zip(self._gradients, clip(xp, self._gradients, limit), strict=True):
                view[...] = clipped


def _trained(arrays: Iterable[np.ndarray], layers: Iterable[int], frozen: tuple[int, ...]) -> list[np.ndarray]:
    return [array for array, layer in zip(arrays, layers, strict=True) if layer not in frozen]


def _per_unit(amount: Any, total: Any) -> Any:
    """An amount, of each model or of all, over the weight of a batch; none where all rows have weight zero."""
    if np.ndim(total):
        return xp.divide_no_nan(np.float64(amount), total)
    return amount / total if total else 0.0


def _add_penalties(gradient: Any, coefs: np.ndarray, strengths: list[tuple[Penalty, Any]]) -> None:
    for penalty, strength in strengths:
        gradient += strength * penalty.slope(xp, coefs)
