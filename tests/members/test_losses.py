"""Losses against scikit-learn's and Keras', their derivatives against differences, NumPy against TensorFlow."""

from copy import copy

import numpy as np
import pytest
from keras import losses
from sklearn.neural_network._base import LOSS_FUNCTIONS

from sklearn_ann.links import LINKS
from sklearn_ann.losses import (
    CLASS_LOSSES,
    LOSSES,
    Focal,
    Huber,
    LogLoss,
    LossFunction,
    Quantile,
    class_loss_of,
    loss_of,
)
from sklearn_ann.runtime.arrays import numpy_namespace
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.tensors import tensor_namespace

# All of the tables in all their forms, as imported: a page of the docs adds one.
MEMBERS = {name: loss_of(name) for name in LOSSES} | {"huber": Huber(0.7), "quantile": Quantile(0.8)}
MEMBERS["quantiles"] = Quantile([0.1, 0.8])
CLASS_MEMBERS = {name: class_loss_of(name) for name in CLASS_LOSSES} | {"focal": Focal(1.7), "smoothed": LogLoss(0.2)}
MEMBERS |= {f"{name} {form}": loss.of_form(form) for name, loss in CLASS_MEMBERS.items() for form in loss.forms}

RAW = np.random.RandomState(0).normal(size=(40, 3)) * 2
Y = np.random.RandomState(1).normal(size=(40, 3))
LABELS = np.random.RandomState(2).randint(3, size=(40, 1)).astype(np.int32)
HOT, SIDES = np.eye(3)[LABELS[:, 0]], (Y > 0).astype(float)
SHARES = np.exp(Y) / np.exp(Y).sum(axis=1, keepdims=True)
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
LOSSES_BY_NAME = pytest.mark.parametrize("name", MEMBERS)


def targets(name):
    by_form = {"multiclass": LABELS, "binary": SIDES, "probabilities": SHARES}
    if name == "poisson":
        return np.floor(2 * np.abs(Y))
    return by_form.get(getattr(MEMBERS[name], "form", None), Y)


def problem(name, dtype="float64"):
    """Raw values, as many columns for each of three targets as the loss has, and targets."""
    loss, y = MEMBERS[name], targets(name)
    raw = np.random.RandomState(0).normal(size=(40, 3 * loss.outputs_per_target)) * 2
    return raw.astype(dtype), y if loss.of_indices else y.astype(dtype)


def computed(loss, raw, y, engine="numpy", hyper=None):
    """Losses of outputs and their derivative, as NumPy arrays: of the structure, with hyperparameters as arguments."""
    hyper = [np.asarray(each, raw.dtype) for each in (loss.hyper if hyper is None else hyper)]
    if engine == "numpy":
        return loss.structure().value_and_delta(numpy_namespace, raw, y, *hyper)
    arguments = map(tf.constant, (raw, y, *hyper))
    return tuple(part.numpy() for part in loss.structure().value_and_delta(tensor_namespace, *arguments))


def of_rows(loss, raw, y, engine="numpy"):
    """Loss of each row and its derivative."""
    parts = computed(loss, raw, y, engine)
    if engine == "numpy":
        return loss.reduced(numpy_namespace, *parts)
    return tuple(part.numpy() for part in loss.reduced(tensor_namespace, *map(tf.constant, parts)))


@DTYPES
@LOSSES_BY_NAME
@pytest.mark.parametrize("results", [computed, of_rows])
def test_numpy_and_tensorflow_agree(results, name, dtype):
    ours, theirs = (results(MEMBERS[name], *problem(name, dtype), engine) for engine in ("numpy", "tensorflow"))
    for array, tensor in zip(ours, theirs, strict=True):
        assert array.dtype == tensor.dtype == dtype
        scale = np.abs(tensor).max()
        np.testing.assert_allclose(array, tensor, rtol=0, atol=scale * {"float32": 1e-4, "float64": 1e-10}[dtype])


@LOSSES_BY_NAME
def test_derivatives_are_finite_differences(name):
    loss, (raw, y) = MEMBERS[name], problem(name)
    value, delta = of_rows(loss, raw, y)
    atol = 1e-7 * max(1, value.max() / 10)  # rounding of the difference
    if name == "squared_error":
        delta = delta / y.shape[1]  # scikit-learn sums here what it averages in the value
    for column in range(raw.shape[1]):
        step = np.zeros(raw.shape[1])
        step[column] = 1e-6
        difference = of_rows(loss, raw + step, y)[0] - of_rows(loss, raw - step, y)[0]
        np.testing.assert_allclose(delta[:, column], difference / 2e-6, rtol=1e-6, atol=atol)


@DTYPES
@LOSSES_BY_NAME
def test_models_of_a_population_have_hyperparameters_of_their_own(name, dtype):
    loss, (raw, y) = MEMBERS[name], problem(name, dtype)
    halves = [each / 2 for each in map(np.asarray, loss.hyper)]
    alone = [computed(loss, raw, y), computed(loss, 2 * raw, y, hyper=halves)]
    hyper = [np.stack([np.asarray(one), half]).reshape(2, 1, -1) for one, half in zip(loss.hyper, halves, strict=True)]
    arrays = np.stack([raw, 2 * raw]), np.stack([y, y])
    together, in_tensors = (computed(loss, *arrays, engine, hyper) for engine in ("numpy", "tensorflow"))
    for part, tensor, *models in zip(together, in_tensors, *alone, strict=True):
        assert part.dtype == dtype
        np.testing.assert_allclose(part, np.stack(models), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(part, tensor, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [name for name, loss in MEMBERS.items() if loss.hyper_names])
def test_a_structure_is_the_same_whatever_the_hyperparameters(name):
    loss = MEMBERS[name]
    other = copy(loss).set_params(**{key: (0.9 * np.array(value)).tolist() for key, value in loss.get_params().items()})
    assert other != loss
    assert other.structure() == loss.structure()
    assert hash(other.structure()) == hash(loss.structure())
    assert other.structure().hyper_names == loss.hyper_names


def test_what_shapes_a_formula_is_part_of_the_structure():
    assert Quantile([0.1, 0.8]).structure() != Quantile(0.8).structure()
    assert LogLoss(0.2).structure() != LogLoss().structure()
    assert LogLoss().of_form("binary").structure() != LogLoss().of_form("multiclass").structure()


@DTYPES
@LOSSES_BY_NAME
def test_results_are_arrays_of_their_own_and_arguments_stay(name, dtype):
    raw, y = problem(name, dtype)
    arguments = raw.copy(), y.copy()
    value, delta = computed(MEMBERS[name], raw, y)
    np.testing.assert_array_equal(raw, arguments[0])
    np.testing.assert_array_equal(y, arguments[1])
    assert value.flags.writeable
    assert delta.flags.writeable
    assert not any(np.shares_memory(a, b) for a, b in [(value, delta), (value, raw), (delta, raw), (delta, y)])


@DTYPES
@LOSSES_BY_NAME
def test_extreme_raw_values_give_finite_losses_without_a_warning(name, dtype):
    raw, y = problem(name, dtype)
    far = {"float32": 1e37, "float64": 1e300}[dtype]
    if name in ("squared_error", "gaussian"):  # which are squares
        far = {"float32": 1e10, "float64": 1e100}[dtype]
    steps = np.array([-far, -800, -90, -40, 0, 40, 90, 800, far], dtype)
    raw[:] = np.random.RandomState(3).choice(steps, size=raw.shape)
    raw[: len(steps)] = steps[:, None]  # all columns alike too
    for engine in ("numpy", "tensorflow"):
        value, delta = computed(MEMBERS[name], raw, y, engine)
        assert np.isfinite(value).all()
        assert np.isfinite(delta).all()
        assert value.dtype == delta.dtype == dtype


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("squared_error", "squared_error"),
        ("poisson", "poisson"),
        ("log_loss multiclass", "log_loss"),
        ("log_loss binary", "binary_log_loss"),
    ],
)
def test_values_and_derivatives_are_those_of_scikit_learn(name, theirs):
    loss, (raw, y) = MEMBERS[name], problem(name)
    raw[0], raw[1] = 800, [-800, 0, 800]  # where scikit-learn clips
    if name == "poisson":
        raw[:2] = 3
    hot = HOT if loss.of_indices else y
    value, delta = of_rows(loss, raw, y)
    predictions = LINKS[loss.link].value(numpy_namespace, raw.copy())
    expected = [LOSS_FUNCTIONS[theirs](hot[i : i + 1], predictions[i : i + 1]) for i in range(len(raw))]
    np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(delta, predictions - hot, rtol=1e-12, atol=1e-15)


def keras_losses(name):
    """The same of Keras, whose losses are means over outputs where ours of the classifier are sums."""
    logits = {"from_logits": True}
    return {
        "absolute_error": lambda: losses.MeanAbsoluteError(reduction=None)(Y, RAW),
        "huber": lambda: losses.Huber(delta=0.7, reduction=None)(Y, RAW),
        "log_cosh": lambda: losses.LogCosh(reduction=None)(Y, RAW),
        # Keras has none: by its definition
        "quantile": lambda: np.where(Y > RAW, 0.8 * (Y - RAW), 0.2 * (RAW - Y)).mean(axis=1),
        "log_loss probabilities": lambda: losses.categorical_crossentropy(SHARES, RAW, **logits),
        "smoothed probabilities": lambda: losses.categorical_crossentropy(SHARES, RAW, **logits, label_smoothing=0.2),
        "smoothed multiclass": lambda: losses.categorical_crossentropy(HOT, RAW, **logits, label_smoothing=0.2),
        "smoothed binary": lambda: 3 * losses.binary_crossentropy(SIDES, RAW, **logits, label_smoothing=0.2),
        "focal multiclass": lambda: losses.categorical_focal_crossentropy(HOT, RAW, alpha=1.0, gamma=1.7, **logits),
        "focal binary": lambda: 3 * losses.binary_focal_crossentropy(SIDES, RAW, gamma=1.7, **logits),
        "hinge binary": lambda: 3 * losses.hinge(2 * SIDES - 1, RAW),
        # Keras counts a wrong raw value of at least 0, the right class's own place; shifted, none is below
        "hinge multiclass": lambda: losses.categorical_hinge(HOT, RAW + 10),
    }[name]()


REGRESSION = ["absolute_error", "huber", "log_cosh", "quantile"]
CLASSIFICATION = [
    *("log_loss probabilities", "smoothed probabilities", "smoothed multiclass", "smoothed binary"),
    *("focal multiclass", "focal binary", "hinge binary", "hinge multiclass"),
]


@pytest.mark.parametrize("name", [*REGRESSION, *CLASSIFICATION])
def test_values_are_those_of_keras(name):
    ours, _ = of_rows(MEMBERS[name], *problem(name))
    np.testing.assert_allclose(ours, np.asarray(keras_losses(name)), rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("engine", ["numpy", "tensorflow"])
@pytest.mark.parametrize("name", REGRESSION)
def test_large_errors_stay_finite_and_no_error_is_no_loss(name, engine):
    y = np.array([[0.0, 1e300]])
    for raw in (np.array([[1e300, 0.0]]), y):
        value, delta = computed(MEMBERS[name], raw, y, engine)
        assert np.isfinite(value).all()
        assert np.isfinite(delta).all()
    np.testing.assert_allclose(value, 0, atol=1e-15)
    assert not delta.any()


@pytest.mark.parametrize("form", Focal.forms)
def test_a_focal_loss_without_gamma_is_the_log_loss(form):
    raw, y = problem(f"log_loss {form}")
    for a, b in zip(*(computed(loss.of_form(form), raw, y) for loss in (Focal(0.0), LogLoss())), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("engine", ["numpy", "tensorflow"])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("form", Focal.forms)
def test_a_focal_loss_is_finite_however_certain_the_network_is(form, gamma, engine):
    raw = np.array([[800.0, 0.0, -800.0], [-800.0, 0.0, 800.0]])
    y = np.array([[0], [0]], np.int32) if form == "multiclass" else np.array([[1.0, 0.0, 0.0]] * 2)
    for part in computed(Focal(gamma).of_form(form), raw, y, engine):
        assert np.isfinite(part).all()


def test_one_hot_shares_are_labels():
    by_label, by_share = (
        of_rows(LogLoss().of_form(form), RAW, y) for form, y in (("multiclass", LABELS), ("probabilities", HOT))
    )
    for a, b in zip(by_label, by_share, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)


@DTYPES
def test_a_function_of_tensors_is_differentiated(dtype):
    loss = LossFunction(lambda y, predictions: tf.reduce_sum(tf.exp(predictions) * y, axis=-1))
    raw, y = RAW.astype(dtype), Y.astype(dtype)
    value, delta = computed(loss, raw, y, "tensorflow")
    assert value.shape == (40, 1)
    assert value.dtype == delta.dtype == dtype
    losses, delta = of_rows(loss, raw, y, "tensorflow")
    np.testing.assert_allclose(losses, (np.exp(raw) * y).sum(axis=1), rtol=1e-4)
    np.testing.assert_allclose(delta, np.exp(raw) * y, rtol=1e-4)
