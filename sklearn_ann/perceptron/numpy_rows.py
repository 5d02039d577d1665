"""Rows of X as the perceptron's NumPy loop reads them: a block at a time in the order of the epoch, dense or CSR."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
from scipy import sparse

__all__ = ["Block", "RowBounds", "block_of", "block_rows", "row_bounds"]

_BLOCK_VALUES = 2**15  # a block stays in the cache, and is below what OpenBLAS splits among threads
_MOST_ROWS = 4096


class Block(Protocol):
    """Consecutive rows of an epoch."""

    window: int
    """Rows to score together after a mistake: more cost little time, but more of them are scored in vain."""

    def dots(self, start: int, stop: int, weights: np.ndarray) -> np.ndarray:
        """Products of the rows from ``start`` up to ``stop`` with the weights."""

    def add(self, i: int, weights: np.ndarray, factor: np.ndarray) -> None:
        """Add ``factor``, a double without dimensions, times a row to the weights."""

    def row(self, i: int) -> tuple[Any, np.ndarray]:
        """Columns of a row, as an index of the weights, and its values."""

    def rows(self) -> Iterator[tuple[Any, np.ndarray]]:
        """All rows, one by one."""


class RowBounds(NamedTuple):
    """Upper bounds over all rows: number of values, and Euclidean norm."""

    n_values: int
    norm: float


def row_bounds(X: Any) -> RowBounds:
    """Bounds of the rows of X."""
    if sparse.issparse(X):
        n_values = int(np.diff(X.indptr).max(initial=0))
        return RowBounds(n_values, float(np.abs(X.data).max(initial=0)) * n_values**0.5)
    return RowBounds(X.shape[1], float(np.vecdot(X, X).max(initial=0)) ** 0.5)


def block_rows(X: Any) -> int:
    """Rows of a block."""
    values_per_row = (X.nnz if sparse.issparse(X) else X.size) // max(1, X.shape[0])
    return min(max(16, _BLOCK_VALUES // max(1, values_per_row)), _MOST_ROWS)


def block_of(X: Any, rows: np.ndarray) -> Block:
    """Copy of some rows of X."""
    return _CsrBlock(X[rows]) if sparse.issparse(X) else _DenseBlock(X.take(rows, axis=0))


class _DenseBlock:
    window = 32

    def __init__(self, X: np.ndarray) -> None:
        self._X = X

    def dots(self, start: int, stop: int, weights: np.ndarray) -> np.ndarray:
        return self._X[start:stop].dot(weights)

    def add(self, i: int, weights: np.ndarray, factor: np.ndarray) -> None:
        weights += factor * self._X[i]

    def row(self, i: int) -> tuple[slice, np.ndarray]:
        return slice(None), self._X[i]

    def rows(self) -> Iterator[tuple[slice, np.ndarray]]:
        return zip(itertools.repeat(slice(None)), self._X)


class _CsrBlock:
    window = 8

    def __init__(self, X: sparse.csr_array) -> None:
        # One entry more than there are: reduceat wants a start behind every row, also behind the last.
        self._values, self._columns = np.append(X.data, X.dtype.type(0)), np.append(X.indices, 0)
        self._indptr, self._starts = X.indptr, X.indptr.tolist()
        self._is_empty = np.diff(X.indptr) == 0

    def dots(self, start: int, stop: int, weights: np.ndarray) -> np.ndarray:
        first = self._starts[start]
        entries = slice(first, self._starts[stop] + 1)
        products = self._values[entries] * weights.take(self._columns[entries])
        sums = np.add.reduceat(products, self._indptr[start : stop + 1] - first)[:-1]
        sums[self._is_empty[start:stop]] = 0
        return sums

    def add(self, i: int, weights: np.ndarray, factor: np.ndarray) -> None:
        columns, values = self.row(i)
        weights[columns] += factor * values

    def row(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        entries = slice(self._starts[i], self._starts[i + 1])
        return self._columns[entries], self._values[entries]

    def rows(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        return map(self.row, range(len(self._is_empty)))
