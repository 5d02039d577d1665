"""Scaling of the columns of X to mean 0 and variance 1, as by scikit-learn's StandardScaler."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.preprocessing import StandardScaler

__all__ = ["Scaling", "standardization", "standardized"]


class Scaling(NamedTuple):
    """Mean to subtract from each column and scale to divide it by; ``(n_features,)`` each."""

    mean: np.ndarray
    scale: np.ndarray


def standardization(X: Any, weights: np.ndarray | None) -> Scaling:
    """Mean and standard deviation of the columns, by row weights; a constant column is not divided.

    A sparse X is not centred, so that it stays sparse: its means are 0 here.
    """
    centred = not sparse.issparse(X)
    scaler = StandardScaler(with_mean=centred).fit(X, sample_weight=weights)
    mean = scaler.mean_ if centred else np.zeros(X.shape[1])
    return Scaling(mean.astype(X.dtype), scaler.scale_.astype(X.dtype))


def standardized(X: Any, scaling: Scaling | None) -> Any:
    """A new array with standardized columns in the dtype of X; X itself where there is no scaling.

    Raises
    ------
    ValueError
        If X is sparse and the columns are to be centred.
    """
    if scaling is None:
        return X
    if sparse.issparse(X):
        if scaling.mean.any():
            raise ValueError(
                "standardize=True has learned the means of a dense X, and to take them off a sparse one would make it "
                "dense, got a sparse X; pass X.toarray(), or fit on a sparse X."
            )
        return (X @ sparse.diags_array(1 / scaling.scale)).astype(X.dtype).asformat(X.format)
    return ((X - scaling.mean) / scaling.scale).astype(X.dtype, copy=False)
