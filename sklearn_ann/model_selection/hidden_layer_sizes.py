"""Distribution of ``hidden_layer_sizes`` for random searches: depth and width go in, tuples of layer sizes come out."""

from __future__ import annotations

from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state

__all__ = ["HiddenLayerSizes"]


class HiddenLayerSizes:
    """Distribution of ``hidden_layer_sizes`` by the number of layers and the number of units in a layer.

    Parameters
    ----------
    n_layers : int, (int, int) or scipy.stats distribution
        Number of hidden layers: a fixed number; a range ``(low, high)``, including both ends, from which all numbers
        are drawn with equal probability; or a distribution, whose draws are rounded. With 0 layers, the sizes are
        ``()``.
    n_units : int, (int, int) or scipy.stats distribution
        Number of units in a hidden layer, likewise; at least 1.
    same : bool, default=True
        Whether all layers of a network have the same number of units. If False, each layer gets its own number.

    Raises
    ------
    ValueError
        If a parameter is not one of the above, or a number is too small.

    See Also
    --------
    sklearn.model_selection.RandomizedSearchCV : Random search, which can draw from this distribution.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn_ann.model_selection import HiddenLayerSizes
    >>> HiddenLayerSizes((0, 8), (16, 256)).rvs(random_state=1)
    (251, 251, 251, 251, 251)
    >>> HiddenLayerSizes(3, loguniform(16, 256), same=False).rvs(random_state=0)
    (73, 116, 85)
    """

    def __init__(self, n_layers, n_units, *, same=True):
        self.n_layers = n_layers
        self.n_units = n_units
        self.same = same
        for name, value, least in (("n_layers", n_layers, 0), ("n_units", n_units, 1)):
            if not hasattr(value, "rvs"):
                _check_range(name, value, least)

    def __repr__(self):
        return f"HiddenLayerSizes(n_layers={self.n_layers!r}, n_units={self.n_units!r}, same={self.same!r})"

    def rvs(self, random_state=None):
        """Draw the layer sizes of one network.

        Parameters
        ----------
        random_state : int, RandomState instance or None, default=None
            Seed; None draws fresh entropy.

        Returns
        -------
        tuple of int
            Number of units in each hidden layer.

        Raises
        ------
        ValueError
            If a distribution returns fewer than 0 layers or fewer than 1 unit.
        """
        generator = np.random.RandomState() if random_state is None else check_random_state(random_state)
        n_layers = _draw("n_layers", self.n_layers, 0, generator)
        if self.same:
            return (_draw("n_units", self.n_units, 1, generator),) * n_layers
        return tuple(_draw("n_units", self.n_units, 1, generator) for _ in range(n_layers))


def _check_range(name, value, least):
    low, high = value if isinstance(value, tuple | list) and len(value) == 2 else (value, value)
    if not (isinstance(low, Integral) and isinstance(high, Integral) and least <= low <= high):
        raise ValueError(
            f"{name} must be an int from {least}, a range (low, high) of such ints, or a distribution with an rvs "
            f"method, got {value!r}; pass for example {name}=({least + 1}, {least + 4})."
        )


def _draw(name, value, least, generator):
    if not hasattr(value, "rvs"):
        low, high = (value, value) if isinstance(value, Integral) else value
        return int(generator.randint(low, high + 1))
    number = round(float(value.rvs(random_state=generator)))
    if number < least:
        raise ValueError(f"{name} must give numbers from {least}, got {number}; use another distribution.")
    return number
