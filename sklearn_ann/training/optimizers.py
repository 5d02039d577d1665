"""The table of stochastic optimizers, each a pure function of arrays.

``update(weights, gradient, memory, step, numbers)`` takes one array each and gives the new weights and the new memory,
which has as many slots as the row says, all zeros at first. The step ahead is known to the whole program, so it is
passed in as ``step``: the size of this update (for Adam with its bias correction) computed once per batch.
To add one: a row here, a test against an independent implementation, a line in the docs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..network.backend import tf

__all__ = ["OPTIMIZERS", "Optimizer"]


class Optimizer(NamedTuple):
    """One optimizer.

    Attributes
    ----------
    slots : int
        Arrays of memory per weight array.
    step_size : callable
        ``step_size(rate, n_steps, numbers)``: float64 size of update number ``n_steps`` (from 1).
    update : callable
        ``update(weight, gradient, memory, size, number)``: new weight and new memory; ``number(name)`` is a
        hyperparameter in the dtype and rank of the weights, ``number(name, True)`` is one minus it.
    """

    slots: int
    step_size: Callable[..., Any]
    update: Callable[..., Any]


def _sgd(weight: Any, gradient: Any, memory: Any, size: Any, number: Any) -> Any:
    velocity = number("momentum") * memory[0] - size * gradient
    return weight + velocity, (velocity,)


def _nesterov(weight: Any, gradient: Any, memory: Any, size: Any, number: Any) -> Any:
    velocity = number("momentum") * memory[0] - size * gradient
    return weight + (number("momentum") * velocity - size * gradient), (velocity,)


def _adam(weight: Any, gradient: Any, memory: Any, size: Any, number: Any) -> Any:
    """Kingma & Ba, "Adam: a method for stochastic optimization", 2015, section 2 (the efficient order)."""
    mean, square = memory
    mean = number("beta_1") * mean + number("beta_1", True) * gradient
    square = number("beta_2") * square + number("beta_2", True) * (gradient * gradient)
    return weight - size * mean / (tf.sqrt(square) + number("epsilon")), (mean, square)


def _adam_step_size(rate: Any, n_steps: Any, numbers: Any) -> Any:
    n_steps = tf.cast(n_steps, tf.float64)
    return rate * tf.sqrt(1 - numbers["beta_2"] ** n_steps) / (1 - numbers["beta_1"] ** n_steps)


def _plain_step_size(rate: Any, n_steps: Any, numbers: Any) -> Any:
    return rate


OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer(1, _plain_step_size, _sgd),
    "nesterov": Optimizer(1, _plain_step_size, _nesterov),
    "adam": Optimizer(2, _adam_step_size, _adam),
}
