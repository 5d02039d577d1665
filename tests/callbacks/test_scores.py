"""Scores of every epoch, beside scikit-learn's scorers on the models of fits that end there."""

import numpy as np
import pytest
from sklearn.metrics import get_scorer

from sklearn_ann.callbacks import Scores
from tests.estimators.problems import LABELS, X_VAL, Y_VAL, X, classifier

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
