"""Keras' own ``fit`` and ``predict``, with orders of rows from a given generator and with sparse rows.

Comes in: a compiled model and arguments of ``Model.fit``. Goes out: its History. Keras shuffles by TensorFlow's global
generator, and does not batch all of SciPy's sparse formats; where that matters, batches are made here.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from scipy import sparse

from .rows import n_rows, take_rows

__all__ = ["keras_fit", "keras_predict"]


def keras_fit(
    model: keras.Model, x: Any, y: Any, *, generator: np.random.RandomState | None = None, **arguments: Any
) -> keras.callbacks.History:
    """Call ``model.fit``; rows are shuffled by ``generator`` if there is one."""
    shuffles = arguments.get("shuffle", True) is True
    is_plain = not sparse.issparse(x) and (generator is None or not shuffles)
    if is_plain or arguments.get("steps_per_epoch") is not None:
        return model.fit(x=x, y=y, **arguments)
    arguments["shuffle"] = False  # by Keras, of batches
    split, sample_weight = arguments.pop("validation_split", 0.0), arguments.pop("sample_weight", None)
    batch_size = arguments.pop("batch_size", None) or 32
    if split and arguments.get("validation_data") is None:
        n_train = math.floor(n_rows(x) * (1 - split))  # Keras' rule: the last rows validate
        validation = [take_rows(part, slice(n_train, None)) for part in (x, y, sample_weight)]
        arguments["validation_data"] = _Batches(validation, arguments.pop("validation_batch_size", None) or batch_size)
        x, y, sample_weight = (take_rows(part, slice(n_train)) for part in (x, y, sample_weight))
    batches = _Batches((x, y, sample_weight), batch_size)
    if shuffles:
        shuffle = _Shuffle(batches, np.random.RandomState() if generator is None else generator)
        arguments["callbacks"] = [shuffle, *arguments.get("callbacks", ())]
    return model.fit(batches, **arguments)


def keras_predict(model: keras.Model, x: Any, **arguments: Any) -> Any:
    """Call ``model.predict``."""
    if not sparse.issparse(x):
        return model.predict(x=x, **arguments)
    return model.predict(_Batches((x,), arguments.pop("batch_size", None) or 32), **arguments)


class _Batches(keras.utils.PyDataset):
    """Batches of inputs, targets and weights, dense, in the order of ``order``."""

    def __init__(self, parts: Any, batch_size: int) -> None:
        super().__init__()
        self._parts = [tuple(part) if isinstance(part, list) else part for part in parts if part is not None]
        self._batch_size = batch_size
        self.order = np.arange(n_rows(self._parts[0]))

    def __len__(self) -> int:
        return math.ceil(len(self.order) / self._batch_size)

    def __getitem__(self, batch: int) -> tuple:
        rows = self.order[batch * self._batch_size : (batch + 1) * self._batch_size]
        taken = (take_rows(part, rows) for part in self._parts)
        return tuple(part.toarray() if sparse.issparse(part) else part for part in taken)


class _Shuffle(keras.callbacks.Callback):
    """Draws an order for every epoch. Keras calls the hooks of a data set more often than that."""

    def __init__(self, batches: _Batches, generator: np.random.RandomState) -> None:
        super().__init__()
        self._batches, self._generator = batches, generator

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._batches.order = self._generator.permutation(len(self._batches.order))
