"""Predictions on NumPy arrays: X and weights in, predictions on the target's scale out.

TensorFlow is needed only for an activation that is a user's function of tensors.

Rows are processed in blocks whose activations fit in the cache, so that memory does not grow with X.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..runtime.arrays import numpy_namespace
from .hyper import NetworkHyper, as_dtype
from .layers import Layers
from .mc_dropout import DropoutMask
from .output import OutputLayer
from .spec import Network, Output
from .weights import Weights

__all__ = ["forward", "is_large", "layer_values", "linked", "outputs_below"]

_BLOCK_NUMBERS = 1 << 17  # activations of a block: 0.5 to 1 MB, which stay in the second-level cache
_SMALLEST_BLOCK = 256
_LARGE_OPERATIONS = 1e12  # seconds: from there on it may even pay to import TensorFlow first; see benchmarks/predict.py


def is_large(n_rows: int, coefs: Sequence[np.ndarray]) -> bool:
    """Whether a prediction has so many operations that the compiled path pays."""
    return 2.0 * n_rows * sum(coef.size for coef in coefs) > _LARGE_OPERATIONS


def linked(raw: np.ndarray, output: Output, hyper: NetworkHyper) -> np.ndarray:
    """Apply the inverse link of every head to raw values (n_rows, width), which may be overwritten."""
    return OutputLayer(numpy_namespace, output).predictions(raw, as_dtype(hyper, raw.dtype))


def forward(
    X: Any,
    network: Network,
    weights: Weights,
    hyper: NetworkHyper,
    dropout_masks: Mapping[int, DropoutMask] | None = None,
) -> np.ndarray:
    """Predict on the scale of the inverse link.

    Parameters
    ----------
    X : ndarray or CSR/CSC matrix of shape (n_rows, n_features)
        Of the weights' dtype.
    network : Network
    weights : Weights
    hyper : NetworkHyper
    dropout_masks : dict of int to DropoutMask or None
        Masks for the inputs (0) and the hidden layers (from 1), for one Monte Carlo draw.

    Returns
    -------
    ndarray of shape (n_rows, network.output.width)
    """
    n_rows = X.shape[0]
    if dropout_masks and 0 in dropout_masks:
        if network.is_skipped(1):  # the inputs themselves are added to the first layer
            X = X.multiply(dropout_masks[0].scale).tocsr() if hasattr(X, "multiply") else X * dropout_masks[0].scale
        else:  # a large X stays as it is when what meets it is scaled instead
            weights = _with_thinned_inputs(network, weights, dropout_masks[0].scale)
    layers, hyper = Layers(numpy_namespace, network), as_dtype(hyper, weights.coefs[0].dtype)

    @np.errstate(under="ignore")  # of the logistic function, which does not underflow in scikit-learn
    def predict(rows: Any) -> np.ndarray:
        return layers.output.predictions(layers.forward(weights, rows, hyper, None, None, dropout_masks).raw, hyper)

    if n_rows <= _SMALLEST_BLOCK:
        return predict(X)
    block_rows = max(_SMALLEST_BLOCK, _BLOCK_NUMBERS // max(coef.shape[1] for coef in weights.coefs))
    if hasattr(X, "tocsr"):
        X = X.tocsr()
    predictions = np.empty((n_rows, network.output.width), dtype=weights.coefs[0].dtype)
    for start in range(0, n_rows, block_rows):
        predictions[start : start + block_rows] = predict(X[start : start + block_rows])
    return predictions


def _with_thinned_inputs(network: Network, weights: Weights, scale: np.ndarray) -> Weights:
    coefs = list(weights.coefs)
    coefs[0] = coefs[0] * (scale[list(network.deep)] if network.deep else scale)[:, None]
    if network.wide:
        coefs[network.n_layers] = coefs[network.n_layers] * scale[list(network.wide), None]
    return weights._replace(coefs=tuple(coefs))


def outputs_below(X: Any, network: Network, weights: Weights, hyper: NetworkHyper, n_layers: int) -> np.ndarray:
    """What the lowest ``n_layers`` hidden layers make of the rows of X, ``(n_rows, units)``, block by block."""
    layers, hyper = Layers(numpy_namespace, network), as_dtype(hyper, weights.coefs[0].dtype)
    outputs = np.empty((X.shape[0], network.hidden[n_layers - 1]), dtype=weights.coefs[0].dtype)
    block_rows = max(_SMALLEST_BLOCK, _BLOCK_NUMBERS // max(network.hidden))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):  # as in training
        for start in range(0, X.shape[0], block_rows):
            of = slice(start, start + block_rows)
            outputs[of] = layers.forward(weights, X[of], hyper).values[n_layers]
    return outputs


def layer_values(X: Any, network: Network, weights: Weights, hyper: NetworkHyper) -> list[np.ndarray]:
    """Values of each hidden layer for the rows of X, ``(n_rows, units)`` each, and finally the raw outputs."""
    layers = Layers(numpy_namespace, network)
    passed = layers.forward(weights, X, as_dtype(hyper, weights.coefs[0].dtype))
    return [*passed.values[1:], passed.raw]
