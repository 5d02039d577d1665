"""Curves of a fit over its epochs. Comes in: the history that estimators keep. Nothing is computed here."""

from __future__ import annotations

import numpy as np
from sklearn.utils._plotting import _validate_style_kwargs

from ..estimators import PerceptronClassifier
from ..estimators.mlp import BaseMLP
from ..runtime.extras import check_installed
from .axes import as_axes, label_epochs, new_axes
from .fitted import fitted_estimator

__all__ = ["TrainingCurveDisplay"]

# Curves of each axes, by the names that they have in the history.
_QUANTITIES = {
    "loss": ("loss", "validation_loss"),
    "score": ("train_score", "validation_score"),
    "mistakes": ("mistakes",),
    "learning_rate": ("learning_rate",),
}


class TrainingCurveDisplay:
    """Losses, scores, mistakes and learning rate by epoch.

    Use :meth:`from_estimator` to create one from a fitted estimator. Each quantity has its own axes. Epochs are counted
    from 1.

    Parameters
    ----------
    loss : array-like of shape (n_epochs,), default=None
        Training loss.
    validation_loss : array-like of shape (n_epochs,), default=None
        Validation loss, in the same axes.
    train_score : array-like of shape (n_epochs,), default=None
        Training score, as recorded by the callback ``Scores(on='train')``.
    validation_score : array-like of shape (n_epochs,), default=None
        Validation score, in the same axes.
    mistakes : array-like of shape (n_epochs,), default=None
        Number of rows that a perceptron misclassified when they were visited.
    learning_rate : array-like of shape (n_epochs,), default=None
        Learning rate.
    name : str, default=None
        Name for the legend.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        Figure of the curves.
    axes_ : ndarray of matplotlib.axes.Axes of shape (n_quantities,)
        Axes of the quantities, in the order requested.
    lines_ : list of matplotlib.lines.Line2D
        Curves, axes by axes; in each, that of the training rows comes before that of the validation set.

    See Also
    --------
    sklearn.model_selection.LearningCurveDisplay : Scores by the number of training rows.

    Examples
    --------
    >>> from sklearn_ann.inspection import TrainingCurveDisplay
    >>> display = TrainingCurveDisplay(loss=[0.9, 0.5, 0.4], validation_loss=[0.9, 0.6, 0.6])
    >>> display.plot().axes_[0].get_ylabel()
    'loss'
    """

    def __init__(
        self,
        *,
        loss=None,
        validation_loss=None,
        train_score=None,
        validation_score=None,
        mistakes=None,
        learning_rate=None,
        name=None,
    ):
        self.loss = loss
        self.validation_loss = validation_loss
        self.train_score = train_score
        self.validation_score = validation_score
        self.mistakes = mistakes
        self.learning_rate = learning_rate
        self.name = name

    @classmethod
    def from_estimator(cls, estimator, *, name=None, quantities=None, ax=None, **line_kw):
        """Plot the curves of a fit.

        Parameters
        ----------
        estimator : MLPClassifierTF, MLPRegressorTF or PerceptronClassifier
            Fitted estimator, alone or as the last step of a Pipeline or a search. Curves of an ensemble are means over
            its members.
        name : str, default=None
            Name for the legend, if several estimators share axes.
        quantities : str or list of str, default=None
            See :meth:`plot`.
        ax : matplotlib.axes.Axes or array-like of them, default=None
            See :meth:`plot`.
        **line_kw
            See :meth:`plot`.

        Returns
        -------
        TrainingCurveDisplay
            The display, plotted.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If it is not an estimator of this package, if it has no curves (``solver='lbfgs'``), or as in :meth:`plot`.
        """
        estimator = fitted_estimator(estimator, (BaseMLP, PerceptronClassifier), cls.__name__)
        history = getattr(estimator, "history_", None)
        if history is None:
            raise ValueError(
                f"{cls.__name__} draws what a fit keeps of each epoch, got a {type(estimator).__name__} with "
                f"solver={getattr(estimator, 'solver', None)!r} that has kept nothing; fit it with solver='adam' or "
                "another stochastic solver."
            )
        curves = {curve: history.get(curve) for curves in _QUANTITIES.values() for curve in curves}
        return cls(**curves, name=name).plot(quantities=quantities, ax=ax, **line_kw)

    def plot(self, *, ax=None, name=None, quantities=None, **line_kw):
        """Plot the curves.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or array-like of them, default=None
            Axes to draw into, one for each quantity, for example those of another display. None for a new figure.
        name : str, default=None
            Name for the legend; None for that of the display.
        quantities : str or list of str, default=None
            Quantities to plot: 'loss' and 'score' (of training and validation), 'mistakes', 'learning_rate'. None for
            all but the learning rate, or for the first one if ``ax`` is a single axes.
        **line_kw
            Properties of all curves, for :meth:`matplotlib.axes.Axes.plot`.

        Returns
        -------
        TrainingCurveDisplay
            The display itself.

        Raises
        ------
        ValueError
            If a quantity is unknown, if the display has no such curve, or if the number of axes is not that of the
            quantities.
        """
        check_installed("matplotlib", extra="plots", subject=f"{type(self).__name__}.plot")
        quantities = self._chosen(quantities, is_single=hasattr(ax, "plot"))
        if ax is None:
            axes = new_axes(len(quantities), 3, (4.5, 3.4))
        else:
            axes = as_axes(ax, len(quantities), type(self).__name__)
        name = self.name if name is None else name
        self.lines_, style = [], {}
        for each, quantity in zip(axes, quantities, strict=True):
            curves = [curve for curve in _QUANTITIES[quantity] if self._has(curve)]
            for curve in curves:
                is_second = curve != curves[0]
                own = {"linestyle": "--", "label": None} if is_second else {"label": name}
                if name is None and len(curves) > 1:
                    own["label"] = "validation" if is_second else "training"
                values = np.asarray(getattr(self, curve), dtype=float)
                epochs = np.flatnonzero(~np.isnan(values))
                style_of_line = _validate_style_kwargs({**own, **style}, line_kw)
                self.lines_ += each.plot(1 + epochs, values[epochs], **style_of_line)
                style = {"color": self.lines_[0].get_color()}  # an estimator has one colour everywhere
            label = quantity if len(curves) > 1 else curves[0]
            each.set_ylabel(label.replace("_", " "))
            label_epochs(each)
            if each.get_legend_handles_labels()[1]:
                each.legend(title="dashed: validation" if name is not None and len(curves) > 1 else None)
        self.axes_ = axes
        self.figure_ = axes[0].figure
        return self

    def _has(self, curve):
        return getattr(self, curve) is not None

    def _chosen(self, quantities, is_single):
        there = [quantity for quantity, curves in _QUANTITIES.items() if any(map(self._has, curves))]
        if quantities is None:
            usual = [quantity for quantity in there if quantity != "learning_rate"] or there
            chosen = usual[:1] if is_single else usual
        else:
            chosen = [quantities] if isinstance(quantities, str) else list(quantities)
        unknown = [quantity for quantity in chosen if quantity not in there]
        if unknown or not chosen:
            raise ValueError(
                f"quantities must be among those that the display has curves of, {there}, got "
                f"{unknown[0] if unknown else quantities!r}; leave out the others, or fit "
                "with what makes them (validation rows, a perceptron)."
            )
        return chosen
