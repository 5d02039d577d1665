"""What a network may have besides its layers: forward passes and gradients against Keras, NumPy, finite differences."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from sklearn_ann.activations import PReLU, Tanh
from sklearn_ann.losses import SquaredError
from sklearn_ann.network.forward_numpy import forward
from sklearn_ann.network.forward_tensorflow import loss_and_gradient, raw_outputs
from sklearn_ann.network.hyper import NetworkHyper
from sklearn_ann.network.initial import initial_weights
from sklearn_ann.network.layers import Layers
from sklearn_ann.network.layers import loss_and_gradient as by_arrays
from sklearn_ann.network.predict_compiled import compiled_forward
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights, as_weights, extra_weights, first_extras, stacked, unstacked
from sklearn_ann.normalizations import BatchNorm, LayerNorm
from sklearn_ann.runtime.arrays import numpy_namespace
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.tree import map_leaves

PLAIN = Network(5, (6, 6), (Tanh(), Tanh()), Output(SquaredError(), (2,)), "float64")
STRUCTURES = {
    "batch before": {"normalization": BatchNorm()},
    "batch after": {"normalization": BatchNorm(position="after")},
    "layer before": {"normalization": LayerNorm(epsilon=0.02)},
    "layer after": {"normalization": LayerNorm(position="after")},
    "skip": {"skip": True},
    "wide": {"wide": (0, 3)},
    "wide all": {"wide": (0, 1, 2, 3, 4)},
    "deep": {"deep": (3, 0, 2)},
    "deep beside wide, with a skip from its columns": {
        "deep": (4, 0, 2),
        "wide": (0, 1),
        "hidden": (3, 6),
        "skip": True,
    },
    "auxiliary": {"auxiliary": 1},
    "prelu": {"activations": (PReLU(), Tanh())},
    "everything": {
        "normalization": BatchNorm(epsilon=0.02),
        "skip": True,
        "wide": (4, 1),
        "auxiliary": 2,
        "activations": (PReLU(), PReLU()),
    },
}


def _tensors(value):
    return tf.nest.map_structure(lambda array: tf.constant(array, tf.float64), value)


def _problem(structure, n_rows=9):
    """A network whose learned numbers are anything, hyperparameters, and rows; two of them are padding."""
    rng = np.random.RandomState(0)
    network, hyper = replace(PLAIN, **STRUCTURES[structure]), NetworkHyper(activations=((), ()))
    if network.auxiliary:
        hyper = hyper._replace(auxiliary=(0.4,))
    if network.normalization is not None:
        hyper = hyper._replace(normalization=network.normalization.hyper)
        network = replace(network, normalization=network.normalization.structure())
    coefs, intercepts = initial_weights(network, rng)
    learned, moving = first_extras(network)
    learned = tuple(array + 0.3 * rng.uniform(size=array.shape) for array in learned)
    moving = tuple(array + 0.3 * rng.uniform(size=array.shape) for array in moving)
    sample_weight = np.append(rng.uniform(0.5, 2, n_rows - 2), [0, 0]) / n_rows
    weights = Weights(tuple(coefs), tuple(intercepts), learned, moving)
    return network, hyper, weights, rng.normal(size=(n_rows, 5)), rng.normal(size=(n_rows, 2)), sample_weight


@pytest.mark.parametrize("structure", STRUCTURES)
def test_gradient_equals_finite_differences(structure):
    network, hyper, weights, x, y, sample_weight = _problem(structure)

    def both():
        return by_arrays(Layers(numpy_namespace, network), weights, x, ((y, sample_weight),), hyper)[:2]

    _, gradient = both()
    for group, slopes in zip(weights.trained, gradient, strict=True):
        for array, slope in zip(group, slopes, strict=True):
            for place in {(0,) * array.ndim, tuple(size - 1 for size in array.shape)}:
                kept, ends = array[place], []
                for step in (1e-6, -1e-6):
                    array[place] = kept + step
                    ends.append(both()[0].sum())
                array[place] = kept
                # scikit-learn's squared error is a mean over the two outputs in the value and a sum in the gradient
                assert slope[place] == pytest.approx((ends[0] - ends[1]) / 1e-6, abs=1e-8, rel=1e-6)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_predictions_of_arrays_tensors_and_programs_agree(structure):
    network, hyper, weights, x, _, _ = _problem(structure)
    expected = raw_outputs(network, _tensors(weights), x, _tensors(hyper)).numpy()
    np.testing.assert_allclose(forward(x, network, weights, hyper), expected, rtol=1e-12, atol=1e-14)
    compiled = compiled_forward(x, network, weights, hyper, "cpu")
    np.testing.assert_allclose(compiled, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_a_population_passes_as_its_members_do(structure):
    """Each with hyperparameters of its own."""
    network, hyper, weights, x, y, sample_weight = _problem(structure)
    other = Weights(*(tuple(array * 0.9 + 0.01 for array in group) for group in weights))
    hypers = hyper, map_leaves(lambda number: number / 2, hyper)
    both = _tensors(stacked([weights, other]))
    numbers = _tensors(map_leaves(lambda number: np.reshape([number, number / 2], (2, 1, 1)), hyper))
    losses, gradient, moments = loss_and_gradient(network, both, x, y, sample_weight, numbers)
    for member, single in enumerate(unstacked(stacked([weights, other]), 2)):
        alone = loss_and_gradient(network, _tensors(single), x, y, sample_weight, _tensors(hypers[member]))
        found = [each[member] for each in tf.nest.flatten((losses, gradient, moments))]
        for one, other_one in zip(found, tf.nest.flatten(alone), strict=True):
            np.testing.assert_allclose(one, other_one, rtol=1e-12, atol=1e-14)


def test_batch_moments_count_rows_by_weight_and_padding_not_at_all():
    network, hyper, weights, x, y, sample_weight = _problem("batch before")
    *_, moments = loss_and_gradient(network, _tensors(weights), x, y, sample_weight, _tensors(hyper))
    first = x @ weights.coefs[0] + weights.intercepts[0]
    mean = np.average(first, axis=0, weights=sample_weight)
    np.testing.assert_allclose(moments[0], mean, rtol=1e-12)
    np.testing.assert_allclose(moments[1], np.average((first - mean) ** 2, axis=0, weights=sample_weight), rtol=1e-12)


def test_prelu_equals_keras():
    slopes, values = np.array([0.1, 0.4, 0.9], dtype=np.float32), np.linspace(-3, 3, 12, dtype=np.float32).reshape(4, 3)
    layer = keras.layers.PReLU()
    layer.build((None, 3))
    layer.set_weights([slopes])
    network = Network(3, (3,), (PReLU(),), Output(SquaredError(), (3,)), "float32")
    unchanged, zeros = np.eye(3, dtype=np.float32), np.zeros(3, dtype=np.float32)
    weights = Weights((unchanged, unchanged), (zeros, zeros), (slopes,))
    hyper = NetworkHyper(activations=((),))
    np.testing.assert_allclose(forward(values, network, weights, hyper), layer(values), rtol=1e-6)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_weights_come_back_from_what_shows_them(structure):
    network, _, weights, *_ = _problem(structure)
    coefs, intercepts = weights.coefs[: network.n_layers], weights.intercepts[: network.n_layers]
    back = as_weights(network, coefs, intercepts, extra_weights(network, weights))
    for one, other in zip(weights, back, strict=True):
        assert all(a is b for a, b in zip(one, other, strict=True))
    assert sum(array.size for group in weights[:2] for array in group) == network.n_weights


def test_the_auxiliary_output_sits_on_its_layer_and_predictions_do_without():
    network, hyper, weights, x, *_ = _problem("auxiliary")
    passed = Layers(numpy_namespace, network).forward(weights, x, hyper)
    first = np.tanh(x @ weights.coefs[0] + weights.intercepts[0])
    np.testing.assert_allclose(passed.auxiliary, first @ weights.coefs[-1] + weights.intercepts[-1], rtol=1e-12)
    plain = Weights(weights.coefs[:3], weights.intercepts[:3])
    np.testing.assert_allclose(passed.raw, forward(x, PLAIN, plain, NetworkHyper(activations=((), ()))), rtol=1e-12)
