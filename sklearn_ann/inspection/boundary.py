"""Decision regions of a classifier of two features, with the rows and, of a linear one, the lines w.x + b = 0.

The regions are scikit-learn's DecisionBoundaryDisplay; what is added lies over them.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.base import is_classifier
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.inspection._plot.decision_boundary import _select_colors
from sklearn.utils import _safe_indexing
from sklearn.utils._dataframe import is_pandas_df, is_polars_df
from sklearn.utils._set_output import _get_adapter_from_container
from sklearn.utils.validation import _num_features, check_is_fitted

from ..runtime.extras import check_installed
from .fitted import last_step

__all__ = ["BoundaryDisplay"]


class BoundaryDisplay(DecisionBoundaryDisplay):
    """Decision regions of a classifier with two features, the lines of a linear classifier, and the rows.

    Use :meth:`from_estimator` to create one from a fitted classifier.

    Parameters
    ----------
    xx0, xx1 : ndarray of shape (n_grid, n_grid)
        Coordinates of a grid of points.
    n_classes : int
        Number of classes.
    response : ndarray of shape (n_grid, n_grid) or (n_grid, n_grid, n_classes)
        Response of the classifier at each point; integers are indices of classes.
    scores : ndarray of shape (n_grid, n_grid, n_units), default=None
        Scores of linear units at each point; the line of a unit is where its score is 0.
    X : ndarray of shape (n_samples, 2), default=None
        Rows to draw as points.
    y : array-like of shape (n_samples,), default=None
        Classes of the rows.
    classes : array-like of shape (n_classes,), default=None
        Labels of the classes, as in ``y``. None for 0, 1 and so on.
    multiclass_colors : str or list of colors, default=None
        Colors of the classes, also if there are two; see :class:`~sklearn.inspection.DecisionBoundaryDisplay`.
    xlabel, ylabel : str, default=None
        Labels of the axes.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        Figure of the regions.
    ax_ : matplotlib.axes.Axes
        Axes of the regions.
    surface_ : matplotlib QuadContourSet or QuadMesh, or list of them
        The regions.
    lines_ : list of matplotlib.contour.QuadContourSet
        Lines of the linear units that cross the plot; empty for other classifiers.
    points_ : list of matplotlib.collections.PathCollection
        Rows of each class.
    multiclass_colors_ : ndarray of shape (n_classes, 4)
        Colors of the classes.

    See Also
    --------
    sklearn.inspection.DecisionBoundaryDisplay : Decision regions only.

    Examples
    --------
    >>> from sklearn_ann import PerceptronClassifier
    >>> from sklearn_ann.inspection import BoundaryDisplay
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]
    >>> display = BoundaryDisplay.from_estimator(PerceptronClassifier().fit(X, y), X, y)
    >>> len(display.lines_)
    1
    """

    def __init__(
        self,
        *,
        xx0,
        xx1,
        n_classes,
        response,
        scores=None,
        X=None,
        y=None,
        classes=None,
        multiclass_colors=None,
        xlabel=None,
        ylabel=None,
    ):
        super().__init__(
            xx0=xx0,
            xx1=xx1,
            n_classes=n_classes,
            response=response,
            multiclass_colors=multiclass_colors,
            xlabel=xlabel,
            ylabel=ylabel,
        )
        self.scores = scores
        self.X = X
        self.y = y
        self.classes = classes

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y=None,
        *,
        grid_resolution=300,
        eps=1.0,
        plot_method="pcolormesh",
        response_method="predict",
        multiclass_colors=None,
        xlabel=None,
        ylabel=None,
        ax=None,
        **kwargs,
    ):
        """Plot the decision regions of a classifier, its lines if its last step is linear, and the rows.

        Parameters
        ----------
        estimator : object
            Fitted classifier with two features, which may be a Pipeline or a search. It is linear if its last step has
            ``coef_``; lines are drawn where its ``decision_function`` is 0: one for two classes, otherwise one per
            class.
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, 2)
            Rows, which determine the range of the plot. Column names of a data frame label the axes.
        y : array-like of shape (n_samples,), default=None
            Classes of the rows. None to draw no rows.
        grid_resolution : int, default=300
            Number of grid points in each direction.
        eps : float, default=1.0
            Margin of the plot around the rows.
        plot_method : {'pcolormesh', 'contourf', 'contour'}, default='pcolormesh'
            How to draw the regions.
        response_method : {'predict', 'predict_proba', 'decision_function', 'auto'}, default='predict'
            What the regions show.
        multiclass_colors : str or list of colors, default=None
            Colors of the classes; see :class:`~sklearn.inspection.DecisionBoundaryDisplay`.
        xlabel, ylabel : str, default=None
            Labels of the axes. None for the column names of a data frame.
        ax : matplotlib.axes.Axes, default=None
            See :meth:`plot`.
        **kwargs
            See :meth:`plot`.

        Returns
        -------
        BoundaryDisplay
            The display, plotted.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If it is not a classifier with one label per row, if X does not have two columns, or if y has unknown
            labels.
        """
        check_installed("matplotlib", extra="plots", subject=f"{cls.__name__}.from_estimator")
        check_is_fitted(estimator)
        X = X if hasattr(X, "shape") else np.asarray(X)
        _check_can_be_drawn(cls.__name__, estimator, X)
        classes = estimator.classes_
        if y is not None and not np.isin(y, classes).all():
            stranger = np.asarray(y)[~np.isin(y, classes)][0]
            raise ValueError(
                f"y must have labels that the classifier knows, {classes}, got {stranger!r}; pass those of the fit."
            )
        display = super().from_estimator(
            estimator,
            X,
            grid_resolution=grid_resolution,
            eps=eps,
            plot_method=plot_method,
            response_method=response_method,
            multiclass_colors=multiclass_colors,
            xlabel=xlabel,
            ylabel=ylabel,
            ax=ax,
            **kwargs,
        )
        if hasattr(last_step(estimator), "coef_"):
            display.scores = _scores(estimator, X, display.xx0, display.xx1)
        if y is not None:
            display.X, display.y = (X.toarray() if sparse.issparse(X) else np.asarray(X)), np.asarray(y)
        display.classes = classes
        display._plot_lines_and_rows()
        return display

    def plot(self, plot_method="pcolormesh", ax=None, xlabel=None, ylabel=None, **kwargs):
        """Plot the regions, the lines and the rows.

        Parameters
        ----------
        plot_method : {'pcolormesh', 'contourf', 'contour'}, default='pcolormesh'
            How to draw the regions.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw into; None for a new figure.
        xlabel, ylabel : str, default=None
            Labels of the axes; None for those of the display.
        **kwargs
            Arguments of the plot method; by default ``alpha=0.3``.

        Returns
        -------
        BoundaryDisplay
            The display itself.
        """
        check_installed("matplotlib", extra="plots", subject=f"{type(self).__name__}.plot")
        import matplotlib as mpl

        self.multiclass_colors_ = _select_colors(mpl, self.multiclass_colors, self.n_classes)
        kwargs = {"alpha": 0.3, **kwargs}
        if np.asarray(self.response).dtype.kind in "iu" and plot_method != "contour":
            # A class that is predicted nowhere in the picture would else leave its colour to another.
            kwargs = {"vmin": -0.5, "vmax": self.n_classes - 0.5, **kwargs}
            if self.n_classes == 2:
                kwargs = {"cmap": mpl.colors.ListedColormap(self.multiclass_colors_), **kwargs}
                if plot_method == "contourf":
                    kwargs = {"levels": [-0.5, 0.5, 1.5], **kwargs}
        super().plot(plot_method=plot_method, ax=ax, xlabel=xlabel, ylabel=ylabel, **kwargs)
        self._plot_lines_and_rows()
        return self

    def _plot_lines_and_rows(self):
        self.lines_, self.points_ = [], []
        if self.scores is not None:
            scores = np.moveaxis(self.scores, -1, 0)
            colors = self.multiclass_colors_ if len(scores) > 1 else ["black"]
            for score, color in zip(scores, colors, strict=True):
                if score.min() < 0 < score.max():  # Matplotlib warns of a line that is not there
                    self.lines_.append(self.ax_.contour(self.xx0, self.xx1, score, levels=[0], colors=[color]))
        if self.X is None or self.y is None:
            return
        labels = np.arange(self.n_classes) if self.classes is None else self.classes
        for label, color in zip(labels, self.multiclass_colors_, strict=True):
            rows = np.asarray(self.X)[np.asarray(self.y) == label]
            self.points_.append(self.ax_.scatter(*rows.T, s=22, color=[color], edgecolors="black", label=str(label)))
        self.ax_.legend(loc=self._emptiest_corner())

    def _emptiest_corner(self):
        """Where the legend hides the fewest rows; Matplotlib's own search goes through the grid too and is slow."""
        low = np.array([self.xx0.min(), self.xx1.min()])
        shares = (np.asarray(self.X) - low) / (np.array([self.xx0.max(), self.xx1.max()]) - low)
        corners = {"upper left": (0, 1), "upper right": (1, 1), "lower left": (0, 0), "lower right": (1, 0)}
        return min(corners, key=lambda corner: np.sum(np.all(np.abs(shares - corners[corner]) < 0.35, axis=1)))


def _scores(estimator, X, xx0, xx1):
    """Decision function on the grid, (n_grid, n_grid, n_units); the grid is a frame where X is one."""
    grid = np.column_stack([xx0.ravel(), xx1.ravel()])
    if is_pandas_df(X) or is_polars_df(X):
        grid = _get_adapter_from_container(X).create_container(grid, grid, columns=X.columns)
    return estimator.decision_function(grid).reshape(*xx0.shape, -1)


def _check_can_be_drawn(display, estimator, X):
    """Rows of two columns, and a classifier of one label a row."""
    n_features = _num_features(X)
    if n_features != 2:
        raise ValueError(
            f"{display} draws in two dimensions and needs X with two columns, got {n_features}; fit the classifier on "
            "two of them, for example X[:, :2]."
        )
    if not is_classifier(estimator) or np.ndim(estimator.predict(_safe_indexing(X, [0]))) != 1:
        raise ValueError(
            f"{display} needs a classifier that gives one label a row, got {estimator!r}; fit one classifier for each "
            "column of y, or draw a regressor with sklearn.inspection.DecisionBoundaryDisplay."
        )
