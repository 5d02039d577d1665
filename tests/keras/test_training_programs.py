"""Which models are compiled, which share a program, and what a fit leaves behind."""

import gc
import threading
import weakref

import keras
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from sklearn_ann.keras.training import CannotCompile, fit_model, fitting, predict_model, reason_not_compiled
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.programs import compilation_count

layers = keras.layers
rng = np.random.default_rng(0)
X = rng.normal(size=(50, 4)).astype(np.float32)
Y = (X[:, :1] - X[:, 1:2] ** 2).astype(np.float32)


@pytest.fixture
def xla(monkeypatch):
    """XLA compiles short fits too."""
    monkeypatch.setattr(fitting, "_STEPS_WORTH_COMPILING", 0)


def plain(**compiling):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile(**{"optimizer": keras.optimizers.SGD(0.05), "loss": "mse", "metrics": ["mae"]} | compiling)
    return model


def count_of(function):
    before = compilation_count()
    function()
    return compilation_count() - before


# ---------------------------------------------------------------- shared programs


def test_models_of_one_architecture_share_a_program_and_no_variables(xla):
    first, second = plain(), plain(optimizer=keras.optimizers.SGD(0.1))
    assert count_of(lambda: fit_model(first, X, Y, epochs=2, shuffle=False)) <= 1
    weights = first.get_weights()
    assert count_of(lambda: fit_model(second, X, Y, epochs=3, shuffle=False)) == 0
    assert count_of(lambda: fit_model(second, X, Y, epochs=1, callbacks=keras.callbacks.History())) == 0
    assert_array_equal(first.get_weights()[0], weights[0])
    expected = plain(optimizer=keras.optimizers.SGD(0.1))
    expected.fit(X, Y, epochs=3, shuffle=False, verbose=0)
    fit_model(again := plain(optimizer=keras.optimizers.SGD(0.1)), X, Y, epochs=3, shuffle=False)
    assert_allclose(again.get_weights()[0], expected.get_weights()[0], rtol=1e-5)


SCALE = 1.0


class Scaled(layers.Layer):
    """A layer whose numbers are in no configuration: one is in the instance, one in the module."""

    def __init__(self, scale):
        super().__init__()
        self.factor = np.float32(scale)

    def call(self, inputs):
        return inputs * self.factor * SCALE

    def get_config(self):
        return {}


def test_models_that_differ_in_hidden_state_do_not_share(xla, monkeypatch):
    def first_loss(scale=1.0, shift=0.0):
        normalization = layers.Normalization()
        normalization.adapt(X + np.float32(shift))
        model = keras.Sequential(
            [keras.Input((4,)), normalization, Scaled(scale), layers.Dense(1, kernel_initializer="ones")]
        )
        model.compile("sgd", "mse")
        before = model.evaluate(X, Y, batch_size=50, verbose=0)
        loss = fit_model(model, X, Y, batch_size=50).history["loss"][0]
        assert_allclose(loss, before, rtol=1e-5)
        return loss

    plain_loss = first_loss()
    assert count_of(first_loss) == 0
    assert first_loss(scale=2.0) != plain_loss
    assert first_loss(shift=1.0) != plain_loss
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    assert first_loss() != plain_loss


def test_a_model_compiled_anew_is_traced_anew():
    model = plain()
    fit_model(model, X, Y, epochs=2)
    model.compile(model.optimizer, "mae", metrics=["mse"])
    before = model.evaluate(X, Y, batch_size=50, verbose=0)
    history = fit_model(model, X, Y, batch_size=50).history
    assert_allclose([history["loss"][0], history["mse"][0]], before, rtol=1e-5)


def test_programs_keep_neither_models_nor_variables(xla):
    for seed in (0, 0):  # the second takes the program of the first
        model = keras.Sequential([keras.Input((4,)), layers.GaussianNoise(0.125, seed=seed), layers.Dense(1)])
        model.compile("sgd", "mse")
        fit_model(model, X, Y)
        references = [weakref.ref(model), weakref.ref(model.layers[1].kernel.value.handle)]
        model = None
        gc.collect()
        assert [reference() for reference in references] == [None, None]


def test_fits_in_threads_do_not_meet():
    def losses(rate):
        model = plain(optimizer=keras.optimizers.SGD(rate))
        return fit_model(model, X, Y, epochs=20, generator=np.random.RandomState(0)).history["loss"]

    rates = [0.01, 0.02, 0.03, 0.04]
    alone, together = [losses(rate) for rate in rates], {}
    threads = [threading.Thread(target=lambda r=rate: together.update({r: losses(r)})) for rate in rates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[rate] for rate in rates] == alone


# ---------------------------------------------------------------- orders and data


@pytest.mark.parametrize("shuffle", [True, "batch"])
def test_orders_are_drawn_from_the_generator(shuffle):
    def order():
        if shuffle == "batch":
            return np.concatenate([start + by_hand.permutation(min(20, 50 - start)) for start in (0, 20, 40)])
        return by_hand.permutation(50)

    given, by_hand = np.random.RandomState(3), np.random.RandomState(3)
    model, expected = plain(), plain()
    fit_model(model, X, Y, epochs=2, batch_size=20, shuffle=shuffle, generator=given)
    for rows in (order(), order()):
        expected.fit(X[rows], Y[rows], batch_size=20, shuffle=False, verbose=0)
    assert_allclose(model.get_weights()[0], expected.get_weights()[0], rtol=1e-5)
    assert given.randint(10**6) == by_hand.randint(10**6)


def test_arrays_of_other_types_and_layouts_are_those_of_keras():
    expected = plain()
    fit_model(expected, X, Y, shuffle=False)
    read_only = X.copy()
    read_only.flags.writeable = False
    for x in (X.astype(np.float64), np.asfortranarray(X), read_only, pd.DataFrame(X)):
        model = plain()
        fit_model(model, x, Y.astype(np.float64), shuffle=False)
        assert_array_equal(model.get_weights()[0], expected.get_weights()[0])


def test_large_read_only_arrays_are_taken():
    x = np.zeros((70_000, 4), np.float32)
    x.flags.writeable = False
    fit_model(plain(), x, np.zeros((70_000, 1), bool), batch_size=70_000)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": Y[:-1]}, "same number of rows"),
        ({"y": Y, "class_weight": {0: 1.0}, "sample_weight": np.ones(50)}, "class_weight or sample_weight"),
        ({"y": Y, "validation_split": 0.999}, "validation_split must leave"),
    ],
)
def test_data_that_do_not_go_together_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        fit_model(plain(), X, **arguments)


# ---------------------------------------------------------------- what is not compiled


class OwnStep(keras.Model):
    def train_step(self, data):
        return super().train_step(data)


class BatchHook(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        (lambda model: model.compile(loss="mse", run_eagerly=True), "run_eagerly"),
        (lambda model: setattr(model, "fit", lambda: None), "a fit of its own"),
        (lambda model: setattr(model.layers[0], "supports_jit", False), "does not support XLA"),
    ],
)
def test_models_that_only_keras_can_train_are_told(change, phrase):
    model = plain()
    assert reason_not_compiled(model) is None
    change(model)
    assert phrase in reason_not_compiled(model)
    with pytest.raises(CannotCompile, match=phrase):
        fit_model(model, X, Y)


def test_own_train_step_and_missing_compilation_are_told():
    inputs = keras.Input((4,))
    model = OwnStep(inputs, layers.Dense(1)(inputs))
    assert "compile() has not been called" in reason_not_compiled(model)
    model.compile(loss="mse")
    assert "train_step of its own" in reason_not_compiled(model)


@pytest.mark.parametrize(
    ("callback", "phrase"),
    [
        (BatchHook(), "on_train_batch_end"),
        (keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: None), "on_train_batch_begin"),
        (keras.callbacks.ModelCheckpoint("x.keras", save_freq=3), "save_freq=3"),
        (keras.callbacks.SwapEMAWeights(), "SwapEMAWeights"),
        (keras.callbacks.TensorBoard(update_freq=1), "update_freq=1"),
        (keras.callbacks.TensorBoard(profile_batch=2), "profiles batches"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_callbacks_within_an_epoch_are_told(callback, phrase):
    model = plain()
    assert phrase in reason_not_compiled(model, [[callback]])
    assert reason_not_compiled(model, [keras.callbacks.TerminateOnNaN(), keras.callbacks.TensorBoard()]) is None


def by_python(y_true, y_pred):
    return tf.py_function(lambda y, p: tf.reduce_mean((y - p) ** 2), [y_true, y_pred], tf.float32)


def by_value(y_true, y_pred):
    if float(keras.ops.mean(y_pred)) > 0:
        return keras.ops.mean((y_true - y_pred) ** 2)
    return keras.ops.mean(y_true)


@pytest.mark.parametrize("loss", [by_python, by_value])
def test_what_xla_cannot_compile_is_refused_before_anything_is_trained(xla, loss):
    model = plain(loss=loss, metrics=[])
    weights = model.get_weights()[0]
    with pytest.raises(CannotCompile, match=r"use model\.fit"):
        fit_model(model, X, Y)
    assert_array_equal(model.get_weights()[0], weights)
    assert model.optimizer.iterations == 0


# ---------------------------------------------------------------- predictions


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_predictions_are_keras_own(run_eagerly):
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    hidden = layers.Dropout(0.5)(layers.Dense(3, activation="tanh")(layers.concatenate([a, b])))
    model = keras.Model([a, b], {"one": layers.Dense(1)(hidden), "two": layers.Dense(2)(hidden)})
    model.compile(loss="mse", run_eagerly=run_eagerly)
    x = [X[:, :2].astype(np.float64), X[:, 2:]]
    expected = model.predict(x, verbose=0)
    for batch_size in (None, 7, 50):
        outputs = predict_model(model, x, batch_size=batch_size)
        assert outputs.keys() == expected.keys()
        for name, output in outputs.items():
            assert_allclose(output, expected[name], rtol=1e-5, atol=1e-6)  # float32; weights are not seeded
    one = predict_model(model, [part[:1] for part in x])
    assert one["two"].shape == (1, 2)


def test_predictions_of_many_models_and_sizes_print_nothing(capfd):
    for n_rows in range(1, 9):
        assert predict_model(plain(), X[:n_rows]).shape == (n_rows, 1)
    assert capfd.readouterr() == ("", "")


def test_predictions_of_weights_as_they_are_now():
    model = plain()
    before = predict_model(model, X)
    fit_model(model, X, Y)
    assert not np.allclose(predict_model(model, X), before)
    assert_allclose(predict_model(model, X), X @ model.get_weights()[0] + model.get_weights()[1], rtol=1e-5)


@pytest.mark.parametrize("run_eagerly", [False, True])
@pytest.mark.parametrize("layout", [sparse.csr_array, sparse.csc_matrix, sparse.coo_array])
def test_predictions_of_sparse_rows_are_those_of_dense_ones(layout, run_eagerly):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="tanh")])
    model.compile(loss="mse", run_eagerly=run_eagerly)
    expected = model.predict(X, verbose=0)
    for batch_size in (None, 7, 50):
        assert_allclose(predict_model(model, layout(X), batch_size=batch_size), expected, rtol=1e-6, atol=1e-6)


class OwnPredictStep(keras.Model):
    n_rows = ()

    def predict_step(self, data):
        self.n_rows += (data[0].shape[0],)
        return 2 * super().predict_step(data)


@pytest.mark.parametrize(("run_eagerly", "n_rows"), [(False, (None,)), (True, (32, 18))])
def test_predict_step_of_the_user_is_called(run_eagerly, n_rows):
    """Eagerly it sees batches of Keras' size."""
    inputs = keras.Input((4,))
    model = OwnPredictStep(inputs, layers.Dense(1, kernel_initializer="ones")(inputs))
    model.compile(run_eagerly=run_eagerly)
    assert_allclose(predict_model(model, X)[:, 0], 2 * X.sum(axis=1), rtol=1e-5, atol=1e-6)
    assert model.n_rows == n_rows


def test_a_model_is_traced_once_for_each_type_of_its_inputs():
    inputs = keras.Input((4,))
    model = OwnPredictStep(inputs, layers.Dense(1, kernel_initializer="ones")(inputs))
    integers = np.arange(200).reshape(50, 4)
    for n_traces in (1, 2):
        for x in (X, X[:1], X[:7].astype(np.float64)):
            assert_allclose(predict_model(model, x)[:, 0], 2 * x.sum(axis=1), rtol=1e-5, atol=1e-6)
        assert len(model.n_rows) == 2 * n_traces - 1
        for x in (integers, integers[:3]):
            assert_allclose(predict_model(model, x)[:, 0], 2 * x.sum(axis=1))
        assert model.n_rows == (None,) * (2 * n_traces)
        model.compile("sgd", "mse")  # traced anew
