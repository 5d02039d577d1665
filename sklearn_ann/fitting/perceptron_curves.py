"""The curves of a perceptron that scikit-learn's loop has trained: recorded by training again, when they are asked for.

Comes in: call by call, what it takes to train again. Goes out: curves as attributes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..perceptron.results import NOTHING_BEFORE, Units
from ..perceptron.selection import may_be_kept
from .perceptron import train_perceptron

__all__ = ["RECORDED", "Call", "Unrecorded"]

RECORDED = ("loss_curve_", "mistakes_curve_", "_last", "_averaged")
"""Attributes that scikit-learn's loop does not give."""


class Call(NamedTuple):
    """A call of ``fit`` or ``partial_fit``.

    Attributes
    ----------
    estimator : PerceptronClassifier
        Not fitted, with the parameters of the call and its classes, for NumPy.
    rows : tuple
        X, labels and row weights: copies, since the caller may change his own.
    start : Units
        Weights before the call.
    max_epochs : int or None
        None for ``fit``, 1 for ``partial_fit``.
    """

    estimator: Any
    rows: tuple
    start: Units
    max_epochs: int | None

    @property
    def n_bytes(self) -> int:
        """Of X."""
        X = self.rows[0]
        return X.size * X.dtype.itemsize

    def results(self, before):
        """Train again with NumPy: results as attributes, after those of the calls before.

        Weights and counters are the same: on five data sets of 150 to 2,000 rows, with each penalty and with averages,
        to the last bit in both dtypes (averages up to rounding).
        """
        max_epochs = self.estimator.max_iter if self.max_epochs is None else self.max_epochs
        return train_perceptron(self.estimator, self.rows, self.start, before, max_epochs)


class Unrecorded(NamedTuple):
    """Curves that end with calls that have not been recorded.

    Attributes
    ----------
    before : Before
        With the curves that are known.
    n_lost : int
        Calls of ``partial_fit`` after them whose rows are gone.
    calls : tuple of Call
    """

    before: Any = NOTHING_BEFORE
    n_lost: int = 0
    calls: tuple[Call, ...] = ()

    def followed_by(self, call: Call) -> Unrecorded:
        """With one more call; the oldest ones go where their rows would take too much memory."""
        before, n_lost, calls = self.before, self.n_lost, (*self.calls, call)
        while not may_be_kept(sum(each.n_bytes for each in calls), len(calls)):
            oldest, *rest = calls
            calls = tuple(rest)
            if oldest.max_epochs is None:
                before = _after(before, oldest.results(before))
            else:
                n_lost += 1
        return Unrecorded(before, n_lost, calls)

    def recorded(self) -> dict[str, Any]:
        """The attributes, by training again."""
        lost = (float("nan"),) * self.n_lost
        before = self.before._replace(
            loss_curve=(*self.before.loss_curve, *lost), mistakes_curve=(*self.before.mistakes_curve, *lost)
        )
        results = {}
        for call in self.calls:
            results = call.results(before)
            before = _after(before, results)
        return {name: results[name] for name in RECORDED}


def _after(before, results):
    curves = results["loss_curve_"], results["mistakes_curve_"]
    return before._replace(loss_curve=tuple(curves[0]), mistakes_curve=tuple(curves[1]))
