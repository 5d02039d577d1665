"""Noise in training: the random bits, the moments of each kind, gradients through them."""

import numpy as np
import pytest
from scipy.stats import chisquare, kstest

from sklearn_ann.network.backend import tf
from sklearn_ann.network.graph import loss_and_gradient
from sklearn_ann.network.initial import initial_weights
from sklearn_ann.network.noise import NOISES, Noise, random_bits, step_keys
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights

SHAPE = (400, 500)


def _bits(seed=0, step=0, stream=0, shape=SHAPE):
    return random_bits(step_keys(tf.constant(float(seed), tf.float64), tf.constant(step, tf.int64)), stream, shape)


def test_the_hash_is_lowbias32():
    """Against the published function, in Python's whole numbers."""

    def mixed(x):
        for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
            x = (x ^ (x >> shift)) * factor % 2**32
        return x ^ (x >> 16)

    key = mixed((7 + mixed(3)) % 2**32)
    expected = [mixed(mixed(counter) ^ mixed(key + 2)) for counter in range(12)]
    np.testing.assert_array_equal(_bits(7, 3, 2, (3, 4)).numpy().ravel(), expected)


def test_bits_are_even_and_streams_steps_and_seeds_apart():
    bits = _bits().numpy().ravel()
    assert chisquare(np.bincount(bits >> 24, minlength=256)).pvalue > 1e-3
    assert chisquare(np.bincount(bits & 255, minlength=256)).pvalue > 1e-3
    for lag in (1, 2, 500, 501):
        assert abs(np.corrcoef(bits[lag:], bits[:-lag])[0, 1]) < 0.01
    for other in (_bits(seed=1), _bits(step=1), _bits(stream=1), _bits(seed=2**31 - 1, step=10**6)):
        assert abs(np.corrcoef(bits, other.numpy().ravel())[0, 1]) < 0.01
    np.testing.assert_array_equal(bits, _bits().numpy().ravel())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_dropout_drops_its_share_and_keeps_the_mean(rate, dtype):
    dropped = NOISES["dropout"](tf.ones(SHAPE, dtype), _bits(), tf.constant(rate, tf.float64)).numpy()
    assert dropped.dtype == dtype
    np.testing.assert_allclose(np.unique(dropped), [0, 1 / (1 - rate)] if rate else [1], rtol=1e-6)
    assert abs((dropped == 0).mean() - rate) < 0.005


@pytest.mark.parametrize("rate", [0.05, 0.3])
def test_alpha_dropout_keeps_mean_and_variance(rate):
    values = np.random.RandomState(0).normal(size=SHAPE)
    dropped = NOISES["alpha_dropout"](tf.constant(values), _bits(), tf.constant(rate, tf.float64)).numpy()
    moved = NOISES["alpha_dropout"](tf.fill(SHAPE, tf.constant(3.0)), _bits(), tf.constant(rate, tf.float64)).numpy()
    assert abs((moved == moved.min()).mean() - rate) < 0.005
    assert abs(dropped.mean()) < 0.01
    assert abs(dropped.std() - 1) < 0.01


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gaussian_noise_is_normal(dtype):
    noisy = NOISES["gaussian"](tf.fill(SHAPE, tf.constant(3, dtype)), _bits(), tf.constant(0.5, tf.float64)).numpy()
    assert np.isfinite(noisy).all()
    assert kstest((noisy.ravel()[:20_000] - 3) / 0.5, "norm").pvalue > 1e-3


def test_gradients_go_through_the_noise():
    """Finite differences of the loss with the same key."""
    noise = ((0, "gaussian"), (0, "dropout"), (1, "dropout"), (2, "alpha_dropout"))
    network = Network(4, (6, 5), ("selu", "selu"), Output("squared_error", (2,)), "float64", noise)
    weights = Weights(*map(tuple, initial_weights(network, np.random.RandomState(0))))
    x, y = np.random.RandomState(1).normal(size=(8, 4)), np.random.RandomState(2).normal(size=(8, 2))
    amounts = {name: tf.constant(0.3, tf.float64) for name in network.noise_names}
    noise = Noise(step_keys(tf.constant(5.0, tf.float64), tf.constant(1, tf.int64)), amounts)

    @tf.function
    def losses(weights):
        return loss_and_gradient(network, weights, tf.constant(x), tf.constant(y), tf.ones(8, tf.float64), {}, noise)[
            :2
        ]

    tensors = tf.nest.map_structure(tf.constant, weights)
    _, gradient = tf.function(losses, jit_compile=True)(tensors)
    for layer in range(3):
        for place in ((0, 0), (3, 1)):
            step = np.zeros_like(weights.coefs[layer])
            step[place] = 1e-6
            ends = []
            for sign in (1, -1):
                coefs = list(weights.coefs)
                coefs[layer] = coefs[layer] + sign * step
                moved = tf.nest.map_structure(tf.constant, Weights(tuple(coefs), weights.intercepts))
                ends.append(losses(moved)[0].numpy().sum())
            # the gradient of the squared error sums over outputs, its value is their mean: scikit-learn's two
            difference = 2 * (ends[0] - ends[1]) / 2e-6
            np.testing.assert_allclose(gradient.coefs[layer][place], difference, rtol=1e-6, atol=1e-8)
