"""The normalizations beside Keras', arrays beside tensors, derivatives beside differences and TensorFlow's."""

import keras
import numpy as np
import pytest

from sklearn_ann.normalizations import NORMALIZATIONS, normalization_of
from sklearn_ann.runtime.arrays import numpy_namespace
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.tensors import tensor_namespace

MEMBERS = {name: normalization_of(name) for name in NORMALIZATIONS}  # as imported: a page of the docs adds one
ROWS, UNITS = 9, 4
LAYERS = {"batch": keras.layers.BatchNormalization, "layer": keras.layers.LayerNormalization}
LEADS = [(), (3,)]


def problem(name, dtype="float64", lead=()):
    """Values, shares of which one is a padding row's, learned and moving arrays, derivatives by the value."""
    rng = np.random.RandomState(0)
    shares = rng.uniform(size=(*lead, ROWS))
    shares[..., -2] = 0
    shares /= shares.sum(axis=-1, keepdims=True)
    learned = {"scale": rng.uniform(0.5, 2, size=(*lead, UNITS)), "shift": rng.normal(size=(*lead, UNITS))}
    moving = {"mean": rng.normal(size=(*lead, UNITS)), "variance": rng.uniform(1, 2, size=(*lead, UNITS))}
    moving = {key: moving[key].astype(dtype) for key, _ in MEMBERS[name].moving}
    values, upstream = rng.normal(2, 3, size=(2, *lead, ROWS, UNITS)).astype(dtype)
    upstream *= shares[..., None] > 0
    return values, shares.astype(dtype), {key: each.astype(dtype) for key, each in learned.items()}, moving, upstream


def tensors(tree):
    return tf.nest.map_structure(tf.constant, tree)


def trained(name, values, shares, learned, upstream):
    """On arrays: value, moments, derivatives by the values and by what is learned; nothing given is overwritten."""
    given = tf.nest.map_structure(np.copy, (values, shares, learned, upstream))
    member, hyper = MEMBERS[name].structure(), MEMBERS[name].hyper
    value, moments, pullback = member.with_pullback(numpy_namespace, values, shares, learned, *hyper)
    results = value, moments, *pullback(upstream)
    tf.nest.map_structure(np.testing.assert_array_equal, given, (values, shares, learned, upstream))
    return results


def predicted(name, values, learned, moving):
    return MEMBERS[name].structure().value(numpy_namespace, values.copy(), learned, moving, *MEMBERS[name].hyper)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", MEMBERS)
def test_values_equal_keras(name, training):
    values, _, learned, moving, upstream = problem(name)
    layer = LAYERS[name](epsilon=MEMBERS[name].epsilon, dtype="float64")
    layer.build(values.shape)
    layer.set_weights([*learned.values(), *moving.values()])
    expected = layer(values, training=training).numpy()
    if training:
        found, moments, *_ = trained(name, values, np.full(ROWS, 1 / ROWS), learned, upstream)
        assert set(moments) == set(moving)
    else:
        found = predicted(name, values, learned, moving)
    # Keras takes float64 through float32 in places
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", MEMBERS)
def test_arrays_and_tensors_agree(name, dtype, lead):
    values, shares, learned, moving, upstream = problem(name, dtype, lead)
    member, hyper = MEMBERS[name].structure(), [tf.constant(each, dtype) for each in MEMBERS[name].hyper]
    value, moments, pullback = member.with_pullback(tensor_namespace, *tensors((values, shares, learned)), *hyper)
    by_tensors = [value, moments, *pullback(tf.constant(upstream))]
    by_tensors.append(member.value(tensor_namespace, *tensors((values, learned, moving)), *hyper))
    by_arrays = [*trained(name, values, shares, learned, upstream)]
    by_arrays.append(predicted(name, values, learned, moving))
    for array, tensor in zip(*map(tf.nest.flatten, (by_arrays, by_tensors)), strict=True):
        assert array.dtype == tensor.numpy().dtype == dtype
        assert array.shape == tuple(tensor.shape)
        rtol, atol = (1e-12, 1e-12) if dtype == "float64" else (1e-4, 1e-5)
        np.testing.assert_allclose(array, tensor, rtol=rtol, atol=atol)


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("name", MEMBERS)
def test_derivatives_are_differences_of_values(name, lead):
    values, shares, learned, _, upstream = problem(name, lead=lead)
    _, _, by_values, by_learned = trained(name, values, shares, learned, upstream)

    def total():
        return (trained(name, values, shares, learned, upstream)[0] * upstream).sum()

    for array, slope in ((values, by_values), *((learned[key], by_learned[key]) for key in learned)):
        assert slope.shape == array.shape
        for place in np.ndindex(array.shape):
            kept, ends = array[place], []
            for step in (1e-6, -1e-6):
                array[place] = kept + step
                ends.append(total())
            array[place] = kept
            # central differences of sums of about a hundred terms
            np.testing.assert_allclose(slope[place], (ends[0] - ends[1]) / 2e-6, rtol=1e-6, atol=2e-7)


@pytest.mark.parametrize("name", MEMBERS)
def test_derivatives_equal_tensorflows(name):
    values, shares, learned, _, upstream = map(tensors, problem(name))
    member = MEMBERS[name]
    with tf.GradientTape() as tape:
        tape.watch((values, learned))
        value, _, pullback = member.with_pullback(tensor_namespace, values, shares, learned, *member.hyper)
    expected = tape.gradient(value, (values, learned), output_gradients=upstream)
    for found, theirs in zip(*map(tf.nest.flatten, (pullback(upstream), expected)), strict=True):
        np.testing.assert_allclose(found, theirs, rtol=1e-10, atol=1e-12)


def test_batch_moments_count_rows_by_weight_and_padding_not_at_all():
    values, shares, learned, _, upstream = problem("batch")
    value, moments, by_values, _ = trained("batch", values, shares, learned, upstream)
    mean = np.average(values, axis=0, weights=shares)
    np.testing.assert_allclose(moments["mean"], mean, rtol=1e-12)
    np.testing.assert_allclose(moments["variance"], np.average((values - mean) ** 2, axis=0, weights=shares))
    rows = shares > 0
    without = trained("batch", values[rows], shares[rows], learned, upstream[rows])
    np.testing.assert_allclose(without[0], value[rows], rtol=1e-12)
    np.testing.assert_allclose(without[2], by_values[rows], rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(by_values[~rows], 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", MEMBERS)
def test_units_and_rows_without_spread_give_finite_values(name, dtype):
    values, shares, learned, moving, upstream = problem(name, dtype)
    values[...] = 1e4
    for shares_ in (shares, np.zeros_like(shares)):
        for array in tf.nest.flatten(trained(name, values, shares_, learned, upstream)):
            assert np.isfinite(array).all()
            assert array.dtype == dtype
    assert np.isfinite(predicted(name, values, learned, moving)).all()
