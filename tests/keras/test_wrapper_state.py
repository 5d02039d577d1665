"""Seeds, pickles, copies and searches of the wrappers."""

import copy
import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import joblib
import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann.keras import KerasClassifier, KerasRegressor
from sklearn_ann.keras.keras_fit import keras_fit
from sklearn_ann.keras.scikeras_base import KerasClassifier as Theirs
from sklearn_ann.keras.seeding import seed_model
from tests.keras.networks import QUICK, classifier_network, network

X, Y = load_iris(return_X_y=True)


def noisy_network(meta, rate=0.5):
    layers = [keras.layers.Dense(4, "tanh"), keras.layers.Dropout(rate), keras.layers.Dense(1)]
    return keras.Sequential([keras.Input((meta["n_features_in_"],)), *layers])


def noisy(**parameters):
    return KerasRegressor(noisy_network, loss="mse", **{**QUICK, "epochs": 2, "random_state": 0, **parameters})


# ---------------------------------------------------------------- seeds


def test_a_seed_gives_equal_fits_and_touches_nothing_global():
    tf.random.set_seed(5)
    expected = tf.random.normal((3,)).numpy()
    first = noisy().fit(X, Y)
    tf.random.set_seed(5)
    states = random.getstate(), np.random.get_state()[1].tolist()
    second = noisy().fit(X, Y)
    np.testing.assert_array_equal(first.predict(X), second.predict(X))
    assert first.history_ == second.history_
    assert np.random.get_state()[1].tolist() == states[1]
    np.testing.assert_array_equal(tf.random.normal((3,)).numpy(), expected)
    assert not np.array_equal(first.predict(X), noisy(random_state=1).fit(X, Y).predict(X))
    assert not np.array_equal(*(noisy(random_state=None).fit(X, Y).predict(X) for _ in range(2)))


def test_an_order_for_every_epoch_is_drawn_from_the_generator():
    """The oracle trains on rows that were put in these orders by hand."""
    models = [keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]) for _ in range(2)]
    for model in models:
        model.compile(keras.optimizers.SGD(0.01), "mse", run_eagerly=True)
    models[1].set_weights(models[0].get_weights())
    keras_fit(models[0], X, Y, epochs=3, batch_size=40, verbose=0, generator=np.random.RandomState(2))
    generator = np.random.RandomState(2)
    for _ in range(3):
        order = generator.permutation(150)
        models[1].fit(X[order], Y[order], batch_size=40, shuffle=False, verbose=0)
    np.testing.assert_allclose(models[0].get_weights()[0], models[1].get_weights()[0], rtol=1e-6)


def test_a_generator_as_a_seed_is_not_advanced():
    generator = np.random.RandomState(3)
    first, second = (noisy(random_state=generator).fit(X, Y).predict(X) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert generator.randint(1000) == np.random.RandomState(3).randint(1000)


@pytest.mark.parametrize(
    "layer",
    [
        lambda: keras.layers.Dense(3, kernel_initializer="orthogonal"),
        lambda: keras.layers.Conv1D(2, 2),
        lambda: keras.layers.SeparableConv1D(2, 2),
        lambda: keras.layers.LSTM(3),
        lambda: keras.layers.Bidirectional(keras.layers.GRU(2)),
        lambda: keras.layers.TimeDistributed(keras.layers.Dense(2)),
        lambda: lambda x: keras.layers.MultiHeadAttention(2, 3)(x, x),
    ],
)
def test_initial_weights_of_every_kind_of_layer(layer):
    def build(seed):
        inputs = keras.Input((5, 4))
        model = keras.Model(inputs, layer()(inputs))
        seed_model(model, np.random.RandomState(seed))
        return [each for each in model.get_weights() if each.any() and each.std()]

    for first, second, other in zip(build(0), build(0), build(1), strict=True):
        np.testing.assert_array_equal(first, second)
        if len(np.unique(first)) > 2:  # of an LSTM's bias, which is ones and zeros
            assert not np.array_equal(first, other)


def test_initial_weights_keep_their_distribution():
    model = network(200, 1, None, hidden=(100,))
    seed_model(model, np.random.RandomState(0))
    kernel, bound = model.get_weights()[0], np.sqrt(6 / 300)  # Glorot's
    assert np.abs(kernel).max() <= bound and kernel.std() == pytest.approx(bound / np.sqrt(3), rel=0.02)
    inputs = keras.Input((5, 100))
    model = keras.Model(inputs, keras.layers.MultiHeadAttention(4, 20, use_bias=False)(inputs, inputs))
    seed_model(model, np.random.RandomState(0))
    kernel, bound = model.get_weights()[0], np.sqrt(6 / 180)  # 100 inputs, and 80 outputs of all heads
    assert np.abs(kernel).max() <= bound and kernel.std() == pytest.approx(bound / np.sqrt(3), rel=0.02)


def test_pretrained_weights_and_seeds_of_the_user_stay():
    pretrained = keras.layers.Dense(3)
    own = keras.layers.Dense(3, kernel_initializer=keras.initializers.HeNormal(seed=4))
    model = keras.Sequential([keras.Input((4,)), pretrained, own, keras.layers.Dense(2)])
    pretrained.set_weights([np.full((4, 3), 0.5), np.ones(3)])
    before = model.get_weights()
    seed_model(model, np.random.RandomState(0))
    same = [np.array_equal(old, new) for old, new in zip(before, model.get_weights(), strict=True)]
    assert same == [True, True, True, True, False, True]


def test_networks_that_are_built_by_their_first_rows():
    def lazy():
        return keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1)])

    first, second = (KerasRegressor(lazy, loss="mse", **QUICK, random_state=0).fit(X, Y) for _ in range(2))
    np.testing.assert_array_equal(first.predict(X), second.predict(X))


def test_threads_do_not_disturb_each_other():
    expected = noisy().fit(X, Y).predict(X)
    with ThreadPoolExecutor(2) as pool:
        for predicted in pool.map(lambda _: noisy().fit(X, Y).predict(X), range(3)):
            np.testing.assert_array_equal(predicted, expected)


def test_sparse_rows_are_the_dense_ones():
    rows = sparse.csr_array(np.where(X > 2, X, 0))
    parameters = {"validation_split": 0.2}
    dense, from_sparse = (noisy(**parameters).fit(each, Y) for each in (rows.toarray(), rows))
    assert dense.history_ == from_sparse.history_
    np.testing.assert_array_equal(dense.predict(rows.toarray()), from_sparse.predict(rows))


# ---------------------------------------------------------------- pickles and copies


COPIES = {
    "pickle": lambda estimator: pickle.loads(pickle.dumps(estimator)),
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_a_copy_goes_on_as_the_original(copied):
    """Weights, the optimizer's state and the random layers' are all in it, and so are callbacks with their model."""
    stopping = keras.callbacks.EarlyStopping(monitor="loss", patience=9)
    original = noisy(optimizer=keras.optimizers.Adam(0.05), callbacks=[stopping]).fit(X, Y)
    again = copied(original)
    assert again._fit_callbacks[0].model is again.model_ and again.model_ is not original.model_
    assert again.callbacks[0] is again._fit_callbacks[0]
    for _ in range(2):
        np.testing.assert_array_equal(original.partial_fit(X, Y).predict(X), again.partial_fit(X, Y).predict(X))
    assert original.history_ == again.history_ and again.current_epoch == 4


def test_callbacks_that_write_files_go_along(tmp_path):
    """What they hold of open files does not; each fit opens them anew."""
    callbacks = [keras.callbacks.CSVLogger(tmp_path / "log.csv", append=True), keras.callbacks.TensorBoard(tmp_path)]
    original = noisy(epochs=1, callbacks=callbacks).fit(X, Y)
    for again in [clone(original), *(copied(original) for copied in COPIES.values())]:
        again.fit(X, Y)
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 1 + 4


def test_a_callback_that_swaps_weights_serves_several_fits():
    """It remembers which weights are in the network, and that network is gone."""
    swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=True)
    estimator = noisy(callbacks=[swap], optimizer__use_ema=True)
    expected = estimator.fit(X, Y).predict(X)
    for again in (estimator, clone(estimator)):
        np.testing.assert_array_equal(again.fit(X, Y).predict(X), expected)
    estimator.partial_fit(X, Y)


def test_predictions_are_in_types_that_numpy_has():
    layers = [keras.Input((4,)), keras.layers.Dense(1, dtype="mixed_bfloat16")]
    estimator = KerasRegressor(keras.Sequential(layers), loss="mse", **QUICK)
    predicted = estimator.fit(X, Y).predict(X)
    assert predicted.dtype == np.float32 and estimator.score(X, Y) == r2_score(Y, predicted)


def test_networks_losses_and_metrics_of_local_classes():
    class Twice(keras.layers.Layer):
        def build(self, input_shape):
            self.factor = self.add_weight(shape=(), initializer=keras.initializers.Constant(2.0))

        def call(self, inputs):
            return self.factor * inputs

    class Own(keras.Model):
        pass

    class OwnLoss(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

    def bent(values):
        return keras.ops.relu(values) - 1.0

    entry = keras.Input((4,))
    model = Own(entry, keras.layers.Dense(1)(Twice()(keras.layers.Dense(3, activation=bent)(entry))))
    before = dict(keras.saving.get_custom_objects())
    fitted = KerasRegressor(model, loss=OwnLoss(), **QUICK).fit(X, Y)
    for again in (copied(fitted) for copied in COPIES.values()):
        np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
        again.partial_fit(X, Y)
    cloned = clone(fitted)
    assert cloned.model is not model and isinstance(cloned.fit(X, Y).loss, keras.losses.Loss)
    classifier = KerasClassifier(classifier_network, loss=OwnLoss(), **QUICK).fit(X[:100], Y[:100])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(classifier)).predict(X), classifier.predict(X))
    assert keras.saving.get_custom_objects() == before


@pytest.mark.parametrize("setting", ["activation", "kernel_initializer", "kernel_regularizer"])
def test_a_lambda_in_a_layer_is_refused_when_it_is_pickled(setting):
    """Keras writes it, and fails to read it."""
    layer = keras.layers.Dense(1, **{setting: lambda x, dtype=None: keras.ops.ones(x) if dtype else keras.ops.sum(x)})
    model = keras.Sequential([keras.Input((4,)), keras.Sequential([layer])])
    with pytest.raises(ValueError, match=f"lambda to be copied, got one as {setting} of {layer.name}; define"):
        pickle.dumps(KerasRegressor(model, loss="mse", **QUICK).initialize(X, Y))


def test_layers_and_networks_whose_constructors_take_no_name_go_along():
    """Keras itself saves them, but cannot load them."""

    class Scale(keras.layers.Layer):
        def __init__(self, factor):
            super().__init__()
            self.factor = factor

        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1],), initializer="ones")

        def call(self, inputs):
            return self.factor * inputs * self.kernel

    class Named(Scale):
        def get_config(self):
            return {**super().get_config(), "factor": self.factor}

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.scale, self.dense = Scale(3.0), keras.layers.Dense(1)

        def call(self, inputs):
            return self.dense(self.scale(inputs))

    frozen = Named(0.5)
    frozen.trainable = False
    chain = keras.Sequential([keras.Input((4,)), Scale(2.0), frozen, keras.layers.Dense(1)])
    for model in (Net(), chain):
        original = KerasRegressor(model, loss="mse", random_state=0, **QUICK).fit(X, Y)
        again = pickle.loads(pickle.dumps(original))
        np.testing.assert_array_equal(again.predict(X), original.predict(X))
        assert [v.trainable for v in again.model_.variables] == [v.trainable for v in original.model_.variables]
        assert clone(original).fit(X, Y).predict(X).shape == (150,)
        np.testing.assert_array_equal(again.partial_fit(X, Y).predict(X), original.partial_fit(X, Y).predict(X))


def test_a_clone_is_unfitted_and_independent():
    stopping, optimizer = keras.callbacks.EarlyStopping(monitor="loss"), keras.optimizers.Adam(0.1)
    fitted = noisy(callbacks=[stopping], optimizer=optimizer, metrics=[keras.metrics.MeanSquaredError()]).fit(X, Y)
    cloned = clone(fitted)
    assert not hasattr(cloned, "model_") and cloned.callbacks[0] is not stopping
    assert cloned.model is fitted.model and cloned.get_params().keys() == fitted.get_params().keys()
    np.testing.assert_array_equal(cloned.fit(X, Y).predict(X), fitted.predict(X))


def test_variables_without_weight_decay_stay_so_in_fits_and_pickles():
    def optimizer():
        made = keras.optimizers.AdamW(0.01, weight_decay=5.0)
        made.exclude_from_weight_decay(var_names=["bias"])
        return made

    def constant():
        return keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, kernel_initializer="ones")])

    expected = constant()
    expected.compile(optimizer(), "mse", run_eagerly=True)
    expected.fit(X, Y, batch_size=75, epochs=2, shuffle=False, verbose=0)
    half = KerasRegressor(constant, loss="mse", shuffle=False, **QUICK | {"optimizer": optimizer()})
    whole = clone(half).set_params(epochs=2).fit(X, Y)
    for ours in (whole, pickle.loads(pickle.dumps(half.fit(X, Y))).partial_fit(X, Y)):
        for weights, others in zip(ours.model_.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_allclose(weights, others, rtol=1e-5)


class ScaledLoss(keras.losses.Loss):
    """Without get_config, so that Keras forgets the scale."""

    def __init__(self, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, y_true, y_pred):
        return self.scale * keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


class ScaledSteps(keras.optimizers.SGD):
    def __init__(self, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale


class WithoutName(keras.losses.Loss):
    def __init__(self):
        super().__init__()


def test_settings_that_keras_would_forget_are_refused():
    """Keras copies by configuration: without the argument in it, a copy would have the default."""
    assert clone(KerasRegressor(noisy_network, loss=ScaledLoss())).loss.scale == 1
    for parameters in ({"loss": ScaledLoss(3.0)}, {"optimizer": ScaledSteps(3.0)}):
        estimator = KerasRegressor(noisy_network, **{"loss": "mse", **QUICK, **parameters})
        for copied in (clone, copy.deepcopy, pickle.dumps):
            with pytest.raises(ValueError, match=r"must give .* by get_config to be copied, got Scaled.* 'scale'"):
                copied(estimator)
    with pytest.raises(ValueError, match="got WithoutName whose constructor does not take 'name', 'reduction'; add"):
        clone(KerasRegressor(noisy_network, loss=WithoutName()))
    with pytest.raises(ValueError, match="got ScaledSteps without 'scale'"):
        estimator.fit(X, Y)
    with pytest.raises(ValueError, match="got ScaledLoss without 'scale'"):
        pickle.dumps(KerasRegressor(lambda: compiled(ScaledLoss(3.0)), **QUICK).fit(X, Y))


def compiled(loss):
    model = network(4, 1, None)
    model.compile(loss=loss, run_eagerly=True)
    return model


# ---------------------------------------------------------------- searches


# Rates far apart, so that the best of them does not hang on initial weights; scores are of labels.
GRID = {"model__hidden": [(16,)], "optimizer__learning_rate": [1e-5, 0.05], "fit__batch_size": [50]}
SEARCHED = {"loss": "sparse_categorical_crossentropy", "optimizer": "adam", "epochs": 4, "verbose": 0}
SEARCHED |= {"run_eagerly": True, "predict__batch_size": -1}
ORDER = np.random.RandomState(0).permutation(150)  # scikeras' folds are not stratified


def searched(estimator, **parameters):
    return GridSearchCV(estimator, GRID, cv=2, refit=False, **parameters).fit(X[ORDER], Y[ORDER])


@pytest.fixture(scope="module")
def found():
    return searched(KerasClassifier(classifier_network, **SEARCHED, random_state=0))


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_a_search_finds_the_same_in_threads_and_processes(found, backend):
    with joblib.parallel_backend(backend, n_jobs=2):
        other = searched(KerasClassifier(classifier_network, **SEARCHED, random_state=0), n_jobs=2)
    assert other.best_params_ == found.best_params_
    np.testing.assert_array_equal(other.cv_results_["mean_test_score"], found.cv_results_["mean_test_score"])


def test_a_search_finds_what_scikeras_finds(found):
    keras.utils.set_random_seed(0)  # scikeras draws initial weights from Keras' global generator
    theirs = searched(Theirs(classifier_network, **SEARCHED))
    assert theirs.best_params_ == found.best_params_
    assert found.best_params_["optimizer__learning_rate"] == 0.05


def test_a_search_within_a_pipeline():
    pipeline = make_pipeline(StandardScaler(), noisy(epochs=1))
    grid = {"kerasregressor__model__rate": [0.0, 0.5], "kerasregressor__callbacks": [None, keras.callbacks.History]}
    assert len(GridSearchCV(pipeline, grid, cv=2, refit=False).fit(X, Y).cv_results_["params"]) == 4
