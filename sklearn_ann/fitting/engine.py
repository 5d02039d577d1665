"""The engine of a fit: its name, device and training functions.

Comes in: a recipe. Goes out: functions that train. TensorFlow is imported only by an engine that needs it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..engines.numpy import lbfgs, stochastic
from ..engines.selection import select_backend, work_of
from .formula_checks import check_formulas_on_tensors
from .recipe import Recipe

__all__ = ["Engine", "engine_for"]


class Engine(NamedTuple):
    """One engine.

    Attributes
    ----------
    name : {'numpy', 'tensorflow'}
    device : str
        TensorFlow's name of the device, or ``'/CPU:0'``.
    train : callable
        ``train(run, state, orders) -> Result``, by epochs.
    sums_for : callable
        What :func:`sklearn_ann.engines.lbfgs.minimize` asks for.
    """

    name: str
    device: str
    train: Callable[..., Any]
    sums_for: Callable[..., Any]


def engine_for(recipe: Recipe, X: Any, n_epochs: int) -> Engine:
    """The engine that trains on these rows.

    Raises
    ------
    ValueError
        If the backend cannot do what is asked for, there is no such device, or a user's formula fails on tensors.
    """
    name = select_backend(
        recipe.backend,
        device=recipe.device,
        network=recipe.network,
        augmentations=recipe.augmentations,
        work=work_of(recipe.network, X, n_epochs, recipe.n_estimators),
    )
    if name == "numpy":
        return Engine(name, "/CPU:0", stochastic.train, lbfgs.sums_for)
    from ..engines.tensorflow import lbfgs as compiled_lbfgs
    from ..engines.tensorflow import stochastic as compiled_stochastic
    from ..runtime.devices import resolve_device

    device = resolve_device(recipe.device)
    check_formulas_on_tensors(recipe)
    return Engine(name, device, compiled_stochastic.train, compiled_lbfgs.sums_for(device))
