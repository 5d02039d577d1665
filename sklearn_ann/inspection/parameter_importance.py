"""How much the score of a search depends on each parameter. Comes in: its table. Goes out: bars.

What depends on what is asked of a random forest, which is fitted to the table; no network is trained.
"""

from __future__ import annotations

import numpy as np
from sklearn.utils._plotting import _validate_style_kwargs

from ..runtime.extras import check_installed
from .search_results import results_of, scale_of

__all__ = ["ParameterImportanceDisplay"]

_FEWEST_ROWS = 4  # a forest of fewer says nothing


class ParameterImportanceDisplay:
    """Importance of the parameters of a search, as bars.

    Use :meth:`from_estimator` to create one from a fitted search.

    Parameters
    ----------
    importances : array-like of shape (n_parameters,)
        Importance of each parameter.
    names : list of str
        Names of the parameters.
    std : array-like of shape (n_parameters,), default=None
        Standard deviations, drawn as error bars.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the bars.
    figure_ : matplotlib.figure.Figure
        Figure of the bars.
    bars_ : matplotlib.container.BarContainer
        The bars; the most important one is the last, on top.

    See Also
    --------
    sklearn.inspection.permutation_importance : The importance that the bars show.

    Notes
    -----
    A random forest (:class:`sklearn.ensemble.RandomForestRegressor`) is fitted to the rows of ``cv_results_``: from the
    parameters, and the epochs where they differ, to the score. The importance of a parameter is the loss in the
    forest's :math:`R^2` on these rows if the values of the parameter are permuted (Breiman, 2001). It tells what
    mattered among the candidates of this search, and says less the fewer there are.

    References
    ----------
    L. Breiman, "Random forests", Machine Learning 45, 2001.

    Examples
    --------
    >>> from sklearn_ann.inspection import ParameterImportanceDisplay
    >>> display = ParameterImportanceDisplay([0.1, 1.2], ["alpha", "learning_rate_init"]).plot()
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['alpha', 'learning_rate_init']
    """

    def __init__(self, importances, names, *, std=None):
        self.importances = importances
        self.names = names
        self.std = std

    @classmethod
    def from_estimator(cls, estimator, *, metric=None, n_repeats=10, random_state=0, ax=None, **bar_kw):
        """Compute the importances of the parameters of a search, and plot them.

        Parameters
        ----------
        estimator : estimator
            Fitted search of this package, or another one with scikit-learn's ``cv_results_``.
        metric : str, default=None
            Metric to use, if there are several. None for that of ``refit``.
        n_repeats : int, default=10
            Number of permutations of each parameter.
        random_state : int, RandomState instance or None, default=0
            Seed of the forest and the permutations.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw into; None for a new figure.
        **bar_kw : dict
            See :meth:`plot`.

        Returns
        -------
        ParameterImportanceDisplay
            The display, plotted.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the search is not fitted.
        ValueError
            If it is not a search, if it has no such metric, or if fewer than 4 rows have a finite score.
        """
        from sklearn.ensemble import RandomForestRegressor
        from sklearn.inspection import permutation_importance

        results = results_of(estimator, metric, cls.__name__)
        columns = dict(results.parameters)
        if results.resource is not None:
            columns[results.resource_name] = results.resource.tolist()
        rows = np.isfinite(results.score)
        if rows.sum() < _FEWEST_ROWS:
            raise ValueError(
                f"{cls.__name__}.from_estimator needs {_FEWEST_ROWS} rows of cv_results_ with a finite score, got "
                f"{rows.sum()}; search among more candidates."
            )
        table = np.column_stack([scale_of(values).positions for values in columns.values()])[rows]
        seed = np.random.RandomState(random_state) if isinstance(random_state, int) else random_state
        forest = RandomForestRegressor(min_samples_leaf=2, random_state=seed).fit(table, results.score[rows])
        found = permutation_importance(
            forest, table, results.score[rows], n_repeats=n_repeats, random_state=seed, scoring="r2"
        )
        return cls(found.importances_mean, list(columns), std=found.importances_std).plot(ax=ax, **bar_kw)

    def plot(self, *, ax=None, **bar_kw):
        """Plot the bars.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw into; None for a new figure.
        **bar_kw : dict
            Properties of the bars, for :meth:`matplotlib.axes.Axes.barh`.

        Returns
        -------
        ParameterImportanceDisplay
            The display itself.
        """
        check_installed("matplotlib", extra="plots", subject=f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        importances = np.asarray(self.importances, dtype=float)
        order = np.argsort(importances, kind="stable")
        names = [self.names[place] for place in order]
        own = {} if self.std is None else {"xerr": np.asarray(self.std, dtype=float)[order]}
        self.bars_ = ax.barh(names, importances[order], **_validate_style_kwargs(own, bar_kw))
        ax.set_xlabel("importance: loss in the forest's R²")
        self.ax_, self.figure_ = ax, ax.figure
        return self
