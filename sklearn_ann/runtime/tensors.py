"""The array namespace ``xp`` for tensors of TensorFlow: see :mod:`sklearn_ann.runtime.arrays` for its rules.

Every function has NumPy's name and meaning; ``out=`` is ignored, since tensors are values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .backend import optimization_barrier, tf

__all__ = ["TensorNamespace", "tensor_namespace"]

_NARROW = 16  # columns up to which a factor is quickly copied
_FEW = 4  # terms up to which a product is quicker as a sum


def _like(value: Any, tensor: Any) -> Any:
    """A Python number as a constant of the tensor's dtype, exactly; tensors as they are."""
    return tf.constant(value, tensor.dtype) if isinstance(value, int | float) else value


def _unary(function: Callable[[Any], Any]) -> Callable[..., Any]:
    return staticmethod(lambda a, out=None: function(a))


def _binary(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def call(a: Any, b: Any, out: Any = None) -> Any:
        return function(a, _like(b, a)) if not isinstance(a, int | float) else function(_like(a, b), b)

    return staticmethod(call)


def _reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    return staticmethod(lambda a, axis=None, keepdims=False: function(a, axis=axis, keepdims=keepdims))


def _logaddexp(a: Any, b: Any) -> Any:
    """Without overflow: ``max(a, b) + log(1 + exp(-abs(a - b)))``."""
    return tf.maximum(a, b) + tf.math.log1p(tf.exp(-tf.abs(a - b)))


class TensorNamespace:
    """TensorFlow by NumPy's names; see the module."""

    float64, float32, int32, int64, uint32 = tf.float64, tf.float32, tf.int32, tf.int64, tf.uint32

    abs, exp, expm1, floor = _unary(tf.abs), _unary(tf.exp), _unary(tf.math.expm1), _unary(tf.floor)
    log, log1p = _unary(tf.math.log), _unary(tf.math.log1p)
    sign, sqrt, square, tanh = _unary(tf.sign), _unary(tf.sqrt), _unary(tf.square), _unary(tf.tanh)
    cos, sin, negative = _unary(tf.cos), _unary(tf.sin), _unary(tf.negative)
    relu = _unary(tf.nn.relu)
    add, subtract, multiply, divide = _binary(tf.add), _binary(tf.subtract), _binary(tf.multiply), _binary(tf.divide)
    maximum, minimum = _binary(tf.maximum), _binary(tf.minimum)
    logaddexp = _binary(_logaddexp)
    bitwise_xor = _binary(tf.bitwise.bitwise_xor)
    right_shift = _binary(tf.bitwise.right_shift)
    expit, erf, ndtri = _unary(tf.sigmoid), _unary(tf.math.erf), _unary(tf.math.ndtri)
    xlogy = _binary(tf.math.xlogy)
    vecdot = _binary(lambda a, b: tf.reduce_sum(a * b, axis=-1))

    is_numpy = False
    argmax_dtype = tf.int32

    all = _reduction(tf.reduce_all)
    cumsum = staticmethod(tf.cumsum)
    dense = staticmethod(lambda array: array)
    divide_no_nan = _binary(tf.math.divide_no_nan)
    put = staticmethod(lambda array, out=None: array)
    matmul = staticmethod(lambda a, b, out=None: tf.matmul(a, b))
    max, mean = _reduction(tf.reduce_max), _reduction(tf.reduce_mean)
    sum = _reduction(tf.reduce_sum)
    ones_like, zeros_like = staticmethod(tf.ones_like), staticmethod(tf.zeros_like)
    reshape = staticmethod(tf.reshape)

    @staticmethod
    def arange(*args: Any, dtype: Any = None) -> Any:
        """As NumPy's; int32 unless a dtype is named."""
        return tf.range(*args, dtype=dtype or tf.int32)

    @staticmethod
    def argmax(array: Any, axis: int) -> Any:
        """Index of the first largest entry, int32."""
        return tf.argmax(array, axis=axis, output_type=tf.int32)

    @staticmethod
    def asarray(value: Any, dtype: Any = None) -> Any:
        """A tensor of the value, of that dtype (or of its own)."""
        return tf.convert_to_tensor(value, dtype=dtype)

    @staticmethod
    def astype(array: Any, dtype: Any) -> Any:
        """The same numbers in another dtype: a name, or the ``dtype`` of an array."""
        return tf.constant(array, dtype) if isinstance(array, int | float) else tf.cast(array, dtype)

    @staticmethod
    def clip(array: Any, low: Any, high: Any, out: Any = None) -> Any:
        """Numbers no smaller than ``low`` and no larger than ``high``."""
        return tf.clip_by_value(array, _like(low, array), _like(high, array))

    @staticmethod
    def concatenate(arrays: Any, axis: int) -> Any:
        """Arrays joined along an axis."""
        return tf.concat(arrays, axis=axis)

    @staticmethod
    def flip(array: Any, axis: int) -> Any:
        """The order along an axis reversed."""
        return tf.reverse(array, axis=[axis])

    @staticmethod
    def columns(array: Any, columns: tuple[int, ...]) -> Any:
        """Some columns of an array."""
        return tf.gather(array, columns, axis=-1)

    @staticmethod
    def dot(values: Any, coef: Any) -> Any:
        """``values @ coef``, where it has few terms as their sum, which XLA joins with what comes next."""
        n_terms = values.shape[-1]
        if not 1 < n_terms <= _FEW:
            return tf.matmul(values, coef)
        return tf.add_n([values[..., k : k + 1] * coef[..., k : k + 1, :] for k in range(n_terms)])

    @staticmethod
    def dot_back(upstream: Any, coef: Any) -> Any:
        """``upstream`` times ``coef`` transposed."""
        return TensorNamespace.dot(upstream, tf.linalg.matrix_transpose(coef))

    @staticmethod
    def dot_rows(values: Any, upstream: Any, out: Any = None) -> Any:
        """``values`` transposed times ``upstream``: a sum over rows, turned round where that is quicker.

        The left factor is copied column by column, which is dear where the right one is much narrower, and where a
        column's numbers lie a multiple of 256 bytes apart and push each other out of the cache. A barrier keeps XLA
        from turning the product back.
        """
        crowded = values.shape[-1] * upstream.dtype.size % 256 == 0
        if not (crowded or 1 < upstream.shape[-1] <= _NARROW):
            return tf.matmul(values, upstream, transpose_a=True)
        turned = tf.matmul(upstream, values, transpose_a=True)
        (behind,) = optimization_barrier(turned)
        return tf.linalg.matrix_transpose(tf.ensure_shape(behind, turned.shape))

    @staticmethod
    def sum_rows(values: Any, out: Any = None) -> Any:
        """Sum over the rows, ``(..., columns)``: a product with ones, since XLA's own sum takes two passes."""
        return tf.matmul(tf.ones([1, values.shape[-2]], values.dtype), values)[..., 0, :]

    @staticmethod
    def without_columns(number: Any) -> Any:
        """A number that broadcasts with ``(..., rows, columns)`` so that it does with ``(..., rows)``."""
        return number if isinstance(number, float) or not number.shape.rank else number[..., 0]

    @staticmethod
    def indicator(condition: Any, like: Any) -> Any:
        """1 where the condition holds and 0 elsewhere, in the dtype of ``like``."""
        return tf.cast(condition, like.dtype)

    @staticmethod
    def is_integer(array: Any) -> bool:
        """Whether a tensor holds whole numbers."""
        return array.dtype.is_integer

    @staticmethod
    def eps(array: Any) -> float:
        """Spacing of the numbers of this dtype at 1."""
        return float(np.finfo(array.dtype.as_numpy_dtype).eps)

    @staticmethod
    def largest(array: Any) -> float:
        """Largest number of this dtype."""
        return float(array.dtype.max)

    @staticmethod
    def parts(array: Any, sizes: Sequence[int]) -> list[Any]:
        """Successive parts along the last axis, of these sizes."""
        return tf.split(array, sizes, axis=-1)

    @staticmethod
    def one_hot(indices: Any, n: int, like: Any) -> Any:
        """Rows of 0 with a 1 at the index, ``(..., n)``, in the dtype of ``like``."""
        return tf.one_hot(indices, n, dtype=like.dtype)

    @staticmethod
    def take(array: Any, indices: Any, axis: int) -> Any:
        """Entries along an axis; the indices lie inside."""
        return tf.gather(array, indices, axis=axis)

    @staticmethod
    def take_rows(array: Any, indices: Any) -> Any:
        """Entries ``(*lead, m, ...)`` of an array ``(*lead, n, ...)`` at ``indices (*lead, m)``, which lie inside."""
        n_lead = indices.shape.rank - 1
        return tf.gather(array, indices, axis=n_lead, batch_dims=n_lead)

    @staticmethod
    def softmax(raw: Any, out: Any = None) -> Any:
        """Softmax over the last axis."""
        return tf.nn.softmax(raw)

    @staticmethod
    def log_softmax(raw: Any) -> Any:
        """Logarithm of the softmax over the last axis."""
        return tf.nn.log_softmax(raw)

    @staticmethod
    def stack(arrays: Any, axis: int = 0) -> Any:
        """Arrays along a new axis."""
        return tf.stack(arrays, axis=axis)

    @staticmethod
    def unstack(array: Any) -> list[Any]:
        """The entries along the last axis."""
        return tf.unstack(array, axis=-1)

    @staticmethod
    def where(condition: Any, a: Any, b: Any) -> Any:
        """``a`` where the condition holds and ``b`` elsewhere; Python numbers take the dtype of the other one."""
        other = next(value for value in (a, b) if not isinstance(value, int | float))
        return tf.where(condition, _like(a, other), _like(b, other))


tensor_namespace = TensorNamespace()
