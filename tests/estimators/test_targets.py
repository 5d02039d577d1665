"""Kinds of targets and labels of any type, beside scikit-learn's MLPs where they have them; class weights."""

import numpy as np
import pytest
from scipy import sparse
from scipy.special import softmax
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.utils.class_weight import compute_sample_weight

from sklearn_ann import MLPClassifierTF
from tests.estimators.problems import (
    BINARY,
    CLOSE,
    LABELS,
    MULTILABEL,
    MULTIOUTPUT,
    REAL,
    WEIGHTS,
    WEIGHTS_VAL,
    X_VAL,
    X,
    assert_same_weights,
    classifier,
    cross_entropy,
    raw,
    regressor,
)

# most fits are a few epochs long: what is compared is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_multilabel_partial_fit_needs_classes_once_and_is_a_fits_epoch():
    model = classifier(max_iter=1).fit(X, MULTILABEL)
    one = classifier().partial_fit(X, MULTILABEL, classes=[0, 1, 2])
    assert_same_weights(one, model)
    one = classifier(learning_rate_init=0.02).partial_fit(X, MULTILABEL, classes=[0, 1, 2])
    for _ in range(200):
        one.partial_fit(X, MULTILABEL)
    assert one.score(X, MULTILABEL) > 0.8 > model.score(X, MULTILABEL)
    assert one.predict(X).shape == one.predict_proba(X).shape == MULTILABEL.shape


@pytest.mark.parametrize("container", [np.array, sparse.csr_array])
def test_an_indicator_may_be_the_classes_as_in_scikit_learn(container):
    indicator = container(np.eye(3, dtype=int))  # also a list of the labels of three columns, if it were a list
    ours = classifier().partial_fit(X, MULTILABEL, classes=indicator).partial_fit(X, MULTILABEL, classes=indicator)
    theirs = MLPClassifier((7,), random_state=3)
    theirs.partial_fit(X, MULTILABEL, classes=indicator).partial_fit(X, MULTILABEL, classes=indicator)
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)
    assert_same_weights(ours, theirs)


def test_a_sparse_indicator_gives_sparse_predictions_as_in_scikit_learn():
    ours = classifier().fit(X, sparse.csr_matrix(MULTILABEL))
    theirs = MLPClassifier((7,), max_iter=5, random_state=3).fit(X, sparse.csr_matrix(MULTILABEL))
    predicted = ours.predict(X)
    assert sparse.issparse(predicted) == sparse.issparse(theirs.predict(X))
    np.testing.assert_array_equal(predicted.toarray(), theirs.predict(X).toarray())


def test_several_columns_of_labels_are_one_softmax_each():
    """Loss, penalty and probabilities of a network with two heads, from its weights."""
    model = classifier(max_iter=1, shuffle=False, batch_size=60, alpha=0.5).fit(X, MULTIOUTPUT)
    assert [classes.tolist() for classes in model.classes_] == [[0, 1, 2], [0, 1, 2]]
    assert (model.n_outputs_, model.out_activation_) == (6, "softmax")

    # The loss of the first batch is that of the initial weights: scikit-learn's, for a network with six outputs.
    start = MLPClassifier((7,), max_iter=1, random_state=3, learning_rate_init=1e-300)
    start.fit(X, np.arange(60) % 6)
    heads = np.split(raw(start, X), [3], axis=1)
    losses = sum(cross_entropy(head, labels) for head, labels in zip(heads, MULTIOUTPUT.T, strict=True))
    penalty = 0.5 * 0.5 * sum(np.sum(coef**2) for coef in start.coefs_) / 60
    assert model.loss_ == pytest.approx(losses.mean() + penalty, rel=1e-9)

    heads = np.split(raw(model, X), [3], axis=1)
    for proba, head in zip(model.predict_proba(X), heads, strict=True):
        np.testing.assert_allclose(proba, softmax(head, axis=1), **CLOSE)
    for log_proba, head in zip(model.predict_log_proba(X), heads, strict=True):
        np.testing.assert_allclose(log_proba, np.log(softmax(head, axis=1)), **CLOSE)
    np.testing.assert_array_equal(model.predict(X), np.column_stack([head.argmax(axis=1) for head in heads]))


def test_several_columns_of_labels_are_scored_by_whole_rows():
    model = classifier(early_stopping=True, max_iter=20, learning_rate_init=0.05)
    model.fit(X, MULTIOUTPUT, WEIGHTS, X_val=X_VAL, y_val=MULTIOUTPUT[40:], sample_weight_val=WEIGHTS_VAL)
    right = np.all(model.predict(X_VAL) == MULTIOUTPUT[40:], axis=1)
    assert model.score(X_VAL, MULTIOUTPUT[40:]) == right.mean()
    assert model.score(X_VAL, MULTIOUTPUT[40:], WEIGHTS_VAL) == pytest.approx(np.average(right, weights=WEIGHTS_VAL))
    assert model.best_validation_score_ == pytest.approx(np.average(right, weights=WEIGHTS_VAL))
    assert classifier(early_stopping=True, max_iter=3).fit(X, MULTIOUTPUT).validation_scores_[0] >= 0  # its own split


def test_words_in_several_columns_come_back_as_given():
    y = np.column_stack([np.array(["low", "high"])[BINARY], np.array(["red", "green", "blue"])[LABELS]])
    model = classifier(max_iter=200, learning_rate_init=0.02).fit(X, y)
    assert [classes.tolist() for classes in model.classes_] == [["high", "low"], ["blue", "green", "red"]]
    predicted = model.predict(X)
    assert (predicted.shape, predicted.dtype) == (y.shape, y.dtype)
    assert model.score(X, y) > 0.9
    assert [proba.shape for proba in model.predict_proba(X)] == [(60, 2), (60, 3)]
    in_numbers = classifier(max_iter=200, learning_rate_init=0.02).fit(X, np.column_stack([1 - BINARY, 2 - LABELS]))
    assert_same_weights(model, in_numbers)


@pytest.mark.parametrize("labels", [[1, 2], [-1, 1], ["no", "yes"], [0.0, 5.0]], ids=str)
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_columns_of_two_labels_are_learned_as_in_random_forests(labels, solver):
    y = np.array(labels)[MULTILABEL]
    model = classifier(solver=solver, max_iter=200, learning_rate_init=0.02).fit(X, y)
    forest = RandomForestClassifier(n_estimators=2).fit(X, y)
    for ours, theirs in zip(model.classes_, forest.classes_, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    predicted = model.predict(X)
    assert (predicted.shape, predicted.dtype) == (y.shape, forest.predict(X).dtype)
    heads = np.split(raw(model, X), 3, axis=1)
    np.testing.assert_array_equal(predicted, np.array(labels)[np.column_stack([head.argmax(axis=1) for head in heads])])
    assert model.score(X, y) == np.all(predicted == y, axis=1).mean() > 0.8


def test_columns_of_two_labels_are_weighted_validated_and_learned_in_parts():
    y = 2 * MULTILABEL - 1
    class_weight = [{-1: 1, 1: 2}, {-1: 3, 1: 1}, {-1: 1, 1: 1}]
    weighted = classifier(class_weight=class_weight).fit(X, y)
    assert_same_weights(weighted, classifier().fit(X, y, compute_sample_weight(class_weight, y)))

    model = classifier(early_stopping=True, max_iter=20).fit(X, y, X_val=X_VAL, y_val=y[40:])
    assert model.best_validation_score_ == pytest.approx(model.score(X_VAL, y[40:]))
    by_host = classifier(early_stopping=True, max_iter=20, scoring="accuracy").fit(X, y, X_val=X_VAL, y_val=y[40:])
    np.testing.assert_allclose(by_host.validation_scores_, model.validation_scores_)

    part = classifier().partial_fit(X, y, classes=[[-1, 1]] * 3)
    assert_same_weights(part, classifier(max_iter=1).fit(X, y))
    assert set(part.partial_fit(X[:5], np.ones((5, 3), dtype=int)).predict(X).ravel()) <= {-1, 1}


def test_a_bool_indicator_is_the_one_of_zeros_and_ones():
    model, in_numbers = (classifier(early_stopping=True).fit(X, y) for y in (MULTILABEL.astype(bool), MULTILABEL))
    assert_same_weights(model, in_numbers)
    assert model.predict(X).dtype == bool
    np.testing.assert_array_equal(model.predict(X), in_numbers.predict(X))
    assert model.score(X, MULTILABEL.astype(bool)) == in_numbers.score(X, MULTILABEL)
    part = classifier().partial_fit(X, MULTILABEL.astype(bool), classes=range(3))
    assert part.partial_fit(X, MULTILABEL).predict(X).dtype == bool


def test_partial_fit_of_several_columns_knows_labels_that_come_later():
    """The first rows hold two labels per column only, and look like an indicator matrix by themselves."""
    first = (MULTIOUTPUT < 2).all(axis=1)
    model = classifier(learning_rate_init=0.02)
    model.partial_fit(X[first], MULTIOUTPUT[first], classes=[[0, 1, 2], [0, 1, 2]])
    for _ in range(200):
        model.partial_fit(X, MULTIOUTPUT, classes=[[0, 1, 2], [0, 1, 2]])
    assert [classes.tolist() for classes in model.classes_] == [[0, 1, 2], [0, 1, 2]]
    assert model.score(X, MULTIOUTPUT) > 0.6
    assert set(model.predict(X)[:, 0]) == {0, 1, 2}


@pytest.mark.parametrize(("make", "y"), [(classifier, LABELS), (regressor, REAL)], ids=["classifier", "regressor"])
def test_a_single_column_is_a_vector_with_scikit_learns_warning(make, y):
    with pytest.warns(UserWarning, match="A column-vector y was passed when a 1d array was expected"):
        model = make().fit(X, y[:, None])
    assert_same_weights(model, make().fit(X, y))
    assert model.predict(X).shape == (60,)


@pytest.mark.parametrize(
    "names",
    [
        np.array(["no", "yes", "perhaps"]),
        np.array(["no", "yes", "perhaps"], dtype=object),
        np.array([-5, 0, 7], dtype=np.int8),
        np.array([2.0, 3.0, 4.0]),
        np.array([False, True]),
        np.array([-1, 1]),
        np.array(["b", "a"]),
    ],
    ids=lambda names: f"{names.dtype}-{len(names)}",
)
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_labels_come_back_as_given(names, solver):
    y = names[LABELS if len(names) == 3 else BINARY]
    parameters = {"solver": solver, "max_iter": 60, "learning_rate_init": 0.02, "random_state": 3}
    ours, theirs = MLPClassifierTF((7,), **parameters).fit(X, y), MLPClassifier((7,), **parameters).fit(X, y)
    for method in ("predict", "predict_proba"):
        expected, got = getattr(theirs, method)(X), getattr(ours, method)(X)
        assert got.shape == expected.shape
    assert ours.predict(X).dtype == names.dtype  # scikit-learn turns objects into strings
    assert ours.classes_.tolist() == theirs.classes_.tolist() == sorted(names.tolist())
    assert ours.score(X, y) > 0.9
    # Early stopping works on labels too
    assert 0 <= classifier(early_stopping=True, max_iter=2).fit(X, y).validation_scores_[0] <= 1


def test_a_single_class_is_learned_as_in_scikit_learn():
    ours, theirs = classifier().fit(X, np.full(60, 7)), MLPClassifier((7,), max_iter=5, random_state=3)
    theirs.fit(X, np.full(60, 7))
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, **CLOSE)


@pytest.mark.parametrize("sample_weight", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_class_weights_are_sample_weights(solver, sample_weight):
    by_class = {0: 0.5, 1: 3.0, 2: 1.0}
    rows = np.array([by_class[label] for label in LABELS])
    total = rows if sample_weight is None else rows * sample_weight
    weighted = classifier(solver=solver, class_weight=by_class).fit(X, LABELS, sample_weight)
    assert_same_weights(weighted, classifier(solver=solver).fit(X, LABELS, total))
    assert not np.allclose(weighted.coefs_[0], classifier(solver=solver).fit(X, LABELS, sample_weight).coefs_[0])


def test_balanced_class_weights_are_inverse_frequencies():
    rows = (len(LABELS) / (3 * np.bincount(LABELS)))[LABELS]
    assert_same_weights(classifier(class_weight="balanced").fit(X, LABELS), classifier().fit(X, LABELS, rows))
    names = np.array(["x", "y", "z"])[LABELS]
    assert_same_weights(classifier(class_weight="balanced").fit(X, names), classifier().fit(X, LABELS, rows))


def test_class_weights_of_several_columns_are_scikit_learns_products():
    for y, class_weight in (
        (MULTIOUTPUT, [{0: 1, 1: 2, 2: 3}, {0: 5, 1: 1, 2: 1}]),
        (MULTIOUTPUT, "balanced"),
        (MULTILABEL, [{0: 1, 1: 2}] * 3),
    ):
        rows = compute_sample_weight(class_weight, y)
        assert_same_weights(classifier(class_weight=class_weight).fit(X, y), classifier().fit(X, y, rows))
