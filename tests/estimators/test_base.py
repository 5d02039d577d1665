"""``base``: layers of another network as the lower ones of a new fit, whatever the other network is."""

import pickle
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import MLPClassifierTF, MLPRegressorTF, PerceptronClassifier, load
from sklearn_ann.activations import LeakyReLU
from sklearn_ann.callbacks import Callback, Checkpoint
from sklearn_ann.normalizations import BatchNorm

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # a few epochs are enough

RNG = np.random.RandomState(0)
X = RNG.normal(size=(60, 4))
LABELS = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
REAL = X @ [1.0, -1.0, 0.5, 0.0]
STILL = {"solver": "sgd", "learning_rate_init": 1e-300, "max_iter": 1}  # the weights that a fit begins with


def regressor(hidden_layer_sizes=(6, 5), **parameters):
    settings = {"max_iter": 3, "random_state": 1, "batch_size": 20}
    return MLPRegressorTF(hidden_layer_sizes, **{**settings, **parameters})


def classifier(hidden_layer_sizes=(6, 5), **parameters):
    settings = {"max_iter": 3, "random_state": 0, "batch_size": 20}
    return MLPClassifierTF(hidden_layer_sizes, **{**settings, **parameters})


BASE = regressor(tol=10.0, n_iter_no_change=1).fit(X, REAL)  # ended by the rule, without a warning


def assert_layers_are(model, coefs, intercepts, n_layers):
    """The lowest layers begin with these; those above are drawn as without a base."""
    drawn = clone(model).set_params(base=None, n_base_layers=None).fit(X, LABELS)
    for layer in range(len(model.coefs_)):
        source = (coefs, intercepts) if layer < n_layers else (drawn.coefs_, drawn.intercepts_)
        for ours, theirs in zip((model.coefs_, model.intercepts_), source, strict=True):
            np.testing.assert_allclose(ours[layer], theirs[layer].astype(ours[layer].dtype), rtol=0, atol=1e-290)


def sequential():
    return keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(6, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(5, use_bias=False),
            keras.layers.Activation("relu"),
            keras.layers.Dense(1),
        ]
    )


def functional():
    """The layers of ``sequential``, two of them in a model of their own; the first is called in another model too."""
    first, dropout, *others = sequential().layers
    inputs = keras.Input((4,))
    keras.Model(inputs, keras.layers.Dense(2)(first(inputs)))
    values = keras.Sequential([keras.Input((6,)), dropout, others[0]])(first(inputs))
    for layer in others[1:]:
        values = layer(values)
    return keras.Model(inputs, values)


def with_branch():
    inputs = keras.Input((4,))
    values = keras.layers.Dense(6, activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Concatenate()([values, inputs])))


def with_two_outputs():
    inputs = keras.Input((4,))
    values = keras.layers.Dense(6, activation="relu")(inputs)
    return keras.Model(inputs, [keras.layers.Dense(1)(values), values])


def chain(*layers):
    return keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(2)])


def quantized():
    model = chain(keras.layers.Dense(3))
    model.layers[0].quantize("int8")
    return model


def with_a_layer_called_twice():
    inputs, layer = keras.Input((4,)), keras.layers.Dense(4, activation="relu")
    return keras.Model(inputs, keras.layers.Dense(1)(layer(layer(inputs))))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(6)

    def call(self, x):
        return self.dense(x)


class Doubled(keras.layers.Dense):
    def call(self, x, training=None):
        return 2 * super().call(x)


KINDS = ["ours", "frozen", "classifier", "scikit-learn", "keras", "functional", "exported", "text", "path"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_base_gives_its_hidden_layers(kind, tmp_path):
    path = tmp_path / "base.zip"
    BASE.save(path)
    base = {
        "ours": lambda: BASE,
        "frozen": lambda: FrozenEstimator(BASE),
        "classifier": lambda: classifier().fit(X, LABELS),
        "scikit-learn": lambda: MLPClassifier((6, 5), max_iter=3, random_state=0).fit(X, LABELS),
        "keras": sequential,
        "functional": functional,
        "exported": BASE.to_keras,
        "text": lambda: str(path),
        "path": lambda: path,
    }[kind]()
    coefs, intercepts = BASE.coefs_, BASE.intercepts_
    if kind in ("classifier", "scikit-learn"):
        coefs, intercepts = base.coefs_, base.intercepts_
    elif kind in ("keras", "functional"):
        first, bias, second, *_ = base.get_weights()
        coefs, intercepts = [first, second], [bias, np.zeros(5)]
    assert_layers_are(classifier(base=base, **STILL).fit(X, LABELS), coefs, intercepts, 2)


@pytest.mark.parametrize(
    ("sizes", "n_base_layers", "n_taken"),
    [((6, 5), 1, 1), ((6,), None, 1), ((6, 5, 3), None, 2), ((6, 9), 1, 1), ((6, 2, 7), 1, 1)],
)
def test_upper_layers_are_dropped_replaced_and_added(sizes, n_base_layers, n_taken):
    model = classifier(sizes, base=BASE, n_base_layers=n_base_layers, **STILL).fit(X, LABELS)
    assert_layers_are(model, BASE.coefs_, BASE.intercepts_, n_taken)


def test_a_wider_layer_has_the_units_of_the_base_first():
    model = classifier((8, 9), base=BASE, **STILL).fit(X, LABELS)
    drawn = classifier((8, 9), **STILL).fit(X, LABELS)
    for layer, coef in enumerate(BASE.coefs_[:2]):
        rows, columns = coef.shape
        np.testing.assert_array_equal(model.coefs_[layer][:rows, :columns], coef)
        np.testing.assert_array_equal(model.intercepts_[layer][:columns], BASE.intercepts_[layer])
        np.testing.assert_array_equal(model.coefs_[layer][rows:], drawn.coefs_[layer][rows:])
        np.testing.assert_array_equal(model.coefs_[layer][:, columns:], drawn.coefs_[layer][:, columns:])
        np.testing.assert_array_equal(model.intercepts_[layer][columns:], drawn.intercepts_[layer][columns:])


def test_what_the_layers_have_learned_besides_comes_along():
    """Frozen, the new network's hidden layers give what the base's give: slopes, scales, moving means and all."""
    parts = {"normalization": BatchNorm(momentum=0.5), "activation": "prelu", "standardize": True, "deep": [3, 0, 1]}
    base = regressor(**parts, skip_connections=True, hidden_layer_sizes=(6, 6)).fit(X * 3 + 1, REAL)
    model = classifier((6, 6), **parts, skip_connections=True, base=base, wide=[2])
    model.set_params(learning_rate_multipliers=[0, 0, 1]).fit(X, LABELS)
    for name, array in base.extra_weights_.items():
        np.testing.assert_array_equal(model.extra_weights_[name], array)
    for ours, theirs in zip(model._scaling, base._scaling, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert np.any(base._scaling.mean > 0.5)


def test_base_learns_nothing_and_is_not_needed_after_the_fit():
    base = pickle.loads(pickle.dumps(BASE))
    model = classifier(base=base).fit(X, LABELS)
    np.testing.assert_array_equal(base.coefs_[0], BASE.coefs_[0])
    assert np.all(model.coefs_[0] != base.coefs_[0])
    proba = model.predict_proba(X)
    base.coefs_[0][:] = 0
    np.testing.assert_array_equal(model.predict_proba(X), proba)
    model.set_params(base="nowhere", warm_start=True).fit(X, LABELS)  # goes on from its own weights
    model.partial_fit(X, LABELS)


def test_clones_share_the_base_and_searches_fit_with_it():
    model = classifier(base=BASE, learning_rate_multipliers=[0, 0, 1])
    assert clone(model).base is BASE
    assert model.base is BASE
    search = GridSearchCV(make_pipeline(StandardScaler(), model), {"mlpclassifiertf__alpha": [0.1, 1]}, cv=2)
    found = search.fit(X, LABELS).best_estimator_[-1]
    np.testing.assert_array_equal(found.coefs_[0], BASE.coefs_[0])
    other = regressor(random_state=2).fit(X, REAL)
    grid = {"base": [None, FrozenEstimator(BASE), FrozenEstimator(other)], "n_base_layers": [1, 2]}
    assert len(set(GridSearchCV(classifier(), grid, cv=2).fit(X, LABELS).cv_results_["mean_test_score"])) > 1


def test_an_estimator_with_a_base_is_pickled_and_saved(tmp_path):
    model = classifier(base=BASE).fit(X, LABELS)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.fit(X, LABELS).coefs_[0], model.coefs_[0])
    model.save(tmp_path / "model.zip")
    loaded = load(tmp_path / "model.zip")
    assert loaded.base is None
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(loaded.partial_fit(X, LABELS).coefs_[0], model.partial_fit(X, LABELS).coefs_[0])
    BASE.save(tmp_path / "base.zip")
    classifier(base=tmp_path / "base.zip").fit(X, LABELS).save(tmp_path / "model.zip")
    assert load(tmp_path / "model.zip").base == str(tmp_path / "base.zip")


class Stop(Callback):
    def epoch_end(self, context):
        return context.epoch >= 2


def test_a_checkpoint_is_of_its_base(tmp_path):
    whole = classifier(base=BASE, max_iter=5).fit(X, LABELS)
    classifier(base=BASE, max_iter=5).set_callbacks(Checkpoint(tmp_path), Stop()).fit(X, LABELS)
    copy = FrozenEstimator(pickle.loads(pickle.dumps(BASE)))
    resumed = classifier(base=copy, max_iter=5).set_callbacks(Checkpoint(tmp_path)).fit(X, LABELS, resume=True)
    np.testing.assert_array_equal(resumed.coefs_[0], whole.coefs_[0])
    other = regressor(random_state=2).fit(X, REAL)
    with pytest.raises(ValueError, match="other data"):
        classifier(base=other, max_iter=5).fit(X, LABELS, resume=tmp_path)


def test_members_of_an_ensemble_begin_with_the_same_lower_layers():
    model = classifier(base=BASE, n_estimators=2, **STILL).fit(X, LABELS)
    np.testing.assert_array_equal(model.coefs_[0], np.stack([BASE.coefs_[0]] * 2))
    assert np.all(model.coefs_[2][0] != model.coefs_[2][1])


def test_the_weights_have_the_dtype_of_the_new_network():
    model = classifier(base=BASE, dtype="float32", **STILL).fit(X, LABELS)
    np.testing.assert_array_equal(model.coefs_[0], BASE.coefs_[0].astype(np.float32))
    assert model.coefs_[0].dtype == np.float32


FRAME = pd.DataFrame(X, columns=list("abcd"))


@pytest.mark.parametrize(
    ("error", "message", "make"),
    [
        (ValueError, "at least the units of the base's, 6 in hidden layer 1", lambda: classifier((3, 5), base=BASE)),
        (ValueError, "5 in hidden layer 2.* n_base_layers=1", lambda: classifier((6, 3), base=BASE)),
        (ValueError, "hidden layers that both networks have", lambda: classifier(base=BASE, n_base_layers=3)),
        (ValueError, "hidden layers that both networks have", lambda: classifier((), base=BASE)),
        (ValueError, "activation must be as in the base.*Tanh.*ReLU", lambda: classifier(base=BASE, activation="tanh")),
        (
            ValueError,
            r"activation must be as in the base.*LeakyReLU\(negative_slope=0.3",
            lambda: classifier(base=regressor(activation=LeakyReLU(0.1)).fit(X, REAL), activation=LeakyReLU(0.3)),
        ),
        (ValueError, "normalization must be as in", lambda: classifier(base=BASE, normalization="batch")),
        (ValueError, "deep must be as in", lambda: classifier(base=BASE, deep=[3, 2, 1, 0])),
        (
            ValueError,
            "skip_connections must be as in",
            lambda: classifier((6, 6), base=regressor((6, 6)).fit(X, REAL), skip_connections=True),
        ),
        (
            ValueError,
            r"skip_connections must be as in.*got \[False, True\] .*True, False\]; set the .* and the sizes",
            lambda: classifier(
                (6, 6), base=regressor((4, 6), skip_connections=True).fit(X, REAL), skip_connections=True
            ),
        ),
        (ValueError, "standardize must be as in the base", lambda: classifier(base=BASE, standardize=True)),
        (
            ValueError,
            "a base with 3 columns and an X with 4",
            lambda: classifier(base=regressor().fit(X[:, :3], REAL)),
        ),
        (
            ValueError,
            "single network, got an ensemble of 2",
            lambda: classifier(base=regressor(n_estimators=2).fit(X, REAL)),
        ),
        (NotFittedError, "base must be fitted(?s:.*)FrozenEstimator", lambda: classifier(base=regressor())),
        (NotFittedError, "base must be fitted", lambda: classifier(base=MLPRegressor())),
        (TypeError, "of a Pipeline pass the last", lambda: classifier(base=make_pipeline(BASE))),
        (TypeError, "base must be", lambda: classifier(base=PerceptronClassifier().fit(X, LABELS))),
        (FileNotFoundError, "nowhere.zip", lambda: classifier(base=Path("nowhere.zip"))),
        (
            ValueError,
            "ELU and Softmax layers only, and .* got the layer .* of class BatchNormalization",
            lambda: classifier(base=keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization()])),
        ),
        (
            ValueError,
            "one activation for each Dense layer, got the layer .* of class Activation",
            lambda: classifier(base=chain(keras.layers.Dense(4, "relu"), keras.layers.Activation("tanh"))),
        ),
        (ValueError, "not be quantized, got the layer .* with int8 weights", lambda: classifier(base=quantized())),
        (ValueError, "has been built", lambda: classifier(base=keras.Sequential([keras.layers.Dense(3)]))),
        (ValueError, "layer 'concatenate.*' takes 2 tensors", lambda: classifier(base=with_branch())),
        (ValueError, "one with 1 inputs and 2 outputs", lambda: classifier(base=with_two_outputs())),
        (ValueError, "calls a layer twice", lambda: classifier(base=with_a_layer_called_twice())),
        (ValueError, "a subclassed one", lambda: classifier(base=Subclassed())),
        (ValueError, "of class Doubled", lambda: classifier(base=chain(Doubled(6, activation="relu")))),
        (
            ValueError,
            r"rows have the shape \(3, 4\)",
            lambda: classifier(base=keras.Sequential([keras.Input((3, 4)), keras.layers.Dense(2)])),
        ),
    ],
)
def test_a_base_that_does_not_fit_is_refused_in_one_sentence(error, message, make):
    with pytest.raises(error, match=message):
        make().fit(X, LABELS)


@pytest.mark.parametrize(
    "make", [regressor, lambda: MLPRegressor(hidden_layer_sizes=(6, 5), max_iter=2)], ids=["ours", "scikit-learn"]
)
def test_columns_are_those_of_the_base_by_name(make):
    base = make().fit(FRAME, REAL)
    classifier(base=base).fit(FRAME, LABELS)
    classifier(base=base).fit(X, LABELS)
    with pytest.raises(ValueError, match="same columns in the same order"):
        classifier(base=base).fit(FRAME[list("badc")], LABELS)


def test_it_works_with_metadata_routing_and_set_params():
    with config_context(enable_metadata_routing=True):
        cloned = clone(classifier(base=BASE).set_fit_request(sample_weight=True))
    assert cloned.base is BASE
    assert clone(cloned.set_params(base=None)).base is None
