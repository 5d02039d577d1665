"""A drawing of a network: layers as columns of units, weights as the lines between them."""

from __future__ import annotations

from itertools import chain

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..estimators import PerceptronClassifier
from ..estimators.mlp import BaseMLP
from ..runtime.extras import check_installed
from .activation import activation_label, hidden_activations
from .fitted import fitted_estimator, member_coefs

__all__ = ["NetworkDisplay"]


class NetworkDisplay:
    """A network as columns of units with lines between them.

    Use :meth:`from_estimator` to create one from a fitted estimator. If all units of two layers are drawn, the colour
    and width of a line show its weight; otherwise, lines only show that the layers are connected.

    Parameters
    ----------
    coefs : list of array-like of shape (n_units, n_units_above)
        Weights of each layer.
    labels : list of str, default=None
        Text above each column, including input and output. None for no text.
    input_names, output_names : list of str, default=None
        Names of the input and output units, used if all of them are drawn.
    wide : str, default=None
        Text below an arrow from the inputs to the output. None for no arrow.
    skips : list of int, default=()
        Numbers of the hidden layers with a skip connection, starting at 1.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        Figure of the network.
    ax_ : matplotlib.axes.Axes
        Axes of the network.
    units_ : list of matplotlib.collections.PathCollection
        Units of each column.
    edges_ : list of matplotlib.collections.LineCollection
        Lines between each column and the next, from the first unit to all above, and so on.
    colorbar_ : matplotlib.colorbar.Colorbar or None
        Scale of the weights, if any are shown.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.inspection import NetworkDisplay
    >>> display = NetworkDisplay([np.ones((3, 4)), np.ones((4, 1))]).plot()
    >>> [len(units.get_offsets()) for units in display.units_]
    [3, 4, 1]
    """

    def __init__(self, coefs, *, labels=None, input_names=None, output_names=None, wide=None, skips=()):
        self.coefs = coefs
        self.labels = labels
        self.input_names = input_names
        self.output_names = output_names
        self.wide = wide
        self.skips = skips

    @classmethod
    def from_estimator(cls, estimator, *, member=0, ax=None, max_units=16, cmap="RdBu_r"):
        """Plot a fitted network.

        Parameters
        ----------
        estimator : MLPClassifierTF, MLPRegressorTF or PerceptronClassifier
            Fitted estimator, alone or as the last step of a Pipeline or a search.
        member : int, default=0
            Index of the network to draw, for an ensemble.
        ax : matplotlib.axes.Axes, default=None
            See :meth:`plot`.
        max_units : int, default=16
            See :meth:`plot`.
        cmap : str or matplotlib.colors.Colormap, default='RdBu_r'
            See :meth:`plot`.

        Returns
        -------
        NetworkDisplay
            The display, plotted.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If it is not an estimator of this package, if there is no such member, or as in :meth:`plot`.
        """
        estimator = fitted_estimator(estimator, (BaseMLP, PerceptronClassifier), cls.__name__)
        coefs = member_coefs(estimator, member)
        if isinstance(estimator, PerceptronClassifier):
            described = {"labels": _column_labels(coefs, [], estimator.step)}
        else:
            check_is_fitted(estimator, "out_activation_")  # weights set by hand say nothing of the rest
            described = _described(estimator, coefs)
        return cls(
            coefs,
            input_names=_input_names(estimator),
            output_names=_output_names(estimator, coefs[-1].shape[1]),
            **described,
        ).plot(ax=ax, max_units=max_units, cmap=cmap)

    def plot(self, *, ax=None, max_units=16, cmap="RdBu_r"):
        """Plot the network.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw into; None for a new figure.
        max_units : int, default=16
            Maximum number of units in a column, at least 3; of a larger layer, the first and the last units are drawn.
        cmap : str or matplotlib.colors.Colormap, default='RdBu_r'
            Colours of the weights, from the most negative to the most positive.

        Returns
        -------
        NetworkDisplay
            The display itself.

        Raises
        ------
        ValueError
            If ``max_units`` is too small.
        """
        check_installed("matplotlib", extra="plots", subject=f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt
        from matplotlib.collections import LineCollection
        from matplotlib.colors import Normalize

        if max_units < 3:
            raise ValueError(f"max_units must be at least 3, got {max_units!r}; pass for example max_units=16.")
        coefs = [np.asarray(coef) for coef in self.coefs]
        sizes = [len(coefs[0]), *(coef.shape[1] for coef in coefs)]
        if ax is None:
            figure, ax = plt.subplots(figsize=(2.2 * len(sizes) + 1, 5), layout="constrained")
            figure.get_layout_engine().set(w_pad=0.15)
        n_places = min(max(sizes), max_units)
        columns = [_drawn(size, max_units) for size in sizes]
        heights = [_heights(size, max_units) / n_places for size in sizes]
        largest = max(float(np.abs(coef).max()) for coef in coefs) or 1.0
        norm = Normalize(-largest, largest)

        diameter = min(16, 140 / n_places)  # in points

        self.edges_, self.units_, self.colorbar_ = [], [], None
        for layer, coef in enumerate(coefs):
            below, above = heights[layer], heights[layer + 1]
            ends = np.array([[(layer, low), (layer + 1, high)] for low in below for high in above])
            if max(sizes[layer : layer + 2]) > max_units:
                edges = LineCollection(ends, colors="0.8", linewidths=0.5, zorder=1)
            else:
                weights = coef.ravel()
                widths = (0.2 + 2.5 * np.abs(weights) / largest) * min(1, 8 / n_places)
                edges = LineCollection(ends, array=weights, cmap=cmap, norm=norm, linewidths=widths, zorder=1)
                shown = edges
            self.edges_.append(ax.add_collection(edges))
        for layer, (size, ys) in enumerate(zip(sizes, heights, strict=True)):
            style = {"s": diameter**2, "color": "white", "edgecolors": "black", "zorder": 2}
            self.units_.append(ax.scatter(np.full(len(ys), layer), ys, **style))
            if len(ys) < size:
                ax.text(layer, 0, "\N{VERTICAL ELLIPSIS}", ha="center", va="center", fontsize="x-large")
        self._write(ax, columns, heights, diameter)
        ax.set(xlim=(-0.6, len(coefs) + 0.6), ylim=(-0.82 if self.wide is not None else -0.58, 0.9))
        ax.set_axis_off()
        self.ax_ = ax
        self.figure_ = ax.figure
        if any(edges.get_array() is not None for edges in self.edges_):
            self.colorbar_ = self.figure_.colorbar(shown, ax=ax, label="weight", shrink=0.6)
        return self

    def _write(self, ax, columns, heights, diameter):
        """Labels, names and arrows."""
        for layer, label in enumerate(self.labels or []):
            ax.text(layer, 0.61, label, ha="center", va="bottom")
        last, away = len(columns) - 1, diameter / 2 + 3
        for layer, names, side, offset in (
            (0, self.input_names, "right", -away),
            (last, self.output_names, "left", away),
        ):
            for unit, height in zip(columns[layer], heights[layer], strict=True) if names is not None else ():
                where = {"xytext": (offset, 0), "textcoords": "offset points", "ha": side, "va": "center"}
                ax.annotate(str(names[unit]), (layer, height), **where)
        for layer in self.skips:
            _arrow(ax, (layer - 0.92, 0.53), (layer - 0.08, 0.53), 0.6)
            ax.text(layer - 0.5, 0.61, "+", color="tab:green", ha="center", va="bottom")
        if self.wide is not None:
            rim = 0.05
            _arrow(ax, (0, heights[0].min() - rim), (last, heights[-1].min() - rim), -0.68)
            ax.text(last / 2, -0.71, self.wide, color="tab:green", ha="center", va="top")


def _arrow(ax, start, end, height):
    """A curved arrow that leaves and arrives upright and is at ``height`` in the middle."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    control = (8 * height - start[1] - end[1]) / 6
    path = Path([start, (start[0], control), (end[0], control), end], [Path.MOVETO, *[Path.CURVE4] * 3])
    ax.add_patch(FancyArrowPatch(path=path, arrowstyle="->", mutation_scale=12, color="tab:green"))


def _drawn(size, max_units):
    """Numbers of the units that are drawn."""
    if size <= max_units:
        return np.arange(size)
    half = (max_units - 1) // 2
    return np.r_[:half, size - half : size]


def _heights(size, max_units):
    """Their heights, from top to bottom and about 0, in places; an ellipsis has the place in the middle."""
    n_drawn = len(_drawn(size, max_units))
    places = np.arange(n_drawn) if n_drawn == size else np.r_[: n_drawn // 2, n_drawn // 2 + 1 : n_drawn + 1]
    return places.max() / 2 - places


def _column_labels(coefs, hidden, output, inputs=""):
    """Name, number of units and what happens in each column; ``hidden`` has the last of these line by line."""
    sizes = [len(coefs[0]), *(coef.shape[1] for coef in coefs)]
    names = ["input", *(f"hidden {layer}" for layer in range(1, len(coefs))), "output"]
    kinds = ["features", *["units"] * len(coefs)]
    lines = [inputs, *hidden, output]
    return [
        f"{name}\n{size} {kind[:-1] if size == 1 else kind}" + (f"\n{line}" if line else "")
        for name, size, kind, line in zip(names, sizes, kinds, lines, strict=True)
    ]


def _described(estimator, coefs):
    """What a multilayer perceptron has besides its weights, as arguments of the display."""
    network = estimator._net
    hidden = []
    for layer, activation in enumerate(hidden_activations(estimator), start=1):
        lines = [activation_label(activation)]
        if (normalization := network.normalization) is not None:
            lines.insert(0 if normalization.position == "before" else 1, f"{normalization.name} normalization")
        if layer == network.auxiliary:
            lines.append("auxiliary output")
        hidden.append("\n".join(lines))
    wide = None
    if network.wide:
        names = getattr(estimator, "feature_names_in_", np.arange(network.n_features))
        wide = "wide: " + (
            f"{len(network.wide)} features" if len(network.wide) > 5 else ", ".join(str(names[i]) for i in network.wide)
        )
    return {
        "labels": _column_labels(
            coefs, hidden, estimator.out_activation_, f"of {network.n_features}" if network.deep else ""
        ),
        "wide": wide,
        "skips": [layer for layer in range(1, len(coefs)) if network.is_skipped(layer)],
    }


def _input_names(estimator):
    """Names of the columns that go into the first layer; where these are not all, numbers of those without names."""
    names = getattr(estimator, "feature_names_in_", None)
    network = getattr(estimator, "_net", None)
    if network is None or not network.deep:
        return None if names is None else list(names)
    return [column if names is None else names[column] for column in network.deep]


def _output_names(estimator, n_outputs):
    """Labels of the output units, of two classes that of the second; None where the outputs are no classes."""
    classes = getattr(estimator, "classes_", None)
    if classes is None:
        return None
    labels = list(chain(*classes)) if isinstance(classes, list) else list(classes)
    return labels[1:] if n_outputs == 1 and len(labels) == 2 else labels if len(labels) == n_outputs else None
