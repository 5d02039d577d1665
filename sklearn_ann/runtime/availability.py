"""Whether TensorFlow can work in this process as it is now.

Comes in: the state of the process. Goes out: None, or one sentence that says why not and what to do. Nothing is
repaired here, and nothing is run.

A forked process has a copy of TensorFlow's memory, but none of its threads, and whatever is handed to them waits for
ever. A fork before TensorFlow has started them is harmless.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from .backend import context, tf

__all__ = ["check_can_compile", "check_can_run", "why_not_compile", "why_not_run"]


def _has_started() -> bool:
    """Whether TensorFlow has started its threads: with the first tensor, or the first look at logical devices."""
    current = context.context_safe()
    return current is not None and current._initialized


def _are_threads_missing() -> bool:
    """Whether TensorFlow had started before this file was imported, and in a process from which this one was forked."""
    tasks = Path("/proc/self/task")
    if not _has_started() or not tasks.exists():  # other systems than Linux do not fork unless they are asked to
        return False
    for name in tasks.glob("*/comm"):
        with contextlib.suppress(OSError):  # a thread that has ended meanwhile
            if name.read_text().startswith("tf_"):
                return False
    return True


_forked = _are_threads_missing()


def _after_fork() -> None:
    global _forked
    _forked = _forked or _has_started()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_after_fork)


def why_not_run() -> str | None:
    """Why TensorFlow can run no operation now; None if it can."""
    if _forked:
        return (
            "TensorFlow cannot run in a process that was forked after TensorFlow had started, got process "
            f"{os.getpid()} forked from {os.getppid()}; start processes with multiprocessing's method 'spawn' or "
            "joblib's backend 'loky', or fork before the first fit."
        )
    if not tf.executing_eagerly():
        return (
            "TensorFlow must execute eagerly here, got graph mode; call this outside of tf.function and tf.Graph, and "
            "without tf.compat.v1.disable_eager_execution()."
        )
    return None


def why_not_compile() -> str | None:
    """Why no program can be compiled and run now; None if it can."""
    if context.context().op_callbacks:
        return (
            "XLA cannot compile operations that TensorFlow's debugger watches, got a thread in which it does; call "
            "tf.debugging.disable_check_numerics() and tf.debugging.experimental.disable_dump_debug_info() before fit."
        )
    return why_not_run()


def check_can_run() -> None:
    """Raise a RuntimeError of one sentence if TensorFlow can run no operation."""
    _raise(why_not_run())


def check_can_compile() -> None:
    """Raise a RuntimeError of one sentence if no program can be compiled."""
    _raise(why_not_compile())


def _raise(reason: str | None) -> None:
    if reason is not None:
        raise RuntimeError(reason)
