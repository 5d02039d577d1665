"""Adopting the results of a fit as a whole or not at all; warnings and callbacks' errors are raised afterwards."""

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
    """Restore the estimator's attributes if anything is raised inside: a failed refit keeps the previous model."""
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
        A warnings filter may turn each of them into an error.
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
