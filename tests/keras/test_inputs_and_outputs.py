"""Networks with several inputs and outputs, by columns or by dicts; Normalization layers adapted to training rows."""

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_ann.keras import KerasClassifier, KerasRegressor
from tests.keras.networks import QUICK

X, Y = load_diabetes(return_X_y=True)
Y = (Y - Y.mean()) / Y.std()
WIDE, DEEP = [0, 8], slice(2, None)


def wide_and_deep(auxiliary=False, names=("main", "aux")):
    wide, deep = keras.Input((2,), name="wide"), keras.Input((8,), name="deep")
    hidden = keras.layers.Dense(4, activation="relu")(deep)
    main = keras.layers.Dense(1, name=names[0])(keras.layers.Concatenate()([wide, hidden]))
    if not auxiliary:
        return keras.Model([wide, deep], main)
    return keras.Model([wide, deep], [main, keras.layers.Dense(1, name=names[1])(hidden)])


def regressor(**parameters):
    return KerasRegressor(wide_and_deep, loss="mse", random_state=0, **QUICK | parameters)


def test_columns_by_position_by_name_and_by_dict_are_one_thing():
    frame = pd.DataFrame(X, columns=list("abcdefghij"))
    named = {"wide": ["a", "i"], "deep": slice("c", "j")}
    expected = regressor(inputs={"wide": WIDE, "deep": DEEP}).fit(X, Y)
    assert expected.input_shapes_ == {"wide": (2,), "deep": (8,)}
    by_name = regressor(inputs=named).fit(frame, Y)
    parts = {"wide": X[:, WIDE], "deep": X[:, DEEP]}
    by_dict = regressor().fit(parts, Y)
    np.testing.assert_array_equal(by_name.predict(frame), expected.predict(X))
    np.testing.assert_array_equal(by_dict.predict(parts), expected.predict(X))
    assert by_dict.score(parts, Y) == expected.score(X, Y)


def test_inputs_reach_a_network_as_keras_would_give_them():
    fitted = regressor(inputs={"wide": WIDE, "deep": DEEP}).fit(X, Y)
    expected = np.asarray(fitted.model_([X[:, WIDE], X[:, DEEP]]))[:, 0]
    np.testing.assert_allclose(fitted.predict(X), expected, rtol=1e-4, atol=1e-6)  # in batches there


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"wide": [0, 10], "deep": DEEP}, r"inputs\['wide'\] must be columns .* got \[0, 10\] of 10 columns"),
        ({"wide": ["a"], "deep": DEEP}, r"inputs\['wide'\] must be columns"),
        ({"wide": [], "deep": DEEP}, r"inputs\['wide'\] must be columns"),
        ([WIDE, DEEP], "inputs must be a dict"),
    ],
)
def test_columns_that_do_not_exist(inputs, said):
    with pytest.raises((ValueError, TypeError), match=said):
        regressor(inputs=inputs).fit(X, Y)


def test_dicts_with_other_inputs_than_in_fit():
    fitted = regressor().fit({"wide": X[:, WIDE], "deep": X[:, DEEP]}, Y)
    for rows in ({"wide": X[:, WIDE]}, {"wide": X[:, WIDE], "deep": X}, X):
        with pytest.raises(ValueError, match="X must"):
            fitted.predict(rows)


@pytest.mark.parametrize(
    "rows", [tf.data.Dataset.from_tensor_slices(X), tf.ragged.constant([[1.0], [2.0, 3.0]]), iter(X)]
)
def test_what_only_keras_takes_is_named(rows):
    with pytest.raises(TypeError, match=f"takes X as an array.* or a dict of arrays, got {type(rows).__name__}; pass"):
        regressor().fit(rows, Y)


@pytest.mark.parametrize(("dtype", "random_state"), [(object, None), (str, 0)])
def test_text_in_a_dict_reaches_the_network(dtype, random_state):
    """The oracle gets the codes of the words."""

    def build(words):
        inputs = keras.Input((1,), name="word", dtype="string" if words else "int64")
        codes = keras.layers.StringLookup(vocabulary=["low", "high"])(inputs) if words else inputs
        embedded = keras.layers.Embedding(3, 2, embeddings_initializer="ones")(codes)
        outputs = keras.layers.Dense(1, kernel_initializer="ones")(keras.layers.Flatten()(embedded))
        return keras.Model({"word": inputs}, outputs)

    parameters = {**QUICK, "loss": "mse", "random_state": random_state, "shuffle": random_state is not None}
    codes = 1 + (Y > 0)[:, None]
    words = np.array(["", "low", "high"], dtype)[codes]
    for validation in ({"validation_data": [{"word": words[:9]}, Y[:9]]}, {"validation_split": 0.2}):
        ours = KerasRegressor(build, model__words=True, **parameters).fit({"word": words}, Y, **validation)
        if "validation_data" in validation:
            validation["validation_data"][0]["word"] = codes[:9]
        theirs = KerasRegressor(build, model__words=False, **parameters).fit({"word": codes}, Y, **validation)
        np.testing.assert_allclose(ours.predict({"word": words}), theirs.predict({"word": codes}), rtol=1e-5)
        assert ours.history_ == theirs.history_


def test_an_auxiliary_output_learns_the_same_target():
    fitted = regressor(
        model__auxiliary=True,
        inputs={"wide": WIDE, "deep": DEEP},
        outputs={"main": 0, "aux": 0},
        compile__loss_weights={"main": 0.9, "aux": 0.1},
        metrics={"main": ["mae"]},
        epochs=2,
    ).fit(X, Y)
    raw = fitted.predict_outputs(X)
    assert {name: each.shape for name, each in raw.items()} == {"main": (442, 1), "aux": (442, 1)}
    np.testing.assert_array_equal(fitted.predict(X), raw["main"][:, 0])
    history = fitted.history_
    weighted = 0.9 * history["main_loss"][-1] + 0.1 * history["aux_loss"][-1]
    assert history["loss"][-1] == pytest.approx(weighted, rel=1e-3)
    assert cross_validate(fitted, X, Y, cv=2)["test_score"].shape == (2,)


def test_a_column_of_y_for_each_output():
    targets = np.column_stack([Y, -Y])
    parameters = {"model__auxiliary": True, "inputs": {"wide": WIDE, "deep": DEEP}}
    fitted = regressor(**parameters, outputs={"main": 1, "aux": 0}).fit(X, targets)
    raw = fitted.predict_outputs(X)
    np.testing.assert_array_equal(fitted.predict(X), np.column_stack([raw["aux"], raw["main"]]))
    by_name = regressor(**parameters).fit(X, {"main": targets[:, 1], "aux": targets[:, 0]})
    predicted = by_name.predict(X)
    np.testing.assert_array_equal(predicted["main"], raw["main"][:, 0])
    assert by_name.score(X, {"main": targets[:, 1], "aux": targets[:, 0]}) == pytest.approx(fitted.score(X, targets))
    with pytest.raises(ValueError, match="got none for"):
        regressor(**parameters, outputs={"main": 1, "aux": 1}).fit(X, targets)
    with pytest.raises(
        ValueError, match=r"must name the outputs of the model, \['aux', 'main'\], got \['aux', 'other'\]"
    ):
        regressor(**parameters, outputs={"other": 1, "aux": 0}).fit(X, targets)
    with pytest.raises(ValueError, match="say in outputs"):
        regressor(**parameters).fit(X, Y)


def test_a_single_output_by_its_name():
    entry = keras.Input((10,))
    model = keras.Model(entry, {"only": keras.layers.Dense(1)(entry)})
    fitted = KerasRegressor(model, loss="mse", **QUICK).fit(X, Y)
    np.testing.assert_array_equal(fitted.predict(X), fitted.predict_outputs(X)["only"][:, 0])
    labels = (Y > 0).astype(int)
    model = keras.Model(entry, {"only": keras.layers.Dense(1, "sigmoid")(entry)})
    classes = KerasClassifier(model, loss="auto", **QUICK).fit(X, labels)
    np.testing.assert_array_equal(classes.predict(X), classes.predict_outputs(X)["only"][:, 0] > 0.5)


def test_several_columns_of_labels():
    rows, labels = load_iris(return_X_y=True)
    labels = np.column_stack([np.array(["a", "b", "c"])[labels], np.where(labels == 0, "no", "yes")])

    def build(meta):
        entry = keras.Input((4,))
        hidden = keras.layers.Dense(8, activation="relu")(entry)
        kind = keras.layers.Dense(meta["n_classes_"]["kind"], activation="softmax", name="kind")(hidden)
        return keras.Model(entry, [kind, keras.layers.Dense(1, activation="sigmoid", name="late")(hidden)])

    parameters = {
        "optimizer__learning_rate": 0.1,
        "batch_size": -1,
        "outputs": {"kind": 0, "late": 1},
        "random_state": 0,
    }
    fitted = KerasClassifier(build, loss="auto", **QUICK | parameters).fit(rows, labels)
    predicted, (kind, late) = fitted.predict(rows), fitted.predict_proba(rows)
    assert fitted.score(rows, labels) == np.mean(np.all(predicted == labels, axis=1))
    np.testing.assert_array_equal(predicted[:, 0], fitted.classes_["kind"][kind.argmax(axis=1)])
    np.testing.assert_array_equal(predicted[:, 1], fitted.classes_["late"][late.argmax(axis=1)])
    np.testing.assert_allclose(late.sum(axis=1), 1, rtol=1e-6)


class TwoOutputs(keras.Model):
    def __init__(self, names=None):
        super().__init__()
        self.names, self.outs = names, [keras.layers.Dense(1) for _ in range(2)]

    def call(self, inputs):
        values = [out(inputs) for out in self.outs]
        return tuple(values) if self.names is None else dict(zip(self.names, values, strict=True))


@pytest.mark.parametrize(("names", "got"), [(None, "got tuple"), (["main", "other"], r"\['aux', 'main'\], got")])
def test_outputs_of_a_subclass_without_their_names_are_refused(names, got):
    estimator = KerasRegressor(TwoOutputs, model__names=names, loss="mse", outputs={"main": 0, "aux": 0}, **QUICK)
    with pytest.raises(ValueError, match=f"must return a dict .*{got}"):
        estimator.fit(X, Y)
    estimator.set_params(model__names=["aux", "main"]).fit(X, Y)


# ---------------------------------------------------------------- Normalization


def normalized(layers=1):
    entry = keras.Input((10,))
    values = entry
    for _ in range(layers):
        values = keras.layers.Normalization()(values)
    return keras.Model(entry, keras.layers.Dense(1)(values))


def statistics(fitted):
    return [np.asarray(layer.adapt_mean) for layer in fitted.model_.layers if hasattr(layer, "adapt_mean")]


def test_normalization_is_adapted_to_the_rows_that_are_trained_on():
    fitted = KerasRegressor(normalized, loss="mse", **QUICK, validation_split=0.25).fit(X, Y)
    np.testing.assert_allclose(statistics(fitted)[0], X[:331].mean(axis=0), atol=1e-7)  # 442 rows, Keras' rule
    before = statistics(fitted)[0]
    fitted.partial_fit(X + 1, Y)
    np.testing.assert_array_equal(statistics(fitted)[0], before)


def test_normalization_in_cross_validation():
    scores = cross_validate(
        KerasRegressor(normalized, loss="mse", **QUICK), X, Y, cv=2, return_estimator=True, return_indices=True
    )
    for fitted, train in zip(scores["estimator"], scores["indices"]["train"], strict=True):
        np.testing.assert_allclose(statistics(fitted)[0], X[train].mean(axis=0), atol=1e-7)


def test_normalization_of_each_input_and_with_statistics_of_its_own():
    def build():
        wide, deep, tail = (
            keras.Input((2,), name="wide"),
            keras.Input((8,), name="deep"),
            keras.Input((1,), name="tail"),
        )
        given = keras.layers.Normalization(mean=5.0, variance=4.0, name="given")(tail)
        parts = [keras.layers.Normalization(name=f"of_{each.name}")(each) for each in (wide, deep)]
        return keras.Model([wide, deep, tail], keras.layers.Dense(1)(keras.layers.Concatenate()([*parts, given])))

    columns = {"wide": WIDE, "deep": DEEP, "tail": 0}
    fitted = KerasRegressor(build, loss="mse", inputs=columns, **QUICK).fit(X, Y)
    for name in ("wide", "deep"):
        layer = fitted.model_.get_layer(f"of_{name}")
        np.testing.assert_allclose(layer.adapt_mean, X[:, columns[name]].mean(axis=0), atol=1e-7)
        np.testing.assert_allclose(layer.adapt_variance, X[:, columns[name]].var(axis=0), rtol=1e-5)
    assert float(np.ravel(fitted.model_.get_layer("given").mean)[0]) == 5


def test_normalization_elsewhere_stays_as_it_is_with_a_warning():
    estimator = KerasRegressor(normalized, model__layers=2, loss="mse", **QUICK)
    with pytest.warns(UserWarning, match="A Normalization layer must have statistics"):
        estimator.fit(X, Y)
    assert not statistics(estimator)[1].any()


def test_normalization_within_another_model_is_adapted():
    def build():
        entry = keras.Input((10,))
        inner = keras.Sequential([keras.Input((10,)), keras.layers.Normalization(name="inner")])
        return keras.Model(entry, keras.layers.Dense(1)(keras.Sequential([inner])(entry)))

    fitted = KerasRegressor(build, loss="mse", **QUICK).fit(X + 1, Y)
    (layer,) = (each for each in fitted.model_._flatten_layers() if each.name == "inner")
    np.testing.assert_allclose(layer.adapt_mean, X.mean(axis=0) + 1, rtol=1e-5)


def test_normalization_of_several_inputs_learns_of_all_of_them():
    def build():
        parts = keras.Input((5,), name="left"), keras.Input((5,), name="right")
        both = keras.layers.Concatenate()(list(map(keras.layers.Normalization(name="shared"), parts)))
        return keras.Model(dict(zip("lr", parts, strict=True)), keras.layers.Dense(1)(both))

    with pytest.warns(UserWarning, match="all keys in the dict must match"):  # Keras', of the names of the inputs
        fitted = KerasRegressor(build, loss="mse", **QUICK).fit({"l": X[:, :5] + 1, "r": X[:, 5:]}, Y)
    expected = np.vstack([X[:, :5] + 1, X[:, 5:]])
    np.testing.assert_allclose(fitted.model_.get_layer("shared").adapt_mean, expected.mean(axis=0), rtol=1e-5)


def test_normalization_is_adapted_in_the_first_fit_after_initialize():
    fitted = KerasRegressor(normalized, loss="mse", **QUICK).initialize(X, Y).partial_fit(X + 1, Y)
    np.testing.assert_allclose(statistics(fitted)[0], X.mean(axis=0) + 1, rtol=1e-5)


def test_a_layer_that_was_adapted_keeps_its_statistics():
    layer = keras.layers.Normalization()
    layer.adapt(X + 3)
    model = keras.Sequential([keras.Input((10,)), layer, keras.layers.Dense(1)])
    fitted = KerasRegressor(model, loss="mse", **QUICK).fit(X, Y)
    np.testing.assert_allclose(statistics(fitted)[0], X.mean(axis=0) + 3, rtol=1e-5)


def test_inputs_in_a_pipeline():
    pipeline = make_pipeline(FunctionTransformer(), regressor(inputs={"wide": WIDE, "deep": DEEP}))
    assert pipeline.fit(X, Y).predict(X).shape == (442,)
