"""The table of normalizations of hidden layers over an array namespace: what each learns, its values and derivatives.

Values are ``(..., rows, units)``. In training a normalization may go by the rows of the batch and then says what it
went by, so that means of it over time can be kept for predictions.
To add one: a row here, a class in ``normalizations.py``, a test against an independent formula, a line in the
docs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

__all__ = ["NORMALIZATIONS", "Normalization"]

_Arrays = Mapping[str, Any]
_Pullback = Callable[[Any], tuple[Any, dict[str, Any]]]


class Normalization(NamedTuple):
    """One normalization.

    Attributes
    ----------
    learned, moving : tuples of (str, float)
        Names and first values of what is learned per unit, and of what is kept as a moving mean.
    value : callable
        ``value(xp, values, learned, moving, epsilon)`` for predictions; learned and moving by name, ``(..., units)``.
        A NumPy array of values may be overwritten.
    with_pullback : callable
        ``with_pullback(xp, values, shares, learned, epsilon)`` for training: the value; by name the moments
        ``(..., units)`` that stood in for ``moving``; and a function that makes of the derivatives by the value those
        by the values and, by name, by what is learned. Nothing that is given is overwritten. The shares of the rows
        ``(..., rows)`` add up to one.
    """

    learned: tuple[tuple[str, float], ...]
    moving: tuple[tuple[str, float], ...]
    value: Callable[[Any, Any, _Arrays, _Arrays, Any], Any]
    with_pullback: Callable[[Any, Any, Any, _Arrays, Any], tuple[Any, dict[str, Any], _Pullback]]

    @property
    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers that it takes, in training and in predictions."""
        return ("epsilon", "momentum") if self.moving else ("epsilon",)


def _scaled_and_shifted(xp: Any, values: Any, learned: _Arrays) -> Any:
    """Over the values."""
    values = xp.multiply(values, learned["scale"][..., None, :], out=values)
    return xp.add(values, learned["shift"][..., None, :], out=values)


def _batch(xp: Any, values: Any, learned: _Arrays, moving: _Arrays, epsilon: Any) -> Any:
    values = xp.subtract(values, moving["mean"][..., None, :], out=values)
    values = xp.divide(values, xp.sqrt(moving["variance"][..., None, :] + epsilon), out=values)
    return _scaled_and_shifted(xp, values, learned)


def _batch_with_pullback(xp: Any, values: Any, shares: Any, learned: _Arrays, epsilon: Any) -> Any:
    """With mean and variance of each unit over the rows, as products: on a CPU XLA's sums take longer."""
    row_of_shares, column_of_shares = shares[..., None, :], shares[..., None]
    mean = xp.matmul(row_of_shares, values)
    normal = values - mean
    variance = xp.matmul(row_of_shares, xp.square(normal))
    deviation = xp.sqrt(variance + epsilon)
    normal = xp.divide(normal, deviation, out=normal)
    scale = learned["scale"][..., None, :]

    def pullback(upstream: Any) -> tuple[Any, dict[str, Any]]:
        by_scale, by_shift = xp.sum_rows(upstream * normal), xp.sum_rows(upstream)
        # the part of each row in mean and variance
        part = xp.multiply(normal, by_scale[..., None, :])
        part = xp.add(part, by_shift[..., None, :], out=part)
        part = xp.multiply(part, column_of_shares, out=part)
        by_values = xp.subtract(upstream, part, out=part)
        return xp.multiply(by_values, scale / deviation, out=by_values), {"scale": by_scale, "shift": by_shift}

    value = xp.multiply(normal, scale)
    value = xp.add(value, learned["shift"][..., None, :], out=value)
    return value, {"mean": mean[..., 0, :], "variance": variance[..., 0, :]}, pullback


def _row_deviation(xp: Any, centered: Any, epsilon: Any) -> Any:
    return xp.sqrt(xp.mean(xp.square(centered), axis=-1, keepdims=True) + epsilon)


def _layer(xp: Any, values: Any, learned: _Arrays, moving: _Arrays, epsilon: Any) -> Any:
    values = xp.subtract(values, xp.mean(values, axis=-1, keepdims=True), out=values)
    values = xp.divide(values, _row_deviation(xp, values, epsilon), out=values)
    return _scaled_and_shifted(xp, values, learned)


def _layer_with_pullback(xp: Any, values: Any, shares: Any, learned: _Arrays, epsilon: Any) -> Any:
    normal = values - xp.mean(values, axis=-1, keepdims=True)
    deviation = _row_deviation(xp, normal, epsilon)
    normal = xp.divide(normal, deviation, out=normal)
    scale = learned["scale"][..., None, :]

    def pullback(upstream: Any) -> tuple[Any, dict[str, Any]]:
        by_learned = {"scale": xp.sum_rows(upstream * normal), "shift": xp.sum_rows(upstream)}
        by_normal = upstream * scale
        # the part of each unit in mean and deviation
        part = xp.multiply(normal, xp.mean(by_normal * normal, axis=-1, keepdims=True))
        part = xp.add(part, xp.mean(by_normal, axis=-1, keepdims=True), out=part)
        by_values = xp.subtract(by_normal, part, out=part)
        return xp.divide(by_values, deviation, out=by_values), by_learned

    value = xp.multiply(normal, scale)
    return xp.add(value, learned["shift"][..., None, :], out=value), {}, pullback


_SCALE_AND_SHIFT = (("scale", 1.0), ("shift", 0.0))

NORMALIZATIONS: dict[str, Normalization] = {
    # Ioffe & Szegedy, "Batch normalization", 2015
    "batch": Normalization(_SCALE_AND_SHIFT, (("mean", 0.0), ("variance", 1.0)), _batch, _batch_with_pullback),
    # Ba, Kiros & Hinton, "Layer normalization", 2016
    "layer": Normalization(_SCALE_AND_SHIFT, (), _layer, _layer_with_pullback),
}
