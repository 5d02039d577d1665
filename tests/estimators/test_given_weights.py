"""Weights given to ``fit``: the textbook's XOR network, scikit-learn's fit from the same weights, draws besides."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import MLPClassifierTF, MLPRegressorTF

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # a few epochs are enough

RNG = np.random.RandomState(0)
X = RNG.normal(size=(40, 4))
LABELS = np.arange(40) % 3
REAL = X.sum(axis=1)
SETTINGS = {"hidden_layer_sizes": (5,), "random_state": 0, "shuffle": False, "batch_size": 10}


def test_two_step_units_compute_xor():
    """Géron, figure 10-6: units for AND and for OR, and a unit that takes OR without AND; no weight moves."""
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    xor = np.array([0, 1, 1, 0])
    weights = {"coef_init": [[[1, 1], [1, 1]], [[-1], [1]]], "intercept_init": [[-1.5, -0.5], [-0.5]]}
    model = MLPClassifierTF((2,), activation="step", solver="sgd", alpha=0, learning_rate_init=1e-12, max_iter=1)
    model.fit(corners, xor, **weights)
    np.testing.assert_array_equal(model.predict(corners), xor)
    np.testing.assert_array_equal(model.coefs_[0], weights["coef_init"][0])
    regressor = MLPRegressorTF((2,), activation="step", solver="sgd", alpha=0, learning_rate_init=1e-12, max_iter=1)
    regressor.fit(corners, xor, coef_init=weights["coef_init"], intercept_init=[[-1.5, -0.5], [0.0]])
    np.testing.assert_allclose(regressor.predict(corners), xor, atol=1e-9)


def test_below_a_step_nothing_is_learned_and_above_it_the_best_linear_model():
    model = MLPRegressorTF((6,), activation="step", alpha=0, solver="lbfgs", random_state=0)
    coef = np.random.RandomState(1).normal(size=(4, 6))
    model.fit(X, REAL, coef_init=[coef, np.zeros((6, 1))], intercept_init=[np.zeros(6), [0.0]])
    np.testing.assert_array_equal(model.coefs_[0], coef)
    steps = np.column_stack([X @ coef >= 0, np.ones(40)])
    best = steps @ np.linalg.lstsq(steps, REAL)[0]
    np.testing.assert_allclose(model.predict(X), best, atol=1e-3)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize(
    ("ours", "theirs", "y"), [(MLPClassifierTF, MLPClassifier, LABELS), (MLPRegressorTF, MLPRegressor, REAL)]
)
def test_a_given_start_is_scikit_learns_warm_start_from_there(ours, theirs, y, solver):
    settings = {**SETTINGS, "solver": solver, "max_iter": 4}
    there = theirs(**settings, warm_start=True).fit(X, y)
    start = {"coef_init": [w.copy() for w in there.coefs_], "intercept_init": [b.copy() for b in there.intercepts_]}
    there.fit(X, y)
    here = ours(**settings).fit(X, y, **start)
    tolerance = 1e-5 if solver == "lbfgs" else 1e-10  # its line search magnifies rounding
    for ours_, theirs_ in zip([*here.coefs_, *here.intercepts_], [*there.coefs_, *there.intercepts_], strict=True):
        np.testing.assert_allclose(ours_, theirs_, rtol=tolerance, atol=tolerance)


def test_what_is_drawn_besides_is_drawn_as_without():
    """Giving what would have been drawn changes nothing: validation rows, orders and the other group stay."""
    settings = {**SETTINGS, "shuffle": True, "early_stopping": True, "max_iter": 3}
    still = MLPClassifierTF(**{**settings, "max_iter": 1, "learning_rate_init": 1e-300}).fit(X, LABELS)
    plain = MLPClassifierTF(**settings).fit(X, LABELS)
    for start in ({"coef_init": still.coefs_}, {"intercept_init": tuple(still.intercepts_)}):
        given = MLPClassifierTF(**settings).fit(X, LABELS, **start)
        np.testing.assert_array_equal(given.coefs_[0], plain.coefs_[0])
        assert given.validation_scores_ == plain.validation_scores_
    kept = [coef.copy() for coef in still.coefs_]
    MLPClassifierTF(**settings, dtype="float32").fit(X, LABELS, coef_init=still.coefs_)
    np.testing.assert_array_equal(kept[0], still.coefs_[0])


def test_given_weights_go_before_those_of_a_warm_start():
    model = MLPRegressorTF(**SETTINGS, warm_start=True, max_iter=3).fit(X, REAL)
    start = {"coef_init": [np.full((4, 5), 0.1), np.ones((5, 1))], "intercept_init": [np.zeros(5), np.zeros(1)]}
    model.fit(X, REAL, **start)
    np.testing.assert_array_equal(
        model.predict(X), MLPRegressorTF(**SETTINGS, max_iter=3).fit(X, REAL, **start).predict(X)
    )


def test_they_are_routed():
    start = [np.full((4, 5), 0.1), np.full((5, 3), 0.2)]
    with config_context(enable_metadata_routing=True):
        network = MLPClassifierTF(**SETTINGS, max_iter=3).set_fit_request(coef_init=True)
        routed = make_pipeline(StandardScaler(), network).fit(X, LABELS, coef_init=start)
    alone = MLPClassifierTF(**SETTINGS, max_iter=3).fit(StandardScaler().fit_transform(X), LABELS, coef_init=start)
    np.testing.assert_array_equal(routed[-1].coefs_[0], alone.coefs_[0])
