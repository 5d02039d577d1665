"""Successive halving over epochs: one bracket."""

from __future__ import annotations

from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval

from .base import BaseHalvingSearchCV
from .brackets import most_rungs

__all__ = ["SuccessiveHalvingSearchCV"]


class SuccessiveHalvingSearchCV(BaseHalvingSearchCV):
    """Search that trains all candidates a little, the best third of them longer, and so on.

    The resource is epochs. A candidate that is promoted goes on from its exact state, optimizer and shuffling included:
    it equals, bit for bit, one that was trained without interruption.

    Parameters
    ----------
    estimator : estimator
        ``MLPClassifierTF``, ``MLPRegressorTF`` or ``PerceptronClassifier``, or a Pipeline that ends with one.
    param_distributions : dict or list of dict
        Lists or distributions (anything with ``rvs``) by parameter name, as in
        :class:`sklearn.model_selection.RandomizedSearchCV`.
    n_iter : int, default=27
        Candidates to sample. A grid of lists is tried as a whole where it has no more.
    max_iter : int, default=81
        Epochs of a whole training: the ``max_iter`` of every candidate, by which its schedule goes. The last rung of
        each bracket ends there.
    min_iter : int, default=1
        The fewest epochs before candidates are compared for the first time.
    eta : float, default=3
        One of so many candidates goes on from each rung, to so many times the epochs.
    scoring : str, callable, list, tuple or dict, default=None
        As in :class:`sklearn.model_selection.GridSearchCV`. None: the estimator's ``score``.
    n_jobs : int, default=None
        Fits at a time, through joblib: processes, or what a joblib context says. The results do not depend on it.
    refit : bool, str or callable, default=True
        Whether to train the best candidate on all rows. With several scores, the name of the one that promotes
        candidates and decides. A callable gives ``best_index_`` from ``cv_results_``.
    cv : int, splitter or iterable, default=None
        Folds, the same ones on all rungs. None: five, stratified for classes. For given validation rows:
        ``cv=PredefinedSplit(...)``.
    random_state : int, RandomState instance or None, default=None
        For the sampling of candidates. The estimator has its own.
    time_budget : float or None, default=None
        Seconds after which no more is trained, ``refit`` excepted; of a search that goes on from a ``log`` also those
        before. The best candidate so far is then taken.
    log : str, path or None, default=None
        Folder of this search, in which each trial has a file. The same search goes on from it: after a kill, or with a
        longer ``time_budget``. A Pipeline's first steps are cached in it as pickles; load only your own.
    tensorboard : str, path or None, default=None
        Folder in which each trial has a run for TensorBoard: its parameters, and scores after each rung, for the tab of
        hyperparameters. Needs the package tensorboard. The callback ``TensorBoard`` of the estimator writes the curves
        of the fits.
    ensemble_size : int or None, default=None
        Rounds in which candidates are selected for ``ensemble_`` (Caruana et al., 2004), with replacement. None: there
        is no ensemble. Each trial then keeps its state to the end: weights and the optimizer's memory, in memory, or
        on disk with ``log``. Labels or numbers in one column only.
    error_score : 'raise' or float, default=nan
        Score of a fit that fails.
    return_train_score : bool, default=False
        Whether to score the training rows too.
    verbose : int, default=0
        Above 0: a line for each rung, with the time left at most. Above 1: on a terminal, the five best trials too, in
        a table that is renewed in place (needs the package rich, which comes with Keras). scikit-learn's
        ``ProgressBar`` goes by rungs: ``search.set_callbacks(ProgressBar())``.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        As in scikit-learn, a row for each candidate on each rung that it has finished: ``n_resources`` are its epochs
        so far, ``iter``, ``bracket`` and ``candidate`` the numbers of the rung, the bracket and the candidate.
    best_index_ : int
        Row of the best score of all; of equal ones that after more epochs.
    best_params_ : dict
        Its candidate.
    best_score_ : float
        Its mean score over the folds. Not with a callable ``refit``.
    best_estimator_ : estimator
        The best candidate, trained on all rows for as many epochs as it was best after.
    ensemble_ : VotingClassifier or VotingRegressor
        With ``ensemble_size``: the networks of the folds of the selected candidates, none of them trained anew, which
        average their predictions with ``weights``. A candidate counts with its last rung.
    ensemble_score_ : float
        Mean score over the folds of the average of the selected candidates, at least that of the best of them. It was
        selected by this score, so it is optimistic.
    refit_time_ : float
        Seconds of that.
    brackets_ : list of Bracket
        ``n_candidates`` and ``n_epochs`` of each rung.
    forecast_ : Forecast
        The most that there was to train, as :meth:`forecast` gives it.
    history_ : list of dict
        Each finished fit in order of time: what may be made a data frame of.
    trials_ : DataFrame
        A row for each trial: ``candidate``, ``bracket``, ``state`` ('completed', 'stopped', 'failed', 'interrupted'),
        ``n_epochs`` trained, best mean ``score`` and the epoch that it was reached at (``score_epoch``), ``seconds`` of
        all folds, and its parameters as ``param_...``. Needs pandas; :meth:`summary` prints the same without it.
    stop_reason_ : str
        Why the search has ended.
    n_splits_ : int
        Folds.
    multimetric_ : bool
        Whether there are several scores.
    scorer_ : callable or dict
        The scorers.

    See Also
    --------
    HyperbandSearchCV : Several brackets, where it is not known how soon candidates can be compared.
    sklearn.model_selection.HalvingRandomSearchCV : Trains anew on each rung.

    References
    ----------
    R. Caruana, A. Niculescu-Mizil, G. Crew and A. Ksikes, "Ensemble selection from libraries of models", ICML 2004.

    K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", AISTATS
    2016.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.model_selection import SuccessiveHalvingSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"learning_rate_init": loguniform(1e-4, 1e-1), "alpha": [0, 1e-4, 1e-2]}
    >>> search = SuccessiveHalvingSearchCV(
    ...     MLPClassifierTF((16,), random_state=0), space, n_iter=9, max_iter=27, random_state=0
    ... ).fit(X, y)
    >>> search.brackets_
    [Bracket(n_candidates=(9, 3, 1), n_epochs=(3, 9, 27))]
    >>> search.score(X, y) > 0.9
    True
    """

    _parameter_constraints: dict = {
        **BaseHalvingSearchCV._parameter_constraints,
        "n_iter": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        estimator,
        param_distributions,
        *,
        n_iter=27,
        max_iter=81,
        min_iter=1,
        eta=3,
        scoring=None,
        n_jobs=None,
        refit=True,
        cv=None,
        random_state=None,
        time_budget=None,
        log=None,
        tensorboard=None,
        ensemble_size=None,
        error_score=np.nan,
        return_train_score=False,
        verbose=0,
    ):
        super().__init__(
            estimator,
            param_distributions,
            max_iter=max_iter,
            min_iter=min_iter,
            eta=eta,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            random_state=random_state,
            time_budget=time_budget,
            log=log,
            tensorboard=tensorboard,
            ensemble_size=ensemble_size,
            error_score=error_score,
            return_train_score=return_train_score,
            verbose=verbose,
        )
        self.n_iter = n_iter

    def _candidates_and_rungs(self):
        n_rungs = min(most_rungs(self.n_iter, 1, self.eta), most_rungs(self.max_iter, self.min_iter, self.eta))
        return [(self.n_iter, n_rungs)]
