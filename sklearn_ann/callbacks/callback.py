"""The protocol of a callback: what a fit calls before its first epoch, after each one, and at its end.

A callback sees a :class:`~sklearn_ann.callbacks.fit_context.FitContext` and changes no number of the training.
"""

from __future__ import annotations

from .fit_context import FitContext

__all__ = ["Callback"]


class Callback:
    """Base of the callbacks, which watch a fit: override what is needed.

    Handed to an estimator by ``set_callbacks``. One callback may watch several fits, also at the same time (a search
    clones an estimator, not its callbacks), so what belongs to a single fit is kept in ``context.notes``.

    An exception in one of the methods ends the training after that epoch: the model as it is then stays, every
    callback's ``end`` runs, and the exception goes on to the caller of ``fit``.

    Examples
    --------
    One of your own, which adds a column to ``history_``:

    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.callbacks import Callback
    >>> class WeightNorm(Callback):
    ...     def epoch_end(self, context):
    ...         context.record(weight_norm=np.linalg.norm(context.weights.coefs[0]))
    ...
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((5,), tol=0.05, random_state=0).set_callbacks(WeightNorm()).fit(X, y)
    >>> list(model.history_)
    ['loss', 'learning_rate', 'weight_norm']
    """

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in vars(self).items() if not name.startswith("_"))
        return f"{type(self).__name__}({settings})"

    def begin(self, context: FitContext) -> bool | None:
        """Called before the first epoch, when all input has been checked.

        Parameters
        ----------
        context : FitContext
            Of no epoch yet, unless the fit goes on from a checkpoint.

        Returns
        -------
        bool or None
            True ends a training that goes on from a checkpoint, without another epoch: it had come to its end.
        """

    def epoch_end(self, context: FitContext) -> bool | None:
        """Called after every epoch.

        Parameters
        ----------
        context : FitContext
            Of the epochs so far.

        Returns
        -------
        bool or None
            True ends the training.
        """

    def end(self, context: FitContext) -> None:
        """Called at the end of the fit, however it ends, if ``begin`` was called.

        Parameters
        ----------
        context : FitContext
            Of all epochs; ``context.stop_reason`` says why there are no more.
        """

    # What scikit-learn asks of a callback: its clone, pipelines and searches then carry ours along. They have nothing
    # to do there, since the fit itself calls the methods above.

    def setup(self, estimator, context):
        """Do nothing; see ``begin``."""

    def teardown(self, estimator, context):
        """Do nothing; see ``end``."""

    def on_fit_task_begin(self, estimator, context):
        """Do nothing; see ``begin``."""

    def on_fit_task_end(self, estimator, context):
        """Do nothing; see ``epoch_end``."""
