"""Scores of every epoch, beside scikit-learn's scorers on the models of fits that end there."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, get_scorer, make_scorer

from sklearn_ann import PerceptronClassifier
from sklearn_ann.callbacks import Scores
from tests.estimators.problems import LABELS, REAL, X_VAL, Y_VAL, X, classifier, regressor

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
