"""Keras Tuner's ``SklearnTuner`` with our estimators: the scores of its trials are scikit-learn's cross-validation."""

import keras_tuner
import numpy as np
import pytest
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.estimators.problems import LABELS, X, classifier

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),  # the fits are short on purpose
    pytest.mark.filterwarnings("ignore:(currentThread|getName):DeprecationWarning"),  # Keras Tuner calls these
]
CV = KFold(2, shuffle=True, random_state=0)
SCORE = keras_tuner.Objective("score", "max")
ORACLES = {
    "random": keras_tuner.oracles.RandomSearchOracle(objective=SCORE, max_trials=3, seed=0),
    "hyperband": keras_tuner.oracles.HyperbandOracle(objective=SCORE, max_epochs=4, factor=2, seed=0),
    "bayesian": keras_tuner.oracles.BayesianOptimizationOracle(
        objective=SCORE, max_trials=4, num_initial_points=2, seed=0
    ),
}


def build(hp):
    return make_pipeline(
        StandardScaler(),
        classifier(
            hidden_layer_sizes=(hp.Int("width", 3, 6),) * hp.Int("depth", 0, 2),
            learning_rate_init=hp.Float("rate", 1e-3, 1e-1, sampling="log"),
            max_iter=hp.values.get("tuner/epochs", 3),  # which the oracle of Hyperband sets
        ),
    )


@pytest.mark.parametrize("name", ORACLES)
def test_the_scores_of_the_trials_are_cross_validated(name, tmp_path):
    tuner = keras_tuner.SklearnTuner(
        ORACLES[name], build, scoring=make_scorer(accuracy_score), cv=CV, directory=tmp_path, project_name=name
    )
    tuner.search(X, LABELS)
    trials = tuner.oracle.get_best_trials(len(tuner.oracle.trials))
    assert len(trials) >= 3
    for trial in trials:
        scores = cross_val_score(build(trial.hyperparameters), X, LABELS, cv=CV)
        np.testing.assert_allclose(trial.score, scores.mean(), rtol=1e-12)
    model = tuner.get_best_models()[0]  # that of the last fold, from its pickle
    train, _ = list(CV.split(X))[-1]
    expected = build(trials[0].hyperparameters).fit(X[train], LABELS[train])
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
