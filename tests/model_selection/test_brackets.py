"""Brackets: how many candidates train for how many epochs."""

import pytest

from sklearn_ann.model_selection.brackets import Bracket, bracket_of, brackets_of_hyperband, most_rungs


def test_hyperband_has_the_brackets_of_the_paper():
    """Li et al. (2018), table 1: R = 81, eta = 3."""
    brackets = [bracket_of(n, n_rungs, 81, 3) for n, n_rungs in brackets_of_hyperband(81, 1, 3)]
    assert brackets == [
        Bracket((81, 27, 9, 3, 1), (1, 3, 9, 27, 81)),
        Bracket((34, 11, 3, 1), (3, 9, 27, 81)),
        Bracket((15, 5, 1), (9, 27, 81)),
        Bracket((8, 2), (27, 81)),
        Bracket((5,), (81,)),
    ]


@pytest.mark.parametrize(
    ("max_iter", "min_iter", "eta", "n_rungs"),
    [(243, 1, 3, 6), (80, 1, 3, 4), (81, 3, 3, 4), (1, 1, 3, 1), (10, 1, 2.5, 3)],
)
def test_rungs_are_a_factor_of_eta_apart(max_iter, min_iter, eta, n_rungs):
    assert most_rungs(max_iter, min_iter, eta) == n_rungs
    n_epochs = bracket_of(100, n_rungs, max_iter, eta).n_resources
    assert n_epochs[-1] == max_iter
    assert n_epochs[0] >= min_iter


def test_one_candidate_is_left_where_eta_asks_for_less():
    assert bracket_of(4, 3, 9, 3) == Bracket((4, 1, 1), (1, 3, 9))


@pytest.mark.parametrize("eta", [1.1, 1.5, 2.5])
def test_each_rung_has_more_than_the_one_before(eta):
    """On a rung without a further epoch, a candidate would make one all the same."""
    bracket = bracket_of(9, most_rungs(10, 1, eta), 10, eta)
    assert bracket.n_candidates[0] == 9
    assert bracket.n_resources[0] == 1
    assert bracket.n_resources[-1] == 10
    assert list(bracket.n_resources) == sorted(set(bracket.n_resources))
    assert list(bracket.n_candidates) == sorted(bracket.n_candidates, reverse=True)
