"""The perceptron's problem and its solution, the same for both engines: values without behaviour.

Comes in: nothing. Goes out: the settings of a run, a binary problem, a trained threshold unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

__all__ = ["BinaryProblem", "BinaryResult", "Settings"]


@dataclass(frozen=True)
class Settings:
    """Settings shared by all binary problems of a run.

    Attributes
    ----------
    max_epochs : int
        Maximum number of epochs.
    tol : float
        Smallest improvement that counts; ``-inf`` for no stopping rule.
    n_iter_no_change : int
        Epochs in a row without an improvement after which a problem stops.
    eta : float
        Learning rate. Already a factor of the rows' steps; the penalty needs it separately.
    intercept_rate : float
        Factor of the intercept's updates: 0 without an intercept, else 1 (scikit-learn: 0.01 on sparse rows).
    penalty : {'none', 'l2', 'l1'}
        'l1' stands for the elastic net too.
    alpha, l1_ratio : float
        Strength of the penalty and the share of its L1 part (0 for 'l2', 1 for 'l1' alone).
    average_from : int
        Updates are averaged from this row on, counted from 1 over all epochs; 0 for no average.
    rows_seen : float
        The count at the start, plus 1: scikit-learn's ``t_``.
    n_threads : int
        Problems trained at a time.
    backend : {'numpy', 'tensorflow'}
        Engine that trains.
    device : str
        TensorFlow device, as the user writes it.
    """

    max_epochs: int
    tol: float
    n_iter_no_change: int
    eta: float = 1.0
    intercept_rate: float = 1.0
    penalty: str = "none"
    alpha: float = 0.0
    l1_ratio: float = 0.0
    average_from: int = 0
    rows_seen: float = 1.0
    n_threads: int = 1
    backend: str = "numpy"
    device: str = "auto"


class BinaryProblem(NamedTuple):
    """One threshold unit to be trained.

    Attributes
    ----------
    target : ndarray of shape (n_rows,)
        -1 or +1.
    step : float64 ndarray of shape (n_rows,)
        Length of a row's update: learning rate times the row's weight.
    permutation : int32 ndarray of shape (n_rows,) or None
        Applied to the order of the rows before every epoch; None leaves the rows as they are.
    weights, intercept : ndarray of shape (n_features,), float
        To start from.
    average_weights, average_intercept : ndarray of shape (n_features,), float
        Averages to continue from, where ``Settings.average_from`` is set.
    state : dict of str to ndarray, or None
        State of an earlier result of the same problem, to continue from exactly; replaces the weights and averages.
    """

    target: np.ndarray
    step: np.ndarray
    permutation: np.ndarray | None
    weights: np.ndarray
    intercept: float
    average_weights: np.ndarray | None = None
    average_intercept: float = 0.0
    state: Mapping[str, np.ndarray] | None = None


class BinaryResult(NamedTuple):
    """A trained threshold unit.

    Attributes
    ----------
    weights, intercept, average_weights, average_intercept
        As in :class:`BinaryProblem`, after the last epoch.
    objective, mistakes, scores : ndarray of shape (n_epochs,)
        Per epoch: the mean loss plus the penalty as the stopping rule sees it; rows that were on the wrong side or on
        the boundary when their turn came; the validation accuracy (NaN without early stopping).
    finite : bool
        False if the weights over- or underflowed in the last epoch.
    state : dict of str to ndarray
        Everything that changes from epoch to epoch, including the curves.
    """

    weights: np.ndarray
    intercept: float
    average_weights: np.ndarray | None
    average_intercept: float
    objective: np.ndarray
    mistakes: np.ndarray
    scores: np.ndarray
    finite: bool
    state: dict[str, np.ndarray]
