"""Noise in training: the random bits, the moments and derivative of each kind, arrays beside tensors.

Gradients of networks with noise are tested in ``test_layers.py``.
"""

import numpy as np
import pytest
from scipy.stats import chisquare, kstest

from sklearn_ann.activations import SELU
from sklearn_ann.losses import SquaredError
from sklearn_ann.network.noise import NOISES, Noise, random_bits, step_keys, with_noise
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.runtime.arrays import numpy_namespace
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.tensors import tensor_namespace

SHAPE = (400, 500)


def _bits(seed=0, step=0, stream=0, shape=SHAPE):
    return random_bits(numpy_namespace, step_keys(numpy_namespace, float(seed), step), stream, shape)


def _noisy(kind, values, bits, amount):
    """On arrays, beside which tensors are the same; noisy values and their derivative."""
    noisy, factor = NOISES[kind](numpy_namespace, values, bits, amount)
    tensors = map(tf.constant, (values, bits))
    theirs, their_factor = NOISES[kind](tensor_namespace, *tensors, tf.constant(amount, tf.float64))
    assert noisy.dtype == theirs.numpy().dtype == values.dtype
    atol, rtol = (1e-12, 1e-12) if values.dtype == "float64" else (1e-5, 1e-5)
    np.testing.assert_allclose(noisy, theirs, rtol=rtol, atol=atol)
    assert (factor is None) == (their_factor is None)
    if factor is not None:
        assert factor.dtype == their_factor.numpy().dtype == values.dtype
        np.testing.assert_allclose(factor, their_factor, rtol=rtol, atol=atol)
    return noisy, factor


def test_the_hash_is_lowbias32():
    """Against the published function, in Python's whole numbers."""

    def mixed(x):
        for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
            x = (x ^ (x >> shift)) * factor % 2**32
        return x ^ (x >> 16)

    key = mixed((7 + mixed(3)) % 2**32)
    expected = [mixed(mixed(counter) ^ mixed(key + 2)) for counter in range(12)]
    np.testing.assert_array_equal(_bits(7, 3, 2, (3, 4)).ravel(), expected)


@pytest.mark.parametrize("shape", [(1,), (3, 4), (40, 1), (2, 3, 5)])
@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1, 2**32 - 1])
def test_arrays_and_tensors_have_the_same_bits(seed, shape):
    steps = np.array([1, 2, 2**31, 2**40 + 3])
    seeds = np.full((2, 1), float(seed))
    keys = step_keys(numpy_namespace, seeds, steps)
    theirs = step_keys(tensor_namespace, tf.constant(seeds), tf.constant(steps))
    assert keys.dtype == np.uint32
    assert keys.shape == (2, 4)
    np.testing.assert_array_equal(keys, theirs)
    for stream in (0, 3, 2**10):
        bits = random_bits(numpy_namespace, keys, stream, shape)
        assert bits.dtype == np.uint32
        assert bits.shape == (2, 4, *shape)
        np.testing.assert_array_equal(bits, random_bits(tensor_namespace, theirs, stream, shape))
        for i, key in enumerate(keys[0]):  # one by one: NumPy's own numbers, and arrays without an axis
            single = step_keys(numpy_namespace, seed, steps[i])
            assert single == key
            np.testing.assert_array_equal(random_bits(numpy_namespace, key, stream, shape), bits[0, i])
            np.testing.assert_array_equal(random_bits(numpy_namespace, single, stream, shape), bits[0, i])


def test_a_kept_counter_is_the_one_made_anew(monkeypatch):
    bits = _bits(shape=(7, 3))
    monkeypatch.setattr("sklearn_ann.network.noise._KEPT_COUNTER", 0)
    np.testing.assert_array_equal(_bits(shape=(7, 3)), bits)


def test_bits_are_even_and_streams_steps_and_seeds_apart():
    bits = _bits().ravel()
    assert chisquare(np.bincount(bits >> 24, minlength=256)).pvalue > 1e-3
    assert chisquare(np.bincount(bits & 255, minlength=256)).pvalue > 1e-3
    for lag in (1, 2, 500, 501):
        assert abs(np.corrcoef(bits[lag:], bits[:-lag])[0, 1]) < 0.01
    for other in (_bits(seed=1), _bits(step=1), _bits(stream=1), _bits(seed=2**31 - 1, step=10**6)):
        assert abs(np.corrcoef(bits, other.ravel())[0, 1]) < 0.01
    np.testing.assert_array_equal(bits, _bits().ravel())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_dropout_drops_its_share_and_keeps_the_mean(rate, dtype):
    dropped, factor = _noisy("dropout", np.ones(SHAPE, dtype), _bits(), rate)
    np.testing.assert_array_equal(dropped, factor)
    np.testing.assert_allclose(np.unique(dropped), [0, 1 / (1 - rate)] if rate else [1], rtol=1e-6)
    assert abs((dropped == 0).mean() - rate) < 0.005


@pytest.mark.parametrize("rate", [0.05, 0.3])
def test_alpha_dropout_keeps_mean_and_variance(rate):
    values = np.random.RandomState(0).normal(size=SHAPE)
    dropped, _ = _noisy("alpha_dropout", values, _bits(), rate)
    moved, _ = _noisy("alpha_dropout", np.full(SHAPE, 3.0, np.float32), _bits(), rate)
    assert abs((moved == moved.min()).mean() - rate) < 0.005
    assert abs(dropped.mean()) < 0.01
    assert abs(dropped.std() - 1) < 0.01


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gaussian_noise_is_normal(dtype):
    noisy, _ = _noisy("gaussian", np.full(SHAPE, 3, dtype), _bits(), 0.5)
    assert np.isfinite(noisy).all()
    assert kstest((noisy.ravel()[:20_000] - 3) / 0.5, "norm").pvalue > 1e-3


def test_random_slopes_are_even_around_the_mean_and_below_zero_only():
    values = np.random.RandomState(0).normal(size=SHAPE)
    noisy, factor = _noisy("random_slope", values, _bits(), 0.25)
    np.testing.assert_array_equal(factor[values >= 0], 1)
    assert kstest((factor[values < 0][:20_000] - 0.75) / 0.5, "uniform").pvalue > 1e-3
    np.testing.assert_array_equal(noisy, values * factor)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", NOISES)
def test_the_factor_is_the_difference_of_values(kind, dtype):
    values, step = np.random.RandomState(0).normal(size=(20, 5)).astype(dtype), 0.01  # they are piecewise linear
    values[np.abs(values) < 2 * step] = 1
    bits = _bits(shape=values.shape)
    ends = [_noisy(kind, values + moved, bits, 0.3)[0] for moved in (step, -step)]
    _, factor = _noisy(kind, values, bits, 0.3)
    difference = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose(difference, 1 if factor is None else factor, atol=1e-10 if dtype == "float64" else 1e-4)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", NOISES)
def test_the_ends_of_the_bits_give_finite_values(kind, dtype):
    bits = np.array([[0, 1, 2**31, 2**32 - 1]], dtype=np.uint32)
    values = np.array([[-1e30, 0, 1e30, 700]], dtype=dtype)
    noisy, factor = NOISES[kind](numpy_namespace, values, bits, 0.3)
    assert np.isfinite(noisy).all()
    assert factor is None or np.isfinite(factor).all()


@pytest.mark.parametrize("lead", [(), (2,)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_kinds_at_one_place_multiply_their_factors(dtype, lead):
    noise = ((0, "gaussian"), (1, "dropout"), (1, "gaussian"), (1, "alpha_dropout"))
    network = Network(4, (6,), (SELU(),), Output(SquaredError(), (2,)), dtype, noise)
    rates = (0.2, 0.25, 0.3, 0.35)
    amounts = tuple(np.full(lead, rate) if lead else rate for rate in rates)
    keys = step_keys(numpy_namespace, np.full(lead, 5.0), 1)
    values = np.random.RandomState(0).normal(size=(*lead, 8, 6)).astype(dtype)
    expected, product = values, 1
    for stream in (1, 2, 3):
        bits = random_bits(numpy_namespace, keys, stream, (8, 6))
        expected, factor = NOISES[noise[stream][1]](numpy_namespace, expected, bits, rates[stream])
        product = product * (1 if factor is None else factor)
    found, factor = with_noise(numpy_namespace, network, 1, values, Noise(keys, amounts))
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(factor, product)
    assert found.dtype == factor.dtype == dtype
    assert found.shape == factor.shape == values.shape
    tensors = Noise(tf.constant(keys), tuple(tf.constant(amount, tf.float64) for amount in amounts))
    for mine, theirs in zip(
        (found, factor), with_noise(tensor_namespace, network, 1, tf.constant(values), tensors), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5)
    assert with_noise(numpy_namespace, network, 0, values, Noise(keys, amounts))[1] is None
    for place, given in ((1, None), (2, Noise(keys, amounts))):
        found, factor = with_noise(numpy_namespace, network, place, values, given)
        assert found is values
        assert factor is None
