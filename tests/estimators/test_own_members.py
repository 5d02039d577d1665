"""Members that users write: one of each kind as in a script, in no table, beside equal ones of the package."""

import math
import pickle
import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann.activations import ACTIVATIONS, Activation, LeakyReLU, PReLU, RReLU, Tanh
from sklearn_ann.augmentations import Augmentation, Mixup
from sklearn_ann.initializers import INITIALIZERS, Initializer, Orthogonal
from sklearn_ann.inspection import ActivationDisplay
from sklearn_ann.losses import CLASS_LOSSES, LOSSES, AbsoluteError, ClassLoss, Focal, Huber, Loss, Quantile
from sklearn_ann.normalizations import NORMALIZATIONS, BatchNorm, LayerNorm, Normalization
from sklearn_ann.optimizers import OPTIMIZERS, SGD, Lion, Optimizer, RMSprop
from sklearn_ann.regularizers import L1, Constraint, Penalty
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.programs import compilation_count
from sklearn_ann.schedules import SCHEDULES, OneCycle, Power, Schedule
from tests.estimators.problems import (
    BINARY,
    CLOSE,
    LABELS,
    MULTILABEL,
    REAL,
    REALS,
    X,
    assert_same_weights,
    classifier,
    regressor,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # few epochs show enough


class PowerUnit(Activation):
    hyper_names = ("exponent",)

    def __init__(self, exponent=2.0, odd=False):
        self.exponent = exponent
        self.odd = odd

    def value(self, xp, z, exponent):
        return xp.sign(z) * xp.abs(z) ** exponent if self.odd else xp.maximum(z, 0) ** exponent

    def slope(self, xp, z, value, exponent):
        size = xp.abs(z) if self.odd else xp.maximum(z, 0)
        return exponent * xp.sign(size) * size ** (exponent - 1)


class Tempered(ClassLoss):
    hyper_names = ("temperature",)

    def __init__(self, temperature=2.0):
        self.temperature = temperature

    def binary(self, xp, raw, y, temperature):
        sign = 2 * y - 1
        return xp.logaddexp(-sign * raw / temperature, 0), -sign * xp.expit(-sign * raw / temperature) / temperature

    def multiclass(self, xp, raw, shares, temperature):
        log_proba = xp.log_softmax(raw / temperature)
        return -xp.sum(shares * log_proba, axis=-1)[..., None], (xp.exp(log_proba) - shares) / temperature


class PowerError(Loss):
    hyper_names = ("power",)

    def __init__(self, power=1.5):
        self.power = power

    def value_and_delta(self, xp, raw, y, power):
        size = xp.abs(raw - y)
        return size**power / power, xp.sign(raw - y) * size ** (power - 1)


class Signum(Optimizer):
    n_slots = 1
    hyper_names = ("beta",)

    def __init__(self, beta=0.9, decoupled=True):
        self.beta = beta
        self.decoupled = decoupled

    def update(self, xp, weight, gradient, opt_state, scalars):
        learning_rate, beta = scalars
        mean = beta * opt_state[0] + (1 - beta) * gradient
        return -learning_rate * (xp.sign(mean) if self.decoupled else mean), (mean,)


class Corrected(Optimizer):
    """Momentum with its bias correction, and a scalar that is the same whatever comes in."""

    n_slots = 1
    hyper_names = ("beta",)

    def __init__(self, beta=0.9):
        self.beta = beta

    def scalars(self, xp, learning_rate, n_steps, beta):
        return learning_rate / (1 - beta**n_steps), beta, 1 - beta, 2

    def update(self, xp, weight, gradient, opt_state, scalars):
        learning_rate, beta, share, factor = scalars
        mean = beta * opt_state[0] + share * gradient
        return -factor * learning_rate * mean, (mean,)


class Bridge(Penalty):
    hyper_names = ("strength",)

    def __init__(self, strength=0.5, power=1.5):
        self.strength = strength
        self.power = power

    def value(self, xp, coef):
        return xp.abs(coef) ** self.power

    def slope(self, xp, coef):
        return self.power * xp.sign(coef) * xp.abs(coef) ** (self.power - 1)


class Box(Constraint):
    hyper_names = ("limit",)

    def __init__(self, limit=0.3):
        self.limit = limit

    def project(self, xp, coef, limit):
        return xp.maximum(xp.minimum(coef, limit), -limit)


class RMSNorm(Normalization):
    hyper_names = ("epsilon",)

    def __init__(self, epsilon=1e-3):
        self.epsilon = epsilon

    def value(self, xp, values, learned, moving, epsilon):
        return values / xp.sqrt(xp.mean(xp.square(values), axis=-1, keepdims=True) + epsilon)

    def with_pullback(self, xp, values, shares, learned, epsilon):
        root = xp.sqrt(xp.mean(xp.square(values), axis=-1, keepdims=True) + epsilon)
        normal = values / root

        def pullback(upstream):
            return (upstream - normal * xp.mean(upstream * normal, axis=-1, keepdims=True)) / root, {}

        return values / root, {}, pullback  # an array of its own: an activation may write to it


class Jitter(Augmentation):
    hyper_names = ("width",)

    def __init__(self, width=0.2):
        self.width = width

    def change(self, xp, batch, uniform, width):
        by = (uniform(batch.x.shape[-2:]) - 0.5) * width
        return batch._replace(x=batch.x + xp.astype(by, batch.x.dtype))


class Halving(Schedule):
    def __init__(self, epochs=2):
        self.epochs = epochs

    def at(self, time, n_epochs, initial):
        return initial * 0.5 ** np.floor(time / self.epochs)


class ToPlateau(Schedule):
    """A rate that follows training: lowered at the end of each epoch without an improvement."""

    hyper_names = ("factor",)

    def __init__(self, factor=0.5):
        self.factor = factor

    @property
    def rule(self):
        return self

    def end_epoch(self, xp, learning_rate, n_no_improvement, wait, stopped, factor):
        return xp.where(n_no_improvement > 0, learning_rate * factor, learning_rate), n_no_improvement, wait, stopped


class Fading(Schedule):
    """A rate that falls ever faster, as far as a floor."""

    hyper_names = ("fall", "floor")

    def __init__(self, fall=0.1, floor=0.012):
        self.fall = fall
        self.floor = floor

    @property
    def rule(self):
        return self

    def end_epoch(self, xp, learning_rate, n_no_improvement, wait, stopped, fall, floor):
        rate = learning_rate * xp.exp(-fall * xp.astype(wait, xp.float64))
        return xp.clip(rate, floor, 1.0), n_no_improvement, wait + 1, stopped


class FanIn(Initializer):
    def __init__(self, scale=2.0):
        self.scale = scale

    def draw(self, fan_in, fan_out, random_state):
        bound = np.sqrt(3 * self.scale / fan_in)
        return random_state.uniform(-bound, bound, (fan_in, fan_out))


def jitter(x, uniform):
    return x + 0.4 * (uniform((x.shape[-2], x.shape[-1])) - 0.5)


# ------------------------------------------- each of them, in every way in which a member may be used

# parameter, an object, a setting of it that is searched with its values
MEMBERS = {
    "activation": (regressor, REALS, "activation", PowerUnit(), "exponent", [1.5, 2.0]),
    "class loss": (classifier, LABELS, "loss", Tempered(), "temperature", [1.0, 2.0]),
    "loss": (regressor, REALS, "loss", PowerError(), "power", [2.5, 3.0]),
    "optimizer": (regressor, REALS, "solver", Signum(), "beta", [0.5, 0.9]),
    "optimizer with scalars": (regressor, REALS, "solver", Corrected(), "beta", [0.5, 0.8]),
    "penalty": (regressor, REALS, "regularizer", Bridge(), "strength", [0.1, 1.0]),
    "constraint": (regressor, REALS, "regularizer", Box(), "limit", [0.1, 0.2]),
    "normalization": (regressor, REALS, "normalization", RMSNorm(), "epsilon", [0.1, 1.0]),
    "augmentation": (regressor, REALS, "augmentation", Jitter(), "width", [0.1, 0.5]),
    "schedule": (regressor, REALS, "learning_rate", Halving(), "epochs", [1, 3]),
    "rule": (regressor, REALS, "learning_rate", ToPlateau(), "factor", [0.1, 0.5]),
    "rule of functions": (regressor, REALS, "learning_rate", Fading(), "fall", [0.2, 0.5]),
    "initializer": (regressor, REALS, "kernel_initializer", FanIn(), "scale", [0.5, 1.0]),
}
every_member = pytest.mark.parametrize("kind", MEMBERS)
# All of them in three networks, which are three programs to compile.
TOGETHER = [
    ("activation", "loss", "optimizer", "penalty", "normalization", "rule"),
    ("class loss", "optimizer with scalars", "constraint", "augmentation", "rule of functions"),
    ("schedule", "initializer"),
]
assert sorted(kind for kinds in TOGETHER for kind in kinds) == sorted(MEMBERS)
every_network = pytest.mark.parametrize("kinds", TOGETHER, ids=", ".join)
IN_MOTION = {"batch_size": 20, "learning_rate_init": 0.02, "tol": 10.0, "n_iter_no_change": 10}  # never good enough
# Fits by TensorFlow have these parameters and validation rows, so that those of a network share a program.
COMPILED = {"backend": "tensorflow", "n_estimators": 2}


def model_with(*kinds, **more):
    make, y, *_ = MEMBERS[kinds[0]]
    members = {MEMBERS[kind][2]: MEMBERS[kind][3] for kind in kinds}
    return make(**members, **IN_MOTION | more), y


def fit_validated(model, y):
    return model.fit(X, y, X_val=X[:30], y_val=y[:30])


@every_network
def test_both_engines_agree_in_training_and_validation(kinds):
    model, y = model_with(*kinds, **COMPILED)
    by_numpy, by_tensorflow = (
        fit_validated(clone(model).set_params(backend=backend), y) for backend in ("numpy", "tensorflow")
    )
    assert (by_numpy.backend_, by_tensorflow.backend_) == ("numpy", "tensorflow")
    assert_same_weights(by_numpy, by_tensorflow, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(by_numpy.loss_curve_, by_tensorflow.loss_curve_, rtol=1e-10)
    np.testing.assert_allclose(by_numpy.validation_loss_curve_, by_tensorflow.validation_loss_curve_, rtol=1e-10)


@pytest.mark.parametrize("kinds", TOGETHER[:2], ids=", ".join)
def test_a_large_prediction_is_compiled_with_the_same_result(kinds, monkeypatch):
    model, y = model_with(*kinds, **COMPILED)
    expected = fit_validated(model, y).predict(X)
    before = compilation_count()
    monkeypatch.setattr("sklearn_ann.estimators.fitted.is_large", lambda *_: True)
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-10)
    assert compilation_count() == before + 1


@every_member
def test_it_makes_a_difference(kind):
    model, y = model_with(kind)
    plain = clone(model).set_params(**{MEMBERS[kind][2]: type(model)().get_params()[MEMBERS[kind][2]]})
    assert not np.allclose(model.fit(X, y).coefs_[0], plain.fit(X, y).coefs_[0])


@every_member
def test_a_clone_has_its_own_and_a_pickle_predicts_the_same(kind):
    model, y = model_with(kind)
    _, _, parameter, member, setting, (value, _) = MEMBERS[kind]
    model.fit(X, y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))
    copied = clone(model)
    assert_same_weights(copied.fit(X, y), model)
    assert getattr(copied, parameter) == member and getattr(copied, parameter) is not member
    copied.set_params(**{f"{parameter}__{setting}": value})
    assert getattr(copied, parameter) == clone(member).set_params(**{setting: value}) != member


@every_member
def test_a_search_in_a_pipeline_reaches_its_settings(kind):
    model, y = model_with(kind)
    _, _, parameter, _, setting, values = MEMBERS[kind]
    pipeline = make_pipeline(StandardScaler(), model)
    name = f"{pipeline.steps[-1][0]}__{parameter}__{setting}"
    search = GridSearchCV(pipeline, {name: values}, cv=2, error_score="raise").fit(X, y)
    single = [clone(pipeline).set_params(**{name: value}) for value in values]
    assert not np.array_equal(*(each.fit(X, y)[-1].coefs_[0] for each in single))
    assert_same_weights(search.best_estimator_[-1], single[search.best_index_][-1])


@every_network
def test_hyperparameters_schedules_by_time_and_initializers_are_no_part_of_a_program(kinds):
    model, y = model_with(*kinds, **COMPILED)
    fit_validated(model, y)
    before = compilation_count()
    for kind in kinds:
        _, _, parameter, member, setting, values = MEMBERS[kind]
        assert (setting in member.hyper_names) is (kind not in ("schedule", "initializer"))
        for value in values:
            fit_validated(clone(model).set_params(**{f"{parameter}__{setting}": value}), y)
    assert compilation_count() == before


@pytest.mark.parametrize(
    ("kind", "setting", "value"),
    [("activation", "odd", True), ("optimizer", "decoupled", False), ("penalty", "power", 2.0)],
)
def test_another_setting_is_another_program_and_an_equal_one_the_same(kind, setting, value):
    model, y = model_with(*TOGETHER[0], **COMPILED)
    fit_validated(model, y)
    other = clone(model).set_params(**{f"{MEMBERS[kind][2]}__{setting}": value})
    before = compilation_count()
    fit_validated(other, y)
    assert compilation_count() == before + 1
    assert not np.allclose(other.coefs_[0], model.coefs_[0])
    fit_validated(clone(other), y)
    fit_validated(clone(model), y)
    assert compilation_count() == before + 1
    by_numpy = fit_validated(clone(other).set_params(backend="numpy"), y)
    assert_same_weights(by_numpy, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "y", "parameter", "own", "same"),
    [
        (regressor, REALS, "activation", PowerUnit(1.0), "relu"),
        (regressor, REALS, "activation", PowerUnit(1.0, odd=True), "identity"),
        (regressor, REALS, "activation", [PowerUnit(1.0)], ["relu"]),
        (classifier, LABELS, "loss", Tempered(1.0), "log_loss"),
        (classifier, BINARY, "loss", Tempered(1.0), "log_loss"),
        (classifier, MULTILABEL, "loss", Tempered(1.0), "log_loss"),
        (regressor, REAL, "loss", PowerError(2.0), "squared_error"),
        (regressor, REALS, "loss", PowerError(1.0), "absolute_error"),
        (regressor, REALS, "solver", Signum(0.8), Lion(beta_1=0.8, beta_2=0.8)),
        (regressor, REALS, "regularizer", Bridge(0.5, power=1), L1(0.5)),
        (regressor, REALS, "augmentation", [Mixup(), Jitter(0.4)], [Mixup(), jitter]),
        (regressor, REALS, "learning_rate", Halving(3), lambda epoch: 0.001 * 0.5 ** (epoch // 3)),
        (regressor, REALS, "kernel_initializer", FanIn(1.0), "lecun_uniform"),
    ],
    ids=lambda each: getattr(each, "__name__", None) if callable(each) else None,
)
def test_it_equals_a_member_of_the_package(make, y, parameter, own, same):
    ours, theirs = make(**{parameter: own}).fit(X, y), make(**{parameter: same}).fit(X, y)
    assert_same_weights(ours, theirs, **CLOSE)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), **CLOSE)


def test_a_constraint_holds_and_binds():
    model = regressor(regularizer=[L1(1e-3), Box(0.25)]).fit(X, REALS)
    for coef in model.coefs_:
        assert np.abs(coef).max() == 0.25


@pytest.mark.parametrize("kind", ["activation", "class loss", "loss", "penalty", "normalization"])
def test_a_step_goes_down_the_numerical_gradient(kind):
    """Central differences of the loss, along a direction."""
    make, y, parameter, member, *_ = MEMBERS[kind]
    y, n_outputs = (LABELS, 3) if make is classifier else (REAL, 1)
    rng = np.random.RandomState(0)
    first, direction, last = rng.normal(size=(5, 7)), rng.normal(size=(5, 7)), rng.normal(size=(7, n_outputs))

    def step_from(coef):
        plain = {"solver": SGD(momentum=0.0), "learning_rate_init": 1.0, "alpha": 0, "max_iter": 1}
        model = make(**{parameter: member}, **plain)
        return model.fit(X, y, coef_init=[coef, last], intercept_init=[np.full(7, 0.1), np.zeros(last.shape[1])])

    gradient = first - step_from(first).coefs_[0]
    ahead, behind = (step_from(first + step * direction).loss_ for step in (1e-5, -1e-5))
    np.testing.assert_allclose(np.sum(gradient * direction), (ahead - behind) / 2e-5, rtol=1e-7)


# ------------------------------------------- settings of any name

# Each is a factor of the one number that the equal member of the package has.
FACTORS = {"alpha": 0.9, "tol": 0.8, "power_t": 1.1, "learning_rate_init": 0.7, "epsilon": 1.2, "seed": 0.95}


def with_factors(base, factors, **attributes):
    """A class whose hyperparameters are these factors."""
    signature = ", ".join(f"{name}={value!r}" for name, value in factors.items())
    body = "\n".join(f"    self.{name} = {name}" for name in factors)
    exec(f"def __init__(self, {signature}):\n{body}", attributes)
    return type("Own", (base,), {**attributes, "hyper_names": tuple(factors)})


def test_settings_may_be_called_like_parameters_of_the_estimator_and_of_other_members():
    factors = {**FACTORS, "delta": 0.9, "strength": 1.1, "momentum": 1.3, "low": 0.9, "loss_weights": 0.8}
    product = np.prod(list(factors.values()))
    leaky, huber, sgd = LeakyReLU(), Huber(), SGD(nesterov=False)
    activation = with_factors(
        Activation,
        factors,
        value=lambda self, xp, z, *hyper: leaky.value(xp, z, np.prod(hyper)),
        slope=lambda self, xp, z, value, *hyper: leaky.slope(xp, z, value, np.prod(hyper)),
        keeps_z=LeakyReLU.keeps_z,
    )
    loss = with_factors(
        Loss,
        factors,
        value_and_delta=lambda self, xp, raw, y, *hyper: huber.value_and_delta(xp, raw, y, np.prod(hyper)),
    )
    solver = with_factors(
        Optimizer,
        factors,
        n_slots=1,
        momentum_name=None,
        scalars=lambda self, xp, learning_rate, n_steps, *hyper: (learning_rate, np.prod(hyper)),
        update=lambda self, *args: sgd.update(*args),
    )
    others = {
        "regularizer": L1(0.1), "alpha": 0.3, "learning_rate": "plateau", "output_activation": "logistic",
        "output_range": (-5, 5), "loss_weights": [0.5, 2.0], "dropout": 0.2, "input_dropout": 0.1,
        "augmentation": Mixup(), "backend": "numpy",
    }  # fmt: skip
    ours = regressor(activation=activation(), loss=loss(), solver=solver(), **others).fit(X, REALS)
    same = {"activation": LeakyReLU(product), "loss": Huber(product), "solver": SGD(momentum=product, nesterov=False)}
    assert_same_weights(ours, regressor(**same, **others).fit(X, REALS), **CLOSE)


def test_a_momentum_that_a_schedule_cycles_has_any_name():
    class Own(SGD):
        hyper_names = ("inertia",)
        momentum_name = "inertia"

        def __init__(self, inertia=0.5):
            super().__init__(nesterov=False)
            self.inertia = inertia

    same = regressor(solver=SGD(nesterov=False), learning_rate=OneCycle()).fit(X, REAL)
    for backend in ("numpy", "tensorflow"):
        ours = regressor(solver=Own(), learning_rate=OneCycle(), backend=backend).fit(X, REAL)
        assert_same_weights(ours, same, **CLOSE)


@pytest.mark.parametrize("backend", ["numpy", "tensorflow"])
@pytest.mark.parametrize(
    ("parameter", "base", "settings", "formula", "same"),
    [
        ("activation", RReLU, (0.25, 0.25), {"value": Tanh.value, "slope": Tanh.slope}, "tanh"),
        ("loss", Quantile, (0.5,), {"value_and_delta": AbsoluteError.value_and_delta}, "absolute_error"),
    ],
)
def test_a_class_derived_from_one_of_the_package_has_its_own_formula(parameter, base, settings, formula, same, backend):
    ignoring = {
        name: lambda self, *arguments, of=of: of(self, *arguments[:-1])  # the hyperparameter of the base
        for name, of in formula.items()
    }
    own = type("Own", (base,), ignoring)(*settings)
    ours = regressor(**{parameter: own}, backend=backend).fit(X, REAL)
    theirs = regressor(**{parameter: same}).fit(X, REAL)
    assert_same_weights(ours, theirs, **CLOSE)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), **CLOSE)


@pytest.mark.parametrize("backend", ["numpy", "tensorflow"])
def test_a_schedule_may_give_one_number_for_all_times(backend):
    class Even(Schedule):
        def at(self, time, n_epochs, initial):
            return 2 * initial

        def momentum_at(self, time, n_epochs):
            return 0.5

    ours = regressor(learning_rate=Even(), solver="sgd", learning_rate_init=0.005, backend=backend).fit(X, REALS)
    same = regressor(solver="sgd", learning_rate_init=0.01, momentum=0.5).fit(X, REALS)
    assert_same_weights(ours, same, **CLOSE)
    np.testing.assert_array_equal(ours.learning_rate_curve_, same.learning_rate_curve_)


@pytest.mark.parametrize("backend", ["numpy", "tensorflow"])
def test_the_momentum_of_a_normalization_is_known_by_its_name(backend):
    class Reordered(BatchNorm):
        hyper_names = ("epsilon", "momentum")

        def value(self, xp, values, learned, moving, epsilon, momentum):
            return super().value(xp, values, learned, moving, momentum, epsilon)

        def with_pullback(self, xp, values, shares, learned, epsilon, momentum):
            return super().with_pullback(xp, values, shares, learned, momentum, epsilon)

    settings = {"momentum": 0.6, "epsilon": 0.1}
    ours = regressor(normalization=Reordered(**settings), backend=backend, batch_size=20).fit(X, REALS)
    same = regressor(normalization=BatchNorm(**settings), batch_size=20).fit(X, REALS)
    for name, weights in same.extra_weights_.items():
        np.testing.assert_allclose(ours.extra_weights_[name], weights, **CLOSE)


def with_settings(scales):
    """A linear activation with a setting of any kind."""

    class Own(Activation):
        def __init__(self, scales=1.0):
            self.scales = scales

        def value(self, xp, z):
            return z * self.scales["first"] if isinstance(self.scales, dict) else z * sum(self.scales)

        def slope(self, xp, z, value):
            return self.value(xp, xp.ones_like(z))

    return Own(scales)


SCALES = [
    ({"first": 2.0, "second": [1.0]}, {"first": 3.0, "second": [1.0]}),
    ({0.5, 1.5}, {0.5, 2.5}),
    ([0.5, 1.5], [0.5, 2.5]),
    (np.array([0.5, 1.5]), np.array([0.5, 2.5])),
]


@pytest.mark.parametrize(("scales", "others"), SCALES)
def test_settings_may_be_dicts_sets_lists_and_arrays(scales, others):
    own = with_settings(scales)
    other = clone(own).set_params(scales=others)
    assert own == clone(own) != other
    assert hash(own) == hash(clone(own))
    fits = [regressor(activation=each).fit(X, REALS) for each in (own, other)]
    assert not np.allclose(fits[0].coefs_[0], fits[1].coefs_[0])


def test_such_settings_are_part_of_a_program():
    first, second = ([with_settings(each) for each in column] for column in zip(*SCALES, strict=True))
    before = compilation_count()
    for activations in (first, second, [clone(each) for each in first]):
        model = regressor(activation=activations, hidden_layer_sizes=(7,) * 4, backend="tensorflow")
        by_numpy = clone(model).set_params(backend="numpy").fit(X, REALS)
        assert_same_weights(model.fit(X, REALS), by_numpy, **CLOSE)
    assert compilation_count() == before + 2


@pytest.mark.parametrize("backend", ["numpy", "tensorflow"])
def test_a_hyperparameter_may_be_worked_out_from_settings(backend):
    class Halved(LeakyReLU):
        hyper_names = ("negative_slope",)

        def __init__(self, twice=0.2):
            self.twice = twice

        @property
        def negative_slope(self):
            return self.twice / 2

        _parameter_constraints = {}

    ours = regressor(activation=Halved(0.3), backend=backend).fit(X, REALS)
    assert_same_weights(ours, regressor(activation=LeakyReLU(0.15)).fit(X, REALS), **CLOSE)


# ------------------------------------------- members that are asked for by name


class Scaled(Activation):
    def __init__(self, scales):
        self.scales = scales

    def value(self, xp, z):
        return z * self.scales[0]

    def slope(self, xp, z, value):
        return self.scales[0]


@pytest.mark.parametrize("scales", [[2.0, 1.0], np.array([2.0, 1.0])], ids=["list", "array"])
def test_settings_changed_in_place_after_fit_do_not_change_the_model(scales):
    model = regressor(activation=Scaled(scales)).fit(X, REAL)
    before = model.predict(X)
    scales[0] = 7.0
    np.testing.assert_array_equal(model.predict(X), before)


def test_quantiles_changed_in_place_after_fit_do_not_change_the_model():
    quantiles = np.array([0.1, 0.9])
    model = regressor(loss=Quantile(quantiles)).fit(X, REAL)
    scores = model.evaluate(X, REAL)
    quantiles[:] = 0.5
    assert model.evaluate(X, REAL) == scores


class Needy:
    """Mixin of a class whose setting has no default."""

    def __init__(self, amount):
        self.amount = amount


TABLES = {
    "activation": (regressor, ACTIVATIONS, Activation, LeakyReLU, {"negative_slope": 0.2}),
    "loss": (regressor, LOSSES, Loss, Huber, {"delta": 1.0}),
    "class loss": (classifier, CLASS_LOSSES, ClassLoss, Focal, {"gamma": 2.0}),
    "solver": (regressor, OPTIMIZERS, Optimizer, RMSprop, {"rho": 0.9}),
    "learning_rate": (regressor, SCHEDULES, Schedule, Power, {"epochs": 10}),
    "normalization": (regressor, NORMALIZATIONS, Normalization, LayerNorm, {"epsilon": 1e-3}),
    "kernel_initializer": (regressor, INITIALIZERS, Initializer, Orthogonal, {"gain": 1.0}),
}
every_table = pytest.mark.parametrize("kind", TABLES)


@every_table
def test_a_class_in_a_table_stands_for_an_object_with_its_defaults(monkeypatch, kind):
    make, table, _, member, settings = TABLES[kind]
    parameter = kind.removeprefix("class ")
    monkeypatch.setitem(table, "own", member)
    ours, same = (make(**{parameter: each}).fit(X, LABELS) for each in ("own", member(**settings)))
    assert_same_weights(ours, same)
    if kind == "activation":
        assert_same_weights(make(activation=["own"]).fit(X, LABELS), same)


@every_table
def test_a_name_of_a_class_without_defaults_is_refused_in_one_sentence(monkeypatch, kind):
    make, table, base, *_ = TABLES[kind]
    parameter = kind.removeprefix("class ")
    monkeypatch.setitem(table, "own", type("Own", (Needy, base), {}))
    message = rf"{parameter}='own' is the name of Own.*amount; pass an object.*Own\(amount"
    for value in ["own", ["own"]] if kind == "activation" else ["own"]:
        with pytest.raises(ValueError, match=message):
            make(**{parameter: value}).fit(X, LABELS)
    if kind == "activation":
        with pytest.raises(ValueError, match=message):
            ActivationDisplay.from_activations(["own"])


def test_a_function_in_a_table_is_that_function(monkeypatch):
    monkeypatch.setitem(SCHEDULES, "own", lambda epoch: 0.01 / (1 + epoch))
    monkeypatch.setitem(INITIALIZERS, "own", lambda shape: np.full(shape, 0.1))
    monkeypatch.setitem(ACTIVATIONS, "own", lambda z: tf.where(z > 0, z, 0))
    monkeypatch.setitem(LOSSES, "own", lambda y, prediction: 0.5 * tf.reduce_mean((y - prediction) ** 2, axis=-1))
    ours = regressor(learning_rate="own", kernel_initializer="own", activation="own", loss="own").fit(X, REAL)
    same = regressor(
        learning_rate=lambda epoch: 0.01 / (1 + epoch), kernel_initializer=lambda shape: np.full(shape, 0.1)
    ).fit(X, REAL)
    assert_same_weights(ours, same, **CLOSE)


# ------------------------------------------- what is refused

BASES = {
    "activation": (regressor, Activation, PowerUnit, ("value", "slope")),
    "loss": (regressor, Loss, PowerError, ("value_and_delta",)),
    "class loss": (classifier, ClassLoss, Tempered, ("binary", "multiclass")),
    "solver": (regressor, Optimizer, Signum, ("update",)),
    "regularizer": (regressor, Penalty, Bridge, ("value", "slope")),
    "constraint": (regressor, Constraint, Box, ("project",)),
    "normalization": (regressor, Normalization, RMSNorm, ("value", "with_pullback")),
    "augmentation": (regressor, Augmentation, Jitter, ("change",)),
    "kernel_initializer": (regressor, Initializer, FanIn, ("draw",)),
}


def assert_refused(kind, member, message):
    parameter = {"class loss": "loss", "constraint": "regularizer"}.get(kind, kind)
    before = compilation_count()
    for backend in ("numpy", "tensorflow"):
        with pytest.raises(ValueError, match=message):
            BASES[kind][0](**{parameter: member}, backend=backend).fit(X, LABELS)
    assert compilation_count() == before


@pytest.mark.parametrize(("kind", "formula"), [(kind, formula) for kind in BASES for formula in BASES[kind][-1]])
def test_a_missing_formula_is_refused_in_one_sentence(kind, formula):
    _, base, complete, _ = BASES[kind]
    attributes = {name: each for name, each in vars(complete).items() if name not in (formula, "__dict__")}
    member = type("Own", (base,), attributes)()
    assert_refused(kind, member, f"Own must have a method {formula}, got a class without one; define it")


@pytest.mark.parametrize("kind", BASES)
@pytest.mark.parametrize("value", ["much", None, np.ones((2, 2)), np.array(["much"])], ids=repr)
def test_a_hyperparameter_that_is_no_number_is_refused_in_one_sentence(kind, value):
    complete = BASES[kind][2]
    member = type("Own", (complete,), {"hyper_names": ("amount",), "amount": value})()
    assert_refused(
        kind, member, f"Own must have a number for amount, .* hyper_names, got {re.escape(repr(value))}; set it in"
    )


@pytest.mark.parametrize("kind", sorted(set(BASES) - {"activation", "loss", "class loss", "normalization"}))
def test_an_array_as_a_hyperparameter_of_what_goes_by_no_columns_is_refused_in_one_sentence(kind):
    member = type("Own", (BASES[kind][2],), {"hyper_names": ("amount",), "amount": np.ones(2)})()
    assert_refused(kind, member, r"Own must have a number for amount, .* got array\(\[1., 1.\]\)")


def test_hyper_names_that_are_a_string_are_refused_in_one_sentence():
    own = type("Own", (PowerUnit,), {"hyper_names": ("exponent")})()
    assert_refused(
        "activation", own, r"must have a tuple of names .* got 'exponent'; write hyper_names = \('exponent',\)"
    )


@pytest.mark.parametrize("name", ["value", "slope", "structure"])
def test_a_setting_that_is_called_like_a_method_is_refused_in_one_sentence(name):
    own = with_factors(Activation, {name: 0.5}, **{each: vars(PowerUnit)[each] for each in ("value", "slope")})()
    assert_refused(
        "activation", own, f"settings of other names than the methods of Activation, got {name}=0.5; rename it"
    )


@pytest.mark.parametrize(
    ("formula", "given", "message"),
    [
        ("value", lambda self, xp, z: z[..., :1], r"give a value of float64 and shape \(3, 7\).* of shape \(3, 1\)"),
        ("value", lambda self, xp, z: xp.astype(z, xp.float32), "give a value of float64 .* got float32"),
        ("value", lambda self, xp, z: xp.none(z), r"value that works .* got AttributeError \(.*none.*\)"),
        ("value", lambda self, xp, z, more: z, r"value that works .* got TypeError \(.*argument.*\)"),
        ("slope", lambda self, xp, z, value: None, r"give a slope of float64 .* got None"),
        ("slope", lambda self, xp, z, value: z[0], r"give a slope of float64 .* shape \(7,\)"),
    ],
)
def test_an_activation_that_gives_something_else_is_refused_in_one_sentence(formula, given, message):
    own = type("Own", (Activation,), {"value": Tanh.value, "slope": Tanh.slope, formula: given})()
    assert_refused("activation", own, f"Own must .*{message}")


def test_hyperparameters_of_an_activation_for_other_columns_are_refused_in_one_sentence():
    assert_refused("activation", PowerUnit(np.ones(5)), r"value that works for three rows in NumPy, got ValueError")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda raw, y: (raw - y) ** 2, "must give a tuple of 2 as value_and_delta, got array"),
        (lambda raw, y: ((raw - y)[..., 0] ** 2, raw - y), r"must give a value of float64 and shape \(3, 1\) .*\(3,\)"),
        (
            lambda raw, y: ((raw - y) ** 2, (raw - y)[..., 0]),
            r"must give a delta of float64 and shape \(3, 1\) .*\(3,\)",
        ),
        (lambda raw, y: None, "must give a tuple of 2 as value_and_delta, got None"),
    ],
)
def test_a_loss_that_gives_something_else_is_refused_in_one_sentence(given, message):
    own = type("Own", (Loss,), {"value_and_delta": lambda self, xp, raw, y: given(raw, y)})()
    assert_refused("loss", own, f"Own {message}")


def _in_place(self, xp, raw, y, power):
    delta = raw - y
    delta[delta > 1] = 1
    return xp.abs(delta), delta


def _by_method(self, xp, raw, shares, temperature):
    return (shares - raw).sum(axis=-1)[..., None], shares - raw


def _by_math(self, xp, learning_rate, n_steps, beta):
    return learning_rate / math.sqrt(n_steps), beta, 1 - beta, 2


def _if_large(self, xp, batch, uniform, width):
    return batch._replace(x=batch.x * 2 if xp.max(batch.x) < 0.1 else batch.x)


OTHER_RESULTS = [
    ("solver", "update", lambda self, xp, weight, gradient, *_: -gradient, "a tuple of 2 as update, got array"),
    ("solver", "update", lambda self, xp, weight, gradient, *_: (-gradient, ()), "a tuple of 1 as opt_state, got ()"),
    ("solver", "scalars", lambda self, xp, learning_rate, *_: learning_rate, "a tuple of scalars, got 0.1"),
    ("regularizer", "value", lambda self, xp, coef: xp.sum(coef), "a value of float64 and shape (4, 3)"),
    (
        "constraint",
        "project",
        lambda self, xp, coef, limit: None,
        "a project of float64 and shape (4, 3) here, got None",
    ),
    ("normalization", "value", lambda self, xp, values, *_: values[0], "a value of float64 and shape (3, 7)"),
    ("normalization", "with_pullback", lambda self, xp, values, *_: values, "a tuple of 3 as with_pullback, got array"),
    ("augmentation", "change", lambda self, xp, batch, *_: batch.x, "a Batch, got array"),
    (
        "augmentation",
        "change",
        lambda self, xp, batch, *_: batch._replace(x=batch.x[:, :2]),
        "a x of float64 and shape",
    ),
    ("kernel_initializer", "draw", lambda self, *_: np.ones((2, 2)), "finite real numbers of the shape"),
    ("kernel_initializer", "draw", lambda self, *_: None, "finite real numbers of the shape"),
]


@pytest.mark.parametrize(("kind", "formula", "given", "message"), OTHER_RESULTS)
def test_a_formula_that_gives_something_else_is_refused_in_one_sentence(kind, formula, given, message):
    own = type("Own", (BASES[kind][2],), {formula: given})()
    assert_refused(kind, own, f"must give {re.escape(message)}")


FOR_ARRAYS_ONLY = {
    "activation": (Tanh, {"value": lambda self, xp, z: np.tanh(z)}, "value", "NotImplementedError"),
    "loss": (PowerError, {"value_and_delta": _in_place}, "value_and_delta", "TypeError"),
    "class loss": (Tempered, {"multiclass": _by_method}, "value_and_delta", "AttributeError"),
    "solver": (Corrected, {"scalars": _by_math}, "scalars", "TypeError"),
    "regularizer": (Bridge, {"slope": lambda self, xp, coef: np.sign(coef)}, "slope", "NotImplementedError"),
    "constraint": (Box, {"project": lambda self, xp, coef, limit: np.clip(coef, -limit, limit)}, "project", "Not"),
    "normalization": (RMSNorm, {"value": lambda self, xp, values, *_: np.abs(values)}, "value", "NotImplementedError"),
    "augmentation": (Jitter, {"change": _if_large}, "change", "OperatorNotAllowedInGraphError"),
}


@pytest.mark.parametrize("kind", FOR_ARRAYS_ONLY)
def test_a_formula_for_arrays_only_is_refused_in_one_sentence_by_tensorflow(kind):
    base, formulas, name, error = FOR_ARRAYS_ONLY[kind]
    make, y, parameter, *_ = MEMBERS[{"solver": "optimizer", "regularizer": "penalty"}.get(kind, kind)]
    member = type("Own", (base,), formulas)()
    message = f"Own must have a {name} that works for three rows in TensorFlow, got {error}.*; use the functions of xp"
    with pytest.raises(ValueError, match=message) as caught:
        make(**{parameter: member}, backend="tensorflow").fit(X, y)
    assert caught.value.__cause__ is not None


def test_a_rule_for_numbers_only_is_refused_in_one_sentence_by_tensorflow():
    class Own(ToPlateau):
        def end_epoch(self, xp, learning_rate, n_no_improvement, wait, stopped, factor):
            return learning_rate * (factor if n_no_improvement > 0 else 1), n_no_improvement, wait, stopped

    regressor(learning_rate=Own(), backend="numpy").fit(X, REAL)
    with pytest.raises(ValueError, match=r"Own must have a end_epoch that works .* in TensorFlow, got Operator"):
        regressor(learning_rate=Own(), backend="tensorflow").fit(X, REAL)
    Own.end_epoch = lambda self, xp, learning_rate, *_: learning_rate / 2
    for backend in ("numpy", "tensorflow"):
        with pytest.raises(ValueError, match=r"Own must give a tuple of 4 as end_epoch, got 0\.05"):
            regressor(learning_rate=Own(), backend=backend).fit(X, REAL)


def test_a_large_prediction_by_a_formula_for_arrays_only_is_not_compiled(monkeypatch):
    model = regressor(activation=type("Own", (Tanh,), {"value": lambda self, xp, z: np.tanh(z)})()).fit(X, REAL)
    expected = model.predict(X)
    monkeypatch.setattr("sklearn_ann.estimators.fitted.is_large", lambda *_: True)
    np.testing.assert_array_equal(model.predict(X), expected)


def test_what_a_normalization_learns_needs_derivatives():
    own = type("Own", (RMSNorm,), {"learned": (("scale", 1.0),)})()
    assert_refused("normalization", own, r"Own must give derivatives for \['scale'\], got {}")


def test_what_an_activation_learns_needs_derivatives():
    own = type("Own", (Tanh,), {"learned": (("scale", 1.0),), "value": lambda self, xp, z, scale: z * scale})
    own.slope = lambda self, xp, z, value, scale: scale + 0 * z
    assert_refused("activation", own(), "Own must have a learned_slopes that works .* got NotImplementedError")


def test_settings_without_a_hash_are_refused_in_one_sentence():
    own = with_settings([bytearray(b"1")])
    assert_refused("activation", own, "Own must have settings with a hash, .* got unhashable type: 'bytearray'")


def test_a_regularizer_of_two_hyperparameters_is_refused_in_one_sentence():
    own = type("Own", (Bridge,), {"hyper_names": ("strength", "power")})()
    assert_refused("regularizer", own, r"Own must have one hyperparameter, .* got hyper_names=\('strength', 'power'\)")


def test_a_normalization_of_moving_means_without_momentum_or_position_is_refused_in_one_sentence():
    own = type("Own", (RMSNorm,), {"moving": (("mean", 0.0),)})()
    assert_refused("normalization", own, r"Own must have a hyperparameter momentum, .* got hyper_names=\('epsilon',\)")
    own = type("Own", (RMSNorm,), {"position": "middle"})()
    assert_refused("normalization", own, "Own must have the position 'before' or 'after' .* got 'middle'")


@pytest.mark.parametrize("rates", ["much", [0.1, 0.2]])
def test_a_schedule_that_gives_no_number_for_each_time_is_refused_in_one_sentence(rates):
    own = type("Own", (Schedule,), {"at": lambda self, time, n_epochs, initial: rates})()
    message = rf"must give a number for each time, here an array of shape \(5,\), got {re.escape(repr(rates))} from Own"
    with pytest.raises(ValueError, match=message):
        regressor(learning_rate=own).fit(X, REAL)


def test_an_activation_that_names_no_initializer_is_refused_in_one_sentence():
    own = type("Own", (Tanh,), {"initializer": "mine"})()
    with pytest.raises(ValueError, match=r"kernel_initializer must be one of .*'he_normal'.*got 'mine'"):
        regressor(activation=own, kernel_initializer="auto").fit(X, REAL)


def test_an_activation_and_a_normalization_that_learn_the_same_name_are_refused():
    own = type("Own", (PReLU,), {"learned": (("scale", 0.25),)})()
    with pytest.raises(ValueError, match=r"other names than what a normalization does, got \['scale'\]"):
        regressor(activation=own, normalization="batch").fit(X, REAL)
