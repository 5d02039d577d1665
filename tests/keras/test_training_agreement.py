"""Weights and history of the compiled loop are those of Keras' own fit: same weights, same order, same batches."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_ann.keras.training import fit_model, fitting, reason_not_compiled

layers = keras.layers
rng = np.random.default_rng(0)
X = rng.normal(size=(50, 4)).astype(np.float32)
Y = (X[:, :1] - X[:, 1:2] ** 2).astype(np.float32)
LABELS = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
WEIGHTS = rng.uniform(0.5, 2, size=50).astype(np.float32)


@pytest.fixture(autouse=True)
def seeded():
    """Initial weights and noise of Keras, so that rounding is the same in every run."""
    keras.utils.set_random_seed(0)


@pytest.fixture(params=["XLA", "graph"])
def way(request, monkeypatch):
    """Both ways to run a fit, whatever its length."""
    monkeypatch.setattr(fitting, "_STEPS_WORTH_COMPILING", 0 if request.param == "XLA" else 10**9)
    return request.param


def pair(build):
    """Two models of one kind with the same weights."""
    models = build(), build()
    for model in models:
        if not model.built:
            model.build((None, 4))
    models[1].set_weights(models[0].get_weights())
    return models


def assert_same_fit(ours, keras_own, *data, **arguments):
    """Fit both and compare history, weights and optimizer; float32 steps differ by rounding."""
    assert reason_not_compiled(ours, arguments.get("callbacks")) is None
    arguments = {"batch_size": 16, "epochs": 4, "shuffle": False, "verbose": 0} | arguments
    history = fit_model(ours, *data, **arguments).history
    expected = keras_own.fit(*data, **arguments).history
    assert history.keys() == expected.keys()
    for name, values in expected.items():
        assert_allclose(history[name], values, rtol=2e-5, atol=2e-6, err_msg=name)
    for ours_, theirs in zip(ours.get_weights(), keras_own.get_weights(), strict=True):
        assert_allclose(ours_, theirs, rtol=2e-5, atol=5e-6)
    for ours_, theirs in zip(ours.optimizer.variables, keras_own.optimizer.variables, strict=True):
        assert_allclose(ours_.numpy(), theirs.numpy(), rtol=1e-4, atol=5e-6)
    return history


def test_sequential_with_batch_statistics_noise_penalty_and_weights(way):
    def build():
        kernel_regularizer = keras.regularizers.L1L2(0.01, 0.02)
        model = keras.Sequential(
            [
                keras.Input((4,)),
                layers.Dense(6, activation="tanh", kernel_regularizer=kernel_regularizer),
                layers.BatchNormalization(),
                layers.Dropout(0.3, seed=7),
                layers.Dense(3, activation="softmax"),
            ]
        )
        xla = way == "XLA"  # which has random numbers of its own
        metrics = {"metrics": ["acc"], "weighted_metrics": ["acc"]}
        model.compile("adam", "sparse_categorical_crossentropy", jit_compile=xla, **metrics)
        return model

    ours, keras_own = pair(build)
    history = assert_same_fit(ours, keras_own, X, LABELS, sample_weight=WEIGHTS, validation_split=0.25)
    assert "val_weighted_acc" in history


def test_several_inputs_and_outputs_with_an_auxiliary_loss(way):
    def build():
        wide, deep = keras.Input((2,), name="wide"), keras.Input((3,), name="deep")
        hidden = layers.Dense(5, activation="relu")(deep)
        main = layers.Dense(1, name="main")(layers.concatenate([wide, hidden]))
        aux = layers.Dense(1, name="aux")(hidden)
        model = keras.Model({"wide": wide, "deep": deep}, {"main": main, "aux": aux})
        model.compile(
            keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True, clipnorm=0.5),
            loss={"main": "mse", "aux": "mae"},
            loss_weights={"main": 0.9, "aux": 0.1},
            metrics={"main": ["mae"], "aux": ["mse"]},
        )
        return model

    models = build(), build()
    models[1].set_weights(models[0].get_weights())
    x, y = {"wide": X[:, :2], "deep": X[:, 1:]}, {"main": Y, "aux": Y}
    held_out = {name: part[:20] for name, part in x.items()}, {name: part[:20] for name, part in y.items()}
    history = assert_same_fit(*models, x, y, validation_data=held_out)
    assert "val_aux_mse" in history


class WithOwnLoss(keras.Model):
    """Built at its first call; takes a list; adds a loss of its activations and one of its weights."""

    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(5, "relu", kernel_initializer=keras.initializers.GlorotUniform(1))
        self.out = layers.Dense(3, kernel_initializer=keras.initializers.GlorotUniform(2))

    def call(self, inputs):
        first, second = inputs
        hidden = self.hidden(keras.ops.concatenate([first, second], axis=-1))
        self.add_loss(0.01 * keras.ops.mean(hidden))
        return self.out(hidden)


def test_subclassed_model_that_is_built_by_its_first_batch(way):
    def build():
        schedule = keras.optimizers.schedules.ExponentialDecay(0.02, 3, 0.9)
        model = WithOwnLoss()
        model.compile(
            keras.optimizers.RMSprop(schedule, momentum=0.5),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )
        return model

    class_weight = {0: 0.5, 2: 3.0}
    assert_same_fit(build(), build(), [X[:, :2], X[:, 2:]], LABELS[:, None], class_weight=class_weight)


def test_keras_own_fit_goes_on_after_the_compiled_one_and_before_it():
    def build():
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
        model.compile("adam", "mse")
        return model

    models = pair(build)
    fit_model(models[0], X, Y, epochs=3, shuffle=False)
    models[0].fit(X, Y, shuffle=False, verbose=0)
    models[1].fit(X, Y, epochs=3, shuffle=False, verbose=0)
    fit_model(models[1], X, Y, epochs=5, initial_epoch=4, shuffle=False)
    assert models[0].optimizer.iterations == models[1].optimizer.iterations == 8
    assert_allclose(models[0].get_weights()[0], models[1].get_weights()[0], rtol=2e-5, atol=5e-6)


def accumulating():
    return keras.optimizers.Adam(0.05, gradient_accumulation_steps=2)


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: keras.optimizers.AdamW(0.05, weight_decay=0.1, clipvalue=0.2),
        lambda: keras.optimizers.SGD(0.05, weight_decay=0.1, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3),
        lambda: keras.optimizers.Nadam(0.05, global_clipnorm=0.3, use_ema=True),
        lambda: keras.optimizers.LossScaleOptimizer(accumulating(), initial_scale=8.0, dynamic_growth_steps=3),
    ],
    ids=["AdamW", "SGD", "Nadam", "LossScale"],
)
def test_optimizers_are_keras_own(optimizer):
    def build():
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1, kernel_constraint="non_neg")])
        model.compile(optimizer(), "mse")
        return model

    assert_same_fit(*pair(build), X, Y)


def plain():
    """The model that the tests below share the program of."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05), "mse", metrics=["mae"])
    return model


def test_callbacks_see_and_change_the_training_as_in_keras(tmp_path):
    seen = {}

    def callbacks(name):
        folder = tmp_path / name
        seen[name] = []
        return [
            keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
            keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=1.0),
            keras.callbacks.EarlyStopping("val_loss", patience=2, min_delta=0.2, restore_best_weights=True),
            keras.callbacks.ModelCheckpoint(folder / "{epoch}.weights.h5", save_weights_only=True),
            keras.callbacks.CSVLogger(folder / "log.csv"),
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.LambdaCallback(
                on_epoch_begin=lambda epoch, logs: seen[name].append(epoch),
                on_epoch_end=lambda epoch, logs: seen[name].append(sorted(logs)),
            ),
        ]

    ours, keras_own = pair(plain)
    for name, model, fit in (("ours", ours, fit_model), ("keras", keras_own, keras.Model.fit)):
        (tmp_path / name).mkdir()
        arguments = {"epochs": 30, "batch_size": 16, "validation_split": 0.2, "shuffle": False, "verbose": 0}
        fit(model, X, Y, callbacks=callbacks(name), **arguments)
    assert len(ours.history.epoch) == len(keras_own.history.epoch) < 30
    assert_allclose(ours.get_weights()[0], keras_own.get_weights()[0], rtol=1e-5)
    assert_allclose(ours.optimizer.learning_rate.numpy(), keras_own.optimizer.learning_rate.numpy())
    for name, values in keras_own.history.history.items():
        assert_allclose(ours.history.history[name], values, rtol=2e-5, err_msg=name)
    assert seen["ours"] == seen["keras"]
    files = sorted(path.name for path in (tmp_path / "ours").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "keras").iterdir())
    lines = [(tmp_path / name / "log.csv").read_text().splitlines()[0] for name in ("ours", "keras")]
    assert lines[0] == lines[1]


def test_an_interrupted_fit_goes_on_from_its_backup(tmp_path):
    def stop(epoch, logs):
        if epoch == 2:
            raise KeyboardInterrupt

    whole, begun = pair(plain)
    arguments = {"epochs": 5, "batch_size": 16, "validation_split": 0.2, "shuffle": False}
    fit_model(whole, X, Y, **arguments)
    again = plain()
    with pytest.raises(KeyboardInterrupt):
        hook = keras.callbacks.LambdaCallback(on_epoch_end=stop)
        fit_model(begun, X, Y, callbacks=[hook, keras.callbacks.BackupAndRestore(tmp_path)], **arguments)
    history = fit_model(again, X, Y, callbacks=keras.callbacks.BackupAndRestore(tmp_path), **arguments)
    assert history.epoch == [2, 3, 4]
    assert_allclose(again.get_weights()[0], whole.get_weights()[0], rtol=1e-6)


@pytest.mark.parametrize("verbose", [1, 2])
def test_progress_is_printed_by_keras_logger(verbose, capsys):
    fit_model(plain(), X, Y, epochs=2, batch_size=16, validation_split=0.2, verbose=verbose)
    printed = capsys.readouterr().out
    assert "Epoch 2/2" in printed and "val_mae" in printed


def test_nothing_is_printed_by_default(capfd):
    fit_model(plain(), X, Y, epochs=2, batch_size=16, validation_split=0.2)
    assert capfd.readouterr() == ("", "")
