"""A network as a Keras model: the same predictions, also after Keras has saved and loaded it."""

import keras
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sklearn_ann import MLPClassifierTF, MLPRegressorTF, PerceptronClassifier
from sklearn_ann.activations import ACTIVATIONS, ActivationFunction, LeakyReLU, PReLU, ReLU, Tanh, activation_of
from sklearn_ann.data.scales import Scaling
from sklearn_ann.keras import keras_model
from sklearn_ann.keras.model import build_model, set_weights
from sklearn_ann.links import LINKS
from sklearn_ann.losses import LogLoss, SquaredError
from sklearn_ann.network.forward_numpy import forward
from sklearn_ann.network.hyper import NetworkHyper
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights, first_extras, stacked
from sklearn_ann.normalizations import NORMALIZATIONS, BatchNorm, LayerNorm, normalization_of

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer", "ignore:lbfgs failed")  # cut short on purpose

ROWS = np.random.RandomState(7).normal(size=(9, 5))
LINK_HYPER = {
    "logistic_between": (np.array([-1.0, 1 / 3]), np.array([2.0, 0.7])),
    "tanh_between": (np.array([-1.0, 1 / 3]), np.array([2.0, 0.7])),
    "mean_and_std": (1e-3,),
}
REALS = Output(SquaredError(), (2,))
PLAIN = {"n_features": 5, "hidden": (6, 6), "activations": (Tanh(), Tanh()), "output": REALS, "dtype": "float64"}
STRUCTURES = {
    "batch before": {"normalization": BatchNorm(epsilon=0.01)},
    "batch after": {"normalization": BatchNorm(position="after")},
    "layer before": {"normalization": LayerNorm(epsilon=0.01)},
    "layer after": {"normalization": LayerNorm(position="after")},
    "skip": {"skip": True},
    "skip over inputs": {"skip": True, "hidden": (5, 5)},
    "wide": {"wide": (3, 0)},
    "deep": {"deep": (3, 0, 2)},
    "deep beside wide, with a skip from its columns": {
        "deep": (4, 0, 2),
        "wide": (0, 1),
        "hidden": (3, 6),
        "skip": True,
    },
    "auxiliary": {"auxiliary": 1},
    "prelu": {"activations": (PReLU(), ReLU())},
    "everything": {
        "normalization": BatchNorm(),
        "skip": True,
        "wide": (0, 1, 2, 3, 4),
        "auxiliary": 1,
        "activations": (PReLU(), LeakyReLU()),
    },
    "no hidden layers": {"hidden": (), "activations": (ReLU(),)},
    "two heads": {
        "output": Output(LogLoss().of_form("multiclass"), (3, 2)),
        "hidden": (6,),
        "activations": (ReLU(),),
    },
    "single precision": {"dtype": "float32"},
}
# Some of Keras' layers round their settings to float32 (LeakyReLU, gelu); others differ by the order of operations.
CLOSE = {"rtol": 1e-6, "atol": 1e-7}


def network_and_hyper(**changes):
    """A network made of members, and their hyperparameters; those of activations are not the usual ones."""
    facts = {**PLAIN, **changes}
    activations, normalization = facts["activations"], facts.get("normalization")
    hyper = NetworkHyper(
        activations=tuple(tuple(0.7 * value - 0.05 for value in each.hyper) for each in activations),
        normalization=() if normalization is None else normalization.hyper,
        link=LINK_HYPER.get(facts["output"].link_name, ()),
    )
    facts["activations"] = tuple(each.structure() for each in activations)
    facts["normalization"] = None if normalization is None else normalization.structure()
    return Network(**facts), hyper


def weights_for(network, seed=0):
    draw = np.random.RandomState(seed)
    coefs = tuple(draw.normal(size=fans).astype(network.dtype) for fans in network.fans)
    intercepts = tuple(draw.normal(size=size).astype(network.dtype) for size in network.intercept_sizes)
    extras = (
        tuple(first + draw.uniform(0.1, 1, first.shape).astype(first.dtype) for first in group)
        for group in first_extras(network)
    )
    return Weights(coefs, intercepts, *extras)


def assert_exported(tmp_path, **changes):
    network, hyper = network_and_hyper(**changes)
    weights = weights_for(network)
    model = build_model(network, weights, hyper)
    rows = ROWS.astype(network.dtype)
    expected = forward(rows, network, weights, hyper)
    tolerance = CLOSE if network.dtype == "float64" else {"rtol": 1e-4, "atol": 1e-5}
    np.testing.assert_allclose(model(rows), expected, **tolerance)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(rows), model(rows))


@pytest.mark.parametrize("structure", STRUCTURES)
def test_a_structure_predicts_as_in_numpy(structure, tmp_path):
    assert_exported(tmp_path, **STRUCTURES[structure])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_has_a_counterpart(name, tmp_path):
    assert_exported(tmp_path, activations=(activation_of(name), Tanh()))


@pytest.mark.parametrize("name", NORMALIZATIONS)
def test_every_normalization_has_a_counterpart(name, tmp_path):
    assert_exported(tmp_path, normalization=normalization_of(name))


@pytest.mark.parametrize("link", LINKS)
def test_every_link_has_a_counterpart(link, tmp_path):
    assert_exported(tmp_path, output=Output(SquaredError(), (2,), activation=link))


class GroupNorm(LayerNorm):
    name = "group"


class Double(Tanh):
    def value(self, xp, z):
        return 2 * xp.tanh(z)


@pytest.mark.parametrize(
    ("member", "said"),
    [
        ({"normalization": GroupNorm()}, "normalization 'group'"),
        ({"activations": (Double(), Tanh())}, "activation 'Double'"),
    ],
)
def test_what_has_no_counterpart_is_refused(member, said):
    network, hyper = network_and_hyper(**member)
    with pytest.raises(ValueError, match=f"The {said} has no counterpart in Keras; export a network with one of"):
        build_model(network, weights_for(network), hyper)


def test_an_activation_of_ones_own_predicts_as_in_numpy():
    network, hyper = network_and_hyper(activations=(ActivationFunction(keras.ops.sin), Tanh()))
    weights = weights_for(network)
    model = build_model(network, weights, hyper)
    np.testing.assert_allclose(model(ROWS), forward(ROWS, network, weights, hyper), **CLOSE)


def test_layers_have_names_and_take_other_weights():
    network, hyper = network_and_hyper(**STRUCTURES["everything"])
    model = build_model(network, weights_for(network), hyper)
    names = {layer.name for layer in model.layers if layer.weights}
    layers = {f"{kind}_{i}" for kind in ("hidden", "normalization") for i in (1, 2)}
    assert names == {*layers, "activation_1", "output", "wide"}
    other = weights_for(network, seed=1)
    set_weights(model, network, other)
    np.testing.assert_allclose(model(ROWS), forward(ROWS, network, other, hyper), **CLOSE)


def test_an_ensemble_is_the_mean_of_its_towers():
    network, hyper = network_and_hyper()
    members = [weights_for(network, seed) for seed in (0, 1)]
    model = build_model(network, stacked(members), hyper)
    expected = np.mean([forward(ROWS, network, member, hyper) for member in members], axis=0)
    np.testing.assert_allclose(model(ROWS), expected, **CLOSE)
    assert model.get_layer("member_2_hidden_1").units == 6


def test_columns_are_scaled_first_however_small_they_are(tmp_path):
    network, hyper = network_and_hyper()
    scaling = Scaling(np.arange(5) / 3, np.array([1e-12, 1, 2, 1e5, 1]))
    weights = weights_for(network)
    model = build_model(network, weights, hyper, scaling)
    rows = ROWS * scaling.scale + scaling.mean
    scaled = (rows - scaling.mean) / scaling.scale
    np.testing.assert_allclose(model(rows), forward(scaled, network, weights, hyper), **CLOSE)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(rows), model(rows))


LABELS = np.array(["a", "b", "c"] * 3)
LIKELIHOOD = {"loss": "gaussian", "solver": "adam", "max_iter": 3}
ESTIMATORS = {
    "classes": (MLPClassifierTF, LABELS, {}, lambda model, rows: model.predict_proba(rows)),
    "two classes": (MLPClassifierTF, ROWS[:, 0] > 0, {}, lambda model, rows: model.predict_proba(rows)[:, 1:]),
    "hinge": (MLPClassifierTF, LABELS, {"loss": "hinge"}, lambda model, rows: model.decision_function(rows)),
    "columns of classes": (
        MLPClassifierTF,
        np.column_stack([np.arange(9) % 3, np.arange(9) // 3]),
        {},
        lambda model, rows: np.hstack(model.predict_proba(rows)),
    ),
    "real numbers": (
        MLPRegressorTF,
        ROWS[:, 0],
        {"standardize": True},
        lambda model, rows: model.predict(rows)[:, None],
    ),
    "likelihood": (MLPRegressorTF, ROWS[:, 0], LIKELIHOOD, lambda model, rows: np.transpose(model.predict(rows, True))),
    "ensemble": (
        MLPRegressorTF,
        ROWS[:, :2],
        {"solver": "adam", "max_iter": 3, "n_estimators": 2, "wide": "all", "normalization": "batch"},
        lambda model, rows: model.predict(rows),
    ),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_fitted_estimator_predicts_the_same_in_keras(name, tmp_path):
    make, y, parameters, predict = ESTIMATORS[name]
    parameters = {"solver": "lbfgs", "max_iter": 5, "random_state": 0, **parameters}
    estimator = make((6,), **parameters).fit(ROWS, y)
    model = keras_model(estimator)
    np.testing.assert_allclose(model(ROWS), predict(estimator, ROWS), atol=1e-6)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(ROWS), model(ROWS))


def test_what_is_no_fitted_network_is_refused():
    with pytest.raises(TypeError, match=r"takes a fitted MLPClassifierTF or MLPRegressorTF, got PerceptronClassifier"):
        keras_model(PerceptronClassifier())
    with pytest.raises(NotFittedError, match="MLPClassifierTF instance is not fitted"):
        keras_model(MLPClassifierTF())
