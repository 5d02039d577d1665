"""Activations with settings of their own, for the parameter ``activation`` of the multilayer perceptrons."""

from __future__ import annotations

from numbers import Real

from sklearn.utils._param_validation import Interval

from .configurable import Configurable, member_named

__all__ = ["ALIASES", "CELU", "ELU", "SETTINGS", "Activation", "LeakyReLU", "RReLU", "Threshold", "activation_of"]

_POSITIVE = [Interval(Real, 0, None, closed="neither")]
_FINITE = [Interval(Real, None, None, closed="neither")]


class Activation(Configurable):
    """Base of the activations; use the derived classes."""

    name: str  # in network/activations.py; a function of a tensor goes by itself

    @property
    def numbers(self):
        """Its numbers by the names in the table."""
        return self.get_params()

    @property
    def noise(self):
        """Noise behind it in training, as kind and amount; None for none."""
        return None


class LeakyReLU(Activation):
    """``z``, and ``slope * z`` below zero (Maas, Hannun & Ng, "Rectifier nonlinearities", 2013).

    Parameters
    ----------
    slope : float, default=0.2
    """

    name = "leaky_relu"
    _parameter_constraints: dict = {"slope": [Interval(Real, 0, 1, closed="both")]}

    def __init__(self, slope=0.2):
        self.slope = slope


class RReLU(Activation):
    """A leaky ReLU whose slope is drawn anew for every number in training (Xu et al., "Empirical evaluation", 2015).

    Predictions use the mean of the two bounds.

    Parameters
    ----------
    lower, upper : float, default=1/8 and 1/3
        Bounds of the slope.
    """

    name = "leaky_relu"
    _parameter_constraints: dict = {"lower": _POSITIVE, "upper": [Interval(Real, 0, 1, closed="right")]}

    def __init__(self, lower=1 / 8, upper=1 / 3):
        self.lower = lower
        self.upper = upper

    def check(self):
        """Raise a ValueError for a bound out of its range, or bounds in the wrong order."""
        super().check()
        if self.lower > self.upper:
            raise ValueError(f"RReLU needs lower <= upper, got lower={self.lower} and upper={self.upper}; swap them.")

    @property
    def numbers(self):
        """The mean slope."""
        return {"slope": (self.lower + self.upper) / 2}

    @property
    def noise(self):
        """Slopes around the mean, by their largest relative distance from it."""
        return "random_slope", (self.upper - self.lower) / (self.upper + self.lower)


class ELU(Activation):
    """``z``, and ``alpha * (exp(z) - 1)`` below zero (Clevert, Unterthiner & Hochreiter, 2016).

    Parameters
    ----------
    alpha : float, default=1.0
    """

    name = "elu"
    _parameter_constraints: dict = {"alpha": _POSITIVE}

    def __init__(self, alpha=1.0):
        self.alpha = alpha


class CELU(Activation):
    """``z``, and ``alpha * (exp(z / alpha) - 1)`` below zero: of slope 1 on both sides of 0 (Barron, 2017).

    Parameters
    ----------
    alpha : float, default=1.0
    """

    name = "celu"
    _parameter_constraints: dict = {"alpha": _POSITIVE}

    def __init__(self, alpha=1.0):
        self.alpha = alpha


class Threshold(Activation):
    """``z`` above a threshold, and one number up to it.

    Parameters
    ----------
    threshold : float, default=1.0
    default_value : float, default=0.0
    """

    name = "threshold"
    _parameter_constraints: dict = {"threshold": _FINITE, "default_value": _FINITE}

    def __init__(self, threshold=1.0, default_value=0.0):
        self.threshold = threshold
        self.default_value = default_value


class _Plain(Activation):
    def __init__(self, name):
        self.name = name

    @property
    def numbers(self):
        return {}


SETTINGS = {"leaky_relu": LeakyReLU, "rrelu": RReLU, "elu": ELU, "celu": CELU, "threshold": Threshold}
"""The names behind which there are settings."""

ALIASES = {"linear": "identity", "sigmoid": "logistic", "swish": "silu", "hard_swish": "hard_silu"}
"""Keras' other names of activations: the same ones, initial weights and programs included."""


def activation_of(choice):
    """The activation that a parameter stands for: an object as it is, a name with its usual settings, a function."""
    if isinstance(choice, Activation):
        return choice
    if not isinstance(choice, str):
        return _Plain(choice)
    name = ALIASES.get(choice, choice)
    return member_named("activation", name, SETTINGS) if name in SETTINGS else _Plain(name)
