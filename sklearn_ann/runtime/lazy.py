"""Names of a package that are imported when they are asked for, so that a worker imports only what its fits need.

Comes in: the names of each module. Goes out: the functions that Python calls for names that are not there (PEP 562).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["attach"]


def attach(package: str, names: dict[str, list[str]]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make ``__getattr__`` and ``__dir__`` of a package, as ``lazy_loader.attach`` does.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    names : dict of str to list of str
        Public names by the module, relative to the package, that defines them.
    """
    modules = {name: module for module, defined in names.items() for name in defined}

    def __getattr__(name: str) -> Any:
        if name in modules:
            return getattr(import_module(f"{package}.{modules[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*vars(sys.modules[package]), *modules})

    return __getattr__, __dir__
