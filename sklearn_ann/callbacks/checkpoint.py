"""Checkpoints: the complete state of a fit, in files of a folder.

Writes the ``snapshot`` of a context. The estimator defines its contents, and how a fit resumes from it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..persistence.archive import remove_unfinished, write_archive
from .callback import Callback
from .columns import check_column, check_mode, monitored_values, warn_of_no_number
from .fit_context import FitContext
from .folders import check_folder, new_folder

__all__ = ["Checkpoint", "checkpoint_files", "epoch_of", "fit_name"]

_BEST = "best.zip"


def fit_name(document: Mapping[str, Any], max_iter: str | None = None) -> str:
    """A name for the folder of a fit: the same for the same estimator, parameters and data.

    Parameters
    ----------
    document : dict
        With ``estimator``, ``parameters`` and ``data``, as in a checkpoint.
    max_iter : str, optional
        In place of the ``max_iter`` among the parameters, with which the name ends.
    """
    others = {name: value for name, value in document["parameters"].items() if name != "max_iter"}
    content = json.dumps([others, document["data"]], sort_keys=True).encode()
    key = hashlib.blake2b(content, digest_size=6).hexdigest()
    return f"{document['estimator']}-{key}-{max_iter or document['parameters']['max_iter']}"


def epoch_of(path: Path) -> int:
    """The epoch of a checkpoint, by its name; 0 of any other file."""
    found = re.fullmatch(r"epoch-(\d+)\.zip", path.name)
    return int(found[1]) if found else 0


def checkpoint_files(folder: str | Path, name: str = ".*") -> list[Path]:
    """The checkpoints in a folder, and in the folders of fits in it, without those of the best epoch.

    Parameters
    ----------
    folder : str or Path
        Of one fit or of several.
    name : str, default='.*'
        A pattern of the names of fits, as of :func:`fit_name`.

    Returns
    -------
    list of Path
        By epoch, the last epoch first; of the same epoch, that of the newest fit first.
    """
    files = [path for pattern in ("*.zip", "*/*.zip") for path in Path(folder).glob(pattern) if epoch_of(path)]
    files = [path for path in files if re.fullmatch(rf"(.*-)?{name}(-\d+)?", path.resolve().parent.name)]
    return sorted(files, key=lambda path: (epoch_of(path), path.parent.name), reverse=True)


class Checkpoint(Callback):
    """Write checkpoints, from which a fit can be resumed.

    They contain weights, optimizer state, random generators, curves and the state of the stopping rule. On an estimator
    with the same parameters and data, ``fit(..., resume=True)`` resumes from the newest complete checkpoint, and ends
    with exactly the weights of a fit that was never interrupted. One callback may serve several fits, as in a search:
    each finds its own checkpoints. Not supported with ``solver='lbfgs'``.

    Parameters
    ----------
    folder : str or path
        Folder for all fits, created if missing. Each fit has its own subfolder, named after the time, the estimator, a
        digest of its parameters and data, and ``max_iter``, with a number appended if that name exists. A resumed fit
        continues in its folder.
    every : int, default=1
        Number of epochs between checkpoints. There is always one for the last epoch of a fit.
    keep : int, default=2
        Number of newest checkpoints to keep, with names like ``epoch-000012.zip``.
    best : str or None, default=None
        Column of the history, such as ``'validation_loss'``, by which to keep the checkpoint of the best epoch so far
        as ``best.zip``.
    mode : {'auto', 'min', 'max'}, default='auto'
        Whether low or high values of ``best`` are better. With ``'auto'``, losses and mistakes are minimized, scores
        and accuracies are maximized, and for metrics of Keras, Keras decides.

    Raises
    ------
    ValueError
        If ``folder`` is no path of a folder, or a parameter is out of range; and from ``fit``, if the history has no
        such column, if ``mode='auto'`` does not know which of its values are better, or if the fit cannot be resumed.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.callbacks import Checkpoint
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((10,), tol=0.01, random_state=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     n_epochs = model.set_callbacks(Checkpoint(folder, every=10)).fit(X, y).n_iter_
    ...     resumed = model.fit(X, y, resume=True)
    >>> resumed.n_iter_ == n_epochs
    True
    """

    _is_last = True  # what the others record in an epoch belongs to its checkpoint

    def __init__(
        self, folder: str | Path, *, every: int = 1, keep: int = 2, best: str | None = None, mode: str = "auto"
    ) -> None:
        check_folder("folder", folder)
        for name, value in (("every", every), ("keep", keep)):
            if not isinstance(value, int | np.integer) or value < 1:
                raise ValueError(f"{name} must be a whole number from 1, got {value!r}; leave it out for the default.")
        check_mode(mode)
        self.folder, self.every, self.keep, self.best, self.mode = folder, every, keep, best, mode

    def begin(self, context: FitContext) -> None:
        """Make the fit's folder, or find it where the fit goes on from a checkpoint in it."""
        if self.best is not None:
            check_column("best", self.best, context, self.mode)
        document = context.snapshot().document  # what cannot be resumed is refused now
        name = fit_name(document)
        files = [path for path in checkpoint_files(self.folder, re.escape(name)) if epoch_of(path) == context.epoch]
        folder = files[0].parent if files else new_folder(self.folder, name)
        remove_unfinished(folder)
        context.notes[self] = folder, context.epoch  # and the last that was written, or needs not be

    def epoch_end(self, context: FitContext) -> None:
        """Write, where it is time to."""
        folder, _ = context.notes[self]
        if context.epoch % self.every == 0:
            self._write(folder, context)
        if self.best is not None and _last_is_best(monitored_values(self.best, context, self.mode)):
            _write_snapshot(folder / _BEST, context)

    def end(self, context: FitContext) -> None:
        """Write the last epoch, if that has not been done."""
        folder, written = context.notes.get(self, (None, context.epoch))
        if written != context.epoch:
            self._write(folder, context)
        if self.best is not None:
            warn_of_no_number("best", self.best, context)

    def _write(self, folder: Path, context: FitContext) -> None:
        context.notes[self] = folder, context.epoch
        _write_snapshot(folder / f"epoch-{context.epoch:06d}.zip", context)
        for path in checkpoint_files(folder)[self.keep :]:
            path.unlink(missing_ok=True)


def _write_snapshot(path: Path, context: FitContext) -> None:
    snapshot = context.snapshot()
    write_archive(path, snapshot.document, snapshot.arrays)


def _last_is_best(values: np.ndarray) -> bool:
    earlier = values[:-1][np.isfinite(values[:-1])]
    return bool(np.isfinite(values[-1]) and (not len(earlier) or values[-1] > earlier.max()))
