"""The cache of compiled programs: bounded, locked, and outside the estimators.

A program is made by a pure function of a frozen key (its static facts); the least recently used one is dropped when
the cache is full. ``compilation_count`` tells how many functions were compiled, for tests and benchmarks.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from .backend import tf
from .tree import leaves, map_leaves

__all__ = ["Compiled", "CompiledGraph", "compilation_count", "program_for", "take_captures"]

_CAPACITY = 128

_lock = threading.Lock()
_programs: OrderedDict[tuple[Callable, Hashable], Any] = OrderedDict()
_n_compiled = 0


class Compiled:
    """A function of tensors (in tuples, nested at will) that XLA compiles at its first call.

    The shapes of every call are those of the first: they follow from the key that the program was made for. Later calls
    therefore hand their tensors straight to the compiled function. ``tf.function``'s own look at every argument takes
    0.5 ms, a third of a small fit in scikit-learn and a multiple of one evaluation of a small loss.

    Parameters
    ----------
    function : callable
        Written in TensorFlow operations, loops included. All that it returns are tensors.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = tf.function(function, jit_compile=True, autograph=False)
        self._call: Any = None
        self._result: Any = None
        self._captured: tuple = ()  # tensors from outside that a user's function holds
        self._lock = threading.Lock()

    def __call__(self, *args: Any) -> Any:
        """Compile if this is the first call, and run."""
        if self._call is None:
            with self._lock:
                if self._call is None:
                    concrete = self._function.get_concrete_function(*args)
                    self._result = concrete.structured_outputs
                    self._captured = tuple(concrete.captured_inputs)
                    self._call = concrete.inference_fn.call_flat
                    _count()
        results = iter(self._call(*leaves(args), *self._captured))
        return map_leaves(lambda _: next(results), self._result)


class CompiledGraph:
    """A traced function as a program; what it captured is an argument.

    Parameters
    ----------
    concrete : tf.ConcreteFunction
        Of a ``tf.function`` that returns a list of tensors; see ``take_captures``. With ``jit_compile=True`` XLA
        compiles it at its first call.
    """

    def __init__(self, concrete: Any) -> None:
        self._function = concrete.inference_fn
        self._is_compiled = not concrete.function_def.attr["_XlaMustCompile"].b
        self._lock = threading.Lock()

    def __call__(self, args: Sequence[Any], captures: Sequence[Any]) -> list[Any]:
        """Compile if this is the first call, and run."""
        if not self._is_compiled:
            with self._lock:
                if not self._is_compiled:
                    results = self._function.call_flat(*args, *captures)
                    self._is_compiled = True
                    _count()
                    return list(results)
        return list(self._function.call_flat(*args, *captures))


def take_captures(concrete: Any) -> tuple[Any, ...]:
    """What a ``tf.ConcreteFunction`` has captured; it forgets it, and can only be called by a :class:`CompiledGraph`.

    So a graph in the cache does not keep the variables alive that it was traced with.
    """
    captures = tuple(concrete.captured_inputs)
    _forget_captures(concrete.inference_fn)
    return captures


def _forget_captures(function: Any) -> None:
    function.graph.function_captures.clear()
    assert not function.graph.captures  # reading them also replaces the pairs that TensorFlow caches
    for child in function.children:
        _forget_captures(child)


def _count() -> None:
    global _n_compiled
    with _lock:
        _n_compiled += 1


def compilation_count() -> int:
    """Functions compiled by this process so far."""
    return _n_compiled


def program_for(build: Callable[[Any], Any], key: Hashable) -> Any:
    """The program ``build(key)``, made now or taken from the cache.

    Parameters
    ----------
    build : callable
        A module-level function from the key to a :class:`Compiled` or a tuple of them. Cheap, since compilation waits
        for the first call.
    key : hashable
        All static facts of the program.
    """
    with _lock:
        entry = (build, key)
        if entry not in _programs:
            _programs[entry] = build(key)
            if len(_programs) > _CAPACITY:
                _programs.popitem(last=False)
        _programs.move_to_end(entry)
        return _programs[entry]
