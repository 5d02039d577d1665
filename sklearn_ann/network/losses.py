"""The table of losses on raw outputs, each with its inverse link.

A loss says, for raw values ``(..., rows, columns)`` and targets, the loss of each output of a row and its derivative
with respect to the raw values. The derivative is stated rather than differentiated, because scikit-learn's two are not
quite the same function: its log-loss value clips probabilities and its gradient does not, and its squared error is
averaged over outputs in the value and summed in the gradient. Same numbers as scikit-learn means both. Only a loss that
is a function of the user's own is differentiated.
To add one: a row here, a test against an independent formula, a line in the docs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .links import LINKS, Link, numbered
from .namespaces import scoped_names
from .spec import Output

__all__ = ["LOSSES", "Loss", "link_name", "link_numbers", "link_of", "loss_of", "output_numbers"]


def _sum(tf: Any, values: Any) -> Any:
    return tf.reduce_sum(values, axis=-1)


def _mean(tf: Any, values: Any) -> Any:
    return tf.reduce_mean(values, axis=-1)


class Loss(NamedTuple):
    """One loss: the name of its inverse link, the loss of each output, and its derivative by the raw values.

    ``value(tf, raw, y, number)`` gives ``(..., rows, outputs)`` and ``delta(tf, raw, y, number)`` ``(..., rows,
    columns)``; ``total(tf, values)`` makes the loss of a row of those of its outputs.
    ``y`` has the columns of ``raw``, except where ``of_indices`` says that it holds one class index per row and head,
    and where each target has several raw columns.
    ``numbers`` names the loss's own numbers and ``by_level`` those of which each raw column of a target has one;
    ``number(name)`` gives one with the dtype and rank of ``raw``.
    """

    link: str
    value: Callable[[Any, Any, Any, Any], Any]
    delta: Callable[[Any, Any, Any, Any], Any]
    of_indices: bool = False
    numbers: tuple[str, ...] = ()
    by_level: tuple[str, ...] = ()
    total: Callable[[Any, Any], Any] = _sum


def _clipped(tf: Any, proba: Any) -> Any:
    eps = np.finfo(proba.dtype.as_numpy_dtype).eps
    return tf.clip_by_value(proba, tf.constant(eps, proba.dtype), tf.constant(1 - eps, proba.dtype))


def _squared_error(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    return tf.square(raw - y)


def _half_mean(tf: Any, values: Any) -> Any:
    return _mean(tf, values) * tf.constant(0.5, values.dtype)


def _poisson(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    mean = tf.exp(raw)
    return tf.math.xlogy(y, y / mean) - y + mean


def _one_hot(tf: Any, raw: Any, y: Any) -> Any:
    return tf.one_hot(y[..., 0], raw.shape[-1], dtype=raw.dtype)


def _shares(tf: Any, raw: Any, y: Any) -> Any:
    """Class probabilities: the target itself, or one-hot rows of class indices."""
    return _one_hot(tf, raw, y) if y.dtype.is_integer else y


def _log_loss(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    proba = tf.reduce_sum(tf.nn.softmax(raw) * _one_hot(tf, raw, y), axis=-1, keepdims=True)
    return -tf.math.log(_clipped(tf, proba))


def _binary_log_loss(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    proba = _clipped(tf, tf.sigmoid(raw))
    return -(tf.math.xlogy(y, proba) + tf.math.xlogy(1 - y, 1 - proba))


def _huber(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    error, delta = tf.abs(raw - y), number("delta")
    half = tf.constant(0.5, raw.dtype)
    return tf.where(error <= delta, half * error * error, delta * (error - half * delta))


def _log_cosh(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    """Without overflow: ``log cosh e = |e| + log(1 + exp(-2 |e|)) - log 2``."""
    error = tf.abs(raw - y)
    return error + tf.nn.softplus(-2 * error) - tf.constant(np.log(2), raw.dtype)


def _levels(tf: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any, Any]:
    """Raw values ``(..., rows, targets, levels)``, targets and quantiles that go with them."""
    return tf.reshape(raw, [*raw.shape[:-1], y.shape[-1], -1]), y[..., None], number("quantile")[..., None, :]


def _quantile(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    raw, y, quantile = _levels(tf, raw, y, number)
    too_low = y - raw
    return tf.reduce_sum(tf.maximum(quantile * too_low, (quantile - 1) * too_low), axis=-1)


def _quantile_delta(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    by_level, y, quantile = _levels(tf, raw, y, number)
    slope = tf.where(y > by_level, -quantile, 1 - quantile)
    slope = tf.where(y == by_level, tf.zeros([], raw.dtype), slope)
    return tf.reshape(_per_target(tf, y[..., 0], slope), raw.shape)


def _gaussian(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    mean_and_std = LINKS["mean_and_std"].tensor(tf, raw, number)
    mean, std = mean_and_std[..., 0::2], mean_and_std[..., 1::2]
    half = tf.constant(0.5, raw.dtype)
    return half * tf.square((y - mean) / std) + tf.math.log(std) + tf.constant(0.5 * np.log(2 * np.pi), raw.dtype)


def _gaussian_delta(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    mean_and_std = LINKS["mean_and_std"].tensor(tf, raw, number)
    mean, std = mean_and_std[..., 0::2], mean_and_std[..., 1::2]
    error = (mean - y) / std
    by_raw_std = (1 - tf.square(error)) / std * tf.sigmoid(raw[..., 1::2])
    return tf.reshape(_per_target(tf, y, tf.stack([error / std, by_raw_std], axis=-1)), raw.shape)


def _per_target(tf: Any, y: Any, delta: Any) -> Any:
    """The derivative of the mean over targets."""
    return delta / tf.cast(y.shape[-1], y.dtype)


def _called(function: Any, tf: Any, raw: Any, y: Any, number: Any) -> Any:
    return function(y, raw)[..., None]


def _called_delta(function: Any, tf: Any, raw: Any, y: Any, number: Any) -> Any:
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(raw)
        losses = function(y, raw)
    return tape.gradient(losses, raw)


def _smoothed(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    """Shares, moved towards equal ones (Szegedy et al., "Rethinking the inception architecture", 2016)."""
    share = number("label_smoothing")
    return _shares(tf, raw, y) * (1 - share) + share / tf.cast(raw.shape[-1], raw.dtype)


def _smoothed_binary(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    return y * (1 - number("label_smoothing")) + tf.constant(0.5, raw.dtype) * number("label_smoothing")


def _smoothed_log_loss(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    return -tf.reduce_sum(_smoothed(tf, raw, y, number) * tf.nn.log_softmax(raw), axis=-1, keepdims=True)


def _smoothed_binary_log_loss(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    target = _smoothed_binary(tf, raw, y, number)
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=target, logits=raw)


def _focal(tf: Any, log_p: Any, gamma: Any) -> tuple[Any, Any]:
    """``-(1 - p) ** gamma * log(p)`` and its derivative by ``log(p)`` (Lin et al., "Focal loss", 2017)."""
    rest = -tf.math.expm1(log_p)
    weight = rest**gamma
    return -weight * log_p, weight * (gamma * tf.math.divide_no_nan(tf.exp(log_p) * log_p, rest) - 1)


def _focal_log_loss(tf: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    """Value of each output and derivative."""
    hot = _one_hot(tf, raw, y)
    log_p = tf.reduce_sum(tf.nn.log_softmax(raw) * hot, axis=-1, keepdims=True)
    value, slope = _focal(tf, log_p, number("gamma"))
    return value, slope * (hot - tf.nn.softmax(raw))


def _focal_binary_log_loss(tf: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    """Value of each output and derivative."""
    sign = 2 * y - 1
    value, slope = _focal(tf, -tf.nn.softplus(-sign * raw), number("gamma"))
    return value, slope * sign * tf.sigmoid(-sign * raw)


def _soft_log_loss(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    return -tf.reduce_sum(y * tf.nn.log_softmax(raw), axis=-1, keepdims=True)


def _hinge(tf: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    """Value of each output and derivative."""
    right = _one_hot(tf, raw, y)
    wrong = tf.where(right > 0, raw.dtype.min, raw)
    margin = tf.reduce_sum(right * raw, axis=-1, keepdims=True) - tf.reduce_max(wrong, axis=-1, keepdims=True)
    worst = tf.one_hot(tf.argmax(wrong, axis=-1), raw.shape[-1], dtype=raw.dtype)
    return tf.nn.relu(1 - margin), tf.where(margin < 1, worst - right, tf.zeros([], raw.dtype))


def _binary_hinge(tf: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    """Value of each output and derivative."""
    sign = 2 * y - 1
    return tf.nn.relu(1 - sign * raw), tf.where(sign * raw < 1, -sign, tf.zeros([], raw.dtype))


LOSSES: dict[str, Loss] = {
    "squared_error": Loss("identity", _squared_error, lambda tf, raw, y, number: raw - y, total=_half_mean),
    "poisson": Loss("exp", _poisson, lambda tf, raw, y, number: tf.exp(raw) - y),
    "absolute_error": Loss(
        "identity",
        lambda tf, raw, y, number: tf.abs(raw - y),
        lambda tf, raw, y, number: _per_target(tf, y, tf.sign(raw - y)),
        total=_mean,
    ),
    # Huber, "Robust estimation of a location parameter", 1964
    "huber": Loss(
        "identity",
        _huber,
        lambda tf, raw, y, number: _per_target(tf, y, tf.clip_by_value(raw - y, -number("delta"), number("delta"))),
        numbers=("delta",),
        total=_mean,
    ),
    "log_cosh": Loss(
        "identity", _log_cosh, lambda tf, raw, y, number: _per_target(tf, y, tf.tanh(raw - y)), total=_mean
    ),
    # Koenker & Bassett, "Regression quantiles", 1978
    "quantile": Loss("identity", _quantile, _quantile_delta, by_level=("quantile",), total=_mean),
    # Nix & Weigend, "Estimating the mean and variance of the target probability distribution", 1994
    "gaussian": Loss("mean_and_std", _gaussian, _gaussian_delta, numbers=("smallest_std",), total=_mean),
    "binary_log_loss": Loss("logistic", _binary_log_loss, lambda tf, raw, y, number: tf.sigmoid(raw) - y),
    "log_loss": Loss(
        "softmax", _log_loss, lambda tf, raw, y, number: tf.nn.softmax(raw) - _one_hot(tf, raw, y), of_indices=True
    ),
    "smoothed_binary_log_loss": Loss(
        "logistic",
        _smoothed_binary_log_loss,
        lambda tf, raw, y, number: tf.sigmoid(raw) - _smoothed_binary(tf, raw, y, number),
        numbers=("label_smoothing",),
    ),
    "smoothed_log_loss": Loss(
        "softmax",
        _smoothed_log_loss,
        lambda tf, raw, y, number: tf.nn.softmax(raw) - _smoothed(tf, raw, y, number),
        of_indices=True,
        numbers=("label_smoothing",),
    ),
    "soft_log_loss": Loss("softmax", _soft_log_loss, lambda tf, raw, y, number: tf.nn.softmax(raw) - y),
    "smoothed_soft_log_loss": Loss(
        "softmax",
        _smoothed_log_loss,
        lambda tf, raw, y, number: tf.nn.softmax(raw) - _smoothed(tf, raw, y, number),
        numbers=("label_smoothing",),
    ),
    "focal_binary_log_loss": Loss(
        "logistic",
        lambda *args: _focal_binary_log_loss(*args)[0],
        lambda *args: _focal_binary_log_loss(*args)[1],
        numbers=("gamma",),
    ),
    "focal_log_loss": Loss(
        "softmax",
        lambda *args: _focal_log_loss(*args)[0],
        lambda *args: _focal_log_loss(*args)[1],
        of_indices=True,
        numbers=("gamma",),
    ),
    "binary_hinge": Loss("identity", lambda *args: _binary_hinge(*args)[0], lambda *args: _binary_hinge(*args)[1]),
    # Crammer & Singer, "On the algorithmic implementation of multiclass kernel-based vector machines", 2001
    "hinge": Loss("identity", lambda *args: _hinge(*args)[0], lambda *args: _hinge(*args)[1], of_indices=True),
}


def loss_of(output: Output) -> Loss:
    """The row of an output's loss; one made up for a function of ``(y, predictions)``."""
    if callable(output.loss):
        return Loss("identity", partial(_called, output.loss), partial(_called_delta, output.loss))
    return LOSSES[output.loss]


def link_name(output: Output) -> str:
    """Name of an output's inverse link."""
    return output.activation or loss_of(output).link


def link_of(output: Output) -> Link:
    """An output's inverse link."""
    return LINKS[link_name(output)]


def link_numbers(output: Output) -> tuple[str, ...]:
    """Names of the numbers that predictions take, within the link's namespace."""
    link = link_of(output)
    by_column = [each for name in link.by_column for each in numbered(name, output.width)]
    return (*link.numbers, *by_column)


def output_numbers(output: Output) -> tuple[str, ...]:
    """Names of the numbers that loss and link take."""
    loss = loss_of(output)
    by_level = [each for name in loss.by_level for each in numbered(name, output.levels)]
    weights = numbered("loss_weight", len(output.weighted))
    return (
        *scoped_names("loss", (*loss.numbers, *by_level)),
        *scoped_names("output", weights),
        *scoped_names("link", link_numbers(output)),
    )
