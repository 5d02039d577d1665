"""What activations, losses, optimizers and all other members of the tables have in common: a class with settings.

A member holds its settings and its formula. It answers ``get_params`` and ``set_params`` as estimators do, so that
``clone`` copies it and a search reaches its settings.

Settings that are named in ``hyper_names`` are hyperparameters: numbers that reach the formula as arguments, so that a
compiled program serves all their values. What is left without them is the *structure* of a member: what a program is
compiled for, and what a formula may read from ``self``.
"""

from __future__ import annotations

import copy
import functools
import inspect
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import StrOptions

from .nested_parameters import NestedParameters

__all__ = ["Configurable", "NamesOf", "is_users", "member_named"]


class NamesOf(StrOptions):
    """Constraint of a parameter: a name of a table, also one that is added later, or one of a few others."""

    def __init__(self, table, *others):
        super().__init__({*table, *others})
        self._table = table

    def is_satisfied_by(self, val):
        """Whether the value is one of the names."""
        if isinstance(val, str) and val in self._table:
            return True
        self.options = self.options | set(self._table)  # for the message
        return super().is_satisfied_by(val)


def member_named(parameter, name, table):
    """The member that a name of a table stands for: the object there, or one of the class there with its defaults.

    Raises
    ------
    ValueError
        If the table has no such name, or a class there has settings without defaults.
    """
    if name not in table:
        raise ValueError(
            f"{parameter} must be one of {sorted(table)}, got {name!r}; pass one of these, or an object of a class of "
            "your own."
        )
    entry = table[name]
    if not isinstance(entry, type):
        return entry
    if needed := _without_default(entry):
        raise ValueError(
            f"{parameter}={name!r} is the name of {entry.__name__}, whose settings must all have defaults, got none "
            f"for {', '.join(needed)}; pass an object, {parameter}={entry.__name__}({needed[0]}=...)."
        )
    return entry()


@functools.cache
def _without_default(kind):
    """Names of the settings of a class that an object of it cannot do without."""
    parameters = inspect.signature(kind).parameters.values()
    free = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [each.name for each in parameters if each.default is each.empty and each.kind not in free]


def is_users(member: Any) -> bool:
    """Whether a member is of a class that is not this package's, so that its formulas may do anything."""
    return type(member).__module__.partition(".")[0] != __name__.partition(".")[0]


class Configurable(NestedParameters, BaseEstimator):
    """Base of the members; equal ones are of one class and have equal settings.

    Attributes
    ----------
    name : str
        What it is called in summaries and tables; the name of the class, unless the class says otherwise.
    hyper_names : tuple of str
        Attributes that are hyperparameters, in the order in which a formula takes them.
    needs_tensorflow : bool
        Whether its formula works on tensors only.
    """

    name: Any
    hyper_names: tuple[str, ...] = ()
    needs_tensorflow = False
    _formulas: tuple[str, ...] = ()  # methods that a derived class must define
    _hyper_ndim = 0  # axes of a hyperparameter at most: 1 where there may be one for each column
    _parameter_constraints: dict = {}

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "name" not in cls.__dict__:
            cls.name = cls.__name__

    def check(self):
        """Raise a ValueError if a setting is out of its range, or if the class lacks a formula."""
        kind = type(self)
        if Configurable in kind.__bases__:
            raise ValueError(
                f"{kind.__name__}() is only the base of the classes that can be chosen; use one of {kind.__module__}."
            )
        self._validate_params()
        base = next(each for each in kind.__mro__ if "_formulas" in vars(each))  # which declares them
        for name in self._formulas:
            if getattr(kind, name) is getattr(base, name):
                raise ValueError(f"{kind.__name__} must have a method {name}, got a class without one; define it.")
        for name, value in vars(self).items():
            if callable(getattr(base, name, None)):
                raise ValueError(
                    f"{kind.__name__} must have settings of other names than the methods of {base.__name__}, got "
                    f"{name}={value!r}; rename it."
                )
        if isinstance(self.hyper_names, str):
            raise ValueError(
                f"{kind.__name__} must have a tuple of names as hyper_names, got {self.hyper_names!r}; write "
                f"hyper_names = ({self.hyper_names!r},)."
            )
        for name in self.hyper_names:
            value = getattr(self, name, None)
            if not self._is_hyper(value):
                raise ValueError(
                    f"{kind.__name__} must have a number for {name}, which is in its hyper_names, got {value!r}; set "
                    "it in __init__, or leave it out of hyper_names."
                )
        try:
            hash(self)
        except TypeError as error:
            raise ValueError(
                f"{kind.__name__} must have settings with a hash, by which compiled programs are found again, got "
                f"{error}; use numbers, strings, arrays, tuples, lists, sets or dicts of them."
            ) from None

    def _is_hyper(self, value):
        """Whether it is a number, or an array with one for each column where the formula goes by columns."""
        if isinstance(value, np.ndarray | np.generic):
            return value.dtype.kind in "biuf" and value.ndim <= self._hyper_ndim
        return isinstance(value, Real)

    @property
    def hyper(self) -> tuple[Any, ...]:
        """Its hyperparameters: floats, or arrays whose last axis is that of the columns they are for."""
        values = (getattr(self, name) for name in self.hyper_names)
        return tuple(np.array(value, float) if np.ndim(value) else float(value) for value in values)

    def structure(self):
        """The member with None in place of its hyperparameters; it shares nothing that can be changed in place.

        A fitted network holds it, and must stay as it is whatever happens to the lists and arrays of the user.
        """
        bare = object.__new__(type(self))  # a copy by scikit-learn's __getstate__ takes ten times as long
        mutable = (list, tuple, dict, set, np.ndarray, Configurable)
        for name, value in vars(self).items():
            vars(bare)[name] = copy.deepcopy(value) if isinstance(value, mutable) else value
        vars(bare).update(dict.fromkeys(self.hyper_names))
        return bare

    @classmethod
    @functools.cache
    def _get_param_names(cls):
        """As in scikit-learn, which reads the signature anew at every call: a fit of a few milliseconds asks often."""
        return super()._get_param_names()

    def _value(self):
        return type(self), tuple((name, _frozen(value)) for name, value in sorted(vars(self).items()))

    def __eq__(self, other):
        return isinstance(other, Configurable) and self._value() == other._value()

    def __hash__(self):
        return hash(self._value())


def _frozen(value):
    """Sequences and arrays as tuples, which compare as a whole; sets and dicts as frozen sets."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        value = set(map(_frozen, value.items()))
    if isinstance(value, set):
        return frozenset(value)
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value
