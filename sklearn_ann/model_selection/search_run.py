"""The run of a search: its trials, and the workers that train them.

Comes in: a search, its candidates, and the function that trains a trial. Goes out: the trials, when all is done, when
time is up, or at Ctrl-C. Who is promoted is decided in ``rungs`` and ``asynchronous``.
"""

from __future__ import annotations

import contextlib
import functools
import time

import joblib
from sklearn.utils.parallel import Parallel

from ..fitting.resuming import printed
from .asynchronous import climb_asynchronously
from .rungs import is_complete
from .search_progress import SearchProgress
from .trial import NEW_TRIAL
from .workers import OnDemandParallel, tasks_sharing

__all__ = ["SearchRun"]


class SearchRun:
    """Trials of a search, as new as the log has them.

    Parameters
    ----------
    search : BaseHalvingSearchCV
        With ``brackets_`` and ``forecast_``.
    step : functools.partial
        Trains a trial up to the end of a rung; its keywords are the same for all.
    candidates : list of dict
        Their parameters.
    resource : Epochs or Rows
    log : TrialLog or None
    task : CallbackContext
        Of the search.

    Attributes
    ----------
    trials : dict
        ``trials[candidate][fold]``: what has been done.
    """

    def __init__(self, search, step, candidates, resource, log, task):
        self._search, self._step, self._candidates, self._resource = search, step, candidates, resource
        self._log, self._task = log, task
        self._texts = [None if log is None else printed(candidate) for candidate in candidates]
        self.trials = {
            c: [NEW_TRIAL if log is None else log.read((c, fold), text) for fold in range(len(resource.splits))]
            for c, text in enumerate(self._texts)
        }
        seconds = [r["seconds"] for row in self.trials.values() for trial in row for r in trial.results]
        began = time.time() - max(seconds, default=0.0)
        self._progress = SearchProgress(search, self.trials, candidates, resource, began)
        self._make_task = tasks_sharing(began=began, **step.keywords)

    def train_all(self):
        """Train; whether all of it was done, None at Ctrl-C."""
        search = self._search
        with (
            contextlib.suppress(KeyboardInterrupt),
            self._progress.live_table() as self._renew,
            self._parallel() as self._workers,
        ):
            if search.promotion == "synchronous":
                return search._climb(self.trials, self._candidates, self._train)
            keeps_states = search.ensemble_size is not None
            how = {"score": search._score, "eta": search.eta, "keeps_states": keeps_states}
            return climb_asynchronously(search.brackets_, self.trials, self._train_as_free, **how)
        return None

    def end(self, states):
        """Tell those who watch what became of each candidate."""
        self._progress.end(states)

    def _train(self, keys, n_resources):
        """Train fits, and wait for all of them."""
        with self._rung():
            jobs = (self._job(c, fold, n_resources) for c, fold in keys)
            for (c, fold), trial in zip(keys, self._workers(jobs), strict=True):
                self.trials[c][fold] = trial
                self._renew()
            self._progress.tell(f"{len(keys)} fits", n_resources)

    def _train_as_free(self, next_fit):
        """Train the next fit whenever a worker is free."""

        def choose():
            fit = next_fit()
            return None if fit is None else self._job(fit.candidate, fit.fold, fit.n_resources, name=fit)

        for fit, trial in self._workers.as_completed(choose):
            yield fit, trial  # which is then among the trials
            self._renew()
            if is_complete(self.trials[fit.candidate], fit.rung):
                with self._rung():
                    self._progress.tell(f"candidate {fit.candidate}", fit.n_resources)

    def _job(self, c, fold, n_resources, name=None):
        function, trial = self._step.func, self.trials[c][fold]
        if self._log is not None:
            function = self._log.keeping(function, (c, fold), self._texts[c])
        if name is not None:
            function = functools.partial(_named, name, function)
        how = self._resource.fit(fold, n_resources)
        return self._make_task(function, trial, parameters=self._candidates[c], **how)

    @contextlib.contextmanager
    def _rung(self):
        """A task of scikit-learn's callbacks."""
        rung = self._task.subcontext(task_name="rung").call_on_fit_task_begin(estimator=self._search)
        yield
        rung.call_on_fit_task_end(estimator=self._search)

    def _parallel(self):
        """Make the workers of joblib."""
        backend, _ = joblib.parallel.get_active_backend()
        if self._search.promotion == "synchronous":
            return_as = "generator" if backend.supports_return_generator else "list"  # Ray's gives lists alone
            return Parallel(n_jobs=self._search.n_jobs, return_as=return_as)
        try:
            return OnDemandParallel(self._search.n_jobs)
        except ValueError as error:
            raise ValueError(
                "promotion='asynchronous' needs a backend of joblib that gives each result at once, such as 'loky', "
                f"'threading' or 'dask', got {type(backend).__name__}; take one of these, or promotion='synchronous'."
            ) from error


def _named(name, function, *args, **kwargs):
    """A name, and what the function returns: results that come in any order."""
    return name, function(*args, **kwargs)
