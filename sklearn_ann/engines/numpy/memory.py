"""Memory of the arrays of a step: kept by the C library from one step to the next."""

from __future__ import annotations

import numpy as np

__all__ = ["keep_freed_memory"]

_LARGEST_KEPT = 1 << 24  # bytes of an array


def keep_freed_memory() -> None:
    """Have the C library keep the memory of arrays that are freed, for the arrays of the next step.

    glibc returns freed memory to the system by thresholds that follow the largest array freed so far (mallopt(3),
    M_MMAP_THRESHOLD). Arrays of large networks and of many models exceed the first threshold, and getting their memory
    anew costs page faults: a sixth of the time of a network 784-300-100, a third of that of L-BFGS, and half of that of
    many models. An array that is freed without having been touched raises the threshold and takes no memory.
    """
    np.empty(_LARGEST_KEPT, dtype=np.uint8)
