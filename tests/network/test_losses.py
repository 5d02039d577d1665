"""Losses against Keras', and their stated derivatives against finite differences."""

import numpy as np
import pytest

from sklearn_ann.network.backend import tf
from sklearn_ann.network.graph import row_losses
from sklearn_ann.network.losses import LOSSES
from sklearn_ann.network.namespaces import scoped
from sklearn_ann.network.spec import Output

RAW = np.random.RandomState(0).normal(size=(40, 3)) * 2
Y = np.random.RandomState(1).normal(size=(40, 3))
LABELS = np.random.RandomState(2).randint(3, size=(40, 1)).astype(np.int32)
NUMBERS = {"delta": 0.7, "quantile": 0.8, "label_smoothing": 0.2, "gamma": 1.7}
REGRESSION = ["absolute_error", "huber", "log_cosh", "quantile"]
CLASSIFICATION = ["smoothed_log_loss", "smoothed_binary_log_loss", "focal_log_loss", "focal_binary_log_loss"]


def number(name):
    return tf.constant([[NUMBERS[name]]], tf.float64)


def targets(name):
    return LABELS if LOSSES[name].of_indices else (Y > 0).astype(float) if "binary" in name else Y


def value(name, raw):
    """The loss of each row."""
    numbers = {key: tf.constant(each, tf.float64) for key, each in scoped("loss", NUMBERS).items()}
    return row_losses(Output(name, (3,)), tf.constant(raw), tf.constant(targets(name)), numbers).numpy()


@pytest.mark.parametrize("name", [*REGRESSION, *CLASSIFICATION])
def test_values_are_those_of_keras(name):
    from tensorflow import keras

    losses = keras.losses

    def each(loss, y):
        return loss(reduction=None)(y, RAW)

    theirs = {
        "absolute_error": lambda: each(losses.MeanAbsoluteError, Y),
        "huber": lambda: losses.Huber(delta=0.7, reduction=None)(Y, RAW),
        "log_cosh": lambda: each(losses.LogCosh, Y),
        # Keras has none: by its definition
        "quantile": lambda: np.where(Y > RAW, 0.8 * (Y - RAW), 0.2 * (RAW - Y)).mean(axis=1),
        "smoothed_log_loss": lambda: losses.categorical_crossentropy(
            np.eye(3)[LABELS[:, 0]], RAW, from_logits=True, label_smoothing=0.2
        ),
        # the sum over outputs, Keras' is the mean
        "smoothed_binary_log_loss": lambda: (
            3 * losses.binary_crossentropy((Y > 0).astype(float), RAW, from_logits=True, label_smoothing=0.2)
        ),
        "focal_log_loss": lambda: losses.categorical_focal_crossentropy(
            np.eye(3)[LABELS[:, 0]], RAW, alpha=1.0, gamma=1.7, from_logits=True
        ),
        "focal_binary_log_loss": lambda: (
            3 * losses.binary_focal_crossentropy((Y > 0).astype(float), RAW, gamma=1.7, from_logits=True)
        ),
    }[name]()
    np.testing.assert_allclose(value(name, RAW), np.asarray(theirs), rtol=2e-6)


@pytest.mark.parametrize("name", [*REGRESSION, *CLASSIFICATION])
def test_derivatives_are_finite_differences(name):
    delta = LOSSES[name].delta(tf, tf.constant(RAW), tf.constant(targets(name)), number).numpy()
    for column in range(3):
        step = np.zeros(3)
        step[column] = 1e-6
        difference = (value(name, RAW + step) - value(name, RAW - step)) / 2e-6
        np.testing.assert_allclose(delta[:, column], difference, atol=1e-7)


@pytest.mark.parametrize("name", REGRESSION)
def test_large_errors_stay_finite_and_no_error_is_no_loss(name):
    y = tf.constant(np.array([[0.0, 1e300]]))
    far, exact = tf.constant(np.array([[1e300, 0.0]])), y
    for raw in (far, exact):
        assert np.isfinite(LOSSES[name].value(tf, raw, y, number).numpy()).all()
        assert np.isfinite(LOSSES[name].delta(tf, raw, y, number).numpy()).all()
    np.testing.assert_allclose(LOSSES[name].value(tf, exact, y, number).numpy(), 0, atol=1e-15)
    assert not LOSSES[name].delta(tf, exact, y, number).numpy().any()


@pytest.mark.parametrize("kind", ["log_loss", "binary_log_loss"])
def test_a_focal_loss_without_gamma_is_the_log_loss(kind, monkeypatch):
    monkeypatch.setitem(NUMBERS, "gamma", 0.0)
    np.testing.assert_allclose(value(f"focal_{kind}", RAW), value(kind, RAW), rtol=1e-12)
    ours, theirs = (
        LOSSES[name].delta(tf, tf.constant(RAW), tf.constant(targets(name)), number).numpy()
        for name in (f"focal_{kind}", kind)
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("kind", ["log_loss", "binary_log_loss"])
def test_a_focal_loss_is_finite_however_certain_the_network_is(kind, gamma, monkeypatch):
    monkeypatch.setitem(NUMBERS, "gamma", gamma)
    row, raw = LOSSES[f"focal_{kind}"], tf.constant(np.array([[800.0, 0.0, -800.0], [-800.0, 0.0, 800.0]]))
    y = np.array([[0], [0]], np.int32) if row.of_indices else np.array([[1.0, 0.0, 0.0]] * 2)
    assert np.isfinite(row.value(tf, raw, tf.constant(y), number).numpy()).all()
    assert np.isfinite(row.delta(tf, raw, tf.constant(y), number).numpy()).all()
