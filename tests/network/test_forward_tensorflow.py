"""The tensor side of the network against finite differences, NumPy and scikit-learn."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from sklearn_ann.network.activations import ACTIVATIONS
from sklearn_ann.network.forward_numpy import forward
from sklearn_ann.network.forward_tensorflow import (
    correct_rows,
    linked,
    loss_and_gradient,
    raw_outputs,
    row_losses,
)
from sklearn_ann.network.initial import initial_weights
from sklearn_ann.network.namespaces import scoped
from sklearn_ann.network.predict_compiled import compiled_forward
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights, first_extras
from sklearn_ann.runtime.backend import tf

OUTPUTS = [
    Output("squared_error", (1,)),
    Output("squared_error", (3,)),
    Output("poisson", (2,)),
    Output("binary_log_loss", (1,)),
    Output("binary_log_loss", (3,)),
    Output("log_loss", (4,)),
    Output("log_loss", (3, 2)),
]

SETTINGS = {"slope": 0.3, "alpha": 0.7, "threshold": 0.3, "default_value": -0.2}
PLAIN = {**scoped("activation_1", SETTINGS), **scoped("activation_2", SETTINGS)}
NUMBERS = {name: tf.constant(value, tf.float64) for name, value in PLAIN.items()}


def _problem(output, activation="tanh", n_rows=7, seed=1):  # seed 1: no relu within 1e-3 of its kink
    rng = np.random.RandomState(seed)
    network = Network(5, (6, 4), (activation,) * 2, output, "float64")
    weights = Weights(*map(tuple, initial_weights(network, rng)), *first_extras(network))
    x = rng.normal(size=(n_rows, 5))
    if activation == "exponential":
        x /= 4  # two of them in a row else go where the log-loss clips its value and not its derivative
    if output.loss == "log_loss":
        y = np.column_stack([rng.randint(width, size=n_rows) for width in output.heads]).astype(np.int32)
    elif output.loss == "binary_log_loss":
        y = rng.randint(2, size=(n_rows, output.width)).astype(float)
    else:
        y = rng.poisson(2, size=(n_rows, output.width)).astype(float)
    return network, weights, x, y, rng.uniform(0.5, 2, n_rows)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("output", OUTPUTS, ids=str)
def test_gradient_equals_finite_differences(output, activation):
    network, weights, x, y, row_weights = _problem(output, activation)
    losses, gradient, _ = loss_and_gradient(
        network, tf.nest.map_structure(tf.constant, weights), x, y, row_weights, NUMBERS
    )
    # scikit-learn's squared error is a mean over outputs in the value and a sum in the gradient; ours is the same
    scale = output.width if output.loss == "squared_error" else 1
    step, rng = 1e-6, np.random.RandomState(1)
    places = [
        (group, k, tuple(rng.randint(size) for size in array.shape))
        for group, arrays in enumerate(weights.trained)
        for k, array in enumerate(arrays)
        for _ in range(3)
    ]
    # a model for each end of a difference, on the leading axis: one forward pass for all of them
    moved = tf.nest.map_structure(lambda array: np.repeat(array[None], 2 * len(places), axis=0), weights)
    for i, (group, k, place) in enumerate(places):
        moved[group][k][(2 * i, *place)] += step
        moved[group][k][(2 * i + 1, *place)] -= step
    ends = loss_and_gradient(network, tf.nest.map_structure(tf.constant, moved), x, y, row_weights, NUMBERS)[0]
    aboves, belows = ends.numpy().sum(axis=1).reshape(-1, 2).T
    np.testing.assert_allclose((aboves + belows) / 2, losses.numpy().sum(), rtol=1e-9)
    slopes = [gradient[group][k].numpy()[place] for group, k, place in places]
    # central differences of float64 values of size ~10: truncation and rounding leave about 1e-8
    assert slopes == pytest.approx(scale * (aboves - belows) / (2 * step), abs=2e-7, rel=1e-6)


def test_functions_of_a_tensor_work_for_several_models_at_once():
    problems = [_problem(OUTPUTS[1], tf.nn.softmax, seed=seed) for seed in (1, 2)]
    alone = [
        loss_and_gradient(network, tf.nest.map_structure(tf.constant, weights), *rest, {})
        for network, weights, *rest in problems
    ]
    network = problems[0][0]
    _, *parts = zip(*problems, strict=True)
    weights, *rest = (tf.nest.map_structure(lambda *arrays: np.stack(arrays), *part) for part in parts)
    found = loss_and_gradient(network, tf.nest.map_structure(tf.constant, weights), *rest, {})
    for ours, *theirs in zip(*map(tf.nest.flatten, (found, *alone)), strict=True):
        np.testing.assert_allclose(ours, np.stack(theirs), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("lead", [(), (2,)], ids=["one model", "two models"])
@pytest.mark.parametrize(
    ("n_features", "units", "width"),
    [(20, 18, 17), (3, 18, 4), (20, 18, 5), (20, 32, 17), (32, 64, 1)],
    ids=["plain", "few terms", "narrow", "crowded", "crowded, one output"],
)
def test_every_form_of_the_products_gives_the_gradient_of_numpy(n_features, units, width, lead):
    network = Network(n_features, (units,), ("relu",), Output("squared_error", (width,)), "float64")
    rng = np.random.RandomState(0)
    shapes = [(n_features, units), (units, width), (units,), (width,)]
    first, last, first_intercept, last_intercept = (rng.normal(size=(*lead, *shape)) for shape in shapes)
    x, y = rng.normal(size=(9, n_features)), rng.normal(size=(9, width))
    weights = Weights((first, last), (first_intercept, last_intercept), *first_extras(network))

    values = np.maximum(x @ first + first_intercept[..., None, :], 0)
    delta = (values @ last + last_intercept[..., None, :] - y) / 9
    back = delta @ np.swapaxes(last, -1, -2) * (values > 0)
    expected = x.T @ back, np.swapaxes(values, -1, -2) @ delta, back.sum(axis=-2), delta.sum(axis=-2)

    _, gradient, _ = loss_and_gradient(
        network, tf.nest.map_structure(tf.constant, weights), tf.constant(x), tf.constant(y), np.full(9, 1 / 9), {}
    )
    for found, wanted in zip((*gradient.coefs, *gradient.intercepts), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)


def test_relu_has_derivative_zero_at_zero():
    network = Network(1, (1,), ("relu",), Output("squared_error", (1,)), "float64")
    one = np.ones((1, 1))
    weights = Weights((np.zeros((1, 1)), one), (np.zeros(1), np.zeros(1)))
    _, gradient, _ = loss_and_gradient(network, tf.nest.map_structure(tf.constant, weights), one, one, np.ones(1), {})
    assert gradient.coefs[0].numpy() == 0


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("output", OUTPUTS, ids=str)
def test_array_and_tensor_forward_agree(output, activation):
    network, weights, x, _, _ = _problem(output, activation, n_rows=50)
    tensors = tf.nest.map_structure(tf.constant, weights)
    by_tensor = linked(output, raw_outputs(network, tensors, x, NUMBERS), NUMBERS).numpy()
    by_array = forward(x, network, weights, PLAIN)
    np.testing.assert_allclose(by_array, by_tensor, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_forward_equals_scikit_learn(activation):
    rng = np.random.RandomState(0)
    X = rng.normal(size=(40, 5))
    labels = rng.randint(3, size=40)
    classifier = MLPClassifier((6, 4), activation=activation, max_iter=2, random_state=0)
    regressor = MLPRegressor(hidden_layer_sizes=(6, 4), activation=activation, max_iter=2, random_state=0)
    for model, target in ((classifier, labels), (regressor, labels.astype(float))):
        with pytest.warns(ConvergenceWarning):
            model.fit(X, target)
    for model, expected, output in (
        (classifier, classifier.predict_proba(X), Output("log_loss", (3,))),
        (regressor, regressor.predict(X)[:, None], Output("squared_error", (1,))),
    ):
        network = Network(5, (6, 4), (activation,) * 2, output, "float64")
        weights = Weights(tuple(model.coefs_), tuple(model.intercepts_))
        np.testing.assert_allclose(forward(X, network, weights, {}), expected, rtol=1e-12)


@pytest.mark.parametrize("as_given", [np.asarray, "csr", "csc"], ids=["dense", "csr", "csc"])
def test_compiled_forward_equals_array_forward_across_blocks(as_given):
    network, weights, _, _, _ = _problem(Output("log_loss", (3, 2)))
    X = np.random.RandomState(0).normal(size=(4096 + 17, 5))
    X[X < 0.5] = 0
    given = X if as_given is np.asarray else sparse.csr_matrix(X).asformat(as_given)
    compiled = compiled_forward(given, network, weights, PLAIN, "cpu")
    np.testing.assert_allclose(compiled, forward(X, network, weights, PLAIN), rtol=1e-12)


def test_forward_gives_a_row_the_same_answer_alone_and_in_blocks():
    network, weights, _, _, _ = _problem(Output("squared_error", (3,)))
    X = np.random.RandomState(0).normal(size=(150_000, 5))  # more rows than one block
    together = forward(X, network, weights, PLAIN)
    for row in (0, 77, 149_999):
        alone = forward(X[row : row + 1], network, weights, PLAIN)
        # matrix-vector and matrix-matrix products of BLAS may add in another order: the last bits
        np.testing.assert_allclose(alone[0], together[row], rtol=1e-12)


def test_row_losses_of_several_heads_add_up():
    network, weights, x, y, _ = _problem(Output("log_loss", (3, 2)))
    raw = raw_outputs(network, tf.nest.map_structure(tf.constant, weights), x, NUMBERS)
    first = row_losses(Output("log_loss", (3,)), raw[:, :3], y[:, :1], {})
    second = row_losses(Output("log_loss", (2,)), raw[:, 3:], y[:, 1:], {})
    np.testing.assert_allclose(row_losses(network.output, raw, y, {}), first + second, rtol=1e-14)


@pytest.mark.parametrize("output", [o for o in OUTPUTS if "log_loss" in o.loss], ids=str)
def test_correct_rows_are_those_with_every_output_right(output):
    network, weights, x, y, _ = _problem(output, n_rows=60)
    raw = raw_outputs(network, tf.nest.map_structure(tf.constant, weights), x, NUMBERS).numpy()
    if output.loss == "log_loss":
        starts = np.cumsum((0, *output.heads))
        predicted = np.column_stack([raw[:, a:b].argmax(1) for a, b in pairwise(starts)])
    else:
        predicted = raw > 0
    expected = (predicted == y).all(axis=1)
    assert 0 < expected.sum() < len(y)
    np.testing.assert_array_equal(correct_rows(output, raw, y), expected)
