"""What the trials of a search depend on, for its log: all that must be the same where a search goes on.

Comes in: a search and the data of its ``fit``. Goes out: descriptions by name. Candidates and folds are not among them,
since they may be drawn; the log has them as they were.
"""

from __future__ import annotations

import os

import joblib
import numpy as np
from sklearn import get_config
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor

from ..callbacks import Checkpoint, ProgressLine, TensorBoard
from ..estimators.base import read_base
from ..persistence.description import described, is_frame
from .trial import final_estimator

__all__ = ["identity_of_search"]

_TOLD_OTHERWISE = {"estimator", "param_distributions", "cv", "refit", "error_score"}
_OF_NO_CONSEQUENCE = {"log", "n_jobs", "time_budget", "ensemble_size", "tensorboard", "verbose"}
_ONLY_LOOK = (Checkpoint, ProgressLine, TensorBoard, ProgressBar, ScoringMonitor)
"""Callbacks that never end a training, nor record what others go by."""


def identity_of_search(search, X, y, *, fit_params, score_params, is_stratified, is_multimetric):
    """Describe what the trials of a search depend on.

    Parameters
    ----------
    search : estimator
        With ``brackets_``.
    X, y : array-like
    fit_params, score_params : dict
        Arguments of the estimator's ``fit`` and of the scorers.
    is_stratified : bool
        Whether parts of the rows keep the shares of the classes.
    is_multimetric : bool
        Whether ``refit`` names the score that promotes candidates.

    Returns
    -------
    dict of str to description
    """
    estimator = clone(search.estimator)  # as the trials get it
    parameters = {
        name: described(value)
        for name, value in search.get_params(deep=False).items()
        if name not in _TOLD_OTHERWISE | _OF_NO_CONSEQUENCE
    }
    identity = {
        "search": described(type(search)),
        "estimator": described(estimator),
        "callbacks": _callbacks_of(estimator),
        **parameters,
        "number of candidates": described([bracket.n_candidates for bracket in search.brackets_]),
        "X": _data(X),
        "y": _data(y),
        "fit parameters": described(dict(fit_params)),
        "score parameters": described(dict(score_params)),
    }
    if get_config()["enable_metadata_routing"]:
        identity["metadata requests"] = str(estimator.get_metadata_routing())
    base = getattr(final_estimator(estimator)[0], "base", None)
    if isinstance(base, str | os.PathLike):
        identity["file of base"] = described(read_base(base).weights)
    if search.resource == "n_samples":
        identity["stratification"] = described(is_stratified)
    if is_multimetric and any(len(bracket.n_candidates) > 1 for bracket in search.brackets_):
        identity["refit"] = described(search.refit)
    return identity


def _data(rows):
    """Values of an array or a data frame, whatever their place in memory, or else all that joblib's cache looks at."""
    return described(rows) if isinstance(rows, np.ndarray) or is_frame(rows) else f"# {joblib.hash(rows)}"


def _callbacks_of(estimator):
    """Of an estimator and of those that it holds, by the name of their parameter."""
    holders = {"estimator": estimator, **estimator.get_params()}
    callbacks = {name: getattr(holder, "_skl_callbacks", []) for name, holder in holders.items()}
    callbacks = {name: [each for each in some if type(each) not in _ONLY_LOOK] for name, some in callbacks.items()}
    return {name: described(some) for name, some in callbacks.items() if some}
