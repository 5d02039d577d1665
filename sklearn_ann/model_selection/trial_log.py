"""A search on disk: what it draws at its beginning, and a file for each trial.

Comes in: the folder of a search. Goes out: folds, seed and trials as they were when the search was killed. Files are
archives of :mod:`sklearn_ann.persistence`; a kill at any moment leaves each one whole.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np

from ..callbacks.fit_context import Snapshot
from ..fitting.resuming import printed
from ..persistence.archive import DamagedFile, read_archive, remove_unfinished, write_archive
from .trial import NEW_TRIAL, Trial

__all__ = ["TrialLog"]

_FORMAT = 1
_FREE = {"log", "n_jobs", "time_budget", "refit", "error_score", "ensemble_size", "tensorboard", "verbose"}
"""Parameters of a search that do not change how a trial is trained."""


class TrialLog:
    """The folder of one search.

    Parameters
    ----------
    folder : str or path
        Made if it is not there.
    search : estimator
    digest : str
        Of the data.

    Raises
    ------
    ValueError
        If the folder is that of another search.
    """

    def __init__(self, folder, search, digest):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        remove_unfinished(self.folder)
        parameters = {
            name: printed(value)
            for name, value in search.get_params().items()  # nested ones too: a printed Pipeline may be cut short
            if name not in _FREE and not hasattr(value, "get_state")
        }
        self._identity = {"format": _FORMAT, "search": type(search).__name__, "parameters": parameters, "data": digest}

    def start(self, seed, splits):
        """The seed and the folds of the search: these if it begins now, else those that it began with."""
        path = self.folder / "search.zip"
        if not path.exists():
            arrays = {
                f"{part}_{fold}": np.asarray(rows)
                for fold, pair in enumerate(splits)
                for part, rows in zip(("train", "test"), pair, strict=True)
            }
            write_archive(path, {**self._identity, "seed": seed, "n_splits": len(splits)}, arrays)
        document, arrays = read_archive(path)
        for name, value in self._identity.items():
            if document.get(name) != value:
                raise ValueError(
                    f"log must be the folder of this search or a new one, got {str(self.folder)!r}, which is that of a "
                    f"search with another {_first_difference(name, document.get(name), value)}; pass another folder."
                )
        folds = range(document["n_splits"])
        return document["seed"], [(arrays[f"train_{fold}"], arrays[f"test_{fold}"]) for fold in folds]

    def read(self, key, parameters):
        """The trial ``(candidate, fold)`` as it is here, without its snapshot; a new one if there is none."""
        trial = self._read(key, parameters)
        return NEW_TRIAL if trial is None else trial._replace(snapshot=None)

    def snapshot(self, key, parameters):
        """The snapshot of the trial ``(candidate, fold)``; None if there is none."""
        trial = self._read(key, parameters)
        return None if trial is None else trial.snapshot

    def keeping(self, step, key):
        """A function that does what ``step`` does to the trial; its snapshot is here, not in memory."""
        return functools.partial(self._advance, step, key)

    def _advance(self, step, key, trial, *, parameters, **arguments):
        kept = self._read(key, parameters)
        before = trial._replace(snapshot=None if kept is None else kept.snapshot)
        after = step(before, parameters=parameters, **arguments)
        if after is not before:
            self._write(key, parameters, after)
        return after._replace(snapshot=None)

    def _write(self, key, parameters, trial):
        document = {"parameters": printed(parameters), "results": trial.results, "ended": trial.ended}
        document["snapshot"], arrays = (None, {}) if trial.snapshot is None else trial.snapshot
        write_archive(self._path(key), document, arrays)

    def _read(self, key, parameters):
        try:
            document, arrays = read_archive(self._path(key))
        except (FileNotFoundError, DamagedFile):
            return None
        if document["parameters"] != printed(parameters):
            raise ValueError(
                f"log must be the folder of this search or a new one, got {str(self.folder)!r}, where candidate "
                f"{key[0]} is {document['parameters']}, not {printed(parameters)}; pass another folder."
            )
        snapshot = None if document["snapshot"] is None else Snapshot(document["snapshot"], arrays)
        return Trial(tuple(document["results"]), snapshot, document["ended"])

    def _path(self, key):
        return self.folder / "candidate-{:04d}-fold-{}.zip".format(*key)


def _first_difference(name, before, now):
    if name != "parameters":
        return name
    return next(key for key in sorted(before.keys() | now.keys()) if before.get(key) != now.get(key))
