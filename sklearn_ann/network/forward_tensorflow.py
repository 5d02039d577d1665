"""The network on tensors: :mod:`~sklearn_ann.network.layers` with TensorFlow's namespace and numbers that are tensors.

Comes in: weights, rows and numbers by name as tensors. Goes out: raw values, losses, gradients. Nothing here knows of
epochs, optimizers or estimators.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from ..runtime.backend import tf
from ..runtime.tensors import tensor_namespace
from . import layers
from .activations import number_names, row_of
from .layers import Layers
from .links import values_of
from .losses import link_of, loss_of, output_numbers
from .namespaces import scoped_names
from .noise import NOISES, Noise
from .normalizations import NORMALIZATIONS
from .output import OutputLayer
from .spec import Network, Output
from .weights import Weights

__all__ = [
    "correct_rows",
    "linked",
    "loss_and_gradient",
    "members_of",
    "number_of",
    "numbers_of",
    "raw_outputs",
    "row_losses",
]


def members_of(network: Network) -> tuple:
    """The rows of tables that the names in a network stand for, for the keys of programs."""
    output = network.output
    loss = output.loss if callable(output.loss) else loss_of(output)
    activations = map(row_of, network.activations)
    normalization = () if network.normalization is None else (NORMALIZATIONS[network.normalization],)
    return *activations, *normalization, loss, link_of(output), *(NOISES[kind] for _, kind in network.noise)


def numbers_of(network: Network) -> tuple[str, ...]:
    """Names of the numbers that the activations, the output and the normalization take."""
    normalization = () if network.normalization is None else scoped_names("normalization", ("epsilon",))
    auxiliary = scoped_names("auxiliary", ("loss_weight",)) if network.auxiliary else ()
    return *chain(*number_names(network.activations)), *output_numbers(network.output), *normalization, *auxiliary


def number_of(numbers: dict[str, Any], dtype: Any) -> Any:
    """A function of a name that gives the number of each model with the dtype and rank of the values.

    Where there are several of that name, they lie along the last axis.
    """

    def number(name: str) -> Any:
        value = values_of(numbers, name)
        if isinstance(value, list):
            return tf.cast(tf.stack(value, axis=-1), dtype)[..., None, :]
        return tf.cast(value, dtype)[..., None, None]

    return number


def raw_outputs(network: Network, weights: Weights, x: Any, numbers: dict[str, Any]) -> Any:
    """Forward pass of a prediction: rows ``(..., rows, n_features)`` to raw values ``(..., rows, width)``."""
    return Layers(tensor_namespace, network).forward(weights, x, number_of(numbers, x.dtype)).raw


def linked(output: Output, raw: Any, numbers: dict[str, Any]) -> Any:
    """Raw values to predictions, head by head."""
    return OutputLayer(tensor_namespace, output).predictions(raw, number_of(numbers, raw.dtype))


def row_losses(output: Output, raw: Any, y: Any, numbers: dict[str, Any]) -> Any:
    """Loss of each row, ``(..., rows)``; several heads add up."""
    losses, _ = OutputLayer(tensor_namespace, output).losses_and_deltas(raw, y, number_of(numbers, raw.dtype))
    return losses


def correct_rows(output: Output, raw: Any, y: Any) -> Any:
    """Whether every output of a row is classified right, ``(..., rows)``."""
    return OutputLayer(tensor_namespace, output).correct(raw, y)


def loss_and_gradient(
    network: Network,
    weights: Weights,
    x: Any,
    y: Any,
    row_weights: Any,
    numbers: dict[str, Any],
    noise: Noise | None = None,
    more_targets: Sequence[tuple[Any, Any]] = (),
) -> tuple[Any, Weights, tuple]:
    """As :func:`sklearn_ann.network.layers.loss_and_gradient`, with numbers by name.

    Parameters
    ----------
    row_weights : tensor of shape (..., rows)
        Weight of each row.
    numbers : dict of str to tensor
        As named by :func:`numbers_of`, each with the leading axis of models or none.
    more_targets : sequence of pairs of tensors
        Further targets of the same rows with weights of their own; their losses are added.
    """
    targets = ((y, row_weights), *more_targets)
    number = number_of(numbers, x.dtype)
    return layers.loss_and_gradient(Layers(tensor_namespace, network), weights, x, targets, number, noise)
