"""Noise in training over an array namespace: the table of its kinds, and the random bits that they are made of.

Bits are a hash of a counter and a key, so that they are a function of their arguments: no generator is read, and the
same seed gives the same noise whatever else runs, bit for bit for NumPy arrays and tensors. A key is made of the seed
of a fit and the number of the step. In a compiled loop on a CPU a hash costs a third of Threefry, TensorFlow's cheapest
stateless generator there.
To add a kind: a row here, a parameter, a test of its moments, a line in the docs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..activations import SELU_ALPHA, SELU_SCALE
from ..runtime.arrays import numpy_namespace
from .spec import Network

__all__ = ["NOISES", "SELU_FLOOR", "Noise", "random_bits", "step_keys", "with_noise"]

SELU_FLOOR = -SELU_SCALE * SELU_ALPHA  # where SELU ends on the left
_KEPT_COUNTER = 1 << 20  # numbers up to which a counter is kept from one step to the next: 4 MB


class Noise(NamedTuple):
    """The noise of one step: a uint32 key, and the amounts in the order of ``Network.noise``."""

    key: Any
    amounts: tuple[Any, ...]


def _mixed(xp: Any, bits: Any) -> Any:
    """A bijection of 32-bit numbers that flips each output bit with half of all input bits (Wellons, "lowbias32").

    By functions of arrays with an axis at least, since NumPy's operators warn where a single number wraps around.
    """
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        shifted = xp.right_shift(bits, shift)
        bits = xp.bitwise_xor(bits, shifted, out=shifted)
        bits = xp.multiply(bits, factor, out=bits)
    shifted = xp.right_shift(bits, 16)
    return xp.bitwise_xor(bits, shifted, out=shifted)


def step_keys(xp: Any, seed: Any, steps: Any) -> Any:
    """Keys of steps, from a seed that is a whole number below 2 ** 32 of any dtype; shapes broadcast."""
    seed = xp.astype(xp.astype(xp.asarray(seed), xp.int64), xp.uint32)[..., None]
    steps = xp.astype(xp.asarray(steps), xp.uint32)[..., None]
    return _mixed(xp, xp.add(seed, _mixed(xp, steps)))[..., 0]


def random_bits(xp: Any, key: Any, stream: int, shape: tuple[int, ...]) -> Any:
    """Independent uint32 numbers ``(..., *shape)`` for a key ``(...)``; the streams of one key are independent too."""
    key = xp.asarray(key)
    key = _mixed(xp, xp.add(xp.reshape(key, [*key.shape, *[1] * len(shape)]), stream))
    kept = xp is numpy_namespace and math.prod(shape) <= _KEPT_COUNTER
    counter = _kept_counter(tuple(shape)) if kept else _mixed_counter(xp, shape)
    return _mixed(xp, xp.bitwise_xor(counter, key))


def _mixed_counter(xp: Any, shape: tuple[int, ...]) -> Any:
    return _mixed(xp, xp.astype(xp.reshape(xp.arange(math.prod(shape)), shape), xp.uint32))


@lru_cache(maxsize=8)
def _kept_counter(shape: tuple[int, ...]) -> np.ndarray:
    counter = _mixed_counter(numpy_namespace, shape)
    counter.flags.writeable = False
    return counter


def _kept(xp: Any, bits: Any, rate: Any) -> Any:
    """Whether a number stays, with probability ``1 - rate``, where rate is float64."""
    return bits >= xp.astype(rate * 2.0**32, xp.uint32)


def _dropout(xp: Any, values: Any, bits: Any, rate: Any) -> tuple[Any, Any]:
    """Srivastava et al., "Dropout", 2014; scaled in training, so that nothing is left to do when predicting."""
    rate = xp.asarray(rate, xp.float64)
    factor = xp.multiply(xp.indicator(_kept(xp, bits, rate), values), xp.astype(1 / (1 - rate), values.dtype))
    return values * factor, factor


def _alpha_dropout(xp: Any, values: Any, bits: Any, rate: Any) -> tuple[Any, Any]:
    """Klambauer et al., "Self-normalizing neural networks", 2017: to SELU's floor, mean and variance restored."""
    rate = xp.asarray(rate, xp.float64)
    scale = 1 / xp.sqrt((1 - rate) * (1 + rate * SELU_FLOOR**2))
    shift = -scale * rate * SELU_FLOOR
    kept = _kept(xp, bits, rate)
    factor = xp.multiply(xp.indicator(kept, values), xp.astype(scale, values.dtype))
    stays = values * xp.astype(scale, values.dtype) + xp.astype(shift, values.dtype)
    return xp.where(kept, stays, xp.astype(scale * SELU_FLOOR + shift, values.dtype)), factor


def _gaussian(xp: Any, values: Any, bits: Any, deviation: Any) -> tuple[Any, None]:
    """Bishop, "Training with noise is equivalent to Tikhonov regularization", 1995."""
    quantiles = (xp.astype(xp.right_shift(bits, 9), values.dtype) + 0.5) * 2.0**-23
    deviation = xp.astype(xp.asarray(deviation, xp.float64), values.dtype)
    return values + deviation * xp.ndtri(quantiles), None


def _random_slope(xp: Any, values: Any, bits: Any, spread: Any) -> tuple[Any, Any]:
    """Xu et al., "Empirical evaluation of rectified activations", 2015, behind a leaky ReLU of the mean slope."""
    share = xp.astype(bits, values.dtype) * 2.0**-31 - 1  # uniform between -1 and 1
    spread = xp.astype(xp.asarray(spread, xp.float64), values.dtype)
    factor = xp.where(values < 0, 1 + spread * share, 1)
    return values * factor, factor


NOISES: dict[str, Callable[[Any, Any, Any, Any], tuple[Any, Any]]] = {
    "dropout": _dropout,
    "alpha_dropout": _alpha_dropout,
    "gaussian": _gaussian,
    "random_slope": _random_slope,
}
"""Each is ``noise(xp, values, bits, amount)``: values ``(..., rows, units)``, bits alike, and an amount, float64 or a
Python float, that broadcasts with them. It gives new noisy values and their derivative by the values: a factor of each
number, or None for 1."""


def with_noise(xp: Any, network: Network, place: int, values: Any, noise: Noise | None) -> tuple[Any, Any]:
    """Values at a place (0 for the inputs, then the hidden layers) with the noise that the network has there.

    Beside them their derivative by the values: a factor of each number, or None for 1.
    """
    product = None
    for stream, (where, kind) in enumerate(network.noise):
        if noise is not None and where == place:
            bits = random_bits(xp, noise.key, stream, tuple(values.shape[-2:]))
            amount = xp.asarray(noise.amounts[stream], xp.float64)[..., None, None]
            values, factor = NOISES[kind](xp, values, bits, amount)
            if factor is not None:
                product = factor if product is None else product * factor
    return values, product
