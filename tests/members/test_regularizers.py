"""The table of regularizers against its formulas, differences and TensorFlow, in both array namespaces."""

import numpy as np
import pytest

from sklearn_ann.engines.regularizers import REGULARIZERS, Regularizer
from sklearn_ann.runtime.arrays import numpy_namespace
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.tensors import tensor_namespace

NAMES = list(REGULARIZERS)  # as imported: a page of the docs adds a row
PENALTIES = [name for name in NAMES if REGULARIZERS[name].value is not None]
BOUNDS = [name for name in NAMES if REGULARIZERS[name].value is None]
SHAPES = [(4, 3), (3,), (3, 2), (2,)]
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


def arrays(dtype="float64", lead=(), scale=1.0):
    return [(scale * np.random.RandomState(k).normal(size=(*lead, *s))).astype(dtype) for k, s in enumerate(SHAPES)]


def bounded(name, given, amount, engine="numpy"):
    """Results of a bound for copies of the arrays, as NumPy arrays; only coefficients where weights are bounded."""
    row = REGULARIZERS[name]
    xp, make = (numpy_namespace, np.array) if engine == "numpy" else (tensor_namespace, tf.constant)
    given = [make(array) for array in given]
    results = row.clip(xp, given, amount) if row.clip else [row.project(xp, coef, amount) for coef in given[::2]]
    return [np.asarray(result) for result in results]


@DTYPES
@pytest.mark.parametrize("name", PENALTIES)
def test_penalties_agree_and_slopes_are_their_derivatives(name, dtype):
    row, coef = REGULARIZERS[name], arrays(dtype)[0]
    value, slope = row.value(numpy_namespace, coef), row.slope(numpy_namespace, coef)
    tensor = tf.constant(coef)
    for ours, theirs in [
        (value, row.value(tensor_namespace, tensor)),
        (slope, row.slope(tensor_namespace, tensor)),
        (row.total(numpy_namespace, coef), row.total(tensor_namespace, tensor)),
        (row.total(numpy_namespace, coef), value.sum(axis=-1)),
    ]:
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
        assert ours.dtype == theirs.dtype == dtype
    wide = coef.astype(float)
    difference = row.value(numpy_namespace, wide + 1e-6) - row.value(numpy_namespace, wide - 1e-6)
    np.testing.assert_allclose(slope, difference / 2e-6, rtol=1e-6)


def test_the_total_of_a_penalty_needs_only_its_value():
    row = Regularizer(value=lambda xp, coef: xp.sqrt(xp.abs(coef)), slope=lambda xp, coef: coef)
    coef = arrays()[0]
    np.testing.assert_allclose(row.total(numpy_namespace, coef), np.sqrt(np.abs(coef)).sum(axis=-1))


@DTYPES
@pytest.mark.parametrize("engine", ["numpy", "tensorflow"])
@pytest.mark.parametrize("amount", [0.7, 100.0])
@pytest.mark.parametrize("name", BOUNDS)
def test_bounds_are_their_formulas(name, amount, engine, dtype):
    given = arrays(dtype)
    length = np.sqrt(sum((array.astype(float) ** 2).sum() for array in given))
    expected = {
        "clip_value": lambda: [np.clip(array, -amount, amount) for array in given],
        "clip_norm": lambda: [array * min(1, amount / length) for array in given],
        "max_norm": lambda: [c * np.minimum(1, amount / np.sqrt((c**2).sum(axis=0))) for c in given[::2]],
    }[name]()
    amounts = [amount, np.float64(amount), np.array(amount)]
    for each in amounts if engine == "numpy" else [amount, tf.constant(amount, tf.float64)]:
        for ours, theirs in zip(bounded(name, given, each, engine), expected, strict=True):
            assert ours.dtype == dtype
            np.testing.assert_allclose(ours, theirs, rtol=1e-6 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize("name", BOUNDS)
def test_numpy_writes_in_place_and_leaves_small_numbers_as_they_are(name):
    row = REGULARIZERS[name]
    given = arrays()
    results = row.clip(numpy_namespace, given, 1e3) if row.clip else [row.project(numpy_namespace, given[0], 1e3)]
    for result, same, before in zip(results, given, arrays(), strict=False):
        assert result is same
        np.testing.assert_array_equal(result, before)


@pytest.mark.parametrize("name", BOUNDS)
def test_zeros_stay_zeros(name):
    for engine in ("numpy", "tensorflow"):
        for result in bounded(name, [np.zeros(shape) for shape in SHAPES], 0.7, engine):
            assert not result.any()


@DTYPES
@pytest.mark.parametrize("name", BOUNDS)
def test_large_numbers_are_bounded_without_a_warning(name, dtype):
    far = {"float32": 1e18 if name == "max_norm" else 1e37, "float64": 1e150}[dtype]
    for engine in ("numpy", "tensorflow"):
        for result in bounded(name, arrays(dtype, scale=far), 0.7, engine):
            assert np.isfinite(result).all()
            assert 0 < np.abs(result).max() < 0.71


@DTYPES
@pytest.mark.parametrize("engine", ["numpy", "tensorflow"])
@pytest.mark.parametrize("name", BOUNDS)
def test_models_of_a_population_have_limits_of_their_own(name, engine, dtype):
    given, limits = arrays(dtype, lead=(2,)), np.array([0.2, 1.5])
    together = bounded(name, given, limits if engine == "numpy" else tf.constant(limits), engine)
    for model in range(2):
        alone = bounded(name, [array[model] for array in given], float(limits[model]))
        for ours, theirs in zip(together, alone, strict=True):
            assert ours.dtype == dtype
            np.testing.assert_allclose(ours[model], theirs, rtol=1e-6 if dtype == "float32" else 1e-12)


def test_max_norm_and_clip_norm_are_those_of_keras_and_tensorflow():
    from tensorflow import keras

    given = arrays()
    ours = bounded("max_norm", given, 0.7)[0]
    np.testing.assert_allclose(ours, keras.constraints.MaxNorm(0.7, axis=0)(tf.constant(given[0])), rtol=1e-5)
    theirs, _ = tf.clip_by_global_norm([tf.constant(array) for array in given], 0.7)
    for ours, tensor in zip(bounded("clip_norm", given, 0.7), theirs, strict=True):
        np.testing.assert_allclose(ours, tensor, rtol=1e-12)
