"""The array namespace ``xp`` that formulas are written with, for NumPy arrays.

Comes in: arrays. Goes out: arrays. A formula takes ``xp`` as its first argument and uses NumPy's names on it, so that
the same line computes with NumPy here and with tensors by :mod:`sklearn_ann.runtime.tensors`. Beside NumPy's own
functions there are SciPy's special ones and the few that neither has. No TensorFlow.

Rules for formulas, so that they hold for both:

- Arithmetic operators and comparisons of arrays are fine; Python numbers take the dtype of the array beside them.
- A condition becomes numbers by ``xp.indicator(condition, like)``.
- ``out=`` may name an argument that nobody reads afterwards: NumPy writes there, tensors ignore it.
- Reductions take ``axis`` and ``keepdims`` by name. Indexing is by slices, ``None`` and ``...``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import sparse, special

__all__ = ["NumpyNamespace", "numpy_namespace"]

_LARGEST_EXPONENTS = {"f": 88.0, "d": 709.0}  # of which exp is finite, by the character of the dtype


class NumpyNamespace:
    """NumPy by its own names; see the module."""

    float64, float32, int32, int64, uint32 = np.float64, np.float32, np.int32, np.int64, np.uint32

    abs, exp, expm1, floor, log, log1p = np.abs, np.exp, np.expm1, np.floor, np.log, np.log1p
    cos, sign, sin, sqrt, square, tanh = np.cos, np.sign, np.sin, np.sqrt, np.square, np.tanh
    add, subtract, multiply, divide = np.add, np.subtract, np.multiply, np.divide
    maximum, minimum, negative = np.maximum, np.minimum, np.negative
    bitwise_xor, right_shift = np.bitwise_xor, np.right_shift
    erf, ndtri, xlogy = special.erf, special.ndtri, special.xlogy

    is_numpy = True
    argmax_dtype = np.int64

    all = staticmethod(np.all)
    arange = staticmethod(np.arange)
    argmax = staticmethod(np.argmax)
    clip = staticmethod(np.clip)
    concatenate = staticmethod(np.concatenate)
    cumsum = staticmethod(np.cumsum)
    flip = staticmethod(np.flip)
    matmul = np.matmul
    max = staticmethod(np.max)
    mean = staticmethod(np.mean)
    ones_like = staticmethod(np.ones_like)
    reshape = staticmethod(np.reshape)
    stack = staticmethod(np.stack)
    sum = staticmethod(np.sum)
    vecdot = np.vecdot
    where = staticmethod(np.where)
    zeros_like = staticmethod(np.zeros_like)

    @staticmethod
    def asarray(value: Any, dtype: Any = None) -> Any:
        """An array of the value, of that dtype (or of its own)."""
        return np.asarray(value, dtype=dtype)

    @staticmethod
    def astype(array: Any, dtype: Any) -> Any:
        """The same numbers in another dtype: a name, or the ``dtype`` of an array."""
        return array.astype(dtype, copy=False) if hasattr(array, "astype") else np.asarray(array, dtype=dtype)

    @staticmethod
    def columns(array: Any, columns: tuple[int, ...]) -> Any:
        """Some columns of an array or a sparse matrix."""
        return array[:, list(columns)] if sparse.issparse(array) else np.take(array, columns, axis=-1)

    @staticmethod
    def dense(array: Any) -> Any:
        """An array of a sparse matrix; arrays as they are."""
        return array.toarray() if sparse.issparse(array) else array

    @staticmethod
    def divide_no_nan(a: Any, b: Any) -> Any:
        """``a / b``, and 0 where b is 0."""
        zeros = np.zeros_like(b, shape=np.broadcast_shapes(np.shape(a), np.shape(b)))
        return np.divide(a, b, out=zeros, where=b != 0)

    @staticmethod
    def dot(values: Any, coef: Any) -> Any:
        """``values @ coef``; the values may be sparse."""
        return values @ coef if sparse.issparse(values) else np.matmul(values, coef)

    @staticmethod
    def dot_back(upstream: Any, coef: Any) -> Any:
        """``upstream`` times ``coef`` transposed."""
        # of a single column np.dot makes an outer product, in a fifth of np.matmul's time
        return np.dot(upstream, coef.T) if coef.ndim == 2 else np.matmul(upstream, coef.swapaxes(-1, -2))

    @staticmethod
    def dot_rows(values: Any, upstream: Any, out: Any = None) -> Any:
        """``values`` transposed times ``upstream``: a sum over rows; the values may be sparse."""
        if not sparse.issparse(values):
            return np.matmul(values.swapaxes(-1, -2), upstream, out=out)
        if out is None or values.nnz >= values.shape[1]:
            return NumpyNamespace.put(values.T @ upstream, out)
        # Most columns are empty in these rows: only the others are multiplied, and no second large array is made.
        columns, places = np.unique(values.indices, return_inverse=True)
        narrow = sparse.csr_array((values.data, places, values.indptr), shape=(values.shape[0], len(columns)))
        out[...] = 0
        out[columns] = narrow.T @ upstream
        return out

    @staticmethod
    def parts(array: Any, sizes: Sequence[int]) -> list[Any]:
        """Successive parts along the last axis, of these sizes."""
        return np.split(array, np.cumsum(sizes)[:-1], axis=-1)

    @staticmethod
    def put(array: Any, out: Any = None) -> Any:
        """The array, in ``out`` where there is one."""
        if out is None:
            return array
        np.copyto(out, array)
        return out

    @staticmethod
    def sum_rows(values: Any, out: Any = None) -> Any:
        """Sum over the rows, ``(..., columns)``."""
        # of one model a product with ones takes half the time of a sum along the first axis
        if values.ndim == 2:
            return np.dot(_ones(len(values), values.dtype.char), values, out=out)
        # and of many models a fifth
        return np.matmul(_ones(values.shape[-2], values.dtype.char), values, out=out)

    @staticmethod
    def unstack(array: Any) -> list[Any]:
        """The entries along the last axis."""
        return list(np.moveaxis(array, -1, 0))

    @staticmethod
    def without_columns(number: Any) -> Any:
        """A number that broadcasts with ``(..., rows, columns)`` so that it does with ``(..., rows)``."""
        return number[..., 0] if np.ndim(number) else number

    @staticmethod
    def expit(z: Any, out: Any = None) -> Any:
        """The logistic function ``1 / (1 + exp(-z))``: a fifth of the time of SciPy's, which is not vectorized."""
        share = np.negative(z, out=out)
        np.minimum(share, _LARGEST_EXPONENTS[share.dtype.char], out=share)
        np.exp(share, out=share)
        np.add(share, 1, out=share)
        return np.divide(1, share, out=share)

    @staticmethod
    def logaddexp(a: Any, b: Any, out: Any = None) -> Any:
        """``max(a, b) + log(1 + exp(-abs(a - b)))``: a twentieth of the time of NumPy's, which is not vectorized."""
        rest = np.subtract(a, b)
        np.negative(np.abs(rest, out=rest), out=rest)
        np.log1p(np.exp(rest, out=rest), out=rest)
        return np.add(np.maximum(a, b, out=out), rest, out=rest if out is None else out)

    @staticmethod
    def indicator(condition: Any, like: Any) -> Any:
        """1 where the condition holds and 0 elsewhere, to be multiplied with numbers of the dtype of ``like``."""
        return condition  # NumPy multiplies by booleans

    @staticmethod
    def is_integer(array: Any) -> bool:
        """Whether an array holds whole numbers."""
        return array.dtype.kind in "iu"

    @staticmethod
    def eps(array: Any) -> float:
        """Spacing of the numbers of this dtype at 1."""
        return _EPS[array.dtype.char]

    @staticmethod
    def largest(array: Any) -> float:
        """Largest number of this dtype."""
        return float(np.finfo(array.dtype).max)

    @staticmethod
    def one_hot(indices: Any, n: int, like: Any) -> Any:
        """Rows of 0 with a 1 at the index, ``(..., n)``, in the dtype of ``like``."""
        rows = np.empty_like(like, shape=(*indices.shape, n))
        return np.take(_identity(n, like.dtype.char), indices, axis=0, out=rows, mode="clip")

    @staticmethod
    def take(array: Any, indices: Any, axis: int) -> Any:
        """Entries along an axis; the indices lie inside."""
        return np.take(array, indices, axis=axis, mode="clip")  # the default mode takes three times as long

    @staticmethod
    def take_rows(array: Any, indices: Any) -> Any:
        """Entries ``(*lead, m, ...)`` of an array ``(*lead, n, ...)`` at ``indices (*lead, m)``, which lie inside."""
        n_lead = indices.ndim - 1
        if n_lead == 0:
            return np.take(array, indices, axis=0, mode="clip")
        *lead, length = array.shape[: n_lead + 1]
        starts = np.arange(0, math.prod(lead) * length, length).reshape(*lead, 1)
        flat = array.reshape(-1, *array.shape[n_lead + 1 :])
        return np.take(flat, indices + starts, axis=0, mode="clip")

    @staticmethod
    def relu(z: Any, out: Any = None) -> Any:
        """``max(z, 0)``; NumPy clips in a third of the time that its maximum of an array and one number takes."""
        return z.clip(0, np.inf, out=out)

    @staticmethod
    def softmax(raw: Any, out: Any = None) -> Any:
        """Softmax over the last axis."""
        if raw.shape[-1] > _FEW_COLUMNS:
            proba = np.subtract(raw, raw.max(axis=-1, keepdims=True), out=out)
            np.exp(proba, out=proba)
            return np.divide(proba, proba.sum(axis=-1, keepdims=True), out=proba)
        turned = _shifted_columns(raw)
        np.exp(turned, out=turned)
        turned /= np.add.reduce(turned, axis=-2, keepdims=True)
        return NumpyNamespace.put(turned.swapaxes(-1, -2), np.empty_like(raw) if out is None else out)

    @staticmethod
    def log_softmax(raw: Any) -> Any:
        """Logarithm of the softmax over the last axis."""
        if raw.shape[-1] > _FEW_COLUMNS:
            shifted = raw - raw.max(axis=-1, keepdims=True)
            return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        turned = _shifted_columns(raw)
        turned -= np.log(np.add.reduce(np.exp(turned), axis=-2, keepdims=True))
        return NumpyNamespace.put(turned.swapaxes(-1, -2), np.empty_like(raw))


_EPS = {np.dtype(kind).char: float(np.finfo(kind).eps) for kind in (np.float32, np.float64)}
_FEW_COLUMNS = 32  # up to which reductions over columns are quicker as those over rows of the transpose


def _shifted_columns(raw: np.ndarray) -> np.ndarray:
    """The transpose, a copy, with the largest number of each row taken away."""
    turned = raw.swapaxes(-1, -2).copy()
    turned -= np.maximum.reduce(turned, axis=-2, keepdims=True)
    return turned


@lru_cache(maxsize=16)
def _ones(n: int, dtype: str) -> np.ndarray:
    ones = np.ones(n, dtype=dtype)
    ones.flags.writeable = False
    return ones


_identities: dict[tuple[int, str], np.ndarray] = {}


def _identity(n: int, dtype: str) -> np.ndarray:
    if n > 256:
        return np.eye(n, dtype=dtype)
    if (n, dtype) not in _identities:
        _identities[n, dtype] = np.eye(n, dtype=dtype)
    return _identities[n, dtype]


numpy_namespace = NumpyNamespace()
