"""One line that tells how far a training is."""

from __future__ import annotations

import os
import sys
import time
from typing import Any, TextIO

import numpy as np

from ..runtime.output import is_terminal, print_line
from .callback import Callback
from .fit_context import FitContext

__all__ = ["ProgressLine"]

_SECONDS_BETWEEN = 0.1  # more often nobody can read


class ProgressLine(Callback):
    """Print epoch, losses and scores, elapsed time and an upper limit of the time left on one line.

    The line also has the columns that earlier callbacks record.

    Parameters
    ----------
    file : text file, default=None
        File to write to. None for standard error, or for no output in a program without standard error. If the file is
        not a terminal, a line is written for each tenth of the epochs; if it is closed, none. On a terminal, the line
        is as long as its width allows, until the last one, which has all columns of the history.

    Examples
    --------
    >>> import sys
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.callbacks import ProgressLine
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((10,), tol=0.05, random_state=0).set_callbacks(ProgressLine(sys.stdout)).fit(X, y)
    epoch  12/200  loss 1.011  0:00:00, the training loss did not improve by tol=0.05 for 10 epochs
    """

    _is_last = True  # the line has what the others record in an epoch

    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file

    def __getstate__(self) -> dict[str, Any]:
        return {"_file": None}  # an open file goes to no other process

    def epoch_end(self, context: FitContext) -> None:
        """Write, unless it has just been done."""
        file, now = self._file or sys.stderr, time.perf_counter()
        if file is None:
            return
        if is_terminal(file):
            if now - context.notes.get(self, -np.inf) > _SECONDS_BETWEEN or context.epoch == context.max_epochs:
                context.notes[self] = now
                print_line("\r\x1b[K" + _line(context, _width(file) - 1), file, end="")
        elif context.epoch * 10 // context.max_epochs > (context.epoch - 1) * 10 // context.max_epochs:
            print_line(_line(context), file)

    def end(self, context: FitContext) -> None:
        """Write the last line, and why it is the last."""
        file = self._file or sys.stderr
        if file is None:
            return
        before = "\r\x1b[K" if is_terminal(file) else ""
        print_line(f"{before}{_line(context)}, {context.stop_reason}", file)


def _line(context: FitContext, max_length: int = sys.maxsize) -> str:
    width = len(str(context.max_epochs))
    last = {name: values[-1] for name, values in context.history.items() if name != "learning_rate" and len(values)}
    shown = [f"{name} {value:.4g}" for name, value in last.items() if not np.isnan(value)]  # NaN: not in this epoch
    values = "  ".join(shown)
    start, end = f"epoch {context.epoch:{width}}/{context.max_epochs}  ", f"  {_clock(context.seconds)}"
    if context.stop_reason is None and context.epoch:
        end += f", {_clock(context.seconds / context.epoch * (context.max_epochs - context.epoch))} left at most"
    room = max(0, max_length - len(start) - len(end))
    if len(values) > room:
        values = values[: max(0, room - 3)] + "..."
    return (start + values + end)[:max_length]


def _width(terminal: TextIO) -> int:
    """Characters of a line; a longer one would go on in the next, where it is not overwritten."""
    try:
        return os.get_terminal_size(terminal.fileno()).columns or 80
    except (OSError, ValueError, AttributeError):  # it is none of the system's
        return 80


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
