"""The state of a training run as one value: goes into the compiled program and comes out of it.

Every leaf may carry a leading axis of k models. Between calls the leaves are tensors on the device; an estimator sees
them as NumPy arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..network.weights import Weights

__all__ = ["Curves", "State", "initial_state", "joined", "replaced"]


class State(NamedTuple):
    """Weights, optimizer state and counters of one run (or of k runs at once).

    Within a compiled program, weights and slots lie in blocks (``engines/tensorflow/blocks.py``).

    Attributes
    ----------
    weights : Weights
        Now.
    average : Weights or ()
        Of the epochs so far that count, where the plan averages weights.
    opt_state : tuple of Weights
        The optimizer's slots, one for what is trained.
    n_steps : int64
        Updates that the optimizer has made.
    learning_rate : float64
        Learning rate now, before any bias correction.
    rows_seen : int64
        scikit-learn's ``t_``.
    best : float64
        Highest monitored value so far: minus the training loss, or the validation score.
    n_no_improvement : int64
        Epochs in a row without an improvement of ``tol``.
    wait : int64
        The same, begun anew whenever a plateau has lowered the learning rate.
    stopped : bool
        The stopping rule has spoken.
    best_weights : Weights or ()
        Weights of the best epoch, where the plan keeps them; of the last one while ``best`` is ``-inf``.
    """

    weights: Any
    average: Any
    opt_state: tuple[Any, ...]
    n_steps: Any
    learning_rate: Any
    rows_seen: Any
    best: Any
    n_no_improvement: Any
    wait: Any
    stopped: Any
    best_weights: Any

    @property
    def inference_weights(self) -> Any:
        """The weights that predictions are made with."""
        return self.average or self.weights


def replaced(state: State, **changes: Any) -> State:
    """``state._replace(**changes)``, without what that costs where it is done in every epoch.

    CPython makes a tuple of an iterator by cutting a longer one, which counts as a new object until the next garbage
    collection. After some hundred epochs a full one is due, which takes as long as the first fit of a small network.
    """
    return State(*[changes.get(name, value) for name, value in zip(State._fields, state, strict=True)])


class Curves(NamedTuple):
    """What each epoch of a call gave, ``(epochs, ...)``: float64, NaN where there was none."""

    loss: Any
    validation_loss: Any
    validation_score: Any
    learning_rate: Any


def joined(curves: Sequence[Curves]) -> Curves:
    """The curves of successive epochs, in NumPy, as one."""
    if not curves:
        return Curves([], [], [], [])
    return Curves(*(np.concatenate(parts) for parts in zip(*curves, strict=True)))


def initial_state(
    weights: Weights,
    *,
    n_slots: int,
    learning_rate: Any,
    keep_best: bool,
    averaging: bool = False,
    opt_state: tuple[Weights, ...] | None = None,
    n_steps: int = 0,
    rows_seen: int = 0,
    best: float = -np.inf,
    n_no_improvement: int = 0,
    wait: int = 0,
    best_weights: Weights | None = None,
) -> State:
    """State before the first epoch, in NumPy; what a warm start or ``partial_fit`` brings along may be given.

    The leading axes of ``learning_rate`` (none, or k models) are those of every counter.
    """
    lead = np.shape(learning_rate)

    def counter(value: Any, dtype: Any) -> np.ndarray:
        return np.broadcast_to(np.asarray(value, dtype=dtype), lead).copy()

    if opt_state is None:
        zeros = Weights(*(tuple(np.zeros(array.shape, array.dtype) for array in group) for group in weights.trained))
        opt_state = (zeros,) * n_slots
    return State(
        weights=weights,
        average=weights if averaging else (),
        opt_state=opt_state,
        n_steps=counter(n_steps, np.int64),
        learning_rate=counter(learning_rate, np.float64),
        rows_seen=counter(rows_seen, np.int64),
        best=counter(best, np.float64),
        n_no_improvement=counter(n_no_improvement, np.int64),
        wait=counter(wait, np.int64),
        stopped=counter(False, bool),
        best_weights=(weights if best_weights is None else best_weights) if keep_best else (),
    )
