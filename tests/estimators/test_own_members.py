"""Activations, losses, solvers and the like that users add to the tables, compared with equal ones of the package."""

from math import prod

import numpy as np
import pytest

from sklearn_ann.activations import SETTINGS, Activation, LeakyReLU
from sklearn_ann.augmentations import Augmentation, Mixup
from sklearn_ann.engines.augmentations import AUGMENTATIONS
from sklearn_ann.engines.optimizers import OPTIMIZERS
from sklearn_ann.engines.regularizers import REGULARIZERS
from sklearn_ann.initializers import INITIALIZERS, Initializer, Orthogonal
from sklearn_ann.inspection import ActivationDisplay
from sklearn_ann.losses import CLASS_LOSS_NAMES, LOSS_NAMES, ClassLoss, Focal, Huber, Loss
from sklearn_ann.network.activations import ACTIVATIONS
from sklearn_ann.network.losses import LOSSES
from sklearn_ann.normalizations import NORMALIZATION_NAMES, LayerNorm, Normalization
from sklearn_ann.optimizers import SGD, SOLVERS, RMSprop, Solver
from sklearn_ann.regularizers import L1, Regularizer
from sklearn_ann.runtime.backend import tf
from sklearn_ann.schedules import SCHEDULES, OneCycle, Power, Schedule
from tests.estimators.problems import CLOSE, LABELS, REAL, REALS, X, assert_same_weights, classifier, regressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # few epochs show enough


def settings_class(base, attributes, **defaults):
    """A class of choices with settings of these names and defaults."""
    signature = ", ".join(f"{name}={value!r}" for name, value in defaults.items())
    namespace = {}
    body = "\n".join(f"    self.{name} = {name}" for name in defaults)
    exec(f"def __init__(self, {signature}):\n{body}", namespace)
    return type("Own", (base,), {**attributes, "__init__": namespace["__init__"]})


# ------------------------------------------- settings whose names another part of the fit has too

# Each setting is a factor of the one number that the equal member of the package has.
FACTORS = {"alpha": 0.9, "tol": 0.8, "power_t": 1.1, "learning_rate_init": 0.7, "epsilon": 1.2, "seed": 0.95}


def test_a_loss_has_settings_of_any_name(monkeypatch):
    factors = {**FACTORS, "low": 0.9, "high": 1.1, "loss_weight": 0.8, "momentum": 1.3}

    def number_of(number):
        return lambda name: prod(number(factor) for factor in factors)

    huber = LOSSES["huber"]
    own = huber._replace(
        value_and_delta=lambda xp, raw, y, number: huber.value_and_delta(xp, raw, y, number_of(number)),
        numbers=tuple(factors),
    )
    monkeypatch.setitem(LOSSES, "own", own)
    Own = settings_class(Loss, {"name": "own"}, **factors)
    outputs = {"output_activation": "logistic", "output_range": (-5, 5), "loss_weights": [0.5, 2.0]}
    ours = regressor(loss=Own(), learning_rate="invscaling", solver="sgd", **outputs).fit(X, REALS)
    same = regressor(loss=Huber(prod(factors.values())), learning_rate="invscaling", solver="sgd", **outputs)
    assert_same_weights(ours, same.fit(X, REALS), **CLOSE)
    np.testing.assert_allclose(ours.loss_curve_, same.loss_curve_, rtol=1e-9)
    np.testing.assert_allclose(ours.predict(X), same.predict(X), **CLOSE)


def test_a_solver_has_settings_of_any_name(monkeypatch):
    factors = {**FACTORS, "delta": 0.9, "l1": 1.05, "factor": 0.9, "n_iter_no_change": 0.9, "rate": 1.1}
    sgd = OPTIMIZERS["sgd"]
    own = sgd._replace(
        scalars=lambda xp, rate, n_steps, numbers: sgd.scalars(
            xp, rate, n_steps, {"momentum": prod(numbers[factor] for factor in factors)}
        ),
        numbers=tuple(factors),
    )
    monkeypatch.setitem(OPTIMIZERS, "own", own)
    Own = settings_class(Solver, {"optimizer": "own"}, **factors)
    others = {"loss": Huber(0.5), "regularizer": L1(0.1), "alpha": 0.3, "learning_rate": "plateau"}
    ours = regressor(solver=Own(), **others).fit(X, REAL)
    same = regressor(solver=SGD(momentum=prod(factors.values()), nesterov=False), **others).fit(X, REAL)
    assert_same_weights(ours, same, **CLOSE)


def test_a_momentum_that_a_schedule_cycles_has_any_name(monkeypatch):
    sgd = OPTIMIZERS["sgd"]
    own = sgd._replace(
        scalars=lambda xp, rate, n_steps, numbers: sgd.scalars(xp, rate, n_steps, {"momentum": numbers["rate"]}),
        numbers=("rate",),
    )
    monkeypatch.setitem(OPTIMIZERS, "own", own)
    Own = settings_class(Solver, {"optimizer": "own", "momentum_name": "rate"}, rate=0.5)
    ours, same = (
        regressor(solver=solver, learning_rate=OneCycle()).fit(X, REAL) for solver in (Own(), SGD(nesterov=False))
    )
    assert_same_weights(ours, same, **CLOSE)


def test_an_activation_has_settings_of_any_name(monkeypatch):
    factors = {**FACTORS, "dropout": 0.5, "quantile": 0.9}
    leaky = ACTIVATIONS["leaky_relu"]
    own = leaky._replace(
        value=lambda xp, z, *numbers: leaky.value(xp, z, prod(numbers)),
        slope=lambda xp, z, value, *numbers: leaky.slope(xp, z, value, prod(numbers)),
        numbers=tuple(factors),
    )
    monkeypatch.setitem(ACTIVATIONS, "own", own)
    Own = settings_class(Activation, {"name": "own"}, **factors)
    ours, same = (
        regressor(activation=activation, dropout=0.3).fit(X, REAL)
        for activation in (Own(), LeakyReLU(prod(factors.values())))
    )
    assert_same_weights(ours, same, **CLOSE)
    np.testing.assert_allclose(ours.predict(X), same.predict(X), **CLOSE)


@pytest.mark.parametrize("name", ["tol", "learning_rate_init", "momentum"])
def test_a_regularizer_has_any_name(monkeypatch, name):
    monkeypatch.setitem(REGULARIZERS, name, REGULARIZERS["l1"])
    Own = settings_class(Regularizer, {"name": name}, strength=0.5)
    ours, same = (regressor(solver="sgd", regularizer=each).fit(X, REAL) for each in (Own(), L1(0.5)))
    assert_same_weights(ours, same, **CLOSE)


def test_a_regularizer_cannot_take_the_place_of_alpha():
    Own = settings_class(Regularizer, {"name": "alpha"}, strength=0.5)
    with pytest.raises(ValueError, match=r"regularizer must have one of a kind.*alpha"):
        regressor(regularizer=Own()).fit(X, REAL)


def test_an_augmentation_has_any_name(monkeypatch):
    monkeypatch.setitem(AUGMENTATIONS, "dropout", AUGMENTATIONS["mixup"]._replace(numbers=("tol",)))
    Own = settings_class(Augmentation, {"name": "dropout"}, tol=0.7)
    ours, same = (regressor(augmentation=each, input_dropout=0.2).fit(X, REAL) for each in (Own(), Mixup(0.7)))
    assert_same_weights(ours, same, **CLOSE)


# ------------------------------------------- members that are asked for by name


def leaky_row(*names):
    leaky = ACTIVATIONS["leaky_relu"]
    return leaky._replace(numbers=names)


def test_an_activation_by_name_has_the_defaults_of_its_class(monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "own", leaky_row("steepness"))
    Own = settings_class(Activation, {"name": "own"}, steepness=0.3)
    monkeypatch.setitem(SETTINGS, "own", Own)
    ours, same = (regressor(activation=each).fit(X, REAL) for each in ("own", LeakyReLU(0.3)))
    assert_same_weights(ours, same, **CLOSE)
    np.testing.assert_allclose(ours.predict(X), same.predict(X), **CLOSE)
    by_list = regressor(activation=["own"]).fit(X, REAL)
    assert_same_weights(by_list, same, **CLOSE)


def test_an_activation_by_name_without_defaults_is_refused_in_one_sentence(monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "own", leaky_row("steepness"))
    for activation in ("own", ["own"]):
        with pytest.raises(ValueError, match=r"activation must have a value for each number.*'own' without steepness"):
            regressor(activation=activation).fit(X, REAL)
    with pytest.raises(ValueError, match=r"activations must have a value for each number.*'own' without steepness"):
        ActivationDisplay.from_activations(["own"])


class Needy:
    """Mixin of a class whose setting has no default."""

    def __init__(self, amount):
        self.amount = amount


@pytest.mark.parametrize(
    ("make", "parameter", "table", "base"),
    [
        (regressor, "activation", SETTINGS, Activation),
        (regressor, "loss", LOSS_NAMES, Loss),
        (classifier, "loss", CLASS_LOSS_NAMES, ClassLoss),
        (regressor, "solver", SOLVERS, Solver),
        (regressor, "learning_rate", SCHEDULES, Schedule),
        (regressor, "normalization", NORMALIZATION_NAMES, Normalization),
        (regressor, "kernel_initializer", INITIALIZERS, Initializer),
    ],
)
def test_a_name_of_a_class_without_defaults_is_refused_in_one_sentence(monkeypatch, make, parameter, table, base):
    monkeypatch.setitem(table, "own", type("Own", (Needy, base), {"name": "own"}))
    with pytest.raises(ValueError, match=rf"{parameter}='own' is the name of Own.*amount; pass an object.*Own\(amount"):
        make(**{parameter: "own"}).fit(X, LABELS)


@pytest.mark.parametrize(
    ("make", "parameter", "table", "kind", "settings"),
    [
        (regressor, "loss", LOSS_NAMES, Huber, {"delta": 1.0}),
        (classifier, "loss", CLASS_LOSS_NAMES, Focal, {"gamma": 2.0}),
        (regressor, "solver", SOLVERS, RMSprop, {"rho": 0.9}),
        (regressor, "learning_rate", SCHEDULES, Power, {"epochs": 10}),
        (regressor, "normalization", NORMALIZATION_NAMES, LayerNorm, {"epsilon": 1e-3}),
        (regressor, "kernel_initializer", INITIALIZERS, Orthogonal, {"gain": 1.0}),
    ],
)
def test_a_class_in_a_table_stands_for_an_object_with_its_defaults(monkeypatch, make, parameter, table, kind, settings):
    monkeypatch.setitem(table, "own", kind)
    ours, same = (make(**{parameter: each}).fit(X, LABELS) for each in ("own", kind(**settings)))
    assert_same_weights(ours, same)


def test_a_function_in_a_table_is_that_function(monkeypatch):
    monkeypatch.setitem(SCHEDULES, "own", lambda epoch: 0.01 / (1 + epoch))
    monkeypatch.setitem(INITIALIZERS, "own", lambda shape: np.full(shape, 0.1))
    monkeypatch.setitem(LOSS_NAMES, "own", lambda y, prediction: 0.5 * tf.reduce_mean((y - prediction) ** 2, axis=-1))
    ours = regressor(learning_rate="own", kernel_initializer="own", loss="own").fit(X, REAL)
    same = regressor(
        learning_rate=lambda epoch: 0.01 / (1 + epoch), kernel_initializer=lambda shape: np.full(shape, 0.1)
    ).fit(X, REAL)
    assert_same_weights(ours, same, **CLOSE)


class Rowless:
    """Mixin of a class whose row in the engine's table was forgotten."""

    name = optimizer = rule = "forgotten"
    amount = 0.1

    def row(self, log_loss):
        return self.name


@pytest.mark.parametrize(
    ("make", "parameter", "base"),
    [
        (regressor, "activation", Activation),
        (regressor, "loss", Loss),
        (classifier, "loss", ClassLoss),
        (regressor, "solver", Solver),
        (regressor, "learning_rate", Schedule),
        (regressor, "normalization", Normalization),
        (regressor, "regularizer", Regularizer),
        (regressor, "augmentation", Augmentation),
    ],
)
def test_a_member_without_a_row_is_refused_in_one_sentence(make, parameter, base):
    own = type("Own", (Rowless, settings_class(base, {}, strength=0.1)), {})()
    with pytest.raises(ValueError, match=rf"{parameter} must have a row in the engine's table.*'forgotten'"):
        make(**{parameter: own}).fit(X, LABELS)


def test_a_solver_without_the_numbers_of_its_row_is_refused_in_one_sentence():
    own = settings_class(Solver, {"optimizer": "rmsprop"}, rho=0.9)()
    with pytest.raises(ValueError, match=r"solver must have a value.*without momentum, epsilon"):
        regressor(solver=own).fit(X, REAL)


def test_a_regularizer_of_two_settings_is_refused_in_one_sentence():
    own = settings_class(Regularizer, {"name": "l1"}, weak=0.1, strong=1.0)()
    with pytest.raises(ValueError, match=r"Own must have one setting, its amount, got \['strong', 'weak'\]"):
        regressor(regularizer=own).fit(X, REAL)


def test_an_activation_that_names_no_initializer_is_refused_in_one_sentence(monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "own", ACTIVATIONS["tanh"]._replace(initializer="mine"))
    with pytest.raises(ValueError, match=r"kernel_initializer must be one of .*'he_normal'.*got 'mine'"):
        regressor(activation="own", kernel_initializer="auto").fit(X, REAL)


def test_an_activation_and_a_normalization_that_learn_the_same_name_are_refused(monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "own", ACTIVATIONS["prelu"]._replace(learned=(("scale", 0.25),)))
    with pytest.raises(ValueError, match=r"other names than what a normalization does, got \['scale'\]"):
        regressor(activation="own", normalization="batch").fit(X, REAL)
