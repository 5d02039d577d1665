"""Any of scikit-learn's scorers after every epoch, into the history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer

from .callback import Callback
from .report import Report
from .scorers import check_scorer, score_of

__all__ = ["Scores"]


class Scores(Callback):
    """Records scores of the model as it would be if the fit ended now; rows count alike, whatever their weights.

    Each scorer is tried on the weights that training begins with.

    Parameters
    ----------
    scoring : str, list of str, or dict of str to (str or callable)
        Names of scikit-learn's scorers, which are then the names of the columns, or columns with a scorer each: a name,
        or ``scorer(estimator, X, y) -> float``.
    X, y : array-like, default=None
        Rows to score on; None: the validation rows given to ``fit``, or else those it trains on.
    every : int, default=1
        Epochs from one scoring to the next; NaN between.

    Raises
    ------
    ValueError
        If there is no such scorer, or only one of X and y; and from ``fit``, before any training, if a scorer cannot
        score the rows.
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
        """Announce the columns, and try the scorers."""
        report.announce(*self._scorers)
        for name in self._scorers:
            check_scorer(f"scoring={self.scoring[name]!r} of Scores", partial(self._score, name, report))

    def epoch_end(self, report: Report) -> None:
        """Score."""
        if report.epoch % self.every:
            return
        report.record(**{name: self._score(name, report) for name in self._scorers})

    def _score(self, name: str, report: Report) -> float:
        given = report.given
        X, y = self._rows
        if X is None:
            X, y = (given.X, given.y) if given.X_val is None else (given.X_val, given.y_val)
        return score_of(self._scorers[name], report.model, X, y)
