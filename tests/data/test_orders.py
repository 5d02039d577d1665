"""Epoch orders against scikit-learn's own shuffle, drawn from the same random state."""

import numpy as np
from sklearn.utils import shuffle

from sklearn_ann.data.orders import EpochOrders


def test_orders_and_random_state_equal_scikit_learns_shuffles():
    rows = np.array([3, 1, 4, 15, 9, 2, 6])
    ours, theirs = np.random.RandomState(7), np.random.RandomState(7)
    orders = EpochOrders(rows, ours, shuffle=True)
    drawn = np.concatenate([orders.draw(3), orders.draw(2)])
    expected = rows
    for order in drawn:
        expected = shuffle(expected, random_state=theirs)
        np.testing.assert_array_equal(order, expected)
    assert ours.randint(1 << 30) == theirs.randint(1 << 30)
    np.testing.assert_array_equal(rows, [3, 1, 4, 15, 9, 2, 6])


def test_keep_rewinds_what_was_drawn_ahead():
    ahead, exact = np.random.RandomState(0), np.random.RandomState(0)
    drawn = EpochOrders(np.arange(20), ahead, shuffle=True)
    wanted = EpochOrders(np.arange(20), exact, shuffle=True)
    drawn.draw(10)
    drawn.keep(4)
    wanted.draw(4)
    np.testing.assert_array_equal(drawn.draw(3), wanted.draw(3))
    assert ahead.randint(1 << 30) == exact.randint(1 << 30)


def test_without_shuffling_every_epoch_is_the_same_and_nothing_is_drawn():
    random_state = np.random.RandomState(0)
    orders = EpochOrders(np.arange(5), random_state, shuffle=False)
    np.testing.assert_array_equal(orders.draw(2), [np.arange(5)] * 2)
    orders.keep(1)
    assert random_state.randint(1 << 30) == np.random.RandomState(0).randint(1 << 30)


def test_rows_of_one_batch_stay_where_they_are_while_the_random_state_advances():
    ours, theirs = np.random.RandomState(7), np.random.RandomState(7)
    orders = EpochOrders(np.arange(3, 9), ours, shuffle=True, one_batch=True).shifted(10)
    np.testing.assert_array_equal([*orders.draw(3), orders.advance()], [np.arange(13, 19)] * 4)
    orders.draw(9)
    orders.keep(2)
    EpochOrders(np.arange(6), theirs, shuffle=True).draw(6)
    assert ours.randint(1 << 30) == theirs.randint(1 << 30)
