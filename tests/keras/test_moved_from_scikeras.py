"""Uses of scikeras that work after a change of the import, one by one."""

import itertools
import pickle

import keras
import numpy as np
import pytest
from sklearn.base import TransformerMixin
from sklearn.datasets import load_iris
from sklearn.preprocessing import FunctionTransformer

from sklearn_ann.keras import BaseWrapper, KerasClassifier, KerasRegressor
from tests.keras.networks import QUICK, classifier_network, network, regressor_network

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
        def __init__(self, model=None, *, loss=keras.losses.CosineSimilarity(), **kwargs):  # noqa: B008  (as scikeras has it)
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


class AutoEncoder(TransformerMixin, BaseWrapper):
    """Its build function makes two networks besides, as in scikeras' guide."""

    def _keras_build_fn(self, n_codes, meta):
        sizes = meta["n_features_in_"], n_codes, meta["n_features_in_"]
        halves = []
        for entry, leave in itertools.pairwise(sizes):
            halves.append(keras.Sequential([keras.Input((entry,)), keras.layers.Dense(leave)]))
        self.encoder_, self.decoder_ = (BaseWrapper(half, verbose=0) for half in halves)
        return keras.Sequential([keras.Input(sizes[:1]), *halves])

    def _initialize(self, X, y=None):
        X, _ = super()._initialize(X, y)
        self.decoder_.initialize(self.encoder_.initialize(X).predict(X))
        return X, X

    def fit(self, X, y=None):
        return super().fit(X, X)

    def transform(self, X):
        return self.encoder_.predict(self.feature_encoder_.transform(X))

    def inverse_transform(self, codes):
        return self.feature_encoder_.inverse_transform(self.decoder_.predict(codes))


def test_an_autoencoder_with_estimators_inside_goes_there_and_back():
    fitted = AutoEncoder(n_codes=2, **SMALL).fit(X)
    codes = fitted.transform(X)
    assert codes.shape == (150, 2)
    for again in (fitted, pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_allclose(again.inverse_transform(codes), fitted.predict(X), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_validation_labels_encoded_by_hand_are_the_plain_ones(loss):
    labels = np.array(["setosa", "versicolor", "virginica"])[Y]
    encoded = np.eye(3)[Y] if loss == "categorical_crossentropy" else Y
    losses = [
        KerasClassifier(classifier_network, **QUICK | {"loss": loss}, random_state=0)
        .fit(X, labels, validation_data=(X, validation))
        .history_["val_loss"]
        for validation in (labels, encoded)
    ]
    assert losses[0] == losses[1]
    with pytest.raises(ValueError, match="Got y with dtype"):
        KerasClassifier(classifier_network, **QUICK | {"loss": loss}).fit(X, labels, validation_data=(X, Y + 1))
    with pytest.raises(ValueError, match="unknown categories"):  # numbers are labels where labels are numbers
        KerasClassifier(classifier_network, **QUICK | {"loss": loss}).fit(X, Y + 1, validation_data=(X, Y))


def test_validation_labels_go_through_an_encoder_of_ones_own():
    class Shifted(KerasClassifier):
        @property
        def target_encoder(self):
            return FunctionTransformer(lambda y: y - 1)

    def three_classes():
        return network(4, 3, "softmax")

    estimator = Shifted(three_classes, **QUICK | {"loss": "sparse_categorical_crossentropy"})
    assert np.isfinite(estimator.fit(X, Y + 1, validation_data=(X, Y + 1)).history_["val_loss"][0])
    for given, got in (((X,), "1 parts"), ((X, None), "None as y")):
        with pytest.raises(ValueError, match=rf"must be \(X, y\) or .* got {got}"):
            estimator.fit(X, Y + 1, validation_data=given)


@pytest.mark.parametrize("validation", [{}, {"validation_split": 0.2}, {"fit__validation_data": (X[:30], Y[:30])}])
def test_a_fit_method_of_the_networks_own_gets_arrays_with_a_seed_too(validation):
    calls = []

    class OwnFit(keras.Sequential):
        def fit(self, x, y, sample_weight=None, **arguments):
            calls.append((x, y, sample_weight, arguments["shuffle"]))
            return super().fit(x, y, sample_weight=sample_weight, **arguments)

    def own(meta):
        return OwnFit(network(meta["n_features_in_"], 1, None).layers)

    parameters = SMALL | {"epochs": 2} | validation
    row_numbers = np.arange(len(X), dtype=float)
    seeded = KerasRegressor(own, random_state=0, **parameters)
    predictions = [seeded.fit(X, row_numbers, sample_weight=row_numbers + 1).predict(X) for _ in range(2)]
    np.testing.assert_array_equal(*predictions)
    x, y, sample_weight, shuffle = calls[0]
    n_train = 120 if "validation_split" in validation else 150
    assert np.mean(y[:n_train] != row_numbers[:n_train]) > 0.9
    np.testing.assert_array_equal(np.sort(y[:n_train]), row_numbers[:n_train])
    np.testing.assert_array_equal(y[n_train:], row_numbers[n_train:])  # the last rows validate
    np.testing.assert_array_equal(x, X[y.astype(int)])
    np.testing.assert_array_equal(sample_weight, y + 1)
    assert not shuffle  # again, by a global generator
    KerasRegressor(own, **parameters).fit(X, row_numbers)
    _, y, _, shuffle = calls[-1]
    np.testing.assert_array_equal(y, row_numbers)
    assert shuffle
