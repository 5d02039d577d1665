"""Initial weights, drawn as scikit-learn's MLP draws them from a NumPy random state."""

from __future__ import annotations

import numpy as np

from .spec import Network

__all__ = ["initial_weights"]


def initial_weights(network: Network, random_state: np.random.RandomState) -> tuple[list, list]:
    """Draw weights and intercepts layer by layer, both uniform in the same interval.

    The interval is +-sqrt(6 / (fan_in + fan_out)), with 2 instead of 6 for logistic units (Glorot & Bengio,
    "Understanding the difficulty of training deep feedforward neural networks", 2010). Drawn in float64 and then cast,
    so that float32 and float64 networks start from the same numbers.

    Returns
    -------
    coefs : list of ndarray of shape (fan_in, fan_out)
    intercepts : list of ndarray of shape (fan_out,)
    """
    coefs, intercepts = [], []
    for fan_in, fan_out in network.fans:
        bound = np.sqrt((2.0 if network.activation == "logistic" else 6.0) / (fan_in + fan_out))
        coefs.append(random_state.uniform(-bound, bound, (fan_in, fan_out)).astype(network.dtype, copy=False))
        intercepts.append(random_state.uniform(-bound, bound, fan_out).astype(network.dtype, copy=False))
    return coefs, intercepts
