"""The layers of a Keras model as arrays and activations.

Comes in: a Sequential model of Dense layers. Goes out: what a multilayer perceptron is made of; nothing is trained.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from ..activations import ACTIVATIONS, ALIASES, ELU, Activation, ActivationFunction, LeakyReLU

__all__ = ["dense_layers"]

_PASSED_OVER = (keras.layers.InputLayer, keras.layers.Dropout)  # which change no prediction
# By Keras' name, with the settings that its functions have by default where our classes have others or no name there.
_ACTIVATIONS = {"elu": ELU(1.0), "leaky_relu": LeakyReLU(0.2)}


def dense_layers(model: keras.Model) -> tuple[list[np.ndarray], list[np.ndarray], list[Activation]]:
    """Weights and intercepts of every Dense layer, and the activations of all but the last, which is the output.

    Parameters
    ----------
    model : keras.Sequential
        Of Dense layers, with Activation and Dropout layers between them if you like.

    Raises
    ------
    ValueError
        If it is another model, or has not been built.
    """
    coefs, intercepts, activations = [], [], []
    if not isinstance(model, keras.Sequential) or not model.built:
        raise ValueError(
            f"A Keras model as base must be a Sequential one that has been built, got {model!r}; pass "
            "keras.Sequential([...]) with a keras.Input at its beginning."
        )
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            coefs.append(np.array(layer.kernel))
            bias = layer.bias if layer.use_bias else np.zeros(layer.units, dtype=coefs[-1].dtype)
            intercepts.append(np.array(bias))
            activations.append(_activation(layer.activation))
        elif isinstance(layer, keras.layers.Activation) and activations and activations[-1].name == "identity":
            activations[-1] = _activation(layer.activation)
        elif not isinstance(layer, _PASSED_OVER):
            raise ValueError(
                "A Keras model as base must have Dense, Activation and Dropout layers only, got the layer "
                f"{layer.name!r} of class {type(layer).__name__}; build a Sequential model of the others."
            )
    if not coefs:
        raise ValueError(f"A Keras model as base must have Dense layers, got {model!r} without; add some.")
    return coefs, intercepts, activations[:-1]


def _activation(function: Any) -> Activation:
    name = getattr(function, "__name__", None)
    if function is not getattr(keras.activations, str(name), None):
        return ActivationFunction(function)
    if name in _ACTIVATIONS:
        return _ACTIVATIONS[name]
    kind = ACTIVATIONS.get(ALIASES.get(name, name))
    return kind() if isinstance(kind, type) and kind.keras_name == name else ActivationFunction(function)
