"""The wrappers train in the compiled loop, or by Keras' own fit where that is needed, with the same result."""

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_iris

from sklearn_ann.keras import KerasClassifier
from sklearn_ann.keras.training import fitting
from tests.keras.networks import classifier_network

X, Y = load_iris(return_X_y=True)


class ByBatch(keras.callbacks.Callback):
    n_batches = 0

    def on_train_batch_end(self, batch, logs=None):
        ByBatch.n_batches += 1


def test_both_ways_of_training_end_with_the_same_weights():
    """For one seed: initial weights, orders of the rows and steps are the same."""

    def network(**settings):
        return KerasClassifier(
            classifier_network, loss="auto", optimizer="adam", epochs=3, verbose=0, random_state=0, **settings
        ).fit(X, Y)

    compiled, by_keras = network(), network(callbacks=[ByBatch])
    assert (compiled.engine_, compiled.engine_reason_) == ("compiled", None)
    assert by_keras.engine_ == "keras"
    assert "on_train_batch_end, a hook within an epoch" in by_keras.engine_reason_
    assert ByBatch.n_batches == 3 * 5
    for ours, theirs in zip(compiled.model_.get_weights(), by_keras.model_.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(compiled.history_["loss"], by_keras.history_["loss"], rtol=1e-4)


class OnPython(keras.layers.Layer):
    """Has an operation that XLA does not know."""

    def call(self, x):
        return tf.ensure_shape(tf.numpy_function(lambda values: values, [x], tf.float32), x.shape)


def test_callbacks_hear_once_of_a_fit_that_xla_cannot_compile(monkeypatch):
    """A schedule that multiplies the rate would otherwise do so twice in the first epoch."""
    monkeypatch.setattr(fitting, "_STEPS_WORTH_COMPILING", 0)
    layers = [keras.Input((4,)), OnPython(), keras.layers.Dense(3, activation="softmax")]
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    settings = {"loss": "auto", "optimizer": "sgd", "optimizer__learning_rate": 0.5, "epochs": 2, "verbose": 0}
    fitted = KerasClassifier(keras.Sequential(layers), callbacks=schedule, **settings).fit(X, Y)
    assert fitted.engine_ == "keras"
    assert fitted.history_["learning_rate"] == [0.25, 0.125]


def test_weights_count_as_repeated_rows_if_the_loss_is_divided_by_their_sum():
    weights = np.where(np.arange(150) % 3 == 0, 2.0, 1.0)
    rows = np.repeat(np.arange(150), weights.astype(int))
    loss = {"loss": keras.losses.SparseCategoricalCrossentropy, "loss__reduction": "mean_with_sample_weight"}
    settings = {**loss, "optimizer": "sgd", "batch_size": -1, "epochs": 3, "verbose": 0, "random_state": 0}
    weighted = KerasClassifier(classifier_network, **settings).fit(X, Y, sample_weight=weights)
    repeated = KerasClassifier(classifier_network, **settings).fit(X[rows], Y[rows])
    for ours, others in zip(weighted.model_.get_weights(), repeated.model_.get_weights(), strict=True):
        np.testing.assert_allclose(ours, others, rtol=1e-4, atol=1e-6)


class OwnStep(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3, activation="softmax")

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        self.dtypes = [part.dtype.name for part in data]
        return super().train_step(data)


def test_floats_have_keras_type_with_a_seed_as_without():
    settings = {"loss": "auto", "epochs": 1, "verbose": 0}
    for seed in (None, 0):
        fitted = KerasClassifier(OwnStep, random_state=seed, **settings).fit(X, Y, sample_weight=np.ones(150))
        assert fitted.model_.dtypes == ["float32"] * 3
