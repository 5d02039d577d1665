"""Asynchronous successive halving: a candidate is promoted as soon as it is among the best of its rung so far.

Comes in: brackets, trials and a function that trains fits as workers become free. Goes out: the trials, trained. It
knows neither data nor estimators; how candidates are promoted from full rungs is in ``rungs``.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from .rungs import best_of, candidates_of, has_failed, held, is_complete, let_go

__all__ = ["Fit", "climb_asynchronously", "next_job", "states_so_far"]


class Fit(NamedTuple):
    """A candidate to train on one fold, up to the end of a rung."""

    candidate: int
    fold: int
    rung: int
    n_resources: int


def climb_asynchronously(brackets, trials, train, score, eta, keeps_states=False):
    """Train candidates as workers become free.

    Parameters
    ----------
    brackets, trials, score, keeps_states
        As in :func:`~sklearn_ann.model_selection.rungs.climb`.
    train : callable
        ``train(next_fit)`` yields each fit that has ended and its trial, without a new result if time is up. It asks
        ``next_fit()`` whenever a worker is free: the fit to train, or None if there is none until another has ended.
    eta : float
        One of so many candidates is promoted.

    Returns
    -------
    bool
        Whether all of it was done.
    """
    begun = {c: max(len(trial.results) for trial in of_folds) for c, of_folds in trials.items()}
    bracket_of = {c: bracket for number, bracket in enumerate(brackets) for c in candidates_of(brackets, number)}
    fits, is_late = deque(), False

    def begin(candidate, rung):
        begun[candidate] = rung + 1
        trials[candidate] = [held(trial, rung) for trial in trials[candidate]]
        n_resources = bracket_of[candidate].n_resources[rung]
        undone = [fold for fold, trial in enumerate(trials[candidate]) if len(trial.results) <= rung]
        fits.extend(Fit(candidate, fold, rung, n_resources) for fold in undone)

    def next_fit():
        while not fits and not is_late:
            job = next_job(brackets, trials, begun, eta, score)
            if job is None:
                return None
            begin(*job)
        return None if is_late else fits.popleft()

    for candidate, rung in begun.items():
        if rung and not is_complete(trials[candidate], rung - 1):  # begun before the search was interrupted
            begin(candidate, rung - 1)
    for fit, trial in train(next_fit):
        is_late |= len(trial.results) == len(trials[fit.candidate][fit.fold].results)
        trials[fit.candidate][fit.fold] = trial
        if not keeps_states and is_complete(trials[fit.candidate], fit.rung):
            let_go(trials, _without_prospects(brackets, trials, begun, score))
    return not is_late


def next_job(brackets, trials, begun, eta, score):
    """The candidate to train next, by ``get_job`` of algorithm 2 of Li et al. (2020).

    In each bracket, the best candidate that is due for promotion, on the highest rung first, else a new one. The paper
    has candidates without end, here their number is given: from a rung that no other candidate will reach, at least as
    many are promoted as by synchronous successive halving.

    Parameters
    ----------
    brackets, trials, score
        As in :func:`~sklearn_ann.model_selection.rungs.climb`.
    begun : dict
        Rungs that each candidate has begun.
    eta : float
        One of so many candidates is promoted.

    Returns
    -------
    tuple of (int, int) or None
        Candidate and rung. None if there is none until another has ended.
    """
    for number, bracket in enumerate(brackets):
        candidates = candidates_of(brackets, number)
        promotion = _promotion(bracket, candidates, trials, begun, eta, score)
        if promotion is not None:
            return promotion
        new = next((c for c in candidates if not begun[c]), None)
        if new is not None:
            return new, 0
    return None


def _promotion(bracket, candidates, trials, begun, eta, score):
    promotion, is_closed = None, all(begun[c] for c in candidates)
    for rung, n_at_least in enumerate(bracket.n_candidates[1:]):
        finished = [c for c in candidates if is_complete(trials[c], rung)]
        is_closed = is_closed and len(finished) == sum(begun[c] > rung for c in candidates)
        n_promoted = max(int(len(finished) / eta), n_at_least if is_closed else 0)
        due = [c for c in best_of(finished, n_promoted, trials, rung, score) if begun[c] == rung + 1]
        if due:
            promotion, is_closed = (due[0], rung + 1), False
    return promotion


def _without_prospects(brackets, trials, begun, score):
    """Candidates that will not be trained any more, whoever finishes their rung after them."""
    lost = []
    for number, bracket in enumerate(brackets):
        for rung in range(len(bracket.n_candidates)):
            finished = [c for c in candidates_of(brackets, number) if is_complete(trials[c], rung)]
            most = 0 if rung + 1 == len(bracket.n_candidates) else bracket.n_candidates[1]  # from any rung
            prospects = set(best_of(finished, most, trials, rung, score))
            lost += [c for c in finished if begun[c] == rung + 1 and c not in prospects]
    return lost


def states_so_far(brackets, trials, is_done):
    """What has become of each candidate, in the words of :func:`~sklearn_ann.model_selection.rungs.states_of`.

    Parameters
    ----------
    brackets, trials
        As in :func:`~sklearn_ann.model_selection.rungs.climb`.
    is_done : bool
        Whether the search has come to its end: until then each candidate may yet be promoted.
    """
    states = []
    for number, bracket in enumerate(brackets):
        for candidate in candidates_of(brackets, number):
            if has_failed(trials[candidate]):
                states.append("failed")
            elif is_complete(trials[candidate], len(bracket.n_resources) - 1):
                states.append("completed")
            else:
                states.append("stopped" if is_done else "interrupted")
    return states
