"""``regularizer`` and gradient clipping: steps against NumPy, alone and together, searches, and bad input."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris, make_regression
from sklearn.linear_model import Lasso

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.optimizers import SGD
from sklearn_ann.regularizers import L1, L2, MaxNorm
from sklearn_ann.runtime.programs import compilation_count
from sklearn_ann.schedules import Power

# Fits are cut short on purpose: each step is compared, not where they lead to.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)


def _project(coef, limit):
    return coef * np.minimum(1, limit / np.sqrt((coef**2).sum(axis=0)))


def _clip_norm(gradients, limit):
    length = np.sqrt(sum((gradient**2).sum() for gradient in gradients))
    return [gradient * min(1, limit / length) for gradient in gradients]


STEPS = {
    "l1": ({"regularizer": L1(3.0)}, lambda gradients: gradients, lambda coef: coef),
    "clipvalue": (
        {"clipvalue": 0.2}, lambda gradients: [np.clip(g, -0.2, 0.2) for g in gradients], lambda coef: coef,
    ),
    "global_clipnorm": (
        {"global_clipnorm": 0.3}, lambda gradients: _clip_norm(gradients, 0.3), lambda coef: coef,
    ),
    "max_norm": ({"regularizer": MaxNorm(0.1)}, lambda gradients: gradients, lambda coef: _project(coef, 0.1)),
    "all": (
        {"regularizer": [MaxNorm(0.1), L1(3.0)], "clipvalue": 0.25, "global_clipnorm": 0.3},
        lambda gradients: _clip_norm([np.clip(g, -0.25, 0.25) for g in gradients], 0.3),
        lambda coef: _project(coef, 0.1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STEPS)
def test_steps_are_those_of_numpy(name):
    """Twelve steps of gradient descent on a least-squares problem of two outputs."""
    parameters, clip, project = STEPS[name]
    features, y = make_regression(40, 3, n_targets=2, noise=1.0, random_state=0)
    y = y / y.std(axis=0)
    model = MLPRegressorTF(
        (), solver=SGD(momentum=0.0), alpha=0.5, learning_rate_init=0.2, batch_size=20, shuffle=False, max_iter=6,
        random_state=0, **parameters,
    ).fit(features, y)  # fmt: skip
    start = clone(model).set_params(learning_rate_init=1e-12, max_iter=1, regularizer=None).fit(features, y)
    coef, intercept = start.coefs_[0], start.intercepts_[0]
    l1 = 3.0 if name in ("l1", "all") else 0.0
    losses = []
    for step in range(12):
        rows = slice(0, 20) if step % 2 == 0 else slice(20, 40)
        errors = features[rows] @ coef + intercept - y[rows]
        penalty = (0.25 * (coef**2).sum() + l1 * np.abs(coef).sum()) / 20
        losses.append((errors**2).mean() / 2 + penalty)
        by_coef = (features[rows].T @ errors + 0.5 * coef + l1 * np.sign(coef)) / 20
        by_coef, by_intercept = clip([by_coef, errors.mean(axis=0)])
        coef, intercept = project(coef - 0.2 * by_coef), intercept - 0.2 * by_intercept
    np.testing.assert_allclose(model.coefs_[0], coef, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(model.intercepts_[0], intercept, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(model.loss_curve_, np.mean(np.reshape(losses, (6, 2)), axis=1), rtol=1e-8)


def test_l1_ends_where_the_lasso_does():
    features, y = make_regression(100, 8, n_informative=3, noise=5.0, random_state=1)
    y = y / y.std()
    model = MLPRegressorTF(
        (), solver=SGD(momentum=0.0), alpha=0, regularizer=L1(10.0), learning_rate_init=0.2,
        learning_rate=Power(epochs=50), batch_size=100, max_iter=3000, n_iter_no_change=3000, random_state=0,
    ).fit(features, y)  # fmt: skip
    lasso = Lasso(alpha=0.1).fit(features, y)  # of which n is the number of rows
    np.testing.assert_allclose(model.coefs_[0][:, 0], lasso.coef_, atol=2e-3)
    assert (lasso.coef_ == 0).sum() >= 4


def test_amounts_are_searched_without_compiling():
    model = MLPClassifierTF((6,), regularizer=MaxNorm(2.0), max_iter=3, random_state=0).fit(X, Y)
    before = compilation_count()
    for limit in (0.5, 1.0):
        fitted = clone(model).set_params(regularizer__limit=limit).fit(X, Y)
        for coef in fitted.coefs_:
            assert np.sqrt((coef**2).sum(axis=0)).max() <= limit * (1 + 1e-12)
    assert compilation_count() == before
    assert model.regularizer == MaxNorm(2.0)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"regularizer": L1(-1.0)}, "The 'strength' parameter of L1 must be"),
        ({"regularizer": [MaxNorm(0)]}, "The 'limit' parameter of MaxNorm must be"),
        (
            {"regularizer": ["l1"]},
            "regularizer must be an object of sklearn_ann.regularizers or a list of them, got 'l1' in it",
        ),
        ({"regularizer": [L1(), L1(0.1)]}, r"regularizer must have one of a kind, got \[L1\(\), L1\(strength=0.1\)\]"),
        ({"regularizer": L2(0.1)}, r"regularizer must have one of a kind, got L2\(strength=0.1\)"),
        ({"regularizer": "l1"}, "The 'regularizer' parameter of MLPClassifierTF must be"),
        ({"regularizer": L1(), "solver": "lbfgs"}, "solver='lbfgs' has no penalty but alpha"),
    ],
)
def test_bad_regularizers_are_refused_in_one_sentence(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        MLPClassifierTF((6,), **settings).fit(X, Y)
