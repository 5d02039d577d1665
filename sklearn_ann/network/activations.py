"""The table of activation functions, each for NumPy arrays (in place) and for TensorFlow tensors.

The derivative comes from TensorFlow's own gradients; ``relu`` has derivative 0 at 0, as in scikit-learn.
To add one: a row here, a test against an independent formula, a line in the docs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import erf, expit

__all__ = ["ACTIVATIONS", "Activation", "number_names"]


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


def _hard_sigmoid(z: np.ndarray) -> np.ndarray:
    return np.clip(z / 6 + 0.5, 0, 1)


def _constant(tf: Any, value: float, z: Any) -> Any:
    return tf.constant(value, z.dtype)  # a cast would round it to float32 first


def _clipped(tf: Any, z: Any, low: float, high: float) -> Any:
    return tf.clip_by_value(z, _constant(tf, low, z), _constant(tf, high, z))


def _hard_sigmoid_tensor(tf: Any, z: Any) -> Any:
    return _clipped(tf, z / 6 + _constant(tf, 0.5, z), 0, 1)


ACTIVATIONS: dict[str, Activation] = {
    "identity": Activation(lambda z: z, lambda tf, z: z, "glorot_uniform"),
    "logistic": Activation(lambda z: expit(z, out=z), lambda tf, z: tf.sigmoid(z), "glorot_uniform"),
    "tanh": Activation(lambda z: np.tanh(z, out=z), lambda tf, z: tf.tanh(z), "glorot_uniform"),
    "relu": Activation(lambda z: np.maximum(z, 0, out=z), lambda tf, z: tf.nn.relu(z)),
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
}


def number_names(activations: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """What the numbers of each hidden layer's activation are called in a program: with the layer, from 1."""
    return tuple(
        tuple(f"{number}_{layer}" for number in ACTIVATIONS[name].numbers)
        for layer, name in enumerate(activations, start=1)
    )
