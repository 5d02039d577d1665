"""What the rungs of a search add: epochs or rows.

Comes in: the folds, and how long a whole training is. Goes out: the rows and epochs of the fits on each rung. How a
trial is trained with them is in ``trial``.
"""

from __future__ import annotations

from sklearn.model_selection import (
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
)
from sklearn.utils import _safe_indexing, resample

from .trial import advance, train_anew

__all__ = ["Epochs", "Rows", "is_stratified"]

_STRATIFIED = (StratifiedKFold, StratifiedShuffleSplit, StratifiedGroupKFold, RepeatedStratifiedKFold)


def is_stratified(cv):
    """Whether a splitter keeps the shares of the classes."""
    return isinstance(cv, _STRATIFIED)


class Epochs:
    """Rungs add epochs: a candidate that is promoted goes on.

    Parameters
    ----------
    splits : list of tuple of two arrays
        Rows to train on and to score.
    least, most : int
        The fewest epochs of a rung, and those of a whole training.
    """

    unit = "up to epoch {}"
    step = staticmethod(advance)

    def __init__(self, splits, least, most):
        self.splits, self.least, self.most = splits, least, most

    def fit(self, fold, n_resources):
        """Arguments of ``step``: rows, and the epoch to train up to."""
        return {"split": self.splits[fold], "n_epochs": n_resources}

    def n_fits(self, rung):
        """Fits that a candidate begins on a rung, in each fold."""
        return int(rung == 0)

    def n_epochs(self, bracket, rung):
        """Epochs of a candidate on a rung, in each fold."""
        return bracket.n_resources[rung] - (bracket.n_resources[rung - 1] if rung else 0)

    def n_rows(self, bracket, rung):
        """Rows that a candidate is trained on, in all folds together."""
        return sum(len(train) for train, _ in self.splits)


class Rows:
    """Rungs add rows, and candidates are trained on them anew, as in scikit-learn's halving searches.

    Parameters
    ----------
    splits : list of tuple of two arrays
        All rows to train on and to score.
    least, most : int
        The fewest rows of a rung, and all; both count the rows of the folds to train on and to score together.
    max_iter : int
        Epochs of each fit.
    seed : int
        Of the parts: the same on all rungs.
    stratify : array-like or None
        Classes of all rows, whose shares the parts keep.
    """

    unit = "with {} rows"
    step = staticmethod(train_anew)

    def __init__(self, splits, least, most, max_iter, seed, stratify):
        self.splits, self.least, self.most = splits, least, most
        self.max_iter, self._seed, self._stratify = max_iter, seed, stratify

    def fit(self, fold, n_resources):
        """Arguments of ``step``: a part of the rows, and the epochs of a whole training."""
        return {
            "split": tuple(self._part(rows, n_resources) for rows in self.splits[fold]),
            "n_epochs": self.max_iter,
        }

    def n_fits(self, rung):
        """Fits that a candidate begins on a rung, in each fold."""
        return 1

    def n_epochs(self, bracket, rung):
        """Epochs of a candidate on a rung, in each fold."""
        return self.max_iter

    def n_rows(self, bracket, rung):
        """Rows that a candidate is trained on, in all folds together."""
        return sum(self._size(train, bracket.n_resources[rung]) for train, _ in self.splits)

    def _size(self, rows, n_resources):
        return max(1, int(n_resources / self.most * len(rows)))

    def _part(self, rows, n_resources):
        return resample(
            rows,
            replace=False,
            n_samples=self._size(rows, n_resources),
            random_state=self._seed,
            stratify=None if self._stratify is None else _safe_indexing(self._stratify, rows),
        )
