"""Gradient clipping: between the gradient and the optimizer, over an array namespace.

Arrays may have a leading axis of models. A limit is a Python float, or a float64 array with one number for each model,
``(models,)``; the norm of a gradient is each model's own only with the latter. NumPy writes to the gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..regularizers import by_model, scaled_down

__all__ = ["CLIPPINGS"]


def _clip_value(xp: Any, gradients: list, limit: Any) -> list:
    limits = [by_model(xp, limit, gradient) for gradient in gradients]
    return [xp.clip(gradient, -each, each, out=gradient) for gradient, each in zip(gradients, limits, strict=True)]


def _clip_global_norm(xp: Any, gradients: list, limit: Any) -> list:
    """Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural networks", 2013, algorithm 1."""
    n_lead = 0 if isinstance(limit, int | float) else len(limit.shape)
    squares = [
        xp.sum(xp.square(xp.astype(gradient, xp.float64)), axis=tuple(range(n_lead, len(gradient.shape))))
        for gradient in gradients
    ]
    share = scaled_down(xp, xp.sqrt(sum(squares[1:], squares[0])), limit)
    return [xp.multiply(gradient, by_model(xp, share, gradient), out=gradient) for gradient in gradients]


CLIPPINGS: dict[str, Callable[[Any, list, Any], list]] = {
    "clipvalue": _clip_value,
    "global_clipnorm": _clip_global_norm,
}
"""By the parameters of the estimators, in the order in which they are applied: ``clip(xp, gradients, limit)``."""
