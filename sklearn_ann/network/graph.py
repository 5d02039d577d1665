"""The network on tensors: forward pass, loss and gradient, validation measures.

All arithmetic is on the last two axes (rows, columns), so that weights may carry a leading axis of k models; the data
may carry it too or be shared. Nothing here knows of epochs, optimizers or estimators.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

from .activations import number_names, row_of
from .backend import optimization_barrier, tf
from .links import values_of
from .losses import link_of, loss_of, output_numbers
from .namespaces import scoped_names, within
from .noise import NOISES, Noise, with_noise
from .normalizations import NORMALIZATIONS, Normalization
from .spec import Network, Output
from .weights import Weights, learned_names, moving_names

__all__ = [
    "Passed",
    "correct_rows",
    "forward_pass",
    "linked",
    "loss_and_gradient",
    "members_of",
    "numbers_of",
    "raw_outputs",
    "row_losses",
    "square_norm",
]

_NARROW = 16  # columns up to which a factor is quickly copied
_FEW = 4  # terms up to which a product is quicker as a sum


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


class Passed(NamedTuple):
    """What a forward pass gives.

    Attributes
    ----------
    raw : tensor of shape (..., rows, width)
        Raw values of the output.
    auxiliary : tensor of that shape or None
        Raw values of the auxiliary output, where there is one.
    moments : tuple of tensors of shape (..., units)
        In training what goes into ``Weights.moving``.
    """

    raw: Any
    auxiliary: Any
    moments: tuple[Any, ...]


def raw_outputs(network: Network, weights: Weights, x: Any, numbers: dict[str, Any]) -> Any:
    """Forward pass of a prediction: rows ``(..., rows, n_features)`` to raw values ``(..., rows, width)``."""
    return forward_pass(network, weights, x, numbers).raw


def forward_pass(
    network: Network,
    weights: Weights,
    x: Any,
    numbers: dict[str, Any],
    shares: Any = None,
    noise: Noise | None = None,
) -> Passed:
    """Rows ``(..., rows, n_features)`` through the network.

    Parameters
    ----------
    numbers : dict of str to tensor
        As named by :func:`numbers_of`, each with the leading axis of models or none.
    shares : tensor of shape (..., rows) or None
        In training, what part each row has in means over the batch; they add up to one.
    noise : Noise or None
        In training, of this step, where the network has noise.
    """
    inputs = with_noise(network, 0, x, noise)
    values = tf.gather(inputs, network.deep, axis=-1) if network.deep else inputs
    number, auxiliary = _number(numbers, x), None
    moments: list[Any] = []
    learned = dict(zip(learned_names(network), weights.learned, strict=True))
    moving = dict(zip(moving_names(network), weights.moving, strict=True))

    def normalized(row: Normalization, layer: int, values: Any) -> Any:
        means = {name: moving[f"{name}_{layer}"] for name, _ in row.moving}
        if row.moments is not None and shares is not None:
            means = row.moments(tf, values, shares)
            moments.extend(means[name] for name, _ in row.moving)
        own = {name: learned[f"{name}_{layer}"] for name, _ in row.learned}
        return row.tensor(tf, values, own, means, number("normalization.epsilon"))

    for layer, activation in enumerate(network.activations[: len(network.hidden)], start=1):
        before, row = values, row_of(activation)
        normalization = NORMALIZATIONS[network.normalization] if network.normalization else None
        values = _dense(values, weights.coefs[layer - 1], weights.intercepts[layer - 1])
        if normalization and network.normalization_first:
            values = normalized(normalization, layer, values)
        settings = map(number, number_names(network.activations)[layer - 1])
        slopes = (learned[f"{name}_{layer}"][..., None, :] for name, _ in row.learned)
        values = row.tensor(tf, values, *settings, *slopes)
        if normalization and not network.normalization_first:
            values = normalized(normalization, layer, values)
        values = with_noise(network, layer, values, noise)
        if network.is_skipped(layer):
            values += before
        if layer == network.auxiliary:
            auxiliary = _dense(values, weights.coefs[-1], weights.intercepts[-1])
    raw = _dense(values, weights.coefs[network.n_layers - 1], weights.intercepts[network.n_layers - 1])
    if network.wide:
        raw += tf.matmul(_columns(network, inputs), weights.coefs[network.n_layers])
    return Passed(raw, auxiliary, tuple(moments))


def _columns(network: Network, x: Any) -> Any:
    """What the wide part sees of the inputs."""
    return x if network.wide == tuple(range(network.n_features)) else tf.gather(x, network.wide, axis=-1)


@tf.custom_gradient
def _dense(values: Any, coef: Any, intercept: Any) -> Any:
    """``values @ coef + intercept``, differentiated by products that a CPU computes fast.

    The sum over rows is a product with ones: XLA's own sum takes two passes.
    """

    def gradient(upstream: Any) -> tuple[Any, Any, Any]:
        ones = tf.ones([1, upstream.shape[-2]], upstream.dtype)
        by_coef = _product_over_rows(values, upstream)
        by_values = _product(upstream, tf.linalg.matrix_transpose(coef))
        return by_values, by_coef, tf.matmul(ones, upstream)[..., 0, :]

    return _product(values, coef) + intercept[..., None, :], gradient


def _product(left: Any, right: Any) -> Any:
    """``left @ right``, where it has few terms as their sum, which XLA joins with what comes next."""
    n_terms = left.shape[-1]
    if not 1 < n_terms <= _FEW:
        return tf.matmul(left, right)
    return tf.add_n([left[..., k : k + 1] * right[..., k : k + 1, :] for k in range(n_terms)])


def _product_over_rows(left: Any, right: Any) -> Any:
    """``left`` transposed times ``right``, turned round where that is quicker.

    The left factor is copied column by column, which is dear where the right one is much narrower, and where a column's
    numbers lie a multiple of 256 bytes apart and push each other out of the cache. A barrier keeps XLA from turning the
    product back.
    """
    crowded = left.shape[-1] * right.dtype.size % 256 == 0
    if not (crowded or 1 < right.shape[-1] <= _NARROW):
        return tf.matmul(left, right, transpose_a=True)
    turned = tf.matmul(right, left, transpose_a=True)
    (behind,) = optimization_barrier(turned)
    return tf.linalg.matrix_transpose(tf.ensure_shape(behind, turned.shape))


def _heads(output: Output, raw: Any, y: Any) -> list[tuple[Any, Any]]:
    """Raw values and targets head by head."""
    if len(output.heads) == 1:
        return [(raw, y)]
    raws = tf.split(raw, list(output.heads), axis=-1)
    return [(part, y[..., i : i + 1]) for i, part in enumerate(raws)]


def linked(output: Output, raw: Any, numbers: dict[str, Any]) -> Any:
    """Raw values to predictions, head by head."""
    link, number = link_of(output).tensor, _number(within(numbers, "link"), raw)
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
    loss, number = loss_of(output), _number(within(numbers, "loss"), raw)
    values = [loss.value(tf, *head, number) for head in _heads(output, _judged(output, raw, numbers), y)]
    if output.weighted:
        weights = tf.split(_number(numbers, raw)("output.loss_weight"), [value.shape[-1] for value in values], axis=-1)
        values = [value * weight for value, weight in zip(values, weights, strict=True)]
    return tf.add_n([loss.total(tf, value) for value in values])


def _deltas(output: Output, raw: Any, y: Any, numbers: dict[str, Any]) -> Any:
    loss, number = loss_of(output), _number(within(numbers, "loss"), raw)
    parts = [loss.delta(tf, *head, number) for head in _heads(output, _judged(output, raw, numbers), y)]
    deltas = parts[0] if len(parts) == 1 else tf.concat(parts, axis=-1)
    if output.activation is not None:
        deltas *= link_of(output).slope(tf, raw, _number(within(numbers, "link"), raw))
    if output.weighted:
        output_of_column = [i for i, width in enumerate(output.weighted) for _ in range(width)]
        deltas *= tf.gather(_number(numbers, raw)("output.loss_weight"), output_of_column, axis=-1)
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
    more_targets: Sequence[tuple[Any, Any]] = (),
) -> tuple[Any, Weights, tuple]:
    """Weighted loss of each row, ``(..., rows)``, the gradient of their sum, without the penalty, and new moments.

    Parameters
    ----------
    row_weights : tensor of shape (..., rows)
        Weight of each row; the only place where weights enter. Padding rows have weight zero.
    numbers : dict of str to tensor
        As named by :func:`numbers_of`, each with the leading axis of models or none.
    noise : Noise or None
        Of this step, where the network has noise.
    more_targets : sequence of pairs of tensors
        Further targets of the same rows with weights of their own; their losses are added.
    """
    targets = ((y, row_weights), *more_targets)
    total = tf.add_n([own_weights for _, own_weights in targets])
    shares = tf.math.divide_no_nan(total, tf.reduce_sum(total, axis=-1, keepdims=True))
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(weights.trained)
        passed = forward_pass(network, weights, x, numbers, shares, noise)
    losses, deltas = _losses_and_deltas(network, passed.raw, targets, numbers)
    outputs, slopes = [passed.raw], [deltas]
    if network.auxiliary:
        weight = _number(numbers, passed.raw)("auxiliary.loss_weight")
        more, more_deltas = _losses_and_deltas(network, passed.auxiliary, targets, numbers)
        losses += weight[..., 0] * more
        outputs, slopes = [*outputs, passed.auxiliary], [*slopes, weight * more_deltas]
    zeros = tf.UnconnectedGradients.ZERO  # where nothing comes through, below a step
    gradient = tape.gradient(outputs, weights.trained, output_gradients=slopes, unconnected_gradients=zeros)
    return losses, gradient, passed.moments


def _losses_and_deltas(network: Network, raw: Any, targets: Sequence[tuple[Any, Any]], numbers: dict) -> Any:
    """Weighted loss of each row and derivatives by raw values, over all targets and their weights."""
    losses = [_weighed(network.output, row_losses(network.output, raw, y, numbers), weights) for y, weights in targets]
    deltas = [
        _weighed(network.output, _deltas(network.output, raw, y, numbers), weights[..., None]) for y, weights in targets
    ]
    return (losses[0], deltas[0]) if len(targets) == 1 else (tf.add_n(losses), tf.add_n(deltas))


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
