"""The MLPs in pipelines, searches, meta-estimators and scorers, beside scikit-learn's MLPs in the same places."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import StackingRegressor, VotingClassifier
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_score,
    cross_validate,
    learning_curve,
)
from sklearn.multioutput import MultiOutputRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from tests.estimators.problems import BINARY, LABELS, REAL, WEIGHTS, X, assert_same_weights, classifier

# most fits are a few epochs long: what is compared is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


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
    "multioutput": lambda c, r: (MultiOutputRegressor(r), np.column_stack([REAL, REAL**2])),
    "threshold": lambda c, r: (TunedThresholdClassifierCV(c, thresholds=5, cv=3), BINARY),
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


def test_partial_dependence_is_that_of_scikit_learns_network():
    averages = [
        partial_dependence(
            make(hidden_layer_sizes=(7,), max_iter=5, random_state=3).fit(X, REAL), X, [0, 1], grid_resolution=4
        )["average"]
        for make in (MLPRegressorTF, MLPRegressor)
    ]
    np.testing.assert_allclose(*averages, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("incremental", [False, True])
def test_a_learning_curve_is_that_of_scikit_learns_network(incremental):
    curves = [
        learning_curve(
            make(hidden_layer_sizes=(7,), max_iter=5, random_state=3),
            X,
            REAL,
            train_sizes=[0.5, 1.0],
            cv=3,
            exploit_incremental_learning=incremental,
        )
        for make in (MLPRegressorTF, MLPRegressor)
    ]
    for found, expected in zip(*curves, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)
