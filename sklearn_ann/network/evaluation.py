"""The mean loss of a trained network at some rows: X, encoded targets and row weights in, one number out.

All in NumPy; TensorFlow is needed only for a loss that is a user's function of tensors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..runtime.arrays import numpy_namespace
from .forward_numpy import layer_values
from .hyper import NetworkHyper, as_dtype
from .output import OutputLayer
from .spec import Network, Output
from .weights import Weights

__all__ = ["mean_loss"]

_BLOCK_ROWS = 4096


def mean_loss(
    X: Any,
    y: np.ndarray,
    sample_weight: np.ndarray | None,
    network: Network,
    weights: Weights,
    hyper: NetworkHyper,
) -> float:
    """Mean loss of the rows, without penalties.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_rows, n_features)
        Of the weights' dtype.
    y : ndarray of shape (n_rows, columns)
        Encoded targets.
    sample_weight : ndarray of shape (n_rows,) or None
        A row of weight zero is ignored, even if its loss is not finite.
    network : Network
    weights : Weights
        Without an axis of models.
    hyper : NetworkHyper
    """
    shares = np.full(X.shape[0], 1 / X.shape[0]) if sample_weight is None else sample_weight / sample_weight.sum()
    counts = shares > 0
    X, y, shares = X[counts], y[counts], shares[counts]
    total = 0.0
    for start in range(0, len(shares), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        *_, raw = layer_values(X[rows], network, weights, hyper)
        total += float(shares[rows] @ _row_losses(network.output, raw, y[rows], hyper).astype(np.float64))
    return total


def _row_losses(output: Output, raw: np.ndarray, y: np.ndarray, hyper: NetworkHyper) -> np.ndarray:
    if not output.loss.needs_tensorflow:
        losses, _ = OutputLayer(numpy_namespace, output).losses_and_deltas(raw, y, as_dtype(hyper, raw.dtype))
        return losses
    from ..runtime.backend import tf
    from ..runtime.devices import on_device
    from .forward_tensorflow import as_tensors, row_losses

    with on_device("/CPU:0"):
        return row_losses(output, tf.constant(raw), tf.constant(y), as_tensors(hyper)).numpy()
