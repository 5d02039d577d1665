"""A column of the history that somebody watches: that it exists, and which of its values are better."""

from __future__ import annotations

import warnings

import numpy as np

from .fit_context import FitContext

__all__ = ["check_column", "lower_is_better", "monitored_values", "warn_of_no_number"]


def check_column(parameter: str, name: str, context: FitContext) -> None:
    """Raise a ValueError unless the history has the column that a callback's parameter names."""
    if name not in context.history:
        raise ValueError(
            f"{parameter} must be a column of the history, got {name!r}, and it has {sorted(context.history)}; "
            "those of validation need early_stopping=True or X_val and y_val, others a callback that comes before."
        )


def lower_is_better(name: str) -> bool:
    """Whether a column is one of losses or mistakes, by its name; scikit-learn's ``neg_log_loss`` is a score."""
    return name.endswith(("loss", "mistakes")) and "neg_" not in name


def monitored_values(name: str, context: FitContext) -> np.ndarray:
    """The values of this fit's epochs, so that higher is better: losses and mistakes with their sign turned."""
    values = context.history[name][len(context.history[name]) - context.epoch :]
    return -values if lower_is_better(name) else values


def warn_of_no_number(parameter: str, name: str, context: FitContext) -> None:
    """Warn at the end of a fit whose column never had a finite value, so that a callback could not go by it."""
    values = monitored_values(name, context)
    if len(values) and not np.isfinite(values).any():
        warnings.warn(
            f"{parameter}={name!r} was never a finite number in {len(values)} epochs and had no effect; monitor "
            "another column of the history, or scale the data.",
            stacklevel=2,
        )
