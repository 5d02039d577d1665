"""L-BFGS: SciPy's optimizer on the compiled loss and gradient of all rows, in float64.

The rows go through the program in batches of one static shape, so that the activations of all rows never lie in memory
together; a large sparse X is made dense block by block.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from scipy import optimize

from ..data.rows import BLOCK_BYTES, dense_rows, must_stream, padded
from ..network.backend import tf
from ..network.devices import as_tensor, on_device
from ..network.graph import loss_and_gradient, members_of, numbers_of, square_norm
from ..network.programs import Compiled, program_for
from ..network.spec import Network
from ..network.weights import Weights, first_extras
from .plan import batch_bucket
from .program import Data

__all__ = ["Minimum", "minimize"]

_BATCH_ROWS = 4096


class _Key(NamedTuple):
    """Static facts of the program."""

    network: Network
    batch_rows: int
    n_batches: int
    device: str
    members: tuple


class Minimum(NamedTuple):
    """Where L-BFGS ended: weights in the network's dtype, loss, iterations, whether it converged and what it says."""

    weights: Weights
    loss: float
    n_iter: int
    converged: bool
    message: str


def _build_sums(key: _Key) -> Compiled:
    """Compiled ``(vector, numbers, data) -> (weighted loss sum, its gradient, square norm of the coefficients)``.

    The weights come and go as one vector, SciPy's: what crosses between Python and the program per evaluation is then
    two arrays, and splitting costs one copy of the weights against a pass over all rows.
    """
    batch_rows = key.batch_rows
    shapes = _shapes(key.network)
    names = numbers_of(key.network)

    def sums(vector: Any, numbers: tuple, data: Data) -> tuple[Any, Any, Any]:
        named = dict(zip(names, numbers, strict=True))
        weights = _unpacked(key.network, tf.split(vector, [math.prod(shape) for shape in shapes]), tf.reshape)

        def batch(start: Any, loss: Any, gradient: Weights) -> tuple[Any, Any, Weights]:
            x, y, row_weights = (
                tf.slice(array, [start] + [0] * (array.shape.rank - 1), [batch_rows, *array.shape[1:]])
                for array in data
            )
            # Padding: loss and gradient of a zero row are finite, so that its weight of zero removes them.
            row_losses, batch_gradient, _ = loss_and_gradient(key.network, weights, x, y, row_weights, named)
            loss += tf.reduce_sum(row_losses)
            return start + batch_rows, loss, tf.nest.map_structure(tf.add, gradient, batch_gradient)

        zero = tf.constant(0.0, tf.float64)
        _, loss, gradient = tf.while_loop(
            lambda start, *_: start < key.n_batches * batch_rows,
            batch,
            (tf.constant(0), zero, tf.nest.map_structure(tf.zeros_like, weights)),
        )
        slope = tf.concat([tf.reshape(array, [-1]) for array in tf.nest.flatten(gradient)], axis=0)
        return loss, slope, square_norm(weights)

    return Compiled(sums)


def _shapes(network: Network) -> list[tuple[int, ...]]:
    """Of the arrays in the vector: coefficients, intercepts, what else is learned."""
    learned = first_extras(network)[0]
    return [*network.fans, *((size,) for size in network.intercept_sizes), *(array.shape for array in learned)]


def _unpacked(network: Network, parts: list[Any], reshape: Any) -> Weights:
    arrays = [reshape(part, shape) for part, shape in zip(parts, _shapes(network), strict=True)]
    n_coefs, n_both = len(network.fans), len(network.fans) + len(network.intercept_sizes)
    return Weights(tuple(arrays[:n_coefs]), tuple(arrays[n_coefs:n_both]), tuple(arrays[n_both:]))


def minimize(
    network: Network,
    weights: Weights,
    X: Any,
    y: np.ndarray,
    row_weights: np.ndarray | None,
    *,
    numbers: dict[str, float],
    alpha: float,
    tol: float,
    max_iter: int,
    max_fun: int,
    verbose: bool,
    device: str,
    on_iteration: Callable[[Weights, float], bool] | None = None,
) -> Minimum:
    """Minimise the penalised loss over all rows.

    Parameters
    ----------
    network : Network
        Its dtype is that of the weights that come back; the computation is in float64.
    weights : Weights
        Where to start.
    X : ndarray or CSR matrix of shape (n_rows, n_features)
    y : ndarray of shape (n_rows, columns)
        Encoded targets.
    row_weights : ndarray of shape (n_rows,) or None
    numbers : dict of str to float
        Those of the activations and of the loss.
    alpha, tol, max_iter, max_fun
        As in scikit-learn's MLP; ``tol`` bounds the gradient.
    verbose : bool
        Print SciPy's iterations.
    device : str
        TensorFlow's device name.
    on_iteration : callable or None
        ``on_iteration(weights, loss) -> bool``, called after every iteration; True ends them.
    """
    double = replace(network, dtype="float64")
    n_rows = X.shape[0]
    row_weights = np.ones(n_rows) if row_weights is None else row_weights.astype(np.float64)
    total = row_weights.sum()
    streamed = must_stream(X, np.float64)
    block_rows = min(n_rows, max(1, BLOCK_BYTES // (8 * X.shape[1]))) if streamed else n_rows
    n_batches = -(-block_rows // _BATCH_ROWS)
    batch_rows = batch_bucket(-(-block_rows // n_batches))
    rows = n_batches * batch_rows
    sums = program_for(_build_sums, _Key(double, batch_rows, n_batches, device, members_of(double)))
    ends = np.cumsum([math.prod(shape) for shape in _shapes(network)])
    n_coefs = ends[len(weights.coefs) - 1]

    def tensors(index: slice) -> Data:
        parts = (dense_rows(X, index, np.float64), y[index], row_weights[index])
        return Data(*(as_tensor(padded(part, rows, part.dtype)) for part in parts))

    def blocks() -> Iterator[Data]:
        for start in range(0, n_rows, rows):
            yield tensors(slice(start, start + rows))

    def loss_and_slope(vector: np.ndarray) -> tuple[float, np.ndarray]:
        tensor = tf.constant(vector)
        loss, slope, norm = 0.0, np.zeros_like(vector), 0.0
        for data in resident or blocks():
            block_loss, block_slope, norm = sums(tensor, own, data)
            loss += float(block_loss)
            slope += block_slope.numpy()
        slope[:n_coefs] += alpha * vector[:n_coefs]
        return (loss + 0.5 * alpha * float(norm)) / total, slope / total

    def at(vector: np.ndarray) -> Weights:
        parts = _unpacked(network, np.split(vector, ends[:-1]), np.reshape)
        return Weights(*(tuple(array.astype(network.dtype) for array in group) for group in parts))

    with on_device(device):
        own = tuple(tf.constant(numbers[name], tf.float64) for name in numbers_of(network))
        resident = [] if streamed else [tensors(slice(None))]
        start = np.concatenate([array.ravel() for group in weights for array in group]).astype(np.float64)
        callback = None
        if verbose or on_iteration is not None:

            def callback(intermediate_result: Any) -> None:
                if verbose:
                    print(f"L-BFGS loss = {intermediate_result.fun:.8f}")
                if on_iteration is not None and on_iteration(at(intermediate_result.x), intermediate_result.fun):
                    raise StopIteration

        found = optimize.minimize(
            loss_and_slope,
            start,
            method="L-BFGS-B",
            jac=True,
            callback=callback,
            options={"maxfun": max_fun, "maxiter": max_iter, "gtol": tol},
        )
    return Minimum(
        at(found.x),
        float(found.fun),
        min(int(found.nit), max_iter),
        found.status == 0,
        str(found.message),
    )
