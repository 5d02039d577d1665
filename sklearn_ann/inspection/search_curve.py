"""Scores of a search over epochs or seconds. Comes in: the rows of its table. Nothing is trained here."""

from __future__ import annotations

import numpy as np
from sklearn.utils._plotting import _validate_style_kwargs

from ..runtime.extras import check_installed
from .search_results import results_of

__all__ = ["SearchCurveDisplay"]


class SearchCurveDisplay:
    """Scores of the candidates of a search by resource or time.

    Each candidate is a line from rung to rung. A cross at its end means that it was not promoted, a dot that it was
    trained to the end of its bracket. A star marks the best candidate. Each bracket has its own colour.

    Use :meth:`from_estimator` to create one from a fitted search.

    Parameters
    ----------
    candidate : array-like of int of shape (n_rows,)
        Number of the candidate of each row.
    score : array-like of shape (n_rows,)
        Score of each row.
    resource : array-like of shape (n_rows,), default=None
        Resource used so far, such as epochs.
    seconds : array-like of shape (n_rows,), default=None
        Time since the search began.
    bracket : array-like of int of shape (n_rows,), default=None
        Number of the bracket. None for a single bracket.
    resource_name : str, default='epochs'
        Name of the resource.
    score_name : str, default='score'
        Name of the score.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the curves.
    figure_ : matplotlib.figure.Figure
        Figure of the curves.
    lines_ : list of matplotlib.lines.Line2D
        Lines of the candidates, in the order of their numbers.
    best_line_ : matplotlib.lines.Line2D or None
        Best score so far, if scores are plotted over seconds.

    See Also
    --------
    ParallelCoordinatesDisplay : Scores by parameters.
    sklearn_ann.model_selection.HyperbandSearchCV : A search with several brackets.

    Examples
    --------
    >>> from sklearn_ann.inspection import SearchCurveDisplay
    >>> display = SearchCurveDisplay([0, 1, 2, 1], [0.3, 0.6, 0.5, 0.8], resource=[1, 1, 1, 3])
    >>> [line.get_marker() for line in display.plot().lines_]
    ['x', '*', 'x']
    """

    def __init__(
        self,
        candidate,
        score,
        *,
        resource=None,
        seconds=None,
        bracket=None,
        resource_name="epochs",
        score_name="score",
    ):
        self.candidate = candidate
        self.score = score
        self.resource = resource
        self.seconds = seconds
        self.bracket = bracket
        self.resource_name = resource_name
        self.score_name = score_name

    @classmethod
    def from_estimator(cls, estimator, *, metric=None, x=None, ax=None, **line_kw):
        """Plot the scores of a search.

        Parameters
        ----------
        estimator : estimator
            Fitted search of this package, or another one with scikit-learn's ``cv_results_``. Without a record of time,
            seconds are those of the fits as if they had followed one another.
        metric : str, default=None
            Metric to use, if there are several. None for that of ``refit``.
        x : {'resource', 'seconds'}, default=None
            Horizontal axis. None for the resource, if there is one.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw into; None for a new figure.
        **line_kw : dict
            See :meth:`plot`.

        Returns
        -------
        SearchCurveDisplay
            The display, plotted.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the search is not fitted.
        ValueError
            If it is not a search, if it has no such metric, or as in :meth:`plot`.
        """
        results = results_of(estimator, metric, cls.__name__)
        display = cls(
            results.candidate,
            results.score,
            resource=results.resource,
            seconds=results.seconds,
            bracket=results.bracket,
            resource_name=results.resource_name,
            score_name=results.score_name,
        )
        return display.plot(x=x, ax=ax, **line_kw)

    def plot(self, *, x=None, ax=None, **line_kw):
        """Plot the scores.

        Parameters
        ----------
        x : {'resource', 'seconds'}, default=None
            Horizontal axis. None for the resource, if there is one.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw into; None for a new figure.
        **line_kw : dict
            Properties of the lines of all candidates, for :meth:`matplotlib.axes.Axes.plot`.

        Returns
        -------
        SearchCurveDisplay
            The display itself.

        Raises
        ------
        ValueError
            If ``x`` is invalid, or if the display has no such values.
        """
        check_installed("matplotlib", extra="plots", subject=f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt

        if x is None:
            x = "seconds" if self.resource is None else "resource"
        there = [name for name in ("resource", "seconds") if getattr(self, name) is not None]
        if x not in there:
            raise ValueError(f"x must be one of {there}, of which the display has numbers, got {x!r}.")
        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        spent, score = np.asarray(getattr(self, x), dtype=float), np.asarray(self.score, dtype=float)
        candidate = np.asarray(self.candidate)
        bracket = np.zeros(len(score), dtype=int) if self.bracket is None else np.asarray(self.bracket)
        self.lines_, named = [], set()
        best = None if np.isnan(score).all() else candidate[_best_row(score, spent)]
        for number in np.unique(candidate):
            rows = np.flatnonzero(candidate == number)
            rows = rows[np.argsort(spent[rows], kind="stable")]
            of_bracket = bracket[rows[0]]
            style = self._style(rows, bracket == of_bracket, number == best)
            style["color"] = f"C{of_bracket % 10}"
            if len(np.unique(bracket)) > 1 and of_bracket not in named:
                named.add(of_bracket)
                style["label"] = f"bracket {of_bracket}"
            self.lines_ += ax.plot(spent[rows], score[rows], **_validate_style_kwargs(style, line_kw))
        self.best_line_ = self._plot_best(ax, spent, score) if x == "seconds" else None
        ax.set(xlabel=self.resource_name if x == "resource" else "seconds", ylabel=self.score_name.replace("_", " "))
        if x == "resource" and spent.max() >= 8 * spent.min():
            ticks = np.unique(spent)
            ax.set_xscale("log")
            ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks], minor=False)
            ax.set_xticks([], minor=True)
        if ax.get_legend_handles_labels()[1]:
            ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _style(self, rows, of_bracket, is_best):
        """Of a candidate with these rows."""
        if is_best:
            return {"marker": "*", "markersize": 12, "markevery": [-1], "linewidth": 2.5, "zorder": 3}
        style = {"marker": "o", "markersize": 4, "markevery": [-1], "alpha": 0.6}
        if self.resource is not None:
            resource = np.asarray(self.resource)
            if resource[rows].max() < resource[of_bracket].max():
                style |= {"marker": "x", "markersize": 5}
        return style

    def _plot_best(self, ax, spent, score):
        order = np.argsort(spent, kind="stable")
        best = np.fmax.accumulate(score[order])
        (line,) = ax.step(spent[order], best, where="post", color="black", linewidth=1, label="best so far")
        return line


def _best_row(score, spent):
    """Of equal scores the one on which more was spent."""
    return np.lexsort((-spent, -score, np.isnan(score)))[0]
