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

    ``value(tf, raw, y)`` gives ``(..., rows)`` and ``delta(tf, raw, y)`` gives ``(..., rows, columns)``.
    ``y`` has the columns of ``raw``, except where ``of_indices`` says that it holds one class index per row and head.
    """

    link: str
    value: Callable[[Any, Any, Any], Any]
    delta: Callable[[Any, Any, Any], Any]
    of_indices: bool = False


def _clipped(tf: Any, proba: Any) -> Any:
    eps = np.finfo(proba.dtype.as_numpy_dtype).eps
    return tf.clip_by_value(proba, tf.constant(eps, proba.dtype), tf.constant(1 - eps, proba.dtype))


def _squared_error(tf: Any, raw: Any, y: Any) -> Any:
    return tf.reduce_mean(tf.square(raw - y), axis=-1) * tf.constant(0.5, raw.dtype)


def _poisson(tf: Any, raw: Any, y: Any) -> Any:
    mean = tf.exp(raw)
    return tf.reduce_sum(tf.math.xlogy(y, y / mean) - y + mean, axis=-1)


def _one_hot(tf: Any, raw: Any, y: Any) -> Any:
    return tf.one_hot(y[..., 0], raw.shape[-1], dtype=raw.dtype)


def _log_loss(tf: Any, raw: Any, y: Any) -> Any:
    proba = tf.reduce_sum(tf.nn.softmax(raw) * _one_hot(tf, raw, y), axis=-1)
    return -tf.math.log(_clipped(tf, proba))


def _binary_log_loss(tf: Any, raw: Any, y: Any) -> Any:
    proba = _clipped(tf, tf.sigmoid(raw))
    return -tf.reduce_sum(tf.math.xlogy(y, proba) + tf.math.xlogy(1 - y, 1 - proba), axis=-1)


LOSSES: dict[str, Loss] = {
    "squared_error": Loss("identity", _squared_error, lambda tf, raw, y: raw - y),
    "poisson": Loss("exp", _poisson, lambda tf, raw, y: tf.exp(raw) - y),
    "binary_log_loss": Loss("logistic", _binary_log_loss, lambda tf, raw, y: tf.sigmoid(raw) - y),
    "log_loss": Loss("softmax", _log_loss, lambda tf, raw, y: tf.nn.softmax(raw) - _one_hot(tf, raw, y), True),
}
