"""Stochastic optimizers, for the parameter ``solver`` of the multilayer perceptrons.

One class per optimizer: settings and update rule, a pure function of arrays over an array namespace ``xp`` with NumPy's
names. The rule returns an *update*, which is added to the weights. The learning rate is not a setting: it is the
estimator's ``learning_rate_init``. Users' own classes work like those here.
"""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval

from .configurable import Configurable

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "AMSGrad",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSprop",
]

_SHARE = [Interval(Real, 0, 1, closed="left")]
_POSITIVE = [Interval(Real, 0, None, closed="neither")]
_NOT_NEGATIVE = [Interval(Real, 0, None, closed="left")]


class Optimizer(Configurable):
    """Base class of optimizers; use one of its subclasses, or write your own.

    Besides arrays, a step needs a few scalars, which are the same for all arrays (the rate, bias corrections, decay
    factors and their complements). They are computed in float64, for many steps at once before the loop: in float32,
    1 - 0.999 is off by 5e-5.

    Attributes
    ----------
    n_slots : int
        Number of arrays of optimizer state for each array of weights; they start at zero.

    Examples
    --------
    One of your own: the sign of the gradient gives the direction, the learning rate the length.

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.optimizers import Optimizer
    >>> class SignSGD(Optimizer):
    ...     def update(self, xp, weight, gradient, opt_state, scalars):
    ...         (learning_rate,) = scalars
    ...         return -learning_rate * xp.sign(gradient), ()
    ...
    >>> model = MLPRegressorTF((), solver=SignSGD(), learning_rate_init=0.5, kernel_initializer="zeros")
    >>> model.partial_fit([[1.0, 100.0]], [1.0]).coefs_[0].ravel()
    array([0.5, 0.5])
    """

    n_slots: Any = 0
    _formulas = ("update",)

    @property
    def momentum_name(self):
        """Which of its hyperparameters a schedule may cycle as the momentum, or None."""
        return next((name for name in ("momentum", "beta_1") if name in self.hyper_names), None)

    def with_momentum(self, hyper, momentum):
        """Return its hyperparameters with another momentum."""
        place = self.hyper_names.index(self.momentum_name)
        return *hyper[:place], momentum, *hyper[place + 1 :]

    def scalars(self, xp, learning_rate, n_steps, *hyper):
        """Compute the scalars of update ``n_steps``, counted from 1: by default learning rate and hyperparameters.

        Parameters
        ----------
        xp : namespace
            Functions with NumPy's names.
        learning_rate, *hyper : float or float64 array
            They broadcast with ``n_steps``.
        n_steps : int or array
            In an array of successive steps, these are the last axis of the scalars; tensors are float64.

        Returns
        -------
        tuple of float or float64 array
            Those that do not change from step to step have as many axes as the numbers they are made of; constants
            may be Python's numbers. Python's numbers give Python's numbers.
        """
        return learning_rate, *hyper

    def update(self, xp, weight, gradient, opt_state, scalars):
        """Compute the elementwise update of an array of weights: a layer, a part of one or several layers.

        Parameters
        ----------
        xp : namespace
        weight, gradient : array
            A NumPy gradient may be overwritten.
        opt_state : sequence of arrays
            ``n_slots`` arrays; NumPy arrays are overwritten by the new ones.
        scalars : sequence
            Python floats, or arrays with the dtype and rank of the weights.

        Returns
        -------
        update : array
            The update. It may be an array of the new state, so do not write to it.
        opt_state : tuple of arrays
        """
        raise NotImplementedError


def _both(share):
    """The factors of a moving mean: of the old mean and of the new value."""
    return share, 1 - share


def _moved(xp, mean, value, kept, share):
    """A moving mean, ``kept * mean + share * value``; NumPy writes to both."""
    mean = xp.multiply(mean, kept, out=mean)
    return xp.add(mean, xp.multiply(value, share, out=value), out=mean)


def _root(xp, square, epsilon, out=None):
    """``sqrt(square + epsilon)``."""
    shifted = xp.add(square, epsilon, out=out)
    return xp.sqrt(shifted, out=shifted)


class SGD(Optimizer):
    """Stochastic gradient descent with momentum; the name ``'sgd'`` uses the estimator's parameters instead.

    Parameters
    ----------
    momentum : float, default=0.9
        Momentum, in [0, 1].
    nesterov : bool, default=True
        Whether to use Nesterov's momentum (Sutskever et al., 2013).

    Examples
    --------
    A step is in proportion to the gradient; momentum adds part of the step before:

    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.optimizers import SGD
    >>> solver = SGD(momentum=0.5, nesterov=False)
    >>> model = MLPRegressorTF((), solver=solver, learning_rate_init=1e-3, kernel_initializer="zeros", alpha=0)
    >>> X, y = [[1.0, 10.0]], [1.0]
    >>> for _ in range(2):
    ...     print(model.partial_fit(X, y).coefs_[0].ravel().round(6))
    [0.001 0.01 ]
    [0.002398 0.02398 ]
    """

    name = "sgd"
    n_slots = 1
    hyper_names = ("momentum",)
    _parameter_constraints: dict = {"momentum": [Interval(Real, 0, 1, closed="both")], "nesterov": ["boolean"]}

    def __init__(self, *, momentum=0.9, nesterov=True):
        self.momentum = momentum
        self.nesterov = nesterov

    def update(self, xp, weight, gradient, opt_state, scalars):
        """As in :class:`Optimizer`; the state is the last update."""
        learning_rate, momentum = scalars
        step = xp.multiply(gradient, learning_rate, out=gradient)
        velocity = xp.multiply(opt_state[0], momentum, out=opt_state[0])
        velocity = xp.subtract(velocity, step, out=velocity)
        if not self.nesterov:
            return velocity, (velocity,)
        return xp.subtract(xp.multiply(velocity, momentum), step, out=step), (velocity,)


class Adagrad(Optimizer):
    """Divide steps by the root of the sum of all squared gradients so far (Duchi, Hazan & Singer, 2011).

    Parameters
    ----------
    initial_accumulator : float, default=0.1
        Initial value of the sum of squares.
    epsilon : float, default=1e-7
        Added to the sum of squares.

    Examples
    --------
    Steps become shorter with every gradient; a weight that gets none keeps its full rate:

    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.optimizers import Adagrad
    >>> model = MLPRegressorTF((), solver=Adagrad(), learning_rate_init=0.1, kernel_initializer="zeros")
    >>> for row in ([1.0, 0.0], [1.0, 0.0], [1.0, 1.0]):
    ...     print(model.partial_fit([row], [10.0]).coefs_[0].ravel().round(2))
    [0.1 0. ]
    [0.17 0.  ]
    [0.23 0.1 ]
    """

    name = "adagrad"
    n_slots = 1
    hyper_names = ("initial_accumulator", "epsilon")
    _parameter_constraints: dict = {"initial_accumulator": _NOT_NEGATIVE, "epsilon": _POSITIVE}

    def __init__(self, *, initial_accumulator=0.1, epsilon=1e-7):
        self.initial_accumulator = initial_accumulator
        self.epsilon = epsilon

    def scalars(self, xp, learning_rate, n_steps, initial_accumulator, epsilon):
        """The learning rate, and what is added to the sum of squares: its first value comes in where it is used."""
        return learning_rate, initial_accumulator + epsilon

    def update(self, xp, weight, gradient, opt_state, scalars):
        """As in :class:`Optimizer`; the state is the sum of squares."""
        learning_rate, floor = scalars
        square = xp.square(gradient)
        total = xp.add(opt_state[0], square, out=opt_state[0])
        step = xp.multiply(gradient, -learning_rate, out=gradient)
        return xp.divide(step, _root(xp, total, floor, out=square), out=step), (total,)


class Adadelta(Optimizer):
    """Scale steps by the size of recent updates over that of recent gradients (Zeiler, 2012).

    Use it with ``learning_rate_init=1.0``, as in the paper, since it determines the step sizes itself.

    Parameters
    ----------
    rho : float, default=0.95
        Decay rate of the running means of squares, in [0, 1).
    epsilon : float, default=1e-7
        Added to both means.

    Examples
    --------
    First steps are short, since there are no earlier steps to go by:

    >>> from sklearn_ann import MLPRegressorTF
    >>> model = MLPRegressorTF((), solver="adadelta", learning_rate_init=1.0, kernel_initializer="zeros")
    >>> model.partial_fit([[1.0, 100.0]], [1.0]).coefs_[0].ravel().round(4)
    array([0.0014, 0.0014])
    """

    name = "adadelta"
    n_slots = 2
    hyper_names = ("rho", "epsilon")
    _parameter_constraints: dict = {"rho": _SHARE, "epsilon": _POSITIVE}

    def __init__(self, *, rho=0.95, epsilon=1e-7):
        self.rho = rho
        self.epsilon = epsilon

    def scalars(self, xp, learning_rate, n_steps, rho, epsilon):
        """As in :class:`Optimizer`."""
        return learning_rate, *_both(rho), epsilon

    def update(self, xp, weight, gradient, opt_state, scalars):
        """As in :class:`Optimizer`; the state is the mean squares of gradients and of steps."""
        learning_rate, *rho, epsilon = scalars
        square = _moved(xp, opt_state[0], xp.square(gradient), *rho)
        step = xp.multiply(gradient, _root(xp, opt_state[1], epsilon), out=gradient)
        step = xp.divide(step, _root(xp, square, epsilon), out=step)
        change = _moved(xp, opt_state[1], xp.square(step), *rho)
        return xp.multiply(step, -learning_rate, out=step), (square, change)


class RMSprop(Optimizer):
    """Divide steps by the root of a running mean of squared gradients (Hinton, 2012).

    Parameters
    ----------
    rho : float, default=0.9
        Decay rate of the running mean, in [0, 1).
    momentum : float, default=0.0
        Momentum, in [0, 1] (Graves, 2013).
    epsilon : float, default=1e-7
        Added to the mean.
    centered : bool, default=False
        Whether to subtract the square of the mean gradient, so that steps are divided by a standard deviation
        (Graves, "Generating sequences with recurrent neural networks", 2013, equations 38 to 41).

    Examples
    --------
    The first step is ``learning_rate_init / sqrt(1 - rho)`` in every weight:

    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.optimizers import RMSprop
    >>> model = MLPRegressorTF((), solver=RMSprop(rho=0.75), learning_rate_init=0.1, kernel_initializer="zeros")
    >>> model.partial_fit([[1.0, 100.0]], [1.0]).coefs_[0].ravel().round(4)
    array([0.2, 0.2])
    """

    name = "rmsprop"
    hyper_names = ("rho", "momentum", "epsilon")
    _parameter_constraints: dict = {
        "rho": _SHARE,
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "epsilon": _POSITIVE,
        "centered": ["boolean"],
    }

    def __init__(self, *, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    @property
    def n_slots(self):
        """The mean square, the last update and, if centered, the mean."""
        return 3 if self.centered else 2

    def scalars(self, xp, learning_rate, n_steps, rho, momentum, epsilon):
        """As in :class:`Optimizer`."""
        return learning_rate, *_both(rho), momentum, epsilon

    def update(self, xp, weight, gradient, opt_state, scalars):
        """As in :class:`Optimizer`."""
        learning_rate, *rho, momentum, epsilon = scalars
        square = _moved(xp, opt_state[0], xp.square(gradient), *rho)
        if self.centered:
            mean = _moved(xp, opt_state[2], gradient * 1, *rho)
            variance = xp.maximum(square - mean * mean, 0)  # rounding may leave a little below zero
            spread, means = _root(xp, variance, epsilon), (mean,)
        else:
            spread, means = _root(xp, square, epsilon), ()
        velocity = xp.multiply(opt_state[1], momentum, out=opt_state[1])
        step = xp.multiply(gradient, learning_rate, out=gradient)
        velocity = xp.add(velocity, xp.divide(step, spread, out=step), out=velocity)
        return -velocity, (square, velocity, *means)


class _Moments(Optimizer):
    """What the relatives of Adam share: running means of gradients and of their squares."""

    n_slots = 2
    hyper_names = ("beta_1", "beta_2", "epsilon")
    _parameter_constraints: dict = {"beta_1": _SHARE, "beta_2": _SHARE, "epsilon": _POSITIVE}

    def __init__(self, *, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon


class Adam(_Moments):
    """Adam (Kingma & Ba, 2015); the name ``'adam'`` uses the estimator's parameters instead of these settings.

    Parameters
    ----------
    beta_1, beta_2 : float, default=0.9 and 0.999
        Decay rates of the running means of gradients and of their squares, in [0, 1).
    epsilon : float, default=1e-8
        Added to the root of the mean of squares.

    Examples
    --------
    Whatever the size of a gradient, the first step is as long as the learning rate:

    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.optimizers import Adam
    >>> model = MLPRegressorTF((), solver=Adam(beta_1=0.8), learning_rate_init=0.1, kernel_initializer="zeros")
    >>> model.partial_fit([[1.0, 100.0]], [1.0]).coefs_[0].ravel().round(4)
    array([0.1, 0.1])
    """

    name = "adam"

    def scalars(self, xp, learning_rate, n_steps, beta_1, beta_2, epsilon):
        """The learning rate with the bias corrections of both moments first: the paper's efficient order."""
        corrected = learning_rate * (1 - beta_2**n_steps) ** 0.5 / (1 - beta_1**n_steps)
        return corrected, *_both(beta_1), *_both(beta_2), epsilon

    def update(self, xp, weight, gradient, opt_state, scalars):
        """As in :class:`Optimizer`."""
        learning_rate, *of_mean, kept, share, epsilon = scalars
        power = xp.square(gradient)
        mean = _moved(xp, opt_state[0], gradient, *of_mean)
        square = _moved(xp, opt_state[1], power, kept, share)
        spread = xp.sqrt(square, out=power)
        spread = xp.add(spread, epsilon, out=spread)
        step = xp.multiply(mean, -learning_rate, out=gradient)
        return xp.divide(step, spread, out=step), (mean, square)


class AMSGrad(Adam):
    """Adam that divides by the largest mean of squares so far (Reddi, Kale & Kumar, 2018), with its bias corrections.

    Parameters
    ----------
    beta_1, beta_2 : float, default=0.9 and 0.999
        As in :class:`Adam`.
    epsilon : float, default=1e-8
        As in :class:`Adam`.

    Examples
    --------
    After one large gradient steps stay short, while Adam soon forgets it:

    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.optimizers import Adam, AMSGrad
    >>> for solver in (Adam(beta_2=0.5), AMSGrad(beta_2=0.5)):
    ...     model = MLPRegressorTF((), solver=solver, kernel_initializer="zeros")
    ...     for y in [100.0, *20 * [1.0]]:
    ...         model = model.partial_fit([[1.0]], [y])
    ...     print(solver.name, model.coefs_[0].ravel().round(4))
    adam [0.0452]
    amsgrad [0.0038]
    """

    name = "amsgrad"
    n_slots = 3

    def update(self, xp, weight, gradient, opt_state, scalars):
        """As in :class:`Optimizer`."""
        learning_rate, *of_mean, kept, share, epsilon = scalars
        square = _moved(xp, opt_state[1], xp.square(gradient), kept, share)
        mean = _moved(xp, opt_state[0], gradient, *of_mean)
        largest = xp.maximum(opt_state[2], square, out=opt_state[2])
        step = xp.multiply(mean, -learning_rate, out=gradient)
        return xp.divide(step, xp.sqrt(largest) + epsilon, out=step), (mean, square, largest)


class Adamax(_Moments):
    """Adam that divides by the largest recent gradient instead of a mean of squares (Kingma & Ba, 2015, section 7.1).

    Parameters
    ----------
    beta_1, beta_2 : float, default=0.9 and 0.999
        As in :class:`Adam`; ``beta_2`` is the decay rate of the largest gradient.
    epsilon : float, default=1e-8
        As in :class:`Adam`.

    Examples
    --------
    No step is longer than the learning rate:

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.optimizers import Adamax
    >>> model, coefs = MLPRegressorTF((), solver=Adamax(), learning_rate_init=0.1, kernel_initializer="zeros"), [0.0]
    >>> for y in (1.0, 100.0, 10.0):
    ...     coefs.append(model.partial_fit([[1.0]], [y]).coefs_[0].item())
    >>> np.diff(coefs).round(3)
    array([0.1  , 0.053, 0.037])
    """

    name = "adamax"

    def scalars(self, xp, learning_rate, n_steps, beta_1, beta_2, epsilon):
        """As in :class:`Optimizer`."""
        return learning_rate / (1 - beta_1**n_steps), *_both(beta_1), beta_2, epsilon

    def update(self, xp, weight, gradient, opt_state, scalars):
        """As in :class:`Optimizer`."""
        learning_rate, *of_mean, beta_2, epsilon = scalars
        largest = xp.multiply(opt_state[1], beta_2, out=opt_state[1])
        largest = xp.maximum(largest, xp.abs(gradient), out=largest)
        mean = _moved(xp, opt_state[0], gradient, *of_mean)
        step = xp.multiply(mean, -learning_rate, out=gradient)
        return xp.divide(step, largest + epsilon, out=step), (mean, largest)


_NADAM_HORIZON = 1024  # 0.96 ** 1024 is below the spacing of float64
_NADAM_PRODUCTS = np.cumprod(1 - 0.5 * 0.96 ** np.arange(1.0, _NADAM_HORIZON + 1))


def _nadam_product(xp, n_steps):
    """Product of ``1 - 0.96**t / 2`` over all steps so far."""
    if isinstance(n_steps, int):
        return float(_NADAM_PRODUCTS[min(n_steps, _NADAM_HORIZON) - 1])
    places = xp.astype(xp.minimum(n_steps, _NADAM_HORIZON) - 1, xp.int64)
    return xp.take(xp.asarray(_NADAM_PRODUCTS), places, axis=0)


class Nadam(_Moments):
    """Adam with Nesterov's momentum (Dozat, 2016).

    Parameters
    ----------
    beta_1, beta_2 : float, default=0.9 and 0.999
        As in :class:`Adam`; ``beta_1`` is warmed up, from about half of its value.
    epsilon : float, default=1e-8
        As in :class:`Adam`.

    Examples
    --------
    Nesterov's momentum looks ahead, so that the first step is longer than Adam's:

    >>> from sklearn_ann import MLPRegressorTF
    >>> for solver in ("adam", "nadam"):
    ...     model = MLPRegressorTF((), solver=solver, learning_rate_init=0.1, kernel_initializer="zeros")
    ...     print(solver, model.partial_fit([[1.0]], [1.0]).coefs_[0].ravel().round(4))
    adam [0.1]
    nadam [0.1063]
    """

    name = "nadam"

    def scalars(self, xp, learning_rate, n_steps, beta_1, beta_2, epsilon):
        """Shares of mean and gradient in a step, and the correction of the squares, first.

        The momentum of step t is ``beta_1 * (1 - 0.96**t / 2)``, which grows towards ``beta_1``; the mean's correction
        is the product of all of them so far.
        """
        product = beta_1**n_steps * _nadam_product(xp, n_steps)
        now, ahead = (beta_1 * (1 - 0.5 * 0.96**steps) for steps in (n_steps, n_steps + 1))
        return (
            learning_rate * ahead / (1 - product * ahead),
            learning_rate * (1 - now) / (1 - product),
            (1 - beta_2**n_steps) ** -0.5,
            *_both(beta_1),
            *_both(beta_2),
            epsilon,
        )

    def update(self, xp, weight, gradient, opt_state, scalars):
        """As in :class:`Optimizer`."""
        mean_rate, gradient_rate, correction, *of_mean, kept, share, epsilon = scalars
        square = _moved(xp, opt_state[1], xp.square(gradient), kept, share)
        ahead = gradient * -gradient_rate
        mean = _moved(xp, opt_state[0], gradient, *of_mean)
        step = xp.subtract(ahead, mean_rate * mean, out=ahead)
        return xp.divide(step, xp.sqrt(square) * correction + epsilon, out=step), (mean, square)


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov & Hutter, 2019, algorithm 2).

    Every step multiplies all weights, including intercepts, by ``1 - learning rate * weight_decay``. The estimator's
    ``alpha`` is a penalty in the loss and still applies: set ``alpha=0`` to use the decay alone.

    Parameters
    ----------
    weight_decay : float, default=0.004
        Decay per step and unit of learning rate.
    beta_1, beta_2 : float, default=0.9 and 0.999
        As in :class:`Adam`.
    epsilon : float, default=1e-8
        As in :class:`Adam`.

    Examples
    --------
    Without a gradient, only the decay is left: a share ``learning_rate_init * weight_decay`` in each step.

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.optimizers import AdamW
    >>> solver = AdamW(weight_decay=0.5)
    >>> model = MLPRegressorTF((), solver=solver, learning_rate_init=0.1, alpha=0, kernel_initializer=np.ones)
    >>> model.partial_fit([[0.0]], [0.0]).coefs_[0].ravel()
    array([0.95])
    """

    name = "adamw"
    hyper_names = ("beta_1", "beta_2", "epsilon", "weight_decay")
    _parameter_constraints: dict = {**_Moments._parameter_constraints, "weight_decay": _NOT_NEGATIVE}

    def __init__(self, *, weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
        super().__init__(beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)
        self.weight_decay = weight_decay

    def scalars(self, xp, learning_rate, n_steps, beta_1, beta_2, epsilon, weight_decay):
        """As in :class:`Optimizer`."""
        return learning_rate * weight_decay, *super().scalars(xp, learning_rate, n_steps, beta_1, beta_2, epsilon)

    def update(self, xp, weight, gradient, opt_state, scalars):
        """As in :class:`Optimizer`."""
        decay, *of_adam = scalars
        step, opt_state = super().update(xp, weight, gradient, opt_state, of_adam)
        return xp.subtract(step, decay * weight, out=step), opt_state


class Lion(Optimizer):
    """Take steps in the direction of the sign of a running mean of gradients (Chen et al., 2023, algorithm 2).

    All steps have the size of the learning rate: use a third to a tenth of Adam's.

    Parameters
    ----------
    beta_1 : float, default=0.9
        Weight of the mean in the direction of a step, in [0, 1).
    beta_2 : float, default=0.99
        Decay rate of the mean, in [0, 1).

    Examples
    --------
    Every weight moves by the learning rate, whatever the size of its gradient:

    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.optimizers import Lion
    >>> model = MLPRegressorTF((), solver=Lion(), learning_rate_init=0.01, kernel_initializer="zeros")
    >>> for _ in range(2):
    ...     print(model.partial_fit([[1.0, -100.0]], [1000.0]).coefs_[0].ravel())
    [ 0.01 -0.01]
    [ 0.02 -0.02]
    """

    name = "lion"
    n_slots = 1
    hyper_names = ("beta_1", "beta_2")
    _parameter_constraints: dict = {"beta_1": _SHARE, "beta_2": _SHARE}

    def __init__(self, *, beta_1=0.9, beta_2=0.99):
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def scalars(self, xp, learning_rate, n_steps, beta_1, beta_2):
        """As in :class:`Optimizer`."""
        return learning_rate, *_both(beta_1), *_both(beta_2)

    def update(self, xp, weight, gradient, opt_state, scalars):
        """As in :class:`Optimizer`."""
        learning_rate, kept_1, share_1, kept_2, share_2 = scalars
        direction = xp.sign(kept_1 * opt_state[0] + share_1 * gradient)
        mean = _moved(xp, opt_state[0], gradient, kept_2, share_2)
        return xp.multiply(direction, -learning_rate, out=direction), (mean,)


OPTIMIZERS: dict[str, Any] = {
    kind.name: kind for kind in (SGD, Adagrad, Adadelta, RMSprop, Adam, AMSGrad, AdamW, Adamax, Nadam, Lion)
}
"""Optimizers by the names that ``solver`` takes too."""
