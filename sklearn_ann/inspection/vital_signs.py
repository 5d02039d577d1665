"""Vital signs of a training, layer by layer over the epochs, and what they say. Nothing is computed from data here."""

from __future__ import annotations

import textwrap

import numpy as np

from ..callbacks.vital_signs import signs_of
from ..estimators.mlp import BaseMLP
from ..runtime.extras import check_installed
from .axes import as_axes, label_epochs, new_axes
from .fitted import fitted_estimator

__all__ = ["VitalSignsDisplay"]

_PANELS = {
    "activation": "standard deviation of outputs",
    "gradient": "root mean square of gradients",
    "update": "relative change of weights",
}
# Thresholds of the diagnosis. In networks that train well, Glorot and Bengio (2010) found gradients that differ from
# layer to layer by a factor of about ten; between first and last layer, a factor of a thousand is more than that.
_VANISHED, _SILENT, _WILD, _STILL = 1e-3, 0.5, 1.0, 1e-5


class VitalSignsDisplay:
    """Activations, gradients and updates of every layer by epoch, with a diagnosis.

    Each layer is a line, from dark (the first) to bright (the last), on logarithmic axes.

    Parameters
    ----------
    epoch : array-like of shape (n_epochs,)
        Recorded epochs.
    activation, gradient, update : array-like of shape (n_layers, n_epochs)
        Quantities described in :class:`~sklearn_ann.callbacks.VitalSigns`.
    silent : array-like of shape (n_layers - 1, n_epochs)
        Fraction of silent units of the hidden layers.

    Attributes
    ----------
    diagnosis : str
        Summary in one or several sentences.
    figure_ : matplotlib.figure.Figure
        Figure of the lines.
    axes_ : ndarray of matplotlib.axes.Axes of shape (3,)
        Axes of activations, gradients and updates.
    lines_ : list of matplotlib.lines.Line2D
        Lines, axes by axes; in each, the layers from first to last.

    References
    ----------
    X. Glorot, Y. Bengio: Understanding the difficulty of training deep feedforward neural networks. AISTATS 2010.

    Examples
    --------
    >>> from sklearn_ann.inspection import VitalSignsDisplay
    >>> signs = {"activation": [[0.5], [0.5]], "gradient": [[1e-9], [1e-2]], "update": [[1e-7], [1e-2]]}
    >>> print(VitalSignsDisplay(epoch=[1], silent=[[0.0]], **signs).diagnosis)  # doctest: +ELLIPSIS
    Gradients vanish: in layer 1 they are 1e-07 of those in layer 2...
    """

    def __init__(self, *, epoch, activation, gradient, update, silent):
        self.epoch, self.activation, self.gradient = epoch, activation, gradient
        self.update, self.silent = update, silent

    @classmethod
    def from_estimator(cls, estimator, *, ax=None, **line_kw):
        """Plot the records of a ``VitalSigns`` callback.

        Parameters
        ----------
        estimator : MLPClassifierTF or MLPRegressorTF
            Estimator fitted with this callback, alone or as the last step of a Pipeline or a search.
        ax : array-like of 3 matplotlib.axes.Axes, default=None
            See :meth:`plot`.
        **line_kw
            See :meth:`plot`.

        Returns
        -------
        VitalSignsDisplay
            The display, plotted.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If it is not an estimator of this package, or if nothing was recorded.
        """
        estimator = fitted_estimator(estimator, (BaseMLP,), cls.__name__)
        signs = {} if estimator.solver == "lbfgs" else signs_of(estimator.history_)
        if not signs or not len(signs["epoch"]):
            raise ValueError(
                f"{cls.__name__} plots the records of a VitalSigns callback, got an estimator without them; "
                "call set_callbacks(VitalSigns()) and fit again."
            )
        return cls(**signs).plot(ax=ax, **line_kw)

    @property
    def diagnosis(self):
        """What the signs say."""
        gradient, update, silent = (np.asarray(each, dtype=float) for each in (self.gradient, self.update, self.silent))
        n_layers, said = len(gradient), []
        typical = np.median(gradient, axis=1)
        first, last = typical[0], typical[-1]
        if not np.isfinite(gradient).all():
            said.append("Gradients are infinite; lower the learning rate, or clip them (global_clipnorm=1.0).")
        elif n_layers > 1 and first < _VANISHED * last:
            said.append(
                f"Gradients vanish: in layer 1 they are {_share(first, last)} of those in layer {n_layers}; use "
                "activation='relu' with kernel_initializer='auto', normalization='batch' or skip_connections=True."
            )
        elif n_layers > 1 and last < _VANISHED * first:
            said.append(
                f"Gradients explode: in layer 1 they are {_share(first, last)} times those in layer {n_layers}; use "
                "kernel_initializer='auto', normalization='batch' or global_clipnorm=1.0."
            )
        dead = [layer for layer, share in enumerate(silent[:, -1], start=1) if share > _SILENT]
        if dead and not said:  # where signals do not get through, silence is no news
            share = silent[dead[0] - 1, -1]
            said.append(
                f"Units have died: {share:.0%} of layer {dead[0]} pass on the same number for all rows; use a lower "
                "learning rate, or activation='leaky_relu' or 'elu'."
            )
        wild = np.flatnonzero(np.median(update, axis=1) > _WILD)
        if len(wild):
            said.append(
                f"Steps are too large: the weights of layer {wild[0] + 1} change by {np.median(update[wild[0]]):.2g} "
                "times their length in an epoch; lower learning_rate_init."
            )
        elif (np.median(update, axis=1) < _STILL).all():
            said.append(
                "Weights stand still: no layer changes by a hundred-thousandth in an epoch; raise learning_rate_init."
            )
        return " ".join(said) or "Signals and gradients come through all layers."

    def plot(self, *, ax=None, **line_kw):
        """Plot the vital signs.

        Parameters
        ----------
        ax : array-like of 3 matplotlib.axes.Axes, default=None
            Axes to draw into; None for a new figure, with the diagnosis above.
        **line_kw
            Properties of all lines, for :meth:`matplotlib.axes.Axes.plot`.

        Returns
        -------
        VitalSignsDisplay
            The display itself.

        Raises
        ------
        ValueError
            If there are not three axes.
        """
        check_installed("matplotlib", extra="plots", subject=f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt

        axes = new_axes(3, 3, (4.5, 3.6)) if ax is None else as_axes(ax, 3, type(self).__name__)
        n_layers = len(self.gradient)
        colors = plt.get_cmap("viridis")(np.linspace(0, 0.9, n_layers))
        named = {0, n_layers - 1} if n_layers > 6 else range(n_layers)
        self.lines_ = []
        for each, (sign, label) in zip(axes, _PANELS.items(), strict=True):
            for layer, values in enumerate(np.asarray(getattr(self, sign), dtype=float)):
                style = {"color": colors[layer], "label": f"layer {layer + 1}" if layer in named else None}
                style["marker"] = "." if len(values) == 1 else None  # a line of one point cannot be seen
                self.lines_ += each.plot(self.epoch, np.where(values > 0, values, np.nan), **{**style, **line_kw})
            each.set(title=label, yscale="log")
            label_epochs(each)
        axes[0].legend()
        self.axes_, self.figure_ = axes, axes[0].figure
        if ax is None:
            self.figure_.suptitle(_wrapped(self.diagnosis))
        return self


def _share(a, b):
    return f"{a / b:.0e}" if b else "infinitely many"


def _wrapped(text):
    return "\n".join(textwrap.wrap(text, 120))
