"""A search on disk: what it draws at its beginning, and a file for each trial.

Comes in: the folder of a search, and what its trials depend on. Goes out: folds, seed and trials as they were when the
search was killed. Files are archives of :mod:`sklearn_ann.persistence`; a kill at any moment leaves each one whole.
"""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
from pathlib import Path

import numpy as np

from ..callbacks.fit_context import Snapshot
from ..persistence.archive import DamagedFile, read_archive, remove_unfinished, write_archive
from ..persistence.description import described, difference
from .trial import NEW_TRIAL, Trial

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

__all__ = ["TrialLog", "open_log"]

_FORMAT = 3
_OPEN: dict[tuple[int, Path], object] = {}
"""Folders that a process has open: its threads share the lock of a file, and the first to end would release it."""


@contextlib.contextmanager
def open_log(folder, identity, error_score):
    """A :class:`TrialLog` whose folder is locked, or None if ``folder`` is.

    Parameters
    ----------
    folder : str, path or None
        Made if it is not there.
    identity, error_score
        As for :class:`TrialLog`.

    Raises
    ------
    ValueError
        If another process or thread has it open.
    """
    if folder is None:
        yield None
        return
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with _of_this_thread(folder), open(folder / "search.lock", "a") as file:
        if fcntl is not None:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # which ends with the process, however that ends
            except (BlockingIOError, PermissionError):
                raise _in_use(folder, "process") from None
            except OSError:  # a file system without locks
                pass
        remove_unfinished(folder)
        yield TrialLog(folder, identity, error_score)


@contextlib.contextmanager
def _of_this_thread(folder):
    key, own = (os.getpid(), folder.resolve()), object()
    if _OPEN.setdefault(key, own) is not own:
        raise _in_use(folder, "thread")
    try:
        yield
    finally:
        del _OPEN[key]


def _in_use(folder, where):
    return ValueError(
        f"log must be the folder of one search at a time, got {str(folder)!r}, where one is running in another "
        f"{where}; wait for its end, or pass another folder."
    )


class TrialLog:
    """The folder of one search.

    Parameters
    ----------
    folder : Path
    identity : dict of str to description
        What the trials depend on, but for folds and candidates.
    error_score : 'raise' or float
        Of fits that fail.
    """

    def __init__(self, folder, identity, error_score):
        self.folder, self._identity, self._error_score = folder, identity, described(error_score)
        self._key = None

    def start(self, seed, splits, cv, split):
        """The seed and the folds of the search: these if it begins now, else those that it began with.

        Parameters
        ----------
        seed : int
        splits : list of tuple of two arrays
            As ``split()`` gives them, once more or again, by the splitter ``cv``.
        cv : splitter
        split : callable

        Raises
        ------
        ValueError
            If the folder is that of another search.
        """
        path = self.folder / "search.zip"
        if not path.exists():
            arrays = {
                f"{part}_{fold}": np.asarray(rows)
                for fold, pair in enumerate(splits)
                for part, rows in zip(("train", "test"), pair, strict=True)
            }
            document = {"format": _FORMAT, "key": secrets.token_hex(8), "identity": self._identity, "cv": described(cv)}
            write_archive(path, {**document, "seed": seed, "n_splits": len(splits)}, arrays)
        try:
            document, arrays = read_archive(path)
        except DamagedFile as error:
            raise self._error(f"whose search.zip cannot be read: {str(error).rstrip('.')}") from None
        if document.get("format") != _FORMAT:
            raise self._error("which is of another version of this package")
        before = document["identity"]
        for name in [*self._identity, *sorted(before.keys() - self._identity.keys())]:
            if before.get(name) != self._identity.get(name):
                where = difference(before.get(name, "nothing"), self._identity.get(name, "nothing"))
                raise self._error(f"which is that of a search that differs in {name}{f' ({where})' if where else ''}")
        folds = range(document["n_splits"])
        kept = [(arrays[f"train_{fold}"], arrays[f"test_{fold}"]) for fold in folds]
        # A splitter that splits otherwise each time is told by its settings, any other by its folds.
        if not _are_equal(kept, splits) and (document["cv"] != described(cv) or _are_equal(splits, split())):
            raise self._error("which is that of a search that differs in the folds of cv")
        self._key = document["key"]
        return document["seed"], kept

    def read(self, key, parameters):
        """The trial ``(candidate, fold)`` as it is here, without its snapshot; a new one if there is none.

        Parameters
        ----------
        key : tuple of (int, int)
        parameters : str
            The candidate's, as they are printed.

        Raises
        ------
        ValueError
            If it is of another candidate, or of another search.
        """
        document, trial = self._read(key)
        if trial is None:
            return NEW_TRIAL
        if document["parameters"] != parameters:
            raise self._error(f"where candidate {key[0]} is {document['parameters']}, not {parameters}")
        return trial._replace(snapshot=None)

    def trial(self, key):
        """The trial ``(candidate, fold)`` with its snapshot; a new one if there is none."""
        _, trial = self._read(key)
        return NEW_TRIAL if trial is None else trial

    def keeping(self, step, key, parameters):
        """A function that does what ``step`` does to the trial; its snapshot is here, not in memory."""
        return functools.partial(self._advance, step, key, parameters)

    def _advance(self, step, key, printed_parameters, trial, **arguments):
        _, kept = self._read(key)
        n_done = len(trial.results)
        if kept is not None and len(kept.results) > n_done:  # by a worker that went on after a Ctrl-C
            is_last = len(kept.results) == n_done + 1
            return Trial(kept.results[: n_done + 1], None, kept.ended and is_last, kept.is_amid_rung and is_last)
        before = trial._replace(snapshot=None if kept is None else kept.snapshot)
        after = step(before, **arguments)
        if after is not before:
            self._write(key, printed_parameters, after)
        return after._replace(snapshot=None)

    def _write(self, key, parameters, trial):
        document = {"search": self._key, "parameters": parameters, "error_score": self._error_score}
        document |= {"results": trial.results, "ended": trial.ended, "is_amid_rung": trial.is_amid_rung}
        document["snapshot"] = None if trial.snapshot is None else trial.snapshot.document
        write_archive(self._path(key), document, {} if trial.snapshot is None else trial.snapshot.arrays)

    def _read(self, key):
        """The document of a trial, and the trial; None if there is none, or one that has failed with another score."""
        try:
            document, arrays = read_archive(self._path(key))
        except (FileNotFoundError, DamagedFile):
            return None, None
        if document.get("search") != self._key:
            raise self._error(f"where candidate {key[0]} is of another search")
        is_failed = any(result["fit_error"] is not None for result in document["results"])
        if is_failed and document["error_score"] != self._error_score:
            return None, None
        snapshot = None if document["snapshot"] is None else Snapshot(document["snapshot"], arrays)
        results, ended, is_amid_rung = (document[name] for name in ("results", "ended", "is_amid_rung"))
        return document, Trial(tuple(results), snapshot, ended, is_amid_rung)

    def _path(self, key):
        return self.folder / "candidate-{:04d}-fold-{}.zip".format(*key)

    def _error(self, reason):
        return ValueError(
            f"log must be the folder of this search or a new one, got {str(self.folder)!r}, {reason}; pass another "
            "folder, or the search as it was."
        )


def _are_equal(splits, others):
    """Whether folds have the same rows in the same order."""
    return len(splits) == len(others) and all(
        np.array_equal(rows, of_other)
        for pair, other in zip(splits, others, strict=True)
        for rows, of_other in zip(pair, other, strict=True)
    )
