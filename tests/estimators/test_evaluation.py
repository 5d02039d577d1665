"""evaluate(): loss and scores, beside scikit-learn's metrics, SciPy, Keras and the curves of the fit."""

import keras
import numpy as np
import pytest
from scipy import sparse
from scipy.special import huber
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score, f1_score, hinge_loss, log_loss, mean_pinball_loss, r2_score

from sklearn_ann.losses import Focal, Huber, Quantile
from tests.estimators.problems import (
    BINARY,
    LABELS,
    MULTILABEL,
    MULTIOUTPUT,
    REAL,
    REAL_VAL,
    REALS,
    WEIGHTS_VAL,
    X_VAL,
    Y_VAL,
    X,
    classifier,
    cross_entropy,
    raw,
    regressor,
)

# fits of a few epochs: what is evaluated is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
weighted = pytest.mark.parametrize("weights", [None, WEIGHTS_VAL], ids=["unweighted", "weighted"])


@weighted
def test_of_a_classifier(weights):
    model = classifier().fit(X, LABELS)
    results = model.evaluate(X_VAL, Y_VAL, weights)
    assert list(results) == ["loss", "accuracy"] and all(type(value) is float for value in results.values())
    assert results["loss"] == pytest.approx(log_loss(Y_VAL, model.predict_proba(X_VAL), sample_weight=weights))
    assert results["accuracy"] == accuracy_score(Y_VAL, model.predict(X_VAL), sample_weight=weights)


@weighted
def test_of_a_regressor(weights):
    model = regressor(standardize=True).fit(X, REALS)
    results = model.evaluate(X_VAL, REALS[40:], weights)
    predicted = model.predict(X_VAL)
    squares = np.mean((predicted - REALS[40:]) ** 2, axis=1) / 2
    assert results["loss"] == pytest.approx(np.average(squares, weights=weights))
    assert results["r2"] == pytest.approx(r2_score(REALS[40:], predicted, sample_weight=weights))


@pytest.mark.parametrize(
    "parameters",
    [{"alpha": 10.0}, {"normalization": "batch"}, {"wide": "all", "auxiliary_loss_weight": 0.5}, {"n_estimators": 2},
     {"dropout": 0.5}, {"label_smoothing": 0.1}],
    ids=str,
)  # fmt: skip
def test_the_loss_is_that_of_the_curve(parameters):
    model = classifier(**parameters).fit(X, LABELS, X_val=X_VAL, y_val=Y_VAL, sample_weight_val=WEIGHTS_VAL)
    assert model.evaluate(X_VAL, Y_VAL, WEIGHTS_VAL)["loss"] == pytest.approx(model.validation_loss_curve_[-1])


def test_other_losses_are_those_of_other_libraries():
    def loss(model, y):
        return model.fit(X, y).evaluate(X_VAL, y[40:])["loss"]

    model = regressor(loss=Huber(delta=0.3))
    assert loss(model, REAL) == pytest.approx(np.mean(huber(0.3, model.predict(X_VAL) - REAL_VAL)))
    model = regressor(loss=Quantile(0.9))
    assert loss(model, REAL) == pytest.approx(mean_pinball_loss(REAL_VAL, model.predict(X_VAL), alpha=0.9))
    model = classifier(loss=Focal(gamma=2.0))
    focal = keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=2.0)
    expected = loss(model, LABELS)
    assert expected == pytest.approx(float(focal(np.eye(3)[Y_VAL], model.predict_proba(X_VAL))), rel=1e-5)  # float32
    model = classifier(loss="hinge")
    assert loss(model, BINARY) == pytest.approx(hinge_loss(BINARY[40:], model.decision_function(X_VAL)))
    model = classifier()
    assert loss(model, MULTILABEL) == pytest.approx(
        sum(log_loss(MULTILABEL[40:, k], model.predict_proba(X_VAL)[:, k]) for k in range(3))
    )
    heads = loss(model, MULTIOUTPUT), model.predict_proba(X_VAL)
    assert heads[0] == pytest.approx(sum(log_loss(MULTIOUTPUT[40:, k], heads[1][k]) for k in range(2)))
    model = classifier()
    soft = np.eye(3)[LABELS] * 0.8 + 0.2 / 3
    assert loss(model, soft) == pytest.approx(
        sum(np.mean(soft[40:, k] * cross_entropy(raw(model, X_VAL), np.full(20, k))) for k in range(3))
    )


def test_scoring_is_there_by_its_name():
    model = classifier(scoring="f1_macro").fit(X, LABELS)
    results = model.evaluate(X_VAL, Y_VAL)
    assert list(results) == ["loss", "accuracy", "f1_macro"]
    assert results["f1_macro"] == f1_score(Y_VAL, model.predict(X_VAL), average="macro")
    model = classifier(scoring=lambda model, X, y: np.float64(len(X))).fit(X, LABELS)
    assert model.evaluate(X_VAL, Y_VAL)["scoring"] == 20
    assert list(regressor(scoring="loss").fit(X, REAL).evaluate(X, REAL)) == ["loss", "r2"]


def test_blocks_of_rows_add_up():
    model = classifier().fit(X, LABELS)
    rows = np.arange(9000) % 60
    many = model.evaluate(X[rows], LABELS[rows], 1 + rows)
    once = model.evaluate(X, LABELS, np.bincount(rows, 1 + rows))
    assert many == pytest.approx(once)
    assert model.evaluate(sparse.csr_matrix(X[rows]), LABELS[rows], 1 + rows) == pytest.approx(many)


def test_labels_are_text_and_frames_have_names():
    X, y = load_iris(return_X_y=True, as_frame=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = classifier().fit(X, names)
    assert model.evaluate(X, names)["loss"] == pytest.approx(log_loss(names, model.predict_proba(X)))


def test_what_does_not_fit_is_said():
    with pytest.raises(NotFittedError):
        classifier().evaluate(X, LABELS)
    model = classifier().fit(X, LABELS)
    with pytest.raises(ValueError, match="y must have the columns of the first call, 1, got 3"):
        model.evaluate(X, MULTILABEL)
    with pytest.raises(ValueError, match="classes not in"):
        model.evaluate(X, LABELS + 1)
    with pytest.raises(ValueError, match="X has 4 features"):
        model.evaluate(X[:, :4], LABELS)
    with pytest.raises(ValueError, match="Negative values in data"):
        model.evaluate(X, LABELS, -np.ones(60))
    with pytest.raises(ValueError, match="y must have the columns of the first call, 1, got 2"):
        regressor().fit(X, REAL).evaluate(X, REALS)
