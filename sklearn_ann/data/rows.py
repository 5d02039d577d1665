"""Rows of X and y as the compiled engine takes them: dense, aligned, padded, a bounded number at a time.

A sparse X is never made dense as a whole unless the dense copy is smaller than one block.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

__all__ = ["BLOCK_BYTES", "aligned_zeros", "check_index_range", "dense_rows", "must_stream", "padded", "row_bucket"]

BLOCK_BYTES = 32 * 2**20
"""Largest dense block made of a sparse X."""

_ALIGNMENT = 64  # what TensorFlow wants of memory that it shares instead of copying


def aligned_zeros(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Array of zeros whose memory TensorFlow can share; pages of a large one take no memory until written to."""
    n_bytes = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    buffer = np.zeros(n_bytes + _ALIGNMENT, dtype=np.uint8)
    start = -buffer.ctypes.data % _ALIGNMENT
    return buffer[start : start + n_bytes].view(dtype).reshape(shape)


def dense_rows(X: Any, index: np.ndarray | slice, dtype: Any) -> np.ndarray:
    """Rows of a dense or CSR X as a dense array."""
    rows = X[index]
    return (rows.toarray() if sparse.issparse(rows) else np.asarray(rows)).astype(dtype, copy=False)


def padded(array: Any, n_rows: int, dtype: Any) -> np.ndarray:
    """Aligned copy of a dense or CSR array with zero rows below, up to ``n_rows``."""
    copy = aligned_zeros((n_rows, *array.shape[1:]), dtype)
    copy[: array.shape[0]] = array.toarray() if sparse.issparse(array) else array
    return copy


def row_bucket(n_rows: int) -> int:
    """Rows that ``n_rows`` rows of resident data are padded to.

    Powers of two for small data, where the padding costs next to nothing (padded rows are never visited, only stored);
    sixteenths of a power of two for larger data, at most 6 % more memory.
    """
    if n_rows <= 8192:
        return max(16, 1 << (n_rows - 1).bit_length())
    step = 1 << ((n_rows - 1).bit_length() - 5)
    return -(-n_rows // step) * step


def must_stream(X: Any, dtype: Any) -> bool:
    """Whether X is sparse and its dense copy larger than one block."""
    return sparse.issparse(X) and X.shape[0] * X.shape[1] * np.dtype(dtype).itemsize > BLOCK_BYTES


def check_index_range(X: Any) -> None:
    """Raise a ValueError if X is sparse and its columns and stored entries cannot be numbered in 32 bits."""
    largest = np.iinfo(np.int32).max
    if sparse.issparse(X) and max(X.shape[1], X.nnz) > largest:
        raise ValueError(
            f"A sparse X must have at most {largest} columns and stored entries, got {X.shape[1]} columns and {X.nnz} "
            "entries; drop the columns that are empty, or pass the rows to partial_fit in parts."
        )
