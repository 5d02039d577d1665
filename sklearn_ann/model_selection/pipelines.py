"""What a Pipeline ends with, and how its parameters are called there."""

from __future__ import annotations

from sklearn.pipeline import Pipeline

__all__ = ["last_step"]


def last_step(estimator):
    """The last step of a Pipeline, nested ones too, and the prefix of its parameters; any other estimator itself."""
    prefix = ""
    while isinstance(estimator, Pipeline):
        name, estimator = estimator.steps[-1]
        prefix += f"{name}__"
    return estimator, prefix
