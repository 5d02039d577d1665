"""The early-stopping split, drawn as scikit-learn's MLP draws it from the fit's random state."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import train_test_split

__all__ = ["validation_split"]


def validation_split(
    n_rows: int, strata: np.ndarray | None, fraction: float, random_state: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers to train on and to validate on.

    Raises
    ------
    ValueError
        If fewer than two rows would be left to validate on, or a stratum has fewer than two.
    """
    train, validation = train_test_split(
        np.arange(n_rows), random_state=random_state, test_size=fraction, stratify=strata
    )
    if len(validation) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' or the size of your dataset: "
            f"validation_fraction={fraction!r} of {n_rows} rows is {len(validation)}, and two are needed."
        )
    return train, validation
