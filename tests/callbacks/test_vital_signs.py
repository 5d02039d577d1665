"""Vital signs, beside the same numbers worked out in NumPy from the weights of every epoch."""

import numpy as np
import pytest

from sklearn_ann import PerceptronClassifier
from sklearn_ann.callbacks import Callback, VitalSigns
from sklearn_ann.callbacks.vital_signs import signs_of
from tests.estimators.problems import LABELS, REAL, X, classifier, regressor

# fits of a few epochs: what is looked at is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Weights(Callback):
    def __init__(self):
        self.of_epochs = []

    def begin(self, context):
        self.of_epochs.append(context.weights)

    def epoch_end(self, context):
        self.of_epochs.append(context.weights)


def test_signs_are_those_of_numpy():
    weights = Weights()
    model = regressor(alpha=0).set_callbacks(weights, VitalSigns(n_rows=1000)).fit(X, REAL)
    signs = signs_of(model.history_)
    assert [signs[name].shape for name in ("activation", "gradient", "update", "silent")] == [(2, 5)] * 3 + [(1, 5)]
    np.testing.assert_array_equal(signs["epoch"], [1, 2, 3, 4, 5])
    for epoch, (before, now) in enumerate(zip(weights.of_epochs, weights.of_epochs[1:], strict=False)):
        (first, last), (b, c) = now.coefs, now.intercepts
        hidden = np.maximum(X @ first + b, 0)
        raw = hidden @ last + c
        delta = (raw - REAL[:, None]) / len(X)
        gradients = X.T @ ((delta @ last.T) * (hidden > 0)), hidden.T @ delta
        np.testing.assert_allclose(signs["activation"][:, epoch], [hidden.std(), raw.std()])
        np.testing.assert_allclose(signs["gradient"][:, epoch], [np.sqrt((g**2).mean()) for g in gradients])
        changes = [np.linalg.norm(a - b) / np.linalg.norm(b) for a, b in zip(now.coefs, before.coefs, strict=True)]
        np.testing.assert_allclose(signs["update"][:, epoch], changes)
        assert signs["silent"][0, epoch] == np.mean(~hidden.any(axis=0))


def test_a_dead_unit_is_silent():
    coefs = [np.zeros((5, 7)), np.ones((7, 1))]
    coefs[0][:, :3] = 1.0
    model = regressor(max_iter=1, learning_rate_init=1e-9).set_callbacks(VitalSigns())
    model.fit(X, REAL, coef_init=coefs, intercept_init=[np.full(7, -1.0), np.zeros(1)])
    assert model.history_["silent_1"] == [4 / 7]


def test_not_every_epoch_and_of_an_ensemble_the_first_member():
    model = classifier(n_estimators=2).set_callbacks(VitalSigns(every=2)).fit(X, LABELS)
    signs = signs_of(model.history_)
    np.testing.assert_array_equal(signs["epoch"], [2, 4])
    assert np.isfinite(signs["update"]).all() and signs["update"].shape == (2, 2)
    assert signs_of(classifier().fit(X, LABELS).history_) == {}


def test_what_cannot_be_looked_into_is_refused_before_training():
    for model in (classifier(solver="lbfgs"), PerceptronClassifier()):
        with pytest.raises(ValueError, match="Only a multilayer perceptron trained by epochs has layer diagnostics"):
            model.set_callbacks(VitalSigns()).fit(X, LABELS)
        assert not hasattr(model, "n_iter_")
    for settings in ({"n_rows": 0}, {"every": 0.5}):
        with pytest.raises(ValueError, match="must be a whole number from 1"):
            VitalSigns(**settings)
