"""Folders of single fits in a folder of many: a name comes in, a new folder goes out that no other fit has."""

from __future__ import annotations

import os
import time
from pathlib import Path

__all__ = ["new_folder"]


def new_folder(folder: str | os.PathLike[str], name: str) -> Path:
    """Make a folder named by the time and ``name``; no other thread or process is given the same."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    wanted = Path(folder) / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}"
    path, number = wanted, 1
    while True:
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
            path = wanted.with_name(f"{wanted.name}-{number}")
        else:
            return path
