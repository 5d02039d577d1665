"""Row weights: sample weights and class weights as one array of numbers, or None where every row counts alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import _check_sample_weight

__all__ = ["row_weights"]


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
        As in :func:`sklearn.utils.class_weight.compute_sample_weight`.

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
    if class_weight is not None:
        by_class = compute_sample_weight(class_weight, y)
        weights = by_class if weights is None else weights * by_class
    return weights
