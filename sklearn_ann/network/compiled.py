"""The forward pass compiled, for large inputs: the same arguments and results as ``forward``.

Rows go through in blocks of one static shape, so that every number of rows shares one program and the device holds one
block of X at a time. A sparse X is made dense block by block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy import sparse

from .activations import number_names
from .backend import tf
from .devices import resolve_device
from .graph import linked, members_of, raw_outputs
from .losses import link_numbers
from .nested import mapped
from .programs import Compiled, program_for
from .spec import Network, Output
from .weights import Weights

__all__ = ["compiled_forward"]

_BLOCK_ROWS = 4096


def _build_forward(key: tuple[Network, str, tuple]) -> Compiled:
    network, _, _ = key

    def predict(weights: Weights, numbers: tuple, x: Any) -> Any:
        names = (*chain(*number_names(network.activations)), *link_numbers(network.output))
        named = dict(zip(names, numbers, strict=True))
        return linked(network.output, raw_outputs(network, weights, x, named), named)

    return Compiled(predict)


def compiled_forward(
    X: Any,
    coefs: Sequence[np.ndarray],
    intercepts: Sequence[np.ndarray],
    activations: Sequence[tuple[str, tuple[float, ...]]],
    output: Output,
    device: str,
    numbers: Mapping[str, float] = MappingProxyType({}),
) -> np.ndarray:
    """Predict on the scale of the inverse link; parameters and result as in ``forward``, on ``device``."""
    units = [coef.shape[1] for coef in coefs]
    names = tuple(name for name, _ in activations)
    network = Network(X.shape[1], tuple(units[:-1]), names, output, str(coefs[0].dtype))
    device = resolve_device(device)
    program = program_for(_build_forward, (network, device, members_of(network)))
    predictions = np.empty((X.shape[0], units[-1]), dtype=network.dtype)
    if sparse.issparse(X):
        X = X.tocsr()
    with tf.device(device):
        weights = mapped(tf.constant, Weights(tuple(coefs), tuple(intercepts)))
        of_activations = [number for _, own in activations for number in own]
        of_link = [numbers[name] for name in link_numbers(output)]
        values = tuple(tf.constant(number, tf.float64) for number in of_activations + of_link)
        for start in range(0, X.shape[0], _BLOCK_ROWS):
            rows = X[start : start + _BLOCK_ROWS]
            n_rows = rows.shape[0]
            if sparse.issparse(rows):
                rows = rows.toarray()
            if n_rows < _BLOCK_ROWS:
                rows = np.concatenate([rows, np.zeros((_BLOCK_ROWS - n_rows, X.shape[1]), dtype=rows.dtype)])
            predictions[start : start + n_rows] = program(weights, values, tf.constant(rows)).numpy()[:n_rows]
    return predictions
