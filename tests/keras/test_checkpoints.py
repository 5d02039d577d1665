"""Checkpoints of Keras models: a fit that goes on from one ends as one that was never interrupted, to the last bit."""

import gc
import multiprocessing
import os
import pickle
import re
import signal
import time
import weakref
from dataclasses import replace
from multiprocessing import forkserver

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann.callbacks import Callback, Checkpoint, EarlyStopping, Scores, TargetScore, VitalSigns
from sklearn_ann.callbacks.checkpoint import checkpoint_files
from sklearn_ann.fitting.resuming import printed
from sklearn_ann.keras import KerasCallback, KerasClassifier, KerasRegressor
from sklearn_ann.keras.fit_state import _described, network_digest
from sklearn_ann.keras.training import fitting
from tests.keras.networks import QUICK, collect_iterators, regressor_network

X, Y = load_iris(return_X_y=True)
WEIGHTS = np.linspace(0, 1, 150)
layers = keras.layers


def noisy_network(meta, rate=0.3):
    hidden = [layers.Dense(4, "relu"), layers.BatchNormalization(), layers.Dropout(rate)]
    return keras.Sequential(
        [keras.Input((meta["n_features_in_"],)), layers.Normalization(), *hidden, layers.Dense(3, "softmax")]
    )


def small_network(meta, rate=0.3):
    """Traced in a third of the time, where batch statistics are not the question."""
    return keras.Sequential([keras.Input((4,)), layers.Dropout(rate), layers.Dense(3, "softmax")])


def wide_and_deep(meta):
    wide, deep = (keras.Input(meta["input_shapes_"][name], name=name) for name in ("wide", "deep"))
    x = layers.Concatenate()([wide, layers.GaussianNoise(0.1)(layers.Dense(3, "tanh")(deep))])
    return keras.Model([wide, deep], layers.Dense(1)(x))


class OwnStep(keras.Model):
    """Trained by a train_step of its own: two optimizers of a part of the weights each, noise, and a step counter."""

    def __init__(self):
        super().__init__()
        self.hidden, self.dropout, self.out = layers.Dense(4, "relu"), layers.Dropout(0.3), layers.Dense(3, "softmax")
        self.seed = keras.random.SeedGenerator(3)
        self.n_steps = tf.Variable(0.0, trainable=False)
        self.optimizers = {"hidden": keras.optimizers.Adam(0.01)}

    def call(self, x, training=False):
        return self.out(self.dropout(self.hidden(x), training=training))

    def train_step(self, data):
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        x += keras.random.normal((4,), seed=self.seed)
        parts = self.hidden.trainable_variables, self.out.trainable_variables
        with tf.GradientTape() as tape:
            outputs = self(x, training=True)
            loss = self.compute_loss(x, y, outputs, sample_weight) / (1.0 + self.n_steps)
        for gradients, part, optimizer in zip(
            tape.gradient(loss, parts), parts, (self.optimizers["hidden"], self.optimizer), strict=True
        ):
            optimizer.apply(gradients, part)
        self.n_steps.assign_add(0.1)
        return self.compute_metrics(x, y, outputs, sample_weight) | {"loss": loss}


class CountsBatches(keras.callbacks.Callback):
    """Needs batches, and changes the training by what it has counted."""

    def __init__(self):
        super().__init__()
        self.n_batches = 0

    def on_train_batch_end(self, batch, logs=None):
        self.n_batches += 1
        self.model.optimizer.learning_rate = 0.1 / self.n_batches


class OnPython(layers.Layer):
    """Has an operation that XLA does not know."""

    def call(self, x):
        return tf.ensure_shape(tf.numpy_function(lambda values: values, [x], tf.float32), x.shape)


def network_on_python():
    return keras.Sequential([keras.Input((4,)), OnPython(), layers.Dropout(0.3), layers.Dense(3, "softmax")])


def classifier(**parameters):
    defaults = {"loss": "auto", "optimizer": "adam", "batch_size": 64, "epochs": 8, "verbose": 0, "random_state": 0}
    return KerasClassifier(**{"model": small_network, **defaults, **parameters})


def regressor(**parameters):
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9, use_ema=True)
    routed = {"inputs": {"wide": [0], "deep": [1, 2]}, "loss": "mse", "optimizer": optimizer, "metrics": ["mae"]}
    return KerasRegressor(
        wide_and_deep, **routed, batch_size=64, epochs=8, verbose=0, **{"random_state": 0, **parameters}
    )


class Breaks(Callback):
    """Ends a training by an exception, and records something before."""

    def __init__(self, at=None):
        self.at = at

    def epoch_end(self, context):
        context.record(third=context.epoch / 3)
        if context.epoch == self.at:
            raise RuntimeError("broken")


def break_fit(model, at, folder, *data, **settings):
    model.set_callbacks(Breaks(at), Checkpoint(folder, **settings))
    with pytest.raises(RuntimeError, match="broken"):
        model.fit(*data)


def variables_of(model):
    network = model.model_
    optimizers = [network.optimizer, *getattr(network, "optimizers", {}).values()]
    return list(map(np.asarray, [*network.variables, *(each for one in optimizers for each in one.variables)]))


def assert_same_fit(model, expected, engine="compiled"):
    for ours, others in zip(variables_of(model), variables_of(expected), strict=True):
        np.testing.assert_array_equal(ours, others)
    assert model.history_ == expected.history_
    assert model.stop_reason_ == expected.stop_reason_
    assert (model.engine_, expected.engine_) == (engine, engine)


class Failure(RuntimeError):
    made = []

    def __init__(self):
        self.made.append(weakref.ref(self))


class Fails(Callback):
    def epoch_end(self, context):
        raise Failure


def test_a_fit_that_a_callback_breaks_leaves_nothing_to_the_garbage_collector():
    """By the traceback, the error leads to Keras' iterator; see ``collect_iterators``."""
    gc.disable()
    try:
        with pytest.raises(Failure):
            KerasRegressor(regressor_network, loss="mse", **QUICK).set_callbacks(Fails()).fit(X, Y)
        assert [reference() for reference in Failure.made] == [None]
    finally:
        gc.enable()


KERAS_CALLBACKS = {  # stop at epoch 5, with the weights of the first one
    "callbacks": [keras.callbacks.ReduceLROnPlateau, keras.callbacks.EarlyStopping],
    "callbacks__0__patience": 1,
    "callbacks__0__monitor": "loss",
    "callbacks__0__min_delta": 0.2,
    "callbacks__1__patience": 4,
    "callbacks__1__monitor": "loss",
    "callbacks__1__min_delta": 0.3,
    "callbacks__1__restore_best_weights": True,
    "validation_split": 0.2,
}
VARIANTS = {
    "noise, batch statistics": (lambda: classifier(model=noisy_network), (X, Y)),
    "state of Keras' callbacks": (lambda: classifier(**KERAS_CALLBACKS), (X, Y)),
    "inputs, weights, average of the weights": (regressor, (X, X[:, 3], WEIGHTS)),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_resumed_fit_is_the_uninterrupted_one(name, tmp_path):
    make, data = VARIANTS[name]
    break_fit(make(), 3, tmp_path, *data, every=2)
    assert [path.name for path in checkpoint_files(tmp_path)] == ["epoch-000003.zip", "epoch-000002.zip"]
    resumed = make().set_callbacks(Breaks(), Checkpoint(tmp_path, every=2)).fit(*data, resume=True)
    whole = make().set_callbacks(Breaks()).fit(*data)
    assert_same_fit(resumed, whole)
    again = make().fit(*data, resume=tmp_path)  # of a fit that has ended, and nobody watches
    for ours, others in zip(variables_of(again), variables_of(whole), strict=True):
        np.testing.assert_array_equal(ours, others)
    assert again.history_.keys() == whole.history_.keys() - {"third"}
    assert (len(whole.history_["loss"]), whole.stop_reason_) == (
        (8, "epochs=8 epochs reached") if "callbacks" not in name else (5, "a callback of Keras stopped training")
    )


EMA = {
    "optimizer": keras.optimizers.SGD(0.1, use_ema=True),
    "callbacks": [keras.callbacks.SwapEMAWeights],
    "callbacks__0__swap_on_epoch": True,
}
EAGER = {"run_eagerly": True, "validation_split": 0.2}  # nothing is traced, where that is not the question
BY_KERAS = {  # the parameters, the data, and why the compiled loop cannot train
    "own train_step": ({"model": OwnStep, "metrics": ["accuracy"], "validation_split": 0.2}, X, "train_step"),
    "operation without XLA": ({"model": network_on_python}, X, "XLA|compil"),
    "callback within epochs": ({**EAGER, "callbacks": [CountsBatches], "shuffle": "batch"}, X, "run_eagerly"),
    "averages in validation": ({**EAGER, **EMA, "shuffle": False}, X, "run_eagerly"),
    "sparse": (
        {**EAGER, "model": noisy_network, "metrics": ["accuracy"], "fit__validation_freq": 2},
        sparse.csr_array(X),
        "X is sparse",
    ),
}


@pytest.mark.parametrize("name", BY_KERAS)
def test_a_resumed_fit_by_keras_own_fit_is_the_uninterrupted_one(name, tmp_path, monkeypatch):
    """And callbacks change nothing: nobody watches the uninterrupted one."""
    monkeypatch.setattr(fitting, "_STEPS_WORTH_COMPILING", 0)  # so that XLA is asked in so short a fit
    parameters, rows, reason = BY_KERAS[name]
    parameters = parameters | {"epochs": 4}
    break_fit(classifier(**parameters), 3, tmp_path, rows, Y, every=2)
    resumed = classifier(**parameters).set_callbacks(Breaks(), Checkpoint(tmp_path)).fit(rows, Y, resume=True)
    assert resumed.history_.pop("third") == [epoch / 3 for epoch in range(1, 5)]
    whole = classifier(**parameters).fit(rows, Y)
    assert_same_fit(resumed, whole, "keras")
    assert re.search(reason, whole.engine_reason_)


class WithoutLoss(keras.Sequential):
    def train_step(self, data):
        return {"mine": super().train_step(data)["loss"]}


def test_the_last_epoch_has_a_checkpoint_also_where_no_loss_is_known(tmp_path):
    def make():
        return classifier(model=lambda: WithoutLoss([keras.Input((4,)), layers.Dense(3, "softmax")]), epochs=3)

    ended = make().set_callbacks(Checkpoint(tmp_path, every=2)).fit(X, Y)
    assert [path.name for path in checkpoint_files(tmp_path)] == ["epoch-000003.zip", "epoch-000002.zip"]
    assert_same_fit(make().fit(X, Y, resume=tmp_path), ended, "keras")


class StopsWithin(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = True


def test_a_stopped_fit_by_keras_own_fit_is_resumed_as_it_is(tmp_path):
    stopped = classifier(callbacks=[StopsWithin]).set_callbacks(Checkpoint(tmp_path)).fit(X, Y)
    again = classifier(callbacks=[StopsWithin]).fit(X, Y, resume=tmp_path)
    assert stopped.current_epoch == 1 and stopped.stop_reason_ == "a callback of Keras stopped training"
    assert_same_fit(again, stopped, "keras")
    collect_iterators()


class Keeps(Callback):
    def __init__(self, at):
        self.at = at

    def epoch_end(self, context):
        return context.epoch == self.at

    def end(self, context):
        self.snapshot = context.snapshot()


def test_a_snapshot_in_memory_serves_as_often_as_asked_and_for_more_epochs():
    """Without a seed too: what is drawn afterwards follows from the snapshot."""
    kept = Keeps(at=3)
    settings = {"random_state": None, "run_eagerly": True}
    begun = classifier(**settings, epochs=4).set_callbacks(kept).fit(X, Y)
    assert begun.stop_reason_.startswith("Keeps(at=3")
    first, second = (classifier(**settings).fit(X, Y, resume=kept.snapshot) for _ in range(2))
    assert_same_fit(first, second, "keras")
    assert first.history_["loss"][:3] == begun.history_["loss"] and first.current_epoch == 8
    with pytest.raises(ValueError, match="it has 3 epochs, and this fit has at most 2"):
        classifier(**settings, epochs=2).fit(X, Y, resume=kept.snapshot)


class Interrupts(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 4:
            raise KeyboardInterrupt


def test_no_checkpoint_is_made_in_the_midst_of_an_epoch(tmp_path):
    interrupted = {"callbacks": Interrupts()}
    with pytest.raises(KeyboardInterrupt):
        classifier(epochs=5, **interrupted).set_callbacks(Checkpoint(tmp_path, every=3)).fit(X, Y)
    (path,) = checkpoint_files(tmp_path)
    assert path.name == "epoch-000003.zip"


# ---------------------------------------------------------------- several fits


def test_every_fit_of_a_search_has_its_own_folder_and_finds_it(tmp_path):
    def search():
        model = make_pipeline(StandardScaler(), classifier(epochs=2, batch_size=150, run_eagerly=True))
        model[-1].set_callbacks(Checkpoint(tmp_path))
        grid = {"kerasclassifier__model__rate": [0.1, 0.4]}
        return GridSearchCV(model, grid, cv=2, error_score="raise").fit(X, Y, kerasclassifier__resume=True)

    first = search()
    folders = sorted(tmp_path.iterdir())
    assert len(folders) == 2 * 2 + 1  # folds, rates; and the refit
    for folder in folders[::2]:  # as if these fits had been interrupted
        checkpoint_files(folder)[0].unlink()
    again = search()
    assert sorted(tmp_path.iterdir()) == folders
    np.testing.assert_array_equal(again.cv_results_["mean_test_score"], first.cv_results_["mean_test_score"])
    assert_same_fit(again.best_estimator_[-1], first.best_estimator_[-1], "keras")


def test_callbacks_stay_with_clones_and_pickles(tmp_path):
    stopping = keras.callbacks.EarlyStopping("loss", min_delta=0.1, patience=9)
    model = classifier(epochs=2, callbacks=[stopping]).set_callbacks(Scores(on="train"), Checkpoint(tmp_path))
    twin = clone(model).fit(X, Y)
    assert twin.history_["train_score"][-1] == twin.score(X, Y)
    copied = pickle.loads(pickle.dumps(twin))
    copied.fit(X, Y, resume=True)
    assert copied.history_ == twin.history_ and len(list(tmp_path.iterdir())) == 1


def test_callbacks_by_the_names_of_the_history_end_a_fit():
    stopped = EarlyStopping("val_loss", patience=1, min_delta=9.0)
    model = classifier(validation_split=0.2).set_callbacks(stopped, TargetScore(2.0, "val_loss"))
    assert model.fit(X, Y).current_epoch < 8
    assert model.stop_reason_.endswith("stopped training")


@pytest.mark.parametrize(
    ("metric", "target"),
    [
        ("mean_absolute_error", -99.0),  # of an error that is better where lower, it is not reached
        ("out_kl_divergence", -99.0),
        ("val_r2_score", 1.0),  # nor of a score that is better where higher
    ],
)
def test_keras_knows_which_values_of_its_metrics_are_better(metric, target):
    outputs = metric.startswith("out_")
    entry = keras.Input((4,))
    units = [layers.Dense(1, name=name)(entry) for name in (("out", "aux") if outputs else ("out",))]
    metrics = {"out": ["kl_divergence"]} if outputs else ["mae", keras.metrics.R2Score()]
    model = KerasRegressor(
        keras.Model(entry, units if outputs else units[0]),
        loss="mse",
        metrics=metrics,
        outputs={"out": 0, "aux": 0} if outputs else None,
        **QUICK | {"epochs": 2},
        validation_split=0.2,
    )
    assert model.set_callbacks(TargetScore(target, metric)).fit(X, Y).current_epoch == 2
    swapped = TargetScore(target, metric, mode="min" if "r2" in metric else "max")
    assert model.set_callbacks(swapped).fit(X, Y).current_epoch == 1


def test_of_a_metric_of_ones_own_the_user_must_know_it():
    def bias(y_true, y_pred):
        return keras.ops.mean(y_pred) - keras.ops.mean(keras.ops.cast(y_true, y_pred.dtype))

    model = KerasRegressor(regressor_network, loss="mse", metrics=[bias], **QUICK)
    with pytest.raises(ValueError, match="mode must say which values of monitor='bias' are better"):
        model.set_callbacks(EarlyStopping("bias")).fit(X, Y)
    model.set_callbacks(EarlyStopping("bias", mode="min")).fit(X, Y)


# ---------------------------------------------------------------- what is refused


def relu_network(meta):
    return keras.Sequential([keras.Input((4,)), layers.Dense(2, meta), layers.Dense(1)])


def test_a_network_is_told_by_its_layers_and_not_by_their_names():
    def compiled(activation="relu", optimizer="adam"):
        model = relu_network(activation)
        model.compile(optimizer, "mse", metrics=[keras.metrics.MeanAbsoluteError()])
        return network_digest(model)

    assert compiled() == compiled()
    assert len({compiled(), compiled("tanh"), compiled(optimizer="sgd")}) == 3
    inputs = [keras.Input((4,)) for _ in range(3)]
    models = [keras.Model(each, layers.Dense(2)(layers.Dense(2, "softmax")(each))) for each in inputs]
    assert len(set(map(network_digest, models))) == 1


def test_losses_are_told_by_all_their_settings():
    """Keras' configuration of a Huber loss lacks its delta."""
    texts = [printed(_described({"loss": keras.losses.Huber(delta)})) for delta in (1.0, 1.0, 2.0)]
    assert texts[0] == texts[1] != texts[2]


def test_a_checkpoint_of_another_fit_is_refused(tmp_path):
    settings = {"epochs": 1, "run_eagerly": True}
    classifier(**settings).set_callbacks(Checkpoint(tmp_path)).fit(X, Y)

    def other_network(meta):
        return keras.Sequential([*small_network(meta).layers[:-1], layers.Dense(3, "sigmoid")])

    other_network.__qualname__ = small_network.__qualname__
    for changes, data, reason in (
        ({"optimizer__learning_rate": 0.5}, (X, Y), "of a fit with model=.*, not model="),
        ({"batch_size": 50}, (X, Y), "of a fit with batch_size=64, not batch_size=50"),
        ({"callbacks": keras.callbacks.TerminateOnNaN()}, (X, Y), r"of a fit with callbacks=\[\], not callbacks="),
        ({"model": other_network}, (X, Y), r"of a fit with model=small_network \w+ \(\w+\), not model="),
        ({}, (X + 1, Y), "of a fit to other data"),
        ({}, (X, Y, np.ones(150)), "of a fit to other data"),
    ):
        with pytest.raises(ValueError, match=reason):
            classifier(**settings).set_params(**changes).fit(*data, resume=tmp_path)


def test_a_state_that_is_none_is_refused_before_anything_is_changed():
    kept = Keeps(at=2)
    classifier(run_eagerly=True).set_callbacks(kept).fit(X, Y)
    document, arrays = kept.snapshot.document, kept.snapshot.arrays
    settings = document["state"]["settings"]
    name = settings["variables"][0]["array"]
    for changes, other_arrays in (
        ({"n_done": -1}, {}),
        ({"n_done": "2"}, {}),
        ({"columns": {"dict": []}}, {}),
        ({"history": 3}, {}),
        ({"variables": settings["variables"][1:]}, {}),
        ({"callbacks": [{"dict": [["filepath", "elsewhere"]]}]}, {}),
        ({"optimized": []}, {}),
        ({"optimized": [[0, 99]]}, {}),
        ({"generator": {"float": "1.0"}}, {}),
        ({}, {name: np.zeros((2, 2))}),
        ({}, {name: np.full(arrays[name].shape, "x")}),
    ):
        state = document["state"] | {"settings": settings | changes}
        changed = replace(kept.snapshot, document=document | {"state": state}, arrays=arrays | other_arrays)
        with pytest.raises(ValueError, match="whose state is not of such a fit"):
            classifier(run_eagerly=True).fit(X, Y, resume=changed)


class OwnFit(OwnStep):
    def fit(self, *args, **kwargs):
        return super().fit(*args, **kwargs)


class LateBuild(OwnStep):
    def call(self, x, training=False):
        raise TypeError("of another kind of data")


@pytest.mark.parametrize(
    ("fit", "sentence"),
    [
        (
            lambda folder: classifier(fit__steps_per_epoch=1).set_callbacks(Checkpoint(folder)).fit(X, Y),
            "must consist of whole epochs on one device, got steps_per_epoch.*BackupAndRestore",
        ),
        (
            lambda folder: classifier(model=OwnFit).set_callbacks(Checkpoint(folder)).fit(X, Y),
            "must consist of whole epochs on one device, got a model with a fit method of its own",
        ),
        (
            lambda folder: classifier(model=LateBuild, random_state=None).set_callbacks(Checkpoint(folder)).fit(X, Y),
            "needs a model that is built",
        ),
        (
            lambda folder: classifier(callbacks=keras.callbacks.BackupAndRestore(os.fspath(folder / "b"))).fit(
                X, Y, resume=folder
            ),
            "one way to go on from an interruption",
        ),
        (lambda folder: classifier().fit(X, Y, resume=True), "resume=True needs one Checkpoint"),
        (lambda folder: classifier().fit(X, Y, resume=3), "resume must be True, False, a path or a snapshot"),
        (lambda folder: classifier(callbacks=[Checkpoint(folder)]).fit(X, Y), "pass it to set_callbacks"),
        (lambda folder: classifier().fit(X, Y, callbacks=Checkpoint(folder)), "pass it to set_callbacks"),
        (lambda folder: classifier().set_callbacks(keras.callbacks.History()), "by the parameter callbacks"),
        (
            lambda folder: classifier().set_callbacks(KerasCallback(keras.callbacks.History())),
            "by the parameter callbacks",
        ),
        (
            lambda folder: classifier().set_callbacks(Checkpoint(folder, best="val_loss")).fit(X, Y),
            "best must be a column of the history",
        ),
        (lambda folder: classifier().set_callbacks(VitalSigns()).fit(X, Y), "Only a multilayer perceptron"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(fit, sentence, tmp_path):
    with pytest.raises((TypeError, ValueError), match=sentence):
        fit(tmp_path)
    assert not list(tmp_path.rglob("*"))


# ---------------------------------------------------------------- killed


LONG_FIT = KERAS_CALLBACKS | {"callbacks__1__patience": 200, "epochs": 9}


class WaitsToBeKilled(Callback):
    """So that a fit does not end before the blow, which may come earlier."""

    def epoch_end(self, context):
        if context.epoch == 6:
            signal.pause()


def long_fit(folder, *callbacks):
    """A fit, with checkpoints if there is a folder for them. To write one to the disk may take longer than an epoch."""
    fitting._STEPS_WORTH_COMPILING = 0
    model = classifier(**LONG_FIT)
    if folder is None:
        return model.fit(X, Y)
    model.set_callbacks(Checkpoint(folder), *callbacks).fit(X, Y, resume=True)
    np.savez(folder / "learned.npz", *variables_of(model), loss=model.history_["loss"])


@pytest.fixture
def with_keras():
    """Start processes that have imported Keras. A fork server that another file has started would not have it."""
    forkserver._forkserver._stop()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["sklearn_ann.keras"])
    yield context
    forkserver._forkserver._stop()


def test_a_fit_that_is_killed_goes_on_where_it_was(with_keras, tmp_path, monkeypatch):
    """What Keras' own fit goes on from is tested above; its files are written in the same way."""
    monkeypatch.setattr(fitting, "_STEPS_WORTH_COMPILING", 0)  # as in the processes
    runs = [with_keras.Process(target=long_fit, args=(tmp_path, *more)) for more in ([WaitsToBeKilled()], [])]
    runs[0].start()
    while not any(path.name >= "epoch-000003.zip" for path in checkpoint_files(tmp_path)) and runs[0].is_alive():
        time.sleep(0.01)
    os.kill(runs[0].pid, signal.SIGKILL)
    runs[0].join()
    assert runs[0].exitcode == -signal.SIGKILL and not (tmp_path / "learned.npz").exists()
    runs[1].start()
    whole = long_fit(None)
    runs[1].join()
    assert runs[1].exitcode == 0 and len(list(tmp_path.glob(f"*/epoch-{whole.epochs:06d}.zip"))) == 1
    with np.load(tmp_path / "learned.npz") as learned:
        for number, array in enumerate(variables_of(whole)):
            np.testing.assert_array_equal(learned[f"arr_{number}"], array)
        np.testing.assert_array_equal(learned["loss"], whole.history_["loss"])
