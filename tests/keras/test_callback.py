"""Keras' callbacks in fits of the estimators."""

import csv
import pickle
import threading

import keras
import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.model_selection import GridSearchCV

from sklearn_ann import PerceptronClassifier
from sklearn_ann.callbacks import Callback, Scores
from sklearn_ann.keras import KerasCallback
from tests.estimators.problems import (
    LABELS,
    MULTILABEL,
    MULTIOUTPUT,
    REAL,
    X_VAL,
    Y_VAL,
    X,
    classifier,
    regressor,
)

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer", "ignore:lbfgs failed")  # cut short on purpose

HELD_OUT = {"X": X[:40], "y": LABELS[:40], "X_val": X_VAL, "y_val": Y_VAL}


class Predicting(keras.callbacks.Callback):
    """Keeps what the Keras model predicts at the end, and what it is given."""

    def on_epoch_end(self, epoch, logs=None):
        self.logs = logs

    def on_train_end(self, logs=None):
        self.predictions = self.model(X).numpy()


def watched(estimator, callback):
    return estimator.set_callbacks(KerasCallback(callback))


@pytest.mark.parametrize(
    ("estimator", "y", "predict"),
    [
        (classifier(), LABELS, "predict_proba"),
        (classifier(solver="lbfgs"), MULTILABEL, "predict_proba"),
        (classifier(n_estimators=2), LABELS, "predict_proba"),
        (
            classifier(
                hidden_layer_sizes=(6, 6),
                activation="prelu",
                normalization="batch",
                skip_connections=True,
                wide="all",
                auxiliary_loss_weight=0.3,
                standardize=True,
            ),
            LABELS,
            "predict_proba",
        ),
        (regressor(output_activation="logistic"), REAL, "predict"),
    ],
    ids=["plain", "lbfgs", "ensemble", "everything", "range"],
)
def test_the_model_of_a_fit_predicts_as_the_estimator(estimator, y, predict):
    callback = Predicting()
    watched(estimator, callback).fit(X, y)
    expected = getattr(estimator, predict)(X)
    np.testing.assert_allclose(callback.predictions.reshape(expected.shape), expected, rtol=1e-9)


def test_the_model_of_a_fit_with_two_heads_and_of_mean_and_spread():
    callback = Predicting()
    model = watched(classifier(), callback).fit(X, MULTIOUTPUT)
    np.testing.assert_allclose(callback.predictions, np.hstack(model.predict_proba(X)), rtol=1e-9)
    model = watched(regressor(loss="gaussian"), callback).fit(X, REAL)
    mean, std = model.predict(X, return_std=True)
    np.testing.assert_allclose(callback.predictions, np.column_stack([mean, std]), rtol=1e-9)


def test_a_checkpoint_of_an_epoch_predicts_as_the_estimator_of_that_epoch(tmp_path):
    saving = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras")
    watched(classifier(), saving).fit(X, LABELS)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{epoch}.keras" for epoch in range(1, 6)]
    saved = keras.saving.load_model(tmp_path / "2.keras")
    expected = classifier(max_iter=2).fit(X, LABELS).predict_proba(X)
    np.testing.assert_allclose(saved(X), expected, rtol=1e-9)
    # predict() rounds the rows to float32
    np.testing.assert_allclose(saved.predict(X, verbose=0), expected, rtol=1e-5)


@pytest.mark.parametrize("monitor", ["val_loss", "val_accuracy"])
def test_the_best_epoch_is_kept(monitor, tmp_path):
    saving = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", monitor=monitor, save_best_only=True)
    model = watched(classifier(learning_rate_init=0.1, max_iter=30), saving).fit(**HELD_OUT)
    worth = -np.array(model.validation_loss_curve_) if monitor == "val_loss" else np.array(model.validation_scores_)
    best = int(worth.argmax()) + 1
    assert best < 30
    expected = classifier(learning_rate_init=0.1, max_iter=best).fit(**HELD_OUT).predict_proba(X)
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "best.keras")(X), expected, rtol=1e-9)


def replayed(stopping, values):
    """The number of the epoch, from 0, after which Keras would end a training with these values."""
    stopping.set_model(keras.Sequential())
    stopping.model.stop_training = False
    stopping.on_train_begin()
    for epoch, value in enumerate(values):
        stopping.on_epoch_end(epoch, {stopping.monitor: value})
        if stopping.model.stop_training:
            break
    return epoch


def test_a_column_of_which_nobody_knows_the_better_values_is_refused():
    stopping = keras.callbacks.EarlyStopping("learning_rate")
    with pytest.raises(ValueError, match="mode must say which values of monitor='learning_rate' are better"):
        watched(classifier(), stopping).fit(X, LABELS)


@pytest.mark.parametrize("monitor", ["loss", "val_loss", "val_accuracy"])
def test_early_stopping_ends_where_keras_would(monitor):
    parameters = {"learning_rate_init": 0.1, "max_iter": 60, "n_iter_no_change": 60}
    whole = classifier(**parameters).fit(**HELD_OUT)
    curves = {"loss": "loss", "val_loss": "validation_loss", "val_accuracy": "validation_score"}

    mode = "max" if "accuracy" in monitor else "min"
    replay = keras.callbacks.EarlyStopping(monitor, patience=3, min_delta=0.01, mode=mode)
    epoch = replayed(replay, whole.history_[curves[monitor]])

    stopping = keras.callbacks.EarlyStopping(monitor, patience=3, min_delta=0.01)
    model = watched(classifier(**parameters), stopping).fit(**HELD_OUT)
    assert model.n_iter_ == epoch + 1 < 60
    assert stopping.stopped_epoch == epoch
    assert model.stop_reason_ == "KerasCallback(EarlyStopping) stopped training"


@pytest.mark.parametrize("patience", [2, 4])
def test_the_estimators_early_stopping_waits_one_epoch_more_than_keras_patience(patience):
    parameters = {"learning_rate_init": 0.1, "max_iter": 60, "scoring": "loss", "tol": 0.0}
    whole = classifier(**parameters, n_iter_no_change=60).fit(**HELD_OUT)
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=patience, mode="min")
    epoch = replayed(stopping, whole.validation_loss_curve_)
    model = classifier(**parameters, early_stopping=True, n_iter_no_change=patience - 1).fit(**HELD_OUT)
    assert model.n_iter_ == epoch + 1 < 60
    best = classifier(**{**parameters, "max_iter": stopping.best_epoch + 1}).fit(**HELD_OUT)
    np.testing.assert_allclose(model.coefs_[0], best.coefs_[0], rtol=1e-9)


def test_many_small_steps_are_an_improvement_for_keras_alone():
    parameters = {"learning_rate_init": 0.001, "max_iter": 30, "scoring": "loss", "n_iter_no_change": 4}
    whole = classifier(**parameters).fit(**HELD_OUT)
    steps = -np.diff(whole.validation_loss_curve_)
    assert (steps > 0).all()
    tol = 1.5 * steps.max()
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=5, min_delta=tol, mode="min")
    assert replayed(stopping, whole.validation_loss_curve_) == 29
    assert classifier(**parameters, early_stopping=True, tol=tol).fit(**HELD_OUT).n_iter_ == 6


def test_a_log_equals_the_history(tmp_path):
    logging = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    model = classifier().set_callbacks(Scores("balanced_accuracy"), KerasCallback(logging)).fit(**HELD_OUT)
    with open(tmp_path / "log.csv") as file:
        rows = list(csv.DictReader(file))
    names = {"val_loss": "validation_loss", "val_accuracy": "validation_score"}
    assert set(rows[0]) == {"epoch", "loss", "learning_rate", "balanced_accuracy", *names}
    for name in rows[0].keys() - {"epoch"}:
        assert [float(row[name]) for row in rows] == model.history_[names.get(name, name)]
    assert [row["epoch"] for row in rows] == list("01234")


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        (classifier(), "val_accuracy"),
        (classifier(scoring="f1_macro"), "val_f1_macro"),
        (classifier(scoring="loss"), "val_score"),
        (regressor(), "val_score"),
        (regressor(scoring="r2"), "val_r2"),
    ],
)
def test_the_score_is_called_by_its_name(estimator, name):
    callback = Predicting()
    y = LABELS if is_classifier(estimator) else REAL
    watched(estimator, callback).fit(X, y, X_val=X[40:], y_val=y[40:])
    assert callback.logs.keys() == {"loss", "learning_rate", "val_loss", name}


def test_hooks_are_called_in_the_order_of_keras():
    def hooks_of(fit):
        calls = []
        hooks = {
            "on_train_begin": lambda logs: calls.append("train begin"),
            "on_epoch_begin": lambda epoch, logs: calls.append(f"epoch {epoch} begin"),
            "on_epoch_end": lambda epoch, logs: calls.append(f"epoch {epoch} end"),
            "on_train_end": lambda logs: calls.append(f"train end {sorted(logs)}"),
        }
        callback = keras.callbacks.LambdaCallback(**hooks)
        fit(callback)
        return calls, callback.params

    def fit_with_keras(callback):
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(X, REAL, epochs=2, batch_size=20, callbacks=[callback], verbose=0)

    calls, params = hooks_of(lambda callback: watched(classifier(batch_size=20, max_iter=2), callback).fit(X, LABELS))
    expected, expected_params = hooks_of(fit_with_keras)
    assert calls == [*expected[:-1], "train end ['learning_rate', 'loss']"]
    assert params == expected_params == {"epochs": 2, "steps": 3, "verbose": 0}


def test_a_progress_bar_of_keras_ends_every_epoch(capsys):
    watched(classifier(verbose=1, max_iter=2), keras.callbacks.ProgbarLogger()).fit(X, LABELS)
    assert capsys.readouterr().out.count("Epoch ") == 2


def test_a_model_is_not_built_unless_asked_for():
    """A perceptron has none, so a fit that got as far as building one would fail."""
    stopping = keras.callbacks.EarlyStopping("mistakes", patience=1, min_delta=1000)
    model = watched(PerceptronClassifier(max_iter=9, tol=None), stopping).fit(X, LABELS)
    assert model.n_iter_ == 2
    with pytest.raises(ValueError, match=r"Only a multilayer perceptron has layers.*PerceptronClassifier"):
        watched(model, Predicting()).fit(X, LABELS)


class Holding(keras.callbacks.Callback):
    """Keeps a layer of the model from before the training, as callbacks that log weights do."""

    def on_train_begin(self, logs=None):
        self.layer, self.kernels = self.model.get_layer("hidden_1"), []

    def on_epoch_end(self, epoch, logs=None):
        self.kernels.append(self.layer.get_weights()[0])


def test_layers_that_a_callback_holds_follow_the_training():
    callback = Holding()
    model = watched(classifier(), callback).fit(X, LABELS)
    np.testing.assert_array_equal(callback.kernels[-1], model.coefs_[0])
    assert not np.array_equal(callback.kernels[0], callback.kernels[-1])


class Functions(keras.callbacks.Callback):
    """What functions of Keras do with the model of a fit."""

    def on_train_begin(self, logs=None):
        assert isinstance(self.model, keras.Model)
        self.copy = keras.models.clone_model(self.model)
        keras.saving.save_model(self.model, self.path)


def test_functions_of_keras_take_the_model(tmp_path):
    callback = Functions()
    callback.path = tmp_path / "model.keras"
    watched(classifier(max_iter=1), callback).fit(X, LABELS)
    assert callback.copy.count_params() == keras.saving.load_model(callback.path).count_params() == 66


def test_the_model_is_gone_after_the_fit_and_the_optimizer_was_never_there():
    callback = Predicting()
    watched(classifier(), callback).fit(X, LABELS)
    with pytest.raises(ValueError, match="has ended"):
        callback.model.predict(X)

    class Braking(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.optimizer.learning_rate = 0.1

    with pytest.raises(AttributeError, match="function of the epoch"):
        watched(classifier(), Braking()).fit(X, LABELS)


class Failing(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            raise RuntimeError("no more")

    def on_train_end(self, logs=None):
        self.ended = True


def test_what_a_hook_raises_ends_the_training_and_leaves_a_model():
    callback = Failing()
    model = watched(classifier(), callback)
    with pytest.raises(RuntimeError, match="no more"):
        model.fit(X, LABELS)
    assert callback.ended and model.n_iter_ == 2
    assert np.isfinite(model.predict_proba(X)).all()
    with pytest.raises(RuntimeError, match="no more"):  # and not that it already watches a fit
        model.fit(X, LABELS)


def test_a_refused_begin_loses_nothing():
    model = classifier().fit(X, LABELS)
    proba = model.predict_proba(X)
    logging = keras.callbacks.CSVLogger("no/such/folder/log.csv")
    for _ in range(2):
        with pytest.raises((OSError, ValueError), match="folder"):
            watched(model, logging).fit(X, LABELS)
    np.testing.assert_array_equal(model.predict_proba(X), proba)


def test_a_callback_watches_one_fit_at_a_time():
    refused = []

    class Fitting(Callback):
        def epoch_end(self, context):
            if not refused:
                with pytest.raises(ValueError, match=r"one fit at a time.*callback of its own") as error:
                    inner.fit(X, LABELS)
                refused.append(error)

    shared = KerasCallback(Predicting())
    inner, outer = classifier().set_callbacks(shared), classifier().set_callbacks(Fitting(), shared)
    outer.fit(X, LABELS)
    assert refused and shared.callback.predictions.shape == (60, 3)
    inner.fit(X, LABELS)


def test_of_fits_in_threads_at_most_one_is_watched():
    shared = KerasCallback(keras.callbacks.EarlyStopping("loss", patience=50))
    classifier().fit(X, LABELS)
    outcomes, start = [], threading.Barrier(4)

    def fit():
        start.wait()
        try:
            outcomes.append(classifier(max_iter=50).set_callbacks(shared).fit(X, LABELS).n_iter_)
        except ValueError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=fit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(50) >= 1
    assert all(outcome == 50 or "one fit at a time" in outcome for outcome in outcomes)


def test_it_goes_along_in_clones_and_pickles():
    model = watched(classifier(), keras.callbacks.EarlyStopping("loss")).fit(X, LABELS)
    proba = model.predict_proba(X)
    np.testing.assert_array_equal(clone(model).fit(X, LABELS).predict_proba(X), proba)
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict_proba(X), proba)
    np.testing.assert_array_equal(copy.fit(X, LABELS).predict_proba(X), proba)


def test_it_goes_along_in_searches():
    stopping = keras.callbacks.EarlyStopping("loss", patience=1, min_delta=1000)  # nothing is an improvement
    search = GridSearchCV(watched(classifier(), stopping), {"alpha": [1e-4]}, cv=2, error_score="raise")
    search.fit(X, LABELS)
    assert search.best_estimator_.n_iter_ == 2


class BatchLogging(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


@pytest.mark.parametrize(
    ("callback", "error", "message"),
    [
        (keras.callbacks.ReduceLROnPlateau(), ValueError, r"ReduceLROnPlateau; use learning_rate=ReduceOnPlateau\(\)"),
        (keras.callbacks.LearningRateScheduler(float), ValueError, r"learning_rate=schedule.*a function of the epoch"),
        (keras.callbacks.BackupAndRestore("folder"), ValueError, r"Checkpoint, and fit with resume=True"),
        (keras.callbacks.SwapEMAWeights(), ValueError, r"averaging=0\.5"),
        (
            keras.callbacks.EarlyStopping(restore_best_weights=True),
            ValueError,
            r"restore_best_weights=True; set early_stopping=True",
        ),
        (BatchLogging(), ValueError, r"BatchLogging with on_train_batch_end; move what it does to on_epoch_end"),
        (
            keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None),
            ValueError,
            r"LambdaCallback with on_train_batch_end",
        ),
        (BatchLogging, TypeError, r"an instance of keras\.callbacks\.Callback, got <class"),
        (Scores("accuracy"), TypeError, r"others go to set_callbacks as they are"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_watch_is_refused_before_any_fit(callback, error, message):
    with pytest.raises(error, match=message):
        KerasCallback(callback)


def test_a_quantity_that_there_is_not_is_refused_before_training():
    for callback in (keras.callbacks.EarlyStopping(), keras.callbacks.ModelCheckpoint("a.keras", save_best_only=True)):
        with pytest.raises(ValueError, match=r"monitor must be one of \['learning_rate', 'loss'\], got 'val_loss'"):
            watched(classifier(), callback).fit(X, LABELS)
