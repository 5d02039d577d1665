"""A document and arrays in one file, whole or not at all.

The file is a zip of ``document.json`` and one ``.npy`` for each array: readable without this package, and reading it
runs no code. A check sum stands beside each member, and the names of the arrays beside the document, so that a damaged
file is noticed.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["DamagedFile", "read_archive", "remove_unfinished", "write_archive"]

_DOCUMENT = "document.json"
_UNFINISHED = ".unfinished"
_OF_DAMAGE = (zipfile.BadZipFile, zlib.error, KeyError, TypeError, ValueError, EOFError, OSError, RuntimeError)
"""What zipfile, json and NumPy raise of files with any byte changed."""


class DamagedFile(ValueError):
    """A file that cannot be read as what it should be."""


def write_archive(path: Path, document: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write a file that at any end is either the one before or the new one.

    Parameters
    ----------
    path : Path
        Its folder must exist.
    document : dict
        Of what JSON can hold.
    arrays : dict of str to ndarray
        Not of Python objects.
    """
    place, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=_UNFINISHED)
    try:
        with os.fdopen(place, "wb") as file:
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr(_DOCUMENT, json.dumps({"document": document, "arrays": list(arrays)}))
                for key, array in arrays.items():
                    archive.writestr(f"{key}.npy", _as_bytes(array))
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise


def read_archive(path: Path) -> tuple[dict, dict[str, np.ndarray]]:
    """Read what :func:`write_archive` has written.

    Parameters
    ----------
    path : Path

    Returns
    -------
    document : dict
    arrays : dict of str to ndarray

    Raises
    ------
    DamagedFile
        If the file is not whole, or not such a file.
    """
    with open(path, "rb") as file:  # what the system refuses here is not damage
        try:
            with zipfile.ZipFile(file) as archive:
                content = json.loads(archive.read(_DOCUMENT))
                arrays = {
                    name: np.load(io.BytesIO(archive.read(f"{name}.npy")), allow_pickle=False)
                    for name in content["arrays"]
                }
                return content["document"], arrays
        except _OF_DAMAGE as error:
            raise DamagedFile(f"it is damaged, or no archive of this package ({error}).") from error


def remove_unfinished(folder: Path) -> None:
    """Remove what writers that were killed have left in a folder that nobody else writes to now."""
    for path in folder.glob(f"*{_UNFINISHED}"):
        path.unlink(missing_ok=True)


def _as_bytes(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
