"""Every kind of target: encoded as the losses want it, and labels come back as they were given."""

import numpy as np
import pytest
from scipy import sparse

from sklearn_ann.data.targets import (
    BinaryTarget,
    MulticlassTarget,
    MultilabelTarget,
    MultioutputTarget,
    ProbabilityTarget,
    check_sparse,
    class_target,
    real_target,
    same_classes,
)

LABELS = [
    np.array([0, 1, 1, 0]),
    np.array(["no", "yes", "no", "yes"]),
    np.array(["a", "b", "a", "a"], dtype=object),
    np.array([True, False, True, True]),
    np.array([-3, 5, 7, 5]),
    np.array(["x", "y", "z", "x"], dtype=object),
    np.array([1.0, 2.0, 3.0, 1.0]),
]


@pytest.mark.parametrize("y", LABELS, ids=lambda y: f"{y.dtype}-{len(set(y))}")
def test_labels_come_back_as_given(y):
    target = class_target(y)
    assert isinstance(target, BinaryTarget if len(set(y)) == 2 else MulticlassTarget)
    code = target.encode(y, np.float32)
    if isinstance(target, BinaryTarget):
        assert code.dtype == np.float32
        proba = code.copy()
        assert target.proba(proba).shape == (4, 2)
    else:
        assert code.dtype == np.int32
        proba = np.eye(3)[code[:, 0]]
        assert target.proba(proba).shape == (4, 3)
    back = target.decode(proba)
    np.testing.assert_array_equal(back, y)
    assert back.dtype == y.dtype
    np.testing.assert_array_equal(target.proba(proba).argmax(axis=1), np.searchsorted(target.classes, y))


def test_a_single_class_is_predicted():
    target = class_target(np.full(5, 7))
    assert not target.encode(np.full(5, 7), float).any()
    np.testing.assert_array_equal(target.decode(np.array([[0.9], [0.1]])), [7, 7])


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix])
def test_multilabel_indicators(make):
    y = np.array([[1, 0, 1], [0, 0, 0]])
    target = class_target(make(y))
    assert isinstance(target, MultilabelTarget)
    code = target.encode(make(y), np.float64)
    np.testing.assert_array_equal(code, y)
    back = target.decode(code)
    assert sparse.issparse(back) == (make is sparse.csr_matrix)
    np.testing.assert_array_equal(back.toarray() if sparse.issparse(back) else back, y)


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix])
def test_a_bool_indicator_comes_back_as_bool(make):
    y = np.array([[True, False], [False, False], [True, True]])
    target = class_target(make(y))
    assert isinstance(target, MultilabelTarget)
    back = target.decode(target.encode(make(y), np.float64))
    assert back.dtype == bool
    np.testing.assert_array_equal(back.toarray() if sparse.issparse(back) else back, y)


@pytest.mark.parametrize("labels", [[1, 2], [-1, 1], [0, 2], [1.0, 2.0], [2, 2], ["no", "yes"]], ids=str)
def test_columns_of_other_values_than_zero_and_one_have_labels_of_their_own(labels):
    y = np.array(labels)[np.array([[0, 1], [1, 1], [0, 0]])]
    target = class_target(y)
    assert isinstance(target, MultioutputTarget)
    for classes, column in zip(target.classes, y.T, strict=True):
        np.testing.assert_array_equal(classes, np.unique(column))
    index = target.encode(y, np.float64)
    proba = np.hstack([np.eye(n)[column] for n, column in zip(target.heads, index.T, strict=True)])
    back = target.decode(proba)
    np.testing.assert_array_equal(back, y)
    assert back.dtype == y.dtype


@pytest.mark.parametrize("y", [[[2, 0], [0, 2]], [[1, -1], [0, 1]], [[1], [0]]], ids=str)
def test_a_sparse_y_is_an_indicator_or_nothing(y):
    check_sparse(sparse.csr_array(np.eye(2)))
    check_sparse(np.array(y))
    with pytest.raises(ValueError, match=r"A sparse y must be an indicator, .* got shape \(2, .\) .*pass y.toarray"):
        check_sparse(sparse.csr_array(np.array(y)))


@pytest.mark.parametrize(
    ("known", "classes", "expected"),
    [
        (np.arange(3), range(3), True),
        (np.arange(3), [2, 0, 1, 1], True),
        (np.arange(2), [0, 1, 2], False),
        (np.arange(2), [[0, 1], [0, 1]], False),
        (np.arange(2), [[0, 1], [0]], False),
        (np.arange(2), 2, False),
        (np.arange(2), ["0", "1"], False),
        (np.array(["a", "b"]), ["b", "a"], True),
        ([np.arange(2), np.arange(3)], [[1, 0], range(3)], True),
        ([np.arange(2), np.arange(2)], [0, 1], False),
        ([np.arange(2), np.arange(2)], [[0, 1]], False),
        ([np.arange(2), np.arange(2)], 2, False),
    ],
)
def test_classes_are_compared_by_column_and_in_any_order(known, classes, expected):
    assert same_classes(known, classes) is expected


def test_multilabel_probabilities_stay_inside_the_open_interval():
    proba = class_target(np.array([[1, 0], [0, 1]])).proba(np.array([[0.0, 1.0], [0.25, 0.5]]))
    assert (proba > 0).all() and (proba < 1).all()
    np.testing.assert_array_equal(proba[1], [0.25, 0.5])


def test_multiclass_multioutput_has_a_head_per_column():
    y = np.array([["a", "u"], ["b", "v"], ["c", "u"]], dtype=object)
    target = MultioutputTarget(y.T)
    assert target.heads == (3, 2)
    code = target.encode(y, np.float64)
    np.testing.assert_array_equal(code, [[0, 0], [1, 1], [2, 0]])
    proba = np.hstack([np.eye(3)[code[:, 0]], np.eye(2)[code[:, 1]]])
    np.testing.assert_array_equal(target.decode(proba), y)
    assert [p.shape for p in target.proba(proba)] == [(3, 3), (3, 2)]


@pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 3)])
def test_real_targets(shape):
    y = np.arange(np.prod(shape), dtype=float).reshape(shape)
    target = real_target(y)
    code = target.encode(y, np.float32)
    assert code.dtype == np.float32 and code.ndim == 2
    assert target.decode(code).shape == ((4,) if shape != (4, 3) else shape)


def test_real_numbers_are_no_labels():
    with pytest.raises(ValueError, match="continuous"):
        class_target(np.array([0.5, 1.5, 2.25]))


@pytest.mark.parametrize(("shape", "outputs_per_target", "expected"), [((4,), (2,), (4, 2)), ((4, 3), (2,), (4, 3, 2))])
def test_levels_are_a_last_axis_of_predictions(shape, outputs_per_target, expected):
    target = real_target(np.zeros(shape), outputs_per_target)
    assert target.decode(np.zeros((4, target.heads[0] * outputs_per_target[0]))).shape == expected


def test_rows_that_sum_to_one_are_probabilities():
    y = np.array([[0.2, 0.8], [1.0, 0.0], [0.6, 0.4]])
    target = class_target(y)
    assert isinstance(target, ProbabilityTarget)
    np.testing.assert_array_equal(target.encode(y, np.float64), y)
    np.testing.assert_array_equal(target.decode(y), [1, 0, 0])
    np.testing.assert_array_equal(target.labels(y), [1, 0, 0])
    assert isinstance(class_target(np.eye(2)[[0, 1, 1]]), MultilabelTarget)  # nothing tells it from an indicator
    with pytest.raises(ValueError, match=r"sum to 1, got a sum of 1.1 and a smallest number of 0.2 in row 0"):
        class_target(np.array([[0.2, 0.9], [0.5, 0.5]]))
    with pytest.raises(ValueError, match="Unknown label type"):
        class_target(np.array([[-0.2, 1.2], [0.5, 0.5]]))
