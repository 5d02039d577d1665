"""Search spaces for Optuna: distributions as scikit-learn's searches take them go in, suggestions of a trial come out.

Optuna's parameters have the names of the estimator's. It does not know estimators or data.
"""

from __future__ import annotations

from functools import partial
from numbers import Integral

import numpy as np

from ..runtime.extras import check_installed
from .hidden_layer_sizes import HiddenLayerSizes

__all__ = ["import_optuna", "suggestions"]


def import_optuna():
    """Optuna, which is imported only when it is needed."""
    check_installed("optuna", extra="search", subject="OptunaSearchCV")
    import optuna

    return optuna


def suggestions(space):
    """Translate a search space.

    Parameters
    ----------
    space : dict or callable
        Distributions by parameter name; or a function of a trial that returns parameters, which is left as it is.

    Returns
    -------
    callable
        ``suggest(trial) -> dict``: the parameters of one candidate.

    Raises
    ------
    ValueError
        If a distribution has no counterpart in Optuna.
    """
    if callable(space):
        return space
    suggest_by_name = {name: _translate(name, values) for name, values in space.items()}
    return lambda trial: {name: suggest(trial) for name, suggest in suggest_by_name.items()}


def _translate(name, values):
    """A function ``suggest(trial) -> value`` for one parameter."""
    if isinstance(values, HiddenLayerSizes):
        return _layer_sizes(name, values)
    if hasattr(values, "rvs"):
        return partial(_suggest, name, _from_scipy(name, values))
    if isinstance(values, import_optuna().distributions.BaseDistribution):
        return partial(_suggest, name, values)
    is_list = hasattr(values, "__iter__") and not isinstance(values, str | dict) and getattr(values, "ndim", 1) == 1
    if is_list and len(values := list(values)):
        return _choice(name, values)
    raise ValueError(
        f"param_distributions[{name!r}] must be a distribution or a list with at least one value, got {values!r}."
    )


def _suggest(name, distribution, trial):
    """A value of one of Optuna's distributions."""
    distributions = import_optuna().distributions
    if isinstance(distribution, distributions.CategoricalDistribution):
        return trial.suggest_categorical(name, distribution.choices)
    is_int = isinstance(distribution, distributions.IntDistribution)
    suggest = trial.suggest_int if is_int else trial.suggest_float
    return suggest(name, distribution.low, distribution.high, step=distribution.step, log=distribution.log)


def _choice(name, values):
    """A choice from a list. Optuna stores None, booleans, numbers and strings; others are named by what they print."""
    categories = import_optuna().distributions.CategoricalDistribution
    if all(value is None or isinstance(value, bool | int | float | str) for value in values):
        return partial(_suggest, name, categories(values))
    labels = [repr(value) for value in values]
    if len(set(labels)) < len(labels):
        labels = list(range(len(values)))
    suggest = partial(_suggest, name, categories(labels))
    return lambda trial: values[labels.index(suggest(trial))]


def _from_scipy(name, frozen):
    """The counterpart of a distribution of SciPy."""
    distributions = import_optuna().distributions
    kind = getattr(getattr(frozen, "dist", None), "name", None)
    if kind == "randint":
        low, high = frozen.support()
        return distributions.IntDistribution(int(low), int(high))
    if kind == "uniform" or (kind in {"loguniform", "reciprocal"} and _is_unmoved(frozen)):
        low, high = frozen.support()
        return distributions.FloatDistribution(float(low), float(high), log=kind != "uniform")
    raise ValueError(
        f"param_distributions[{name!r}] must be a list, HiddenLayerSizes, one of Optuna's distributions, or uniform, "
        f"loguniform (with loc=0) or randint of scipy.stats, got {kind or frozen!r}; take one of these, or pass a "
        "function of Optuna's trial as param_distributions."
    )


def _is_unmoved(loguniform):
    """Whether it has loc=0: the median is then the geometric mean of the ends."""
    low, high = loguniform.support()
    return np.isclose(loguniform.median() ** 2, low * high)


def _layer_sizes(name, sizes):
    """Depth and width as parameters of their own: ``name__n_layers``, ``name__n_units`` or ``name__n_units_0``, ..."""
    n_layers = _whole_numbers(f"{name}__n_layers", sizes.n_layers, least=0)
    _whole_numbers(f"{name}__n_units", sizes.n_units, least=1)  # refused before the first trial, if it is to be

    def suggest(trial):
        depth = n_layers(trial)
        names = [f"{name}__n_units"] * depth if sizes.same else [f"{name}__n_units_{layer}" for layer in range(depth)]
        return tuple(_whole_numbers(each, sizes.n_units, least=1)(trial) for each in names)  # one name, one value

    return suggest


def _whole_numbers(name, values, least):
    """A whole number: a fixed one, one of a range with both ends, or by a distribution of SciPy."""
    if isinstance(values, Integral):
        return lambda trial: int(values)
    log = False
    if hasattr(values, "rvs"):
        distribution = _from_scipy(name, values)
        values, log = (distribution.low, distribution.high), distribution.log
    low, high = (round(float(end)) for end in values)
    if low < least:
        raise ValueError(f"{name} must give numbers from {least}, got {low}; use another distribution.")
    return partial(_suggest, name, import_optuna().distributions.IntDistribution(low, high, log=log))
