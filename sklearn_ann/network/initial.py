"""Initial weights: as scikit-learn's MLP draws them from a NumPy random state, or by an initializer."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..activations import Logistic
from ..configurable import member_named
from ..initializers import INITIALIZERS, Initializer
from .spec import Network

__all__ = ["initial_weights"]


def initial_weights(
    network: Network,
    random_state: np.random.RandomState,
    initializer: Any = None,
) -> tuple[list, list]:
    """Draw weights and intercepts layer by layer, in float64, and cast them to the network's dtype.

    Parameters
    ----------
    network : Network
    random_state : numpy.random.RandomState
    initializer : Initializer, str, callable or None
        None draws both uniform in +-sqrt(6 / (fan_in + fan_out)), with 2 instead of 6 for logistic units (Glorot &
        Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010), as scikit-learn
        does. Otherwise intercepts are zero, and weights are drawn by the initializer, by ``callable(shape)``, by the
        initializer of that name, or by the one that fits each layer's activation (``'auto'``; ``'glorot_uniform'``
        for the last layer).

    Returns
    -------
    coefs : list of ndarray of shape (fan_in, fan_out)
        Of the layers, of the wide part, of the auxiliary output.
    intercepts : list of ndarray of shape (fan_out,)
        Of the layers, of the auxiliary output.

    Raises
    ------
    ValueError
        If an initializer or a callable gives an array of another shape, or numbers that are not finite and real.
    """
    coefs, intercepts = [], []
    last = len(network.hidden)
    for layer, (fan_in, fan_out) in enumerate(network.fans):
        if initializer is None:
            # scikit-learn's one activation counts for the last layer too
            activation = network.activations[min(layer, len(network.activations) - 1)]
            bound = np.sqrt((2.0 if isinstance(activation, Logistic) else 6.0) / (fan_in + fan_out))
            coef = random_state.uniform(-bound, bound, (fan_in, fan_out))
            intercept = random_state.uniform(-bound, bound, fan_out)
        else:
            fitting = "glorot_uniform" if layer >= last else network.activations[layer].initializer
            chosen = fitting if initializer == "auto" else initializer
            if isinstance(chosen, str):
                chosen = member_named("kernel_initializer", chosen, INITIALIZERS)
            if isinstance(chosen, Initializer):
                coef = chosen.draw(fan_in, fan_out, random_state)
            else:
                coef = np.array(chosen((fan_in, fan_out)))
            _check_drawn(coef, (fan_in, fan_out))
            intercept = np.zeros(fan_out)
        coefs.append(coef.astype(network.dtype, copy=False))
        intercepts.append(intercept.astype(network.dtype, copy=False))
    if network.wide:  # it adds to an output that has its intercept already
        del intercepts[network.n_layers]
    return coefs, intercepts


def _check_drawn(coef: Any, shape: tuple[int, int]) -> None:
    coef = np.asarray(coef)
    real = any(np.issubdtype(coef.dtype, kind) for kind in (np.integer, np.floating))
    if coef.shape != shape or not real or not np.isfinite(coef).all():
        raise ValueError(
            f"kernel_initializer must give finite real numbers of the shape that it is asked for, {shape}, got shape "
            f"{coef.shape} and dtype {coef.dtype}; correct it or use a name, as in "
            "kernel_initializer='he_normal'."
        )
