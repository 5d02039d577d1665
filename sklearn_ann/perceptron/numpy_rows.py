"""Rows of X as the perceptron's NumPy loop reads them: a block at a time in the order of the epoch, dense or CSR.

A row is a pair of its columns and its values, such that ``values @ weights[columns]`` is its product with the weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
from scipy import sparse

__all__ = ["Block", "Row", "block_of", "block_rows"]

_BLOCK_VALUES = 2**15  # a block stays in the cache, and is below what OpenBLAS splits among threads


class Row(NamedTuple):
    """One row: where its values stand, and its values."""

    columns: Any
    values: np.ndarray


class Block(Protocol):
    """Consecutive rows of an epoch."""

    window: int
    """Rows to score together after a mistake: more cost little time, but more of them are scored in vain."""

    def dots(self, start: int, stop: int, weights: np.ndarray) -> np.ndarray:
        """Products of the rows from ``start`` up to ``stop`` with the weights."""

    def add(self, i: int, weights: np.ndarray, factor: float) -> None:
        """Add ``factor`` times a row to the weights."""

    def rows(self) -> Iterator[Row]:
        """All rows, one by one."""


def block_rows(X: Any) -> int:
    """Rows of a block."""
    values_per_row = (X.nnz if sparse.issparse(X) else X.size) // max(1, X.shape[0])
    return max(16, _BLOCK_VALUES // max(1, values_per_row))


def block_of(X: Any, order: np.ndarray) -> Block:
    """Copy of the rows ``order`` of X."""
    return _CsrBlock(X[order]) if sparse.issparse(X) else _DenseBlock(X[order])


class _DenseBlock:
    window = 32

    def __init__(self, X: np.ndarray) -> None:
        self._X = X

    def dots(self, start: int, stop: int, weights: np.ndarray) -> np.ndarray:
        return self._X[start:stop].dot(weights)

    def add(self, i: int, weights: np.ndarray, factor: float) -> None:
        weights += factor * self._X[i]

    def rows(self) -> Iterator[Row]:
        everywhere = slice(None)
        return (Row(everywhere, values) for values in self._X)


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

    def add(self, i: int, weights: np.ndarray, factor: float) -> None:
        columns, values = self._row(i)
        weights[columns] += factor * values

    def _row(self, i: int) -> Row:
        entries = slice(self._starts[i], self._starts[i + 1])
        return Row(self._columns[entries], self._values[entries])

    def rows(self) -> Iterator[Row]:
        return map(self._row, range(len(self._is_empty)))
