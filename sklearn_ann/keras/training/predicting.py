"""Predictions of a Keras model without the cost of ``model.predict`` for every call.

Comes in: a model and inputs. Goes out: what ``model.predict`` gives. Keras' own compiled function does the work
(``model.predict_on_batch``), in large blocks and without its data pipeline, which takes 50 ms for a single row.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from ...runtime.availability import check_can_run
from .data import as_rows
from .reasons import CannotCompile

__all__ = ["predict_model"]

_BLOCK_NUMBERS = 1 << 20  # numbers of the inputs in one block
_FEWEST_ROWS, _MOST_ROWS = 32, 4096


def predict_model(model: keras.Model, x: Any, *, batch_size: int | None = None) -> Any:
    """Outputs of a model, as ``model.predict`` gives them.

    Parameters
    ----------
    model : keras.Model
    x : array of shape (n_rows, ...) or a tree of them
    batch_size : int, optional
        Rows that go through the model at once. By default as many as make about a million numbers of input, at least
        32 and at most 4096.

    Returns
    -------
    ndarray or a tree of them

    Raises
    ------
    RuntimeError
        If TensorFlow cannot run in this process.

    Examples
    --------
    >>> import keras, numpy as np
    >>> from sklearn_ann.keras.training import predict_model
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    >>> predict_model(model, np.array([[1.0, 2.0]]))
    array([[3.]], dtype=float32)
    """
    check_can_run()
    if not _is_plain(model):
        return model.predict(x, batch_size=batch_size, verbose=0)
    try:
        rows = as_rows(x)
    except CannotCompile:  # sparse, text: Keras knows how to cut it up
        return model.predict(x, batch_size=batch_size, verbose=0)
    if not batch_size:
        numbers_per_row = max(1, sum(array[0].size for array in rows.arrays) if rows.n_rows else 1)
        batch_size = int(np.clip(_BLOCK_NUMBERS // numbers_per_row, _FEWEST_ROWS, _MOST_ROWS))
    blocks = [
        model.predict_on_batch(rows.batch([array[start : start + batch_size] for array in rows.arrays])[0])
        for start in range(0, rows.n_rows, batch_size)
    ]
    if len(blocks) == 1:
        return blocks[0]
    return keras.tree.map_structure(lambda *parts: np.concatenate(parts), *blocks)


def _is_plain(model: keras.Model) -> bool:
    return type(model).predict is keras.Model.predict and not {"predict", "predict_on_batch"} & set(vars(model))
