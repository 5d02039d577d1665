"""Loss and gradient of all rows, compiled, for L-BFGS in float64.

The rows go through the program in batches of one static shape, so that the activations of all rows never lie in memory
together; a large sparse X is made dense block by block.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from ...data.rows import BLOCK_BYTES, dense_rows, must_stream, padded
from ...network.forward_tensorflow import as_tensors, loss_and_gradient
from ...network.hyper import NetworkHyper
from ...network.spec import Network
from ...network.weights import Weights
from ...runtime.backend import tf
from ...runtime.devices import as_tensor, on_device
from ...runtime.programs import Compiled, program_for
from ...runtime.tensors import tensor_namespace as xp
from .blocks import Blocks, Packed
from .plan import batch_bucket

__all__ = ["sums_for"]

_BATCH_ROWS = 4096


class _Data(NamedTuple):
    """X ``(rows, n_features)``, targets ``(rows, columns)``, row weights ``(rows,)``; zero rows at the end."""

    X: Any
    y: Any
    sample_weight: Any


class _Key(NamedTuple):
    """Static facts of the program."""

    network: Network
    batch_rows: int
    n_batches: int
    device: str


def _build_sums(key: _Key) -> Compiled:
    """Compiled ``(vector, hyper, data) -> (weighted loss sum, its gradient)``.

    The weights come and go as one vector, SciPy's: what crosses between Python and the program per evaluation is then
    two arrays, and splitting costs one copy of the weights against a pass over all rows.
    """
    batch_rows = key.batch_rows
    blocks = Blocks(key.network, largest=math.inf)

    def sums(vector: Any, hyper: NetworkHyper, data: _Data) -> tuple[Any, Any]:
        weights = blocks.unpack(xp, Packed((vector,), ()))

        def batch(start: Any, loss: Any, gradient: Weights) -> tuple[Any, Any, Weights]:
            x, y, sample_weight = (
                tf.slice(array, [start] + [0] * (array.shape.rank - 1), [batch_rows, *array.shape[1:]])
                for array in data
            )
            # Padding: loss and gradient of a zero row are finite, so that its weight of zero removes them.
            row_losses, batch_gradient, _ = loss_and_gradient(key.network, weights, x, y, sample_weight, hyper)
            loss += tf.reduce_sum(row_losses)
            return start + batch_rows, loss, tf.nest.map_structure(tf.add, gradient, batch_gradient)

        zero = tf.constant(0.0, tf.float64)
        _, loss, gradient = tf.while_loop(
            lambda start, *_: start < key.n_batches * batch_rows,
            batch,
            (tf.constant(0), zero, tf.nest.map_structure(tf.zeros_like, weights)),
        )
        (slope,) = blocks.pack(xp, gradient).blocks
        return loss, slope

    return Compiled(sums)


def sums_for(device: str) -> Callable[..., Callable[[np.ndarray], tuple[float, np.ndarray]]]:
    """What :func:`sklearn_ann.engines.lbfgs.minimize` asks for, on a device by TensorFlow's name."""

    def on_this_device(
        network: Network, weights: Weights, X: Any, y: np.ndarray, sample_weight: np.ndarray, hyper: NetworkHyper
    ) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
        with on_device(device):
            blocks = _blocks_on_device(network, X, y, sample_weight, hyper, device)

        def sums(vector: np.ndarray) -> tuple[float, np.ndarray]:
            with tf.device(device):
                return blocks(vector)

        return sums

    return on_this_device


def _blocks_on_device(
    network: Network, X: Any, y: np.ndarray, sample_weight: np.ndarray, hyper: NetworkHyper, device: str
) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
    """The sums over all rows; those of a large sparse X go to the device block by block at each call."""
    n_rows = X.shape[0]
    streamed = must_stream(X, np.float64)
    block_rows = min(n_rows, max(1, BLOCK_BYTES // (8 * X.shape[1]))) if streamed else n_rows
    n_batches = -(-block_rows // _BATCH_ROWS)
    batch_rows = batch_bucket(-(-block_rows // n_batches))
    rows = n_batches * batch_rows
    compiled = program_for(_build_sums, _Key(network, batch_rows, n_batches, device))

    def on_device(index: slice) -> _Data:
        return _Data(
            as_tensor(padded(dense_rows(X, index, np.float64), rows, np.float64)),
            as_tensor(padded(y[index], rows, y.dtype)),
            as_tensor(padded(sample_weight[index], rows, np.float64)),
        )

    def blocks() -> Iterator[_Data]:
        return (on_device(slice(start, start + rows)) for start in range(0, n_rows, rows))

    own = as_tensors(hyper)
    resident = [] if streamed else [on_device(slice(None))]

    def sums(vector: np.ndarray) -> tuple[float, np.ndarray]:
        tensor = tf.constant(vector)
        loss, slope = 0.0, np.zeros_like(vector)
        for data in resident or blocks():
            block_loss, block_slope = compiled(tensor, own, data)
            loss += float(block_loss)
            slope += block_slope.numpy()
        return loss, slope

    return sums
