"""The table of augmentations: what changes the rows of a batch in training, anew in every step.

Comes in: a batch of the compiled loop and uniform numbers of its step. Goes out: a batch. Rows to validate on and rows
to predict never come here. To add one: a row here, a class in ``choices/augmentations.py``, a test against NumPy, a
line in the docs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NamedTuple

from ..network.backend import tf
from ..network.devices import on_device
from ..network.functions import fault_of
from ..network.noise import random_bits

__all__ = [
    "AUGMENTATIONS",
    "Augmentation",
    "Batch",
    "augmentation_names",
    "augmented",
    "function_fault",
    "uniform_numbers",
]

_FIRST_STREAM = 1 << 16  # of random bits: those of noise come before


class Batch(NamedTuple):
    """A batch with the leading axis of models or none.

    Attributes
    ----------
    x : tensor of shape (..., rows, n_features)
    targets : tuple of pairs of tensors, (..., rows, columns) and (..., rows)
        Targets and the weight with which their loss counts; the losses of several targets of a row add up.
    n_rows : float64 tensor of shape (...)
        Rows of the batch; those behind them are padding, of weight zero.
    """

    x: Any
    targets: tuple[tuple[Any, Any], ...]
    n_rows: Any


class Augmentation(NamedTuple):
    """One augmentation: ``change(batch, uniform, shape, *numbers)`` returns a batch.

    ``uniform(shape)`` gives numbers in [0, 1), float64, with the leading axis of models; ``shape`` is the static fact
    of the choice; ``numbers`` names its numbers, which come as float64 tensors with the leading axis or none.
    """

    change: Callable[..., Batch]
    numbers: tuple[str, ...] = ()


def _images(x: Any, shape: tuple[int, ...]) -> Any:
    """Rows as images ``(..., rows, height, width, channels)``."""
    return tf.reshape(x, [*x.shape[:-1], *shape[:2], -1])


def _moved(images: Any, axis: int, pixels: Any) -> Any:
    """Images moved along an axis, each by its own whole number of pixels ``(..., rows)``, zeros coming in."""
    length = images.shape[axis]
    source = tf.range(length) - tf.cast(pixels, tf.int32)[..., None]
    batch_dims = pixels.shape.rank
    moved = tf.gather(images, tf.clip_by_value(source, 0, length - 1), axis=axis, batch_dims=batch_dims)
    inside = (source >= 0) & (source < length)
    ranks = [1] * (axis - batch_dims), [1] * (images.shape.rank - axis - 1)
    inside = tf.reshape(inside, [*pixels.shape, *ranks[0], length, *ranks[1]])
    return tf.where(inside, moved, tf.zeros([], images.dtype))


def _shift(batch: Batch, uniform: Any, shape: tuple[int, ...], pixels: Any) -> Batch:
    """LeCun et al., "Gradient-based learning applied to document recognition", 1998: translations, by whole pixels."""
    images = _images(batch.x, shape)
    pixels = pixels[..., None, None]
    by = tf.floor(uniform((batch.x.shape[-2], 2)) * (2 * pixels + 1)) - pixels
    for step, axis in enumerate((images.shape.rank - 3, images.shape.rank - 2)):
        images = _moved(images, axis, by[..., step])
    return batch._replace(x=tf.reshape(images, batch.x.shape))


def _flip(batch: Batch, uniform: Any, shape: tuple[int, ...]) -> Batch:
    """Krizhevsky, Sutskever & Hinton, "ImageNet classification", 2012, section 4.1: reflections, half of the time."""
    flipped = tf.reverse(_images(batch.x, shape), axis=[-2])
    chosen = uniform((batch.x.shape[-2], 1)) < 0.5
    return batch._replace(x=tf.where(chosen, tf.reshape(flipped, batch.x.shape), batch.x))


def _symmetric_beta(alpha: Any, first: Any, second: Any) -> Any:
    """Beta(alpha, alpha) numbers from uniform ones in (0, 1).

    Devroye, "Random variate generation in one line of code", 1996. With a T of Student's distribution of 2 alpha
    degrees of freedom (Bailey, "Polar generation of random variates with the t-distribution", 1994),
    ``(1 + T / sqrt(2 alpha + T ** 2)) / 2`` is such a number.
    """
    cosine = tf.cos(2 * 3.141592653589793 * second)
    spread = (first ** (-1 / alpha) - 1) * cosine * cosine
    return (1 + tf.sign(cosine) / tf.sqrt(1 + 1 / spread)) / 2


def _mixup(batch: Batch, uniform: Any, shape: tuple[int, ...], alpha: Any) -> Batch:
    """Zhang, Cisse, Dauphin & Lopez-Paz, "mixup: beyond empirical risk minimization", 2018.

    Instead of the targets their losses are mixed, which for the log-loss and the squared error's gradient is the same
    and holds for any loss. A target brings the weight of its row along.
    """
    rows, batch_dims = batch.x.shape[-2], batch.x.shape.rank - 2
    numbers = uniform((3, rows))
    places, n_rows = tf.range(rows, dtype=tf.float64), tf.maximum(batch.n_rows, 1)[..., None]
    step = 1 + tf.floor(numbers[..., 0, :] * (n_rows - 1))  # to another row of the batch, never to padding
    partner = (places + step) % n_rows
    # Uniform numbers are multiples of 2 ** -24; in the middle between two of them there is neither 0 nor 1.
    share = _symmetric_beta(alpha[..., None], numbers[..., 1, :] + 2.0**-25, numbers[..., 2, :] + 2.0**-25)
    share = tf.cast(tf.where(places < n_rows, share, tf.ones([], tf.float64)), batch.x.dtype)

    def of_partner(array: Any) -> Any:
        return tf.gather(array, tf.cast(partner, tf.int32), axis=batch_dims, batch_dims=batch_dims)

    own = tuple((y, weights * share) for y, weights in batch.targets)
    others = tuple((of_partner(y), of_partner(weights) * (1 - share)) for y, weights in batch.targets)
    x = share[..., None] * batch.x + (1 - share)[..., None] * of_partner(batch.x)
    return batch._replace(x=x, targets=(*own, *others))


AUGMENTATIONS: dict[str, Augmentation] = {
    "shift": Augmentation(_shift, ("pixels",)),
    "flip": Augmentation(_flip),
    "mixup": Augmentation(_mixup, ("alpha",)),
}


def augmentation_names(augmentations: tuple) -> tuple[tuple[str, ...], ...]:
    """What the numbers of each augmentation are called in a program: with its place."""
    return tuple(
        tuple(f"{kind}_{place}_{number}" for number in AUGMENTATIONS[kind].numbers) if isinstance(kind, str) else ()
        for place, (kind, _) in enumerate(augmentations)
    )


def uniform_numbers(key: Any, streams: Iterator[int]) -> Callable[[tuple[int, ...]], Any]:
    """A function of a shape that gives uniform numbers in [0, 1) with that of the key before it, others at each call.

    They are multiples of 2 ** -24, the same in float32 and float64.
    """

    def uniform(shape: tuple[int, ...]) -> Any:
        bits = random_bits(key, next(streams), tuple(shape))
        return tf.cast(tf.bitwise.right_shift(bits, tf.constant(8, tf.uint32)), tf.float64) * 2.0**-24

    return uniform


def _called(function: Callable[[Any, Any], Any], x: Any, uniform: Any) -> Any:
    """A user's function of rows and of uniform numbers in their dtype."""
    return function(x, lambda shape: tf.cast(uniform(shape), x.dtype))


def function_fault(function: Callable[[Any, Any], Any], shape: tuple[int, int], dtype: str) -> str | None:
    """What a user's function does with rows of this shape and dtype instead of giving others such; None if it does."""
    with on_device("/CPU:0"):
        uniform = uniform_numbers(tf.constant(0, tf.uint32), count())
    return fault_of(lambda x: _called(function, x, uniform), shape, dtype, with_gradient=False)


def augmented(augmentations: tuple, batch: Batch, key: Any, numbers: dict[str, Any]) -> Batch:
    """The batch after all augmentations, one after the other.

    Parameters
    ----------
    augmentations : tuple of (str or callable, tuple)
        Names of the table with their shapes; users' functions of x and of ``uniform`` with none.
    batch : Batch
    key : tensor of shape (...)
        Of the step.
    numbers : dict of str to tensor
        Those of :func:`augmentation_names` and any others.
    """
    uniform = uniform_numbers(key, count(_FIRST_STREAM))
    for (kind, shape), names in zip(augmentations, augmentation_names(augmentations), strict=True):
        if isinstance(kind, str):
            batch = AUGMENTATIONS[kind].change(batch, uniform, shape, *(numbers[name] for name in names))
        else:
            batch = batch._replace(x=_called(kind, batch.x, uniform))
    return batch
