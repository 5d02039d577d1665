"""The table of stochastic optimizers, each a pure function of arrays over an array namespace.

``update`` takes one array of weights, its gradient and its slots (moving means and the like: as many arrays as the row
says, all zeros at first), and gives an update, to be added to the weights, and the new slots. What a step needs besides
is a few scalars that are the same for all arrays (the rate, bias corrections, decay factors and their complements);
``scalars`` works them out in float64 for many steps at once, ahead of the loop: in float32, 1 - 0.999 is off by 5e-5.
To add one: a row here, a class in ``optimizers.py``, a test against an independent implementation, a line in the
docs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

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
        ``scalars(xp, rate, n_steps, numbers)``: a tuple of float64 values of update number ``n_steps`` (from 1).
        ``n_steps`` may be an array of successive numbers, the last axis of the values then. ``rate`` and ``numbers``
        broadcast with it, and so do the values: those that do not change from step to step have as many axes as the
        numbers they are made of. Python numbers give Python floats.
    update : callable
        ``update(xp, weight, gradient, slots, scalars)``: an update and a tuple of the new slots, where the new weights
        are ``weight + update``. The scalars are Python floats, or have the dtype and rank of the weights. NumPy may
        write to the gradient and writes the new slots over the old ones: they are the same arrays. The update may be
        one of the new slots, so only read it.
    """

    numbers: tuple[str, ...]
    slots: int
    scalars: Callable[..., tuple]
    update: Callable[..., tuple[Any, tuple]]


def _float(xp: Any, n_steps: Any) -> Any:
    return n_steps if isinstance(n_steps, int) else xp.astype(n_steps, xp.float64)


def _both(share: Any) -> tuple[Any, Any]:
    """The factors of a moving mean: of the old mean and of the new value."""
    return share, 1 - share


def _moved(xp: Any, mean: Any, value: Any, kept: Any, share: Any) -> Any:
    """A moving mean, ``kept * mean + share * value``; NumPy writes to both."""
    mean = xp.multiply(mean, kept, out=mean)
    return xp.add(mean, xp.multiply(value, share, out=value), out=mean)


def _root(xp: Any, square: Any, epsilon: Any, out: Any = None) -> Any:
    """``sqrt(square + epsilon)``."""
    shifted = xp.add(square, epsilon, out=out)
    return xp.sqrt(shifted, out=shifted)


def _sgd_scalars(xp: Any, rate: Any, n_steps: Any, numbers: Any) -> tuple:
    return rate, numbers["momentum"]


def _sgd(xp: Any, weight: Any, gradient: Any, slots: Any, scalars: Any) -> Any:
    rate, momentum = scalars
    velocity = xp.multiply(slots[0], momentum, out=slots[0])
    velocity = xp.subtract(velocity, xp.multiply(gradient, rate, out=gradient), out=velocity)
    return velocity, (velocity,)


def _nesterov(xp: Any, weight: Any, gradient: Any, slots: Any, scalars: Any) -> Any:
    rate, momentum = scalars
    step = xp.multiply(gradient, rate, out=gradient)
    velocity = xp.multiply(slots[0], momentum, out=slots[0])
    velocity = xp.subtract(velocity, step, out=velocity)
    return xp.subtract(xp.multiply(velocity, momentum), step, out=step), (velocity,)


def _adagrad_scalars(xp: Any, rate: Any, n_steps: Any, numbers: Any) -> tuple:
    return rate, numbers["initial_accumulator"] + numbers["epsilon"]


def _adagrad(xp: Any, weight: Any, gradient: Any, slots: Any, scalars: Any) -> Any:
    """Duchi, Hazan & Singer, "Adaptive subgradient methods", 2011."""
    rate, floor = scalars
    square = xp.square(gradient)
    total = xp.add(slots[0], square, out=slots[0])  # the accumulator's first value is added where it is used
    step = xp.multiply(gradient, -rate, out=gradient)
    return xp.divide(step, _root(xp, total, floor, out=square), out=step), (total,)


def _adadelta_scalars(xp: Any, rate: Any, n_steps: Any, numbers: Any) -> tuple:
    return rate, *_both(numbers["rho"]), numbers["epsilon"]


def _adadelta(xp: Any, weight: Any, gradient: Any, slots: Any, scalars: Any) -> Any:
    """Zeiler, "ADADELTA: an adaptive learning rate method", 2012."""
    rate, *rho, epsilon = scalars
    square = _moved(xp, slots[0], xp.square(gradient), *rho)
    step = xp.multiply(gradient, _root(xp, slots[1], epsilon), out=gradient)
    step = xp.divide(step, _root(xp, square, epsilon), out=step)
    change = _moved(xp, slots[1], xp.square(step), *rho)
    return xp.multiply(step, -rate, out=step), (square, change)


def _rmsprop_scalars(xp: Any, rate: Any, n_steps: Any, numbers: Any) -> tuple:
    return rate, *_both(numbers["rho"]), numbers["momentum"], numbers["epsilon"]


def _with_momentum(xp: Any, velocity: Any, gradient: Any, spread: Any, rate: Any, momentum: Any) -> Any:
    """``momentum * velocity + rate * gradient / spread``; NumPy writes to velocity and gradient."""
    velocity = xp.multiply(velocity, momentum, out=velocity)
    step = xp.multiply(gradient, rate, out=gradient)
    return xp.add(velocity, xp.divide(step, spread, out=step), out=velocity)


def _rmsprop(xp: Any, weight: Any, gradient: Any, slots: Any, scalars: Any) -> Any:
    """Hinton, "Neural networks for machine learning", lecture 6, 2012; with momentum as in Graves, 2013."""
    rate, *rho, momentum, epsilon = scalars
    square = _moved(xp, slots[0], xp.square(gradient), *rho)
    velocity = _with_momentum(xp, slots[1], gradient, _root(xp, square, epsilon), rate, momentum)
    return -velocity, (square, velocity)


def _centered_rmsprop(xp: Any, weight: Any, gradient: Any, slots: Any, scalars: Any) -> Any:
    """Graves, "Generating sequences with recurrent neural networks", 2013, equations 38 to 41."""
    rate, *rho, momentum, epsilon = scalars
    square = _moved(xp, slots[0], xp.square(gradient), *rho)
    mean = _moved(xp, slots[2], gradient * 1, *rho)
    variance = xp.maximum(square - mean * mean, 0)  # rounding may leave a little below zero
    velocity = _with_momentum(xp, slots[1], gradient, _root(xp, variance, epsilon), rate, momentum)
    return -velocity, (square, velocity, mean)


def _beta_scalars(numbers: Any) -> tuple:
    return *_both(numbers["beta_1"]), *_both(numbers["beta_2"]), numbers["epsilon"]


def _adam_scalars(xp: Any, rate: Any, n_steps: Any, numbers: Any) -> tuple:
    """The rate with Adam's bias corrections of both moments first."""
    n_steps = _float(xp, n_steps)
    corrected = rate * (1 - numbers["beta_2"] ** n_steps) ** 0.5 / (1 - numbers["beta_1"] ** n_steps)
    return corrected, *_beta_scalars(numbers)


def _adam(xp: Any, weight: Any, gradient: Any, slots: Any, scalars: Any) -> Any:
    """Kingma & Ba, "Adam: a method for stochastic optimization", 2015, section 2 (the efficient order)."""
    rate, *of_mean, kept, share, epsilon = scalars
    power = xp.square(gradient)
    mean = _moved(xp, slots[0], gradient, *of_mean)
    square = _moved(xp, slots[1], power, kept, share)
    spread = xp.sqrt(square, out=power)
    spread = xp.add(spread, epsilon, out=spread)
    step = xp.multiply(mean, -rate, out=gradient)
    return xp.divide(step, spread, out=step), (mean, square)


def _amsgrad(xp: Any, weight: Any, gradient: Any, slots: Any, scalars: Any) -> Any:
    """Reddi, Kale & Kumar, "On the convergence of Adam and beyond", 2018, with Adam's bias corrections."""
    rate, *of_mean, kept, share, epsilon = scalars
    square = _moved(xp, slots[1], xp.square(gradient), kept, share)
    mean = _moved(xp, slots[0], gradient, *of_mean)
    largest = xp.maximum(slots[2], square, out=slots[2])
    step = xp.multiply(mean, -rate, out=gradient)
    return xp.divide(step, xp.sqrt(largest) + epsilon, out=step), (mean, square, largest)


def _adamw_scalars(xp: Any, rate: Any, n_steps: Any, numbers: Any) -> tuple:
    return rate * numbers["weight_decay"], *_adam_scalars(xp, rate, n_steps, numbers)


def _adamw(xp: Any, weight: Any, gradient: Any, slots: Any, scalars: Any) -> Any:
    """Loshchilov & Hutter, "Decoupled weight decay regularization", 2019, algorithm 2."""
    decay, *of_adam = scalars
    step, slots = _adam(xp, weight, gradient, slots, of_adam)
    return xp.subtract(step, decay * weight, out=step), slots


def _adamax_scalars(xp: Any, rate: Any, n_steps: Any, numbers: Any) -> tuple:
    corrected = rate / (1 - numbers["beta_1"] ** _float(xp, n_steps))
    return corrected, *_both(numbers["beta_1"]), numbers["beta_2"], numbers["epsilon"]


def _adamax(xp: Any, weight: Any, gradient: Any, slots: Any, scalars: Any) -> Any:
    """Kingma & Ba, 2015, section 7.1."""
    rate, *of_mean, beta_2, epsilon = scalars
    largest = xp.multiply(slots[1], beta_2, out=slots[1])
    largest = xp.maximum(largest, xp.abs(gradient), out=largest)
    mean = _moved(xp, slots[0], gradient, *of_mean)
    step = xp.multiply(mean, -rate, out=gradient)
    return xp.divide(step, largest + epsilon, out=step), (mean, largest)


_NADAM_HORIZON = 1024  # 0.96 ** 1024 is below the spacing of float64
_NADAM_PRODUCTS = np.cumprod(1 - 0.5 * 0.96 ** np.arange(1.0, _NADAM_HORIZON + 1))


def _nadam_product(xp: Any, n_steps: Any) -> Any:
    """Product of ``1 - 0.96**t / 2`` over all steps so far."""
    if isinstance(n_steps, int):
        return float(_NADAM_PRODUCTS[min(n_steps, _NADAM_HORIZON) - 1])
    return xp.take(xp.asarray(_NADAM_PRODUCTS), xp.minimum(n_steps, _NADAM_HORIZON) - 1, axis=0)


def _nadam_scalars(xp: Any, rate: Any, n_steps: Any, numbers: Any) -> tuple:
    """Shares of mean and gradient in a step, and the correction of the squares, first.

    The momentum of step t is ``beta_1 * (1 - 0.96**t / 2)``, which grows towards ``beta_1``; the mean's correction is
    the product of all of them so far.
    """
    beta, damped, n_steps = numbers["beta_1"], _nadam_product(xp, n_steps), _float(xp, n_steps)
    product = beta**n_steps * damped
    now, ahead = (beta * (1 - 0.5 * 0.96**steps) for steps in (n_steps, n_steps + 1))
    return (
        rate * ahead / (1 - product * ahead),
        rate * (1 - now) / (1 - product),
        (1 - numbers["beta_2"] ** n_steps) ** -0.5,
        *_beta_scalars(numbers),
    )


def _nadam(xp: Any, weight: Any, gradient: Any, slots: Any, scalars: Any) -> Any:
    """Dozat, "Incorporating Nesterov momentum into Adam", 2016."""
    mean_rate, gradient_rate, correction, *of_mean, kept, share, epsilon = scalars
    square = _moved(xp, slots[1], xp.square(gradient), kept, share)
    ahead = gradient * -gradient_rate
    mean = _moved(xp, slots[0], gradient, *of_mean)
    step = xp.subtract(ahead, mean_rate * mean, out=ahead)
    return xp.divide(step, xp.sqrt(square) * correction + epsilon, out=step), (mean, square)


def _lion_scalars(xp: Any, rate: Any, n_steps: Any, numbers: Any) -> tuple:
    return rate, *_both(numbers["beta_1"]), *_both(numbers["beta_2"])


def _lion(xp: Any, weight: Any, gradient: Any, slots: Any, scalars: Any) -> Any:
    """Chen et al., "Symbolic discovery of optimization algorithms", 2023, algorithm 2."""
    rate, kept_1, share_1, kept_2, share_2 = scalars
    direction = xp.sign(kept_1 * slots[0] + share_1 * gradient)
    mean = _moved(xp, slots[0], gradient, kept_2, share_2)
    return xp.multiply(direction, -rate, out=direction), (mean,)


_BETAS = ("beta_1", "beta_2", "epsilon")
_RMS = ("rho", "momentum", "epsilon")

OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer(("momentum",), 1, _sgd_scalars, _sgd),
    "nesterov": Optimizer(("momentum",), 1, _sgd_scalars, _nesterov),
    "adagrad": Optimizer(("initial_accumulator", "epsilon"), 1, _adagrad_scalars, _adagrad),
    "adadelta": Optimizer(("rho", "epsilon"), 2, _adadelta_scalars, _adadelta),
    "rmsprop": Optimizer(_RMS, 2, _rmsprop_scalars, _rmsprop),
    "centered_rmsprop": Optimizer(_RMS, 3, _rmsprop_scalars, _centered_rmsprop),
    "adam": Optimizer(_BETAS, 2, _adam_scalars, _adam),
    "amsgrad": Optimizer(_BETAS, 3, _adam_scalars, _amsgrad),
    "adamw": Optimizer((*_BETAS, "weight_decay"), 2, _adamw_scalars, _adamw),
    "adamax": Optimizer(_BETAS, 2, _adamax_scalars, _adamax),
    "nadam": Optimizer(_BETAS, 2, _nadam_scalars, _nadam),
    "lion": Optimizer(("beta_1", "beta_2"), 1, _lion_scalars, _lion),
}
