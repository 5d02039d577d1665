"""The batches of an epoch: rows of X and y gathered by its order, and what each row counts.

Comes in: a run and the order of an epoch. Goes out: batch by batch dense rows, or CSR rows of a sparse X, encoded
targets, and the share of each row in the loss of the batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import sparse

from ...data.rows import BLOCK_BYTES
from ..run import Run

__all__ = ["Batches"]


class Batches:
    """The batches of a run's epochs.

    Parameters
    ----------
    run : Run
    n_models : int or None
        Length of the leading axis of the orders; None without that axis.
    """

    def __init__(self, run: Run, n_models: int | None) -> None:
        self._batch_size, self._y, self._weights = run.batch_size, run.y, run.sample_weight
        self._dtype = np.dtype(run.network.dtype)
        network = run.network
        must_be_dense = n_models is not None or bool(network.noise or run.augmentations) or network.is_skipped(1)
        self._X = _as_rows(run.X, self._dtype, n_models is not None)
        self._densify = sparse.issparse(self._X) and must_be_dense
        self._buffers: dict[tuple[str, tuple[int, ...]], np.ndarray] = {}
        self._single: Any = None
        self._shares: dict[int, np.ndarray] = {}

    def n_batches(self, n_rows: int) -> int:
        """Batches of an epoch of ``n_rows`` rows."""
        return -(-n_rows // self._batch_size)

    def totals(self, order: np.ndarray) -> np.ndarray:
        """Weight of each batch, float64 ``(..., batches)``."""
        starts = np.arange(0, order.shape[-1], self._batch_size)
        if self._weights is None:
            sizes = np.diff([*starts, order.shape[-1]]).astype(np.float64)
            return np.broadcast_to(sizes, (*order.shape[:-1], len(sizes)))
        return np.add.reduceat(self._weights[order].astype(np.float64), starts, axis=-1)

    def of_epoch(self, order: np.ndarray) -> Iterator[tuple[Any, np.ndarray, np.ndarray, Any, int]]:
        """X ``(..., rows, n_features)``, y, shares ``(..., rows)`` that add up to one, weight and rows of the batch."""
        n_rows = order.shape[-1]
        if n_rows <= self._batch_size:  # the same rows in every epoch; their order is no matter
            if self._single is None:
                self._single = self._gathered(order.copy())
            yield self._single
            return
        for start in range(0, n_rows, self._batch_size):
            yield self._gathered(order[..., start : start + self._batch_size])

    def forget(self) -> None:
        """Let go of what is kept from batch to batch, after models have left."""
        self._single = None
        self._buffers.clear()

    def _gathered(self, index: np.ndarray) -> tuple[Any, np.ndarray, np.ndarray, Any, int]:
        n_rows = index.shape[-1]
        y = self._taken("y", self._y, index)
        if self._weights is None:
            return self._rows(index), y, self._equal_shares(n_rows), float(n_rows), n_rows
        weights = np.take(self._weights, index, mode="clip").astype(self._dtype, copy=False)
        total = np.add.reduce(weights, axis=-1, dtype=np.float64)
        scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
        shares = weights * (scale[..., None].astype(self._dtype) if np.ndim(scale) else float(scale))
        return self._rows(index), y, shares, total if np.ndim(total) else float(total), n_rows

    def _rows(self, index: np.ndarray) -> Any:
        if sparse.issparse(self._X):
            rows = self._X[index]
            return rows.toarray() if self._densify else rows
        return self._taken("X", self._X, index)

    def _taken(self, name: str, array: np.ndarray, index: np.ndarray) -> np.ndarray:
        """Rows of an array, in the memory of the last ones of that shape."""
        key = name, index.shape
        buffer = self._buffers.get(key)
        if buffer is None:
            buffer = self._buffers[key] = np.empty((*index.shape, *array.shape[1:]), array.dtype)
        # The default mode is three times slower with out=.
        return array.take(index, axis=0, out=buffer, mode="clip")

    def _equal_shares(self, n_rows: int) -> np.ndarray:
        if n_rows not in self._shares:
            self._shares[n_rows] = np.full(n_rows, 1.0 / n_rows, dtype=self._dtype)
        return self._shares[n_rows]


def _as_rows(X: Any, dtype: np.dtype, dense: bool) -> Any:
    """X so that rows are gathered quickly; a small sparse one dense where models share it."""
    if sparse.issparse(X):
        is_small = X.shape[0] * X.shape[1] * dtype.itemsize <= BLOCK_BYTES
        return X.toarray().astype(dtype, copy=False) if dense and is_small else X.astype(dtype, copy=False)
    return np.ascontiguousarray(X, dtype=dtype)
