"""The table of losses on raw outputs, each with its inverse link.

A loss says, for raw values ``(..., rows, columns)`` and targets, the loss of each row and its derivative with respect
to the raw values. The derivative is stated rather than differentiated, because scikit-learn's two are not quite the
same function: its log-loss value clips probabilities and its gradient does not, and its squared error is averaged over
outputs in the value and summed in the gradient. Same numbers as scikit-learn means both.
To add one: a row here, a test against an independent formula, a line in the docs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit

__all__ = ["LINKS", "LOSSES", "Link", "Loss"]


def _softmax(raw: np.ndarray) -> np.ndarray:
    np.subtract(raw, raw.max(axis=1, keepdims=True), out=raw)
    np.exp(raw, out=raw)
    return np.divide(raw, raw.sum(axis=1, keepdims=True), out=raw)


class Link(NamedTuple):
    """Inverse link of one head: ``array(raw)`` works in place, ``tensor(tf, raw)`` returns a new tensor."""

    array: Callable[[np.ndarray], np.ndarray]
    tensor: Callable[[Any, Any], Any]


LINKS: dict[str, Link] = {
    "identity": Link(lambda raw: raw, lambda tf, raw: raw),
    "exp": Link(lambda raw: np.exp(raw, out=raw), lambda tf, raw: tf.exp(raw)),
    "logistic": Link(lambda raw: expit(raw, out=raw), lambda tf, raw: tf.sigmoid(raw)),
    "softmax": Link(_softmax, lambda tf, raw: tf.nn.softmax(raw)),
}


class Loss(NamedTuple):
    """One loss: the name of its inverse link, the loss of each row, and its derivative by the raw values.

    ``value(tf, raw, y, number)`` gives ``(..., rows)`` and ``delta(tf, raw, y, number)`` ``(..., rows, columns)``.
    ``y`` has the columns of ``raw``, except where ``of_indices`` says that it holds one class index per row and head.
    ``numbers`` names the loss's own numbers; ``number(name)`` gives one with the dtype and rank of ``raw``.
    """

    link: str
    value: Callable[[Any, Any, Any, Any], Any]
    delta: Callable[[Any, Any, Any, Any], Any]
    of_indices: bool = False
    numbers: tuple[str, ...] = ()


def _clipped(tf: Any, proba: Any) -> Any:
    eps = np.finfo(proba.dtype.as_numpy_dtype).eps
    return tf.clip_by_value(proba, tf.constant(eps, proba.dtype), tf.constant(1 - eps, proba.dtype))


def _squared_error(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    return tf.reduce_mean(tf.square(raw - y), axis=-1) * tf.constant(0.5, raw.dtype)


def _poisson(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    mean = tf.exp(raw)
    return tf.reduce_sum(tf.math.xlogy(y, y / mean) - y + mean, axis=-1)


def _one_hot(tf: Any, raw: Any, y: Any) -> Any:
    return tf.one_hot(y[..., 0], raw.shape[-1], dtype=raw.dtype)


def _log_loss(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    proba = tf.reduce_sum(tf.nn.softmax(raw) * _one_hot(tf, raw, y), axis=-1)
    return -tf.math.log(_clipped(tf, proba))


def _binary_log_loss(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    proba = _clipped(tf, tf.sigmoid(raw))
    return -tf.reduce_sum(tf.math.xlogy(y, proba) + tf.math.xlogy(1 - y, 1 - proba), axis=-1)


def _mean(tf: Any, losses: Any) -> Any:
    return tf.reduce_mean(losses, axis=-1)


def _huber(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    error, delta = tf.abs(raw - y), number("delta")
    half = tf.constant(0.5, raw.dtype)
    return _mean(tf, tf.where(error <= delta, half * error * error, delta * (error - half * delta)))


def _log_cosh(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    """Without overflow: ``log cosh e = |e| + log(1 + exp(-2 |e|)) - log 2``."""
    error = tf.abs(raw - y)
    return _mean(tf, error + tf.nn.softplus(-2 * error) - tf.constant(np.log(2), raw.dtype))


def _quantile(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    too_low = y - raw
    return _mean(tf, tf.maximum(number("quantile") * too_low, (number("quantile") - 1) * too_low))


def _quantile_delta(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    slope = tf.where(y > raw, -number("quantile"), 1 - number("quantile"))
    return _per_column(tf, raw, tf.where(y == raw, tf.zeros([], raw.dtype), slope))


def _per_column(tf: Any, raw: Any, delta: Any) -> Any:
    return delta / tf.cast(raw.shape[-1], raw.dtype)


def _smoothed(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    """One-hot rows, moved towards equal shares (Szegedy et al., "Rethinking the inception architecture", 2016)."""
    share = number("label_smoothing")
    return _one_hot(tf, raw, y) * (1 - share) + share / tf.cast(raw.shape[-1], raw.dtype)


def _smoothed_binary(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    return y * (1 - number("label_smoothing")) + tf.constant(0.5, raw.dtype) * number("label_smoothing")


def _smoothed_log_loss(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    return -tf.reduce_sum(_smoothed(tf, raw, y, number) * tf.nn.log_softmax(raw), axis=-1)


def _smoothed_binary_log_loss(tf: Any, raw: Any, y: Any, number: Any) -> Any:
    target = _smoothed_binary(tf, raw, y, number)
    return tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(labels=target, logits=raw), axis=-1)


def _focal(tf: Any, log_p: Any, gamma: Any) -> tuple[Any, Any]:
    """``-(1 - p) ** gamma * log(p)`` and its derivative by ``log(p)`` (Lin et al., "Focal loss", 2017)."""
    rest = -tf.math.expm1(log_p)
    weight = rest**gamma
    return -weight * log_p, weight * (gamma * tf.math.divide_no_nan(tf.exp(log_p) * log_p, rest) - 1)


def _focal_log_loss(tf: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    """Value of each row and derivative."""
    hot = _one_hot(tf, raw, y)
    log_p = tf.reduce_sum(tf.nn.log_softmax(raw) * hot, axis=-1, keepdims=True)
    value, slope = _focal(tf, log_p, number("gamma"))
    return value[..., 0], slope * (hot - tf.nn.softmax(raw))


def _focal_binary_log_loss(tf: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    """Value of each row and derivative."""
    sign = 2 * y - 1
    value, slope = _focal(tf, -tf.nn.softplus(-sign * raw), number("gamma"))
    return tf.reduce_sum(value, axis=-1), slope * sign * tf.sigmoid(-sign * raw)


LOSSES: dict[str, Loss] = {
    "squared_error": Loss("identity", _squared_error, lambda tf, raw, y, number: raw - y),
    "poisson": Loss("exp", _poisson, lambda tf, raw, y, number: tf.exp(raw) - y),
    "absolute_error": Loss(
        "identity",
        lambda tf, raw, y, number: _mean(tf, tf.abs(raw - y)),
        lambda tf, raw, y, number: _per_column(tf, raw, tf.sign(raw - y)),
    ),
    # Huber, "Robust estimation of a location parameter", 1964
    "huber": Loss(
        "identity",
        _huber,
        lambda tf, raw, y, number: _per_column(tf, raw, tf.clip_by_value(raw - y, -number("delta"), number("delta"))),
        numbers=("delta",),
    ),
    "log_cosh": Loss("identity", _log_cosh, lambda tf, raw, y, number: _per_column(tf, raw, tf.tanh(raw - y))),
    # Koenker & Bassett, "Regression quantiles", 1978
    "quantile": Loss("identity", _quantile, _quantile_delta, numbers=("quantile",)),
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
}
