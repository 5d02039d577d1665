"""Stochastic solvers with settings of their own, for the parameter ``solver`` of the multilayer perceptrons.

A solver says which optimizer of the engine it is, by name, and gives its numbers. The learning rate is not among them:
it is the estimator's ``learning_rate_init``.
"""

from __future__ import annotations

from numbers import Real

from sklearn.utils._param_validation import Interval

from .configurable import Configurable

__all__ = [
    "SGD",
    "SOLVERS",
    "AMSGrad",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Nadam",
    "RMSprop",
    "Solver",
]

_SHARE = [Interval(Real, 0, 1, closed="left")]
_POSITIVE = [Interval(Real, 0, None, closed="neither")]
_NOT_NEGATIVE = [Interval(Real, 0, None, closed="left")]


class Solver(Configurable):
    """Base of the solvers; use the derived classes."""

    optimizer: str  # a name in engines/optimizers.py

    @property
    def numbers(self):
        """The optimizer's hyperparameters by name."""
        return self.get_params()

    @property
    def momentum_name(self):
        """Which of its numbers a schedule may cycle as the momentum, or None."""
        return next((name for name in ("momentum", "beta_1") if name in self.numbers), None)


class SGD(Solver):
    """Stochastic gradient descent with momentum; by the name ``'sgd'`` it has the estimator's own parameters.

    Parameters
    ----------
    momentum : float, default=0.9
        Share of the last update that is kept, in [0, 1].
    nesterov : bool, default=True
        Whether the gradient's own part is taken ahead by the momentum (Sutskever et al., 2013).
    """

    _parameter_constraints: dict = {"momentum": [Interval(Real, 0, 1, closed="both")], "nesterov": ["boolean"]}

    def __init__(self, *, momentum=0.9, nesterov=True):
        self.momentum = momentum
        self.nesterov = nesterov

    @property
    def optimizer(self):
        """Name of the optimizer."""
        return "nesterov" if self.nesterov else "sgd"

    @property
    def numbers(self):
        """The optimizer's hyperparameters by name."""
        return {"momentum": self.momentum}


class Adagrad(Solver):
    """Steps divided by the root of all squared gradients so far (Duchi, Hazan & Singer, 2011).

    Parameters
    ----------
    initial_accumulator : float, default=0.1
        What the sum of squares begins with.
    epsilon : float, default=1e-7
        Added to the sum of squares.
    """

    optimizer = "adagrad"
    _parameter_constraints: dict = {"initial_accumulator": _NOT_NEGATIVE, "epsilon": _POSITIVE}

    def __init__(self, *, initial_accumulator=0.1, epsilon=1e-7):
        self.initial_accumulator = initial_accumulator
        self.epsilon = epsilon


class Adadelta(Solver):
    """Steps in proportion to the size of recent steps over that of recent gradients (Zeiler, 2012).

    It finds its own step sizes: ``learning_rate_init=1.0`` is the method of the paper.

    Parameters
    ----------
    rho : float, default=0.95
        Share of the running means of squares that is kept, in [0, 1).
    epsilon : float, default=1e-7
        Added to both means.
    """

    optimizer = "adadelta"
    _parameter_constraints: dict = {"rho": _SHARE, "epsilon": _POSITIVE}

    def __init__(self, *, rho=0.95, epsilon=1e-7):
        self.rho = rho
        self.epsilon = epsilon


class RMSprop(Solver):
    """Steps divided by the root of a running mean of squared gradients (Hinton, 2012).

    Parameters
    ----------
    rho : float, default=0.9
        Share of the running mean that is kept, in [0, 1).
    momentum : float, default=0.0
        Share of the last update that is kept, in [0, 1].
    epsilon : float, default=1e-7
        Added to the mean.
    centered : bool, default=False
        Whether the square of the mean gradient is subtracted, so that steps are divided by a standard deviation
        (Graves, 2013).
    """

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
    def optimizer(self):
        """Name of the optimizer."""
        return "centered_rmsprop" if self.centered else "rmsprop"

    @property
    def numbers(self):
        """The optimizer's hyperparameters by name."""
        return {"rho": self.rho, "momentum": self.momentum, "epsilon": self.epsilon}


class _Moments(Solver):
    """What the relatives of Adam share."""

    _parameter_constraints: dict = {"beta_1": _SHARE, "beta_2": _SHARE, "epsilon": _POSITIVE}

    def __init__(self, *, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon


class Adam(_Moments):
    """Running means of gradients and of their squares (Kingma & Ba, 2015); ``'adam'`` has the estimator's parameters.

    Parameters
    ----------
    beta_1, beta_2 : float, default=0.9 and 0.999
        Shares of the two running means that are kept, in [0, 1).
    epsilon : float, default=1e-8
        Added to the root of the squares.
    """

    optimizer = "adam"


class AMSGrad(_Moments):
    """Adam that divides by the largest mean of squares so far (Reddi, Kale & Kumar, 2018).

    Parameters
    ----------
    beta_1, beta_2, epsilon : float
        As in :class:`Adam`.
    """

    optimizer = "amsgrad"


class Adamax(_Moments):
    """Adam that divides by the largest recent gradient instead of a mean of squares (Kingma & Ba, 2015, section 7.1).

    Parameters
    ----------
    beta_1, beta_2, epsilon : float
        As in :class:`Adam`; ``beta_2`` is the decay of the largest one.
    """

    optimizer = "adamax"


class Nadam(_Moments):
    """Adam with Nesterov's momentum (Dozat, 2016).

    Parameters
    ----------
    beta_1, beta_2, epsilon : float
        As in :class:`Adam`; ``beta_1`` grows from half of what is given to all of it.
    """

    optimizer = "nadam"


class AdamW(_Moments):
    """Adam with weight decay beside the gradient instead of in it (Loshchilov & Hutter, 2019).

    Every step takes ``learning rate * weight_decay`` off all weights, intercepts included. The estimator's ``alpha`` is
    a penalty in the loss and goes on working: set ``alpha=0`` to have the decay alone.

    Parameters
    ----------
    weight_decay : float, default=0.004
        Decay per step and unit of learning rate.
    beta_1, beta_2, epsilon : float
        As in :class:`Adam`.
    """

    optimizer = "adamw"
    _parameter_constraints: dict = {**_Moments._parameter_constraints, "weight_decay": _NOT_NEGATIVE}

    def __init__(self, *, weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
        super().__init__(beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)
        self.weight_decay = weight_decay


class Lion(Solver):
    """Steps of one size in the direction of the sign of a running mean of gradients (Chen et al., 2023).

    All steps are as long as the learning rate: choose a third to a tenth of Adam's.

    Parameters
    ----------
    beta_1 : float, default=0.9
        Share of the mean in the direction of a step, in [0, 1).
    beta_2 : float, default=0.99
        Share of the mean that is kept, in [0, 1).
    """

    optimizer = "lion"
    _parameter_constraints: dict = {"beta_1": _SHARE, "beta_2": _SHARE}

    def __init__(self, *, beta_1=0.9, beta_2=0.99):
        self.beta_1 = beta_1
        self.beta_2 = beta_2


SOLVERS = {
    "sgd": SGD,
    "adagrad": Adagrad,
    "adadelta": Adadelta,
    "rmsprop": RMSprop,
    "adam": Adam,
    "amsgrad": AMSGrad,
    "adamw": AdamW,
    "adamax": Adamax,
    "nadam": Nadam,
    "lion": Lion,
}
"""Solvers by the names that ``solver`` takes too."""
