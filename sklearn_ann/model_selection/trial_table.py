"""A row for each trial of a search: what was tried, how far it came, and how well.

Comes in: brackets, trials and their rows of ``cv_results_``. Goes out: columns by name, and the best of them as text.
Pandas is imported by the search that makes a frame of the columns.
"""

from __future__ import annotations

import numpy as np

__all__ = ["history_of", "standing_of", "summary_of", "trial_columns"]


def trial_columns(brackets, trials, rows, candidates, states, score):
    """Columns with a value for each candidate, in the order of their numbers.

    Parameters
    ----------
    brackets : sequence of Bracket
    trials : dict
        ``trials[candidate][fold]``.
    rows : list of Row
        Of the table.
    candidates : list of dict
        Their parameters.
    states : list of str
        What became of each in the end.
    score : callable
        ``score(result)``: the higher, the better.

    Returns
    -------
    dict of list
    """
    names = sorted({name for candidate in candidates for name in candidate})
    best = {}
    for row in rows:  # of equal scores the one after more epochs, as for best_index_; NaN only where nothing else is
        mean = np.mean([score(result) for result in row.results])
        if row.candidate not in best or mean >= best[row.candidate][0] or np.isnan(best[row.candidate][0]):
            best[row.candidate] = (mean, row.n_resources)
    n_epochs = {row.candidate: row.n_resources for row in rows}  # of the last rung
    columns = {
        "candidate": list(range(len(candidates))),
        "bracket": [number for number, bracket in enumerate(brackets) for _ in range(bracket.n_candidates[0])],
        "state": states,
        "n_epochs": [n_epochs.get(c, 0) for c in range(len(candidates))],
        "score": [best.get(c, (np.nan, 0))[0] for c in range(len(candidates))],
        "score_epoch": [best.get(c, (np.nan, 0))[1] for c in range(len(candidates))],
        "seconds": [
            sum(result["fit_time"] + result["score_time"] for trial in trials[c] for result in trial.results)
            for c in range(len(candidates))
        ],
    }
    return columns | {f"param_{name}": [candidate.get(name) for candidate in candidates] for name in names}


def history_of(rows):
    """Every finished fit in order of time."""
    records = [
        {
            "seconds": result["seconds"],
            "bracket": row.bracket,
            "iter": row.rung,
            "candidate": row.candidate,
            "split": split,
            "n_resources": row.n_resources,
            "test_scores": result["test_scores"],
        }
        for row in rows
        for split, result in enumerate(row.results)
    ]
    return sorted(records, key=lambda record: record["seconds"])


def summary_of(columns, n):
    """The ``n`` best trials as lines of text, the best first.

    Parameters
    ----------
    columns : dict of list
        Of :func:`trial_columns`.
    n : int
    """
    scores = np.array(columns["score"], dtype=float)
    order = np.lexsort((-scores, np.isnan(scores)))[:n]
    head = [name.removeprefix("param_") for name in columns]
    short = [name.rpartition("__")[2] for name in head]  # the steps of a Pipeline need not be named
    head = short if len(set(short)) == len(short) else head
    cells = [head, *([_shown(name, column[place]) for name, column in columns.items()] for place in order)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def standing_of(columns, n, seconds, time_left):
    """The ``n`` best trials of a search that goes on, below its time so far and the time left.

    Parameters
    ----------
    columns : dict of list
        Of :func:`trial_columns`.
    n : int
    seconds : float
    time_left : str
    """
    n_scored = int(np.sum(~np.isnan(np.array(columns["score"], dtype=float))))
    states = ["" if state == "interrupted" else state for state in columns["state"]]  # it may yet go on
    head = f"[{seconds:.1f} s, {time_left}] best of {n_scored} trials"
    return f"{head}\n{summary_of({**columns, 'state': states}, min(n, n_scored))}"


def _shown(name, value):
    if name == "seconds":
        return f"{value:.1f}"
    if isinstance(value, float | np.floating):
        return f"{value:.4g}"
    return " ".join(str(value).split())  # the text of an estimator has several lines
