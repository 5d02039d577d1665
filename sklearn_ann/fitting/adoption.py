"""What was learned is taken over as a whole or not at all; warnings and callbacks' errors wait until then."""

from __future__ import annotations

import contextlib
import warnings

__all__ = ["NON_FINITE", "all_or_nothing", "warn_and_raise"]

NON_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be preprocessed."
)
"""Why a model is not adopted, in scikit-learn's words."""


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


def warn_and_raise(pending, runner, stacklevel):
    """Issue the warnings of a fit and raise its callbacks' errors, once the model is adopted.

    Parameters
    ----------
    pending : list of Warning
        A warnings filter may make an error of each of them.
    runner : CallbackRunner or None
    stacklevel : int
        As for :func:`warnings.warn`, counted from the caller.
    """
    try:
        for warning in pending:
            warnings.warn(warning, stacklevel=stacklevel + 1)
    finally:
        if runner is not None:
            runner.raise_error()
