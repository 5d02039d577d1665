"""The forward pass on NumPy arrays: X and weights in, predictions on the target's scale out. No TensorFlow.

Rows go through in blocks, so that the activations of a large X never lie in memory as a whole and stay in the cache.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from .activations import ACTIVATIONS
from .links import values_of
from .losses import link_of
from .spec import Output

__all__ = ["forward", "is_large", "linked"]

_BLOCK_NUMBERS = 1 << 17  # activations of a block: 0.5 to 1 MB, which stay in the second-level cache
_SMALLEST_BLOCK = 256
_NO_NUMBERS: Mapping[str, float] = MappingProxyType({})
_LARGE_OPERATIONS = 1e12  # seconds: from there on it may even pay to import TensorFlow first; see benchmarks/predict.py


def is_large(n_rows: int, coefs: Sequence[np.ndarray]) -> bool:
    """Whether a prediction is worth the compiled path: by its number of multiplications and additions."""
    return 2.0 * n_rows * sum(coef.size for coef in coefs) > _LARGE_OPERATIONS


def linked(raw: np.ndarray, output: Output, numbers: Mapping[str, float] = _NO_NUMBERS) -> np.ndarray:
    """Apply the inverse link of every head to raw values (n_rows, width), in place."""
    link = link_of(output).array

    def number(name: str) -> np.ndarray:
        return np.asarray(values_of(numbers, name), dtype=raw.dtype)

    if len(output.heads) == 1:
        return link(raw, number)
    start = 0
    for width in output.heads:
        raw[:, start : start + width] = link(raw[:, start : start + width], number)
        start += width
    return raw


def forward(
    X: Any,
    coefs: Sequence[np.ndarray],
    intercepts: Sequence[np.ndarray],
    activations: Sequence[tuple[str, tuple[float, ...]]],
    output: Output,
    numbers: Mapping[str, float] = _NO_NUMBERS,
) -> np.ndarray:
    """Predict on the scale of the inverse link.

    Parameters
    ----------
    X : ndarray or CSR/CSC matrix of shape (n_rows, n_features)
        Of the weights' dtype.
    coefs, intercepts : sequences of ndarray
        The layers.
    activations : sequence of (str, tuple of float)
        Name and numbers of each hidden layer's activation.
    output : Output
        What the raw values mean.
    numbers : dict of str to float
        Those of the output, by name.

    Returns
    -------
    ndarray of shape (n_rows, output.width)
    """
    n_rows = X.shape[0]
    if n_rows <= _SMALLEST_BLOCK:
        return _forward_block(X, coefs, intercepts, activations, output, numbers)
    block_rows = max(_SMALLEST_BLOCK, _BLOCK_NUMBERS // max(coef.shape[1] for coef in coefs))
    if hasattr(X, "tocsr"):
        X = X.tocsr()
    predictions = np.empty((n_rows, coefs[-1].shape[1]), dtype=coefs[-1].dtype)
    for start in range(0, n_rows, block_rows):
        rows = slice(start, start + block_rows)
        predictions[rows] = _forward_block(X[rows], coefs, intercepts, activations, output, numbers)
    return predictions


def _forward_block(
    X: Any,
    coefs: Sequence[np.ndarray],
    intercepts: Sequence[np.ndarray],
    activations: Sequence[tuple[str, tuple[float, ...]]],
    output: Output,
    numbers: Mapping[str, float] = _NO_NUMBERS,
) -> np.ndarray:
    values, last = X, len(coefs) - 1
    for layer, coef in enumerate(coefs):
        values = values @ coef
        values += intercepts[layer]
        if layer < last:
            name, settings = activations[layer]
            values = ACTIVATIONS[name].array(values, *settings)
    return linked(values, output, numbers)
