"""A perceptron trained by scikit-learn's loop, which is compiled.

Comes in: a perceptron and its checked rows. Goes out: weights and counters as attributes, and what it takes to record
the curves, which that loop does not tell.
"""

from __future__ import annotations

import copy

import numpy as np
from scipy import sparse
from sklearn import config_context
from sklearn.linear_model import SGDClassifier
from sklearn.utils.class_weight import compute_class_weight

from ..nested_parameters import all_parameters
from ..perceptron.selection import may_be_kept
from ..perceptron.training import paying_threads
from .perceptron import allowed_threads
from .perceptron_curves import Call, Unrecorded

__all__ = ["may_be_left_to_sklearn", "train_by_sklearn"]

_SHARED = (
    "penalty", "alpha", "l1_ratio", "fit_intercept", "tol", "shuffle", "eta0", "early_stopping",
    "validation_fraction", "n_iter_no_change", "average",
)  # fmt: skip


class _Epochs(int):
    """A limit that no number of epochs equals: it is the estimator who warns, with the line of its caller."""

    __hash__ = int.__hash__

    def __eq__(self, other):
        return False


def may_be_left_to_sklearn(estimator, rows):
    """Whether scikit-learn's loop gives the same weights as the engines, and sooner.

    It knows no multilabel targets; what rows without weight do to a fit, the engines decide.
    """
    X, y, sample_weight = rows
    if estimator.backend != "auto" or estimator.device.lower() not in ("auto", "cpu") or estimator.verbose:
        return False
    if y.ndim == 2 or not np.all(sample_weight > 0):
        return False
    if isinstance(estimator.class_weight, dict) and not np.all(np.array([*estimator.class_weight.values()], float) > 0):
        return False
    if estimator.early_stopping and np.unique(y, return_counts=True)[1].min() < 2:
        return False  # an engine says which label is too rare to be split; the loop knows its number only
    return may_be_kept(X.size * X.dtype.itemsize)


def train_by_sklearn(estimator, rows, start, earlier=None, rows_seen=1.0):
    """Train, and return the results as attributes.

    Parameters
    ----------
    estimator : PerceptronClassifier
        Its parameters have been checked, and it has ``classes_``.
    rows : tuple
        X, labels and row weights.
    start : Units
        Weights to start from.
    earlier : Unrecorded or None
        Of the calls before one of ``partial_fit``; None for ``fit``.
    rows_seen : float
        ``t_`` before.
    """
    X, y, sample_weight = rows
    classes = estimator.classes_
    again = _as_it_is(estimator)
    model = SGDClassifier(
        loss="perceptron",
        learning_rate="constant",
        class_weight=_by_number(estimator.class_weight, classes, y),
        n_jobs=1 if len(start.coef) == 1 else paying_threads(allowed_threads(estimator), len(start.coef), X.size),
        random_state=again.random_state,
        max_iter=_Epochs(estimator.max_iter),
        **{name: getattr(estimator, name) for name in _SHARED},
    )
    again.random_state = copy.deepcopy(again.random_state)  # before the fit advances it
    own_rows = _with_int32_indices(X), np.searchsorted(classes, y)
    coef, intercept = np.array(start.coef), np.array(start.intercept)  # which it trains in place
    with config_context(assume_finite=True, skip_parameter_validation=True):
        if earlier is None:
            is_single = len(coef) == 1
            model.fit(*own_rows, coef[0] if is_single else coef, intercept, sample_weight=sample_weight)
        else:
            model.classes_, model.t_ = np.arange(len(classes)), rows_seen
            model.coef_, model.intercept_ = coef, intercept
            model.partial_fit(*own_rows, sample_weight=sample_weight)
    call = Call(again, tuple(part.copy() for part in rows), start, None if earlier is None else 1)
    return {
        "coef_": model.coef_,
        "intercept_": model.intercept_,
        "n_iter_": model.n_iter_,
        "t_": model.t_,
        "backend_": "sklearn",
        "_n_rows": X.shape[0],
        "_unrecorded": (earlier or Unrecorded()).followed_by(call),
        **({} if estimator.average else {"_last": None, "_averaged": None}),
    }


def _by_number(class_weight, classes, y):
    """Weights of classes by their numbers."""
    return None if class_weight is None else dict(enumerate(compute_class_weight(class_weight, classes=classes, y=y)))


def _with_int32_indices(X):
    """The same rows: of a sparse X with indices of 64 bits, which scikit-learn refuses."""
    if not sparse.issparse(X) or X.indices.dtype == X.indptr.dtype == np.int32:
        return X
    return sparse.csr_array((X.data, X.indices.astype(np.int32), X.indptr.astype(np.int32)), shape=X.shape)


def _as_it_is(estimator):
    """Another one with the same parameters, for NumPy; made without the constructor, which a subclass may change."""
    again = object.__new__(type(estimator))
    vars(again).update(all_parameters(estimator))
    again.backend, again.device, again.class_weight = "numpy", "cpu", copy.copy(estimator.class_weight)
    again.classes_ = estimator.classes_.copy()
    if again.random_state is None:
        again.random_state = np.random.RandomState()
    return again
