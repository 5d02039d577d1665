"""What scikeras gets wrong on today's scikit-learn and Keras: each fault shown on scikeras itself, and absent here."""

import copy
import pickle
import subprocess
import sys

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.datasets import load_iris
from sklearn.ensemble import VotingClassifier
from sklearn.metrics import get_scorer
from sklearn.model_selection import cross_val_predict, cross_val_score

from sklearn_ann.keras import KerasClassifier, KerasRegressor
from sklearn_ann.keras.scikeras_base import KerasClassifier as Theirs
from sklearn_ann.keras.scikeras_base import KerasRegressor as TheirRegressor
from tests.keras.networks import QUICK, classifier_network, collect_iterators, regressor_network

X, Y = load_iris(return_X_y=True)
TWO = Y < 2
CLASSES = {"loss": "sparse_categorical_crossentropy", **QUICK}


class Recorded:
    """Keeps the labels of every training set."""

    def __init__(self, kind):
        self.labels = []
        labels = self.labels

        class Recording(kind):
            def fit(self, X, y, **arguments):
                labels.append(np.unique(y).size)
                return super().fit(X, y % 2, **arguments)  # two labels in every fold, which all of them can learn

        self.estimator = Recording(classifier_network, loss="binary_crossentropy", **QUICK)


def test_cross_validation_stratifies():
    """The rows of iris are sorted by class: three unstratified folds train on two classes each."""
    assert not is_classifier(Theirs(classifier_network))
    theirs, ours = Recorded(Theirs), Recorded(KerasClassifier)
    for recorded in (theirs, ours):
        cross_val_score(recorded.estimator, X, Y, cv=3)
    assert (theirs.labels, ours.labels) == ([2, 2, 2], [3, 3, 3])
    assert is_classifier(KerasClassifier(classifier_network))
    assert is_regressor(KerasRegressor(regressor_network))


def test_scorers_by_probability():
    scorer = get_scorer("roc_auc")
    theirs, ours = (kind(classifier_network, loss="binary_crossentropy", **QUICK) for kind in (Theirs, KerasClassifier))
    with pytest.raises(ValueError, match="y should be a 1d array"):  # the answer for a regressor
        scorer(theirs.fit(X[TWO], Y[TWO]), X[TWO], Y[TWO])
    assert 0 <= scorer(ours.fit(X[TWO], Y[TWO]), X[TWO], Y[TWO]) <= 1


def test_voting():
    with pytest.raises(ValueError, match="should be a classifier"):
        VotingClassifier([("net", Theirs(classifier_network, **CLASSES))]).fit(X, Y)
    vote = VotingClassifier([("net", KerasClassifier(classifier_network, **CLASSES))], voting="soft").fit(X, Y)
    assert vote.predict(X).shape == (150,)


@pytest.mark.parametrize(("rows", "loss"), [(TWO, "binary_crossentropy"), (slice(None), CLASSES["loss"])])
def test_probabilities_of_one_row_have_two_axes(rows, loss):
    theirs, ours = (
        kind(classifier_network, **QUICK, loss=loss).fit(X[rows], Y[rows]) for kind in (Theirs, KerasClassifier)
    )
    n_classes = np.unique(Y[rows]).size
    assert theirs.predict_proba(X[:1]).shape == (n_classes,)
    assert ours.predict_proba(X[:1]).shape == (1, n_classes)
    np.testing.assert_allclose(ours.predict_proba(X[:1]), ours.predict_proba(X[:3])[:1], rtol=1e-5)
    np.testing.assert_allclose(ours.predict_proba(X[:3]).sum(axis=1), 1, rtol=1e-6)


def test_rows_in_float64_after_a_fit_in_float32():
    rows = X.astype(np.float32)
    theirs, ours = (
        kind(regressor_network, loss="mse", **QUICK).fit(rows, Y) for kind in (TheirRegressor, KerasRegressor)
    )
    with pytest.raises(ValueError, match="casting from float64 to float32 is not safe"):
        theirs.predict(X)
    np.testing.assert_array_equal(ours.predict(X), ours.predict(rows))
    ours.partial_fit(X, Y.astype(np.int32))


def test_class_weight_leaves_the_weights_of_the_caller():
    for kind in (Theirs, KerasClassifier):
        given = np.ones(150)
        kind(classifier_network, **CLASSES, class_weight={0: 2.0, 1: 1.0, 2: 1.0}).fit(X, Y, sample_weight=given)
        assert (given.max() == 1) == (kind is KerasClassifier)


def test_names_of_columns():
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    theirs = Theirs(classifier_network, **CLASSES).fit(frame, Y)
    theirs.predict(frame[["d", "c", "b", "a"]])  # columns in another order pass unnoticed
    assert not hasattr(theirs, "feature_names_in_")
    ours = KerasClassifier(classifier_network, **CLASSES).fit(frame, Y)
    assert list(ours.feature_names_in_) == ["a", "b", "c", "d"]
    with pytest.raises(ValueError, match="feature names should match"):
        ours.predict(frame[["d", "c", "b", "a"]])


# Claims about a process that has not imported the wrappers yet: each in a fork of one that has imported Keras only.
FRESH = """
import os, random, sys
import keras, numpy as np
import sklearn.utils.estimator_checks, cloudpickle, tensorflow
from tests.keras.networks import QUICK, classifier_network

def seeded(kind):
    rows, labels = np.random.rand(20, 3), np.arange(20) % 3
    parameters = {"loss": "sparse_categorical_crossentropy", **QUICK}
    kind(classifier_network, random_state=0, **parameters).fit(rows, labels)
    from tensorflow.python.framework import config
    try:
        kind(classifier_network, **parameters).fit(rows, labels)
        return config.is_op_determinism_enabled(), "fits"
    except Exception as error:  # the kind of which is what is compared
        return config.is_op_determinism_enabled(), type(error).__name__

def theirs_seeded():
    from scikeras.wrappers import KerasClassifier
    return seeded(KerasClassifier)

def ours_seeded():
    from sklearn_ann.keras import KerasClassifier
    return seeded(KerasClassifier)

class Twice(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs

class Own(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

class Slower(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, rate):
        self.rate = rate
    def __call__(self, step):
        return self.rate / (1 + keras.ops.cast(step, "float32"))
    def get_config(self):
        return {"rate": self.rate}

class Epochs(keras.callbacks.Callback):
    seen = 0
    def on_epoch_end(self, epoch, logs=None):
        self.seen += 1

def build():
    return keras.Sequential([keras.Input((4,)), Twice(), keras.layers.Dropout(0.5), keras.layers.Dense(1)])

def pickled():
    import joblib
    from sklearn.datasets import load_iris
    from sklearn_ann.keras import KerasRegressor
    rows, labels = load_iris(return_X_y=True)
    callbacks = [keras.callbacks.EarlyStopping(monitor="loss"), Epochs()]
    settings = {"loss": Own(), "callbacks": callbacks, "optimizer__learning_rate": Slower(0.1)}
    fitted = KerasRegressor(build, **settings, **QUICK)
    joblib.dump(fitted.fit(rows, labels), sys.argv[1] + "/fitted.joblib")
    np.save(sys.argv[1] + "/predicted.npy", fitted.predict(rows))

def imported():
    owners = keras.Model, keras.losses.Loss, keras.metrics.Metric, keras.optimizers.Optimizer, keras.Layer
    def state():
        methods = [(vars(owner).get("__reduce__"), vars(owner).get("__deepcopy__")) for owner in owners]
        generators = random.getstate(), np.random.get_state()[1].tolist()
        return methods, generators, dict(os.environ), dict(keras.saving.get_custom_objects()), keras.config.floatx()
    before = state()
    import sklearn_ann.keras
    ours = state() == before
    import scikeras.wrappers
    return ours, state() == before

def imported_after_scikeras():
    import scikeras.wrappers
    before = vars(keras.Model)["__reduce__"]
    import sklearn_ann.keras
    return vars(keras.Model)["__reduce__"] is before

assert not {"scikeras", "sklearn_ann"} & sys.modules.keys()
for case in (theirs_seeded, ours_seeded, pickled, imported, imported_after_scikeras):
    if not os.fork():
        print(case.__name__, case(), flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """What each case has found, by its name; and the folder that they write to."""
    folder = tmp_path_factory.mktemp("fresh")
    command = [sys.executable, "-W", "ignore", "-c", FRESH, str(folder)]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert finished.returncode == 0, finished.stderr
    return dict(line.split(" ", 1) for line in finished.stdout.splitlines()) | {"folder": folder}


needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="cases are forks, which was tried on Linux only")


@needs_fork
@pytest.mark.parametrize(
    ("case", "said"), [("theirs_seeded", "(True, 'RuntimeError')"), ("ours_seeded", "(False, 'fits')")]
)
def test_a_seed_is_no_global_switch(case, said, fresh):
    """In a process of its own, since the switch stays for good."""
    assert fresh[case] == said


@needs_fork
def test_a_pickle_of_a_script_loads_elsewhere(fresh):
    """Classes of the script come along: nobody else could import them."""
    loaded = joblib.load(fresh["folder"] / "fitted.joblib")
    np.testing.assert_allclose(loaded.predict(X), np.load(fresh["folder"] / "predicted.npy"), rtol=1e-6)
    epochs, model = loaded.callbacks[1], loaded.model_
    assert (epochs.seen, epochs.model) == (1, model) and epochs is loaded._fit_callbacks[1]
    assert copy.deepcopy(loaded).callbacks[1].seen == 1 and loaded.optimizer__learning_rate.rate == 0.1
    loaded.partial_fit(X, Y).fit(X, Y)
    assert epochs.seen == 3


def test_an_optimizer_serves_several_fits():
    """In Keras 3 an optimizer belongs to the variables that it was built for."""
    theirs, ours = (
        kind(regressor_network, **{**QUICK, "optimizer": keras.optimizers.Adam(0.1)}, loss="mse")
        for kind in (TheirRegressor, KerasRegressor)
    )
    theirs.fit(X, Y)
    with pytest.raises(ValueError, match="optimizer"):
        theirs.fit(X, Y)
    collect_iterators()
    assert ours.fit(X, Y).fit(X, Y).optimizer.built is False


def test_subclassed_models():
    class Line(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)

        def call(self, inputs):
            return self.dense(inputs)

    with pytest.raises((AttributeError, TypeError)):
        TheirRegressor(lambda: Line(), loss="mse", **QUICK).fit(X, Y)
    for model in (Line, lambda: Line(), Line()):
        assert KerasRegressor(model, loss="mse", **QUICK).fit(X, Y).predict(X).shape == (150,)


@needs_fork
def test_importing_changes_nothing_of_keras_or_of_the_process(fresh):
    assert fresh["imported"] == "(True, True)"  # nor does importing scikeras afterwards


@needs_fork
def test_a_program_that_imports_scikeras_first_keeps_its_methods(fresh):
    assert fresh["imported_after_scikeras"] == "True"


def test_scores_of_folds_are_of_unseen_rows_in_every_order():
    """Probabilities by cross-validation have a column for every class, whatever the folds hold."""
    proba = cross_val_predict(KerasClassifier(classifier_network, **CLASSES), X, Y, cv=2, method="predict_proba")
    assert proba.shape == (150, 3)


def test_clones_and_pickles_of_a_fit_are_independent():
    ours = KerasClassifier(classifier_network, **CLASSES, random_state=0).fit(X, Y)
    again = pickle.loads(pickle.dumps(ours))
    before = ours.predict_proba(X)
    again.partial_fit(X, Y)
    np.testing.assert_array_equal(ours.predict_proba(X), before)
