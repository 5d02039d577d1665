"""What the parameters of a multilayer perceptron say of a fit, resolved once: after that nobody reads the estimator."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from ..augmentations import Augmentation
from ..network.hyper import NetworkHyper
from ..network.spec import Network
from ..optimizers import Optimizer
from ..regularizers import Regularizer
from ..schedules import Schedule
from .settings import (
    augmentations_of,
    clipping_of,
    multipliers_of,
    network_hyper,
    noise_of,
    optimizer_of,
    per_step_of,
    regularizers_of,
    schedule_for,
)

__all__ = ["Recipe", "recipe_of"]


class Recipe(NamedTuple):
    """A fit by its parameters. Names that an estimator has mean the same here.

    Attributes
    ----------
    network : Network
    network_hyper : NetworkHyper
    optimizer : Optimizer or None
        None for L-BFGS.
    schedule : Schedule
    learning_rate : object
        The parameter that the schedule was made of, for messages.
    regularizers : tuple of Regularizer
        The L2 penalty of ``alpha`` first.
    clipping : dict of str to float
        Limits of the gradient by name.
    augmentations : tuple of Augmentation
    noise : tuple of float
        Amounts, in the order of ``Network.noise``.
    learning_rate_multipliers : tuple of float
        Of each layer; empty where all have the same rate.
    learning_rate_init : float or 'find'
        ``'find'`` until a range test has found one.
    seed : int or None
        The estimator's ``random_state`` if it is a number.
    order_matters : bool
        Whether orders of the rows are drawn even where all rows are one batch: as scikit-learn does from a generator
        that others draw from as well.
    default_score : str
        The validation score where ``scoring`` is None.
    """

    network: Network
    network_hyper: NetworkHyper
    optimizer: Optimizer | None
    schedule: Schedule
    learning_rate: Any
    learning_rate_init: float | str
    regularizers: tuple[Regularizer, ...]
    clipping: dict[str, float]
    augmentations: tuple[Augmentation, ...]
    noise: tuple[float, ...]
    learning_rate_multipliers: tuple[float, ...]
    alpha: float
    averaging: float | None
    batch_size: int | str
    shuffle: bool
    seed: int | None
    order_matters: bool
    n_estimators: int
    max_iter: int
    max_fun: int
    tol: float
    n_iter_no_change: float
    early_stopping: bool
    validation_fraction: float
    scoring: Any
    default_score: str
    backend: str
    device: str
    verbose: Any

    @property
    def per_step(self) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
        """Functions of time for what changes from step to step."""
        return per_step_of(self)


_AS_THEY_ARE = (
    "learning_rate", "learning_rate_init", "alpha", "averaging", "batch_size", "shuffle", "n_estimators", "max_iter",
    "max_fun", "tol", "n_iter_no_change", "early_stopping", "validation_fraction", "backend", "device",
    "verbose",
)  # fmt: skip


def recipe_of(estimator: Any, network: Network, target: Any) -> Recipe:
    """The recipe of an estimator whose parameters have been checked."""
    optimizer = None if estimator.solver == "lbfgs" else optimizer_of(estimator)
    # The engines would score a single class by the sign of its raw output; predictions know no other class.
    is_of_one_class = len(getattr(target, "classes", ())) == 1
    scoring = estimator._default_score if estimator.scoring is None and is_of_one_class else estimator.scoring
    return Recipe(
        network=network,
        network_hyper=network_hyper(estimator, target),
        optimizer=optimizer,
        schedule=schedule_for(estimator, optimizer),
        regularizers=tuple(regularizers_of(estimator)),
        clipping=clipping_of(estimator),
        augmentations=tuple(augmentations_of(estimator)),
        noise=tuple(noise_of(estimator).values()),
        seed=estimator.random_state if isinstance(estimator.random_state, Integral) else None,
        learning_rate_multipliers=multipliers_of(estimator),
        order_matters=not isinstance(estimator.random_state, Integral | None),
        default_score=estimator._default_score,
        scoring=scoring,
        **{name: _plain(getattr(estimator, name)) for name in _AS_THEY_ARE},
    )


def _plain(value: Any) -> Any:
    """NumPy's scalars as Python's: a sum with a float32 one would be float32."""
    return value.item() if isinstance(value, np.generic) else value
