"""Training by epochs of mini-batches: from a recipe to a run of the engine, and its results back."""

from __future__ import annotations

import functools
import warnings
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import get_scorer

from ..callbacks.scorers import check_scorer, score_of
from ..data.orders import EpochOrders
from ..data.rows import must_stream
from ..data.splits import validation_split
from ..data.weights import check_weight_left
from ..engines.frozen import train_above_frozen
from ..engines.run import HeldOut, Hyper, Run
from ..engines.state import State, initial_state
from ..network.hyper import NetworkHyper
from ..network.spec import Network, Output
from ..network.weights import Weights, as_dtype, unstacked
from ..optimizers import Optimizer
from ..runtime.tree import leaves, map_leaves
from ..schedules import Adaptive
from .adoption import NON_FINITE
from .attributes import curves_before, epoch_results, mean_of_members, monitor_warnings, weights_as_attributes
from .engine import Engine, engine_for
from .fit_observer import FitObserver
from .problem import Dataset, Problem
from .progress import Progress
from .range_test import FIND, copy_of, find_rate
from .resuming import checkpoint_of, digest_of, restored_from

__all__ = ["Monitored", "OptimizerState", "PreparedFit", "finish_stochastic", "prepare_stochastic", "train_stochastic"]


class OptimizerState(NamedTuple):
    """Optimizer state between calls of ``partial_fit``."""

    optimizer: Optimizer
    learning_rate_init: float
    learning_rate: float
    n_steps: int
    n_epochs: int
    wait: int
    opt_state: tuple[Weights, ...] | None


class Monitored(NamedTuple):
    """Identity of the monitored quantity: with another score, output or loss the best value starts anew."""

    score: tuple | None
    output: Output
    hyper: NetworkHyper


class _Start(NamedTuple):
    """Where a run begins: afresh, or from what an earlier call or a checkpoint has left.

    Attributes
    ----------
    state : State
    optimizer : OptimizerState
    history : dict
        Curves and counters to go on from.
    monitored : Monitored
    restored : Restored or None
        The checkpoint.
    """

    state: State
    optimizer: OptimizerState
    history: dict[str, Any]
    monitored: Monitored
    restored: Any


class _Validation(NamedTuple):
    """Validation rows: where they come from, and as the engine takes them."""

    data: Dataset
    held_out: HeldOut


class PreparedFit(NamedTuple):
    """A fit that is ready to be trained: ``engine.train(run, start.state, orders)`` gives what finishes it.

    Attributes
    ----------
    found : dict
        Attributes that are known already.
    warned : list of Warning
        To issue with those of the training.
    """

    problem: Problem
    engine: Engine
    start: _Start
    run: Run
    orders: list[EpochOrders]
    found: dict[str, Any]
    warned: list[Warning]


def train_stochastic(problem):
    """Train, and return the results as attributes, and warnings to issue once they are adopted.

    Parameters
    ----------
    problem : Problem
    """
    fit = prepare_stochastic(problem)
    return finish_stochastic(fit, train_above_frozen(fit.engine.train, fit.run, fit.start.state, fit.orders))


def prepare_stochastic(problem) -> PreparedFit:
    """Do all of a fit that comes before training: checks, the split, where it starts, the orders of the rows."""
    _check_dense_for_ensembles(problem)
    engine = engine_for(problem.recipe, problem.rows.X, _max_iter(problem))
    encoded = problem.target.encode(problem.rows.y, problem.recipe.network.dtype)
    identity = _identity_of(problem, encoded)
    restored = _checkpoint(problem, identity)
    problem, found, warned = _with_rate(problem, encoded, restored)
    recipe = problem.recipe
    generator = None if problem.runner is None else problem.random_state.get_state(legacy=False)
    rows, validation = _split(problem, encoded)
    start = _start(problem, validation, restored)
    run = _run(problem, engine, encoded, start, rows, validation)
    if run.host_score is not None:
        check_scorer(f"scoring={recipe.scoring!r}", lambda: run.host_score(start.state.inference_weights))
    fit = PreparedFit(problem, engine, start, run, _orders(problem, run, rows, restored), found, warned)
    if problem.runner is not None:
        fit = fit._replace(run=_observed(fit, generator=generator, identity=identity))
    return fit


def finish_stochastic(fit: PreparedFit, result):
    """Attributes and warnings of a fit that has been trained."""
    problem, start = fit.problem, fit.start
    reason, pending = _ending(problem, result, problem.incremental or problem.recipe.schedule.ends)
    of_run = _warnings_of(problem.recipe, result, _has_improved(start.state, start))
    return _results_of(fit, result.state, result.curves, reason), [*fit.warned, *of_run, *pending]


def _max_iter(problem):
    return 1 if problem.incremental else problem.recipe.max_iter


def _check_dense_for_ensembles(problem):
    held = problem.validation
    for each in [problem.rows.X] if held is None else [problem.rows.X, held.X]:
        if problem.recipe.n_estimators > 1 and must_stream(each, problem.recipe.network.dtype):
            raise ValueError(
                f"n_estimators > 1 needs X and X_val that fit in memory as dense arrays, got a sparse one of shape "
                f"{each.shape}; pass X.toarray(), or train members one by one, as with BaggingClassifier."
            )


def _identity_of(problem, encoded):
    """A function that tells whose fit this is, worked out at its first call: before the first epoch, if ever."""

    @functools.cache
    def identity():
        held, dtype = problem.validation, problem.recipe.network.dtype
        of_held = [] if held is None else [held.X, problem.target.encode(held.y, dtype), held.sample_weight]
        return problem.identity(digest_of(problem.rows.X, encoded, problem.rows.sample_weight, *of_held))

    return identity


def _checkpoint(problem, identity):
    """The checkpoint to go on from, if there is one; the generator is then where it was."""
    if problem.resume is False:
        return None
    snapshot = checkpoint_of(
        identity(),
        problem.resume,
        problem.checkpoint_folders,
        max_iter=problem.recipe.max_iter,
        free=set() if problem.recipe.per_step else {"max_iter"},
    )
    if snapshot is None:
        return None
    restored = restored_from(snapshot)
    problem.random_state.set_state(restored.generator)
    return restored


def _with_rate(problem, encoded, restored):
    """The problem with a number as its rate, the attribute that names a rate that was found, and warnings."""
    if problem.recipe.learning_rate_init != FIND:
        return problem, {}, []
    if restored is None:
        rows, _ = _split(problem._replace(random_state=copy_of(problem.random_state)), encoded)
        rate, warned = find_rate(problem, rows, train_stochastic)
    else:
        rate, warned = restored.learning_rate_init, []
    recipe = problem.recipe._replace(learning_rate_init=rate)
    return problem._replace(recipe=recipe), {"learning_rate_init_": rate}, warned


def _start(problem, validation, restored):
    recipe = problem.recipe
    optimizer = recipe.optimizer.structure()
    before = problem.before.get("_optimizer") if problem.incremental else None
    if before is None or before.optimizer != optimizer:
        initial = float(recipe.learning_rate_init)
        before = OptimizerState(optimizer, initial, initial, n_steps=0, n_epochs=0, wait=0, opt_state=None)
    monitored = _monitored(recipe, validation)
    history = curves_before(problem.before, recipe.early_stopping, monitored)
    # A schedule says the rate itself; else it goes on from where it was, as in scikit-learn.
    follows = "learning_rate" in recipe.per_step and recipe.schedule.rule.name == "constant"
    rate = recipe.learning_rate_init if follows else before.learning_rate
    state = initial_state(
        problem.weights,
        n_slots=optimizer.n_slots,
        learning_rate=rate if recipe.n_estimators == 1 else np.full(recipe.n_estimators, rate),
        keep_best=recipe.early_stopping,
        averaging=recipe.averaging is not None,
        opt_state=before.opt_state and tuple(as_dtype(slot, recipe.network.dtype) for slot in before.opt_state),
        n_steps=before.n_steps,
        rows_seen=history["t"],
        best=history["best"],
        n_no_improvement=history["n_no_improvement"],
        wait=before.wait,
    )
    if restored is not None:
        state, history = restored.state(state), history | restored.history
    return _Start(state, before, history, monitored, restored)


def _monitored(recipe, validation):
    _, score, _ = _monitor(recipe, validation)
    own = map_leaves(lambda leaf: np.asarray(leaf).tolist(), recipe.network_hyper)  # comparable
    of_output = own._replace(activations=(), normalization=(), auxiliary=())
    return Monitored((score, recipe.scoring) if recipe.early_stopping else None, recipe.network.output, of_output)


def _run(problem, engine: Engine, encoded, start, rows, validation):
    recipe = problem.recipe
    network: Network = recipe.network
    monitor, score, on_host = _monitor(recipe, validation)
    hyper = _hyper(problem, start)
    host_score = _host_score(problem, validation, hyper.seed) if on_host else None
    return Run(
        network=network,
        optimizer=recipe.optimizer.structure(),
        regularizers=tuple(each.structure() for each in recipe.regularizers),
        clipping=tuple(recipe.clipping),
        augmentations=tuple(each.structure() for each in recipe.augmentations),
        rule=recipe.schedule.rule.structure(),
        monitor=monitor,
        score=score,
        keep_best=recipe.early_stopping,
        hyper=hyper,
        X=problem.rows.X,
        y=encoded,
        sample_weight=problem.rows.sample_weight,
        held_out=None if validation is None else validation.held_out,
        batch_size=_batch_size(recipe, len(rows)),
        max_iter=max(0, _max_iter(problem) - start.history["n_done"]),
        device=engine.device,
        host_score=host_score,
        on_epochs=_progress(recipe, validation is not None, start) if recipe.verbose else None,
        n_epochs_before=start.optimizer.n_epochs + start.history["n_done"],
        per_step=recipe.per_step,
    )


def _hyper(problem, start):
    recipe, seed = problem.recipe, ()
    if recipe.network.noise or recipe.augmentations:  # drawn only there: other fits draw as scikit-learn
        n_models = None if recipe.n_estimators == 1 else recipe.n_estimators
        seed = (problem.random_state.randint(2**31, size=n_models),)
    return Hyper(
        network=recipe.network_hyper,
        optimizer=recipe.optimizer.hyper,
        regularizers=tuple(each.hyper for each in recipe.regularizers),
        clipping=tuple(recipe.clipping.values()),
        schedule=recipe.schedule.rule.hyper,
        noise=recipe.noise,
        augmentations=tuple(each.hyper for each in recipe.augmentations),
        learning_rate_init=start.optimizer.learning_rate_init,
        tol=recipe.tol,
        n_iter_no_change=recipe.n_iter_no_change,
        seed=seed,
        learning_rate_multipliers=recipe.learning_rate_multipliers,
    )


def _orders(problem, run, rows, restored):
    """The orders of the epochs, of each member."""
    recipe = problem.recipe
    one_batch = run.batch_size >= len(rows)
    shuffled = recipe.shuffle and (recipe.order_matters or not one_batch)
    generators = [problem.random_state]
    if recipe.n_estimators > 1:
        seeds = problem.random_state.randint(2**31, size=recipe.n_estimators)
        generators = [np.random.RandomState(seed) for seed in seeds]
    orders = [EpochOrders(rows, each, shuffled, one_batch) for each in generators]
    if restored is not None:
        for order, place in zip(orders, restored.places, strict=True):
            order.place = place
    return orders


def _results_of(fit, state, curves, reason):
    """What a run leaves as attributes: of a state, the curves so far and why it ended."""
    problem, engine, start, run = fit.problem, fit.engine, fit.start, fit.run
    recipe = problem.recipe
    # After a warm start without a better score the last weights stay, as in scikit-learn.
    is_best_kept = recipe.early_stopping and _has_improved(state, start)
    weights = state.best_weights if is_best_kept else state.inference_weights
    optimizer = None
    if recipe.n_estimators == 1:
        optimizer = start.optimizer._replace(
            learning_rate=float(state.learning_rate),
            n_steps=int(state.n_steps),
            n_epochs=run.n_epochs_before + len(curves.loss),
            wait=int(state.wait),
            opt_state=state.opt_state,
        )
    if recipe.n_estimators > 1:
        curves = mean_of_members(curves)
    recorded = start.history["recorded"] if problem.runner is None else problem.runner.context.recorded
    return {
        **weights_as_attributes(recipe.network, weights),
        **epoch_results(state, curves, start.history, recipe.early_stopping, run.held_out is not None),
        "_optimizer": optimizer,
        "_monitored": start.monitored,
        "_noise_seed": run.hyper.seed[0] if run.hyper.seed else None,
        "_recorded": recorded,
        "backend_": engine.name,
        "device_": engine.device.strip("/"),
        "stop_reason_": reason,
        **fit.found,
    }


def _observed(fit, *, generator, identity):
    """The run with its callbacks, which have been told of its beginning."""
    problem, start, run = fit.problem, fit.start, fit.run
    observer = FitObserver(
        problem.runner,
        run,
        fit.orders,
        start.history,
        lambda state, curves: problem.as_fitted(_results_of(fit, state, curves, None)),
        generator=generator,
        identity=identity,
        seconds=0.0 if start.restored is None else start.restored.seconds,
    )
    observer.begin(start.state)
    max_iter = run.max_iter if problem.runner.stopped_by is None else 0
    return run._replace(runner=observer.epoch_end, max_iter=max_iter)


def _has_improved(state, start):
    """Whether this fit, a part before a checkpoint included, has exceeded the best value of earlier fits."""
    return bool(np.any(state.best > start.history["best"]))


def _warnings_of(recipe, result, had_best):
    """Of a monitored quantity that was never finite, and of weights that were not after the best epoch.

    ``had_best`` says whether the part of the fit before a checkpoint had a best epoch.
    """
    name, values, texts = "training loss", -np.asarray(result.curves.loss), {}
    if recipe.early_stopping:
        name = f"validation score {recipe.scoring or recipe.default_score!r}"
        values = result.curves.validation_score
        if recipe.scoring not in (None, "loss"):
            texts["remedy"] = "The scorer gives no number for the validation rows; use another scoring or other rows."
    pending = [] if had_best else monitor_warnings(name, values, **texts)
    if recipe.early_stopping and not all(np.isfinite(array).all() for array in leaves(result.state.weights)):
        pending.append(UserWarning(f"{NON_FINITE} The weights are those of the best epoch before."))
    return pending


def _ending(problem, result, expects_max_iter):
    """Why the training ended, and what to warn of."""
    recipe, runner = problem.recipe, problem.runner
    if result.interrupted:
        return "Ctrl-C", [UserWarning("Training interrupted by user.")]
    if np.all(result.state.stopped):
        watched = "validation score" if recipe.early_stopping else "training loss"
        return f"the {watched} did not improve by tol={recipe.tol:g} for {recipe.n_iter_no_change} epochs", []
    if runner is not None and runner.stopped_by is not None:
        return runner.stopped_by, []
    reason = "partial_fit trains for one epoch" if problem.incremental else f"max_iter={recipe.max_iter} epochs reached"
    warning = ConvergenceWarning(
        f"Stochastic Optimizer: Maximum iterations ({recipe.max_iter}) reached and the optimization hasn't "
        "converged yet."
    )
    return reason, [] if expects_max_iter else [warning]


def _split(problem, encoded):
    """Numbers of the rows to train on, and the validation rows: the caller's or those set aside here, if any."""
    data, given = problem.rows, problem.validation
    n_rows = data.X.shape[0]
    if given is not None:
        y = problem.target.encode(given.y, problem.recipe.network.dtype)
        return np.arange(n_rows), _Validation(given, HeldOut(given.X, y, _weights_or_ones(given)))
    if not problem.recipe.early_stopping:
        return np.arange(n_rows), None
    strata = problem.target.strata(data.y) if hasattr(problem.target, "strata") else None
    rows, held = validation_split(n_rows, strata, problem.recipe.validation_fraction, problem.random_state)
    if data.sample_weight is not None:
        remedy = "use another random_state or validation_fraction, or pass X_val and y_val"
        check_weight_left(data.sample_weight[rows], " among those that early_stopping leaves to train on", remedy)
        check_weight_left(data.sample_weight[held], " among those that early_stopping sets aside", remedy)
    return rows, _Validation(data, HeldOut(data.X, encoded, _weights_or_ones(data), held))


def _weights_or_ones(data):
    return np.ones(data.X.shape[0]) if data.sample_weight is None else data.sample_weight


def _batch_size(recipe, n_rows):
    if recipe.batch_size == "auto":
        return min(200, n_rows)
    if recipe.batch_size > n_rows:
        warnings.warn(
            f"Got `batch_size` less than 1 or larger than sample size: batch_size={recipe.batch_size} for {n_rows} "
            "rows. It is going to be clipped",
            stacklevel=8,
        )
    return min(recipe.batch_size, n_rows)


def _monitor(recipe, validation):
    """What the stopping rule watches, the validation score in the program, and whether the host scores instead."""
    if validation is None:
        return "loss", None, False
    score = recipe.default_score if recipe.scoring is None else "loss"
    on_host = recipe.scoring not in (None, "loss")
    if not recipe.early_stopping:
        return "loss", score, on_host
    return ("host" if on_host else "validation"), score, on_host


def _host_score(problem, validation, seed):
    """A function of weights: the scorer on a copy of the estimator that has them."""
    recipe, network = problem.recipe, problem.recipe.network
    scorer = get_scorer(recipe.scoring)
    probe = problem.as_fitted({})
    probe.__dict__.pop("feature_names_in_", None)  # the validation rows are an array by now
    probe._scaling = None  # they are scaled already
    data, index = validation.data, validation.held_out.places()
    X, labels = data.X[index], problem.target.labels(data.y[index])
    weighted = {} if data.sample_weight is None else {"sample_weight": data.sample_weight[index]}
    (noise_seed,) = seed or (None,)

    def score(weights, seed=noise_seed):
        probe.__dict__.update(weights_as_attributes(network, weights), _noise_seed=seed)
        return score_of(scorer, probe, X, labels, **weighted)

    if recipe.n_estimators == 1:
        return score
    seeds = [None] * recipe.n_estimators if noise_seed is None else noise_seed

    def scores(weights):
        return np.array(list(map(score, unstacked(weights, recipe.n_estimators), seeds)))

    return scores


def _progress(recipe, has_validation, start):
    is_single, state = recipe.n_estimators == 1, start.state
    progress = Progress(
        has_validation=has_validation,
        early_stopping=recipe.early_stopping,
        adaptive=isinstance(recipe.schedule.rule, Adaptive),
        tol=recipe.tol,
        # the members of an ensemble stop one by one, of which the means say nothing
        n_iter_no_change=recipe.n_iter_no_change if is_single else np.inf,
        learning_rate=float(np.mean(state.learning_rate)),
        best=float(np.mean(state.best)),
        n_no_improvement=int(np.min(state.n_no_improvement)),
        n_epochs=start.history["n_done"],
    )
    return progress if is_single else lambda curves: progress(mean_of_members(curves))
