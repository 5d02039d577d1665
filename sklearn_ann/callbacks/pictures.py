"""Small pictures for TensorBoard's pages, as PNG: what a first layer looks for, and a confusion matrix."""

from __future__ import annotations

import io
import math
import threading

import numpy as np

__all__ = ["picture_of_confusion", "picture_of_units"]

_PIXELS = 350  # sides of pictures: as much as TensorBoard's pages show
_MOST_CLASSES = 30  # whose counts can be read
_DRAWING = threading.Lock()  # matplotlib is not made for several threads


def picture_of_units(units: np.ndarray) -> bytes:
    """A PNG of images ``(n, height, width)`` or ``(n, height, width, 3)``, side by side, 0 in the middle of a scale."""
    from matplotlib import colormaps
    from matplotlib.image import imsave

    n, height, width, *colours = units.shape
    across = math.ceil(math.sqrt(n))
    down = math.ceil(n / across)
    zoom = max(1, _PIXELS // (across * (width + 1)))
    grid = np.full((down, across, height * zoom + 1, width * zoom + 1, *colours), np.nan)
    zoomed = units.repeat(zoom, axis=1).repeat(zoom, axis=2)
    grid.reshape(-1, *grid.shape[2:])[:n, :-1, :-1] = zoomed / (2 * np.abs(units).max() or 1) + 0.5
    grid = grid.swapaxes(1, 2).reshape(down * grid.shape[2], across * grid.shape[3], *colours)[:-1, :-1]
    png = io.BytesIO()
    with _DRAWING:
        if colours:
            imsave(png, np.nan_to_num(grid), format="png")
        else:
            imsave(png, grid, format="png", vmin=0, vmax=1, cmap=colormaps["RdBu_r"].with_extremes(bad="black"))
    return png.getvalue()


def picture_of_confusion(y: np.ndarray, predicted: np.ndarray) -> bytes:
    """A PNG of scikit-learn's display of the confusion matrix."""
    from matplotlib.figure import Figure
    from sklearn.metrics import ConfusionMatrixDisplay

    n_classes = len(np.union1d(y, predicted))
    side = max(_PIXELS, 35 * min(n_classes, _MOST_CLASSES)) / 100  # a page scales pictures down, digits and all
    png = io.BytesIO()
    with _DRAWING:
        figure = Figure(figsize=(side, side), layout="constrained")
        axes = figure.add_subplot()
        ConfusionMatrixDisplay.from_predictions(
            y, predicted, ax=axes, colorbar=False, include_values=n_classes <= _MOST_CLASSES,
            xticks_rotation="vertical", cmap="Blues", text_kw={"fontsize": 8},
        )  # fmt: skip
        axes.tick_params(labelsize=8)
        figure.savefig(png, format="png", dpi=100)
    return png.getvalue()
