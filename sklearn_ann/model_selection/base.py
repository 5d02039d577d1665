"""What the searches by successive halving share: the way from candidates to a table and the best model.

Comes in: brackets and data. Goes out: scikit-learn's attributes of a search. How a trial is trained is in ``trial``,
who goes on in ``rungs``, how a search is kept on disk in ``trial_log``.
"""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
import time
import warnings
from abc import abstractmethod
from numbers import Integral, Real
from typing import NamedTuple

import joblib
import numpy as np
from sklearn.base import _fit_context, clone, is_classifier
from sklearn.metrics._scorer import _MultimetricScorer
from sklearn.model_selection import ParameterSampler, check_cv
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._validation import _insert_error_scores, _warn_or_raise_about_fit_failures
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state, indexable
from sklearn.utils._optional_dependencies import check_pandas_support
from sklearn.utils._param_validation import Interval
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _check_method_params, _num_samples, check_is_fitted

from .brackets import bracket_of
from .ensemble import Library, check_ensemble, make_ensemble
from .live_table import live_table
from .rungs import climb, rows_of, states_of
from .trial import NEW_TRIAL, UpToEpoch, advance, configure, final_estimator
from .trial_events import TrialEvents
from .trial_log import TrialLog
from .trial_table import standing_of, summary_of, trial_columns

__all__ = ["BaseHalvingSearchCV", "Forecast", "check_candidate"]


class Forecast(NamedTuple):
    """The most that a search will train.

    Attributes
    ----------
    n_candidates : int
        Sampled settings.
    n_fits : int
        Trained networks: candidates times folds, and one for ``refit``.
    n_epochs : int
        Epochs of all of them.
    n_row_epochs : int
        Rows times epochs: what the time goes by.
    """

    n_candidates: int
    n_fits: int
    n_epochs: int
    n_row_epochs: int


class BaseHalvingSearchCV(BaseSearchCV):
    """Base of the searches; use the derived classes."""

    _parameter_constraints: dict = {
        **BaseSearchCV._parameter_constraints,
        "param_distributions": [dict, list],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "min_iter": [Interval(Integral, 1, None, closed="left")],
        "eta": [Interval(Real, 1, None, closed="neither")],
        "random_state": ["random_state"],
        "time_budget": [Interval(Real, 0, None, closed="neither"), None],
        "log": [str, os.PathLike, None],
        "tensorboard": [str, os.PathLike, None],
        "ensemble_size": [Interval(Integral, 1, None, closed="left"), None],
    }
    _parameter_constraints.pop("pre_dispatch")
    _finished = "all brackets were made"

    def __init__(
        self,
        estimator,
        param_distributions,
        *,
        max_iter,
        min_iter,
        eta,
        scoring,
        n_jobs,
        refit,
        cv,
        random_state,
        time_budget,
        log,
        tensorboard,
        ensemble_size,
        error_score,
        return_train_score,
        verbose,
    ):
        super().__init__(
            estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.param_distributions = param_distributions
        self.max_iter = max_iter
        self.min_iter = min_iter
        self.eta = eta
        self.random_state = random_state
        self.time_budget = time_budget
        self.log = log
        self.tensorboard = tensorboard
        self.ensemble_size = ensemble_size

    @abstractmethod
    def _candidates_and_rungs(self):
        """Candidates and rungs of each bracket."""

    def forecast(self, X, y=None, groups=None):
        """Tell how much a search on these data would train, without training.

        Parameters
        ----------
        X, y : array-like
            As in ``fit``; only the number of rows and the folds matter.
        groups : array-like of shape (n_samples,), default=None
            For a ``cv`` that needs them.

        Returns
        -------
        Forecast
            ``n_candidates``, ``n_fits``, ``n_epochs`` and ``n_row_epochs``: the most, since a network may stop early.
        """
        self._validate_params()
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        return self._forecast(_num_samples(X), list(cv.split(X, y, groups)))

    @_fit_context(prefer_skip_nested_validation=False)  # the estimator's parameters are checked candidate by candidate
    def fit(self, X, y=None, **params):
        """Search, and fit the best candidate to all rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Targets.
        **params : dict
            For the estimator's ``fit``, the scorers and the splitter, as in scikit-learn's searches: what is as long as
            X, such as ``sample_weight``, is sliced for each fold.

        Returns
        -------
        self : object
            The search.

        Raises
        ------
        TypeError
            If the estimator is not one of this package, nor a Pipeline that ends with one.
        ValueError
            If a parameter does not fit, if all fits failed, or if the time was up before a candidate had a score.
        """
        scorers, metric = self._get_scorers()
        if isinstance(scorers, _MultimetricScorer):
            self._check_promotion(scorers._scorers)
        _, prefix = final_estimator(self.estimator)
        X, y = indexable(X, y)
        params = _check_method_params(X, params=params)
        routed = self._get_routed_params_for_fit(params)
        self.brackets_ = self._brackets()
        n_tasks = sum(len(bracket.n_epochs) for bracket in self.brackets_) + (self.refit is not False)
        task = self._init_callback_context(max_subtasks=n_tasks).call_on_fit_task_begin(estimator=self, X=X, y=y)
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        splits = list(cv.split(X, y, **routed.splitter.split))  # once: all rungs see the same folds
        if self.ensemble_size is not None:
            check_ensemble(self.estimator, y, splits)
        seed = self._seed()
        log = None if self.log is None else TrialLog(self.log, self, joblib.hash([X, y, params]))
        if log is not None:
            seed, splits = log.start(seed, splits)
        candidates = self._sample(np.random.RandomState(seed), f"{prefix}max_iter")

        self.n_splits_ = len(splits)
        self.forecast_ = self._forecast(_num_samples(X), splits)
        how = {
            "X": X,
            "y": y,
            "max_iter": self.max_iter,
            "fit_params": routed.estimator.fit,
            "score_params": routed.scorer.score,
        }
        with _cached_steps(self.estimator, log) as estimator:
            step = functools.partial(
                advance,
                estimator=estimator,
                time_budget=np.inf if self.time_budget is None else self.time_budget,
                scorer=scorers,
                return_train_score=self.return_train_score,
                error_score=self.error_score,
                **how,
            )
            trials = self._search(step, candidates, splits, log, task)
            if self.ensemble_size is not None:
                library = Library(estimator=estimator, parameters=candidates, splits=splits, **how)
                self._make_ensemble(library, trials, log, scorers)
        self._conclude(trials, candidates, metric)
        if self.refit:
            self._refit(X, y, routed.estimator.fit, task)
        self.scorer_ = scorers._scorers if isinstance(scorers, _MultimetricScorer) else scorers
        task.call_on_fit_task_end(estimator=self, X=X, y=y)
        return self

    @property
    def trials_(self):
        """A row for each trial, as a pandas DataFrame."""
        check_is_fitted(self)
        return check_pandas_support(f"{type(self).__name__}.trials_").DataFrame(self._trial_columns)

    def summary(self, n=10):
        """Best trials as text, for ``print``.

        Parameters
        ----------
        n : int, default=10
            Maximum number of trials.

        Returns
        -------
        str
            A line for each trial, the best first, with the columns of ``trials_``.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the search is not fitted.
        """
        check_is_fitted(self)
        if not isinstance(n, Integral) or n < 1:
            raise ValueError(f"n must be a number of trials, 1 or more, got {n!r}; write n=10.")
        return summary_of(self._trial_columns, n)

    # ---------------------------------------------------------------- before the search

    def _check_promotion(self, scores):
        if not (isinstance(self.refit, str) and self.refit in scores):
            raise ValueError(
                f"refit must name the score that promotes candidates where there are several, one of {sorted(scores)}, "
                f"got {self.refit!r}."
            )

    def _seed(self):
        generator = np.random.RandomState() if self.random_state is None else check_random_state(self.random_state)
        return int(generator.randint(2**31 - 1))

    def _brackets(self):
        """The brackets, no larger than there are different candidates."""
        if self.min_iter > self.max_iter:
            raise ValueError(f"min_iter must not exceed max_iter={self.max_iter}, got {self.min_iter}; lower it.")
        return [self._bracket(n, n_rungs) for n, n_rungs in self._candidates_and_rungs()]

    def _bracket(self, n_candidates, n_rungs):
        n_different = len(ParameterSampler(self.param_distributions, n_candidates))
        return bracket_of(n_different, n_rungs, self.max_iter, self.eta)

    def _forecast(self, n_rows, splits):
        brackets, n_splits, n_refits = self._brackets(), len(splits), int(self.refit is not False)
        n_candidates = sum(bracket.n_candidates[0] for bracket in brackets)
        n_epochs = sum(
            n * (until - since)
            for bracket in brackets
            for n, since, until in zip(bracket.n_candidates, (0, *bracket.n_epochs), bracket.n_epochs, strict=False)
        )
        return Forecast(
            n_candidates,
            n_fits=n_candidates * n_splits + n_refits,
            n_epochs=n_epochs * n_splits + n_refits * self.max_iter,
            n_row_epochs=n_epochs * sum(len(train) for train, _ in splits) + n_refits * self.max_iter * n_rows,
        )

    def _sample(self, generator, resource):
        """Candidates of all brackets, one after the other."""
        candidates = []
        for n, _ in self._candidates_and_rungs():
            candidates += ParameterSampler(self.param_distributions, n, random_state=generator)
        for candidate in candidates:
            check_candidate(candidate, resource)
        return candidates

    # ---------------------------------------------------------------- the search

    def _search(self, step, candidates, splits, log, task):
        """Train; what has been trained when all was done, time was up, or at Ctrl-C."""
        trials = {
            c: [NEW_TRIAL if log is None else log.read((c, fold), candidate) for fold in range(len(splits))]
            for c, candidate in enumerate(candidates)
        }
        events = None if self.tensorboard is None else TrialEvents(self.tensorboard, candidates)
        seconds = [r["seconds"] for row in trials.values() for trial in row for r in trial.results]
        began = time.time() - max(seconds, default=0.0)

        def train(keys, n_epochs):
            rung = task.subcontext(task_name="rung").call_on_fit_task_begin(estimator=self)
            jobs = (
                delayed(step.func if log is None else log.keeping(step.func, (c, fold)))(
                    trials[c][fold],
                    parameters=candidates[c],
                    split=splits[fold],
                    n_epochs=n_epochs,
                    began=began,
                    **step.keywords,  # not in the function: the Dask and Ray backends ship X once that way
                )
                for c, fold in keys
            )
            for (c, fold), trial in zip(keys, parallel(jobs), strict=True):
                trials[c][fold] = trial
                renew()
            rows = rows_of(self.brackets_, trials)
            if events is not None:
                events.write(rows)
            if self.verbose:
                left = self._seconds_left(rows, time.time() - began)
                print(
                    f"[{time.time() - began:.1f} s, {left:.1f} s left at most] {len(keys)} fits up to epoch {n_epochs}"
                )
            rung.call_on_fit_task_end(estimator=self)

        self.stop_reason_ = "Ctrl-C"
        backend, _ = joblib.parallel.get_active_backend()
        return_as = "generator" if backend.supports_return_generator else "list"  # Ray's gives lists alone
        with (
            contextlib.suppress(KeyboardInterrupt),
            self._live_table(trials, candidates, began) as renew,
            Parallel(n_jobs=self.n_jobs, return_as=return_as) as parallel,
        ):
            is_done = self._climb(trials, candidates, train)
            self.stop_reason_ = self._finished if is_done else f"time_budget={self.time_budget} s were over"
        if events is not None:
            events.end(self._states(trials))
        return trials

    def _climb(self, trials, candidates, train):
        """Train the candidates rung by rung; whether all of it was done."""
        return climb(self.brackets_, trials, train, self._score, keeps_states=self.ensemble_size is not None)

    def _states(self, trials):
        """What became of each candidate."""
        return states_of(self.brackets_, trials, self._score)

    def _live_table(self, trials, candidates, began):
        """The best trials on a terminal; a context that gives the function to renew them."""

        def make_text():
            rows, seconds = rows_of(self.brackets_, trials), time.time() - began
            if not rows:
                return ""
            columns = trial_columns(self.brackets_, trials, rows, candidates, self._states(trials), self._score)
            return standing_of(columns, 5, seconds, self._seconds_left(rows, seconds))

        if self.verbose < 2:
            return contextlib.nullcontext(lambda: None)
        return live_table(make_text, f"{type(self).__name__} with verbose={self.verbose}")

    def _seconds_left(self, rows, seconds):
        """At the speed so far, ``refit`` included; NaN before the first rung is done."""
        n_done = self.n_splits_ * sum(
            row.n_epochs - (self.brackets_[row.bracket].n_epochs[row.rung - 1] if row.rung else 0) for row in rows
        )
        left = seconds / n_done * (self.forecast_.n_epochs - n_done) if n_done else np.nan
        return left if self.time_budget is None else max(0.0, np.fmin(left, self.time_budget - seconds))

    def _score(self, result):
        """The score that promotes a candidate."""
        scores = result["test_scores"]
        if isinstance(scores, dict):
            self._check_promotion(scores)
            return scores[self.refit]
        return scores

    # ---------------------------------------------------------------- after the search

    def _conclude(self, trials, candidates, metric):
        """Tables of the trials, and the best."""
        rows = rows_of(self.brackets_, trials)
        if self.stop_reason_ == "Ctrl-C":
            if not rows:
                raise KeyboardInterrupt
            warnings.warn("Search interrupted by user; the best candidate so far is taken.", stacklevel=3)
        if not rows:
            raise ValueError(
                f"time_budget={self.time_budget} seconds were over before a candidate had a score; give it more."
            )
        self.history_ = _history(rows)
        self.cv_results_ = self._table(rows, candidates)
        self._trial_columns = trial_columns(self.brackets_, trials, rows, candidates, self._states(trials), self._score)
        self._choose(metric)

    def _table(self, rows, candidates):
        results = [result for row in rows for result in row.results]
        _warn_or_raise_about_fit_failures(results, self.error_score)
        if callable(self.scoring):
            _insert_error_scores(results, self.error_score)
        self.multimetric_ = isinstance(results[0]["test_scores"], dict)
        columns = {
            "bracket": [row.bracket for row in rows],
            "iter": [row.rung for row in rows],
            "n_resources": [row.n_epochs for row in rows],
            "candidate": [row.candidate for row in rows],
        }
        return self._format_results([candidates[row.candidate] for row in rows], self.n_splits_, results, columns)

    def _choose(self, metric):
        results = self.cv_results_
        metric = self.refit if self.multimetric_ else metric
        if callable(self.refit):
            self.best_index_ = self._select_best_index(self.refit, metric, results)
        else:  # of equal scores the one after more epochs
            self.best_index_ = np.lexsort((-results["n_resources"], results[f"rank_test_{metric}"]))[0]
            self.best_score_ = results[f"mean_test_{metric}"][self.best_index_]
        self.best_params_ = results["params"][self.best_index_]

    def _make_ensemble(self, library, trials, log, scorers):
        """Of all candidates that have a score and a state on each fold."""
        parameters, snapshots = [], []
        for candidate, of_folds in trials.items():
            kept = [
                trial.snapshot if log is None else log.snapshot((candidate, fold), library.parameters[candidate])
                for fold, trial in enumerate(of_folds)
                if trial.results
            ]
            if len(kept) == len(of_folds) and all(each is not None for each in kept):  # none failed
                parameters.append(library.parameters[candidate])
                snapshots.append(kept)
        if not parameters:
            return

        def score(model, X, y, **params):
            return self._score({"test_scores": scorers(model, X, y, **params)})

        library = library._replace(parameters=parameters)
        memory = getattr(self.estimator, "memory", None)
        self.ensemble_, self.ensemble_score_ = make_ensemble(library, snapshots, score, self.ensemble_size, memory)

    def _refit(self, X, y, fit_params, task):
        """Train the best candidate on all rows, for as many epochs as it was best after."""
        rung = task.subcontext(task_name="refit").call_on_fit_task_begin(estimator=self)
        n_epochs = int(self.cv_results_["n_resources"][self.best_index_])
        best = configure(self.estimator, self.best_params_, self.max_iter, UpToEpoch(n_epochs))
        start = time.time()
        best.fit(X, y, **fit_params)
        self.refit_time_ = time.time() - start
        final, _ = final_estimator(best)
        final.set_callbacks(*final._skl_callbacks[:-1])
        self.best_estimator_ = best
        if hasattr(best, "feature_names_in_"):
            self.feature_names_in_ = best.feature_names_in_
        rung.call_on_fit_task_end(estimator=self)


def check_candidate(parameters, resource):
    """Refuse parameters that set the epochs."""
    if resource in parameters:
        raise ValueError(
            f"{resource!r} must not be among param_distributions: epochs are what the search divides; set max_iter of "
            "the search."
        )


def _history(rows):
    """Every finished fit in order of time."""
    records = [
        {
            "seconds": result["seconds"],
            "bracket": row.bracket,
            "iter": row.rung,
            "candidate": row.candidate,
            "split": split,
            "n_resources": row.n_epochs,
            "test_scores": result["test_scores"],
        }
        for row in rows
        for split, result in enumerate(row.results)
    ]
    return sorted(records, key=lambda record: record["seconds"])


@contextlib.contextmanager
def _cached_steps(estimator, log):
    """A clone; if it is a Pipeline, its first steps are fitted once for each fold and setting and then read back."""
    estimator = clone(estimator)
    if not isinstance(estimator, Pipeline) or estimator.memory is not None:
        yield estimator
    elif log is not None:
        yield estimator.set_params(memory=str(log.folder / "steps"))
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield estimator.set_params(memory=folder)
