"""From a training run to its callbacks: the values of each epoch, and views of the run on demand.

Comes in: moments of a run. Goes out: quantities of each epoch, and functions that look into the run when asked.
"""

from __future__ import annotations

import numpy as np

from ..callbacks.fit_context import FitContext, LazyViews, ModelInfo
from ..data.rows import dense_rows
from ..engines.state import joined
from ..network.weights import unstacked
from ..runtime.tree import map_leaves
from .attributes import history_of, mean_of_members, named_curves, quantities_of
from .resuming import snapshot

__all__ = ["FitObserver", "observe_iterations", "read_only"]


def read_only(leaf):
    """An array or tensor as a NumPy array that callbacks cannot write to, since training continues with it."""
    array = np.asarray(leaf).view()
    array.setflags(write=False)
    return array


class FitObserver:
    """Reports a run to its callback runner, epoch by epoch.

    Parameters
    ----------
    runner : CallbackRunner
    run : Run
    orders : sequence of EpochOrders
    history : dict
        Curves and counters that the run continues from.
    as_fitted : callable
        ``as_fitted(state, curves) -> estimator``, for a state in NumPy and the curves of the run so far.
    generator : dict
        State of the random generator before the run's draws.
    identity : callable
        ``identity() -> dict``: identifies the fit; called on demand.
    seconds : float
        Training time before this run, if it continues from a checkpoint.
    """

    def __init__(self, runner, run, orders, history, as_fitted, *, generator, identity, seconds):
        self._runner, self._run, self._orders, self._history = runner, run, orders, history
        self._generator, self._identity, self._seconds = generator, identity, seconds
        self._as_fitted = as_fitted
        self._curves = []
        self._is_population = len(orders) > 1

    def begin(self, state):
        """Report the start, with a state in NumPy."""
        history = self._history
        curves = named_curves(
            history["loss_curve"],
            history["learning_rate_curve"],
            history["validation_loss_curve"] if self._has_validation else None,
            history["validation_scores"] if self._has_validation else None,
        )
        context = FitContext(
            self._runner.estimator,
            self._runner.given,
            max_epochs=history["n_done"] + self._run.max_iter,
            n_batches=-(-self._orders[0].n_rows // self._run.batch_size),
            columns=history_of(curves, {}),
            recorded=history["recorded"],
            epoch=history["n_done"],
            seconds=self._seconds,
            train_rows=None if self._orders[0].n_rows == self._run.X.shape[0] else self._train_rows,
        )
        self._runner.begin(context, self._views(state))

    def epoch_end(self, end):
        """Report an epoch; True if a callback stops the training."""
        self._curves.append(end.curves)
        curves = mean_of_members(end.curves) if self._is_population else end.curves
        return self._runner.epoch_end(quantities_of(curves, self._has_validation), self._views(end.state))

    @property
    def _has_validation(self):
        return self._run.held_out is not None

    @property
    def _train_rows(self):
        return np.sort(self._orders[0].place.order)

    def _views(self, state):
        places = [order.place for order in self._orders]  # not when asked for: a Ctrl-C leaves the orders further on
        return LazyViews(
            weights=lambda: map_leaves(read_only, state.inference_weights),
            model=lambda: self._as_fitted(map_leaves(read_only, state), joined(self._curves)),
            layer_diagnostics=lambda n_rows: self._layer_diagnostics(
                map_leaves(read_only, state.inference_weights), n_rows
            ),
            snapshot=lambda: self._snapshot(map_leaves(read_only, state), places),
            structure=ModelInfo(self._run.network, self._run.hyper.network, self._runner.estimator._scaling),
            latest_model=lambda: self._as_fitted(
                map_leaves(read_only, state._replace(best_weights=state.inference_weights)), joined(self._curves)
            ),
        )

    def _snapshot(self, state, places):
        curves = joined(self._curves)
        return snapshot(
            self._identity(),
            state=state,
            places=places,
            generator=self._generator,
            history=self._history,
            curves=mean_of_members(curves) if self._is_population else curves,
            recorded=self._runner.context.recorded,
            seconds=self._runner.context.seconds,
        )

    def _layer_diagnostics(self, weights, n_rows):
        from ..network.layer_diagnostics import look_inside

        run, rows = self._run, self._train_rows
        index = rows[np.linspace(0, len(rows) - 1, min(n_rows, len(rows))).astype(int)]
        if self._is_population:
            weights = unstacked(weights, len(self._orders))[0]
        sample_weight = np.ones(len(index)) if run.sample_weight is None else run.sample_weight[index]
        return look_inside(
            run.network,
            weights,
            dense_rows(run.X, index, run.network.dtype),
            run.y[index],
            sample_weight,
            run.hyper.network,
        )


def observe_iterations(runner, weights, as_fitted, network, hyper):
    """Begin the runner of an L-BFGS run, and return the function that tells it of every iteration.

    Parameters
    ----------
    runner : CallbackRunner
    weights : Weights
        To start from.
    as_fitted : callable
        ``as_fitted(weights, n_iter, loss) -> estimator``.
    network : Network
    hyper : NetworkHyper
    """
    structure = ModelInfo(network, hyper, runner.estimator._scaling)

    def views(weights, n_iter, loss):
        weights = map_leaves(read_only, weights)
        return LazyViews(lambda: weights, lambda: as_fitted(weights, n_iter, loss), structure=structure)

    context = FitContext(runner.estimator, runner.given, max_epochs=runner.max_epochs, columns={"loss": []})
    runner.begin(context, views(weights, 0, np.nan))

    def on_iteration(weights, loss):
        return runner.epoch_end({"loss": loss}, views(weights, context.epoch + 1, loss))

    return on_iteration
