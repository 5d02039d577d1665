"""A perceptron trained by scikit-learn's loop, which is compiled, and its curves, which that loop does not tell.

Comes in: a perceptron and its checked rows. Goes out: weights and counters as attributes and, when they are asked for,
the curves, by training again with NumPy: the same rows in the same order.
"""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn import config_context
from sklearn.linear_model import SGDClassifier
from sklearn.utils.class_weight import compute_class_weight

from ..perceptron.results import NOTHING_BEFORE, Units
from ..perceptron.selection import is_left_to_sklearn
from ..perceptron.training import paying_threads
from .perceptron import allowed_threads, reason_of, train_perceptron

__all__ = ["Unrecorded", "may_be_left_to_sklearn", "recorded", "train_by_sklearn"]

_SHARED = (
    "penalty", "alpha", "l1_ratio", "fit_intercept", "tol", "shuffle", "eta0", "early_stopping",
    "validation_fraction", "n_iter_no_change", "average",
)  # fmt: skip


class _Epochs(int):
    """A limit that no number of epochs equals: it is the estimator who warns, with the line of its caller."""

    __hash__ = int.__hash__

    def __eq__(self, other):
        return False


class Unrecorded(NamedTuple):
    """A fit whose curves have not been recorded: what it takes to train again.

    Attributes
    ----------
    estimator : PerceptronClassifier
        Not fitted, with the parameters of the fit and its classes.
    rows : tuple
        X, labels and row weights: copies, since the caller may change his own.
    start : Units
        Weights before the fit.
    """

    estimator: Any
    rows: tuple
    start: Units


def may_be_left_to_sklearn(estimator, rows):
    """Whether scikit-learn's loop gives the same weights as the engines, and sooner.

    It knows no multilabel targets; what rows without weight do to a fit, the engines decide.
    """
    X, y, sample_weight = rows
    if estimator.backend != "auto" or estimator.device.lower() not in ("auto", "cpu") or estimator.verbose:
        return False
    if y.ndim == 2 or not np.all(sample_weight > 0):
        return False
    if isinstance(estimator.class_weight, dict) and not all(each > 0 for each in estimator.class_weight.values()):
        return False
    return is_left_to_sklearn(X.size * X.dtype.itemsize)


def train_by_sklearn(estimator, rows, start):
    """Train, and return the results as attributes.

    Parameters
    ----------
    estimator : PerceptronClassifier
        Its parameters have been checked, and it has ``classes_``.
    rows : tuple
        X, labels and row weights.
    start : Units
        Weights to start from.
    """
    X, y, sample_weight = rows
    classes = estimator.classes_
    again = _as_it_is(estimator)
    model = SGDClassifier(
        loss="perceptron",
        learning_rate="constant",
        class_weight=dict(enumerate(compute_class_weight(estimator.class_weight, classes=classes, y=y))),
        n_jobs=paying_threads(allowed_threads(estimator), len(start.coef), X.size),
        random_state=again.random_state,
        max_iter=_Epochs(estimator.max_iter),
        **{name: getattr(estimator, name) for name in _SHARED},
    )
    again.random_state = copy.deepcopy(again.random_state)  # before the fit advances it
    is_single = len(start.coef) == 1
    with config_context(assume_finite=True, skip_parameter_validation=True):
        model.fit(
            _with_int32_indices(X),
            np.searchsorted(classes, y),
            coef_init=np.array(start.coef[0] if is_single else start.coef),  # which it trains in place
            intercept_init=np.array(start.intercept),
            sample_weight=sample_weight,
        )
    return {
        "coef_": model.coef_,
        "intercept_": model.intercept_,
        "n_iter_": model.n_iter_,
        "t_": model.t_,
        "backend_": "sklearn",
        "stop_reason_": reason_of(estimator, model.n_iter_, estimator.max_iter),
        "_n_rows": X.shape[0],
        "_recorded": {},
        "_unrecorded": Unrecorded(again, tuple(part.copy() for part in rows), start),
    }


def recorded(fit):
    """Train again with NumPy, and return the results as attributes.

    Weights and counters are the same: on five data sets of 150 to 2,000 rows, with each penalty and with averages, to
    the last bit in both dtypes (averages up to rounding).
    """
    return train_perceptron(fit.estimator, fit.rows, fit.start, NOTHING_BEFORE, fit.estimator.max_iter)


def _with_int32_indices(X):
    """The same rows: of a sparse X with indices of 64 bits, which scikit-learn refuses."""
    if not sparse.issparse(X) or X.indices.dtype == X.indptr.dtype == np.int32:
        return X
    return sparse.csr_array((X.data, X.indices.astype(np.int32), X.indptr.astype(np.int32)), shape=X.shape)


def _as_it_is(estimator):
    """Another one with the same parameters, for NumPy."""
    parameters = estimator.get_params(deep=False)
    parameters |= {"backend": "numpy", "device": "cpu", "class_weight": copy.copy(estimator.class_weight)}
    again = type(estimator)(**parameters)
    again.classes_ = estimator.classes_.copy()
    if again.random_state is None:
        again.random_state = np.random.RandomState()
    return again
