"""What goes on inside a network at some rows: the values of every layer, and the gradient of the loss.

For looking, not for training: nothing is compiled, and TensorFlow is needed only for users' functions of tensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..runtime.arrays import numpy_namespace
from ..runtime.tree import map_leaves
from .forward_numpy import as_number, layer_values
from .layers import Layers, loss_and_gradient
from .spec import Network
from .weights import Weights

__all__ = ["LayerDiagnostics", "look_inside"]


class LayerDiagnostics(NamedTuple):
    """A network at some rows.

    Attributes
    ----------
    values : list of ndarray of shape (n_rows, units)
        What each hidden layer passes on, and at last the raw outputs.
    gradients : Weights
        Derivatives of the mean loss of the rows by every weight, without penalties.
    """

    values: list[np.ndarray]
    gradients: Weights


def look_inside(
    network: Network,
    weights: Weights,
    X: np.ndarray,
    y: np.ndarray,
    row_weights: np.ndarray,
    numbers: Mapping[str, float],
) -> LayerDiagnostics:
    """Values and gradients, without noise.

    Parameters
    ----------
    network : Network
    weights : Weights
        In NumPy, without an axis of models.
    X : ndarray of shape (n_rows, n_features)
    y : ndarray of shape (n_rows, columns)
        Encoded targets.
    row_weights : ndarray of shape (n_rows,)
    numbers : dict of str to float
        Those that :func:`~sklearn_ann.network.forward_tensorflow.numbers_of` names; others are left alone.
    """
    shares = (row_weights / row_weights.sum()).astype(network.dtype)
    if any(map(callable, (*network.activations, network.output.loss))):
        gradients = _by_tensorflow(network, weights, X, y, shares, numbers)
    else:
        layers, number = Layers(numpy_namespace, network), as_number(numbers, network.dtype)
        _, gradients, _ = loss_and_gradient(layers, weights, X, ((y, shares),), number)
    return LayerDiagnostics(layer_values(X, network, weights, numbers), gradients)


def _by_tensorflow(
    network: Network, weights: Weights, X: np.ndarray, y: np.ndarray, shares: np.ndarray, numbers: Mapping[str, float]
) -> Weights:
    from ..runtime.backend import tf
    from ..runtime.devices import on_device
    from .forward_tensorflow import loss_and_gradient, numbers_of

    with on_device("/CPU:0"):
        tensors = {name: tf.constant(numbers[name], tf.float64) for name in numbers_of(network)}
        constants = map_leaves(tf.constant, weights)
        rows = tf.constant(X), tf.constant(y), tf.constant(shares)
        _, gradients, _ = loss_and_gradient(network, constants, *rows, tensors)
    return map_leaves(np.asarray, gradients)
