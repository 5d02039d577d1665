"""Training of a perceptron: from its parameters to the engine, and the results back."""

from __future__ import annotations

import dataclasses
import functools
import time

import numpy as np
from joblib import effective_n_jobs
from scipy import sparse
from sklearn.linear_model._base import SPARSE_INTERCEPT_DECAY

from ..callbacks.fit_context import FitContext, LazyViews, Snapshot
from ..data.weights import check_weight_left
from ..network.weights import Weights
from ..perceptron.one_vs_rest import binary_targets, draw
from ..perceptron.problem import BinaryProblem, Settings
from ..perceptron.results import Units, last_units, results_of
from ..perceptron.selection import lead_of_tensorflow, select_backend
from ..perceptron.training import train_perceptrons
from ..runtime.output import print_line
from ..runtime.tree import map_leaves
from .callback_runner import without_callbacks
from .fit_observer import read_only
from .resuming import checkpoint_folders, checkpoint_of, digest_of, identity_of

__all__ = ["allowed_threads", "reason_of", "train_perceptron"]


def train_perceptron(estimator, rows, start, before, max_epochs, runner=None, resume=False):
    """Train, and return the results as attributes.

    Parameters
    ----------
    estimator : PerceptronClassifier
        Its parameters have been checked, and it has ``classes_``.
    rows : tuple
        X, labels and row weights.
    start : Units
        Weights to start from.
    before : Before
        Results of earlier epochs to continue from.
    max_epochs : int
    runner : CallbackRunner or None
    resume : bool, path or Snapshot
        As in ``fit``.
    """
    X, y, sample_weight = rows
    draws = draw(
        y,
        estimator.classes_,
        sample_weight,
        shuffle=estimator.shuffle,
        validation_fraction=estimator.validation_fraction if estimator.early_stopping else None,
        random_state=estimator.random_state,
    )
    problems = _problems(estimator, rows, draws.permutations, start, before.averaged)

    @functools.cache
    def identity():
        return identity_of(estimator, digest_of(X, *(array for each in problems for array in (each.target, each.step))))

    snapshot = None
    if resume is not False:
        folders = checkpoint_folders(estimator)
        snapshot = checkpoint_of(identity(), resume, folders, max_iter=max_epochs, free={"max_iter"})
    if snapshot is not None:
        draws, problems = _restored(snapshot, draws, problems)
        before = before._replace(recorded=snapshot.document["recorded"])
    held_out = [] if draws.held_out is None else draws.held_out[0]  # the same rows for all problems
    steps = np.any([problem.step for problem in problems], axis=0)
    check_weight_left(np.delete(steps, held_out), " among those to train on")
    settings = _settings(estimator, X, len(problems), before.rows_seen, max_epochs)

    def as_attributes(results, reason):
        return results_of(results, before, X.shape[0], settings.average_from) | {
            "_recorded": dict(before.recorded) if runner is None else runner.context.recorded,
            "stop_reason_": reason,
            "_n_rows": X.shape[0],
            "backend_": settings.backend,
        }

    def as_fitted(results):
        probe = without_callbacks(estimator)
        nothing = {"_recorded": {}, "loss_curve_": [], "mistakes_curve_": [], "n_iter_": 0, "stop_reason_": None}
        shown = dict(zip(("coef_", "intercept_"), map_leaves(read_only, start), strict=True))
        vars(probe).update(nothing | shown if results is None else as_attributes(results, reason=None))
        return probe

    train = functools.partial(train_perceptrons, X, problems, held_out=draws.held_out, held_out_weights=sample_weight)
    on_epoch = None
    if runner is not None:
        so_far = None
        if snapshot is not None and snapshot.document["n_done"]:
            so_far = train(dataclasses.replace(settings, max_epochs=snapshot.document["n_done"]))
        begun = _begun(runner, draws, X.shape[0], max_epochs, snapshot)
        on_epoch = _watch_epochs(runner, begun, start, so_far, as_fitted, identity, draws)
        if runner.stopped_by is not None:  # the fit had come to its end
            settings = dataclasses.replace(settings, max_epochs=runner.context.epoch)
    report = _EpochPrinter(X.shape[0] - len(held_out)) if estimator.verbose else None
    results = train(settings, report=report, watch=on_epoch)
    return as_attributes(results, _ending(estimator, results, runner, max_epochs))


def _ending(estimator, results, runner, max_epochs):
    """Why the training ended; a ValueError if its weights are not finite."""
    for result in results:
        if not result.finite:
            raise ValueError(
                f"Floating-point under-/overflow occurred at epoch #{len(result.mistakes)}. Scaling input data "
                "with StandardScaler or MinMaxScaler might help."
            )
    if runner is not None and runner.stopped_by is not None:
        return runner.stopped_by
    return reason_of(estimator, max(len(result.mistakes) for result in results), max_epochs)


def reason_of(estimator, n_epochs, max_epochs):
    """Why training ended after so many epochs, if nobody has ended it."""
    if n_epochs == max_epochs:
        return f"max_iter={max_epochs} epochs reached"
    watched = "validation score" if estimator.early_stopping else "training loss"
    return f"the {watched} did not improve by tol={estimator.tol:g} for {estimator.n_iter_no_change} epochs"


def _problems(estimator, rows, permutations, start, averaged):
    """The binary problem of each class, which are trained apart from each other."""
    X, y, sample_weight = rows
    targets = binary_targets(y, estimator.classes_, estimator.class_weight, X.dtype)
    if averaged is None:
        averaged = Units(np.zeros_like(start.coef), np.zeros(len(start.coef)))
    return [
        BinaryProblem(
            target=target.sign,
            step=estimator.eta0 * (target.factor * sample_weight).astype(np.float64),
            permutation=permutation,
            weights=start.coef[k],
            intercept=start.intercept[k],
            average_weights=averaged.coef[k],
            average_intercept=averaged.intercept[k],
        )
        for k, (target, permutation) in enumerate(zip(targets, permutations, strict=True))
    ]


def _settings(estimator, X, n_units, rows_seen, max_epochs):
    """The parameters as settings of the engine."""
    on_sparse_rows = sparse.issparse(X)
    penalty = {None: "none", "l2": "l2"}.get(estimator.penalty, "l1")
    lead = lead_of_tensorflow(
        n_values=X.nnz if on_sparse_rows else X.size,
        n_rows=X.shape[0],
        n_units=n_units,
        max_iter=max_epochs,
        stops=estimator.tol is not None,
        penalty=penalty,
    )
    return Settings(
        max_epochs=max_epochs,
        tol=-np.inf if estimator.tol is None else float(estimator.tol),
        n_iter_no_change=estimator.n_iter_no_change,
        eta=estimator.eta0,
        intercept_rate=(SPARSE_INTERCEPT_DECAY if on_sparse_rows else 1.0) if estimator.fit_intercept else 0.0,
        penalty=penalty,
        alpha=estimator.alpha,
        l1_ratio={"l2": 0.0, "l1": 1.0}.get(estimator.penalty, estimator.l1_ratio),
        average_from=int(estimator.average),
        rows_seen=rows_seen,
        n_threads=allowed_threads(estimator),
        backend=select_backend(estimator.backend, estimator.device, lead=lead, average=bool(estimator.average)),
        device="cpu" if estimator.device == "auto" else estimator.device,
    )


def allowed_threads(estimator):
    """For binary problems that are trained at the same time."""
    return effective_n_jobs(-1 if estimator.n_jobs is None else estimator.n_jobs)


def _restored(snapshot, draws, problems):
    """Draws and problems as they were when the snapshot was made."""
    arrays = snapshot.arrays
    held_out = None if draws.held_out is None else [arrays["held_out"]] * len(problems)
    problems = [
        problem._replace(
            permutation=arrays.get(f"permutation_{k}"),
            state={name.removeprefix(f"unit_{k}_"): a for name, a in arrays.items() if name.startswith(f"unit_{k}_")}
            or None,
        )
        for k, problem in enumerate(problems)
    ]
    return draws._replace(permutations=[problem.permutation for problem in problems], held_out=held_out), problems


def _snapshot(identity, context, draws, results):
    """Of a run as it is; ``results`` are None before the first epoch."""
    arrays = {f"unit_{k}_{name}": a for k, result in enumerate(results or ()) for name, a in result.state.items()}
    arrays |= {f"permutation_{k}": each for k, each in enumerate(draws.permutations) if each is not None}
    arrays |= {} if draws.held_out is None else {"held_out": draws.held_out[0]}
    own = {f"column_{name}": column for name, column in context.history.items() if name not in context.recorded}
    document = {**identity, "n_done": context.epoch, "recorded": context.recorded, "seconds": context.seconds}
    return Snapshot(document, arrays | own)


def _begun(runner, draws, n_rows, max_epochs, snapshot):
    """The context of the fit before its next epoch."""
    names = ["loss", "mistakes", *([] if draws.held_out is None else ["validation_score"])]
    before = {} if snapshot is None else snapshot.arrays
    return FitContext(
        runner.estimator,
        runner.given,
        max_epochs=max_epochs,
        columns={name: before.get(f"column_{name}", []) for name in names},
        train_rows=None if draws.held_out is None else np.setdiff1d(np.arange(n_rows), draws.held_out[0]),
        **({} if snapshot is None else _progress_of(snapshot.document)),
    )


def _progress_of(document):
    return {"epoch": document["n_done"], "seconds": document["seconds"], "recorded": document["recorded"]}


def _watch_epochs(runner, context, start, so_far, as_fitted, identity, draws):
    """Start the runner, and return the function that reports every epoch to it."""

    def views_of(results):
        return LazyViews(
            lambda: _as_weights(start if results is None else last_units(results)),
            lambda: as_fitted(results),
            snapshot=lambda: _snapshot(identity(), context, draws, results),
        )

    def on_epoch(results):
        quantities = {"loss": np.mean([result.objective[-1] for result in results])}
        quantities["mistakes"] = sum(int(result.mistakes[-1]) for result in results)
        if draws.held_out is not None:
            quantities["validation_score"] = np.mean([result.scores[-1] for result in results])
        return runner.epoch_end(quantities, views_of(results))

    runner.begin(context, views_of(so_far))
    return on_epoch


def _as_weights(units):
    """As those of a network of one layer."""
    return Weights((read_only(units.coef.T),), (read_only(units.intercept),))


class _EpochPrinter:
    """Prints the lines of scikit-learn's ``verbose`` after every epoch of a binary problem."""

    def __init__(self, n_rows):
        self._n_rows = n_rows
        self._start = time.perf_counter()

    def __call__(self, problem, epoch, result):
        score = "" if np.isnan(result.scores[-1]) else f", Validation score: {result.scores[-1]:f}"
        print_line(
            f"-- Problem {problem + 1}, epoch {epoch}\n"
            f"Norm: {np.linalg.norm(result.weights):.2f}, NNZs: {np.count_nonzero(result.weights)}, "
            f"Bias: {result.intercept:.6f}, T: {epoch * self._n_rows}, Mistakes: {result.mistakes[-1]}, "
            f"Objective: {result.objective[-1]:f}{score}\n"
            f"Total training time: {time.perf_counter() - self._start:.2f} seconds."
        )
