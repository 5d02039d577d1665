"""Small networks in one vector: what the gradient changes, as one array instead of two for each layer.

To update a few hundred numbers costs no more than to call the kernel that does it, so one kernel for all arrays is
cheaper than one for each. Of large arrays the copies cost more than that.
"""

from __future__ import annotations

import math

import numpy as np

from ..network.backend import tf
from ..network.spec import Network
from ..network.weights import Weights, first_extras

__all__ = ["Packing", "packing_of"]

_MOST_NUMBERS = 8192  # on two cores: a tenth to a third of a step is saved below, and a fifth lost at 20,000


class Packing:
    """Weights of one network to a vector and back; both may have leading axes.

    Attributes
    ----------
    is_coef : ndarray of shape (n_numbers,)
        1.0 where the vector holds a number of a weight matrix, which penalties are about, else 0.0.
    """

    def __init__(self, shapes: list[tuple[int, ...]], counts: tuple[int, int, int]) -> None:
        self._shapes, self._counts = shapes, counts
        self._sizes = [math.prod(shape) for shape in shapes]
        self.is_coef = np.repeat([1.0] * counts[0] + [0.0] * (counts[1] + counts[2]), self._sizes)

    def pack(self, weights: Weights) -> Weights:
        """Weights whose only coefficients are the vector; moving means stay as they are."""
        n_lead = weights.coefs[0].shape.rank - 2
        parts = [tf.reshape(array, [*array.shape[:n_lead], -1]) for group in weights.trained for array in group]
        return Weights((tf.concat(parts, axis=-1),), (), (), weights.moving)

    def unpack(self, weights: Weights) -> Weights:
        """The inverse of :meth:`pack`."""
        (vector,) = weights.coefs
        parts = tf.split(vector, self._sizes, axis=-1)
        arrays = [
            tf.reshape(part, [*vector.shape[:-1], *shape]) for part, shape in zip(parts, self._shapes, strict=True)
        ]
        first, second = self._counts[0], self._counts[0] + self._counts[1]
        return Weights(tuple(arrays[:first]), tuple(arrays[first:second]), tuple(arrays[second:]), weights.moving)


def packing_of(network: Network) -> Packing | None:
    """That of a small network; None for a large one."""
    learned = [array.shape for array in first_extras(network)[0]]
    intercepts = [(size,) for size in network.intercept_sizes]
    shapes = [*network.fans, *intercepts, *learned]
    if sum(map(math.prod, shapes)) > _MOST_NUMBERS:
        return None
    return Packing(shapes, (len(network.fans), len(intercepts), len(learned)))
