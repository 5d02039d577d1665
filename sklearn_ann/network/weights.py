"""The learned numbers of a network as one value, of NumPy arrays or tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .spec import Network

__all__ = [
    "Weights",
    "array_layers",
    "as_dtype",
    "as_weights",
    "extra_weights",
    "first_extras",
    "is_non_negative",
    "layer_places",
    "learned_names",
    "moving_names",
    "over_columns",
    "stacked",
    "unstacked",
]


class Weights(NamedTuple):
    """The learned numbers of a network; any array may have a leading axis of k models.

    Attributes
    ----------
    coefs : tuple of arrays of shape (fan_in, fan_out)
        As listed by ``Network.fans``: of the layers, of the wide part, of the auxiliary output.
    intercepts : tuple of arrays of shape (units,)
        Of the layers, of the auxiliary output.
    learned : tuple of arrays of shape (units,)
        Other arrays that the gradient changes; see :func:`learned_names`.
    moving : tuple of arrays of shape (units,)
        Means over the training so far, which no gradient changes; see :func:`moving_names`.
    """

    coefs: tuple[Any, ...]
    intercepts: tuple[Any, ...]
    learned: tuple[Any, ...] = ()
    moving: tuple[Any, ...] = ()

    @property
    def trained(self) -> Weights:
        """The arrays that the gradient changes."""
        return self._replace(moving=())


def _tables(network: Network, layer: int) -> tuple[dict[str, float], dict[str, float]]:
    """First values of what a hidden layer learns, and of its moving means, by name."""
    learned = dict(network.activations[layer - 1].learned)
    if network.normalization is None:
        return learned, {}
    return learned | dict(network.normalization.learned), dict(network.normalization.moving)


def _listed(network: Network, which: int) -> dict[str, tuple[int, float]]:
    """Names with sizes and first values, layer by layer."""
    return {
        f"{name}_{layer}": (units, first)
        for layer, units in enumerate(network.hidden, start=1)
        for name, first in _tables(network, layer)[which].items()
    }


def learned_names(network: Network) -> tuple[str, ...]:
    """Names of ``Weights.learned``, each with its hidden layer, from 1."""
    return tuple(_listed(network, 0))


def moving_names(network: Network) -> tuple[str, ...]:
    """Names of ``Weights.moving``, each with its hidden layer, from 1."""
    return tuple(_listed(network, 1))


def is_non_negative(network: Network, name: str) -> bool:
    """Whether an array of this name is a moving average that is never negative, as a variance is."""
    of = () if network.normalization is None else network.normalization.non_negative
    return name in moving_names(network) and name.rpartition("_")[0] in of


def first_extras(network: Network) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """``Weights.learned`` and ``Weights.moving`` before training."""
    learned, moving = (
        tuple(np.full(units, first, dtype=network.dtype) for units, first in _listed(network, which).values())
        for which in (0, 1)
    )
    return learned, moving


def extra_weights(network: Network, weights: Weights) -> dict[str, np.ndarray]:
    """All arrays except the coefficients and intercepts of the layers, by the names of the estimator's attributes."""
    sides = [*(["wide_coef"] if network.wide else []), *(["auxiliary_coef"] if network.auxiliary else [])]
    return {
        **dict(zip(sides, weights.coefs[network.n_layers :], strict=True)),
        **dict(zip(["auxiliary_intercept"], weights.intercepts[network.n_layers :], strict=False)),
        **dict(zip(learned_names(network), weights.learned, strict=True)),
        **dict(zip(moving_names(network), weights.moving, strict=True)),
    }


def as_weights(
    network: Network, coefs: Sequence[Any], intercepts: Sequence[Any], extras: Mapping[str, np.ndarray]
) -> Weights:
    """Weights from the attributes of an estimator: the inverse of :func:`extra_weights`."""
    if not extras:
        return Weights(tuple(coefs), tuple(intercepts))
    sides = tuple(extras[name] for name in ("wide_coef", "auxiliary_coef") if name in extras)
    side = tuple(extras[name] for name in ("auxiliary_intercept",) if name in extras)
    return Weights(
        (*coefs, *sides),
        (*intercepts, *side),
        tuple(extras[name] for name in learned_names(network)),
        tuple(extras[name] for name in moving_names(network)),
    )


def as_dtype(weights: Weights, dtype: Any) -> Weights:
    """The same numbers as NumPy arrays of another dtype."""
    return Weights(*(tuple(np.asarray(array, dtype=dtype) for array in group) for group in weights))


def layer_places(network: Network) -> dict[str, tuple[int, int | None]]:
    """Places of each layer's arrays, by its name: in ``Weights.coefs`` and in ``Weights.intercepts``; None for none."""
    names = (*(f"hidden_{layer}" for layer in range(1, network.n_layers)), "output")
    places: dict[str, tuple[int, int | None]] = {name: (place, place) for place, name in enumerate(names)}
    if network.wide:
        places["wide"] = (network.n_layers, None)
    if network.auxiliary:
        places["auxiliary"] = (len(network.fans) - 1, network.n_layers)
    return places


def array_layers(network: Network) -> Weights:
    """The layer, from 1, of each array; the wide part and the auxiliary output belong to the output layer."""
    last = network.n_layers

    def hidden(which: int) -> tuple[int, ...]:
        return tuple(layer for layer in range(1, last) for _ in _tables(network, layer)[which])

    return Weights(
        tuple(min(place, last) for place in range(1, len(network.fans) + 1)),
        tuple(min(place, last) for place in range(1, len(network.intercept_sizes) + 1)),
        hidden(0),
        hidden(1),
    )


def over_columns(network: Network, coef: np.ndarray) -> np.ndarray:
    """Weights of the first layer ``(..., n_features, units)``: zero for a column of X that it does not see."""
    if not network.deep:
        return coef
    full = np.zeros((*coef.shape[:-2], network.n_features, coef.shape[-1]), dtype=coef.dtype)
    full[..., list(network.deep), :] = coef
    return full


def stacked(members: Sequence[Weights]) -> Weights:
    """Weights of several models with a leading axis."""
    return Weights(*(tuple(map(np.stack, zip(*groups, strict=True))) for groups in zip(*members, strict=True)))


def unstacked(weights: Weights, n_models: int) -> list[Weights]:
    """The models of a leading axis one by one."""
    return [Weights(*(tuple(array[model] for array in group) for group in weights)) for model in range(n_models)]
