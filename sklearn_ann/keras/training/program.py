"""The graph of a model's training: whole epochs of batches and their validation.

Comes in: a built and compiled model, the shapes of its rows, the batch size. Goes out: a concrete function
``(n_epochs, orders, *training arrays, *validation arrays) -> one array per metric, with the epochs as first axis``. It
changes the model's variables, as Keras' own functions do: weights, state of the layers, optimizer and metrics.

A batch goes through Keras' own ``train_step`` or ``test_step``, so that losses, metrics and optimizers are Keras' to
the last operation. The rows left over at the end of an epoch are a batch with a shape of its own: padded rows would
enter batch statistics and means.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from ...runtime.backend import tf
from .data import Rows
from .reasons import CannotCompile

__all__ = ["EpochGraph"]


class EpochGraph:
    """Traces the epochs of a model.

    Parameters
    ----------
    model : keras.Model
    training : Rows
    validation : Rows or None
    batch_size : int
    n_epochs : int
        Room for epochs in one call.
    jit_compile : bool
        Whether XLA is to compile it. TensorFlow runs the same graph otherwise, at once but slower.

    Attributes
    ----------
    log_names : tuple of str
        Names of the metrics, known after ``trace``. The outputs are their values in training, then in validation.
    """

    def __init__(
        self,
        model: keras.Model,
        training: Rows,
        validation: Rows | None,
        batch_size: int,
        n_epochs: int,
        jit_compile: bool,
    ) -> None:
        self.model, self.training, self.validation = model, training, validation
        self.batch_size, self.n_epochs, self.jit_compile = batch_size, n_epochs, jit_compile
        self.log_names: tuple[str, ...] = ()

    def trace(self) -> Any:
        """The concrete function; nothing is compiled or run."""
        arrays = [*self.training.arrays, *(() if self.validation is None else self.validation.arrays)]
        return tf.function(self._run, jit_compile=self.jit_compile, autograph=False).get_concrete_function(
            tf.TensorSpec([], tf.int32),
            tf.TensorSpec([self.n_epochs, self.training.n_rows], tf.int32),
            *(tf.TensorSpec(array.shape, array.dtype) for array in arrays),
        )

    def _run(self, n_epochs: Any, orders: Any, *arrays: Any) -> list[Any]:
        n_training = len(self.training.arrays)
        one_epoch = self.model.get_metrics_result()  # for its names and shapes
        self.log_names = tuple(one_epoch)
        train = self._step(self.model.train_step, self.training)
        test = None if self.validation is None else self._step(self.model.test_step, self.validation)
        curves = [
            tf.TensorArray(log.dtype, self.n_epochs, element_shape=log.shape)
            for log in map(tf.convert_to_tensor, [*one_epoch.values()] * (1 if test is None else 2))
        ]

        def run_epoch(epoch: Any, curves: list) -> tuple[Any, list]:
            order = orders[epoch]
            logs = self._train(train, order, arrays[:n_training])
            if test is not None:
                logs += self._evaluate(test, arrays[n_training:])
            return epoch + 1, [curve.write(epoch, log) for curve, log in zip(curves, logs, strict=True)]

        _, curves = tf.while_loop(lambda epoch, _: epoch < n_epochs, run_epoch, (tf.constant(0), curves))
        return [curve.stack() for curve in curves]

    def _step(self, step: Callable, rows: Rows) -> Callable:
        """Keras' step as a function of a batch's arrays, traced once for full batches and the rest."""
        one_shape = rows.n_rows % self.batch_size == 0 or rows.n_rows < self.batch_size
        n_batch_rows = min(self.batch_size, rows.n_rows) if one_shape else None

        def call(*arrays: Any) -> None:
            logs = step(rows.batch(arrays))
            if set(logs) != set(self.log_names):
                raise CannotCompile(
                    f"The compiled loop cannot train this model: compute_metrics gives {sorted(logs)}, while its "
                    f"metrics are {sorted(self.log_names)}; use model.fit."
                )

        specs = [tf.TensorSpec([n_batch_rows, *array.shape[1:]], array.dtype) for array in rows.arrays]
        return tf.function(call, input_signature=specs, autograph=False)

    def _train(self, step: Callable, order: Any, arrays: tuple) -> list[Any]:
        def batch(start: Any, n_rows: int) -> None:
            index = tf.slice(order, [start], [n_rows])
            step(*(tf.gather(array, index) for array in arrays))

        return self._epoch(batch, self.training.n_rows)

    def _evaluate(self, step: Callable, arrays: tuple) -> list[Any]:
        def batch(start: Any, n_rows: int) -> None:
            step(*(tf.slice(a, [start] + [0] * (a.shape.rank - 1), [n_rows, *a.shape[1:]]) for a in arrays))

        return self._epoch(batch, self.validation.n_rows)

    def _epoch(self, run_batch: Callable, n_rows: int) -> list[Any]:
        """All batches; the metrics after them."""
        self.model.reset_metrics()
        n_full, n_left = divmod(n_rows, self.batch_size)
        if n_full == 1:
            run_batch(0, self.batch_size)
        elif n_full:

            def run_full(i: Any) -> Any:
                run_batch(i * self.batch_size, self.batch_size)
                return i + 1

            tf.while_loop(lambda i: i < n_full, run_full, (tf.constant(0),))
        if n_left:
            run_batch(n_full * self.batch_size, n_left)
        return [tf.convert_to_tensor(log) for log in self.model.get_metrics_result().values()]
