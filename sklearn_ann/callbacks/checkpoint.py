"""Checkpoints: all that a fit needs to go on, in files of a folder.

Writes what a report's ``snapshot`` gives; what is in it, and how a fit goes on from it, is the estimator's affair.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ..persistence.archive import remove_unfinished, write_archive
from .callback import Callback
from .columns import check_column, merits
from .report import Report

__all__ = ["Checkpoint", "checkpoint_files"]

_BEST = "best.zip"


def checkpoint_files(folder: str | Path) -> list[Path]:
    """The checkpoints of a folder by epoch, the newest first, without that of the best epoch."""
    files = {
        int(found[1]): path
        for path in Path(folder).glob("*")
        if (found := re.fullmatch(r"epoch-(\d+)\.zip", path.name))
    }
    return [files[epoch] for epoch in sorted(files, reverse=True)]


class Checkpoint(Callback):
    """Writes all that a fit needs to go on: weights, the solver's memory, generators, curves, the stopping rule.

    ``fit(..., resume=True)`` on an estimator with the same parameters and data goes on from the newest one that is
    whole, and ends with exactly the weights of a fit that was never interrupted. For the MLPs, not for
    ``solver='lbfgs'``.

    Parameters
    ----------
    folder : str or path
        Made if need be. For one fit: where it holds checkpoints, a fit without ``resume`` is refused.
    every : int, default=1
        Epochs from one checkpoint to the next. The last epoch of a fit has one in any case.
    keep : int, default=2
        How many of the newest stay, as ``epoch-000012.zip``.
    best : str or None, default=None
        A column of the history, such as ``'validation_loss'``: ``best.zip`` is that of the epoch where it was best so
        far: the lowest of a column whose name ends in ``loss``, of others the highest.

    Raises
    ------
    ValueError
        If a parameter is out of range; and from ``fit``, if the history has no such column, the folder holds the
        checkpoints of another fit, or the fit could not be resumed.
    """

    def __init__(self, folder: str | Path, *, every: int = 1, keep: int = 2, best: str | None = None) -> None:
        for name, value in (("every", every), ("keep", keep)):
            if not isinstance(value, int | np.integer) or value < 1:
                raise ValueError(f"{name} must be a whole number from 1, got {value!r}; leave it out for the default.")
        self.folder, self.every, self.keep, self.best = folder, every, keep, best

    def begin(self, report: Report) -> None:
        """Make the folder, and see that it is this fit's."""
        if self.best is not None:
            check_column("best", self.best, report)
        report.snapshot()  # what cannot be resumed is refused now
        folder = Path(self.folder)
        folder.mkdir(parents=True, exist_ok=True)
        if not report.epoch and checkpoint_files(folder):
            raise ValueError(
                f"folder must be one without checkpoints for a fit that begins anew, got {str(folder)!r} with "
                f"{checkpoint_files(folder)[0].name}; call fit with resume=True to go on from it, or take another."
            )
        remove_unfinished(folder)
        report.notes[self] = report.epoch  # the last that was written, or needs not be

    def epoch_end(self, report: Report) -> None:
        """Write, where it is time to."""
        if report.epoch % self.every == 0:
            self._write(report)
        if self.best is not None and _last_is_best(merits(self.best, report)):
            write_archive(Path(self.folder) / _BEST, *report.snapshot())

    def end(self, report: Report) -> None:
        """Write the last epoch, if that has not been done."""
        if report.notes.get(self, report.epoch) != report.epoch and np.isfinite(report.history["loss"][-1]):
            self._write(report)

    def _write(self, report: Report) -> None:
        folder = Path(self.folder)
        report.notes[self] = report.epoch
        write_archive(folder / f"epoch-{report.epoch:06d}.zip", *report.snapshot())
        for path in checkpoint_files(folder)[self.keep :]:
            path.unlink(missing_ok=True)


def _last_is_best(values: np.ndarray) -> bool:
    earlier = values[:-1][np.isfinite(values[:-1])]
    return bool(np.isfinite(values[-1]) and (not len(earlier) or values[-1] > earlier.max()))
