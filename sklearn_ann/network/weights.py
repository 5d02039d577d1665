"""The learned numbers of a network as one value; NumPy arrays or tensors alike."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Weights"]


class Weights(NamedTuple):
    """Per layer ``(..., fan_in, fan_out)`` and ``(..., fan_out)``; the leading axis of k models may be missing."""

    coefs: tuple[Any, ...]
    intercepts: tuple[Any, ...]
