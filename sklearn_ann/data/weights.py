"""Row weights: sample weights and class weights as one array, or None where all rows have weight 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight
from sklearn.utils.validation import _check_sample_weight, check_non_negative

__all__ = ["check_finite", "check_weight_left", "row_weights"]


def _class_factors(class_weight: Any, y: Any, of_y: Any, of_weights: np.ndarray | None) -> np.ndarray:
    """Factor of each row in ``y`` by its classes, as they are weighted in ``of_y``."""
    if isinstance(class_weight, str) and y.ndim == 1:
        return _balanced(y, of_y, of_weights)
    if y is of_y:
        return compute_sample_weight(class_weight, y)
    # In one call, since scikit-learn refuses weights of classes that only some of the rows have.
    n_of = of_y.shape[0]
    both = sparse.vstack([of_y, y]).tocsc() if sparse.issparse(y) else np.concatenate([of_y, y])
    indices = np.arange(n_of) if isinstance(class_weight, str) else None
    return compute_sample_weight(class_weight, both, indices=indices)[n_of:]


def _balanced(y: np.ndarray, of_y: np.ndarray, of_weights: np.ndarray | None) -> np.ndarray:
    weights = np.ones(len(of_y)) if of_weights is None else of_weights
    counts = weights > 0  # a class without any weight cannot be balanced
    classes = np.unique(of_y[counts])
    factors = compute_class_weight("balanced", classes=classes, y=of_y[counts], sample_weight=weights[counts])
    known = np.isin(y, classes)
    by_class = np.ones(len(y))
    by_class[known] = factors[np.searchsorted(classes, y[known])]
    return by_class


def check_finite(weights: np.ndarray, name: str) -> None:
    """Raise a ValueError if a weight is NaN or infinite."""
    if not np.isfinite(weights).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity.")


def check_weight_left(weights: np.ndarray | None, rows: str = "", remedy: str = "give one to some rows") -> None:
    """Raise a ValueError if all weights are zero; ``rows`` says which rows they are of, as in ``' among ...'``."""
    if weights is not None and not weights.any():
        raise ValueError(
            f"sample_weight and class_weight together must leave a row with a weight above zero{rows}, got zero for "
            f"all {len(weights)} of them; {remedy}."
        )


def row_weights(
    X: Any, y: Any, sample_weight: Any, class_weight: Any = None, trained_on: tuple[Any, Any] | None = None
) -> np.ndarray | None:
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
    trained_on : tuple of y and sample_weight, default=None
        Rows that ``class_weight`` is computed from, whose labels include those in ``y``; None for these rows.

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
        check_finite(weights, "sample_weight")  # scikit-learn lets a single NaN, for all rows alike, through
    if class_weight is not None:
        of_y, of_weights = (y, weights) if trained_on is None else trained_on
        if trained_on is not None and of_weights is not None:
            of_weights = _check_sample_weight(of_weights, of_y)
        by_class = _class_factors(class_weight, y, of_y, of_weights)
        check_finite(by_class, "class_weight")
        check_non_negative(by_class, "`class_weight`")
        weights = by_class if weights is None else weights * by_class
        check_weight_left(weights)
    return weights
