"""Successive halving: trials in, trained rung by rung, and who goes on.

Comes in: brackets, trials and a function that trains. Goes out: the rows of the table. It knows neither data nor
estimators.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = [
    "Row",
    "best_of",
    "candidates_of",
    "climb",
    "has_failed",
    "held",
    "is_complete",
    "let_go",
    "rows_of",
    "states_of",
    "train_rung",
]


class Row(NamedTuple):
    """A candidate on a rung: a row of the table.

    Attributes
    ----------
    bracket, rung, candidate, n_resources : int
    results : list of dict
        Of each fold.
    """

    bracket: int
    rung: int
    candidate: int
    n_resources: int
    results: list


def climb(brackets, trials, train, score, keeps_states=False):
    """Train the candidates of each bracket rung by rung.

    Parameters
    ----------
    brackets : sequence of Bracket
    trials : dict
        ``trials[candidate][fold]``: what has been done; changed in place. Candidates are numbered through all brackets.
    train : callable
        ``train(keys, n_resources)`` advances the trials ``(candidate, fold)``, or leaves some as they are if time is
        up.
    score : callable
        ``score(result)``: the higher, the better.
    keeps_states : bool, default=False
        Whether trials that are not trained any more keep their snapshots.

    Returns
    -------
    bool
        Whether all of it was done.
    """
    for number, bracket in enumerate(brackets):
        alive = candidates_of(brackets, number)
        for rung, (n_candidates, n_resources) in enumerate(zip(*bracket, strict=True)):
            if rung:
                survivors = sorted(best_of(alive, n_candidates, trials, rung - 1, score))
                if not keeps_states:
                    let_go(trials, set(alive) - set(survivors))
                alive = survivors
            if not train_rung(alive, rung, n_resources, trials, train):
                return False
        if not keeps_states:
            let_go(trials, alive)
    return True


def train_rung(alive, rung, n_resources, trials, train):
    """Train candidates up to the end of a rung; whether all folds of all of them got there."""
    for candidate in alive:
        trials[candidate] = [held(trial, rung) for trial in trials[candidate]]
    keys = [(c, fold) for c in alive for fold, trial in enumerate(trials[c]) if len(trial.results) <= rung]
    train(keys, n_resources)
    return all(is_complete(trials[candidate], rung) for candidate in alive)


def rows_of(brackets, trials):
    """A row for each candidate and rung that all folds have finished."""
    return [
        Row(number, rung, candidate, n_resources, [trial.results[rung] for trial in trials[candidate]])
        for number, bracket in enumerate(brackets)
        for rung, n_resources in enumerate(bracket.n_resources)
        for candidate in candidates_of(brackets, number)
        if is_complete(trials[candidate], rung)
    ]


def states_of(brackets, trials, score):
    """What became of each candidate in the end.

    Parameters
    ----------
    brackets, trials, score
        As in :func:`climb`.

    Returns
    -------
    list of str
        ``'completed'``: trained through the last rung of its bracket. ``'stopped'``: not promoted. ``'failed'``: a fit
        raised an error. ``'interrupted'``: the search ended before.
    """
    states = ["interrupted"] * len(trials)
    for number, bracket in enumerate(brackets):
        alive = candidates_of(brackets, number)
        for rung, n_candidates in enumerate(bracket.n_candidates):
            survivors = best_of(alive, n_candidates, trials, rung - 1, score) if rung else alive
            for candidate in set(alive) - set(survivors):
                states[candidate] = "stopped"
            alive = survivors
            if not all(is_complete(trials[candidate], rung) for candidate in alive):
                break
        else:
            for candidate in alive:
                states[candidate] = "completed"
    for candidate, of_folds in trials.items():
        if has_failed(of_folds):
            states[candidate] = "failed"
    return states


def candidates_of(brackets, number):
    """Numbers of the candidates of a bracket."""
    first = sum(bracket.n_candidates[0] for bracket in brackets[:number])
    return range(first, first + brackets[number].n_candidates[0])


def best_of(candidates, n, trials, rung, score):
    """The ``n`` best by their mean score over the folds, in order; of equal ones the first sampled; NaN comes last."""
    means = np.array([np.mean([score(trial.results[rung]) for trial in trials[candidate]]) for candidate in candidates])
    order = np.lexsort((-means, np.isnan(means)))
    return [candidates[place] for place in order[:n]]


def let_go(trials, candidates):
    """Forget the states of candidates that are not trained any more."""
    for candidate in candidates:
        trials[candidate] = [trial._replace(snapshot=None) for trial in trials[candidate]]


def held(trial, rung):
    """A trial that has ended keeps its scores on later rungs, at no cost."""
    if not trial.ended or len(trial.results) > rung:
        return trial
    return trial._replace(results=(*trial.results, {**trial.results[-1], "fit_time": 0.0, "score_time": 0.0}))


def has_failed(trials):
    """Whether a fit of a candidate has raised an error."""
    return any(trial.results and trial.results[-1]["fit_error"] is not None for trial in trials)


def is_complete(trials, rung):
    """Whether all folds of a candidate have finished a rung."""
    return all(len(trial.results) > rung for trial in trials)
