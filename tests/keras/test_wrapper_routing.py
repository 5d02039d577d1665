"""How parameters of the wrappers reach the build function, ``compile``, ``fit``, ``predict``, callbacks and scores."""

from collections import deque
from functools import partial

import keras
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score, mean_absolute_error

from sklearn_ann.keras import BaseWrapper, KerasClassifier, KerasRegressor
from sklearn_ann.keras.columns import as_positions
from tests.keras.networks import QUICK, classifier_network, network, regressor_network

X, Y = load_iris(return_X_y=True)
TWO = Y < 2
CLASSES = {"loss": "auto", **QUICK}


def compile_arguments(model=regressor_network, **parameters):
    """What ``Model.compile`` would get, without training."""
    return KerasRegressor(model, **parameters).initialize(X, Y)._get_compile_kwargs()


# ---------------------------------------------------------------- the build function


class Built(KerasRegressor):
    def _keras_build_fn(self, hidden, meta):
        return regressor_network(meta, hidden)


class Network(keras.Model):
    def __init__(self, hidden=(2,), **kwargs):
        super().__init__(**kwargs)
        self.parts = [keras.layers.Dense(size) for size in (*hidden, 1)]

    def call(self, inputs):
        for part in self.parts:
            inputs = part(inputs)
        return inputs


class Builder:
    def __call__(self, meta, hidden):
        return regressor_network(meta, hidden)


@pytest.mark.parametrize(
    "estimator",
    [
        KerasRegressor(regressor_network, model__hidden=(5,)),
        KerasRegressor(regressor_network, hidden=(5,)),
        KerasRegressor(partial(regressor_network, hidden=(5,))),
        KerasRegressor(Builder(), hidden=(5,)),
        KerasRegressor(lambda **given: regressor_network(given["meta"], given["hidden"]), hidden=(5,)),
        KerasRegressor(network(4, 1, None, hidden=(5,))),
        KerasRegressor(Network, hidden=(5,), random_state=0),
        Built(hidden=(5,)),
    ],
    ids=["model__", "plain", "partial", "object", "any arguments", "model", "class", "subclass"],
)
def test_a_network_comes_from(estimator):
    fitted = estimator.set_params(loss="mse", **QUICK).fit(X, Y)
    assert fitted.model_.weights[0].shape == (4, 5)


def test_what_a_build_function_gets():
    got = {}

    def build(hidden, meta, compile_kwargs, params):
        got.update(meta=meta, compile_kwargs=compile_kwargs, params=params)
        model = classifier_network(meta, hidden)
        model.compile(**compile_kwargs)
        return model

    estimator = KerasClassifier(build, hidden=(3,), **CLASSES).fit(X, Y)
    assert {"n_features_in_", "n_classes_", "target_type_", "X_shape_", "n_outputs_expected_"} <= set(got["meta"])
    assert set(got["compile_kwargs"]) == {"optimizer", "loss", "metrics", "run_eagerly"}
    assert got["params"].keys() == estimator.get_params().keys()


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (3, "``model`` must be"),
        (None, "must implement ``_keras_build_fn``"),
        (lambda: 3, "must return a keras.Model"),
        (lambda other: 3, "missing"),
    ],
)
def test_what_makes_no_network(model, said):
    with pytest.raises((TypeError, ValueError), match=said):
        KerasRegressor(model, loss="mse", verbose=0, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match="cannot implement"):
        Built(regressor_network).fit(X, Y)


# ---------------------------------------------------------------- compile


@pytest.mark.parametrize("optimizer", ["sgd", "SGD", keras.optimizers.SGD])
def test_settings_of_an_optimizer(optimizer):
    got = compile_arguments(optimizer=optimizer, optimizer__momentum=0.5)["optimizer"]
    assert isinstance(got, keras.optimizers.SGD) and got.momentum == 0.5


def test_a_schedule_as_a_class():
    schedule = {"learning_rate": keras.optimizers.schedules.ExponentialDecay, "learning_rate__decay_steps": 7}
    schedule |= {"learning_rate__initial_learning_rate": 0.1, "learning_rate__decay_rate": 0.5}
    got = compile_arguments(optimizer="sgd", **{f"optimizer__{name}": value for name, value in schedule.items()})
    assert float(got["optimizer"].learning_rate) == pytest.approx(0.1)
    assert got["optimizer"]._learning_rate.decay_steps == 7


def test_an_optimizer_of_the_user_is_copied():
    given = keras.optimizers.SGD(0.3)
    got = compile_arguments(optimizer=given)["optimizer"]
    assert got is not given and float(got.learning_rate) == pytest.approx(0.3)


def test_settings_of_losses_and_metrics_by_place_and_by_name():
    smooth = keras.losses.BinaryCrossentropy
    by_name = compile_arguments(
        loss={"out1": smooth, "out2": smooth}, loss__label_smoothing=0.1, loss__out2__label_smoothing=0.2
    )["loss"]
    assert (by_name["out1"].label_smoothing, by_name["out2"].label_smoothing) == (0.1, 0.2)
    by_place = compile_arguments(loss=[smooth, smooth], loss__1__label_smoothing=0.2)["loss"]
    assert [each.label_smoothing for each in by_place] == [0, 0.2]
    metrics = compile_arguments(
        metrics=["mae", keras.metrics.BinaryAccuracy], metrics__1__threshold=0.7, metrics__1__name="over"
    )["metrics"]
    assert metrics[1].threshold == 0.7 and metrics[1].name == "over"
    assert [type(each).__name__ for each in compile_arguments(metrics="mae")["metrics"]] == ["MeanAbsoluteError"]


def test_a_loss_of_the_users_own_with_nested_settings():
    class Scale:
        def __init__(self, factor):
            self.factor = factor

    class Scaled(keras.losses.Loss):
        def __init__(self, scale, **kwargs):
            super().__init__(**kwargs)
            self.scale = scale

        def call(self, y_true, y_pred):
            return self.scale.factor * keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

    parameters = {"loss": Scaled, "loss__scale": Scale, "loss__scale__factor": 3.0, "random_state": 0}
    fitted = KerasRegressor(regressor_network, **QUICK, **parameters).fit(X, Y)
    plain = KerasRegressor(regressor_network, **QUICK, loss="mse", random_state=0).fit(X, Y)
    assert fitted.model_.loss.scale.factor == 3
    assert fitted.history_["loss"][0] == pytest.approx(3 * plain.history_["loss"][0], rel=0.05)  # Adam: the same steps


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        (Y[TWO], "binary_crossentropy"),
        (Y, "sparse_categorical_crossentropy"),
        (np.eye(3, dtype=int)[Y] | [0, 0, 1], "binary_crossentropy"),
    ],
)
def test_a_loss_that_goes_by_the_target(labels, name):
    fitted = KerasClassifier(classifier_network, loss="auto", verbose=0).initialize(X[: len(labels)], labels)
    assert fitted._get_compile_kwargs()["loss"].name == name
    assert compile_arguments(loss="auto")["loss"].name == "mean_squared_error"


def test_settings_of_the_loss_that_goes_by_the_target():
    estimator = KerasClassifier(classifier_network, loss="auto", loss__label_smoothing=0.2, **QUICK).fit(X[TWO], Y[TWO])
    assert isinstance(estimator.model_.loss, keras.losses.BinaryCrossentropy)
    assert estimator.model_.loss.label_smoothing == 0.2
    assert compile_arguments(loss="auto", loss__reduction="sum")["loss"].reduction == "sum"


class Subclassed(keras.Model):
    def __init__(self, n_units):
        super().__init__()
        self.layer = keras.layers.Dense(n_units)

    def call(self, rows):
        return self.layer(rows)


def test_losses_that_do_not_fit():
    def softmax():
        return network(4, 2, "softmax")

    with pytest.raises(ValueError, match="one sigmoid unit, got 2 units"):
        KerasClassifier(softmax, **CLASSES).fit(X[TWO], Y[TWO])
    for labels, loss in ((Y, "sparse_categorical_crossentropy"), (np.eye(3, dtype=int)[Y], "categorical_crossentropy")):
        with pytest.raises(ValueError, match="a unit for each class, got 2 units for 3 classes"):
            KerasClassifier(softmax, **CLASSES | {"loss": loss}).fit(X, labels)
    with pytest.raises(ValueError, match=r"must provide a loss function to train, got None; .*pass loss=.auto"):
        KerasRegressor(regressor_network, **QUICK).fit(X, Y)

    for n_units, targets in ((1, np.column_stack([Y, Y])), (3, Y)):  # Keras would broadcast the one to the other
        with pytest.raises(ValueError, match=f"a unit for each column of y with such a loss, got {n_units} units"):
            KerasRegressor(partial(network, 4, n_units, None), loss="mse", **QUICK).fit(X, targets)
        with pytest.raises(ValueError, match=f"a unit for each column of y with such a loss, got {n_units} units"):
            KerasRegressor(partial(Subclassed, n_units), loss="mse", **QUICK).fit(X, targets)

    def spread(y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_pred - y_true[:, None]), axis=-1)

    own = KerasRegressor(partial(network, 4, 3, None), loss=spread, **QUICK).fit(X, Y.astype("float32"))
    assert own.predict_outputs(X)["output_1"].shape == (150, 3)
    with pytest.raises(ValueError, match="for predict; use predict_outputs"):
        own.predict(X)

    def compiled(meta):
        model = regressor_network(meta)
        model.compile("sgd", "mae")
        return model

    KerasRegressor(compiled, **QUICK).fit(X, Y)
    with pytest.raises(ValueError, match="Data may not match loss function"):
        KerasRegressor(compiled, loss="mse", **QUICK).fit(X, Y)


@pytest.mark.parametrize(
    ("parameters", "labels", "said"),
    [
        ({"random_state": "0"}, Y, "random_state must be an integer"),
        ({}, None, "requires y to be passed"),
        ({}, Y[:5], "inconsistent numbers of samples"),
        ({}, np.full(150, np.nan), "y contains NaN"),
        ({"optimzer__learning_rate": 0.1}, Y, "must begin with one of .* got optimzer__learning_rate"),
        ({"batch_size": -2}, Y, "batch_size must be a whole number from 1"),
        ({"validation_batch_size": 1.5}, Y, "validation_batch_size must be a whole number from 1"),
        ({"validation_split": -0.1}, Y, "validation_split must be a number from 0 to below 1"),
        ({"epochs": -1}, Y, "epochs must be a whole number from 0"),
        ({"model": lambda: network(5, 1, None)}, Y, r"of the model's input, \(5,\), got \(4,\)"),
    ],
)
def test_bad_input(parameters, labels, said):
    with pytest.raises(ValueError, match=said):
        KerasRegressor(**{"model": regressor_network, "loss": "mse", **QUICK, **parameters}).fit(X, labels)


# ---------------------------------------------------------------- fit, predict, callbacks, score


class Recorder(keras.callbacks.Callback):
    def __init__(self, name="", *, log=None):
        super().__init__()
        self.name, self.log = name, deque() if log is None else log

    def on_train_begin(self, logs=None):
        self.log.append(("train", self.params["epochs"], self.params["steps"]))

    def on_predict_begin(self, logs=None):
        self.log.append("predict")


def test_callbacks_as_instances_classes_lists_and_dicts():
    first, log = Recorder(), deque()
    fitted = KerasRegressor(
        regressor_network,
        loss="mse",
        **QUICK,
        callbacks={"first": first, "second": Recorder},
        callbacks__second__0="by place",
        callbacks__second__log=log,
        predict__callbacks=[Recorder],
        predict__callbacks__0__log=log,
    ).fit(X, Y)
    fitted.predict(X)
    assert list(first.log) == [("train", 1, 2), "predict"]
    assert list(log) == [("train", 1, 2), "predict", "predict"]
    assert fitted._fit_callbacks[1].name == "by place"
    third = Recorder()
    assert len(fitted.fit(X, Y, callbacks=[third])._fit_callbacks) == 2 and list(third.log) == [("train", 1, 2)]
    with pytest.raises(TypeError, match="callbacks"):
        KerasRegressor(regressor_network, loss="mse", callbacks=[3]).fit(X, Y)


def test_settings_of_callbacks_are_parameters():
    estimator = KerasRegressor(regressor_network, callbacks=[keras.callbacks.EarlyStopping])
    estimator.set_params(callbacks__0__patience=4, score__multioutput="raw_values", fit__batch_size=7)
    assert estimator.initialize(X, Y)._fit_callbacks[0].patience == 4


def test_the_nearest_setting_counts():
    log = deque()
    parameters = {"batch_size": 75, "callbacks": Recorder, "callbacks__log": log, "loss": "mse"}
    estimator = KerasRegressor(regressor_network, **QUICK | parameters)
    estimator.fit(X, Y)
    estimator.set_params(fit__batch_size=50, fit__epochs=2).fit(X, Y)
    estimator.fit(X, Y, batch_size=30)
    estimator.set_params(fit__batch_size=-1).fit(X, Y)
    assert [entry[2] for entry in log] == [2, 3, 5, 1]
    assert estimator.current_epoch == 2


def test_validation_rows_by_share_and_given():
    labels = np.array(["a", "b", "c"])[Y]
    estimator = KerasClassifier(classifier_network, metrics=["accuracy"], validation_split=0.2, **CLASSES)
    fitted = estimator.fit(X, labels)
    assert set(fitted.history_) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    given = KerasClassifier(classifier_network, metrics=["accuracy"], **CLASSES)
    given.fit(X, labels, validation_data=(X, labels))
    assert given.history_["val_accuracy"][0] == pytest.approx(given.score(X, labels), abs=1e-6)


def test_scores_of_the_users_own():
    class Own(KerasRegressor):
        @staticmethod
        def scorer(y_true, y_pred, sample_weight=None, factor=1.0):
            return -factor * mean_absolute_error(y_true, y_pred, sample_weight=sample_weight)

    fitted = Own(regressor_network, loss="mse", **QUICK, score__factor=2.0).fit(X, Y)
    weights = np.arange(150.0)
    expected = -2 * mean_absolute_error(Y, fitted.predict(X), sample_weight=weights)
    assert fitted.score(X, Y, sample_weight=weights) == pytest.approx(expected)
    several = np.eye(3, dtype=int)[Y] | [0, 0, 1]
    labels = KerasClassifier(classifier_network, **CLASSES).fit(X, several)
    assert labels.score(X, several) == accuracy_score(several, labels.predict(X))


def test_encoders_of_the_users_own():
    class Halved(KerasRegressor):
        @property
        def feature_encoder(self):
            class Half(BaseWrapper.feature_encoder.fget(self).__class__):
                def transform(self, X):
                    return X[:, :2]

                def get_metadata(self):
                    return {"n_halved_": 2}

            return Half()

    def build(meta):
        return network(meta["n_halved_"], 1, None)

    fitted = Halved(build, loss="mse", **QUICK).fit(X, Y)
    np.testing.assert_array_equal(fitted.predict(X), fitted.predict(X * [1, 1, 0, 0]))


# ---------------------------------------------------------------- going on


def test_warm_starts_and_partial_fits():
    estimator = KerasRegressor(regressor_network, loss="mse", **QUICK | {"epochs": 2}, random_state=0)
    model = estimator.fit(X, Y).model_
    assert estimator.partial_fit(X, Y).current_epoch == 3 and estimator.model_ is model
    assert estimator.set_params(warm_start=True).fit(X, Y).current_epoch == 2 and estimator.model_ is model
    assert estimator.set_params(warm_start=False).fit(X, Y).model_ is not model
    with pytest.raises(TypeError, match="epochs"):
        estimator.partial_fit(X, Y, epochs=2)
    with pytest.raises(ValueError, match="dtype"):
        KerasRegressor(regressor_network, loss="mse", **QUICK).fit(X.astype(int), Y).partial_fit(X, Y)


def test_classes_that_come_later():
    estimator = KerasClassifier(classifier_network, **CLASSES)
    estimator.partial_fit(X[TWO], Y[TWO], classes=[0, 1, 2]).partial_fit(X, Y)
    assert estimator.predict_proba(X).shape == (150, 3)


def test_classes_are_sorted_and_the_same_in_all_calls():
    labels = np.array(["a", "b", "c"])[Y]
    estimator = KerasClassifier(classifier_network, **CLASSES).partial_fit(X[TWO], labels[TWO], classes=["c", "a", "b"])
    assert list(estimator.classes_) == ["a", "b", "c"]  # scorers take the last of two for the positive one
    estimator.partial_fit(X, labels.astype(object), classes=["b", "c", "a"])  # objects, as of pandas
    assert 0 <= estimator.score(X, labels.astype(object)) <= 1
    with pytest.raises(ValueError, match="classes must be those of the first call"):
        estimator.partial_fit(X, labels, classes=["a", "b"])


def test_a_warm_start_and_a_failed_fit_keep_the_classes():
    estimator = KerasClassifier(classifier_network, warm_start=True, **CLASSES).fit(X, Y).fit(X, Y)
    np.testing.assert_array_equal(estimator.classes_, [0, 1, 2])
    with pytest.raises(ValueError, match="NaN"):
        estimator.set_params(warm_start=False).fit(X * np.nan, Y)
    np.testing.assert_array_equal(estimator.classes_, [0, 1, 2])
    np.testing.assert_allclose(estimator.predict_proba(X), estimator.model_(X), rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match="requires y to be passed"):
        estimator.partial_fit(X, None)


class Failing(keras.callbacks.Callback):
    def __init__(self, epoch, error):
        super().__init__()
        self.epoch, self.error = epoch, error

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise self.error


@pytest.mark.parametrize(
    ("rows", "labels", "arguments"),
    [
        (X * np.nan, Y, {}),
        (X[:, :2], np.where(np.arange(150) == 3, np.nan, Y), {}),
        (X[:, :2], Y % 2, {"batch_size": 0}),
        (X[:, :2], Y % 2, {"callbacks": [Failing(0, OSError())]}),
    ],
)
def test_a_fit_that_fails_before_an_epoch_leaves_the_estimator_as_it_was(rows, labels, arguments):
    estimator = KerasClassifier(classifier_network, loss="auto", **QUICK)
    with pytest.raises((ValueError, OSError)):
        estimator.fit(rows, labels, **arguments)
    with pytest.raises(NotFittedError):
        estimator.predict(X)
    expected, history = estimator.fit(X, Y).predict_proba(X), estimator.history_
    with pytest.raises((ValueError, OSError)):
        estimator.fit(rows, labels, **arguments)
    np.testing.assert_array_equal(estimator.predict_proba(X), expected)
    assert estimator.n_features_in_ == 4 and estimator.history_ is history
    assert estimator.partial_fit(X, Y).current_epoch == 2


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_a_fit_that_is_interrupted_keeps_its_epochs(run_eagerly):
    """As Keras and scikeras do; the curves are Keras'."""
    arguments = {"epochs": 5, "run_eagerly": run_eagerly, "callbacks": [Failing(2, KeyboardInterrupt())]}
    estimator = KerasClassifier(classifier_network, **CLASSES | arguments)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            estimator.fit(X, Y)
        assert estimator.current_epoch == 2 and estimator.history_ == estimator.model_.history.history
    estimator.callbacks[0].epoch = None
    assert estimator.partial_fit(X, Y).current_epoch == 3


class OwnLogs(keras.Model):
    """Its train_step gives something else than a loss."""

    def train_step(self, data):
        return {"mine": super().train_step(data)["loss"]}


def test_epochs_are_counted_without_a_loss():
    entry = keras.Input((4,))
    model = OwnLogs(entry, keras.layers.Dense(1)(entry))
    estimator = KerasRegressor(model, loss="mse", **QUICK | {"epochs": 2}).fit(X, Y)
    assert estimator.partial_fit(X, Y).current_epoch == 3
    assert {name: len(values) for name, values in estimator.history_.items()} == {"mine": 3}


def test_a_pretrained_network_predicts_without_a_fit():
    model = network(4, 3, "softmax")
    estimator = KerasClassifier(model, verbose=0).initialize(X, Y)
    assert estimator.model_ is model
    np.testing.assert_array_equal(estimator.predict(X), np.asarray(model(X)).argmax(axis=1))


def test_weights_of_rows_and_of_classes():
    """A row of weight 0 is not there; a weight of a class is that of its rows."""
    parameters = {"random_state": 0, "shuffle": False} | CLASSES
    weights = np.where(Y == 1, 2.0, 1.0)
    by_class = KerasClassifier(classifier_network, class_weight={0: 1, 1: 2, 2: 1}, **parameters).fit(X, Y)
    by_row = KerasClassifier(classifier_network, **parameters).fit(X, Y, sample_weight=weights)
    np.testing.assert_array_equal(by_class.predict_proba(X), by_row.predict_proba(X))
    absent = KerasClassifier(classifier_network, **parameters).fit(X, Y, sample_weight=TWO | (np.arange(150) > 110))
    fewer = KerasClassifier(classifier_network, **parameters)
    kept = TWO | (np.arange(150) > 110)
    np.testing.assert_array_equal(absent.predict_proba(X), fewer.fit(X[kept], Y[kept]).predict_proba(X))
    with pytest.raises(ValueError, match="only zeros"):
        fewer.fit(X, Y, sample_weight=np.zeros(150))
    for labels, said in ((None, "requires y"), (np.where(TWO, Y, np.nan), "y contains NaN")):
        with pytest.raises(ValueError, match=said):
            by_class.fit(X, labels)


def two_outputs():
    entry = keras.Input((4,))
    units = [
        keras.layers.Dense(3, "softmax", name="kind")(entry),
        keras.layers.Dense(1, "sigmoid", name="first")(entry),
    ]
    return keras.Model(entry, units)


@pytest.mark.parametrize("run_eagerly", [True, False])
def test_weights_of_rows_with_several_outputs_are_those_of_keras(run_eagerly):
    """Keras finds no weights to targets in a dict, if the outputs of the network are in a list."""
    weights, late = np.linspace(0.1, 2, 150), (Y == 0).astype(int)
    model = two_outputs()
    initial = model.get_weights()
    model.compile("sgd", ["sparse_categorical_crossentropy", "binary_crossentropy"])
    model.fit(X, [Y, late[:, None]], sample_weight=[weights, weights], shuffle=False, verbose=0)

    def build():
        again = two_outputs()
        again.set_weights(initial)
        return again

    parameters = {"loss": "auto", "optimizer": "sgd", "shuffle": False, "verbose": 0, "run_eagerly": run_eagerly}
    by_column = KerasClassifier(build, outputs={"kind": 0, "first": 1}, **parameters)
    by_column.fit(X, np.column_stack([Y, late]), weights, validation_data=(X, np.column_stack([Y, late]), weights))
    by_name = KerasClassifier(build, **parameters).fit(X, {"kind": Y, "first": late}, weights)
    for fitted in (by_column, by_name):
        for ours, theirs in zip(fitted.model_.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


def test_weights_of_classes_and_later_classes_of_several_outputs():
    late = (Y == 0).astype(int)
    parameters = {"loss": "auto", "random_state": 0, **QUICK}
    given = {"kind": {0: 1, 1: 2, 2: 1}}
    by_class = KerasClassifier(two_outputs, class_weight=given, **parameters).fit(X, {"kind": Y, "first": late})
    by_row = KerasClassifier(two_outputs, **parameters).fit(X, {"kind": Y, "first": late}, np.where(Y == 1, 2.0, 1.0))
    np.testing.assert_array_equal(by_class.predict_proba(X)["kind"], by_row.predict_proba(X)["kind"])
    with pytest.raises(ValueError, match=r"class_weight must name outputs among \['first', 'kind'\]"):
        by_class.set_params(class_weight={0: 2}).fit(X, {"kind": Y, "first": late})

    labels = np.column_stack([Y, late])
    by_column = KerasClassifier(two_outputs, outputs={"kind": 0, "first": 1}, **parameters)
    by_column.partial_fit(X[TWO], labels[TWO], classes={"kind": [2, 1, 0]}).partial_fit(X, labels)
    assert [each.shape for each in by_column.predict_proba(X)] == [(150, 3), (150, 2)]
    with pytest.raises(ValueError, match="a dict with the classes of each output"):
        by_column.partial_fit(X, labels, classes=[0, 1, 2])


def test_who_has_trained_and_why():
    class Own(keras.Sequential):
        def fit(self, *args, **kwargs):
            return super().fit(*args, **kwargs)

    model = Own([keras.Input((4,)), keras.layers.Dense(1)])
    fitted = KerasRegressor(model, loss="mse", **QUICK).fit(X, Y)
    assert (fitted.engine_, fitted.engine_reason_) == ("keras", "the model has a fit method of its own")
    fitted = KerasRegressor(regressor_network, loss="mse", **QUICK, fit__validation_freq=2).fit(X, Y)
    assert (fitted.engine_, fitted.engine_reason_) == ("keras", "validation_freq of fit")


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (0, [0]),
        (-1, [3]),
        ("b", [1]),
        (["d", 0], [3, 0]),
        (slice(1, None), [1, 2, 3]),
        (slice("b", "c"), [1, 2]),
        (np.array([True, False, True, False]), [0, 2]),
        (range(2), [0, 1]),
    ],
)
def test_columns_as_positions(columns, found):
    assert as_positions(columns, 4, np.array(list("abcd")), "inputs") == found
