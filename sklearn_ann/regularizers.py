"""Regularizers, for the parameter ``regularizer`` of the multilayer perceptrons: one of them or a list."""

from __future__ import annotations

from numbers import Real

from sklearn.utils._param_validation import Interval

from .configurable import Configurable

__all__ = ["L1", "ClipNorm", "ClipValue", "MaxNorm", "Regularizer"]

_POSITIVE = [Interval(Real, 0, None, closed="neither")]


class Regularizer(Configurable):
    """Base of the regularizers; use the derived classes."""

    name: str  # in engines/regularizers.py

    def check(self):
        """Raise a ValueError unless it has one setting, in its range."""
        super().check()
        settings = self.get_params()
        if len(settings) != 1:
            raise ValueError(
                f"{type(self).__name__} must have one setting, its amount, got {sorted(settings)}; make one "
                "regularizer of each."
            )

    @property
    def amount(self):
        """Its one number."""
        (amount,) = self.get_params().values()
        return amount


class L1(Regularizer):
    """Penalty ``strength * sum(abs(W)) / n`` on the weights, beside ``alpha``'s; drives small ones to zero.

    Parameters
    ----------
    strength : float, default=1e-4
        As with ``alpha``, n is the sum of the row weights of a batch, and intercepts go free.
    """

    name = "l1"
    _parameter_constraints: dict = {"strength": [Interval(Real, 0, None, closed="left")]}

    def __init__(self, strength=1e-4):
        self.strength = strength


class _Limit(Regularizer):
    _parameter_constraints: dict = {"limit": _POSITIVE}

    def __init__(self, limit=1.0):
        self.limit = limit


class MaxNorm(_Limit):
    """After each step the weights into a unit are scaled down to this length (Srivastava et al., 2014, section 5.1).

    Parameters
    ----------
    limit : float, default=1.0
        Length of the weights into a unit, at most; intercepts go free.
    """

    name = "max_norm"


class ClipValue(_Limit):
    """Every number of the gradient is cut to this size.

    Parameters
    ----------
    limit : float, default=1.0
        Size of a number, at most.
    """

    name = "clip_value"


class ClipNorm(_Limit):
    """The whole gradient is scaled down to this length, its direction kept (Pascanu, Mikolov & Bengio, 2013).

    Parameters
    ----------
    limit : float, default=1.0
        Length of the gradient of all weights and intercepts together, at most.
    """

    name = "clip_norm"
