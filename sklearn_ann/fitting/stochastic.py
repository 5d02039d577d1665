"""Training by epochs of mini-batches: from an estimator's parameters to a run of the engine, and its results back."""

from __future__ import annotations

import functools
import warnings
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import get_scorer

from ..augmentations import Augmentation
from ..callbacks.scorers import check_scorer, score_of
from ..data.orders import EpochOrders
from ..data.rows import must_stream
from ..data.splits import validation_split
from ..data.weights import check_weight_left
from ..engines.augmentations import AUGMENTATIONS
from ..engines.optimizers import OPTIMIZERS
from ..engines.regularizers import REGULARIZERS
from ..engines.run import HeldOut, Run
from ..engines.state import State, initial_state
from ..engines.stopping import RULES
from ..network.namespaces import scoped
from ..network.weights import Weights, as_dtype, unstacked
from ..runtime.tree import leaves
from .adoption import NON_FINITE
from .callback_runner import without_callbacks
from .checks import check_row
from .curves import curves_before, epoch_results, mean_of_members, monitor_warnings
from .engine import engine_for
from .fit_observer import FitObserver
from .problem import Dataset
from .progress import Progress
from .resuming import checkpoint_of, digest_of
from .settings import (
    augmentation_plan,
    augmentations_of,
    network_numbers,
    per_step_of,
    random_numbers,
    regularizers_of,
    schedule_for,
    solver_of,
)

__all__ = ["train_stochastic"]


class _Optimizer(NamedTuple):
    """What a solver remembers between calls of ``partial_fit``."""

    name: str
    learning_rate_init: float
    learning_rate: float
    n_steps: int
    n_epochs: int
    wait: int
    memory: tuple[Weights, ...]


class _Recipe(NamedTuple):
    """What the parameters say of a training by epochs, worked out once.

    Attributes
    ----------
    engine : Engine
    encoded : ndarray
        Targets of all rows.
    solver : Solver
    schedule : Schedule
    per_step : dict of str to callable
        What changes from step to step.
    numbers : dict of str to float
        Hyperparameters by owner and name.
    """

    engine: Any
    encoded: np.ndarray
    solver: Any
    schedule: Any
    per_step: dict[str, Any]
    numbers: dict[str, Any]


class _Start(NamedTuple):
    """Where a run begins: afresh, or from what an earlier call or a checkpoint has left.

    Attributes
    ----------
    state : State
    before : _Optimizer
        What the solver remembers.
    history : dict
        Curves and counters to go on from.
    monitored : tuple
        What the best so far is the best of.
    restored : Restored or None
        The checkpoint.
    """

    state: State
    before: _Optimizer
    history: dict[str, Any]
    monitored: tuple
    restored: Any


def train_stochastic(estimator, problem):
    """Train, and return what the fit leaves as attributes and the warnings to issue once it has them.

    Parameters
    ----------
    estimator : BaseMLP
        Its parameters have been checked.
    problem : Problem
    """
    recipe = _recipe_of(estimator, problem)
    digest = _digest_of(problem, recipe)
    restored = _checkpoint(estimator, problem, recipe, digest)
    generator = None if problem.runner is None else problem.random_state.get_state(legacy=False)
    rows, validation = _split(estimator, problem)
    start = _start(estimator, problem, recipe, validation, restored)
    run = _run(estimator, problem, recipe, start, rows, validation)
    if run.host_score is not None:
        check_scorer(f"scoring={estimator.scoring!r}", lambda: run.host_score(start.state.inference_weights))
    orders = _orders(estimator, problem, run, rows, restored)

    def results_of(state, curves, reason):
        return _results_of(estimator, problem, recipe, start, run, (state, curves, reason))

    if problem.runner is not None:

        def as_fitted(state, curves):
            return estimator._as_fitted(problem.network, problem.target, results_of(state, curves, None))

        run = _watched(problem.runner, start, run, orders, as_fitted, generator=generator, digest=digest)
    result = recipe.engine.train(run, start.state, orders)
    reason, pending = _ending(estimator, problem, result, problem.incremental or recipe.schedule.ends)
    pending = [*_warnings_of(estimator, result, start.state.best, restored is not None), *pending]
    return results_of(result.state, result.curves, reason), pending


def _recipe_of(estimator, problem):
    network, (X, y, _), held = problem.network, problem.rows, problem.validation
    for each in [X] if held is None else [X, held.X]:
        if estimator.n_estimators > 1 and must_stream(each, network.dtype):
            raise ValueError(
                f"n_estimators > 1 needs X and X_val that fit in memory as dense arrays, got a sparse one of shape "
                f"{each.shape}; pass X.toarray(), or train members one by one, as with BaggingClassifier."
            )
    solver = solver_of(estimator)
    schedule = schedule_for(estimator, solver)
    rule_numbers = {"power_t": estimator.power_t, **schedule.rule_numbers}
    _check_rows(estimator, solver, schedule.rule, rule_numbers)
    regularizers = {each.name: each.amount for each in regularizers_of(estimator)}
    return _Recipe(
        engine=engine_for(estimator, network, X, 1 if problem.incremental else estimator.max_iter),
        encoded=problem.target.encode(y, network.dtype),
        solver=solver,
        schedule=schedule,
        per_step=per_step_of(estimator, schedule, solver),
        numbers={
            "tol": estimator.tol,
            "n_iter_no_change": estimator.n_iter_no_change,
            **network_numbers(estimator, network, problem.target),
            **scoped("regularizer", {"alpha": estimator.alpha, **regularizers}),
            **scoped("solver", solver.numbers),
            **scoped("rule", rule_numbers),
        },
    )


def _digest_of(problem, recipe):
    """A function that gives the digest of the data, worked out at its first call."""

    @functools.cache
    def digest():
        held = problem.validation
        of_held = [] if held is None else [held.X, problem.target.encode(held.y, problem.network.dtype), held.weights]
        return digest_of(problem.rows.X, recipe.encoded, problem.rows.weights, *of_held)

    return digest


def _checkpoint(estimator, problem, recipe, digest):
    """The checkpoint to go on from, if there is one; the generator is then where it was."""
    if problem.resume is False:
        return None
    restored = checkpoint_of(estimator, problem.resume, digest(), free=set() if recipe.per_step else {"max_iter"})
    if restored is not None:
        problem.random_state.set_state(restored.generator)
    return restored


def _start(estimator, problem, recipe, validation, restored):
    name, network = recipe.solver.optimizer, problem.network
    before = getattr(estimator, "_optimizer", None)
    if not problem.incremental or before is None or before.name != name:
        initial = float(estimator.learning_rate_init)
        before = _Optimizer(name, initial, initial, n_steps=0, n_epochs=0, wait=0, memory=None)
    _, score, _ = _monitor(estimator, validation)
    watched = (score, estimator.scoring) if estimator.early_stopping else None
    monitored = (watched, network.output, tuple(estimator._output_numbers(problem.target).items()))
    history = curves_before(estimator, problem.fresh, monitored)
    # A schedule says the rate itself; else it goes on from where it was, as in scikit-learn.
    follows = "rate" in recipe.per_step and recipe.schedule.rule == "constant"
    rate = estimator.learning_rate_init if follows else before.learning_rate
    state = initial_state(
        problem.weights,
        n_slots=OPTIMIZERS[name].slots,
        rate=rate if estimator.n_estimators == 1 else np.full(estimator.n_estimators, rate),
        keep_best=estimator.early_stopping,
        averaging=estimator.averaging is not None,
        memory=before.memory and tuple(as_dtype(slot, network.dtype) for slot in before.memory),
        n_steps=before.n_steps,
        rows_seen=history["t"],
        best=history["best"],
        n_no_improvement=history["n_no_improvement"],
        wait=before.wait,
    )
    if restored is not None:
        state, history = restored.state(state), history | restored.history
    return _Start(state, before, history, monitored, restored)


def _run(estimator, problem, recipe, start, rows, validation):
    network, target = problem.network, problem.target
    monitor, score, on_host = _monitor(estimator, validation)
    kinds = ("alpha", *(each.name for each in regularizers_of(estimator)))
    random = random_numbers(estimator, network, problem.random_state)
    numbers = {**recipe.numbers, "learning_rate_init": start.before.learning_rate_init, **random}
    return Run(
        network=network,
        optimizer=recipe.solver.optimizer,
        regularizers=tuple(sorted(kinds, key=list(REGULARIZERS).index)),
        rule=recipe.schedule.rule,
        monitor=monitor,
        score=score,
        keep_best=estimator.early_stopping,
        numbers=numbers,
        X=problem.rows.X,
        y=recipe.encoded,
        weights=problem.rows.weights,
        held_out=None if validation is None else _held_out(validation, target, network.dtype),
        batch_size=_batch_size(estimator, len(rows)),
        max_iter=1 if problem.incremental else max(0, estimator.max_iter - start.history["n_done"]),
        device=recipe.engine.device,
        host_score=_host_score(estimator, network, target, validation, numbers.get("seed")) if on_host else None,
        on_epochs=_progress(estimator, validation is not None, recipe.schedule, start) if estimator.verbose else None,
        n_epochs_before=start.before.n_epochs + start.history["n_done"],
        per_step=recipe.per_step,
        augmentations=augmentation_plan(estimator),
    )


def _held_out(validation, target, dtype):
    weights = np.ones(validation.X.shape[0]) if validation.weights is None else validation.weights
    return HeldOut(validation.X, target.encode(validation.y, dtype), weights)


def _orders(estimator, problem, run, rows, restored):
    """The orders of the epochs, of each member."""
    # A single batch is the same in any order. A shared generator is advanced all the same, as in scikit-learn.
    of_consequence = run.batch_size < len(rows) or not isinstance(estimator.random_state, Integral | None)
    generators = [problem.random_state]
    if estimator.n_estimators > 1:
        seeds = problem.random_state.randint(2**31, size=estimator.n_estimators)
        generators = [np.random.RandomState(seed) for seed in seeds]
    orders = [EpochOrders(rows, each, estimator.shuffle and of_consequence) for each in generators]
    if restored is not None:
        for order, place in zip(orders, restored.places, strict=True):
            order.place = place
    return orders


def _results_of(estimator, problem, recipe, start, run, end):
    """What a run leaves as attributes; ``end`` is a state, the curves so far and why it ended."""
    state, curves, reason = end
    weights = state.best_weights if estimator.early_stopping else state.inference_weights
    optimizer = None
    if estimator.n_estimators == 1:
        optimizer = start.before._replace(
            learning_rate=float(state.rate),
            n_steps=int(state.n_steps),
            n_epochs=run.n_epochs_before + len(curves.loss),
            wait=int(state.wait),
            memory=state.memory,
        )
    return {
        **estimator._shown(problem.network, weights),
        **epoch_results(estimator, state, curves, start.history, run.held_out is not None),
        "_optimizer": optimizer,
        "_monitored": start.monitored,
        "_noise_seed": run.numbers.get("seed"),
        "_recorded": start.history["recorded"] if problem.runner is None else problem.runner.context.recorded,
        "backend_": recipe.engine.name,
        "device_": recipe.engine.device.strip("/"),
        "stop_reason_": reason,
    }


def _watched(runner, start, run, orders, as_fitted, *, generator, digest):
    """The run with its runner, which has been told of its beginning."""
    seconds = 0.0 if start.restored is None else start.restored.seconds
    observer = FitObserver(
        runner, run, orders, start.history, as_fitted, generator=generator, digest=digest, seconds=seconds
    )
    observer.begin(start.state)
    max_iter = run.max_iter if runner.stopped_by is None else 0
    return run._replace(runner=observer.epoch_end, max_iter=max_iter)


def _warnings_of(estimator, result, best, is_resumed):
    """Of a monitored quantity that was never finite, and of weights that were not after the best epoch.

    ``best`` is the best monitored value before the run, which a warm start or a checkpoint may have brought along.
    """
    name, monitored_values, texts = "training loss", -np.asarray(result.curves.loss), {}
    had_best = bool(np.all(best > -np.inf))
    if estimator.early_stopping:
        name = f"validation score {estimator.scoring or estimator._default_score!r}"
        monitored_values = result.curves.validation_score
        if had_best:
            texts["kept"] = "the best epoch before this fit"
        if estimator.scoring not in (None, "loss"):
            texts["remedy"] = "The scorer gives no number for the validation rows; use another scoring or other rows."
    pending = [] if is_resumed and had_best else monitor_warnings(name, monitored_values, **texts)
    if estimator.early_stopping and not all(np.isfinite(array).all() for array in leaves(result.state.weights)):
        pending.append(UserWarning(f"{NON_FINITE} The weights are those of the best epoch before."))
    return pending


def _ending(estimator, problem, result, expects_max_iter):
    """Why the training ended, and what to warn of."""
    if result.interrupted:
        return "Ctrl-C", [UserWarning("Training interrupted by user.")]
    if np.all(result.state.stopped):
        watched = "validation score" if estimator.early_stopping else "training loss"
        reason = f"the {watched} did not improve by tol={estimator.tol:g} for {estimator.n_iter_no_change} epochs"
        return reason, []
    if problem.runner is not None and problem.runner.stopped_by is not None:
        return problem.runner.stopped_by, []
    reason = "partial_fit makes one epoch" if problem.incremental else f"max_iter={estimator.max_iter} epochs were made"
    warning = ConvergenceWarning(
        f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) reached and the optimization hasn't "
        "converged yet."
    )
    return reason, [] if expects_max_iter else [warning]


def _split(estimator, problem):
    """Numbers of the rows to train on, and the validation rows: the caller's or those set aside here, if any."""
    X, y, sample_weight = problem.rows
    if problem.validation is not None or not estimator.early_stopping:
        return np.arange(X.shape[0]), problem.validation
    strata = problem.target.strata(y) if hasattr(problem.target, "strata") else None
    rows, held = validation_split(X.shape[0], strata, estimator.validation_fraction, problem.random_state)
    if sample_weight is None:
        return rows, Dataset(X[held], y[held], None)
    remedy = "use another random_state or validation_fraction, or pass X_val and y_val"
    check_weight_left(sample_weight[rows], " among those that early_stopping leaves to train on", remedy)
    check_weight_left(sample_weight[held], " among those that early_stopping sets aside", remedy)
    return rows, Dataset(X[held], y[held], sample_weight[held])


def _check_rows(estimator, solver, rule, rule_numbers):
    """The rows of the tables that training goes by; those of the network have been checked."""
    check_row("solver", estimator.solver, solver.optimizer, OPTIMIZERS, solver.numbers)
    check_row("learning_rate", estimator.learning_rate, rule, RULES, rule_numbers)
    for each in regularizers_of(estimator):
        check_row("regularizer", each, each.name, REGULARIZERS, ())
    for each in augmentations_of(estimator):
        if isinstance(each, Augmentation):
            check_row("augmentation", each, each.name, AUGMENTATIONS, each.numbers)


def _batch_size(estimator, n_rows):
    if estimator.batch_size == "auto":
        return min(200, n_rows)
    if estimator.batch_size > n_rows:
        warnings.warn(
            f"Got `batch_size` less than 1 or larger than sample size: batch_size={estimator.batch_size} for {n_rows} "
            "rows. It is going to be clipped",
            stacklevel=7,
        )
    return min(estimator.batch_size, n_rows)


def _monitor(estimator, validation):
    """What the stopping rule watches, the validation score in the program, and whether the host scores instead."""
    if validation is None:
        return "loss", None, False
    score = estimator._default_score if estimator.scoring is None else "loss"
    on_host = estimator.scoring not in (None, "loss")
    if not estimator.early_stopping:
        return "loss", score, on_host
    return ("host" if on_host else "validation"), score, on_host


def _host_score(estimator, network, target, validation, noise_seed):
    """A function of weights: the scorer on a copy of this estimator that has them."""
    scorer = get_scorer(estimator.scoring)
    probe = without_callbacks(estimator)
    probe.__dict__.pop("feature_names_in_", None)  # the validation rows are an array by now
    probe._describe(network, target)
    probe._scaling = None  # they are scaled already
    labels = target.labels(validation.y)
    weighted = {} if validation.weights is None else {"sample_weight": validation.weights}

    def score(weights, seed=noise_seed):
        probe.__dict__.update(estimator._shown(network, weights), _noise_seed=seed)
        return score_of(scorer, probe, validation.X, labels, **weighted)

    if estimator.n_estimators == 1:
        return score
    seeds = [None] * estimator.n_estimators if noise_seed is None else noise_seed

    def scores(weights):
        return np.array(list(map(score, unstacked(weights, estimator.n_estimators), seeds)))

    return scores


def _progress(estimator, has_validation, schedule, start):
    is_single, state = estimator.n_estimators == 1, start.state
    progress = Progress(
        has_validation=has_validation,
        early_stopping=estimator.early_stopping,
        adaptive=schedule.rule == "adaptive",
        tol=estimator.tol,
        # the members of an ensemble stop one by one, of which the means say nothing
        n_iter_no_change=estimator.n_iter_no_change if is_single else np.inf,
        rate=float(np.mean(state.rate)),
        best=float(np.mean(state.best)),
        n_no_improvement=int(np.min(state.n_no_improvement)),
        n_epochs=start.history["n_done"],
    )
    return progress if is_single else lambda curves: progress(mean_of_members(curves))
