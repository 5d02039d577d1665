"""Monte Carlo dropout: masks for predictions that are drawn, in NumPy. No TensorFlow.

A draw leaves out units as a training step with dropout does, for all rows alike: it is one network out of the many
that dropout trains. A row's prediction by it does not depend on the rows beside it, and a hundred of them are a hundred
plain forward passes (Gal & Ghahramani, "Dropout as a Bayesian approximation", 2016).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from .spec import Network

__all__ = ["DropoutMask", "draw_dropout_masks", "has_dropout"]

_SELU_FLOOR = -1.7580993408473766  # where SELU ends on the left: minus its scale times its alpha
_KINDS = ("dropout", "alpha_dropout")


class DropoutMask(NamedTuple):
    """What becomes of the values of each unit of a layer: ``values * scale + shift``, both ``(units,)``."""

    scale: np.ndarray
    shift: np.ndarray


def has_dropout(network: Network) -> bool:
    """Whether the network has dropout anywhere."""
    return any(kind in _KINDS for _, kind in network.noise)


def draw_dropout_masks(
    network: Network, rates: Mapping[str, float], random_state: np.random.RandomState
) -> dict[int, DropoutMask]:
    """One draw.

    Parameters
    ----------
    network : Network
    rates : dict of str to float
        Amounts of noise by the names of ``network.noise_names``.
    random_state : numpy.random.RandomState

    Returns
    -------
    dict of int to DropoutMask
        By place: 0 for the inputs, then the hidden layers.
    """
    dropout_masks = {}
    for name, (place, kind) in zip(network.noise_names, network.noise, strict=True):
        if kind not in _KINDS:
            continue
        rate = rates[name]
        stays = (random_state.uniform(size=network.units[place]) >= rate).astype(network.dtype)
        if kind == "dropout":
            dropout_masks[place] = DropoutMask(stays / (1 - rate), np.zeros_like(stays))
        else:  # dropped to SELU's floor, mean and variance restored: as in ``noise.py``
            scale = float(1 / np.sqrt((1 - rate) * (1 + rate * _SELU_FLOOR**2)))
            dropout_masks[place] = DropoutMask(scale * stays, scale * ((1 - stays) - rate) * _SELU_FLOOR)
    return dropout_masks
