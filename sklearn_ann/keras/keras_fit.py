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
    if shuffles and generator is None:
        generator = np.random.RandomState()
    return model.fit(_Batches((x, y, sample_weight), batch_size, generator if shuffles else None), **arguments)


def keras_predict(model: keras.Model, x: Any, **arguments: Any) -> Any:
    """Call ``model.predict``."""
    if not sparse.issparse(x):
        return model.predict(x=x, **arguments)
    return model.predict(_Batches((x,), arguments.pop("batch_size", None) or 32), **arguments)


class _Batches(keras.utils.PyDataset):
    """Batches of inputs, targets and weights; with a generator in an order that is drawn anew for every epoch."""

    def __init__(self, parts: Any, batch_size: int, generator: np.random.RandomState | None = None) -> None:
        super().__init__()
        self._parts = [tuple(part) if isinstance(part, list) else part for part in parts if part is not None]
        self._batch_size, self._generator, self._n_rows = batch_size, generator, n_rows(self._parts[0])
        self._order = np.arange(self._n_rows)
        self.on_epoch_end()

    def __len__(self) -> int:
        return math.ceil(self._n_rows / self._batch_size)

    def __getitem__(self, batch: int) -> tuple:
        rows = self._order[batch * self._batch_size : (batch + 1) * self._batch_size]
        taken = (take_rows(part, rows) for part in self._parts)
        return tuple(part.toarray() if sparse.issparse(part) else part for part in taken)

    def on_epoch_end(self) -> None:
        """Draw the next order."""
        if self._generator is not None:
            self._order = self._generator.permutation(self._n_rows)
