"""Normalizations with settings of their own, for the parameter ``normalization`` of the multilayer perceptrons."""

from __future__ import annotations

from numbers import Real

from sklearn.utils._param_validation import Interval, StrOptions

from .configurable import Configurable, member_named

__all__ = ["NORMALIZATION_NAMES", "BatchNorm", "LayerNorm", "Normalization", "normalization_of"]

_POSITIVE = [Interval(Real, 0, None, closed="neither")]
_POSITION = [StrOptions({"before", "after"})]


class Normalization(Configurable):
    """Base of the normalizations; use the derived classes."""

    name: str  # in network/normalizations.py
    position = "before"

    @property
    def numbers(self):
        """What the engine takes, by name."""
        return {name: value for name, value in self.get_params().items() if name != "position"}


class BatchNorm(Normalization):
    """Each unit to mean 0 and variance 1 over the rows of a batch, then a learned scale and shift.

    Ioffe & Szegedy, "Batch normalization", 2015. Predictions go by moving means of both instead, so that a row's
    prediction does not depend on its company. Rows count by their weights. The moving means are plain means of all
    steps at first and forget at the rate of ``momentum`` later (Keras' start from 0 and 1 and take hundreds of steps to
    arrive).

    Parameters
    ----------
    position : {'before', 'after'}, default='before'
        Before the activation or after it.
    momentum : float, default=0.99
        Share of the moving means that a step keeps, in [0, 1).
    epsilon : float, default=1e-3
        Added to the variance.
    """

    name = "batch"
    _parameter_constraints: dict = {
        "position": _POSITION,
        "momentum": [Interval(Real, 0, 1, closed="left")],
        "epsilon": _POSITIVE,
    }

    def __init__(self, *, position="before", momentum=0.99, epsilon=1e-3):
        self.position = position
        self.momentum = momentum
        self.epsilon = epsilon


class LayerNorm(Normalization):
    """The units of a layer to mean 0 and variance 1 in each row, then a learned scale and shift.

    Ba, Kiros & Hinton, "Layer normalization", 2016: training and predictions do the same.

    Parameters
    ----------
    position : {'before', 'after'}, default='before'
        Before the activation or after it.
    epsilon : float, default=1e-3
        Added to the variance.
    """

    name = "layer"
    _parameter_constraints: dict = {"position": _POSITION, "epsilon": _POSITIVE}

    def __init__(self, *, position="before", epsilon=1e-3):
        self.position = position
        self.epsilon = epsilon


NORMALIZATION_NAMES = {"batch": BatchNorm(), "layer": LayerNorm()}
"""Normalizations by the names that ``normalization`` takes too."""


def normalization_of(normalization):
    """The normalization that a name or an object stands for; None for none."""
    if not isinstance(normalization, str):
        return normalization
    return member_named("normalization", normalization, NORMALIZATION_NAMES)
