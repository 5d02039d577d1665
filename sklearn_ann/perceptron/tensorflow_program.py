"""The perceptron's compiled program: epochs of one binary problem, row after row, and the stopping rule.

The rule is sequential: each row is scored with the weights left by the row before it. The loop does just that, with the
arithmetic of scikit-learn's stochastic gradient descent in the same order, so that weights come out equal and not
merely close. Where only mistakes change the weights, it goes from one mistake to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..runtime.backend import tf
from ..runtime.programs import Compiled
from .tensorflow_rows import CsrRows, DenseRows, Rows, double

__all__ = ["EPOCHS_PER_CALL", "Numbers", "PerceptronPlan", "Run", "Targets", "Unit", "build_perceptron"]

EPOCHS_PER_CALL = 1024


@dataclass(frozen=True)
class PerceptronPlan:
    """The static facts of a compiled program.

    Attributes
    ----------
    rows, n_features : int
        Shape of X, rows rounded up to a bucket.
    entries, chunk : int
        CSR rows: stored entries, rounded up to a bucket, and how many of them are read at a time. Dense rows: 0.
    dtype, device : str
        Of X and the weights; where the program runs.
    penalty : str
        ``'none'``, ``'l2'`` (the weights shrink by a factor), ``'l1'`` (they are cut towards 0 as well).
    early_stopping, average : bool
        Whether rows are held out and scored; whether the averaged weights are kept too.
    """

    rows: int
    n_features: int
    entries: int
    chunk: int
    dtype: str
    device: str
    penalty: str
    early_stopping: bool
    average: bool

    @property
    def every_row_counts(self) -> bool:
        """Whether rows change the state even when they are classified correctly."""
        return self.average or self.penalty != "none"


class Unit(NamedTuple):
    """State that one row updates. Leaves that a plan does not use are ``()``: every argument of a call costs time.

    ``weights * scale`` are the weights: a shrinking penalty costs a number per row instead of a vector (Bottou). The
    average is ``(average + average_a * weights) / average_b`` for the same reason. ``cut`` is how much the L1 penalty
    has cut from each weight so far and ``due`` how much it could have (Tsuruoka et al.).
    """

    weights: Any
    intercept: Any
    average: Any
    average_intercept: Any
    average_a: Any
    average_b: Any
    scale: Any
    cut: Any
    due: Any
    square_norm: Any
    l1_norm: Any
    rows_seen: Any


class Run(NamedTuple):
    """State of a problem between epochs."""

    unit: Unit
    order: Any
    best: Any
    n_no_improvement: Any
    stopped: Any
    finite: Any


class Numbers(NamedTuple):
    """Numbers that flow through a program as one float64 vector, in this order."""

    tol: Any
    n_iter_no_change: Any
    eta: Any
    intercept_rate: Any
    alpha: Any
    l1_ratio: Any
    average_from: Any
    n_rows: Any
    n_held_out: Any


class Targets(NamedTuple):
    """A problem's arrays on the device, one entry per row; the last three are ``()`` where no row is held out.

    ``target`` is NaN on rows that are held out, which therefore never count as mistakes.
    """

    target: Any
    step: Any
    permutation: Any
    held_out_rows: Any
    held_out_target: Any
    held_out_weights: Any


def _take_turn(plan: PerceptronPlan, numbers: Numbers, rows: Rows, i: Any, y: Any, step: Any, unit: Unit) -> tuple:
    """One row's turn: the unit after it, the row's share of the objective, and whether it was a mistake."""
    dtype = tf.as_dtype(plan.dtype)
    product = rows.dot(i, unit.weights)
    margin = y * ((product if plan.penalty == "none" else product * double(unit.scale)) + unit.intercept)
    wrong = margin <= 0
    objective = tf.where(wrong, -margin, 0)
    update = tf.where(wrong, y * step, 0)
    factor = tf.cast(update, dtype)

    if plan.penalty != "none":
        ridge = 0.5 * (1 - numbers.l1_ratio) * double(unit.square_norm)
        objective += numbers.alpha * (ridge + numbers.l1_ratio * double(unit.l1_norm))
        unit = _shrink(numbers, unit)
        factor = factor / unit.scale
    weights = rows.add(i, unit.weights, factor)
    intercept = unit.intercept + update * numbers.intercept_rate

    if plan.penalty != "none":
        squares, moduli = rows.norms(i, weights)
        changed = update != 0
        unit = unit._replace(
            square_norm=tf.where(changed, squares * unit.scale * unit.scale, unit.square_norm),
            l1_norm=tf.where(changed, moduli * unit.scale, unit.l1_norm),
        )
    unit = unit._replace(weights=weights, intercept=intercept)
    if plan.average:
        unit = _average(numbers, rows, i, factor, unit)
    if plan.penalty == "l1":
        due = unit.due + numbers.l1_ratio * numbers.eta * numbers.alpha
        weights, cut = rows.cut(i, unit.weights, unit.cut, tf.cast(due, dtype), unit.scale)
        unit = unit._replace(weights=weights, cut=cut, due=due)
    return unit._replace(rows_seen=unit.rows_seen + 1), objective, wrong


def _shrink(numbers: Numbers, unit: Unit) -> Unit:
    """The L2 part of the penalty: every weight times one factor, and never across 0."""
    dtype = unit.scale.dtype
    factor = tf.cast(tf.maximum(1 - (1 - numbers.l1_ratio) * numbers.eta * numbers.alpha, 0), dtype)
    unit = unit._replace(
        scale=unit.scale * factor,
        square_norm=unit.square_norm * factor * factor,
        l1_norm=unit.l1_norm * factor,
    )
    # scikit-learn's thresholds; at which row the scale is folded in changes the last digits of the weights.
    smallest = 1e-9 if dtype == tf.float64 else 1e-6
    return tf.cond(unit.scale < tf.constant(smallest, dtype), lambda: _fold_scale(unit), lambda: unit)


def _fold_scale(unit: Unit) -> Unit:
    """The same weights and average with a scale of 1."""
    if isinstance(unit.average, tf.Tensor):
        mean = (double(unit.average) + unit.average_a * double(unit.weights)) / unit.average_b
        unit = unit._replace(
            average=tf.cast(mean, unit.weights.dtype),
            average_a=tf.zeros_like(unit.average_a),
            average_b=tf.ones_like(unit.average_b),
        )
    return unit._replace(weights=unit.weights * unit.scale, scale=tf.ones_like(unit.scale))


def _average(numbers: Numbers, rows: Rows, i: Any, factor: Any, unit: Unit) -> Unit:
    """The running mean of the weights, row for row, at the cost of the rows that change them."""
    count = unit.rows_seen - numbers.average_from + 1
    active = count >= 1
    share = 1 / tf.maximum(count, 1)
    average_b = tf.where(count > 1, unit.average_b / (1 - tf.where(count > 1, share, 0)), unit.average_b)
    missed = tf.where(active, -tf.cast(unit.average_a, factor.dtype) * factor, 0)
    drift = (unit.intercept - unit.average_intercept) * share
    return unit._replace(
        average=rows.add(i, unit.average, missed),
        average_a=tf.where(active, unit.average_a + share * average_b * double(unit.scale), unit.average_a),
        average_b=average_b,
        average_intercept=unit.average_intercept + tf.where(active, drift, 0),
    )


def _scan(rows: Rows, targets: Targets, order: Any, place: Any, n_rows: Rows, unit: Unit) -> Any:
    """First place from ``place`` on whose row is a mistake, else ``n_rows``."""

    def is_mistake(place: Any) -> Any:
        window = tf.gather(order, place + tf.range(rows.window))
        return tf.gather(targets.target, window) * (rows.dots(window, unit.weights) + unit.intercept) <= 0

    return _first_place(is_mistake, rows.window, place, n_rows)


def _first_place(is_it: Callable, size: int, place: Any, n_rows: Any) -> Any:
    """First place from ``place`` on for which ``is_it`` holds, else ``n_rows``; ``size`` places are asked at a time."""
    window = tf.range(size)

    def look(place: Any, found: Any) -> tuple:
        ahead = tf.reduce_min(tf.where(is_it(place) & (place + window < n_rows), window, size))
        return place + ahead, ahead < size

    place, _ = tf.while_loop(lambda place, found: (place < n_rows) & ~found, look, (place, tf.constant(False)))
    return tf.minimum(place, n_rows)


def _visit_mistakes(
    plan: PerceptronPlan, numbers: Numbers, rows: Rows, targets: Targets, order: Any, unit: Unit
) -> tuple:
    """An epoch of a rule under which only mistakes change anything: from one to the next."""
    n_rows = tf.cast(numbers.n_rows, tf.int32)
    dtype = tf.as_dtype(plan.dtype)

    def turn(place: Any, i: Any, update: Any, unit: Unit, objective: Any, mistakes: Any) -> tuple:
        # The update of the turn before is applied here and not there: a number that a loop carries is computed once,
        # while XLA would compute it again for every element of the vectors if they followed it directly.
        unit = unit._replace(
            weights=rows.add(i, unit.weights, tf.cast(update, dtype)),
            intercept=unit.intercept + update * numbers.intercept_rate,
        )
        place = _scan(rows, targets, order, place, n_rows, unit)
        i = tf.gather(order, place)  # behind the last row: of padding, and no mistake
        margin = tf.gather(targets.target, i) * (rows.dot(i, unit.weights) + unit.intercept)
        wrong = (place < n_rows) & (margin <= 0)
        return (
            place + 1,
            i,
            tf.where(wrong, tf.gather(targets.target, i) * tf.gather(targets.step, i), 0),
            unit,
            objective + tf.where(wrong, -margin, 0),
            mistakes + double(wrong),
        )

    zero = tf.zeros((), tf.float64)
    # One turn more than places, for the update of the last.
    *_, unit, objective, mistakes = tf.while_loop(
        lambda place, *_: place <= n_rows, turn, (tf.constant(0), tf.constant(0), zero, unit, zero, zero)
    )
    return unit, objective, mistakes


def _visit_every_row(
    plan: PerceptronPlan, numbers: Numbers, rows: Rows, targets: Targets, order: Any, unit: Unit
) -> tuple:
    """An epoch of a rule under which every row changes something: penalties and averages."""
    n_rows = tf.cast(numbers.n_rows, tf.int32)

    def turn(place: Any, unit: Unit, objective: Any, mistakes: Any) -> tuple:
        i = tf.gather(order, place)
        y = tf.gather(targets.target, i)

        def take() -> tuple:
            after, share, wrong = _take_turn(plan, numbers, rows, i, y, tf.gather(targets.step, i), unit)
            return after, objective + share, mistakes + double(wrong)

        if plan.early_stopping:
            return place + 1, *tf.cond(tf.math.is_nan(y), lambda: (unit, objective, mistakes), take)
        return place + 1, *take()

    zero = tf.zeros((), tf.float64)
    return tf.while_loop(lambda place, *_: place < n_rows, turn, (tf.constant(0), unit, zero, zero))[1:]


def _run_epoch(plan: PerceptronPlan, numbers: Numbers, rows: Rows, targets: Targets, run: Run) -> tuple:
    """One epoch and the stopping rule: the run after it, and its point of the curves."""
    order = tf.gather(run.order, targets.permutation)
    if plan.every_row_counts:
        unit, objective, mistakes = _visit_every_row(plan, numbers, rows, targets, order, run.unit)
    else:
        unit, objective, mistakes = _visit_mistakes(plan, numbers, rows, targets, order, run.unit)
    objective = objective / (numbers.n_rows - numbers.n_held_out)
    score = tf.constant(np.nan, tf.float64)
    monitored = -objective
    if plan.early_stopping:
        monitored = score = _held_out_score(numbers, rows, targets, unit)
    # Both of scikit-learn's rules in one: an objective that has to fall by tol, or a score that has to rise by it.
    n_no_improvement = tf.where(monitored < run.best + numbers.tol, run.n_no_improvement + 1, 0)
    finite = tf.math.is_finite(unit.intercept) & tf.reduce_all(tf.math.is_finite(unit.weights))
    run = Run(
        unit=unit,
        order=order,
        best=tf.maximum(run.best, monitored),
        n_no_improvement=n_no_improvement,
        stopped=~finite | (double(n_no_improvement) >= numbers.n_iter_no_change),
        finite=finite,
    )
    return run, tf.stack([objective, mistakes, score])


def _held_out_score(numbers: Numbers, rows: Rows, targets: Targets, unit: Unit) -> Any:
    """Weighted accuracy on the rows held out."""
    n_held_out = tf.cast(numbers.n_held_out, tf.int32)

    def count_right(place: Any, correct: Any, total: Any) -> tuple:
        i = tf.gather(targets.held_out_rows, place)
        # Without ``scale``: so scikit-learn judges a penalised unit.
        right = (rows.dot(i, unit.weights) + unit.intercept > 0) == (tf.gather(targets.held_out_target, i) > 0)
        weight = tf.gather(targets.held_out_weights, i)
        return place + 1, correct + tf.where(right, weight, 0), total + weight

    zero = tf.zeros((), tf.float64)
    _, correct, total = tf.while_loop(lambda place, *_: place < n_held_out, count_right, (tf.constant(0), zero, zero))
    return correct / total


def build_perceptron(plan: PerceptronPlan) -> Compiled:
    """Compiled ``(numbers, epochs, rows, targets, run) -> (run, curves, epochs run)`` of one binary problem."""
    make_rows = CsrRows if plan.chunk else DenseRows

    def run_epochs(packed: Any, n_epochs: Any, arrays: Any, targets: Targets, run: Run) -> tuple:
        numbers = Numbers(*tf.unstack(packed, len(Numbers._fields)))
        rows = make_rows(plan, *arrays)

        def body(epoch: Any, run: Run, curves: Any) -> tuple:
            run, point = _run_epoch(plan, numbers, rows, targets, run)
            return epoch + 1, run, tf.tensor_scatter_nd_update(curves, [[epoch]], point[None])

        curves = tf.zeros((EPOCHS_PER_CALL, 3), tf.float64)
        epochs, run, curves = tf.while_loop(
            lambda epoch, run, *_: (epoch < n_epochs) & ~run.stopped, body, (tf.constant(0), run, curves)
        )
        return run, curves, epochs

    return Compiled(run_epochs)
