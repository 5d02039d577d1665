"""Save a fitted estimator to a file; :mod:`sklearn_ann.fitting.storage`, imported for it, defines its contents."""

from __future__ import annotations

from pathlib import Path

from sklearn.utils.validation import check_is_fitted

from ..persistence.archive import write_archive

__all__ = ["Saved"]


class Saved:
    """Mixin of the estimators."""

    def save(self, path):
        """Save the fitted estimator to a file, for :func:`sklearn_ann.load`.

        The file contains parameters, weights, classes, curves and the optimizer state, so predictions, ``partial_fit``
        and ``warm_start`` continue exactly. It is a zip of a JSON document and NumPy arrays without any code, so it is
        safe to load files from others. It is written completely or not at all: if saving fails, an existing file is
        kept. A ``base`` is saved only if it is a path, since the weights no longer depend on it.

        Parameters
        ----------
        path : str or path
            Path of the file; an existing file is replaced and keeps its permissions. Its folder must exist.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If the estimator contains a function, an object of a class outside sklearn_ann, or a callback, since these
            would need code.
        OSError
            If the folder of the file does not exist, or the system refuses to write it.
        """
        check_is_fitted(self, ["coefs_", "coef_"], all_or_any=any)
        name, package = type(self).__name__, __package__.partition(".")[0]
        if type(self).__module__.partition(".")[0] != package:
            raise ValueError(f"save stores no code, got an estimator of your own class {name}; pickle it.")
        if callbacks := getattr(self, "_skl_callbacks", []):
            raise ValueError(
                f"save stores no callbacks, got {list(callbacks)!r}; remove them first, with set_callbacks()."
            )
        from ..fitting.storage import document_of

        write_archive(Path(path), *document_of(self))
