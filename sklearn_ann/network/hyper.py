"""The hyperparameters of a network, as one value shaped like it: numbers that flow through programs.

A leaf is a float, or an array that broadcasts with values ``(..., rows, columns)``: the one for each column has shape
``(n,)``, the one for each of k models ``(k, 1, 1)``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..runtime.tree import map_leaves

__all__ = ["NetworkHyper", "as_dtype"]


class NetworkHyper(NamedTuple):
    """Hyperparameters of the parts of a network; empty tuples for parts that it does not have.

    Attributes
    ----------
    activations : tuple of tuples
        Of the hidden layers.
    normalization, loss, link : tuple
    loss_weights : tuple
        One array with the weight of each output, where outputs have weights.
    auxiliary : tuple
        The weight of the auxiliary output's loss.
    """

    activations: tuple[tuple[Any, ...], ...] = ()
    normalization: tuple[Any, ...] = ()
    loss: tuple[Any, ...] = ()
    link: tuple[Any, ...] = ()
    loss_weights: tuple[Any, ...] = ()
    auxiliary: tuple[Any, ...] = ()


def as_dtype(hyper: Any, dtype: Any) -> Any:
    """The same nest of hyperparameters with arrays of a dtype, in NumPy; Python's floats have none of their own."""
    return map_leaves(lambda leaf: leaf if isinstance(leaf, float) else np.asarray(leaf, dtype), hyper)
