"""Every regularizer against its formula, Keras, differences and TensorFlow, in both array namespaces."""

import keras
import numpy as np
import pytest

from sklearn_ann import regularizers
from sklearn_ann.regularizers import L1, L2, Constraint, MaxNorm, Penalty
from sklearn_ann.runtime.arrays import numpy_namespace
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.tensors import tensor_namespace

KINDS = [each for each in map(vars(regularizers).get, regularizers.__all__) if isinstance(each, type)]
PENALTIES = [kind().structure() for kind in KINDS if issubclass(kind, Penalty) and kind is not Penalty]
CONSTRAINTS = [kind().structure() for kind in KINDS if issubclass(kind, Constraint) and kind is not Constraint]
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
ENGINES = pytest.mark.parametrize("engine", ["numpy", "tensorflow"])
CONSTRAINT = pytest.mark.parametrize("constraint", CONSTRAINTS, ids=repr)


def matrix(dtype="float64", lead=(), scale=1.0):
    return (scale * np.random.RandomState(0).normal(size=(*lead, 4, 3))).astype(dtype)


def projected(constraint, coef, limit, engine="numpy"):
    """The result for a copy of the matrix, as a NumPy array."""
    xp, make = (numpy_namespace, np.array) if engine == "numpy" else (tensor_namespace, tf.constant)
    return np.asarray(constraint.project(xp, make(coef), limit))


@pytest.mark.parametrize("kind", [type(each) for each in (*PENALTIES, *CONSTRAINTS)])
def test_negative_strengths_and_limits_are_refused(kind):
    with pytest.raises(ValueError, match=f"The '{kind.hyper_names[0]}' parameter of {kind.__name__} must be"):
        kind(-0.1).check()


@DTYPES
@pytest.mark.parametrize("penalty", PENALTIES, ids=repr)
def test_penalties_agree_and_slopes_are_their_derivatives(penalty, dtype):
    coef = matrix(dtype)
    value, slope = penalty.value(numpy_namespace, coef), penalty.slope(numpy_namespace, coef)
    tensor = tf.constant(coef)
    for ours, theirs in [
        (value, penalty.value(tensor_namespace, tensor)),
        (slope, penalty.slope(tensor_namespace, tensor)),
        (penalty.total(numpy_namespace, coef), penalty.total(tensor_namespace, tensor)),
        (penalty.total(numpy_namespace, coef), value.sum(axis=-1)),
    ]:
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
        assert ours.dtype == theirs.dtype == dtype
    wide = coef.astype(float)
    difference = penalty.value(numpy_namespace, wide + 1e-6) - penalty.value(numpy_namespace, wide - 1e-6)
    np.testing.assert_allclose(slope, difference / 2e-6, rtol=1e-6)


# Keras' L2 has no factor of one half.
@pytest.mark.parametrize(
    ("penalty", "reference"), [(L1(), keras.regularizers.L1(1)), (L2(), keras.regularizers.L2(0.5))]
)
def test_totals_are_those_of_keras(penalty, reference):
    coef = matrix()
    np.testing.assert_allclose(penalty.total(numpy_namespace, coef).sum(), reference(tf.constant(coef)), rtol=1e-12)


def test_the_total_of_a_penalty_needs_only_its_value():
    class Root(Penalty):
        def value(self, xp, coef):
            return xp.sqrt(xp.abs(coef))

    coef = matrix()
    np.testing.assert_allclose(Root().total(numpy_namespace, coef), np.sqrt(np.abs(coef)).sum(axis=-1))


@DTYPES
@ENGINES
@pytest.mark.parametrize("limit", [0.7, 100.0])
def test_max_norm_is_its_formula_and_keras(limit, engine, dtype):
    coef = matrix(dtype)
    expected = coef * np.minimum(1, limit / np.sqrt((coef**2).sum(axis=0)))
    limits = [limit, np.float64(limit), np.array(limit)] if engine == "numpy" else [limit, tf.constant(limit, dtype)]
    for each in limits:
        ours = projected(MaxNorm().structure(), coef, each, engine)
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, expected, rtol=1e-6 if dtype == "float32" else 1e-12)
    keras_own = keras.constraints.MaxNorm(limit, axis=0)(tf.constant(coef))
    np.testing.assert_allclose(expected, keras_own, rtol=1e-5)  # which adds 1e-7 to the norm


@CONSTRAINT
def test_numpy_writes_in_place_and_leaves_small_numbers_as_they_are(constraint):
    coef = matrix()
    assert constraint.project(numpy_namespace, coef, 1e3) is coef
    np.testing.assert_array_equal(coef, matrix())


@ENGINES
@CONSTRAINT
def test_zeros_stay_zeros(constraint, engine):
    assert not projected(constraint, np.zeros((4, 3)), 0.7, engine).any()


@DTYPES
@ENGINES
@CONSTRAINT
def test_large_numbers_are_bounded_without_a_warning(constraint, engine, dtype):
    far = {"float32": 1e18, "float64": 1e150}[dtype]
    result = projected(constraint, matrix(dtype, scale=far), 0.7, engine)
    assert np.isfinite(result).all()
    assert 0 < np.abs(result).max() < 0.71


@DTYPES
@ENGINES
@CONSTRAINT
def test_models_of_a_population_have_limits_of_their_own(constraint, engine, dtype):
    coef, limits = matrix(dtype, lead=(2,)), np.array([0.2, 1.5], dtype)[:, None, None]
    together = projected(constraint, coef, limits if engine == "numpy" else tf.constant(limits), engine)
    assert together.dtype == dtype
    for model in range(2):
        alone = projected(constraint, coef[model], float(limits[model, 0, 0]))
        np.testing.assert_allclose(together[model], alone, rtol=1e-6 if dtype == "float32" else 1e-12)
