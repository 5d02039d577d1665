"""Keras' own ``fit`` with orders of rows from a given generator, in place of TensorFlow's global one.

Comes in: a compiled model and arguments of ``Model.fit``. Goes out: its History.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

from .rows import n_rows, take_rows

__all__ = ["keras_fit"]


def keras_fit(
    model: keras.Model, x: Any, y: Any, *, generator: np.random.RandomState | None = None, **arguments: Any
) -> keras.callbacks.History:
    """Call ``model.fit``; rows are shuffled by ``generator`` if there is one."""
    if generator is None or arguments.get("shuffle", True) is not True or arguments.get("steps_per_epoch") is not None:
        return model.fit(x=x, y=y, **arguments)
    arguments["shuffle"] = False  # by Keras, of batches
    split, sample_weight = arguments.pop("validation_split", 0.0), arguments.pop("sample_weight", None)
    if split and arguments.get("validation_data") is None:
        n_train = math.floor(n_rows(x) * (1 - split))  # Keras' rule: the last rows validate
        train, validation = slice(n_train), slice(n_train, None)
        arguments["validation_data"] = _without_none(
            *(take_rows(part, validation) for part in (x, y)), take_rows(sample_weight, validation)
        )
        x, y, sample_weight = (take_rows(part, train) for part in (x, y, sample_weight))
    rows = _ShuffledRows(_without_none(x, y, sample_weight), arguments.pop("batch_size", None) or 32, generator)
    return model.fit(rows, **arguments)


def _without_none(*parts: Any) -> tuple:
    """Inputs, targets and weights as Keras takes a batch of them: a list would be one tensor."""
    return tuple(tuple(part) if isinstance(part, list) else part for part in parts if part is not None)


class _ShuffledRows(keras.utils.PyDataset):
    """Batches of rows in an order that is drawn anew for every epoch."""

    def __init__(self, parts: tuple, batch_size: int, generator: np.random.RandomState) -> None:
        super().__init__()
        self._parts, self._batch_size, self._generator = parts, batch_size, generator
        self._n_rows = n_rows(parts[0])
        self._order = generator.permutation(self._n_rows)

    def __len__(self) -> int:
        return math.ceil(self._n_rows / self._batch_size)

    def __getitem__(self, batch: int) -> tuple:
        rows = self._order[batch * self._batch_size : (batch + 1) * self._batch_size]
        return tuple(take_rows(part, rows) for part in self._parts)

    def on_epoch_end(self) -> None:
        self._order = self._generator.permutation(self._n_rows)
