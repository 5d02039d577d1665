"""The table of normalizations of hidden layers: what each learns, and its arithmetic on tensors and on NumPy arrays.

Values are ``(..., rows, units)``. In training a normalization may go by the rows of the batch and then says what it
went by, so that means of it over time can be kept for predictions.
To add one: a row here, a class in ``choices/normalizations.py``, a test against an independent formula, a line in the
docs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

__all__ = ["NORMALIZATIONS", "Normalization"]


class Normalization(NamedTuple):
    """One normalization.

    Attributes
    ----------
    learned, moving : tuples of (str, float)
        Names and first values of what the gradient learns per unit, and of what is kept as a moving mean.
    array : callable
        ``array(values, learned, moving, epsilon)`` on NumPy arrays, in place; learned and moving by name.
    tensor : callable
        ``tensor(tf, values, learned, moving, epsilon)`` on tensors, epsilon of the rank of the values.
    moments : callable or None
        ``moments(tf, values, shares)``: what stands in for ``moving`` in training, from the rows of the batch and their
        shares ``(..., rows)``, which add up to one.
    """

    learned: tuple[tuple[str, float], ...]
    moving: tuple[tuple[str, float], ...]
    array: Callable[..., np.ndarray]
    tensor: Callable[..., Any]
    moments: Callable[..., dict[str, Any]] | None = None

    @property
    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers that it takes, in training and in predictions."""
        return ("epsilon", "momentum") if self.moving else ("epsilon",)


def _batch_moments(tf: Any, values: Any, shares: Any) -> dict[str, Any]:
    """Mean and variance of each unit over the rows, as products: on a CPU XLA's sums take longer."""
    shares = shares[..., None, :]
    mean = tf.matmul(shares, values)
    variance = tf.matmul(shares, tf.square(values - mean))
    return {"mean": mean[..., 0, :], "variance": variance[..., 0, :]}


def _batch_tensor(tf: Any, values: Any, learned: dict, moving: dict, epsilon: Any) -> Any:
    scale = learned["scale"][..., None, :] * tf.math.rsqrt(moving["variance"][..., None, :] + epsilon)
    return (values - moving["mean"][..., None, :]) * scale + learned["shift"][..., None, :]


def _batch_array(values: np.ndarray, learned: dict, moving: dict, epsilon: float) -> np.ndarray:
    scale = learned["scale"] / np.sqrt(moving["variance"] + epsilon)
    np.multiply(values, scale, out=values)
    return np.add(values, learned["shift"] - moving["mean"] * scale, out=values)


def _layer_tensor(tf: Any, values: Any, learned: dict, moving: dict, epsilon: Any) -> Any:
    values = values - tf.reduce_mean(values, axis=-1, keepdims=True)
    values *= tf.math.rsqrt(tf.reduce_mean(tf.square(values), axis=-1, keepdims=True) + epsilon)
    return values * learned["scale"][..., None, :] + learned["shift"][..., None, :]


def _layer_array(values: np.ndarray, learned: dict, moving: dict, epsilon: float) -> np.ndarray:
    np.subtract(values, values.mean(axis=1, keepdims=True), out=values)
    np.divide(values, np.sqrt(np.square(values).mean(axis=1, keepdims=True) + epsilon), out=values)
    np.multiply(values, learned["scale"], out=values)
    return np.add(values, learned["shift"], out=values)


_SCALE_AND_SHIFT = (("scale", 1.0), ("shift", 0.0))

NORMALIZATIONS: dict[str, Normalization] = {
    # Ioffe & Szegedy, "Batch normalization", 2015
    "batch": Normalization(
        _SCALE_AND_SHIFT, (("mean", 0.0), ("variance", 1.0)), _batch_array, _batch_tensor, _batch_moments
    ),
    # Ba, Kiros & Hinton, "Layer normalization", 2016
    "layer": Normalization(_SCALE_AND_SHIFT, (), _layer_array, _layer_tensor),
}
