"""Every optimizer over many steps against scikit-learn's own or Keras' of that name."""

import keras
import numpy as np
import pytest
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from sklearn_ann.choices.solvers import SOLVERS
from sklearn_ann.network.backend import tf
from sklearn_ann.training.optimizers import OPTIMIZERS

NAMES = set(OPTIMIZERS)  # as imported: a page of the docs adds a row
# All numbers are exact in float32, which Keras rounds some of its scalars to.
RATE = 2.0**-4
BETAS = {"beta_1": 0.875, "beta_2": 0.96875, "epsilon": 2.0**-20}
RMS = {"rho": 0.75, "momentum": 0.625, "epsilon": 2.0**-20}
NUMBERS = {
    "sgd": {"momentum": 0.75},
    "nesterov": {"momentum": 0.75},
    "adagrad": {"initial_accumulator": 0.25, "epsilon": 2.0**-20},
    "adadelta": {"rho": 0.75, "epsilon": 2.0**-20},
    "rmsprop": RMS,
    "centered_rmsprop": RMS,
    "adam": BETAS,
    "amsgrad": BETAS,
    "adamw": {**BETAS, "weight_decay": 0.125},
    "adamax": BETAS,
    "nadam": BETAS,
    "lion": {"beta_1": 0.875, "beta_2": 0.96875},
}


def _keras(optimizer, weight):
    """Steps of a Keras optimizer on one float64 variable."""
    variable = keras.Variable(weight, dtype="float64")
    optimizer.build([variable])

    def step(gradient):
        optimizer.apply([tf.constant(gradient)], [variable])
        return variable.numpy()

    return step


def _sklearn(make, weight):
    arrays = [weight.copy()]
    optimizer = make(arrays)

    def step(gradient):
        optimizer.update_params(arrays, [gradient])
        return arrays[0]

    return step


KERAS = {
    "sgd": lambda **numbers: keras.optimizers.SGD(RATE, **numbers),
    "nesterov": lambda **numbers: keras.optimizers.SGD(RATE, nesterov=True, **numbers),
    "adagrad": lambda initial_accumulator, epsilon: keras.optimizers.Adagrad(RATE, initial_accumulator, epsilon),
    "adadelta": lambda **numbers: keras.optimizers.Adadelta(RATE, **numbers),
    "rmsprop": lambda **numbers: keras.optimizers.RMSprop(RATE, **numbers),
    "centered_rmsprop": lambda **numbers: keras.optimizers.RMSprop(RATE, centered=True, **numbers),
    "adamw": lambda weight_decay, **numbers: keras.optimizers.AdamW(RATE, weight_decay, **numbers),
    "adamax": lambda **numbers: keras.optimizers.Adamax(RATE, **numbers),
    "nadam": lambda **numbers: keras.optimizers.Nadam(RATE, **numbers),
    "lion": lambda **numbers: keras.optimizers.Lion(RATE, **numbers),
}
SKLEARN = {
    "sgd": lambda arrays: SGDOptimizer(arrays, RATE, momentum=0.75, nesterov=False),
    "nesterov": lambda arrays: SGDOptimizer(arrays, RATE, momentum=0.75, nesterov=True),
    "adam": lambda arrays: AdamOptimizer(arrays, RATE, *BETAS.values()),
}


def _amsgrad(weight):
    return _keras(keras.optimizers.Adam(RATE, amsgrad=True, **BETAS), weight)


def _ours(name, weight):
    optimizer = OPTIMIZERS[name]
    numbers = {key: tf.constant(value, tf.float64) for key, value in NUMBERS[name].items()}
    memory = [np.zeros_like(weight)] * optimizer.slots
    n_steps = 0

    def number(key, complement=False):
        return 1 - numbers[key] if complement else numbers[key]

    def step(gradient):
        nonlocal weight, memory, n_steps
        n_steps += 1
        rate = tf.constant(RATE, tf.float64)
        scalars = optimizer.scalars(rate, tf.constant(n_steps, tf.int64), numbers)
        weight, memory = optimizer.update(weight, gradient, memory, scalars, number)
        return weight

    return step


REFERENCES = [
    *((name, lambda weight, make=make: _sklearn(make, weight), 1e-12) for name, make in SKLEARN.items()),
    *(
        # but for Nadam's constant 0.96
        (
            name,
            lambda weight, name=name: _keras(KERAS[name](**NUMBERS[name]), weight),
            1e-6 if name == "nadam" else 1e-11,
        )
        for name in KERAS
    ),
    ("amsgrad", _amsgrad, 1e-11),
]


@pytest.mark.parametrize(("name", "reference", "rtol"), REFERENCES)
def test_forty_steps_equal_the_reference(name, reference, rtol):
    rng = np.random.RandomState(0)
    weight = rng.normal(size=(4, 3))
    ours, theirs = _ours(name, weight), reference(weight)
    for _ in range(40):
        gradient = rng.normal(size=weight.shape)
        np.testing.assert_allclose(ours(gradient), theirs(gradient), rtol=rtol)


def test_every_optimizer_has_a_reference():
    assert {name for name, *_ in REFERENCES} == NAMES


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_scalars_of_many_steps_are_those_of_each(name):
    """The program works them out for all batches of an epoch at once."""
    numbers = {key: tf.constant([value], tf.float64) for key, value in NUMBERS[name].items()}
    scalars = OPTIMIZERS[name].scalars
    rate = tf.constant([RATE], tf.float64)
    together = scalars(rate + np.zeros(30), tf.range(1, 31, dtype=tf.int64), numbers)
    for step in range(30):
        alone = scalars(rate, tf.constant([step + 1], tf.int64), numbers)
        np.testing.assert_allclose([part[step] for part in together], [part[0] for part in alone], rtol=1e-14)


def test_every_solver_gives_the_numbers_of_its_optimizer():
    variants = [make() for make in SOLVERS.values()]
    variants += [SOLVERS["sgd"](nesterov=False), SOLVERS["rmsprop"](centered=True)]
    assert {solver.optimizer for solver in variants} == NAMES
    for solver in variants:
        assert set(solver.numbers) == set(OPTIMIZERS[solver.optimizer].numbers)
