"""Losses against scikit-learn's and Keras', their derivatives against differences, NumPy against TensorFlow."""

import numpy as np
import pytest
from sklearn.neural_network._base import LOSS_FUNCTIONS

from sklearn_ann.network.links import LINKS
from sklearn_ann.network.losses import LOSSES, loss_of
from sklearn_ann.network.spec import Output
from sklearn_ann.runtime.arrays import numpy_namespace
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.tensors import tensor_namespace

NAMES = list(LOSSES)  # as imported: a page of the docs adds a row
RAW = np.random.RandomState(0).normal(size=(40, 3)) * 2
Y = np.random.RandomState(1).normal(size=(40, 3))
LABELS = np.random.RandomState(2).randint(3, size=(40, 1)).astype(np.int32)
NUMBERS = {"delta": 0.7, "quantile": [0.8], "label_smoothing": 0.2, "gamma": 1.7, "min_std": 1e-3}
REGRESSION = ["absolute_error", "huber", "log_cosh", "quantile"]
CLASSIFICATION = ["smoothed_log_loss", "smoothed_binary_log_loss", "focal_log_loss", "focal_binary_log_loss"]
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


def targets(name):
    if LOSSES[name].of_indices:
        return LABELS
    if "binary" in name:
        return (Y > 0).astype(float)
    if name == "poisson":
        return np.floor(2 * np.abs(Y))
    if "soft" in name or name == "smoothed_soft_log_loss":
        return np.exp(Y) / np.exp(Y).sum(axis=1, keepdims=True)
    return Y


def problem(name, dtype="float64"):
    """Raw values, targets and numbers for a row of the table."""
    raw, y, numbers = RAW, targets(name), dict(NUMBERS)
    if name in ("quantile", "gaussian"):  # two raw columns for each of three targets
        raw, numbers["quantile"] = np.hstack([RAW, np.flip(RAW)]), [0.1, 0.8]
    return raw.astype(dtype), y if LOSSES[name].of_indices else y.astype(dtype), numbers


def computed(name, raw, y, numbers, engine="numpy"):
    """Losses of outputs and their derivative, as NumPy arrays."""

    def number(key):
        value = numbers[key]
        if isinstance(value, list):
            value = np.array([value], raw.dtype)  # outputs_per_target along the last axis
        elif engine == "tensorflow":
            value = np.array([[value]], raw.dtype)
        return tf.constant(value) if engine == "tensorflow" else value

    if engine == "tensorflow":
        pair = LOSSES[name].value_and_delta(tensor_namespace, tf.constant(raw), tf.constant(y), number)
        return tuple(part.numpy() for part in pair)
    return LOSSES[name].value_and_delta(numpy_namespace, raw, y, number)


def row_losses(name, raw, y, numbers=NUMBERS):
    return LOSSES[name].total(numpy_namespace, computed(name, raw, y, numbers)[0])


@DTYPES
@pytest.mark.parametrize("name", NAMES)
def test_numpy_and_tensorflow_agree(name, dtype):
    ours, theirs = (computed(name, *problem(name, dtype), engine) for engine in ("numpy", "tensorflow"))
    for array, tensor in zip(ours, theirs, strict=True):
        assert array.dtype == tensor.dtype == dtype
        scale = np.abs(tensor).max()
        np.testing.assert_allclose(array, tensor, rtol=0, atol=scale * {"float32": 1e-4, "float64": 1e-10}[dtype])
    values = tf.constant(ours[0])
    np.testing.assert_allclose(
        LOSSES[name].total(numpy_namespace, ours[0]), LOSSES[name].total(tensor_namespace, values), rtol=1e-5
    )
    assert LOSSES[name].total(numpy_namespace, ours[0]).dtype == dtype


@pytest.mark.parametrize("name", NAMES)
def test_derivatives_are_finite_differences(name):
    raw, y, numbers = problem(name)
    value, delta = computed(name, raw, y, numbers)
    atol = 1e-7 * max(1, value.max() / 10)  # rounding of the difference
    if name == "squared_error":
        delta = delta / y.shape[1]  # scikit-learn sums here what it averages in the value
    for column in range(raw.shape[1]):
        step = np.zeros(raw.shape[1])
        step[column] = 1e-6
        difference = row_losses(name, raw + step, y, numbers) - row_losses(name, raw - step, y, numbers)
        np.testing.assert_allclose(delta[:, column], difference / 2e-6, rtol=1e-6, atol=atol)


@DTYPES
@pytest.mark.parametrize("name", NAMES)
def test_models_of_a_population_have_numbers_of_their_own(name, dtype):
    raw, y, numbers = problem(name, dtype)
    other = {
        key: [each / 2 for each in value] if isinstance(value, list) else value / 2 for key, value in numbers.items()
    }
    alone = [computed(name, raw, y, numbers), computed(name, 2 * raw, y, other)]

    def number(key):
        pair = np.array([numbers[key], other[key]], dtype)
        return pair[:, None] if pair.ndim == 2 else pair[:, None, None]

    arrays = np.stack([raw, 2 * raw]), np.stack([y, y])
    together = LOSSES[name].value_and_delta(numpy_namespace, *arrays, number)
    in_tensors = LOSSES[name].value_and_delta(
        tensor_namespace, *map(tf.constant, arrays), lambda key: tf.constant(number(key))
    )
    for part, tensor, *models in zip(together, in_tensors, *alone, strict=True):
        assert part.dtype == dtype
        np.testing.assert_allclose(part, np.stack(models), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(part, tensor, rtol=1e-4, atol=1e-5)


@DTYPES
@pytest.mark.parametrize("name", NAMES)
def test_results_are_arrays_of_their_own_and_arguments_stay(name, dtype):
    raw, y, numbers = problem(name, dtype)
    arguments = raw.copy(), y.copy()
    value, delta = computed(name, raw, y, numbers)
    np.testing.assert_array_equal(raw, arguments[0])
    np.testing.assert_array_equal(y, arguments[1])
    assert value.flags.writeable
    assert delta.flags.writeable
    assert not any(np.shares_memory(a, b) for a, b in [(value, delta), (value, raw), (delta, raw), (delta, y)])


@DTYPES
@pytest.mark.parametrize("name", NAMES)
def test_extreme_raw_values_give_finite_losses_without_a_warning(name, dtype):
    raw, y, numbers = problem(name, dtype)
    far = {"float32": 1e37, "float64": 1e300}[dtype]
    if name in ("squared_error", "gaussian"):  # which are squares
        far = {"float32": 1e10, "float64": 1e100}[dtype]
    steps = np.array([-far, -800, -90, -40, 0, 40, 90, 800, far], dtype)
    raw[:] = np.random.RandomState(3).choice(steps, size=raw.shape)
    raw[: len(steps)] = steps[:, None]  # all columns alike too
    for engine in ("numpy", "tensorflow"):
        value, delta = computed(name, raw, y, numbers, engine)
        assert np.isfinite(value).all()
        assert np.isfinite(delta).all()
        assert value.dtype == delta.dtype == dtype


@pytest.mark.parametrize("name", ["squared_error", "poisson", "log_loss", "binary_log_loss"])
def test_values_and_derivatives_are_those_of_scikit_learn(name):
    raw, y, numbers = problem(name)
    raw[0], raw[1] = 800, [-800, 0, 800]  # where scikit-learn clips
    if name == "poisson":
        raw[:2] = 3
    loss, hot = LOSSES[name], np.eye(3)[y[:, 0]] if name == "log_loss" else y
    value, delta = computed(name, raw, y, numbers)
    predictions = LINKS[loss.link].value(numpy_namespace, raw.copy(), None)
    theirs = [LOSS_FUNCTIONS[name](hot[i : i + 1], predictions[i : i + 1]) for i in range(len(raw))]
    np.testing.assert_allclose(loss.total(numpy_namespace, value), theirs, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(delta, predictions - hot, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", [*REGRESSION, *CLASSIFICATION])
def test_values_are_those_of_keras(name):
    from tensorflow import keras

    losses = keras.losses

    def each(loss, y):
        return loss(reduction=None)(y, RAW)

    theirs = {
        "absolute_error": lambda: each(losses.MeanAbsoluteError, Y),
        "huber": lambda: losses.Huber(delta=0.7, reduction=None)(Y, RAW),
        "log_cosh": lambda: each(losses.LogCosh, Y),
        # Keras has none: by its definition
        "quantile": lambda: np.where(Y > RAW, 0.8 * (Y - RAW), 0.2 * (RAW - Y)).mean(axis=1),
        "smoothed_log_loss": lambda: losses.categorical_crossentropy(
            np.eye(3)[LABELS[:, 0]], RAW, from_logits=True, label_smoothing=0.2
        ),
        # the sum over outputs, Keras' is the mean
        "smoothed_binary_log_loss": lambda: (
            3 * losses.binary_crossentropy((Y > 0).astype(float), RAW, from_logits=True, label_smoothing=0.2)
        ),
        "focal_log_loss": lambda: losses.categorical_focal_crossentropy(
            np.eye(3)[LABELS[:, 0]], RAW, alpha=1.0, gamma=1.7, from_logits=True
        ),
        "focal_binary_log_loss": lambda: (
            3 * losses.binary_focal_crossentropy((Y > 0).astype(float), RAW, gamma=1.7, from_logits=True)
        ),
    }[name]()
    np.testing.assert_allclose(row_losses(name, RAW, targets(name)), np.asarray(theirs), rtol=2e-6)


@pytest.mark.parametrize("engine", ["numpy", "tensorflow"])
@pytest.mark.parametrize("name", REGRESSION)
def test_large_errors_stay_finite_and_no_error_is_no_loss(name, engine):
    y = np.array([[0.0, 1e300]])
    for raw in (np.array([[1e300, 0.0]]), y):
        value, delta = computed(name, raw, y, NUMBERS, engine)
        assert np.isfinite(value).all()
        assert np.isfinite(delta).all()
    np.testing.assert_allclose(value, 0, atol=1e-15)
    assert not delta.any()


@pytest.mark.parametrize("kind", ["log_loss", "binary_log_loss"])
def test_a_focal_loss_without_gamma_is_the_log_loss(kind):
    numbers = {**NUMBERS, "gamma": 0.0}
    ours = computed(f"focal_{kind}", RAW, targets(kind), numbers)
    theirs = computed(kind, RAW, targets(kind), numbers)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("engine", ["numpy", "tensorflow"])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("kind", ["log_loss", "binary_log_loss"])
def test_a_focal_loss_is_finite_however_certain_the_network_is(kind, gamma, engine):
    raw = np.array([[800.0, 0.0, -800.0], [-800.0, 0.0, 800.0]])
    y = np.array([[0], [0]], np.int32) if kind == "log_loss" else np.array([[1.0, 0.0, 0.0]] * 2)
    for part in computed(f"focal_{kind}", raw, y, {"gamma": gamma}, engine):
        assert np.isfinite(part).all()


@DTYPES
def test_a_function_of_tensors_is_differentiated(dtype):
    row = loss_of(Output(lambda y, predictions: tf.reduce_sum(tf.exp(predictions) * y, axis=-1), (3,)))
    raw, y = RAW.astype(dtype), Y.astype(dtype)
    value, delta = row.value_and_delta(tensor_namespace, tf.constant(raw), tf.constant(y), None)
    np.testing.assert_allclose(row.total(tensor_namespace, value), (np.exp(raw) * y).sum(axis=1), rtol=1e-4)
    np.testing.assert_allclose(delta, np.exp(raw) * y, rtol=1e-4)
    assert value.shape == (40, 1)
    assert value.dtype == delta.dtype == dtype
