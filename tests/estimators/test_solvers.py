"""Solvers by name and as objects: parameters, searches, and what they leave alone."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from sklearn_ann import MLPClassifierTF
from sklearn_ann.optimizers import OPTIMIZERS, SGD, Adam, AdamW, RMSprop
from sklearn_ann.runtime.programs import compilation_count

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # few epochs show enough

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)


def classifier(**parameters):
    return MLPClassifierTF((), **{"max_iter": 30, "random_state": 0, **parameters})


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_solver_lowers_the_loss(name):
    model = classifier(solver=name, learning_rate_init=1.0 if name == "adadelta" else 0.01).fit(X, Y)
    assert model.loss_curve_[-1] < 0.9 * model.loss_curve_[0]


@pytest.mark.parametrize("name", sorted(set(OPTIMIZERS) - {"sgd", "adam"}))
def test_a_name_is_the_object_with_its_defaults(name):
    by_name, by_object = (classifier(solver=solver, max_iter=5).fit(X, Y) for solver in (name, OPTIMIZERS[name]()))
    np.testing.assert_array_equal(by_name.coefs_[0], by_object.coefs_[0])


@pytest.mark.parametrize(
    ("solver", "parameters"),
    [
        (SGD(momentum=0.5, nesterov=False), {"solver": "sgd", "momentum": 0.5, "nesterovs_momentum": False}),
        (Adam(beta_1=0.8, beta_2=0.9), {"solver": "adam", "beta_1": 0.8, "beta_2": 0.9}),
    ],
)
def test_objects_of_scikit_learns_solvers_equal_the_estimators_parameters(solver, parameters):
    ours, theirs = classifier(solver=solver).fit(X, Y), classifier(**parameters).fit(X, Y)
    np.testing.assert_array_equal(ours.coefs_[0], theirs.coefs_[0])


def test_schedules_work_with_an_sgd_object():
    ours, theirs = (
        classifier(solver=solver, learning_rate="invscaling", learning_rate_init=0.1).fit(X, Y)
        for solver in (SGD(), "sgd")
    )
    np.testing.assert_array_equal(ours.coefs_[0], theirs.coefs_[0])


def test_a_search_reaches_the_settings_and_compiles_once():
    fold = np.arange(len(Y)) % 3 > 0
    classifier(solver=RMSprop(), max_iter=3).fit(X[fold], Y[fold])
    before = compilation_count()
    grid = {"solver__rho": [0.8, 0.9, 0.95], "solver__momentum": [0.0, 0.5]}
    search = GridSearchCV(classifier(solver=RMSprop(), max_iter=3), grid, cv=3, refit=False).fit(X, Y)
    assert len(search.cv_results_["params"]) == 6
    assert compilation_count() == before


def test_a_fit_changes_no_solver_and_a_clone_has_its_own():
    solver = AdamW(weight_decay=0.1)
    model = classifier(solver=solver, max_iter=2)
    copy = clone(model).set_params(solver__weight_decay=0.2)
    model.fit(X, Y)
    assert solver == AdamW(weight_decay=0.1)
    assert model.solver is solver
    assert copy.solver == AdamW(weight_decay=0.2)
    assert repr(copy.solver) == "AdamW(weight_decay=0.2)"
    assert "solver=AdamW(weight_decay=0.2)" in repr(copy)


def test_solvers_compare_by_value():
    assert RMSprop(rho=0.9) == RMSprop()
    assert hash(RMSprop(rho=0.9)) == hash(RMSprop())
    assert RMSprop(rho=0.8) != RMSprop()
    assert AdamW() != Adam()


def test_partial_fit_goes_on_with_the_state_of_the_optimizer():
    pieces, whole = (classifier(solver="nadam", shuffle=False, max_iter=6) for _ in range(2))
    for _ in range(3):
        pieces.partial_fit(X, Y, classes=[0, 1, 2])
    pieces = pickle.loads(pickle.dumps(pieces))
    for _ in range(3):
        pieces.partial_fit(X, Y)
    whole.fit(X, Y)
    np.testing.assert_allclose(pieces.coefs_[0], whole.coefs_[0], rtol=1e-12)


@pytest.mark.parametrize(
    ("solver", "message"),
    [
        (RMSprop(rho=1.0), "'rho' parameter of RMSprop must be"),
        (AdamW(weight_decay=-1), "'weight_decay' parameter of AdamW must be"),
        (SGD(nesterov="yes"), "'nesterov' parameter of SGD must be"),
        (RMSprop, "'solver' parameter of MLPClassifierTF must be"),
        ("rms", "'solver' parameter of MLPClassifierTF must be"),
    ],
)
def test_bad_settings_are_refused_in_one_sentence(solver, message):
    before = compilation_count()
    with pytest.raises(ValueError, match=message):
        classifier(solver=solver).fit(X, Y)
    assert compilation_count() == before


def test_a_history_is_of_epochs_and_lbfgs_says_that_it_has_none():
    model = classifier(solver="lbfgs", max_iter=2)
    with pytest.raises(NotFittedError):
        _ = model.history_
    model.fit(X, Y)
    assert not hasattr(model, "history_")
    with pytest.raises(AttributeError, match=r"history_ has a value for each epoch, got .*'lbfgs'.*use solver="):
        _ = model.history_
