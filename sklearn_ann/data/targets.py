"""Targets as a network sees them: labels or numbers in, encoded columns out, and predictions back to labels.

One class per kind of target. Each says what the last layer must be (``heads`` and whether it is a softmax) and keeps
plain NumPy only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.multiclass import check_classification_targets, type_of_target

__all__ = [
    "BinaryTarget",
    "ClassTarget",
    "MulticlassTarget",
    "MultilabelTarget",
    "MultioutputTarget",
    "RealTarget",
    "class_target",
]

_KINDS = {"binary", "multiclass", "multiclass-multioutput", "multilabel-indicator"}


class RealTarget:
    """Real numbers, one column or several."""

    def __init__(self, y: np.ndarray) -> None:
        self.heads = (1 if y.ndim == 1 else y.shape[1],)
        self._is_vector = y.ndim == 1 or y.shape[1] == 1

    def encode(self, y: np.ndarray, dtype: Any) -> np.ndarray:
        """Columns of dtype ``dtype``."""
        return np.asarray(y, dtype=dtype).reshape(len(y), -1)

    def decode(self, prediction: np.ndarray) -> np.ndarray:
        """A vector for one column."""
        return prediction.ravel() if self._is_vector else prediction


class ClassTarget:
    """What the kinds of labels share; ``loss`` is the name of the log-loss that fits them.

    Labels that ``encode`` gets are among ``classes``: whoever calls it has checked that.
    """

    loss = "binary_log_loss"
    classes: Any
    heads: tuple[int, ...]

    @property
    def n_columns(self) -> int:
        """Columns of y."""
        return 1

    def proba(self, prediction: np.ndarray) -> Any:
        """Probabilities as ``predict_proba`` gives them."""
        return prediction

    def strata(self, y: np.ndarray) -> np.ndarray | None:
        """Labels to stratify an early-stopping split by, or None: scikit-learn does so for one logistic output only."""
        return None


class BinaryTarget(ClassTarget):
    """Two classes (or, for scikit-learn's sake, a single one): one logistic column."""

    heads = (1,)

    def __init__(self, classes: Any) -> None:
        self.classes = np.unique(classes)

    def encode(self, y: np.ndarray, dtype: Any) -> np.ndarray:
        """One column of zeros and ones."""
        return np.searchsorted(self.classes, y).astype(dtype)[:, None]

    def decode(self, prediction: np.ndarray) -> np.ndarray:
        """Labels of the rows."""
        if len(self.classes) == 1:
            return np.repeat(self.classes, len(prediction))
        return self.classes[(prediction.ravel() > 0.5).astype(np.intp)]

    def proba(self, prediction: np.ndarray) -> np.ndarray:
        """Both columns."""
        column = prediction.ravel()
        return np.vstack([1 - column, column]).T

    def strata(self, y: np.ndarray) -> np.ndarray:
        """Whether a row is of the second class, in the words of scikit-learn's message about too small strata."""
        return np.where(y == self.classes[-1], "True", "False")


class MulticlassTarget(ClassTarget):
    """Three classes or more: one softmax head."""

    loss = "log_loss"

    def __init__(self, classes: Any) -> None:
        self.classes = np.unique(classes)
        self.heads = (len(self.classes),)

    def encode(self, y: np.ndarray, dtype: Any) -> np.ndarray:
        """One column of class indices, int32."""
        return np.searchsorted(self.classes, y).astype(np.int32)[:, None]

    def decode(self, prediction: np.ndarray) -> np.ndarray:
        """Most probable class of each row."""
        return self.classes[prediction.argmax(axis=1)]


class MultilabelTarget(ClassTarget):
    """Columns of independent yes/no labels: one logistic column each."""

    def __init__(self, n_labels: int, is_sparse: bool) -> None:
        self.classes = np.arange(n_labels)
        self.heads = (n_labels,)
        self._is_sparse = is_sparse

    @property
    def n_columns(self) -> int:
        """Columns of y."""
        return self.heads[0]

    def encode(self, y: Any, dtype: Any) -> np.ndarray:
        """Zeros and ones."""
        dense = y.toarray() if sparse.issparse(y) else np.asarray(y)
        return (dense > 0).astype(dtype)

    def decode(self, prediction: np.ndarray) -> Any:
        """Indicator matrix; sparse if y was."""
        indicator = (prediction > 0.5).astype(int)
        return sparse.csr_matrix(indicator) if self._is_sparse else indicator

    def proba(self, prediction: np.ndarray) -> np.ndarray:
        """Probabilities strictly between 0 and 1: what rounding has saturated goes to the nearest number inside."""
        limits = np.finfo(prediction.dtype)
        return np.clip(prediction, limits.tiny, 1 - limits.epsneg, out=prediction)


class MultioutputTarget(ClassTarget):
    """Several columns of labels: one softmax head per column (also for two classes), random forest's conventions."""

    loss = "log_loss"

    def __init__(self, columns: Any) -> None:
        self.classes = [np.unique(column) for column in columns]
        self.heads = tuple(len(classes) for classes in self.classes)

    @property
    def n_columns(self) -> int:
        """Columns of y."""
        return len(self.heads)

    def encode(self, y: np.ndarray, dtype: Any) -> np.ndarray:
        """One int32 column of class indices per head."""
        pairs = zip(self.classes, np.asarray(y).T, strict=True)
        return np.column_stack([np.searchsorted(classes, column) for classes, column in pairs]).astype(np.int32)

    def decode(self, prediction: np.ndarray) -> np.ndarray:
        """Most probable class of each head, (n_rows, n_heads)."""
        pairs = zip(self.classes, self.proba(prediction), strict=True)
        return np.column_stack([classes[proba.argmax(axis=1)] for classes, proba in pairs])

    def proba(self, prediction: np.ndarray) -> list[np.ndarray]:
        """A list, one array per head."""
        return np.split(prediction, np.cumsum(self.heads)[:-1], axis=1)


def class_target(y: Any, classes: Any = None) -> ClassTarget:
    """The kind of labels in ``y``; with ``classes`` (from ``partial_fit``) y need not hold all of them.

    Raises
    ------
    ValueError
        If y is not made of labels.
    """
    kind = type_of_target(y, input_name="y")
    if kind not in _KINDS:
        check_classification_targets(y)  # says why not
    # The first rows of a partial_fit may hold so few of the labels that y alone looks like an indicator matrix.
    by_column = classes is not None and y.ndim == 2 and all(np.ndim(column) == 1 for column in classes)
    if kind == "multiclass-multioutput" or by_column:
        columns = np.asarray(y).T if classes is None else classes
        if not all(np.ndim(column) == 1 for column in columns) or len(columns) != y.shape[1]:
            raise ValueError(
                f"classes must be a list with the labels of each of the {y.shape[1]} columns of y, got {classes!r}."
            )
        return MultioutputTarget(columns)
    if kind == "multilabel-indicator":
        return MultilabelTarget(y.shape[1], sparse.issparse(y))
    labels = np.unique(y if classes is None else classes)
    return MulticlassTarget(labels) if len(labels) > 2 else BinaryTarget(labels)
