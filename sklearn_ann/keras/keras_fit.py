"""Keras' own ``fit`` and ``predict``, with orders of rows from a given generator and with sparse rows.

Comes in: a compiled model and arguments of ``Model.fit``. Goes out: its History. Keras shuffles by TensorFlow's global
generator, and does not batch all of SciPy's sparse formats; where that matters, batches are made here. Each epoch
then begins a new pass over them, so that nothing but the generator carries over from one epoch to the next. A model's
own ``fit`` may expect arrays; it gets them, in one order for all epochs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from scipy import sparse

from ..runtime.backend import tf
from .rows import n_rows, row_orders, take_rows, text_as_tensors

__all__ = ["build", "has_own_fit", "keras_fit", "keras_predict"]


def has_own_fit(model: keras.Model) -> bool:
    """Whether something else than Keras' ``fit`` trains the model."""
    return getattr(model.fit, "__func__", None) is not keras.Model.fit


def build(model: keras.Model, x: Any, y: Any, sample_weight: Any) -> None:
    """Create a model's variables and metrics, which Keras creates in the first step; those of optimizers remain to it.

    Raises
    ------
    ValueError
        If Keras cannot build all layers before a step.
    """
    first = keras.tree.map_structure(tf.convert_to_tensor, _Batches((x, y, sample_weight), 1)[0])
    reason = ""
    optimizer, model.optimizer = model.optimizer, None  # a train_step of the user's own may train a part of the model
    try:
        model._symbolic_build(data_batch=first)
    except Exception as error:  # whatever a model raises whose train_step uses call and loss in another way than Keras
        reason = f" ({error})"
    finally:
        model.optimizer = optimizer
    if not all(layer.built for layer in model._flatten_layers()):
        raise ValueError(
            "A fit with callbacks of sklearn_ann, or with resume, needs a model that is built, got one with layers "
            f"that only its train_step builds{reason}; call the model on a batch in the build function."
        )


def keras_fit(
    model: keras.Model, x: Any, y: Any, *, generator: np.random.RandomState | None = None, **arguments: Any
) -> keras.callbacks.History:
    """Call ``model.fit``; rows are shuffled by ``generator`` if there is one."""
    shuffle = arguments.get("shuffle", True)
    if has_own_fit(model):
        if generator is not None and shuffle:
            x, y, arguments = _in_one_order(x, y, generator, arguments)
        return model.fit(x=x, y=y, **arguments)
    if arguments.get("validation_data") is not None:
        arguments["validation_data"] = text_as_tensors(arguments["validation_data"])
    is_plain = not sparse.issparse(x) and (generator is None or not shuffle)
    if is_plain or arguments.get("steps_per_epoch") is not None:
        return model.fit(x=text_as_tensors(x), y=y, **arguments)
    arguments["shuffle"] = False  # by Keras, of batches
    split, sample_weight = arguments.pop("validation_split", 0.0), arguments.pop("sample_weight", None)
    batch_size = arguments.pop("batch_size", None) or 32
    if split and arguments.get("validation_data") is None:
        n_train = _n_train(x, split)
        validation = [take_rows(part, slice(n_train, None)) for part in (x, y, sample_weight)]
        arguments["validation_data"] = _Batches(validation, arguments.pop("validation_batch_size", None) or batch_size)
        x, y, sample_weight = (take_rows(part, slice(n_train)) for part in (x, y, sample_weight))
    elif not arguments.get("validation_batch_size"):
        arguments["validation_batch_size"] = batch_size  # Keras' rule, and here it does not know that of training
    batches = _Batches((x, y, sample_weight), batch_size)
    if shuffle:
        orders = row_orders(generator or np.random.RandomState(), len(batches.order), batch_size, shuffle)
        arguments["callbacks"] = [_Shuffle(batches, orders), *arguments.get("callbacks", ())]
    return model.fit(batches, **arguments)


def _in_one_order(x: Any, y: Any, generator: np.random.RandomState, arguments: dict) -> tuple[Any, Any, dict]:
    """Shuffle the rows that train; those of ``validation_split`` stay the last ones."""
    split = arguments.get("validation_split") if arguments.get("validation_data") is None else None
    order, n_train = np.arange(n_rows(x)), _n_train(x, split or 0.0)
    batch_size, shuffle = arguments.get("batch_size") or 32, arguments.get("shuffle", True)
    order[:n_train] = next(row_orders(generator, n_train, batch_size, shuffle))
    x, y, sample_weight = (take_rows(part, order) for part in (x, y, arguments.get("sample_weight")))
    return x, y, arguments | {"sample_weight": sample_weight, "shuffle": False}


def _n_train(x: Any, validation_split: float) -> int:
    """Number of rows that train; Keras' rule is that the last rows validate."""
    return math.floor(n_rows(x) * (1 - validation_split))


def keras_predict(model: keras.Model, x: Any, **arguments: Any) -> Any:
    """Call ``model.predict``."""
    if not sparse.issparse(x):
        return model.predict(x=text_as_tensors(x), **arguments)
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
        return tuple(
            text_as_tensors(keras.tree.map_structure(_as_dense, take_rows(part, rows))) for part in self._parts
        )


def _as_dense(array: Any) -> np.ndarray:
    """A dense array, floats in the type that Keras gives them in arrays."""
    array = array.toarray() if sparse.issparse(array) else array
    return array.astype(keras.config.floatx(), copy=False) if array.dtype.kind == "f" else array


class _Shuffle(keras.callbacks.Callback):
    """Draws an order for every epoch. Keras calls the hooks of a data set more often than that."""

    def __init__(self, batches: _Batches, orders: Iterator[np.ndarray]) -> None:
        super().__init__()
        self._batches, self._orders = batches, orders

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._batches.order = next(self._orders)
