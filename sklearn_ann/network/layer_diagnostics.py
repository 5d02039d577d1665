"""The values of every layer of a network on given rows, and the gradient of the loss.

For inspection, not for training: nothing is compiled, and TensorFlow is needed only for users' functions of tensors.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..runtime.arrays import numpy_namespace
from ..runtime.tree import map_leaves
from .forward_numpy import layer_values
from .hyper import NetworkHyper, as_dtype
from .layers import Layers, loss_and_gradient
from .spec import Network
from .weights import Weights

__all__ = ["LayerDiagnostics", "look_inside"]


class LayerDiagnostics(NamedTuple):
    """Values and gradients of a network on given rows.

    Attributes
    ----------
    values : list of ndarray of shape (n_rows, units)
        Values of each hidden layer, and finally the raw outputs.
    gradients : Weights
        Derivatives of the mean loss of the rows with respect to every weight, without penalties.
    """

    values: list[np.ndarray]
    gradients: Weights


def look_inside(
    network: Network,
    weights: Weights,
    X: np.ndarray,
    y: np.ndarray,
    sample_weight: np.ndarray,
    hyper: NetworkHyper,
) -> LayerDiagnostics:
    """Compute values and gradients, without noise.

    Parameters
    ----------
    network : Network
    weights : Weights
        In NumPy, without an axis of models.
    X : ndarray of shape (n_rows, n_features)
    y : ndarray of shape (n_rows, columns)
        Encoded targets.
    sample_weight : ndarray of shape (n_rows,)
    hyper : NetworkHyper
    """
    shares = (sample_weight / sample_weight.sum()).astype(network.dtype)
    if network.needs_tensorflow:
        gradients = _by_tensorflow(network, weights, X, y, shares, hyper)
    else:
        layers = Layers(numpy_namespace, network)
        _, gradients, _ = loss_and_gradient(layers, weights, X, ((y, shares),), as_dtype(hyper, network.dtype))
    return LayerDiagnostics(layer_values(X, network, weights, hyper), gradients)


def _by_tensorflow(
    network: Network, weights: Weights, X: np.ndarray, y: np.ndarray, shares: np.ndarray, hyper: NetworkHyper
) -> Weights:
    from ..runtime.backend import tf
    from ..runtime.devices import on_device
    from .forward_tensorflow import as_tensors, loss_and_gradient

    with on_device("/CPU:0"):
        constants = map_leaves(tf.constant, weights)
        rows = tf.constant(X), tf.constant(y), tf.constant(shares)
        _, gradients, _ = loss_and_gradient(network, constants, *rows, as_tensors(hyper))
    return map_leaves(np.asarray, gradients)
