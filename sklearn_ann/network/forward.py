"""The forward pass on NumPy arrays: X and weights in, predictions on the target's scale out.

No TensorFlow, but for an activation that is a function of a user's own.

Rows go through in blocks, so that the activations of a large X never lie in memory as a whole and stay in the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from .activations import number_names, row_of
from .links import values_of
from .losses import link_of
from .namespaces import within
from .normalizations import NORMALIZATIONS
from .spec import Network, Output
from .thinning import Thinning
from .weights import Weights, learned_names, moving_names

__all__ = ["forward", "is_large", "layer_values", "linked"]

_BLOCK_NUMBERS = 1 << 17  # activations of a block: 0.5 to 1 MB, which stay in the second-level cache
_SMALLEST_BLOCK = 256
_NO_NUMBERS: Mapping[str, float] = MappingProxyType({})
_LARGE_OPERATIONS = 1e12  # seconds: from there on it may even pay to import TensorFlow first; see benchmarks/predict.py


def is_large(n_rows: int, coefs: Sequence[np.ndarray]) -> bool:
    """Whether a prediction is worth the compiled path: by its number of multiplications and additions."""
    return 2.0 * n_rows * sum(coef.size for coef in coefs) > _LARGE_OPERATIONS


def linked(raw: np.ndarray, output: Output, numbers: Mapping[str, float] = _NO_NUMBERS) -> np.ndarray:
    """Apply the inverse link of every head to raw values (n_rows, width), in place."""
    link, own = link_of(output).array, within(numbers, "link")

    def number(name: str) -> np.ndarray:
        return np.asarray(values_of(own, name), dtype=raw.dtype)

    if len(output.heads) == 1:
        return link(raw, number)
    start = 0
    for width in output.heads:
        raw[:, start : start + width] = link(raw[:, start : start + width], number)
        start += width
    return raw


def forward(
    X: Any,
    network: Network,
    weights: Weights,
    numbers: Mapping[str, float],
    thinned: Mapping[int, Thinning] | None = None,
) -> np.ndarray:
    """Predict on the scale of the inverse link.

    Parameters
    ----------
    X : ndarray or CSR/CSC matrix of shape (n_rows, n_features)
        Of the weights' dtype.
    network : Network
    weights : Weights
    numbers : dict of str to float
        As named by :func:`~sklearn_ann.network.activations.number_names`, those of the link within its namespace and,
        for normalizations, ``'normalization.epsilon'``.
    thinned : dict of int to Thinning or None
        What becomes of the inputs (0) and of the values of hidden layers (from 1), for a prediction that is drawn.

    Returns
    -------
    ndarray of shape (n_rows, network.output.width)
    """
    n_rows = X.shape[0]
    thinned = thinned or {}
    if 0 in thinned:
        if network.is_skipped(1):  # the inputs themselves are added to the first layer
            X = X.multiply(thinned[0].scale).tocsr() if hasattr(X, "multiply") else X * thinned[0].scale
        else:  # a large X stays as it is when what meets it is scaled instead
            weights = _with_thinned_inputs(network, weights, thinned[0].scale)
    layers = _layers(network, weights, numbers, thinned)
    if n_rows <= _SMALLEST_BLOCK:
        return linked(_raw_block(X, network, weights, layers), network.output, numbers)
    block_rows = max(_SMALLEST_BLOCK, _BLOCK_NUMBERS // max(coef.shape[1] for coef in weights.coefs))
    if hasattr(X, "tocsr"):
        X = X.tocsr()
    predictions = np.empty((n_rows, network.output.width), dtype=weights.coefs[0].dtype)
    for start in range(0, n_rows, block_rows):
        rows = slice(start, start + block_rows)
        predictions[rows] = linked(_raw_block(X[rows], network, weights, layers), network.output, numbers)
    return predictions


class _Layer(NamedTuple):
    """Functions of a hidden layer that work in place: a normalization on either side of an activation, or None."""

    before: Callable[[np.ndarray], np.ndarray] | None
    activation: Callable[..., np.ndarray]
    settings: tuple
    after: Callable[[np.ndarray], np.ndarray] | None
    thinning: Thinning | None


def _with_thinned_inputs(network: Network, weights: Weights, scale: np.ndarray) -> Weights:
    coefs = list(weights.coefs)
    coefs[0] = coefs[0] * (scale[list(network.deep)] if network.deep else scale)[:, None]
    if network.wide:
        coefs[network.n_layers] = coefs[network.n_layers] * scale[list(network.wide), None]
    return weights._replace(coefs=tuple(coefs))


def _layers(
    network: Network, weights: Weights, numbers: Mapping[str, float], thinned: Mapping[int, Thinning]
) -> list[_Layer]:
    learned = dict(zip(learned_names(network), weights.learned, strict=True)) if weights.learned else {}
    moving = dict(zip(moving_names(network), weights.moving, strict=True)) if weights.moving else {}

    def normalization(name: str, layer: int) -> Callable[[np.ndarray], np.ndarray]:
        row = NORMALIZATIONS[name]
        own = {name: learned[f"{name}_{layer}"] for name, _ in row.learned}
        means = {name: moving[f"{name}_{layer}"] for name, _ in row.moving}
        return lambda values: row.array(values, own, means, numbers["normalization.epsilon"])

    layers, names = [], number_names(network.activations)
    for layer, activation in enumerate(network.activations[: len(network.hidden)], start=1):
        row = row_of(activation)
        settings = (
            *(numbers[name] for name in names[layer - 1]),
            *(learned[f"{name}_{layer}"] for name, _ in row.learned),
        )
        normal = None if network.normalization is None else normalization(network.normalization, layer)
        first = network.normalization_first
        sides = (normal, None) if first else (None, normal)
        layers.append(_Layer(sides[0], row.array, settings, sides[1], thinned.get(layer)))
    return layers


def _raw_block(X: Any, network: Network, weights: Weights, layers: list[_Layer]) -> np.ndarray:
    for values in _passed_on(X, network, weights, layers):
        raw = values
    return raw


def _passed_on(X: Any, network: Network, weights: Weights, layers: list[_Layer]) -> Iterator[np.ndarray]:
    """What each hidden layer passes on, and at last the raw outputs."""
    values = X[:, list(network.deep)] if network.deep else X
    for layer, (before, activation, settings, after, thinning) in enumerate(layers):
        into = values
        values = values @ weights.coefs[layer]
        values += weights.intercepts[layer]
        if before is not None:
            values = before(values)
        values = activation(values, *settings)
        if after is not None:
            values = after(values)
        if thinning is not None:
            values = values * thinning.scale + thinning.shift
        if network.skip and network.is_skipped(layer + 1):
            values += into.toarray() if hasattr(into, "toarray") else into
        yield values
    raw = values @ weights.coefs[len(layers)]
    raw += weights.intercepts[len(layers)]
    if network.wide:
        raw += X[:, network.wide] @ weights.coefs[len(layers) + 1]
    yield raw


def layer_values(X: Any, network: Network, weights: Weights, numbers: Mapping[str, float]) -> list[np.ndarray]:
    """What each hidden layer passes on for the rows of X, ``(n_rows, units)``, and at last the raw outputs."""
    return list(_passed_on(X, network, weights, _layers(network, weights, numbers, {})))
