"""Trials as runs of TensorBoard: parameters and scores, for its table of hyperparameters.

Comes in: rows of a search's table. Goes out: a folder of event files for each trial. The curves of single fits are
written by the callback ``TensorBoard`` of the estimator, not here.
"""

from __future__ import annotations

import numpy as np

from ..callbacks.event_files import EventFiles
from ..runtime.extras import check_installed

__all__ = ["TrialEvents"]


class TrialEvents:
    """Event files of the trials of one search.

    Parameters
    ----------
    folder : str or path
        Of all trials; made if it is not there.
    candidates : list of dict
        Their parameters.

    Raises
    ------
    ImportError
        If the package tensorboard is missing.
    """

    def __init__(self, folder, candidates):
        check_installed("tensorboard", extra="tensorboard", subject="tensorboard=folder")
        self._folder, self._candidates = str(folder), candidates
        self._files, self._columns = {}, {}

    def write(self, rows):
        """Write the scores of these rows of the table, as far as they have not been written yet."""
        for row in rows:
            columns = self._columns.setdefault(row.candidate, {})
            if len(columns.get("mean_fit_time", ())) >= row.n_resources:
                continue
            for name, value in _scalars(row.results).items():
                before = columns.get(name, np.empty(0))
                columns[name] = np.append(before, [*[np.nan] * (row.n_resources - len(before) - 1), value])
            files = self._of(row.candidate, row.bracket)
            files.write_history(columns)
            files.close()  # a search has too many trials to keep their files open

    def end(self, states):
        """Write what became of each trial that has begun."""
        for candidate, files in self._files.items():
            files.write_status(states[candidate] == "failed")
            files.close()

    def _of(self, candidate, bracket):
        if candidate not in self._files:
            files = self._files[candidate] = EventFiles(self._folder, f"trial-{candidate:04d}")
            files.write_hyperparameters({**self._candidates[candidate], "bracket": bracket})
        return self._files[candidate]


def _scalars(results):
    """Means over the folds by their names in ``cv_results_``, where they are finite."""
    scores = [result["test_scores"] for result in results]
    if not isinstance(scores[0], dict):
        scores = [{"score": score} for score in scores]
    means = {f"mean_test_{name}": np.mean([each[name] for each in scores]) for name in scores[0]}
    return means | {"mean_fit_time": np.mean([result["fit_time"] for result in results])}
