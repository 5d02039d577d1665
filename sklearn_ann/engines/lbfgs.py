"""L-BFGS: SciPy's optimizer on the loss and gradient of all rows, in float64, whichever engine computes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from scipy import optimize

from ..network.hyper import NetworkHyper
from ..network.spec import Network
from ..network.weights import Weights, as_dtype
from ..runtime.output import print_line
from .numpy.flat import Flat

__all__ = ["Minimum", "minimize"]

Sums = Callable[[np.ndarray], tuple[float, np.ndarray]]


class Minimum(NamedTuple):
    """Where L-BFGS ended: weights in the network's dtype, loss, iterations, whether it converged and what it says."""

    weights: Weights
    loss: float
    n_iter: int
    converged: bool
    message: str


def minimize(
    sums_for: Callable[..., Sums],
    network: Network,
    weights: Weights,
    X: Any,
    y: np.ndarray,
    sample_weight: np.ndarray | None,
    *,
    hyper: NetworkHyper,
    alpha: float,
    tol: float,
    max_iter: int,
    max_fun: int,
    verbose: bool,
    on_iteration: Callable[[Weights, float], bool] | None = None,
) -> Minimum:
    """Minimise the penalised loss over all rows.

    Parameters
    ----------
    sums_for : callable
        An engine's: ``sums_for(network, weights, X, y, sample_weight, hyper)`` gives a function of the vector of all
        weights (as :class:`~sklearn_ann.engines.numpy.flat.Flat` lays them out) that returns the weighted sum of the
        losses of all rows, without penalty, and its gradient, zero for frozen layers: along those nothing moves.
    network : Network
        Its dtype is that of the weights that come back; the computation is in float64.
    weights : Weights
        Where to start.
    X : ndarray or CSR matrix of shape (n_rows, n_features)
    y : ndarray of shape (n_rows, columns)
        Encoded targets.
    sample_weight : ndarray of shape (n_rows,) or None
    hyper : NetworkHyper
    alpha, tol, max_iter, max_fun
        As in scikit-learn's MLP; ``tol`` bounds the gradient.
    verbose : bool
        Print SciPy's iterations.
    on_iteration : callable or None
        ``on_iteration(weights, loss) -> bool``, called after every iteration; True ends them.
    """
    double = replace(network, dtype="float64")
    sample_weight = np.ones(X.shape[0]) if sample_weight is None else sample_weight.astype(np.float64)
    total = sample_weight.sum()
    start = Flat(as_dtype(weights, np.float64), 0)
    penalised = [slice(0, start.n_coefs)]
    if network.frozen:
        stretches = start.trained_stretches(network)
        penalised = [slice(a, min(b, start.n_coefs)) for a, b, _ in stretches if a < start.n_coefs]
    sums = sums_for(double, weights, X, y, sample_weight, hyper)

    def loss_and_slope(vector: np.ndarray) -> tuple[float, np.ndarray]:
        loss, slope = sums(vector)
        for of in penalised:
            coefs = vector[of]
            slope[of] += alpha * coefs
            loss += 0.5 * alpha * float(coefs @ coefs)
        return loss / total, slope / total

    def at(vector: np.ndarray) -> Weights:
        start.vector[:] = vector
        return as_dtype(start.copied(), network.dtype)

    callback = None
    if verbose or on_iteration is not None:

        def callback(intermediate_result: Any) -> None:
            if verbose:
                print_line(f"L-BFGS loss = {intermediate_result.fun:.8f}")
            if on_iteration is not None and on_iteration(at(intermediate_result.x), intermediate_result.fun):
                raise StopIteration

    found = optimize.minimize(
        loss_and_slope,
        start.vector.copy(),
        method="L-BFGS-B",
        jac=True,
        callback=callback,
        options={"maxfun": max_fun, "maxiter": max_iter, "gtol": tol},
    )
    return Minimum(at(found.x), float(found.fun), min(int(found.nit), max_iter), found.status == 0, str(found.message))
