"""Training by L-BFGS over all rows: from a recipe to SciPy's minimization, and its results back."""

from __future__ import annotations

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..engines.frozen import minimize_above_frozen
from .attributes import OF_EPOCHS, monitor_warnings, weights_as_attributes
from .engine import engine_for
from .fit_observer import observe_iterations

__all__ = ["train_lbfgs"]


def train_lbfgs(problem):
    """Train, and return the results as attributes, and warnings to issue once they are adopted.

    Parameters
    ----------
    problem : Problem
    """
    recipe, runner = problem.recipe, problem.runner
    network = recipe.network
    engine = engine_for(recipe, problem.rows.X, recipe.max_iter)
    n_rows_seen = problem.before.get("t_", 0)
    # A warm start by epochs after this one goes on with the curves and counters from before it, as in scikit-learn.
    of_epochs = {name: problem.before[name] for name in OF_EPOCHS if name in problem.before}

    def results_of(weights, n_iter, loss, reason):
        return {
            **of_epochs,
            **weights_as_attributes(network, weights),
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
            lambda *now: problem.as_fitted(results_of(*now, reason=None)),
            network,
            recipe.network_hyper,
        )
    result = minimize_above_frozen(
        engine.sums_for,
        network,
        problem.weights,
        problem.rows.X,
        problem.target.encode(problem.rows.y, np.float64),
        problem.rows.sample_weight,
        hyper=recipe.network_hyper,
        alpha=recipe.alpha,
        tol=recipe.tol,
        max_iter=recipe.max_iter,
        max_fun=recipe.max_fun,
        verbose=bool(recipe.verbose),
        on_iteration=on_iteration,
    )
    reason = result.message
    pending = monitor_warnings("training loss", [-result.loss])
    if runner is not None and runner.stopped_by is not None:
        reason = runner.stopped_by
    elif not result.converged:
        pending.append(
            ConvergenceWarning(
                f"lbfgs failed to converge after {result.n_iter} iteration(s): {result.message}. Increase max_iter "
                f"(={recipe.max_iter}) or max_fun (={recipe.max_fun}), or scale the data."
            )
        )
    return results_of(result.weights, result.n_iter, result.loss, reason), pending
