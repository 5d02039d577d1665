"""What the batches of some epochs need besides the weights, worked out by NumPy before the program runs.

Comes in: orders of rows, row weights. Goes out: arrays with the batches first, then the models where there is such an
axis. In the program, each of these formulas would be a kernel or two to compile.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = ["Batches", "batches_of"]


class Batches(NamedTuple):
    """Batches of successive epochs, ``(epochs, batches, ...)`` here and ``(epochs * batches, ...)`` in the program.

    Attributes
    ----------
    order : int32 array of shape (..., batch_rows)
        Rows of each batch.
    shares : array of shape (..., batch_rows)
        Share of each row in the loss of its batch, in the dtype of the network; zero for padding.
    n_rows : float64 array
        Rows of each batch; zero for a missing one.
    totals : float64 array
        Weight of each batch.
    per_weight : float64 array
        One over it, by which penalties are multiplied; zero where all rows have weight zero.
    penalty_rows : float64 array
        ``n_rows * per_weight``, by which penalties count in the loss of the epoch.
    next_penalty_rows : float64 array
        That of the next batch of the epoch; zero after the last.
    """

    order: Any
    shares: Any
    n_rows: Any
    totals: Any
    per_weight: Any
    penalty_rows: Any
    next_penalty_rows: Any


def batches_of(order: np.ndarray, n_rows: Any, sample_weight: np.ndarray | None, dtype: Any) -> Batches:
    """The batches of an order.

    Parameters
    ----------
    order : int32 ndarray of shape (epochs, batches, ..., batch_rows)
        The last batch may be padded, and batches may be missing.
    n_rows : int or int ndarray of shape (k,)
        Rows of an epoch.
    sample_weight : ndarray of shape (n_rows,) or None
        None for ones.
    dtype : dtype
        Of the network.
    """
    n_batches, batch_rows = order.shape[1], order.shape[-1]
    starts = np.arange(0, n_batches * batch_rows, batch_rows).reshape(-1, *[1] * (order.ndim - 2))
    inside = starts + np.arange(batch_rows) < np.asarray(n_rows)[..., None]
    weights = np.broadcast_to(inside, order.shape).astype(dtype)
    if sample_weight is not None:
        weights *= sample_weight[order]
    totals = weights.sum(axis=-1, dtype=np.float64)
    per_weight = np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)
    rows = np.broadcast_to(inside.sum(axis=-1, dtype=np.float64), totals.shape)
    next_penalty_rows = np.zeros_like(totals)
    next_penalty_rows[:, :-1] = (rows * per_weight)[:, 1:]
    shares = weights * per_weight[..., None].astype(dtype)
    return Batches(order, shares, rows.copy(), totals, per_weight, rows * per_weight, next_penalty_rows)
