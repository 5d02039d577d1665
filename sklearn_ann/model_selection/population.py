"""A search over all candidates of a grid or a sample, whose networks train together.

Comes in: candidates and data. Goes out: what scikit-learn's searches give. How networks train together is in
``population_fits``.
"""

from __future__ import annotations

import time
from itertools import product
from numbers import Integral

import numpy as np
from sklearn.base import _fit_context, clone, is_classifier
from sklearn.metrics._scorer import _MultimetricScorer
from sklearn.model_selection import ParameterGrid, ParameterSampler, check_cv
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._validation import _insert_error_scores, _warn_or_raise_about_fit_failures
from sklearn.utils import check_random_state, indexable
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import _check_method_params

from ..runtime.output import print_line
from .population_fits import fit_and_score_all
from .workers import N_JOBS

__all__ = ["PopulationSearchCV"]


class PopulationSearchCV(BaseSearchCV):
    """Grid or random search that trains the candidates of all folds together, as a population of networks.

    A drop-in replacement for scikit-learn's :class:`~sklearn.model_selection.GridSearchCV` and
    :class:`~sklearn.model_selection.RandomizedSearchCV`, with the same candidates, folds and draws, and the same scores
    up to rounding. A step of a small network takes most of its time for function calls, which all networks share here.

    Networks with the same structure train together: with equal layers, activation, solver, batch size, ``max_iter`` and
    number of training rows. Numbers may differ: learning rates, penalties, momenta, dropout rates, ``tol``, seeds. All
    others train one by one: large networks, ``backend='tensorflow'`` on a CPU, ``solver='lbfgs'``, sparse X,
    ``verbose`` fits, ensembles, those with frozen layers, functions of tensors, callbacks or a scorer as ``scoring``,
    and other estimators.

    Parameters
    ----------
    estimator : estimator
        ``MLPClassifierTF`` or ``MLPRegressorTF``, or a Pipeline that ends with one. Other estimators work too, but are
        not faster.
    param_distributions : dict or list of dict
        Lists or distributions (anything with ``rvs``) by parameter name, as in scikit-learn's searches.
    n_iter : int or None, default=None
        Number of candidates to sample, as in ``RandomizedSearchCV``. None for the whole grid, as in ``GridSearchCV``.
    scoring : str, callable, list, tuple or dict, default=None
        As in ``GridSearchCV``. None for the estimator's ``score``.
    n_jobs : int, default=None
        Number of joblib processes, for populations and for the fits that train one by one. Populations that take less
        than about two seconds in total train in the current process, since others would take as long to start; those on
        a GPU always do.
    refit : bool, str or callable, default=True
        Whether to train the best candidate on all rows. With several metrics, the name of the one that decides. A
        callable maps ``cv_results_`` to ``best_index_``.
    cv : int, splitter or iterable, default=None
        Folds. None for five folds, stratified for classes. Folds with equal numbers of training rows train together.
    verbose : int, default=0
        Messages, as in ``GridSearchCV``.
    pre_dispatch : int or str, default='2*n_jobs'
        As in ``GridSearchCV``.
    random_state : int, RandomState instance or None, default=None
        Seed of the sampling of candidates. The estimator has its own.
    error_score : 'raise' or float, default=nan
        Score of a fit that fails.
    return_train_score : bool, default=False
        Whether to score the training rows too.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        As in scikit-learn. ``fit_time`` is a network's share of the time of its population.
    best_index_ : int
        Row of the best candidate.
    best_params_ : dict
        Parameters of the best candidate.
    best_score_ : float
        Mean score of the best candidate over the folds. Not set with a callable ``refit``.
    best_estimator_ : estimator
        The best candidate, trained on all rows.
    refit_time_ : float
        Seconds for the refit.
    n_splits_ : int
        Folds.
    multimetric_ : bool
        Whether there are several scores.
    scorer_ : callable or dict
        The scorers.

    See Also
    --------
    SuccessiveHalvingSearchCV : Search that stops bad candidates early.
    sklearn.model_selection.GridSearchCV : Search that trains one network after the other.

    Notes
    -----
    As in scikit-learn's searches, each fit issues its own warnings, and Ctrl-C ends the search.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.model_selection import PopulationSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), MLPClassifierTF((10,), tol=1e-2, random_state=0))
    >>> grid = {"mlpclassifiertf__alpha": [1e-4, 1e-2], "mlpclassifiertf__learning_rate_init": [0.01, 0.03]}
    >>> search = PopulationSearchCV(model, grid).fit(X, y)
    >>> len(search.cv_results_["params"])
    4
    >>> bool(search.best_score_ > 0.9)
    True
    """

    _parameter_constraints: dict = {
        **BaseSearchCV._parameter_constraints,
        "param_distributions": [dict, list],
        "n_iter": [Interval(Integral, 1, None, closed="left"), None],
        "n_jobs": N_JOBS,
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator,
        param_distributions,
        *,
        n_iter=None,
        scoring=None,
        n_jobs=None,
        refit=True,
        cv=None,
        verbose=0,
        pre_dispatch="2*n_jobs",
        random_state=None,
        error_score=np.nan,
        return_train_score=False,
    ):
        super().__init__(
            estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.random_state = random_state

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
        ValueError
            If a parameter is invalid, or if all fits failed.
        """
        scorers, metric = self._get_scorers()
        X, y = indexable(X, y)
        params = _check_method_params(X, params=params)
        routed = self._get_routed_params_for_fit(params)
        weighted = None if params.get("sample_weight") is None else {"sample_weight": params["sample_weight"]}
        task = self._init_callback_context(max_subtasks=1 + (self.refit is not False))
        task.call_on_fit_task_begin(estimator=self, X=X, y=y, metadata=weighted)
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        splits = list(cv.split(X, y, **routed.splitter.split))
        self.n_splits_ = cv.get_n_splits(X, y, **routed.splitter.split)
        if len(splits) != self.n_splits_:
            raise ValueError(
                f"cv.split and cv.get_n_splits return inconsistent results. Expected {self.n_splits_} splits, got "
                f"{len(splits)}"
            )
        results = self._evaluate(X, y, splits, scorers, routed, task)
        self._choose(results, metric)
        if self.refit:
            self._refit(X, y, routed.estimator.fit, weighted, task)
        self.scorer_ = scorers._scorers if isinstance(scorers, _MultimetricScorer) else scorers
        self.cv_results_ = results
        task.call_on_fit_task_end(estimator=self, X=X, y=y, metadata=weighted)
        return self

    def _candidates(self):
        """All of the grid, or as many as are to be sampled."""
        if self.n_iter is not None:
            generator = np.random.RandomState() if self.random_state is None else check_random_state(self.random_state)
            return list(ParameterSampler(self.param_distributions, self.n_iter, random_state=generator))
        grids = self.param_distributions if isinstance(self.param_distributions, list) else [self.param_distributions]
        for name, values in (item for grid in grids if isinstance(grid, dict) for item in grid.items()):
            if hasattr(values, "rvs"):
                raise ValueError(
                    f"n_iter must say how many candidates to sample where param_distributions has a distribution, got "
                    f"n_iter=None and {name}={values!r}; pass for example n_iter=10."
                )
        return list(ParameterGrid(self.param_distributions))

    def _evaluate(self, X, y, splits, scorers, routed, task):
        """The table of all candidates."""
        candidates = self._candidates()
        pairs = list(product(enumerate(candidates), enumerate(splits)))
        if not pairs:
            raise ValueError("No fits were performed. Was the CV iterator empty? Were there no candidates?")
        if self.verbose > 0:
            n_fits = f"totalling {len(pairs)} fits"
            print_line(f"Fitting {len(splits)} folds for each of {len(candidates)} candidates, {n_fits}")
        search = task.subcontext(task_name="search", max_subtasks=len(pairs), sequential_subtasks=False)
        search.call_on_fit_task_begin(estimator=self)
        jobs = [
            {
                "parameters": parameters,
                "train": train,
                "test": test,
                "split_progress": (fold, len(splits)),
                "candidate_progress": (c, len(candidates)),
                "callback_ctx": search.subcontext(task_name="candidate-split-evaluation", task_id=number),
            }
            for number, ((c, parameters), (fold, (train, test))) in enumerate(pairs)
        ]
        out = fit_and_score_all(
            clone(self.estimator),
            X,
            y,
            jobs,
            n_jobs=self.n_jobs,
            pre_dispatch=self.pre_dispatch,
            scorer=scorers,
            fit_params=routed.estimator.fit,
            score_params=routed.scorer.score,
            return_train_score=self.return_train_score,
            return_n_test_samples=True,
            return_times=True,
            error_score=self.error_score,
            verbose=self.verbose,
            caller=self,
        )
        _warn_or_raise_about_fit_failures(out, self.error_score)
        if callable(self.scoring):
            _insert_error_scores(out, self.error_score)
        self.multimetric_ = isinstance(out[0]["test_scores"], dict)
        if callable(self.scoring) and self.multimetric_:
            self._check_refit_for_multimetric(out[0]["test_scores"])
        search.call_on_fit_task_end(estimator=self)
        return self._format_results(candidates, len(splits), out)

    def _choose(self, results, metric):
        metric = self.refit if self.multimetric_ else metric
        if self.refit or not self.multimetric_:
            self.best_index_ = self._select_best_index(self.refit, metric, results)
            if not callable(self.refit):
                self.best_score_ = results[f"mean_test_{metric}"][self.best_index_]
            self.best_params_ = results["params"][self.best_index_]

    def _refit(self, X, y, fit_params, weighted, task):
        """Train the best candidate on all rows."""
        self.best_estimator_ = clone(self.estimator).set_params(**clone(self.best_params_, safe=False))
        refit = task.subcontext(task_name="refit-with-best-params")
        with refit.propagate_callback_context(self.best_estimator_):
            refit.call_on_fit_task_begin(estimator=self, X=X, y=y, metadata=weighted)
            start = time.time()
            self.best_estimator_.fit(X, *(() if y is None else (y,)), **fit_params)
            self.refit_time_ = time.time() - start
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_
        refit.call_on_fit_task_end(estimator=self, X=X, y=y, metadata=weighted)
