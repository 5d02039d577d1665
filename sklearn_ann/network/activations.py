"""The table of activation functions, each for NumPy arrays (in place) and for TensorFlow tensors.

The derivative comes from TensorFlow's own gradients; ``relu`` has derivative 0 at 0, as in scikit-learn.
To add one: a row here, a test against an independent formula, a line in the docs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit

__all__ = ["ACTIVATIONS", "Activation"]


class Activation(NamedTuple):
    """One activation: ``array(z)`` works in place and returns z; ``tensor(tf, z)`` returns a new tensor."""

    array: Callable[[np.ndarray], np.ndarray]
    tensor: Callable[[Any, Any], Any]


ACTIVATIONS: dict[str, Activation] = {
    "identity": Activation(lambda z: z, lambda tf, z: z),
    "logistic": Activation(lambda z: expit(z, out=z), lambda tf, z: tf.sigmoid(z)),
    "tanh": Activation(lambda z: np.tanh(z, out=z), lambda tf, z: tf.tanh(z)),
    "relu": Activation(lambda z: np.maximum(z, 0, out=z), lambda tf, z: tf.nn.relu(z)),
}
