"""Gradient clipping against its formulas and TensorFlow, in both array namespaces."""

import numpy as np
import pytest

from sklearn_ann.engines.clipping import CLIPPINGS
from sklearn_ann.runtime.arrays import numpy_namespace
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.tensors import tensor_namespace

SHAPES = [(4, 3), (3,), (3, 2), (2,)]
NAMES = pytest.mark.parametrize("name", CLIPPINGS)
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
ENGINES = pytest.mark.parametrize("engine", ["numpy", "tensorflow"])


def arrays(dtype="float64", lead=(), scale=1.0):
    return [(scale * np.random.RandomState(k).normal(size=(*lead, *s))).astype(dtype) for k, s in enumerate(SHAPES)]


def clipped(name, gradients, limit, engine="numpy"):
    """Results for copies of the arrays, as NumPy arrays."""
    xp, make = (numpy_namespace, np.array) if engine == "numpy" else (tensor_namespace, tf.constant)
    return [np.asarray(result) for result in CLIPPINGS[name](xp, [make(array) for array in gradients], limit)]


@DTYPES
@ENGINES
@pytest.mark.parametrize("limit", [0.7, 100.0])
@NAMES
def test_clippings_are_their_formulas(name, limit, engine, dtype):
    given = arrays(dtype)
    length = np.sqrt(sum((array.astype(float) ** 2).sum() for array in given))
    expected = {
        "clipvalue": [np.clip(array, -limit, limit) for array in given],
        "global_clipnorm": [array * min(1, limit / length) for array in given],
    }[name]
    limits = [limit, np.float64(limit), np.array(limit)]
    for each in limits if engine == "numpy" else [limit, tf.constant(limit, tf.float64)]:
        for ours, theirs in zip(clipped(name, given, each, engine), expected, strict=True):
            assert ours.dtype == dtype
            np.testing.assert_allclose(ours, theirs, rtol=1e-6 if dtype == "float32" else 1e-12)


def test_the_global_norm_is_tensorflows():
    given = arrays()
    theirs, _ = tf.clip_by_global_norm([tf.constant(array) for array in given], 0.7)
    for ours, tensor in zip(clipped("global_clipnorm", given, 0.7), theirs, strict=True):
        np.testing.assert_allclose(ours, tensor, rtol=1e-12)


@NAMES
def test_numpy_writes_in_place_and_leaves_small_numbers_as_they_are(name):
    given = arrays()
    for result, same, before in zip(CLIPPINGS[name](numpy_namespace, given, 1e3), given, arrays(), strict=True):
        assert result is same
        np.testing.assert_array_equal(result, before)


@ENGINES
@NAMES
def test_zeros_stay_zeros(name, engine):
    for result in clipped(name, [np.zeros(shape) for shape in SHAPES], 0.7, engine):
        assert not result.any()


@DTYPES
@ENGINES
@NAMES
def test_large_numbers_are_bounded_without_a_warning(name, engine, dtype):
    far = {"float32": 1e37, "float64": 1e150}[dtype]
    for result in clipped(name, arrays(dtype, scale=far), 0.7, engine):
        assert np.isfinite(result).all()
        assert 0 < np.abs(result).max() < 0.71


@DTYPES
@ENGINES
@NAMES
def test_models_of_a_population_have_limits_of_their_own(name, engine, dtype):
    given, limits = arrays(dtype, lead=(2,)), np.array([0.2, 1.5])
    together = clipped(name, given, limits if engine == "numpy" else tf.constant(limits), engine)
    for model in range(2):
        alone = clipped(name, [array[model] for array in given], float(limits[model]))
        for ours, theirs in zip(together, alone, strict=True):
            assert ours.dtype == dtype
            np.testing.assert_allclose(ours[model], theirs, rtol=1e-6 if dtype == "float32" else 1e-12)
