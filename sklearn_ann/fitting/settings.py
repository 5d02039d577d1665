"""What the parameters of a multilayer perceptron say, in the engine's words: tables' names, numbers, functions of time.

Each function looks at an estimator whose parameters have been checked, and changes nothing.
"""

from __future__ import annotations

from itertools import chain

import numpy as np

from ..activations import activation_of
from ..augmentations import Augmentation
from ..configurable import member_named
from ..network.activations import number_names, row_of
from ..network.links import numbered
from ..network.losses import link_of
from ..network.namespaces import scoped
from ..normalizations import normalization_of
from ..optimizers import SGD, SOLVERS, Adam
from ..schedules import Schedule, schedule_of
from .checks import check_rates
from .output_checks import check_loss_weights

__all__ = [
    "OUTPUT_ACTIVATIONS",
    "activations_of",
    "augmentation_plan",
    "augmentations_of",
    "columns_of",
    "hidden_of",
    "network_numbers",
    "noise_of",
    "output_numbers_of",
    "per_step_of",
    "random_numbers",
    "range_of",
    "regularizers_of",
    "schedule_for",
    "solver_of",
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
    """One per hidden layer, and one where there is none."""
    if isinstance(estimator.activation, list | tuple):
        return [activation_of(each) for each in estimator.activation or ("relu",)]
    n_hidden = len(np.atleast_1d(np.asarray(estimator.hidden_layer_sizes)))
    return [activation_of(estimator.activation)] * max(1, n_hidden)


def hidden_of(estimator):
    """Name (or function) and numbers of each hidden layer's activation, as predictions take them."""
    return tuple(
        (activation.name, tuple(activation.numbers[number] for number in row_of(activation.name).numbers))
        for activation in activations_of(estimator)
    )


def noise_of(estimator):
    """Amounts of noise in training by place (0 for the inputs, then the hidden layers) and kind."""
    n_hidden = len(np.atleast_1d(np.asarray(estimator.hidden_layer_sizes)))
    rates = np.broadcast_to(np.asarray(estimator.dropout, dtype=float), n_hidden)
    amounts = {(0, "gaussian"): estimator.gaussian_noise, (0, "dropout"): estimator.input_dropout}
    for layer, (activation, rate) in enumerate(zip(activations_of(estimator), rates, strict=False), start=1):
        if activation.noise is not None:
            kind, amount = activation.noise
            amounts[layer, kind] = amount
        amounts[layer, "alpha_dropout" if activation.name == "selu" else "dropout"] = float(rate)
    return {place: amount for place, amount in amounts.items() if amount > 0}


def network_numbers(estimator, network, target):
    """Numbers of the activations, of the output and of the normalization, by name."""
    values = chain(*(numbers for _, numbers in hidden_of(estimator)))
    normalization = normalization_of(estimator.normalization)
    return {
        **dict(zip(chain(*number_names(network.activations)), values, strict=True)),
        **estimator._output_numbers(target),
        **scoped("normalization", {} if normalization is None else normalization.numbers),
        **scoped("auxiliary", {"loss_weight": estimator.auxiliary_loss_weight}),
    }


def weighted_of(estimator, widths):
    """Raw columns of each output, where ``loss_weights`` has a weight for each of them."""
    if estimator.loss_weights is None:
        return ()
    check_loss_weights(estimator, len(widths))
    return tuple(widths)


def output_numbers_of(estimator, own, output):
    """Numbers of a loss, of the link that it brings and of the outputs, by name; ``own`` are those of the loss."""
    weights = () if estimator.loss_weights is None else np.ravel(estimator.loss_weights)
    return {
        **scoped("loss", own),
        **scoped("link", {name: own[name] for name in link_of(output).numbers}),
        **scoped("output", dict(zip(numbered("loss_weight", len(weights)), map(float, weights), strict=True))),
    }


def range_of(estimator, target, output):
    """Numbers of the range that a bounded output fills, one low and one high end for each raw column."""
    if not link_of(output).by_column:
        return {}
    given = estimator.output_range
    ends = (target.smallest, target.largest) if given is None else given
    columns = (np.repeat(np.broadcast_to(end, target.heads), output.outputs_per_target) for end in ends)
    names = (numbered(name, output.width) for name in ("low", "high"))
    return scoped("link", dict(zip(chain(*names), map(float, chain(*columns)), strict=True)))


def structure_of(estimator, n_features):
    """What a network has besides its layers, as arguments of ``Network``."""
    normalization = normalization_of(estimator.normalization)
    n_hidden = len(np.atleast_1d(np.asarray(estimator.hidden_layer_sizes)))
    wide, deep = (columns_of(estimator, name, n_features) for name in ("wide", "deep"))
    middle = (n_hidden + 1) // 2
    return {
        "normalization": None if normalization is None else normalization.name,
        "normalization_first": normalization is None or normalization.position == "before",
        "skip": bool(estimator.skip_connections),
        "wide": wide,
        "deep": () if deep == tuple(range(n_features)) else deep,
        "auxiliary": (estimator.auxiliary_layer or middle) if estimator.auxiliary_loss_weight else 0,
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
    """As a list: objects, and functions of the user's own."""
    augmentation = estimator.augmentation
    if augmentation is None:
        return []
    return list(augmentation) if isinstance(augmentation, list | tuple) else [augmentation]


def augmentation_plan(estimator):
    """What the program has to know of each augmentation: a name (or a function) and a shape."""
    return tuple(
        (each.name, tuple(map(int, each.shape))) if isinstance(each, Augmentation) else (each, ())
        for each in augmentations_of(estimator)
    )


def random_numbers(estimator, network, random_state):
    """Amounts of noise and numbers of augmentations by name, and the seed of both.

    The seed is drawn only where there is one of them: other fits draw as scikit-learn.
    """
    augmentations = augmentations_of(estimator)
    if not network.noise and not augmentations:
        return {}
    amounts = scoped("noise", dict(zip(network.noise_names, noise_of(estimator).values(), strict=True)))
    for place, each in enumerate(augmentations):
        if isinstance(each, Augmentation):
            amounts |= scoped(f"augmentation_{place}", each.numbers)
    n_estimators = estimator.n_estimators
    return {"seed": random_state.randint(2**31, size=None if n_estimators == 1 else n_estimators), **amounts}


def solver_of(estimator):
    """The solver with its numbers: for scikit-learn's names those of the estimator."""
    if estimator.solver == "sgd":
        return SGD(momentum=estimator.momentum, nesterov=estimator.nesterovs_momentum)
    if estimator.solver == "adam":
        return Adam(beta_1=estimator.beta_1, beta_2=estimator.beta_2, epsilon=estimator.epsilon)
    solver = estimator.solver
    return member_named("solver", solver, SOLVERS) if isinstance(solver, str) else solver


def schedule_for(estimator, solver):
    """The schedule; scikit-learn's own rules are for ``'sgd'`` and leave other solvers alone."""
    of_sgd = estimator.learning_rate in ("invscaling", "adaptive")
    return schedule_of("constant" if of_sgd and not isinstance(solver, SGD) else estimator.learning_rate)


def per_step_of(estimator, schedule, solver):
    """Functions of time for what changes from step to step: the rate by a factor, the momentum itself."""
    n_epochs, initial = estimator.max_iter, float(estimator.learning_rate_init)
    functions = {}
    if type(schedule).at is not Schedule.at:
        functions["rate"] = lambda time: (
            check_rates(schedule.at(time, n_epochs, initial), time, estimator.learning_rate) / initial
        )
    if schedule.momentum_at(np.zeros(1), n_epochs) is not None and solver.momentum_name is not None:
        functions[f"solver.{solver.momentum_name}"] = lambda time: schedule.momentum_at(time, n_epochs)
    if estimator.averaging is not None:
        first = np.ceil(estimator.averaging * n_epochs)
        functions["average"] = lambda time: 1 / np.maximum(np.floor(time) - first + 1, 1)
    return functions


def regularizers_of(estimator):
    """As a list."""
    if estimator.regularizer is None:
        return []
    return list(estimator.regularizer) if isinstance(estimator.regularizer, list | tuple) else [estimator.regularizer]
