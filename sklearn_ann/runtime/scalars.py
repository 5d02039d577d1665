"""The array namespace ``xp`` for single Python numbers: what the counters of one model take, without NumPy's cost.

See :mod:`sklearn_ann.runtime.arrays`; of its functions these are the ones that rules of counters need.
"""

from __future__ import annotations

from typing import Any

__all__ = ["ScalarNamespace", "scalar_namespace"]


class ScalarNamespace:
    """Python's numbers by NumPy's names; see the module."""

    maximum, minimum = max, min

    @staticmethod
    def astype(number: Any, dtype: str) -> Any:
        """The same number as a float or an int."""
        return float(number) if dtype.startswith("float") else int(number)

    @staticmethod
    def where(condition: bool, a: Any, b: Any) -> Any:
        """``a`` if the condition holds, else ``b``."""
        return a if condition else b


scalar_namespace = ScalarNamespace()
