"""The tensor side of the network against finite differences, NumPy and scikit-learn."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from sklearn_ann.activations import (
    ACTIVATIONS,
    CELU,
    ELU,
    ActivationFunction,
    LeakyReLU,
    ReLU,
    Threshold,
    activation_of,
)
from sklearn_ann.losses import LogLoss, Poisson, SquaredError
from sklearn_ann.network.forward_numpy import forward
from sklearn_ann.network.forward_tensorflow import (
    as_tensors,
    correct_rows,
    linked,
    loss_and_gradient,
    raw_outputs,
    row_losses,
)
from sklearn_ann.network.hyper import NetworkHyper
from sklearn_ann.network.initial import initial_weights
from sklearn_ann.network.predict_compiled import compiled_forward
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights, first_extras
from sklearn_ann.runtime.backend import tf

BINARY, LABEL = LogLoss().of_form("binary"), LogLoss().of_form("multiclass")
OUTPUTS = [
    Output(SquaredError(), (1,)),
    Output(SquaredError(), (3,)),
    Output(Poisson(), (2,)),
    Output(BINARY, (1,)),
    Output(BINARY, (3,)),
    Output(LABEL, (4,)),
    Output(LABEL, (3, 2)),
]
MEMBERS = {name: activation_of(name) for name in ACTIVATIONS}  # as imported: a page of the docs adds one
MEMBERS |= {"leaky_relu": LeakyReLU(0.3), "elu": ELU(0.7), "celu": CELU(0.7), "threshold": Threshold(0.3, -0.2)}
# Every activation and every output; they meet in the raw values alone.
CASES = [(OUTPUTS[-1], activation) for activation in MEMBERS] + [(output, "tanh") for output in OUTPUTS[:-1]]
every_case = pytest.mark.parametrize(("output", "activation"), CASES, ids=str)
NO_HYPER = NetworkHyper(activations=((), ()))


def _hyper(activation):
    return NetworkHyper(activations=(MEMBERS[activation].hyper,) * 2)


def _problem(output, activation="tanh", n_rows=7, seed=1):  # seed 1: no relu within 1e-3 of its kink
    member = MEMBERS[activation].structure() if isinstance(activation, str) else ActivationFunction(activation)
    rng = np.random.RandomState(seed)
    network = Network(5, (6, 4), (member,) * 2, output, "float64")
    weights = Weights(*map(tuple, initial_weights(network, rng)), *first_extras(network))
    x = rng.normal(size=(n_rows, 5))
    if activation == "exponential":
        x /= 4  # two of them in a row else go where the log-loss clips its value and not its derivative
    if output.loss.of_indices:
        y = np.column_stack([rng.randint(width, size=n_rows) for width in output.heads]).astype(np.int32)
    elif output.loss == BINARY:
        y = rng.randint(2, size=(n_rows, output.width)).astype(float)
    else:
        y = rng.poisson(2, size=(n_rows, output.width)).astype(float)
    return network, weights, x, y, rng.uniform(0.5, 2, n_rows)


@every_case
def test_gradient_equals_finite_differences(output, activation):
    network, weights, x, y, sample_weight = _problem(output, activation)
    hyper = as_tensors(_hyper(activation))
    losses, gradient, _ = loss_and_gradient(
        network, tf.nest.map_structure(tf.constant, weights), x, y, sample_weight, hyper
    )
    # scikit-learn's squared error is a mean over outputs in the value and a sum in the gradient; ours is the same
    scale = output.width if output.loss == SquaredError() else 1
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
    ends = loss_and_gradient(network, tf.nest.map_structure(tf.constant, moved), x, y, sample_weight, hyper)[0]
    aboves, belows = ends.numpy().sum(axis=1).reshape(-1, 2).T
    np.testing.assert_allclose((aboves + belows) / 2, losses.numpy().sum(), rtol=1e-9)
    slopes = [gradient[group][k].numpy()[place] for group, k, place in places]
    # central differences of float64 values of size ~10: truncation and rounding leave about 1e-8
    assert slopes == pytest.approx(scale * (aboves - belows) / (2 * step), abs=2e-7, rel=1e-6)


def test_functions_of_a_tensor_work_for_several_models_at_once():
    problems = [_problem(OUTPUTS[1], tf.nn.softmax, seed=seed) for seed in (1, 2)]
    alone = [
        loss_and_gradient(network, tf.nest.map_structure(tf.constant, weights), *rest, NO_HYPER)
        for network, weights, *rest in problems
    ]
    network = problems[0][0]
    _, *parts = zip(*problems, strict=True)
    weights, *rest = (tf.nest.map_structure(lambda *arrays: np.stack(arrays), *part) for part in parts)
    found = loss_and_gradient(network, tf.nest.map_structure(tf.constant, weights), *rest, NO_HYPER)
    for ours, *theirs in zip(*map(tf.nest.flatten, (found, *alone)), strict=True):
        np.testing.assert_allclose(ours, np.stack(theirs), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("lead", [(), (2,)], ids=["one model", "two models"])
@pytest.mark.parametrize(
    ("n_features", "units", "width"),
    [(20, 18, 17), (3, 18, 4), (20, 18, 5), (20, 32, 17), (32, 64, 1)],
    ids=["plain", "few terms", "narrow", "crowded", "crowded, one output"],
)
def test_every_form_of_the_products_gives_the_gradient_of_numpy(n_features, units, width, lead):
    network = Network(n_features, (units,), (ReLU(),), Output(SquaredError(), (width,)), "float64")
    rng = np.random.RandomState(0)
    shapes = [(n_features, units), (units, width), (units,), (width,)]
    first, last, first_intercept, last_intercept = (rng.normal(size=(*lead, *shape)) for shape in shapes)
    x, y = rng.normal(size=(9, n_features)), rng.normal(size=(9, width))
    weights = Weights((first, last), (first_intercept, last_intercept), *first_extras(network))

    values = np.maximum(x @ first + first_intercept[..., None, :], 0)
    delta = (values @ last + last_intercept[..., None, :] - y) / 9
    back = delta @ np.swapaxes(last, -1, -2) * (values > 0)
    expected = x.T @ back, np.swapaxes(values, -1, -2) @ delta, back.sum(axis=-2), delta.sum(axis=-2)

    tensors = tf.nest.map_structure(tf.constant, weights)
    rows = tf.constant(x), tf.constant(y), np.full(9, 1 / 9)
    _, gradient, _ = loss_and_gradient(network, tensors, *rows, NO_HYPER)
    for found, wanted in zip((*gradient.coefs, *gradient.intercepts), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)


def test_relu_has_derivative_zero_at_zero():
    network = Network(1, (1,), (ReLU(),), Output(SquaredError(), (1,)), "float64")
    one = np.ones((1, 1))
    weights = Weights((np.zeros((1, 1)), one), (np.zeros(1), np.zeros(1)))
    tensors = tf.nest.map_structure(tf.constant, weights)
    _, gradient, _ = loss_and_gradient(network, tensors, one, one, np.ones(1), NO_HYPER)
    assert gradient.coefs[0].numpy() == 0


@every_case
def test_array_and_tensor_forward_agree(output, activation):
    network, weights, x, _, _ = _problem(output, activation, n_rows=50)
    tensors, hyper = tf.nest.map_structure(tf.constant, weights), as_tensors(_hyper(activation))
    by_tensor = linked(output, raw_outputs(network, tensors, x, hyper), hyper).numpy()
    by_array = forward(x, network, weights, _hyper(activation))
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
        (classifier, classifier.predict_proba(X), Output(LABEL, (3,))),
        (regressor, regressor.predict(X)[:, None], Output(SquaredError(), (1,))),
    ):
        network = Network(5, (6, 4), (activation_of(activation),) * 2, output, "float64")
        weights = Weights(tuple(model.coefs_), tuple(model.intercepts_))
        np.testing.assert_allclose(forward(X, network, weights, NO_HYPER), expected, rtol=1e-12)


@pytest.mark.parametrize("as_given", [np.asarray, "csr", "csc"], ids=["dense", "csr", "csc"])
def test_compiled_forward_equals_array_forward_across_blocks(as_given):
    network, weights, _, _, _ = _problem(Output(LABEL, (3, 2)))
    X = np.random.RandomState(0).normal(size=(4096 + 17, 5))
    X[X < 0.5] = 0
    given = X if as_given is np.asarray else sparse.csr_matrix(X).asformat(as_given)
    compiled = compiled_forward(given, network, weights, NO_HYPER, "cpu")
    np.testing.assert_allclose(compiled, forward(X, network, weights, NO_HYPER), rtol=1e-12)


def test_forward_gives_a_row_the_same_answer_alone_and_in_blocks():
    network, weights, _, _, _ = _problem(Output(SquaredError(), (3,)))
    X = np.random.RandomState(0).normal(size=(150_000, 5))  # more rows than one block
    together = forward(X, network, weights, NO_HYPER)
    for row in (0, 77, 149_999):
        alone = forward(X[row : row + 1], network, weights, NO_HYPER)
        # matrix-vector and matrix-matrix products of BLAS may add in another order: the last bits
        np.testing.assert_allclose(alone[0], together[row], rtol=1e-12)


def test_row_losses_of_several_heads_add_up():
    network, weights, x, y, _ = _problem(Output(LABEL, (3, 2)))
    raw = raw_outputs(network, tf.nest.map_structure(tf.constant, weights), x, NO_HYPER)
    first = row_losses(Output(LABEL, (3,)), raw[:, :3], y[:, :1], NO_HYPER)
    second = row_losses(Output(LABEL, (2,)), raw[:, 3:], y[:, 1:], NO_HYPER)
    np.testing.assert_allclose(row_losses(network.output, raw, y, NO_HYPER), first + second, rtol=1e-14)


@pytest.mark.parametrize("output", [output for output in OUTPUTS if isinstance(output.loss, LogLoss)], ids=str)
def test_correct_rows_are_those_with_every_output_right(output):
    network, weights, x, y, _ = _problem(output, n_rows=60)
    raw = raw_outputs(network, tf.nest.map_structure(tf.constant, weights), x, NO_HYPER).numpy()
    if output.loss.of_indices:
        starts = np.cumsum((0, *output.heads))
        predicted = np.column_stack([raw[:, a:b].argmax(1) for a, b in pairwise(starts)])
    else:
        predicted = raw > 0
    expected = (predicted == y).all(axis=1)
    assert 0 < expected.sum() < len(y)
    np.testing.assert_array_equal(correct_rows(output, raw, y), expected)
