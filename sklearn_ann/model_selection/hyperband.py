"""Hyperband: brackets of successive halving, from many short trainings to few long ones."""

from __future__ import annotations

import numpy as np

from .base import BaseHalvingSearchCV
from .brackets import brackets_of_hyperband

__all__ = ["HyperbandSearchCV"]


class HyperbandSearchCV(BaseHalvingSearchCV):
    """Search by Hyperband: successive halving from several numbers of candidates.

    The first bracket compares many candidates after ``min_iter`` epochs, the last one a few candidates after
    ``max_iter``, so candidates that learn slowly at first have a chance. The resource is epochs, or rows. Over epochs,
    a promoted candidate continues from its exact state, including optimizer and shuffling: it equals, bit for bit, one
    that was trained without interruption.

    Parameters
    ----------
    estimator : estimator
        ``MLPClassifierTF``, ``MLPRegressorTF``, ``PerceptronClassifier``, ``KerasClassifier`` or ``KerasRegressor``, or
        a Pipeline that ends with one.
    param_distributions : dict or list of dict
        Lists or distributions (anything with ``rvs``) by parameter name, as in
        :class:`sklearn.model_selection.RandomizedSearchCV`.
    max_iter : int, default=81
        Number of epochs of a complete fit, at which the last rung of each bracket ends. It is the ``max_iter``
        (of Keras models the ``epochs``) of every candidate, on which schedules depend.
    min_iter : int, default=1
        Minimum number of epochs before candidates are compared for the first time.
    eta : float, default=3
        Each rung promotes one in ``eta`` candidates, to ``eta`` times as much of the resource; at least
        1.1.
    resource : {'epochs', 'n_samples'}, default='epochs'
        Resource that grows from rung to rung. With 'epochs', promoted candidates continue. With 'n_samples', as in
        :class:`sklearn.model_selection.HalvingRandomSearchCV`, each candidate is trained from scratch on each rung, for
        ``max_iter`` epochs on a part of the training rows, and scored on a part of the validation rows of each fold.
        Parts are stratified if ``cv`` is. ``min_iter`` then has no effect.
    min_samples : int or None, default=None
        With ``resource='n_samples'``, minimum number of rows of a rung, for training and validation together. None for
        two rows for each fold and class.
    promotion : {'synchronous', 'asynchronous'}, default='synchronous'
        When to promote candidates: 'synchronous' when all have finished the rung, 'asynchronous' (Li et al., 2020) as
        soon as one is among the best of those that have finished it so far. Then no worker waits for a slow fit, but
        some candidates are promoted early and overtaken later.
    scoring : str, callable, list, tuple or dict, default=None
        As in :class:`sklearn.model_selection.GridSearchCV`. None for the estimator's ``score``.
    n_jobs : int, default=None
        Number of fits to run at the same time with joblib, in processes unless a joblib context says otherwise. With
        synchronous promotion, the results do not depend on it. With asynchronous promotion and several fits at a time,
        they depend on which fits end first.
    refit : bool, str or callable, default=True
        Whether to train the best candidate on all rows. With several metrics, the name of the one that decides on
        promotion and on the best candidate. A callable maps ``cv_results_`` to ``best_index_``.
    cv : int, splitter or iterable, default=None
        Folds, the same on all rungs. None for five folds, stratified for classes. To use your own validation set, pass
        ``PredefinedSplit(...)``.
    random_state : int, RandomState instance or None, default=None
        Seed of the sampling of candidates. The estimator has its own.
    time_budget : float or None, default=None
        Seconds after which training ends, except for ``refit``; if a search resumes from a ``log``, including the time
        before. The best candidate so far is then used.
    log : str, path or None, default=None
        Folder of this search, with a file for each trial. The same search resumes from it, after a kill or with a
        longer ``time_budget``. The first steps of a Pipeline are cached in it as pickles: only use your own folders.
    tensorboard : str, path or None, default=None
        Folder in which each trial is a TensorBoard run, with its parameters and its scores after each rung, for the tab
        HParams. Needs the package tensorboard. To write the curves of the fits, use the callback ``TensorBoard`` of the
        estimator.
    ensemble_size : int or None, default=None
        Number of rounds that select candidates for ``ensemble_``, with replacement (Caruana et al., 2004). None for no
        ensemble. With an ensemble, each trial keeps its weights and optimizer state to the end, in memory, or on disk
        with ``log``. y must have one column.
    error_score : 'raise' or float, default=nan
        Score of a fit that fails.
    return_train_score : bool, default=False
        Whether to score the training rows too.
    verbose : int, default=0
        Above 0: print a line for each rung, with an upper limit of the time left. Above 1: on a terminal, also show a
        table of the five best trials, updated in place (requires the package rich, which Keras installs).
        scikit-learn's ``ProgressBar`` shows rungs too: ``search.set_callbacks(ProgressBar())``.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        As in scikit-learn, with a row for each candidate on each rung that it has finished. ``n_resources`` is its
        number of epochs so far, or of rows; ``iter``, ``bracket`` and ``candidate`` are the numbers of the rung, the
        bracket and the candidate.
    best_index_ : int
        Row with the best score; of equal scores, the one after more epochs. With rows as the resource, the best of
        those with the most rows.
    best_params_ : dict
        Parameters of the best candidate.
    best_score_ : float
        Mean score of that row over the folds. Not set with a callable ``refit``.
    best_estimator_ : estimator
        The best candidate, trained on all rows for the number of epochs of that row; with rows as the resource, for
        ``max_iter`` epochs.
    ensemble_ : VotingClassifier or VotingRegressor
        With ``ensemble_size``, the networks of the selected candidates from all folds, at their last rungs; none is
        trained again. Predictions are averages with ``weights``. With rows as the resource, networks of earlier rungs
        are trained on fewer rows.
    ensemble_score_ : float
        Mean score of the ensemble over the folds, for all validation rows, at least that of its best candidate. It is
        optimistic, because the ensemble is selected by this score.
    refit_time_ : float
        Seconds for the refit.
    brackets_ : list of Bracket
        ``n_candidates`` and ``n_resources`` of each rung; with asynchronous promotion, more candidates may get there.
    forecast_ : Forecast
        What there was to train, as returned by :meth:`forecast`.
    history_ : list of dict
        Finished fits in order of time, which can be made a data frame.
    trials_ : DataFrame
        A row for each trial: ``candidate``, ``bracket``, ``state`` ('completed', 'stopped', 'failed', 'interrupted'),
        ``n_epochs`` trained, best mean ``score`` and the epoch at which it was reached (``score_epoch``), ``seconds``
        of all folds, and its parameters as ``param_...``. With rows as the resource, ``n_samples`` and
        ``score_n_samples`` instead of the epochs, and the score with the most rows. Needs pandas; :meth:`summary` shows
        the same without it.
    stop_reason_ : str
        Why the search ended.
    n_splits_ : int
        Number of folds.
    multimetric_ : bool
        Whether there are several metrics.
    scorer_ : callable or dict
        The scorers.

    See Also
    --------
    SuccessiveHalvingSearchCV : One bracket, with a given number of candidates.

    References
    ----------
    R. Caruana, A. Niculescu-Mizil, G. Crew and A. Ksikes, "Ensemble selection from libraries of models", ICML 2004.

    L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh and A. Talwalkar, "Hyperband: a novel bandit-based approach to
    hyperparameter optimization", Journal of Machine Learning Research 18, 2018.

    L. Li, K. Jamieson, A. Rostamizadeh, E. Gonina, J. Ben-tzur, M. Hardt, B. Recht and A. Talwalkar, "A system for
    massively parallel hyperparameter tuning", MLSys 2020.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.model_selection import HyperbandSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"learning_rate_init": loguniform(1e-4, 1e-1)}
    >>> search = HyperbandSearchCV(
    ...     MLPClassifierTF((16,), random_state=0), space, max_iter=9, random_state=0
    ... ).fit(X, y)
    >>> for bracket in search.brackets_:
    ...     print(bracket)
    Bracket(n_candidates=(9, 3, 1), n_resources=(1, 3, 9))
    Bracket(n_candidates=(5, 1), n_resources=(3, 9))
    Bracket(n_candidates=(3,), n_resources=(9,))

    Promotion as soon as a candidate is among the best so far; here in one process, where each run is the same:

    >>> search.set_params(promotion="asynchronous").fit(X, y).stop_reason_
    'all brackets were made'
    """

    def __init__(
        self,
        estimator,
        param_distributions,
        *,
        max_iter=81,
        min_iter=1,
        eta=3,
        resource="epochs",
        min_samples=None,
        promotion="synchronous",
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
            resource=resource,
            min_samples=min_samples,
            promotion=promotion,
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

    def _candidates_and_rungs(self, least, most):
        return brackets_of_hyperband(most, least, self.eta)
