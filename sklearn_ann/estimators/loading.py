"""Load a fitted estimator from a file written by ``save``."""

from __future__ import annotations

from pathlib import Path

from ..fitting.storage import check_protocol, restore
from ..fitting.storage_checks import CHECK_ERRORS
from ..persistence.archive import DamagedFile, in_short, read_archive
from .classifier import MLPClassifierTF
from .regressor import MLPRegressorTF

__all__ = ["load"]


def load(path):
    """Load an estimator from a file written by its method ``save``.

    No code from the file is run, and TensorFlow is not imported. A damaged or hostile file raises an error before it
    can take more memory than its length explains.

    Parameters
    ----------
    path : str or path
        Path of the file.

    Returns
    -------
    MLPClassifierTF, MLPRegressorTF or PerceptronClassifier
        Fitted estimator, which predicts and trains on like the one that was saved.

    Raises
    ------
    OSError
        If there is no such file, or the system refuses to read it.
    ValueError
        If the file is damaged, not a file of a model, or written by a later version of the package.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF, load
    >>> X, y = load_iris(return_X_y=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "iris.zip"
    ...     MLPClassifierTF((10,), solver="lbfgs", random_state=0).fit(X, y).save(path)
    ...     model = load(path)
    >>> model.score(X, y) > 0.97
    True
    """
    try:
        return _restored(*read_archive(Path(path)))
    except DamagedFile as error:
        raise DamagedFile(f"load takes a file that save has written, got {str(path)!r}: {error}") from error


def _restored(document, arrays):
    try:
        check_protocol(document)
        if "weights_of" in document:
            raise DamagedFile(
                "it contains weights only; load them into a fitted model of that shape, with load_weights."
            )
        return restore(_class_named(document["estimator"]), document, arrays)
    except DamagedFile:
        raise
    except CHECK_ERRORS as error:
        raise DamagedFile(
            f"it contains no model of this package ({type(error).__name__}: {in_short(error)})."
        ) from error


def _class_named(name):
    if name == "PerceptronClassifier":
        from .perceptron import PerceptronClassifier  # see ``__getattr__`` of the room

        return PerceptronClassifier
    return {each.__name__: each for each in (MLPClassifierTF, MLPRegressorTF)}[name]
