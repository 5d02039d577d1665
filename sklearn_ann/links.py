"""The table of inverse links with their derivatives: raw values of the last layer to predictions.

Comes in: an array namespace ``xp`` with NumPy's names, raw values and the link's hyperparameters. Goes out:
predictions, or derivatives number by number.

A loss brings its link; a regressor's ``output_activation`` puts another one in its place, and the loss is then taken on
what that gives, for which the table has the derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["LINKS", "Link"]


class Link(NamedTuple):
    """Inverse link of one head, for raw values ``(..., rows, columns)``.

    Attributes
    ----------
    value : callable
        ``value(xp, raw, *hyper)``. A NumPy array ``raw`` may be overwritten.
    slope : callable or None
        ``slope(xp, raw, *hyper)``: the derivative, number by number, where ``raw`` is what ``value`` began with; a
        NumPy array may be Boolean. None where no loss is taken behind the link.
    fills_range : bool
        Whether its hyperparameters are the ends of a range, low and high, with a number for each column.
    """

    value: Callable[..., Any]
    slope: Callable[..., Any] | None = None
    fills_range: bool = False


def _logistic_between(xp: Any, raw: Any, low: Any, high: Any) -> Any:
    share = xp.expit(raw, out=raw)
    return xp.add(xp.multiply(share, high - low, out=share), low, out=share)


def _logistic_between_slope(xp: Any, raw: Any, low: Any, high: Any) -> Any:
    return (high - low) * (xp.expit(raw) * xp.expit(-raw))


def _mean_and_std(xp: Any, raw: Any, min_std: Any) -> Any:
    """A new array, since softplus is for every other column."""
    std = xp.logaddexp(raw[..., 1::2], 0) + min_std
    return xp.reshape(xp.stack([raw[..., 0::2], std], axis=-1), raw.shape)


LINKS: dict[str, Link] = {
    "identity": Link(lambda xp, raw: raw, lambda xp, raw: xp.ones_like(raw)),
    "exp": Link(lambda xp, raw: xp.exp(raw, out=raw), lambda xp, raw: xp.exp(raw)),
    "relu": Link(lambda xp, raw: xp.relu(raw, out=raw), lambda xp, raw: xp.indicator(raw > 0, raw)),
    "softplus": Link(lambda xp, raw: xp.logaddexp(raw, 0, out=raw), lambda xp, raw: xp.expit(raw)),
    "logistic": Link(lambda xp, raw: xp.expit(raw, out=raw)),
    "softmax": Link(lambda xp, raw: xp.softmax(raw, out=raw)),
    "logistic_between": Link(_logistic_between, _logistic_between_slope, fills_range=True),
    # by the logistic function, since (tanh(raw) + 1) / 2 rounds small shares to nothing
    "tanh_between": Link(
        lambda xp, raw, low, high: _logistic_between(xp, xp.multiply(raw, 2, out=raw), low, high),
        lambda xp, raw, low, high: 2 * _logistic_between_slope(xp, 2 * raw, low, high),
        fills_range=True,
    ),
    # two raw columns per target, mean and spread in turns
    "mean_and_std": Link(_mean_and_std),
}
