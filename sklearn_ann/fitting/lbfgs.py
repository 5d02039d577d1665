"""Training by L-BFGS over all rows: from an estimator's parameters to SciPy's minimization, and its results back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..engines.lbfgs import minimize
from .curves import curves_before, monitor_warnings
from .engine import engine_for
from .fit_observer import observe_iterations
from .settings import network_numbers

__all__ = ["train_lbfgs"]


def train_lbfgs(estimator, problem):
    """Train, and return what the fit leaves as attributes and the warnings to issue once it has them.

    Parameters
    ----------
    estimator : BaseMLP
        Its parameters have been checked.
    problem : Problem
    """
    network, target, runner = problem.network, problem.target, problem.runner
    engine = engine_for(estimator, replace(network, dtype="float64"), problem.rows.X, estimator.max_iter)
    numbers = network_numbers(estimator, network, target)
    n_rows_seen = curves_before(estimator, problem.fresh)["t"]

    def results_of(weights, n_iter, loss, reason):
        return {
            **estimator._shown(network, weights),
            "n_iter_": n_iter,
            "t_": n_rows_seen,
            "loss_": loss,
            "_optimizer": None,  # a memory from before would be about other weights
            "_noise_seed": None,
            "backend_": engine.name,
            "device_": engine.device.strip("/"),
            "stop_reason_": reason,
        }

    on_iteration = None
    if runner is not None:
        on_iteration = observe_iterations(
            runner,
            problem.weights,
            lambda *now: estimator._as_fitted(network, target, results_of(*now, reason=None)),
            network,
            numbers,
        )
    result = minimize(
        engine.sums_for,
        network,
        problem.weights,
        problem.rows.X,
        target.encode(problem.rows.y, np.float64),
        problem.rows.weights,
        numbers=numbers,
        alpha=estimator.alpha,
        tol=estimator.tol,
        max_iter=estimator.max_iter,
        max_fun=estimator.max_fun,
        verbose=bool(estimator.verbose),
        on_iteration=on_iteration,
    )
    reason = result.message
    pending = monitor_warnings("training loss", [-result.loss], kept="the last iteration")
    if runner is not None and runner.stopped_by is not None:
        reason = runner.stopped_by
    elif not result.converged:
        pending.append(
            ConvergenceWarning(
                f"lbfgs failed to converge after {result.n_iter} iteration(s): {result.message}. Increase max_iter "
                f"(={estimator.max_iter}) or max_fun (={estimator.max_fun}), or scale the data."
            )
        )
    return results_of(result.weights, result.n_iter, result.loss, reason), pending
