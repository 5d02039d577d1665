"""What a search trains at most, which is also by what the time left is estimated.

Comes in: brackets, and the resource of their rungs. Goes out: numbers of fits, of epochs, and of rows times epochs. It
trains nothing.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Forecast", "forecast_of", "row_epochs"]


class Forecast(NamedTuple):
    """The most that a search will train.

    With ``promotion="asynchronous"``, those candidates that are promoted early and then overtaken come on top.

    Attributes
    ----------
    n_candidates : int
        Sampled settings.
    n_fits : int
        Trained networks: candidates times folds, and one for ``refit``; with rows as the resource, those of all rungs.
    n_epochs : int
        Epochs of all of them.
    n_row_epochs : int
        Rows times epochs: what the time goes by.
    """

    n_candidates: int
    n_fits: int
    n_epochs: int
    n_row_epochs: int


def forecast_of(brackets, resource, n_refit_epochs, n_rows):
    """The forecast of a search.

    Parameters
    ----------
    brackets : sequence of Bracket
    resource : Epochs or Rows
    n_refit_epochs : int
        Epochs of the best candidate on all rows; 0 if it is not trained on them.
    n_rows : int
        All rows.
    """
    rungs = [(bracket, rung, n) for bracket in brackets for rung, n in enumerate(bracket.n_candidates)]
    n_fits = sum(n * resource.n_fits(rung) for _, rung, n in rungs)
    n_epochs = sum(n * resource.n_epochs(bracket, rung) for bracket, rung, n in rungs)
    return Forecast(
        n_candidates=sum(bracket.n_candidates[0] for bracket in brackets),
        n_fits=n_fits * len(resource.splits) + (n_refit_epochs > 0),
        n_epochs=n_epochs * len(resource.splits) + n_refit_epochs,
        n_row_epochs=sum(n * row_epochs(resource, bracket, rung) for bracket, rung, n in rungs)
        + n_refit_epochs * n_rows,
    )


def row_epochs(resource, bracket, rung):
    """Rows times epochs of a candidate on a rung, in all folds together."""
    return resource.n_rows(bracket, rung) * resource.n_epochs(bracket, rung)
