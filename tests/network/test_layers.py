"""The layers: the gradient against finite differences, and NumPy against tensors, for whatever a network is made of."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from scipy import sparse

from sklearn_ann.network.activations import ACTIVATIONS
from sklearn_ann.network.forward_numpy import as_number
from sklearn_ann.network.forward_tensorflow import loss_and_gradient as by_tensors
from sklearn_ann.network.forward_tensorflow import numbers_of
from sklearn_ann.network.initial import initial_weights
from sklearn_ann.network.layers import Layers, loss_and_gradient
from sklearn_ann.network.losses import LOSSES
from sklearn_ann.network.namespaces import within
from sklearn_ann.network.noise import Noise, step_keys
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights, first_extras
from sklearn_ann.runtime.arrays import numpy_namespace
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.tensors import tensor_namespace

# It keeps what it reads of the sources in the current folder, if it is not told of a place that keeps nothing.
set_hypothesis_home_dir(os.devnull)

N_ROWS, N_FEATURES = 6, 5
# As imported: a page of the docs adds rows.
SMOOTH = ["identity", "logistic", "tanh", "elu", "gelu", "silu", "mish", "softplus", "softsign", "prelu", "celu"]
NOISES = ["dropout", "gaussian", "random_slope", "alpha_dropout"]


def numbers_for(network):
    """A number for every name, each other than the next, so that none is taken for another."""
    return {name: 0.3 + 0.05 * i for i, name in enumerate(numbers_of(network))}


def targets_for(output, rng):
    loss = LOSSES[output.loss]
    if loss.of_indices:
        return np.column_stack([rng.randint(width, size=N_ROWS) for width in output.heads]).astype(np.int32)
    if loss.link == "softmax":
        shares = rng.uniform(0.1, 1, (N_ROWS, output.width))
        return shares / shares.sum(axis=1, keepdims=True)
    n_columns = output.width // output.outputs_per_target
    return rng.randint(2, size=(N_ROWS, n_columns)).astype(float)


@st.composite
def networks(draw):
    """A network of up to three hidden layers with anything that it may have, smooth enough to be differentiated."""
    hidden = tuple(draw(st.lists(st.sampled_from([3, 4, 5]), max_size=3)))
    activations = tuple(draw(st.sampled_from(SMOOTH)) for _ in hidden) or ("tanh",)
    output = draw(
        st.sampled_from(
            [
                Output("squared_error", (2,)),
                Output("gaussian", (4,), outputs_per_target=2),
                Output("log_cosh", (2,), activation="tanh_between", weighted=(1, 1)),
                Output("binary_log_loss", (1,)),
                Output("log_loss", (3,)),
                Output("log_loss", (3, 2), weighted=(3, 2)),
                Output("smoothed_log_loss", (3,)),
                Output("soft_log_loss", (3,)),
                Output("focal_log_loss", (3,)),
            ]
        )
    )
    places = {(place, draw(st.sampled_from(NOISES))) for place in range(len(hidden) + 1) if draw(st.booleans())}
    return Network(
        N_FEATURES,
        hidden,
        activations,
        output,
        "float64",
        noise=tuple(sorted(places)),
        normalization=draw(st.sampled_from([None, "batch", "layer"])),
        normalization_first=draw(st.booleans()),
        skip=draw(st.booleans()),
        wide=draw(st.sampled_from([(), (1, 3), tuple(range(N_FEATURES))])),
        auxiliary=draw(st.integers(0, len(hidden))),
    )


def drawn(network, seed):
    """Weights, rows, targets, row weights, numbers and noise of a network."""
    rng = np.random.RandomState(seed)
    weights = Weights(*map(tuple, initial_weights(network, rng)), *first_extras(network))
    weights = Weights(*(tuple(array + rng.uniform(-0.1, 0.1, array.shape) for array in group) for group in weights))
    numbers = numbers_for(network) | {f"noise.{name}": 0.2 for name in network.noise_names}
    x, row_weights = rng.normal(size=(N_ROWS, N_FEATURES)), rng.uniform(0.2, 1, N_ROWS)
    return weights, x, targets_for(network.output, rng), row_weights / row_weights.sum(), numbers


def by_arrays(network, weights, x, y, row_weights, numbers):
    noise = None
    if network.noise:
        noise = Noise(step_keys(numpy_namespace, 7, 3), within(numbers, "noise"))
    layers = Layers(numpy_namespace, network)
    return loss_and_gradient(layers, weights, x, ((y, row_weights),), as_number(numbers, network.dtype), noise)


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(networks(), st.integers(0, 1000))
def test_tensors_give_the_same_losses_gradients_and_moments(network, seed):
    weights, x, y, row_weights, numbers = drawn(network, seed)
    ours = by_arrays(network, weights, x, y, row_weights, numbers)
    tensors = {name: tf.constant(value, tf.float64) for name, value in numbers.items()}
    noise = None
    if network.noise:
        noise = Noise(step_keys(tensor_namespace, tf.constant(7), tf.constant(3)), within(tensors, "noise"))
    constants = tf.nest.map_structure(tf.constant, weights)
    rows = tf.constant(x), tf.constant(y), tf.constant(row_weights)
    theirs = by_tensors(network, constants, *rows, tensors, noise)
    for a, b in zip(*map(tf.nest.flatten, (ours, theirs)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(networks(), st.integers(0, 1000))
def test_the_gradient_equals_finite_differences(network, seed):
    weights, *problem = drawn(network, seed)
    _, gradient, _ = by_arrays(network, weights, *problem)
    rng, step = np.random.RandomState(seed), 1e-6
    # scikit-learn's squared error is a mean over outputs in the value and a sum in the gradient; ours is the same
    scale = network.output.width if network.output.loss == "squared_error" else 1
    for group, arrays in zip(gradient.trained, weights.trained, strict=True):
        for slopes, array in zip(group, arrays, strict=True):
            place = tuple(rng.randint(size) for size in array.shape)
            ends, middle = [], array[place]
            for change in (step, -step):
                array[place] = middle + change
                ends.append(by_arrays(network, weights, *problem)[0].sum())
            array[place] = middle
            # losses of size 10 at a step of 1e-6: rounding leaves about 1e-9
            assert slopes[place] == pytest.approx(scale * (ends[0] - ends[1]) / (2 * step), abs=1e-7, rel=1e-5)


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_models_on_a_leading_axis_are_models_one_by_one(activation):
    network = Network(N_FEATURES, (4, 4), (activation,) * 2, Output("log_loss", (3,)), "float64", normalization="batch")
    problems = [drawn(network, seed) for seed in (1, 2, 3)]
    alone = [by_arrays(network, *problem) for problem in problems]
    parts = list(zip(*problems, strict=True))
    weights = Weights(*(tuple(map(np.stack, zip(*groups, strict=True))) for groups in zip(*parts[0], strict=True)))
    together = by_arrays(network, weights, *map(np.stack, parts[1:4]), parts[4][0])
    for ours, *theirs in zip(*map(tf.nest.flatten, (together, *alone)), strict=True):
        np.testing.assert_allclose(ours, np.stack(theirs), rtol=1e-11, atol=1e-13)


def test_sparse_rows_give_the_gradient_of_dense_ones():
    network = Network(N_FEATURES, (4,), ("relu",), Output("log_loss", (3,)), "float64", wide=(0, 2))
    weights, x, *rest = drawn(network, 0)
    x[x < 0.3] = 0
    for ours, theirs in zip(
        *(tf.nest.flatten(by_arrays(network, weights, rows, *rest)) for rows in (sparse.csr_matrix(x), x)), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-15)


def test_the_gradient_is_written_where_it_is_told():
    network = Network(N_FEATURES, (4,), ("prelu",), Output("log_loss", (3,)), "float64", wide=(0, 2))
    weights, x, y, row_weights, numbers = drawn(network, 0)
    into = Weights(*(tuple(map(np.empty_like, group)) for group in weights.trained))
    layers, number = Layers(numpy_namespace, network), as_number(numbers, "float64")
    _, gradient, _ = loss_and_gradient(layers, weights, x, ((y, row_weights),), number, None, into)
    _, expected, _ = by_arrays(network, weights, x, y, row_weights, numbers)
    for array, place, wanted in zip(*map(tf.nest.flatten, (gradient, into, expected)), strict=True):
        assert array is place
        np.testing.assert_array_equal(array, wanted)
