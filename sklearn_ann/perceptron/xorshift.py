"""The shuffle of scikit-learn's stochastic gradient descent, in NumPy.

A seed and a number of rows come in, the permutation that one epoch applies goes out. scikit-learn restarts the same
32-bit xorshift at every epoch, so one permutation suffices: the order of an epoch is the previous order,
permuted. The caller draws the seeds.
"""

from __future__ import annotations

import functools

import numpy as np
from scipy.linalg.lapack import dlaswp

__all__ = ["epoch_permutation", "xorshift32"]

_Step = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _next(state: np.ndarray) -> np.ndarray:
    """State after the given ones: Marsaglia's xorshift with the triple (13, 17, 5)."""
    state = state ^ (state << np.uint32(13))
    state = state ^ (state >> np.uint32(17))
    return state ^ (state << np.uint32(5))


def _as_tables(columns: np.ndarray) -> _Step:
    """Images of all bytes in each of the four places, from the images of the 32 bits."""
    tables = []
    for byte in range(4):
        table = np.zeros(1, dtype=np.uint32)
        for column in columns[8 * byte : 8 * byte + 8]:
            table = np.concatenate([table, table ^ column])
        tables.append(table)
    return tables[0], tables[1], tables[2], tables[3]


def _apply(step: _Step, state: np.ndarray) -> np.ndarray:
    """Image of each state under a linear map of bits: the generator is one, and so are its powers."""
    image = step[0][state & np.uint32(255)]
    for byte in range(1, 4):
        image ^= step[byte][(state >> np.uint32(8 * byte)) & np.uint32(255)]
    return image


@functools.cache
def _jump(exponent: int) -> _Step:
    """The generator's map over 2**exponent steps; 32 of them (4 kB each) exist."""
    bits = np.left_shift(np.uint32(1), np.arange(32, dtype=np.uint32))
    if exponent == 0:
        return _as_tables(_next(bits))
    half = _jump(exponent - 1)
    return _as_tables(_apply(half, _apply(half, bits)))


def xorshift32(seed: int, n_draws: int) -> np.ndarray:
    """Numbers that scikit-learn's ``our_rand_r`` gives after a seed.

    The generator is linear over bits, so the stream doubles: the states from ``m`` to ``2 m`` are the first ``m``
    states, each mapped ``m`` steps ahead at once.

    Parameters
    ----------
    seed : int
        From 0 to ``2**32 - 1``; 0 stands for 1.
    n_draws : int
        Number of draws.

    Returns
    -------
    ndarray of uint32 of shape (n_draws,)
        Values from 0 to ``2**31 - 1``.

    References
    ----------
    G. Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8(14), 2003.
    """
    states = np.empty(n_draws, dtype=np.uint32)
    states[:1] = _next(np.array([seed or 1], dtype=np.uint32))
    known, exponent = 1, 0
    while known < n_draws:
        more = min(known, n_draws - known)
        states[known : known + more] = _apply(_jump(exponent), states[:more])
        known, exponent = known + more, exponent + 1
    return states & np.uint32(2**31 - 1)


def epoch_permutation(seed: int, n_rows: int) -> np.ndarray:
    """Permutation that scikit-learn's SGD applies to the order of the rows before every epoch.

    Parameters
    ----------
    seed : int
        As for :func:`xorshift32`.
    n_rows : int
        Number of rows in an epoch.

    Returns
    -------
    ndarray of int32 of shape (n_rows,)
        ``order[permutation]`` is the order after the shuffle, where ``order`` is the one before.
    """
    if n_rows < 2:
        return np.zeros(n_rows, dtype=np.int32)
    place = np.arange(n_rows - 1, dtype=np.int64)
    partner = place + xorshift32(seed, n_rows - 1) % (n_rows - place)
    # Fisher-Yates swaps row i with partner[i], one after the other; that is LAPACK's "row interchanges", which is
    # fifty times faster than a Python loop. Its doubles hold every row number exactly.
    rows = dlaswp(np.arange(n_rows, dtype=np.float64)[:, None], partner.astype(np.int32), overwrite_a=True)
    return rows[:, 0].astype(np.int32)
