"""Targets as a network sees them: labels or numbers in, encoded columns out, and predictions back to labels.

One class per kind of target. Each says what the last layer must be (``heads`` and whether it is a softmax), keeps plain
NumPy only and is made again from its attributes that have the names of its arguments.
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
    "ProbabilityTarget",
    "RealTarget",
    "as_column_numbers",
    "check_column_numbers",
    "check_probabilities",
    "check_sparse",
    "class_target",
    "kind_of_labels",
    "real_target",
    "same_classes",
    "sorted_labels",
]

_SUM_TOLERANCE = 1e-4  # float32 probabilities of some thousands of classes sum to 1 as closely as that
_KINDS = {"binary", "multiclass", "multiclass-multioutput", "multilabel-indicator"}


class RealTarget:
    """Real numbers, one column or several; ``outputs_per_target`` is the shape of what is predicted for each of them.

    ``smallest`` and ``largest`` are those of each column.
    """

    def __init__(self, smallest: np.ndarray, largest: np.ndarray, outputs_per_target: tuple[int, ...] = ()) -> None:
        self.smallest, self.largest = smallest, largest
        self.outputs_per_target = outputs_per_target
        self.heads = (len(smallest),)
        self._shape = (*self.heads[self.heads[0] == 1 :], *outputs_per_target)

    @property
    def n_columns(self) -> int:
        """Columns of y."""
        return self.heads[0]

    def encode(self, y: np.ndarray, dtype: Any) -> np.ndarray:
        """Columns of dtype ``dtype``."""
        return np.asarray(y, dtype=dtype).reshape(len(y), -1)

    def decode(self, prediction: np.ndarray) -> np.ndarray:
        """A vector for one column."""
        return prediction.reshape(len(prediction), *self._shape)

    def labels(self, y: np.ndarray) -> np.ndarray:
        """Labels or values that a score compares predictions with."""
        return y


class ClassTarget:
    """Base of the kinds of labels; ``form`` is the name of their encoding in :class:`~sklearn_ann.losses.ClassLoss`.

    ``encode`` takes labels among ``classes``; the caller has checked that.
    """

    form = "binary"
    classes: Any
    heads: tuple[int, ...]

    @property
    def n_columns(self) -> int:
        """Columns of y."""
        return 1

    @property
    def widths(self) -> tuple[int, ...]:
        """Raw columns of each output that has a loss."""
        return self.heads

    def proba(self, prediction: np.ndarray) -> Any:
        """Probabilities as ``predict_proba`` gives them."""
        return prediction

    def margins(self, prediction: np.ndarray) -> Any:
        """Raw values as ``decision_function`` gives them."""
        return prediction

    def labels(self, y: Any) -> Any:
        """Labels or values that a score compares predictions with."""
        return y

    def both_sides(self, spread: np.ndarray) -> Any:
        """Spreads of predictions in the shape of ``proba``."""
        return spread

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

    def decode(self, prediction: np.ndarray, middle: float = 0.5) -> np.ndarray:
        """Labels of the rows."""
        if len(self.classes) == 1:
            return np.repeat(self.classes, len(prediction))
        return self.classes[(prediction.ravel() > middle).astype(np.intp)]

    def proba(self, prediction: np.ndarray) -> np.ndarray:
        """Both columns."""
        column = prediction.ravel()
        return np.vstack([1 - column, column]).T

    def both_sides(self, spread: np.ndarray) -> np.ndarray:
        """The same for both columns."""
        return np.repeat(spread, 2, axis=1)

    def margins(self, prediction: np.ndarray) -> np.ndarray:
        """Those of the second class."""
        return prediction.ravel()

    def strata(self, y: np.ndarray) -> np.ndarray:
        """Whether a row is of the second class, in the words of scikit-learn's message about too small strata."""
        return np.where(y == self.classes[-1], "True", "False")


class MulticlassTarget(ClassTarget):
    """Three classes or more: one softmax head."""

    form = "multiclass"

    def __init__(self, classes: Any) -> None:
        self.classes = np.unique(classes)
        self.heads = (len(self.classes),)

    def encode(self, y: np.ndarray, dtype: Any) -> np.ndarray:
        """One column of class indices, int32."""
        return np.searchsorted(self.classes, y).astype(np.int32)[:, None]

    def decode(self, prediction: np.ndarray, middle: float = 0.5) -> np.ndarray:
        """Most probable class of each row."""
        return self.classes[prediction.argmax(axis=1)]


class ProbabilityTarget(ClassTarget):
    """Class probabilities instead of labels: one softmax head whose classes are the columns' numbers."""

    form = "probabilities"

    def __init__(self, classes: np.ndarray) -> None:
        self.classes = classes
        self.heads = (len(classes),)

    @property
    def n_columns(self) -> int:
        """Columns of y."""
        return self.heads[0]

    def encode(self, y: np.ndarray, dtype: Any) -> np.ndarray:
        """The probabilities."""
        return np.asarray(y, dtype=dtype)

    def decode(self, prediction: np.ndarray, middle: float = 0.5) -> np.ndarray:
        """Most probable class of each row."""
        return prediction.argmax(axis=1)

    def labels(self, y: np.ndarray) -> np.ndarray:
        """Most probable class of each row; labels stay as they are."""
        return np.argmax(y, axis=1) if np.ndim(y) == 2 else y


class MultilabelTarget(ClassTarget):
    """Columns of independent yes/no labels, zeros and ones or bool: one logistic column each.

    The classes are the columns' numbers.
    """

    def __init__(self, classes: np.ndarray, is_sparse: bool, is_bool: bool) -> None:
        self.classes, self.is_sparse, self.is_bool = classes, is_sparse, is_bool
        self.heads = (len(classes),)

    @property
    def n_columns(self) -> int:
        """Columns of y."""
        return self.heads[0]

    @property
    def widths(self) -> tuple[int, ...]:
        """One per label."""
        return (1,) * self.heads[0]

    def encode(self, y: Any, dtype: Any) -> np.ndarray:
        """Zeros and ones."""
        dense = y.toarray() if sparse.issparse(y) else np.asarray(y)
        return (dense > 0).astype(dtype)

    def decode(self, prediction: np.ndarray, middle: float = 0.5) -> Any:
        """Indicator matrix; sparse if y was, bool if y was."""
        indicator = (prediction > middle).astype(bool if self.is_bool else int)
        return sparse.csr_matrix(indicator) if self.is_sparse else indicator

    def proba(self, prediction: np.ndarray) -> np.ndarray:
        """Probabilities strictly between 0 and 1: what rounding has saturated goes to the nearest number inside."""
        limits = np.finfo(prediction.dtype)
        return np.clip(prediction, limits.tiny, 1 - limits.epsneg, out=prediction)


class MultioutputTarget(ClassTarget):
    """Several columns of labels: one softmax head per column (also for two classes), random forest's conventions."""

    form = "multiclass"

    def __init__(self, classes: Any) -> None:
        self.classes = [np.unique(column) for column in classes]
        self.heads = tuple(len(column) for column in self.classes)

    @property
    def n_columns(self) -> int:
        """Columns of y."""
        return len(self.heads)

    def encode(self, y: np.ndarray, dtype: Any) -> np.ndarray:
        """One int32 column of class indices per head."""
        pairs = zip(self.classes, np.asarray(y).T, strict=True)
        return np.column_stack([np.searchsorted(classes, column) for classes, column in pairs]).astype(np.int32)

    def decode(self, prediction: np.ndarray, middle: float = 0.5) -> np.ndarray:
        """Most probable class of each head, (n_rows, n_heads)."""
        pairs = zip(self.classes, self.proba(prediction), strict=True)
        return np.column_stack([classes[proba.argmax(axis=1)] for classes, proba in pairs])

    def proba(self, prediction: np.ndarray) -> list[np.ndarray]:
        """A list, one array per head."""
        return np.split(prediction, np.cumsum(self.heads)[:-1], axis=1)

    def both_sides(self, spread: np.ndarray) -> list[np.ndarray]:
        """A list, one array per head."""
        return self.proba(spread)

    def margins(self, prediction: np.ndarray) -> list[np.ndarray]:
        """A list, one array per head."""
        return self.proba(prediction)


def check_probabilities(y: np.ndarray) -> None:
    """Raise a ValueError unless the rows of y are distributions, to single precision."""
    sums = y.sum(axis=1, dtype=np.float64)
    if y.min() < 0 or not np.all(np.abs(sums - 1) <= _SUM_TOLERANCE):
        worst = int(np.argmax(np.where(y.min(axis=1) < 0, np.inf, np.abs(sums - 1))))
        raise ValueError(
            "y of several columns of real numbers is taken as the probabilities of classes, whose rows must be >= 0 "
            f"and sum to 1, got a sum of {sums[worst]:g} and a smallest number of {y[worst].min():g} in row {worst}; "
            "divide each row by its sum, or use MLPRegressorTF."
        )


def kind_of_labels(y: Any) -> str:
    """scikit-learn's ``type_of_target``, except that only zeros and ones (or bool) make columns an indicator."""
    kind = type_of_target(y, input_name="y")
    if kind == "multilabel-indicator" and not np.isin(y.data if sparse.issparse(y) else y, (0, 1)).all():
        return "multiclass-multioutput"
    return kind


def check_sparse(y: Any) -> None:
    """Raise a ValueError if y is sparse and no indicator."""
    if sparse.issparse(y) and kind_of_labels(y) != "multilabel-indicator":
        raise ValueError(
            "A sparse y must be an indicator, several columns of zeros and ones, got shape "
            f"{y.shape} with the values {np.unique(y.data)[:5].tolist()}; pass y.toarray()."
        )


def same_classes(known: Any, classes: Any) -> bool:
    """Whether ``classes``, in any order, are those that a fit knows: one array, or a list with one for each column."""
    try:
        if isinstance(known, list):
            return len(known) == len(classes) and all(map(same_classes, known, classes))
        return np.ndim(classes) == 1 and np.array_equal(known, np.unique(classes))
    except (TypeError, ValueError):  # a number; lists of different lengths
        return False


def as_column_numbers(classes: Any) -> Any:
    """``classes``, where an array that is an indicator stands for the numbers of its columns, as in scikit-learn."""
    if len(getattr(classes, "shape", ())) == 2 and kind_of_labels(classes) == "multilabel-indicator":
        return np.arange(classes.shape[1])
    return classes


def check_column_numbers(classes: Any, n_columns: int, what: str) -> None:
    """Raise a ValueError if ``classes`` are given and are not the numbers of the columns of y, which are ``what``."""
    if classes is not None and not same_classes(np.arange(n_columns), classes):
        raise ValueError(
            f"classes must be the numbers of the columns of y, which are {what}, got {classes!r}; pass "
            f"classes=range({n_columns})."
        )


def sorted_labels(y: np.ndarray, classes: Any = None) -> np.ndarray:
    """Labels of one column of ``y``, or ``classes`` in its place.

    Raises
    ------
    ValueError
        If ``classes`` is not a flat list.
    """
    try:
        is_flat = classes is None or np.ndim(classes) == 1
    except ValueError:  # lists of different lengths
        is_flat = False
    if not is_flat:
        raise ValueError(
            f"classes must be one list of labels, since y has one column, got {classes!r}; pass for example "
            f"classes={np.unique(y)[:3].tolist()}."
        )
    return np.unique(y if classes is None else classes)


def real_target(y: np.ndarray, outputs_per_target: tuple[int, ...] = ()) -> RealTarget:
    """The target of the real numbers in ``y``."""
    columns = y.reshape(len(y), -1)
    return RealTarget(columns.min(axis=0), columns.max(axis=0), outputs_per_target)


def class_target(y: Any, classes: Any = None) -> ClassTarget:
    """The kind of labels in ``y``; with ``classes`` (from ``partial_fit``) y need not hold all of them.

    Raises
    ------
    ValueError
        If y is not made of labels, or ``classes`` does not go with its columns.
    """
    kind = kind_of_labels(y)
    if kind == "continuous-multioutput" and y.min() >= 0:
        check_probabilities(y)
        check_column_numbers(classes, y.shape[1], "probabilities")
        return ProbabilityTarget(np.arange(y.shape[1]))
    if kind not in _KINDS:
        check_classification_targets(y)  # says why not
    # The first rows of a partial_fit may hold so few of the labels that y alone looks like an indicator matrix.
    by_column = _is_list_of_lists(classes) and y.ndim == 2 and not sparse.issparse(y)
    if kind == "multiclass-multioutput" or by_column:
        columns = np.asarray(y).T if classes is None else classes
        if not _is_list_of_lists(columns) or len(columns) != y.shape[1]:
            raise ValueError(
                f"classes must be a list with the labels of each of the {y.shape[1]} columns of y, got {classes!r}."
            )
        return MultioutputTarget(columns)
    if kind == "multilabel-indicator":
        check_column_numbers(classes, y.shape[1], "an indicator")
        return MultilabelTarget(np.arange(y.shape[1]), sparse.issparse(y), y.dtype == bool)
    labels = sorted_labels(y, classes)
    return MulticlassTarget(labels) if len(labels) > 2 else BinaryTarget(labels)


def _is_list_of_lists(classes: Any) -> bool:
    return np.iterable(classes) and all(np.ndim(column) == 1 for column in classes)
