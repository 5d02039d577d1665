"""Loss and score on validation rows, from sums over the rows, once for every array namespace."""

from __future__ import annotations

from typing import Any

__all__ = ["loss_and_score", "summed"]


def summed(
    xp: Any, output: Any, score: str | None, raw: Any, y: Any, sample_weight: Any, hyper: Any
) -> tuple[Any, Any]:
    """Sums over some rows, float64: of the losses, and of the terms of the score.

    Parameters
    ----------
    output : OutputLayer
    score : {'accuracy', 'r2', 'loss', None}
    raw : array of shape (..., rows, width)
    y : array of shape (..., rows, columns)
    sample_weight : float64 array of shape (..., rows)
        Zero for padding.
    hyper : NetworkHyper
    """
    losses, _ = output.losses_and_deltas(raw, y, hyper)
    # where, and not times zero: a padded row may overflow, and 0 * inf is not 0
    losses = xp.where(sample_weight > 0, xp.astype(losses, "float64"), 0.0)
    loss = xp.sum(losses * sample_weight, axis=-1)
    if score == "accuracy":
        right = xp.astype(output.correct(raw, y), "float64")
        return loss, xp.sum(right * sample_weight, axis=-1)
    if score == "r2":
        errors = xp.astype(output.predictions(raw, hyper) - y, "float64")
        errors = xp.where(sample_weight[..., None] > 0, errors, 0.0)
        return loss, xp.sum(xp.square(errors) * sample_weight[..., None], axis=-2)
    return loss, xp.zeros_like(loss)


def loss_and_score(xp: Any, score: str | None, loss: Any, of_score: Any, total: Any, scatter: Any) -> tuple[Any, Any]:
    """Validation loss, without penalty, and score, from the sums over all rows.

    Parameters
    ----------
    total : float or array of shape (...)
        Weight of all rows.
    scatter : array of shape (..., columns)
        Weighted sum of squares of the targets around their mean, for R2.
    """
    loss = loss / total
    if score == "accuracy":
        return loss, of_score / total
    if score == "r2":  # as sklearn.metrics.r2_score: a constant target scores 1 if hit exactly, else 0; NaN stays NaN
        unexplained = xp.divide_no_nan(of_score, xp.where(scatter > 0, scatter, of_score))
        return loss, xp.mean(1 - unexplained, axis=-1)
    return loss, -loss
