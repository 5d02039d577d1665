"""NumPy's calls of a function, made again without it: a step of a small network is mostly the Python between its calls.

Comes in: a function that is called many times with the same arrays, whose values change between the calls. Goes out:
its result, in arrays that each call overwrites.

One call is recorded: in place of its arrays the function gets traced ones, whose operations are carried out and written
down. From then on the same NumPy functions run on the same memory, so that results are equal bit for bit and no array
is allocated. A traced array has a shape and a dtype but no values to decide by, as a traced tensor has none: what asks
for them, and any operation that is not foreseen here, raises TypeError, and the function is called as it is.

A function may still do what is not seen: draw random numbers, or go another way for what is no ndarray. At the call
after the recorded one, the recording therefore runs beside the function, and is used only if it gives the same bits.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from ...runtime.tree import leaves, map_leaves

__all__ = ["Replayed"]

_CALLS_BEFORE = 10
"""Calls with the same arrays before one is recorded: recording costs what about ten replayed calls save."""
_MOST_BYTES = 1_500_000
"""Results of one call that are kept at most. Each has memory of its own, so that more of them leave the cache, and
beside their arithmetic the time of Python hardly matters."""
_MOST_TAPES = 16

_WITH_OUT = {
    np.all, np.argmax, np.clip, np.concatenate, np.cumsum, np.dot, np.max, np.mean, np.min, np.stack, np.sum, np.take,
}  # fmt: skip
_WITHOUT_OUT = {np.flip, np.ones_like, np.where, np.zeros_like}
_VIEWS = {np.broadcast_to, np.expand_dims, np.reshape, np.swapaxes, np.transpose}
_FACTS = {np.ndim, np.shape, np.size}
_BY_NAME_ONLY = {np.maximum, np.minimum}  # NumPy's deprecation of ``out`` by position is about these two

_Call = tuple[Callable[..., Any], tuple[Any, ...]]


class Replayed:
    """A function of arrays whose calls of NumPy are made again.

    Parameters
    ----------
    function : callable
        ``function(always, *arrays)``: of nests of arrays, a nest of all the arrays that it computes. What it does may
        depend on shapes and dtypes, but not on values.
    always : nest of arrays
        Its first argument in every call: changed in place in between, or written to.
    """

    def __init__(self, function: Callable[..., Any], always: Any) -> None:
        self._function, self._always = function, always
        self._tapes: dict[tuple[int, ...], _Tape] = {}

    def __call__(self, *arrays: Any) -> Any:
        """The result of the function; with the same arrays it is in the same arrays."""
        key = tuple([id(array) for array in arrays])  # unique while the tape holds the arrays
        tape = self._tapes.get(key)
        if tape is None:
            if len(self._tapes) == _MOST_TAPES:
                self._tapes.clear()
            tape = self._tapes[key] = _Tape(arrays)
        if tape.is_verified:
            return tape.replay()
        tape.n_calls += 1
        replayed = None
        with contextlib.suppress(Exception):  # not foreseen, or the function's own, which it then raises again
            if tape.n_calls == _CALLS_BEFORE:
                tape.record(self._function, self._always)
            elif tape.n_calls == _CALLS_BEFORE + 1 and tape.calls:
                replayed = map_leaves(np.array, tape.replay())
        result = self._function(self._always, *arrays)
        if tape.n_calls == _CALLS_BEFORE + 1:
            tape.verify(replayed, result)
        return result

    @property
    def n_recorded(self) -> int:
        """How many sets of arrays are replayed."""
        return sum(tape.is_verified for tape in self._tapes.values())


class _Tape:
    """The calls for one set of arrays, once they are recorded, and the result that they lead to."""

    def __init__(self, arrays: tuple[Any, ...]) -> None:
        self.arrays, self.n_calls, self.is_verified = arrays, 0, False
        self.calls: list[_Call] = []
        self.result: Any = None

    def record(self, function: Callable[..., Any], always: Any) -> None:
        recorder = _Recorder()
        result = map_leaves(_plain, function(*map_leaves(recorder.traced, (always, *self.arrays))))
        if recorder.n_bytes <= _MOST_BYTES:
            self.calls, self.result = recorder.calls, result

    def replay(self) -> Any:
        for function, inputs in self.calls:
            function(*inputs)
        return self.result

    def verify(self, replayed: Any, result: Any) -> None:
        """Keep the recording if what it gave is what the function gives."""
        pairs = zip(leaves(replayed), leaves(result), strict=False)
        self.is_verified = replayed is not None and all(
            found.dtype == expected.dtype and np.array_equal(found, expected, equal_nan=True)
            for found, expected in pairs
        )
        if not self.is_verified:
            self.calls, self.result = [], None


class _Recorder:
    """Carries calls out and writes them down."""

    def __init__(self) -> None:
        self.calls: list[_Call] = []
        self.n_bytes = 0

    def traced(self, array: Any) -> Any:
        return _Traced(array, self) if isinstance(array, np.ndarray) else array

    def call(self, function: Callable[..., Any], *inputs: Any, **options: Any) -> None:
        """A call that writes to one of its arguments."""
        inputs, options = _plain(inputs), {name: _plain(value) for name, value in options.items()}
        function(*inputs, **options)
        self._write_down(function, inputs, options)

    def value(self, function: Callable[..., Any], *inputs: Any, out: Any = None, **options: Any) -> _Traced:
        """A call of a function that takes ``out``; the result of the first call is what the others write to."""
        if out is not None and not isinstance(out, _Traced):
            raise TypeError("The function's own array, which it may fill or read without being seen.")
        if out is not None:
            self.call(function, *inputs, out=out, **options)
            return _Traced(_plain(out), self)
        inputs = _plain(inputs)
        result = np.asarray(function(*inputs, **options))
        self.n_bytes += result.nbytes
        self._write_down(function, inputs, {**options, "out": result})
        return _Traced(result, self)

    def _write_down(self, function: Callable[..., Any], inputs: tuple[Any, ...], options: dict[str, Any]) -> None:
        if list(options) == ["out"] and isinstance(function, np.ufunc) and function not in _BY_NAME_ONLY:
            inputs, options = (*inputs, options["out"]), {}  # by position it takes half as long
        self.calls.append((partial(function, **options) if options else function, inputs))

    def copied_value(self, function: Callable[..., Any], *inputs: Any, **options: Any) -> _Traced:
        """A call of a function that takes no ``out``."""

        def copying(*inputs: Any, out: Any = None) -> Any:
            result = function(*inputs, **options)
            return result if out is None else np.copyto(out, result)

        return self.value(copying, *inputs)


def _plain(value: Any) -> Any:
    """Arrays in place of traced ones, within tuples and lists too."""
    if isinstance(value, _Traced):
        return value.array
    return type(value)(map(_plain, value)) if type(value) in (tuple, list) else value


class _Traced(NDArrayOperatorsMixin):
    """An array whose operations are written down."""

    def __init__(self, array: np.ndarray, recorder: _Recorder) -> None:
        self.array, self._recorder = array, recorder
        self.shape, self.ndim, self.dtype, self.size = array.shape, array.ndim, array.dtype, array.size

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = (None,), **options: Any) -> Any:
        is_partial = "where" in options and not isinstance(out[0], _Traced)  # the rest would stay as it is now
        if method not in ("__call__", "reduce") or ufunc.nout != 1 or is_partial:
            return NotImplemented
        function = ufunc if method == "__call__" else ufunc.reduce
        return self._recorder.value(function, *inputs, out=out[0], **options)

    def __array_function__(self, function: Any, types: Any, inputs: Any, options: dict[str, Any]) -> Any:
        if function in _WITH_OUT:
            return self._recorder.value(function, *inputs, **options)
        if function in _WITHOUT_OUT and (function, len(inputs)) != (np.where, 1):  # whose result has any length
            return self._recorder.copied_value(function, *inputs, **options)
        if function is np.copyto:
            return self._recorder.call(function, *inputs, **options)
        if function is np.empty_like:
            return _Traced(function(*_plain(inputs), **options), self._recorder)
        if function in _VIEWS:
            return self._view(function(*_plain(inputs), **options))
        return function(*_plain(inputs), **options) if function in _FACTS else NotImplemented

    def _view(self, array: np.ndarray) -> _Traced:
        """Of memory that stays the same, so that there is nothing to write down."""
        if not np.may_share_memory(array, self.array):
            raise TypeError("This is a copy, whose values would stay as they are.")
        return _Traced(array, self._recorder)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("A traced array has no values.")

    __bool__ = __array__

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, index: Any) -> _Traced:
        return self._view(self.array[index])

    def __setitem__(self, index: Any, value: Any) -> None:
        self._recorder.call(np.copyto, self[index], value)

    @property
    def T(self) -> _Traced:
        return self._view(self.array.T)

    def swapaxes(self, first: int, second: int) -> _Traced:
        return self._view(self.array.swapaxes(first, second))

    def reshape(self, *shape: Any) -> _Traced:
        return self._view(self.array.reshape(*shape))

    def astype(self, dtype: Any, copy: bool = True) -> _Traced:
        if self.dtype == dtype and not copy:
            return self
        return self._recorder.copied_value(lambda array: array.astype(dtype), self)

    def copy(self) -> _Traced:
        return self._recorder.copied_value(np.ndarray.copy, self)

    def clip(self, low: Any, high: Any, out: Any = None) -> _Traced:
        return self._recorder.value(np.ndarray.clip, self, low, high, out=out)

    def max(self, axis: Any = None, keepdims: bool = False) -> _Traced:
        return self._recorder.value(np.maximum.reduce, self, axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> _Traced:
        return self._recorder.value(np.minimum.reduce, self, axis=axis, keepdims=keepdims)

    def sum(self, axis: Any = None, keepdims: bool = False) -> _Traced:
        return self._recorder.value(np.add.reduce, self, axis=axis, keepdims=keepdims)
