"""Search whose candidates Optuna proposes, and which its pruner may end early.

Comes in: a study of Optuna, or what one is made of. Goes out: the attributes of the other searches, and the study. How
trials are trained and the table is made is in ``base``, how spaces are translated in ``optuna_space``.
"""

from __future__ import annotations

import copy
from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval

from .base import BaseHalvingSearchCV, check_candidate
from .brackets import Bracket, bracket_of, most_rungs
from .optuna_space import import_optuna, suggestions
from .rungs import let_go, train_rung
from .trial import final_estimator

__all__ = ["OptunaSearchCV"]

_STATES = {"COMPLETE": "completed", "PRUNED": "stopped", "FAIL": "failed"}  # by the names of Optuna's


class OptunaSearchCV(BaseHalvingSearchCV):
    """Search whose candidates a sampler of Optuna proposes, from the scores of those before.

    With a pruner, a candidate is trained rung by rung, as in the other searches: after ``min_iter`` epochs, ``eta``
    times as many, and so on, Optuna gets the mean score over the folds and says whether to go on. A candidate that
    goes on does so from its exact state. Scores, folds, row weights and refit are scikit-learn's.

    Parameters
    ----------
    estimator : estimator
        ``MLPClassifierTF``, ``MLPRegressorTF`` or ``PerceptronClassifier``, or a Pipeline that ends with one.
    param_distributions : dict or callable
        By parameter name: a distribution of Optuna, ``uniform``, ``loguniform`` or ``randint`` of :mod:`scipy.stats`,
        :class:`HiddenLayerSizes`, or a list. Or a function of Optuna's trial that returns a dict of parameters.
    n_trials : int, default=27
        Candidates.
    n_trials_at_once : int, default=1
        Candidates to propose together, before any of them has a score, and to train side by side. More of them keep
        more of ``n_jobs`` busy, which otherwise share the folds of one candidate; the sampler knows less.
    max_iter : int, default=81
        Epochs of a whole training: the ``max_iter`` of every candidate, by which its schedule goes.
    min_iter : int, default=1
        Epochs after which the pruner is asked for the first time.
    eta : float, default=3
        It is asked again after so many times the epochs.
    sampler : optuna.samplers.BaseSampler or None, default=None
        Proposes candidates; a copy of it does. None: ``TPESampler`` with a seed by ``random_state``.
    pruner : optuna.pruners.BasePruner or None, default=None
        Ends candidates. None: each is trained to its end.
    study : optuna.study.Study or None, default=None
        To be gone on with, with its own sampler and pruner, for ``n_trials`` more. It must maximize. None: a new one
        in memory.
    scoring : str, callable, list, tuple or dict, default=None
        As in :class:`sklearn.model_selection.GridSearchCV`. None: the estimator's ``score``.
    n_jobs : int, default=None
        Fits at a time, through joblib: processes, or what a joblib context says. The results do not depend on it.
    refit : bool, str or callable, default=True
        Whether to train the best candidate on all rows. With several scores, the name of the one that Optuna gets. A
        callable gives ``best_index_`` from ``cv_results_``.
    cv : int, splitter or iterable, default=None
        Folds, the same ones for all candidates. None: five, stratified for classes. For given validation rows:
        ``cv=PredefinedSplit(...)``.
    random_state : int, RandomState instance or None, default=None
        For the default sampler. The estimator and other samplers have their own.
    time_budget : float or None, default=None
        Seconds after which no more is trained, ``refit`` excepted. The best candidate so far is then taken.
    tensorboard : str, path or None, default=None
        Folder in which each trial has a run for TensorBoard: its parameters, and scores after each rung, for the tab of
        hyperparameters. Needs the package tensorboard. The callback ``TensorBoard`` of the estimator writes the curves
        of the fits.
    ensemble_size : int or None, default=None
        Rounds in which candidates are selected for ``ensemble_`` (Caruana et al., 2004), with replacement. None: there
        is no ensemble. Each trial then keeps its weights and the optimizer's memory to the end. Labels or numbers in
        one column only.
    error_score : 'raise' or float, default=nan
        Score of a fit that fails. Optuna is told that a trial without a finite score has failed.
    return_train_score : bool, default=False
        Whether to score the training rows too.
    verbose : int, default=0
        Above 0: a line for each rung, with the time left at most. Above 1: on a terminal, the five best trials too, in
        a table that is renewed in place (needs the package rich, which comes with Keras). scikit-learn's
        ``ProgressBar`` goes by rungs: ``search.set_callbacks(ProgressBar())``.

    Attributes
    ----------
    study_ : optuna.study.Study
        The study with its trials: for Optuna's plots and parameter importances.
    cv_results_ : dict of ndarray
        As in scikit-learn, a row for each candidate on each rung that it has finished: ``n_resources`` are its epochs
        so far, ``candidate`` and ``iter`` the numbers of the candidate and the rung, ``bracket`` that of the
        candidates proposed together.
    best_index_ : int
        Row of the best score of all; of equal ones that after more epochs.
    best_params_ : dict
        Its candidate.
    best_score_ : float
        Its mean score over the folds. Not with a callable ``refit``.
    best_estimator_ : estimator
        The best candidate, trained on all rows for as many epochs as it was best after.
    refit_time_ : float
        Seconds of that.
    ensemble_ : VotingClassifier or VotingRegressor
        With ``ensemble_size``: the networks of the folds of the selected candidates, none of them trained anew, which
        average their predictions with ``weights``. A candidate counts with its last rung.
    ensemble_score_ : float
        Mean score over the folds of the average of the selected candidates, at least that of the best of them. It was
        selected by this score, so it is optimistic.
    brackets_ : list of Bracket
        ``n_candidates`` and ``n_epochs`` of each rung, if none is pruned, for each of the candidates proposed together.
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

    Raises
    ------
    ImportError
        From ``fit``, if Optuna is not installed.

    See Also
    --------
    HyperbandSearchCV : Random candidates, of which most are trained for a short time only.
    sklearn_ann.callbacks.OptunaPruning : For a study of your own with ``study.optimize``.

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

    def _candidates_and_rungs(self):
        """Those proposed together are a bracket; without a pruner it has one rung."""
        self._check_kinds(import_optuna())
        pruner = self.pruner if self.study is None else self.study.pruner
        never = pruner is None or isinstance(pruner, import_optuna().pruners.NopPruner)
        n_rungs = 1 if never else most_rungs(self.max_iter, self.min_iter, self.eta)
        firsts = range(0, self.n_trials, self.n_trials_at_once)
        return [(min(self.n_trials_at_once, self.n_trials - first), n_rungs) for first in firsts]

    def _bracket(self, n_candidates, n_rungs):
        """A bracket of which nobody is pruned; with a small ``eta`` some rungs would be the same."""
        n_epochs = sorted(set(bracket_of(n_candidates, n_rungs, self.max_iter, self.eta).n_epochs))
        return Bracket((n_candidates,) * len(n_epochs), tuple(n_epochs))

    def _sample(self, generator, resource):
        """Places for the candidates, which are proposed one after the other."""
        if isinstance(self.param_distributions, dict):
            check_candidate(self.param_distributions, resource)
        suggestions(self.param_distributions)  # refuses a wrong one before a study is made
        self.study_ = self._make_study(int(generator.randint(2**31 - 1)))
        return [{}] * self.n_trials

    def _make_study(self, seed):
        """A new study, or the given one; samplers and pruners may have a state, so that a copy of them is used."""
        optuna = import_optuna()
        if self.study is None:
            sampler = optuna.samplers.TPESampler(seed=seed) if self.sampler is None else copy.deepcopy(self.sampler)
            pruner = optuna.pruners.NopPruner() if self.pruner is None else copy.deepcopy(self.pruner)
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
        for rung, n_epochs in enumerate(bracket.n_epochs):
            if not train_rung(alive, rung, n_epochs, trials, train):
                return False
            for c in alive:
                score = float(np.mean([self._score(of_fold.results[rung]) for of_fold in trials[c]]))
                outcome = self._outcome(asked[c], score, n_epochs, is_last=n_epochs == bracket.n_epochs[-1])
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
        _, prefix = final_estimator(self.estimator)
        check_candidate(parameters, f"{prefix}max_iter")
        return parameters


def _tell(study, trial, **outcome):
    """Tell the outcome of a trial; whether the sampler has further candidates, which that of a grid may not."""
    try:
        study.tell(trial, **outcome)
    except RuntimeError as error:  # the outcome is stored, and the sampler asks a loop that is not there to stop
        if "Study.stop" not in str(error):
            raise
        return False
    return True
