"""Predictions of a Keras model without the cost of ``model.predict`` for every call.

Comes in: a model and inputs. Goes out: what ``model.predict`` gives. Keras' own predict function does the work, in
large blocks and without the data pipeline, which takes 50 ms for a single row. It is traced once for any number of
rows, or runs eagerly in batches of Keras' size if the model does. Of sparse rows, only one block is dense at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from scipy import sparse

from ...runtime.availability import check_can_run
from ...runtime.backend import tf
from ..rows import text_as_tensors
from .data import Rows, as_rows
from .reasons import CannotCompile

__all__ = ["predict_model"]

_BLOCK_NUMBERS = 1 << 20  # numbers of the inputs in one block
_FEWEST_ROWS, _MOST_ROWS = 32, 4096
_BATCH_SIZE = 32  # Keras' default
_TRACED = "_sklearn_ann_traced"


def predict_model(model: keras.Model, x: Any, *, batch_size: int | None = None) -> Any:
    """Outputs of a model, as ``model.predict`` gives them.

    Parameters
    ----------
    model : keras.Model
    x : array or sparse matrix of shape (n_rows, ...), or a tree of arrays
    batch_size : int, optional
        Rows that go through the model at once. By default as many as make about a million numbers of input, at least
        32 and at most 4096; 32 if the model runs eagerly.

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
    if sparse.issparse(x):
        x, batch_size = x.tocsr(), batch_size or _batch_size(model, x.shape[1])
        starts = range(0, max(1, x.shape[0]), batch_size)
        return _joined([predict_model(model, x[i : i + batch_size].toarray(), batch_size=batch_size) for i in starts])
    rows = _rows(model, x)
    if rows is None:
        return model.predict(text_as_tensors(x), batch_size=batch_size, verbose=0)
    batch_size = batch_size or _batch_size(model, sum(array[0].size for array in rows.arrays))
    predict = _predict_function(model, rows)
    blocks = []
    for start in range(0, rows.n_rows, batch_size):
        tensors = [tf.constant(array[start : start + batch_size]) for array in rows.arrays]
        outputs = predict([(rows.batch(tensors)[0],)])
        blocks.append(keras.tree.map_structure(keras.ops.convert_to_numpy, outputs))
    return _joined(blocks)


def _batch_size(model: keras.Model, numbers_per_row: int) -> int:
    if model.run_eagerly:
        return _BATCH_SIZE
    return int(np.clip(_BLOCK_NUMBERS // max(1, numbers_per_row), _FEWEST_ROWS, _MOST_ROWS))


def _joined(blocks: list) -> Any:
    """Outputs of blocks of rows as those of all rows."""
    if len(blocks) == 1:
        return blocks[0]
    return keras.tree.map_structure(lambda *parts: np.concatenate(parts), *blocks)


def _rows(model: keras.Model, x: Any) -> Rows | None:
    """Inputs as arrays; None if they, or the model, are for Keras alone."""
    if type(model).predict is not keras.Model.predict or "predict" in vars(model):
        return None
    if tf.config.functions_run_eagerly() or tf.distribute.has_strategy():
        return None
    try:
        rows = as_rows(x)
    except CannotCompile:  # text
        return None
    return rows if rows.n_rows else None


def _predict_function(model: keras.Model, rows: Rows) -> Callable:
    """Keras' predict function for inputs of these types; Keras keeps it, and drops it when the model changes."""
    model.make_predict_function()
    if model.run_eagerly:
        return model.predict_function
    # A call of the tf.function itself would have it trace for each new number of rows, and TensorFlow warn of that; its
    # own look-up of what has been traced takes 0.1 ms. So they are kept with it, by the types of the inputs.
    known = vars(model.predict_function).setdefault(_TRACED, {})
    key = (repr(rows.structure), *((array.shape[1:], array.dtype) for array in rows.arrays))
    if key not in known:
        specs = [tf.TensorSpec([None, *array.shape[1:]], array.dtype) for array in rows.arrays]
        known[key] = model.predict_function.get_concrete_function([(rows.batch(specs)[0],)])
    return known[key]
