"""Axes for displays of several pictures: those that are given, or a new figure with a grid of them."""

from __future__ import annotations

import numpy as np

__all__ = ["as_axes", "label_epochs", "new_axes"]


def as_axes(ax, n, display):
    """Return the axes that a user gave, as an array of shape (n,).

    Raises
    ------
    ValueError
        If there are more or fewer than n.
    """
    axes = np.ravel(np.asarray(ax, dtype=object))
    if len(axes) != n:
        raise ValueError(
            f"ax must have one Matplotlib axes for each picture of {display}, which are {n}, got {len(axes)}; pass as "
            "many, or ax=None for a new figure."
        )
    return axes


def new_axes(n, n_cols, size, **shared):
    """``n`` axes of a new figure, row by row; ``size`` is that of one picture in inches."""
    import matplotlib.pyplot as plt

    n_cols = min(n, n_cols)
    n_rows = -(-n // n_cols)
    figure, axes = plt.subplots(
        n_rows,
        n_cols,
        figsize=(size[0] * n_cols, size[1] * n_rows),
        layout="constrained",
        squeeze=False,
        **shared,
    )
    for unused in axes.flat[n:]:
        figure.delaxes(unused)
    for lowest in axes.flat[n - n_cols : n]:  # of their columns, also above an empty place
        lowest.tick_params(labelbottom=True)
    return axes.flat[:n]


def label_epochs(ax):
    """Name the x-axis, with whole numbers only; a locator that the user has set is kept."""
    from matplotlib.ticker import AutoLocator

    ax.set_xlabel("epoch")
    if isinstance(locator := ax.xaxis.get_major_locator(), AutoLocator):
        locator.set_params(integer=True)
