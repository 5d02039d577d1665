"""Losses with settings of their own, for the parameter ``loss`` of the multilayer perceptrons."""

from __future__ import annotations

from numbers import Real

from sklearn.utils._param_validation import Interval

from .choice import Choice

__all__ = [
    "CLASS_LOSS_NAMES",
    "LOSS_NAMES",
    "ClassLoss",
    "Focal",
    "Huber",
    "Loss",
    "Quantile",
    "class_loss_of",
    "loss_of",
]


class Loss(Choice):
    """Base of the regressor's losses; use the derived classes."""

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


class ClassLoss(Choice):
    """Base of the classifier's losses; use the derived classes."""

    name: str  # before the name of the target's own loss in network/losses.py

    @property
    def numbers(self):
        """The numbers of the loss by name."""
        return self.get_params()


class Focal(ClassLoss):
    """Log-loss that turns to what is hard: ``-(1 - p) ** gamma * log(p)`` for a right answer of probability p.

    Lin et al., "Focal loss for dense object detection", 2017. Rows that are as good as right count for little, so that
    many easy ones do not drown a few hard ones. Probabilities come out less certain than those of the log-loss.

    Parameters
    ----------
    gamma : float, default=2.0
        How much less the easy rows count; 0 is the log-loss.
    """

    name = "focal"
    _parameter_constraints: dict = {"gamma": [Interval(Real, 0, None, closed="left")]}

    def __init__(self, gamma=2.0):
        self.gamma = gamma


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


CLASS_LOSS_NAMES = {"log_loss": None, "focal": Focal()}
"""Losses by the names that the classifier's ``loss`` takes too; None for that of the target."""


def class_loss_of(loss):
    """The loss that a name or an object stands for, None for the target's own."""
    return CLASS_LOSS_NAMES[loss] if isinstance(loss, str) else loss
