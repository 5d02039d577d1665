"""The table of stochastic optimizers, each a pure function of arrays.

``update`` takes one array of weights, its gradient and its memory, and gives the new weights and the new memory, which
is as many arrays as the row says, all zeros at first. What a step needs besides is a few scalars that are the same for
all arrays (the rate, bias corrections); ``scalars`` works them out for many steps at once, ahead of the loop.
To add one: a row here, a class in ``choices/solvers.py``, a test against an independent implementation, a line in the
docs.
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
    numbers : tuple of str
        Its hyperparameters besides the learning rate.
    slots : int
        Arrays of memory per weight array.
    scalars : callable
        ``scalars(rate, n_steps, numbers)``: a tuple of float64 values of update number ``n_steps`` (from 1);
        ``n_steps`` may be an array of successive numbers, the last axis of all values then.
    update : callable
        ``update(weight, gradient, memory, scalars, number)``: new weight and new memory. The scalars, and what
        ``number(name)`` gives of a hyperparameter and ``number(name, True)`` of one minus it, have the dtype and rank
        of the weights.
    """

    numbers: tuple[str, ...]
    slots: int
    scalars: Callable[..., tuple]
    update: Callable[..., Any]


def _float(n_steps: Any) -> Any:
    return tf.cast(n_steps, tf.float64)


def _rate(rate: Any, n_steps: Any, numbers: Any) -> tuple:
    return (rate,)


def _sgd(weight: Any, gradient: Any, memory: Any, scalars: Any, number: Any) -> Any:
    velocity = number("momentum") * memory[0] - scalars[0] * gradient
    return weight + velocity, (velocity,)


def _nesterov(weight: Any, gradient: Any, memory: Any, scalars: Any, number: Any) -> Any:
    velocity = number("momentum") * memory[0] - scalars[0] * gradient
    return weight + (number("momentum") * velocity - scalars[0] * gradient), (velocity,)


def _adagrad(weight: Any, gradient: Any, memory: Any, scalars: Any, number: Any) -> Any:
    """Duchi, Hazan & Singer, "Adaptive subgradient methods", 2011."""
    total = memory[0] + gradient * gradient  # the accumulator's first value is added where it is used
    return weight - scalars[0] * gradient / tf.sqrt(total + number("initial_accumulator") + number("epsilon")), (total,)


def _adadelta(weight: Any, gradient: Any, memory: Any, scalars: Any, number: Any) -> Any:
    """Zeiler, "ADADELTA: an adaptive learning rate method", 2012."""
    square, change = memory
    square = number("rho") * square + number("rho", True) * (gradient * gradient)
    step = gradient * tf.sqrt(change + number("epsilon")) / tf.sqrt(square + number("epsilon"))
    return weight - scalars[0] * step, (square, number("rho") * change + number("rho", True) * (step * step))


def _rmsprop(weight: Any, gradient: Any, memory: Any, scalars: Any, number: Any) -> Any:
    """Hinton, "Neural networks for machine learning", lecture 6, 2012; with momentum as in Graves, 2013."""
    square, velocity = memory
    square = number("rho") * square + number("rho", True) * (gradient * gradient)
    velocity = number("momentum") * velocity + scalars[0] * gradient / tf.sqrt(square + number("epsilon"))
    return weight - velocity, (square, velocity)


def _centered_rmsprop(weight: Any, gradient: Any, memory: Any, scalars: Any, number: Any) -> Any:
    """Graves, "Generating sequences with recurrent neural networks", 2013, equations 38 to 41."""
    square, velocity, mean = memory
    square = number("rho") * square + number("rho", True) * (gradient * gradient)
    mean = number("rho") * mean + number("rho", True) * gradient
    spread = tf.sqrt(tf.nn.relu(square - mean * mean) + number("epsilon"))  # rounding may leave a little below zero
    velocity = number("momentum") * velocity + scalars[0] * gradient / spread
    return weight - velocity, (square, velocity, mean)


def _moments(gradient: Any, memory: Any, number: Any) -> tuple[Any, Any]:
    mean, square = memory
    mean = number("beta_1") * mean + number("beta_1", True) * gradient
    return mean, number("beta_2") * square + number("beta_2", True) * (gradient * gradient)


def _corrected_rate(rate: Any, n_steps: Any, numbers: Any) -> tuple:
    """The rate with Adam's bias corrections of both moments."""
    n_steps = _float(n_steps)
    return (rate * tf.sqrt(1 - numbers["beta_2"] ** n_steps) / (1 - numbers["beta_1"] ** n_steps),)


def _adam(weight: Any, gradient: Any, memory: Any, scalars: Any, number: Any) -> Any:
    """Kingma & Ba, "Adam: a method for stochastic optimization", 2015, section 2 (the efficient order)."""
    mean, square = _moments(gradient, memory, number)
    return weight - scalars[0] * mean / (tf.sqrt(square) + number("epsilon")), (mean, square)


def _amsgrad(weight: Any, gradient: Any, memory: Any, scalars: Any, number: Any) -> Any:
    """Reddi, Kale & Kumar, "On the convergence of Adam and beyond", 2018, with Adam's bias corrections."""
    *moments, largest = memory
    mean, square = _moments(gradient, moments, number)
    largest = tf.maximum(largest, square)
    return weight - scalars[0] * mean / (tf.sqrt(largest) + number("epsilon")), (mean, square, largest)


def _corrected_rate_and_rate(rate: Any, n_steps: Any, numbers: Any) -> tuple:
    (corrected,) = _corrected_rate(rate, n_steps, numbers)
    return corrected, rate


def _adamw(weight: Any, gradient: Any, memory: Any, scalars: Any, number: Any) -> Any:
    """Loshchilov & Hutter, "Decoupled weight decay regularization", 2019, algorithm 2."""
    decayed = weight - scalars[1] * number("weight_decay") * weight
    return _adam(decayed, gradient, memory, scalars, number)


def _adamax_rate(rate: Any, n_steps: Any, numbers: Any) -> tuple:
    return (rate / (1 - numbers["beta_1"] ** _float(n_steps)),)


def _adamax(weight: Any, gradient: Any, memory: Any, scalars: Any, number: Any) -> Any:
    """Kingma & Ba, 2015, section 7.1."""
    mean, largest = memory
    mean = number("beta_1") * mean + number("beta_1", True) * gradient
    largest = tf.maximum(number("beta_2") * largest, tf.abs(gradient))
    return weight - scalars[0] * mean / (largest + number("epsilon")), (mean, largest)


_NADAM_HORIZON = 1024  # 0.96 ** 1024 is below the spacing of float64


def _nadam_shares(rate: Any, n_steps: Any, numbers: Any) -> tuple:
    """Shares of mean and gradient in a step, and the correction of the squares.

    The momentum of step t is ``beta_1 * (1 - 0.96**t / 2)``, which grows towards ``beta_1``; the mean's correction is
    the product of all of them so far. Its factors besides ``beta_1`` are 1 beyond the horizon.
    """
    n_steps, beta = _float(n_steps), numbers["beta_1"]
    past = tf.range(1, _NADAM_HORIZON + 1, dtype=tf.float64)
    base = tf.constant(0.96, tf.float64)
    factors = tf.where(past <= n_steps[..., None], 1 - 0.5 * base**past, tf.ones_like(past))
    product = beta**n_steps * tf.reduce_prod(factors, axis=-1)
    now, ahead = (beta * (1 - 0.5 * base**steps) for steps in (n_steps, n_steps + 1))
    return (
        rate * ahead / (1 - product * ahead),
        rate * (1 - now) / (1 - product),
        tf.math.rsqrt(1 - numbers["beta_2"] ** n_steps),
    )


def _nadam(weight: Any, gradient: Any, memory: Any, scalars: Any, number: Any) -> Any:
    """Dozat, "Incorporating Nesterov momentum into Adam", 2016."""
    of_mean, of_gradient, correction = scalars
    mean, square = _moments(gradient, memory, number)
    step = (of_mean * mean + of_gradient * gradient) / (tf.sqrt(square) * correction + number("epsilon"))
    return weight - step, (mean, square)


def _lion(weight: Any, gradient: Any, memory: Any, scalars: Any, number: Any) -> Any:
    """Chen et al., "Symbolic discovery of optimization algorithms", 2023, algorithm 2."""
    direction = tf.sign(number("beta_1") * memory[0] + number("beta_1", True) * gradient)
    mean = number("beta_2") * memory[0] + number("beta_2", True) * gradient
    return weight - scalars[0] * direction, (mean,)


_BETAS = ("beta_1", "beta_2", "epsilon")

OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer(("momentum",), 1, _rate, _sgd),
    "nesterov": Optimizer(("momentum",), 1, _rate, _nesterov),
    "adagrad": Optimizer(("initial_accumulator", "epsilon"), 1, _rate, _adagrad),
    "adadelta": Optimizer(("rho", "epsilon"), 2, _rate, _adadelta),
    "rmsprop": Optimizer(("rho", "momentum", "epsilon"), 2, _rate, _rmsprop),
    "centered_rmsprop": Optimizer(("rho", "momentum", "epsilon"), 3, _rate, _centered_rmsprop),
    "adam": Optimizer(_BETAS, 2, _corrected_rate, _adam),
    "amsgrad": Optimizer(_BETAS, 3, _corrected_rate, _amsgrad),
    "adamw": Optimizer((*_BETAS, "weight_decay"), 2, _corrected_rate_and_rate, _adamw),
    "adamax": Optimizer(_BETAS, 2, _adamax_rate, _adamax),
    "nadam": Optimizer(_BETAS, 2, _nadam_shares, _nadam),
    "lion": Optimizer(("beta_1", "beta_2"), 1, _rate, _lion),
}
