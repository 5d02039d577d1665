"""Rows of X as the perceptron's compiled loop reads them: one at a time, dense or CSR, behind one interface.

A row gives its product with the weights, is added to them, and takes its part in the penalties. No row's number is ever
the start of a slice: XLA would make it, and the order of the rows with it, a constant of the program, and compile anew
for every order; a gather of one row is as fast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ..runtime.backend import tf

__all__ = ["CHUNK", "CsrRows", "DenseRows", "Rows", "double"]

CHUNK = 32
"""Stored entries of a CSR row that are read together."""


class _Shape(Protocol):
    """What rows ask of a plan."""

    @property
    def n_features(self) -> int: ...

    @property
    def chunk(self) -> int: ...


def double(value: Any) -> Any:
    """Cast to float64."""
    return tf.cast(value, tf.float64)


class Rows(Protocol):
    """What a turn asks of rows; ``i`` is a row's number."""

    window: int
    """Rows that are scored together in a scan: more wait less for memory, but more of them are scored in vain."""

    def dots(self, window: Any, weights: Any) -> Any:
        """Products of the rows ``window`` with the weights, float64."""

    def dot(self, i: Any, weights: Any) -> Any:
        """Product of a row with the weights, float64."""

    def add(self, i: Any, weights: Any, factor: Any) -> Any:
        """Weights plus ``factor`` times the row."""

    def norms(self, i: Any, weights: Any) -> tuple[Any, Any]:
        """Sum of squares and of moduli of the weights that the row touches."""

    def cut(self, i: Any, weights: Any, done: Any, due: Any, scale: Any) -> tuple[Any, Any]:
        """The L1 penalty's cut of the weights that the row touches: new weights, and what has been cut in all."""


class DenseRows:
    """Rows of a dense array."""

    window = 4

    def __init__(self, plan: _Shape, X: Any) -> None:
        self._X, self._n_features = X, plan.n_features

    def _row(self, i: Any) -> Any:
        return tf.gather(self._X, i)[None]

    def dots(self, window: Any, weights: Any) -> Any:
        # Row by row, because tf.gather of several rows takes their elements one by one.
        rows = tf.concat([self._row(window[k]) for k in range(self.window)], 0)
        return double(tf.linalg.matvec(rows, weights))

    def dot(self, i: Any, weights: Any) -> Any:
        # XLA vectorises the product of a matrix with a vector but not that of two vectors: the row goes in twice.
        row = self._row(i)
        return double(tf.linalg.matvec(tf.concat([row, row], 0), weights)[0])

    def add(self, i: Any, weights: Any, factor: Any) -> Any:
        return weights + factor * self._row(i)[0]

    def norms(self, i: Any, weights: Any) -> tuple[Any, Any]:
        return tf.reduce_sum(weights * weights), tf.reduce_sum(tf.abs(weights))

    def cut(self, i: Any, weights: Any, done: Any, due: Any, scale: Any) -> tuple[Any, Any]:
        cut = _cut(weights, done, due, scale)
        return cut, done + scale * (cut - weights)


class CsrRows:
    """Rows of a CSR array: ``chunk`` stored entries at a time."""

    window = 1

    def __init__(self, plan: _Shape, values: Any, columns: Any, starts: Any) -> None:
        self._values, self._columns, self._starts = values, columns, starts
        self._chunk, self._n_features = plan.chunk, plan.n_features

    def _fold(self, i: Any, visit: Callable, result: tuple) -> tuple:
        """``result = visit(columns, values, *result)`` over the row's chunks.

        Entries behind the end of the row have the value 0 and a column behind the last one, where nothing is written.
        """
        end = tf.gather(self._starts, i + 1)

        def body(start: Any, *result: Any) -> tuple:
            of_row = start + tf.range(self._chunk) < end
            values = tf.where(of_row, tf.gather(self._values, start + tf.range(self._chunk)), 0)
            columns = tf.where(of_row, tf.gather(self._columns, start + tf.range(self._chunk)), self._n_features)
            return start + self._chunk, *visit(columns, values, *result)

        return tf.while_loop(lambda start, *_: start < end, body, (tf.gather(self._starts, i), *result))[1:]

    def _at(self, array: Any, columns: Any) -> Any:
        return tf.gather(array, tf.minimum(columns, self._n_features - 1))

    def dot(self, i: Any, weights: Any) -> Any:
        def visit(columns: Any, values: Any, total: Any) -> tuple:
            return (total + tf.reduce_sum(values * self._at(weights, columns)),)

        return double(self._fold(i, visit, (tf.zeros((), weights.dtype),))[0])

    def dots(self, window: Any, weights: Any) -> Any:
        return self.dot(window[0], weights)[None]

    def add(self, i: Any, weights: Any, factor: Any) -> Any:
        def visit(columns: Any, values: Any, weights: Any) -> tuple:
            return (tf.tensor_scatter_nd_add(weights, columns[:, None], factor * values),)

        return tf.cond(factor != 0, lambda: self._fold(i, visit, (weights,))[0], lambda: weights)

    def norms(self, i: Any, weights: Any) -> tuple[Any, Any]:
        # Of the row's columns only: so does scikit-learn, whose stopping rule this feeds.
        def visit(columns: Any, values: Any, squares: Any, moduli: Any) -> tuple:
            at = tf.where(columns < self._n_features, self._at(weights, columns), 0)
            return squares + tf.reduce_sum(at * at), moduli + tf.reduce_sum(tf.abs(at))

        zero = tf.zeros((), weights.dtype)
        return self._fold(i, visit, (zero, zero))

    def cut(self, i: Any, weights: Any, done: Any, due: Any, scale: Any) -> tuple[Any, Any]:
        def visit(columns: Any, values: Any, weights: Any, done: Any) -> tuple:
            before, done_before = self._at(weights, columns), self._at(done, columns)
            after = _cut(before, done_before, due, scale)
            return (
                tf.tensor_scatter_nd_update(weights, columns[:, None], after),
                tf.tensor_scatter_nd_update(done, columns[:, None], done_before + scale * (after - before)),
            )

        return self._fold(i, visit, (weights, done))


def _cut(weights: Any, done: Any, due: Any, scale: Any) -> Any:
    """Weights moved towards 0, and not across it, by what the L1 penalty is still owed."""
    down = tf.maximum(weights - (due + done) / scale, 0)
    up = tf.minimum(weights + (due - done) / scale, 0)
    return tf.where(weights > 0, down, tf.where(weights < 0, up, weights))
