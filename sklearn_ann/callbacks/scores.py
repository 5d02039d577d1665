"""Any of scikit-learn's scorers after every epoch, into the history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer

from .callback import Callback
from .fit_context import FitContext
from .scorers import check_scorer, score_of

__all__ = ["Scores"]


class Scores(Callback):
    """Record scores of the model as if the fit ended after each epoch.

    Sample weights count only with ``on='train'``. Each scorer is tried on the initial weights.

    Parameters
    ----------
    scoring : str, list of str, or dict of str to (str or callable), default=None
        Names of scikit-learn's scorers, which are also the names of the columns, or a dict that maps names of columns
        to scorers: names or ``scorer(estimator, X, y) -> float``. None for the column ``score``, computed like
        ``validation_score``, with the estimator's ``scoring``.
    X, y : array-like, default=None
        Rows to score, transformed like those that the network gets (in a Pipeline, by the steps before it). None for
        the validation set passed to ``fit``, or without one for all rows passed to it.
    on : {'train'} or None, default=None
        ``'train'`` scores the training rows (not those that ``early_stopping`` sets aside) with the weights of each
        epoch, weighted by ``sample_weight`` and ``class_weight`` as for ``validation_score``. Names of the columns then
        begin with ``train_``: ``Scores(on='train')`` records ``train_score``, to compare with ``validation_score``.
    every : int, default=1
        Number of epochs between scores; values are NaN in between.

    Raises
    ------
    ValueError
        If there is no such scorer, if only one of X and y is given, or if ``on`` is invalid; and from ``fit``, before
        training, if a scorer cannot score the rows.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.callbacks import Scores
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((10,), early_stopping=True, random_state=0).set_callbacks(Scores(on="train")).fit(X, y)
    >>> list(model.history_)
    ['loss', 'learning_rate', 'validation_loss', 'validation_score', 'train_score']
    """

    def __init__(
        self,
        scoring: str | Sequence[str] | Mapping[str, str | Callable[..., float]] | None = None,
        X: Any = None,
        y: Any = None,
        *,
        on: str | None = None,
        every: int = 1,
    ) -> None:
        if (X is None) != (y is None):
            raise ValueError("X and y go together: pass both, or neither for the rows of the fit.")
        if on not in (None, "train"):
            raise ValueError(f"on must be 'train' or None, got {on!r}; pass on='train', or X and y for other rows.")
        if on is not None and X is not None:
            raise ValueError(f"on={on!r} names the rows to score on, got X and y as well; leave out one of them.")
        if not isinstance(every, int | np.integer) or every < 1:
            raise ValueError(f"every must be a whole number of epochs from 1, got {every!r}; leave it out for 1.")
        if callable(scoring):
            raise ValueError(f"scoring must give each scorer a name, got {scoring!r}; pass {{'mine': scorer}}.")
        names = [scoring] if isinstance(scoring, str) else scoring
        if names is not None:
            names = dict(names) if isinstance(names, Mapping) else {name: name for name in names}
        self.scoring, self.on, self.every = names, on, every
        self._rows = X, y
        scorers = {"score": _monitored_score} if names is None else {n: get_scorer(s) for n, s in names.items()}
        self._scorers = {name if on is None else f"{on}_{name}": scorer for name, scorer in scorers.items()}

    def begin(self, context: FitContext) -> None:
        """Announce the columns, and try the scorers."""
        context.announce(*self._scorers, mode="max")
        for name, scorer in zip(self.scoring or ["score"], self._scorers.values(), strict=True):
            scoring = self.scoring and self.scoring[name]
            check_scorer(f"scoring={scoring!r} of Scores", partial(self._score, scorer, context))

    def epoch_end(self, context: FitContext) -> None:
        """Score."""
        if context.epoch % self.every:
            return
        context.record(**{name: self._score(scorer, context) for name, scorer in self._scorers.items()})

    def _score(self, scorer: Callable[..., float], context: FitContext) -> float:
        given, weighted = context.given, {}
        model, (X, y) = context.model, self._rows
        if self.on == "train":
            model, (X, y, sample_weight, *_) = context.latest_model, context.train_data
            sample_weight = model._row_weights(X, y, sample_weight)
            weighted = {} if sample_weight is None else {"sample_weight": sample_weight}
        elif X is None:
            X, y = (given.X, given.y) if given.X_val is None else (given.X_val, given.y_val)
        return score_of(scorer, model, X, y, **weighted)


def _monitored_score(model: Any, X: Any, y: Any, **weighted: Any) -> float:
    return model._monitored_score(X, y, **weighted)
