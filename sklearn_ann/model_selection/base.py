"""What the searches by successive halving share: the way from candidates to a table and the best model.

Comes in: brackets and data. Goes out: scikit-learn's attributes of a search. How the trials run is in ``search_run``,
how one is trained in ``trial``, who goes on in ``rungs``, how a search is kept on disk in ``trial_log``.
"""

from __future__ import annotations

import functools
import os
import time
import warnings
from abc import abstractmethod
from numbers import Integral, Real

import numpy as np
from sklearn.base import _fit_context, is_classifier
from sklearn.metrics._scorer import _MultimetricScorer
from sklearn.model_selection import ParameterSampler, check_cv
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._validation import _insert_error_scores, _score, _warn_or_raise_about_fit_failures
from sklearn.utils import check_random_state, indexable
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_method_params, _num_samples, check_is_fitted

from ..callbacks.folders import check_folder
from ..runtime.extras import check_installed
from .asynchronous import states_so_far
from .brackets import bracket_of
from .ensemble import Library, check_ensemble, kept_trials, make_ensemble
from .forecast import forecast_of
from .resources import Epochs, Rows, is_stratified
from .rungs import candidates_of, climb, rows_of, states_of
from .search_identity import identity_of_search
from .search_run import SearchRun
from .step_cache import cached_steps
from .trial import UpToEpoch, check_candidate, configure, epochs_parameter, final_estimator
from .trial_log import open_log
from .trial_table import history_of, summary_of, trial_columns
from .workers import N_JOBS

__all__ = ["BaseHalvingSearchCV"]


class BaseHalvingSearchCV(BaseSearchCV):
    """Base of the searches; use the derived classes."""

    _parameter_constraints: dict = {
        **BaseSearchCV._parameter_constraints,
        "param_distributions": [dict, list],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "min_iter": [Interval(Integral, 1, None, closed="left")],
        "eta": [Interval(Real, 1.1, None, closed="left")],  # closer to 1, the rungs are without number
        "resource": [StrOptions({"epochs", "n_samples"})],
        "min_samples": [Interval(Integral, 1, None, closed="left"), None],
        "promotion": [StrOptions({"synchronous", "asynchronous"})],
        "n_jobs": N_JOBS,
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
        resource,
        min_samples,
        promotion,
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
        self.resource = resource
        self.min_samples = min_samples
        self.promotion = promotion
        self.random_state = random_state
        self.time_budget = time_budget
        self.log = log
        self.tensorboard = tensorboard
        self.ensemble_size = ensemble_size

    @abstractmethod
    def _candidates_and_rungs(self, least, most):
        """Candidates and rungs of each bracket, between the least and the most resources."""

    def forecast(self, X, y=None, groups=None):
        """Compute upper limits of what a search on these data would train, without training.

        Parameters
        ----------
        X, y : array-like
            As in ``fit``; only the number of rows and the folds matter.
        groups : array-like of shape (n_samples,), default=None
            Groups, for a ``cv`` that needs them.

        Returns
        -------
        Forecast
            ``n_candidates``, ``n_fits``, ``n_epochs`` and ``n_row_epochs``. These are upper limits, since a network may
            stop early.
        """
        self._validate_params()
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        resource = self._resource(X, y, cv, _split(cv, X, y, groups=groups))
        return self._forecast(_num_samples(X), resource, self._brackets(resource))

    @_fit_context(prefer_skip_nested_validation=False)  # the estimator's parameters are checked candidate by candidate
    def fit(self, X, y=None, **params):
        """Run the search, and fit the best candidate to all rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Targets.
        **params : dict
            Arguments for the estimator's ``fit``, the scorers and the splitter, as in scikit-learn's searches. Those
            with the length of X, such as ``sample_weight``, are split by fold.

        Returns
        -------
        self : object
            The search.

        Raises
        ------
        TypeError
            If the estimator is not one of this package, nor a Pipeline that ends with one.
        ValueError
            If a parameter is invalid, if all fits failed, or if the time was up before a candidate had a score.
        """
        for name in ("log", "tensorboard"):
            if getattr(self, name) is not None:
                check_folder(name, getattr(self, name))
        scorers, metric = self._get_scorers()
        if isinstance(scorers, _MultimetricScorer):
            self._check_promotion(scorers._scorers)
        epochs = epochs_parameter(self.estimator)
        X, y = indexable(X, y)
        params = _check_method_params(X, params=params)
        routed = self._get_routed_params_for_fit(params)
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        splits = _split(cv, X, y, **routed.splitter.split)  # once: all rungs see the same folds
        if not splits:
            raise ValueError("cv must give at least one split into training and validation rows, got none.")
        self.brackets_ = self._brackets(self._resource(X, y, cv, splits))
        task = self._init_callback_context(max_subtasks=self._n_tasks())
        task = task.call_on_fit_task_begin(estimator=self, X=X, y=y)
        how = {
            "X": X,
            "y": y,
            "max_iter": self.max_iter,
            "fit_params": routed.estimator.fit,
            "score_params": routed.scorer.score,
        }
        seed = self._seed()
        with open_log(self.log, self._identity(scorers, cv, **how), self.error_score) as log:
            if log is not None:
                seed, splits = log.start(seed, splits, cv, lambda: _split(cv, X, y, **routed.splitter.split))
            resource = self._resource(X, y, cv, splits, seed)
            if self.ensemble_size is not None:
                least = min(bracket.n_resources[0] for bracket in self.brackets_)
                check_ensemble(self.estimator, y, [resource.fit(fold, least)["split"] for fold in range(len(splits))])
            candidates = self._sample(np.random.RandomState(seed), epochs, resource)
            self.n_splits_ = len(splits)
            self.forecast_ = self._forecast(_num_samples(X), resource, self.brackets_)
            with cached_steps(self.estimator, None if log is None else log.folder / "steps") as estimator:
                step = functools.partial(
                    resource.step,
                    estimator=estimator,
                    time_budget=np.inf if self.time_budget is None else self.time_budget,
                    scorer=scorers,
                    return_train_score=self.return_train_score,
                    error_score=self.error_score,
                    **how,
                )
                trials = self._search(SearchRun(self, step, candidates, resource, log, task))
                if self.ensemble_size is not None:
                    library = Library(estimator=estimator, parameters=candidates, splits=splits, **how)
                    self._make_ensemble(library, kept_trials(trials, log), resource, scorers)
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
        check_installed("pandas", extra="dataframes", subject=f"{type(self).__name__}.trials_")
        import pandas as pd

        return pd.DataFrame(self._trial_columns)

    def summary(self, n=10):
        """Return a table of the best trials as text.

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

    def _identity(self, scorers, cv, *, X, y, fit_params, score_params, **how):
        """What the trials depend on, if there is a log to compare it with."""
        if self.log is None:
            return None
        is_multimetric = isinstance(scorers, _MultimetricScorer) or (callable(scorers) and isinstance(self.refit, str))
        return identity_of_search(
            self,
            X,
            y,
            fit_params=fit_params,
            score_params=score_params,
            is_stratified=is_stratified(cv),
            is_multimetric=is_multimetric,
        )

    def _seed(self):
        generator = np.random.RandomState() if self.random_state is None else check_random_state(self.random_state)
        return int(generator.randint(2**31 - 1))

    def _n_tasks(self):
        """Tasks of callbacks: rungs and the refit; not known if candidates are promoted at any time."""
        if self.promotion == "asynchronous":
            return None
        return sum(len(bracket.n_resources) for bracket in self.brackets_) + (self.refit is not False)

    def _resource(self, X, y, cv, splits, seed=None):
        """What the rungs add."""
        if self.resource == "epochs":
            if self.min_iter > self.max_iter:
                raise ValueError(f"min_iter must not exceed max_iter={self.max_iter}, got {self.min_iter}; lower it.")
            return Epochs(splits, self.min_iter, self.max_iter)
        n_samples = _num_samples(X)
        least = self.min_samples
        if least is None:  # as scikit-learn's halving searches with min_resources="smallest"
            n_classes = len(np.unique(y)) if is_classifier(self.estimator) and np.ndim(y) == 1 else 1
            least = min(2 * len(splits) * n_classes, n_samples)
        if least > n_samples:
            raise ValueError(f"min_samples must not exceed the {n_samples} rows of X, got {least}; lower it.")
        return Rows(splits, least, n_samples, self.max_iter, seed, y if is_stratified(cv) else None)

    def _brackets(self, resource):
        """The brackets, no larger than there are different candidates."""
        plan = self._candidates_and_rungs(resource.least, resource.most)
        return [self._bracket(n, n_rungs, resource.most) for n, n_rungs in plan]

    def _bracket(self, n_candidates, n_rungs, most):
        n_different = len(ParameterSampler(self.param_distributions, n_candidates))
        if n_different == 0:
            raise ValueError(
                f"param_distributions must have at least one dict, got {self.param_distributions!r}; add one."
            )
        return bracket_of(n_different, n_rungs, most, self.eta)

    def _forecast(self, n_rows, resource, brackets):
        return forecast_of(brackets, resource, 0 if self.refit is False else self.max_iter, n_rows)

    def _sample(self, generator, name, resource):
        """Candidates of all brackets, one after the other; ``name`` is that of the epochs, which none may have."""
        candidates = []
        for n, _ in self._candidates_and_rungs(resource.least, resource.most):
            candidates += ParameterSampler(self.param_distributions, n, random_state=generator)
        for candidate in candidates:
            check_candidate(self.estimator, candidate, name)
        return candidates

    # ---------------------------------------------------------------- the search

    def _search(self, run):
        """Train; what has been trained when all was done, time was up, or at Ctrl-C."""
        self.stop_reason_ = "Ctrl-C"
        is_done = run.train_all()
        if is_done is not None:
            self.stop_reason_ = self._finished if is_done else f"time_budget={self.time_budget} s were over"
        run.end(self._states(run.trials))
        return run.trials

    def _climb(self, trials, candidates, train):
        """Train the candidates rung by rung; whether all of it was done."""
        return climb(self.brackets_, trials, train, self._score, keeps_states=self.ensemble_size is not None)

    def _states(self, trials):
        """What became of each candidate."""
        if self.promotion == "asynchronous":
            return states_so_far(self.brackets_, trials, is_done=self.stop_reason_ == self._finished)
        return states_of(self.brackets_, trials, self._score)

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
            warnings.warn("Search interrupted by user; the best candidate so far is used.", stacklevel=4)
        if not rows:
            raise ValueError(
                f"time_budget={self.time_budget} seconds were over before a candidate had a score; give it more."
            )
        self.history_ = history_of(rows)
        self.cv_results_ = self._table(rows, candidates)
        self._trial_columns = self._columns(rows, trials, candidates)
        self._choose(metric)

    def _columns(self, rows, trials, candidates):
        """Columns with a value for each trial; over rows, its score is that with the most of them."""
        counted = rows if self.resource == "epochs" else list({row.candidate: row for row in rows}.values())
        columns = trial_columns(self.brackets_, trials, counted, candidates, self._states(trials), self._score)
        if self.resource == "epochs":
            return columns
        names = {"n_epochs": "n_samples", "score_epoch": "score_n_samples"}
        return {names.get(name, name): column for name, column in columns.items()}

    def _table(self, rows, candidates):
        results = [result for row in rows for result in row.results]
        _warn_or_raise_about_fit_failures(results, self.error_score)
        if callable(self.scoring):
            _insert_error_scores(results, self.error_score)
        self.multimetric_ = isinstance(results[0]["test_scores"], dict)
        columns = {
            "bracket": [row.bracket for row in rows],
            "iter": [row.rung for row in rows],
            "n_resources": [row.n_resources for row in rows],
            "candidate": [row.candidate for row in rows],
        }
        return self._format_results([candidates[row.candidate] for row in rows], self.n_splits_, results, columns)

    def _choose(self, metric):
        results = self.cv_results_
        metric = self.refit if self.multimetric_ else metric
        if callable(self.refit):
            self.best_index_ = self._select_best_index(self.refit, metric, results)
        else:
            n_resources, rank = results["n_resources"], results[f"rank_test_{metric}"]
            has_none = np.isnan(results[f"mean_test_{metric}"])
            # of equal scores the one after more epochs; with few rows, scores say less
            order = (-n_resources, rank) if self.resource == "epochs" else (rank, -n_resources, has_none)
            self.best_index_ = np.lexsort(order)[0]
            self.best_score_ = results[f"mean_test_{metric}"][self.best_index_]
        self.best_params_ = results["params"][self.best_index_]

    def _make_ensemble(self, library, trials, resource, scorers):
        """Of the candidates whose trials are these."""
        if not trials:
            return
        brackets = {c: b for number, b in enumerate(self.brackets_) for c in candidates_of(self.brackets_, number)}

        def train_of(candidate, fold, trial):
            rung = len(trial.results) - (not trial.is_amid_rung)
            train, _ = resource.fit(fold, brackets[candidate].n_resources[rung])["split"]
            return train

        states = [
            [(trial.snapshot, train_of(candidate, fold, trial)) for fold, trial in enumerate(of_folds)]
            for candidate, of_folds in trials.items()
        ]

        def score(model, X, y, **params):
            return self._score({"test_scores": _score(model, X, y, scorers, params, self.error_score)})

        library = library._replace(parameters=[library.parameters[candidate] for candidate in trials])
        memory = getattr(self.estimator, "memory", None)
        ensemble, ensemble_score = make_ensemble(library, states, score, self.ensemble_size, memory)
        if ensemble is None:
            warnings.warn(
                f"ensemble_size needs a score of averaged predictions, got none with scoring={self.scoring!r}: "
                "ensemble_ is not set; use a scorer that only takes predict or predict_proba of the model.",
                stacklevel=4,  # the caller of fit, which is decorated
            )
            return
        self.ensemble_, self.ensemble_score_ = ensemble, ensemble_score

    def _refit(self, X, y, fit_params, task):
        """Train the best candidate on all rows, for as many epochs as it was best after, or all of them."""
        rung = task.subcontext(task_name="refit").call_on_fit_task_begin(estimator=self)
        n_resources = int(self.cv_results_["n_resources"][self.best_index_])
        n_epochs = n_resources if self.resource == "epochs" else self.max_iter
        up_to_epoch = UpToEpoch(n_epochs)
        best = configure(self.estimator, self.best_params_, self.max_iter, up_to_epoch)
        start = time.time()
        best.fit(X, y, **fit_params)
        self.refit_time_ = time.time() - start
        up_to_epoch.snapshot = None  # scikit-learn keeps the last callbacks in a cache
        final, _ = final_estimator(best)
        final.set_callbacks(*final._skl_callbacks[:-1])
        self.best_estimator_ = best
        if hasattr(best, "feature_names_in_"):
            self.feature_names_in_ = best.feature_names_in_
        rung.call_on_fit_task_end(estimator=self)


def _split(cv, X, y, **params):
    """Numbers of the rows to train on and to score, of masks too: parts of them may be drawn."""
    numbers = np.arange(_num_samples(X))
    return [(numbers[train], numbers[test]) for train, test in cv.split(X, y, **params)]
