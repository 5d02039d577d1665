"""Text for whoever watches a fit: the lines of ``verbose`` and of progress callbacks.

Comes in: text and a file. Goes out: nothing, and never an error of the file. A notebook closes its standard output,
and a pipe breaks when its reader ends; no fit is worth losing for a line that nobody reads.
"""

from __future__ import annotations

import contextlib
from typing import Any, TextIO

__all__ = ["SafeStream", "is_terminal", "print_line"]


def print_line(text: str, file: TextIO | None = None, end: str = "\n") -> None:
    """Print to ``file``, by default standard output, where it is open and its reader is there."""
    with contextlib.suppress(OSError, ValueError):  # what a broken pipe raises, and a closed file
        print(text, end=end, file=file, flush=True)


class SafeStream:
    """A text file as ``print_line`` writes to it, for those who write by themselves.

    Parameters
    ----------
    file : text file
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, text: str) -> int:
        """Write, where the file is open and its reader is there."""
        with contextlib.suppress(OSError, ValueError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, likewise."""
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()


def is_terminal(file: TextIO) -> bool:
    """Whether a file is a terminal; a closed one is none."""
    try:
        return file.isatty()
    except ValueError:
        return False
