"""The parameters of a multilayer perceptron as members and hyperparameters.

Reads an estimator whose parameters have been checked, and changes nothing.
"""

from __future__ import annotations

import numpy as np

from ..activations import activation_of
from ..augmentations import augmentation_of
from ..configurable import member_named
from ..network.hyper import NetworkHyper
from ..normalizations import normalization_of
from ..optimizers import OPTIMIZERS, SGD, Adam
from ..regularizers import L2
from ..schedules import Constant, InverseScaling, Schedule, schedule_of
from .checks import check_rates
from .output_checks import check_loss_weights

__all__ = [
    "OUTPUT_ACTIVATIONS",
    "activations_of",
    "augmentations_of",
    "clipping_of",
    "columns_of",
    "multipliers_of",
    "network_hyper",
    "noise_of",
    "optimizer_of",
    "per_step_of",
    "regularizers_of",
    "schedule_for",
    "structure_of",
    "weighted_of",
]

OUTPUT_ACTIVATIONS = {
    "identity": None,
    "relu": "relu",
    "softplus": "softplus",
    "exp": "exp",
    "logistic": "logistic_between",
    "tanh": "tanh_between",
}
"""Links by the names that the regressor's ``output_activation`` takes; None for that of the loss."""


def activations_of(estimator):
    """One activation per hidden layer, and one where there is no hidden layer."""
    if isinstance(estimator.activation, list | tuple):
        return [activation_of(each) for each in estimator.activation or ("relu",)]
    n_hidden = len(np.atleast_1d(np.asarray(estimator.hidden_layer_sizes)))
    return [activation_of(estimator.activation)] * max(1, n_hidden)


def noise_of(estimator):
    """Amounts of noise in training by place (0 for the inputs, then the hidden layers) and kind."""
    n_hidden = len(np.atleast_1d(np.asarray(estimator.hidden_layer_sizes)))
    rates = np.broadcast_to(np.asarray(estimator.dropout, dtype=float), n_hidden)
    amounts = {(0, "gaussian"): estimator.gaussian_noise, (0, "dropout"): estimator.input_dropout}
    for layer, (activation, rate) in enumerate(zip(activations_of(estimator), rates, strict=False), start=1):
        if activation.noise is not None:
            kind, amount = activation.noise
            amounts[layer, kind] = amount
        amounts[layer, activation.dropout] = float(rate)
    return {place: float(amount) for place, amount in amounts.items() if amount > 0}


def network_hyper(estimator, target):
    """Hyperparameters of the network."""
    normalization = normalization_of(estimator.normalization)
    loss, output = estimator._loss_for(target), estimator._output_of(target)
    weights = () if estimator.loss_weights is None else (np.ravel(np.asarray(estimator.loss_weights, dtype=float)),)
    return NetworkHyper(
        activations=tuple(activation.hyper for activation in activations_of(estimator)),
        normalization=() if normalization is None else normalization.hyper,
        loss=loss.hyper,
        link=_range_of(estimator, target, output) if output.link.fills_range else loss.link_hyper,
        loss_weights=weights,
        auxiliary=(float(estimator.auxiliary_loss_weight),) if estimator.auxiliary_loss_weight else (),
    )


def _range_of(estimator, target, output):
    """The low and the high ends of the range that a bounded output fills, with a number for each raw column."""
    ends = (target.smallest, target.largest) if estimator.output_range is None else estimator.output_range
    return tuple(
        np.repeat(np.broadcast_to(np.asarray(end, dtype=float), target.heads), output.outputs_per_target)
        for end in ends
    )


def weighted_of(estimator, widths):
    """Raw columns of each output, where ``loss_weights`` has a weight for each of them."""
    if estimator.loss_weights is None:
        return ()
    check_loss_weights(estimator, len(widths))
    return tuple(widths)


def structure_of(estimator, n_features):
    """Parts of a network besides its layers, as arguments of ``Network``."""
    normalization = normalization_of(estimator.normalization)
    n_hidden = len(np.atleast_1d(np.asarray(estimator.hidden_layer_sizes)))
    wide, deep = (columns_of(estimator, name, n_features) for name in ("wide", "deep"))
    middle = (n_hidden + 1) // 2
    return {
        "normalization": None if normalization is None else normalization.structure(),
        "skip": bool(estimator.skip_connections),
        "wide": wide,
        "deep": () if deep == tuple(range(n_features)) else deep,
        "auxiliary": (estimator.auxiliary_layer or middle) if estimator.auxiliary_loss_weight else 0,
        "frozen": tuple(layer for layer, factor in enumerate(multipliers_of(estimator), start=1) if not factor),
    }


def columns_of(estimator, name, n_features):
    """Columns of X that the parameter ``name`` chooses, as a tuple of numbers; none if it is None.

    Raises
    ------
    ValueError
        If there is no such column, or if one is named twice.
    """
    chosen = getattr(estimator, name)
    if chosen is None:
        return ()
    if isinstance(chosen, str) and chosen == "all":
        return tuple(range(n_features))
    try:
        asked = np.atleast_1d(np.asarray(chosen))
    except ValueError:  # lists of different lengths
        asked = np.empty((0, 0))
    known = list(getattr(estimator, "feature_names_in_", []))
    if asked.dtype == bool and asked.shape == (n_features,):
        columns = np.flatnonzero(asked)
    elif asked.dtype.kind in "UO" and asked.ndim == 1 and all(each in known for each in asked):
        columns = np.array([known.index(each) for each in asked])
    elif asked.ndim == 1 and asked.dtype.kind in "iu" and np.all((asked >= 0) & (asked < n_features)):
        columns = asked
    else:
        columns = np.array([], dtype=int)
    if not len(columns) or len(set(columns.tolist())) < len(columns):
        raise ValueError(
            f"{name} must be 'all' or different columns of X, by number (0 to {n_features - 1}), by name where X has "
            f"names, or as a mask of {n_features}, got {chosen!r}; pass for example {name}=[0, 1]."
        )
    return tuple(int(column) for column in columns)


def augmentations_of(estimator):
    """As a list."""
    augmentation = estimator.augmentation
    if augmentation is None:
        return []
    each = augmentation if isinstance(augmentation, list | tuple) else [augmentation]
    return [augmentation_of(one) for one in each]


def multipliers_of(estimator):
    """Factor of the learning rate of each layer; none where all have the same rate."""
    factors = estimator.learning_rate_multipliers
    return () if factors is None else tuple(map(float, factors))


def optimizer_of(estimator):
    """The optimizer: by scikit-learn's names with the estimator's own settings."""
    if estimator.solver == "sgd":
        return SGD(momentum=estimator.momentum, nesterov=estimator.nesterovs_momentum)
    if estimator.solver == "adam":
        return Adam(beta_1=estimator.beta_1, beta_2=estimator.beta_2, epsilon=estimator.epsilon)
    solver = estimator.solver
    return member_named("solver", solver, OPTIMIZERS) if isinstance(solver, str) else solver


def schedule_for(estimator, optimizer):
    """The schedule; scikit-learn's own rules are for ``'sgd'`` and leave other solvers alone."""
    if estimator.learning_rate in ("invscaling", "adaptive") and not isinstance(optimizer, SGD):
        return Constant()
    if estimator.learning_rate == "invscaling":
        return InverseScaling(power_t=estimator.power_t)
    return schedule_of(estimator.learning_rate)


def per_step_of(recipe):
    """Functions of time for what changes from step to step: the rate by a factor, the momentum itself, the average."""
    schedule, n_epochs, initial = recipe.schedule, recipe.max_iter, recipe.learning_rate_init
    functions = {}
    if type(schedule).at is not Schedule.at:
        functions["learning_rate"] = lambda time: (
            check_rates(schedule.at(time, n_epochs, initial), time, recipe.learning_rate) / initial
        )
    if schedule.momentum_at(np.zeros(1), n_epochs) is not None and recipe.optimizer.momentum_name is not None:
        functions["momentum"] = lambda time: schedule.momentum_at(time, n_epochs)
    if recipe.averaging is not None:
        first = np.ceil(recipe.averaging * n_epochs)
        functions["average"] = lambda time: 1 / np.maximum(np.floor(time) - first + 1, 1)
    return functions


def regularizers_of(estimator):
    """As a list, the L2 penalty of ``alpha`` first."""
    own = estimator.regularizer
    if own is None:
        return [L2(estimator.alpha)]
    return [L2(estimator.alpha), *(own if isinstance(own, list | tuple) else [own])]


def clipping_of(estimator):
    """Limits of the gradient by name."""
    limits = {"clipvalue": estimator.clipvalue, "global_clipnorm": estimator.global_clipnorm}
    return {name: float(limit) for name, limit in limits.items() if limit is not None}
