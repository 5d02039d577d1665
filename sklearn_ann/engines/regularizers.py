"""The table of regularizers of the stochastic solvers, over an array namespace.

Comes in: weights, or the arrays of a gradient. Goes out: penalties in the loss and their derivatives, clipped
gradients, bounded weights. To add one: a row here, a class in ``regularizers.py``, a test against an
independent formula, a line in the docs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["REGULARIZERS", "Regularizer"]


class Regularizer(NamedTuple):
    """One regularizer, with one number: its amount.

    Arrays may have a leading axis of models. The amount is a Python float for all of them, or a float64 array with one
    number for each, ``(models,)``; the norm of a gradient is each model's own only with the latter.

    Attributes
    ----------
    value, slope : callable or None
        ``value(xp, coef)`` and ``slope(xp, coef)`` of a penalty: what each weight adds to the loss, per unit of
        strength, and its derivative, which may be ``coef`` itself.
    clip : callable or None
        ``clip(xp, gradients, amount)`` with all arrays of the gradient in a list. NumPy writes to them.
    project : callable or None
        ``project(xp, coef, amount)``: what becomes of a weight matrix after a step. NumPy writes to it.
    quick_total : callable or None
        ``quick_total(xp, coef)``: the sum of ``value`` over the last axis, where there is a quicker way to it.
    """

    value: Callable[[Any, Any], Any] | None = None
    slope: Callable[[Any, Any], Any] | None = None
    clip: Callable[[Any, list, Any], list] | None = None
    project: Callable[[Any, Any, Any], Any] | None = None
    quick_total: Callable[[Any, Any], Any] | None = None

    def total(self, xp: Any, coef: Any) -> Any:
        """Sum of a penalty's values over the last axis."""
        if self.quick_total is not None:
            return self.quick_total(xp, coef)
        assert self.value is not None
        return xp.sum(self.value(xp, coef), axis=-1)

    @property
    def numbers(self) -> tuple[str, ...]:
        """None: its amount has the name of the row."""
        return ()


def _like(xp: Any, amount: Any, array: Any) -> Any:
    """The amount of each model, with the dtype and rank of an array of models; a single one as Python's number."""
    if isinstance(amount, int | float):
        return float(amount)  # one of NumPy's own would turn float32 into float64
    rank = len(array.shape) - len(amount.shape)
    return xp.astype(xp.reshape(amount, [*amount.shape, *[1] * rank]), array.dtype)


def _clip_value(xp: Any, gradients: list, limit: Any) -> list:
    limits = [_like(xp, limit, gradient) for gradient in gradients]
    return [xp.clip(gradient, -each, each, out=gradient) for gradient, each in zip(gradients, limits, strict=True)]


def _share(xp: Any, norm: Any, limit: Any) -> Any:
    """What brings a norm down to its limit: 1 where it is no larger."""
    return limit / xp.maximum(norm, limit)


def _clip_norm(xp: Any, gradients: list, limit: Any) -> list:
    """Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural networks", 2013, algorithm 1."""
    n_lead = 0 if isinstance(limit, int | float) else len(limit.shape)
    squares = [
        xp.sum(xp.square(xp.astype(gradient, xp.float64)), axis=tuple(range(n_lead, len(gradient.shape))))
        for gradient in gradients
    ]
    share = _share(xp, xp.sqrt(sum(squares[1:], squares[0])), limit)
    return [xp.multiply(gradient, _like(xp, share, gradient), out=gradient) for gradient in gradients]


def _max_norm(xp: Any, coef: Any, limit: Any) -> Any:
    """Srivastava et al., "Dropout", 2014, section 5.1: of the weights that go into a unit."""
    norm = xp.sqrt(xp.sum(xp.square(coef), axis=-2, keepdims=True))
    return xp.multiply(coef, _share(xp, norm, _like(xp, limit, coef)), out=coef)


REGULARIZERS: dict[str, Regularizer] = {
    "alpha": Regularizer(
        value=lambda xp, coef: 0.5 * (coef * coef),
        slope=lambda xp, coef: coef,
        quick_total=lambda xp, coef: 0.5 * xp.vecdot(coef, coef),
    ),
    "l1": Regularizer(value=lambda xp, coef: xp.abs(coef), slope=lambda xp, coef: xp.sign(coef)),
    "clip_value": Regularizer(clip=_clip_value),
    "clip_norm": Regularizer(clip=_clip_norm),
    "max_norm": Regularizer(project=_max_norm),
}
"""``'alpha'`` is the L2 penalty, which every program has."""
