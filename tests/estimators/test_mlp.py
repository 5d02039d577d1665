"""What the two MLPs do beside training: validation data, scores, class weights, targets, labels, frames, output, state.

What scikit-learn's MLPs do too is compared with them; what they do not is recomputed from ``coefs_`` in NumPy. The
numbers of training itself are tested in ``test_parity.py``, refusals in ``test_bad_input.py``.
"""

import copy
import io
import pickle
import signal
import subprocess
import sys
import time
import warnings

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from scipy.special import expit, softmax
from sklearn import config_context
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import StackingRegressor, VotingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, log_loss, r2_score
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    cross_val_score,
    cross_validate,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight

from sklearn_ann import MLPClassifierTF, MLPRegressorTF

# most fits are a few epochs long: what is compared is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

_rng = np.random.RandomState(0)
X = _rng.normal(size=(60, 5))
_signal = X @ _rng.normal(size=(5, 3)) + 0.3 * _rng.normal(size=(60, 3))
BINARY = (_signal[:, 0] > 0.4).astype(int)
LABELS = _signal.argmax(axis=1)
MULTILABEL = (_signal > 0.2).astype(int)
REAL = _signal[:, 0]
REALS = _signal[:, :2]
MULTIOUTPUT = np.column_stack([LABELS, np.digitize(_signal[:, 1], [-1, 1])])
WEIGHTS = _rng.uniform(0.1, 3, 60)
X_VAL, Y_VAL, REAL_VAL, WEIGHTS_VAL = X[40:], LABELS[40:], REAL[40:], WEIGHTS[40:]

# Float64 arithmetic in another order: a few units in the last place.
CLOSE = {"rtol": 1e-9, "atol": 1e-12}


def classifier(**parameters):
    """One shape for nearly all tests here, so that they share a compiled program."""
    return MLPClassifierTF(**{"hidden_layer_sizes": (7,), "max_iter": 5, "random_state": 3, **parameters})


def regressor(**parameters):
    return MLPRegressorTF(**{"hidden_layer_sizes": (7,), "max_iter": 5, "random_state": 3, **parameters})


def raw(model, rows):
    """Raw outputs of a network of relus, from its weights."""
    values = rows
    for coef, intercept in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
        values = np.maximum(values @ coef + intercept, 0)
    return values @ model.coefs_[-1] + model.intercepts_[-1]


def cross_entropy(raw_values, labels):
    """Minus the logarithm of the softmax probability of the label in each row; labels are column numbers."""
    return -np.log(softmax(raw_values, axis=1)[np.arange(len(labels)), labels])


def assert_same_weights(model, expected, **tolerance):
    for a, b in zip([*model.coefs_, *model.intercepts_], [*expected.coefs_, *expected.intercepts_], strict=True):
        if tolerance:
            np.testing.assert_allclose(a, b, **tolerance)
        else:
            np.testing.assert_array_equal(a, b)


# ------------------------------------------------------------------ validation data


def epoch_by_epoch(model, y, n_epochs, *args):
    """The model after each of its first epochs, trained anew for each of them."""
    for n in range(1, n_epochs + 1):
        yield clone(model).set_params(max_iter=n, early_stopping=False).fit(X, y, *args)


@pytest.mark.parametrize("weights_val", [None, WEIGHTS_VAL], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_own_validation_rows_of_a_classifier_are_scored_after_every_epoch(early_stopping, weights_val):
    model = classifier(early_stopping=early_stopping)
    model.fit(X, LABELS, X_val=X_VAL, y_val=Y_VAL, sample_weight_val=weights_val)
    steps = list(epoch_by_epoch(model, LABELS, 5))
    scores = [accuracy_score(Y_VAL, step.predict(X_VAL), sample_weight=weights_val) for step in steps]
    losses = [np.average(cross_entropy(raw(step, X_VAL), Y_VAL), weights=weights_val) for step in steps]
    np.testing.assert_allclose(model.validation_scores_, scores, **CLOSE)
    np.testing.assert_allclose(model.validation_loss_curve_, losses, **CLOSE)
    assert model.best_validation_score_ == max(model.validation_scores_)
    # All rows were trained on, and the weights that come back are the last ones, or those of the first best score.
    np.testing.assert_allclose(model.loss_curve_, steps[-1].loss_curve_, **CLOSE)
    assert_same_weights(model, steps[int(np.argmax(scores)) if early_stopping else -1], **CLOSE)


@pytest.mark.parametrize("weights_val", [None, WEIGHTS_VAL], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_own_validation_rows_of_a_regressor_are_scored_after_every_epoch(early_stopping, weights_val):
    model = regressor(early_stopping=early_stopping)
    model.fit(X, REALS, X_val=X_VAL, y_val=REALS[40:], sample_weight_val=weights_val)
    steps = list(epoch_by_epoch(model, REALS, 5))
    scores = [r2_score(REALS[40:], step.predict(X_VAL), sample_weight=weights_val) for step in steps]
    squares = [np.mean((raw(step, X_VAL) - REALS[40:]) ** 2, axis=1) / 2 for step in steps]
    np.testing.assert_allclose(model.validation_scores_, scores, **CLOSE)
    np.testing.assert_allclose(
        model.validation_loss_curve_, [np.average(row, weights=weights_val) for row in squares], **CLOSE
    )
    assert_same_weights(model, steps[int(np.argmax(scores)) if early_stopping else -1], **CLOSE)


def test_validation_loss_of_other_losses_is_numpys():
    binary = classifier().fit(X, BINARY, X_val=X_VAL, y_val=BINARY[40:])
    assert binary.validation_loss_curve_[-1] == pytest.approx(log_loss(BINARY[40:], binary.predict_proba(X_VAL)))

    multilabel = classifier().fit(X, MULTILABEL, X_val=X_VAL, y_val=MULTILABEL[40:])
    proba = expit(raw(multilabel, X_VAL))
    losses = -np.sum(np.log(np.where(MULTILABEL[40:] == 1, proba, 1 - proba)), axis=1)
    assert multilabel.validation_loss_curve_[-1] == pytest.approx(losses.mean())
    assert multilabel.validation_scores_[-1] == multilabel.score(X_VAL, MULTILABEL[40:])

    counts = np.round(np.exp(REAL))
    poisson = regressor(loss="poisson").fit(X, counts, X_val=X_VAL, y_val=counts[40:])
    mean, y = np.exp(raw(poisson, X_VAL))[:, 0], counts[40:]
    deviances = np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / mean), 0) - y + mean
    assert poisson.validation_loss_curve_[-1] == pytest.approx(deviances.mean())


def test_without_rows_of_ones_own_the_scores_are_about_those_that_scikit_learn_sets_aside():
    ours, theirs = (
        make(hidden_layer_sizes=(7,), max_iter=5, random_state=3, early_stopping=True, validation_fraction=0.3)
        for make in (MLPClassifierTF, MLPClassifier)
    )
    ours.fit(X, LABELS)
    theirs.fit(X, LABELS)
    np.testing.assert_allclose(ours.validation_scores_, theirs.validation_scores_, **CLOSE)
    assert len(ours.validation_loss_curve_) == 5


def test_validation_rows_go_through_a_pipelines_steps():
    scaler = StandardScaler().fit(100 * X + 7)
    alone = classifier(early_stopping=True).fit(
        scaler.transform(100 * X + 7), LABELS, X_val=scaler.transform(100 * X_VAL + 7), y_val=Y_VAL,
        sample_weight_val=WEIGHTS_VAL,
    )  # fmt: skip
    with config_context(enable_metadata_routing=True):
        network = classifier(early_stopping=True).set_fit_request(X_val=True, y_val=True, sample_weight_val=True)
        pipeline = Pipeline([("scaler", StandardScaler()), ("network", network)], transform_input=["X_val"])
        pipeline.fit(100 * X + 7, LABELS, X_val=100 * X_VAL + 7, y_val=Y_VAL, sample_weight_val=WEIGHTS_VAL)
    assert pipeline[-1].validation_scores_ == alone.validation_scores_
    assert_same_weights(pipeline[-1], alone)


def test_sparse_validation_rows_are_the_dense_ones():
    dense = classifier().fit(X, LABELS, X_val=X_VAL, y_val=Y_VAL)
    for container in (sparse.csr_array, sparse.csc_matrix):
        model = classifier().fit(container(X), LABELS, X_val=container(X_VAL), y_val=Y_VAL)
        np.testing.assert_allclose(model.validation_loss_curve_, dense.validation_loss_curve_, **CLOSE)


# ------------------------------------------------------------------ scoring


def negative_error_at_the_end(model, rows, y):
    """A scorer as a user would write one."""
    return -float(np.mean(np.abs(model.predict(rows) - y)))


@pytest.mark.parametrize("scoring", ["neg_mean_absolute_error", negative_error_at_the_end, "r2"])
def test_a_regressor_is_stopped_by_the_score_that_was_asked_for(scoring):
    model = regressor(early_stopping=True, scoring=scoring, max_iter=6, learning_rate_init=0.3)
    model.fit(X, REAL, X_val=X_VAL, y_val=REAL_VAL)
    measure = r2_score if scoring == "r2" else lambda y, predicted: -np.mean(np.abs(predicted - y))
    scores = [measure(REAL_VAL, step.predict(X_VAL)) for step in epoch_by_epoch(model, REAL, 6)]
    np.testing.assert_allclose(model.validation_scores_, scores, **CLOSE)
    assert len(set(scores)) == 6
    # the weights are those of the best epoch, not of the last
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert measure(REAL_VAL, model.predict(X_VAL)) == pytest.approx(model.best_validation_score_, rel=1e-9)


def test_a_classifier_is_stopped_by_a_weighted_scorer_of_probabilities():
    model = classifier(early_stopping=True, scoring="neg_log_loss", learning_rate_init=0.3)
    model.fit(X, LABELS, X_val=X_VAL, y_val=Y_VAL, sample_weight_val=WEIGHTS_VAL)
    expected = -log_loss(Y_VAL, model.predict_proba(X_VAL), sample_weight=WEIGHTS_VAL)
    assert model.best_validation_score_ == pytest.approx(expected)
    np.testing.assert_allclose(model.validation_scores_, -np.array(model.validation_loss_curve_), rtol=1e-9)


@pytest.mark.parametrize(("make", "y"), [(classifier, LABELS), (regressor, REAL)], ids=["classifier", "regressor"])
def test_loss_as_score_is_minus_the_validation_loss(make, y):
    model = make(early_stopping=True, scoring="loss", learning_rate_init=0.3, max_iter=30, n_iter_no_change=3)
    model.fit(X, y, X_val=X_VAL, y_val=y[40:])
    np.testing.assert_array_equal(model.validation_scores_, -np.array(model.validation_loss_curve_))
    assert model.best_validation_score_ == max(model.validation_scores_)
    outputs = raw(model, X_VAL)
    best = cross_entropy(outputs, y[40:]) if make is classifier else (outputs[:, 0] - y[40:]) ** 2 / 2
    assert -best.mean() == pytest.approx(model.best_validation_score_, rel=1e-9)
    assert model.n_iter_ < 30  # by the rule: the loss of unseen rows rises again


def test_a_host_score_stops_where_the_compiled_one_does():
    """The same score, once in the program and once from scikit-learn between its calls."""
    parameters = {"early_stopping": True, "learning_rate_init": 0.1, "max_iter": 60, "n_iter_no_change": 3}
    inside, outside = (regressor(scoring=scoring, **parameters).fit(X, REAL) for scoring in (None, "r2"))
    assert inside.n_iter_ < 60
    np.testing.assert_allclose(outside.validation_scores_, inside.validation_scores_, **CLOSE)
    assert_same_weights(outside, inside, **CLOSE)


def test_a_scorer_that_raises_costs_no_model():
    model = regressor().fit(X, REAL)
    coefs = model.coefs_

    def broken(*_):
        raise RuntimeError("no score today")

    with pytest.raises(RuntimeError, match="no score today"):
        model.set_params(early_stopping=True, scoring=broken).fit(X, REAL)
    assert model.coefs_ is coefs


def test_without_early_stopping_a_score_is_recorded_and_does_not_stop():
    model = classifier(scoring="f1_macro", max_iter=4).fit(X, LABELS, X_val=X_VAL, y_val=Y_VAL)
    expected = [f1_score(Y_VAL, step.predict(X_VAL), average="macro") for step in epoch_by_epoch(model, LABELS, 4)]
    np.testing.assert_allclose(model.validation_scores_, expected, **CLOSE)
    assert_same_weights(model, classifier(max_iter=4).fit(X, LABELS), **CLOSE)


# ------------------------------------------------------------------ class weights


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


# ------------------------------------------------------------------ what belongs to the caller


def read_only(array, tmp_path, kind):
    if kind == "memmap":
        np.save(tmp_path / f"{id(array)}.npy", array)
        return np.load(tmp_path / f"{id(array)}.npy", mmap_mode="r")
    copied = array.copy()
    copied.setflags(write=False)
    return copied


@pytest.mark.parametrize("kind", ["flag", "memmap"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_read_only_arrays_will_do_and_nothing_of_the_callers_changes(kind, dtype, tmp_path):
    """Writing to one of these raises."""
    rows, y, y_real, weights, rows_val, y_val, weights_val = (
        read_only(array, tmp_path, kind)
        for array in (X.astype(dtype), LABELS, REAL.astype(dtype), WEIGHTS, X_VAL.astype(dtype), Y_VAL, WEIGHTS_VAL)
    )
    model = classifier(class_weight={0: 2, 1: 1, 2: 1}).fit(
        rows, y, weights, X_val=rows_val, y_val=y_val, sample_weight_val=weights_val
    )
    model.partial_fit(rows, y, weights)
    model.predict_proba(rows)
    for solver in ("adam", "lbfgs"):
        regressor(solver=solver).fit(rows, y_real, weights).predict(rows)
    np.testing.assert_array_equal(weights, WEIGHTS)
    np.testing.assert_array_equal(rows, X.astype(dtype))


def test_class_weight_and_sparse_rows_are_left_alone():
    class_weight, rows = {0: 2, 1: 1, 2: 1}, sparse.csr_array(X)
    data, before = rows.data.copy(), dict(class_weight)
    classifier(class_weight=class_weight).fit(rows, LABELS).predict(rows)
    assert class_weight == before
    np.testing.assert_array_equal(rows.data, data)


def test_fit_changes_no_parameter():
    for model, y in (
        (classifier(hidden_layer_sizes=[7], class_weight={0: 2, 1: 1, 2: 1}), LABELS),
        (regressor(random_state=np.random.RandomState(0), batch_size=1000), REAL),
    ):
        before = model.get_params()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(X, y)
        assert all(model.get_params()[name] is value for name, value in before.items())


# ------------------------------------------------------------------ kinds of targets


def test_multilabel_partial_fit_needs_classes_once_and_is_a_fits_epoch():
    model = classifier(max_iter=1).fit(X, MULTILABEL)
    one = classifier().partial_fit(X, MULTILABEL, classes=[0, 1, 2])
    assert_same_weights(one, model)
    one = classifier(learning_rate_init=0.02).partial_fit(X, MULTILABEL, classes=[0, 1, 2])
    for _ in range(200):
        one.partial_fit(X, MULTILABEL)
    assert one.score(X, MULTILABEL) > 0.8 > model.score(X, MULTILABEL)
    assert one.predict(X).shape == one.predict_proba(X).shape == MULTILABEL.shape


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


# ------------------------------------------------------------------ frames and dtypes


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_frames_give_feature_names_and_scikit_learns_checks_of_them(library):
    names = ["a", "b", "c", "d", "e"]
    frame = library.DataFrame({name: column for name, column in zip(names, X.T, strict=True)})
    y = library.Series(LABELS.tolist())
    model = classifier().fit(frame, y, X_val=frame[40:], y_val=y[40:])
    assert model.feature_names_in_.tolist() == names
    on_arrays = classifier().fit(X, LABELS)
    assert_same_weights(model, on_arrays)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(model.predict(frame), on_arrays.predict(X))
    with pytest.warns(UserWarning, match="X does not have valid feature names, but MLPClassifierTF was fitted with"):
        model.predict(X)
    with pytest.raises(ValueError, match="The feature names should match those that were passed during fit"):
        model.predict(frame.rename(columns={"a": "z"}) if library is pd else frame.rename({"a": "z"}))
    with pytest.raises(ValueError, match="must be in the same order as they were in fit"):
        model.predict(frame[names[::-1]])
    with pytest.warns(UserWarning, match="X has feature names, but MLPClassifierTF was fitted without"):
        on_arrays.predict(frame)


def test_a_frame_with_a_host_score_and_early_stopping_warns_of_nothing():
    frame = pd.DataFrame(X, columns=list("abcde"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        regressor(early_stopping=True, scoring="neg_mean_absolute_error", max_iter=2).fit(frame, REAL)
        classifier(early_stopping=True, max_iter=2).fit(frame, LABELS)


def test_precision_is_that_of_the_rows_unless_dtype_says_otherwise():
    for given, dtype, expected in (
        (np.float32, None, np.float32),
        (np.float64, None, np.float64),
        (np.int64, None, np.float64),
        (np.float16, None, np.float64),
        (np.float64, "float32", np.float32),
        (np.float32, "float64", np.float64),
    ):
        rows = (3 * X).astype(given)
        model = regressor(dtype=dtype, max_iter=2).fit(rows, REAL)
        assert {array.dtype for array in [*model.coefs_, *model.intercepts_]} == {np.dtype(expected)}
        same = regressor(max_iter=2).fit(rows.astype(expected), REAL)
        assert_same_weights(model, same)


def test_predictions_have_the_wider_of_both_precisions():
    """A float32 network asked about float64 rows computes in float64, as scikit-learn's does."""
    for fitted_on, asked in ((np.float32, np.float32), (np.float32, np.float64), (np.float64, np.float32)):
        ours = regressor().fit(X.astype(fitted_on), REAL)
        theirs = MLPRegressor(hidden_layer_sizes=(7,), max_iter=5).fit(X.astype(fitted_on), REAL)
        theirs.coefs_, theirs.intercepts_ = ours.coefs_, ours.intercepts_
        expected, got = theirs.predict(X.astype(asked)), ours.predict(X.astype(asked))
        assert got.dtype == expected.dtype
        np.testing.assert_allclose(got, expected, rtol=50 * np.finfo(expected.dtype).eps, atol=np.finfo(got.dtype).eps)


def test_a_row_is_predicted_alike_in_every_company():
    model = classifier().fit(X, LABELS)
    together = model.predict_proba(X)
    for rows in (slice(0, 1), slice(3, 10), slice(None, None, -1)):
        np.testing.assert_allclose(model.predict_proba(X[rows]), together[rows], rtol=1e-13)


def test_dtype_may_change_between_calls_of_partial_fit():
    model = regressor().partial_fit(X, REAL).set_params(dtype="float32").partial_fit(X, REAL)
    assert {array.dtype for array in model.coefs_} == {np.dtype(np.float32)}
    both = regressor().partial_fit(X, REAL).partial_fit(X, REAL)
    assert_same_weights(model, both, rtol=1e-4, atol=1e-5)  # float32's last place, magnified a little


def test_partial_fit_goes_on_after_an_lbfgs_fit_of_another_shape():
    model = regressor().fit(X, REAL).set_params(solver="lbfgs").fit(X[:, :3], REAL)
    loss = model.loss_
    model.set_params(solver="adam").partial_fit(X[:, :3], REAL)
    assert model.loss_ == pytest.approx(loss, rel=0.1)  # one small step from where lbfgs ended


# ------------------------------------------------------------------ output


@pytest.mark.parametrize(
    ("make", "sklearn_class", "y", "parameters"),
    [
        (classifier, MLPClassifier, LABELS, {}),
        (classifier, MLPClassifier, LABELS, {"early_stopping": True, "n_iter_no_change": 2, "max_iter": 30}),
        (regressor, MLPRegressor, REAL, {"tol": 0.5, "n_iter_no_change": 2, "max_iter": 30}),
        (
            regressor, MLPRegressor, REAL,
            {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.5, "n_iter_no_change": 1, "max_iter": 60},
        ),
    ],
    ids=["to the end", "validation score", "training loss", "adaptive"],
)  # fmt: skip
def test_verbose_prints_scikit_learns_lines(make, sklearn_class, y, parameters, capsys):
    ours = make(verbose=True, **parameters)
    theirs = sklearn_class(**{name: getattr(ours, name) for name in sklearn_class().get_params()})
    ours.fit(X, y)
    got = capsys.readouterr().out
    theirs.fit(X, y)
    expected = capsys.readouterr().out
    assert got == expected
    assert expected.count("Iteration") == ours.n_iter_


def test_verbose_partial_fit_prints_scikit_learns_lines(capsys):
    ours, theirs = regressor(verbose=True), MLPRegressor(hidden_layer_sizes=(7,), random_state=3, verbose=True)
    printed = []
    for model in (ours, theirs):
        for _ in range(3):
            model.partial_fit(X, REAL)
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] != ""


def test_verbose_lbfgs_prints_something(capsys):
    regressor(solver="lbfgs", verbose=True).fit(X, REAL)
    assert "loss" in capsys.readouterr().out


def run_python(code, **options):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, **options)


def test_a_fit_prints_nothing_even_the_first_of_a_process():
    """TensorFlow's own start-up lines included; they come from C++ and pass Python's stderr by."""
    done = run_python(
        "import numpy as np, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "from sklearn_ann import MLPClassifierTF\n"
        "X = np.random.RandomState(0).normal(size=(60, 5))\n"
        "model = MLPClassifierTF((7,), max_iter=3, random_state=0).fit(X, X[:, 0] > 0)\n"
        "model.partial_fit(X, X[:, 0] > 0).predict(X)\n"
        "model.set_params(solver='lbfgs').fit(X, X[:, 0] > 0)\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.filterwarnings("default")
def test_a_fit_that_was_cut_short_says_so_at_the_callers_line(solver):
    with pytest.warns(ConvergenceWarning) as caught:
        classifier(solver=solver, max_iter=3).fit(X, LABELS)
    (warning,) = caught
    assert warning.filename == __file__
    with pytest.warns(ConvergenceWarning) as expected:
        MLPClassifier((7,), solver=solver, max_iter=3).fit(X, LABELS)
    assert str(warning.message).split()[0] == str(expected[0].message).split()[0]
    if solver != "lbfgs":
        assert str(warning.message) == str(expected[0].message)


@pytest.mark.filterwarnings("error")
def test_a_fit_that_converged_warns_of_nothing():
    model = regressor(max_iter=2000, tol=0.01, n_iter_no_change=2).fit(X, REAL)
    assert model.n_iter_ < 2000
    regressor().partial_fit(X, REAL)  # one epoch is all that was asked for


# ------------------------------------------------------------------ when things go wrong


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_non_finite_weights_raise_and_the_model_before_stays(method):
    model = regressor(solver="sgd", max_iter=3).fit(X, REAL)
    before, predicted = dict(vars(model)), model.predict(X)
    with pytest.raises(ValueError, match="Solver produced non-finite parameter weights"):
        getattr(model, method)(X * 1e200, REAL * 1e200)
    assert all(vars(model)[name] is value for name, value in before.items())
    np.testing.assert_array_equal(model.predict(X), predicted)


def test_an_unfitted_model_stays_unfitted_after_non_finite_weights():
    model = regressor(solver="sgd")
    before = set(vars(model))
    with pytest.raises(ValueError, match="non-finite"):
        model.fit(X * 1e200, REAL * 1e200)
    assert set(vars(model)) == before


def test_ctrl_c_keeps_the_model_with_a_warning(tmp_path):
    """A real signal to a process in the middle of a fit that would take hours."""
    code = """
import pickle, sys, warnings
import numpy as np
from sklearn_ann import MLPClassifierTF
X = np.random.RandomState(0).normal(size=(60, 5))
y = (X[:, 0] > 0).astype(int)
model = MLPClassifierTF((7,), random_state=0, max_iter=10**8, n_iter_no_change=np.inf, verbose=True)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model.fit(X, y)
assert "Training interrupted by user." in [str(warning.message) for warning in caught], caught
assert model.n_iter_ == len(model.loss_curve_) > 0
assert model.t_ > 0
assert model.score(X, y) > 0.5
model.set_params(verbose=False).partial_fit(X, y)  # and it can go on
sys.stderr.write("kept")
"""
    with open(tmp_path / "progress.txt", "w+") as progress:
        process = subprocess.Popen(
            [sys.executable, "-u", "-c", code], stdout=progress, stderr=subprocess.PIPE, text=True
        )
        try:
            deadline = time.monotonic() + 240
            while not (tmp_path / "progress.txt").stat().st_size:  # lines of verbose: training is under way
                assert process.poll() is None, process.stderr.read()
                assert time.monotonic() < deadline
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=240)
        finally:
            process.kill()
    assert (process.returncode, errors) == (0, "kept")


# ------------------------------------------------------------------ state


def through_pickle(model):
    return pickle.loads(pickle.dumps(model))


def through_joblib(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file)


@pytest.mark.parametrize("copied", [through_pickle, through_joblib, copy.deepcopy], ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    ("make", "y"),
    [(classifier, LABELS), (classifier, MULTIOUTPUT), (regressor, REALS)],
    ids=["labels", "columns of labels", "reals"],
)
@pytest.mark.parametrize("shared", [False, True], ids=["int seed", "RandomState"])
def test_a_copy_goes_on_as_the_original_does(make, y, copied, shared):
    """With partial_fit, which needs the optimizer's memory and the random state too."""
    model = make(random_state=np.random.RandomState(5) if shared else 5).fit(X, y)
    other = copied(model)
    assert_same_weights(other, model)
    np.testing.assert_array_equal(other.predict(X), model.predict(X))
    for _ in range(3):
        model.partial_fit(X, y)
        other.partial_fit(X, y)
    assert_same_weights(other, model)
    assert other.loss_curve_ == model.loss_curve_
    assert other.t_ == model.t_


def test_a_clone_has_the_parameters_and_nothing_learned():
    model = classifier(class_weight="balanced", scoring="f1_macro", dtype="float32", device="cpu").fit(X, LABELS)
    cloned = clone(model)
    assert cloned.get_params() == model.get_params()
    assert not hasattr(cloned, "coefs_")
    assert_same_weights(cloned.fit(X, LABELS), model)


def test_a_clone_of_a_random_state_repeats_the_run():
    model = regressor(random_state=np.random.RandomState(5))
    cloned = clone(model)
    assert_same_weights(cloned.fit(X, REAL), model.fit(X, REAL))


def test_parameters_are_stored_as_given():
    for make in (MLPClassifierTF, MLPRegressorTF):
        model = make((3, 2), alpha=0.5)
        assert model.get_params()["hidden_layer_sizes"] == (3, 2)
        assert model.set_params(alpha=0.25, hidden_layer_sizes=[4]) is model
        assert (model.alpha, model.hidden_layer_sizes) == (0.25, [4])
        with pytest.raises(ValueError, match="Invalid parameter 'alfa'"):
            model.set_params(alfa=1)
        with pytest.raises(TypeError, match="alfa"):
            make(alfa=1)
        with pytest.raises(TypeError, match="positional"):
            make((3,), "tanh")


def test_representations_name_the_class_and_what_differs_from_the_defaults():
    assert repr(MLPClassifierTF()) == "MLPClassifierTF()"
    assert repr(MLPRegressorTF((3, 2), alpha=0.5)) == "MLPRegressorTF(alpha=0.5, hidden_layer_sizes=(3, 2))"
    fitted = classifier().fit(X, LABELS)
    for model in (MLPClassifierTF(), fitted, make_pipeline(StandardScaler(), fitted)):
        html = model._repr_html_()
        assert "MLPClassifierTF" in html
        assert "early_stopping" in html


# ------------------------------------------------------------------ in scikit-learn's company


def test_they_are_known_for_what_they_are():
    assert is_classifier(MLPClassifierTF())
    assert is_regressor(MLPRegressorTF())
    assert not is_classifier(MLPRegressorTF())


def test_sample_weights_are_routed_through_cross_validation():
    with config_context(enable_metadata_routing=True):
        model = classifier().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        found = cross_validate(model, X, LABELS, params={"sample_weight": WEIGHTS}, cv=3, return_estimator=True)
        for fold, (train, test) in enumerate(StratifiedKFold(3).split(X, LABELS)):
            alone = classifier().fit(X[train], LABELS[train], WEIGHTS[train])
            assert_same_weights(found["estimator"][fold], alone)
            assert found["test_score"][fold] == pytest.approx(alone.score(X[test], LABELS[test], WEIGHTS[test]))
        with pytest.raises(ValueError, match=r"sample_weight.* are passed but are not explicitly set as requested"):
            cross_validate(classifier(), X, LABELS, params={"sample_weight": WEIGHTS}, cv=3)


def test_cross_validation_stratifies():
    """It does where it takes the estimator for a classifier; labels in order would leave a plain fold without one."""
    order = np.argsort(LABELS, kind="stable")
    found = cross_validate(classifier(), X[order], LABELS[order], cv=3, return_indices=True)
    expected = [test.tolist() for _, test in StratifiedKFold(3).split(X, LABELS[order])]
    assert [test.tolist() for test in found["indices"]["test"]] == expected


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.filterwarnings("ignore")  # two processes: theirs are not under this file's filters
def test_a_grid_search_over_a_pipeline_finds_what_scikit_learns_finds(n_jobs):
    grid = {"network__alpha": [1e-4, 1.0], "network__learning_rate_init": [1e-3, 1e-1]}
    found = []
    for make in (MLPClassifierTF, MLPClassifier):
        network = make(hidden_layer_sizes=(7,), max_iter=5, random_state=3)
        pipeline = Pipeline([("scaler", StandardScaler()), ("network", network)])
        jobs = n_jobs if make is MLPClassifierTF else 1
        found.append(GridSearchCV(pipeline, grid, cv=3, n_jobs=jobs).fit(X, LABELS))
    np.testing.assert_allclose(found[0].cv_results_["mean_test_score"], found[1].cv_results_["mean_test_score"])
    assert found[0].best_params_ == found[1].best_params_
    assert found[0].best_estimator_.predict(X).shape == (60,)


def test_a_randomized_search_finds_what_scikit_learns_finds():
    found = [
        RandomizedSearchCV(
            make(hidden_layer_sizes=(7,), max_iter=5, random_state=3),
            {"alpha": [1e-4, 1e-2, 1.0], "learning_rate_init": [1e-3, 1e-1]}, n_iter=3, cv=3, random_state=0,
        ).fit(X, REAL)
        for make in (MLPRegressorTF, MLPRegressor)
    ]  # fmt: skip
    np.testing.assert_allclose(*(search.cv_results_["mean_test_score"] for search in found), rtol=1e-6)
    assert found[0].best_params_ == found[1].best_params_


META_ESTIMATORS = {
    "voting": lambda c, r: (VotingClassifier([("a", c), ("b", LogisticRegression())], voting="soft"), BINARY),
    "calibrated": lambda c, r: (CalibratedClassifierCV(c, cv=3), LABELS),
    "stacking": lambda c, r: (StackingRegressor([("a", r), ("b", Ridge())], cv=3), REAL),
    "transformed target": lambda c, r: (
        TransformedTargetRegressor(r, func=np.log1p, inverse_func=np.expm1),
        np.exp(REAL),
    ),
}


@pytest.mark.parametrize("name", META_ESTIMATORS)
def test_meta_estimators_predict_what_they_predict_with_scikit_learns_networks(name):
    predicted = []
    for classes in ((MLPClassifierTF, MLPRegressorTF), (MLPClassifier, MLPRegressor)):
        networks = (make(hidden_layer_sizes=(7,), max_iter=5, random_state=3) for make in classes)
        model, y = META_ESTIMATORS[name](*networks)
        model.fit(X, y)
        predicted.append(getattr(model, "predict_proba", model.predict)(X))
    np.testing.assert_allclose(*predicted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("scoring", ["roc_auc", "accuracy", "neg_log_loss", "average_precision"])
def test_scorers_see_what_they_see_of_scikit_learns_network(scoring):
    scores = [
        cross_val_score(make(hidden_layer_sizes=(7,), max_iter=5, random_state=3), X, BINARY, scoring=scoring, cv=3)
        for make in (MLPClassifierTF, MLPClassifier)
    ]
    np.testing.assert_allclose(*scores, rtol=1e-6)


def test_permutation_importance_is_that_of_scikit_learns_network():
    importances = [
        permutation_importance(
            make(hidden_layer_sizes=(7,), max_iter=5, random_state=3).fit(X, REAL), X, REAL, n_repeats=2, random_state=0
        ).importances_mean
        for make in (MLPRegressorTF, MLPRegressor)
    ]
    np.testing.assert_allclose(*importances, rtol=1e-6, atol=1e-9)
