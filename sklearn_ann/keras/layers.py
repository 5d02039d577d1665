"""The layers of a Keras model as arrays and activations.

Comes in: a model that is a chain of Dense layers. Goes out: what a multilayer perceptron is made of.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from ..activations import ACTIVATIONS, ALIASES, ELU, Activation, ActivationFunction, Identity, LeakyReLU, ReLU, ReLU6

__all__ = ["dense_layers"]

_SUBJECT = "A Keras model to take layers from"
_PASSED_OVER = (keras.layers.InputLayer, keras.layers.Dropout)  # which change no prediction
# By Keras' name, with the settings that its functions have by default where our classes have others or no name there.
_ACTIVATIONS = {"elu": ELU(1.0), "leaky_relu": LeakyReLU(0.2)}
_ACTIVATION_LAYERS = (
    keras.layers.Activation,
    keras.layers.ELU,
    keras.layers.LeakyReLU,
    keras.layers.ReLU,
    keras.layers.Softmax,
)


def dense_layers(model: keras.Model) -> tuple[list[np.ndarray], list[np.ndarray], list[Activation]]:
    """Weights, intercepts and activation of every Dense layer; the last one is the output.

    Parameters
    ----------
    model : keras.Model
        Sequential or functional, a chain of Dense layers, with Dropout, Activation, ReLU, LeakyReLU, ELU and Softmax
        layers between them if you like; such models may stand in it as layers.

    Raises
    ------
    ValueError
        If it is another model, or has not been built.
    """
    coefs, intercepts, activations = [], [], []
    chain = list(_chain(model))
    if any(chain.count(layer) > 1 for layer in chain):
        raise _no_chain(model, "one that calls a layer twice")
    if len(shape := model.inputs[0].shape) != 2:
        raise _no_chain(model, f"one whose rows have the shape {tuple(shape[1:])} and not (n_features,)")
    for layer in chain:
        if _is(layer, keras.layers.Dense):
            if layer.quantization_mode is not None:
                raise ValueError(
                    f"{_SUBJECT} must not be quantized, got the layer {layer.name!r} with "
                    f"{layer.quantization_mode} weights; pass the model from before quantize()."
                )
            coefs.append(_as_floats(layer.kernel))
            bias = layer.bias if layer.use_bias else np.zeros(layer.units, dtype=coefs[-1].dtype)
            intercepts.append(_as_floats(bias))
            activations.append(_activation(layer.activation, coefs[-1].shape[1]))
        elif _is(layer, _ACTIVATION_LAYERS) and activations and isinstance(activations[-1], Identity):
            activations[-1] = _activation(layer, coefs[-1].shape[1])
        elif not _is(layer, _PASSED_OVER):
            raise ValueError(
                f"{_SUBJECT} must have Dense, Dropout, Activation, ReLU, LeakyReLU, ELU and Softmax layers only, and "
                f"one activation for each Dense layer, got the layer {layer.name!r} of class {type(layer).__name__}; "
                "pass a Sequential model of the others as base, or put this one into a KerasClassifier or "
                "KerasRegressor to predict with it."
            )
    if not coefs:
        raise ValueError(f"{_SUBJECT} must have Dense layers, got {model!r} without; add some.")
    return coefs, intercepts, activations


def _is(layer: Any, kind: Any) -> bool:
    """Whether a layer is of a class of Keras, or of one derived from it that computes the same."""
    return isinstance(layer, kind) and type(layer).call.__module__.partition(".")[0] == "keras"


def _as_floats(variable: Any) -> np.ndarray:
    array = np.array(variable)
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float32)  # half precision, exactly


def _chain(model: keras.Model) -> Iterator[Any]:
    """The layers of a model from its input to its output, those of models in it in their place."""
    if not _is(model, keras.Model):
        raise _no_chain(model, "a subclassed one")
    if isinstance(model, keras.Sequential):
        if not model.built:
            raise _no_chain(model, "one that has not been built")
        layers = model.layers
    else:
        layers = _functional_layers(model)
    for layer in layers:
        if isinstance(layer, keras.Model):
            yield from _chain(layer)
        else:
            yield layer


def _functional_layers(model: Any) -> list[Any]:
    """The layers of a functional model, followed from the output."""
    inputs, outputs = (getattr(model, name, None) or () for name in ("inputs", "outputs"))
    if not inputs or not outputs:
        raise _no_chain(model, "a subclassed one")
    if len(inputs) > 1 or len(outputs) > 1:
        raise _no_chain(model, f"one with {len(inputs)} inputs and {len(outputs)} outputs")
    layers: list[Any] = []
    (tensor,) = outputs
    while tensor is not inputs[0]:
        layer, node, _ = tensor._keras_history
        tensors = layer._inbound_nodes[node].input_tensors
        if len(tensors) != 1:
            raise _no_chain(model, f"one whose layer {layer.name!r} takes {len(tensors)} tensors")
        layers.insert(0, layer)
        (tensor,) = tensors
    return layers


def _no_chain(model: Any, got: str) -> ValueError:
    return ValueError(
        f"{_SUBJECT} must be a Sequential or functional one that has been built, a chain of layers from one input to "
        f"one output with each layer called once, got {model!r}, {got}; pass keras.Sequential([...]) of these layers, "
        "with a keras.Input at its beginning."
    )


def _activation(function: Any, n_units: int) -> Activation:
    """The activation of a function or a layer of Keras."""
    if _is(function, keras.layers.Activation):
        function = function.activation
    if isinstance(function, keras.Layer):
        function(np.zeros((1, n_units)))  # which makes its weights, if it has any
    if getattr(function, "weights", None):  # they would stay those of the Keras model
        raise ValueError(
            f"{_SUBJECT} must have activations without weights of their own, got {function!r}; use another activation, "
            "or put the model into a KerasClassifier or KerasRegressor to predict with it."
        )
    if _is(function, _ACTIVATION_LAYERS):
        function = _without_layer(function)
    name = getattr(function, "__name__", None)
    if isinstance(function, Activation):
        return function
    if function is not getattr(keras.activations, str(name), None):
        return ActivationFunction(function)
    if name in _ACTIVATIONS:
        return _ACTIVATIONS[name]
    kind = ACTIVATIONS.get(ALIASES.get(name, name))
    return kind() if isinstance(kind, type) and kind.keras_name == name else ActivationFunction(function)


def _without_layer(layer: Any) -> Any:
    """An activation layer as an activation or a function of Keras; the layer itself if it is neither."""
    match layer:
        case keras.layers.Softmax(axis=-1 | 1):
            return keras.activations.softmax
        case keras.layers.ELU(alpha=alpha) if alpha > 0:
            return ELU(float(alpha))
        case keras.layers.LeakyReLU(negative_slope=slope) if 0 <= slope <= 1:
            return LeakyReLU(float(slope))
        case keras.layers.ReLU(negative_slope=0, max_value=None, threshold=0):
            return ReLU()
        case keras.layers.ReLU(negative_slope=0, max_value=6, threshold=0):
            return ReLU6()
        case keras.layers.ReLU(negative_slope=slope, max_value=None, threshold=0) if 0 <= slope <= 1:
            return LeakyReLU(float(slope))
    return layer
