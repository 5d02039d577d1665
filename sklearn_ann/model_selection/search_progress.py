"""How far a search is, for those who watch it: lines, a table on a terminal, runs of TensorBoard.

Comes in: a search and its trials, which change. Goes out: text and event files. What happens to the trials is not
decided here.
"""

from __future__ import annotations

import contextlib
import time

import numpy as np

from ..runtime.output import print_line
from .forecast import row_epochs
from .live_table import live_table
from .rungs import rows_of
from .trial_events import TrialEvents
from .trial_table import standing_of

__all__ = ["SearchProgress"]


class SearchProgress:
    """Show how far a search is.

    Parameters
    ----------
    search : BaseHalvingSearchCV
        With ``brackets_`` and ``forecast_``.
    trials : dict
        ``trials[candidate][fold]``: what has been done.
    candidates : list of dict
        Their parameters.
    resource : Epochs or Rows
    began : float
        Time at which the search began, as of :func:`time.time`.
    """

    def __init__(self, search, trials, candidates, resource, began):
        self._search, self._trials, self._candidates, self._resource = search, trials, candidates, resource
        self._began = began
        self._events = None if search.tensorboard is None else TrialEvents(search.tensorboard, candidates)

    def tell(self, trained, n_resources):
        """Tell what has just been trained, and with how many resources."""
        rows = self._rows()
        if self._events is not None:
            by_epochs = self._search.resource == "epochs"
            self._events.write(rows if by_epochs else [row._replace(n_resources=row.rung + 1) for row in rows])
        if self._search.verbose:
            seconds = time.time() - self._began
            until = self._resource.unit.format(n_resources)
            print_line(f"[{seconds:.1f} s, {self._time_left(rows, seconds)}] {trained} {until}")

    def end(self, states):
        """Tell what became of each trial."""
        if self._events is not None:
            self._events.end(states)

    def live_table(self):
        """The best trials on a terminal; a context that gives the function to renew them."""
        if self._search.verbose < 2:
            return contextlib.nullcontext(lambda: None)
        return live_table(self._standing, f"{type(self._search).__name__} with verbose={self._search.verbose}")

    def _rows(self):
        return rows_of(self._search.brackets_, self._trials)

    def _standing(self):
        rows, seconds = self._rows(), time.time() - self._began
        if not rows:
            return ""
        columns = self._search._columns(rows, self._trials, self._candidates)
        return standing_of(columns, 5, seconds, self._time_left(rows, seconds))

    def _time_left(self, rows, seconds):
        """As text; with asynchronous promotion it may become more."""
        at_most = " at most" if self._search.promotion == "synchronous" else ""
        return f"{self._seconds_left(rows, seconds):.1f} s left{at_most}"

    def _seconds_left(self, rows, seconds):
        """At the speed so far, ``refit`` included; NaN before the first rung is done."""
        brackets, budget = self._search.brackets_, self._search.time_budget
        n_done = sum(row_epochs(self._resource, brackets[row.bracket], row.rung) for row in rows)
        left = seconds / n_done * max(0, self._search.forecast_.n_row_epochs - n_done) if n_done else np.nan
        return left if budget is None else max(0.0, np.fmin(left, budget - seconds))
