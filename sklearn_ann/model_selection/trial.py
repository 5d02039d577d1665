"""A trial: one candidate on one fold, trained from rung to rung.

Comes in: a trial, the data and the epoch to train up to. Goes out: the trial with one more result, and with what its
next rung goes on from. It does not know how candidates are chosen.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from sklearn import get_config
from sklearn.base import clone
from sklearn.model_selection._validation import _fit_and_score

from ..callbacks.callback import Callback
from ..callbacks.fit_context import Snapshot
from ..fitting.callback_runner import CallbackMixin
from ..fitting.resuming import parameters_of
from .pipelines import last_step

__all__ = [
    "NEW_TRIAL",
    "Trial",
    "UpToEpoch",
    "advance",
    "check_candidate",
    "check_resource",
    "configure",
    "epochs_parameter",
    "final_estimator",
    "is_keras",
    "resuming",
    "train_anew",
]


class Trial(NamedTuple):
    """A trial between two rungs.

    Attributes
    ----------
    results : tuple of dict
        Scores and times of each rung so far.
    snapshot : Snapshot or None
        Of the network, to go on from; None before the first rung and after a fit that failed.
    ended : bool
        The training came to its end by itself: further rungs change nothing.
    is_amid_rung : bool
        Time was up while it trained on the rung after its last result.
    """

    results: tuple[dict[str, Any], ...]
    snapshot: Snapshot | None
    ended: bool
    is_amid_rung: bool = False


NEW_TRIAL = Trial((), None, False)


class UpToEpoch(Callback):
    """Ends a training at an epoch, or when time is up, and keeps its snapshot.

    Parameters
    ----------
    n_epochs : int
    deadline : float, default=inf
        Time in seconds, as of :func:`time.time`.
    """

    def __init__(self, n_epochs: int, deadline: float = np.inf) -> None:
        self.n_epochs, self.deadline = n_epochs, deadline
        self.snapshot: Snapshot | None = None
        self.is_reached = self.is_late = self.is_interrupted = False

    def __repr__(self):
        return f"UpToEpoch({self.n_epochs})"

    def begin(self, context):
        """Refuse now what cannot go on later."""
        context.snapshot()

    def epoch_end(self, context):
        """Whether this is the epoch, or time is up."""
        self.is_reached = context.epoch >= self.n_epochs
        self.is_late = not self.is_reached and time.time() >= self.deadline
        return self.is_reached or self.is_late

    def end(self, context):
        """Keep the snapshot."""
        self.snapshot = context.snapshot()
        self.is_interrupted = context.stop_reason == "Ctrl-C"


def final_estimator(estimator):
    """The estimator that is trained by epochs, and the prefix of its parameters: the last step of a Pipeline."""
    estimator, prefix = last_step(estimator)
    if not isinstance(estimator, CallbackMixin) or not (hasattr(estimator, "max_iter") or is_keras(estimator)):
        raise TypeError(
            "estimator must be MLPClassifierTF, MLPRegressorTF, PerceptronClassifier, KerasClassifier or "
            f"KerasRegressor, or a Pipeline that ends with one, got {estimator!r}; scikit-learn's "
            "HalvingRandomSearchCV searches over others."
        )
    return estimator, prefix


def is_keras(estimator):
    """Whether the estimator is one around a user's Keras model."""
    return hasattr(estimator, "epochs")


def epochs_parameter(estimator):
    """Name of the parameter with the epochs of a complete fit, of the last step of a Pipeline with its prefix."""
    final, prefix = final_estimator(estimator)
    return f"{prefix}{'epochs' if is_keras(final) else 'max_iter'}"


def check_candidate(estimator, parameters, resource):
    """Refuse parameters that the estimator does not have, or that set the epochs."""
    check_resource(parameters, resource)
    _with_parameters(estimator, parameters)


def check_resource(names, resource):
    """Refuse parameters that set the epochs, of a Keras model also for its ``fit`` alone."""
    for name in (resource, re.sub("epochs$", "fit__epochs", resource)):
        if name in names:
            raise ValueError(
                f"{name!r} must not be among param_distributions: epochs are what the search divides; set max_iter of "
                "the search."
            )


def _with_parameters(estimator, parameters):
    return clone(estimator).set_params(**clone(parameters, safe=False))


def configure(estimator, parameters, max_iter, *callbacks):
    """A clone with these parameters, and these callbacks besides its own."""
    model = _with_parameters(estimator, parameters)
    final, _ = final_estimator(model)
    final.set_params(**{epochs_parameter(final): max_iter})
    if "fit__epochs" in final.get_params(deep=False):  # which comes before epochs
        final.set_params(fit__epochs=max_iter)
    final.set_callbacks(*getattr(final, "_skl_callbacks", ()), *callbacks)
    return model


def advance(trial, estimator, parameters, X, y, *, split, max_iter, n_epochs, began, time_budget, fit_params, **how):
    """Train a trial up to an epoch and score it.

    Parameters
    ----------
    trial : Trial
        One that has not ended.
    estimator : estimator
    parameters : dict
        The candidate.
    X, y : array-like
        All rows.
    split : tuple of two arrays
        Rows to train on and to score. (A tuple: Dask keeps an array that is an argument on one worker alone, and
        loses it if that worker is killed.)
    max_iter : int
        Of a whole training: schedules go by it.
    n_epochs : int
        Epochs by the end of this rung.
    began : float
        Time at which the search began, as of :func:`time.time`.
    time_budget : float
        Seconds after which training ends; the rung is then not finished.
    fit_params : dict
        For ``fit``, not yet sliced.
    **how
        For scikit-learn's ``_fit_and_score``.

    Returns
    -------
    Trial
        Without a new result, if time was up.
    """
    deadline = began + time_budget
    if time.time() >= deadline:
        return trial
    rung = UpToEpoch(n_epochs, deadline)
    model = configure(estimator, parameters, max_iter, rung)
    if trial.snapshot is not None:
        fit_params = fit_params | resuming(model, trial.snapshot)
    result = _fit_and_score(
        model,
        X,
        y,
        parameters=None,
        fit_params=fit_params,
        train=split[0],
        test=split[1],
        return_times=True,
        return_n_test_samples=False,
        verbose=0,
        **how,
    )
    snapshot, rung.snapshot = rung.snapshot, None  # scikit-learn keeps the last callbacks in a cache
    if rung.is_interrupted:  # the fit has kept its model and gone on as if nothing had happened
        raise KeyboardInterrupt
    if rung.is_late:
        return trial._replace(snapshot=snapshot, is_amid_rung=True)
    failed = result["fit_error"] is not None
    result["seconds"] = time.time() - began
    return Trial((*trial.results, result), None if failed else snapshot, failed or not rung.is_reached)


def train_anew(trial, *args, **kwargs):
    """Train a trial from the start and score it: with other rows than on the rung before.

    Parameters
    ----------
    trial : Trial
    *args, **kwargs
        As for :func:`advance`; ``n_epochs`` are those of a whole training.

    Returns
    -------
    Trial
        Without a new result, if time was up; it then goes on from its snapshot.
    """
    before = trial if trial.is_amid_rung else trial._replace(snapshot=None)
    after = advance(before, *args, **kwargs)
    if after is before:
        return trial
    return after._replace(ended=False)  # one that failed may do better with more rows


def resuming(model, snapshot):
    """The argument of ``fit`` by which the network goes on from the snapshot, which is of this very trial."""
    final, prefix = final_estimator(model)
    if not is_keras(final):  # functions among the parameters may have changed what they hold since
        snapshot = replace(snapshot, document={**snapshot.document, "parameters": parameters_of(final)})
    if prefix and get_config()["enable_metadata_routing"]:
        final.set_fit_request(resume=True)
        prefix = ""
    return {f"{prefix}resume": snapshot}
