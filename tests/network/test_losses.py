"""Losses against Keras', and their stated derivatives against finite differences."""

import numpy as np
import pytest

from sklearn_ann.network.backend import tf
from sklearn_ann.network.losses import LOSSES

RAW = np.random.RandomState(0).normal(size=(40, 3)) * 2
Y = np.random.RandomState(1).normal(size=(40, 3))
LABELS = np.random.RandomState(2).randint(3, size=(40, 1)).astype(np.int32)
NUMBERS = {"delta": 0.7, "quantile": 0.8, "label_smoothing": 0.2}
REGRESSION = ["absolute_error", "huber", "log_cosh", "quantile"]


def number(name):
    return tf.constant([[NUMBERS[name]]], tf.float64)


def targets(name):
    return LABELS if LOSSES[name].of_indices else (Y > 0).astype(float) if "binary" in name else Y


def value(name, raw):
    return LOSSES[name].value(tf, tf.constant(raw), tf.constant(targets(name)), number).numpy()


@pytest.mark.parametrize("name", [*REGRESSION, "smoothed_log_loss", "smoothed_binary_log_loss"])
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
    }[name]()
    np.testing.assert_allclose(value(name, RAW), np.asarray(theirs), rtol=2e-6)


@pytest.mark.parametrize("name", [*REGRESSION, "smoothed_log_loss", "smoothed_binary_log_loss"])
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
