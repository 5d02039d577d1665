"""Losses with settings of their own, for the parameter ``loss`` of the multilayer perceptrons."""

from __future__ import annotations

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

from .configurable import Configurable, member_named

__all__ = [
    "CLASS_LOSS_NAMES",
    "LOSS_NAMES",
    "ClassLoss",
    "Focal",
    "Gaussian",
    "Huber",
    "Loss",
    "Quantile",
    "class_loss_of",
    "loss_of",
]


class Loss(Configurable):
    """Base of the regressor's losses; use the derived classes."""

    name: str  # in network/losses.py
    outputs_per_target = 1  # raw columns of each target

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

    ``quantile * e`` for a prediction that is too low by e, ``(1 - quantile) * e`` for one that is too high by e; with
    several quantiles their sum. Each has an output of its own; nothing keeps them from crossing.

    Parameters
    ----------
    quantile : float or array-like of shape (n_quantiles,), default=0.5
        In (0, 1): the share of targets that shall lie below the prediction. Of several, predictions have one column
        each.
    """

    name = "quantile"
    _parameter_constraints: dict = {"quantile": [Interval(Real, 0, 1, closed="neither"), "array-like"]}

    def __init__(self, quantile=0.5):
        self.quantile = quantile

    def check(self):
        """Raise a ValueError if a quantile is not in (0, 1)."""
        super().check()
        try:
            quantiles = np.atleast_1d(np.asarray(self.quantile, dtype=float))
        except (TypeError, ValueError):  # not numbers, or lists of different lengths
            quantiles = np.array([])
        if quantiles.ndim != 1 or not quantiles.size or not np.all((quantiles > 0) & (quantiles < 1)):
            raise ValueError(
                f"quantile must be a number in (0, 1) or several of them in a list, got {self.quantile!r}; pass for "
                "example quantile=[0.05, 0.5, 0.95]."
            )

    @property
    def is_several(self):
        """Whether predictions have an axis of quantiles."""
        return np.ndim(self.quantile) == 1

    @property
    def outputs_per_target(self):
        """How many there are."""
        return np.size(self.quantile)

    @property
    def numbers(self):
        """Each quantile by name."""
        return {f"quantile_{i}": float(quantile) for i, quantile in enumerate(np.ravel(self.quantile))}


class Gaussian(Loss):
    """Negative log-likelihood of a normal distribution whose mean and spread are both learned (Nix & Weigend, 1994).

    ``log(std) + 0.5 * ((y - mean) / std) ** 2 + 0.5 * log(2 * pi)``, the mean over targets; ``std`` is
    ``min_std + log(1 + exp(raw))``. Put y on a scale of about one: spreads begin there.

    Parameters
    ----------
    min_std : float, default=1e-3
        What the spread cannot fall below, in the units of y: without it a row that is hit exactly would have an
        infinite likelihood.
    """

    name = "gaussian"
    outputs_per_target = 2
    _parameter_constraints: dict = {"min_std": [Interval(Real, 0, None, closed="neither")]}

    def __init__(self, min_std=1e-3):
        self.min_std = min_std


class ClassLoss(Configurable):
    """Base of the classifier's losses; use the derived classes."""

    name: str

    def row(self, log_loss):
        """Name in network/losses.py for a target whose own loss is ``log_loss``."""
        return f"{self.name}_{log_loss}"

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


class _Hinge(ClassLoss):
    """``max(0, 1 - s * raw)`` for a side s of -1 or 1; for more classes the margin to the largest wrong raw value."""

    name = "hinge"

    def row(self, log_loss):
        return log_loss.replace("log_loss", self.name)


class _Plain(Loss):
    """A loss without settings: a name, or a function of targets and predictions."""

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
    "gaussian": Gaussian(),
    "poisson": _Plain("poisson"),
}
"""Losses by the names that the regressor's ``loss`` takes too."""


def loss_of(loss):
    """The loss that a name, an object or a function stands for."""
    if isinstance(loss, str):
        loss = member_named("loss", loss, LOSS_NAMES)
    return loss if isinstance(loss, Loss) else _Plain(loss)


CLASS_LOSS_NAMES = {"log_loss": None, "focal": Focal(), "hinge": _Hinge()}
"""Losses by the names that the classifier's ``loss`` takes too; None for that of the target."""


def class_loss_of(loss):
    """The loss that a name or an object stands for, None for the target's own."""
    return member_named("loss", loss, CLASS_LOSS_NAMES) if isinstance(loss, str) else loss
