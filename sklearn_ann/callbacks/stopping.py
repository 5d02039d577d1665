"""Callbacks that end a training: by a column of the history, or by the clock."""

from __future__ import annotations

import numpy as np

from .callback import Callback
from .columns import check_column, lower_is_better, merits
from .report import Report

__all__ = ["EarlyStopping", "TargetScore", "TimeLimit"]


class EarlyStopping(Callback):
    """Ends a training when a column of the history has not improved for some epochs.

    The weights are those of the last epoch. ``early_stopping=True`` of the estimator, which goes by the validation
    score (or any ``scoring``), gives back the best; ``Checkpoint(folder, best=...)`` keeps them in a file.

    Parameters
    ----------
    column : str, default='validation_loss'
        Of the history: also one that a callback before this one records. The lowest value is best where the name ends
        in ``loss`` or ``mistakes``, else the highest.
    patience : int, default=10
        Epochs in a row without improvement, from which on the training ends.
    min_change : float, default=0.0
        What a value must be better by than the best so far.

    Raises
    ------
    ValueError
        If a parameter is out of range; and from ``fit``, if the history has no such column.
    """

    def __init__(self, column: str = "validation_loss", *, patience: int = 10, min_change: float = 0.0) -> None:
        if not isinstance(patience, int | np.integer) or patience < 1:
            raise ValueError(f"patience must be a whole number of epochs from 1, got {patience!r}; use 10, say.")
        if not isinstance(min_change, int | float | np.number) or not min_change >= 0:
            raise ValueError(f"min_change must be a number from 0, got {min_change!r}; leave it out for 0.")
        self.column, self.patience, self.min_change = column, patience, min_change

    def begin(self, report: Report) -> bool:
        """Check that there is such a column, and whether it has gone without improvement already."""
        check_column("column", self.column, report)
        return self.epoch_end(report)

    def epoch_end(self, report: Report) -> bool:
        """Whether there has been no improvement for too long."""
        best, stale = -float("inf"), 0
        values = merits(self.column, report)
        for merit in values[np.isfinite(values)]:  # all of them: so nothing has to be kept for a fit that is resumed
            improved = merit - self.min_change > best
            best, stale = (merit, 0) if improved else (best, stale + 1)
        return stale >= self.patience


class TargetScore(Callback):
    """Ends a training as soon as a column of the history is good enough.

    Parameters
    ----------
    target : float
        A value that is good enough.
    column : str, default='validation_score'
        Of the history, as in :class:`EarlyStopping`.

    Raises
    ------
    ValueError
        If the target is no number; and from ``fit``, if the history has no such column.
    """

    def __init__(self, target: float, column: str = "validation_score") -> None:
        if not isinstance(target, int | float | np.number):
            raise ValueError(f"target must be a number, got {target!r}; use 0.95, say.")
        self.target, self.column = target, column

    def begin(self, report: Report) -> bool:
        """Check that there is such a column, and whether it is good enough already."""
        check_column("column", self.column, report)
        return report.epoch > 0 and self.epoch_end(report)

    def epoch_end(self, report: Report) -> bool:
        """Whether it is good enough."""
        value = report.history[self.column][-1]
        return bool(value <= self.target if lower_is_better(self.column) else value >= self.target)


class TimeLimit(Callback):
    """Ends a training after the first epoch that ends later than so many seconds after its begin.

    Parameters
    ----------
    seconds : float
        Of training and compiling; of a resumed fit also those before.

    Raises
    ------
    ValueError
        If it is no positive number.
    """

    def __init__(self, seconds: float) -> None:
        if not isinstance(seconds, int | float | np.number) or not seconds > 0:
            raise ValueError(f"seconds must be a positive number, got {seconds!r}; use 60, say.")
        self.seconds = seconds

    def begin(self, report: Report) -> bool:
        """Whether time was up before the fit was resumed."""
        return self.epoch_end(report)

    def epoch_end(self, report: Report) -> bool:
        """Whether time is up."""
        return report.seconds >= self.seconds
