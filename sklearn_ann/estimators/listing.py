"""The saved files of a folder as rows, one for each file, read from their cards.

No array is read and no model is made; a file that cannot be read is a row that says why.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..fitting.storage import check_protocol
from ..fitting.storage_checks import CHECK_ERRORS
from ..persistence.archive import DamagedFile, in_short, read_document
from ..persistence.values import matches

__all__ = ["list_models"]

_MAX_BYTES = 2**22  # of a document: curves of tens of thousands of epochs
_COLUMNS = {
    "estimator": str,
    "weights_only": bool,
    "data_shape": list[int | None],
    "scores": dict[str, float | str],
    "parameters": dict[str, str],
    "date": str | None,
    "versions": dict[str, str],
}
_SINCE = {"parameters": {}, "date": None}  # the cards of the first files have none of these


def list_models(folder):
    """List the saved models in a folder.

    Reads only the cards of the files, so it needs little time and memory however large the models are. A card is a
    claim of the file: only :func:`sklearn_ann.load` checks it.

    Parameters
    ----------
    folder : str or path
        Folder whose ``*.zip`` files, written by ``save`` or ``save_weights``, are listed; subfolders are not searched.

    Returns
    -------
    list of dict
        A row for each file, sorted by name:

        - ``name`` of the file;
        - ``estimator``: name of its class;
        - ``weights_only``: whether ``save_weights`` wrote it;
        - ``data_shape``: shape of the last X trained on;
        - ``scores``: a dict with ``loss``, ``n_iter``, ..., and ``best_validation_score`` with early stopping;
        - ``parameters``: a dict of parameters that are not defaults, as text;
        - ``date``: when it was saved, in UTC;
        - ``versions``: a dict of package versions;
        - ``error``: why the file cannot be read, in which case all other values but ``name`` are None; otherwise None.

    Raises
    ------
    OSError
        If there is no such folder, or the system refuses to read it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF, list_models, load
    >>> X, y = load_iris(return_X_y=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for size in (5, 10):
    ...         model = MLPClassifierTF((size,), solver="lbfgs", random_state=0).fit(X, y)
    ...         model.save(Path(folder) / f"iris_{size}.zip")
    ...     rows = list_models(folder)
    ...     best = min(rows, key=lambda row: row["scores"]["loss"])
    ...     model = load(Path(folder) / best["name"])
    >>> for row in rows:
    ...     print(row["name"], row["estimator"], row["data_shape"], row["parameters"]["hidden_layer_sizes"])
    iris_10.zip MLPClassifierTF (150, 4) (10,)
    iris_5.zip MLPClassifierTF (150, 4) (5,)
    """
    # Path.is_file raises an error for a link into a folder that may not be entered.
    paths = sorted(path for path in Path(folder).iterdir() if path.suffix == ".zip" and os.path.isfile(path))
    return [_row(path) for path in paths]


def _row(path):
    row = {"name": path.name, **dict.fromkeys(_COLUMNS), "error": None}
    try:
        return row | _described(read_document(path, _MAX_BYTES))
    except (DamagedFile, OSError) as error:
        return row | {"error": str(error)}
    except CHECK_ERRORS as error:
        return row | {"error": f"it contains no model of this package ({type(error).__name__}: {in_short(error)})."}


def _described(document):
    """The columns that a document fills."""
    check_protocol(document)
    weights_only = "weights_of" in document
    estimator = document["weights_of" if weights_only else "estimator"]
    found = {**_SINCE, **document["card"], "estimator": estimator, "weights_only": weights_only}
    for name, hint in _COLUMNS.items():
        if not matches(found[name], hint):
            raise TypeError(f"{name} is of {type(found[name])}")
    return {name: found[name] for name in _COLUMNS} | {"data_shape": tuple(found["data_shape"])}
