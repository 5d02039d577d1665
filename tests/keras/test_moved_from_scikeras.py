"""Uses of scikeras that work after a change of the import, one by one."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.datasets import load_iris

from sklearn_ann.keras import KerasRegressor
from tests.keras.networks import QUICK, regressor_network

X, Y = load_iris(return_X_y=True)
SMALL = {"loss": "mse", **QUICK}


def test_a_loss_by_the_name_of_its_class_takes_settings():
    def loss_of(loss, **settings):
        estimator = KerasRegressor(regressor_network, loss=loss, **settings).initialize(X, Y)
        return estimator._get_compile_kwargs()["loss"]

    entropy = "BinaryCrossentropy"
    assert loss_of(entropy, loss__label_smoothing=0.5).label_smoothing == 0.5
    by_place = loss_of([entropy, entropy], loss__label_smoothing=0.5, loss__1__label_smoothing=0.25)
    assert [each.label_smoothing for each in by_place] == [0.5, 0.25]
    assert loss_of({"out": entropy}, loss__out__label_smoothing=0.5)["out"].label_smoothing == 0.5
    with pytest.raises(TypeError, match="not a class"):
        loss_of("mse", loss__name="a function has no settings")


def test_the_default_loss_of_a_subclass_gives_way_to_the_compiled_one():
    def compiled(meta):
        model = regressor_network(meta)
        model.compile("sgd", "mae")
        return model

    class Cosine(KerasRegressor):
        def __init__(self, model=None, *, loss=keras.losses.CosineSimilarity(), **kwargs):  # noqa: B008
            super().__init__(model, loss=loss, **kwargs)

    fitted = Cosine(compiled, **QUICK).fit(X, Y)
    assert fitted.model_.loss == "mae"
    with pytest.raises(ValueError, match="Data may not match loss function"):
        Cosine(compiled, loss="mse", **QUICK).fit(X, Y)


def test_a_metric_of_ones_own_beside_another_goes_along_in_pickles():
    class Bias(keras.metrics.Metric):
        def __init__(self, name="bias", **kwargs):
            super().__init__(name=name, **kwargs)
            self.total = self.add_weight(name="total", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(keras.ops.sum(keras.ops.cast(y_pred, "float32") - keras.ops.cast(y_true, "float32")))

        def result(self):
            return self.total

    estimator = KerasRegressor(regressor_network, metrics=["mse", Bias()], **SMALL).partial_fit(X, Y)
    for _ in range(2):  # a model that has been unpickled knows its metrics otherwise than one that has been fitted
        estimator = pickle.loads(pickle.dumps(estimator))
    estimator.partial_fit(X, Y)
    assert {name: len(values) for name, values in estimator.history_.items()} == {
        "loss": 2,
        "mean_squared_error": 2,
        "bias": 2,
    }
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(estimator)).predict(X), estimator.predict(X))
