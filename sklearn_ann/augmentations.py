"""Augmentations, for the parameter ``augmentation`` of the multilayer perceptrons: one of them or a list."""

from __future__ import annotations

from numbers import Integral, Real

from sklearn.utils._param_validation import Interval

from .configurable import Configurable

__all__ = ["Augmentation", "Mixup", "RandomFlip", "RandomTranslation"]


class Augmentation(Configurable):
    """Base of the augmentations; use the derived classes."""

    name: str  # in engines/augmentations.py
    shape: tuple = ()  # of the images, for those that are about images

    @property
    def numbers(self):
        """Its numbers by the names in the table."""
        return {name: value for name, value in self.get_params().items() if name != "shape"}


class _OfImages(Augmentation):
    _parameter_constraints: dict = {"shape": [tuple, list]}

    def check(self):
        """Raise a ValueError for what is no shape of an image, or another setting out of its range."""
        super().check()
        whole = all(isinstance(length, Integral) and length > 0 for length in self.shape)
        if len(self.shape) not in (2, 3) or not whole:
            raise ValueError(
                f"{type(self).__name__} needs the shape of an image, (height, width) or (height, width, channels), got "
                f"shape={self.shape!r}; pass for example shape=(28, 28)."
            )


class RandomTranslation(_OfImages):
    """Each image is moved up or down and to a side, by whole numbers of pixels; zeros come in (LeCun et al., 1998).

    Parameters
    ----------
    shape : tuple of int, default=(28, 28)
        Height and width of the images that the columns of X hold row by row; with a third number, of channels.
    pixels : int, default=2
        By so many at most, in each direction; all distances up to it are as likely as another.
    """

    name = "shift"
    _parameter_constraints: dict = {
        **_OfImages._parameter_constraints,
        "pixels": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(self, shape=(28, 28), pixels=2):
        self.shape = shape
        self.pixels = pixels


class RandomFlip(_OfImages):
    """Each image is mirrored, left to right, with probability one half (Krizhevsky, Sutskever & Hinton, 2012).

    Parameters
    ----------
    shape : tuple of int, default=(28, 28)
        Height and width of the images that the columns of X hold row by row; with a third number, of channels.
    """

    name = "flip"

    def __init__(self, shape=(28, 28)):
        self.shape = shape


class Mixup(Augmentation):
    """Each row is mixed with another row of its batch, and so are their losses (Zhang et al., 2018).

    Parameters
    ----------
    alpha : float, default=0.2
        The share of the row is drawn from Beta(alpha, alpha): most shares are near 0 or 1 below 1, and near one half
        far above.
    """

    name = "mixup"
    _parameter_constraints: dict = {"alpha": [Interval(Real, 0, None, closed="neither")]}

    def __init__(self, alpha=0.2):
        self.alpha = alpha
