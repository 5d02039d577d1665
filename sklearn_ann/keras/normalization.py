"""Normalization layers that learn mean and variance from the rows that are trained on.

Comes in: a model before its first epoch, and its training inputs without validation rows. Goes out: the same model,
each ``keras.layers.Normalization`` adapted that stands directly on an input, of a model within it too, and has no
statistics yet. Of others without statistics, which would do nothing, a warning tells.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from scipy import sparse

__all__ = ["adapt_normalization"]


def adapt_normalization(model: keras.Model, inputs: Any) -> None:
    """Adapt layers to the inputs; those with statistics, given or adapted, stay as they are."""
    _adapt(model, inputs)
    rest = [layer.name for layer in model._flatten_layers() if _lacks_statistics(layer)]
    if rest:
        warnings.warn(
            "A Normalization layer must have statistics to have an effect, and fit adapts those that follow an input "
            f"directly, got {', '.join(rest)} without; adapt them in the build function.",
            stacklevel=2,
        )


def _adapt(model: keras.Model, inputs: Any) -> None:
    for layer in model.layers:
        rows = list(_rows_for(model, layer, inputs))
        if rows and _lacks_statistics(layer):  # a layer on several inputs learns of all of them
            layer.adapt(np.concatenate(rows) if len(rows) > 1 else rows[0])
        elif len(rows) == 1 and isinstance(layer, keras.Model):
            _adapt(layer, rows[0])


def _lacks_statistics(layer: Any) -> bool:
    if not isinstance(layer, keras.layers.Normalization) or layer.input_mean is not None:
        return False
    return not layer.built or bool(np.all(layer.adapt_mean == 0) and np.all(layer.adapt_variance == 1))


def _rows_for(model: keras.Model, layer: Any, inputs: Any) -> Iterator[Any]:
    """The inputs that a layer stands on, dense."""
    if isinstance(model, keras.Sequential):
        found = [inputs] if model.layers[0] is layer else []
    else:
        found = [rows for tensor, rows in _inputs_by_tensor(model, inputs) if _stands_on(layer, tensor)]
    return (rows.toarray() if sparse.issparse(rows) else rows for rows in found)


def _inputs_by_tensor(model: Any, inputs: Any) -> list[tuple[Any, Any]]:
    """Each of a functional model's input tensors with its rows; nothing of a subclassed model."""
    tensors = getattr(model, "inputs", None) or ()
    if isinstance(inputs, dict):
        names = model.input if isinstance(getattr(model, "input", None), dict) else {t.name: t for t in tensors}
        return [(tensor, inputs[name]) for name, tensor in names.items() if name in inputs]
    return list(zip(tensors, inputs if isinstance(inputs, list | tuple) else [inputs], strict=False))


def _stands_on(layer: Any, tensor: Any) -> bool:
    return any(each is tensor for node in layer._inbound_nodes for each in node.input_tensors)
