"""The end of an epoch: learning-rate rules and the stopping rule, once for every array namespace.

Comes in: the counters of a state (numbers, or arrays over models), what the epoch gave. Goes out: the counters after
it. Weights are left alone; an engine keeps those of the best epoch where it is told that there was an improvement.
"""

from __future__ import annotations

from typing import Any

from ..schedules import Schedule
from .run import Hyper
from .state import State, replaced

__all__ = ["count_rows", "kept_shares", "update_stopping"]


def count_rows(xp: Any, state: State, rule: Schedule, n_rows: Any, hyper: Hyper) -> State:
    """The state after an epoch of ``n_rows`` rows: rows seen, and the rate of a schedule that goes by them."""
    rows_seen = state.rows_seen + xp.astype(n_rows, "int64")
    rate = rule.count_rows(xp, state.learning_rate, hyper.learning_rate_init, rows_seen, *hyper.schedule)
    return replaced(state, rows_seen=rows_seen, learning_rate=rate)


def update_stopping(xp: Any, state: State, monitored: Any, rule: Schedule, hyper: Hyper) -> tuple[State, Any]:
    """The state after an epoch with this monitored value (higher is better), and whether to keep its weights.

    Comparisons with NaN are false, as in scikit-learn: a NaN neither counts nor improves. Until an epoch has a value,
    the best weights are the latest ones.
    """
    waited = xp.where(monitored < state.best + hyper.tol, state.n_no_improvement + 1, 0)
    stopped = xp.astype(waited, "float64") > hyper.n_iter_no_change
    after = rule.end_epoch(xp, state.learning_rate, waited, state.wait, stopped, *hyper.schedule)
    rate, n_no_improvement, wait, stopped = after
    improved = monitored > state.best
    is_kept = improved | (state.best == -float("inf"))
    state = replaced(
        state,
        best=xp.where(improved, monitored, state.best),
        n_no_improvement=n_no_improvement,
        wait=wait,
        learning_rate=rate,
        stopped=state.stopped | stopped,
    )
    return state, is_kept


def kept_shares(xp: Any, momentum: Any, n_steps: Any, totals: Any) -> Any:
    """Share of the moving means that each step of an epoch keeps; a batch counts by its weight over the heaviest.

    At first so little that the means are plain means over all rows so far. Those of earlier epochs weigh as much, step
    by step, as those of this one in the mean.

    Parameters
    ----------
    momentum : number or array of shape (..., 1)
    n_steps : int64 array of shape (...)
        Steps before the epoch.
    totals : float64 array of shape (..., batches)
        Weight of each batch; zero for a missing batch.
    """
    parts = xp.divide_no_nan(totals, xp.max(totals, axis=-1, keepdims=True))
    n_batches = xp.sum(xp.astype(totals > 0, "float64"), axis=-1)
    earlier = xp.astype(n_steps, "float64") * xp.divide_no_nan(xp.sum(parts, axis=-1), n_batches)
    before = earlier[..., None] + xp.cumsum(parts, axis=-1) - parts
    plain = 1 - xp.divide_no_nan(parts, before + parts)
    return xp.minimum(1 - (1 - momentum) * parts, plain)
