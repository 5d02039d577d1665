"""The end of an epoch: learning-rate rules and the stopping rule, once for every array namespace.

Comes in: the counters of a state (numbers, or arrays over models), what the epoch gave. Goes out: the counters after
it. Weights are left alone; an engine keeps those of the best epoch where it is told that there was an improvement.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .state import State

__all__ = ["RULES", "count_rows", "kept_shares", "update_stopping"]


class Rule(NamedTuple):
    """What happens to the learning rate at the end of an epoch; ``numbers`` names what it takes."""

    numbers: tuple[str, ...] = ()


RULES = {
    "constant": Rule(),
    "invscaling": Rule(("power_t",)),
    "adaptive": Rule(),
    "plateau": Rule(("factor", "patience", "min_lr")),
}
"""The rules of the learning rate by name; what they do stands in the functions below."""

_SMALLEST_ADAPTIVE_RATE = 1e-6  # scikit-learn's end of learning_rate='adaptive'


def count_rows(xp: Any, state: State, rule: str, n_rows: Any, numbers: Mapping[str, Any]) -> State:
    """The state after an epoch of ``n_rows`` rows: rows seen, and the rate of a rule that goes by them."""
    state = state._replace(rows_seen=state.rows_seen + xp.astype(n_rows, "int64"))
    if rule == "invscaling":
        rate = numbers["learning_rate_init"] / xp.astype(state.rows_seen + 1, "float64") ** numbers["rule.power_t"]
        state = state._replace(rate=rate)
    return state


def update_stopping(xp: Any, state: State, monitored: Any, rule: str, numbers: Mapping[str, Any]) -> tuple[State, Any]:
    """The state after an epoch with this monitored value (higher is better), and whether its weights are to be kept.

    Comparisons with NaN are false, as in scikit-learn: a NaN neither counts nor improves. Until an epoch has a value,
    the best weights are the latest ones.
    """
    n_no_improvement = xp.where(monitored < state.best + numbers["tol"], state.n_no_improvement + 1, 0)
    improved = monitored > state.best
    triggered = xp.astype(n_no_improvement, "float64") > numbers["n_iter_no_change"]
    rate, wait, stopped = state.rate, state.wait, triggered
    if rule == "plateau":
        wait = xp.where(n_no_improvement > 0, wait + 1, 0)
        lowered = xp.astype(wait, "float64") >= numbers["rule.patience"]
        floor = xp.minimum(rate, numbers["rule.min_lr"])
        rate = xp.where(lowered, xp.maximum(rate * numbers["rule.factor"], floor), rate)
        wait = xp.where(lowered, 0, wait)
    if rule == "adaptive":
        stopped = triggered & (rate <= _SMALLEST_ADAPTIVE_RATE)
        lowered = triggered & (rate > _SMALLEST_ADAPTIVE_RATE)
        rate = xp.where(lowered, rate / 5, rate)
        n_no_improvement = xp.where(lowered, 0, n_no_improvement)
    is_kept = improved | (state.best == -float("inf"))
    best = xp.where(improved, monitored, state.best)
    stopped = state.stopped | stopped
    return state._replace(best=best, n_no_improvement=n_no_improvement, wait=wait, rate=rate, stopped=stopped), is_kept


def kept_shares(xp: Any, momentum: Any, n_steps: Any, totals: Any) -> Any:
    """How much of the moving means each step of an epoch keeps; a batch counts by its weight in parts of the heaviest.

    At first so little that the means are plain means over all rows so far. Those of earlier epochs weigh as much, step
    by step, as those of this one in the mean.

    Parameters
    ----------
    momentum : number or array of shape (..., 1)
    n_steps : int64 array of shape (...)
        Steps before the epoch.
    totals : float64 array of shape (..., batches)
        Weight of each batch; zero for one that is not there.
    """
    parts = xp.divide_no_nan(totals, xp.max(totals, axis=-1, keepdims=True))
    n_batches = xp.sum(xp.astype(totals > 0, "float64"), axis=-1)
    earlier = xp.astype(n_steps, "float64") * xp.divide_no_nan(xp.sum(parts, axis=-1), n_batches)
    before = earlier[..., None] + xp.cumsum(parts, axis=-1) - parts
    plain = 1 - xp.divide_no_nan(parts, before + parts)
    return xp.minimum(1 - (1 - momentum) * parts, plain)
