"""Training above frozen layers: what these give for each row is computed once, and the layers above train on it.

Comes in: a way to train, and what it asks for. Goes out: what it gives, with the frozen layers in their place again.
The way of training does not know of it, nor do callbacks and scorers, which see whole networks. Where a layer gives
something else in every epoch (dropout, augmented rows), training goes its usual way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse

from ..data.orders import EpochOrders
from ..network.forward_numpy import outputs_below
from ..network.hyper import NetworkHyper
from ..network.spec import Network
from ..network.weights import Weights, array_layers, as_dtype
from .lbfgs import Minimum, minimize
from .run import Result, Run
from .state import State

__all__ = ["LayersAbove", "layers_above", "minimize_above_frozen", "n_constant_layers", "train_above_frozen"]

_CACHE_BYTES = 1 << 28  # that the outputs may take where X takes less


def n_constant_layers(network: Network) -> int:
    """How many of the lowest layers give the same for a row in every epoch, and are all that sees the row."""
    if network.wide:
        return 0
    n_layers = min(network.lowest_trained - 1, len(network.hidden))
    if network.auxiliary:
        n_layers = min(n_layers, network.auxiliary - 1)
    # Noise behind a layer is noise of the inputs of the next, unless the inputs of that layer are added behind it.
    places = {place for place, _ in network.noise}
    n_layers = min(n_layers, *places) if places else n_layers
    return n_layers - 1 if n_layers in places and n_layers and network.is_skipped(n_layers) else n_layers


class LayersAbove:
    """The layers above the lowest ones of a network, as a network of their own."""

    def __init__(self, network: Network, hyper: NetworkHyper, n_layers: int) -> None:
        self._whole, self._whole_hyper, self.n_layers = network, hyper, n_layers
        self._layers = array_layers(network)
        self.network = replace(
            network,
            n_features=network.hidden[n_layers - 1],
            hidden=network.hidden[n_layers:],
            activations=network.activations[n_layers:] or network.activations[-1:],
            noise=tuple((place - n_layers, kind) for place, kind in network.noise),
            deep=(),
            auxiliary=max(0, network.auxiliary - n_layers),
            frozen=tuple(layer - n_layers for layer in network.frozen if layer > n_layers),
        )
        self.hyper = hyper._replace(activations=hyper.activations[n_layers:] or hyper.activations[-1:])

    def inputs(self, X: Any, weights: Weights) -> np.ndarray:
        """What the lower layers give for the rows of X, in the dtype of the weights."""
        return outputs_below(X, self._whole, weights, self._whole_hyper, self.n_layers)

    def weights(self, whole: Weights) -> Weights:
        """The weights of the layers above, of those of all layers; ``moving`` may be left out."""
        groups = zip(self._layers, whole, strict=True)
        return Weights(
            *(
                tuple(array for layer, array in zip(layers, group, strict=False) if layer > self.n_layers)
                for layers, group in groups
            )
        )

    def joined(self, whole: Weights, above: Weights) -> Weights:
        """The weights of all layers with others in the layers above."""
        groups = []
        for layers, group, new in zip(self._layers, whole, above, strict=True):
            rest = iter(new)
            pairs = zip(layers, group, strict=False)
            groups.append(tuple(next(rest) if layer > self.n_layers else array for layer, array in pairs))
        return Weights(*groups)

    def state(self, whole: State) -> State:
        """The state of the layers above."""
        return _replaced(whole, self.weights)

    def joined_state(self, whole: State, above: State) -> State:
        """The state of all layers, counters and all, with ``above`` for the layers above."""
        joined = _replaced(whole, self.joined, above)
        kept = {name: getattr(joined, name) for name in _OF_WEIGHTS}
        return above._replace(**kept)


_OF_WEIGHTS = ("weights", "average", "opt_state", "best_weights")


def _replaced(state: State, function: Callable[..., Weights], *others: State) -> State:
    """The state with a function of its weights, of those in the other states beside them, in their place."""

    def of(value: Any, *more: Any) -> Any:
        if isinstance(value, Weights):
            return function(value, *more)
        return tuple(map(of, value, *more))  # slots, or nothing

    return state._replace(
        **{name: of(getattr(state, name), *(getattr(other, name) for other in others)) for name in _OF_WEIGHTS}
    )


def layers_above(network: Network, hyper: NetworkHyper, X: Sequence[Any], dtype: Any) -> LayersAbove | None:
    """The layers above those that are worth it; None where there are none, or no room for what they give."""
    n_layers = n_constant_layers(network)
    if not n_layers:
        return None
    n_bytes = sum(rows.shape[0] for rows in X) * network.hidden[n_layers - 1] * np.dtype(dtype).itemsize
    n_known = sum((rows.data if sparse.issparse(rows) else rows).nbytes for rows in X)
    return LayersAbove(network, hyper, n_layers) if n_bytes <= max(n_known, _CACHE_BYTES) else None


def train_above_frozen(
    train: Callable[[Run, State, Sequence[EpochOrders]], Result],
    run: Run,
    state: State,
    orders: Sequence[EpochOrders],
) -> Result:
    """As ``train(run, state, orders)``, with the lowest frozen layers gone through once."""
    held_out = run.held_out
    rows = [run.X] if held_out is None or held_out.X is run.X else [run.X, held_out.X]
    above = None
    if not run.augmentations and not np.shape(state.learning_rate):  # models of an ensemble share one X
        above = layers_above(run.network, run.hyper.network, rows, run.network.dtype)
    if above is None:
        return train(run, state, orders)
    inputs = [above.inputs(each, state.weights) for each in rows]
    host_score, runner = run.host_score, run.runner
    upper = run._replace(
        network=above.network,
        hyper=run.hyper._replace(
            network=above.hyper, learning_rate_multipliers=run.hyper.learning_rate_multipliers[above.n_layers :]
        ),
        X=inputs[0],
        held_out=None if held_out is None else held_out._replace(X=inputs[-1]),
        host_score=host_score and (lambda weights: host_score(above.joined(state.weights, weights))),
        runner=runner and (lambda end: runner(end._replace(state=above.joined_state(state, end.state)))),
    )
    result = train(upper, above.state(state), orders)
    return result._replace(state=above.joined_state(state, result.state))


def minimize_above_frozen(
    sums_for: Callable[..., Any],
    network: Network,
    weights: Weights,
    X: Any,
    *targets: Any,
    hyper: NetworkHyper,
    **rest: Any,
) -> Minimum:
    """As :func:`sklearn_ann.engines.lbfgs.minimize`, with the lowest frozen layers gone through once, in float64."""
    above = layers_above(network, hyper, [X], np.float64)
    if above is None:
        return minimize(sums_for, network, weights, X, *targets, hyper=hyper, **rest)
    inputs = above.inputs(X.astype(np.float64, copy=False), as_dtype(weights, np.float64))
    on_iteration = rest.pop("on_iteration", None)
    found = minimize(
        sums_for,
        above.network,
        above.weights(weights),
        inputs,
        *targets,
        hyper=above.hyper,
        on_iteration=on_iteration and (lambda upper, loss: on_iteration(above.joined(weights, upper), loss)),
        **rest,
    )
    return found._replace(weights=above.joined(weights, found.weights))
