"""Rows for the compiled loop: inputs, targets and weights as arrays in one structure.

Comes in: what is given to ``Model.fit``, trees of arrays. Goes out: the same trees with NumPy arrays of the types that
Keras would make of them, flat or as a batch; class weights as row weights; the split into training and validation.
No tensor is made here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np

from .reasons import CannotCompile

__all__ = ["Rows", "as_rows", "split_rows"]


class Rows(NamedTuple):
    """Inputs, targets and weights of some rows.

    Attributes
    ----------
    structure : tuple
        ``(x, y, sample_weight)``, with the number of its array in place of each array, or None.
    arrays : tuple of ndarray
        All with the rows as first axis.
    """

    structure: tuple
    arrays: tuple[np.ndarray, ...]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.arrays[0].shape[0]

    @property
    def signature(self) -> str:
        """Structure, shapes and types: two that have it in common fit the same program."""
        return repr((self.structure, [(array.shape, array.dtype.str) for array in self.arrays]))

    def batch(self, values: Sequence[Any]) -> tuple:
        """``(x, y, sample_weight)`` with these values in place of the arrays."""
        return keras.tree.map_structure(lambda i: None if i is None else values[i], self.structure)


def as_rows(x: Any, y: Any = None, sample_weight: Any = None, class_weight: dict | None = None) -> Rows:
    """Arrays of the types that Keras gives them: its float type for floats, others as they are.

    Raises
    ------
    ValueError
        If the arrays differ in their number of rows, or the weights do not go with the targets.
    CannotCompile
        If there is an array that is not dense or not numeric.
    """
    x, y, sample_weight = (keras.tree.map_structure(_as_array, part) for part in (x, y, sample_weight))
    if class_weight is not None:
        if sample_weight is not None:
            raise ValueError("fit takes class_weight or sample_weight, got both; multiply them into sample_weight.")
        sample_weight = _weights_of_classes(y, class_weight)
    elif sample_weight is not None and keras.tree.is_nested(y) and not keras.tree.is_nested(sample_weight):
        sample_weight = keras.tree.map_structure(lambda _: sample_weight, y)
    tree = keras.tree.lists_to_tuples((x, y, sample_weight))
    arrays = [leaf for leaf in keras.tree.flatten(tree) if leaf is not None]
    counts = sorted({array.shape[0] for array in arrays})
    if len(counts) != 1:
        raise ValueError(f"x, y and sample_weight must have the same number of rows, got {counts}.")
    numbers = iter(range(len(arrays)))
    structure = keras.tree.map_structure(lambda leaf: None if leaf is None else next(numbers), tree)
    return Rows(structure, tuple(arrays))


def split_rows(x: Any, y: Any, sample_weight: Any, share: float) -> tuple[tuple, tuple]:
    """``(x, y, sample_weight)`` of training and of validation: by Keras' rule the last rows validate."""
    rows = as_rows(x, y, sample_weight)
    n_train = math.floor(rows.n_rows * (1.0 - share))
    if n_train in (0, rows.n_rows):
        raise ValueError(
            f"validation_split must leave rows for training and for validation, got {share} of {rows.n_rows} rows; "
            "give more rows or another share."
        )
    training = rows.batch([array[:n_train] for array in rows.arrays])
    return training, rows.batch([array[n_train:] for array in rows.arrays])


def _as_array(leaf: Any) -> np.ndarray | None:
    if leaf is None:
        return None
    array = leaf if isinstance(leaf, np.ndarray) else np.asarray(leaf)
    if array.ndim == 0 or array.dtype.kind not in "biuf":
        raise CannotCompile(
            f"The compiled loop takes dense numeric arrays, got {type(leaf).__name__} with dtype {array.dtype}; use "
            "model.fit."
        )
    if array.dtype.kind == "f":
        array = array.astype(keras.config.floatx(), copy=False)
    return array


def _weights_of_classes(y: Any, class_weight: dict) -> np.ndarray:
    if keras.tree.is_nested(y) or y is None:
        raise ValueError("class_weight needs a single output with targets, got several or none; give sample_weight.")
    labels = y
    if y.ndim > 1:
        labels = y[..., 0] if y.shape[-1] == 1 else np.argmax(y, axis=-1)
    classes, positions = np.unique(np.round(labels).astype(np.int32), return_inverse=True)
    weights = [class_weight.get(int(each), 1.0) for each in classes]
    return np.asarray(weights, dtype=keras.config.floatx())[positions.reshape(labels.shape)]
