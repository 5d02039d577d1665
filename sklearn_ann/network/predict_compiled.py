"""The forward pass compiled, for large inputs: the same arguments and results as ``forward``.

Rows go through in blocks of one static shape, so that every number of rows shares one program and the device holds one
block of X at a time. A sparse X is made dense block by block.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse

from ..runtime.backend import tf
from ..runtime.devices import on_device, resolve_device
from ..runtime.programs import Compiled, program_for
from ..runtime.tree import map_leaves
from .forward_tensorflow import as_tensors, linked, raw_outputs
from .hyper import NetworkHyper
from .spec import Network
from .weights import Weights

__all__ = ["compiled_forward"]

_BLOCK_ROWS = 4096


def _build_forward(key: tuple[Network, str]) -> Compiled:
    network, _ = key

    def predict(weights: Weights, hyper: NetworkHyper, x: Any) -> Any:
        return linked(network.output, raw_outputs(network, weights, x, hyper), hyper)

    return Compiled(predict)


def compiled_forward(X: Any, network: Network, weights: Weights, hyper: NetworkHyper, device: str) -> np.ndarray:
    """Predict on the scale of the inverse link, on ``device`` if it is there; otherwise as ``forward``."""
    network = replace(network, dtype=str(weights.coefs[0].dtype), noise=())
    device = resolve_device(device, or_auto=True)
    program = program_for(_build_forward, (network, device))
    predictions = np.empty((X.shape[0], network.output.width), dtype=network.dtype)
    if sparse.issparse(X):
        X = X.tocsr()
    with on_device(device):
        tensors = map_leaves(tf.constant, weights)
        constants = as_tensors(hyper)
        for start in range(0, X.shape[0], _BLOCK_ROWS):
            rows = X[start : start + _BLOCK_ROWS]
            n_rows = rows.shape[0]
            if sparse.issparse(rows):
                rows = rows.toarray()
            if n_rows < _BLOCK_ROWS:
                rows = np.concatenate([rows, np.zeros((_BLOCK_ROWS - n_rows, X.shape[1]), dtype=rows.dtype)])
            predictions[start : start + n_rows] = program(tensors, constants, tf.constant(rows)).numpy()[:n_rows]
    return predictions
