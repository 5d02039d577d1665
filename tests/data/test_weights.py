"""Sample and class weights as one array; the caller's is never changed."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.utils.class_weight import compute_sample_weight

from sklearn_ann.data.weights import row_weights

X, y = np.zeros((5, 2)), np.array(["a", "b", "b", "b", "a"])


def test_none_stays_none():
    assert row_weights(X, y, None) is None


def test_class_weights_multiply_sample_weights_and_the_callers_array_stays():
    given = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    given.setflags(write=False)
    weights = row_weights(X, y, given, {"a": 10.0, "b": 0.5})
    np.testing.assert_array_equal(weights, [10.0, 1.0, 1.5, 2.0, 50.0])
    assert not np.shares_memory(row_weights(X, y, given), given)


def test_balanced_equals_scikit_learn_and_counts_weights():
    np.testing.assert_allclose(row_weights(X, y, None, "balanced"), compute_sample_weight("balanced", y))
    twice = np.array([2.0, 1.0, 1.0, 1.0, 1.0])
    repeated = row_weights(np.zeros((6, 2)), np.append(y, "a"), None, "balanced")
    np.testing.assert_allclose(row_weights(X, y, twice, "balanced") / twice, repeated[:5])


def test_a_class_without_weight_does_not_break_balancing():
    weights = row_weights(X, y, np.array([0.0, 1.0, 1.0, 1.0, 0.0]), "balanced")
    np.testing.assert_array_equal(weights, [0.0, 1.0, 1.0, 1.0, 0.0])


@pytest.mark.parametrize("bad", [[-1.0, 1, 1, 1, 1], [np.nan, 1, 1, 1, 1], [1.0, 2.0], np.zeros(5)])
def test_weights_that_cannot_be_are_refused(bad):
    with pytest.raises(ValueError, match=r"(?i)weight"):
        row_weights(X, y, np.asarray(bad))


def test_classes_may_be_weighted_as_in_other_rows():
    others = (y, np.array([2.0, 1.0, 1.0, 1.0, 0.0]))
    weights = row_weights(X[:3], np.array(["b", "a", "b"]), None, "balanced", others)
    np.testing.assert_allclose(weights, [5 / (2 * 3), 5 / (2 * 2), 5 / (2 * 3)])
    np.testing.assert_array_equal(row_weights(X[:1], np.array(["b"]), None, {"a": 3}, others), [1.0])
    columns = np.array([[0, 0], [0, 1], [1, 1], [0, 1]])
    for of in (columns, sparse.csr_array(columns)):
        expected = compute_sample_weight("balanced", of)
        np.testing.assert_allclose(row_weights(X[:2], of[2:], None, "balanced", (of, None)), expected[2:])
