"""Rosenblatt's rule, compiled: all epochs of binary problems over shared rows, the stopping rule included.

Rows (dense or CSR), binary targets, row steps and the settings of a run come in; weights, intercepts and curves per
problem go out, as NumPy arrays. It knows no estimator, no labels and draws no random number: the caller brings each
problem's permutation.

The rule is sequential: a row is judged with the weights left by the row before it. The compiled loop does just that,
row after row, as scikit-learn's stochastic gradient descent does, with the same arithmetic in the same order, so that
weights come out equal and not merely close. It is faster because a row's score is a vectorised product, and because
problems run in parallel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from ..data.rows import padded
from ..network.backend import tf
from ..network.devices import as_tensor, resolve_device
from ..network.programs import Compiled, program_for
from .plan import row_bucket

__all__ = ["BinaryProblem", "BinaryResult", "Settings", "train_perceptrons"]

_EPOCHS_PER_CALL = 1024
_CHUNK = 32  # stored entries of a CSR row that are read together
_WORK_PER_CALL = 2**31  # values of X read by one call, about a second: Ctrl-C is heard between calls
_PARALLEL_WORK = 2**22  # values of X read by an epoch of all problems, about a millisecond, from which threads pay


@dataclass(frozen=True)
class _Plan:
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
        """Whether rows change the state that are no mistakes."""
        return self.average or self.penalty != "none"


@dataclass(frozen=True)
class Settings:
    """What all binary problems of a run share.

    Attributes
    ----------
    max_epochs : int
        Epochs at most.
    tol : float
        Smallest improvement that counts; ``-inf`` for no stopping rule.
    n_iter_no_change : int
        Epochs in a row without an improvement after which a problem stops.
    eta : float
        Learning rate. It is part of the rows' steps already; the penalty needs it by itself.
    intercept_rate : float
        Factor of the intercept's updates: 0 without an intercept, else 1 (scikit-learn: 0.01 on sparse rows).
    penalty : {'none', 'l2', 'l1'}
        'l1' stands for the elastic net too.
    alpha, l1_ratio : float
        Strength of the penalty and the share of its L1 part (0 for 'l2', 1 for 'l1' alone).
    average_from : int
        Updates are averaged from this row on, counted from 1 over all epochs; 0 for no average.
    rows_seen : float
        The count at the start, plus 1: scikit-learn's ``t_``.
    n_threads : int
        Problems trained at a time.
    device : str
        As a user writes it.
    """

    max_epochs: int
    tol: float
    n_iter_no_change: int
    eta: float = 1.0
    intercept_rate: float = 1.0
    penalty: str = "none"
    alpha: float = 0.0
    l1_ratio: float = 0.0
    average_from: int = 0
    rows_seen: float = 1.0
    n_threads: int = 1
    device: str = "auto"


class BinaryProblem(NamedTuple):
    """One threshold unit to be trained.

    Attributes
    ----------
    target : ndarray of shape (n_rows,)
        -1 or +1.
    step : float64 ndarray of shape (n_rows,)
        Length of a row's update: learning rate times the row's weight.
    permutation : int32 ndarray of shape (n_rows,) or None
        Applied to the order of the rows before every epoch; None leaves the rows as they are.
    weights, intercept : ndarray of shape (n_features,), float
        To start from.
    average_weights, average_intercept : ndarray of shape (n_features,), float
        To go on averaging from, where ``Settings.average_from`` is set.
    """

    target: np.ndarray
    step: np.ndarray
    permutation: np.ndarray | None
    weights: np.ndarray
    intercept: float
    average_weights: np.ndarray | None = None
    average_intercept: float = 0.0


class BinaryResult(NamedTuple):
    """A trained threshold unit.

    Attributes
    ----------
    weights, intercept, average_weights, average_intercept
        As in :class:`BinaryProblem`, after the last epoch.
    objective, mistakes, scores : ndarray of shape (n_epochs,)
        Per epoch: the mean loss plus the penalty as the stopping rule sees it; rows that were on the wrong side or on
        the boundary when their turn came; the validation accuracy (NaN without early stopping).
    finite : bool
        False if the weights over- or underflowed in the last epoch.
    """

    weights: np.ndarray
    intercept: float
    average_weights: np.ndarray | None
    average_intercept: float
    objective: np.ndarray
    mistakes: np.ndarray
    scores: np.ndarray
    finite: bool


class _Unit(NamedTuple):
    """What a row's turn changes. Leaves that a plan has no use for are ``()``: every argument of a call costs time.

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


class _Run(NamedTuple):
    """State of a problem between epochs."""

    unit: _Unit
    order: Any
    best: Any
    stale: Any
    stopped: Any
    finite: Any


class _Numbers(NamedTuple):
    """What flows through a program as one float64 vector, in this order."""

    tol: Any
    n_iter_no_change: Any
    eta: Any
    intercept_rate: Any
    alpha: Any
    l1_ratio: Any
    average_from: Any
    n_rows: Any
    n_held_out: Any


class _Targets(NamedTuple):
    """A problem's arrays on the device, one entry per row; the last three are ``()`` where no row is held out.

    ``target`` is NaN on rows that are held out: no comparison makes a mistake of them.
    """

    target: Any
    step: Any
    permutation: Any
    held_out_rows: Any
    held_out_target: Any
    held_out_weights: Any


# ------------------------------------------------------------------------------------------------- rows


class _DenseRows:
    """Rows of a dense array."""

    window = 4
    """Rows that are scored together in a scan: more wait less for memory, but more of them are scored in vain."""

    def __init__(self, plan: _Plan, X: Any) -> None:
        self._X, self._n_features = X, plan.n_features

    def _row(self, i: Any) -> Any:
        return tf.gather(self._X, i)[None]

    def dots(self, window: Any, weights: Any) -> Any:
        # Slices, because tf.gather takes its elements one by one.
        rows = tf.concat([self._row(window[k]) for k in range(self.window)], 0)
        return _double(tf.linalg.matvec(rows, weights))

    def dot(self, i: Any, weights: Any) -> Any:
        # XLA vectorises the product of a matrix with a vector but not that of two vectors: the row goes in twice.
        row = self._row(i)
        return _double(tf.linalg.matvec(tf.concat([row, row], 0), weights)[0])

    def add(self, i: Any, weights: Any, factor: Any) -> Any:
        return weights + factor * self._row(i)[0]

    def norms(self, i: Any, weights: Any) -> tuple[Any, Any]:
        return tf.reduce_sum(weights * weights), tf.reduce_sum(tf.abs(weights))

    def cut(self, i: Any, weights: Any, done: Any, due: Any, scale: Any) -> tuple[Any, Any]:
        cut = _cut(weights, done, due, scale)
        return cut, done + scale * (cut - weights)


class _CsrRows:
    """Rows of a CSR array: ``chunk`` stored entries at a time."""

    window = 1

    def __init__(self, plan: _Plan, values: Any, columns: Any, starts: Any) -> None:
        self._values, self._columns, self._starts = values, columns, starts
        self._chunk, self._n_features = plan.chunk, plan.n_features

    def _fold(self, i: Any, visit: Callable, result: tuple) -> tuple:
        """``result = visit(columns, values, *result)`` over the row's chunks.

        Entries behind the end of the row have the value 0 and a column behind the last one, where nothing is written.
        """
        end = tf.gather(self._starts, i + 1)

        def body(start: Any, *result: Any) -> tuple:
            of_row = start + tf.range(self._chunk) < end
            values = tf.where(of_row, tf.gather(self._values, start + tf.range(self._chunk)), 0)
            columns = tf.where(of_row, tf.gather(self._columns, start + tf.range(self._chunk)), self._n_features)
            return start + self._chunk, *visit(columns, values, *result)

        return tf.while_loop(lambda start, *_: start < end, body, (tf.gather(self._starts, i), *result))[1:]

    def _at(self, array: Any, columns: Any) -> Any:
        return tf.gather(array, tf.minimum(columns, self._n_features - 1))

    def dot(self, i: Any, weights: Any) -> Any:
        def visit(columns: Any, values: Any, total: Any) -> tuple:
            return (total + tf.reduce_sum(values * self._at(weights, columns)),)

        return _double(self._fold(i, visit, (tf.zeros((), weights.dtype),))[0])

    def dots(self, window: Any, weights: Any) -> Any:
        return self.dot(window[0], weights)[None]

    def add(self, i: Any, weights: Any, factor: Any) -> Any:
        def visit(columns: Any, values: Any, weights: Any) -> tuple:
            return (tf.tensor_scatter_nd_add(weights, columns[:, None], factor * values),)

        return tf.cond(factor != 0, lambda: self._fold(i, visit, (weights,))[0], lambda: weights)

    def norms(self, i: Any, weights: Any) -> tuple[Any, Any]:
        # Of the row's columns only: so does scikit-learn, whose stopping rule this feeds.
        def visit(columns: Any, values: Any, squares: Any, moduli: Any) -> tuple:
            at = tf.where(columns < self._n_features, self._at(weights, columns), 0)
            return squares + tf.reduce_sum(at * at), moduli + tf.reduce_sum(tf.abs(at))

        zero = tf.zeros((), weights.dtype)
        return self._fold(i, visit, (zero, zero))

    def cut(self, i: Any, weights: Any, done: Any, due: Any, scale: Any) -> tuple[Any, Any]:
        def visit(columns: Any, values: Any, weights: Any, done: Any) -> tuple:
            before, done_before = self._at(weights, columns), self._at(done, columns)
            after = _cut(before, done_before, due, scale)
            return (
                tf.tensor_scatter_nd_update(weights, columns[:, None], after),
                tf.tensor_scatter_nd_update(done, columns[:, None], done_before + scale * (after - before)),
            )

        return self._fold(i, visit, (weights, done))


def _cut(weights: Any, done: Any, due: Any, scale: Any) -> Any:
    """Weights moved towards 0, and not across it, by what the L1 penalty is still owed."""
    down = tf.maximum(weights - (due + done) / scale, 0)
    up = tf.minimum(weights + (due - done) / scale, 0)
    return tf.where(weights > 0, down, tf.where(weights < 0, up, weights))


# ---------------------------------------------------------------------------------------------- program


def _double(value: Any) -> Any:
    return tf.cast(value, tf.float64)


def _take_turn(plan: _Plan, numbers: _Numbers, rows: Any, i: Any, y: Any, step: Any, unit: _Unit) -> tuple:
    """One row's turn: the unit after it, the row's share of the objective, and whether it was a mistake."""
    dtype = tf.as_dtype(plan.dtype)
    product = rows.dot(i, unit.weights)
    margin = y * ((product if plan.penalty == "none" else product * _double(unit.scale)) + unit.intercept)
    wrong = margin <= 0
    objective = tf.where(wrong, -margin, 0)
    update = tf.where(wrong, y * step, 0)
    factor = tf.cast(update, dtype)

    if plan.penalty != "none":
        ridge = 0.5 * (1 - numbers.l1_ratio) * _double(unit.square_norm)
        objective += numbers.alpha * (ridge + numbers.l1_ratio * _double(unit.l1_norm))
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


def _shrink(numbers: _Numbers, unit: _Unit) -> _Unit:
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


def _fold_scale(unit: _Unit) -> _Unit:
    """The same weights and average with a scale of 1."""
    if isinstance(unit.average, tf.Tensor):
        mean = (_double(unit.average) + unit.average_a * _double(unit.weights)) / unit.average_b
        unit = unit._replace(
            average=tf.cast(mean, unit.weights.dtype),
            average_a=tf.zeros_like(unit.average_a),
            average_b=tf.ones_like(unit.average_b),
        )
    return unit._replace(weights=unit.weights * unit.scale, scale=tf.ones_like(unit.scale))


def _average(numbers: _Numbers, rows: Any, i: Any, factor: Any, unit: _Unit) -> _Unit:
    """The running mean of the weights, row for row, at the cost of the rows that change them."""
    count = unit.rows_seen - numbers.average_from + 1
    active = count >= 1
    share = 1 / tf.maximum(count, 1)
    average_b = tf.where(count > 1, unit.average_b / (1 - tf.where(count > 1, share, 0)), unit.average_b)
    missed = tf.where(active, -tf.cast(unit.average_a, factor.dtype) * factor, 0)
    drift = (unit.intercept - unit.average_intercept) * share
    return unit._replace(
        average=rows.add(i, unit.average, missed),
        average_a=tf.where(active, unit.average_a + share * average_b * _double(unit.scale), unit.average_a),
        average_b=average_b,
        average_intercept=unit.average_intercept + tf.where(active, drift, 0),
    )


def _scan(rows: Any, targets: _Targets, order: Any, place: Any, n_rows: Any, unit: _Unit) -> Any:
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


def _visit_mistakes(plan: _Plan, numbers: _Numbers, rows: Any, targets: _Targets, order: Any, unit: _Unit) -> tuple:
    """An epoch of a rule under which only mistakes change anything: from one to the next."""
    n_rows = tf.cast(numbers.n_rows, tf.int32)
    dtype = tf.as_dtype(plan.dtype)

    def turn(place: Any, i: Any, update: Any, unit: _Unit, objective: Any, mistakes: Any) -> tuple:
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
            mistakes + _double(wrong),
        )

    zero = tf.zeros((), tf.float64)
    # One turn more than places, for the update of the last.
    *_, unit, objective, mistakes = tf.while_loop(
        lambda place, *_: place <= n_rows, turn, (tf.constant(0), tf.constant(0), zero, unit, zero, zero)
    )
    return unit, objective, mistakes


def _visit_every_row(plan: _Plan, numbers: _Numbers, rows: Any, targets: _Targets, order: Any, unit: _Unit) -> tuple:
    """An epoch of a rule under which every row changes something: penalties and averages."""
    n_rows = tf.cast(numbers.n_rows, tf.int32)

    def turn(place: Any, unit: _Unit, objective: Any, mistakes: Any) -> tuple:
        i = tf.gather(order, place)
        y = tf.gather(targets.target, i)

        def take() -> tuple:
            after, share, wrong = _take_turn(plan, numbers, rows, i, y, tf.gather(targets.step, i), unit)
            return after, objective + share, mistakes + _double(wrong)

        if plan.early_stopping:
            return place + 1, *tf.cond(tf.math.is_nan(y), lambda: (unit, objective, mistakes), take)
        return place + 1, *take()

    zero = tf.zeros((), tf.float64)
    return tf.while_loop(lambda place, *_: place < n_rows, turn, (tf.constant(0), unit, zero, zero))[1:]


def _run_epoch(plan: _Plan, numbers: _Numbers, rows: Any, targets: _Targets, run: _Run) -> tuple:
    """One epoch and the stopping rule: the run after it, and its point of the curves."""
    order = tf.gather(run.order, targets.permutation)
    if plan.every_row_counts:
        unit, objective, mistakes = _visit_every_row(plan, numbers, rows, targets, order, run.unit)
    else:
        unit, objective, mistakes = _visit_mistakes(plan, numbers, rows, targets, order, run.unit)
    objective = objective / (numbers.n_rows - numbers.n_held_out)
    score = tf.constant(np.nan, tf.float64)
    merit = -objective
    if plan.early_stopping:
        merit = score = _held_out_score(numbers, rows, targets, unit)
    # Both of scikit-learn's rules in one: an objective that has to fall by tol, or a score that has to rise by it.
    stale = tf.where(merit < run.best + numbers.tol, run.stale + 1, 0)
    finite = tf.math.is_finite(unit.intercept) & tf.reduce_all(tf.math.is_finite(unit.weights))
    run = _Run(
        unit=unit,
        order=order,
        best=tf.maximum(run.best, merit),
        stale=stale,
        stopped=~finite | (_double(stale) >= numbers.n_iter_no_change),
        finite=finite,
    )
    return run, tf.stack([objective, mistakes, score])


def _held_out_score(numbers: _Numbers, rows: Any, targets: _Targets, unit: _Unit) -> Any:
    """Weighted accuracy on the rows held out."""
    n_held_out = tf.cast(numbers.n_held_out, tf.int32)

    def judge(place: Any, correct: Any, total: Any) -> tuple:
        i = tf.gather(targets.held_out_rows, place)
        # Without ``scale``: so scikit-learn judges a penalised unit.
        right = (rows.dot(i, unit.weights) + unit.intercept > 0) == (tf.gather(targets.held_out_target, i) > 0)
        weight = tf.gather(targets.held_out_weights, i)
        return place + 1, correct + tf.where(right, weight, 0), total + weight

    zero = tf.zeros((), tf.float64)
    _, correct, total = tf.while_loop(lambda place, *_: place < n_held_out, judge, (tf.constant(0), zero, zero))
    return correct / total


def _build_program(plan: _Plan) -> Compiled:
    make_rows = _CsrRows if plan.chunk else _DenseRows

    def run_epochs(packed: Any, n_epochs: Any, arrays: Any, targets: _Targets, run: _Run) -> tuple:
        numbers = _Numbers(*tf.unstack(packed, len(_Numbers._fields)))
        rows = make_rows(plan, *arrays)

        def body(epoch: Any, run: _Run, curves: Any) -> tuple:
            run, point = _run_epoch(plan, numbers, rows, targets, run)
            return epoch + 1, run, tf.tensor_scatter_nd_update(curves, [[epoch]], point[None])

        curves = tf.zeros((_EPOCHS_PER_CALL, 3), tf.float64)
        epochs, run, curves = tf.while_loop(
            lambda epoch, run, *_: (epoch < n_epochs) & ~run.stopped, body, (tf.constant(0), run, curves)
        )
        return run, curves, epochs

    return Compiled(run_epochs)


# ----------------------------------------------------------------------------------------------- driver


def _csr_arrays(X: sparse.csr_array, plan: _Plan) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, columns and row starts, padded so that a chunk may reach behind the last entry."""
    values, columns = np.zeros(plan.entries, dtype=plan.dtype), np.zeros(plan.entries, dtype=np.int32)
    starts = np.zeros(plan.rows + 1, dtype=np.int32)
    values[: X.nnz], columns[: X.nnz] = X.data[: X.nnz], X.indices[: X.nnz]
    starts[: X.shape[0] + 1] = X.indptr
    return values, columns, starts


def _resident(X: Any, plan: _Plan) -> tuple:
    """The rows on the device, copied once."""
    if plan.chunk:
        return tuple(tf.constant(array) for array in _csr_arrays(X, plan))
    return (as_tensor(padded(X, plan.rows, plan.dtype)),)


def _padded(values: np.ndarray, n_rows: int, dtype: Any) -> np.ndarray:
    padded = np.zeros(n_rows, dtype=dtype)
    padded[: len(values)] = values
    return padded


def train_perceptrons(
    X: Any,
    problems: Sequence[BinaryProblem],
    settings: Settings,
    held_out: Sequence[np.ndarray] | None = None,
    held_out_weights: np.ndarray | None = None,
    report: Callable[[int, int, BinaryResult], None] | None = None,
) -> list[BinaryResult]:
    """Train threshold units that share their rows, each by itself.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_rows, n_features), float32 or float64
        Its dtype is that of the weights; losses, intercepts and steps are double in any case.
    problems : sequence of BinaryProblem
        In any number; ``settings.n_threads`` of them are trained at a time.
    settings : Settings
        Of all problems.
    held_out : sequence of bool ndarrays of shape (n_rows,), default=None
        Per problem, the rows that are not trained on and whose accuracy the stopping rule watches; None: the rule
        watches the training objective.
    held_out_weights : ndarray of shape (n_rows,), default=None
        Row weights of that accuracy.
    report : callable, default=None
        Called as ``report(problem, epoch, result)`` after every epoch, with the curves up to there. Costs a call of
        the compiled program per epoch.

    Returns
    -------
    list of BinaryResult
        One per problem. A result that is not ``finite`` is the caller's to refuse.
    """
    device = resolve_device(settings.device)
    n_rows, n_features = X.shape
    chunk, entries = 0, 0
    if sparse.issparse(X):
        chunk, entries = _CHUNK, row_bucket(max(X.nnz + _CHUNK, 4096))  # few sizes: each is a compilation
    plan = _Plan(
        rows=row_bucket(n_rows),
        n_features=n_features,
        entries=entries,
        chunk=chunk,
        dtype=str(X.dtype),
        device=device,
        penalty=settings.penalty,
        early_stopping=held_out is not None,
        average=settings.average_from > 0,
    )
    program = program_for(_build_program, plan)
    work = max(1, X.nnz if chunk else n_rows * n_features)
    at_a_time = 1 if report else int(np.clip(_WORK_PER_CALL // work, 1, _EPOCHS_PER_CALL))
    with tf.device(device):
        rows = _resident(X, plan)
        weights = (
            tf.constant(_padded(held_out_weights, plan.rows, np.float64))
            if held_out_weights is not None and held_out is not None
            else ()
        )

    def train(k: int) -> BinaryResult:
        mask = held_out[k] if held_out is not None else None
        with tf.device(device):
            return _train_one(
                program, plan, settings, rows, problems[k], mask, weights, at_a_time, report and _bound(report, k)
            )

    n_threads = min(settings.n_threads, len(problems))
    if n_threads == 1 or work * len(problems) < _PARALLEL_WORK:
        return [train(k) for k in range(len(problems))]
    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(train, range(len(problems))))


def _bound(report: Callable[[int, int, BinaryResult], None], k: int) -> Callable[[int, BinaryResult], None]:
    return lambda epoch, result: report(k, epoch, result)


def _train_one(
    program: Compiled,
    plan: _Plan,
    settings: Settings,
    rows: tuple,
    problem: BinaryProblem,
    held_out: np.ndarray | None,
    held_out_weights: Any,
    at_a_time: int,
    report: Callable[[int, BinaryResult], None] | None,
) -> BinaryResult:
    """Calls of the program until the problem has stopped or had its epochs."""
    n_rows = len(problem.target)
    held_out_rows = np.flatnonzero(held_out) if held_out is not None else np.zeros(0, dtype=np.int64)
    numbers = _Numbers(
        tol=settings.tol,
        n_iter_no_change=settings.n_iter_no_change,
        eta=settings.eta,
        intercept_rate=settings.intercept_rate,
        alpha=settings.alpha,
        l1_ratio=settings.l1_ratio,
        average_from=settings.average_from,
        n_rows=n_rows,
        n_held_out=len(held_out_rows),
    )
    places = np.arange(plan.rows + _DenseRows.window, dtype=np.int32) % plan.rows  # a window may reach behind the end
    permutation = np.arange(len(places), dtype=np.int32)
    if problem.permutation is not None:
        permutation[:n_rows] = problem.permutation
    target = held_out_target = _padded(problem.target, plan.rows, np.float64)
    if held_out is not None:
        target = target.copy()
        target[held_out_rows] = np.nan
    targets = _Targets(
        target=target,
        step=_padded(problem.step, plan.rows, np.float64),
        permutation=permutation,
        held_out_rows=() if held_out is None else _padded(held_out_rows, plan.rows, np.int32),
        held_out_target=() if held_out is None else held_out_target,
        held_out_weights=held_out_weights,
    )
    packed = tf.constant(np.array(numbers, dtype=np.float64))
    targets = tf.nest.map_structure(tf.constant, targets)
    run = tf.nest.map_structure(tf.constant, _first_run(plan, settings, problem, places))

    points = []
    epochs_done = 0
    while True:
        n_epochs = tf.constant(min(at_a_time, settings.max_epochs - epochs_done))
        run, curves, epochs = program(packed, n_epochs, rows, targets, run)
        epochs_done += int(epochs)
        points.append(curves.numpy()[: int(epochs)])
        last = bool(run.stopped) or epochs_done >= settings.max_epochs
        if report or last:
            result = _as_result(plan, run, np.concatenate(points))
            if report:
                report(epochs_done, result)
            if last:
                return result


def _first_run(plan: _Plan, settings: Settings, problem: BinaryProblem, places: np.ndarray) -> _Run:
    weights = np.ascontiguousarray(problem.weights, dtype=plan.dtype)
    number = weights.dtype.type
    unused = dict.fromkeys(_Unit._fields, ())
    unit = _Unit(**unused)._replace(weights=weights, intercept=np.float64(problem.intercept))
    if plan.every_row_counts:
        unit = unit._replace(scale=number(1), rows_seen=np.float64(settings.rows_seen))
    if plan.average:
        unit = unit._replace(
            average=np.ascontiguousarray(problem.average_weights, dtype=plan.dtype),
            average_intercept=np.float64(problem.average_intercept),
            average_a=np.float64(0),
            average_b=np.float64(1),
        )
    if plan.penalty != "none":
        unit = unit._replace(square_norm=number(weights @ weights), l1_norm=number(np.abs(weights).sum()))
    if plan.penalty == "l1":
        unit = unit._replace(cut=np.zeros_like(weights), due=np.float64(0))
    return _Run(
        unit=unit,
        order=places,
        best=np.float64(-np.inf),
        stale=np.int32(0),
        stopped=np.bool_(False),
        finite=np.bool_(True),
    )


def _as_result(plan: _Plan, run: _Run, points: np.ndarray) -> BinaryResult:
    """NumPy arrays of a run, with the scale of the weights folded in."""
    unit = run.unit
    weights = unit.weights.numpy()
    average, average_intercept = None, 0.0
    if plan.average:
        average = (unit.average.numpy() + float(unit.average_a) * weights) / float(unit.average_b)
        average, average_intercept = average.astype(plan.dtype), float(unit.average_intercept)
    return BinaryResult(
        weights=weights * unit.scale.numpy() if plan.every_row_counts else weights,
        intercept=float(unit.intercept),
        average_weights=average,
        average_intercept=average_intercept,
        objective=points[:, 0],
        mistakes=points[:, 1].astype(np.int64),
        scores=points[:, 2],
        finite=bool(run.finite),
    )
