"""Augmentation of the estimators: a step against NumPy, validation rows, seeds, searches, what it is for."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.augmentations import Batch, Mixup, RandomFlip, RandomTranslation
from sklearn_ann.engines.augmentations import augmented
from sklearn_ann.network.noise import step_keys
from sklearn_ann.runtime.arrays import numpy_namespace as xp
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.programs import compilation_count

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # a few epochs are enough

RNG = np.random.RandomState(0)
X = RNG.normal(size=(40, 6))
REAL = np.column_stack([X.sum(axis=1), X[:, 0] - X[:, 1]])
LABELS = np.arange(40) % 3


def jitter(x, uniform):
    """A callable that pickles."""
    return x + 0.1 * uniform((x.shape[-2], x.shape[-1]))


def nothing(x, uniform):
    return tf.zeros_like(x)


def mixed(seed, alpha, x, y):
    """What the first step of a fit with that seed makes of all rows: x, and targets with their shares."""
    batch = Batch(x, ((y, np.ones(40)),), 40.0)
    changed = augmented(xp, [Mixup()], [(alpha,)], batch, step_keys(xp, seed, 1))
    return changed.x, [(y, share[:, None]) for y, share in changed.targets]


def test_a_step_with_mixup_is_a_step_on_mixed_rows_and_mixed_targets():
    """Of squared error the gradient is linear in the target; a linear model shows it in a line of NumPy."""
    start = {"coef_init": [np.full((6, 2), 0.1)], "intercept_init": [np.zeros(2)]}
    settings = {"hidden_layer_sizes": (), "solver": "sgd", "momentum": 0.0, "alpha": 0, "batch_size": 40}
    model = MLPRegressorTF(**settings, learning_rate_init=0.1, max_iter=1, random_state=0, augmentation=Mixup(0.7))
    model.fit(X, REAL, **start)
    draws = np.random.RandomState(0)
    draws.uniform(size=6 * 2 + 2)  # initial weights
    x, ((y, share), (other, rest)) = mixed(draws.randint(2**31), 0.7, X, REAL)
    np.testing.assert_allclose(share + rest, 1)
    errors = x @ start["coef_init"][0] - (share * y + rest * other)
    np.testing.assert_allclose(model.coefs_[0], start["coef_init"][0] - 0.1 * x.T @ errors / 40, rtol=1e-12)
    np.testing.assert_allclose(model.intercepts_[0], -0.1 * errors.mean(axis=0), rtol=1e-12)
    losses = [0.5 * ((x @ start["coef_init"][0] - target) ** 2).mean(axis=1) for target in (y, other)]
    assert model.loss_ == pytest.approx(np.mean(share[:, 0] * losses[0] + rest[:, 0] * losses[1]), rel=1e-12)


def test_a_step_with_mixup_of_classes_is_a_step_on_mixed_one_hot_rows():
    start = {"coef_init": [np.full((6, 3), 0.1)], "intercept_init": [np.zeros(3)]}
    settings = {"hidden_layer_sizes": (), "solver": "sgd", "momentum": 0.0, "alpha": 0, "batch_size": 40}
    model = MLPClassifierTF(**settings, learning_rate_init=0.1, max_iter=1, random_state=0, augmentation=Mixup(0.7))
    model.fit(X, LABELS, **start)
    draws = np.random.RandomState(0)
    draws.uniform(size=6 * 3 + 3)
    x, ((y, share), (other, rest)) = mixed(draws.randint(2**31), 0.7, X, np.eye(3)[LABELS])
    raw = np.exp(x @ start["coef_init"][0])
    errors = raw / raw.sum(axis=1, keepdims=True) - (share * y + rest * other)
    np.testing.assert_allclose(model.coefs_[0], start["coef_init"][0] - 0.1 * x.T @ errors / 40, rtol=1e-12)


def test_a_single_batch_that_is_padded_is_mixed_as_it_is_without_padding():
    """TensorFlow pads 37 rows, NumPy does not."""
    by_numpy, by_tensorflow = (
        MLPRegressorTF((4,), augmentation=Mixup(), max_iter=5, random_state=0, backend=backend).fit(X[:37], REAL[:37])
        for backend in ("numpy", "tensorflow")
    )
    np.testing.assert_allclose(by_numpy.coefs_[0], by_tensorflow.coefs_[0], rtol=1e-10)


@pytest.mark.parametrize("held_out", ["given", "split"])
def test_validation_rows_stay_as_they_are(held_out):
    """Rows of zeros teach no weight of the first layer anything, and validate nothing."""
    settings = {"alpha": 0, "max_iter": 3, "random_state": 0, "solver": "sgd", "augmentation": nothing}
    model = MLPClassifierTF((4,), early_stopping=held_out == "split", **settings)
    given = {"X_val": X, "y_val": LABELS} if held_out == "given" else {}
    model.fit(X, LABELS, **given)
    unmoved = MLPClassifierTF(
        (4,), **{**settings, "max_iter": 1, "learning_rate_init": 1e-300, "augmentation": None}
    ).fit(X, LABELS)
    np.testing.assert_array_equal(model.coefs_[0], unmoved.coefs_[0])
    if held_out == "given":
        assert model.validation_loss_curve_[-1] == pytest.approx(log_loss(LABELS, model.predict_proba(X)), rel=1e-9)
    assert len(set(model.validation_loss_curve_)) == 3
    assert np.unique(model.predict_proba(X)[:, 0]).size == 40


@pytest.mark.parametrize(
    ("augmentation", "dtype"),
    [
        (RandomTranslation((2, 3), pixels=1), "float32"),
        ([RandomFlip((3, 2)), Mixup(0.4)], "float64"),
        ((jitter, Mixup()), "float32"),
    ],
    ids=["shift", "flip and mixup", "function and mixup"],
)
def test_a_seed_is_a_fit_in_every_copy(augmentation, dtype):
    model = MLPClassifierTF((5,), augmentation=augmentation, max_iter=4, batch_size=16, dtype=dtype, random_state=0)
    first, again = clone(model).fit(X, LABELS), pickle.loads(pickle.dumps(model)).fit(X, LABELS)
    other, plain = clone(model).set_params(random_state=1), clone(model).set_params(augmentation=None)
    np.testing.assert_array_equal(first.coefs_[0], again.coefs_[0])
    assert not np.allclose(first.coefs_[0], other.fit(X, LABELS).coefs_[0])
    assert not np.allclose(first.coefs_[0], plain.fit(X, LABELS).coefs_[0])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(first)).predict_proba(X), first.predict_proba(X))


def test_settings_are_searched_without_a_new_program():
    model = MLPRegressorTF((4,), augmentation=Mixup(), max_iter=3, batch_size=16, random_state=0)
    search = GridSearchCV(model, {"augmentation__alpha": [0.1, 0.5, 2.0]}, cv=2)
    model.fit(X[:20], REAL[:20])
    before = compilation_count()
    search.fit(X, REAL)
    assert compilation_count() <= before + 1  # of the final fit, on twice the rows
    assert len(set(search.cv_results_["mean_test_score"])) == 3


def test_a_mixed_partner_brings_its_own_weight():
    """Rows of weight zero teach nothing but where they lie."""
    weights = np.repeat([1.0, 0.0], 20)
    y = np.where(weights > 0, 1.0, 1e6)
    model = MLPRegressorTF((), augmentation=Mixup(1.0), max_iter=20, learning_rate_init=0.1, random_state=0)
    model.fit(X, y, weights)
    assert np.abs(model.predict(X)).max() < 10


def test_every_step_of_partial_fit_is_another():
    model = MLPClassifierTF((4,), augmentation=Mixup(1.0), shuffle=False, learning_rate_init=1e-12, random_state=0)
    for _ in range(5):
        model.partial_fit(X, LABELS, classes=[0, 1, 2])
    assert len(np.unique(np.round(model.loss_curve_, 6))) == 5


def test_shifted_digits_are_learned_from_shifts():
    digits, labels = load_digits(return_X_y=True)
    images = digits.reshape(-1, 8, 8) / 16
    moved = np.zeros_like(images)
    moved[:, 1:, 1:] = images[:, :-1, :-1]
    scores = []
    for augmentation in (None, RandomTranslation((8, 8), pixels=1)):
        model = MLPClassifierTF(
            (100,), augmentation=augmentation, max_iter=60, learning_rate_init=0.003, random_state=0
        )
        model.fit(images[:1000].reshape(-1, 64), labels[:1000])
        scores.append(model.score(moved[1000:].reshape(-1, 64), labels[1000:]))
    assert scores[1] > scores[0] + 0.2
