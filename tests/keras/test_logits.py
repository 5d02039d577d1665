"""Networks without sigmoid or softmax at their end, whose loss takes logits: the estimator gives probabilities."""

import pickle
from functools import partial

import keras
import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit, softmax
from sklearn.datasets import load_iris

from sklearn_ann.keras import KerasClassifier
from sklearn_ann.keras.logits import takes_logits
from tests.keras.networks import QUICK, network

X, Y = load_iris(return_X_y=True)
TWO = Y < 2
ONE_HOT = np.eye(3, dtype=int)[Y]
LABELS = {"binary": Y[TWO], "multiclass": Y, "multilabel": ONE_HOT | [0, 0, 1], "one-hot": ONE_HOT}
losses = keras.losses


def classifier(n_units, loss, activation=None, **parameters):
    parameters = {**QUICK, "epochs": 2, "random_state": 0, **parameters}
    return KerasClassifier(partial(network, 4, n_units, activation), loss=loss, **parameters)


@pytest.mark.parametrize(
    ("target", "n_units", "loss", "link"),
    [
        ("binary", 1, losses.BinaryCrossentropy(from_logits=True), expit),
        ("binary", 2, losses.SparseCategoricalCrossentropy(from_logits=True), softmax),
        ("multiclass", 3, losses.SparseCategoricalCrossentropy(from_logits=True), softmax),
        ("multiclass", 3, losses.CategoricalCrossentropy(from_logits=True), softmax),
        ("multilabel", 3, losses.BinaryCrossentropy(from_logits=True), expit),
        ("one-hot", 3, losses.BinaryFocalCrossentropy(from_logits=True), expit),
        ("one-hot", 3, losses.CategoricalFocalCrossentropy(from_logits=True), softmax),
    ],
)
def test_logits_become_probabilities(target, n_units, loss, link):
    labels = LABELS[target]
    rows = X[: len(labels)]
    fitted = classifier(n_units, loss).fit(rows, labels)
    (logits,) = fitted.predict_outputs(rows).values()
    expected = link(logits, axis=1) if link is softmax else link(logits)
    probabilities = np.hstack([1 - expected, expected]) if n_units == 1 else expected
    np.testing.assert_allclose(fitted.predict_proba(rows), probabilities, rtol=1e-4, atol=1e-6)  # float32
    if target == "multilabel":
        np.testing.assert_array_equal(fitted.predict(rows), logits > 0)
    else:
        predicted = fitted.predict(rows)
        predicted = predicted.argmax(axis=1) if predicted.ndim == 2 else predicted
        np.testing.assert_array_equal(predicted, probabilities.argmax(axis=1))


def compiled():
    model = network(4, 1, None)
    model.compile("adam", losses.BinaryCrossentropy(from_logits=True))
    return model


@pytest.mark.parametrize(
    "estimator",
    [
        classifier(1, losses.BinaryCrossentropy, loss__from_logits=True),
        classifier(1, "BinaryCrossentropy", loss__from_logits=True),
        classifier(1, "auto", loss__from_logits=True),
        classifier(1, partial(losses.binary_crossentropy, from_logits=True)),
        KerasClassifier(compiled, **QUICK),
    ],
    ids=["class", "string", "auto", "partial", "compiled by the build function"],
)
def test_a_loss_takes_logits_however_it_is_given(estimator):
    fitted = estimator.fit(X[TWO], Y[TWO])
    expected = expit(np.asarray(fitted.model_(X[TWO])))[:, 0]
    np.testing.assert_allclose(fitted.predict_proba(X[TWO])[:, 1], expected, rtol=1e-4)


@pytest.mark.parametrize("loss", ["hinge", losses.SquaredHinge()])
def test_hinge_losses_decide_by_the_sign_of_the_margin(loss):
    fitted = classifier(1, loss).fit(X[TWO], Y[TWO])
    middle = X[TWO] * np.linspace(-1, 1, 100)[:, None]
    (margins,) = fitted.predict_outputs(middle).values()
    assert ((margins > 0) != (margins > 0.5)).any()
    np.testing.assert_array_equal(fitted.predict(middle), margins[:, 0] > 0)
    probabilities = fitted.predict_proba(middle)
    assert probabilities.min() >= 0
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


@pytest.mark.parametrize("loss", [losses.CategoricalFocalCrossentropy, "kl_divergence", losses.categorical_hinge])
def test_losses_of_classes_get_indicator_columns(loss):
    ours = classifier(3, loss, "softmax", shuffle=False).fit(X, Y)
    theirs = keras.models.clone_model(ours.model_)
    theirs.set_weights(classifier(3, loss, "softmax", epochs=0).fit(X, Y).model_.get_weights())
    theirs.compile("adam", loss() if isinstance(loss, type) else loss, run_eagerly=True)
    theirs.fit(X, np.eye(3)[Y], batch_size=75, epochs=2, shuffle=False, verbose=0)
    np.testing.assert_allclose(ours.predict_proba(X), theirs(X), rtol=1e-4)


@pytest.mark.parametrize("loss", ["mse", losses.BinaryFocalCrossentropy(), losses.CosineSimilarity])
def test_losses_that_would_compare_every_unit_with_the_number_of_a_class_are_refused(loss):
    for n_units, labels in ((3, Y), (2, Y[TWO])):
        with pytest.raises(
            ValueError, match=f"output of {n_units} units for .* labels needs a loss that takes the num"
        ):
            classifier(n_units, loss, "softmax").fit(X[: len(labels)], labels)
    classifier(3, loss, "softmax").fit(X, ONE_HOT)


class Subclassed(keras.Model):
    def __init__(self, n_units):
        super().__init__()
        self.layer = keras.layers.Dense(n_units, "sigmoid")

    def call(self, rows):
        return self.layer(rows)


BROADCAST = {
    "three classes": (1, Y, "binary_crossentropy", "unit for each of them, got 1 for 3 classes"),
    "three classes, of the mean": (1, Y, "mse", "unit for each of them, got 1 for 3 classes"),
    "three names": (1, np.array(["x", "y", "z"])[Y], "hinge", "unit for each of them, got 1 for 3 classes"),
    "several labels": (1, ONE_HOT, "mse", "unit for each class, got 1 units for 3 classes"),
    "numbers": (3, Y, "mse", "output of 3 units for multiclass labels needs a loss that takes the num"),
    "numbers of two classes": (2, Y[TWO], "mse", "output of 2 units for binary labels needs a loss that takes the num"),
}


@pytest.mark.parametrize("build", [partial(network, 4, activation="sigmoid"), Subclassed], ids=["chain", "subclassed"])
@pytest.mark.parametrize(("n_units", "labels", "loss", "said"), BROADCAST.values(), ids=BROADCAST)
def test_units_that_keras_would_broadcast_to_the_labels_are_refused(build, n_units, labels, loss, said):
    with pytest.raises(ValueError, match=said):
        KerasClassifier(build, n_units=n_units, loss=loss, verbose=0).fit(X[: len(labels)], labels)


def test_units_of_a_loss_of_ones_own_need_not_be_classes_but_predict_says_so():
    def spread(numbers, units):
        return keras.ops.mean(keras.ops.square(units - numbers), axis=-1)

    for n_units, labels in ((2, Y), (1, ONE_HOT), (3, Y[TWO])):
        fitted = classifier(n_units, spread).fit(X[: len(labels)], labels)
        assert fitted.predict_outputs(X)["output_1"].shape == (len(X), n_units)
        for method in (fitted.predict, fitted.predict_proba):
            with pytest.raises(ValueError, match=f"unit for each class for predict, got {n_units} units"):
                method(X)


def test_a_network_with_a_step_of_its_own_need_not_be_called_on_rows():
    class OwnStep(Subclassed):
        def train_step(self, data):
            return {"loss": keras.ops.mean(self.layer(data[0]))}

        def call(self, rows):
            raise AssertionError

    assert KerasClassifier(partial(OwnStep, 1), loss="mse", verbose=0).fit(X, Y).history_["loss"]


def test_probabilities_stay_what_they_are():
    """Keras takes the activation for what it is, whatever the loss says, and warns of it."""
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    with pytest.warns(UserWarning, match="does not represent logits"):
        fitted = classifier(3, loss, "softmax").fit(X, Y)
    np.testing.assert_allclose(fitted.predict_proba(X), fitted.model_(X), rtol=1e-4)


def test_each_output_by_its_loss():
    def build():
        entry = keras.Input((4,))
        units = [keras.layers.Dense(3, name="kind")(entry), keras.layers.Dense(1, "sigmoid", name="late")(entry)]
        return keras.Model(entry, units)

    columns = {"outputs": {"kind": 0, "late": 1}, "loss__kind__from_logits": True}
    fitted = KerasClassifier(build, loss="auto", **columns, **QUICK).fit(X, np.column_stack([Y, TWO]))
    outputs, (kind, late) = fitted.predict_outputs(X), fitted.predict_proba(X)
    np.testing.assert_allclose(kind, softmax(outputs["kind"], axis=1), rtol=1e-4)
    np.testing.assert_array_equal(late[:, 1:], outputs["late"])


def test_copies_sparse_rows_and_networks_without_a_fit():
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    fitted = classifier(3, loss).fit(X, Y)
    expected = fitted.predict_proba(X)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict_proba(X), expected)
    np.testing.assert_allclose(fitted.predict_proba(sparse.csr_array(X)), expected, rtol=1e-4)
    pretrained = KerasClassifier(fitted.model_, loss=loss, verbose=0).initialize(X, Y)
    np.testing.assert_allclose(pretrained.predict_proba(X), expected, rtol=1e-4)


def test_losses_that_take_no_logits():
    for loss in (None, "mse", losses.binary_crossentropy, losses.BinaryCrossentropy(), losses.MeanSquaredError()):
        assert not takes_logits(loss)


def test_an_encoder_of_ones_own_gets_what_the_network_gives():
    got = []

    class Own(KerasClassifier):
        @property
        def target_encoder(self):
            class Encoder(type(KerasClassifier.target_encoder.fget(self))):
                def inverse_transform(self, y, return_proba=False):
                    got.append(y)
                    return super().inverse_transform(y, return_proba)

            return Encoder()

    loss = losses.BinaryCrossentropy(from_logits=True)
    fitted = Own(partial(network, 4, 1, None), loss=loss, **QUICK).fit(X[TWO], Y[TWO])
    fitted.predict(X[TWO])
    np.testing.assert_array_equal(got[0], fitted.predict_outputs(X[TWO])["output_1"])
