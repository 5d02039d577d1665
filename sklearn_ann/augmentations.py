"""Augmentations, for the parameter ``augmentation`` of the multilayer perceptrons: one of them or a list.

One class per augmentation: settings, and a function that changes the rows of a batch at random in every training step,
over an array namespace ``xp`` with NumPy's names. Validation rows and rows to predict are not changed.
"""

from __future__ import annotations

from math import pi
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils._param_validation import Interval

from .configurable import Configurable

__all__ = [
    "Augmentation",
    "AugmentationFunction",
    "Batch",
    "Mixup",
    "RandomFlip",
    "RandomTranslation",
    "augmentation_of",
]


class Batch(NamedTuple):
    """Rows of a batch and their targets, with a leading axis of models or without.

    Attributes
    ----------
    x : array of shape (..., rows, n_features)
    targets : tuple of pairs of arrays, (..., rows, columns) and (..., rows)
        Targets and the weights of their losses; the losses of several targets of a row add up.
    n_rows : float64 array of shape (...), or a Python number
        Number of rows of the batch; rows after these are padding, with weight zero.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.augmentations import Batch
    >>> batch = Batch(x=np.ones((3, 2)), targets=((np.zeros((3, 1)), np.ones(3)),), n_rows=3)
    >>> batch._replace(x=2 * batch.x).x[0]
    array([2., 2.])
    """

    x: Any
    targets: tuple[tuple[Any, Any], ...]
    n_rows: Any


class Augmentation(Configurable):
    """Base class of augmentations; use one of its subclasses, or write your own.

    Examples
    --------
    One of your own: normal noise by the method of Box and Muller.

    >>> import math
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.augmentations import Augmentation
    >>> class Jitter(Augmentation):
    ...     hyper_names = ("std",)
    ...
    ...     def __init__(self, std=0.1):
    ...         self.std = std
    ...
    ...     def change(self, xp, batch, uniform, std):
    ...         first, second = uniform(batch.x.shape[-2:]), uniform(batch.x.shape[-2:])
    ...         noise = xp.sqrt(-2 * xp.log(1 - first)) * xp.cos(2 * math.pi * second)
    ...         return batch._replace(x=batch.x + xp.astype(std * noise, batch.x.dtype))
    ...
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((5,), augmentation=Jitter(0.2), random_state=0).partial_fit(X, y, classes=[0, 1, 2])
    """

    _formulas = ("change",)

    @property
    def n_features(self):
        """How many columns X must have; None for any number."""
        return None

    def change(self, xp, batch, uniform, *hyper):
        """Return the changed batch of a step.

        Parameters
        ----------
        xp : namespace
            Functions with NumPy's names, for NumPy arrays or tensors.
        batch : Batch
        uniform : callable
            ``uniform(shape)`` returns new random values in [0, 1) at each call, in float64, with the leading axis of
            models; they are the same for NumPy arrays and tensors. The first axis of the shape must be the rows, since
            there may be padding.
        *hyper : float or float64 array
            Values of ``hyper_names``; they broadcast with ``batch.x``.

        Returns
        -------
        Batch
        """
        raise NotImplementedError


def _behind(xp, number, n_axes=1):
    """A float64 number of each model, or of all, with axes behind it."""
    return xp.asarray(number, xp.float64)[(..., *[None] * n_axes)]


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

    @property
    def n_features(self):
        """One for each number of an image."""
        return int(np.prod(self.shape))


class RandomTranslation(_OfImages):
    """Shift each image by a random number of pixels in both directions, filling with zeros (LeCun et al., 1998).

    Parameters
    ----------
    shape : tuple of int, default=(28, 28)
        Height and width of the images, whose pixels are the columns of X, row by row; a third number is that of
        channels.
    pixels : int, default=2
        Maximum shift in each direction; all shifts up to it are equally likely.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.augmentations import Batch, RandomTranslation
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> image = np.array([[0.0, 0, 0], [0, 1, 2], [0, 0, 0]])
    >>> move = RandomTranslation(shape=(3, 3), pixels=1)
    >>> rng = np.random.default_rng(0)
    >>> moved = move.change(xp, Batch(image.reshape(1, 9), (), 1), rng.random, *move.hyper)
    >>> moved.x.reshape(3, 3)
    array([[0., 0., 0.],
           [1., 2., 0.],
           [0., 0., 0.]])
    """

    hyper_names = ("pixels",)
    _parameter_constraints: dict = {
        **_OfImages._parameter_constraints,
        "pixels": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(self, shape=(28, 28), pixels=2):
        self.shape = shape
        self.pixels = pixels

    def change(self, xp, batch, uniform, pixels):
        """As in :class:`Augmentation`; each image goes its own way."""
        x, (height, width) = batch.x, self.shape[:2]
        by = xp.astype(xp.floor(uniform((x.shape[-2], 2)) * (2 * pixels + 1)) - pixels, xp.int32)
        row = xp.arange(height, dtype=xp.int32) - by[..., 0:1]  # where they come from
        column = xp.arange(width, dtype=xp.int32) - by[..., 1:2]
        inside = ((row >= 0) & (row < height))[..., :, None] & ((column >= 0) & (column < width))[..., None, :]
        source = xp.clip(row, 0, height - 1)[..., :, None] * width + xp.clip(column, 0, width - 1)[..., None, :]
        flat = [*by.shape[:-1], height * width]
        moved = xp.take_rows(xp.reshape(x, [*x.shape[:-1], height * width, -1]), xp.reshape(source, flat))
        moved = xp.where(xp.reshape(inside, [*flat, 1]), moved, 0.0)
        return batch._replace(x=xp.reshape(moved, x.shape))


class RandomFlip(_OfImages):
    """Mirror each image, left to right, with probability one half (Krizhevsky, Sutskever & Hinton, 2012).

    Parameters
    ----------
    shape : tuple of int, default=(28, 28)
        Height and width of the images, whose pixels are the columns of X, row by row; a third number is that of
        channels.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.augmentations import Batch, RandomFlip
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> images = np.tile([[1.0, 2.0, 3.0, 4.0]], (4, 1))
    >>> RandomFlip(shape=(2, 2)).change(xp, Batch(images, (), 4), np.random.default_rng(0).random).x
    array([[1., 2., 3., 4.],
           [2., 1., 4., 3.],
           [2., 1., 4., 3.],
           [2., 1., 4., 3.]])
    """

    def __init__(self, shape=(28, 28)):
        self.shape = shape

    def change(self, xp, batch, uniform):
        """As in :class:`Augmentation`."""
        x = batch.x
        images = xp.reshape(x, [*x.shape[:-1], *self.shape[:2], -1])
        chosen = uniform((x.shape[-2], 1)) < 0.5
        return batch._replace(x=xp.where(chosen, xp.reshape(xp.flip(images, axis=-2), x.shape), x))


def _symmetric_beta(xp, alpha, first, second):
    """Beta(alpha, alpha) numbers from uniform ones in (0, 1).

    Devroye, "Random variate generation in one line of code", 1996. With a T of Student's distribution of 2 alpha
    degrees of freedom (Bailey, "Polar generation of random variates with the t-distribution", 1994),
    ``(1 + T / sqrt(2 alpha + T ** 2)) / 2`` is such a number. Here ``spread`` is ``T ** 2 / (2 alpha)``.
    """
    cosine = xp.cos(2 * pi * second)
    spread = xp.expm1(xp.minimum(-xp.log(first) / alpha, 700)) * cosine * cosine  # first ** (-1 / alpha) overflows
    return (1 + xp.sign(cosine) * xp.sqrt(spread / (1 + spread))) / 2


class Mixup(Augmentation):
    """Mix each row with another row of its batch, and their losses in the same ratio (Zhang et al., 2018).

    The losses are mixed instead of the targets. This is the same for the log-loss and for the gradient of the squared
    error, and works with any loss. Each target keeps the weight of its row.

    Parameters
    ----------
    alpha : float, default=0.2
        The ratio is drawn from Beta(alpha, alpha). For alpha below 1, most ratios are near 0 or 1; for large alpha,
        near one half.

    Examples
    --------
    A row of the mixed batch has two targets, whose weights add up to one:

    >>> import numpy as np
    >>> from sklearn_ann.augmentations import Batch, Mixup
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> mixup, y = Mixup(alpha=0.4), np.array([[0.0], [1.0], [2.0]])
    >>> batch = Batch(x=10 * y, targets=((y, np.ones(3)),), n_rows=3)
    >>> mixed = mixup.change(xp, batch, np.random.default_rng(0).random, *mixup.hyper)
    >>> (own, weight), (other, rest) = mixed.targets
    >>> own.ravel(), other.ravel(), weight + rest
    (array([0., 1., 2.]), array([2., 2., 1.]), array([1., 1., 1.]))
    >>> np.allclose(mixed.x, 10 * (weight[:, None] * own + rest[:, None] * other))
    True
    """

    hyper_names = ("alpha",)
    _parameter_constraints: dict = {"alpha": [Interval(Real, 0, None, closed="neither")]}

    def __init__(self, alpha=0.2):
        self.alpha = alpha

    def change(self, xp, batch, uniform, alpha):
        """As in :class:`Augmentation`."""
        rows = batch.x.shape[-2]
        numbers = uniform((rows, 3))  # a row's numbers are the same beside padding
        places, n_rows = xp.arange(rows, dtype=xp.float64), xp.maximum(_behind(xp, batch.n_rows), 1)
        step = 1 + xp.floor(numbers[..., 0] * (n_rows - 1))  # to another row of the batch, never to padding
        partner = xp.astype((places + step) % n_rows, xp.int32)
        # Uniform numbers are multiples of 2 ** -24; in the middle between two of them there is neither 0 nor 1.
        first, second = numbers[..., 1] + 2.0**-25, numbers[..., 2] + 2.0**-25
        share = _symmetric_beta(xp, xp.without_columns(alpha), first, second)
        share = xp.astype(xp.where(places < n_rows, share, 1.0), batch.x.dtype)

        def of_partner(array):
            return xp.take_rows(array, partner)

        own = tuple((y, weights * share) for y, weights in batch.targets)
        others = tuple((of_partner(y), of_partner(weights) * (1 - share)) for y, weights in batch.targets)
        x = share[..., None] * batch.x + (1 - share)[..., None] * of_partner(batch.x)
        return batch._replace(x=x, targets=(*own, *others))


class AugmentationFunction(Augmentation):
    """A user's function of a tensor of rows and a function that draws random values.

    Parameters
    ----------
    function : callable
        ``function(x, uniform)`` returns a tensor of the shape and dtype of ``x``. ``uniform(shape)`` returns random
        values in [0, 1) of this dtype.

    Examples
    --------
    Pass the function itself to an estimator, ``MLPClassifierTF(augmentation=brighten)``, which makes this of it:

    >>> from sklearn_ann.augmentations import augmentation_of
    >>> def brighten(x, uniform):
    ...     return x * (0.9 + 0.2 * uniform((x.shape[-2], 1)))
    ...
    >>> augmentation_of(brighten).needs_tensorflow
    True
    """

    needs_tensorflow = True

    def __init__(self, function):
        self.function = function

    def change(self, xp, batch, uniform):
        """As in :class:`Augmentation`."""
        x = batch.x
        return batch._replace(x=self.function(x, lambda shape: xp.astype(uniform(shape), x.dtype)))


def augmentation_of(augmentation: Any) -> Augmentation:
    """The augmentation that an object or a function stands for."""
    return augmentation if isinstance(augmentation, Augmentation) else AugmentationFunction(augmentation)
