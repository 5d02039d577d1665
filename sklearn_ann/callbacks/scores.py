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
    """Records scores of the model as it would be if the fit ended now; rows count alike, whatever their weights.

    Each scorer is tried on the weights that training begins with.

    Parameters
    ----------
    scoring : str, list of str, or dict of str to (str or callable), default=None
        Names of scikit-learn's scorers, which are then the names of the columns, or columns with a scorer each: a name,
        or ``scorer(estimator, X, y) -> float``. None: the column ``score``, computed as the fit computes
        ``validation_score``, by the estimator's ``scoring``.
    X, y : array-like, default=None
        Rows to score on, transformed as those that the network is given (in a Pipeline, by the steps before it); None:
        the validation rows given to ``fit``, or else all rows given to it.
    on : {'train'} or None, default=None
        ``'train'``: the rows that the fit trains on (not those that ``early_stopping`` sets aside), with their
        ``sample_weight`` and ``class_weight`` (as for ``validation_score``) and with the weights of each epoch. The
        columns are then named ``train_...``: ``Scores(on='train')`` records ``train_score``, to be compared with
        ``validation_score``.
    every : int, default=1
        Epochs from one scoring to the next; NaN between.

    Raises
    ------
    ValueError
        If there is no such scorer, only one of X and y, or another value of ``on``; and from ``fit``, before any
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
        context.announce(*self._scorers)
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
