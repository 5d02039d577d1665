"""Searches by successive halving over users' Keras networks: beside fits without interruption."""

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.model_selection import PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann.callbacks import Callback
from sklearn_ann.keras import KerasClassifier, KerasRegressor
from sklearn_ann.model_selection import OptunaSearchCV, SuccessiveHalvingSearchCV
from sklearn_ann.model_selection.trial import UpToEpoch
from sklearn_ann.persistence.description import described
from tests.estimators.problems import LABELS, REAL, WEIGHTS, X
from tests.keras.networks import QUICK, classifier_network, regressor_network

TRAIN, TEST = np.arange(40), np.arange(40, 60)
CV = PredefinedSplit(np.where(np.arange(60) < 40, -1, 0))
RATES = [1e-3, 1e-1]


class Counts(Callback):
    """Counts the epochs that are made with it."""

    def __init__(self):
        self.n_epochs = 0

    def epoch_end(self, context):
        self.n_epochs += 1


def network(kind=KerasClassifier):
    is_classifier = kind is KerasClassifier
    build = classifier_network if is_classifier else regressor_network
    loss = "sparse_categorical_crossentropy" if is_classifier else "mse"
    return kind(build, loss=loss, **{**QUICK, "batch_size": 30, "random_state": 0})


def halving(estimator, prefix="", **settings):
    """A search of 2 candidates at 1 epoch, and 1 of them at 2."""
    space = {f"{prefix}optimizer__learning_rate": RATES}
    return SuccessiveHalvingSearchCV(estimator, space, n_iter=2, max_iter=2, eta=2, cv=CV, random_state=0, **settings)


def test_a_promoted_network_equals_one_trained_without_interruption():
    model = make_pipeline(StandardScaler(), network())
    weights = {"kerasclassifier__sample_weight": WEIGHTS}
    search = halving(model, "kerasclassifier__", scoring="neg_log_loss").fit(X, LABELS, **weights)
    assert search.brackets_ == [((2, 1), (1, 2))]
    results = search.cv_results_
    assert list(results["n_resources"]) == [1, 1, 2]

    def uninterrupted(parameters, n_epochs, rows):
        expected = clone(model).set_params(**parameters, kerasclassifier__epochs=2)
        expected[-1].set_callbacks(UpToEpoch(n_epochs))
        return expected.fit(X[rows], LABELS[rows], kerasclassifier__sample_weight=WEIGHTS[rows])

    promoted = results["params"][2]
    probabilities = uninterrupted(promoted, 2, TRAIN).predict_proba(X[TEST])
    assert results["mean_test_score"][2] == -log_loss(LABELS[TEST], probabilities)
    best = uninterrupted(search.best_params_, int(results["n_resources"][search.best_index_]), np.arange(60))
    np.testing.assert_array_equal(search.predict_proba(X), best.predict_proba(X))


def test_a_log_and_an_ensemble(tmp_path):
    counts = Counts()
    model = network(KerasRegressor).set_callbacks(counts)
    search = halving(model, log=tmp_path, ensemble_size=2).fit(X, REAL)
    n_epochs, counts.n_epochs = counts.n_epochs, 0
    assert n_epochs == 2 * 1 + 1 + search.best_estimator_.current_epoch
    members = zip(search.ensemble_.weights, search.ensemble_.estimators_, strict=True)
    expected = sum(weight * member.predict(X) for weight, member in members) / sum(search.ensemble_.weights)
    np.testing.assert_allclose(search.ensemble_.predict(X), expected, rtol=1e-6)
    assert search.ensemble_score_ >= search.best_score_
    again = halving(model, log=tmp_path).fit(X, REAL)
    assert counts.n_epochs == search.best_estimator_.current_epoch  # of the refit alone
    np.testing.assert_array_equal(again.cv_results_["mean_test_score"], search.cv_results_["mean_test_score"])


def ones(bias=0.0, rate=0.1, delta=1.0, dtype="float32"):
    initializers = {"kernel_initializer": "ones", "bias_initializer": keras.initializers.Constant(bias)}
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, dtype=dtype, **initializers)])
    model.compile(keras.optimizers.SGD(rate), keras.losses.Huber(delta))
    return model


MADE_ANEW = {
    "optimizer": keras.optimizers.Adam,
    "regularizer": keras.regularizers.L2,
    "weights of a network": lambda value: ones(bias=value),
    "optimizer of a network": lambda value: ones(rate=value),
    "loss of a network": lambda value: ones(delta=value),
    "dtype of a network": lambda value: ones(dtype="float32" if value == 0.1 else "mixed_float16"),
}


@pytest.mark.parametrize("make", MADE_ANEW.values(), ids=MADE_ANEW)
def test_a_log_knows_objects_of_keras_that_are_made_anew(make):
    assert described(make(0.1)) == described(make(0.1)) != described(make(0.2))


def test_optuna_proposes_settings_of_the_network():
    model = network().set_params(fit__epochs=1)  # makes way for the epochs of the search
    search = OptunaSearchCV(model, {"optimizer__learning_rate": RATES}, n_trials=1, max_iter=2, cv=CV)
    search.fit(X, LABELS)
    assert search.best_estimator_.current_epoch == 2 and search.best_params_ == search.study_.best_params


@pytest.mark.parametrize("name", ["epochs", "fit__epochs"])
def test_the_epochs_are_the_searchs(name):
    counts = Counts()
    models = {"": network().set_callbacks(counts)}
    models["kerasclassifier__"] = make_pipeline(StandardScaler(), models[""])
    for prefix, model in models.items():
        for search in (halving(model), OptunaSearchCV(model, {}, max_iter=2, cv=CV)):
            with pytest.raises(ValueError, match=f"'{prefix}{name}' must not be among param_distributions"):
                search.set_params(param_distributions={f"{prefix}{name}": [1, 2, 3]}).fit(X, LABELS)
    assert counts.n_epochs == 0
