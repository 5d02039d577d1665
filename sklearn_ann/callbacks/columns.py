"""A column of the history that somebody watches: that it exists, and which of its values are better."""

from __future__ import annotations

import numpy as np

from .fit_context import FitContext

__all__ = ["check_column", "lower_is_better", "monitored_values"]


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
