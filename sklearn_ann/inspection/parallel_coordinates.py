"""Parameters and scores of a search as parallel coordinates. Comes in: columns of numbers and names."""

from __future__ import annotations

import numpy as np
from sklearn.utils._plotting import _validate_style_kwargs

from ..runtime.extras import check_installed
from .search_results import ParameterScale, results_of, scale_of

__all__ = ["ParallelCoordinatesDisplay"]

_MOST_TICKS = 8  # more names do not fit beside an axis


class ParallelCoordinatesDisplay:
    """A vertical axis for each parameter and one for the score, and a line through them for each candidate.

    The brighter a line, the higher the score. Numbers that spread over several powers of ten have a logarithmic axis.

    Use :meth:`from_estimator` to create one from a fitted search.

    Parameters
    ----------
    parameters : dict of array-like of shape (n_candidates,)
        Values by the name of the parameter: numbers, or anything else as categories. NaN for no value.
    score : array-like of shape (n_candidates,)
        Scores. A candidate whose score is NaN is not drawn.
    score_name : str, default='score'
        Name of the score.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the picture.
    figure_ : matplotlib.figure.Figure
        Figure of the picture.
    lines_ : list of matplotlib.lines.Line2D
        Lines of the candidates that have a score, the lowest score first.
    scales_ : dict of ParameterScale
        Mapping of values to numbers, by the name of the parameter; the score is the last.

    See Also
    --------
    ParameterImportanceDisplay : Importance of each parameter.

    References
    ----------
    A. Inselberg, "The plane with parallel coordinates", The Visual Computer 1, 1985.

    Examples
    --------
    >>> from sklearn_ann.inspection import ParallelCoordinatesDisplay
    >>> parameters = {"alpha": [1e-4, 1e-2, 1], "solver": ["sgd", "adam", "sgd"]}
    >>> display = ParallelCoordinatesDisplay(parameters, [0.7, 0.9, 0.2])
    >>> display.plot().scales_["solver"].categories
    ['adam', 'sgd']
    """

    def __init__(self, parameters, score, *, score_name="score"):
        self.parameters = parameters
        self.score = score
        self.score_name = score_name

    @classmethod
    def from_estimator(cls, estimator, *, metric=None, ax=None, **line_kw):
        """Plot the candidates of a search, each with its best score.

        Parameters
        ----------
        estimator : estimator
            Fitted search of this package, or another one with scikit-learn's ``cv_results_``.
        metric : str, default=None
            Metric to use, if there are several. None for that of ``refit``.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw into; None for a new figure.
        **line_kw : dict
            See :meth:`plot`.

        Returns
        -------
        ParallelCoordinatesDisplay
            The display, plotted.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the search is not fitted.
        ValueError
            If it is not a search, or has no such metric.
        """
        results = results_of(estimator, metric, cls.__name__)
        order = np.lexsort((-results.score, np.isnan(results.score)))
        _, first = np.unique(results.candidate[order], return_index=True)
        best = order[first]  # row of each candidate
        parameters = {name: [values[row] for row in best] for name, values in results.parameters.items()}
        return cls(parameters, results.score[best], score_name=results.score_name).plot(ax=ax, **line_kw)

    def plot(self, *, ax=None, **line_kw):
        """Plot the candidates.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw into; None for a new figure.
        **line_kw : dict
            Properties of all lines, for :meth:`matplotlib.axes.Axes.plot`.

        Returns
        -------
        ParallelCoordinatesDisplay
            The display itself.
        """
        check_installed("matplotlib", extra="plots", subject=f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt

        score = np.asarray(self.score, dtype=float)
        self.scales_ = {name: scale_of(list(values)) for name, values in self.parameters.items()}
        self.scales_[self.score_name] = ParameterScale(score, None, False)
        if ax is None:
            width = max(6.4, 1.6 * len(self.scales_))
            _, ax = plt.subplots(figsize=(width, 4.8), layout="constrained")
        heights = np.array([_heights(scale)[0] for scale in self.scales_.values()])
        colors = plt.get_cmap("viridis")
        self.lines_ = []
        for place in np.argsort(score, kind="stable")[: np.count_nonzero(~np.isnan(score))]:
            style = {"color": colors(heights[-1, place]), "alpha": 0.7, "marker": ".", "markersize": 4}
            self.lines_ += ax.plot(heights[:, place], **_validate_style_kwargs(style, line_kw))
        for place, scale in enumerate(self.scales_.values()):
            _draw_axis(ax, place, scale)
        ax.set_xticks(range(len(self.scales_)), [name.replace("_", "\n") for name in self.scales_])
        ax.set_yticks([])
        ax.set(xlim=(-0.3, len(self.scales_) - 0.5), ylim=(-0.04, 1.04))
        ax.spines[:].set_visible(False)
        ax.tick_params(axis="x", length=0)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _heights(scale):
    """Positions between 0 and 1, and the function that makes them; a single value is in the middle."""
    as_number = np.log if scale.is_log else np.asarray
    numbers = as_number(scale.positions)
    there = numbers[np.isfinite(numbers)]
    low, high = (there.min(), there.max()) if len(there) else (0.0, 0.0)

    def height(values):
        return (as_number(values) - low) / (high - low) if high > low else np.full(np.shape(values), 0.5)

    return np.where(np.isnan(scale.positions), np.nan, height(scale.positions)), height


def _draw_axis(ax, place, scale):
    from matplotlib.ticker import LogLocator, MaxNLocator

    ax.axvline(place, color="black", linewidth=0.8, zorder=0)
    there = scale.positions[np.isfinite(scale.positions)]
    if not len(there):
        return
    if scale.categories is not None:
        step = -(-len(scale.categories) // _MOST_TICKS)
        ticks = np.arange(0, len(scale.categories), step)
        labels = [scale.categories[tick] for tick in ticks]
    else:
        locator = LogLocator() if scale.is_log else MaxNLocator(5)
        ticks = locator.tick_values(there.min(), there.max()) if there.min() < there.max() else there[:1]
        ticks = ticks[(ticks >= there.min()) & (ticks <= there.max())]
        labels = [f"{tick:g}" for tick in ticks]
    for height, label in zip(_heights(scale)[1](ticks), labels, strict=True):
        ax.annotate(
            label, (place, height), xytext=(-4, 0), textcoords="offset points", ha="right", va="center", fontsize=8,
            bbox={"boxstyle": "round,pad=0.1", "color": "white", "alpha": 0.7},
        )  # fmt: skip
