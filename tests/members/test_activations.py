"""The activations beside Keras' of that name, arrays beside tensors, derivatives beside differences."""

import keras
import numpy as np
import pytest
from sklearn.base import clone

from sklearn_ann.activations import (
    ACTIVATIONS,
    ALIASES,
    CELU,
    ELU,
    ActivationFunction,
    LeakyReLU,
    PReLU,
    RReLU,
    Threshold,
    activation_of,
)
from sklearn_ann.network.noise import NOISES
from sklearn_ann.runtime.arrays import numpy_namespace
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.tensors import tensor_namespace

MEMBERS = {name: activation_of(name) for name in ACTIVATIONS}  # as imported: a page of the docs adds one
# Settings that are not the defaults
MEMBERS |= {"leaky_relu": LeakyReLU(0.3), "elu": ELU(0.7), "celu": CELU(0.7), "threshold": Threshold(0.3, -0.2)}
Z = np.concatenate([np.linspace(-8, 8, 65), [-1e-9, 1e-9, -700.0, 700.0]])
# Where the derivative has a choice: as the limit from the left, from the right, or in between
AT_KINKS = {
    "relu": {0: 0},
    "leaky_relu": {0: 0.3},
    "rrelu": {0: (1 / 8 + 1 / 3) / 2},
    "prelu": {0: 0.25},
    "elu": {0: 0.7},
    "selu": {0: 1.6732632423543772 * 1.0507009873554805},
    "celu": {0: 1},
    "hard_sigmoid": {-3: 1 / 6, 3: 1 / 6},
    "hard_silu": {-3: -0.5, 3: 1.5},
    "hard_tanh": {-1: 1, 1: 1},
    "relu6": {0: 0, 6: 0},
    "step": {0: 0},
    "hard_shrink": {-0.5: 0, 0.5: 0},
    "soft_shrink": {-0.5: 0, 0.5: 0},
    "threshold": {0.3: 0},
    "sparse_sigmoid": {-1: 0.5, 1: 0.5},
    "sparse_plus": {-1: 0, 1: 1},
}


def on_arrays(name, z):
    """Value, derivative by z and by what is learned: of the structure, with hyperparameters as arguments."""
    member, given = MEMBERS[name].structure(), z.copy()
    learned = (np.full(z.shape[-1], first, z.dtype) for _, first in member.learned)
    hyper = *MEMBERS[name].hyper, *learned
    value = member.value(numpy_namespace, given, *hyper)
    if member.keeps_z:
        np.testing.assert_array_equal(given, z)
    kept = value.copy()
    arguments = (given if member.keeps_z else None, value, *hyper)
    slope = np.ones_like(z) if member.slope is None else member.slope(numpy_namespace, *arguments)
    learned = member.learned_slopes(numpy_namespace, *arguments) if member.learned else ()
    np.testing.assert_array_equal(value, kept)
    return value, slope, *learned


def on_tensors(name, z):
    member = MEMBERS[name].structure()
    numbers = *MEMBERS[name].hyper, *(first for _, first in member.learned)
    hyper = [tf.constant(number, z.dtype) for number in numbers]
    value = member.value(tensor_namespace, tf.constant(z), *hyper)
    arguments = (tf.constant(z) if member.keeps_z else None, value, *hyper)
    slope = tf.ones_like(value) if member.slope is None else member.slope(tensor_namespace, *arguments)
    learned = member.learned_slopes(tensor_namespace, *arguments) if member.learned else ()
    return [each.numpy() for each in (value, slope, *learned)]


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")  # exp(700) in float32 is infinite, in Keras too
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [name for name, member in MEMBERS.items() if not member.learned])
def test_values_equal_keras(name, dtype):
    z, member = Z.astype(dtype), MEMBERS[name]
    if name == "step":
        expected = np.heaviside(z, 1)
    elif name == "rrelu":
        expected = keras.activations.leaky_relu(tf.constant(z), negative_slope=(1 / 8 + 1 / 3) / 2).numpy()
    else:
        theirs = keras.activations.get(member.keras_name or name)
        expected = theirs(tf.constant(z), **member.get_params()).numpy()
    # Keras rounds its constants to float32 on the way
    tolerance = {"rtol": 2e-6, "atol": 1e-6 if dtype == "float32" else 1e-7}
    np.testing.assert_allclose(on_arrays(name, z)[0], expected, **tolerance)
    np.testing.assert_allclose(on_tensors(name, z)[0], expected, **tolerance)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", MEMBERS)
def test_arrays_and_tensors_agree_in_values_and_derivatives(name, dtype):
    z = Z[np.abs(Z) < 80].astype(dtype)
    for array, tensor in zip(on_arrays(name, z), on_tensors(name, z), strict=True):
        assert array.dtype in (dtype, bool)
        assert tensor.dtype == dtype
        assert array.shape == tensor.shape == z.shape
        # a few roundings of numbers up to 8, or up to exp(8)
        scale = np.abs(tensor).max()
        np.testing.assert_allclose(array, tensor, rtol=0, atol=(1e-12 if dtype == "float64" else 1e-5) * scale)


@pytest.mark.parametrize("name", MEMBERS)
def test_the_derivative_is_the_difference_of_values(name):
    z, step = np.linspace(-7.03, 7.02, 300), 1e-6
    ends = [on_arrays(name, z + sign * step)[0] for sign in (1, -1)]
    # central differences of numbers up to 7, or up to exp(7)
    np.testing.assert_allclose(on_arrays(name, z)[1], (ends[0] - ends[1]) / (2 * step), rtol=1e-8, atol=5e-9)


@pytest.mark.parametrize("name", [name for name, member in MEMBERS.items() if member.learned])
def test_the_derivatives_by_what_is_learned_are_differences_of_values(name):
    member, z, step = MEMBERS[name], np.linspace(-7, 7, 50), 1e-6
    learned = [np.full(z.size, first) for _, first in member.learned]
    for i, slope in enumerate(on_arrays(name, z)[2:]):
        ends = []
        for sign in (1, -1):
            moved = [each + sign * step * (i == j) for j, each in enumerate(learned)]
            ends.append(member.value(numpy_namespace, z.copy(), *member.hyper, *moved))
        np.testing.assert_allclose(slope, (ends[0] - ends[1]) / (2 * step), rtol=1e-8, atol=5e-9)


@pytest.mark.parametrize("name", AT_KINKS)
def test_the_derivative_at_a_kink(name):
    z, expected = np.array(list(AT_KINKS[name]), dtype=float), list(AT_KINKS[name].values())
    np.testing.assert_allclose(on_arrays(name, z)[1], expected, rtol=1e-15)
    np.testing.assert_allclose(on_tensors(name, z)[1], expected, rtol=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_derivative_of_gelu_near_zero(dtype):
    """It divides by ``z``."""
    z = np.array([0.0, -0.0, 1e-38, -1e-33, 1e-30, -1e-29, 1e-15], dtype=dtype)
    np.testing.assert_allclose(on_arrays("gelu", z)[1], 0.5, rtol=1e-6)
    np.testing.assert_allclose(on_tensors("gelu", z)[1], 0.5, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [name for name in MEMBERS if name != "exponential"])
def test_far_out_values_and_derivatives_are_finite(name, dtype):
    far = np.array([-1e15, -1e4, -700, -90, 90, 700, 1e4, 1e15], dtype=dtype)
    for array, tensor in zip(on_arrays(name, far), on_tensors(name, far), strict=True):
        assert np.isfinite(array).all()
        np.testing.assert_allclose(array, tensor, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 5)])
def test_a_learned_slope_is_one_of_each_unit(shape):
    z = np.random.RandomState(0).normal(size=shape)
    slope = np.random.RandomState(1).uniform(size=(*shape[:-2], 1, shape[-1]))
    prelu = PReLU()
    by_array = prelu.value(numpy_namespace, z, slope)
    np.testing.assert_array_equal(by_array, np.where(z > 0, z, z * slope))
    np.testing.assert_array_equal(prelu.value(tensor_namespace, tf.constant(z), tf.constant(slope)), by_array)
    np.testing.assert_array_equal(prelu.slope(numpy_namespace, z, by_array, slope), np.where(z > 0, 1, slope))


def test_a_users_function_is_differentiated_by_tensorflow():
    z, upstream = np.linspace(-2, 2, 12).reshape(4, 3), np.arange(12.0).reshape(4, 3)
    called = ActivationFunction(tf.sin)
    value, pullback = called.with_pullback(tf.constant(z))
    np.testing.assert_allclose(value, np.sin(z), rtol=1e-12)
    np.testing.assert_allclose(called.value(numpy_namespace, z), np.sin(z), rtol=1e-12)
    np.testing.assert_allclose(called.value(tensor_namespace, tf.constant(z)), np.sin(z), rtol=1e-12)
    np.testing.assert_allclose(pullback(tf.constant(upstream)), upstream * np.cos(z), rtol=1e-12)
    _, pullback = ActivationFunction(lambda z: z).with_pullback(tf.constant(z))
    np.testing.assert_array_equal(pullback(tf.constant(upstream)), upstream)
    _, pullback = ActivationFunction(tf.zeros_like).with_pullback(tf.constant(z))
    np.testing.assert_array_equal(pullback(tf.constant(upstream)), np.zeros_like(z))


@pytest.mark.parametrize("name", [name for name, member in MEMBERS.items() if member.hyper_names])
def test_a_structure_is_the_same_whatever_the_hyperparameters(name):
    member = MEMBERS[name]
    other = clone(member).set_params(**{key: 0.9 * value for key, value in member.get_params().items()})
    assert other.hyper != member.hyper
    assert other != member
    assert other.structure() == member.structure()
    assert hash(other.structure()) == hash(member.structure())
    assert other.structure().hyper_names == member.hyper_names


def test_rrelu_predicts_as_a_leaky_relu_and_spreads_its_slopes_over_its_bounds():
    rrelu = RReLU(0.1, 0.4)
    assert rrelu.structure() == RReLU(0.2, 0.3).structure()
    np.testing.assert_array_equal(
        rrelu.structure().value(numpy_namespace, Z.copy(), *rrelu.hyper),
        LeakyReLU().value(numpy_namespace, Z.copy(), 0.25),
    )
    kind, spread = rrelu.noise
    assert kind in NOISES
    (slope,) = rrelu.hyper
    np.testing.assert_allclose([slope * (1 - spread), slope * (1 + spread)], [0.1, 0.4], rtol=1e-15)


def test_every_name_of_keras_for_a_function_of_single_numbers_is_known():
    theirs = {name for name in dir(keras.activations) if callable(getattr(keras.activations, name))}
    of_rows = {"glu", "softmax", "log_softmax", "sparsemax"}
    assert of_rows < theirs
    assert theirs - of_rows - {"get", "serialize", "deserialize"} <= {*ACTIVATIONS, *ALIASES}


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_an_alias_is_keras_function_of_that_name(alias, name):
    expected = keras.activations.get(alias)(tf.constant(Z)).numpy()
    np.testing.assert_allclose(on_arrays(name, Z)[0], expected, rtol=1e-6, atol=1e-7)
