"""What an engine is asked to do, and what it gives back: the same for every engine.

Comes in: nothing. Goes out: values without behaviour. Knows no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from ..data.orders import EpochOrders
from ..network.spec import Network
from ..network.weights import Weights
from .state import Curves, State

__all__ = ["EpochEnd", "HeldOut", "Result", "Run"]


class HeldOut(NamedTuple):
    """Validation rows: X (dense or CSR), encoded targets, float64 row weights."""

    X: Any
    y: np.ndarray
    weights: np.ndarray


class EpochEnd(NamedTuple):
    """A run after an epoch: all that the next one comes from.

    Attributes
    ----------
    state : State
        On the device.
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
    optimizer, regularizers, augmentations, rule, monitor, score, keep_best
        As in :class:`~sklearn_ann.engines.tensorflow.plan.Plan`.
    numbers : dict of str to float
        Hyperparameters by owner and name; each a number, or an array over models. What the run does not need is left
        alone.
    X : ndarray or CSR matrix of shape (n_rows, n_features)
        All rows; the orders say which of them are trained on.
    y : ndarray of shape (n_rows, columns)
        Encoded targets: int32 class indices or floats.
    weights : ndarray of shape (n_rows,) or None
        Row weights, None for ones.
    held_out : HeldOut or None
        Validation rows.
    batch_size : int
    max_iter : int
        Epochs at most.
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
        What changes from step to step, by time in epochs; names as in
        :class:`~sklearn_ann.engines.tensorflow.plan.Plan`.
    """

    network: Network
    optimizer: str
    regularizers: tuple[str, ...]
    rule: str
    monitor: str
    score: str | None
    keep_best: bool
    numbers: dict[str, Any]
    X: Any
    y: np.ndarray
    weights: np.ndarray | None
    held_out: HeldOut | None
    batch_size: int
    max_iter: int
    device: str
    host_score: Callable[[Weights], float] | None = None
    on_epochs: Callable[[Curves], None] | None = None
    runner: Callable[[EpochEnd], bool] | None = None
    n_epochs_before: int = 0
    per_step: Mapping[str, Callable[[np.ndarray], np.ndarray]] = MappingProxyType({})
    augmentations: tuple = ()


class Result(NamedTuple):
    """Final state and curves in NumPy; ``interrupted`` after Ctrl-C."""

    state: State
    curves: Curves
    interrupted: bool
