"""Reproducible networks without a global seed: what a built model draws at random is drawn from a given generator.

Comes in: a model that a build function has made, and a generator. Goes out: the same model with initial weights and
random layers (dropout, noise) that follow from the generator. Weights that are not what their initializer drew, those
of a pretrained part for instance, stay, and so do seeds that the user has given.
Not reached: weights whose initializer is no attribute of their layer, as in ``add_weight(initializer="normal")``, since
Keras forgets it; and ``keras.random`` without a seed in a layer of the user's own, from Keras' global generator.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

__all__ = ["seed_model"]


def seed_model(model: keras.Model, generator: np.random.RandomState, *, weights: bool = True) -> None:
    """Seed the layers of a model that has not been trained.

    Parameters
    ----------
    model : keras.Model
        Built or not; the initializers of layers that are not built yet are seeded as well.
    generator : numpy.random.RandomState
        Advanced by one draw for each initializer and random layer.
    weights : bool
        Whether initial weights are drawn; if not, only random layers are seeded.
    """
    for layer in _layers(model):
        for value in list(vars(layer).values()):
            if isinstance(value, keras.random.SeedGenerator):
                if value.get_config()["seed"] is None:
                    value.state.assign([_seed(generator), 0])
            elif weights and _is_unseeded(value):
                _draw_again(layer, value, _seed(generator))


def _layers(model: keras.Model) -> Iterator[Any]:
    """A model, its layers and theirs, each once and in a fixed order."""
    seen: set[int] = set()
    waiting: list[Any] = [model]
    while waiting:
        layer = waiting.pop()
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        yield layer
        waiting += reversed(layer._layers)


def _is_unseeded(value: Any) -> bool:
    """Whether it is an initializer that has got its seed by Keras and not by the user."""
    return isinstance(value, keras.initializers.Initializer) and getattr(value, "_init_seed", 0) is None


def _draw_again(layer: Any, initializer: Any, seed: int) -> None:
    """Give the initializer another seed, and the weights that it has drawn their values by that seed."""
    drawing = _with_axes(layer, initializer)
    drawn = [variable for variable in layer._trainable_variables if _is_drawn_by(drawing, variable)]
    initializer.seed = drawing.seed = seed
    for variable in drawn:
        variable.assign(drawing(variable.shape, dtype=variable.dtype))


def _with_axes(layer: Any, initializer: Any) -> Any:
    """The initializer that draws: EinsumDense, and so attention, tells a copy which axes are of inputs and outputs."""
    is_scaled = isinstance(initializer, keras.initializers.VarianceScaling)
    if not (isinstance(layer, keras.layers.EinsumDense) and is_scaled) or initializer.input_axes is not None:
        return initializer
    _, kernel, outputs = re.split(",|->", layer.equation)
    drawing = copy.copy(initializer)
    drawing.output_axes = [axis for axis, name in enumerate(kernel) if name in outputs]
    drawing.input_axes = [axis for axis, name in enumerate(kernel) if name not in outputs]
    return drawing


def _is_drawn_by(initializer: Any, variable: Any) -> bool:
    """An initializer gives equal values whenever it is called, so that weights tell where they are from."""
    try:
        values = initializer(variable.shape, dtype=variable.dtype)
    except (ValueError, IndexError):  # not for such a shape: Orthogonal and vectors, axes of kernels and biases
        return False
    return bool(keras.ops.all(keras.ops.equal(values, variable)))


def _seed(generator: np.random.RandomState) -> int:
    return int(generator.randint(1, np.iinfo(np.int32).max))
