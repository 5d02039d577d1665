"""The request to an engine and its answer, the same for every engine.

Comes in: nothing. Goes out: values without behaviour. Knows no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from ..augmentations import Augmentation
from ..data.orders import EpochOrders
from ..network.hyper import NetworkHyper
from ..network.spec import Network
from ..network.weights import Weights
from ..optimizers import Optimizer
from ..regularizers import Regularizer
from ..runtime.tree import map_leaves
from ..schedules import Schedule
from .state import Curves, State

__all__ = ["EpochEnd", "HeldOut", "Hyper", "Result", "Run", "of_models"]


class Hyper(NamedTuple):
    """The hyperparameters of a run, shaped like what they are for: numbers that flow through programs.

    All but those of the network are floats, or arrays of shape ``(k,)`` over models.

    Attributes
    ----------
    network : NetworkHyper
    optimizer : tuple
    regularizers : tuple of tuples
    clipping : tuple
        Limits of the gradient, in the order of ``Run.clipping``.
    schedule : tuple
        Those of ``Run.rule``.
    noise : tuple
        Amounts, in the order of ``Network.noise``.
    augmentations : tuple of tuples
    learning_rate_init, tol, n_iter_no_change : float
    seed : tuple
        Of noise and augmentations, where there are such.
    learning_rate_multipliers : tuple
        Factor of the learning rate of each layer, where layers have rates of their own; those of frozen ones go unread.
    """

    network: NetworkHyper
    optimizer: tuple[Any, ...]
    regularizers: tuple[tuple[Any, ...], ...]
    clipping: tuple[Any, ...]
    schedule: tuple[Any, ...]
    noise: tuple[Any, ...]
    augmentations: tuple[tuple[Any, ...], ...]
    learning_rate_init: Any
    tol: Any
    n_iter_no_change: Any
    seed: tuple[Any, ...] = ()
    learning_rate_multipliers: tuple[Any, ...] = ()


class HeldOut(NamedTuple):
    """Validation rows: some of the rows of arrays, which may be those that are trained on.

    Attributes
    ----------
    X : ndarray or CSR matrix of shape (n, n_features)
    y : ndarray of shape (n, columns)
        Encoded targets.
    sample_weight : float64 ndarray of shape (n,)
    rows : ndarray of int or None
        Which of the n rows; None for all of them. Of shape (k, rows) where each of k models has its own, among the
        rows of the run.
    """

    X: Any
    y: np.ndarray
    sample_weight: np.ndarray
    rows: np.ndarray | None = None

    @property
    def is_of_models(self) -> bool:
        """Whether each model has rows of its own."""
        return self.rows is not None and self.rows.ndim == 2

    @property
    def n_rows(self) -> int:
        """Number of validation rows."""
        return self.X.shape[0] if self.rows is None else self.rows.shape[-1]

    def places(self, start: int = 0, stop: int | None = None) -> slice | np.ndarray:
        """Where the validation rows are in the arrays, all of them or those from ``start`` to ``stop``."""
        return slice(start, stop) if self.rows is None else self.rows[..., start:stop]

    @property
    def total(self) -> Any:
        """Weight of all of them, of each model where models have their own."""
        return self.sample_weight[self.places()].sum(axis=-1)

    def scatter(self) -> np.ndarray:
        """Weighted sum of squares of their targets around the mean, for R2, likewise."""
        index = self.places()
        if isinstance(index, np.ndarray) and index.ndim == 2:
            return np.stack([self._replace(rows=rows).scatter() for rows in index])
        y, weights = self.y[index].astype(np.float64), self.sample_weight[index]
        with np.errstate(over="ignore", invalid="ignore"):  # the score is NaN then
            return weights @ (y - np.average(y, axis=0, weights=weights)) ** 2


class EpochEnd(NamedTuple):
    """A run after an epoch: all that the next one comes from.

    Attributes
    ----------
    state : State
        In NumPy; it may share memory with the engine's, so it is not written to.
    orders : sequence of EpochOrders
        One per model, at the place where the next epoch begins.
    curves : Curves
        Of this epoch, ``(1, ...)``.
    """

    state: State
    orders: Sequence[EpochOrders]
    curves: Curves


class Run(NamedTuple):
    """Everything about a run except its state.

    Attributes
    ----------
    network : Network
    optimizer : Optimizer
    regularizers : tuple of Regularizer
        The L2 penalty first.
    clipping : tuple of str
        Names of :data:`~sklearn_ann.engines.clipping.CLIPPINGS`.
    augmentations : tuple of Augmentation
    rule : Schedule
        Updates the learning rate at the end of an epoch.
    monitor : {'loss', 'validation', 'host'}
        Quantity that the stopping rule watches: the training loss, the validation score that the engine computes, or
        ``host_score``.
    score : {None, 'accuracy', 'r2', 'loss'}
        Validation score that the engine computes; None without validation rows.
    keep_best : bool
        Keep the weights of the best epoch.
    hyper : Hyper
        Members above stand as their structure; these are their hyperparameters.
    X : ndarray or CSR matrix of shape (n_rows, n_features)
        All rows; the orders say which of them are trained on.
    y : ndarray of shape (n_rows, columns)
        Encoded targets: int32 class indices or floats.
    sample_weight : ndarray of shape (n_rows,) or None
        None for ones.
    held_out : HeldOut or None
        Validation rows.
    batch_size : int
    max_iter : int
        Maximum number of epochs.
    device : str
        TensorFlow's device name.
    host_score : callable or None
        ``host_score(weights) -> float``, called after every epoch; the stopping rule's where ``monitor`` is ``'host'``.
    on_epochs : callable or None
        ``on_epochs(curves)``, called after every call with the epochs it ran.
    runner : callable or None
        ``runner(end) -> bool``, called after every epoch; True ends the run.
    n_epochs_before : int
        Epochs before this run, from which time goes on.
    per_step : dict of str to callable
        What changes from step to step, by time in epochs: ``'learning_rate'`` (a factor of it), ``'momentum'`` (of the
        optimizer), ``'average'`` (the share that the weights at the end of the epoch have in their average so far).
    """

    network: Network
    optimizer: Optimizer
    regularizers: tuple[Regularizer, ...]
    clipping: tuple[str, ...]
    augmentations: tuple[Augmentation, ...]
    rule: Schedule
    monitor: str
    score: str | None
    keep_best: bool
    hyper: Hyper
    X: Any
    y: np.ndarray
    sample_weight: np.ndarray | None
    held_out: HeldOut | None
    batch_size: int
    max_iter: int
    device: str
    host_score: Callable[[Weights], float] | None = None
    on_epochs: Callable[[Curves], None] | None = None
    runner: Callable[[EpochEnd], bool] | None = None
    n_epochs_before: int = 0
    per_step: Mapping[str, Callable[[np.ndarray], np.ndarray]] = MappingProxyType({})


def of_models(run: Run, models: np.ndarray) -> Run:
    """The run of some of its models, by their numbers: with their own hyperparameters and validation rows.

    Hyperparameters of the network have the axis of models as ``(k, 1, n)``, all others as ``(k,)``.
    """

    def chosen(value: Any, n_axes: int) -> Any:
        return map_leaves(lambda leaf: leaf[models] if np.ndim(leaf) == n_axes else leaf, value)

    hyper = Hyper(chosen(run.hyper.network, 3), *(chosen(value, 1) for value in run.hyper[1:]))
    held_out = run.held_out
    if held_out is not None and held_out.rows is not None and held_out.is_of_models:
        held_out = held_out._replace(rows=held_out.rows[models])
    return run._replace(hyper=hyper, held_out=held_out)


class Result(NamedTuple):
    """Final state and curves in NumPy; ``interrupted`` after Ctrl-C."""

    state: State
    curves: Curves
    interrupted: bool
