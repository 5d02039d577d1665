"""The array namespace ``xp`` for single Python numbers, such as the counters of one model, without NumPy's overhead.

See :mod:`sklearn_ann.runtime.arrays`. Functions not defined here are NumPy's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import numpy_namespace

__all__ = ["ScalarNamespace", "scalar_namespace"]


class ScalarNamespace:
    """Python's numbers by NumPy's names; see the module."""

    maximum, minimum = max, min

    def __getattr__(self, name: str) -> Any:
        return getattr(numpy_namespace, name)

    @staticmethod
    def astype(number: Any, dtype: Any) -> Any:
        """The same number as a float or an int."""
        return float(number) if np.dtype(dtype).kind == "f" else int(number)

    @staticmethod
    def where(condition: Any, a: Any, b: Any) -> Any:
        """``a`` if the condition holds, else ``b``."""
        return a if condition else b


scalar_namespace = ScalarNamespace()
