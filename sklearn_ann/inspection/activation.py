"""Activation functions and their derivatives. The values and the derivatives are those of the engine."""

from __future__ import annotations

import numpy as np
from sklearn.utils._plotting import _validate_style_kwargs

from ..activations import ACTIVATIONS, ALIASES, Activation, ActivationFunction, activation_of
from ..estimators.mlp import BaseMLP
from ..runtime.arrays import numpy_namespace
from ..runtime.extras import check_installed
from .axes import as_axes, new_axes
from .fitted import fitted_estimator

__all__ = ["ActivationDisplay", "activation_label", "hidden_activations"]


class ActivationDisplay:
    """Activation functions with their derivatives.

    Use :meth:`from_activations` to create one from names, objects or functions, and :meth:`from_estimator` to create
    one from the hidden layers of a network.

    Parameters
    ----------
    z : array-like of shape (n_points,)
        Ascending points at which the functions are evaluated.
    values : array-like of shape (n_activations, n_points)
        Values of the functions.
    derivatives : array-like of shape (n_activations, n_points)
        Derivatives of the functions.
    names : list of str
        Names of the functions.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        Figure of the functions.
    axes_ : ndarray of matplotlib.axes.Axes of shape (n_activations,) or (1,)
        Axes, one for each function or one for all.
    lines_ : list of matplotlib.lines.Line2D
        For each function, its line and that of its derivative.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.inspection import ActivationDisplay
    >>> z = np.linspace(-1, 1, 5)
    >>> display = ActivationDisplay(z, [z**2], [2 * z], ["square"])
    >>> len(display.plot().lines_)
    2
    """

    def __init__(self, z, values, derivatives, names):
        self.z = z
        self.values = values
        self.derivatives = derivatives
        self.names = names

    @classmethod
    def from_activations(cls, activations=None, *, z=None, ax=None, n_cols=5, **line_kw):
        """Plot activations, given as for the parameter ``activation``.

        Parameters
        ----------
        activations : str, Activation, callable or list of them, default=None
            Names, objects of :mod:`sklearn_ann.activations` or functions of a tensor, which are evaluated for a layer
            of one unit. None for all names. Learned parameters have their initial values.
        z : array-like of shape (n_points,), default=None
            Points at which to evaluate them. None for 401 points from -4 to 4.
        ax : matplotlib.axes.Axes or array-like of them, default=None
            See :meth:`plot`.
        n_cols : int, default=5
            See :meth:`plot`.
        **line_kw
            See :meth:`plot`.

        Returns
        -------
        ActivationDisplay
            The display, plotted.

        Raises
        ------
        ValueError
            If an activation is unknown, a setting of it is out of its range, or as in :meth:`plot`.
        """
        if activations is None:
            activations = list(ACTIVATIONS)
        elif not isinstance(activations, list | tuple):
            activations = [activations]
        for each in activations:
            _check_activation(each)
        learned = [{} for _ in activations]
        names = list(map(activation_label, activations))
        return cls._evaluated(activations, learned, names, z).plot(ax=ax, n_cols=n_cols, **line_kw)

    @classmethod
    def from_estimator(cls, estimator, *, z=None, ax=None, n_cols=5, **line_kw):
        """Plot the activations of the hidden layers.

        Parameters
        ----------
        estimator : MLPClassifierTF or MLPRegressorTF
            Fitted estimator, alone or as the last step of a Pipeline or a search. Learned slopes are averaged.
        z : array-like of shape (n_points,), default=None
            Points at which to evaluate them. None for 401 points from -4 to 4.
        ax : matplotlib.axes.Axes or array-like of them, default=None
            See :meth:`plot`.
        n_cols : int, default=5
            See :meth:`plot`.
        **line_kw
            See :meth:`plot`.

        Returns
        -------
        ActivationDisplay
            The display, plotted.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If it is not an estimator of this package, if it has no hidden layer, or as in :meth:`plot`.
        """
        estimator = fitted_estimator(estimator, (BaseMLP,), cls.__name__)
        activations = hidden_activations(estimator)
        if not activations:
            raise ValueError(
                f"{cls.__name__} draws the activations of hidden layers, got a network without one; fit with "
                "hidden_layer_sizes, or use from_activations."
            )
        learned = [
            {
                name: np.mean(estimator.extra_weights_[f"{name}_{layer}"])
                for name, _ in activation_of(activation).learned
            }
            for layer, activation in enumerate(activations, start=1)
        ]
        names = [f"hidden {layer}: {activation_label(each)}" for layer, each in enumerate(activations, start=1)]
        return cls._evaluated(activations, learned, names, z).plot(ax=ax, n_cols=n_cols, **line_kw)

    @classmethod
    def _evaluated(cls, activations, learned, names, z):
        z = np.linspace(-4, 4, 401) if z is None else np.asarray(z, dtype=float)
        pairs = [_values_and_derivatives(*each, z) for each in zip(activations, learned, strict=True)]
        return cls(z, *map(np.stack, zip(*pairs, strict=True)), names)

    def plot(self, *, ax=None, n_cols=5, **line_kw):
        """Plot the functions, and their derivatives as dashed lines.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or array-like of them, default=None
            A single axes for all functions, or one for each. None for a new figure, with one for each.
        n_cols : int, default=5
            Maximum number of axes in a row of the new figure.
        **line_kw
            Properties of all lines, for :meth:`matplotlib.axes.Axes.plot`.

        Returns
        -------
        ActivationDisplay
            The display itself.

        Raises
        ------
        ValueError
            If the number of axes is neither 1 nor that of the functions.
        """
        check_installed("matplotlib", extra="plots", subject=f"{type(self).__name__}.plot")
        n = len(self.names)
        if is_new := ax is None:
            axes = new_axes(n, n_cols, (2.4, 2.1), sharex=True, sharey=True)
        else:
            axes = as_axes(ax, 1 if hasattr(ax, "plot") else n, type(self).__name__)
        in_one = len(axes) < n
        z = np.asarray(self.z, dtype=float)
        values, derivatives = np.asarray(self.values, dtype=float), np.asarray(self.derivatives, dtype=float)
        self.lines_ = []
        for i, name in enumerate(self.names):
            each = axes[0 if in_one else i]
            labels = (name, None) if in_one else ("function of z", "derivative")
            (line,) = each.plot(z, values[i], **_validate_style_kwargs({"label": labels[0]}, line_kw))
            own = {"label": labels[1], "linestyle": "--"}
            own["color"] = line.get_color() if in_one else "tab:orange"
            (slope,) = each.plot(z, derivatives[i], **_validate_style_kwargs(own, line_kw))
            self.lines_ += [line, slope]
            if not in_one:
                each.set_title(name, fontsize="medium")
        low, high = np.nanmin([values, derivatives]), np.nanmax([values, derivatives])
        low, high = max(low, z.min()), min(high, z.max())  # an exponential would press the others flat
        margin = 0.06 * (high - low)
        for each in axes:
            each.set_ylim(low - margin, high + margin)
            each.axhline(0, color="0.8", linewidth=0.8, zorder=0)
            each.axvline(0, color="0.8", linewidth=0.8, zorder=0)
        if in_one:
            axes[0].set(xlabel="z")
            axes[0].legend(title="dashed: derivative")
        elif is_new:
            axes[0].figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        self.axes_ = axes
        self.figure_ = axes[0].figure
        return self


def activation_label(activation):
    """Name of an activation in a picture."""
    if isinstance(activation, str):
        return activation
    return repr(activation) if isinstance(activation, Activation) else getattr(activation, "__name__", repr(activation))


def hidden_activations(estimator):
    """What the parameter ``activation`` says of each hidden layer."""
    activation = estimator.activation
    return list(activation) if isinstance(activation, list | tuple) else [activation] * (len(estimator.coefs_) - 1)


def _check_activation(activation):
    if isinstance(activation, Activation):
        activation.check()
    elif not (
        activation in {*ACTIVATIONS, *ALIASES}
        if isinstance(activation, str)
        else callable(activation) and not isinstance(activation, type)
    ):
        raise ValueError(
            "activations must be names, objects of sklearn_ann.activations or functions of a tensor, got "
            f"{activation!r}; pass for example activations=['relu', LeakyReLU(0.1)]."
        )


def _values_and_derivatives(activation, learned, z):
    """Both of shape (n_points,), in float64."""
    activation, units = activation_of(activation), z[:, None]
    if isinstance(activation, ActivationFunction):
        values, derivatives = _by_tensorflow(activation, units)
    else:
        hyper = [*activation.hyper, *(learned.get(name, first) for name, first in activation.learned)]
        values = activation.value(numpy_namespace, units.copy(), *hyper)
        slope = 1.0 if activation.slope is None else activation.slope(numpy_namespace, units, values, *hyper)
        derivatives = np.broadcast_to(slope, values.shape)
    return values[:, 0], derivatives[:, 0].astype(np.float64)


def _by_tensorflow(activation, units):
    from ..runtime.backend import tf
    from ..runtime.devices import on_device

    with on_device("/CPU:0"):
        units = tf.constant(units)
        values, pullback = activation.with_pullback(units)
        return values.numpy(), pullback(tf.ones_like(values)).numpy()
