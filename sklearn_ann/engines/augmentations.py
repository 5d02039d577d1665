"""Augmentations in a step: its random numbers, one augmentation after the other.

Comes in: a batch and the key of its step. Goes out: a batch. The random numbers are the same for NumPy arrays and
tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

from ..augmentations import Augmentation, AugmentationFunction, Batch
from ..network.noise import random_bits

__all__ = ["augmented", "function_fault", "uniform_numbers"]

_FIRST_STREAM = 1 << 16  # of random bits: those of noise come before


def uniform_numbers(xp: Any, key: Any, streams: Iterator[int]) -> Callable[[tuple[int, ...]], Any]:
    """A function of a shape that gives uniform numbers in [0, 1) with that of the key before it, others at each call.

    They are multiples of 2 ** -24, the same in float32 and float64.
    """

    def uniform(shape: tuple[int, ...]) -> Any:
        bits = random_bits(xp, key, next(streams), tuple(shape))
        return xp.astype(xp.right_shift(bits, 8), xp.float64) * 2.0**-24

    return uniform


def function_fault(function: AugmentationFunction, shape: tuple[int, int], dtype: str) -> str | None:
    """What a user's function does with rows of this shape and dtype instead of giving others such; None if it does."""
    from ..runtime.devices import on_device
    from ..runtime.functions import validate_function
    from ..runtime.tensors import tensor_namespace as xp

    with on_device("/CPU:0"):
        uniform = uniform_numbers(xp, xp.asarray(0, xp.uint32), count())

    def changed(x: Any) -> Any:
        return function.change(xp, Batch(x, (), shape[0]), uniform).x

    return validate_function(changed, shape, dtype, with_gradient=False)


def augmented(
    xp: Any, augmentations: Sequence[Augmentation], hyper: Sequence[tuple[Any, ...]], batch: Batch, key: Any
) -> Batch:
    """The batch after all augmentations, one after the other.

    Parameters
    ----------
    augmentations : sequence of Augmentation
    hyper : sequence of tuples
        The hyperparameters of each.
    batch : Batch
    key : uint32 array of shape (...)
        Of the step.
    """
    uniform = uniform_numbers(xp, key, count(_FIRST_STREAM))
    for augmentation, own in zip(augmentations, hyper, strict=True):
        batch = augmentation.change(xp, batch, uniform, *own)
    return batch
