"""Row weights: sample weights and class weights as one array of numbers, or None where every row counts alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight
from sklearn.utils.validation import _check_sample_weight, check_non_negative

__all__ = ["row_weights"]


def _is_balanced_labels(y: Any, class_weight: Any) -> bool:
    return isinstance(class_weight, str) and y.ndim == 1


def _balanced(y: np.ndarray, sample_weight: np.ndarray | None) -> np.ndarray:
    weights = np.ones(len(y)) if sample_weight is None else sample_weight
    counts = weights > 0  # a class without any weight cannot be balanced, and its rows count nothing anyway
    classes, index = np.unique(y[counts], return_inverse=True)
    by_class = np.ones(len(y))
    by_class[counts] = compute_class_weight("balanced", classes=classes, y=y[counts], sample_weight=weights[counts])[
        index
    ]
    return by_class


def _check_finite(weights: np.ndarray, name: str) -> None:
    if not np.isfinite(weights).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity.")


def row_weights(X: Any, y: Any, sample_weight: Any, class_weight: Any = None) -> np.ndarray | None:
    """Weight of each row, as a new array; the caller's ``sample_weight`` is never changed.

    Parameters
    ----------
    X : array of shape (n_rows, ...)
        Only its length counts.
    y : array
        Labels as given by the caller, for ``class_weight``.
    sample_weight : array-like of shape (n_rows,), number or None
    class_weight : dict, list of dicts, 'balanced' or None
        As in :func:`sklearn.utils.class_weight.compute_sample_weight`; for labels in one column, ``'balanced'`` counts
        a row by its sample weight, so that a row of weight 2 is the same as the row twice.

    Returns
    -------
    ndarray of shape (n_rows,) or None

    Raises
    ------
    ValueError
        If a weight is negative or not finite, if all are zero, or if there are more or fewer than rows.
    """
    weights = None
    if sample_weight is not None:
        weights = _check_sample_weight(sample_weight, X, ensure_non_negative=True, copy=True)
        _check_finite(weights, "sample_weight")  # scikit-learn lets a single NaN, for all rows alike, through
    if class_weight is not None:
        by_class = (
            _balanced(y, weights) if _is_balanced_labels(y, class_weight) else compute_sample_weight(class_weight, y)
        )
        _check_finite(by_class, "class_weight")
        check_non_negative(by_class, "`class_weight`")
        weights = by_class if weights is None else weights * by_class
        if not weights.any():
            raise ValueError("sample_weight and class_weight together must leave a row with a weight above zero.")
    return weights
