"""A method that an estimator offers only with some parameters, and whose absence says why.

scikit-learn's ``available_if`` turns every reason into a bare ``AttributeError``. Here the reason itself is raised, so
that ``hasattr`` is False and a caller who tries all the same reads one clear sentence.
"""

from __future__ import annotations

import functools
from types import MethodType

__all__ = ["UnavailableMethod", "available_when"]


class UnavailableMethod(AttributeError, ValueError):
    """The parameters rule the method out: an AttributeError for ``hasattr``, a ValueError about the parameters."""


def available_when(check):
    """Decorate a method that exists only while ``check(estimator)`` does not raise :class:`UnavailableMethod`."""

    def decorate(method):
        return _AvailableMethod(method, check)

    return decorate


class _AvailableMethod:
    def __init__(self, method, check):
        functools.update_wrapper(self, method)
        self._method, self._check = method, check

    def __get__(self, estimator, owner=None):
        if estimator is None:
            return self._method
        self._check(estimator)
        return MethodType(self._method, estimator)
