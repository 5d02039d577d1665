"""The network on tensors: forward pass, loss and gradient, validation measures.

All arithmetic is on the last two axes (rows, columns), so that weights may carry a leading axis of k models; the data
may carry it too or be shared. Nothing here knows of epochs, optimizers or estimators.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from .activations import number_names, row_of
from .backend import optimization_barrier, tf
from .losses import LINKS, LOSSES, Loss
from .noise import NOISES, Noise, with_noise
from .spec import Network, Output
from .weights import Weights

__all__ = [
    "correct_rows",
    "linked",
    "loss_and_gradient",
    "members_of",
    "numbers_of",
    "raw_outputs",
    "row_losses",
    "square_norm",
]

_NARROW = 16  # columns up to which a layer's gradient is worth transposing its input


def members_of(network: Network) -> tuple:
    """The rows of tables that the names in a network stand for, for the keys of programs."""
    loss = LOSSES[network.output.loss]
    activations = map(row_of, network.activations)
    return *activations, loss, LINKS[loss.link], *(NOISES[kind] for _, kind in network.noise)


def numbers_of(network: Network) -> tuple[str, ...]:
    """Names of the numbers that the activations and the loss take."""
    return *chain(*number_names(network.activations)), *LOSSES[network.output.loss].numbers


def raw_outputs(network: Network, weights: Weights, x: Any, numbers: dict[str, Any], noise: Noise | None = None) -> Any:
    """Forward pass: rows ``(..., rows, n_features)`` to raw values ``(..., rows, width)``; noise in training only."""
    values, last = with_noise(network, 0, x, noise), len(weights.coefs) - 1
    names = number_names(network.activations)
    for layer, (coef, intercept) in enumerate(zip(weights.coefs, weights.intercepts, strict=True)):
        values = _dense(values, coef, intercept)
        if layer < last:
            settings = map(_number(numbers, values), names[layer])
            values = row_of(network.activations[layer]).tensor(tf, values, *settings)
            values = with_noise(network, layer + 1, values, noise)
    return values


@tf.custom_gradient
def _dense(values: Any, coef: Any, intercept: Any) -> Any:
    """``values @ coef + intercept``, differentiated by products that a CPU computes fast.

    The sum over rows is a product with ones: XLA's own sum takes two passes. A product with a transposed left side has
    its left side copied number by number; where the right side has a few columns only, the copy takes longer than
    the product, and transposing first, behind a barrier that keeps XLA from undoing it, is quicker.
    """

    def gradient(upstream: Any) -> tuple[Any, Any, Any]:
        ones = tf.ones([1, upstream.shape[-2]], upstream.dtype)
        if 1 < coef.shape[-1] <= _NARROW:
            transposed = tf.linalg.matrix_transpose(values)
            (behind,) = optimization_barrier(transposed)
            by_coef = tf.matmul(tf.ensure_shape(behind, transposed.shape), upstream)
        else:
            by_coef = tf.matmul(values, upstream, transpose_a=True)
        return tf.matmul(upstream, coef, transpose_b=True), by_coef, tf.matmul(ones, upstream)[..., 0, :]

    return tf.matmul(values, coef) + intercept[..., None, :], gradient


def _heads(output: Output, raw: Any, y: Any) -> list[tuple[Any, Any]]:
    """Raw values and targets head by head."""
    if len(output.heads) == 1:
        return [(raw, y)]
    raws = tf.split(raw, list(output.heads), axis=-1)
    return [(part, y[..., i : i + 1]) for i, part in enumerate(raws)]


def linked(output: Output, raw: Any) -> Any:
    """Raw values to predictions, head by head."""
    link = LINKS[LOSSES[output.loss].link].tensor
    parts = tf.split(raw, list(output.heads), axis=-1)
    return tf.concat([link(tf, part) for part in parts], axis=-1) if len(parts) > 1 else link(tf, raw)


def _number(numbers: dict[str, Any], raw: Any) -> Any:
    """A function of a name that gives the number of each model with the dtype and rank of the values."""
    return lambda name: tf.cast(numbers[name], raw.dtype)[..., None, None]


def row_losses(output: Output, raw: Any, y: Any, numbers: dict[str, Any]) -> Any:
    """Loss of each row, ``(..., rows)``; several heads add up."""
    loss = LOSSES[output.loss]
    return tf.add_n([loss.value(tf, *head, _number(numbers, raw)) for head in _heads(output, raw, y)])


def _deltas(output: Output, raw: Any, y: Any, numbers: dict[str, Any]) -> Any:
    loss: Loss = LOSSES[output.loss]
    deltas = [loss.delta(tf, *head, _number(numbers, raw)) for head in _heads(output, raw, y)]
    return deltas[0] if len(deltas) == 1 else tf.concat(deltas, axis=-1)


def square_norm(weights: Weights) -> Any:
    """Sum of the squared coefficients, intercepts left out: what ``alpha`` penalises."""
    return tf.add_n([tf.reduce_sum(coef * coef, axis=[-2, -1]) for coef in weights.coefs])


def loss_and_gradient(
    network: Network,
    weights: Weights,
    x: Any,
    y: Any,
    row_weights: Any,
    numbers: dict[str, Any],
    noise: Noise | None = None,
    more_targets: Sequence[tuple[Any, Any]] = (),
) -> tuple[Any, Weights]:
    """Weighted loss of each row, ``(..., rows)``, and the gradient of their sum, without the penalty.

    Parameters
    ----------
    row_weights : tensor of shape (..., rows)
        Weight of each row; the only place where weights enter. Padding rows have weight zero.
    numbers : dict of str to tensor
        Those of the activations and of the loss, each with the leading axis of models or none.
    noise : Noise or None
        Of this step, where the network has noise.
    more_targets : sequence of pairs of tensors
        Further targets of the same rows with weights of their own; their losses are added.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(weights)
        raw = raw_outputs(network, weights, x, numbers, noise)
    losses = row_losses(network.output, raw, y, numbers) * row_weights
    deltas = _deltas(network.output, raw, y, numbers) * row_weights[..., None]
    for other, weights_of_other in more_targets:
        losses += row_losses(network.output, raw, other, numbers) * weights_of_other
        deltas += _deltas(network.output, raw, other, numbers) * weights_of_other[..., None]
    # zeros where nothing comes through, below a step
    zeros = tf.UnconnectedGradients.ZERO
    return losses, tape.gradient(raw, weights, output_gradients=deltas, unconnected_gradients=zeros)


def correct_rows(output: Output, raw: Any, y: Any) -> Any:
    """Whether every output of a row is classified right, ``(..., rows)``."""
    if LOSSES[output.loss].of_indices:
        right = [
            tf.argmax(part, axis=-1, output_type=target.dtype) == target[..., 0]
            for part, target in _heads(output, raw, y)
        ]
        return tf.reduce_all(tf.stack(right, axis=-1), axis=-1)
    return tf.reduce_all((raw > 0) == (y > 0.5), axis=-1)
