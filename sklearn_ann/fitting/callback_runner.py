"""Calling the callbacks of a fit: ours by their own protocol, scikit-learn's by its contexts.

An estimator without callbacks has no :class:`CallbackRunner`; its fit does not touch this file.
"""

from __future__ import annotations

import contextlib
import copy
import reprlib

from sklearn.callback import CallbackSupportMixin, FitCallback

from ..callbacks.callback import Callback

__all__ = ["CallbackMixin", "CallbackRunner", "without_callbacks"]

_OF_A_WATCHED_FIT = ("_skl_callbacks", "_callback_fit_ctx", "_skl_callbacks_to_teardown", "_parent_callback_ctx")

_SHORT = reprlib.Repr()
_SHORT.maxother = 100  # of a callback with long lists in it, in the reason why a training ended


class CallbackMixin(CallbackSupportMixin):
    """Mixin of estimators that accept callbacks."""

    def set_callbacks(self, *callbacks):
        """Set the callbacks of this estimator, replacing earlier ones.

        ``clone`` (which keeps the same objects), searches and pipelines keep them.

        Parameters
        ----------
        *callbacks : Callback or scikit-learn callback
            Callbacks of :mod:`sklearn_ann.callbacks` (wrap a Keras callback in ``KerasCallback``), or of
            ``sklearn.callback``. Without arguments, all callbacks are removed.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        TypeError
            If one of them is not a callback.
        """
        for callback in callbacks:
            if isinstance(callback, type) or not isinstance(callback, FitCallback):
                remedy = "derive it from sklearn_ann.callbacks.Callback"
                if isinstance(callback, list | tuple):
                    remedy = "pass them one by one, as in set_callbacks(first, second)"
                if isinstance(callback, type) and issubclass(callback, Callback):
                    remedy = f"pass an instance, {callback.__name__}(...)"
                elif hasattr(callback, "set_model"):
                    remedy = "wrap it: sklearn_ann.keras.KerasCallback(callback)"
                raise TypeError(f"callbacks must be instances of a callback class, got {callback!r}; {remedy}.")
        return super().set_callbacks(*callbacks)

    def _row_weights(self, X, y, sample_weight):
        """Row weights in the scores of a fit."""
        return sample_weight

    def _monitored_score(self, X, y, sample_weight=None):
        """The quantity of the fit's validation scores on other rows."""
        return self.score(X, y, sample_weight)

    def _runner(self, given, max_epochs):
        """The runner for the fit that begins now; None without callbacks."""
        return CallbackRunner(self, given, max_epochs) if getattr(self, "_skl_callbacks", None) else None


class CallbackRunner:
    """The callbacks of one fit.

    As a context it makes sure that every callback whose ``begin`` was called has its ``end``. What callbacks raise in
    ``epoch_end`` and ``end`` waits in it, until :meth:`raise_error`, so that the model is not lost with it.
    """

    def __init__(self, estimator, given, max_epochs):
        self.estimator, self.given, self.max_epochs = estimator, given, max_epochs
        callbacks = [each for each in estimator._skl_callbacks if isinstance(each, Callback)]
        self._callbacks = sorted(callbacks, key=lambda each: each._is_last)
        self._restored, self._errors = [], []
        self.context = self.stopped_by = None
        self._metadata = None if given.sample_weight is None else {"sample_weight": given.sample_weight}
        self._fit = estimator._init_callback_context(task_name="fit", max_subtasks=max_epochs)
        self._epoch = None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if self.context is None:  # refused before any training
            return
        self.context.close(self.estimator.stop_reason_ if error is None else f"failed: {error!r}")
        with contextlib.ExitStack() as ends:  # all of them run, also where a Ctrl-C or a SystemExit comes out of one
            for callback in reversed(self._restored):
                ends.callback(self._call, callback.end, self.context)
            if error is None:
                ends.callback(self._call, self._close_contexts)

    def begin(self, context, views):
        """Call the callbacks before the first epoch."""
        self.context = context
        context.look(views)
        self._fit.call_on_fit_task_begin(estimator=self.estimator, **self._data)
        for callback in self._callbacks:
            self._restored.append(callback)
            if callback.begin(context) and context.epoch:
                self.stopped_by = self.stopped_by or f"{_SHORT.repr(callback)} stopped training"
        if self.stopped_by is None:
            self._open_epoch()

    def epoch_end(self, quantities, views):
        """Call the callbacks after an epoch; True if one of them stops the training."""
        context = self.context
        context.go_on(quantities, views)
        for callback in self._callbacks:
            if self._call(callback.epoch_end, context):
                self.stopped_by = self.stopped_by or f"{_SHORT.repr(callback)} stopped training"
        if self._call(self._close_epoch):
            self.stopped_by = self.stopped_by or "a callback of scikit-learn stopped training"
        if self.stopped_by is None and not self._errors:
            self._call(self._open_epoch)
        if self._errors:
            self.stopped_by = f"failed: {self._errors[0]!r}"
        return self.stopped_by is not None

    def raise_error(self):
        """Raise the errors of the callbacks, once."""
        errors, self._errors = self._errors, []
        try:
            if len(errors) == 1:
                raise errors[0]
            if errors:
                raise ExceptionGroup("Several callbacks have failed", errors)
        finally:
            # A traceback leads to this frame and to that of the training. Without a reference back to the error, the
            # model, its rows and Keras' iterators go with it; otherwise they wait for the garbage collector.
            del errors

    def _call(self, method, *arguments):
        try:
            return method(*arguments)
        except Exception as error:  # whatever it is, the others have their turn first
            self._errors.append(error)

    # scikit-learn's callbacks: a problem for the fit, and in it one for each epoch

    @property
    def _data(self):
        return {"X": self.given.X, "y": self.given.y, "metadata": self._metadata}

    def _as_attributes(self):
        return vars(self.context.model)

    def _open_epoch(self):
        if self.context.epoch < self.max_epochs:
            self._epoch = self._fit.subcontext(task_name="epoch")
            self._epoch.call_on_fit_task_begin(estimator=self.estimator, **self._data)

    def _close_epoch(self):
        epoch, self._epoch = self._epoch, None
        return epoch.call_on_fit_task_end(
            estimator=self.estimator, **self._data, reconstruction_attributes=self._as_attributes
        )

    def _close_contexts(self):
        if self._epoch is not None:  # of an epoch that did not come
            self._epoch.call_on_fit_task_end(estimator=self.estimator)
        self._fit.call_on_fit_task_end(
            estimator=self.estimator, **self._data, reconstruction_attributes=self._as_attributes
        )


def without_callbacks(estimator):
    """A shallow copy without callbacks."""
    probe = copy.copy(estimator)
    for name in _OF_A_WATCHED_FIT:
        probe.__dict__.pop(name, None)
    return probe
