"""Callbacks that end a training: by a column of the history, or by the clock."""

from __future__ import annotations

import numpy as np

from .callback import Callback
from .columns import check_column, check_mode, lower_is_better, monitored_values, warn_of_no_number
from .fit_context import FitContext

__all__ = ["EarlyStopping", "TargetScore", "TimeLimit"]


class EarlyStopping(Callback):
    """Stop training when a column of the history has not improved for some epochs.

    The model keeps the weights of the last epoch. To keep those of the best epoch, use the estimator's
    ``early_stopping=True``, which monitors the validation score (or any ``scoring``), or
    ``Checkpoint(folder, best=...)``, which writes them to a file.

    Parameters
    ----------
    monitor : str, default='validation_loss'
        Column of the history, including those that earlier callbacks record.
    patience : int, default=10
        Number of epochs without improvement after which training stops.
    min_delta : float, default=0.0
        Minimum improvement over the best value so far.
    mode : {'auto', 'min', 'max'}, default='auto'
        Whether low or high values of the column are better. With ``'auto'``, losses and mistakes are minimized, scores
        and accuracies are maximized, and for metrics of Keras, Keras decides.

    Raises
    ------
    ValueError
        If a parameter is out of range; and from ``fit``, if the history has no such column, or if ``mode='auto'`` does
        not know which of its values are better.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import train_test_split
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.callbacks import EarlyStopping
    >>> X, y = load_digits(return_X_y=True)
    >>> X, X_val, y, y_val = train_test_split(X[:400], y[:400], random_state=0)
    >>> model = MLPClassifierTF((20,), learning_rate_init=0.1, random_state=0)
    >>> model = model.set_callbacks(EarlyStopping(patience=3)).fit(X, y, X_val=X_val, y_val=y_val)
    >>> model.stop_reason_
    "EarlyStopping(monitor='validation_loss', patience=3, min_delta=0.0, mode='auto') stopped training"
    """

    def __init__(
        self, monitor: str = "validation_loss", *, patience: int = 10, min_delta: float = 0.0, mode: str = "auto"
    ) -> None:
        if not isinstance(patience, int | np.integer) or patience < 1:
            raise ValueError(f"patience must be a whole number of epochs from 1, got {patience!r}; use for example 10.")
        if not isinstance(min_delta, int | float | np.number) or not min_delta >= 0:
            raise ValueError(f"min_delta must be a number from 0, got {min_delta!r}; leave it out for 0.")
        check_mode(mode)
        self.monitor, self.patience, self.min_delta, self.mode = monitor, patience, min_delta, mode

    def begin(self, context: FitContext) -> bool:
        """Check that there is such a column, and whether it has gone without improvement already."""
        check_column("monitor", self.monitor, context, self.mode)
        return self.epoch_end(context)

    def epoch_end(self, context: FitContext) -> bool:
        """Whether there has been no improvement for too long."""
        best, n_no_improvement = -float("inf"), 0
        values = monitored_values(self.monitor, context, self.mode)
        for monitored in values[
            np.isfinite(values)
        ]:  # all of them: so nothing has to be kept for a fit that is resumed
            improved = monitored - self.min_delta > best
            best, n_no_improvement = (monitored, 0) if improved else (best, n_no_improvement + 1)
        return n_no_improvement >= self.patience

    def end(self, context: FitContext) -> None:
        """Warn if there was nothing to go by."""
        warn_of_no_number("monitor", self.monitor, context)


class TargetScore(Callback):
    """Stop training as soon as a column of the history is good enough.

    Parameters
    ----------
    target : float
        Value at which to stop.
    monitor : str, default='validation_score'
        Column of the history, as in :class:`EarlyStopping`.
    mode : {'auto', 'min', 'max'}, default='auto'
        Whether low or high values of the column are better, as in :class:`EarlyStopping`.

    Raises
    ------
    ValueError
        If the target is not a number or ``mode`` is invalid; and from ``fit``, if the history has no such column, or if
        ``mode='auto'`` does not know which of its values are better.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.callbacks import TargetScore
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((10,), early_stopping=True, learning_rate_init=0.02, random_state=0)
    >>> model.set_callbacks(TargetScore(0.9)).fit(X, y).stop_reason_
    "TargetScore(target=0.9, monitor='validation_score', mode='auto') stopped training"
    >>> model.validation_scores_[-1] >= 0.9
    True
    """

    def __init__(self, target: float, monitor: str = "validation_score", *, mode: str = "auto") -> None:
        if not isinstance(target, int | float | np.number):
            raise ValueError(f"target must be a number, got {target!r}; use for example 0.95.")
        check_mode(mode)
        self.target, self.monitor, self.mode = target, monitor, mode

    def begin(self, context: FitContext) -> bool:
        """Check that there is such a column, and whether it is good enough already."""
        check_column("monitor", self.monitor, context, self.mode)
        return context.epoch > 0 and self.epoch_end(context)

    def epoch_end(self, context: FitContext) -> bool:
        """Whether it is good enough."""
        value = context.history[self.monitor][-1]
        is_lower_better = lower_is_better(self.monitor, context, self.mode)
        return bool(value <= self.target if is_lower_better else value >= self.target)


class TimeLimit(Callback):
    """Stop training after the first epoch that ends later than ``seconds`` after the start.

    Parameters
    ----------
    seconds : float
        Time for training and compiling; for a resumed fit, including the time before the interruption.

    Raises
    ------
    ValueError
        If it is not a positive number.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.callbacks import TimeLimit
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((10,), random_state=0).set_callbacks(TimeLimit(seconds=1e-6)).fit(X, y)
    >>> model.n_iter_, model.stop_reason_
    (1, 'TimeLimit(seconds=1e-06) stopped training')
    """

    def __init__(self, seconds: float) -> None:
        if not isinstance(seconds, int | float | np.number) or not seconds > 0:
            raise ValueError(f"seconds must be a positive number, got {seconds!r}; use for example 60.")
        self.seconds = seconds

    def begin(self, context: FitContext) -> bool:
        """Whether time was up before the fit was resumed."""
        return self.epoch_end(context)

    def epoch_end(self, context: FitContext) -> bool:
        """Whether time is up."""
        return context.seconds >= self.seconds
