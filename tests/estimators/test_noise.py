"""Dropout and noise of the estimators: what training with them converges to, seeds, searches, bad input."""

import pickle

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris, make_regression
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.runtime.programs import compilation_count
from sklearn_ann.schedules import Power

# Fits are cut short on purpose, or told to go on to the last epoch.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)


@pytest.mark.parametrize("kind", ["gaussian_noise", "input_dropout"])
@pytest.mark.parametrize("stream", [False, True])
def test_noise_on_the_inputs_of_a_linear_model_is_a_penalty(kind, stream, monkeypatch):
    """In the mean over the noise: a ridge of n sigma^2 (Bishop, 1995), or of p / (1 - p) times each feature's squares
    (Wager, Wang & Liang, 2013)."""
    if stream:
        monkeypatch.setattr("sklearn_ann.data.rows.BLOCK_BYTES", 1)
        monkeypatch.setattr("sklearn_ann.engines.tensorflow.stochastic.BLOCK_BYTES", 8 * 4 * 100)
    features, y = make_regression(300, 4, noise=5.0, random_state=0)
    y = (y - y.mean()) / y.std()
    features -= features.mean(axis=0)
    penalty = np.full(4, 300 * 0.8**2) if kind == "gaussian_noise" else (features**2).sum(axis=0) * 0.3 / 0.7
    expected = np.linalg.solve(features.T @ features + np.diag(penalty), features.T @ y)
    model = MLPRegressorTF(
        (), solver="sgd", alpha=0, learning_rate=Power(epochs=20), learning_rate_init=0.05, batch_size=100,
        max_iter=600, n_iter_no_change=600, random_state=0, **{kind: 0.8 if kind == "gaussian_noise" else 0.3},
    ).fit(sparse.csr_matrix(features) if stream else features, y)  # fmt: skip
    np.testing.assert_allclose(model.coefs_[0][:, 0], expected, rtol=0.03, atol=0.005)
    plain = np.linalg.lstsq(features, y)[0]
    assert np.abs(plain - expected).max() > 0.2, "the noise is to make a difference"


def test_dropout_narrows_the_gap_between_training_and_test():
    digits, labels = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(digits / 16, labels, train_size=300, random_state=0)
    gaps = []
    for rate in (0.0, 0.5):
        model = MLPClassifierTF((200,), dropout=rate, alpha=0, max_iter=300, n_iter_no_change=300, random_state=0)
        model.fit(X_train, y_train)
        losses = [log_loss(y, model.predict_proba(rows)) for rows, y in ((X_train, y_train), (X_test, y_test))]
        gaps.append(losses[1] - losses[0])
    assert gaps[1] < 0.95 * gaps[0]


@pytest.mark.parametrize(
    ("settings", "dtype"),
    [
        ({"dropout": 0.3}, "float64"),
        ({"dropout": [0.0, 0.4], "activation": "selu"}, "float32"),
        ({"gaussian_noise": 0.2, "dropout": 0.1}, "float32"),
    ],
)
def test_a_seed_is_a_fit_and_predictions_have_no_noise(settings, dtype):
    model = MLPClassifierTF((8, 6), max_iter=8, random_state=0, dtype=dtype, **settings).fit(X, Y)
    again, other = clone(model).fit(X, Y), clone(model).set_params(random_state=1).fit(X, Y)
    np.testing.assert_array_equal(model.coefs_[0], again.coefs_[0])
    assert np.abs(model.coefs_[0] - other.coefs_[0]).max() > 0.01
    proba = model.predict_proba(X)
    np.testing.assert_array_equal(proba, model.predict_proba(X))
    np.testing.assert_array_equal(proba, pickle.loads(pickle.dumps(model)).predict_proba(X))


def test_without_noise_nothing_is_drawn_for_it():
    plain, zero = (MLPClassifierTF((8,), max_iter=5, random_state=0, **s).fit(X, Y) for s in ({}, {"dropout": [0.0]}))
    np.testing.assert_array_equal(plain.coefs_[0], zero.coefs_[0])


def test_rates_are_searched_without_compiling():
    model = MLPClassifierTF((8,), dropout=0.2, input_dropout=0.1, max_iter=3, random_state=0).fit(X, Y)
    before = compilation_count()
    losses = [clone(model).set_params(dropout=rate, input_dropout=rate / 2).fit(X, Y).loss_ for rate in (0.1, 0.5, 0.8)]
    assert compilation_count() == before
    assert losses == sorted(losses)


def test_every_step_of_partial_fit_has_noise_of_its_own():
    model = MLPClassifierTF((8,), dropout=0.5, shuffle=False, learning_rate_init=1e-12, random_state=0)
    for _ in range(6):
        model.partial_fit(X, Y, classes=[0, 1, 2])
    assert len(np.unique(np.round(model.loss_curve_, 6))) == 6


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"dropout": 1.0}, "The 'dropout' parameter of MLPClassifierTF must be"),
        ({"dropout": [0.1, 1.0]}, r"one rate in \[0, 1\) or one per hidden layer, here 2, got \[0.1, 1.0\]"),
        ({"dropout": [0.1]}, r"one per hidden layer, here 2, got \[0.1\]"),
        ({"dropout": [0.1, np.nan]}, r"one per hidden layer, here 2, got \[0.1, nan\]"),
        ({"dropout": ["a", "b"]}, r"one per hidden layer, here 2, got \['a', 'b'\]"),
        ({"dropout": "much"}, "The 'dropout' parameter of MLPClassifierTF must be"),
        ({"input_dropout": 1.5}, "The 'input_dropout' parameter of MLPClassifierTF must be"),
        ({"gaussian_noise": -1}, "The 'gaussian_noise' parameter of MLPClassifierTF must be"),
        ({"dropout": 0.1, "solver": "lbfgs"}, "solver='lbfgs' needs a loss without noise"),
    ],
)
def test_bad_noise_is_refused_in_one_sentence(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        MLPClassifierTF((8, 6), **settings).fit(X, Y)
