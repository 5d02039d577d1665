"""Every optimizer over many steps against scikit-learn's own or twenty lines of NumPy."""

import numpy as np
import pytest
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from sklearn_ann.network.backend import tf
from sklearn_ann.training.optimizers import OPTIMIZERS

NUMBERS = {"momentum": 0.8, "beta_1": 0.85, "beta_2": 0.97, "epsilon": 1e-6}
REFERENCES = {
    "sgd": lambda params: SGDOptimizer(params, 0.05, momentum=0.8, nesterov=False),
    "nesterov": lambda params: SGDOptimizer(params, 0.05, momentum=0.8, nesterov=True),
    "adam": lambda params: AdamOptimizer(params, 0.05, 0.85, 0.97, 1e-6),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_twenty_steps_equal_the_reference(name):
    optimizer = OPTIMIZERS[name]
    rng = np.random.RandomState(0)
    weight = rng.normal(size=(4, 3))
    theirs = [weight.copy()]
    reference = REFERENCES[name](theirs)
    memory = [np.zeros_like(weight)] * optimizer.slots
    numbers = {key: tf.constant(value, tf.float64) for key, value in NUMBERS.items()}

    def number(key, complement=False):
        return 1 - numbers[key] if complement else numbers[key]

    for step in range(1, 21):
        gradient = rng.normal(size=weight.shape)
        size = optimizer.step_size(tf.constant(0.05, tf.float64), tf.constant(step, tf.int64), numbers)
        weight, memory = optimizer.update(weight, gradient, memory, size, number)
        reference.update_params(theirs, [gradient])
        np.testing.assert_allclose(weight, theirs[0], rtol=1e-12)
