"""A column of the history that somebody watches: that it exists, and which of its values are better."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.metrics import get_scorer_names

from .fit_context import FitContext

__all__ = ["check_column", "check_mode", "lower_is_better", "monitored_values", "unknown_mode", "warn_of_no_number"]


def check_mode(mode: str) -> None:
    """Raise a ValueError unless it is a ``mode`` as of Keras' callbacks."""
    if mode not in ("auto", "min", "max"):
        raise ValueError(
            f"mode must be 'min', 'max' or 'auto', got {mode!r}; leave it out if the name of the column tells."
        )


def check_column(parameter: str, name: str, context: FitContext, mode: str | None = None) -> None:
    """Raise a ValueError unless the history has the column that a callback's parameter names.

    With a ``mode``, it must also be known which of its values are better.
    """
    if name not in context.history:
        raise ValueError(
            f"{parameter} must be a column of the history, got {name!r}, and it has {sorted(context.history)}; "
            "those of validation need early_stopping=True or X_val and y_val, others a callback that comes before."
        )
    if mode is not None and lower_is_better(name, context, mode) is None:
        raise unknown_mode(parameter, name)


def unknown_mode(parameter: str, name: str) -> ValueError:
    """The error of a column of which nothing tells whether low or high values are better."""
    return ValueError(
        f"mode must say which values of {parameter}={name!r} are better, since its name does not, got 'auto'; pass "
        "mode='min' or mode='max'."
    )


def lower_is_better(name: str, context: FitContext, mode: str = "auto") -> bool | None:
    """Whether low values of a column are better, by ``mode``, by what the fit knows or by its name; None if unknown."""
    mode = context.modes.get(name, "auto") if mode == "auto" else mode
    return _lower_by_name(name) if mode == "auto" else mode == "min"


def _lower_by_name(name: str) -> bool | None:
    """Losses and mistakes are better where lower, scores and accuracies where higher; scorers are scikit-learn's."""
    scorer = name.removeprefix("val_").removeprefix("train_")
    if "neg_" in name or name.endswith(("score", "accuracy")) or scorer in get_scorer_names():
        return False
    return True if name.endswith(("loss", "mistakes")) else None


def monitored_values(name: str, context: FitContext, mode: str = "auto") -> np.ndarray:
    """The values of this fit's epochs, so that higher is better: those that are better where lower turn their sign."""
    values = _values(name, context)
    return -values if lower_is_better(name, context, mode) else values


def _values(name: str, context: FitContext) -> np.ndarray:
    return context.history[name][len(context.history[name]) - context.epoch :]


def warn_of_no_number(parameter: str, name: str, context: FitContext) -> None:
    """Warn at the end of a fit whose column never had a finite value, so that a callback could not go by it."""
    values = _values(name, context)
    if len(values) and not np.isfinite(values).any():
        warnings.warn(
            f"{parameter}={name!r} was never a finite number in {len(values)} epochs and had no effect; monitor "
            "another column of the history, or scale the data.",
            stacklevel=2,
        )
