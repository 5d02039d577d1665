"""Search whose candidates Optuna proposes, and which its pruner may end early.

Comes in: a study of Optuna, or what one is made of. Goes out: the attributes of the other searches, and the study. How
trials are trained and the table is made is in ``base``, how spaces are translated in ``optuna_space``.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import threading
from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval

from .base import BaseHalvingSearchCV
from .brackets import Bracket, bracket_of, most_rungs
from .optuna_space import import_optuna, suggestions
from .rungs import let_go, train_rung
from .trial import check_candidate, check_resource, epochs_parameter

__all__ = ["OptunaSearchCV"]

_STATES = {"COMPLETE": "completed", "PRUNED": "stopped", "FAIL": "failed"}  # by the names of Optuna's


class OptunaSearchCV(BaseHalvingSearchCV):
    """Search in which an Optuna sampler proposes each candidate, based on earlier scores.

    With a pruner, a candidate is trained rung by rung, as in the other searches: after ``min_iter`` epochs, ``eta``
    times as many, and so on, Optuna gets the mean score over the folds, and the pruner decides whether the candidate
    continues, from its exact state. Scores, folds, sample weights and refit work as in scikit-learn.

    Parameters
    ----------
    estimator : estimator
        ``MLPClassifierTF``, ``MLPRegressorTF``, ``PerceptronClassifier``, ``KerasClassifier`` or ``KerasRegressor``, or
        a Pipeline that ends with one.
    param_distributions : dict or callable
        For each parameter name, an Optuna distribution, ``uniform``, ``loguniform`` or ``randint`` of
        :mod:`scipy.stats`, :class:`HiddenLayerSizes`, or a list. Or a function that maps an Optuna trial to a dict of
        parameters.
    n_trials : int, default=27
        Number of candidates.
    n_trials_at_once : int, default=1
        Number of candidates to propose before any of them has a score, and to train at the same time. With more
        candidates, more of ``n_jobs`` are busy, which otherwise only share the folds of one candidate; but the sampler
        has fewer scores to use.
    max_iter : int, default=81
        Number of epochs of a complete fit. It is the ``max_iter`` (of Keras models the ``epochs``) of
        every candidate, on which schedules depend.
    min_iter : int, default=1
        Number of epochs after which the pruner is called for the first time.
    eta : float, default=3
        The pruner is called again after ``eta`` times as many epochs; at least 1.1.
    sampler : optuna.samplers.BaseSampler or None, default=None
        Sampler that proposes candidates; it is copied. None for ``TPESampler`` with a seed from ``random_state``.
    pruner : optuna.pruners.BasePruner or None, default=None
        Pruner that stops candidates. None trains each candidate completely.
    study : optuna.study.Study or None, default=None
        Study to continue for ``n_trials`` more trials, with its own sampler and pruner. It must maximize. None creates
        a new study in memory.
    scoring : str, callable, list, tuple or dict, default=None
        As in :class:`sklearn.model_selection.GridSearchCV`. None for the estimator's ``score``.
    n_jobs : int, default=None
        Number of fits to run at the same time with joblib, in processes unless a joblib context says otherwise. The
        results do not depend on it.
    refit : bool, str or callable, default=True
        Whether to train the best candidate on all rows. With several metrics, the name of the one that Optuna gets. A
        callable maps ``cv_results_`` to ``best_index_``.
    cv : int, splitter or iterable, default=None
        Folds, the same for all candidates. None for five folds, stratified for classes. To use your own validation set,
        pass ``PredefinedSplit(...)``.
    random_state : int, RandomState instance or None, default=None
        Seed of the default sampler. The estimator and other samplers have their own.
    time_budget : float or None, default=None
        Seconds after which training ends, except for ``refit``. The best candidate so far is then used.
    tensorboard : str, path or None, default=None
        Folder in which each trial is a TensorBoard run, with its parameters and its scores after each rung, for the tab
        HParams. Needs the package tensorboard. To write the curves of the fits, use the callback ``TensorBoard`` of the
        estimator.
    ensemble_size : int or None, default=None
        Number of rounds that select candidates for ``ensemble_``, with replacement (Caruana et al., 2004). None for no
        ensemble. With an ensemble, each trial keeps its weights and optimizer state to the end. y must have one column.
    error_score : 'raise' or float, default=nan
        Score of a fit that fails. Optuna is told that a trial without a finite score has failed.
    return_train_score : bool, default=False
        Whether to score the training rows too.
    verbose : int, default=0
        Above 0: print a line for each rung, with an upper limit of the time left. Above 1: on a terminal, also show a
        table of the five best trials, updated in place (requires the package rich, which Keras installs).
        scikit-learn's ``ProgressBar`` shows rungs too: ``search.set_callbacks(ProgressBar())``.

    Attributes
    ----------
    study_ : optuna.study.Study
        The study with its trials, for example for Optuna's plots and parameter importances.
    cv_results_ : dict of ndarray
        As in scikit-learn, with a row for each candidate on each rung that it has finished. ``n_resources`` is its
        number of epochs so far; ``candidate`` and ``iter`` are the numbers of the candidate and the rung, ``bracket``
        that of the candidates proposed together.
    best_index_ : int
        Row with the best score; of equal scores, the one after more epochs.
    best_params_ : dict
        Parameters of the best candidate.
    best_score_ : float
        Mean score of that row over the folds. Not set with a callable ``refit``.
    best_estimator_ : estimator
        The best candidate, trained on all rows for the number of epochs of that row.
    refit_time_ : float
        Seconds for the refit.
    ensemble_ : VotingClassifier or VotingRegressor
        With ``ensemble_size``, the networks of the selected candidates from all folds, at their last rungs; none is
        trained again. Predictions are averages with ``weights``.
    ensemble_score_ : float
        Mean score of the ensemble over the folds, at least that of its best candidate. It is optimistic, because the
        ensemble is selected by this score.
    brackets_ : list of Bracket
        ``n_candidates`` and ``n_resources`` (epochs) of each rung, if none is pruned, for each of the candidates
        proposed together.
    forecast_ : Forecast
        Upper limits of what there was to train, as returned by :meth:`forecast`.
    history_ : list of dict
        Finished fits in order of time, which can be made a data frame.
    trials_ : DataFrame
        A row for each trial: ``candidate``, ``bracket``, ``state`` ('completed', 'stopped', 'failed', 'interrupted'),
        ``n_epochs`` trained, best mean ``score`` and the epoch at which it was reached (``score_epoch``), ``seconds``
        of all folds, and its parameters as ``param_...``. Needs pandas; :meth:`summary` shows the same without it.
    stop_reason_ : str
        Why the search ended.
    n_splits_ : int
        Number of folds.
    multimetric_ : bool
        Whether there are several metrics.
    scorer_ : callable or dict
        The scorers.

    Raises
    ------
    ImportError
        From ``fit``, if Optuna is not installed.

    See Also
    --------
    HyperbandSearchCV : Search with random candidates, most of which are trained for a few epochs only.
    sklearn_ann.callbacks.OptunaPruning : Callback for your own study, with ``study.optimize``.

    References
    ----------
    T. Akiba, S. Sano, T. Yanase, T. Ohta and M. Koyama, "Optuna: a next-generation hyperparameter optimization
    framework", KDD 2019.

    Examples
    --------
    >>> import optuna
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.model_selection import HiddenLayerSizes, OptunaSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {
    ...     "hidden_layer_sizes": HiddenLayerSizes((0, 2), (8, 32)),
    ...     "learning_rate_init": loguniform(1e-4, 1e-1),
    ... }
    >>> search = OptunaSearchCV(
    ...     MLPClassifierTF(random_state=0),
    ...     space,
    ...     n_trials=9,
    ...     max_iter=81,
    ...     pruner=optuna.pruners.MedianPruner(n_startup_trials=3),
    ...     random_state=0,
    ... ).fit(X, y)
    >>> search.score(X, y) > 0.9
    True
    >>> len(search.study_.trials)
    9
    """

    _parameter_constraints: dict = {
        **BaseHalvingSearchCV._parameter_constraints,
        "param_distributions": [dict, callable],
        "n_trials": [Interval(Integral, 1, None, closed="left")],
        "n_trials_at_once": [Interval(Integral, 1, None, closed="left")],
        "sampler": "no_validation",  # by Optuna, which is not imported for it
        "pruner": "no_validation",
        "study": "no_validation",
    }
    _parameter_constraints.pop("resource")
    _parameter_constraints.pop("min_samples")
    _parameter_constraints.pop("promotion")
    _parameter_constraints.pop("log")

    def __init__(
        self,
        estimator,
        param_distributions,
        *,
        n_trials=27,
        n_trials_at_once=1,
        max_iter=81,
        min_iter=1,
        eta=3,
        sampler=None,
        pruner=None,
        study=None,
        scoring=None,
        n_jobs=None,
        refit=True,
        cv=None,
        random_state=None,
        time_budget=None,
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
            resource="epochs",
            min_samples=None,
            promotion="synchronous",  # Optuna's pruner is asked after each rung
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            random_state=random_state,
            time_budget=time_budget,
            log=None,  # a study has storages of its own
            tensorboard=tensorboard,
            ensemble_size=ensemble_size,
            error_score=error_score,
            return_train_score=return_train_score,
            verbose=verbose,
        )
        self.n_trials = n_trials
        self.n_trials_at_once = n_trials_at_once
        self.sampler = sampler
        self.pruner = pruner
        self.study = study

    _finished = "all trials were made"

    # ---------------------------------------------------------------- before the search

    def _candidates_and_rungs(self, least, most):
        """Those proposed together are a bracket; without a pruner it has one rung."""
        self._check_kinds(import_optuna())
        pruner = self.pruner if self.study is None else self.study.pruner
        never = pruner is None or isinstance(pruner, import_optuna().pruners.NopPruner)
        n_rungs = 1 if never else most_rungs(most, least, self.eta)
        firsts = range(0, self.n_trials, self.n_trials_at_once)
        return [(min(self.n_trials_at_once, self.n_trials - first), n_rungs) for first in firsts]

    def _bracket(self, n_candidates, n_rungs, most):
        """A bracket of which nobody is pruned."""
        n_epochs = bracket_of(n_candidates, n_rungs, most, self.eta).n_resources
        return Bracket((n_candidates,) * len(n_epochs), n_epochs)

    def _sample(self, generator, name, resource):
        """Places for the candidates, which are proposed one after the other."""
        if isinstance(self.param_distributions, dict):
            check_resource(self.param_distributions, name)
        suggestions(self.param_distributions)  # refuses a wrong one before a study is made
        self.study_ = self._make_study(int(generator.randint(2**31 - 1)))
        return [{}] * self.n_trials

    def _make_study(self, seed):
        """A new study, or the given one; samplers and pruners may have a state, so that a copy of them is used."""
        optuna = import_optuna()
        if self.study is None:
            sampler = optuna.samplers.TPESampler(seed=seed) if self.sampler is None else copy.deepcopy(self.sampler)
            pruner = optuna.pruners.NopPruner() if self.pruner is None else copy.deepcopy(self.pruner)
            with _without_log_of(optuna.storages.InMemoryStorage):
                return optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
        if self.sampler is not None or self.pruner is not None:
            raise ValueError(
                "sampler and pruner must be None where a study is given, which has its own; leave them out."
            )
        if self.study.directions != [optuna.study.StudyDirection.MAXIMIZE]:
            raise ValueError(
                f"study must maximize one value, since higher scores are better, got {self.study.directions}; make it "
                "by optuna.create_study(direction='maximize')."
            )
        return self.study

    def _check_kinds(self, optuna):
        kinds = {"sampler": optuna.samplers.BaseSampler, "pruner": optuna.pruners.BasePruner, "study": optuna.Study}
        for name, kind in kinds.items():
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                raise TypeError(f"{name} must be an optuna {kind.__name__} or None, got {value!r}; pass an object.")

    # ---------------------------------------------------------------- the search

    def _climb(self, trials, candidates, train):
        """Ask Optuna for candidates, train them and tell their scores; whether all of it was done."""
        suggest, numbers = suggestions(self.param_distributions), iter(range(self.n_trials))
        self._states_by_candidate = {}
        unfinished = {"state": import_optuna().trial.TrialState.FAIL}
        for bracket in self.brackets_:
            asked = {next(numbers): self.study_.ask() for _ in range(bracket.n_candidates[0])}
            outcomes = {}
            try:
                for number, trial in asked.items():
                    candidates[number] = self._checked(suggest(trial))
                is_done = self._climb_bracket(bracket, asked, outcomes, trials, train)
            finally:  # also at Ctrl-C and after an error
                has_more = [_tell(self.study_, trial, **outcomes.get(c, unfinished)) for c, trial in asked.items()]
                self._states_by_candidate.update((c, _STATES[outcome["state"].name]) for c, outcome in outcomes.items())
            if not is_done:
                return False
            if not all(has_more):
                break
        return True

    def _climb_bracket(self, bracket, asked, outcomes, trials, train):
        """Train the trials that were asked for rung by rung, and note how each ends; whether all of it was done."""
        alive = list(asked)
        for rung, n_epochs in enumerate(bracket.n_resources):
            if not train_rung(alive, rung, n_epochs, trials, train):
                return False
            for c in alive:
                score = float(np.mean([self._score(of_fold.results[rung]) for of_fold in trials[c]]))
                outcome = self._outcome(asked[c], score, n_epochs, is_last=n_epochs == bracket.n_resources[-1])
                if outcome:
                    outcomes[c] = outcome
            if self.ensemble_size is None:
                let_go(trials, outcomes)
            alive = [c for c in alive if c not in outcomes]
        return True

    def _states(self, trials):
        """As in the other searches; a trial that Optuna prunes is one that is stopped."""
        return [self._states_by_candidate.get(c, "interrupted") for c in trials]

    def _outcome(self, trial, score, n_epochs, *, is_last):
        """Report a score; what to tell of a trial that has come to its end, has failed or is pruned, else None."""
        state = import_optuna().trial.TrialState
        if not np.isfinite(score):
            return {"state": state.FAIL}
        trial.report(score, n_epochs)
        if is_last:
            return {"values": score, "state": state.COMPLETE}
        return {"state": state.PRUNED} if trial.should_prune() else None

    def _checked(self, parameters):
        if not isinstance(parameters, dict):
            raise ValueError(f"param_distributions must return a dict of parameters, got {parameters!r}; return one.")
        check_candidate(self.estimator, parameters, epochs_parameter(self.estimator))
        return parameters


@contextlib.contextmanager
def _without_log_of(kind):
    """Hide what the module of a class logs in this thread: a new study is told on standard error."""
    logger, thread = logging.getLogger(kind.__module__), threading.get_ident()

    def is_of_another_thread(record):
        return record.thread != thread

    logger.addFilter(is_of_another_thread)
    try:
        yield
    finally:
        logger.removeFilter(is_of_another_thread)


def _tell(study, trial, **outcome):
    """Tell the outcome of a trial; whether the sampler has further candidates, which that of a grid may not."""
    try:
        study.tell(trial, **outcome)
    except RuntimeError as error:  # the outcome is stored, and the sampler asks a loop that is not there to stop
        if "Study.stop" not in str(error):
            raise
        return False
    return True
