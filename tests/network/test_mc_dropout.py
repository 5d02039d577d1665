"""Draws of dropout for predictions: beside the noise of training, and beside theory."""

import numpy as np
import pytest
from scipy import sparse

from sklearn_ann.activations import SELU, Identity, ReLU
from sklearn_ann.losses import SquaredError
from sklearn_ann.network.forward_numpy import forward
from sklearn_ann.network.hyper import NetworkHyper
from sklearn_ann.network.initial import initial_weights
from sklearn_ann.network.mc_dropout import draw_dropout_masks, has_dropout
from sklearn_ann.network.noise import NOISES
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights
from sklearn_ann.runtime.arrays import numpy_namespace

X = np.random.RandomState(0).normal(size=(7, 4))
NOISE = ((0, "dropout"), (1, "dropout"), (2, "alpha_dropout"))
NETWORK = Network(4, (6, 5), (ReLU(), SELU()), Output(SquaredError(), (2,)), "float64", NOISE, wide=(1, 3))
RATES = (0.25, 0.5, 0.4)
NO_HYPER = NetworkHyper(activations=((), ()))


def _weights():
    return Weights(*map(tuple, initial_weights(NETWORK, np.random.RandomState(0))))


@pytest.mark.parametrize("kind", ["dropout", "alpha_dropout"])
def test_a_draw_does_to_a_unit_what_training_does(kind):
    """The same units dropped by the noise, whose bits are made to drop them."""
    network = Network(4, (6,), (SELU(),), Output(SquaredError(), (1,)), "float64", ((1, kind),))
    thinning = draw_dropout_masks(network, (0.6,), np.random.RandomState(0))[1]
    values = np.random.RandomState(1).normal(size=(3, 6))
    stays = np.random.RandomState(0).uniform(size=6) >= 0.6
    assert 0 < stays.sum() < 6
    bits = np.where(stays, 2**32 - 1, 0).astype(np.uint32) * np.ones((3, 1), np.uint32)
    expected, _ = NOISES[kind](numpy_namespace, values, bits, 0.6)
    np.testing.assert_allclose(values * thinning.scale + thinning.shift, expected, rtol=1e-12, atol=1e-14)


def test_a_thinned_network_is_the_one_without_those_units():
    weights, random_state = _weights(), np.random.RandomState(3)
    dropout_masks = draw_dropout_masks(NETWORK, RATES, random_state)
    values = X * dropout_masks[0].scale
    wide = values[:, [1, 3]] @ weights.coefs[3]
    hidden = np.maximum(values @ weights.coefs[0] + weights.intercepts[0], 0) * dropout_masks[1].scale
    raw = hidden @ weights.coefs[1] + weights.intercepts[1]
    selu = 1.0507009873554805 * np.where(raw > 0, raw, 1.6732632423543772 * np.expm1(raw))
    last = selu * dropout_masks[2].scale + dropout_masks[2].shift
    expected = last @ weights.coefs[2] + weights.intercepts[2] + wide
    np.testing.assert_allclose(forward(X, NETWORK, weights, NO_HYPER, dropout_masks), expected, rtol=1e-12)
    rows = sparse.csr_matrix(X)
    np.testing.assert_allclose(forward(rows, NETWORK, weights, NO_HYPER, dropout_masks), expected, rtol=1e-12)


def test_draws_have_the_mean_of_the_whole_network_where_it_is_linear():
    network = Network(4, (6,), (Identity(),), Output(SquaredError(), (1,)), "float64", ((1, "dropout"),))
    weights = Weights(*map(tuple, initial_weights(network, np.random.RandomState(0))))
    random_state = np.random.RandomState(0)
    draws = np.array(
        [forward(X, network, weights, NO_HYPER, draw_dropout_masks(network, (0.3,), random_state)) for _ in range(4000)]
    )
    hidden = X @ weights.coefs[0] + weights.intercepts[0]
    variance = 0.3 / 0.7 * np.square(hidden) @ np.square(weights.coefs[1])
    error = 5 * np.sqrt(variance / 4000)
    assert (np.abs(draws.mean(axis=0) - forward(X, network, weights, NO_HYPER)) < error).all()
    np.testing.assert_allclose(draws.var(axis=0), variance, rtol=0.2)


def test_only_dropout_can_be_drawn():
    assert has_dropout(NETWORK)
    assert not has_dropout(Network(4, (6,), (ReLU(),), Output(SquaredError(), (1,)), "float64", ((0, "gaussian"),)))


def test_thinned_inputs_are_what_a_skip_passes_on():
    network = Network(4, (4,), (Identity(),), Output(SquaredError(), (4,)), "float64", ((0, "dropout"),), skip=True)
    zeros = np.zeros(4)
    weights = Weights((np.zeros((4, 4)), np.eye(4)), (zeros, zeros))
    dropout_masks = draw_dropout_masks(network, (0.5,), np.random.RandomState(1))
    for rows in (X, sparse.csr_matrix(X)):
        np.testing.assert_allclose(
            forward(rows, network, weights, NO_HYPER, dropout_masks), X * dropout_masks[0].scale, rtol=1e-12
        )
