"""Rows of what Keras takes as inputs or targets, an array or several in a dict, list or tuple; and their orders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from ..runtime.backend import tf

__all__ = ["n_rows", "row_orders", "take_rows", "text_as_tensors"]


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


def text_as_tensors(data: Any) -> Any:
    """Arrays of text as tensors: Keras takes only vectors of it."""
    return keras.tree.map_structure(_text_as_tensor, data)


def _text_as_tensor(array: Any) -> Any:
    return tf.constant(array) if isinstance(array, np.ndarray) and array.dtype.kind == "O" else array


def row_orders(
    generator: np.random.RandomState, n_rows: int, batch_size: int, shuffle: bool | str
) -> Iterator[np.ndarray]:
    """The order of each epoch, without end; ``shuffle="batch"`` shuffles within the batches."""
    while True:
        if shuffle == "batch":
            starts = range(0, n_rows, batch_size)
            yield np.concatenate([s + generator.permutation(min(batch_size, n_rows - s)) for s in starts])
        else:
            yield generator.permutation(n_rows) if shuffle else np.arange(n_rows)
