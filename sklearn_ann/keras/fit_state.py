"""Identity and state of a Keras model's fit, for checkpoints: to a document and arrays, and back.

Comes in: a built and compiled model with its optimizer, Keras' callbacks and the generator of orders. Goes out: a
document and arrays that hold no code; or the same objects, put back to where a document was made. Metrics are not
among them, since every epoch begins them anew. Not reached: what models, layers and callbacks of the user's own keep
outside of variables, and callbacks outside of numbers, text and arrays; and Keras' global generator.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
from sklearn.base import BaseEstimator

from ..fitting.resuming import digest_of, identity_of, printed
from ..fitting.storage_checks import CHECK_ERRORS, require
from ..persistence.archive import ARRAY_KINDS
from ..persistence.description import unnamed
from ..persistence.values import NotStorable, Reader, Writer, record
from ..runtime.backend import tf

__all__ = ["KerasState", "identity_of_fit", "network_digest", "restore", "state_of", "written"]

_OF_NO_CONSEQUENCE = {"verbose", "warm_start", "build_fn", "epochs", "fit__epochs", "validation_batch_size"}
_DATA = {"sample_weight", "validation_data"}
_OF_EVERY_CALLBACK = {"_model", "params", "validation_data"}
_WRITERS = (keras.callbacks.CSVLogger, keras.callbacks.TensorBoard)  # whose state is about the files that they find


class KerasState(NamedTuple):
    """A fit of a Keras model after an epoch.

    Attributes
    ----------
    variables : list of ndarray
        Of the model and its optimizers.
    optimized : list of list of int
        Of each optimizer, the numbers of the model's variables that it trains; none as long as it is not built.
    callbacks : list of dict
        Attributes of each of Keras' callbacks.
    generator : RandomState
        Of the orders of rows.
    history : dict of str to list
        By Keras' names, of all epochs.
    columns, recorded : dict of str to list of float
        The same by the names of ``history_``, numbers only, and what callbacks have recorded.
    n_done : int
        Epochs so far.
    seconds : float
        Of training so far.
    is_stopped : bool
        Whether a callback of Keras has ended the training.
    """

    variables: list[np.ndarray]
    optimized: list[list[int]]
    callbacks: list[dict[str, Any]]
    generator: np.random.RandomState
    history: dict[str, list[Any]]
    columns: dict[str, list[float]]
    recorded: dict[str, list[float]]
    n_done: int
    seconds: float
    is_stopped: bool


_TABLE = {"KerasState": record(KerasState)}


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
    described["model"] = f"{described.get('model')} ({network_digest(estimator.model_)})"
    described["max_iter"] = str(arguments["epochs"] - arguments["initial_epoch"])
    data = keras.tree.flatten([x, y, *(arguments.get(name) for name in sorted(_DATA))])
    return identity_of(estimator, digest_of(*data)) | {"parameters": described}


def network_digest(model: keras.Model) -> str:
    """A digest of a built model's layers, their settings, and what it was compiled with; names do not count.

    A layer or a loss of the user's own is told by its class and its configuration, not by its code.
    """
    parts = [unnamed(_config(model), {})]
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
        settings = _settings_of(value)
        if isinstance(value, keras.callbacks.EarlyStopping | keras.callbacks.ReduceLROnPlateau):
            settings["min_delta"] = abs(value.min_delta)  # Keras turns its sign when it begins to monitor
        return {type(value).__name__: _described(settings)}
    if isinstance(value, keras.Optimizer | keras.metrics.Metric):
        return unnamed(_config(value), {})
    return value


def state_of(
    model: keras.Model,
    callbacks: list[keras.callbacks.Callback],
    generator: np.random.RandomState,
    **progress: Any,
) -> KerasState:
    """The state of a fit after an epoch; ``progress`` is the rest of it, see :class:`KerasState`."""
    return KerasState(
        variables=[_storable(variable) for variable in _variables(model)],
        optimized=_optimized(model),
        callbacks=[_state_of_callback(callback) for callback in callbacks],
        generator=generator,
        **progress,
    )


def written(state: KerasState) -> tuple[Any, dict[str, np.ndarray]]:
    """A state as a document and arrays, which share nothing with the fit."""
    writer = Writer(_TABLE)
    document = writer.write(state)
    return document, {name: np.array(array) for name, array in writer.arrays.items()}


def restore(
    document: Any,
    arrays: Mapping[str, np.ndarray],
    model: keras.Model,
    callbacks: list[keras.callbacks.Callback],
    generator: np.random.RandomState,
) -> KerasState:
    """Put a fit that has begun back to where :func:`written` found it.

    Raises
    ------
    ValueError
        If it is not the state of such a fit; nothing has been changed then.
    """
    try:
        state: KerasState = Reader({name: array.copy() for name, array in arrays.items()}, _TABLE).read(document)
        require("state", isinstance(state, KerasState))
        _build_optimizers(model, state.optimized)
        variables = _variables(model)
        _check(state, variables, callbacks)
    except CHECK_ERRORS as error:
        raise ValueError(
            f"resume must lead to a whole checkpoint of this fit, got one whose state is not of such a fit ({error}); "
            "leave resume out to begin anew."
        ) from error
    for variable, array in zip(variables, state.variables, strict=True):
        variable.assign(array)
    for callback, attributes in zip(callbacks, state.callbacks, strict=True):
        vars(callback).update(attributes)
    generator.set_state(state.generator.get_state())
    return state


def _check(state: Any, variables: list[Any], callbacks: list[keras.callbacks.Callback]) -> None:
    """Raise one of CHECK_ERRORS unless a state is of a fit with such variables and callbacks."""
    require("number of variables", len(state.variables) == len(variables))
    for variable, array in zip(variables, state.variables, strict=True):
        require(variable.name, array.shape == tuple(variable.shape) and array.dtype.kind in "biuf")
    require("number of callbacks", len(state.callbacks) == len(callbacks))
    for callback, attributes in zip(callbacks, state.callbacks, strict=True):
        require(type(callback).__name__, not attributes.keys() & (_OF_EVERY_CALLBACK | _settings_of(callback).keys()))
    columns = {**state.columns, **state.recorded}
    require("n_done", state.n_done >= 0 and "loss" in state.columns)
    require("columns", all(len(column) == state.n_done for column in columns.values()))


def _variables(model: keras.Model) -> list[Any]:
    """Weights, state of layers (the seeds of random ones too), TensorFlow's own variables, and state of optimizers."""
    optimizers = [variable for optimizer in _optimizers(model) for variable in optimizer.variables]
    return [*model.variables, *_attributes(model, tf.Variable), *optimizers]


def _optimizers(model: keras.Model) -> list[keras.Optimizer]:
    """The optimizer of a model, and those that a ``train_step`` of the user's own may have besides."""
    return _attributes(model, keras.Optimizer)


def _attributes(model: keras.Model, kind: type) -> list[Any]:
    """Objects of a kind in attributes of a model and its layers, in lists and dicts too, each once."""
    found = (each for layer in model._flatten_layers() for each in _members(list(vars(layer).values())))
    return list({id(each): each for each in found if isinstance(each, kind)}.values())


def _members(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _members(each)
    else:
        yield value


def _optimized(model: keras.Model) -> list[list[int]]:
    numbers = {id(variable): number for number, variable in enumerate(model.variables)}
    try:
        return [
            [numbers[id(variable)] for variable in optimizer._trainable_variables] if optimizer.built else []
            for optimizer in _optimizers(model)
        ]
    except KeyError as error:
        raise ValueError(
            "A checkpoint needs optimizers of the model's own variables, got one that trains others; make the layers "
            "that they are of attributes of the model."
        ) from error


def _build_optimizers(model: keras.Model, optimized: list[list[int]]) -> None:
    """Create the variables that optimizers create in their first step."""
    optimizers, variables = _optimizers(model), model.variables
    require("number of optimizers", len(optimizers) == len(optimized))
    require("optimized variables", all(number in range(len(variables)) for each in optimized for number in each))
    for optimizer, numbers in zip(optimizers, optimized, strict=True):
        if numbers and not optimizer.built:
            optimizer.build([variables[number] for number in numbers])


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
