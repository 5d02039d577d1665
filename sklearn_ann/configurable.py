"""What activations, losses, optimizers and all other objects with settings have in common.

A choice is a small value: a name for what is to be done and the numbers that it takes. It computes nothing. It answers
``get_params`` and ``set_params`` as estimators do, so that ``clone`` copies it and a search reaches its settings.
"""

from __future__ import annotations

import functools
import inspect

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import StrOptions

from .nested_parameters import NestedParameters

__all__ = ["Configurable", "NamesOf", "member_named"]


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
    """The choice that a name of a table stands for: what stands there, or of a class an object with its defaults.

    Raises
    ------
    ValueError
        If the table has no such name, or a class there has settings without defaults.
    """
    if name not in table:
        raise ValueError(
            f"{parameter} must be one of {sorted(table)}, got {name!r}; add it to that table, or use another."
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


class Configurable(NestedParameters, BaseEstimator):
    """Base of objects with settings; equal ones are of one class and have equal settings."""

    _parameter_constraints: dict = {}

    def check(self):
        """Raise a ValueError that says which setting is not what it should be, if one is not."""
        kind = type(self)
        if Configurable in kind.__bases__:
            raise ValueError(
                f"{kind.__name__}() is only the base of the classes that can be chosen; use one of {kind.__module__}."
            )
        self._validate_params()

    @classmethod
    @functools.cache
    def _get_param_names(cls):
        """As in scikit-learn, which reads the signature anew at every call: a fit of a few milliseconds asks often."""
        return super()._get_param_names()

    def _value(self):
        return type(self), tuple((name, _frozen(value)) for name, value in sorted(self.get_params(deep=False).items()))

    def __eq__(self, other):
        return isinstance(other, Configurable) and self._value() == other._value()

    def __hash__(self):
        return hash(self._value())


def _frozen(value):
    """Sequences and arrays as tuples, which compare as a whole."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value
