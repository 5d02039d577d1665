"""Noise in training: the table of its kinds, and the random bits that they are made of.

Bits are a hash of a counter and a key, so that they are a function of their arguments: no generator is read, and the
same seed gives the same noise whatever else runs. A key is made of the seed of a fit and the number of the step. In a
compiled loop on a CPU a hash costs a third of Threefry, TensorFlow's cheapest stateless generator there.
To add a kind: a row here, a parameter, a test of its moments, a line in the docs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .backend import tf
from .spec import Network

__all__ = ["NOISES", "Noise", "random_bits", "step_keys", "with_noise"]

_SELU_FLOOR = -1.7580993408473766  # where SELU ends on the left: minus its scale times its alpha


class Noise(NamedTuple):
    """The noise of one step: a uint32 key and the amounts by name, each with the leading axis of models or none."""

    key: Any
    amounts: dict[str, Any]


def _mixed(bits: Any) -> Any:
    """A bijection of 32-bit numbers that flips each output bit with half of all input bits (Wellons, "lowbias32")."""
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        bits = tf.bitwise.bitwise_xor(bits, tf.bitwise.right_shift(bits, tf.constant(shift, tf.uint32)))
        bits *= tf.constant(factor, tf.uint32)
    return tf.bitwise.bitwise_xor(bits, tf.bitwise.right_shift(bits, tf.constant(16, tf.uint32)))


def step_keys(seed: Any, steps: Any) -> Any:
    """Keys of steps, from a seed that is a whole number below 2 ** 32 of any dtype; shapes broadcast."""
    return _mixed(tf.cast(tf.cast(seed, tf.int64), tf.uint32) + _mixed(tf.cast(steps, tf.uint32)))


def random_bits(key: Any, stream: int, shape: tuple[int, ...]) -> Any:
    """Independent uint32 numbers ``(..., *shape)`` for a key ``(...)``; the streams of one key are independent too."""
    n_numbers = 1
    for length in shape:
        n_numbers *= length
    counter = _mixed(tf.cast(tf.reshape(tf.range(n_numbers), shape), tf.uint32))
    key = _mixed(key + tf.constant(stream, tf.uint32))
    return _mixed(tf.bitwise.bitwise_xor(counter, tf.reshape(key, [*key.shape, *[1] * len(shape)])))


def _kept(bits: Any, rate: Any) -> Any:
    """Whether a number stays, with probability ``1 - rate``, where rate is float64."""
    return bits >= tf.cast(rate * 2.0**32, tf.uint32)


def _dropout(values: Any, bits: Any, rate: Any) -> Any:
    """Srivastava et al., "Dropout", 2014; scaled in training, so that nothing is left to do when predicting."""
    return tf.where(_kept(bits, rate), values * tf.cast(1 / (1 - rate), values.dtype), tf.zeros([], values.dtype))


def _alpha_dropout(values: Any, bits: Any, rate: Any) -> Any:
    """Klambauer et al., "Self-normalizing neural networks", 2017: to SELU's floor, mean and variance restored."""
    scale = 1 / tf.sqrt((1 - rate) * (1 + rate * _SELU_FLOOR**2))
    shift = -scale * rate * _SELU_FLOOR
    dropped = tf.where(_kept(bits, rate), values, tf.constant(_SELU_FLOOR, values.dtype))
    return dropped * tf.cast(scale, values.dtype) + tf.cast(shift, values.dtype)


def _gaussian(values: Any, bits: Any, deviation: Any) -> Any:
    """Bishop, "Training with noise is equivalent to Tikhonov regularization", 1995."""
    quantiles = tf.cast(tf.bitwise.right_shift(bits, tf.constant(9, tf.uint32)), values.dtype) + 0.5
    normal = tf.math.ndtri(quantiles * tf.constant(2.0**-23, values.dtype))
    return values + tf.cast(deviation, values.dtype) * normal


def _random_slope(values: Any, bits: Any, spread: Any) -> Any:
    """Xu et al., "Empirical evaluation of rectified activations", 2015, behind a leaky ReLU of the mean slope."""
    share = tf.cast(bits, values.dtype) * tf.constant(2.0**-31, values.dtype) - 1  # uniform between -1 and 1
    return tf.where(values < 0, values * (1 + tf.cast(spread, values.dtype) * share), values)


NOISES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "dropout": _dropout,
    "alpha_dropout": _alpha_dropout,
    "gaussian": _gaussian,
    "random_slope": _random_slope,
}
"""Each is ``noise(values, bits, amount)``: values ``(..., rows, units)``, bits alike, amount float64."""


def with_noise(network: Network, place: int, values: Any, noise: Noise | None) -> Any:
    """Values at a place (0 for the inputs, then the hidden layers) with the noise that the network has there."""
    for stream, (name, (where, kind)) in enumerate(zip(network.noise_names, network.noise, strict=True)):
        if noise is not None and where == place:
            bits = random_bits(noise.key, stream, tuple(values.shape[-2:]))
            values = NOISES[kind](values, bits, noise.amounts[name][..., None, None])
    return values
