"""What the parameters of a multilayer perceptron say, in the engine's words: tables' names, numbers, functions of time.

Each function looks at an estimator whose parameters have been checked, and changes nothing.
"""

from __future__ import annotations

from itertools import chain

import numpy as np

from ..choices.activations import activation_of
from ..choices.augmentations import Augmentation
from ..choices.schedules import Schedule, schedule_of
from ..choices.solvers import SGD, SOLVERS, Adam
from ..network.activations import number_names, row_of
from .checks import check_rates

__all__ = [
    "activations_of",
    "augmentation_plan",
    "augmentations_of",
    "hidden_of",
    "network_numbers",
    "noise_of",
    "per_step_of",
    "random_numbers",
    "regularizers_of",
    "schedule_for",
    "solver_of",
]


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


def network_numbers(estimator, network):
    """Numbers of the activations and of the loss, by name."""
    values = chain(*(numbers for _, numbers in hidden_of(estimator)))
    return dict(zip(chain(*number_names(network.activations)), values, strict=True)) | estimator._loss_numbers()


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
    amounts = dict(zip(network.noise_names, noise_of(estimator).values(), strict=True))
    for place, each in enumerate(augmentations):
        if isinstance(each, Augmentation):
            amounts |= {f"{each.name}_{place}_{number}": value for number, value in each.numbers.items()}
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
