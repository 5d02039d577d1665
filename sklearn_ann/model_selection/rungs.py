"""Successive halving: trials in, trained rung by rung, and who goes on.

Comes in: brackets, trials and a function that trains. Goes out: the rows of the table. It knows neither data nor
estimators.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Row", "climb", "let_go", "rows_of", "train_rung"]


class Row(NamedTuple):
    """A candidate on a rung: a row of the table.

    Attributes
    ----------
    bracket, rung, candidate, n_epochs : int
    results : list of dict
        Of each fold.
    """

    bracket: int
    rung: int
    candidate: int
    n_epochs: int
    results: list


def climb(brackets, trials, train, score):
    """Train the candidates of each bracket rung by rung.

    Parameters
    ----------
    brackets : sequence of Bracket
    trials : dict
        ``trials[candidate][fold]``: what has been done; changed in place. Candidates are numbered through all brackets.
    train : callable
        ``train(keys, n_epochs)`` advances the trials ``(candidate, fold)``, or leaves some as they are if time is up.
    score : callable
        ``score(result)``: the higher, the better.

    Returns
    -------
    bool
        Whether all of it was done.
    """
    for number, bracket in enumerate(brackets):
        alive = _candidates(brackets, number)
        for rung, (n_candidates, n_epochs) in enumerate(zip(*bracket, strict=True)):
            if rung:
                alive = _survivors(alive, n_candidates, trials, rung - 1, score)
            if not train_rung(alive, rung, n_epochs, trials, train):
                return False
        let_go(trials, alive)
    return True


def train_rung(alive, rung, n_epochs, trials, train):
    """Train candidates up to the end of a rung; whether all folds of all of them got there."""
    for candidate in alive:
        trials[candidate] = [_held(trial, rung) for trial in trials[candidate]]
    keys = [(c, fold) for c in alive for fold, trial in enumerate(trials[c]) if len(trial.results) <= rung]
    train(keys, n_epochs)
    return all(_is_complete(trials[candidate], rung) for candidate in alive)


def rows_of(brackets, trials):
    """A row for each candidate and rung that all folds have finished."""
    return [
        Row(number, rung, candidate, n_epochs, [trial.results[rung] for trial in trials[candidate]])
        for number, bracket in enumerate(brackets)
        for rung, n_epochs in enumerate(bracket.n_epochs)
        for candidate in _candidates(brackets, number)
        if _is_complete(trials[candidate], rung)
    ]


def _candidates(brackets, number):
    """Numbers of the candidates of a bracket."""
    first = sum(bracket.n_candidates[0] for bracket in brackets[:number])
    return range(first, first + brackets[number].n_candidates[0])


def _survivors(alive, n_candidates, trials, rung, score):
    """The best by their mean score over the folds; of equal ones those sampled first; NaN comes last."""
    means = np.array([np.mean([score(trial.results[rung]) for trial in trials[candidate]]) for candidate in alive])
    order = np.lexsort((-means, np.isnan(means)))
    best = sorted(alive[place] for place in order[:n_candidates])
    let_go(trials, set(alive) - set(best))
    return best


def let_go(trials, candidates):
    """Forget the states of candidates that are not trained any more."""
    for candidate in candidates:
        trials[candidate] = [trial._replace(snapshot=None) for trial in trials[candidate]]


def _held(trial, rung):
    """A trial that has ended keeps its scores on later rungs, at no cost."""
    if not trial.ended or len(trial.results) > rung:
        return trial
    return trial._replace(results=(*trial.results, {**trial.results[-1], "fit_time": 0.0, "score_time": 0.0}))


def _is_complete(trials, rung):
    return all(len(trial.results) > rung for trial in trials)
