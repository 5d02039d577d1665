"""Learning-rate schedules with settings of their own, for ``learning_rate`` of the multilayer perceptrons.

A schedule gives the learning rate over time. Time is counted in epochs, as a real number: the third of four batches of
the first epoch is at 0.5. What goes by how training fares (:class:`ReduceOnPlateau`) is a rule that the engine carries
out at the end of an epoch; all others are computed here, in NumPy, for the epochs ahead.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

from .configurable import Configurable, member_named

__all__ = [
    "SCHEDULES",
    "Cosine",
    "Exponential",
    "OneCycle",
    "Piecewise",
    "Power",
    "ReduceOnPlateau",
    "Schedule",
    "WarmUp",
    "schedule_of",
]

_SHARE = [Interval(Real, 0, 1, closed="both")]
_POSITIVE = [Interval(Real, 0, None, closed="neither")]
_NOT_NEGATIVE = [Interval(Real, 0, None, closed="left")]


def _numbers(values):
    """As an array of floats; of one NaN, which fits no rule, where they are not."""
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        return np.array([np.nan])


class Schedule(Configurable):
    """Base of the schedules; use the derived classes."""

    rule = "constant"
    """What the engine does with the rate at the end of an epoch: a name in ``engines/tensorflow/program.py``."""

    ends = False
    """Whether it is planned to end after ``max_iter`` epochs: getting there is then no failure to converge."""

    @property
    def rule_numbers(self):
        """The numbers of that rule by name."""
        return {}

    def at(self, time, n_epochs, initial):
        """Learning rates.

        Parameters
        ----------
        time : ndarray
            Epochs since training began, of any shape.
        n_epochs : int
            Epochs that training may take, the estimator's ``max_iter``.
        initial : float
            The estimator's ``learning_rate_init``.

        Returns
        -------
        ndarray
            Of the shape of ``time``.
        """
        return np.full_like(time, initial)

    def momentum_at(self, time, n_epochs):
        """Momenta (a solver's ``momentum`` or ``beta_1``) at these times, or None to leave them to the solver."""
        return None


class _InverseScaling(Schedule):
    """scikit-learn's ``'invscaling'``, with the estimator's ``power_t``."""

    rule = "invscaling"


class _Adaptive(Schedule):
    """scikit-learn's ``'adaptive'``: a fifth whenever training would stop, until the rate is tiny."""

    rule = "adaptive"


class Power(Schedule):
    """``learning_rate_init / (1 + t / epochs) ** exponent``: halved after ``epochs``, a third after twice as many, ...

    Parameters
    ----------
    epochs : float, default=10
        Epochs until the rate has fallen to ``1 / 2 ** exponent``.
    exponent : float, default=1.0
        Of the fall.
    """

    _parameter_constraints: dict = {"epochs": _POSITIVE, "exponent": _NOT_NEGATIVE}

    def __init__(self, *, epochs=10, exponent=1.0):
        self.epochs = epochs
        self.exponent = exponent

    def at(self, time, n_epochs, initial):
        """Learning rates; as in :class:`Schedule`."""
        return initial / (1 + time / self.epochs) ** self.exponent


class Exponential(Schedule):
    """``learning_rate_init * factor ** (t / epochs)``: multiplied by ``factor`` every ``epochs``, smoothly.

    Parameters
    ----------
    epochs : float, default=20
        Epochs that one factor takes.
    factor : float, default=0.1
        0 or more. Above 1 the rate rises, as in a range test, which looks for the largest rate that still learns.
    """

    _parameter_constraints: dict = {"epochs": _POSITIVE, "factor": _NOT_NEGATIVE}

    def __init__(self, *, epochs=20, factor=0.1):
        self.epochs = epochs
        self.factor = factor

    def at(self, time, n_epochs, initial):
        """Learning rates; as in :class:`Schedule`."""
        return initial * self.factor ** (time / self.epochs)


class Piecewise(Schedule):
    """One rate until the first boundary, another until the second, and so on; ``learning_rate_init`` has no part in it.

    Parameters
    ----------
    boundaries : sequence of float
        Epochs at which the rate changes, ascending.
    rates : sequence of float
        One more than boundaries.
    """

    _parameter_constraints: dict = {"boundaries": ["array-like"], "rates": ["array-like"]}

    def __init__(self, *, boundaries, rates):
        self.boundaries = boundaries
        self.rates = rates

    def check(self):
        """Raise a ValueError that says which setting is not what it should be, if one is not."""
        super().check()
        boundaries, rates = _numbers(self.boundaries), _numbers(self.rates)
        ascending = boundaries.ndim == 1 and np.all(np.diff(boundaries) > 0) and np.all(boundaries > 0)
        if not ascending or rates.shape != (len(boundaries) + 1,) or not np.all(rates >= 0):
            raise ValueError(
                "Piecewise needs ascending boundaries > 0 and one rate >= 0 more than boundaries, got "
                f"boundaries={self.boundaries!r} and rates={self.rates!r}; "
                "pass for example boundaries=(5, 15) and rates=(0.01, 0.005, 0.001)."
            )

    def at(self, time, n_epochs, initial):
        """Learning rates; as in :class:`Schedule`."""
        return np.asarray(self.rates, dtype=float)[np.searchsorted(self.boundaries, time, side="right")]


class Cosine(Schedule):
    """Half a cosine from ``learning_rate_init`` down, again and again (Loshchilov & Hutter, "SGDR", 2017).

    Parameters
    ----------
    period : float or None, default=None
        Epochs of the first descent; None for a single one over all ``max_iter`` epochs.
    growth : float, default=1.0
        Each descent is this many times as long as the one before.
    decay : float, default=1.0
        Each descent begins at this share of where the one before began.
    final : float, default=0.0
        Where a descent ends, as a share of ``learning_rate_init``.
    """

    _parameter_constraints: dict = {
        "period": [*_POSITIVE, None],
        "growth": [Interval(Real, 1, None, closed="left")],
        "decay": _SHARE,
        "final": _SHARE,
    }

    def __init__(self, *, period=None, growth=1.0, decay=1.0, final=0.0):
        self.period = period
        self.growth = growth
        self.decay = decay
        self.final = final

    @property
    def ends(self):
        """Whether it is planned to end after ``max_iter`` epochs."""
        return self.period is None

    def at(self, time, n_epochs, initial):
        """Learning rates; as in :class:`Schedule`."""
        if self.period is None:
            done, share = 0, np.minimum(time / n_epochs, 1)
        elif self.growth == 1:
            share, done = np.modf(time / self.period)
        else:  # descents take 1, g, g ** 2, ... periods: n of them (g ** n - 1) / (g - 1)
            periods = time / self.period
            done = np.floor(np.log1p(periods * (self.growth - 1)) / np.log(self.growth) + 1e-9)  # not just below
            share = (periods - (self.growth**done - 1) / (self.growth - 1)) / self.growth**done
        height = self.decay**done * 0.5 * (1 + np.cos(np.pi * share))
        return initial * (self.final + (1 - self.final) * height)


class OneCycle(Schedule):
    """Up to a peak, down again, and in the last epochs down to a thousandth (Smith, "Super-convergence", 2018).

    The rate rises in a straight line from ``learning_rate_init`` to the peak, falls back, and ends at a thousandth of
    ``learning_rate_init`` after all ``max_iter`` epochs. Momentum goes the other way.

    Parameters
    ----------
    peak : float or None, default=None
        Highest learning rate; None for ten times ``learning_rate_init``.
    final : float, default=0.1
        Share of all epochs for the last descent, in [0, 1].
    momenta : pair of float or None, default=(0.95, 0.85)
        Momentum (for Adam and its relatives, ``beta_1``) at both ends and at the peak, in place of the solver's own;
        None to leave it to the solver.
    """

    ends = True
    _parameter_constraints: dict = {"peak": [*_POSITIVE, None], "final": _SHARE, "momenta": ["array-like", None]}

    def __init__(self, *, peak=None, final=0.1, momenta=(0.95, 0.85)):
        self.peak = peak
        self.final = final
        self.momenta = momenta

    def check(self):
        """Raise a ValueError that says which setting is not what it should be, if one is not."""
        super().check()
        if self.momenta is None:
            return
        momenta = _numbers(self.momenta)
        if momenta.shape != (2,) or not np.all((momenta >= 0) & (momenta < 1)):
            raise ValueError(
                f"OneCycle's momenta must be two numbers in [0, 1), got {self.momenta!r}; "
                "pass for example momenta=(0.95, 0.85), or None."
            )

    def _along(self, time, n_epochs, at_ends, at_peak, at_last):
        turn = 0.5 * (1 - self.final) * n_epochs
        return np.interp(time, [0, turn, 2 * turn, n_epochs], [at_ends, at_peak, at_ends, at_last])

    def at(self, time, n_epochs, initial):
        """Learning rates; as in :class:`Schedule`."""
        return self._along(time, n_epochs, initial, self.peak or 10 * initial, initial / 1000)

    def momentum_at(self, time, n_epochs):
        """Momenta; as in :class:`Schedule`."""
        return None if self.momenta is None else self._along(time, n_epochs, *self.momenta, self.momenta[0])


class ReduceOnPlateau(Schedule):
    """Multiplied by ``factor`` whenever nothing has improved by ``tol`` for ``patience`` epochs.

    What should improve is what the stopping rule watches: the training loss, or the validation score with
    ``early_stopping=True``. Choose ``patience`` below ``n_iter_no_change``, which ends training.

    Parameters
    ----------
    factor : float, default=0.5
        In [0, 1].
    patience : float, default=5
        Epochs without an improvement.
    min_lr : float, default=0.0
        The rate is not lowered any further.
    """

    rule = "plateau"
    _parameter_constraints: dict = {
        "factor": _SHARE,
        "patience": [Interval(Real, 1, None, closed="left")],
        "min_lr": _NOT_NEGATIVE,
    }

    def __init__(self, *, factor=0.5, patience=5, min_lr=0.0):
        self.factor = factor
        self.patience = patience
        self.min_lr = min_lr

    @property
    def rule_numbers(self):
        """The numbers of the rule by name."""
        return self.get_params()


class WarmUp(Schedule):
    """In a straight line up to ``learning_rate_init``, and from there on another schedule (Goyal et al., 2017).

    Parameters
    ----------
    epochs : float, default=5
        Epochs that it takes.
    start : float, default=0.1
        Share of the rate to begin with, in [0, 1].
    then : name, object of this module or callable, default='constant'
        The schedule afterwards, as for the estimator's ``learning_rate``, but for scikit-learn's own two. Its time
        begins when the warm-up is over; a plateau counts all epochs.
    """

    _parameter_constraints: dict = {"epochs": _POSITIVE, "start": _SHARE}

    def __init__(self, *, epochs=5, start=0.1, then="constant"):
        self.epochs = epochs
        self.start = start
        self.then = then

    def check(self):
        """Raise a ValueError that says which setting is not what it should be, if one is not."""
        super().check()
        names = sorted(set(SCHEDULES) - {"invscaling", "adaptive"})
        known = self.then in names if isinstance(self.then, str) else isinstance(self.then, Schedule)
        if not known and (not callable(self.then) or isinstance(self.then, type)):
            raise ValueError(
                f"WarmUp's then must be one of {names}, an object of sklearn_ann.schedules or a callable, "
                f"got {self.then!r}; pass for example then='cosine'."
            )
        schedule_of(self.then).check()

    @property
    def rule(self):
        """The rule of the schedule afterwards."""
        return schedule_of(self.then).rule

    @property
    def ends(self):
        """Whether the schedule afterwards is planned to end after ``max_iter`` epochs."""
        return schedule_of(self.then).ends

    @property
    def rule_numbers(self):
        """The numbers of that rule by name."""
        return schedule_of(self.then).rule_numbers

    def at(self, time, n_epochs, initial):
        """Learning rates; as in :class:`Schedule`."""
        rates = schedule_of(self.then).at(*self._afterwards(time, n_epochs), initial)
        return rates * (self.start + (1 - self.start) * np.minimum(time / self.epochs, 1))

    def momentum_at(self, time, n_epochs):
        """Momenta; as in :class:`Schedule`."""
        return schedule_of(self.then).momentum_at(*self._afterwards(time, n_epochs))

    def _afterwards(self, time, n_epochs):
        """Time since the warm-up, and the epochs that are left for what follows: next to none, if it takes all."""
        return np.maximum(time - self.epochs, 0), max(n_epochs - self.epochs, 1e-9)


class _OfEpoch(Schedule):
    """A callable from the number of the epoch, from 0, to its learning rate."""

    def __init__(self, function):
        self.function = function

    def at(self, time, n_epochs, initial):
        epochs, index = np.unique(np.floor(time).astype(int), return_inverse=True)
        return np.array([self._rate(int(epoch)) for epoch in epochs])[index].reshape(np.shape(time))

    def _rate(self, epoch):
        rate = self.function(epoch)
        if not isinstance(rate, Real):
            raise ValueError(
                f"learning_rate must be a callable that gives a number, got {rate!r} for epoch {epoch}; "
                "for example learning_rate=lambda epoch: 0.01 * 0.9**epoch."
            )
        return float(rate)


class _Constant(Schedule):
    pass


SCHEDULES = {
    "constant": _Constant,
    "invscaling": _InverseScaling,
    "adaptive": _Adaptive,
    "power": Power,
    "exponential": Exponential,
    "cosine": Cosine,
    "one_cycle": OneCycle,
    "plateau": ReduceOnPlateau,
    "warm_up": WarmUp,
}
"""Schedules by the names that ``learning_rate`` takes too."""


def schedule_of(learning_rate: str | Schedule | Callable[[int], float]) -> Schedule:
    """The schedule that a name, an object or a callable stands for."""
    if isinstance(learning_rate, str):
        learning_rate = member_named("learning_rate", learning_rate, SCHEDULES)
    return learning_rate if isinstance(learning_rate, Schedule) else _OfEpoch(learning_rate)
