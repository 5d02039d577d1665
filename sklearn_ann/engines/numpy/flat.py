"""Trained weights as views of one vector, so that an optimizer's step is a dozen calls whatever the layers are.

Comes in: weights array by array. Goes out: the same numbers as one vector, coefficients first, and its views.
"""

from __future__ import annotations

from itertools import accumulate, chain, groupby, pairwise
from math import prod

import numpy as np

from ...network.spec import Network
from ...network.weights import Weights, array_layers

__all__ = ["Flat"]


class Flat:
    """A vector ``(..., n)``, with the leading axis of models or none, and its parts in the shapes of the weights.

    Parameters
    ----------
    weights : Weights
        Arrays whose numbers are copied; ``moving`` is left out.
    n_leading : int
        Leading axes: 0, or 1 for k models.

    Attributes
    ----------
    vector : ndarray of shape (..., n)
    views : Weights
        Of the vector: what is written to one is read in the other.
    n_coefs : int
        How many numbers from the start are coefficients, which penalties are about.
    """

    def __init__(self, weights: Weights, n_leading: int) -> None:
        arrays = list(chain(*weights.trained))
        lead = arrays[0].shape[:n_leading]
        shapes = [array.shape[n_leading:] for array in arrays]
        sizes = [prod(shape) for shape in shapes]
        self.vector = np.empty((*lead, sum(sizes)), dtype=arrays[0].dtype)
        views, end = [], 0
        for array, shape, size in zip(arrays, shapes, sizes, strict=True):
            view = self.vector[..., end : end + size].reshape(*lead, *shape)
            view[...] = array
            views.append(view)
            end += size
        parts = iter(views)
        self.views = Weights(*(tuple(next(parts) for _ in group) for group in weights.trained))
        self.n_coefs = sum(sizes[: len(weights.coefs)])
        self._bounds = list(accumulate(sizes, initial=0))

    def trained_stretches(self, network: Network) -> list[tuple[int, int, int]]:
        """Start and end of the arrays of one layer that lie side by side, and that layer; frozen ones left out."""
        of_arrays = zip(chain(*array_layers(network).trained), pairwise(self._bounds), strict=True)
        stretches = []
        for layer, group in groupby(of_arrays, key=lambda pair: pair[0]):
            bounds = [bound for _, pair in group for bound in pair]
            if layer not in network.frozen:
                stretches.append((bounds[0], bounds[-1], layer))
        return stretches

    def copied(self) -> Weights:
        """The numbers as they are now."""
        return Weights(*(tuple(view.copy() for view in group) for group in self.views))
