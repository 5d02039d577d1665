"""A fit of a Keras model: whole epochs in a compiled program, and Keras' callbacks between them.

Comes in: a compiled model, arrays, the arguments of ``Model.fit``. Goes out: Keras' History; the model, its optimizer
and its metrics are as after ``Model.fit``. What the compiled program cannot train is refused, not trained otherwise.

Callbacks see the model after every epoch, and what they change (weights, learning rate, ``stop_training``) holds for
the next: the program works on the model's own variables. Where nobody watches, a call runs as many epochs as take a
quarter of a second, so that Ctrl-C gets its turn.

A fit of a few hundred steps is over before XLA has compiled it. TensorFlow runs its graph as it is; which of the two it
is follows from the number of steps alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import keras
import numpy as np

from ...runtime.availability import check_can_run
from ...runtime.backend import tf
from ...runtime.devices import as_tensor
from ..rows import row_orders
from .data import Rows, as_rows, split_rows
from .reasons import CannotCompile, reason_not_compiled
from .trained import EpochProgram, epoch_program

__all__ = ["fit_model"]

_SECONDS_PER_CALL = 0.25
_STEPS_WORTH_COMPILING = 500  # compiling takes about as long as TensorFlow takes longer for two or three such fits
_BATCH_SIZE = 32  # Keras' default


def fit_model(
    model: keras.Model,
    x: Any,
    y: Any = None,
    *,
    batch_size: int | None = None,
    epochs: int = 1,
    initial_epoch: int = 0,
    sample_weight: Any = None,
    class_weight: dict | None = None,
    validation_data: tuple | None = None,
    validation_split: float = 0.0,
    shuffle: bool | str = True,
    callbacks: Any = (),
    verbose: int | str = 0,
    generator: np.random.RandomState | None = None,
) -> keras.callbacks.History:
    """Train a model as ``Model.fit`` does, in a compiled loop over epochs.

    From 500 steps on, XLA compiles the loop; shorter fits run as a TensorFlow graph.

    Parameters
    ----------
    model : keras.Model
        Compiled (by ``model.compile``), built or not.
    x, y, sample_weight : array of shape (n_rows, ...), or a tree of them
        As for ``Model.fit``; dense and numeric.
    batch_size : int, default=32
    epochs, initial_epoch : int
        Training ends with the epoch of number ``epochs``, counted from 0 to ``epochs - 1``, and begins with
        ``initial_epoch``.
    class_weight : dict of int to float, optional
    validation_data : tuple (x, y) or (x, y, sample_weight), optional
    validation_split : float, default=0.0
        Share of the rows, the last ones, that validate.
    shuffle : bool or "batch", default=True
        Whether each epoch has an order of its own; "batch" shuffles within the batches.
    callbacks : keras.callbacks.Callback or list of them
    verbose : {"auto", 0, 1, 2}, default=0
    generator : numpy.random.RandomState, optional
        Draws one permutation per epoch. None draws fresh entropy.

    Returns
    -------
    keras.callbacks.History

    Raises
    ------
    CannotCompile
        If the model or its data cannot be trained so (see :func:`reason_not_compiled`), or TensorFlow cannot trace or
        compile it. Nothing has been trained then, and Keras' own ``fit`` may try.
    ValueError
        If the arrays do not go with each other.
    RuntimeError
        If TensorFlow cannot run in this process.

    Examples
    --------
    >>> import keras, numpy as np
    >>> from sklearn_ann.keras.training import fit_model
    >>> X = np.linspace(-1, 1, 64)[:, None]
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="zeros")])
    >>> model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    >>> history = fit_model(model, X, 2 * X, epochs=50, generator=np.random.RandomState(0))
    >>> len(history.history["loss"]), history.history["loss"][-1] < 0.01
    (50, True)
    """
    check_can_run()
    reason = reason_not_compiled(model, callbacks)
    if reason is not None:
        raise CannotCompile(f"The compiled loop cannot train this model: {reason}; use model.fit.")
    validation = None
    if validation_data is not None:
        validation = as_rows(*keras.utils.unpack_x_y_sample_weight(validation_data))
    elif validation_split:
        (x, y, sample_weight), held_out = split_rows(x, y, sample_weight, validation_split)
        validation = as_rows(*held_out)
    training = as_rows(x, y, sample_weight, class_weight)
    batch_size = batch_size or _BATCH_SIZE
    orders = row_orders(generator or np.random.RandomState(), training.n_rows, batch_size, shuffle)
    n_steps = -(-training.n_rows // batch_size) * (epochs - initial_epoch)
    run = _Run(model, training, validation, batch_size, orders, jit_compile=n_steps >= _STEPS_WORTH_COMPILING)
    return _loop(run, callbacks, epochs, initial_epoch, verbose)


class _Logs(NamedTuple):
    """Metrics of an epoch by name."""

    training: dict[str, Any]
    validation: dict[str, Any]

    def of_epoch(self) -> dict[str, Any]:
        """All of them by Keras' names."""
        return self.training | {f"val_{name}": value for name, value in self.validation.items()}


class _Run:
    """A model with its rows on the device."""

    def __init__(
        self,
        model: keras.Model,
        training: Rows,
        validation: Rows | None,
        batch_size: int,
        orders: Iterator[np.ndarray],
        jit_compile: bool,
    ) -> None:
        self.model, self.orders = model, orders
        self.n_batches, self.n_validation_batches = (
            0 if rows is None else -(-rows.n_rows // batch_size) for rows in (training, validation)
        )
        try:
            self.program: EpochProgram = epoch_program(model, training, validation, batch_size, jit_compile)
        except Exception as error:  # whatever a layer, loss or metric of the user's raises in a graph
            raise _cannot_compile(error) from error
        arrays = [*training.arrays, *(() if validation is None else validation.arrays)]
        self.arrays = [_on_device(array) for array in arrays]
        self.order_buffer = np.zeros((self.program.n_epochs, training.n_rows), np.int32)
        try:
            self._run(0)  # compiles, and trains nothing: callbacks have not been told of a fit yet
        except tf.errors.OpError as error:
            raise _cannot_compile(error) from error

    def epochs(self, n_epochs: int) -> list[_Logs]:
        """Train some epochs; the logs of each."""
        for i in range(n_epochs):
            self.order_buffer[i] = next(self.orders)
        epochs = list(zip(*(curve.numpy()[:n_epochs] for curve in self._run(n_epochs)), strict=True))
        n_metrics = len(self.program.log_names)
        return [_Logs(self._named(values[:n_metrics]), self._named(values[n_metrics:])) for values in epochs]

    def _run(self, n_epochs: int) -> list[Any]:
        arguments = [tf.constant(n_epochs, tf.int32), tf.constant(self.order_buffer), *self.arrays]
        return self.program.run(arguments, self.program.captures)

    def _named(self, values: tuple) -> dict[str, Any]:
        return dict(zip(self.program.log_names, values, strict=True)) if values else {}


def _on_device(array: np.ndarray) -> Any:
    """A tensor, which shares the array's memory where that can be."""
    can_share = array.flags.c_contiguous and array.flags.writeable and array.dtype.kind != "b"  # DLPack's limits
    return as_tensor(array) if can_share else tf.constant(array)


def _cannot_compile(error: Exception) -> CannotCompile:
    if isinstance(error, CannotCompile):
        return error
    first_line = next(iter(str(error).strip().splitlines()), "")
    return CannotCompile(
        f"The compiled loop cannot train this model: {type(error).__name__}: {first_line}; use model.fit."
    )


def _loop(run: _Run, callbacks: Any, epochs: int, initial_epoch: int, verbose: int | str) -> keras.callbacks.History:
    """Keras' loop over epochs, with its order of hooks; a batch that hooks hear of is an epoch."""
    model = run.model
    hooks = callbacks
    if not isinstance(callbacks, keras.callbacks.CallbackList):
        hooks = keras.callbacks.CallbackList(
            list(keras.tree.flatten(callbacks or ())),
            add_history=True,
            add_progbar=verbose != 0,
            verbose=verbose,
            epochs=epochs,
            steps=run.n_batches,
            model=model,
        )
    is_watched = bool(callbacks) or verbose != 0
    model.stop_training = False
    hooks.on_train_begin()
    epoch, n_ahead, logs = model._initial_epoch or initial_epoch, 1, None  # the first by BackupAndRestore
    while epoch < epochs and not model.stop_training:
        n_epochs = min(n_ahead, run.program.n_epochs, epochs - epoch)
        hooks.on_epoch_begin(epoch)
        hooks.on_train_batch_begin(0)
        started = time.perf_counter()
        done = run.epochs(n_epochs)
        seconds = (time.perf_counter() - started) / n_epochs
        for i, logs in enumerate(done):
            if i:
                hooks.on_epoch_begin(epoch + i)
            _end_epoch(hooks, run, epoch + i, logs)
        epoch += n_epochs
        if not is_watched:
            n_ahead = int(np.clip(_SECONDS_PER_CALL / seconds, 1, 4 * n_ahead))
    if isinstance(model.optimizer, keras.optimizers.Optimizer) and epochs > 0:
        model.optimizer.finalize_variable_values(model.trainable_weights)
    hooks.on_train_end(None if logs is None else logs.of_epoch())
    return model.history


def _end_epoch(hooks: keras.callbacks.CallbackList, run: _Run, epoch: int, logs: _Logs) -> None:
    hooks.on_train_batch_end(run.n_batches - 1, logs.training)
    if logs.validation:
        hooks.on_test_begin()
        hooks.on_test_batch_begin(0)
        hooks.on_test_batch_end(run.n_validation_batches - 1, logs.validation)
        hooks.on_test_end(logs.validation)
    hooks.on_epoch_end(epoch, logs.of_epoch())
