"""Who goes on: trials whose scores are given, without data or networks."""

import numpy as np

from sklearn_ann.model_selection.brackets import Bracket
from sklearn_ann.model_selection.rungs import climb, rows_of
from sklearn_ann.model_selection.trial import NEW_TRIAL, Trial

BRACKETS = [Bracket((4, 2, 1), (1, 2, 4)), Bracket((2, 1), (2, 4))]


def climbed(score, n_rounds=np.inf, ended=()):
    """Trials of two folds after at most so many rounds of training, and the keys of each round."""
    trials, rounds = {candidate: [NEW_TRIAL] * 2 for candidate in range(6)}, []

    def train(keys, n_epochs):
        if len(rounds) >= n_rounds:
            return
        rounds.append((n_epochs, [candidate for candidate, _ in keys[::2]]))
        for candidate, fold in keys:
            result = {"score": score(candidate, n_epochs, fold), "fit_time": 1.0, "score_time": 1.0}
            before = trials[candidate][fold]
            trials[candidate][fold] = Trial((*before.results, result), "state", candidate in ended)

    is_done = climb(BRACKETS, trials, train, lambda result: result["score"])
    return trials, rounds, is_done


def test_the_best_by_their_mean_go_on_of_equal_ones_the_first():
    _, rounds, is_done = climbed(lambda candidate, n_epochs, fold: {1: 5.0, 2: 2 * fold, 3: 1.0}.get(candidate, 0.0))
    assert rounds == [(1, [0, 1, 2, 3]), (2, [1, 2]), (4, [1]), (2, [4, 5]), (4, [4])]
    assert is_done


def test_scores_that_are_no_numbers_come_last():
    _, rounds, _ = climbed(lambda candidate, n_epochs, fold: [np.nan, np.nan, np.nan, -np.inf, np.nan, 0][candidate])
    assert rounds[1:3] == [(2, [0, 3]), (4, [3])]  # minus infinity is a number
    assert rounds[4] == (4, [5])


def test_trials_that_have_ended_stand_in_the_table_without_training():
    trials, rounds, _ = climbed(lambda candidate, n_epochs, fold: candidate, ended=(3,))
    assert rounds[:2] == [(1, [0, 1, 2, 3]), (2, [2])]
    rows = [row for row in rows_of(BRACKETS, trials) if row.candidate == 3]
    assert [row.n_resources for row in rows] == [1, 2, 4]
    assert [row.results[0]["fit_time"] for row in rows] == [1.0, 0.0, 0.0]
    assert [row.results[0]["score"] for row in rows] == [3, 3, 3]


def test_what_is_left_undone_has_no_row():
    trials, _, is_done = climbed(lambda candidate, n_epochs, fold: candidate, n_rounds=2)
    assert not is_done
    assert [(row.candidate, row.rung) for row in rows_of(BRACKETS, trials)] == [
        (0, 0),
        (1, 0),
        (2, 0),
        (3, 0),
        (2, 1),
        (3, 1),
    ]


def test_states_are_kept_of_those_alone_that_go_on():
    trials, _, _ = climbed(lambda candidate, n_epochs, fold: candidate, n_rounds=1)
    kept = {candidate for candidate, folds in trials.items() if folds[0].snapshot is not None}
    assert kept == {2, 3}
