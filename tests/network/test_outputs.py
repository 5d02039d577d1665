"""Outputs beyond a loss on raw columns: activations, several columns per target, weights, margins, functions.

Gradients against finite differences, values against SciPy, Keras or the losses of single columns.
"""

import re

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from sklearn_ann.network.forward_numpy import linked as linked_arrays
from sklearn_ann.network.forward_tensorflow import correct_rows, linked, loss_and_gradient, numbers_of, row_losses
from sklearn_ann.network.losses import link_name, output_numbers
from sklearn_ann.network.namespaces import scoped
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights
from sklearn_ann.runtime.backend import tf

_rng = np.random.RandomState(0)
X = _rng.normal(size=(30, 2))
REALS = _rng.normal(size=(30, 2))
SIGNS = (_rng.normal(size=(30, 3)) > 0).astype(float)
LABELS = _rng.randint(3, size=(30, 1)).astype(np.int32)
HEADS = np.column_stack([LABELS, _rng.randint(2, size=30)]).astype(np.int32)
SHARES = _rng.dirichlet([1.0, 1.0, 1.0], size=30)
NUMBERS = {
    **scoped("loss", {"delta": 0.7, "label_smoothing": 0.2, "min_std": 0.01}),
    **scoped("loss", {"quantile_0": 0.1, "quantile_1": 0.5, "quantile_2": 0.8}),
    **scoped("link", {"min_std": 0.01, "low_0": -2.0, "low_1": 1.0, "high_0": 3.0, "high_1": 1.5}),
    **scoped("output", {"loss_weight_0": 0.3, "loss_weight_1": 2.0, "loss_weight_2": 1.1}),
}


def squared_log(y, prediction):
    """A loss as users write them."""
    return tf.reduce_sum(tf.math.log(1 + tf.square(prediction - y)), axis=-1)


OUTPUTS = [
    (Output("binary_hinge", (3,)), SIGNS),
    (Output("hinge", (3,)), LABELS),
    (Output("hinge", (3, 2)), HEADS),
    (Output("soft_log_loss", (3,)), SHARES),
    (Output("smoothed_soft_log_loss", (3,)), SHARES),
    (Output("gaussian", (4,), outputs_per_target=2), REALS),
    (Output("quantile", (6,), outputs_per_target=3), REALS),
    (Output(squared_log, (2,)), REALS),
    *((Output("huber", (2,), activation=name), REALS) for name in ("exp", "softplus", "relu")),
    *((Output("log_cosh", (2,), activation=f"{name}_between"), REALS) for name in ("logistic", "tanh")),
    (Output(squared_log, (2,), activation="softplus"), REALS),
    (Output("log_cosh", (2,), weighted=(1, 1)), REALS),
    (Output("gaussian", (4,), outputs_per_target=2, weighted=(2, 2)), REALS),
    (Output("binary_log_loss", (3,), weighted=(1, 1, 1)), SIGNS),
    (Output("log_loss", (3, 2), weighted=(3, 2)), HEADS),
    (Output("quantile", (6,), outputs_per_target=3, activation="softplus", weighted=(3, 3)), REALS),
]


def numbers(output):
    return {name: tf.constant(NUMBERS[name], tf.float64) for name in output_numbers(output)}


def raw_of(output, seed=1):
    return np.random.RandomState(seed).normal(size=(30, output.width)) * 2


def losses(output, raw, y):
    return row_losses(output, tf.constant(raw), tf.constant(y), numbers(output)).numpy()


def _named(value):
    """The output without the address of a function, which every process has another of."""
    return re.sub(r" at 0x\w+", "", str(value)) if isinstance(value, Output) else ""


@pytest.mark.parametrize(("output", "y"), OUTPUTS, ids=_named)
def test_gradients_are_finite_differences(output, y):
    network = Network(2, (), ("relu",), output, "float64")
    assert set(numbers_of(network)) == set(output_numbers(output))
    rng = np.random.RandomState(2)
    coef, intercept = rng.normal(size=(2, output.width)), rng.normal(size=output.width)
    row_weights = rng.uniform(size=30)

    def results():
        weights = Weights((tf.constant(coef),), (tf.constant(intercept),))
        value, gradient, _ = loss_and_gradient(network, weights, X, tf.constant(y), row_weights, numbers(output))
        return value.numpy().sum(), gradient.coefs[0].numpy()

    _, slope = results()
    for place in np.ndindex(coef.shape):
        kept, around = coef[place], []
        for step in (1e-6, -1e-6):
            coef[place] = kept + step
            around.append(results()[0])
        coef[place] = kept
        # central differences of float64 values of size ~30
        assert slope[place] == pytest.approx((around[0] - around[1]) / 2e-6, abs=2e-7, rel=1e-6)


@pytest.mark.parametrize(("output", "y"), OUTPUTS, ids=_named)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_links_on_arrays_and_on_tensors_agree(output, y, dtype):
    raw = raw_of(output).astype(dtype)
    by_tensor = linked(output, tf.constant(raw), numbers(output)).numpy()
    by_array = linked_arrays(raw.copy(), output, NUMBERS)
    assert by_array.dtype == by_tensor.dtype == dtype
    np.testing.assert_allclose(by_array, by_tensor, rtol=1e-12 if dtype == "float64" else 1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["exp", "softplus", "relu", "logistic_between", "tanh_between", "mean_and_std"])
def test_links_are_finite_far_out(name):
    output = Output("gaussian" if name == "mean_and_std" else "huber", (2,), 1, name)
    values = linked_arrays(np.array([[-700.0, 700.0], [700.0, -700.0]]), output, NUMBERS)
    assert np.isfinite(values).all()


def test_a_bounded_output_fills_its_range():
    for name, share in (("logistic_between", expit), ("tanh_between", lambda raw: (np.tanh(raw) + 1) / 2)):
        output = Output("squared_error", (2,), activation=name)
        raw = raw_of(output)
        expected = np.array([-2.0, 1.0]) + np.array([5.0, 0.5]) * share(raw)
        np.testing.assert_allclose(linked_arrays(raw, output, NUMBERS), expected, rtol=1e-12)


def test_a_gaussian_loss_is_the_negative_log_likelihood():
    output = Output("gaussian", (4,), outputs_per_target=2)
    raw = raw_of(output)
    std = np.log1p(np.exp(raw[:, 1::2])) + 0.01
    expected = -norm.logpdf(REALS, raw[:, 0::2], std).mean(axis=1)
    np.testing.assert_allclose(losses(output, raw, REALS), expected, rtol=1e-10)
    np.testing.assert_allclose(linked_arrays(raw, output, NUMBERS)[:, 1::2], std, rtol=1e-12)


def test_several_quantiles_are_the_sum_of_single_ones():
    output, single = Output("quantile", (6,), outputs_per_target=3), Output("quantile", (2,))
    raw = raw_of(output)
    expected = 0
    for level in range(3):
        own = {"loss.quantile_0": tf.constant(NUMBERS[f"loss.quantile_{level}"], tf.float64)}
        expected += row_losses(single, tf.constant(raw[:, level::3]), tf.constant(REALS), own).numpy()
    np.testing.assert_allclose(losses(output, raw, REALS), expected, rtol=1e-12)


def test_hinges_and_soft_targets_are_those_of_keras():
    from tensorflow import keras

    raw = raw_of(Output("hinge", (3,)))
    signs = 2 * SIGNS - 1
    binary = losses(Output("binary_hinge", (3,)), raw, SIGNS)
    np.testing.assert_allclose(binary, 3 * keras.losses.hinge(signs, raw), rtol=1e-6)  # Keras' is the mean over outputs
    # Keras counts a wrong raw value of at least 0, the right class's own place; with all values above 0 they are alike
    raw += 10
    categorical = losses(Output("hinge", (3,)), raw, LABELS)
    np.testing.assert_allclose(categorical, keras.losses.categorical_hinge(np.eye(3)[LABELS[:, 0]], raw), rtol=1e-5)
    for name, smoothing in (("soft_log_loss", 0.0), ("smoothed_soft_log_loss", 0.2)):
        theirs = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing, reduction=None)
        np.testing.assert_allclose(losses(Output(name, (3,)), raw, SHARES), theirs(SHARES, raw), rtol=1e-5)


def test_one_hot_shares_are_labels():
    raw = raw_of(Output("log_loss", (3,)))
    by_index = losses(Output("log_loss", (3,)), raw, LABELS)
    np.testing.assert_allclose(
        losses(Output("soft_log_loss", (3,)), raw, np.eye(3)[LABELS[:, 0]]), by_index, rtol=1e-12
    )


def test_soft_targets_are_right_where_the_largest_share_is():
    output = Output("soft_log_loss", (3,))
    raw = raw_of(output)
    right = correct_rows(output, tf.constant(raw), tf.constant(SHARES)).numpy()
    np.testing.assert_array_equal(right, raw.argmax(axis=1) == SHARES.argmax(axis=1))


@pytest.mark.parametrize(
    ("output", "y"), [each for each in OUTPUTS if each[0].weighted], ids=lambda value: getattr(value, "loss", "")
)
def test_loss_weights_weigh_the_losses_of_the_outputs(output, y):
    raw = raw_of(output)
    ends = np.cumsum(output.weighted)
    expected = 0
    for i, (end, width) in enumerate(zip(ends, output.weighted, strict=True)):
        one = Output(output.loss, (width,), output.outputs_per_target, output.activation)
        expected += NUMBERS[f"output.loss_weight_{i}"] * losses(one, raw[:, end - width : end], y[:, i : i + 1])
    n = 1 if "log_loss" in output.loss else len(ends)  # sum or mean over outputs
    np.testing.assert_allclose(losses(output, raw, y), expected / n, rtol=1e-12)


def test_a_loss_is_taken_on_the_activated_prediction():
    output = Output("huber", (2,), activation="softplus")
    raw = raw_of(output)
    expected = losses(Output("huber", (2,)), np.log1p(np.exp(raw)), REALS)
    np.testing.assert_allclose(losses(output, raw, REALS), expected, rtol=1e-12)
    assert link_name(output) == "softplus"
