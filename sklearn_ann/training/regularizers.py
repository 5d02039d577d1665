"""The table of regularizers of the stochastic solvers: penalties in the loss, clipped gradients, bounded weights.

To add one: a row here, a class in ``choices/regularizers.py``, a test against an independent formula, a line in the
docs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..network.backend import tf

__all__ = ["REGULARIZERS", "Regularizer"]


class Regularizer(NamedTuple):
    """One regularizer, with one number: its amount. Arrays may have a leading axis of models.

    Attributes
    ----------
    value, slope : callable or None
        Of a penalty: what each weight adds to the loss, per unit of strength, and its derivative.
    clip : callable or None
        ``clip(gradients, amount)`` with all arrays of the gradient in a list.
    project : callable or None
        ``project(coef, amount)``: what becomes of a weight matrix after a step.
    """

    value: Callable[[Any], Any] | None = None
    slope: Callable[[Any], Any] | None = None
    clip: Callable[[list, Any], list] | None = None
    project: Callable[[Any, Any], Any] | None = None

    @property
    def numbers(self) -> tuple[str, ...]:
        """None: its amount has the name of the row."""
        return ()


def _like(amount: Any, array: Any) -> Any:
    """The amount of each model, with the dtype and rank of an array of models."""
    rank = array.shape.rank - amount.shape.rank
    return tf.cast(tf.reshape(amount, [*amount.shape, *[1] * rank]), array.dtype)


def _clip_value(gradients: list, limit: Any) -> list:
    return [tf.clip_by_value(g, -_like(limit, g), _like(limit, g)) for g in gradients]


def _clip_norm(gradients: list, limit: Any) -> list:
    axes = [list(range(limit.shape.rank, g.shape.rank)) for g in gradients]
    squares = [tf.reduce_sum(tf.square(tf.cast(g, tf.float64)), axis=ax) for g, ax in zip(gradients, axes, strict=True)]
    share = tf.minimum(tf.math.divide_no_nan(limit, tf.sqrt(tf.add_n(squares))), tf.ones([], tf.float64))
    share = tf.where(tf.add_n(squares) > 0, share, tf.ones([], tf.float64))
    return [g * _like(share, g) for g in gradients]


def _max_norm(coef: Any, limit: Any) -> Any:
    norm = tf.sqrt(tf.reduce_sum(coef * coef, axis=-2, keepdims=True))
    limit = _like(limit, coef)
    return tf.where(norm > limit, coef * (limit / norm), coef)


REGULARIZERS: dict[str, Regularizer] = {
    "alpha": Regularizer(value=lambda coef: 0.5 * (coef * coef), slope=lambda coef: coef),
    "l1": Regularizer(value=tf.abs, slope=tf.sign),
    "clip_value": Regularizer(clip=_clip_value),
    "clip_norm": Regularizer(clip=_clip_norm),
    "max_norm": Regularizer(project=_max_norm),
}
"""``'alpha'`` is the L2 penalty, which every program has."""
