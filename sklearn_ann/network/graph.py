"""The network on tensors: forward pass, loss and gradient, validation measures.

All arithmetic is on the last two axes (rows, columns), so that weights may carry a leading axis of k models; the data
may carry it too or be shared. Nothing here knows of epochs, optimizers or estimators.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

from .activations import ACTIVATIONS, number_names
from .backend import optimization_barrier, tf
from .links import values_of
from .losses import link_of, loss_of, output_numbers
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
    output = network.output
    loss = output.loss if callable(output.loss) else loss_of(output)
    activations = (ACTIVATIONS[name] for name in network.activations)
    return *activations, loss, link_of(output), *(NOISES[kind] for _, kind in network.noise)


def numbers_of(network: Network) -> tuple[str, ...]:
    """Names of the numbers that the activations and the loss take."""
    return *chain(*number_names(network.activations)), *output_numbers(network.output)


def raw_outputs(network: Network, weights: Weights, x: Any, numbers: dict[str, Any], noise: Noise | None = None) -> Any:
    """Forward pass: rows ``(..., rows, n_features)`` to raw values ``(..., rows, width)``; noise in training only."""
    values, last = with_noise(network, 0, x, noise), len(weights.coefs) - 1
    names = number_names(network.activations)
    for layer, (coef, intercept) in enumerate(zip(weights.coefs, weights.intercepts, strict=True)):
        values = _dense(values, coef, intercept)
        if layer < last:
            settings = map(_number(numbers, values), names[layer])
            values = ACTIVATIONS[network.activations[layer]].tensor(tf, values, *settings)
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


def linked(output: Output, raw: Any, numbers: dict[str, Any]) -> Any:
    """Raw values to predictions, head by head."""
    link, number = link_of(output).tensor, _number(numbers, raw)
    parts = tf.split(raw, list(output.heads), axis=-1)
    if len(parts) > 1:
        return tf.concat([link(tf, part, number) for part in parts], axis=-1)
    return link(tf, raw, number)


def _number(numbers: dict[str, Any], raw: Any) -> Any:
    """A function of a name that gives the number of each model with the dtype and rank of the values.

    Where there are several of that name, they lie along the last axis.
    """

    def number(name: str) -> Any:
        value = values_of(numbers, name)
        if isinstance(value, list):
            return tf.cast(tf.stack(value, axis=-1), raw.dtype)[..., None, :]
        return tf.cast(value, raw.dtype)[..., None, None]

    return number


def _judged(output: Output, raw: Any, numbers: dict[str, Any]) -> Any:
    """What the loss is taken on: the raw values, or predictions where the output has an activation of its own."""
    return raw if output.activation is None else linked(output, raw, numbers)


def row_losses(output: Output, raw: Any, y: Any, numbers: dict[str, Any]) -> Any:
    """Loss of each row, ``(..., rows)``; several heads add up."""
    loss, number = loss_of(output), _number(numbers, raw)
    values = [loss.value(tf, *head, number) for head in _heads(output, _judged(output, raw, numbers), y)]
    if output.weighted:
        weights = tf.split(number("loss_weight"), [value.shape[-1] for value in values], axis=-1)
        values = [value * weight for value, weight in zip(values, weights, strict=True)]
    return tf.add_n([loss.total(tf, value) for value in values])


def _deltas(output: Output, raw: Any, y: Any, numbers: dict[str, Any]) -> Any:
    loss, number = loss_of(output), _number(numbers, raw)
    parts = [loss.delta(tf, *head, number) for head in _heads(output, _judged(output, raw, numbers), y)]
    deltas = parts[0] if len(parts) == 1 else tf.concat(parts, axis=-1)
    if output.activation is not None:
        deltas *= link_of(output).slope(tf, raw, number)
    if output.weighted:
        output_of_column = [i for i, width in enumerate(output.weighted) for _ in range(width)]
        deltas *= tf.gather(number("loss_weight"), output_of_column, axis=-1)
    return deltas


def _weighed(output: Output, values: Any, weights: Any) -> Any:
    """Values of rows times their weights; nothing where the weight is zero, although a user's loss may be infinite."""
    product = values * weights
    return tf.where(weights > 0, product, tf.zeros([], product.dtype)) if callable(output.loss) else product


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
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(weights)
        raw = raw_outputs(network, weights, x, numbers, noise)
    losses = _weighed(network.output, row_losses(network.output, raw, y, numbers), row_weights)
    deltas = _weighed(network.output, _deltas(network.output, raw, y, numbers), row_weights[..., None])
    return losses, tape.gradient(raw, weights, output_gradients=deltas)


def correct_rows(output: Output, raw: Any, y: Any) -> Any:
    """Whether every output of a row is classified right, ``(..., rows)``."""
    loss = loss_of(output)
    if loss.of_indices:
        right = [
            tf.argmax(part, axis=-1, output_type=target.dtype) == target[..., 0]
            for part, target in _heads(output, raw, y)
        ]
        return tf.reduce_all(tf.stack(right, axis=-1), axis=-1)
    if loss.link == "softmax":  # targets are probabilities
        return tf.argmax(raw, axis=-1) == tf.argmax(y, axis=-1)
    return tf.reduce_all((raw > 0) == (y > 0.5), axis=-1)
