"""What a value consists of, in words that another process finds too: to tell whether two values are the same.

Comes in: any object. Goes out: its description, of what JSON can hold, without addresses, and the first difference of
two of them. Functions and classes of the user's own are told by their code and by all that they refer to, those of
installed packages by their names, other objects by the ``__repr__`` that the user has written, or else by what pickle
would store of them. Not described: the states of random generators, attributes of modules, and objects that can neither
be pickled nor have attributes.
"""

from __future__ import annotations

import copyreg
import dis
import functools
import hashlib
import json
import os
import random
import re
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import _safe_indexing
from sklearn.utils._dataframe import is_pandas_df_or_series, is_polars_df_or_series

__all__ = ["described", "difference", "digest_of_description", "is_frame", "unnamed"]

_GENERATORS = (np.random.RandomState, np.random.Generator, np.random.BitGenerator, random.Random)
_PLAIN = (type(None), bool, int, float, complex, str, bytes)


def described(value: Any) -> Any:
    """The description of a value: text (a digest after ``#``), or lists and dicts of descriptions."""
    return _Describer().describe(value)


def digest_of_description(value: Any) -> str:
    """A short digest of the description of a value."""
    return _digest(json.dumps(described(value), sort_keys=True).encode(), n_bytes=8)


def is_frame(value: Any) -> bool:
    """Whether a value is a data frame of pandas or Polars, or a column of one."""
    return is_pandas_df_or_series(value) or is_polars_df_or_series(value)


def difference(before: Any, now: Any) -> str:
    """Where two descriptions first differ, and what they say there if that is short; empty if nowhere."""
    path = []
    while before != now:
        if isinstance(before, dict) and isinstance(now, dict):
            places = {each for each in before.keys() | now.keys() if before.get(each) != now.get(each)}
            place = "class" if "class" in places else min(places)
            before, now = before.get(place, "nothing"), now.get(place, "nothing")
            path.append(place.strip("'"))
        elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
            place = next(number for number, pair in enumerate(zip(before, now, strict=True)) if pair[0] != pair[1])
            before, now = before[place], now[place]
            path.append(f"[{place}]")
        else:
            is_shown = all(isinstance(each, str) and len(each) <= 80 and each[0] != "#" for each in (before, now))
            values = f"{before}, not {now}" if is_shown else ""
            return ": ".join(filter(None, (" ".join(path), values)))
    return ""


def unnamed(config: Any, numbers: dict[str, int]) -> Any:
    """A configuration of Keras with numbers for the names of objects, which Keras counts up within a process."""
    if isinstance(config, dict) and not str(config.get("class_name")).endswith("DTypePolicy"):  # told by its name alone
        return {
            key: numbers.setdefault(value, len(numbers))
            if key == "name" and isinstance(value, str)
            else unnamed(value, numbers)
            for key, value in config.items()
        }
    if isinstance(config, list | tuple):
        is_tensor = (
            len(config) == 3 and isinstance(config[0], str) and all(isinstance(each, int) for each in config[1:])
        )
        if is_tensor:  # a layer's name, its call and its output
            return [numbers.setdefault(config[0], len(numbers)), *config[1:]]
        return [unnamed(each, numbers) for each in config]
    return config


class _Describer:
    """Describes one value; of a function or class that it meets again it gives the name alone."""

    def __init__(self) -> None:
        self._inside: list[int] = []  # of what is being described, from the outermost object on
        self._met: dict[int, Any] = {}  # which keeps them alive, and so their ids

    def describe(self, value: Any) -> Any:
        if isinstance(value, np.generic):
            value = value.item()
        if type(value) in _PLAIN:
            return repr(value)
        if isinstance(value, _GENERATORS):
            return type(value).__name__
        if isinstance(value, ModuleType):
            return f"module {value.__name__}"
        if isinstance(value, FunctionType):
            return self._function(value)
        if isinstance(value, type):
            return self._class(value)
        if id(value) in self._inside:
            return "a part of itself"
        self._inside.append(id(value))
        try:
            return self._object(value)
        finally:
            self._inside.pop()

    def _object(self, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return self._array(value)
        if type(value) in (list, tuple):
            return [self.describe(each) for each in value]
        if type(value) is dict:
            return self._mapping(value)
        if type(value) in (set, frozenset):
            return {"set": self._unordered(value)}
        if isinstance(value, BaseEstimator):
            return {"class": self.describe(type(value)), **self._estimator(value)}
        if is_frame(value):
            return f"# {type(value).__name__} {value.shape} {_digest(_text(self._frame(value)).encode())}"
        if _has_own_repr(type(value)):
            return {"class": self.describe(type(value)), "repr": re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))}
        if hasattr(value, "get_config"):
            return {"class": self.describe(type(value)), **self._keras_object(value)}
        return {"class": self.describe(type(value)), **self._pickled(value)}

    def _array(self, value: np.ndarray) -> Any:
        if value.dtype.hasobject:
            return {"array": [self.describe(each) for each in value.ravel().tolist()], "shape": str(value.shape)}
        content = np.ascontiguousarray(value).reshape(-1).view(np.uint8).data if value.nbytes else b""
        return f"# {value.dtype} {value.shape} {_digest(content)}"

    def _frame(self, value: Any) -> list:
        """Names, dtypes and values: where a data frame keeps them changes while it is read."""
        is_series = len(value.shape) == 1
        columns = [value] if is_series else [_safe_indexing(value, n, axis=1) for n in range(value.shape[1])]
        names = getattr(value, "name", None) if is_series else list(value.columns)
        values = [(repr(column.dtype), np.asarray(column)) for column in columns]
        return self.describe([names, values, np.asarray(getattr(value, "index", ()))])

    def _mapping(self, value: dict) -> dict:
        named = {_text(self.describe(name)): each for name, each in value.items()}
        return {name: self.describe(named[name]) for name in sorted(named)}

    def _unordered(self, values: Any) -> list:
        met, descriptions = dict(self._met), []
        for each in values:  # whichever comes first, so that none is shortened because of another
            self._met = dict(met)
            descriptions.append(self.describe(each))
        self._met = met
        return sorted(descriptions, key=_text)

    def _attributes(self, values: dict) -> dict:
        return {name: self.describe(values[name]) for name in sorted(values)}

    def _estimator(self, value: Any) -> dict:
        """Parameters, also the states of generators among them, and fitted attributes."""
        parameters = value.get_params(deep=False)
        states = {
            f"state of {name}": "# " + _digest(_text(self.describe(each.get_state(legacy=False))).encode(), n_bytes=8)
            for name, each in parameters.items()
            if isinstance(each, np.random.RandomState)
        }
        fitted = {name: each for name, each in vars(value).items() if name.endswith("_") and not name.startswith("_")}
        return {**self._attributes(parameters), **states, **self._attributes(fitted)}

    def _keras_object(self, value: Any) -> dict:
        """Configuration, what it was compiled with, and weights or settings that it lacks (``Huber(delta)``)."""
        try:
            parts = dict(unnamed(value.get_config(), {}))
            parts |= {name: getattr(value, name) for name in ("optimizer", "loss") if hasattr(value, name)}
            if hasattr(value, "get_weights"):
                parts["weights"] = value.get_weights()
            else:
                kinds = (*_PLAIN, np.ndarray, dict, FunctionType)
                parts |= {name: each for name, each in vars(value).items() if type(each) in kinds}
        except Exception:  # whatever a class of the user's own does
            return {}
        # _self_...: TensorFlow's notes, with the names of variables, which it counts up within a process.
        told = {name: each for name, each in parts.items() if not name.startswith("_self_")}
        return self._attributes({name: each for name, each in told.items() if name not in ("name", "_name")})

    def _pickled(self, value: Any) -> dict:
        registered = copyreg.dispatch_table.get(type(value))
        try:
            reduced = value.__reduce_ex__(4) if registered is None else registered(value)
        except Exception:  # whatever an object says that cannot be pickled
            return self._attributes(dict(getattr(value, "__dict__", {})))
        if isinstance(reduced, str):
            around = getattr(value, "__wrapped__", None)  # of functools.cache, the function that it caches
            return {"name": reduced} | ({} if around is None else {"function": self.describe(around)})
        function, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
        if function in (copyreg.__newobj__, copyreg.__newobj_ex__):  # type: ignore[attr-defined]  # by its name alone
            function, arguments = None, arguments[1:]
        if isinstance(state, tuple) and len(state) == 2 and isinstance(state[1], dict):  # attributes and slots
            state = {**(state[0] or {}), **state[1]}
        parts = {"arguments": list(arguments), "items": list(items or ()), "pairs": dict(pairs or ())}
        named = {name: each for name, each in parts.items() if each}
        if function is not None:
            named["made by"] = function
        if isinstance(state, dict) and all(isinstance(name, str) for name in state):
            named |= state
        elif state is not None:
            named["state"] = state
        return self._attributes(named)

    def _function(self, function: FunctionType) -> Any:
        name, code = f"function {function.__module__}.{function.__qualname__}", function.__code__
        is_installed = _is_installed(code.co_filename)
        if id(function) in self._met or (is_installed and _is_importable(function)):
            return name
        self._met[id(function)] = function
        parts = {
            "defaults": [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).items()],
            "closure": dict(_closure(function)),
            "attributes": vars(function),
        }
        if not is_installed:
            known = function.__globals__
            parts["globals"] = {name: known[name] for name in _globals(code) if name in known}
        description = {"name": name, **self._attributes({part: each for part, each in parts.items() if each})}
        if is_installed:
            return description
        digest = _digest(json.dumps(_code(code)).encode())
        return description | {"bytecode": sys.implementation.cache_tag, "code": f"# {digest}"}

    def _class(self, kind: type) -> Any:
        name = f"{kind.__module__}.{kind.__qualname__}"
        if id(kind) in self._met or _is_class_installed(kind):
            return name
        self._met[id(kind)] = kind
        members = {}
        for member, value in vars(kind).items():
            value = value.__func__ if isinstance(value, staticmethod | classmethod) else value
            value = [value.fget, value.fset] if isinstance(value, property) else value
            is_special = member.startswith("__") and member.endswith("__")
            if not (is_special and not isinstance(value, FunctionType)) and member != "_abc_impl":
                members[member] = value
        bases = [base for base in kind.__bases__ if base is not object]
        return {"name": name, **self._attributes({**members, "bases": bases} if bases else members)}


def _digest(content: bytes | memoryview, n_bytes: int = 16) -> str:
    return hashlib.blake2b(content, digest_size=n_bytes).hexdigest()


def _text(description: Any) -> str:
    return description if isinstance(description, str) else json.dumps(description, sort_keys=True)


def _closure(function: FunctionType) -> Iterator[tuple[str, Any]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # it has not been assigned yet
            yield name, "empty"


def _code(code: CodeType) -> list:
    """Of a function, what it does; not where it stands."""
    constants: list[Any] = []
    for each in code.co_consts:
        if isinstance(each, CodeType):
            constants.append(_code(each))
        else:  # a frozenset is what "x in {...}" becomes
            constants.append(sorted(map(repr, each)) if isinstance(each, frozenset) else repr(each))
    n_arguments = code.co_argcount + code.co_kwonlyargcount
    numbers = [code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags]
    return [code.co_code.hex(), constants, list(code.co_names), list(code.co_varnames[:n_arguments]), numbers]


def _globals(code: CodeType) -> set[str]:
    names = {each.argval for each in dis.get_instructions(code) if each.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return names.union(*(_globals(each) for each in code.co_consts if isinstance(each, CodeType)))


@functools.cache
def _is_installed(file: str) -> bool:
    """Whether a file is of the standard library, of an installed package, or of this one."""
    if file.startswith("<frozen"):
        return True
    roots = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    roots.add(str(Path(__file__).parents[1]))
    return bool({"site-packages", "dist-packages"} & set(Path(file).parts)) or any(
        file.startswith(root + os.sep) for root in roots
    )


def _is_class_installed(kind: type) -> bool:
    module = sys.modules.get(kind.__module__)
    if module is None or kind.__module__ == "__main__":
        return False
    file = getattr(module, "__file__", None)
    return file is None or _is_installed(file)


def _has_own_repr(kind: type) -> bool:
    """Whether the user has written what objects of a class are; ``dataclass`` and the like write it themselves."""
    function: Any = kind.__repr__
    return isinstance(function, FunctionType) and not _is_installed(function.__code__.co_filename)


def _is_importable(function: FunctionType) -> bool:
    """Whether it is what its name says: what a function has made is not."""
    place: Any = sys.modules.get(function.__module__)
    for name in function.__qualname__.split("."):
        place = getattr(place, name, None)
    return place is function
