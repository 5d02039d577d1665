"""Hyperparameters by name, each within the namespace of its owner: ``'loss.delta'``, ``'solver.momentum'``.

All numbers of a fit flow into a program as one flat mapping. A name within its owner's namespace cannot meet the same
name of another owner: a loss may have a ``tol`` of its own. Names without an owner are the engine's.

Owners are ``loss``, ``link``, ``output``, ``activation_1``, ``activation_2``, ..., ``normalization``, ``auxiliary``,
``solver``, ``rule`` (of the learning rate), ``regularizer``, ``noise``, ``augmentation_0``, ``augmentation_1``, ...
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["scoped", "scoped_names", "within"]


def scoped_names(owner: str, names: Iterable[str]) -> tuple[str, ...]:
    """Names of an owner's numbers in the mapping of all numbers."""
    return tuple(f"{owner}.{name}" for name in names)


def scoped(owner: str, numbers: Mapping[str, Any]) -> dict[str, Any]:
    """An owner's numbers as they go into the mapping of all numbers."""
    return dict(zip(scoped_names(owner, numbers), numbers.values(), strict=True))


def within(numbers: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """An owner's numbers by its own names: the inverse of :func:`scoped`."""
    prefix = f"{owner}."
    return {name.removeprefix(prefix): value for name, value in numbers.items() if name.startswith(prefix)}
