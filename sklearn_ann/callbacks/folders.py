"""Folders of single fits in a folder of many: a name comes in, a new folder goes out that no other fit has."""

from __future__ import annotations

import os
import time
from pathlib import Path

__all__ = ["check_folder", "new_folder"]


def check_folder(name: str, folder: str | os.PathLike[str]) -> None:
    """Refuse what is no path of a folder, before anything is trained: an empty one would be the current folder."""
    if not isinstance(folder, str | os.PathLike):
        kind = "no path"
    elif not os.fspath(folder).strip():
        kind = "empty"
    elif os.path.isfile(folder):
        kind = "a file"
    else:
        return
    raise ValueError(f"{name} must be the path of a folder, got {folder!r}, which is {kind}; pass another.")


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
