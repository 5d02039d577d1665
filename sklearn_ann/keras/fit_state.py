"""Identity and state of a Keras model's fit, for checkpoints: to a document and arrays, and back.

Comes in: a built and compiled model with its optimizer, Keras' callbacks and the generator of orders. Goes out: a
document and arrays that hold no code; or the same objects, put back to where a document was made. Metrics are not
among them, since every epoch begins them anew. Not reached: what layers and callbacks of the user's own keep outside
of variables, numbers, text and arrays, and Keras' global generator.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from sklearn.base import BaseEstimator

from ..fitting.resuming import digest_of, identity_of, printed
from ..persistence.archive import ARRAY_KINDS
from ..persistence.values import NotStorable, Reader, Writer

__all__ = ["identity_of_fit", "restore_state", "state_of"]

_OF_NO_CONSEQUENCE = {"verbose", "warm_start", "build_fn", "epochs", "fit__epochs", "validation_batch_size"}
_DATA = {"sample_weight", "validation_data"}
_OF_EVERY_CALLBACK = {"_model", "params", "validation_data"}
_WRITERS = (keras.callbacks.CSVLogger, keras.callbacks.TensorBoard)  # whose state is about the files that they find


def identity_of_fit(estimator: BaseEstimator, x: Any, y: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a document that tells whose checkpoint it is.

    Parameters
    ----------
    estimator : KerasClassifier or KerasRegressor
        With a built model in ``model_``.
    x, y : array or tree of them
        As the model takes them.
    arguments : dict
        Of ``Model.fit``.

    Returns
    -------
    dict
        Of the form of :func:`~sklearn_ann.fitting.resuming.identity_of`; ``max_iter`` is the number of epochs.
    """
    parameters = estimator.get_params(deep=False) | {name: arguments[name] for name in arguments.keys() - _DATA}
    parameters["random_state"] = estimator._random_state
    described = {name: printed(_described(parameters[name])) for name in parameters.keys() - _OF_NO_CONSEQUENCE}
    described["model"] += f" ({network_digest(estimator.model_)})"
    described["max_iter"] = str(arguments["epochs"] - arguments["initial_epoch"])
    data = keras.tree.flatten([x, y, *(arguments.get(name) for name in sorted(_DATA))])
    return identity_of(estimator, digest_of(*data)) | {"parameters": described}


def network_digest(model: keras.Model) -> str:
    """A digest of a built model's layers, their settings, and what it was compiled with; names do not count.

    A layer or a loss of the user's own is told by its class and its configuration, not by its code.
    """
    parts = [_unnamed(_config(model), {})]
    parts += [[type(layer).__name__, [str(v.shape) + v.dtype for v in layer.weights]] for layer in model.layers]
    content = json.dumps(parts, sort_keys=True, default=printed)
    return hashlib.blake2b(content.encode(), digest_size=4).hexdigest()


def _config(value: Any) -> Any:
    try:
        return keras.saving.serialize_keras_object(value)
    except Exception:  # whatever a class of the user's own does; Keras asks each for its configuration
        return type(value).__name__


def _described(value: Any) -> Any:
    """A parameter with Keras' objects as their configurations."""
    if isinstance(value, list | tuple):
        return [_described(each) for each in value]
    if isinstance(value, dict):
        return {name: _described(each) for name, each in value.items()}
    if isinstance(value, keras.Model):
        return type(value).__name__
    if isinstance(value, keras.callbacks.Callback):
        return {type(value).__name__: {name: _described(each) for name, each in _settings_of(value).items()}}
    if isinstance(value, keras.Optimizer | keras.losses.Loss | keras.metrics.Metric):
        return _unnamed(_config(value), {})
    return value


def _unnamed(config: Any, numbers: dict[str, int]) -> Any:
    """A configuration with numbers for the names of objects, which Keras counts up within a process."""
    if isinstance(config, dict):
        return {
            key: numbers.setdefault(value, len(numbers))
            if key == "name" and isinstance(value, str)
            else _unnamed(value, numbers)
            for key, value in config.items()
        }
    if isinstance(config, list | tuple):
        is_tensor = (
            len(config) == 3 and isinstance(config[0], str) and all(isinstance(each, int) for each in config[1:])
        )
        if is_tensor:  # a layer's name, its call and its output
            return [numbers.setdefault(config[0], len(numbers)), *config[1:]]
        return [_unnamed(each, numbers) for each in config]
    return config


def state_of(
    model: keras.Model,
    callbacks: list[keras.callbacks.Callback],
    generator: np.random.RandomState,
    others: Mapping[str, Any],
) -> tuple[Any, dict[str, np.ndarray]]:
    """The state of a fit after an epoch as a document and arrays, which share nothing with it.

    Parameters
    ----------
    model : keras.Model
    callbacks : list of keras.callbacks.Callback
    generator : RandomState
        Of the orders of rows.
    others : dict
        More to write, of what :class:`~sklearn_ann.persistence.values.Writer` takes.
    """
    writer = Writer({})
    document = writer.write(
        {
            **others,
            "variables": [_storable(variable) for variable in _variables(model)],
            "generator": generator,
            "callbacks": [_state_of_callback(callback) for callback in callbacks],
        }
    )
    return document, {name: np.array(array) for name, array in writer.arrays.items()}


def restore_state(
    model: keras.Model,
    callbacks: list[keras.callbacks.Callback],
    generator: np.random.RandomState,
    document: Any,
    arrays: Mapping[str, np.ndarray],
) -> dict[str, Any]:
    """Put a fit that has begun back to where :func:`state_of` found it; what else was written comes back.

    Raises
    ------
    ValueError
        If the document is not of such a fit; nothing has been changed then.
    """
    try:
        state = Reader({name: array.copy() for name, array in arrays.items()}, {}).read(document)
        variables = _variables(model)
        shapes = [tuple(variable.shape) for variable in variables], [array.shape for array in state["variables"]]
        if shapes[0] != shapes[1] or len(state["callbacks"]) != len(callbacks):
            raise ValueError("it has other variables or callbacks")
        place = state.pop("generator").get_state()
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ValueError(
            f"resume must lead to a whole checkpoint of this fit, got one that does not fit the network ({error}); "
            "leave resume out to begin anew."
        ) from error
    for variable, array in zip(variables, state.pop("variables"), strict=True):
        variable.assign(array)
    for callback, attributes in zip(callbacks, state.pop("callbacks"), strict=True):
        vars(callback).update(attributes)
    generator.set_state(place)
    return state


def _variables(model: keras.Model) -> list[Any]:
    """Weights, state of layers (the seeds of random ones too), and state of the optimizer."""
    return [*model.variables, *model.optimizer.variables]


def _storable(variable: Any) -> np.ndarray:
    array = np.asarray(variable)
    return array if array.dtype.kind in ARRAY_KINDS else array.astype(np.float32)  # bfloat16, exactly


def _settings_of(callback: keras.callbacks.Callback) -> dict[str, Any]:
    """The arguments of a callback's constructor, as far as it keeps them."""
    names = inspect.signature(type(callback)).parameters
    return {name: value for name, value in vars(callback).items() if name in names}


def _state_of_callback(callback: keras.callbacks.Callback) -> dict[str, Any]:
    """Attributes of numbers, text and arrays that are not settings."""
    if isinstance(callback, _WRITERS):
        return {}
    others = vars(callback).keys() - _OF_EVERY_CALLBACK - _settings_of(callback).keys()
    return {name: vars(callback)[name] for name in sorted(others) if _is_storable(vars(callback)[name])}


def _is_storable(value: Any) -> bool:
    try:
        Writer({}).write(value)
    except NotStorable:
        return False
    return True
