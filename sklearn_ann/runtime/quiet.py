"""Filter lines of standard error while a block runs.

Comes in: a pattern. Goes out: the lines written to the process' standard error that do not match it, after the block.
Where lines cannot be held back (standard error is closed, or there is no folder for temporary files) all of them appear
as they are written: silence is never what makes the block fail.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator

__all__ = ["without_lines"]


@contextlib.contextmanager
def without_lines(pattern: re.Pattern[bytes]) -> Iterator[None]:
    """Drop the lines of standard error that match ``pattern``, where that is possible."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            stack.enter_context(_filtered(pattern))
        yield


@contextlib.contextmanager
def _filtered(pattern: re.Pattern[bytes]) -> Iterator[None]:
    """Collect file descriptor 2, which C++ writes to as well, in a temporary file."""
    _flush()
    stderr_copy = os.dup(2)
    try:
        with tempfile.TemporaryFile() as collected:
            os.dup2(collected.fileno(), 2)
            try:
                yield
            finally:
                _flush()
                os.dup2(stderr_copy, 2)
                collected.seek(0)
                with contextlib.suppress(OSError):  # a pipe that nobody reads any more
                    for line in collected:
                        if not pattern.match(line):
                            os.write(2, line)
    finally:
        os.close(stderr_copy)


def _flush() -> None:
    with contextlib.suppress(Exception):  # None, closed, or an object of the user's own
        sys.stderr.flush()
