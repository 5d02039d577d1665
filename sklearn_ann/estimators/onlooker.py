"""Between a training run and its watch: what the run gives, in the words of a report.

Comes in: moments of a run. Goes out: quantities of each epoch, and functions that look into the run when asked.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from ..callbacks.report import Report, Sight, Structure
from ..data.rows import dense_rows
from ..engines.state import joined
from ..network.weights import unstacked
from ..runtime.tree import map_leaves
from .curves import history_of, mean_of_members, named_curves, quantities_of
from .resuming import snapshot

__all__ = ["Onlooker", "read_only", "watch_iterations"]


def read_only(leaf):
    """An array or tensor as a NumPy array that callbacks cannot write to: what they see is what trains on."""
    array = np.asarray(leaf).view()
    array.setflags(write=False)
    return array


class Onlooker:
    """Tells a watch of a run by epochs.

    Parameters
    ----------
    watch : Watch
    run : Run
    orders : sequence of EpochOrders
    past : dict
        Curves and counters that the run goes on from.
    as_fitted : callable
        ``as_fitted(state, curves) -> estimator``, for a state in NumPy and the curves of the run so far.
    generator : dict
        State of the random generator before the run's draws.
    digest : callable
        ``digest() -> str``, of the data; called when somebody needs it.
    seconds : float
        Of training before this run, which goes on from a checkpoint.
    """

    def __init__(self, watch, run, orders, past, as_fitted, *, generator, digest, seconds):
        self._watch, self._run, self._orders, self._past = watch, run, orders, past
        self._generator, self._digest, self._seconds = generator, digest, seconds
        self._as_fitted = as_fitted
        self._curves = []
        self._is_population = len(orders) > 1

    def begin(self, state):
        """Before the first epoch, with a state in NumPy."""
        past = self._past
        curves = named_curves(
            past["loss_curve"],
            past["learning_rate_curve"],
            past["validation_loss_curve"] if self._has_validation else None,
            past["validation_scores"] if self._has_validation else None,
        )
        report = Report(
            self._watch.estimator,
            self._watch.given,
            max_epochs=past["n_done"] + self._run.max_iter,
            n_batches=-(-self._orders[0].n_rows // self._run.batch_size),
            columns=history_of(curves, {}),
            recorded=past["recorded"],
            epoch=past["n_done"],
            seconds=self._seconds,
            train_rows=None if self._orders[0].n_rows == self._run.X.shape[0] else self._train_rows,
        )
        self._watch.begin(report, self._sight(state))

    def epoch_end(self, moment):
        """After an epoch; whether the watch wants no more of them."""
        self._curves.append(moment.curves)
        curves = mean_of_members(moment.curves) if self._is_population else moment.curves
        return self._watch.epoch_end(quantities_of(curves, self._has_validation), self._sight(moment.state))

    @property
    def _has_validation(self):
        return self._run.held_out is not None

    @property
    def _train_rows(self):
        return np.sort(self._orders[0].place.order)

    def _sight(self, state):
        places = [order.place for order in self._orders]  # not when asked for: a Ctrl-C leaves the orders further on
        return Sight(
            weights=lambda: map_leaves(read_only, state.served),
            model=lambda: self._as_fitted(map_leaves(read_only, state), joined(self._curves)),
            inside=lambda n_rows: self._inside(map_leaves(read_only, state.served), n_rows),
            snapshot=lambda: self._snapshot(map_leaves(read_only, state), places),
            structure=Structure(self._run.network, MappingProxyType(self._run.numbers), self._watch.estimator._scaling),
            latest_model=lambda: self._as_fitted(
                map_leaves(read_only, state._replace(best_weights=state.served)), joined(self._curves)
            ),
        )

    def _snapshot(self, state, places):
        curves = joined(self._curves)
        return snapshot(
            self._watch.estimator,
            state=state,
            places=places,
            generator=self._generator,
            past=self._past,
            curves=mean_of_members(curves) if self._is_population else curves,
            recorded=self._watch.report.recorded,
            digest=self._digest(),
            seconds=self._watch.report.seconds,
        )

    def _inside(self, weights, n_rows):
        from ..network.inside import look_inside

        run, rows = self._run, self._train_rows
        index = rows[np.linspace(0, len(rows) - 1, min(n_rows, len(rows))).astype(int)]
        if self._is_population:
            weights = unstacked(weights, len(self._orders))[0]
        row_weights = np.ones(len(index)) if run.weights is None else run.weights[index]
        return look_inside(
            run.network,
            weights,
            dense_rows(run.X, index, run.network.dtype),
            run.y[index],
            row_weights,
            run.numbers,
        )


def watch_iterations(watch, weights, as_fitted, network, numbers):
    """Begin the watch of an L-BFGS run, and return the function that tells it of every iteration.

    Parameters
    ----------
    watch : Watch
    weights : Weights
        To start from.
    as_fitted : callable
        ``as_fitted(weights, n_iter, loss) -> estimator``.
    network : Network
    numbers : dict of str to float
        Of the network.
    """
    structure = Structure(network, MappingProxyType(numbers), watch.estimator._scaling)

    def sight(weights, n_iter, loss):
        weights = map_leaves(read_only, weights)
        return Sight(lambda: weights, lambda: as_fitted(weights, n_iter, loss), structure=structure)

    report = Report(watch.estimator, watch.given, max_epochs=watch.max_epochs, columns={"loss": []})
    watch.begin(report, sight(weights, 0, np.nan))

    def on_iteration(weights, loss):
        return watch.epoch_end({"loss": loss}, sight(weights, report.epoch + 1, loss))

    return on_iteration
