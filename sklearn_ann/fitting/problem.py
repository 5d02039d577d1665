"""What a fit has worked out before it trains: the input of both ways of training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..network.weights import Weights
from .recipe import Recipe

__all__ = ["Dataset", "Problem"]


class Dataset(NamedTuple):
    """Input of a fit after all checks: X dense or CSR in the network's dtype, y as given, row weights or None."""

    X: Any
    y: Any
    sample_weight: np.ndarray | None


class Problem(NamedTuple):
    """A network to be trained.

    Attributes
    ----------
    recipe : Recipe
    target : target
        The kind of target, of :mod:`sklearn_ann.data.targets`.
    weights : Weights
        To begin with; with a leading axis for an ensemble.
    rows : Dataset
    validation : Dataset or None
        The caller's validation rows.
    before : dict
        Attributes that an earlier fit has left and that count; none for a fresh fit.
    incremental : bool
        One epoch of ``partial_fit``.
    random_state : RandomState
        For what is drawn after the weights.
    runner : CallbackRunner or None
    resume : bool, path or Snapshot
        As in ``fit``.
    identity : callable
        ``identity(digest)``: whose fit this is, for checkpoints.
    checkpoint_folders : sequence of str or Path
        Of the Checkpoints among the callbacks.
    as_fitted : callable
        ``as_fitted(results)``: a copy of the estimator with these attributes.
    """

    recipe: Recipe
    target: Any
    weights: Weights
    rows: Dataset
    validation: Dataset | None
    before: Mapping[str, Any]
    incremental: bool
    random_state: np.random.RandomState
    runner: Any
    resume: Any
    identity: Callable[[str], dict[str, Any]]
    checkpoint_folders: Sequence[Any]
    as_fitted: Callable[[dict[str, Any]], Any]
