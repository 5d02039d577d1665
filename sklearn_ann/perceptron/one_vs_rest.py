"""Labels as binary problems, one per class against the rest, drawn as scikit-learn draws them: for the perceptron.

Encoded labels come in; targets of -1 and +1, factors of the rows, row permutations and validation rows go out.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_class_weight

from .xorshift import epoch_permutation

__all__ = ["Draws", "UnitTarget", "binary_targets", "draw", "is_single"]

_LARGEST_SEED = np.iinfo(np.int32).max  # as scikit-learn draws its seeds


class UnitTarget(NamedTuple):
    """Target of one threshold unit: for each row -1 or +1, and the factor that its class weight gives it."""

    sign: np.ndarray
    factor: Any


class Draws(NamedTuple):
    """Per binary problem the permutation of the rows (None: as they are) and the numbers of the rows held out."""

    permutations: list[np.ndarray | None]
    held_out: list[np.ndarray] | None


def is_single(y: np.ndarray, classes: np.ndarray) -> bool:
    """Whether one unit decides: two classes in one column."""
    return y.ndim == 1 and len(classes) == 2


def binary_targets(y: np.ndarray, classes: np.ndarray, class_weight: Any, dtype: np.dtype) -> list[UnitTarget]:
    """The binary problems of a column of labels, or of the columns of an indicator.

    Parameters
    ----------
    y : ndarray of shape (n_rows,) or (n_rows, n_labels)
        Labels among ``classes``, or 0 and 1.
    classes : ndarray of shape (n_classes,)
        The second of two is the positive one.
    class_weight : dict, 'balanced' or None
        In a problem of one class against the rest, the rest has the factor 1, whatever the classes in it have: so does
        scikit-learn.
    dtype : dtype
        Of the factors.
    """
    if y.ndim == 2:
        return [_of_label(column, class_weight, dtype) for column in y.T]
    weights = compute_class_weight(class_weight, classes=classes, y=y)
    if is_single(y, classes):
        return [_of_rows(y == classes[1], weights[1], weights[0], dtype)]
    return [_of_rows(y == label, weight, 1.0, dtype) for label, weight in zip(classes, weights, strict=True)]


def _of_rows(positive: np.ndarray, weight: float, weight_of_rest: float, dtype: np.dtype) -> UnitTarget:
    return UnitTarget(np.where(positive, 1.0, -1.0), np.where(positive, weight, weight_of_rest).astype(dtype))


def _of_label(column: np.ndarray, class_weight: Any, dtype: np.dtype) -> UnitTarget:
    present = np.unique(column)
    found = dict(zip(present, compute_class_weight(class_weight, classes=present, y=column), strict=True))
    return _of_rows(column != 0, found.get(1, 1.0), found.get(0, 1.0), dtype)


def draw(
    y: np.ndarray,
    classes: np.ndarray,
    sample_weight: np.ndarray,
    *,
    shuffle: bool,
    validation_fraction: float | None,
    random_state: Any,
) -> Draws:
    """Permutations and validation rows of all binary problems, in the order in which scikit-learn draws them.

    Parameters
    ----------
    y, classes
        As in :func:`binary_targets`.
    sample_weight : ndarray of shape (n_rows,)
        Held-out rows must not weigh zero together.
    shuffle : bool
        Whether rows are permuted at all.
    validation_fraction : float or None
        Share of the rows to hold out, in (0, 1); None holds none out.
    random_state : int, RandomState or None
        None draws fresh entropy; a RandomState is advanced.

    Raises
    ------
    ValueError
        If a part of the split is empty or weighs nothing.
    """
    if random_state is None:
        random_state = np.random.RandomState()

    def validation_rows() -> np.ndarray | None:
        if validation_fraction is None:
            return None
        return _validation_rows(y, sample_weight, validation_fraction, random_state)

    def permutation(generator: np.random.RandomState) -> np.ndarray | None:
        seed = generator.randint(_LARGEST_SEED)
        return epoch_permutation(seed, len(y)) if shuffle else None

    if is_single(y, classes):
        generator = check_random_state(random_state)
        generator.randint(1, _LARGEST_SEED)  # scikit-learn's data set takes a seed that it does not use
        held_out = validation_rows()
        return Draws([permutation(generator)], None if held_out is None else [held_out])
    held_out = validation_rows()
    permutations = []
    for seed in check_random_state(random_state).randint(_LARGEST_SEED, size=len(classes)):
        generator = np.random.RandomState(seed)
        generator.randint(1, _LARGEST_SEED)
        permutations.append(permutation(generator))
    return Draws(permutations, None if held_out is None else [held_out] * len(classes))


def _validation_rows(y: np.ndarray, sample_weight: np.ndarray, fraction: float, random_state: Any) -> np.ndarray:
    splitter = ShuffleSplit if y.ndim == 2 else StratifiedShuffleSplit
    splits = splitter(test_size=fraction, random_state=random_state)
    train, held_out = next(splits.split(np.zeros((len(y), 1)), y))
    if not np.any(sample_weight[held_out] > 0):
        raise ValueError("The sample weights for validation set are all zero, consider using a different random state.")
    if len(train) == 0 or len(held_out) == 0:
        raise ValueError(
            f"Splitting {len(y)} samples into a train set and a validation set with "
            f"validation_fraction={fraction!r} led to an empty set ({len(train)} and {len(held_out)} samples). Please "
            "either change validation_fraction, increase number of samples, or disable early_stopping."
        )
    return np.sort(held_out)
