"""Programs for models: traced once per model, compiled once for all models whose graphs are equal.

Comes in: a model and its rows. Goes out: a function that runs epochs and changes the model's variables.

A model's graph reaches its variables by handles, which are arguments of the compiled program. So the clones that a
cross-validation trains share one program, while each has variables of its own. Graphs are compared, not settings: a
layer of the user's own with state that no configuration shows is told apart, see ``graph_digest``.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any, NamedTuple

import keras

from ...runtime.programs import CompiledGraph, program_for, take_captures
from .data import Rows
from .graph_digest import graph_digest
from .program import EpochGraph

__all__ = ["EpochProgram", "epoch_program"]

_ORDER_NUMBERS = 1 << 18  # int32 numbers of orders that go along with one call
_MOST_EPOCHS = 256

_lock = threading.Lock()
# By the loss tracker, which every call of model.compile() makes anew: traces of an earlier one go with it.
_traces: weakref.WeakKeyDictionary[Any, dict[tuple, EpochProgram]] = weakref.WeakKeyDictionary()


class EpochProgram(NamedTuple):
    """Epochs of one model.

    Attributes
    ----------
    run : CompiledGraph
        ``(arguments, captures) -> curves``; shared with other models.
    captures : tuple of tensors
        Handles of this model's variables, and its constants.
    log_names : tuple of str
        Of training; those of validation are the same again.
    n_epochs : int
        Room for epochs in one call.
    """

    run: CompiledGraph
    captures: tuple[Any, ...]
    log_names: tuple[str, ...]
    n_epochs: int


class _Graph:
    """A traced function as the key of its program: equal to others with the same digest."""

    def __init__(self, concrete: Any, jit_compile: bool) -> None:
        self.concrete: Any = concrete
        self.key = graph_digest(concrete), jit_compile

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Graph) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def epoch_program(
    model: keras.Model, training: Rows, validation: Rows | None, batch_size: int, jit_compile: bool
) -> EpochProgram:
    """The program of a model for rows of these shapes, compiled by XLA at its first run or not at all."""
    model._symbolic_build(data_batch=training.batch([array[:batch_size] for array in training.arrays]))
    key = (training.signature, validation and validation.signature, batch_size, jit_compile, keras.config.floatx())
    with _lock:
        traces = _traces.setdefault(model._loss_tracker, {})
    if key not in traces:
        room = max(1, _ORDER_NUMBERS // training.n_rows)
        n_epochs = min(_MOST_EPOCHS, 1 << (room.bit_length() - 1))
        graph = EpochGraph(model, training, validation, batch_size, n_epochs, jit_compile)
        concrete = graph.trace()
        captures = take_captures(concrete)
        run = program_for(_compiled, _Graph(concrete, jit_compile))
        traces[key] = EpochProgram(run, captures, graph.log_names, n_epochs)
    return traces[key]


def _compiled(graph: _Graph) -> CompiledGraph:
    concrete, graph.concrete = graph.concrete, None  # the key stays in the cache, and need not keep what is in it
    return CompiledGraph(concrete)
