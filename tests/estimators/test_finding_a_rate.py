"""``learning_rate_init='find'``: the fit beside one with that rate as a number, and the rate beside the finder's."""

import pickle
import warnings

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import load
from sklearn_ann.callbacks import Callback
from sklearn_ann.model_selection import LearningRateFinder
from tests.estimators.problems import (
    LABELS,
    MULTILABEL,
    REAL,
    WEIGHTS,
    X_VAL,
    Y_VAL,
    X,
    assert_same_weights,
    classifier,
    regressor,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # the fits are short
FOUND = {"learning_rate_init": "find", "max_iter": 3, "batch_size": 16}


class _Keeps(Callback):
    """Rows trained on, and a snapshot."""

    def epoch_end(self, context):
        self.train_rows = context.train_data.X
        if context.epoch == 2:
            self.snapshot = context.snapshot()


@pytest.mark.parametrize(
    ("model", "y", "fit_params"),
    [
        (classifier(**FOUND), LABELS, {}),
        (classifier(**FOUND, early_stopping=True, dropout=0.2), LABELS, {}),
        (classifier(**FOUND, n_estimators=2, averaging=0.3), LABELS, {}),
        (classifier(**FOUND, learning_rate="one_cycle", solver="sgd"), MULTILABEL, {}),
        (classifier(**FOUND), LABELS, {"X_val": X_VAL, "y_val": Y_VAL, "sample_weight": WEIGHTS}),
        (classifier(**FOUND, backend="tensorflow"), LABELS, {}),
        (regressor(**FOUND, solver="rmsprop", random_state=np.random.RandomState(5)), REAL, {}),
        (regressor(**FOUND, standardize=True), REAL, {}),
    ],
    ids=["plain", "early stopping", "ensemble", "schedule", "validation rows", "compiled", "generator", "regressor"],
)
def test_the_fit_equals_one_with_the_rate_that_was_found(model, y, fit_params):
    generator = model.random_state
    state = generator.get_state() if hasattr(generator, "get_state") else None
    model = clone(model).fit(X, y, **fit_params) if state is None else model.fit(X, y, **fit_params)
    if state is not None:
        generator.set_state(state)
    plain = clone(model) if state is None else type(model)(**model.get_params(deep=False))
    plain.set_params(learning_rate_init=model.learning_rate_init_).fit(X, y, **fit_params)
    assert_same_weights(model, plain)
    assert model.loss_curve_ == plain.loss_curve_
    assert not hasattr(plain, "learning_rate_init_")
    assert model.learning_rate_init == "find"


def test_the_rate_is_the_finders():
    model = classifier(**FOUND).fit(X, LABELS)
    assert model.learning_rate_init_ == LearningRateFinder(classifier(**FOUND)).fit(X, LABELS).suggested_learning_rate_
    assert model.learning_rate_init_ == clone(model).fit(X, LABELS).learning_rate_init_
    sparse = clone(model).fit(csr_matrix(X), LABELS)
    assert sparse.learning_rate_init_ == pytest.approx(model.learning_rate_init_)


def test_rows_without_weight_are_not_drawn():
    weights = np.zeros(60)
    weights[[np.argmax(label == LABELS) for label in range(3)]] = 1
    model = classifier(**FOUND).set_params(batch_size=2).fit(X, LABELS, sample_weight=weights)
    expected = LearningRateFinder(clone(model)).fit(X, LABELS, sample_weight=weights).suggested_learning_rate_
    assert model.learning_rate_init_ == expected > 1e-4


def test_rows_set_aside_for_validation_play_no_part():
    keeps, model = _Keeps(), classifier(**FOUND, early_stopping=True)
    expected = clone(model).set_callbacks(keeps).fit(X, LABELS).learning_rate_init_
    held = ~(X[:, None] == keeps.train_rows).all(axis=-1).any(axis=1)
    assert held.sum() == 6
    spoiled = X.copy()
    spoiled[held] = 1e6
    assert clone(model).fit(spoiled, LABELS).learning_rate_init_ == expected
    spoiled[~held] = 10 * X[~held]
    assert clone(model).fit(spoiled, LABELS).learning_rate_init_ != expected


def test_it_goes_through_pipelines_searches_pickles_and_files(tmp_path):
    pipeline = make_pipeline(StandardScaler(), classifier(**FOUND))
    search = GridSearchCV(pipeline, {"mlpclassifiertf__learning_rate_init": ["find", 1e-6]}, cv=2).fit(X, LABELS)
    assert search.best_params_ == {"mlpclassifiertf__learning_rate_init": "find"}
    model = search.best_estimator_[-1]
    for copy in (pickle.loads(pickle.dumps(model)), _stored(model, tmp_path / "model.zip")):
        assert copy.learning_rate_init_ == model.learning_rate_init_ and copy.learning_rate_init == "find"
        assert_same_weights(copy, model)
    assert model.to_sklearn().learning_rate_init == model.learning_rate_init_
    model.set_params(learning_rate_init=0.01).fit(X, LABELS)
    assert not hasattr(model, "learning_rate_init_")


def _stored(model, path):
    model.save(path)
    return load(path)


@pytest.mark.parametrize("seed", [3, None])
def test_a_resumed_fit_keeps_its_rate(seed):
    keeps = _Keeps()
    model = classifier(**{**FOUND, "max_iter": 4}, random_state=seed).set_callbacks(keeps).fit(X, LABELS)
    resumed = clone(model).set_callbacks().fit(X, LABELS, resume=keeps.snapshot)
    assert resumed.learning_rate_init_ == model.learning_rate_init_
    assert_same_weights(resumed, model)


def test_a_lowest_loss_at_an_end_of_the_range_is_warned_of():
    with pytest.warns(UserWarning, match="looks for the lowest loss between 1e-06 and 10, got it at"):
        regressor(**FOUND, solver="sgd", hidden_layer_sizes=(), clipvalue=1e-9).fit(X, 1e9 * REAL)


def test_where_there_is_no_rate_to_find():
    with pytest.raises(ValueError, match="solver='lbfgs' has no learning rate to find"):
        classifier(solver="lbfgs", learning_rate_init="find").fit(X, LABELS)
    with pytest.raises(AttributeError, match="partial_fit does not support learning_rate_init='find'"):
        classifier(**FOUND).partial_fit(X, LABELS, classes=range(3))
    with pytest.raises(ValueError, match="The 'learning_rate_init' parameter"):
        classifier(learning_rate_init="best").fit(X, LABELS)


def test_a_warm_start_finds_a_rate_for_the_weights_so_far():
    model = classifier(**FOUND, warm_start=True).fit(X, LABELS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        again = classifier(**{**FOUND, "learning_rate_init": 0.01}, warm_start=True)
        again.fit(X, LABELS).set_params(learning_rate_init="find").fit(X, LABELS)
    assert again.learning_rate_init_ > 0 and len(again.loss_curve_) == 6 and len(model.loss_curve_) == 3
