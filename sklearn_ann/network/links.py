"""The table of inverse links: raw values of the last layer to predictions, on arrays and on tensors.

A loss brings its link; a regressor's ``output_activation`` puts another one in its place, and the loss is then taken on
what that gives, for which the table has the derivatives. To add one: a row here, a test against finite differences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count, takewhile
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit

__all__ = ["LINKS", "Link", "numbered", "values_of"]


class Link(NamedTuple):
    """Inverse link of one head: ``array(raw, number)`` works in place, ``tensor(tf, raw, number)`` gives a new tensor.

    ``slope(tf, raw, number)`` is the derivative, number by number; None where no loss is taken behind the link.
    ``numbers`` names the link's own numbers and ``by_column`` those of which each raw column has one;
    ``number(name)`` gives one that goes with ``raw``.
    """

    array: Callable[[np.ndarray, Any], np.ndarray]
    tensor: Callable[[Any, Any, Any], Any]
    slope: Any = None
    numbers: tuple[str, ...] = ()
    by_column: tuple[str, ...] = ()


def numbered(name: str, n: int) -> tuple[str, ...]:
    """Names of ``n`` numbers of one kind."""
    return tuple(f"{name}_{i}" for i in range(n))


def values_of(numbers: Mapping[str, Any], name: str) -> Any:
    """The number of that name, or the list of those that :func:`numbered` has named after it."""
    if name in numbers:
        return numbers[name]
    return [numbers[each] for each in takewhile(numbers.__contains__, (f"{name}_{i}" for i in count()))]


def _softmax(raw: np.ndarray, number: Any) -> np.ndarray:
    np.subtract(raw, raw.max(axis=1, keepdims=True), out=raw)
    np.exp(raw, out=raw)
    return np.divide(raw, raw.sum(axis=1, keepdims=True), out=raw)


def _between(raw: np.ndarray, number: Any) -> np.ndarray:
    """Shares of the way from ``low`` to ``high`` to values there, in place."""
    raw *= number("high") - number("low")
    raw += number("low")
    return raw


def _mean_and_std(raw: np.ndarray, number: Any) -> np.ndarray:
    raw[:, 1::2] = np.logaddexp(0, raw[:, 1::2]) + number("smallest_std")
    return raw


def _mean_and_std_tensor(tf: Any, raw: Any, number: Any) -> Any:
    pairs = [raw[..., 0::2], tf.nn.softplus(raw[..., 1::2]) + number("smallest_std")]
    return tf.reshape(tf.stack(pairs, axis=-1), raw.shape)


LINKS: dict[str, Link] = {
    "identity": Link(lambda raw, number: raw, lambda tf, raw, number: raw, lambda tf, raw, number: tf.ones_like(raw)),
    "exp": Link(
        lambda raw, number: np.exp(raw, out=raw),
        lambda tf, raw, number: tf.exp(raw),
        lambda tf, raw, number: tf.exp(raw),
    ),
    "relu": Link(
        lambda raw, number: np.maximum(raw, 0, out=raw),
        lambda tf, raw, number: tf.nn.relu(raw),
        lambda tf, raw, number: tf.cast(raw > 0, raw.dtype),
    ),
    "softplus": Link(
        lambda raw, number: np.logaddexp(0, raw, out=raw),
        lambda tf, raw, number: tf.nn.softplus(raw),
        lambda tf, raw, number: tf.sigmoid(raw),
    ),
    "logistic": Link(lambda raw, number: expit(raw, out=raw), lambda tf, raw, number: tf.sigmoid(raw)),
    "softmax": Link(_softmax, lambda tf, raw, number: tf.nn.softmax(raw)),
    # The bounded ones fill a range: from ``low`` to ``high``.
    "logistic_between": Link(
        lambda raw, number: _between(expit(raw, out=raw), number),
        lambda tf, raw, number: number("low") + (number("high") - number("low")) * tf.sigmoid(raw),
        lambda tf, raw, number: (number("high") - number("low")) * tf.sigmoid(raw) * tf.sigmoid(-raw),
        by_column=("low", "high"),
    ),
    "tanh_between": Link(
        lambda raw, number: _between(expit(2 * raw), number),
        lambda tf, raw, number: number("low") + (number("high") - number("low")) * (tf.tanh(raw) + 1) / 2,
        lambda tf, raw, number: (number("high") - number("low")) * (1 - tf.square(tf.tanh(raw))) / 2,
        by_column=("low", "high"),
    ),
    # Two raw columns per target, mean and spread in turns.
    "mean_and_std": Link(_mean_and_std, _mean_and_std_tensor, numbers=("smallest_std",)),
}
