"""What the parameters of a multilayer perceptron say, in the engine's words: tables' names, numbers, functions of time.

Each function looks at an estimator whose parameters have been checked, and changes nothing.
"""

from __future__ import annotations

from itertools import chain

import numpy as np

from ..choices.activations import activation_of
from ..choices.schedules import Schedule, schedule_of
from ..choices.solvers import SGD, SOLVERS, Adam
from ..network.activations import ACTIVATIONS, number_names
from ..network.links import numbered
from ..network.losses import link_of
from .checks import check_loss_weights, check_rates

__all__ = [
    "OUTPUT_ACTIVATIONS",
    "activations_of",
    "hidden_of",
    "loss_weights_of",
    "network_numbers",
    "noise_numbers",
    "noise_of",
    "per_step_of",
    "range_of",
    "regularizers_of",
    "schedule_for",
    "solver_of",
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
    """Name and numbers of each hidden layer's activation, as predictions take them."""
    return tuple(
        (activation.name, tuple(activation.numbers[number] for number in ACTIVATIONS[activation.name].numbers))
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
    """Numbers of the activations and of the output, by name."""
    values = chain(*(numbers for _, numbers in hidden_of(estimator)))
    return dict(zip(chain(*number_names(network.activations)), values, strict=True)) | estimator._output_numbers(target)


def weighted_of(estimator, widths):
    """Raw columns of each output, where ``loss_weights`` has a weight for each of them."""
    if estimator.loss_weights is None:
        return ()
    check_loss_weights(estimator, len(widths))
    return tuple(widths)


def loss_weights_of(estimator):
    """By name."""
    weights = () if estimator.loss_weights is None else np.ravel(estimator.loss_weights)
    return dict(zip(numbered("loss_weight", len(weights)), map(float, weights), strict=True))


def range_of(estimator, target, output):
    """Numbers of the range that a bounded output fills, one low and one high end for each raw column."""
    if not link_of(output).by_column:
        return {}
    given = estimator.output_range
    ends = (target.smallest, target.largest) if given is None else given
    columns = (np.repeat(np.broadcast_to(end, target.heads), output.levels) for end in ends)
    names = (numbered(name, output.width) for name in ("low", "high"))
    return dict(zip(chain(*names), map(float, chain(*columns)), strict=True))


def noise_numbers(estimator, network, random_state):
    """Amounts by name and the seed, which is drawn only where there is noise: other fits draw as scikit-learn."""
    if not network.noise:
        return {}
    amounts = dict(zip(network.noise_names, noise_of(estimator).values(), strict=True))
    return {"seed": random_state.randint(2**31), **amounts}


def solver_of(estimator):
    """The solver with its numbers: for scikit-learn's names those of the estimator."""
    if estimator.solver == "sgd":
        return SGD(momentum=estimator.momentum, nesterov=estimator.nesterovs_momentum)
    if estimator.solver == "adam":
        return Adam(beta_1=estimator.beta_1, beta_2=estimator.beta_2, epsilon=estimator.epsilon)
    return SOLVERS[estimator.solver]() if isinstance(estimator.solver, str) else estimator.solver


def schedule_for(estimator, solver):
    """The schedule; scikit-learn's own rules are for ``'sgd'`` and leave other solvers alone."""
    of_sgd = estimator.learning_rate in ("invscaling", "adaptive")
    return schedule_of("constant" if of_sgd and not isinstance(solver, SGD) else estimator.learning_rate)


def per_step_of(estimator, schedule, solver):
    """Functions of time for what changes from step to step: the rate by a factor, the momentum itestimator."""
    n_epochs, initial = estimator.max_iter, float(estimator.learning_rate_init)
    functions = {}
    if type(schedule).at is not Schedule.at:
        functions["rate"] = lambda time: (
            check_rates(schedule.at(time, n_epochs, initial), time, estimator.learning_rate) / initial
        )
    if schedule.momentum_at(np.zeros(1), n_epochs) is not None and solver.momentum_name is not None:
        functions[solver.momentum_name] = lambda time: schedule.momentum_at(time, n_epochs)
    return functions


def regularizers_of(estimator):
    """As a list."""
    if estimator.regularizer is None:
        return []
    return list(estimator.regularizer) if isinstance(estimator.regularizer, list | tuple) else [estimator.regularizer]
