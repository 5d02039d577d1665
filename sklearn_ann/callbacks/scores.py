"""Any of scikit-learn's scorers after every epoch, into the history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer

from .callback import Callback
from .report import Report

__all__ = ["Scores"]


class Scores(Callback):
    """Records scores of the model as it would be if the fit ended now.

    Parameters
    ----------
    scoring : str, list of str, or dict of str to (str or callable)
        Names of scikit-learn's scorers, which are then the names of the columns, or columns with a scorer each: a name,
        or ``scorer(estimator, X, y) -> float``.
    X, y : array-like, default=None
        Rows to score on, transformed as those that the network is given (in a Pipeline, by the steps before it); None:
        the validation rows given to ``fit``, or else those it trains on.
    every : int, default=1
        Epochs from one scoring to the next; NaN between.

    Raises
    ------
    ValueError
        If there is no such scorer, or only one of X and y.
    """

    def __init__(
        self,
        scoring: str | Sequence[str] | Mapping[str, str | Callable[..., float]],
        X: Any = None,
        y: Any = None,
        *,
        every: int = 1,
    ) -> None:
        if (X is None) != (y is None):
            raise ValueError("X and y go together: pass both, or neither for the rows of the fit.")
        if not isinstance(every, int | np.integer) or every < 1:
            raise ValueError(f"every must be a whole number of epochs from 1, got {every!r}; leave it out for 1.")
        if callable(scoring):
            raise ValueError(f"scoring must give each scorer a name, got {scoring!r}; pass {{'mine': scorer}}.")
        names = [scoring] if isinstance(scoring, str) else scoring
        self.scoring = dict(names) if isinstance(names, Mapping) else {name: name for name in names}
        self.every = every
        self._rows = X, y
        self._scorers = {name: get_scorer(scorer) for name, scorer in self.scoring.items()}

    def begin(self, report: Report) -> None:
        """Announce the columns."""
        report.announce(*self._scorers)

    def epoch_end(self, report: Report) -> None:
        """Score."""
        if report.epoch % self.every:
            return
        given = report.given
        X, y = self._rows
        if X is None:
            X, y = (given.X, given.y) if given.X_val is None else (given.X_val, given.y_val)
        report.record(**{name: np.float64(scorer(report.model, X, y)) for name, scorer in self._scorers.items()})
