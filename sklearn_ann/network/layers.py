"""The layers of a network: forward pass, and the backward pass that goes with it, once for every array namespace.

Comes in: an array namespace, the static facts of a network, its weights and rows. Goes out: raw values and a pullback,
the function that turns derivatives by raw values into the gradient. No tape: every layer states its own derivative.

All arithmetic is on the last two axes (rows, columns), so that weights may carry a leading axis of k models; the rows
may carry it too or be shared. Nothing here knows of epochs, optimizers or estimators.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..activations import ActivationFunction
from .hyper import NetworkHyper
from .noise import Noise, with_noise
from .output import OutputLayer
from .spec import Network
from .weights import Weights, array_layers, learned_names, moving_names

__all__ = ["Layers", "Passed", "loss_and_gradient"]

Pullback = Callable[[Any], tuple[Any, Sequence[tuple[int, Any]]]]


class _Hidden(NamedTuple):
    """Static facts of a hidden layer; ``learned`` and the normalization's arrays by their places in the weights."""

    place: int  # from 1
    activation: Any
    learned: tuple[int, ...]
    scales: dict[str, int]
    means: dict[str, int]
    is_skipped: bool
    is_frozen: bool


class Passed(NamedTuple):
    """What a forward pass gives.

    Attributes
    ----------
    raw : array of shape (..., rows, width)
        Raw values of the output.
    auxiliary : array of that shape or None
        Raw values of the auxiliary output, where there is one.
    moments : tuple of arrays of shape (..., units)
        In training, the batch moments that update ``Weights.moving``.
    values : list of arrays of shape (..., rows, units)
        Inputs of each layer, including the output layer.
    pullback : callable
        ``pullback(delta, auxiliary_delta, into) -> Weights``: the gradient for derivatives by the raw values; ``into``
        may be arrays for NumPy to write it to. That of frozen layers is zero, or what ``into`` has there.
    """

    raw: Any
    auxiliary: Any
    moments: tuple[Any, ...]
    values: list[Any]
    pullback: Callable[..., Weights]


class Layers:
    """The layers of a network in one array namespace."""

    def __init__(self, xp: Any, network: Network) -> None:
        self.xp, self.network = xp, network
        self.output = OutputLayer(xp, network.output)
        learned = {name: i for i, name in enumerate(learned_names(network))}
        moving = {name: i for i, name in enumerate(moving_names(network))}
        normalization = network.normalization
        self._hidden = []
        for place, activation in enumerate(network.activations[: len(network.hidden)], start=1):
            self._hidden.append(
                _Hidden(
                    place,
                    activation,
                    tuple(learned[f"{name}_{place}"] for name, _ in activation.learned),
                    {} if normalization is None else {n: learned[f"{n}_{place}"] for n, _ in normalization.learned},
                    {} if normalization is None else {n: moving[f"{n}_{place}"] for n, _ in normalization.moving},
                    network.is_skipped(place),
                    place in network.frozen,
                )
            )
        self._lowest = network.lowest_trained
        self._layers_of = array_layers(network)
        self.uses_batch_moments = normalization is not None and bool(normalization.moving)

    def forward(
        self,
        weights: Weights,
        x: Any,
        hyper: NetworkHyper,
        shares: Any = None,
        noise: Noise | None = None,
        dropout_masks: Mapping[int, Any] | None = None,
    ) -> Passed:
        """Rows ``(..., rows, n_features)`` through the network.

        Parameters
        ----------
        weights : Weights
        x : array or, in NumPy, CSR matrix
        hyper : NetworkHyper
            Floats, or arrays in the dtype of the weights.
        shares : array of shape (..., rows) or None
            In training, the share of each row in means over the batch; shares sum to one. None to predict.
        noise : Noise or None
            In training, of this step, where the network has noise.
        dropout_masks : dict of int to DropoutMask or None
            Masks for the values of hidden layers (from 1), for one Monte Carlo draw.
        """
        xp, network = self.xp, self.network
        position = None if network.normalization is None else network.normalization.position
        inputs = x if noise is None else with_noise(xp, network, 0, x, noise)[0]
        values, auxiliary = xp.columns(inputs, network.deep) if network.deep else inputs, None
        entering: list[Any] = []
        tape: list[list[Pullback]] = []
        moments: list[Any] = []
        for layer in self._hidden:
            entering.append(values)
            steps: list[Pullback] = []
            index = layer.place - 1
            values = _dense(xp, values, weights.coefs[index], weights.intercepts[index])
            if position == "before":
                values = self._normalized(layer, values, weights, hyper, shares, moments, steps)
            values = self._activated(layer, values, weights, hyper.activations[index], steps)
            if position == "after":
                values = self._normalized(layer, values, weights, hyper, shares, moments, steps)
            if noise is not None:
                values, factor = with_noise(xp, network, layer.place, values, noise)
                if factor is not None:
                    steps.append(_times(factor))
            if dropout_masks and layer.place in dropout_masks:
                values = values * dropout_masks[layer.place].scale + dropout_masks[layer.place].shift
            if layer.is_skipped:
                values = values + xp.dense(entering[-1])
            tape.append(steps)
            if layer.place == network.auxiliary:
                auxiliary = _dense(xp, values, weights.coefs[-1], weights.intercepts[-1])
        entering.append(values)
        last = network.n_layers - 1
        raw = _dense(xp, values, weights.coefs[last], weights.intercepts[last])
        if network.wide:
            raw = raw + xp.dot(self._columns(inputs), weights.coefs[network.n_layers])

        def pullback(delta: Any, auxiliary_delta: Any = None, into: Weights | None = None) -> Weights:
            return self._backward(weights, entering, tape, inputs, delta, auxiliary_delta, into)

        return Passed(raw, auxiliary, tuple(moments), entering, pullback)

    def _backward(
        self,
        weights: Weights,
        entering: list[Any],
        tape: list[list[Pullback]],
        inputs: Any,
        delta: Any,
        auxiliary_delta: Any,
        into: Weights | None,
    ) -> Weights:
        xp, network = self.xp, self.network
        coefs: list[Any] = [None] * len(weights.coefs) if into is None else list(into.coefs)
        intercepts: list[Any] = [None] * len(weights.intercepts) if into is None else list(into.intercepts)
        learned: list[Any] = [None] * len(weights.learned) if into is None else list(into.learned)

        def of_dense(place: int, values: Any, upstream: Any, intercept: bool = True) -> None:
            if self._layers_of.coefs[place] in network.frozen:
                return
            coefs[place] = xp.dot_rows(values, upstream, out=coefs[place])
            if intercept:
                at = place if place < network.n_layers else -1
                intercepts[at] = xp.sum_rows(upstream, out=intercepts[at])

        last = network.n_layers - 1
        of_dense(last, entering[last], delta)
        if network.wide:
            of_dense(network.n_layers, self._columns(inputs), delta, intercept=False)
        if network.auxiliary:
            of_dense(len(coefs) - 1, entering[network.auxiliary], auxiliary_delta)
        upstream = xp.dot_back(delta, weights.coefs[last]) if last >= self._lowest else None
        for layer in reversed(self._hidden):
            if layer.place < self._lowest:
                break
            index = layer.place - 1
            if layer.place == network.auxiliary:
                upstream = upstream + xp.dot_back(auxiliary_delta, weights.coefs[-1])
            passed = upstream
            for step in reversed(tape[index]):
                passed, gradients = step(passed)
                for place, gradient in () if layer.is_frozen else gradients:
                    learned[place] = xp.put(gradient, out=learned[place])
            of_dense(index, entering[index], passed)
            if index >= self._lowest:
                below = xp.dot_back(passed, weights.coefs[index])
                upstream = below + upstream if layer.is_skipped else below
        pairs = zip((coefs, intercepts, learned), weights.trained, strict=False)
        return Weights(*(tuple(map(self._or_zeros, gradient, arrays)) for gradient, arrays in pairs))

    def _or_zeros(self, gradient: Any, array: Any) -> Any:
        return self.xp.zeros_like(array) if gradient is None else gradient

    def _activated(self, layer: _Hidden, z: Any, weights: Weights, hyper: tuple, steps: list[Pullback]) -> Any:
        xp, activation = self.xp, layer.activation
        if isinstance(activation, ActivationFunction):
            if xp.is_numpy:
                return activation.value(xp, z)
            value, pullback = activation.with_pullback(z)
            steps.append(lambda upstream: (pullback(upstream), ()))
            return value
        arguments = [*hyper, *(weights.learned[place][..., None, :] for place in layer.learned)]
        value = activation.value(xp, z, *arguments)

        def pull(upstream: Any) -> tuple[Any, Sequence[tuple[int, Any]]]:
            gradients: Sequence[tuple[int, Any]] = ()
            if layer.learned:
                slopes = activation.learned_slopes(xp, z, value, *arguments)
                gradients = [
                    (place, xp.sum_rows(upstream * slope)) for place, slope in zip(layer.learned, slopes, strict=True)
                ]
            if activation.slope is None:
                return upstream, gradients
            return upstream * activation.slope(xp, z, value, *arguments), gradients

        if activation.slope is not None or layer.learned:
            steps.append(pull)
        return value

    def _normalized(
        self,
        layer: _Hidden,
        values: Any,
        weights: Weights,
        hyper: NetworkHyper,
        shares: Any,
        moments: list[Any],
        steps: list[Pullback],
    ) -> Any:
        xp, normalization = self.xp, self.network.normalization
        assert normalization is not None
        learned = {name: weights.learned[place] for name, place in layer.scales.items()}
        means = {name: weights.moving[place] for name, place in layer.means.items()}
        if shares is not None and means and layer.is_frozen:  # as in a prediction, and the means stay
            moments.extend(means.values())
            if layer.place > self._lowest:
                slope = normalization.slope(xp, learned, means, *hyper.normalization)
                steps.append(_times(slope[..., None, :]))
                values = xp.multiply(values, 1.0)  # a pullback may read what the formula writes to
            shares = None
        if shares is None:
            return normalization.value(xp, values, learned, means, *hyper.normalization)
        value, own, pullback = normalization.with_pullback(xp, values, shares, learned, *hyper.normalization)
        moments.extend(own[name] for name in layer.means)

        def pull(upstream: Any) -> tuple[Any, Sequence[tuple[int, Any]]]:
            by_values, gradients = pullback(upstream)
            return by_values, [(layer.scales[name], gradient) for name, gradient in gradients.items()]

        steps.append(pull)
        return value

    def _columns(self, inputs: Any) -> Any:
        """The columns of the inputs that the wide part sees."""
        wide = self.network.wide
        return inputs if wide == tuple(range(self.network.n_features)) else self.xp.columns(inputs, wide)


def _times(factor: Any) -> Pullback:
    return lambda upstream: (upstream * factor, ())


def _dense(xp: Any, values: Any, coef: Any, intercept: Any) -> Any:
    z = xp.dot(values, coef)
    return xp.add(z, intercept[..., None, :], out=z)


def loss_and_gradient(
    layers: Layers,
    weights: Weights,
    x: Any,
    targets: Sequence[tuple[Any, Any]],
    hyper: NetworkHyper,
    noise: Noise | None = None,
    into: Weights | None = None,
) -> tuple[Any, Weights, tuple]:
    """Weighted loss of each row, ``(..., rows)``, the gradient of their sum, without the penalty, and new moments.

    Parameters
    ----------
    layers : Layers
    weights : Weights
    x : array of shape (..., rows, n_features) or, in NumPy, CSR matrix
    targets : sequence of pairs of arrays
        Targets of the rows ``(..., rows, columns)`` and the weight ``(..., rows)`` that each has in the loss: the only
        place where row weights enter. Padding rows have weight zero. Losses of several targets are added.
    hyper : NetworkHyper
        As in :meth:`Layers.forward`.
    noise : Noise or None
        Of this step, where the network has noise.
    into : Weights or None
        Arrays for NumPy to write the gradient to.
    """
    xp, network = layers.xp, layers.network
    total = targets[0][1]
    for _, more in targets[1:]:
        total = total + more
    shares: Any = ()
    if layers.uses_batch_moments:
        shares = xp.divide_no_nan(total, xp.sum(total, axis=-1, keepdims=True))
    passed = layers.forward(weights, x, hyper, shares, noise)
    losses, deltas = _weighted(layers, passed.raw, targets, hyper)
    auxiliary_deltas = None
    if network.auxiliary:
        (weight,) = hyper.auxiliary
        more, auxiliary_deltas = _weighted(layers, passed.auxiliary, targets, hyper)
        losses = losses + xp.without_columns(weight) * more
        auxiliary_deltas = weight * auxiliary_deltas
    return losses, passed.pullback(deltas, auxiliary_deltas, into), passed.moments


def _weighted(layers: Layers, raw: Any, targets: Sequence[tuple[Any, Any]], hyper: NetworkHyper) -> tuple[Any, Any]:
    """Weighted loss of each row and derivatives by raw values, over all targets and their weights."""
    xp, output = layers.xp, layers.output
    is_own = layers.network.output.loss.needs_tensorflow
    losses, deltas = None, None
    for y, sample_weight in targets:
        loss, delta = output.losses_and_deltas(raw, y, hyper)
        loss, delta = loss * sample_weight, delta * sample_weight[..., None]
        if is_own:  # at a row without weight, such as padding, a user's loss may be infinite
            loss = xp.where(sample_weight > 0, loss, 0.0)
            delta = xp.where(sample_weight[..., None] > 0, delta, 0.0)
        losses, deltas = (loss, delta) if losses is None else (losses + loss, deltas + delta)
    return losses, deltas
