"""Learning-rate schedules with settings, for the parameter ``learning_rate`` of the multilayer perceptrons.

A schedule gives the learning rate over time. Time is a real number of epochs: the third of four batches of the first
epoch is at 0.5. Schedules that depend on the progress of training (:class:`ReduceOnPlateau`) are evaluated by the
engine at the end of an epoch, over an array namespace ``xp``; all others in NumPy, for the epochs ahead.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval

from .configurable import Configurable, member_named

__all__ = [
    "SCHEDULES",
    "Adaptive",
    "Constant",
    "Cosine",
    "Exponential",
    "InverseScaling",
    "OneCycle",
    "Piecewise",
    "Power",
    "ReduceOnPlateau",
    "Schedule",
    "ScheduleFunction",
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
    """Base class of schedules; use one of its subclasses, or write your own with a method ``at``.

    Examples
    --------
    One of your own: the rate falls in a straight line to zero.

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.schedules import Schedule
    >>> class Linear(Schedule):
    ...     ends = True
    ...
    ...     def at(self, time, n_epochs, initial):
    ...         return initial * (1 - np.minimum(time / n_epochs, 1))
    ...
    >>> model = MLPRegressorTF((3,), learning_rate=Linear(), learning_rate_init=0.1, max_iter=4, random_state=0)
    >>> np.round(model.fit([[0.0], [1.0]], [0.0, 1.0]).learning_rate_curve_, 3)
    array([0.1  , 0.075, 0.05 , 0.025])
    """

    ends = False
    """Whether it is planned to end after ``max_iter`` epochs: getting there is then no failure to converge."""

    @property
    def rule(self):
        """The schedule whose :meth:`count_rows` and :meth:`end_epoch` an engine calls at the end of each epoch."""
        return Constant()

    def at(self, time, n_epochs, initial):
        """Return learning rates.

        Parameters
        ----------
        time : ndarray
            Times in epochs since training began, of any shape.
        n_epochs : int
            Maximum number of epochs, the estimator's ``max_iter``.
        initial : float
            The estimator's ``learning_rate_init``.

        Returns
        -------
        ndarray
            Rates, of the shape of ``time``.
        """
        return np.full_like(time, initial)

    def momentum_at(self, time, n_epochs):
        """Return momenta (``momentum`` or ``beta_1``) at these times, or None for those of the solver."""
        return None

    def count_rows(self, xp, learning_rate, initial, n_rows, *hyper):
        """Return the learning rate at the end of an epoch, after ``n_rows`` rows in total."""
        return learning_rate

    def end_epoch(self, xp, learning_rate, n_no_improvement, wait, stopped, *hyper):
        """Update the rate and the counters of the stopping rule at the end of an epoch.

        Parameters
        ----------
        xp : namespace
            Functions with NumPy's names, for Python's numbers or arrays over models.
        learning_rate : float64
        n_no_improvement : int64
            Number of consecutive epochs without an improvement of ``tol``.
        wait : int64
            Number of epochs that the schedule itself counts.
        stopped : bool
            Whether training should stop.
        *hyper : float64
            Values of ``hyper_names``.

        Returns
        -------
        tuple
            The new values of these four.
        """
        return learning_rate, n_no_improvement, wait, stopped


class Constant(Schedule):
    """Constant rate, ``learning_rate_init``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.schedules import Constant
    >>> Constant().at(np.array([0.0, 5.0, 10.0]), n_epochs=10, initial=0.001)
    array([0.001, 0.001, 0.001])
    """

    name = "constant"


class InverseScaling(Schedule):
    """Scikit-learn's ``'invscaling'``: ``learning_rate_init / (t_ + 1) ** power_t``, for ``solver='sgd'`` only.

    ``t_`` is the number of rows trained on so far; the rate changes at the end of each epoch.

    Parameters
    ----------
    power_t : float, default=0.5
        Exponent. The name ``'invscaling'`` uses the estimator's ``power_t``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.schedules import InverseScaling
    >>> model = MLPRegressorTF((3,), solver="sgd", learning_rate=InverseScaling(power_t=1.0), learning_rate_init=0.1)
    >>> for _ in range(3):
    ...     model = model.partial_fit([[0.0], [1.0]], [0.0, 1.0])
    >>> model.t_, np.round(model.learning_rate_curve_, 4)
    (6, array([0.1   , 0.0333, 0.02  ]))
    """

    name = "invscaling"
    hyper_names = ("power_t",)
    _parameter_constraints: dict = {"power_t": _NOT_NEGATIVE}

    def __init__(self, *, power_t=0.5):
        self.power_t = power_t

    @property
    def rule(self):
        """It goes by the rows seen."""
        return self

    def count_rows(self, xp, learning_rate, initial, n_rows, power_t):
        """As in the class."""
        return initial / xp.astype(n_rows + 1, "float64") ** power_t


SMALLEST_ADAPTIVE_RATE = 1e-6  # scikit-learn's


class Adaptive(Schedule):
    """Scikit-learn's ``'adaptive'``, for ``solver='sgd'`` only: divide the rate by 5 whenever training would stop.

    Training stops once the rate is 1e-6 or less.

    Examples
    --------
    Here the first prediction is right, so that nothing improves:

    >>> from sklearn_ann import MLPRegressorTF
    >>> model = MLPRegressorTF((), solver="sgd", learning_rate="adaptive", kernel_initializer="zeros")
    >>> rates = model.set_params(n_iter_no_change=1).fit([[1.0]], [0.0]).learning_rate_curve_
    >>> [float(f"{rate:.1g}") for rate in rates]
    [0.001, 0.001, 0.001, 0.0002, 0.0002, 4e-05, 4e-05, 8e-06, 8e-06, 2e-06, 2e-06, 3e-07, 3e-07]
    """

    name = "adaptive"

    @property
    def rule(self):
        """It goes by the stopping rule."""
        return self

    def end_epoch(self, xp, learning_rate, n_no_improvement, wait, stopped):
        """As in :class:`Schedule`."""
        is_tiny = learning_rate <= SMALLEST_ADAPTIVE_RATE
        lowered = stopped & (learning_rate > SMALLEST_ADAPTIVE_RATE)
        learning_rate = xp.where(lowered, learning_rate / 5, learning_rate)
        return learning_rate, xp.where(lowered, 0, n_no_improvement), wait, stopped & is_tiny


class Power(Schedule):
    """``learning_rate_init / (1 + t / epochs) ** exponent``, where t is the time in epochs.

    Parameters
    ----------
    epochs : float, default=10
        Number of epochs after which the rate is divided by ``2 ** exponent``.
    exponent : float, default=1.0
        Exponent of the decay.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.schedules import Power
    >>> Power(epochs=10).at(np.array([0.0, 10.0, 20.0, 30.0]), n_epochs=100, initial=0.12)
    array([0.12, 0.06, 0.04, 0.03])
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
        Number of epochs in which the rate is multiplied by ``factor``.
    factor : float, default=0.1
        Factor, at least 0. Above 1, the rate rises.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.schedules import Exponential
    >>> Exponential(epochs=20, factor=0.1).at(np.array([0.0, 10.0, 20.0, 40.0]), n_epochs=100, initial=1.0).round(3)
    array([1.   , 0.316, 0.1  , 0.01 ])
    """

    _parameter_constraints: dict = {"epochs": _POSITIVE, "factor": _NOT_NEGATIVE}

    def __init__(self, *, epochs=20, factor=0.1):
        self.epochs = epochs
        self.factor = factor

    def at(self, time, n_epochs, initial):
        """Learning rates; as in :class:`Schedule`."""
        return initial * self.factor ** (time / self.epochs)


class Piecewise(Schedule):
    """Constant rates between boundaries; ``learning_rate_init`` is ignored.

    Parameters
    ----------
    boundaries : sequence of float
        Epochs at which the rate changes, ascending.
    rates : sequence of float
        Rates before, between and after the boundaries, one more than there are boundaries.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.schedules import Piecewise
    >>> schedule = Piecewise(boundaries=(5, 15), rates=(0.01, 0.005, 0.001))
    >>> schedule.at(np.array([0.0, 4.9, 5.0, 15.0]), n_epochs=100, initial=0.1)
    array([0.01 , 0.01 , 0.005, 0.001])
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
    """Cosine annealing from ``learning_rate_init``, with restarts if there is a period (Loshchilov & Hutter, 2017).

    Parameters
    ----------
    period : float or None, default=None
        Length of the first descent, in epochs; None for a single descent over all ``max_iter`` epochs.
    growth : float, default=1.0
        Factor by which each descent is longer than the one before.
    decay : float, default=1.0
        Factor from the initial rate of a descent to that of the next.
    final : float, default=0.0
        Rate at the end of a descent, as a fraction of ``learning_rate_init``.

    Examples
    --------
    A restart after 10 epochs, and the next after 20 more:

    >>> import numpy as np
    >>> from sklearn_ann.schedules import Cosine
    >>> epochs = np.array([0.0, 5.0, 9.99, 10.0, 20.0, 29.99, 30.0])
    >>> Cosine(period=10, growth=2).at(epochs, n_epochs=70, initial=1.0).round(2)
    array([1. , 0.5, 0. , 1. , 0.5, 0. , 1. ])
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
    """The 1cycle policy: up to a peak, down again, and further down (Smith & Topin, "Super-convergence", 2018).

    The rate rises linearly from ``learning_rate_init`` to the peak, falls back, and ends at a thousandth of
    ``learning_rate_init`` after all ``max_iter`` epochs. Momentum moves the other way.

    Parameters
    ----------
    peak : float or None, default=None
        Highest learning rate; None for ten times ``learning_rate_init``.
    final : float, default=0.1
        Fraction of the epochs for the last descent, in [0, 1].
    momenta : pair of float or None, default=(0.95, 0.85)
        Momentum (for Adam and its variants, ``beta_1``) at both ends and at the peak, instead of the solver's; None for
        the solver's.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.schedules import OneCycle
    >>> cycle, epochs = OneCycle(peak=0.1, final=0.2), np.array([0.0, 20.0, 40.0, 80.0, 100.0])
    >>> cycle.at(epochs, n_epochs=100, initial=0.01).round(5)
    array([1.0e-02, 5.5e-02, 1.0e-01, 1.0e-02, 1.0e-05])
    >>> cycle.momentum_at(epochs, n_epochs=100)
    array([0.95, 0.9 , 0.85, 0.95, 0.95])
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
    """Multiply the rate by ``factor`` after ``patience`` epochs without an improvement of at least ``tol``.

    It monitors the same quantity as the stopping rule: the training loss, or the validation score with
    ``early_stopping=True``. Choose ``patience`` below ``n_iter_no_change``, after which training stops.

    Parameters
    ----------
    factor : float, default=0.5
        Factor, in [0, 1].
    patience : float, default=5
        Number of epochs without an improvement.
    min_lr : float, default=0.0
        Lower bound of the rate.

    Examples
    --------
    Halved whenever two epochs go by without an improvement (here the first prediction is right):

    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.schedules import ReduceOnPlateau
    >>> schedule = ReduceOnPlateau(factor=0.5, patience=2)
    >>> model = MLPRegressorTF((), kernel_initializer="zeros", learning_rate=schedule, n_iter_no_change=5)
    >>> model.fit([[1.0]], [0.0]).learning_rate_curve_
    [0.001, 0.001, 0.001, 0.0005, 0.0005, 0.00025, 0.00025]
    """

    name = "plateau"
    hyper_names = ("factor", "patience", "min_lr")
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
    def rule(self):
        """It goes by the epochs without an improvement."""
        return self

    def end_epoch(self, xp, learning_rate, n_no_improvement, wait, stopped, factor, patience, min_lr):
        """As in :class:`Schedule`."""
        wait = xp.where(n_no_improvement > 0, wait + 1, 0)
        lowered = xp.astype(wait, "float64") >= patience
        floor = xp.minimum(learning_rate, min_lr)
        learning_rate = xp.where(lowered, xp.maximum(learning_rate * factor, floor), learning_rate)
        return learning_rate, n_no_improvement, xp.where(lowered, 0, wait), stopped


class WarmUp(Schedule):
    """Linear warm-up to ``learning_rate_init``, then another schedule (Goyal et al., 2017).

    Parameters
    ----------
    epochs : float, default=5
        Length of the warm-up, in epochs.
    start : float, default=0.1
        Initial rate, as a fraction of ``learning_rate_init``, in [0, 1].
    then : name, object of this module or callable, default='constant'
        Schedule after the warm-up, in the form of the estimator's ``learning_rate``, except for ``'invscaling'`` and
        ``'adaptive'``. Its time starts at the end of the warm-up; a plateau counts all epochs.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.schedules import Exponential, WarmUp
    >>> schedule = WarmUp(epochs=4, start=0.0, then=Exponential(epochs=10, factor=0.5))
    >>> schedule.at(np.array([0.0, 2.0, 4.0, 14.0, 24.0]), n_epochs=100, initial=0.1)
    array([0.   , 0.05 , 0.1  , 0.05 , 0.025])
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


class ScheduleFunction(Schedule):
    """A user's function that maps the number of the epoch, from 0, to a learning rate.

    Examples
    --------
    Pass the function itself to an estimator, which makes this of it:

    >>> import numpy as np
    >>> from sklearn_ann.schedules import schedule_of
    >>> schedule = schedule_of(lambda epoch: 0.1 * 0.5**epoch)
    >>> schedule.at(np.array([0.0, 0.9, 1.0, 2.5]), n_epochs=10, initial=0.1)
    array([0.1  , 0.1  , 0.05 , 0.025])
    """

    def __init__(self, function):
        self.function = function

    def at(self, time, n_epochs, initial):
        """Learning rates; as in :class:`Schedule`."""
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


SCHEDULES: dict[str, Any] = {
    "constant": Constant,
    "invscaling": InverseScaling,
    "adaptive": Adaptive,
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
    return learning_rate if isinstance(learning_rate, Schedule) else ScheduleFunction(learning_rate)
