"""Monte Carlo dropout: random masks for predictions, in NumPy. No TensorFlow.

A draw leaves out units as a training step with dropout does, for all rows alike: it is one network out of the many
that dropout trains. A row's prediction by it does not depend on the rows beside it, and a hundred of them are a hundred
plain forward passes (Gal & Ghahramani, "Dropout as a Bayesian approximation", 2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .noise import SELU_FLOOR
from .spec import Network

__all__ = ["DropoutMask", "draw_dropout_masks", "has_dropout"]

_KINDS = ("dropout", "alpha_dropout")


class DropoutMask(NamedTuple):
    """Effect of one draw on the units of a layer: ``values * scale + shift``, both ``(units,)``."""

    scale: np.ndarray
    shift: np.ndarray


def has_dropout(network: Network) -> bool:
    """Whether the network has dropout anywhere."""
    return any(kind in _KINDS for _, kind in network.noise)


def draw_dropout_masks(
    network: Network, amounts: Sequence[float], random_state: np.random.RandomState
) -> dict[int, DropoutMask]:
    """One draw.

    Parameters
    ----------
    network : Network
    amounts : sequence of float
        Of noise, in the order of ``network.noise``.
    random_state : numpy.random.RandomState

    Returns
    -------
    dict of int to DropoutMask
        By place: 0 for the inputs, then the hidden layers.
    """
    dropout_masks = {}
    for rate, (place, kind) in zip(amounts, network.noise, strict=True):
        if kind not in _KINDS:
            continue
        stays = (random_state.uniform(size=network.units[place]) >= rate).astype(network.dtype)
        if kind == "dropout":
            dropout_masks[place] = DropoutMask(stays / (1 - rate), np.zeros_like(stays))
        else:  # dropped to SELU's floor, mean and variance restored: as in ``noise.py``
            scale = float(1 / np.sqrt((1 - rate) * (1 + rate * SELU_FLOOR**2)))
            dropout_masks[place] = DropoutMask(scale * stays, scale * ((1 - stays) - rate) * SELU_FLOOR)
    return dropout_masks
