"""The learning-rate range test: train on a sample while the rate rises, and read a rate from the losses (Smith, 2017).

Comes in: a problem and a function that trains, or the losses of such a training. Goes out: the curve, with the rate
that it suggests. What trains does not know of it: the rising rate is a schedule, a point of the curve an epoch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.ndimage import uniform_filter1d
from sklearn.utils import check_random_state

from ..schedules import Schedule

__all__ = [
    "BATCHES_PER_POINT",
    "FIND",
    "MAX_LR",
    "MIN_LR",
    "N_POINTS",
    "RangeTest",
    "RisingRate",
    "copy_of",
    "find_rate",
    "read_range_test",
    "sample_of_batches",
]

FIND = "find"  # the value of learning_rate_init that asks for a test
MIN_LR, MAX_LR, N_POINTS, BATCHES_PER_POINT = 1e-6, 10.0, 100, 4
_WINDOW = 5  # points of the moving average
_NEAR = 0.01  # a small sample is learned by heart at some rate, and beyond it the loss is equally low at all rates


class RangeTest(NamedTuple):
    """The curve of a range test.

    Attributes
    ----------
    learning_rate, loss, smoothed_loss : ndarray of shape (n_points_trained,)
    suggested : float
        A tenth of the first rate at which the smoothed loss has fallen by 99 % of its whole fall.
    divergence : float
        First rate above that one at which the smoothed loss exceeds the first one; NaN if there is none.
    lowest_at : float or None
        The end of the range, if the loss has fallen so far only there: the range has to be extended.
    """

    learning_rate: np.ndarray
    loss: np.ndarray
    smoothed_loss: np.ndarray
    suggested: float
    divergence: float
    lowest_at: float | None


class RisingRate(Schedule):
    """From ``learning_rate_init`` in the first epoch to ``max_lr`` in the last, in equal ratios."""

    ends = True

    def __init__(self, *, max_lr):
        self.max_lr = max_lr

    def at(self, time, n_epochs, initial):
        """Learning rates, a step for each epoch."""
        return _rates(initial, self.max_lr, np.floor(time) / (n_epochs - 1))


def _rates(min_lr, max_lr, share):
    return min_lr * (max_lr / min_lr) ** share


def sample_of_batches(random_state, n_rows, batch_size, n_batches, sample_weight=None):
    """Numbers of the rows to train on: as many batches, or all rows if there are fewer.

    Rows without weight are left out, or else a sample might have no others.

    Parameters
    ----------
    random_state : int, RandomState or None
        Advanced if it is a generator.
    n_rows : int
    batch_size : int or 'auto'
    n_batches : int
    sample_weight : array-like of shape (n_rows,), default=None
        Of another shape, it has no effect.
    """
    generator = np.random.RandomState() if random_state is None else check_random_state(random_state)
    rows = generator.permutation(n_rows)
    if np.shape(sample_weight) == (n_rows,):
        weighted = rows[np.asarray(sample_weight, dtype=float)[rows] != 0]
        rows = weighted if len(weighted) else rows
    return rows[: n_batches * (200 if batch_size == "auto" else batch_size)]


def read_range_test(losses, min_lr, max_lr, n_points):
    """Read the results from the losses, of which the last may not be finite.

    Parameters
    ----------
    losses : ndarray of shape (n_points_trained,)
    min_lr, max_lr : float
    n_points : int
        Of a test that comes to its end.

    Returns
    -------
    RangeTest

    Raises
    ------
    ValueError
        If no loss is finite.
    """
    rates = _rates(min_lr, max_lr, np.arange(n_points) / (n_points - 1))[: len(losses)]
    finite = losses[np.isfinite(losses)]
    if not len(finite):
        raise ValueError(
            f"The loss must be finite at the first learning rate, got {losses[0]} at min_lr={min_lr:g}; lower "
            "min_lr, or scale X and y."
        )
    smoothed = uniform_filter1d(finite, _WINDOW, mode="nearest")
    lowest = int(np.argmax(smoothed <= smoothed.min() + _NEAR * (smoothed[0] - smoothed.min())))
    reached = np.append(smoothed, np.full(len(losses) - len(finite), np.inf))
    worse = rates[lowest:][reached[lowest:] > smoothed[0]]
    return RangeTest(
        learning_rate=rates[: len(finite)],
        loss=finite,
        smoothed_loss=smoothed,
        suggested=float(rates[lowest] / 10),
        divergence=float(worse[0]) if len(worse) else np.nan,
        lowest_at=float(rates[lowest]) if lowest in (0, n_points - 1) else None,
    )


def find_rate(problem, rows, train):
    """The rate that a test with the usual range suggests, and a warning, in a list, if the loss is lowest at its end.

    Parameters
    ----------
    problem : Problem
        It stays as it is, generator included.
    rows : ndarray of int
        Those to be trained on.
    train : callable
        ``train(problem)`` gives the attributes of a fit, and warnings.

    Raises
    ------
    KeyboardInterrupt
        At Ctrl-C, which a training takes for its end; but half a test is no result.
    """
    recipe, generator, data = problem.recipe, copy_of(problem.random_state), problem.rows
    drawn = sample_of_batches(
        generator if recipe.seed is None else recipe.seed,
        len(rows),
        recipe.batch_size,
        BATCHES_PER_POINT,
        None if data.sample_weight is None else data.sample_weight[rows],
    )
    sample = rows[drawn]
    weights = None if data.sample_weight is None else data.sample_weight[sample]
    schedule = RisingRate(max_lr=MAX_LR)
    test = problem._replace(
        recipe=recipe._replace(
            learning_rate=schedule,
            schedule=schedule,
            learning_rate_init=MIN_LR,
            batch_size=recipe.batch_size if recipe.batch_size == "auto" else min(recipe.batch_size, len(sample)),
            max_iter=N_POINTS,
            n_iter_no_change=np.inf,
            early_stopping=False,
            verbose=False,
        ),
        rows=data._replace(X=data.X[sample], y=data.y[sample], sample_weight=weights),
        validation=None,
        before={},
        random_state=generator,
        runner=None,
        resume=False,
    )
    results, _ = train(test)
    if results["stop_reason_"] == "Ctrl-C":
        raise KeyboardInterrupt
    losses = np.array(results["loss_curve_"])
    diverged = np.flatnonzero(~np.isfinite(losses))
    found = read_range_test(losses[: diverged[0] + 1] if len(diverged) else losses, MIN_LR, MAX_LR, N_POINTS)
    if found.lowest_at is None:
        return found.suggested, []
    warning = UserWarning(
        f"learning_rate_init='find' looks for the lowest loss between {MIN_LR:g} and {MAX_LR:g}, got it at "
        f"{found.lowest_at:g}; scale X and y, or use LearningRateFinder with another range."
    )
    return found.suggested, [warning]


def copy_of(random_state):
    """A generator that draws the same numbers, without advancing the other."""
    copy = np.random.RandomState()
    copy.set_state(random_state.get_state(legacy=False))
    return copy
