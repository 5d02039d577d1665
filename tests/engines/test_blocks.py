"""Blocks of the compiled engine: what lies together, and that nothing is lost on the way in and out."""

from itertools import chain

import numpy as np
import pytest

from sklearn_ann.activations import ReLU
from sklearn_ann.engines.state import initial_state
from sklearn_ann.engines.tensorflow.batches import batches_of
from sklearn_ann.engines.tensorflow.blocks import Blocks
from sklearn_ann.losses import LogLoss
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights
from sklearn_ann.runtime.arrays import numpy_namespace as xp
from sklearn_ann.runtime.tree import leaves

OUTPUT = Output(LogLoss().of_form("multiclass"), (3,))
NETWORK = Network(5, (6, 4), (ReLU(), ReLU()), OUTPUT, "float64")


def _weights(lead=()):
    random = np.random.RandomState(0)
    coefs = tuple(random.normal(size=(*lead, *fan)) for fan in NETWORK.fans)
    return Weights(coefs, tuple(random.normal(size=(*lead, size)) for size in NETWORK.intercept_sizes))


@pytest.mark.parametrize("by_layer", [False, True])
@pytest.mark.parametrize("largest", [0, 25, np.inf])
@pytest.mark.parametrize("lead", [(), (2,)])
def test_a_state_comes_out_as_it_went_in(lead, largest, by_layer):
    blocks = Blocks(NETWORK, by_layer, len(lead), largest)
    learning_rate = np.full(lead, 0.3)
    state = initial_state(
        _weights(lead), n_slots=2, learning_rate=learning_rate, keep_best=True, averaging=True, n_steps=2**53, wait=3
    )
    packed = blocks.pack_state(xp, state)
    back = blocks.unpack_state(xp, packed)
    for before, after in zip(leaves(state), leaves(back), strict=True):
        np.testing.assert_array_equal(before, after)
        assert before.dtype == after.dtype
    coefs = np.concatenate([each.ravel() for each in blocks.join_coefs(xp, state.weights.coefs)])
    np.testing.assert_array_equal(np.sort(coefs), np.sort(np.concatenate([c.ravel() for c in state.weights.coefs])))


def test_small_arrays_lie_together_and_large_ones_apart():
    weights = _weights()
    (vector,) = Blocks(NETWORK).pack(xp, weights).blocks
    np.testing.assert_array_equal(vector, np.concatenate([array.ravel() for array in chain(*weights)]))
    apart = Blocks(NETWORK, largest=25)
    assert [block.shape for block in apart.pack(xp, weights).blocks] == [(5, 6), (24 + 12 + 6 + 4 + 3,)]
    assert Blocks(NETWORK, by_layer=True).layers == [1, 2, 3]


def test_shares_of_a_batch_add_up_and_padding_has_none():
    """Seven rows in batches of three, of a program with room for four: the third has one row, the fourth none."""
    order = np.zeros((2, 4, 3), np.int32)
    order.reshape(2, -1)[:, :7] = [[6, 5, 4, 3, 2, 1, 0], np.arange(7)]
    sample_weight = np.arange(7.0)
    batches = batches_of(order, 7, sample_weight, "float64")
    np.testing.assert_array_equal(batches.n_rows, [[3, 3, 1, 0]] * 2)
    np.testing.assert_array_equal(batches.totals, [[15, 6, 0, 0], [3, 12, 6, 0]])
    np.testing.assert_allclose(batches.shares[1, 1], np.array([3, 4, 5]) / 12)
    np.testing.assert_allclose(batches.shares.sum(axis=-1), [[1, 1, 0, 0], [1, 1, 1, 0]])
    np.testing.assert_allclose(batches.next_penalty_rows, [[3 / 6, 0, 0, 0], [3 / 12, 1 / 6, 0, 0]])
