"""TensorFlow, imported quietly and once: the only file that imports it.

Comes in: nothing. Goes out: ``tf``, the TensorFlow module, and an operation of XLA's that it does not export. All that
is compiled takes them from here, so that the one place which pays for the import (seconds) and silences its chatter is
this one. Modules that import this file are themselves imported only when a fit or a large prediction needs them.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator

__all__ = ["optimization_barrier", "tf"]

_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
# What TensorFlow's C++ side prints while it loads: glog lines of level I, W or E, and two sentences without a prefix.
_CHATTER = re.compile(rb"^([IWE]\d{4} |WARNING: All log messages before absl|To enable the following instructions)")


@contextlib.contextmanager
def _quiet_loading() -> Iterator[None]:
    """Swallow TensorFlow's start-up lines on the process' standard error, and nothing else.

    The lines come from C++ before its logging is set up, so that neither Python's ``sys.stderr`` nor the log level
    reaches them: file descriptor 2 is collected in a temporary file meanwhile and what is not TensorFlow's own chatter
    is written out afterwards. The level is TensorFlow's own switch for what its C++ side says later ("Compiled cluster
    using XLA!", "failed call to cuInit" where there is no GPU); one that the user has set is left alone.
    """
    user_level = os.environ.get(_LOG_LEVEL)
    sys.stderr.flush()
    with tempfile.TemporaryFile() as collected:
        stderr_copy = os.dup(2)
        os.dup2(collected.fileno(), 2)
        if user_level is None:
            os.environ[_LOG_LEVEL] = "3"
        try:
            yield
        finally:
            if user_level is None:
                del os.environ[_LOG_LEVEL]
            sys.stderr.flush()
            os.dup2(stderr_copy, 2)
            os.close(stderr_copy)
            collected.seek(0)
            for line in collected:
                if not _CHATTER.match(line):
                    os.write(2, line)


if "tensorflow" in sys.modules:
    import tensorflow as tf
else:
    with _quiet_loading():
        import tensorflow as tf

# TensorFlow exports no other way to XLA's barrier; JAX takes it from this module too. It comes after the quiet import.
from tensorflow.compiler.tf2xla.python.xla import optimization_barrier  # noqa: E402
