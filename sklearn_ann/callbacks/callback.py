"""The protocol of a callback: what a fit calls before its first epoch, after each one, and at its end.

A callback sees a :class:`~sklearn_ann.callbacks.fit_context.FitContext` and changes no number of the training.
"""

from __future__ import annotations

from .fit_context import FitContext

__all__ = ["Callback"]


class Callback:
    """Base class of callbacks: override the methods that you need.

    Pass callbacks to an estimator with ``set_callbacks``. One callback may serve several fits, even at the same time (a
    search clones an estimator, but not its callbacks), so keep data about a single fit in ``context.notes``.

    An exception in one of the methods stops training after that epoch. The estimator keeps the model of that epoch, the
    ``end`` method of every callback is called, and then the exception is raised to the caller of ``fit``.

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

    _is_last = False  # whether it needs what the others have recorded in the same epoch

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in vars(self).items() if not name.startswith("_"))
        return f"{type(self).__name__}({settings})"

    def begin(self, context: FitContext) -> bool | None:
        """Called before the first epoch, after all input has been checked.

        Parameters
        ----------
        context : FitContext
            The fit before its first epoch, or as resumed from a checkpoint.

        Returns
        -------
        bool or None
            True stops a fit that was resumed from a checkpoint without another epoch, because it was complete.
        """

    def epoch_end(self, context: FitContext) -> bool | None:
        """Called after every epoch.

        Parameters
        ----------
        context : FitContext
            The fit after this epoch.

        Returns
        -------
        bool or None
            True stops training.
        """

    def end(self, context: FitContext) -> None:
        """Called at the end of the fit, however it ends, if ``begin`` was called.

        Parameters
        ----------
        context : FitContext
            The complete fit; ``context.stop_reason`` says why it stopped.
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
