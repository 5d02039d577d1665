"""Normalization layers that learn mean and variance from the rows that are trained on.

Comes in: a model before its first epoch, and its training inputs without validation rows. Goes out: the same model,
each ``keras.layers.Normalization`` adapted that stands directly on an input and has no statistics yet.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from scipy import sparse

__all__ = ["adapt_normalization"]


def adapt_normalization(model: keras.Model, inputs: Any) -> None:
    """Adapt layers to the inputs; those with statistics, given or adapted, stay as they are."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization) and _lacks_statistics(layer):
            rows = _rows_for(model, layer, inputs)
            if rows is not None:
                layer.adapt(rows.toarray() if sparse.issparse(rows) else rows)


def _lacks_statistics(layer: Any) -> bool:
    if layer.input_mean is not None:
        return False
    return not layer.built or bool(np.all(layer.adapt_mean == 0) and np.all(layer.adapt_variance == 1))


def _rows_for(model: keras.Model, layer: Any, inputs: Any) -> Any:
    """The input that a layer stands on; None if it stands elsewhere."""
    if isinstance(model, keras.Sequential):
        return inputs if model.layers[0] is layer else None
    for position, tensor in enumerate(getattr(model, "inputs", None) or ()):
        if _stands_on(layer, tensor):
            if isinstance(inputs, dict):
                return inputs.get(tensor.name)
            return inputs[position] if isinstance(inputs, list | tuple) else inputs
    return None


def _stands_on(layer: Any, tensor: Any) -> bool:
    try:
        return layer.input is tensor
    except (AttributeError, ValueError):  # called on several tensors, or on none
        return False
