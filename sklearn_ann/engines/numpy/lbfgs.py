"""Loss and gradient of all rows in NumPy, for L-BFGS: rows go through in blocks that stay in the cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse

from ...network.hyper import NetworkHyper
from ...network.hyper import as_dtype as hyper_as_dtype
from ...network.layers import Layers, loss_and_gradient
from ...network.spec import Network
from ...network.weights import Weights, as_dtype
from ...runtime.arrays import numpy_namespace as xp
from .flat import Flat
from .memory import keep_freed_memory
from .replay import Replayed

__all__ = ["sums_for"]

_BLOCK_NUMBERS = 1 << 19  # of the widest layer's values for the rows of a block
_SMALLEST_BLOCK = 256


def sums_for(
    network: Network, weights: Weights, X: Any, y: np.ndarray, sample_weight: np.ndarray, hyper: NetworkHyper
) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
    """As :func:`sklearn_ann.engines.lbfgs.minimize` asks for."""
    keep_freed_memory()
    layers, hyper = Layers(xp, network), hyper_as_dtype(hyper, np.float64)
    at = Flat(as_dtype(weights, np.float64), 0)
    gradient = Flat(at.views, 0)
    gradient.vector[:] = 0.0  # where it stays, of frozen layers
    X = X.astype(np.float64, copy=False)
    must_be_dense = sparse.issparse(X) and network.is_skipped(1)
    n_rows = X.shape[0]
    block_rows = max(_SMALLEST_BLOCK, _BLOCK_NUMBERS // max(network.units[1:]))

    blocks = [slice(start, start + block_rows) for start in range(0, n_rows, block_rows)]
    arrays = [(X[of], y[of], sample_weight[of]) for of in blocks] if isinstance(X, np.ndarray) else None

    def losses_and_gradient(always: tuple[Weights, Weights], rows: Any, y: Any, sample_weight: Any) -> Any:
        views, into = always
        return loss_and_gradient(layers, views, rows, ((y, sample_weight),), hyper, None, into)

    always = at.views, gradient.views
    replayed = Replayed(losses_and_gradient, always)

    @np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore")  # the caller looks at the weights
    def sums(vector: np.ndarray) -> tuple[float, np.ndarray]:
        at.vector[:] = vector
        loss, slope = 0.0, np.zeros_like(vector)
        for number, of in enumerate(blocks):
            if arrays is not None:
                losses, *_ = replayed(*arrays[number])
            else:
                rows = X[of].toarray() if must_be_dense else X[of]
                losses, *_ = losses_and_gradient(always, rows, y[of], sample_weight[of])
            loss += float(losses.sum())
            slope += gradient.vector
        return loss, slope

    return sums
