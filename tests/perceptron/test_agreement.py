"""Both engines train alike: weights, averages, curves, epochs and validation scores."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_iris

from sklearn_ann import PerceptronClassifier
from sklearn_ann.callbacks import Callback

X_IRIS, Y_IRIS = load_iris(return_X_y=True)
ROWS = {
    "dense": X_IRIS,
    "sparse": sparse.csr_array(np.where(X_IRIS > 1.0, X_IRIS, 0)),
    "float32": X_IRIS.astype(np.float32),
}
TARGETS = {"binary": Y_IRIS == 1, "multiclass": Y_IRIS, "multilabel": np.c_[Y_IRIS > 0, Y_IRIS == 1]}
WEIGHTS = np.random.RandomState(0).uniform(0.1, 2, len(Y_IRIS))
WEIGHTS[::9] = 0
SETTINGS = {
    "plain": {"class_weight": {0: 1, 1: 2.5}, "eta0": 0.3},
    "l2": {"penalty": "l2", "alpha": 0.01, "fit_intercept": False},
    "strong l2, average": {"penalty": "l2", "alpha": 2.0, "average": True},
    "elastic net, average": {"penalty": "elasticnet", "l1_ratio": 0.4, "average": 100, "shuffle": False},
    "early stopping, l1": {"early_stopping": True, "penalty": "l1", "random_state": 3},
}


class Recorder(Callback):
    """Keeps the quantities and the weights of every epoch, and ends the fit after the fourth."""

    def begin(self, context):
        self.seen = []

    def epoch_end(self, context):
        self.seen.append(
            (context.history["loss"][-1], context.history["mistakes"][-1], context.weights.coefs[0].copy())
        )
        return len(self.seen) == 4


def assert_alike(first, second, rtol):
    for name in ("coef_", "intercept_", "loss_curve_"):
        expected = np.asarray(getattr(second, name))
        atol = rtol * max(1, np.abs(expected).max())
        np.testing.assert_allclose(getattr(first, name), expected, rtol=rtol, atol=atol, err_msg=name)
    for name in ("mistakes_curve_", "n_iter_", "t_", "stop_reason_"):
        assert getattr(first, name) == getattr(second, name), name
    assert first.coef_.dtype == second.coef_.dtype


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("rows", "settings"),
    [
        (rows, name)
        for rows in ROWS
        for name in SETTINGS
        if rows != "float32" or name in ("plain", "strong l2, average")
    ],
)
def test_engines_agree(rows, settings, target):
    X, y, settings = ROWS[rows], TARGETS[target], SETTINGS[settings]
    models = []
    for backend in ("numpy", "tensorflow"):
        model = PerceptronClassifier(max_iter=6, tol=None, warm_start=True, backend=backend, **settings)
        model.fit(X, y, sample_weight=WEIGHTS)
        if not model.early_stopping:
            model.partial_fit(X, y, sample_weight=WEIGHTS)
        assert model.backend_ == backend
        models.append(model)
    # In float32 the compiled loop rounds the scale and the norms too, NumPy (as scikit-learn) only the weights.
    assert_alike(*models, rtol=1e-4 if rows == "float32" else 1e-11)


def test_callbacks_see_the_same_epochs_and_change_nothing():
    seen = []
    for backend in ("numpy", "tensorflow"):
        recorder = Recorder()
        model = PerceptronClassifier(tol=None, backend=backend, average=True)
        watched = model.set_callbacks(recorder).fit(X_IRIS, Y_IRIS)
        alone = PerceptronClassifier(tol=None, max_iter=4, backend=backend, average=True).fit(X_IRIS, Y_IRIS)
        np.testing.assert_array_equal(watched.coef_, alone.coef_)
        assert watched.mistakes_curve_ == alone.mistakes_curve_
        seen.append(recorder.seen)
    for (loss, mistakes, coef), (other_loss, other_mistakes, other_coef) in zip(*seen, strict=True):
        np.testing.assert_allclose((loss, mistakes), (other_loss, other_mistakes), rtol=1e-12)
        np.testing.assert_allclose(coef, other_coef, rtol=0, atol=1e-11)
