"""Several prepared fits as one run of k models on the engine's leading axis, and its result as one for each fit.

Comes in: fits that are ready to train. Goes out: a run, a state and orders for an engine; from its result one for each
fit, as if that had trained by itself. Fits train together if they have one structure; their numbers may differ.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from ..data.orders import EpochOrders
from ..engines.run import HeldOut, Hyper, Result, Run
from ..engines.state import Curves, State
from ..runtime.tree import leaves, map_leaves
from .resuming import digest_of
from .stochastic import PreparedFit

__all__ = ["as_population", "results_of_each", "structure_of_fit", "with_shared_arrays"]


def structure_of_fit(fit: PreparedFit) -> Hashable | None:
    """What fits that train together have in common; None for a fit that trains by itself.

    These are fits of a sparse X, of ensembles, with frozen layers or with a user's function of tensors, and those that
    the host watches or scores: callbacks, ``verbose``, a ``scoring`` of scikit-learn's.
    """
    run, recipe = fit.run, fit.problem.recipe
    on_host = run.host_score is not None or run.on_epochs is not None or run.runner is not None
    if on_host or recipe.n_estimators > 1 or not isinstance(run.X, np.ndarray):
        return None
    if run.network.frozen:  # what these layers give is computed once, for each fit by itself
        return None
    members = (*run.network.activations, run.network.output.loss, *run.augmentations)
    if any(each.needs_tensorflow for each in members):  # on another axis it may be another function
        return None
    schedule = ()
    if run.per_step:  # functions of time, the same for all
        schedule = (recipe.schedule, recipe.learning_rate_init, recipe.averaging)
    return (
        (fit.engine.name, fit.engine.device),
        (run.network, run.optimizer, run.regularizers, run.clipping, run.augmentations, run.rule),
        (run.monitor, run.score, run.keep_best, run.batch_size, run.max_iter, run.n_epochs_before, schedule),
        len(run.hyper.learning_rate_multipliers),
        (fit.orders[0].n_rows, run.y.dtype.str, run.y.shape[1:], run.sample_weight is None),
        None if run.held_out is None else run.held_out.n_rows,
    )


def with_shared_arrays(fit: PreparedFit, pool: dict[str, np.ndarray]) -> PreparedFit:
    """The fit with equal arrays of the pool in place of its own data, which join the pool where there are none."""

    def shared(array: Any) -> Any:
        return None if array is None else pool.setdefault(digest_of(array), array)

    run, rows = fit.run, fit.problem.rows
    held_out = run.held_out
    if held_out is not None:
        held_out = HeldOut(*map(shared, held_out[:3]), held_out.rows)
    run = run._replace(X=shared(run.X), y=shared(run.y), sample_weight=shared(run.sample_weight), held_out=held_out)
    rows = rows._replace(X=run.X, sample_weight=run.sample_weight)
    return fit._replace(run=run, problem=fit.problem._replace(rows=rows, validation=None))


def as_population(fits: Sequence[PreparedFit]) -> tuple[Run, State, list[EpochOrders]]:
    """Fits of one structure as a run of k models, its state and the orders of its epochs.

    Their rows lie below each other, each array that several fits share once; orders and validation rows are numbers of
    rows in there. A single fit stays as it is, without that axis.
    """
    if len(fits) == 1:
        return fits[0].run, fits[0].start.state, fits[0].orders
    blocks = _Blocks()
    orders, held_out_rows = [], []
    for fit in fits:
        run, held_out = fit.run, fit.run.held_out
        start = blocks.add(run.X, run.y, run.sample_weight)
        orders.append(fit.orders[0].shifted(start))
        if held_out is not None:
            is_given = held_out.rows is None
            first = blocks.add(held_out.X, held_out.y, held_out.sample_weight) if is_given else start
            held_out_rows.append(first + np.arange(held_out.X.shape[0])[held_out.places()])
    X, y, sample_weight = blocks.stacked()
    run = fits[0].run
    if run.held_out is not None:
        run = run._replace(held_out=HeldOut(X, y, sample_weight, np.stack(held_out_rows)))
    if run.sample_weight is not None:
        run = run._replace(sample_weight=sample_weight)
    run = run._replace(hyper=_hyper_of_all([fit.run.hyper for fit in fits]), X=X, y=y)
    return run, _merged(np.stack, [fit.start.state for fit in fits]), orders


def results_of_each(result: Result, n_models: int) -> list[Result]:
    """What each model's fit would have given by itself."""
    if n_models == 1:
        return [result]
    each = []
    for model in range(n_models):
        # the rate is NaN in the epochs after the model had stopped, and in no other
        n_epochs = int(np.sum(~np.isnan(np.asarray(result.curves.learning_rate)[..., model])))
        curves = Curves(*(np.asarray(curve)[:n_epochs, model] for curve in result.curves))
        state = map_leaves(lambda leaf, model=model: np.array(leaf[model]), result.state)
        each.append(Result(state, curves, result.interrupted))
    return each


class _Blocks:
    """Rows of X, y and their weights below each other; the same arrays are there once."""

    def __init__(self) -> None:
        self._starts: dict[tuple[int, ...], int] = {}
        self._blocks: list[tuple[Any, Any, Any]] = []
        self._n_rows = 0

    def add(self, X: Any, y: Any, sample_weight: Any) -> int:
        """The number of the first row of these."""
        key = (id(X), id(y), id(sample_weight))
        if key not in self._starts:
            weights = np.ones(len(X)) if sample_weight is None else sample_weight
            self._starts[key] = self._n_rows
            self._blocks.append((X, y, weights))
            self._n_rows += len(X)
        return self._starts[key]

    def stacked(self) -> tuple[np.ndarray, ...]:
        """All rows."""
        return tuple(
            parts[0] if len(parts) == 1 else np.concatenate(parts) for parts in zip(*self._blocks, strict=True)
        )


def _merged(merge: Callable[[list[Any]], Any], values: Sequence[Any]) -> Any:
    """Nests of one shape as one nest, by a function of the leaves at each place."""
    columns = zip(*map(leaves, values), strict=True)
    return map_leaves(lambda _: merge(list(next(columns))), values[0])


def _hyper_of_all(hypers: Sequence[Hyper]) -> Hyper:
    """Hyperparameters with the axis of models where they differ: ``(k,)``, of the network ``(k, 1, n)``."""
    network = _merged(lambda numbers: _of_all(numbers, _by_columns), [hyper.network for hyper in hypers])
    return Hyper(network, *_merged(lambda numbers: _of_all(numbers, np.array), [hyper[1:] for hyper in hypers]))


def _of_all(numbers: list[Any], merge: Callable[[list[Any]], np.ndarray]) -> Any:
    is_same = all(np.array_equal(numbers[0], each) for each in numbers[1:])
    return numbers[0] if is_same else merge(numbers)


def _by_columns(numbers: list[Any]) -> np.ndarray:
    return np.array([np.reshape(each, (1, -1)) for each in numbers], dtype=np.float64)
