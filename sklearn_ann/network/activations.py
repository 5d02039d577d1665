"""The table of activation functions, each for NumPy arrays (in place) and for TensorFlow tensors; users' own functions.

The derivative comes from TensorFlow's own gradients; ``relu`` has derivative 0 at 0, as in scikit-learn.
To add one: a row here, a test against an independent formula, a line in the docs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.special import erf, expit

__all__ = ["ACTIVATIONS", "Activation", "Called", "number_names", "row_of"]


class Activation(NamedTuple):
    """One activation: ``array(z)`` works in place and returns z; ``tensor(tf, z)`` returns a new tensor.

    ``initializer`` names the initial weights that keep the variance of what goes through it. ``numbers`` names what the
    functions take besides, in that order: floats for arrays, tensors of the dtype and rank of z for tensors.
    ``learned`` names what the gradient learns for each unit, with first values: arrays ``(units,)``, after the numbers.
    """

    array: Callable[..., np.ndarray]
    tensor: Callable[..., Any]
    initializer: str = "he_normal"
    numbers: tuple[str, ...] = ()
    learned: tuple[tuple[str, float], ...] = ()


_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # of the paper's equation 14, to all digits
_ROOT_HALF = 0.5**0.5


def _times(z: np.ndarray, factor: np.ndarray | float) -> np.ndarray:
    return np.multiply(z, factor, out=z)


def _leaky_relu(z: np.ndarray, slope: float | np.ndarray) -> np.ndarray:
    negative = slope * np.minimum(z, 0)
    return np.add(np.maximum(z, 0, out=z), negative, out=z)


def _elu(z: np.ndarray, alpha: float) -> np.ndarray:
    negative = alpha * np.expm1(np.minimum(z, 0))
    return np.add(np.maximum(z, 0, out=z), negative, out=z)


def _selu(z: np.ndarray) -> np.ndarray:
    negative = _SELU_ALPHA * np.expm1(np.minimum(z, 0))
    return _times(np.add(np.maximum(z, 0, out=z), negative, out=z), _SELU_SCALE)


def _step(z: np.ndarray) -> np.ndarray:
    z[...] = z >= 0
    return z


def _celu(z: np.ndarray, alpha: float) -> np.ndarray:
    negative = alpha * np.expm1(np.minimum(z, 0) / alpha)
    return np.add(np.maximum(z, 0, out=z), negative, out=z)


def _log_sigmoid(z: np.ndarray) -> np.ndarray:
    np.logaddexp(np.negative(z, out=z), 0, out=z)
    return np.negative(z, out=z)


def _hard_sigmoid(z: np.ndarray) -> np.ndarray:
    return np.clip(z / 6 + 0.5, 0, 1)


def _relu_tensor(tf: Any, z: Any) -> Any:
    """Its derivative as a factor: TensorFlow's choice becomes stores under a mask, which cost ten times as much."""

    @tf.custom_gradient
    def relu(z: Any) -> tuple[Any, Callable[[Any], Any]]:
        value = tf.nn.relu(z)
        return value, lambda upstream: upstream * tf.sign(value)

    return relu(z)


def _constant(tf: Any, value: float, z: Any) -> Any:
    return tf.constant(value, z.dtype)  # a cast would round it to float32 first


def _clipped(tf: Any, z: Any, low: float, high: float) -> Any:
    return tf.clip_by_value(z, _constant(tf, low, z), _constant(tf, high, z))


def _hard_sigmoid_tensor(tf: Any, z: Any) -> Any:
    return _clipped(tf, z / 6 + _constant(tf, 0.5, z), 0, 1)


def _celu_tensor(tf: Any, z: Any, alpha: Any) -> Any:
    return tf.where(z > 0, z, alpha * tf.math.expm1(tf.minimum(z, _constant(tf, 0, z)) / alpha))


def _sparse_plus_tensor(tf: Any, z: Any) -> Any:
    return tf.where(z < 1, tf.square(tf.maximum(z, _constant(tf, -1, z)) + 1) / 4, z)


ACTIVATIONS: dict[str, Activation] = {
    "identity": Activation(lambda z: z, lambda tf, z: z, "glorot_uniform"),
    "logistic": Activation(lambda z: expit(z, out=z), lambda tf, z: tf.sigmoid(z), "glorot_uniform"),
    "tanh": Activation(lambda z: np.tanh(z, out=z), lambda tf, z: tf.tanh(z), "glorot_uniform"),
    "relu": Activation(lambda z: np.maximum(z, 0, out=z), _relu_tensor),
    # Maas, Hannun & Ng, 2013
    "leaky_relu": Activation(_leaky_relu, lambda tf, z, slope: tf.where(z > 0, z, slope * z), numbers=("slope",)),
    # He et al., "Delving deep into rectifiers", 2015: the slope is learned
    "prelu": Activation(_leaky_relu, lambda tf, z, slope: tf.where(z > 0, z, slope * z), learned=(("slope", 0.25),)),
    # Clevert, Unterthiner & Hochreiter, 2016
    "elu": Activation(_elu, lambda tf, z, alpha: tf.where(z > 0, z, alpha * tf.nn.elu(z)), numbers=("alpha",)),
    # Klambauer et al., "Self-normalizing neural networks", 2017
    "selu": Activation(_selu, lambda tf, z: tf.nn.selu(z), "lecun_normal"),
    # Hendrycks & Gimpel, 2016: z times the normal distribution function
    "gelu": Activation(
        lambda z: _times(z, 0.5 * (1 + erf(z * _ROOT_HALF))),
        lambda tf, z: z * _constant(tf, 0.5, z) * (1 + tf.math.erf(z * _constant(tf, _ROOT_HALF, z))),
    ),
    # Ramachandran, Zoph & Le, "Swish", 2017
    "silu": Activation(lambda z: _times(z, expit(z)), lambda tf, z: z * tf.sigmoid(z)),
    # Misra, 2019
    "mish": Activation(lambda z: _times(z, np.tanh(np.logaddexp(z, 0))), lambda tf, z: z * tf.tanh(tf.nn.softplus(z))),
    "softplus": Activation(lambda z: np.logaddexp(z, 0, out=z), lambda tf, z: tf.nn.softplus(z)),
    # Howard et al., "Searching for MobileNetV3", 2019: what is cheap where exp is not
    "hard_sigmoid": Activation(_hard_sigmoid, _hard_sigmoid_tensor, "glorot_uniform"),
    "hard_silu": Activation(lambda z: _times(z, _hard_sigmoid(z)), lambda tf, z: z * _hard_sigmoid_tensor(tf, z)),
    "hard_tanh": Activation(lambda z: np.clip(z, -1, 1, out=z), lambda tf, z: _clipped(tf, z, -1, 1), "glorot_uniform"),
    # Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010
    "relu6": Activation(lambda z: np.clip(z, 0, 6, out=z), lambda tf, z: tf.nn.relu6(z)),
    # Barron, "Continuously differentiable exponential linear units", 2017
    "celu": Activation(_celu, _celu_tensor, numbers=("alpha",)),
    # Glorot & Bengio, 2010
    "softsign": Activation(lambda z: _times(z, 1 / (1 + np.abs(z))), lambda tf, z: tf.nn.softsign(z), "glorot_uniform"),
    "exponential": Activation(lambda z: np.exp(z, out=z), lambda tf, z: tf.exp(z), "glorot_uniform"),
    "log_sigmoid": Activation(_log_sigmoid, lambda tf, z: -tf.nn.softplus(-z)),
    # Barron, "Squareplus: a softplus-like algebraic rectifier", 2021
    "squareplus": Activation(
        lambda z: (z + np.sqrt(np.square(z) + 4)) / 2, lambda tf, z: (z + tf.sqrt(tf.square(z) + 4)) / 2
    ),
    # McCulloch & Pitts, 1943: of slope 0 everywhere, so that what is below it learns nothing
    "step": Activation(_step, lambda tf, z: tf.cast(z >= 0, z.dtype), "glorot_uniform"),
    # what wavelets are thresholded by (Donoho & Johnstone, 1994), at 0.5, and the same without a corner
    "hard_shrink": Activation(
        lambda z: _times(z, np.abs(z) > 0.5),
        lambda tf, z: tf.where(tf.abs(z) > 0.5, z, tf.zeros_like(z)),
        "glorot_uniform",
    ),
    "soft_shrink": Activation(
        lambda z: z - np.clip(z, -0.5, 0.5), lambda tf, z: z - _clipped(tf, z, -0.5, 0.5), "glorot_uniform"
    ),
    "tanh_shrink": Activation(lambda z: z - np.tanh(z), lambda tf, z: z - tf.tanh(z), "glorot_uniform"),
    "threshold": Activation(
        lambda z, threshold, default_value: np.where(z > threshold, z, z.dtype.type(default_value)),
        lambda tf, z, threshold, default_value: tf.where(z > threshold, z, default_value),
        numbers=("threshold", "default_value"),
    ),
    # Martins & Astudillo, "From softmax to sparsemax", 2016: their sparse counterpart of the logistic function for two
    # classes, between 0 and 1, and its integral
    "sparse_sigmoid": Activation(
        lambda z: np.clip((z + 1) / 2, 0, 1), lambda tf, z: _clipped(tf, (z + 1) / 2, 0, 1), "glorot_uniform"
    ),
    "sparse_plus": Activation(lambda z: np.where(z < 1, np.square(np.maximum(z, -1) + 1) / 4, z), _sparse_plus_tensor),
}


@dataclass(frozen=True)
class Called:
    """What a user's function of a tensor has in place of a row; of equal functions they are equal.

    On arrays it works by TensorFlow too, on the CPU.
    """

    function: Callable[[Any], Any]
    initializer = "glorot_uniform"
    numbers: tuple[str, ...] = ()
    learned: tuple[tuple[str, float], ...] = ()

    def array(self, z: np.ndarray) -> np.ndarray:
        """The function of an array, which stays as it is."""
        from .backend import tf
        from .devices import on_device

        with on_device("/CPU:0"):
            return self.function(tf.constant(z)).numpy()

    def tensor(self, tf: Any, z: Any) -> Any:
        """The function itself."""
        return self.function(z)


def row_of(activation: str | Callable[[Any], Any]) -> Activation | Called:
    """The row of a name, or what a function has in its place."""
    return ACTIVATIONS[activation] if isinstance(activation, str) else Called(activation)


def number_names(activations: Sequence[str | Callable]) -> tuple[tuple[str, ...], ...]:
    """What the numbers of each hidden layer's activation are called in a program: with the layer, from 1."""
    return tuple(
        tuple(f"{number}_{layer}" for number in row_of(activation).numbers)
        for layer, activation in enumerate(activations, start=1)
    )
