"""TensorFlow, imported quietly and once: the only file that imports it.

Comes in: nothing. Goes out: ``tf``, the TensorFlow module, and what it does not export: an operation of XLA's and the
module that knows the state of the runtime. All that is compiled takes them from here, so that the one place which pays
for the import (seconds) and silences its chatter is this one. Modules that import this file are themselves imported
only when a fit or a large prediction needs them.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator

from .quiet import without_lines

__all__ = ["context", "optimization_barrier", "tf"]

# What TensorFlow's C++ side prints while it loads: glog lines of level I, W or E, and two sentences without a prefix.
_CHATTER = re.compile(rb"^([IWE]\d{4} |WARNING: All log messages before absl|To enable the following instructions)")


def _settings() -> dict[str, str]:
    """Environment variables for the import, none that the user has set."""
    settings = {"TF_CPP_MIN_LOG_LEVEL": "3"}
    try:
        tempfile.gettempdir()
    except OSError:
        settings["TEST_TMPDIR"] = os.curdir  # TensorFlow imports absl's tests, which ask for a folder and write nothing
    return {name: value for name, value in settings.items() if name not in os.environ}


@contextlib.contextmanager
def _quiet_loading() -> Iterator[None]:
    """Swallow TensorFlow's start-up lines on the process' standard error, and nothing else.

    The lines come from C++ before its logging is set up, so that neither Python's ``sys.stderr`` nor the log level
    reaches them. The level is TensorFlow's own switch for what its C++ side says later ("Compiled cluster using XLA!",
    "failed call to cuInit" where there is no GPU).
    """
    settings = _settings()
    os.environ.update(settings)
    try:
        with without_lines(_CHATTER):
            yield
    finally:
        for name in settings:
            os.environ.pop(name, None)


try:
    if "tensorflow" in sys.modules:
        import tensorflow as tf
    else:
        with _quiet_loading():
            import tensorflow as tf
except ImportError as error:
    raise ImportError(
        f"This needs TensorFlow, whose import failed with {type(error).__name__} ({error}); install it with pip install"
        " tensorflow, or use NumPy: backend='numpy' or 'auto', and no device, functions of tensors or Keras models."
    ) from error

# TensorFlow exports no other way to XLA's barrier (JAX takes it from this module too) nor to the question whether its
# runtime has started. They come after the quiet import.
from tensorflow.compiler.tf2xla.python.xla import optimization_barrier  # noqa: E402
from tensorflow.python.eager import context  # noqa: E402
