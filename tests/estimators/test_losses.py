"""``loss`` and ``label_smoothing`` of the estimators: what they converge to, solvers, searches, bad input."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris, make_regression
from sklearn.linear_model import HuberRegressor, QuantileRegressor
from sklearn.metrics import mean_pinball_loss

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.losses import LOSSES, AbsoluteError, Focal, Huber, Quantile
from sklearn_ann.runtime.programs import compilation_count
from sklearn_ann.schedules import Power

# Fits are cut short on purpose, or told to go on to the last epoch.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_diabetes(return_X_y=True)
X, Y = X / X.std(axis=0), (Y - Y.mean()) / Y.std()
LINEAR = {
    "solver": "sgd", "alpha": 0, "learning_rate": Power(epochs=30), "learning_rate_init": 0.2, "batch_size": 442,
    "max_iter": 4000, "n_iter_no_change": 4000, "random_state": 0,
}  # fmt: skip

# Both solvers take a loss and its derivative from one class, and tests/members/test_losses.py looks at each of them: it
# will do to see every kind of target with one of them.
KINDS = [("multiclass", "adam"), ("binary", "lbfgs"), ("multilabel", "lbfgs"), ("heads", "adam")]


def kinds_of_iris():
    """Standardized rows, and the labels as every kind of target."""
    features, labels = load_iris(return_X_y=True)
    return (features - features.mean(axis=0)) / features.std(axis=0), {
        "multiclass": labels,
        "binary": labels > 0,
        "multilabel": np.column_stack([labels > 0, labels > 1]).astype(int),
        "heads": np.column_stack([labels, labels % 2]),
    }


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_a_linear_quantile_is_that_of_scikit_learn(quantile):
    ours = MLPRegressorTF((), loss=Quantile(quantile), **LINEAR).fit(X, Y)
    theirs = QuantileRegressor(quantile=quantile, alpha=0).fit(X, Y)
    reached, smallest = (mean_pinball_loss(Y, model.predict(X), alpha=quantile) for model in (ours, theirs))
    assert smallest * 0.999 <= reached < smallest * 1.02
    assert abs((ours.predict(X) > Y).mean() - quantile) < 0.02


def test_the_absolute_error_is_twice_the_median():
    """The quantile 0.5 with half the loss: the same steps at twice the rate."""
    settings = {**LINEAR, "max_iter": 20}
    median = MLPRegressorTF((), loss="quantile", **settings).fit(X, Y)
    absolute = MLPRegressorTF((), loss="absolute_error", **{**settings, "learning_rate_init": 0.1}).fit(X, Y)
    np.testing.assert_allclose(median.coefs_[0], absolute.coefs_[0], rtol=1e-10)
    np.testing.assert_allclose(np.multiply(2, median.loss_curve_), absolute.loss_curve_)


def test_a_linear_huber_fit_is_that_of_scikit_learn():
    """Which scales errors by an estimate of their spread: delta is epsilon times that."""
    features, y = make_regression(200, 4, noise=5.0, random_state=0)
    y[:20] += 500
    y = y / y.std()
    theirs = HuberRegressor(alpha=0, tol=1e-10, max_iter=1000).fit(features, y)
    ours = MLPRegressorTF(
        (), loss=Huber(1.35 * theirs.scale_), solver="lbfgs", alpha=0, max_iter=5000, tol=1e-10, random_state=0
    )
    ours.fit(features, y)
    np.testing.assert_allclose(ours.coefs_[0][:, 0], theirs.coef_, rtol=1e-4)
    np.testing.assert_allclose(ours.intercepts_[0], theirs.intercept_, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("loss", ["absolute_error", "huber", "log_cosh", "quantile", Huber(2.0)])
@pytest.mark.parametrize(("solver", "outputs"), [("adam", 1), ("lbfgs", 2)])
def test_every_loss_trains_with_every_kind_of_solver(loss, solver, outputs):
    y = Y if outputs == 1 else np.column_stack([Y, -2 * Y])
    model = MLPRegressorTF((), loss=loss, solver=solver, learning_rate_init=0.01, max_iter=80, random_state=0)
    model.fit(X, y)
    assert model.score(X, y) > 0.35
    assert model.predict(X).shape == y.shape
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))


def test_validation_loss_is_the_loss_without_the_penalty():
    model = MLPRegressorTF((5,), loss=Huber(0.5), alpha=10.0, max_iter=4, random_state=0)
    model.fit(X[:300], Y[:300], X_val=X[300:], y_val=Y[300:])
    error = np.abs(model.predict(X[300:]) - Y[300:])
    expected = np.where(error <= 0.5, error**2 / 2, 0.5 * (error - 0.25)).mean()
    np.testing.assert_allclose(model.validation_loss_curve_[-1], expected)
    np.testing.assert_allclose(model.validation_scores_, np.negative(model.validation_loss_curve_))  # R2 is for means


def test_settings_are_searched_without_compiling():
    model = MLPRegressorTF((5,), loss=Huber(1.0), max_iter=3, random_state=0).fit(X, Y)
    before = compilation_count()
    losses = [clone(model).set_params(loss__delta=delta).fit(X, Y).loss_ for delta in (0.1, 0.5, 2.0)]
    assert compilation_count() == before
    assert losses == sorted(losses)
    assert model.loss == Huber(1.0)


def test_a_best_score_of_another_loss_is_not_kept():
    settings = {"early_stopping": True, "warm_start": True, "learning_rate_init": 0.01, "random_state": 0}
    model = MLPRegressorTF((), max_iter=30, **settings).fit(X, Y)
    before = model.coefs_[0].copy()
    model.set_params(loss=Huber()).fit(X, Y)
    assert np.abs(model.coefs_[0] - before).max() > 0
    assert model.best_validation_score_ == max(model.validation_scores_[-model.n_iter_ :]) < 0


def test_a_class_that_is_replaced_in_the_table_is_another_program(monkeypatch):
    class TenTimes(AbsoluteError):
        def value_and_delta(self, xp, raw, y):
            value, delta = super().value_and_delta(xp, raw, y)
            return 10 * value, delta

    model = MLPRegressorTF((), loss="absolute_error", alpha=0, max_iter=1, random_state=0)
    before = model.fit(X, Y).loss_
    monkeypatch.setitem(LOSSES, "absolute_error", TenTimes)
    np.testing.assert_allclose(model.fit(X, Y).loss_, 10 * before)


@pytest.mark.parametrize(("kind", "solver"), KINDS)
def test_a_focal_loss_is_less_certain_and_as_often_right(kind, solver):
    features, y = kinds_of_iris()[0], kinds_of_iris()[1][kind]
    settings = {"solver": solver, "learning_rate_init": 0.02, "alpha": 1.0, "max_iter": 300, "random_state": 0}
    focal = MLPClassifierTF((10,), loss=Focal(gamma=3.0), **settings).fit(features, y)
    plain = MLPClassifierTF((10,), **settings).fit(features, y)
    assert focal.score(features, y) >= plain.score(features, y) - 0.02
    proba, certain = (np.hstack(model.predict_proba(features)) for model in (focal, plain))
    assert np.mean(proba * (1 - proba)) > 1.2 * np.mean(certain * (1 - certain))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(focal)).predict(features), focal.predict(features))


def test_gamma_is_searched_without_compiling():
    features, y = load_iris(return_X_y=True)
    model = MLPClassifierTF((4,), loss=Focal(), max_iter=3, random_state=0).fit(features, y)
    before = compilation_count()
    losses = [clone(model).set_params(loss__gamma=gamma).fit(features, y).loss_ for gamma in (0.5, 1.0, 4.0)]
    assert compilation_count() == before
    assert losses == sorted(losses, reverse=True)


@pytest.mark.parametrize(("kind", "solver"), KINDS)
def test_smoothed_labels_ask_for_less_certainty(kind, solver):
    features, y = kinds_of_iris()[0], kinds_of_iris()[1][kind]
    settings = {"solver": solver, "learning_rate_init": 0.02, "max_iter": 300, "random_state": 0, "alpha": 0}
    smooth = MLPClassifierTF((10,), label_smoothing=0.3, **settings).fit(features, y)
    plain = MLPClassifierTF((10,), **settings).fit(features, y)
    proba, certain = smooth.predict_proba(features), plain.predict_proba(features)
    if kind == "heads":
        proba, certain = proba[0], certain[0]
    ceiling = 0.7 + (0.3 / 3 if kind in ("multiclass", "heads") else 0.15)
    assert abs(np.median(proba.max(axis=1)) - ceiling) < 0.07  # where the loss is smallest
    assert smooth.score(features, y) > 0.93
    assert np.median(certain.max(axis=1)) > 0.97


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (MLPRegressorTF(loss=Huber(0)), "The 'delta' parameter of Huber must be"),
        (MLPRegressorTF(loss=Quantile(1.0)), "The 'quantile' parameter of Quantile must be"),
        (MLPRegressorTF(loss="mse"), "The 'loss' parameter of MLPRegressorTF must be"),
        (MLPClassifierTF(loss=Focal(-1)), "The 'gamma' parameter of Focal must be"),
        (MLPClassifierTF(loss=Huber()), "The 'loss' parameter of MLPClassifierTF must be"),
        (MLPRegressorTF(loss=Focal()), r"loss must be a regression loss, got Focal\(\)"),
        (MLPClassifierTF(loss="focal", label_smoothing=0.1), "label_smoothing is for loss='log_loss'"),
        (MLPClassifierTF(label_smoothing=1.0), "The 'label_smoothing' parameter of MLPClassifierTF must be"),
    ],
)
def test_bad_losses_are_refused_in_one_sentence(model, sentence):
    with pytest.raises(ValueError, match=sentence):
        model.fit(X, (Y > 0).astype(int))
