"""Curve of a learning-rate range test. Comes in: what the finder has recorded. Nothing is computed here."""

from __future__ import annotations

import numpy as np
from sklearn.utils._plotting import _validate_style_kwargs
from sklearn.utils.validation import check_is_fitted

from ..runtime.extras import check_installed

__all__ = ["LearningRateDisplay"]


class LearningRateDisplay:
    """Loss by learning rate, with the suggested rate and the point of divergence.

    Use :meth:`from_estimator` to create one from a fitted :class:`~sklearn_ann.model_selection.LearningRateFinder`.

    Parameters
    ----------
    learning_rate : array-like of shape (n_points,)
        Learning rates.
    loss : array-like of shape (n_points,)
        Loss at each of them.
    smoothed_loss : array-like of shape (n_points,), default=None
        Smoothed loss.
    suggested_learning_rate : float, default=None
        Rate to mark as a good one.
    divergence_learning_rate : float, default=None
        Rate to mark as the one at which training diverges; None or NaN for none.
    name : str, default=None
        Name for the legend.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the curve.
    figure_ : matplotlib.figure.Figure
        Figure of the curve.
    lines_ : list of matplotlib.lines.Line2D
        The smoothed loss, if there is one, and the loss.
    markers_ : list of matplotlib.lines.Line2D
        Vertical lines at the suggested rate and the point of divergence, if there are any.

    See Also
    --------
    sklearn_ann.model_selection.LearningRateFinder : Learning-rate range test.

    Examples
    --------
    >>> from sklearn_ann.inspection import LearningRateDisplay
    >>> display = LearningRateDisplay([0.001, 0.01, 0.1, 1.0], [2.3, 1.9, 0.8, 3.0], suggested_learning_rate=0.01)
    >>> display.plot().ax_.get_xscale()
    'log'
    """

    def __init__(
        self,
        learning_rate,
        loss,
        *,
        smoothed_loss=None,
        suggested_learning_rate=None,
        divergence_learning_rate=None,
        name=None,
    ):
        self.learning_rate = learning_rate
        self.loss = loss
        self.smoothed_loss = smoothed_loss
        self.suggested_learning_rate = suggested_learning_rate
        self.divergence_learning_rate = divergence_learning_rate
        self.name = name

    @classmethod
    def from_estimator(cls, estimator, *, name=None, ax=None, **line_kw):
        """Plot the curve of a range test.

        Parameters
        ----------
        estimator : LearningRateFinder
            Fitted finder.
        name : str, default=None
            Name for the legend, if several curves share axes.
        ax : matplotlib.axes.Axes, default=None
            See :meth:`plot`.
        **line_kw
            See :meth:`plot`.

        Returns
        -------
        LearningRateDisplay
            The display, plotted.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the finder is not fitted.
        ValueError
            If it is not a finder.
        """
        check_is_fitted(estimator)
        if not hasattr(estimator, "suggested_learning_rate_"):
            raise ValueError(
                f"{cls.__name__}.from_estimator takes a fitted LearningRateFinder, got {estimator!r}; pass one, or "
                f"give {cls.__name__} the arrays to plot."
            )
        display = cls(
            estimator.learning_rate_curve_,
            estimator.loss_curve_,
            smoothed_loss=estimator.smoothed_loss_curve_,
            suggested_learning_rate=estimator.suggested_learning_rate_,
            divergence_learning_rate=estimator.divergence_learning_rate_,
            name=name,
        )
        return display.plot(ax=ax, **line_kw)

    def plot(self, *, ax=None, name=None, **line_kw):
        """Plot the curve.

        The axes end where the curve stops being of use: a little above the first loss, since a diverging loss is
        unbounded, and at twice the rate of divergence.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw into; None for a new figure.
        name : str, default=None
            Name for the legend; None for that of the display.
        **line_kw
            Properties of the curve, for :meth:`matplotlib.axes.Axes.plot`.

        Returns
        -------
        LearningRateDisplay
            The display itself.
        """
        check_installed("matplotlib", extra="plots", subject=f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        is_empty = not ax.lines
        name = self.name if name is None else name
        has_smoothed = self.smoothed_loss is not None
        curve = np.asarray(self.smoothed_loss if has_smoothed else self.loss, dtype=float)
        self.lines_ = ax.plot(self.learning_rate, curve, **_validate_style_kwargs({"label": name}, line_kw))
        color = self.lines_[0].get_color()
        if has_smoothed:
            self.lines_ += ax.plot(self.learning_rate, self.loss, color=color, alpha=0.3)
        self.markers_ = [
            ax.axvline(rate, color=color, linestyle=style, label=f"{label}: {rate:.2g}" if name is None else None)
            for rate, style, label in (
                (self.suggested_learning_rate, "--", "suggested"),
                (self.divergence_learning_rate, ":", "divergence"),
            )
            if rate is not None and np.isfinite(rate)
        ]
        of_rates, of_losses = self._limits(curve)
        if not is_empty:
            of_rates, of_losses = _both(of_rates, ax.get_xlim()), _both(of_losses, ax.get_ylim())
        ax.set(xscale="log", xlabel="learning rate", ylabel="loss", xlim=of_rates, ylim=of_losses)
        if ax.get_legend_handles_labels()[1]:
            ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _limits(self, curve):
        """The readable part of the curve: the ends of both axes."""
        finite = curve[np.isfinite(curve)]
        low, high = finite.min(), max(finite[0], self.loss[0])
        margin = 0.1 * (high - low) or 0.1
        first, last = self.learning_rate[0], self.learning_rate[-1]
        if self.divergence_learning_rate is not None and self.divergence_learning_rate * 2 < last:  # not if it is NaN
            last = 2 * self.divergence_learning_rate
        beside = (last / first) ** 0.03
        return (first / beside, last * beside), (low - margin, high + margin)


def _both(limits, others):
    """The smallest range that contains two others."""
    return min(limits[0], others[0]), max(limits[1], others[1])
