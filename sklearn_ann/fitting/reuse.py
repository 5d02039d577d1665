"""Hidden layers that another network has learned, as the lower layers of a new one.

Comes in: a base, as one value whatever it was, and the new network with its first weights. Goes out: these weights with
the base's in the lower layers, or one sentence where the two do not fit. The base is only read.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..activations import Activation
from ..data.scales import Scaling
from ..losses import SquaredError
from ..network.hyper import NetworkHyper
from ..network.spec import Network, Output
from ..network.weights import Weights, learned_names, moving_names

__all__ = ["Base", "base_of_layers", "check_base_rows", "checked_base", "with_base_layers"]


# A layer is skipped where its input has as many units.
_SET_BY = {"skip_connections": "skip_connections and the sizes of these layers"}


class Base(NamedTuple):
    """A network that has been trained.

    Attributes
    ----------
    network : Network
    weights : Weights
        In NumPy.
    hyper : NetworkHyper
    scaling : Scaling or None
        Of the columns of X.
    feature_names : ndarray or None
        Of X, where they are known.
    n_layers : int
        How many of its hidden layers are taken over, once that is known.
    """

    network: Network
    weights: Weights
    hyper: NetworkHyper
    scaling: Scaling | None = None
    feature_names: np.ndarray | None = None
    n_layers: int = 0


def base_of_layers(
    coefs: list[np.ndarray],
    intercepts: list[np.ndarray],
    activations: list[Activation],
    feature_names: np.ndarray | None = None,
) -> Base:
    """The base made of the layers of another library, the output layer among them; one activation per hidden layer."""
    units = [coefs[0].shape[0], *(coef.shape[1] for coef in coefs)]
    network = Network(
        units[0],
        tuple(units[1:-1]),
        tuple(activation.structure() for activation in activations),
        Output(SquaredError(), (units[-1],)),  # of which nothing is taken
        str(coefs[0].dtype),
    )
    hyper = NetworkHyper(activations=tuple(activation.hyper for activation in activations))
    return Base(network, Weights(tuple(coefs), tuple(intercepts)), hyper, feature_names=feature_names)


def check_base_rows(base, n_features, feature_names, standardize):
    """Raise a ValueError unless X has the columns that the base has learned of, scaled as they were."""
    if base.network.n_features != n_features:
        raise ValueError(
            f"base must have learned from the columns of X, got a base with {base.network.n_features} columns and an X "
            f"with {n_features}; pass the same columns to both."
        )
    names = base.feature_names
    if names is not None and feature_names is not None and list(names) != list(feature_names):
        raise ValueError(
            f"base must have learned from the columns of X, got a base with the columns {list(names)} and an X with "
            f"{list(feature_names)}; pass the same columns in the same order."
        )
    if standardize != (base.scaling is not None):
        raise ValueError(
            f"standardize must be as in the base, whose means and standard deviations are kept, got standardize="
            f"{standardize}; set standardize={not standardize}, or train the base anew."
        )


def checked_base(base, network, hyper, n_base_layers):
    """The base with its ``n_layers``, or a ValueError if these layers are not such as the network's."""
    if base.weights.coefs[0].ndim == 3:
        raise ValueError(
            f"base must be a single network, got an ensemble of {len(base.weights.coefs[0])}; train it with "
            "n_estimators=1."
        )
    n_shared = min(len(base.network.hidden), len(network.hidden))
    if not n_shared or (n_base_layers or 1) > n_shared:
        raise ValueError(
            f"n_base_layers must be None or at most the number of hidden layers that both networks have, got "
            f"n_base_layers={n_base_layers}, a base with {len(base.network.hidden)} hidden layers and "
            f"hidden_layer_sizes={network.hidden}; choose fewer layers, or add some."
        )
    n_layers = n_base_layers or n_shared
    for layer, (before, now) in enumerate(zip(base.network.hidden, network.hidden, strict=False), start=1):
        if layer <= n_layers and now < before:
            fewer = f", or take over fewer layers, n_base_layers={layer - 1}" if layer > 1 else ""
            raise ValueError(
                f"A layer must have at least the units of the base's, {before} in hidden layer {layer}, got "
                f"hidden_layer_sizes={network.hidden}; make it as wide{fewer}."
            )
    before, now = _facts(base.network, base.hyper, n_layers), _facts(network, hyper, n_layers)
    for name, value in before.items():
        if value != now[name]:
            raise ValueError(
                f"{name} must be as in the base, where layers are taken over, got {now[name]} in place of {value}; set "
                f"the {_SET_BY.get(name, name)} with which the base was trained."
            )
    return base._replace(n_layers=n_layers)


def _facts(network, hyper, n_layers):
    """What the lowest layers are made of, by the parameter that says so."""
    pairs = list(zip(network.activations, hyper.activations, strict=True))
    normalization = network.normalization
    return {
        "activation": [_described(*pair) for pair in pairs[:n_layers]],
        "normalization": None if normalization is None else _described(normalization, hyper.normalization),
        "skip_connections": [network.is_skipped(layer) for layer in range(1, n_layers + 1)],
        "deep": network.deep or "all",
    }


def _described(member, hyper):
    """A member with its hyperparameters, which its structure leaves out."""
    whole = member.structure()
    numbers = [np.asarray(value).tolist() for value in hyper]
    vars(whole).update(zip(member.hyper_names, numbers, strict=True))
    return whole


def with_base_layers(weights, network, base):
    """Weights with the base's in the lowest layers; where a layer is wider, the base's are its first units.

    What belongs to units that the base does not have stays as it is in ``weights``.
    """
    n_layers, groups = base.n_layers, []
    for new, old in ((weights.coefs, base.weights.coefs), (weights.intercepts, base.weights.intercepts)):
        groups.append(tuple(map(_overlaid, new[:n_layers], old[:n_layers])) + new[n_layers:])
    for names_of, new, old in (
        (learned_names, weights.learned, base.weights.learned),
        (moving_names, weights.moving, base.weights.moving),
    ):
        known = dict(zip(names_of(base.network), old, strict=True))
        taken = {name for name in known if int(name.rpartition("_")[-1]) <= n_layers}
        pairs = zip(names_of(network), new, strict=True)
        groups.append(tuple(_overlaid(array, known[name]) if name in taken else array for name, array in pairs))
    return Weights(*groups)


def _overlaid(array: Any, corner: np.ndarray) -> np.ndarray:
    """A copy of the array with another one over its first rows and columns."""
    copy = array.copy()
    copy[tuple(map(slice, corner.shape))] = corner
    return copy
