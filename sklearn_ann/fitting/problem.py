"""What a fit has worked out before it trains: the input of both ways of training."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..network.spec import Network
from ..network.weights import Weights

__all__ = ["Dataset", "Problem"]


class Dataset(NamedTuple):
    """Input of a fit after all checks: X dense or CSR in the network's dtype, y as given, weights or None."""

    X: object
    y: object
    weights: np.ndarray | None


class Problem(NamedTuple):
    """A network to be trained.

    Attributes
    ----------
    network : Network
    target : target
        The kind of target, of :mod:`sklearn_ann.data.targets`.
    weights : Weights
        To begin with; with a leading axis for an ensemble.
    rows : Dataset
    validation : Dataset or None
        The caller's validation rows.
    fresh : bool
        Whether nothing that was learned before counts.
    incremental : bool
        One epoch of ``partial_fit``.
    random_state : RandomState
        For what is drawn after the weights.
    runner : CallbackRunner or None
    resume : bool or path
        As in ``fit``.
    """

    network: Network
    target: Any
    weights: Weights
    rows: Dataset
    validation: Dataset | None
    fresh: bool
    incremental: bool
    random_state: np.random.RandomState
    runner: Any
    resume: Any
