"""Fits of a search as populations: networks of one structure train together, and are scored as in scikit-learn.

Comes in: an estimator, data, and for each fit what scikit-learn's ``_fit_and_score`` takes. Goes out: what that would
have given for each. All but the training is left to ``_fit_and_score``, as are fits that cannot join a population.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import clone
from sklearn.model_selection._validation import _fit_and_score
from sklearn.pipeline import Pipeline
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _check_method_params

from ..data.orders import EpochOrders
from ..engines.run import Result, Run
from ..engines.state import State
from ..estimators.mlp import BaseMLP
from ..fitting.engine import Engine
from ..fitting.population import as_population, results_of_each, structure_of_fit, with_shared_arrays
from ..fitting.stochastic import PreparedFit
from .pipelines import last_step
from .workers import tasks_sharing

__all__ = ["fit_and_score_all"]

_NUMBERS = {"numpy": 250_000, "tensorflow": 50_000_000}
"""Numbers that a step of a population goes through at most, by engine. In NumPy, with more of them than a processor's
cache holds, they take longer than in one network after the other; in the TensorFlow engine they take 400 MB."""
_COMPILED_ON = ("GPU",)
"""Kinds of devices on which networks of the TensorFlow engine train together. On a CPU, where a compiled step makes no
calls that could be saved, populations took about as long as their networks one by one, and longer to compile."""
_PLACES = 10_000_000
"""Row numbers in the orders of an epoch of a population at most: 40 MB."""
_FEWEST = 4
"""Networks of a population at least: of three, the gain was within the scatter of the measurements."""
_SECONDS_PER_STEP, _SECONDS_PER_NUMBER = 1e-4, 4e-9
"""Time of a step of a population, measured for 4 to 120 networks of 10 to 100 units on one core."""
_WORTH_A_PROCESS = 2.0
"""Seconds of training, over all ``max_iter`` epochs, from which populations are spread over processes: new ones take a
second or two to begin."""


class _Trial(NamedTuple):
    """A model whose steps before the network are fitted, and whose network waits for its training."""

    model: Any
    network: BaseMLP
    fit: PreparedFit
    seconds: float


def fit_and_score_all(estimator, X, y, jobs, *, n_jobs, pre_dispatch, fit_params, **how):
    """Fit and score all.

    Parameters
    ----------
    estimator : estimator
        It is cloned.
    X, y : array-like
        All rows.
    jobs : list of dict
        Of each fit ``parameters``, ``train``, ``test`` and what else is its own.
    n_jobs, pre_dispatch
        As in scikit-learn's searches.
    fit_params : dict
        For ``fit``, not yet sliced.
    **how
        For ``_fit_and_score``, the same for all.

    Returns
    -------
    list of dict
        In the order of the jobs.
    """
    how["fit_params"] = fit_params
    trials = _prepared(estimator, X, y, jobs, fit_params)
    compiled = {job: trial for job, trial in trials.items() if trial.fit.engine.name == "tensorflow"}
    others = {job: trial for job, trial in trials.items() if job not in compiled}
    populations = _populations(others)
    alone = [job for job in range(len(jobs)) if job not in trials]
    if sum(_seconds([trials[job].fit for job in each]) for each in populations) >= _WORTH_A_PROCESS:
        populations = _populations(others, effective_n_jobs(n_jobs))
    elif not alone:
        n_jobs = 1
    make_task = tasks_sharing(X=X, y=y, **how) if alone else None  # Ray's store gets the rows only for these
    tasks = chain(
        (delayed(_trained)(*_arguments(trials, population)) for population in populations),
        (make_task(_fit_and_score_alone, clone(estimator), **jobs[job]) for job in alone),
    )
    done = Parallel(n_jobs=n_jobs, pre_dispatch=pre_dispatch)(tasks)

    out = dict(zip(alone, done[len(populations) :], strict=True))
    here = _populations(compiled)  # processes would each want the whole GPU
    done = done[: len(populations)] + [_trained(*_arguments(trials, population)) for population in here]
    trained = {}
    for population, (result, seconds) in zip(populations + here, done, strict=True):
        if result is None:  # an error of one of them: let it be that of its own fit
            continue
        if result.interrupted:  # the engine has caught the Ctrl-C, to hand over what there is
            raise KeyboardInterrupt
        for job, own in zip(population, results_of_each(result, len(population)), strict=True):
            trained[job] = own, seconds / len(population)
    for job in sorted(trials):
        model, seconds = clone(estimator), 0.0
        if job in trained:
            result, seconds = trained.pop(job)
            trial = trials.pop(job)
            model, seconds = _as_if_fitted(trial, result), seconds + trial.seconds
        out[job] = _fit_and_score(model, X, y, **jobs[job], **how)
        out[job]["fit_time"] += seconds
    return [out[job] for job in range(len(jobs))]


# ---------------------------------------------------------------- before the training


def _prepared(estimator, X, y, jobs, fit_params):
    """Trials of the jobs that may join a population, by their numbers; they share equal arrays."""
    trials: dict[int, _Trial] = {}
    pool: dict[str, np.ndarray] = {}
    rows_of_split: dict[int, Any] = {}
    for number, job in enumerate(jobs):
        model = clone(estimator).set_params(**clone(job["parameters"], safe=False))
        network, _ = last_step(model)
        if not _may_join(model, network, len(job["train"])):
            continue
        if id(job["train"]) not in rows_of_split:
            params = _check_method_params(X, params=fit_params, indices=job["train"])
            rows_of_split[id(job["train"])] = (*_safe_split(model, X, y, job["train"]), params)
        start = time.time()
        fit = _prepared_fit(model, network, *rows_of_split[id(job["train"])])
        if fit is not None and _train_together(fit.engine.name, fit.engine.device):
            fit = with_shared_arrays(fit, pool)
            trials[number] = _Trial(model, network, fit, time.time() - start)
    return trials


def _may_join(model, network, n_rows):
    """Whether it is worth a try: what a fit finds out about its data is left to :func:`structure_of_fit`."""
    steps = [model]
    while isinstance(steps[-1], Pipeline):
        steps += [step for _, step in steps[-1].steps]
    if not isinstance(network, BaseMLP) or any(getattr(step, "_skl_callbacks", None) for step in steps):
        return False
    try:
        if network.solver == "lbfgs" or network.scoring not in (None, "loss"):
            return False
        if network.verbose or network.n_estimators != 1:
            return False
        engine = "tensorflow" if network.backend == "tensorflow" else "numpy"
        if engine == "tensorflow" and not _train_together(engine, _device_of(network)):
            return False
        hidden = [int(size) for size in np.atleast_1d(np.asarray(network.hidden_layer_sizes))]
        batch_size = min(200 if network.batch_size == "auto" else int(network.batch_size), n_rows)
    except (TypeError, ValueError, OverflowError, RuntimeError):  # of a setting that a fit refuses
        return False
    return _NUMBERS[engine] // _n_numbers(batch_size, hidden) >= _FEWEST


def _device_of(network):
    from ..runtime.devices import resolve_device

    return resolve_device(network.device)


def _train_together(engine, device):
    """Whether networks of an engine train together on a device."""
    return engine == "numpy" or device.strip("/").partition(":")[0] in _COMPILED_ON


def _n_numbers(batch_size, sizes):
    """Numbers that a step of one network goes through: values of its layers, weights, gradient, optimizer state."""
    return max(1, batch_size * sum(sizes) + 5 * int(np.dot(sizes[1:], sizes[:-1])))


def _prepared_fit(model, network, X, y, params):
    """All of ``fit`` but the training of the network; None if it fails, or trains in some other way."""
    network._waiting_fits = []
    try:
        model.fit(X, y, **params)
    except Exception:  # it is raised once more, where scikit-learn sees to it
        return None
    finally:
        waiting = vars(network).pop("_waiting_fits")
    return waiting[0] if waiting else None


def _populations(trials, n_workers=1):
    """Numbers of the trials that train together, in as many populations as there are workers, or more."""
    groups = defaultdict(list)
    for number, trial in trials.items():
        structure = structure_of_fit(trial.fit)
        groups[number if structure is None else structure].append(number)
    populations = []
    for group in groups.values():
        fit = trials[group[0]].fit
        size = min(_NUMBERS[fit.engine.name] // _n_numbers_of(fit), _PLACES // fit.orders[0].n_rows)
        n_parts = len(group) if size < _FEWEST else -(-len(group) // size)
        n_parts = max(n_parts, min(n_workers, len(group) // _FEWEST))
        ranks: dict[int, int] = {}
        by_data = sorted(group, key=lambda number: ranks.setdefault(id(trials[number].fit.run.X), len(ranks)))
        populations += [part.tolist() for part in np.array_split(by_data, n_parts)]
    return populations


def _n_numbers_of(fit):
    network = fit.run.network
    return _n_numbers(fit.run.batch_size, network.units)


def _seconds(fits: Sequence[PreparedFit]) -> float:
    """How long they train at most."""
    run = fits[0].run
    n_steps = run.max_iter * -(-fits[0].orders[0].n_rows // run.batch_size)
    return n_steps * (_SECONDS_PER_STEP + _SECONDS_PER_NUMBER * len(fits) * _n_numbers_of(fits[0]))


# ---------------------------------------------------------------- the training, and after it


def _arguments(trials, population):
    """Those of :func:`_trained` for some trials."""
    fits = [trials[job].fit for job in population]
    return fits[0].engine, *as_population(fits)


def _trained(engine: Engine, run: Run, state: State, orders: list[EpochOrders]) -> tuple[Result | None, float]:
    """The result, and the seconds that it took; None if they cannot be trained."""
    start = time.time()
    try:
        result = engine.train(run, state, orders)
    except Exception:  # each fit is then trained by itself, so that the one to blame raises it again
        return None, 0.0
    return result, time.time() - start


def _fit_and_score_alone(estimator, X, y, **how):
    """As scikit-learn's ``_fit_and_score``; a Ctrl-C that ends the fit of a network ends the search too."""
    out = _fit_and_score(estimator, X, y, return_estimator=True, **how)
    network, _ = last_step(out.pop("estimator"))
    if getattr(network, "stop_reason_", None) == "Ctrl-C":
        raise KeyboardInterrupt
    return out


def _as_if_fitted(trial, result):
    """The model, whose next ``fit`` hands over what was trained already: scikit-learn does all that surrounds a fit."""
    model = trial.model

    def fit(X, y=None, **params):
        del model.fit, model.set_params
        trial.network._finish_fit(trial.fit, result)
        return model

    model.fit = fit
    model.set_params = lambda **parameters: model  # it has them
    return model
