"""Rosenblatt's rule, compiled: binary problems over shared rows in, trained threshold units out.

Rows (dense or CSR), binary targets, row steps and the settings of a run come in; weights, intercepts and curves per
problem go out, as NumPy arrays. It knows no estimator, no labels and draws no random number: the caller brings each
problem's permutation. This is the driver; the program is in ``perceptron_program``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from ..data.rows import padded
from ..engines.tensorflow.plan import row_bucket
from ..runtime.backend import tf
from ..runtime.devices import as_tensor, on_device
from ..runtime.programs import Compiled, program_for
from ..runtime.tree import map_leaves
from .perceptron_program import EPOCHS_PER_CALL, Numbers, PerceptronPlan, Run, Targets, Unit, build_perceptron
from .perceptron_rows import CHUNK, DenseRows

__all__ = ["BinaryProblem", "BinaryResult", "Settings", "train_perceptrons"]

_WORK_PER_CALL = 2**31  # values of X read by one call, about a second: Ctrl-C is heard between calls
_PARALLEL_WORK = 2**22  # values of X read by an epoch of all problems, about a millisecond, from which threads pay


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
        TensorFlow's device name.
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
    device: str = "/CPU:0"


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


def _csr_arrays(X: sparse.csr_array, plan: PerceptronPlan) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, columns and row starts, padded so that a chunk may reach behind the last entry."""
    values, columns = np.zeros(plan.entries, dtype=plan.dtype), np.zeros(plan.entries, dtype=np.int32)
    starts = np.zeros(plan.rows + 1, dtype=np.int32)
    values[: X.nnz], columns[: X.nnz] = X.data[: X.nnz], X.indices[: X.nnz]
    starts[: X.shape[0] + 1] = X.indptr
    return values, columns, starts


def _resident(X: Any, plan: PerceptronPlan) -> tuple:
    """The rows on the device, copied once."""
    if plan.chunk:
        return tuple(tf.constant(array) for array in _csr_arrays(X, plan))
    return (as_tensor(padded(X, plan.rows, plan.dtype)),)


def train_perceptrons(
    X: Any,
    problems: Sequence[BinaryProblem],
    settings: Settings,
    held_out: Sequence[np.ndarray] | None = None,
    held_out_weights: np.ndarray | None = None,
    report: Callable[[int, int, BinaryResult], None] | None = None,
    watch: Callable[[list[BinaryResult]], bool] | None = None,
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
    held_out : sequence of int ndarrays, default=None
        Per problem, the numbers of the rows that are not trained on and whose accuracy the stopping rule watches; None:
        the rule watches the training objective.
    held_out_weights : ndarray of shape (n_rows,), default=None
        Row weights of that accuracy.
    report : callable, default=None
        Called as ``report(problem, epoch, result)`` after every epoch, with the curves up to there. Costs a call of
        the compiled program per epoch.
    watch : callable, default=None
        ``watch(results) -> bool``, called whenever every problem that still trains has made another epoch; True ends
        all of them. The problems then go side by side, an epoch each at a time.

    Returns
    -------
    list of BinaryResult
        One per problem. A result that is not ``finite`` is the caller's to refuse.
    """
    device = settings.device
    n_rows, n_features = X.shape
    chunk, entries = 0, 0
    if sparse.issparse(X):
        chunk, entries = CHUNK, row_bucket(max(X.nnz + CHUNK, 4096))  # few sizes: each is a compilation
    plan = PerceptronPlan(
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
    program = program_for(build_perceptron, plan)
    work = max(1, X.nnz if chunk else n_rows * n_features)
    at_a_time = 1 if report else int(np.clip(_WORK_PER_CALL // work, 1, EPOCHS_PER_CALL))
    with on_device(device):
        rows = _resident(X, plan)
        weights = (
            tf.constant(padded(held_out_weights, plan.rows, np.float64))
            if held_out_weights is not None and held_out is not None
            else ()
        )

    def begin(k: int) -> _Training:
        with on_device(device):
            kept = held_out[k] if held_out is not None else None
            return _Training(program, plan, settings, rows, problems[k], kept, weights)

    def advance(training: _Training, n_epochs: int) -> None:
        with on_device(device):
            training.advance(n_epochs)

    def train(k: int) -> BinaryResult:
        training = begin(k)
        while not training.done:
            advance(training, at_a_time)
            if report:
                report(k, training.n_epochs, training.result)
        return training.result

    n_threads = min(settings.n_threads, len(problems))
    alone = n_threads == 1 or work * len(problems) < _PARALLEL_WORK
    with contextlib.nullcontext() if alone else ThreadPoolExecutor(n_threads) as pool:
        each = map if pool is None else pool.map
        if watch is None:
            return list(each(train, range(len(problems))))
        trainings = list(map(begin, range(len(problems))))
        stopped = False
        while not stopped and not all(training.done for training in trainings):
            going_on = [k for k, training in enumerate(trainings) if not training.done]
            list(each(advance, [trainings[k] for k in going_on], repeat(1)))
            if report:
                for k in going_on:
                    report(k, trainings[k].n_epochs, trainings[k].result)
            stopped = watch([training.result for training in trainings])
        return [training.result for training in trainings]


class _Training:
    """One problem on the device, epoch by epoch until it has stopped or had its epochs."""

    def __init__(
        self,
        program: Compiled,
        plan: PerceptronPlan,
        settings: Settings,
        rows: tuple,
        problem: BinaryProblem,
        held_out: np.ndarray | None,
        held_out_weights: Any,
    ) -> None:
        n_rows = len(problem.target)
        numbers = Numbers(
            tol=settings.tol,
            n_iter_no_change=settings.n_iter_no_change,
            eta=settings.eta,
            intercept_rate=settings.intercept_rate,
            alpha=settings.alpha,
            l1_ratio=settings.l1_ratio,
            average_from=settings.average_from,
            n_rows=n_rows,
            n_held_out=0 if held_out is None else len(held_out),
        )
        places = np.arange(plan.rows + DenseRows.window, dtype=np.int32) % plan.rows  # windows reach behind the end
        permutation = np.arange(len(places), dtype=np.int32)
        if problem.permutation is not None:
            permutation[:n_rows] = problem.permutation
        target = held_out_target = padded(problem.target, plan.rows, np.float64)
        if held_out is not None:
            target = target.copy()
            target[held_out] = np.nan
        targets = Targets(
            target=target,
            step=padded(problem.step, plan.rows, np.float64),
            permutation=permutation,
            held_out_rows=() if held_out is None else padded(held_out, plan.rows, np.int32),
            held_out_target=() if held_out is None else held_out_target,
            held_out_weights=held_out_weights,
        )
        self._program, self._plan, self._settings, self._rows = program, plan, settings, rows
        self._numbers = tf.constant(np.array(numbers, dtype=np.float64))
        self._targets = map_leaves(tf.constant, targets)
        self._run = map_leaves(tf.constant, _first_run(plan, settings, problem, places))
        self._points: list[np.ndarray] = []
        self.n_epochs = 0

    @property
    def done(self) -> bool:
        return self.n_epochs >= self._settings.max_epochs or bool(self._run.stopped)

    @property
    def result(self) -> BinaryResult:
        return _as_result(self._plan, self._run, np.concatenate(self._points))

    def advance(self, n_epochs: int) -> None:
        """At most so many epochs more."""
        n_epochs = min(n_epochs, self._settings.max_epochs - self.n_epochs)
        self._run, curves, epochs = self._program(
            self._numbers, tf.constant(n_epochs), self._rows, self._targets, self._run
        )
        self.n_epochs += int(epochs)
        self._points.append(curves.numpy()[: int(epochs)])


def _first_run(plan: PerceptronPlan, settings: Settings, problem: BinaryProblem, places: np.ndarray) -> Run:
    weights = np.ascontiguousarray(problem.weights, dtype=plan.dtype)
    number = weights.dtype.type
    unused = dict.fromkeys(Unit._fields, ())
    unit = Unit(**unused)._replace(weights=weights, intercept=np.float64(problem.intercept))
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
    return Run(
        unit=unit,
        order=places,
        best=np.float64(-np.inf),
        stale=np.int32(0),
        stopped=np.bool_(False),
        finite=np.bool_(True),
    )


def _as_result(plan: PerceptronPlan, run: Run, points: np.ndarray) -> BinaryResult:
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
