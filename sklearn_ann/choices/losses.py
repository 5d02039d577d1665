"""Losses with settings of their own, for the parameter ``loss`` of the regressor."""

from __future__ import annotations

from numbers import Real

from sklearn.utils._param_validation import Interval

from .choice import Choice

__all__ = ["LOSS_NAMES", "Huber", "Loss", "Quantile", "loss_of"]


class Loss(Choice):
    """Base of the losses; use the derived classes."""

    name: str  # in network/losses.py

    @property
    def numbers(self):
        """The numbers of the loss by name."""
        return self.get_params()


class Huber(Loss):
    """Squared error near the target and absolute error away from it (Huber, 1964).

    ``0.5 * e ** 2`` up to an error of delta and ``delta * (abs(e) - 0.5 * delta)`` beyond, the mean over outputs:
    outliers pull no harder than a good deal of everyday errors.

    Parameters
    ----------
    delta : float, default=1.0
        Size of the error where the square ends, in the units of y.
    """

    name = "huber"
    _parameter_constraints: dict = {"delta": [Interval(Real, 0, None, closed="neither")]}

    def __init__(self, delta=1.0):
        self.delta = delta


class Quantile(Loss):
    """Pinball loss, whose minimum is a quantile (Koenker & Bassett, 1978).

    ``quantile * e`` for a prediction that is too low by e, ``(1 - quantile) * e`` for one that is too high by e.

    Parameters
    ----------
    quantile : float, default=0.5
        In (0, 1): the share of targets that shall lie below the prediction.
    """

    name = "quantile"
    _parameter_constraints: dict = {"quantile": [Interval(Real, 0, 1, closed="neither")]}

    def __init__(self, quantile=0.5):
        self.quantile = quantile


class _Plain(Loss):
    """A loss without settings."""

    def __init__(self, name):
        self.name = name

    @property
    def numbers(self):
        return {}


LOSS_NAMES = {
    "squared_error": _Plain("squared_error"),
    "absolute_error": _Plain("absolute_error"),
    "huber": Huber(),
    "log_cosh": _Plain("log_cosh"),
    "quantile": Quantile(),
    "poisson": _Plain("poisson"),
}
"""Losses by the names that the regressor's ``loss`` takes too."""


def loss_of(loss):
    """The loss that a name or an object stands for."""
    return LOSS_NAMES[loss] if isinstance(loss, str) else loss
