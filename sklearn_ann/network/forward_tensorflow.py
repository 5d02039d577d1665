"""The network on tensors: :mod:`~sklearn_ann.network.layers` with TensorFlow's namespace.

Comes in: weights, rows and hyperparameters as tensors. Goes out: raw values, losses, gradients. Nothing here knows of
epochs, optimizers or estimators.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..runtime.backend import tf
from ..runtime.tensors import tensor_namespace
from ..runtime.tree import map_leaves
from . import layers
from .hyper import NetworkHyper
from .layers import Layers
from .noise import Noise
from .output import OutputLayer
from .spec import Network, Output
from .weights import Weights

__all__ = ["as_tensors", "correct_rows", "linked", "loss_and_gradient", "of_dtype", "raw_outputs", "row_losses"]


def as_tensors(hyper: Any) -> Any:
    """Hyperparameters as float64 tensors, as they go into a program."""
    return map_leaves(lambda leaf: tf.constant(leaf, tf.float64), hyper)


def of_dtype(hyper: NetworkHyper, dtype: Any) -> NetworkHyper:
    """Hyperparameters as tensors of this dtype."""
    return map_leaves(lambda leaf: tf.cast(leaf, dtype), hyper)


def raw_outputs(network: Network, weights: Weights, x: Any, hyper: NetworkHyper) -> Any:
    """Forward pass of a prediction: rows ``(..., rows, n_features)`` to raw values ``(..., rows, width)``."""
    return Layers(tensor_namespace, network).forward(weights, x, of_dtype(hyper, x.dtype)).raw


def linked(output: Output, raw: Any, hyper: NetworkHyper) -> Any:
    """Raw values to predictions, head by head."""
    return OutputLayer(tensor_namespace, output).predictions(raw, of_dtype(hyper, raw.dtype))


def row_losses(output: Output, raw: Any, y: Any, hyper: NetworkHyper) -> Any:
    """Loss of each row, ``(..., rows)``; several heads add up."""
    losses, _ = OutputLayer(tensor_namespace, output).losses_and_deltas(raw, y, of_dtype(hyper, raw.dtype))
    return losses


def correct_rows(output: Output, raw: Any, y: Any) -> Any:
    """Whether every output of a row is classified right, ``(..., rows)``."""
    return OutputLayer(tensor_namespace, output).correct(raw, y)


def loss_and_gradient(
    network: Network,
    weights: Weights,
    x: Any,
    y: Any,
    sample_weight: Any,
    hyper: NetworkHyper,
    noise: Noise | None = None,
    more_targets: Sequence[tuple[Any, Any]] = (),
) -> tuple[Any, Weights, tuple]:
    """As :func:`sklearn_ann.network.layers.loss_and_gradient`.

    Parameters
    ----------
    sample_weight : tensor of shape (..., rows)
        Weight of each row.
    hyper : NetworkHyper
        Of any dtype.
    more_targets : sequence of pairs of tensors
        Further targets of the same rows with weights of their own; their losses are added.
    """
    targets = ((y, sample_weight), *more_targets)
    own = of_dtype(hyper, x.dtype)
    return layers.loss_and_gradient(Layers(tensor_namespace, network), weights, x, targets, own, noise)
