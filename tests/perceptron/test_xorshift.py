"""The shuffle of scikit-learn's SGD: against twenty lines of Python, and against scikit-learn's own compiled one."""

import numpy as np
import pytest
from sklearn.utils._seq_dataset import ArrayDataset64

from sklearn_ann.perceptron.xorshift import epoch_permutation, xorshift32


def naive_stream(seed, n_draws):
    seed, draws = seed or 1, []
    for _ in range(n_draws):
        seed ^= (seed << 13) & 0xFFFFFFFF
        seed ^= seed >> 17
        seed ^= (seed << 5) & 0xFFFFFFFF
        draws.append(seed % 2**31)
    return draws


@pytest.mark.parametrize("seed", [0, 1, 2, 209652396, 2**31 - 2, 2**32 - 1])
@pytest.mark.parametrize("n_draws", [0, 1, 2, 3, 64, 1001])
def test_stream_equals_the_generator_step_by_step(seed, n_draws):
    np.testing.assert_array_equal(xorshift32(seed, n_draws), naive_stream(seed, n_draws))


@pytest.mark.parametrize("n_rows", [1, 2, 3, 17, 150, 1797])
def test_permutation_repeated_gives_scikit_learns_orders(n_rows):
    rows = np.arange(n_rows, dtype=np.float64)
    dataset = ArrayDataset64(rows[:, None].copy(), rows, np.ones(n_rows), seed=1)
    order = np.arange(n_rows)
    permutation = epoch_permutation(12345, n_rows)
    for _ in range(3):
        order = order[permutation]
        dataset._shuffle_py(12345)
        np.testing.assert_array_equal(order, [dataset._next_py()[3] for _ in range(n_rows)])


def test_permutation_of_no_row_is_empty():
    assert epoch_permutation(3, 0).shape == (0,)
