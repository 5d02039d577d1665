"""A column of the history that somebody watches: that it exists, and which of its values are better."""

from __future__ import annotations

import numpy as np

from .report import Report

__all__ = ["check_column", "lower_is_better", "merits"]


def check_column(parameter: str, name: str, report: Report) -> None:
    """Raise a ValueError unless the history has the column that a callback's parameter names."""
    if name not in report.history:
        raise ValueError(
            f"{parameter} must be a column of the history, got {name!r}, and it has {sorted(report.history)}; "
            "those of validation need early_stopping=True or X_val and y_val, others a callback that comes before."
        )


def lower_is_better(name: str) -> bool:
    """Whether a column is one of losses or mistakes, by its name; scikit-learn's ``neg_log_loss`` is a score."""
    return name.endswith(("loss", "mistakes")) and "neg_" not in name


def merits(name: str, report: Report) -> np.ndarray:
    """The values of this fit's epochs, so that higher is better: losses and mistakes with their sign turned."""
    values = report.history[name][len(report.history[name]) - report.epoch :]
    return -values if lower_is_better(name) else values
