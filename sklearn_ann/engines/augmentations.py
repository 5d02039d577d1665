"""The table of augmentations: what changes the rows of a batch in training, anew in every step.

Comes in: an array namespace, a batch and uniform numbers of its step, which are the same for NumPy arrays and tensors.
Goes out: a batch. Rows to validate on and rows to predict never come here. To add one: a row here, a class in
``augmentations.py``, a test against a plain loop, a line in the docs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from math import pi
from typing import Any, NamedTuple

from ..network.namespaces import scoped_names
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
    x : array of shape (..., rows, n_features)
    targets : tuple of pairs of arrays, (..., rows, columns) and (..., rows)
        Targets and the weight with which their loss counts; the losses of several targets of a row add up.
    n_rows : float64 array of shape (...), or a Python number
        Rows of the batch; those behind them are padding, of weight zero.
    """

    x: Any
    targets: tuple[tuple[Any, Any], ...]
    n_rows: Any


class Augmentation(NamedTuple):
    """One augmentation: ``change(xp, batch, uniform, shape, *numbers)`` returns a batch.

    ``uniform(shape)`` gives numbers in [0, 1), float64, with the leading axis of models; ``shape`` is the static fact
    of the choice; ``numbers`` names its numbers, which come as Python floats or as float64 arrays with the leading axis
    or none.
    """

    change: Callable[..., Batch]
    numbers: tuple[str, ...] = ()


def _behind(xp: Any, number: Any, n_axes: int = 1) -> Any:
    """A float64 number of each model, or of all, with axes behind it."""
    return xp.asarray(number, xp.float64)[(..., *[None] * n_axes)]


def _images(xp: Any, x: Any, shape: tuple[int, ...]) -> Any:
    """Rows as images ``(..., rows, height, width, channels)``."""
    return xp.reshape(x, [*x.shape[:-1], *shape[:2], -1])


def _shift(xp: Any, batch: Batch, uniform: Any, shape: tuple[int, ...], pixels: Any) -> Batch:
    """LeCun et al., "Gradient-based learning applied to document recognition", 1998: translations, by whole pixels.

    Each image by its own, zeros coming in.
    """
    x, (height, width) = batch.x, shape[:2]
    pixels = _behind(xp, pixels, 2)
    by = xp.astype(xp.floor(uniform((x.shape[-2], 2)) * (2 * pixels + 1)) - pixels, xp.int32)
    row = xp.arange(height, dtype=xp.int32) - by[..., 0:1]  # where they come from
    column = xp.arange(width, dtype=xp.int32) - by[..., 1:2]
    inside = ((row >= 0) & (row < height))[..., :, None] & ((column >= 0) & (column < width))[..., None, :]
    source = xp.clip(row, 0, height - 1)[..., :, None] * width + xp.clip(column, 0, width - 1)[..., None, :]
    flat = [*by.shape[:-1], height * width]
    moved = xp.take_rows(xp.reshape(x, [*x.shape[:-1], height * width, -1]), xp.reshape(source, flat))
    moved = xp.where(xp.reshape(inside, [*flat, 1]), moved, 0.0)
    return batch._replace(x=xp.reshape(moved, x.shape))


def _flip(xp: Any, batch: Batch, uniform: Any, shape: tuple[int, ...]) -> Batch:
    """Krizhevsky, Sutskever & Hinton, "ImageNet classification", 2012, section 4.1: reflections, half of the time."""
    flipped = xp.flip(_images(xp, batch.x, shape), axis=-2)
    chosen = uniform((batch.x.shape[-2], 1)) < 0.5
    return batch._replace(x=xp.where(chosen, xp.reshape(flipped, batch.x.shape), batch.x))


def _symmetric_beta(xp: Any, alpha: Any, first: Any, second: Any) -> Any:
    """Beta(alpha, alpha) numbers from uniform ones in (0, 1).

    Devroye, "Random variate generation in one line of code", 1996. With a T of Student's distribution of 2 alpha
    degrees of freedom (Bailey, "Polar generation of random variates with the t-distribution", 1994),
    ``(1 + T / sqrt(2 alpha + T ** 2)) / 2`` is such a number. Here ``spread`` is ``T ** 2 / (2 alpha)``.
    """
    cosine = xp.cos(2 * pi * second)
    spread = xp.expm1(xp.minimum(-xp.log(first) / alpha, 700)) * cosine * cosine  # first ** (-1 / alpha) overflows
    return (1 + xp.sign(cosine) * xp.sqrt(spread / (1 + spread))) / 2


def _mixup(xp: Any, batch: Batch, uniform: Any, shape: tuple[int, ...], alpha: Any) -> Batch:
    """Zhang, Cisse, Dauphin & Lopez-Paz, "mixup: beyond empirical risk minimization", 2018.

    Instead of the targets their losses are mixed, which for the log-loss and the squared error's gradient is the same
    and holds for any loss. A target brings the weight of its row along.
    """
    rows = batch.x.shape[-2]
    numbers = uniform((3, rows))
    places, n_rows = xp.arange(rows, dtype=xp.float64), xp.maximum(_behind(xp, batch.n_rows), 1)
    step = 1 + xp.floor(numbers[..., 0, :] * (n_rows - 1))  # to another row of the batch, never to padding
    partner = xp.astype((places + step) % n_rows, xp.int32)
    # Uniform numbers are multiples of 2 ** -24; in the middle between two of them there is neither 0 nor 1.
    first, second = numbers[..., 1, :] + 2.0**-25, numbers[..., 2, :] + 2.0**-25
    share = _symmetric_beta(xp, _behind(xp, alpha), first, second)
    share = xp.astype(xp.where(places < n_rows, share, 1.0), batch.x.dtype)

    def of_partner(array: Any) -> Any:
        return xp.take_rows(array, partner)

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
        scoped_names(f"augmentation_{place}", AUGMENTATIONS[kind].numbers) if isinstance(kind, str) else ()
        for place, (kind, _) in enumerate(augmentations)
    )


def uniform_numbers(xp: Any, key: Any, streams: Iterator[int]) -> Callable[[tuple[int, ...]], Any]:
    """A function of a shape that gives uniform numbers in [0, 1) with that of the key before it, others at each call.

    They are multiples of 2 ** -24, the same in float32 and float64.
    """

    def uniform(shape: tuple[int, ...]) -> Any:
        bits = random_bits(xp, key, next(streams), tuple(shape))
        return xp.astype(xp.right_shift(bits, 8), xp.float64) * 2.0**-24

    return uniform


def _called(function: Callable[[Any, Any], Any], xp: Any, x: Any, uniform: Any) -> Any:
    """A user's function of rows and of uniform numbers in their dtype."""
    return function(x, lambda shape: xp.astype(uniform(shape), x.dtype))


def function_fault(function: Callable[[Any, Any], Any], shape: tuple[int, int], dtype: str) -> str | None:
    """What a user's function does with rows of this shape and dtype instead of giving others such; None if it does."""
    from ..runtime.devices import on_device
    from ..runtime.functions import validate_function
    from ..runtime.tensors import tensor_namespace as xp

    with on_device("/CPU:0"):
        uniform = uniform_numbers(xp, xp.asarray(0, xp.uint32), count())
    return validate_function(lambda x: _called(function, xp, x, uniform), shape, dtype, with_gradient=False)


def augmented(xp: Any, augmentations: tuple, batch: Batch, key: Any, numbers: Mapping[str, Any]) -> Batch:
    """The batch after all augmentations, one after the other.

    Parameters
    ----------
    augmentations : tuple of (str or callable, tuple)
        Names of the table with their shapes; users' functions of tensors, x and ``uniform``, with none.
    batch : Batch
    key : uint32 array of shape (...)
        Of the step.
    numbers : dict of str to float or array
        Those of :func:`augmentation_names` and any others.
    """
    uniform = uniform_numbers(xp, key, count(_FIRST_STREAM))
    for (kind, shape), names in zip(augmentations, augmentation_names(augmentations), strict=True):
        if isinstance(kind, str):
            batch = AUGMENTATIONS[kind].change(xp, batch, uniform, shape, *(numbers[name] for name in names))
        else:
            batch = batch._replace(x=_called(kind, xp, batch.x, uniform))
    return batch
