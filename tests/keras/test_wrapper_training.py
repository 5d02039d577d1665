"""The wrappers train in the compiled loop, or by Keras' own fit where that is needed, with the same result."""

import keras
import numpy as np
from sklearn.datasets import load_iris

from sklearn_ann.keras import KerasClassifier
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
