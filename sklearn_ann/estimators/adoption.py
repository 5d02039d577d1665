"""What was learned is taken over as a whole or not at all."""

from __future__ import annotations

import contextlib

__all__ = ["all_or_nothing"]


@contextlib.contextmanager
def all_or_nothing(estimator):
    """Whatever is raised inside leaves the estimator's attributes as they were: a refused refit loses no model."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise
