"""The table of activation functions with their derivatives, over an array namespace; users' own functions.

Comes in: the namespace ``xp`` of :mod:`sklearn_ann.runtime.arrays` or :mod:`sklearn_ann.runtime.tensors`, raw values
``z`` and numbers that broadcast with them. Goes out: values and derivatives, number by number.
To add one: a row here, its value in ``tests/network/test_activations.py``, a line in the docs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .namespaces import scoped_names

__all__ = ["ACTIVATIONS", "Activation", "Called", "number_names", "row_of"]


class Activation(NamedTuple):
    """One activation.

    Attributes
    ----------
    value : callable
        ``value(xp, z, *numbers, *learned)``. A NumPy array z may be overwritten where ``keeps_z`` is False.
    slope : callable or None
        ``slope(xp, z, value, *numbers, *learned)``: the derivative by z; a NumPy array may be Boolean. It must be
        neither written to nor kept longer than the value, which it may be itself. None where it is 1 everywhere.
    initializer : str
        The initial weights that keep the variance of what goes through the activation.
    numbers : tuple of str
        Names of its settings: Python floats for arrays, tensors that broadcast with z for tensors.
    learned : tuple of (str, float)
        What is learned for each unit, with first values; given as arrays that broadcast with z.
    learned_slopes : callable or None
        ``learned_slopes(xp, z, value, *numbers, *learned)``: the derivatives by each of these, still row by row.
    keeps_z : bool
        Whether the derivatives need z, so that the value leaves it as it is; without, ``slope`` takes any z, or None.
    """

    value: Callable[..., Any]
    slope: Callable[..., Any] | None
    initializer: str = "he_normal"
    numbers: tuple[str, ...] = ()
    learned: tuple[tuple[str, float], ...] = ()
    learned_slopes: Callable[..., tuple[Any, ...]] | None = None
    keeps_z: bool = True


_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # of the paper's equation 14, to all digits
_SELU_DEPTH = _SELU_ALPHA * _SELU_SCALE
_ROOT_HALF = 0.5**0.5
_NORMAL_PEAK = 1 / math.sqrt(2 * math.pi)  # the standard normal density at 0
_FAR = 40.0  # where that density is 0


def _with_negative(xp: Any, z: Any, negative: Any) -> Any:
    """``z`` above zero and ``negative`` below, which is 0 above; over z."""
    return xp.add(xp.relu(z, out=z), negative, out=z)


def _below_zero(xp: Any, z: Any, factor: Any) -> Any:
    """``factor * z`` below zero, 0 above."""
    negative = xp.minimum(z, 0)
    return xp.multiply(negative, factor, out=negative)


def _exp_below_zero(xp: Any, z: Any, factor: Any) -> Any:
    """``factor * (exp(z) - 1)`` below zero, 0 above."""
    negative = xp.minimum(z, 0)
    negative = xp.expm1(negative, out=negative)
    return xp.multiply(negative, factor, out=negative)


def _logistic_slope(xp: Any, z: Any, value: Any) -> Any:
    slope = xp.subtract(1, value)
    return xp.multiply(slope, value, out=slope)


def _tanh_slope(xp: Any, z: Any, value: Any) -> Any:
    slope = xp.square(value)
    return xp.subtract(1, slope, out=slope)


def _relu_slope(xp: Any, z: Any, value: Any) -> Any:
    """As a factor: a choice becomes stores under a mask in XLA on CPUs, which cost ten times as much."""
    return xp.indicator(value > 0, value)


def _leaky_relu_slope(xp: Any, z: Any, value: Any, slope: Any) -> Any:
    """From the sign without a choice, since the slope lies between 0 and 1."""
    sign = xp.sign(value)
    return xp.maximum(sign, slope, out=sign)


def _prelu(xp: Any, z: Any, slope: Any) -> Any:
    negative = _below_zero(xp, z, slope)
    return xp.add(negative, xp.relu(z), out=negative)


def _selu(xp: Any, z: Any) -> Any:
    negative = _exp_below_zero(xp, z, _SELU_DEPTH)
    z = xp.relu(z, out=z)
    return xp.add(xp.multiply(z, _SELU_SCALE, out=z), negative, out=z)


def _celu(xp: Any, z: Any, alpha: Any) -> Any:
    negative = xp.minimum(z, 0)
    negative = xp.expm1(xp.divide(negative, alpha, out=negative), out=negative)
    return _with_negative(xp, z, xp.multiply(negative, alpha, out=negative))


def _normal_share(xp: Any, z: Any) -> Any:
    """The standard normal distribution function."""
    share = xp.multiply(z, _ROOT_HALF)
    share = xp.add(xp.erf(share, out=share), 1, out=share)
    return xp.multiply(share, 0.5, out=share)


def _gelu_slope(xp: Any, z: Any, value: Any) -> Any:
    near = xp.clip(z, -_FAR, _FAR)  # whose square does not overflow
    return _normal_share(xp, z) + near * (xp.exp(xp.square(near) * -0.5) * _NORMAL_PEAK)


def _silu_slope(xp: Any, z: Any, value: Any) -> Any:
    share = xp.expit(z)
    return share + value * (1 - share)


def _mish_slope(xp: Any, z: Any, value: Any) -> Any:
    factor = xp.tanh(xp.logaddexp(z, 0))
    return factor + (1 - xp.square(factor)) * xp.expit(z) * z


def _softplus_slope(xp: Any, z: Any, value: Any) -> Any:
    """The logistic function of z, ``1 - exp(-value)``."""
    slope = xp.expm1(xp.negative(value))
    return xp.negative(slope, out=slope)


def _log_sigmoid(xp: Any, z: Any) -> Any:
    z = xp.negative(z, out=z)
    return xp.negative(xp.logaddexp(z, 0, out=z), out=z)


def _log_sigmoid_slope(xp: Any, z: Any, value: Any) -> Any:
    """The logistic function of -z, ``1 - exp(value)``."""
    slope = xp.expm1(value)
    return xp.negative(slope, out=slope)


def _hard_sigmoid(xp: Any, z: Any) -> Any:
    return xp.clip(z / 6 + 0.5, 0, 1)


def _between(xp: Any, z: Any, bound: float, slope: float) -> Any:
    """``slope`` from ``-bound`` to ``bound`` with both, 0 outside."""
    return xp.astype(xp.abs(z) <= bound, z.dtype) * slope


def _softsign(xp: Any, z: Any) -> Any:
    size = xp.abs(z)
    return xp.divide(z, xp.add(size, 1, out=size), out=z)


def _squareplus(xp: Any, z: Any) -> Any:
    root = xp.square(z)
    root = xp.sqrt(xp.add(root, 4, out=root), out=root)
    return xp.multiply(xp.add(z, root, out=z), 0.5, out=z)


def _squareplus_slope(xp: Any, z: Any, value: Any) -> Any:
    """The value ``v`` solves ``v - 1 / v = z``, so that the derivative is ``v ** 2 / (v ** 2 + 1)``."""
    square = xp.square(value)
    return square / (square + 1)


def _sparse_plus(xp: Any, z: Any) -> Any:
    return xp.where(z < 1, xp.square(xp.clip(z, -1, 1) + 1) / 4, z)


ACTIVATIONS: dict[str, Activation] = {
    "identity": Activation(lambda xp, z: z, None, "glorot_uniform", keeps_z=False),
    "logistic": Activation(lambda xp, z: xp.expit(z, out=z), _logistic_slope, "glorot_uniform", keeps_z=False),
    "tanh": Activation(lambda xp, z: xp.tanh(z, out=z), _tanh_slope, "glorot_uniform", keeps_z=False),
    "relu": Activation(lambda xp, z: xp.relu(z, out=z), _relu_slope, keeps_z=False),
    # Maas, Hannun & Ng, 2013; the slope lies between 0 and 1
    "leaky_relu": Activation(
        lambda xp, z, slope: _with_negative(xp, z, _below_zero(xp, z, slope)),
        _leaky_relu_slope,
        numbers=("slope",),
        keeps_z=False,
    ),
    # He et al., "Delving deep into rectifiers", 2015: the slope is learned
    "prelu": Activation(
        _prelu,
        lambda xp, z, value, slope: xp.where(z > 0, 1, slope),
        learned=(("slope", 0.25),),
        learned_slopes=lambda xp, z, value, slope: (xp.minimum(z, 0),),
    ),
    # Clevert, Unterthiner & Hochreiter, 2016
    "elu": Activation(
        lambda xp, z, alpha: _with_negative(xp, z, _exp_below_zero(xp, z, alpha)),
        lambda xp, z, value, alpha: xp.where(value > 0, 1, value + alpha),
        numbers=("alpha",),
        keeps_z=False,
    ),
    # Klambauer et al., "Self-normalizing neural networks", 2017
    "selu": Activation(
        _selu,
        lambda xp, z, value: xp.where(value > 0, _SELU_SCALE, value + _SELU_DEPTH),
        "lecun_normal",
        keeps_z=False,
    ),
    # Hendrycks & Gimpel, 2016: z times the normal distribution function
    "gelu": Activation(lambda xp, z: z * _normal_share(xp, z), _gelu_slope),
    # Ramachandran, Zoph & Le, "Swish", 2017
    "silu": Activation(lambda xp, z: z * xp.expit(z), _silu_slope),
    # Misra, 2019
    "mish": Activation(lambda xp, z: z * xp.tanh(xp.logaddexp(z, 0)), _mish_slope),
    "softplus": Activation(lambda xp, z: xp.logaddexp(z, 0, out=z), _softplus_slope, keeps_z=False),
    # Howard et al., "Searching for MobileNetV3", 2019: what is cheap where exp is not
    "hard_sigmoid": Activation(
        _hard_sigmoid, lambda xp, z, value: _between(xp, z, bound=3, slope=1 / 6), "glorot_uniform"
    ),
    "hard_silu": Activation(
        lambda xp, z: z * _hard_sigmoid(xp, z),
        lambda xp, z, value: _hard_sigmoid(xp, z) + z * _between(xp, z, bound=3, slope=1 / 6),
    ),
    "hard_tanh": Activation(
        lambda xp, z: xp.clip(z, -1, 1), lambda xp, z, value: xp.indicator(xp.abs(z) <= 1, z), "glorot_uniform"
    ),
    # Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010
    "relu6": Activation(
        lambda xp, z: xp.clip(z, 0, 6, out=z),
        lambda xp, z, value: xp.indicator((value > 0) & (value < 6), value),
        keeps_z=False,
    ),
    # Barron, "Continuously differentiable exponential linear units", 2017
    "celu": Activation(
        _celu,
        lambda xp, z, value, alpha: xp.minimum(value, 0) / alpha + 1,
        numbers=("alpha",),
        keeps_z=False,
    ),
    # Glorot & Bengio, 2010
    "softsign": Activation(
        _softsign, lambda xp, z, value: xp.square(1 - xp.abs(value)), "glorot_uniform", keeps_z=False
    ),
    "exponential": Activation(
        lambda xp, z: xp.exp(z, out=z), lambda xp, z, value: value, "glorot_uniform", keeps_z=False
    ),
    "log_sigmoid": Activation(_log_sigmoid, _log_sigmoid_slope, keeps_z=False),
    # Barron, "Squareplus: a softplus-like algebraic rectifier", 2021
    "squareplus": Activation(_squareplus, _squareplus_slope, keeps_z=False),
    # McCulloch & Pitts, 1943: of slope 0 everywhere, so that what is below it learns nothing
    "step": Activation(
        lambda xp, z: xp.astype(z >= 0, z.dtype),
        lambda xp, z, value: xp.zeros_like(value),
        "glorot_uniform",
        keeps_z=False,
    ),
    # what wavelets are thresholded by (Donoho & Johnstone, 1994), at 0.5, and the same without a corner
    "hard_shrink": Activation(
        lambda xp, z: xp.multiply(z, xp.indicator(xp.abs(z) > 0.5, z), out=z),
        lambda xp, z, value: xp.indicator(xp.abs(value) > 0, value),
        "glorot_uniform",
        keeps_z=False,
    ),
    "soft_shrink": Activation(
        lambda xp, z: xp.subtract(z, xp.clip(z, -0.5, 0.5), out=z),
        lambda xp, z, value: xp.indicator(xp.abs(value) > 0, value),
        "glorot_uniform",
        keeps_z=False,
    ),
    "tanh_shrink": Activation(
        lambda xp, z: z - xp.tanh(z), lambda xp, z, value: xp.square(xp.tanh(z)), "glorot_uniform"
    ),
    "threshold": Activation(
        lambda xp, z, threshold, default_value: xp.where(z > threshold, z, default_value),
        lambda xp, z, value, threshold, default_value: xp.indicator(z > threshold, z),
        numbers=("threshold", "default_value"),
    ),
    # Martins & Astudillo, "From softmax to sparsemax", 2016: their sparse counterpart of the logistic function for two
    # classes, between 0 and 1, and its integral
    "sparse_sigmoid": Activation(
        lambda xp, z: xp.clip((z + 1) / 2, 0, 1),
        lambda xp, z, value: _between(xp, z, bound=1, slope=0.5),
        "glorot_uniform",
    ),
    "sparse_plus": Activation(_sparse_plus, lambda xp, z, value: xp.sqrt(xp.minimum(value, 1)), keeps_z=False),
}


@dataclass(frozen=True)
class Called:
    """What a user's function of a tensor has in place of a row; of equal functions they are equal.

    On arrays it works by TensorFlow too, on the CPU. TensorFlow differentiates it.
    """

    function: Callable[[Any], Any]
    initializer = "glorot_uniform"
    numbers: tuple[str, ...] = ()
    learned: tuple[tuple[str, float], ...] = ()

    def value(self, xp: Any, z: Any) -> Any:
        """The function of a tensor, or of an array, which stays as it is."""
        if not isinstance(z, np.ndarray):
            return self.function(z)
        from ..runtime.backend import tf
        from ..runtime.devices import on_device

        with on_device("/CPU:0"):
            return self.function(tf.constant(z)).numpy()

    def with_pullback(self, z: Any) -> tuple[Any, Callable[[Any], Any]]:
        """The function of a tensor, and what makes the derivative by z of the one by the value; callable once."""
        from ..runtime.backend import tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(z)
            value = self.function(z)

        def pullback(upstream: Any) -> Any:
            zeros = tf.UnconnectedGradients.ZERO
            return tape.gradient(value, z, output_gradients=upstream, unconnected_gradients=zeros)

        return value, pullback


def row_of(activation: str | Callable[[Any], Any]) -> Activation | Called:
    """The row of a name, or what a function has in its place."""
    return ACTIVATIONS[activation] if isinstance(activation, str) else Called(activation)


def number_names(activations: Sequence[str | Callable]) -> tuple[tuple[str, ...], ...]:
    """What the numbers of each hidden layer's activation are called in a program: with the layer, from 1."""
    return tuple(
        scoped_names(f"activation_{layer}", row_of(activation).numbers)
        for layer, activation in enumerate(activations, start=1)
    )
