"""Objects of Keras in the state of an estimator, so that pickle, deepcopy and joblib carry them whole.

Comes in: a state with models, optimizers, losses, metrics and callbacks somewhere in it. Goes out: the same state with
a :class:`Packed` in place of each, which unpickles to the object itself. Keras' own format does the work; added are the
classes and functions that Keras would look up by name (by value where a fresh process could not import them), build
functions likewise, and the states of random generators. Nothing is registered, and no method of Keras is changed.
"""

from __future__ import annotations

import copy
import functools
import inspect
import io
import re
import warnings
from collections.abc import Iterator
from typing import Any

import cloudpickle
import keras
import numpy as np

__all__ = ["copied", "pack"]

# What callbacks hold of the files that they write; they open them anew when a fit begins.
_OF_OPEN_FILES: dict[type, dict[str, Any]] = {
    keras.callbacks.CSVLogger: {"csv_file": None, "writer": None},
    keras.callbacks.TensorBoard: {"_writers": {}},
}
_FROM_CONFIG = (keras.losses.Loss, keras.metrics.Metric, keras.optimizers.Optimizer)
_BY_STATE = (
    *(keras.callbacks.Callback, keras.optimizers.schedules.LearningRateSchedule),
    *(keras.initializers.Initializer, keras.regularizers.Regularizer, keras.constraints.Constraint),
)


class Packed:
    """Stands in a state for an object of Keras; a copy or a pickle of it gives such an object."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __deepcopy__(self, memo: dict) -> Any:
        if _is_local(self.value):
            return self.value  # as everywhere in Python, a function is not copied
        if isinstance(self.value, _BY_STATE):
            return copy.deepcopy(self.value, memo)
        make, arguments = self.__reduce__()
        return make(*arguments)

    def __reduce__(self) -> tuple:
        if _is_local(self.value):
            return cloudpickle.loads, (cloudpickle.dumps(self.value),)
        if isinstance(self.value, keras.Model):
            return _pack_model(self.value)
        if isinstance(self.value, _BY_STATE):
            return _unpack_instance, (cloudpickle.dumps(type(self.value)),), self.value.__getstate__()
        config = keras.saving.serialize_keras_object(self.value)
        _check_config(self.value)
        objects = dict(_own_objects(self.value))
        return _unpack_config, (cloudpickle.dumps((config, objects)), _without_decay(self.value))


def pack(value: Any, memo: dict[int, Any] | None = None) -> Any:
    """Replace what is of Keras in dicts, lists, tuples, callbacks and the like; one object by one :class:`Packed`."""
    memo = {} if memo is None else memo
    if id(value) in memo:
        return memo[id(value)][1]
    packed = value
    if isinstance(value, keras.Model):
        packed = Packed(value)
    elif isinstance(value, _FROM_CONFIG):
        packed = Packed(value) if _has_config(value) else value
    elif isinstance(value, _BY_STATE):
        packed = copy.copy(value)
        memo[id(value)] = (value, Packed(packed) if _is_local(type(value)) else packed)
        for kind, attributes in _OF_OPEN_FILES.items():
            if isinstance(value, kind):
                vars(packed).update(attributes)
        vars(packed).update({name: pack(each, memo) for name, each in vars(packed).items()})
        return memo[id(value)][1]
    elif _is_local(value):
        packed = Packed(value)
    elif type(value) is dict:
        packed = {name: pack(each, memo) for name, each in value.items()}
    elif type(value) in (list, tuple):
        packed = type(value)(pack(each, memo) for each in value)
    memo[id(value)] = (value, packed)  # the value is kept, so that its id stays its own
    return packed


def copied(value: Any) -> Any:
    """A deep copy in which objects of Keras are independent ones."""
    return copy.deepcopy(pack(value))


def _is_local(value: Any) -> bool:
    """Whether it is a function or a class that no other process could import (of a script, or made by a function).

    Or a module, which pickle does not know.
    """
    if inspect.ismodule(value):
        return True
    value = value.func if isinstance(value, functools.partial) else value
    is_named = inspect.isfunction(value) or inspect.isclass(value)
    return is_named and (value.__module__ == "__main__" or "<" in value.__qualname__)  # <locals>, <lambda>


def _has_config(value: Any) -> bool:
    """Whether an object can be made of its configuration; if not, it is pickled like any object."""
    try:
        keras.saving.serialize_keras_object(value)
    except Exception:  # whatever a class of the user's own does
        return False
    return True


def _pack_model(model: keras.Model) -> tuple:
    _check_lambdas(model)
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and model.built and not optimizer.built:
        optimizer.build(model.trainable_variables)  # else Keras warns, at loading, that it has no state
    buffer = super(keras.Model, model).__reduce__()[1][0]  # Keras' own method, whatever keras.Model has been given
    seeds = [np.asarray(variable) for variable in _seed_states(model)]
    for each in keras.tree.flatten(_compile_arguments(model)):
        if isinstance(each, _FROM_CONFIG):
            _check_config(each)
    return _unpack_model, (
        *(buffer.getvalue(), cloudpickle.dumps(dict(_own_objects(model))), seeds),
        _without_decay(optimizer),
    )


def _check_lambdas(model: keras.Model) -> None:
    """Raise a ValueError if layers that Keras saves by their settings hold a lambda, which it saves and cannot load."""
    for layer in model.layers if _is_of_keras(type(model)) else ():
        if isinstance(layer, keras.Model):
            _check_lambdas(layer)
        elif _is_of_keras(type(layer)) and not isinstance(layer, keras.layers.Lambda):
            for name, value in vars(layer).items():
                if inspect.isfunction(value) and value.__name__ == "<lambda>" and not _is_of_keras(value):
                    raise ValueError(
                        f"A Keras layer must not hold a lambda to be copied, got one as {name} of {layer.name}; define "
                        "a function."
                    )


def _unpack_model(
    archive: bytes, objects: bytes, seeds: list[np.ndarray], without_decay: re.Pattern | None = None
) -> keras.Model:
    own = {name: _as_revived(each) for name, each in cloudpickle.loads(objects).items()}
    with keras.saving.custom_object_scope(own), warnings.catch_warnings():
        # of TensorFlow's variables, which do not know NumPy 2's argument yet; a user cannot do anything about it
        warnings.filterwarnings("ignore", "__array__ implementation doesn't accept a copy keyword")
        model = keras.Model._unpickle_model(io.BytesIO(archive))
    for variable, state in zip(_seed_states(model), seeds, strict=False):
        variable.assign(state)
    _set_without_decay(getattr(model, "optimizer", None), without_decay)
    return model


class _Revived:
    """Stands for a class of layers or models while Keras loads one of them.

    Keras puts ``trainable``, ``dtype`` and perhaps ``name`` into every configuration, and cannot load what has a
    constructor without them, such as ``def __init__(self)``.
    """

    def __init__(self, kind: type) -> None:
        self.kind = kind

    def from_config(self, config: dict[str, Any]) -> Any:
        taken = inspect.signature(self.kind).parameters
        rest = {name: config[name] for name in ("name", "trainable") if name in config and name not in taken}
        if "dtype" not in taken and _policy_name(config.get("dtype")) == keras.config.dtype_policy().name:
            rest["dtype"] = None
        value = self.kind.from_config({name: each for name, each in config.items() if name not in rest})
        value.name = rest.get("name", value.name)
        value.trainable = rest.get("trainable", value.trainable)
        return value


def _policy_name(dtype: Any) -> Any:
    return dtype["config"].get("name") if isinstance(dtype, dict) else dtype


def _as_revived(value: Any) -> Any:
    if not (inspect.isclass(value) and issubclass(value, keras.Layer) and _is_of_keras(value.from_config)):
        return value
    takes_any = any(each.kind is each.VAR_KEYWORD for each in inspect.signature(value).parameters.values())
    return value if takes_any else _Revived(value)


def _unpack_instance(packed: bytes) -> Any:
    kind = cloudpickle.loads(packed)
    return kind.__new__(kind)


def _unpack_config(packed: bytes, without_decay: re.Pattern | None = None) -> Any:
    config, objects = cloudpickle.loads(packed)
    value = keras.saving.deserialize_keras_object(config, custom_objects=objects, safe_mode=False)
    _set_without_decay(value, without_decay)
    return value


def _check_config(value: Any) -> None:
    """Raise a ValueError unless a loss, metric or optimizer of the user's own can be made of its configuration.

    Of an argument that is not in it, Keras would make another object, with the default in its place.
    """
    if _is_of_keras(type(value)) or not _is_of_keras(type(value).from_config):
        return
    config, parameters = value.get_config(), inspect.signature(type(value)).parameters
    unknown = sorted(config.keys() - parameters.keys())
    if unknown and all(parameter.kind is not parameter.VAR_KEYWORD for parameter in parameters.values()):
        raise ValueError(
            f"A Keras object must take what get_config returns in its constructor to be copied, got "
            f"{type(value).__name__} whose constructor does not take {', '.join(map(repr, unknown))}; add **kwargs to "
            "it, and pass them to super().__init__."
        )
    for name, parameter in parameters.items():
        is_default = name not in vars(value) or vars(value)[name] is parameter.default
        if name not in config and not is_default and not _is_equal(vars(value)[name], parameter.default):
            raise ValueError(
                f"A Keras object must give the arguments of its constructor by get_config to be copied, got "
                f"{type(value).__name__} without {name!r}; add it to the dict that get_config returns."
            )


def _is_equal(value: Any, other: Any) -> bool:
    try:
        return bool(np.all(value == other))
    except Exception:  # whatever a comparison of the user's own does
        return False


def _without_decay(optimizer: Any) -> re.Pattern | None:
    """What ``exclude_from_weight_decay`` was told of an optimizer's variables, which Keras does not save."""
    return getattr(optimizer, "_exclude_from_weight_decay_pattern", None)


def _set_without_decay(optimizer: Any, names: re.Pattern | None) -> None:
    if names is not None:
        optimizer._exclude_from_weight_decay_pattern = names


def _seed_states(model: keras.Model) -> list[Any]:
    """States of the random generators of layers, which Keras does not save."""
    return [each for each in model.non_trainable_variables if each.name == "seed_generator_state"]


def _own_objects(value: Any, depth: int = 3) -> Iterator[tuple[str, Any]]:
    """Classes and functions of the user's own by the names under which Keras looks for them."""
    if isinstance(value, str | bytes | int | float | np.ndarray) or value is None or depth < 0:
        return
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from _own_objects(each, depth - 1)
    elif inspect.isfunction(value):
        if not _is_of_keras(value):
            yield value.__name__, value
    elif inspect.isclass(value):
        if not _is_of_keras(value):
            yield keras.saving.get_registered_name(value), value
    else:
        yield from _own_objects(type(value), depth)
        if isinstance(value, keras.Model):
            yield from _own_objects([*value.layers, *_compile_arguments(value)], depth + 1)
        elif (type(value).__module__ or "").partition(".")[0] == "keras" or isinstance(value, keras.Layer):
            yield from _own_objects(_own_attributes(value), depth - 1)


def _own_attributes(value: Any) -> list[Any]:
    """Attributes but for methods: Keras puts a ``build`` around that of a layer, which holds the layer itself."""
    return [each for name, each in vars(value).items() if not inspect.isfunction(getattr(type(value), name, None))]


def _compile_arguments(model: keras.Model) -> list[Any]:
    """Losses, metrics and optimizer as ``compile`` got them, which Keras saves, and as the model has them now."""
    given = getattr(model, "_compile_config", None)
    current = [model.loss, model.metrics, model.optimizer] if model.compiled else []
    return [*current, *(given.config.values() if given is not None else ())]


def _is_of_keras(value: Any) -> bool:
    return (getattr(value, "__module__", None) or "").partition(".")[0] in ("keras", "builtins", "tensorflow", "numpy")
