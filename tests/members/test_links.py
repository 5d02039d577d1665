"""The inverse links on arrays and on tensors, with their derivatives."""

import numpy as np
import pytest
from scipy.special import expit, softmax

from sklearn_ann.links import LINKS
from sklearn_ann.runtime.arrays import numpy_namespace
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.tensors import tensor_namespace

LOW, HIGH = np.array([-2.0, 1.0, 0.0, 5.0]), np.array([3.0, 1.5, 1.0, 7.0])
HYPER = {"logistic_between": (LOW, HIGH), "tanh_between": (LOW, HIGH), "mean_and_std": (0.01,)}
EXPECTED = {
    "identity": lambda raw: raw,
    "exp": np.exp,
    "relu": lambda raw: np.where(raw > 0, raw, 0),
    "softplus": lambda raw: np.log(1 + np.exp(raw)),
    "logistic": expit,
    "softmax": lambda raw: softmax(raw, axis=-1),
    "logistic_between": lambda raw: LOW + (HIGH - LOW) * expit(raw),
    "tanh_between": lambda raw: LOW + (HIGH - LOW) * (np.tanh(raw) + 1) / 2,
    "mean_and_std": lambda raw: np.where(np.arange(4) % 2, np.log(1 + np.exp(raw)) + 0.01, raw),
}


def on_arrays(name, raw, part="value"):
    hyper = (np.asarray(each, raw.dtype) for each in HYPER.get(name, ()))
    return getattr(LINKS[name], part)(numpy_namespace, raw.copy(), *hyper)


def on_tensors(name, raw, part="value"):
    hyper = (tf.constant(each, raw.dtype) for each in HYPER.get(name, ()))
    return getattr(LINKS[name], part)(tensor_namespace, tf.constant(raw), *hyper).numpy()


def parts_of(name):
    return ["value"] if LINKS[name].slope is None else ["value", "slope"]


@pytest.mark.parametrize("lead", [(), (2,)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LINKS)
def test_arrays_and_tensors_agree(name, dtype, lead):
    raw = np.random.RandomState(0).normal(size=(*lead, 7, 4)).astype(dtype) * 3
    rtol, atol = (1e-12, 1e-13) if dtype == "float64" else (1e-5, 1e-6)
    np.testing.assert_allclose(on_arrays(name, raw), EXPECTED[name](raw), rtol=rtol, atol=atol)
    for part in parts_of(name):
        array, tensor = on_arrays(name, raw, part), on_tensors(name, raw, part)
        assert array.dtype in (dtype, bool)
        assert tensor.dtype == dtype
        np.testing.assert_allclose(array, tensor, rtol=rtol, atol=atol)


@pytest.mark.parametrize("name", [name for name, link in LINKS.items() if link.slope is not None])
def test_the_derivative_is_the_difference_of_values(name):
    raw, step = np.random.RandomState(0).normal(size=(7, 4)) * 2, 1e-6
    difference = (on_arrays(name, raw + step) - on_arrays(name, raw - step)) / (2 * step)
    np.testing.assert_allclose(on_arrays(name, raw, "slope"), difference, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [name for name in LINKS if name != "exp"])
def test_far_out_values_and_derivatives_are_finite(name, dtype):
    raw = np.array([[-700, 700, -1e15, 1e15], [-1e4, 90, -90, 1e4], [1e15, 1e15, 1e15, 1e15]], dtype=dtype)
    for part in parts_of(name):
        array = on_arrays(name, raw, part)
        assert np.isfinite(array).all()
        np.testing.assert_allclose(array, on_tensors(name, raw, part), rtol=1e-5, atol=1e-6)
