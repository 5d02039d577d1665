"""Rows of what Keras takes as inputs or targets: an array, or several in a dict, list or tuple."""

from __future__ import annotations

from typing import Any

__all__ = ["n_rows", "take_rows"]


def n_rows(data: Any) -> int:
    """Number of rows of the first array."""
    while isinstance(data, dict | list | tuple):
        data = next(iter(data.values() if isinstance(data, dict) else data))
    return data.shape[0]


def take_rows(data: Any, rows: Any) -> Any:
    """Rows of every array by a slice, a mask or indices; None stays None."""
    if isinstance(data, dict):
        return {name: take_rows(each, rows) for name, each in data.items()}
    if isinstance(data, list | tuple):
        return type(data)(take_rows(each, rows) for each in data)
    return None if data is None else data[rows]
