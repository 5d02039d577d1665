"""Fitted first steps of Pipelines, read back where a trial goes on.

Comes in: the estimator of a search. Goes out: a clone whose first steps are fitted once for each fold and setting.
Nothing of the last step, the network, is cached.
"""

from __future__ import annotations

import contextlib
import pickle
import tempfile

import joblib
from sklearn.base import clone
from sklearn.pipeline import Pipeline

__all__ = ["cached_steps"]


@contextlib.contextmanager
def cached_steps(estimator, folder=None):
    """A clone; if it is a Pipeline without a ``memory``, its first steps are cached.

    Parameters
    ----------
    estimator : estimator
    folder : Path, default=None
        Where the steps are kept; None for a temporary folder, or for none where the system has no place for one.
    """
    estimator = clone(estimator)
    if not isinstance(estimator, Pipeline) or estimator.memory is not None:
        yield estimator
    elif folder is not None:
        yield estimator.set_params(memory=_StepCache(str(folder), verbose=0))
    else:
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(OSError):  # a system that is read-only, or whose disk is full
                temporary = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
                estimator.set_params(memory=_StepCache(temporary, verbose=0))
            yield estimator


class _StepCache(joblib.Memory):
    """Cache of fitted steps; those that cannot be pickled, and so have no key, or be stored are fitted each time."""

    def cache(self, func, **settings):
        cached = super().cache(func, **settings)

        def fit(step, *args, **kwargs):
            try:
                joblib.hash(step)
            except (pickle.PicklingError, AttributeError, TypeError):  # a lambda, a local class, a lock
                return func(step, *args, **kwargs)
            try:
                return cached(step, *args, **kwargs)
            except OSError:  # the disk is full, say
                return func(step, *args, **kwargs)

        return fit
