"""Trained arrays in blocks, as they lie in a compiled program: small ones side by side in one vector.

Comes in: weights, or slots of an optimizer, array by array, in NumPy or as tensors. Goes out: the same numbers in fewer
arrays, and back. XLA compiles a kernel of its own for each formula of an optimizer on each array, which takes longer
than training a small network; a large array stays by itself, since joining and splitting it would slow every step down.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, islice
from math import prod
from typing import Any, NamedTuple

from ...network.spec import Network
from ...network.weights import Weights, array_layers, first_extras
from ..state import State

__all__ = ["Blocks", "Packed", "PackedState", "pack_counters", "unpack_counters"]

_LARGEST_JOINED = 1 << 14  # numbers of an array


class Packed(NamedTuple):
    """Weights in blocks, and their moving means as they are."""

    blocks: tuple[Any, ...]
    moving: tuple[Any, ...]


class PackedState(NamedTuple):
    """A state with weights and slots in blocks, and its counters in one float64 array ``(..., n)``.

    Whole numbers up to 2**53 are exact. Each counter by itself would be a kernel, and some more to count on.
    """

    weights: Packed
    average: Any
    opt_state: tuple[Packed, ...]
    counters: Any
    best_weights: Any

    @property
    def inference_weights(self) -> Packed:
        """The weights that predictions are made with."""
        return self.average or self.weights

    @property
    def stopped(self) -> Any:
        """Whether the stopping rule has spoken, as a number."""
        return self.counters[..., -1]


class Blocks:
    """Which arrays of a network lie together.

    Parameters
    ----------
    network : Network
    by_layer : bool, default=False
        Whether each layer has a rate of its own, so that arrays of different layers stay apart.
    n_lead : int, default=0
        Leading axes of every array: 0, or 1 for k models.
    largest : float, default=16384
        Numbers of an array from which on it is a block by itself.

    Attributes
    ----------
    layers : list of int
        Layer of each block, where they are apart.
    """

    def __init__(
        self, network: Network, by_layer: bool = False, n_lead: int = 0, largest: float = _LARGEST_JOINED
    ) -> None:
        learned = [array.shape for array in first_extras(network)[0]]
        groups = network.fans, [(size,) for size in network.intercept_sizes], learned
        self._lengths = [len(group) for group in groups]
        self._shapes: list[tuple[int, ...]] = list(chain(*groups))
        self._n_lead = n_lead
        layers = list(chain(*array_layers(network).trained))
        places: dict[Any, list[int]] = {}
        for place, (shape, layer) in enumerate(zip(self._shapes, layers, strict=True)):
            key = ("alone", place) if prod(shape) > largest else ("joined", layer if by_layer else None)
            places.setdefault(key, []).append(place)
        self._places = list(places.values())
        self.layers = [layers[first] for first, *_ in self._places]
        coefs = [[place for place in block if place < len(network.fans)] for block in self._places]
        self._coefs = [
            block for block, layer in zip(coefs, self.layers, strict=True) if block and layer not in network.frozen
        ]

    def pack(self, xp: Any, weights: Weights) -> Packed:
        """Weights in blocks."""
        arrays = list(chain(*weights.trained))
        return Packed(tuple(self._joined(xp, arrays, places) for places in self._places), weights.moving)

    def unpack(self, xp: Any, packed: Packed) -> Weights:
        """Weights in their own shapes."""
        arrays: list[Any] = [None] * len(self._shapes)
        for block, places in zip(packed.blocks, self._places, strict=True):
            shapes = [self._shapes[place] for place in places]
            parts = xp.parts(block, [prod(shape) for shape in shapes]) if len(places) > 1 else [block]
            for place, shape, part in zip(places, shapes, parts, strict=True):
                arrays[place] = xp.reshape(part, [*part.shape[: self._n_lead], *shape])
        rest = iter(arrays)
        coefs, intercepts, learned = (tuple(islice(rest, length)) for length in self._lengths)
        return Weights(coefs, intercepts, learned, packed.moving)

    def join_coefs(self, xp: Any, coefs: Sequence[Any]) -> tuple[Any, ...]:
        """The coefficients that are trained, joined where they lie together."""
        return tuple(self._joined(xp, coefs, places) for places in self._coefs)

    def pack_state(self, xp: Any, state: State) -> PackedState:
        """The state as it lies in the program."""
        return pack_counters(xp, _with_weights(state, lambda weights: self.pack(xp, weights)))

    def unpack_state(self, xp: Any, packed: PackedState) -> State:
        """The inverse of :meth:`pack_state`."""
        return _with_weights(unpack_counters(xp, packed), lambda weights: self.unpack(xp, weights))

    def _joined(self, xp: Any, arrays: Sequence[Any], places: list[int]) -> Any:
        if len(places) == 1:
            return arrays[places[0]]
        lead = arrays[places[0]].shape[: self._n_lead]
        return xp.concatenate([xp.reshape(arrays[place], [*lead, -1]) for place in places], axis=-1)


def _with_weights(state: State, function: Callable[[Any], Any]) -> State:
    return state._replace(
        weights=function(state.weights),
        average=state.average and function(state.average),
        opt_state=tuple(map(function, state.opt_state)),
        best_weights=state.best_weights and function(state.best_weights),
    )


_COUNTERS = {
    "n_steps": "int64",
    "learning_rate": "float64",
    "rows_seen": "int64",
    "best": "float64",
    "n_no_improvement": "int64",
    "wait": "int64",
    "stopped": "bool",
}


def pack_counters(xp: Any, state: State) -> PackedState:
    """The state, whose weights are in blocks, with its counters in one array."""
    counters = xp.stack([xp.astype(getattr(state, name), "float64") for name in _COUNTERS], axis=-1)
    return PackedState(state.weights, state.average, state.opt_state, counters, state.best_weights)


def unpack_counters(xp: Any, packed: PackedState) -> State:
    """The inverse of :func:`pack_counters`."""
    values = zip(_COUNTERS.items(), xp.unstack(packed.counters), strict=True)
    counters = {name: xp.astype(value, dtype) for (name, dtype), value in values}
    return State(packed.weights, packed.average, packed.opt_state, best_weights=packed.best_weights, **counters)
