"""Whether validation rows are clearly on another scale than the training rows.

Comes in: two arrays with the same columns, dense or sparse. Goes out: a bool. Arrays that are only sorted or grouped
differently are on the same scale; a standardized array and one that is not are on different scales.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

__all__ = ["is_shifted"]

_MOST_ROWS, _MOST_COLUMNS = 1000, 200  # used
_FEWEST, _FEWEST_VAL = 10, 5  # values of a column, in either array
_FAR, _FAR_ALONE, _NEAR = 3.0, 10.0, 0.2
_SHARE = 0.3


def is_shifted(X: Any, X_val: Any) -> bool:
    """Whether at least two columns of ``X_val``, and three in ten, are on another scale than those of ``X``.

    A column is on another scale if its values in ``X_val`` are far from the column's mean in ``X`` (their median
    distance is more than 3 times the 0.9 quantile of the distances in ``X``), or all near to it (the 0.9 quantile of
    their distances is less than a fifth of the median distance in ``X``). A single column must be far by a factor of
    10. If either array is sparse, distances are from zero, and only entries other than zero count.

    Columns with fewer than 10 values in ``X`` or 5 in ``X_val`` are left out, as are columns that have the same two
    values in both arrays, or one value in ``X``. At most 1,000 evenly spaced rows of each array are used, and the 200
    columns with the most entries other than zero.

    Parameters
    ----------
    X, X_val : ndarray or CSR array of shape (n_rows, n_columns)
        Finite numbers; a vector is one column.

    Returns
    -------
    bool
    """
    is_sparse = sparse.issparse(X) or sparse.issparse(X_val)
    X, X_val = _rows(X), _rows(X_val)
    filled = X.count_nonzero(axis=0) if sparse.issparse(X) else np.count_nonzero(X, axis=0)
    columns = np.argsort(-filled, kind="stable")[:_MOST_COLUMNS]
    X, X_val = _values(X, columns, is_sparse), _values(X_val, columns, is_sparse)
    compared = _compared(X, X_val)
    n_columns = np.count_nonzero(compared)
    if not n_columns:
        return False
    X, X_val = X[:, compared], X_val[:, compared]
    centre = 0.0 if is_sparse else X.mean(axis=0)
    median, most = _quantiles(np.abs(X - centre))
    median_val, most_val = _quantiles(np.abs(X_val - centre))
    if n_columns == 1:
        return bool(median_val[0] > _FAR_ALONE * most[0])
    n_shifted = np.count_nonzero((median_val > _FAR * most) | (most_val < _NEAR * median))
    return bool(n_shifted >= max(2, _SHARE * n_columns))


def _compared(X: np.ndarray, X_val: np.ndarray) -> np.ndarray:
    """Which columns have enough values that say something about their scale."""
    n_values, n_values_val = (np.count_nonzero(~np.isnan(each), axis=0) for each in (X, X_val))
    low, high = np.fmin.reduce(X, axis=0), np.fmax.reduce(X, axis=0)
    is_two_valued = np.ones(X.shape[1], bool)
    for each in (X, X_val):
        is_two_valued &= np.all((each == low) | (each == high) | np.isnan(each), axis=0)
    return (n_values >= _FEWEST) & (n_values_val >= _FEWEST_VAL) & (low < high) & ~is_two_valued


def _rows(X: Any) -> Any:
    """At most so many rows, evenly spaced."""
    X = X[:, None] if X.ndim == 1 else X
    n_rows = X.shape[0]
    return X if n_rows <= _MOST_ROWS else X[np.linspace(0, n_rows - 1, _MOST_ROWS).astype(int)]


def _values(X: Any, columns: np.ndarray, is_sparse: bool) -> np.ndarray:
    """Some columns as a dense array; NaN for the zeros of what is sparse."""
    X = X[:, columns]
    X = (X.toarray() if sparse.issparse(X) else X).astype(np.float64)
    return np.where(X == 0, np.nan, X) if is_sparse else X


def _quantiles(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median and 0.9 quantile of each column, by nearest rank and without NaN."""
    ordered, last = np.sort(values, axis=0), np.isfinite(values).sum(axis=0) - 1
    median, most = (np.rint(share * last).astype(int)[None] for share in (0.5, 0.9))
    return np.take_along_axis(ordered, median, axis=0)[0], np.take_along_axis(ordered, most, axis=0)[0]
