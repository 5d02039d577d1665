"""The mean loss of a trained network at some rows: X, encoded targets and row weights in, one number out.

The forward pass is NumPy's; the formulas of the losses are TensorFlow's, run one by one, so that nothing is compiled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .backend import tf
from .forward import layer_values
from .graph import row_losses
from .losses import output_numbers
from .spec import Network
from .weights import Weights

__all__ = ["mean_loss"]

_BLOCK_ROWS = 4096


def mean_loss(
    X: Any,
    y: np.ndarray,
    row_weights: np.ndarray | None,
    network: Network,
    weights: Weights,
    numbers: Mapping[str, float],
) -> float:
    """Mean loss of the rows, without penalties.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_rows, n_features)
        Of the weights' dtype.
    y : ndarray of shape (n_rows, columns)
        Encoded targets.
    row_weights : ndarray of shape (n_rows,) or None
        A row of weight zero does not count, whatever its loss is.
    network : Network
    weights : Weights
        Without an axis of models.
    numbers : dict of str to float
        Those of activations, output and normalization, by name.
    """
    shares = np.full(X.shape[0], 1 / X.shape[0]) if row_weights is None else row_weights / row_weights.sum()
    counts = shares > 0
    X, y, shares = X[counts], y[counts], shares[counts]
    total = 0.0
    with tf.device("CPU:0"):
        tensors = {name: tf.constant(numbers[name], tf.float64) for name in output_numbers(network.output)}
        for start in range(0, len(shares), _BLOCK_ROWS):
            rows = slice(start, start + _BLOCK_ROWS)
            *_, raw = layer_values(X[rows], network, weights, numbers)
            losses = row_losses(network.output, tf.constant(raw), tf.constant(y[rows]), tensors)
            total += float(shares[rows] @ np.asarray(losses, dtype=np.float64))
    return total
