"""What the displays of searches read: ``cv_results_`` of any search by scikit-learn's conventions, as plain columns.

Comes in: a fitted search. Goes out: scores, resources and parameters, and parameters as numbers. Nothing is drawn here.
"""

from __future__ import annotations

from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

__all__ = ["ParameterScale", "SearchResults", "results_of", "scale_of"]

_LOG_RANGE = 50  # positive numbers that spread over more than this factor were probably drawn by their logarithm


class SearchResults(NamedTuple):
    """Rows of ``cv_results_``.

    Attributes
    ----------
    candidate, bracket : ndarray of int of shape (n_rows,)
        Numbers of the candidate and of its bracket.
    score : ndarray of shape (n_rows,)
        Mean over the folds.
    resource : ndarray of shape (n_rows,) or None
        Epochs, or what else a search by halving divides; None for one that trains each candidate once.
    seconds : ndarray of shape (n_rows,)
        Time at which the row was done, since the search began.
    parameters : dict of list
        Values by name; NaN where a candidate has no such parameter.
    resource_name, score_name : str
    """

    candidate: np.ndarray
    bracket: np.ndarray
    score: np.ndarray
    resource: np.ndarray | None
    seconds: np.ndarray
    parameters: dict[str, list[Any]]
    resource_name: str
    score_name: str


class ParameterScale(NamedTuple):
    """Values of a parameter as numbers.

    Attributes
    ----------
    positions : ndarray of shape (n_rows,)
        The values, or the numbers of their categories; NaN for none.
    categories : list of str or None
        Names of the positions 0, 1, ...; None for numbers.
    is_log : bool
        Whether the numbers are better compared by their logarithms.
    """

    positions: np.ndarray
    categories: list[str] | None
    is_log: bool


def results_of(search, metric, display):
    """Rows of a search.

    Parameters
    ----------
    search : estimator
        Fitted.
    metric : str or None
        Which of several scores; None: that of ``refit``.
    display : str
        Its name, for messages.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the search is not fitted.
    ValueError
        If it is no search, or has no such score.
    """
    if hasattr(search, "fit"):
        check_is_fitted(search)
    table = getattr(search, "cv_results_", None)
    if table is None:
        raise ValueError(
            f"{display}.from_estimator takes a fitted search with cv_results_, such as GridSearchCV or "
            f"HyperbandSearchCV, got {search!r}; pass one, or give {display} the arrays to plot."
        )
    names = [name.removeprefix("mean_test_") for name in table if name.startswith("mean_test_")]
    if metric is None:
        metric = "score" if "score" in names else getattr(search, "refit", None)
    if metric not in names:
        raise ValueError(f"metric must be the name of a score of the search, one of {names}, got {metric!r}.")
    is_halving = "n_resources" in table
    candidate = _candidates(table, is_halving)
    return SearchResults(
        candidate=candidate,
        bracket=np.asarray(table.get("bracket", np.zeros(len(candidate), dtype=int))),
        score=np.asarray(table[f"mean_test_{metric}"], dtype=float),
        resource=np.asarray(table["n_resources"]) if is_halving else None,
        seconds=_seconds(search, table),
        parameters=_parameters(table["params"]),
        resource_name=getattr(search, "resource", "epochs"),
        score_name=metric,
    )


def scale_of(values):
    """Values of a parameter as numbers: as they are, or as numbers of categories.

    Parameters
    ----------
    values : list
        NaN where there is no value.
    """
    there = [value for value in values if not _is_nan(value)]
    if there and all(isinstance(value, Real) and not isinstance(value, bool | np.bool_) for value in there):
        positions = np.array(values, dtype=float)
        low, high = np.nanmin(positions), np.nanmax(positions)
        return ParameterScale(positions, None, bool(low > 0 and high / low > _LOG_RANGE))
    try:
        ordered = sorted(there, key=lambda value: (len(value), value) if isinstance(value, tuple) else (0, value))
    except (TypeError, ValueError):  # of several kinds, or arrays
        ordered = sorted(there, key=_text)
    categories = list(dict.fromkeys(map(_text, ordered)))
    positions = np.array([np.nan if _is_nan(value) else categories.index(_text(value)) for value in values])
    return ParameterScale(positions, categories, False)


def _candidates(table, is_halving):
    """Numbers of the candidates: a search by halving has several rows of one."""
    if "candidate" in table:
        return np.asarray(table["candidate"])
    if not is_halving:
        return np.arange(len(table["params"]))
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(repr(params), len(numbers)) for params in table["params"]])


def _seconds(search, table):
    """When each row was done; without a record, as if the fits had followed one another."""
    if not hasattr(search, "history_") or "candidate" not in table:
        return np.cumsum(table["mean_fit_time"] + table["mean_score_time"]) * search.n_splits_
    done: dict[tuple[int, int], float] = {}
    for record in search.history_:
        key = record["candidate"], record["iter"]
        done[key] = max(record["seconds"], done.get(key, 0.0))
    return np.array([done[key] for key in zip(table["candidate"], table["iter"], strict=True)])


def _parameters(params):
    """Columns by name, as short as they differ: a Pipeline's steps need not be named."""
    names = sorted({name for each in params for name in each})
    short = [name.rpartition("__")[2] for name in names]
    labels = short if len(set(short)) == len(short) else names
    return {label: [each.get(name, np.nan) for each in params] for label, name in zip(labels, names, strict=True)}


def _is_nan(value):
    return isinstance(value, Real) and bool(np.isnan(value))


def _text(value):
    return " ".join(str(getattr(value, "__name__", value)).split())
