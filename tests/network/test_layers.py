"""The layers: the gradient against finite differences, and NumPy against tensors, for whatever a network is made of."""

import itertools

import numpy as np
import pytest
from scipy import sparse

from sklearn_ann.activations import ACTIVATIONS, PReLU, ReLU, activation_of
from sklearn_ann.losses import Focal, Gaussian, LogCosh, LogLoss, SquaredError
from sklearn_ann.network.forward_tensorflow import as_tensors
from sklearn_ann.network.forward_tensorflow import loss_and_gradient as by_tensors
from sklearn_ann.network.hyper import NetworkHyper
from sklearn_ann.network.initial import initial_weights
from sklearn_ann.network.layers import Layers, loss_and_gradient
from sklearn_ann.network.noise import NOISES, Noise, step_keys
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights, array_layers, first_extras, stacked
from sklearn_ann.normalizations import NORMALIZATIONS, normalization_of
from sklearn_ann.runtime.arrays import numpy_namespace
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.tensors import tensor_namespace

N_ROWS, N_FEATURES = 6, 5
SMOOTH = ["identity", "logistic", "tanh", "elu", "gelu", "silu", "mish", "softplus", "softsign", "prelu", "celu"]
# As imported: a page of the docs adds some.
NORMALIZATION = [
    normalization_of(name).set_params(position=position).structure()
    for name in NORMALIZATIONS
    for position in ("before", "after")
]
MULTICLASS = LogLoss().of_form("multiclass")
LABELS = Output(MULTICLASS, (3,))


def hyper_for(network, first=0.3):
    """Each number other than the next, so that none is taken for another."""
    numbers = itertools.count(first, 0.05)
    output = network.output
    columns = tuple(next(numbers) for _ in output.weighted), (-0.4,) * output.width, (1.2,) * output.width
    loss_weights, low, high = map(np.array, columns)

    def of(member):
        return () if member is None else tuple(next(numbers) for _ in member.hyper_names)

    return NetworkHyper(
        tuple(map(of, network.activations)),
        of(network.normalization),
        of(output.loss),
        (low, high) if output.link.fills_range else (),
        (loss_weights,) if output.weighted else (),
        (next(numbers),) if network.auxiliary else (),
    )


def targets_for(output, rng):
    loss = output.loss
    if loss.of_indices:
        return np.column_stack([rng.randint(width, size=N_ROWS) for width in output.heads]).astype(np.int32)
    if loss.link == "softmax":
        shares = rng.uniform(0.1, 1, (N_ROWS, output.width))
        return shares / shares.sum(axis=1, keepdims=True)
    n_columns = output.width // output.outputs_per_target
    return rng.randint(2, size=(N_ROWS, n_columns)).astype(float)


OUTPUTS = [
    Output(SquaredError(), (2,)),
    Output(Gaussian().structure(), (4,), outputs_per_target=2),
    Output(LogCosh(), (2,), activation="tanh_between", weighted=(1, 1)),
    Output(LogLoss().of_form("binary"), (1,)),
    LABELS,
    Output(MULTICLASS, (3, 2), weighted=(3, 2)),
    Output(LogLoss(0.1).of_form("multiclass").structure(), (3,)),
    Output(LogLoss().of_form("probabilities"), (3,)),
    Output(Focal().of_form("multiclass").structure(), (3,)),
]


def random_network(seed):
    """A network of up to three hidden layers with anything that it may have, smooth enough to be differentiated."""
    rng = np.random.RandomState(seed)

    def one_of(values):
        return values[rng.randint(len(values))]

    hidden = tuple(one_of([3, 4, 5]) for _ in range(rng.randint(4)))
    noise = tuple((place, kind) for place in range(len(hidden) + 1) for kind in NOISES if rng.randint(4) == 0)
    return Network(
        N_FEATURES,
        hidden,
        tuple(activation_of(one_of(SMOOTH)).structure() for _ in hidden) or (activation_of("tanh"),),
        one_of(OUTPUTS),
        "float64",
        noise=noise,
        normalization=one_of([None, *NORMALIZATION]),
        skip=one_of([False, True]),
        wide=one_of([(), (1, 3), tuple(range(N_FEATURES))]),
        deep=one_of([(), (4, 0, 2)]) if hidden else (),
        auxiliary=rng.randint(len(hidden) + 1),
        frozen=tuple(layer for layer in range(1, len(hidden) + 2) if rng.randint(4) == 0),
    )


def drawn(network, seed):
    """Weights, rows, targets, row weights and hyperparameters of a network."""
    rng = np.random.RandomState(seed)
    weights = Weights(*map(tuple, initial_weights(network, rng)), *first_extras(network))
    weights = Weights(*(tuple(array + rng.uniform(-0.1, 0.1, array.shape) for array in group) for group in weights))
    x, sample_weight = rng.normal(size=(N_ROWS, N_FEATURES)), rng.uniform(0.2, 1, N_ROWS)
    return weights, x, targets_for(network.output, rng), sample_weight / sample_weight.sum(), hyper_for(network)


def noise_for(xp, network):
    amounts = tuple(0.2 + 0.05 * i for i in range(len(network.noise)))
    return Noise(step_keys(xp, xp.asarray(7), xp.asarray(3)), amounts) if network.noise else None


def by_arrays(network, weights, x, y, sample_weight, hyper):
    noise = noise_for(numpy_namespace, network)
    return loss_and_gradient(Layers(numpy_namespace, network), weights, x, ((y, sample_weight),), hyper, noise)


@pytest.mark.parametrize("seed", range(25))
def test_tensors_give_the_same_losses_gradients_and_moments(seed):
    network = random_network(seed)
    *arrays, hyper = drawn(network, seed)
    ours = by_arrays(network, *arrays, hyper)
    tensors = (tf.nest.map_structure(tf.constant, array) for array in arrays)
    theirs = by_tensors(network, *tensors, as_tensors(hyper), noise_for(tensor_namespace, network))
    for a, b in zip(*map(tf.nest.flatten, (ours, theirs)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", range(60))
def test_the_gradient_equals_finite_differences(seed):
    network = random_network(seed)
    weights, *problem = drawn(network, seed)
    _, gradient, _ = by_arrays(network, weights, *problem)
    rng, step = np.random.RandomState(seed), 1e-6
    # scikit-learn's squared error is a mean over outputs in the value and a sum in the gradient; ours is the same
    scale = network.output.width if isinstance(network.output.loss, SquaredError) else 1
    for layers, group, arrays in zip(array_layers(network).trained, gradient.trained, weights.trained, strict=True):
        for layer, slopes, array in zip(layers, group, arrays, strict=True):
            if layer in network.frozen:
                assert not slopes.any()
                continue
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
    """Each with hyperparameters of its own."""
    activations = (activation_of(activation).structure(),) * 2
    network = Network(N_FEATURES, (4, 4), activations, LABELS, "float64", normalization=NORMALIZATION[0])
    problems = [(*drawn(network, seed)[:-1], hyper_for(network, first=0.3 + seed)) for seed in (1, 2, 3)]
    alone = [by_arrays(network, *problem) for problem in problems]
    weights, *rows, hyper = zip(*problems, strict=True)
    hyper = tf.nest.map_structure(lambda *numbers: np.reshape(numbers, (-1, 1, 1)), *hyper)
    together = by_arrays(network, stacked(weights), *map(np.stack, rows), hyper)
    for ours, *theirs in zip(*map(tf.nest.flatten, (together, *alone)), strict=True):
        np.testing.assert_allclose(ours, np.stack(theirs), rtol=1e-11, atol=1e-13)


def test_sparse_rows_give_the_gradient_of_dense_ones():
    network = Network(N_FEATURES, (4,), (ReLU(),), LABELS, "float64", wide=(0, 2))
    weights, x, *rest = drawn(network, 0)
    x[x < 0.3] = 0
    for ours, theirs in zip(
        *(tf.nest.flatten(by_arrays(network, weights, rows, *rest)) for rows in (sparse.csr_matrix(x), x)), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-15)


def test_the_gradient_is_written_where_it_is_told():
    network = Network(N_FEATURES, (4,), (PReLU(),), LABELS, "float64", wide=(0, 2))
    weights, x, y, sample_weight, hyper = drawn(network, 0)
    into = Weights(*(tuple(map(np.empty_like, group)) for group in weights.trained))
    layers = Layers(numpy_namespace, network)
    _, gradient, _ = loss_and_gradient(layers, weights, x, ((y, sample_weight),), hyper, None, into)
    _, expected, _ = by_arrays(network, weights, x, y, sample_weight, hyper)
    for array, place, wanted in zip(*map(tf.nest.flatten, (gradient, into, expected)), strict=True):
        assert array is place
        np.testing.assert_array_equal(array, wanted)
