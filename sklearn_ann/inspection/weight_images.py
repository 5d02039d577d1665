"""Weights of the first layer as images, one for each unit."""

from __future__ import annotations

from math import isqrt, prod
from numbers import Integral

import numpy as np

from ..estimators import PerceptronClassifier
from ..estimators.mlp import BaseMLP
from ..network.weights import over_columns
from ..runtime.extras import check_installed
from .axes import as_axes, new_axes
from .fitted import fitted_estimator, member_coefs

__all__ = ["WeightImagesDisplay"]


class WeightImagesDisplay:
    """Weights of the first layer as images, on one colour scale that is symmetric about 0.

    Use :meth:`from_estimator` to create one from a fitted estimator.

    Parameters
    ----------
    images : array-like of shape (n_units, height, width)
        Weights of each unit.
    names : list of str, default=None
        Titles of the images. None for no titles.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        Figure of the images.
    axes_ : ndarray of matplotlib.axes.Axes of shape (n_units,)
        Axes of the images.
    images_ : list of matplotlib.image.AxesImage
        The images.
    colorbar_ : matplotlib.colorbar.Colorbar
        Colour scale of the images.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.inspection import WeightImagesDisplay
    >>> display = WeightImagesDisplay(np.eye(4).reshape(4, 2, 2)).plot()
    >>> display.images_[0].get_clim()
    (-1.0, 1.0)
    """

    def __init__(self, images, names=None):
        self.images = images
        self.names = names

    @classmethod
    def from_estimator(
        cls, estimator, *, image_shape=None, n_units=25, order="norm", member=0, ax=None, n_cols=5, **imshow_kw
    ):
        """Plot the weights between the inputs and the first layer of units.

        Parameters
        ----------
        estimator : MLPClassifierTF, MLPRegressorTF or PerceptronClassifier
            Fitted estimator, alone or as the last step of a Pipeline or a search. The images of a perceptron are named
            after its classes.
        image_shape : tuple of (int, int), default=None
            Height and width. None for square images.
        n_units : int or None, default=25
            Maximum number of units to draw; None for all.
        order : {'norm', 'index'}, default='norm'
            Whether the units with the largest weights (by Euclidean norm) or those with the lowest index come first.
        member : int, default=0
            Index of the network to draw, for an ensemble.
        ax : array-like of matplotlib.axes.Axes, default=None
            See :meth:`plot`.
        n_cols : int, default=5
            See :meth:`plot`.
        **imshow_kw
            See :meth:`plot`.

        Returns
        -------
        WeightImagesDisplay
            The display, plotted.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If it is not an estimator of this package, if the inputs do not match the image shape, if another parameter
            is invalid, or as in :meth:`plot`.
        """
        estimator = fitted_estimator(estimator, (BaseMLP, PerceptronClassifier), cls.__name__)
        weights = member_coefs(estimator, member)[0]
        if getattr(estimator, "_net", None) is not None:  # a column that the layer does not see has weights of zero
            weights = over_columns(estimator._net, weights)
        weights = weights.T
        height, width = _checked_shape(image_shape, weights.shape[1])
        if n_units is not None and n_units < 1:
            raise ValueError(f"n_units must be at least 1, or None for all units, got {n_units!r}; pass n_units=25.")
        if order not in ("norm", "index"):
            raise ValueError(f"order must be 'norm' or 'index', got {order!r}; pass order='norm'.")
        units = np.arange(len(weights))
        if order == "norm":
            units = np.argsort(-np.linalg.norm(weights, axis=1), kind="stable")
        units = units[:n_units]
        names = [f"unit {unit}" for unit in units]
        if isinstance(estimator, PerceptronClassifier):
            labels = estimator.classes_[-len(weights) :]  # of two classes the unit's is the second
            names = [str(labels[unit]) for unit in units]
        images = weights[units].reshape(-1, height, width)
        return cls(images, names).plot(ax=ax, n_cols=n_cols, **imshow_kw)

    def plot(self, *, ax=None, n_cols=5, **imshow_kw):
        """Plot the images.

        Parameters
        ----------
        ax : array-like of matplotlib.axes.Axes, default=None
            Axes to draw into, one for each image. None for a new figure.
        n_cols : int, default=5
            Maximum number of images in a row of the new figure.
        **imshow_kw
            Arguments of :meth:`matplotlib.axes.Axes.imshow`; by default, red is positive and blue negative.

        Returns
        -------
        WeightImagesDisplay
            The display itself.

        Raises
        ------
        ValueError
            If the number of axes is not that of the images.
        """
        check_installed("matplotlib", extra="plots", subject=f"{type(self).__name__}.plot")
        images = np.asarray(self.images)
        if ax is None:
            axes = new_axes(len(images), n_cols, (1.4, 1.5))
        else:
            axes = as_axes(ax, len(images), type(self).__name__)
        largest = float(np.abs(images).max())
        style = {"cmap": "RdBu_r", "vmin": -largest, "vmax": largest, **imshow_kw}
        self.images_ = [each.imshow(image, **style) for each, image in zip(axes, images, strict=True)]
        for i, each in enumerate(axes):
            each.set(xticks=[], yticks=[])
            if self.names is not None:
                each.set_title(self.names[i], fontsize="small")
        self.axes_ = axes
        self.figure_ = axes[0].figure
        self.colorbar_ = self.figure_.colorbar(self.images_[0], ax=list(axes), label="weight", aspect=30)
        return self


def _checked_shape(image_shape, n_features):
    side = isqrt(n_features)
    if image_shape is None:
        if side**2 != n_features:
            raise ValueError(
                f"image_shape=None draws square images, but {n_features} inputs are no square; pass "
                "image_shape=(height, width)."
            )
        return side, side
    fits = np.shape(image_shape) == (2,) and all(isinstance(side, Integral) and side > 0 for side in image_shape)
    if not fits or prod(image_shape) != n_features:
        raise ValueError(
            f"image_shape must be a height and a width that multiply to the {n_features} inputs, got {image_shape!r}; "
            "pass the shape that the images had before they became rows."
        )
    return image_shape
