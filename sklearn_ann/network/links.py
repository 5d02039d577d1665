"""The table of inverse links with their derivatives: raw values of the last layer to predictions.

Comes in: the namespace ``xp`` of :mod:`sklearn_ann.runtime.arrays` or :mod:`sklearn_ann.runtime.tensors`, raw values
and the link's own numbers. Goes out: predictions, or derivatives number by number.

A loss brings its link; a regressor's ``output_activation`` puts another one in its place, and the loss is then taken on
what that gives, for which the table has the derivatives. To add one: a row here; ``tests/network/test_links.py`` tests
every row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count, takewhile
from typing import Any, NamedTuple

__all__ = ["LINKS", "Link", "numbered", "values_of"]


class Link(NamedTuple):
    """Inverse link of one head, for raw values ``(..., rows, columns)``.

    Attributes
    ----------
    value : callable
        ``value(xp, raw, number)``. A NumPy array ``raw`` may be overwritten.
    slope : callable or None
        ``slope(xp, raw, number)``: the derivative, number by number, where ``raw`` is what ``value`` began with; a
        NumPy array may be Boolean. None where no loss is taken behind the link.
    numbers, by_column : tuple of str
        Names of the link's own numbers, and of those of which each raw column has one; ``number(name)`` gives what
        broadcasts with ``raw``, in its dtype.
    """

    value: Callable[[Any, Any, Any], Any]
    slope: Callable[[Any, Any, Any], Any] | None = None
    numbers: tuple[str, ...] = ()
    by_column: tuple[str, ...] = ()


def numbered(name: str, n: int) -> tuple[str, ...]:
    """Names of ``n`` numbers of one kind."""
    return tuple(f"{name}_{i}" for i in range(n))


def values_of(numbers: Mapping[str, Any], name: str) -> Any:
    """The number of that name, or the list of those that :func:`numbered` has named after it."""
    if name in numbers:
        return numbers[name]
    return [numbers[each] for each in takewhile(numbers.__contains__, (f"{name}_{i}" for i in count()))]


def _range(number: Any) -> Any:
    return number("high") - number("low")


def _logistic_between(xp: Any, raw: Any, number: Any) -> Any:
    share = xp.expit(raw, out=raw)
    return xp.add(xp.multiply(share, _range(number), out=share), number("low"), out=share)


def _logistic_between_slope(xp: Any, raw: Any, number: Any) -> Any:
    return _range(number) * (xp.expit(raw) * xp.expit(-raw))


def _mean_and_std(xp: Any, raw: Any, number: Any) -> Any:
    """A new array, since softplus is for every other column."""
    std = xp.logaddexp(raw[..., 1::2], 0) + number("min_std")
    return xp.reshape(xp.stack([raw[..., 0::2], std], axis=-1), raw.shape)


LINKS: dict[str, Link] = {
    "identity": Link(lambda xp, raw, number: raw, lambda xp, raw, number: xp.ones_like(raw)),
    "exp": Link(lambda xp, raw, number: xp.exp(raw, out=raw), lambda xp, raw, number: xp.exp(raw)),
    "relu": Link(lambda xp, raw, number: xp.relu(raw, out=raw), lambda xp, raw, number: xp.indicator(raw > 0, raw)),
    "softplus": Link(lambda xp, raw, number: xp.logaddexp(raw, 0, out=raw), lambda xp, raw, number: xp.expit(raw)),
    "logistic": Link(lambda xp, raw, number: xp.expit(raw, out=raw)),
    "softmax": Link(lambda xp, raw, number: xp.softmax(raw, out=raw)),
    # The bounded ones fill a range: from ``low`` to ``high``.
    "logistic_between": Link(_logistic_between, _logistic_between_slope, by_column=("low", "high")),
    # by the logistic function, since (tanh(raw) + 1) / 2 rounds small shares to nothing
    "tanh_between": Link(
        lambda xp, raw, number: _logistic_between(xp, xp.multiply(raw, 2, out=raw), number),
        lambda xp, raw, number: 2 * _logistic_between_slope(xp, 2 * raw, number),
        by_column=("low", "high"),
    ),
    # Two raw columns per target, mean and spread in turns.
    "mean_and_std": Link(_mean_and_std, numbers=("min_std",)),
}
