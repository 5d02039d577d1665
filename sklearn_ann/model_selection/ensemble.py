"""An ensemble of what a search has trained anyway: selected by its predictions for the folds' validation rows.

Comes in: the state of each trial, and a score. Goes out: scikit-learn's voting estimator with fitted members and their
weights. Nothing is trained: a member is a fit that goes on from its trial's state, for no epoch more.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, is_classifier
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.utils import _safe_indexing
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import _check_method_params

from ..callbacks.callback import Callback
from .trial import configure, final_estimator, is_keras, resuming

__all__ = ["Library", "check_ensemble", "kept_trials", "make_ensemble", "select"]


class Library(NamedTuple):
    """What members are made of.

    Attributes
    ----------
    estimator : estimator
        Not fitted; of a Pipeline the first steps may be cached.
    parameters : list of dict
        Of each candidate.
    splits : list of (ndarray, ndarray)
        Rows to train on and to validate on.
    X, y : array-like
        All rows.
    max_iter : int
        Of a whole training.
    fit_params, score_params : dict
        For ``fit`` and the score, not yet sliced.
    """

    estimator: Any
    parameters: list[dict[str, Any]]
    splits: list[Any]
    X: Any
    y: Any
    max_iter: int
    fit_params: dict[str, Any]
    score_params: dict[str, Any]


def check_ensemble(estimator, y, splits):
    """Raise a ValueError where predictions cannot be averaged by scikit-learn's voting estimators."""
    kind = type_of_target(y)
    if is_classifier(estimator) and kind not in ("binary", "multiclass"):
        raise ValueError(f"ensemble_size needs one column of labels, got y of type {kind!r}; set ensemble_size=None.")
    if not is_classifier(estimator) and np.ndim(y) != 1:
        raise ValueError(
            f"ensemble_size needs y of shape (n_samples,), got {np.ndim(y)} dimensions; set ensemble_size=None."
        )
    if is_classifier(estimator) and not hasattr(estimator, "predict_proba"):
        raise ValueError(
            f"ensemble_size averages probabilities, got {estimator!r} without predict_proba; set ensemble_size=None, "
            "or use MLPClassifierTF with its usual loss."
        )
    n_classes = len(np.unique(y))
    if is_classifier(estimator) and any(len(np.unique(_safe_indexing(y, train))) < n_classes for train, _ in splits):
        raise ValueError(
            f"ensemble_size needs folds with all {n_classes} classes among the rows to train on; use "
            "StratifiedKFold, with rows as the resource also more min_samples, or set ensemble_size=None."
        )


def kept_trials(trials, log):
    """Trials by candidate, of those that have a score and a state on each fold.

    Parameters
    ----------
    trials : dict
        ``trials[candidate][fold]``.
    log : TrialLog or None
        Where the states are, if not with the trials.

    Returns
    -------
    dict of list of Trial
    """
    kept = {}
    for candidate, of_folds in trials.items():
        if log is not None and all(trial.results for trial in of_folds):
            of_folds = [log.trial((candidate, fold)) for fold in range(len(of_folds))]
        if all(trial.results and trial.snapshot is not None for trial in of_folds):  # none failed
            kept[candidate] = of_folds
    return kept


def make_ensemble(library, states, score, size, memory=None):
    """Select candidates and make a voting estimator of their models on the folds.

    Parameters
    ----------
    library : Library
    states : list of list of (Snapshot, ndarray)
        Of each candidate on each fold, and the rows that it is trained on.
    score : callable
        ``score(model, X, y, **score_params)``: the higher, the better, NaN if it failed.
    size : int
        Rounds of selection.
    memory : object, default=None
        Of Pipelines among the members, instead of the one with which their steps were read back.

    Returns
    -------
    ensemble : VotingClassifier or VotingRegressor or None
        None if no mean of predictions has a score.
    float
        Its score, the mean over the folds.
    """
    classes = np.unique(library.y) if is_classifier(library.estimator) else None
    models = [
        [_member(library, parameters, snapshot, train, memory) for snapshot, train in of_folds]
        for parameters, of_folds in zip(library.parameters, states, strict=True)
    ]
    rows = [_validation_rows(library, test) for _, test in library.splits]
    answers = [[_answer(model, X) for model, (X, _, _) in zip(of_folds, rows, strict=True)] for of_folds in models]

    def mean_score(values):
        probes = [_Regressor(each) if classes is None else _Classifier(each, classes) for each in values]
        return np.mean([score(probe, X, y, **params) for probe, (X, y, params) in zip(probes, rows, strict=True)])

    counts, best = select(answers, mean_score, size)
    if not counts.any():
        return None, best
    chosen = [(place, fold) for place in np.flatnonzero(counts) for fold in range(len(rows))]
    members = [(f"member_{place}_fold_{fold}", FrozenEstimator(models[place][fold])) for place, fold in chosen]
    weights = [float(counts[place] / (counts.sum() * len(rows))) for place, _ in chosen]
    if classes is None:
        ensemble = VotingRegressor(members, weights=weights)
    else:
        ensemble = VotingClassifier(members, voting="soft", weights=weights)
    return ensemble.fit(library.X, library.y), float(best)  # frozen members are not fitted again


def select(predictions, score, size):
    """Greedy forward selection with replacement (Caruana et al., 2004).

    In each round the candidate is added with which the mean of the predictions has the highest score. The ensemble is
    that of the round with the highest score of all, of equal ones the first: the first round takes the best candidate,
    so the ensemble's score is never below.

    Parameters
    ----------
    predictions : list of list of ndarray
        Of each candidate on each fold.
    score : callable
        ``score(predictions of each fold)``: the higher, the better.
    size : int
        Rounds.

    Returns
    -------
    counts : ndarray of int of shape (n_candidates,)
        How often each candidate was selected; never if all scores are NaN.
    float
        Score of the ensemble.
    """
    total, chosen = [0.0] * len(predictions[0]), []
    best, n_best = np.nan, 0
    for n in range(1, size + 1):
        scores = [score([(a + b) / n for a, b in zip(total, each, strict=True)]) for each in predictions]
        if np.isnan(scores).all():
            break
        place = int(np.nanargmax(scores))
        chosen.append(place)
        total = [a + b for a, b in zip(total, predictions[place], strict=True)]
        if n == 1 or scores[place] > best:
            best, n_best = scores[place], n
    return np.bincount(chosen[:n_best], minlength=len(predictions)), best


class _NoMoreEpochs(Callback):
    """Ends a fit that goes on from a snapshot before it makes an epoch."""

    def begin(self, context):
        """End it."""
        return True


def _member(library, parameters, snapshot, train, memory):
    """The model of a trial, as it was scored."""
    model = configure(library.estimator, parameters, library.max_iter)
    final, prefix = final_estimator(model)
    final.set_callbacks(_NoMoreEpochs())
    X, y = _safe_split(model, library.X, library.y, train)
    fit_params = _check_method_params(library.X, params=library.fit_params, indices=train)
    model.fit(X, y, **(fit_params | resuming(model, snapshot)))
    final, _ = final_estimator(model)
    final.set_callbacks()
    if not is_keras(final):
        final._optimizer = None  # its memory is as large as the weights, and members are not trained on
    return model.set_params(memory=memory) if prefix else model


def _validation_rows(library, test):
    X, y = _safe_split(library.estimator, library.X, library.y, test)
    return X, y, _check_method_params(library.X, params=library.score_params, indices=test)


def _answer(model, X):
    return model.predict_proba(X) if is_classifier(model) else model.predict(X)


class _Classifier(ClassifierMixin, BaseEstimator):
    """Known probabilities as a model, for scorers."""

    def __init__(self, probabilities, classes):
        self.probabilities, self.classes_ = probabilities, classes

    def predict_proba(self, X):
        return self.probabilities

    def predict(self, X):
        return self.classes_[self.probabilities.argmax(axis=1)]


class _Regressor(RegressorMixin, BaseEstimator):
    """Known predictions as a model, for scorers."""

    def __init__(self, predictions):
        self.predictions = predictions

    def predict(self, X):
        return self.predictions
