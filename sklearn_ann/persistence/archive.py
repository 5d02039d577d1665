"""A document and arrays in one file, whole or not at all.

The file is a zip of ``document.json`` and one ``.npy`` for each array: readable without this package, and reading it
runs no code. A check sum stands beside each member, and the names of the arrays beside the document, so that a damaged
file is noticed. Members are not compressed, so that no file takes more memory than its length explains.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import secrets
import shutil
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

__all__ = [
    "ARRAY_KINDS",
    "DamagedFile",
    "in_short",
    "read_archive",
    "read_document",
    "remove_unfinished",
    "write_archive",
]

ARRAY_KINDS = "biufUSmM"
"""Kinds of dtypes that arrays may have: numbers, text and times."""

_DOCUMENT = "document.json"
_UNFINISHED = ".unfinished"
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_OF_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, tokenize.TokenError, EOFError, OSError),
    *(ArithmeticError, LookupError, RuntimeError, TypeError, ValueError),
)
"""What zipfile, json and NumPy raise of files with any byte changed."""


class DamagedFile(ValueError):
    """A file that cannot be read as what it should be."""


def in_short(value: object, length: int = 200) -> str:
    """The beginning of a text, or of the text of an error, which may quote a file at length, on one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= length else f"{text[:length]}..."


def write_archive(path: Path, document: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write a file that at any end is either the one before or the new one.

    Parameters
    ----------
    path : Path
        Its folder must exist. A file that is there keeps its permissions; of a link, the target is written.
    document : dict
        Of what JSON can hold.
    arrays : dict of str to ndarray
        Of the kinds in :data:`ARRAY_KINDS`.

    Raises
    ------
    FileNotFoundError
        If its folder does not exist.
    OSError
        If a folder or a device is there; with the path, also if the disk is full.
    """
    if not path.parent.is_dir():
        folder = str(path.parent)
        raise FileNotFoundError(f"the folder of a file must exist, got {str(path)!r}; create {folder!r} first.")
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():  # a device would be replaced by the file
        raise OSError(f"a file cannot replace a folder or a device, got {str(path)!r}; choose another name.")
    unfinished = target.with_name(f"{target.name[:50]}{secrets.token_hex(8)}{_UNFINISHED}")  # 255 bytes at most
    try:
        with open(unfinished, "xb") as file:
            with contextlib.suppress(OSError):  # nothing is there yet, or its file system has no permissions
                shutil.copymode(target, unfinished)
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr(_DOCUMENT, json.dumps({"document": document, "arrays": list(arrays)}))
                for key, array in arrays.items():
                    archive.writestr(f"{key}.npy", _as_bytes(array))
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, target)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(unfinished)
        if isinstance(error, OSError) and error.filename is None:  # a full disk does not say which
            error.filename = str(path)
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
        If the file is not whole, or not such a file; before more memory is taken than its length explains.
    """
    with _opened(path) as archive:
        content = json.loads(archive.read(_DOCUMENT))
        members = [_DOCUMENT, *(f"{name}.npy" for name in content["arrays"])]
        if sorted(members) != sorted(archive.namelist()):
            raise ValueError("its members are not those that it lists")
        return content["document"], {
            name: _from_bytes(archive.read(member)) for name, member in zip(content["arrays"], members[1:], strict=True)
        }


def read_document(path: Path, max_bytes: int) -> Any:
    """Read the document of a file, and none of its arrays: damage in these goes unnoticed.

    Parameters
    ----------
    path : Path
    max_bytes : int
        Size of the largest document to read.

    Returns
    -------
    document

    Raises
    ------
    DamagedFile
        As in :func:`read_archive`, or if the document is larger than that.
    """
    with _opened(path) as archive:
        n_bytes = archive.getinfo(_DOCUMENT).file_size
        if n_bytes > max_bytes:
            raise ValueError(f"its document has {n_bytes} bytes, more than {max_bytes}")
        return json.loads(archive.read(_DOCUMENT))["document"]


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """A file as a zip whose members have been checked; what goes wrong with it is damage."""
    with open(path, "rb") as file:  # what the system refuses here is not damage
        try:
            with zipfile.ZipFile(file) as archive:
                _check_members(archive, os.fstat(file.fileno()).st_size)
                yield archive
        except _OF_DAMAGE as error:
            raise DamagedFile(f"it is damaged, or no archive of this package ({in_short(error)}).") from error


def remove_unfinished(folder: Path) -> None:
    """Remove what writers that were killed have left in a folder that nobody else writes to now."""
    for path in folder.glob(f"*{_UNFINISHED}"):
        path.unlink(missing_ok=True)


def _check_members(archive: zipfile.ZipFile, n_bytes: int) -> None:
    """Raise a ValueError if members are compressed, or larger together than the file, as those of zip bombs are.

    A compressed one may take memory before a byte of it is out: LZMA's dictionary is as large as the member says.
    """
    members = archive.infolist()
    if any(each.compress_type != zipfile.ZIP_STORED or each.file_size != each.compress_size for each in members):
        raise ValueError("a member is compressed")
    if sum(member.file_size for member in members) > n_bytes:
        raise ValueError("its members are larger than the file")


def _as_bytes(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _from_bytes(content: bytes) -> np.ndarray:
    """An array whose header agrees with the number of bytes behind it: NumPy's own reader believes any header."""
    buffer = io.BytesIO(content)
    version = np.lib.format.read_magic(buffer)
    if version not in _HEADERS:
        raise ValueError(f"an array has the version {version}")
    shape, is_fortran, dtype = _HEADERS[version](buffer)
    if dtype.kind not in ARRAY_KINDS or dtype.itemsize == 0:
        raise ValueError(f"an array has the dtype {dtype} and the shape {shape}")
    start = buffer.tell()
    if math.prod(shape) * dtype.itemsize != len(content) - start:
        raise ValueError(f"an array of shape {shape} and {dtype} has {len(content) - start} bytes")
    array: np.ndarray = np.ndarray(shape, dtype, content, start, order="F" if is_fortran else "C")
    return array.astype(dtype.newbyteorder("="), order="K")  # a copy: writable, and as the processor likes it
