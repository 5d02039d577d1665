"""The functions that NumPy's namespace has in place of slower ones of NumPy and SciPy, beside those."""

import numpy as np
import pytest
from scipy.special import expit

from sklearn_ann.runtime.arrays import numpy_namespace as xp

EPS = {"float32": 2**-23, "float64": 2**-52}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_expit_is_scipys(dtype):
    z = np.concatenate([np.linspace(-87, 87, 2001), [0.0, -0.0, -1e30, 1e30, -np.inf, np.inf, np.nan]]).astype(dtype)
    share = xp.expit(z)
    assert share.dtype == dtype
    # three roundings; SciPy's is below the smallest normal number where the exponential ends
    np.testing.assert_allclose(share, expit(z), rtol=4 * EPS[dtype], atol=np.finfo(dtype).tiny)
    np.testing.assert_array_equal(xp.expit(z, out=z), share)
    np.testing.assert_array_equal(z, share)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_logaddexp_is_numpys(dtype):
    a = np.concatenate([np.linspace(-90, 90, 2001), [-1e30, 1e30, np.inf]]).astype(dtype)
    for b in (0, 3.0, a[::-1].copy()):
        sums = xp.logaddexp(a, b)
        assert sums.dtype == dtype
        np.testing.assert_allclose(sums, np.logaddexp(a, b), rtol=4 * EPS[dtype], atol=4 * EPS[dtype])
    # all digits of small sums too
    np.testing.assert_allclose(xp.logaddexp(a, 0)[:900], np.logaddexp(a, 0)[:900], rtol=4 * EPS[dtype])
    expected = xp.logaddexp(a, 0)
    np.testing.assert_array_equal(xp.logaddexp(a, 0, out=a), expected)
    np.testing.assert_array_equal(a, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_relu_is_the_larger_of_a_number_and_0(dtype):
    z = np.array([-np.inf, -1e30, -1, -0.0, 0, 1e-30, 1, 1e30, np.inf, np.nan], dtype=dtype)
    expected = np.maximum(z, 0)
    assert xp.relu(z).dtype == dtype
    np.testing.assert_array_equal(xp.relu(z), expected)
    np.testing.assert_array_equal(xp.relu(z, out=z), expected)
    np.testing.assert_array_equal(z, expected)
