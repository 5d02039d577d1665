"""The perceptron trained by a compiled program: a binary problem in, epoch after epoch on the device, its result out.

It draws no random number and knows no estimator; the program itself is in ``tensorflow_program``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from ..data.rows import padded, row_bucket
from ..runtime.backend import tf
from ..runtime.devices import as_tensor, on_device, resolve_device
from ..runtime.programs import program_for
from ..runtime.tree import leaves, map_leaves
from .problem import BinaryProblem, BinaryResult, Settings
from .tensorflow_program import EPOCHS_PER_CALL, Numbers, PerceptronPlan, Run, Targets, Unit, build_perceptron
from .tensorflow_rows import CHUNK, DenseRows

__all__ = ["TensorflowRows", "TensorflowTraining"]


class TensorflowRows:
    """Rows that all problems share, on the device; parameters as in :func:`train_perceptrons`."""

    def __init__(self, X: Any, settings: Settings, held_out_weights: np.ndarray | None) -> None:
        chunk, entries = 0, 0
        if sparse.issparse(X):
            chunk, entries = CHUNK, row_bucket(max(X.nnz + CHUNK, 4096))  # few sizes: each is a compilation
        self.settings = settings
        self.plan = PerceptronPlan(
            rows=row_bucket(X.shape[0]),
            n_features=X.shape[1],
            entries=entries,
            chunk=chunk,
            dtype=str(X.dtype),
            device=resolve_device(settings.device),
            penalty=settings.penalty,
            early_stopping=held_out_weights is not None,
            average=settings.average_from > 0,
        )
        self.program = program_for(build_perceptron, self.plan)
        with on_device(self.plan.device):
            self.arrays = _resident(X, self.plan)
            self.held_out_weights = (
                () if held_out_weights is None else tf.constant(padded(held_out_weights, self.plan.rows, np.float64))
            )


class TensorflowTraining:
    """One problem on the device, epoch by epoch."""

    def __init__(self, rows: TensorflowRows, problem: BinaryProblem, held_out: np.ndarray | None) -> None:
        plan, settings = rows.plan, rows.settings
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
            held_out_weights=rows.held_out_weights,
        )
        self._rows = rows
        with on_device(plan.device):
            self._numbers = tf.constant(np.array(numbers, dtype=np.float64))
            self._targets = map_leaves(tf.constant, targets)
            first = _first_run(plan, settings, problem, places)
            if problem.state is not None:
                arrays = iter(problem.state.values())
                first = map_leaves(lambda _: next(arrays), first)
            self._run = map_leaves(tf.constant, first)
        self._points: list[np.ndarray] = [] if problem.state is None else [problem.state["points"]]
        self.n_epochs = sum(map(len, self._points))

    @property
    def done(self) -> bool:
        """Whether training has ended."""
        return self.n_epochs >= self._rows.settings.max_epochs or bool(self._run.stopped)

    @property
    def result(self) -> BinaryResult:
        """Weights and curves so far."""
        return _as_result(self._rows.plan, self._run, np.concatenate(self._points))

    def advance(self, n_epochs: int) -> None:
        """Train for up to ``n_epochs`` more epochs."""
        n_epochs = min(n_epochs, self._rows.settings.max_epochs - self.n_epochs, EPOCHS_PER_CALL)
        with on_device(self._rows.plan.device):
            self._run, curves, epochs = self._rows.program(
                self._numbers, tf.constant(n_epochs), self._rows.arrays, self._targets, self._run
            )
        self.n_epochs += int(epochs)
        self._points.append(curves.numpy()[: int(epochs)])


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
        n_no_improvement=np.int32(0),
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
        state={f"run_{number:02d}": leaf.numpy() for number, leaf in enumerate(leaves(run))} | {"points": points},
    )
