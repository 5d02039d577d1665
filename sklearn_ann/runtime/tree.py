"""Functions of values nested in tuples and named tuples: ``tf.nest`` without its cost at every call of a small fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["leaves", "map_leaves"]


def map_leaves(function: Callable[[Any], Any], value: Any) -> Any:
    """The same nest with ``function`` of each leaf; leaves are visited from left to right."""
    if not isinstance(value, tuple):
        return function(value)
    parts = [map_leaves(function, part) for part in value]
    return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)


def leaves(value: Any) -> Iterator[Any]:
    """The leaves from left to right."""
    if isinstance(value, tuple):
        for part in value:
            yield from leaves(part)
    else:
        yield value
