"""Python values as what JSON can hold and arrays, and back; of objects only those of classes that a table names.

Comes in: a value. Goes out: a document and arrays, or the value that these describe. Nothing that is read is called: a
name stands for a class of the table or for nothing.

A document says what JSON cannot by an object with one key, the kind: ``{"tuple": [1, 2]}``, ``{"array": "3"}``.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import types
import typing
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from .archive import ARRAY_KINDS

__all__ = ["NotStorable", "Reader", "Storable", "Writer", "matches", "record"]

_N_WORDS = 624  # in the state of the Mersenne Twister


class NotStorable(ValueError):
    """A value that no document can hold."""


class Storable(NamedTuple):
    """A class whose objects may be stored.

    Attributes
    ----------
    kind : type
    settings : callable
        From an object to a dictionary of what it is made again from.
    make : callable
        From such a dictionary to an object; raises a TypeError or ValueError where there is none.
    """

    kind: type
    settings: Callable[[Any], dict[str, Any]]
    make: Callable[[dict[str, Any]], Any]


def record(kind: type, later: Collection[str] = ()) -> Storable:
    """A class whose objects keep its arguments, by their names; they are checked against their annotations.

    A document must have all of them but ``later`` ones, which earlier versions of the package have not written.
    """
    names = list(inspect.signature(kind).parameters)

    def make(settings: dict[str, Any]) -> Any:
        if missing := set(names) - settings.keys() - set(later):
            raise TypeError(f"{kind.__name__} has no {', '.join(sorted(missing))}")
        in_class = issubclass(kind, tuple) or dataclasses.is_dataclass(kind)
        hints = typing.get_type_hints(kind if in_class else vars(kind)["__init__"])
        for name, value in settings.items():
            if not matches(value, hints.get(name, Any)):
                raise TypeError(f"{name} of {kind.__name__} is of {type(value)}")
        return kind(**settings)

    return Storable(kind, lambda value: {name: getattr(value, name) for name in names}, make)


class Writer:
    """Makes documents of values and collects their arrays.

    Parameters
    ----------
    table : dict of str to Storable
        The classes whose objects may be stored, by name.

    Attributes
    ----------
    arrays : dict of str to ndarray
    """

    def __init__(self, table: Mapping[str, Storable]) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self._table = {each.kind: (name, each.settings) for name, each in table.items()}

    def write(self, value: Any) -> Any:
        """The document of a value.

        Raises
        ------
        NotStorable
            If it holds a function, or an object of a class that is not in the table.
        """
        kind = type(value)
        if value is None or kind in (bool, int, str) or (kind is float and math.isfinite(value)):
            return value
        if kind is list:
            return [self.write(each) for each in value]
        if kind is float:
            return {"float": repr(value)}
        if kind is tuple:
            return {"tuple": [self.write(each) for each in value]}
        if kind is dict:
            return {"dict": [[self.write(name), self.write(each)] for name, each in value.items()]}
        if kind is np.ndarray and value.dtype == object and value.ndim == 1:
            return {"objects": [self.write(each) for each in value]}
        if kind is np.ndarray and value.dtype.kind in ARRAY_KINDS:
            return {"array": self._added(value)}
        if isinstance(value, np.generic) and value.dtype.kind in ARRAY_KINDS:
            return {"scalar": self._added(np.asarray(value))}
        if kind is np.random.RandomState and (state := value.get_state(legacy=False))["bit_generator"] == "MT19937":
            words, place = state["state"]["key"], int(state["state"]["pos"])
            return {"random_state": [self._added(words), place, int(state["has_gauss"]), float(state["gauss"])]}
        if kind in self._table:
            name, settings = self._table[kind]
            return {"object": name, "settings": {key: self.write(each) for key, each in settings(value).items()}}
        raise NotStorable(f"{value!r} of {kind.__module__}.{kind.__qualname__}")

    def _added(self, array: np.ndarray) -> str:
        name = str(len(self.arrays))
        self.arrays[name] = array
        return name


class Reader:
    """Makes the values again that a :class:`Writer` has written.

    Parameters
    ----------
    arrays : dict of str to ndarray
    table : dict of str to Storable
        As of the writer.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray], table: Mapping[str, Storable]) -> None:
        self._arrays, self._table = dict(arrays), table

    @property
    def unread(self) -> list[str]:
        """Names of the arrays that no value was made of."""
        return list(self._arrays)

    def read(self, document: Any) -> Any:
        """The value of a document.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is not what a :class:`Writer` makes.
        """
        if isinstance(document, list):
            return [self.read(each) for each in document]
        if not isinstance(document, dict):
            return document
        if document.keys() == {"object", "settings"}:
            settings = {name: self.read(each) for name, each in document["settings"].items()}
            return self._table[document["object"]].make(settings)
        ((kind, content),) = document.items()
        return _READERS[kind](self, content)

    def _array(self, name: str) -> np.ndarray:
        return self._arrays.pop(name)

    def _objects(self, content: list) -> np.ndarray:
        array = np.empty(len(content), dtype=object)
        array[:] = [self.read(each) for each in content]
        return array

    def _random_state(self, content: list) -> np.random.RandomState:
        name, place, has_gauss, gauss = content
        words = self._array(name)
        # NumPy checks none of these, and reads beyond the words from a place behind their end.
        is_place = type(place) is int and 0 <= place <= _N_WORDS
        if words.shape != (_N_WORDS,) or words.dtype != np.uint32 or not is_place:
            raise ValueError("a random state is none")
        random_state = np.random.RandomState()
        random_state.set_state(("MT19937", words, place, int(has_gauss), float(gauss)))
        return random_state


_READERS: dict[str, Callable[[Reader, Any], Any]] = {
    "float": lambda reader, content: float(content),
    "tuple": lambda reader, content: tuple(reader.read(content)),
    "dict": lambda reader, content: {reader.read(name): reader.read(each) for name, each in content},
    "array": Reader._array,
    "scalar": lambda reader, content: reader._array(content)[()],
    "objects": Reader._objects,
    "random_state": Reader._random_state,
}


def matches(value: Any, hint: Any) -> bool:
    """Whether a value is of an annotated type: a class, ``Any``, a union, or a list, tuple or dict of such."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return True
    if origin in (types.UnionType, typing.Union):
        return any(matches(value, each) for each in arguments)
    if origin is None:
        if hint is None or hint is type(None):
            return value is None
        return isinstance(value, (int, float) if hint is float else hint)
    if not isinstance(value, origin):
        return False
    if origin is dict:
        return all(matches(name, arguments[0]) and matches(each, arguments[1]) for name, each in value.items())
    if origin is tuple and arguments[-1] is not ...:
        return len(value) == len(arguments) and all(map(matches, value, arguments))
    return all(matches(each, arguments[0]) for each in value)
