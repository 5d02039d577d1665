"""A fitted estimator to a file; what is in it is for :mod:`sklearn_ann.fitting.storage` to say."""

from __future__ import annotations

from pathlib import Path

from sklearn.utils.validation import check_is_fitted

from ..fitting.storage import document_of
from ..persistence.archive import write_archive

__all__ = ["Saved"]


class Saved:
    """Mixin of the estimators."""

    def save(self, path):
        """Save the fitted estimator to a file, from which :func:`sklearn_ann.load` makes it again.

        Parameters, weights, classes, curves and the optimizer's state are stored, so that predictions,
        ``partial_fit`` and ``warm_start`` go on exactly. The file is a zip of a JSON document and NumPy arrays. It
        holds no code, so that files of others may be loaded. It is written as a whole or not at all: where saving
        fails, a file that was there before stays. A ``base`` is left out, since the weights hold what came of it; the
        path of one stays.

        Parameters
        ----------
        path : str or path
            Of the file; one that is there is replaced. Its folder must exist.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If something of the estimator would need code: a function, an object of a class that is not one of
            sklearn_ann's, a callback.
        """
        check_is_fitted(self, ["coefs_", "coef_"], all_or_any=any)
        name, package = type(self).__name__, __package__.partition(".")[0]
        if type(self).__module__.partition(".")[0] != package:
            raise ValueError(f"save stores no code, got an estimator of your own class {name}; pickle it.")
        if callbacks := getattr(self, "_skl_callbacks", []):
            raise ValueError(
                f"save stores no callbacks, got {list(callbacks)!r}; remove them first, with set_callbacks()."
            )
        write_archive(Path(path), *document_of(self))
