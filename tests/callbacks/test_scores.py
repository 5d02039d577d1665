"""Scores of every epoch, beside scikit-learn's scorers on the models of fits that end there."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score, get_scorer, make_scorer, mean_absolute_error

from sklearn_ann import PerceptronClassifier
from sklearn_ann.callbacks import Callback, Scores
from tests.estimators.problems import LABELS, REAL, WEIGHTS, X_VAL, Y_VAL, X, classifier, regressor

# fits of a few epochs: what is looked at is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_scores_are_those_of_fits_that_end_there():
    scores = Scores({"train": "accuracy", "f1": get_scorer("f1_macro")})
    model = classifier(max_iter=3).set_callbacks(scores).fit(X, LABELS)
    for epoch in (1, 2, 3):
        expected = classifier(max_iter=epoch).fit(X, LABELS)
        assert model.history_["train"][epoch - 1] == expected.score(X, LABELS)
        assert model.history_["f1"][epoch - 1] == get_scorer("f1_macro")(expected, X, LABELS)


def test_rows_are_those_given_or_the_validation_rows_or_those_of_the_fit():
    def last(callback, **held_out):
        model = classifier().set_callbacks(callback).fit(X, LABELS, **held_out)
        return model, model.history_["accuracy"][-1]

    model, score = last(Scores("accuracy"))
    assert score == model.score(X, LABELS)
    model, score = last(Scores(["accuracy"]), X_val=X_VAL, y_val=Y_VAL)
    assert score == model.score(X_VAL, Y_VAL) == model.validation_scores_[-1]
    model, score = last(Scores("accuracy", X[:7], LABELS[:7]), X_val=X_VAL, y_val=Y_VAL)
    assert score == model.score(X[:7], LABELS[:7])


def test_every_second_epoch():
    model = classifier().set_callbacks(Scores("accuracy", every=2)).fit(X, LABELS)
    np.testing.assert_array_equal(np.isnan(model.history_["accuracy"]), [True, False, True, False, True])


class Latest(Callback):
    """Keeps what the model of each epoch predicts for all rows, and the rows trained on."""

    def __init__(self):
        self.predicted = []

    def epoch_end(self, context):
        self.predicted.append(context.latest_model.predict(X))
        self.data = context.train_data


@pytest.mark.parametrize("sample_weight", [None, WEIGHTS], ids=["unweighted", "weighted"])
def test_training_rows_are_scored_beside_the_validation_rows(sample_weight):
    model = classifier().set_callbacks(Scores(on="train"), Scores(["f1_macro"], on="train"))
    model.fit(X, LABELS, sample_weight, X_val=X_VAL, y_val=Y_VAL)
    assert list(model.history_)[-3:] == ["validation_score", "train_score", "train_f1_macro"]
    for epoch in (1, 3, 5):
        predicted = classifier(max_iter=epoch).fit(X, LABELS, sample_weight).predict(X)
        expected = accuracy_score(LABELS, predicted, sample_weight=sample_weight)
        assert model.history_["train_score"][epoch - 1] == expected
        expected = f1_score(LABELS, predicted, average="macro", sample_weight=sample_weight)
        assert model.history_["train_f1_macro"][epoch - 1] == expected


def test_class_weights_count_on_training_rows_as_on_validation_rows():
    weights = {0: 5.0, 1: 0.1, 2: 1.0}
    model = classifier(class_weight=weights).set_callbacks(Scores(on="train")).fit(X, LABELS, X_val=X, y_val=LABELS)
    np.testing.assert_allclose(model.history_["train_score"], model.history_["validation_score"])
    by_class = np.array([weights[label] for label in LABELS])
    assert model.history_["train_score"][-1] == accuracy_score(LABELS, model.predict(X), sample_weight=by_class)


def perceptron(**parameters):
    return PerceptronClassifier(max_iter=5, tol=None, random_state=0, **parameters)


@pytest.mark.parametrize("make", [classifier, perceptron])
@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame])
def test_rows_set_aside_are_not_scored_and_every_epoch_has_its_own_weights(make, container):
    latest = Latest()
    model = make(early_stopping=True, validation_fraction=0.3).set_callbacks(latest, Scores(on="train"))
    model.fit(container(X), LABELS, sample_weight=np.arange(60.0) + 1)
    rows = latest.data.sample_weight.astype(int) - 1
    assert len(rows) == 42 and np.all(np.diff(rows) > 0)
    np.testing.assert_array_equal(np.asarray(latest.data.X), X[rows])
    np.testing.assert_array_equal(latest.data.y, LABELS[rows])
    expected = [accuracy_score(LABELS[rows], each[rows], sample_weight=rows + 1) for each in latest.predicted]
    np.testing.assert_allclose(model.history_["train_score"], expected)
    held = np.setdiff1d(np.arange(60), rows)
    if make is classifier:  # the validation scores are those of the other rows, so no row is missing or counted twice
        scores = [accuracy_score(LABELS[held], each[held], sample_weight=held + 1) for each in latest.predicted]
        np.testing.assert_allclose(model.validation_scores_, scores)


def test_the_score_is_the_one_that_the_fit_monitors():
    def last(model):
        return model.set_callbacks(Scores(on="train")).fit(X, REAL).history_["train_score"][-1]

    model = regressor(scoring="neg_mean_absolute_error")
    assert last(model) == -mean_absolute_error(REAL, model.predict(X))
    model = regressor(loss="absolute_error")  # whose validation score is minus the loss
    assert last(model) == pytest.approx(-mean_absolute_error(REAL, model.predict(X)))


def test_a_number_for_all_rows_is_no_weight():
    model = classifier().set_callbacks(Scores(on="train")).fit(X, LABELS, 2.0)
    assert model.history_["train_score"][-1] == accuracy_score(LABELS, model.predict(X))


def test_other_rows_than_those_of_on_are_named():
    with pytest.raises(ValueError, match="on must be 'train' or None, got 'validation'; pass on='train', or X and y"):
        Scores(on="validation")
    with pytest.raises(ValueError, match="on='train' names the rows to score on, got X and y as well"):
        Scores("accuracy", X, LABELS, on="train")


@pytest.mark.parametrize("make", [classifier, PerceptronClassifier])
def test_a_scorer_that_does_not_fit_is_refused_before_training(make):
    words = np.where(LABELS > 0, "yes", "no")
    model = make().set_callbacks(Scores({"mine": "f1"}))
    with pytest.raises(
        ValueError, match=r"scoring='f1' of Scores must give a number .* pos_label=1 is not a valid label"
    ):
        model.fit(X, words)
    assert not hasattr(model, "n_iter_")
    fits = Scores({"mine": make_scorer(f1_score, pos_label="yes")})
    model.set_callbacks(fits).fit(X, words)
    assert model.history_["mine"][-1] == f1_score(words, model.predict(X), pos_label="yes")


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")  # of NumPy's, in predictions of such weights
def test_a_fit_that_diverges_says_so():
    model = regressor(solver="sgd", learning_rate_init=1e3, max_iter=20).set_callbacks(Scores("neg_max_error"))
    with pytest.raises(ValueError, match="Solver produced non-finite parameter weights"):
        model.fit(X, REAL)
