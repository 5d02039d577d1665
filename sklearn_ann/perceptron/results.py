"""Trained threshold units as attributes of an estimator: weights, counters and curves, continued from earlier epochs.

Comes in: results of binary problems. Goes out: attributes by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .problem import BinaryResult

__all__ = ["NOTHING_BEFORE", "Before", "Units", "last_units", "results_of"]


class Units(NamedTuple):
    """Weights of all threshold units: one row and one entry per unit."""

    coef: np.ndarray
    intercept: np.ndarray


class Before(NamedTuple):
    """Results of earlier epochs.

    Attributes
    ----------
    rows_seen : float
        Number of rows visited, plus 1: scikit-learn's ``t_``.
    loss_curve, mistakes_curve : tuple
        A value for each epoch.
    averaged : Units or None
        Their average.
    recorded : dict
        Curves of callbacks.
    """

    rows_seen: float
    loss_curve: tuple
    mistakes_curve: tuple
    averaged: Units | None
    recorded: dict


NOTHING_BEFORE = Before(1.0, (), (), None, {})


def results_of(results: Sequence[BinaryResult], before: Before, n_rows: int, average_from: int) -> dict[str, Any]:
    """Weights, counters and curves as attributes."""
    last = last_units(results)
    averaged: Units | None = None
    n_iter = max(len(result.mistakes) for result in results)
    rows_seen = before.rows_seen + n_iter * n_rows
    if average_from:
        averaged = Units(
            np.stack([np.asarray(result.average_weights) for result in results]),
            np.array([result.average_intercept for result in results]).astype(last.intercept.dtype),
        )
    shown = averaged if averaged is not None and average_from <= rows_seen - 1 else last
    objectives = np.stack([_held(result.objective, n_iter) for result in results])
    mistakes = np.stack([_held(result.mistakes, n_iter) for result in results])
    return {
        "coef_": shown.coef,
        "intercept_": shown.intercept,
        "n_iter_": n_iter,
        "t_": rows_seen,
        "loss_curve_": [*before.loss_curve, *objectives.mean(axis=0).tolist()],
        "mistakes_curve_": [*before.mistakes_curve, *mistakes.sum(axis=0).tolist()],
        "_last": last if average_from else None,
        "_averaged": averaged,
    }


def last_units(results: Sequence[BinaryResult]) -> Units:
    """Weights after the last epoch, averaged or not.

    As in scikit-learn, the intercept of a single unit is float64 whatever the weights are.
    """
    coef = np.stack([result.weights for result in results])
    intercept = np.array([result.intercept for result in results])
    return Units(coef, intercept.astype(np.float64 if len(results) == 1 else coef.dtype))


def _held(curve: np.ndarray, n_epochs: int) -> np.ndarray:
    """A curve extended by its last value to the length of the longest one."""
    return np.concatenate([curve, np.full(n_epochs - len(curve), curve[-1])])
