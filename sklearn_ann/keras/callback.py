"""Keras' callbacks in a fit: hooks are called in Keras' order, with Keras' names, about a Keras model made when needed.

Comes in: a callback of Keras, and contexts of a fit. Goes out: calls of its hooks. No number of the training changes.
"""

from __future__ import annotations

from typing import Any

import keras
from sklearn.base import is_classifier

from ..callbacks.callback import Callback
from ..callbacks.columns import lower_is_better, unknown_mode
from ..callbacks.fit_context import FitContext
from .model import build_model, set_weights

__all__ = ["KerasCallback"]

_CHANGES_THE_TRAINING = {
    keras.callbacks.ReduceLROnPlateau: "learning_rate=ReduceOnPlateau() of the estimator",
    keras.callbacks.LearningRateScheduler: "learning_rate=schedule of the estimator, a function of the epoch",
    keras.callbacks.SwapEMAWeights: "averaging=0.5 of the estimator",
    keras.callbacks.BackupAndRestore: "sklearn_ann.callbacks.Checkpoint, and fit with resume=True",
}
_WITH_MONITOR = (keras.callbacks.EarlyStopping, keras.callbacks.ModelCheckpoint)
_HOOKS_NOT_CALLED = (
    *("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end"),
    *("on_test_begin", "on_test_end", "on_test_batch_begin", "on_test_batch_end"),
)


class KerasCallback(Callback):
    """Use a Keras callback in the fits of an estimator.

    Its methods are called as by ``Model.fit``: ``set_model``, ``set_params`` (``epochs``, ``steps``, ``verbose``),
    ``on_train_begin``, then ``on_epoch_begin`` and ``on_epoch_end`` for each epoch, and ``on_train_end``. It stops
    training with ``self.model.stop_training = True``. The logs contain ``loss`` and ``learning_rate``, with a
    validation set ``val_loss`` and the validation score, and what callbacks before this one have recorded. The score is
    called ``val_accuracy`` for a classifier with ``scoring=None``, ``val_`` and the scorer's name for a named scorer,
    and otherwise ``val_score``.

    ``self.model`` is a ``keras.Model`` with the weights of the epoch, built when it is first used. It is read-only:
    changes to it do not affect the fit, and it has no optimizer. It is deleted when the fit ends.

    Whole epochs run in a compiled program, so the methods for batches and for validation are not called, and a callback
    of your own with such methods raises an error. For Keras' own callbacks, the batch methods are called once at the
    beginning and at the end of an epoch, as with ``steps_per_execution`` equal to the number of batches per epoch.

    Parameters
    ----------
    callback : keras.callbacks.Callback
        The Keras callback. It serves one fit at a time.

    Raises
    ------
    TypeError
        If it is not an instance of a Keras callback.
    ValueError
        If the callback would change the training or needs batches; and from ``fit``, if it monitors a quantity that the
        fit does not have, or is already used by another fit.

    Notes
    -----
    If the stopping rule of the estimator ends the fit before ``max_iter``, the last ``on_epoch_begin`` has no
    ``on_epoch_end``, because the rule is evaluated after Keras' callbacks.

    Examples
    --------
    >>> import keras
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.keras import KerasCallback
    >>> X, y = load_iris(return_X_y=True)
    >>> history = keras.callbacks.History()
    >>> model = MLPClassifierTF((10,), tol=0.05, random_state=0).set_callbacks(KerasCallback(history)).fit(X, y)
    >>> list(history.history)
    ['loss', 'learning_rate']
    """

    def __init__(self, callback: keras.callbacks.Callback) -> None:
        _check(callback)
        self.callback = callback

    def __repr__(self) -> str:
        return f"KerasCallback({type(self.callback).__name__})"

    def begin(self, context: FitContext) -> None:
        """Call the hooks of a training that begins."""
        if (
            self.__dict__.setdefault("_report", context) is not context
        ):  # one step, so that of two threads one is refused
            raise ValueError(
                f"{self!r} must watch one fit at a time, got a second one; give each estimator a callback of its own, "
                "or fit one after the other (n_jobs=1)."
            )
        callback = self.callback
        self._model = _Model(context)
        callback.set_model(self._model)
        verbose = int(getattr(context.estimator, "verbose", 0))
        callback.set_params({"epochs": context.max_epochs, "steps": context.n_batches, "verbose": verbose})
        if isinstance(callback, _WITH_MONITOR):
            _set_monitor(callback, context)
        callback.on_train_begin({})
        self._restored = True
        self._begin_epoch(context)

    def epoch_end(self, context: FitContext) -> bool:
        """Call the hooks of an epoch that has ended, and of the next one."""
        logs = _logs(context)
        self._model.follow()
        of_training = {name: value for name, value in logs.items() if not name.startswith("val_")}
        self.callback.on_train_batch_end(context.n_batches - 1, logs=of_training)
        self.callback.on_epoch_end(context.epoch - 1, logs)
        stops = bool(self._model.stop_training)
        if not stops and context.epoch < context.max_epochs:
            self._begin_epoch(context)
        return stops

    def end(self, context: FitContext) -> None:
        """Call the hook of a training that has ended, and let go of its model."""
        if self.__dict__.get("_report") is not context:
            return  # of a fit that was refused
        try:
            if self.__dict__.pop("_restored", False):
                self.callback.on_train_end(_logs(context))
        finally:
            self._model.leave()
            del self._model, self._report

    def _begin_epoch(self, context: FitContext) -> None:
        self.callback.on_epoch_begin(context.epoch, {})
        self.callback.on_train_batch_begin(0, logs={})


class _Model:
    """Stands in for a fit's Keras model, and builds it when something of it is asked for.

    Most callbacks do no more than set ``stop_training``, and building takes longer than many an epoch.
    """

    def __init__(self, context: FitContext | None) -> None:
        self.stop_training = False
        self.optimizer = _NoOptimizer()
        self._report_of_fit = context
        self._real_model = None

    def follow(self) -> None:
        """Take over the weights of the epoch that has ended, where the model is built: somebody may hold its layers."""
        if self._real_model is not None:
            set_weights(self._real_model, self._report_of_fit.structure.network, self._report_of_fit.weights)

    def leave(self) -> None:
        """Let go of fit and model, so that neither stays in memory or in a pickle."""
        self._report_of_fit = self._real_model = None

    @property
    def __class__(self) -> type:
        """That of the Keras model, for ``isinstance``; our own when the fit is over."""
        return _Model if self._report_of_fit is None else type(self._real())

    def __reduce__(self) -> tuple:
        return _Model, (None,)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._real(), name)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._real()(*arguments, **keywords)

    def _real(self) -> keras.Model:
        if self._report_of_fit is None:
            raise ValueError(
                "The Keras model of a fit exists while it runs, and this one has ended; use the fitted estimator, or "
                "keep what you need in on_train_end."
            )
        if self._real_model is None:
            network, hyper, scaling = self._report_of_fit.structure
            self._real_model = build_model(network, self._report_of_fit.weights, hyper, scaling)
        return self._real_model


class _NoOptimizer:
    """In place of an optimizer: false, and without attributes."""

    def __bool__(self) -> bool:
        return False

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"The optimizer of a fit is inside the compiled program, got optimizer.{name} of a Keras callback; "
            "read logs['learning_rate'], and set the rate by learning_rate of the estimator, which takes a function of "
            "the epoch."
        )

    def __setattr__(self, name: str, value: Any) -> None:
        getattr(self, name)


def _logs(context: FitContext) -> dict[str, float]:
    """The last value of every column of the history by Keras' names; NaN before the first epoch."""
    scoring = getattr(context.estimator, "scoring", None)
    if scoring is None and is_classifier(context.estimator):
        scoring = "accuracy"
    score = f"val_{scoring}" if isinstance(scoring, str) and scoring != "loss" else "val_score"
    names = {"validation_loss": "val_loss", "validation_score": score}
    history = context.history.items()
    return {names.get(name, name): float(column[-1]) if len(column) else float("nan") for name, column in history}


def _set_monitor(callback: Any, context: FitContext) -> None:
    """Refuse a quantity that the fit does not have, and say which of its values are better: Keras cannot know."""
    if not getattr(callback, "save_best_only", True):  # a ModelCheckpoint that monitors nothing
        return
    logs = _logs(context)
    if callback.monitor not in logs:
        raise ValueError(
            f"monitor must be one of {sorted(logs)}, got {callback.monitor!r}; those of validation need "
            "early_stopping=True or X_val and y_val, others a callback that comes before."
        )
    is_lower_better = lower_is_better(callback.monitor, context, callback.mode)
    if is_lower_better is None:
        raise unknown_mode("monitor", callback.monitor)
    callback.mode = "min" if is_lower_better else "max"


def _check(callback: Any) -> None:
    if not isinstance(callback, keras.callbacks.Callback):
        raise TypeError(
            f"KerasCallback takes an instance of keras.callbacks.Callback, got {callback!r}; others go to "
            "set_callbacks as they are."
        )
    name = type(callback).__name__
    for kind, remedy in _CHANGES_THE_TRAINING.items():
        if isinstance(callback, kind):
            raise ValueError(f"A Keras callback cannot change a fit's training, got {name}; use {remedy} instead.")
    if getattr(callback, "restore_best_weights", False):
        raise ValueError(
            f"A Keras callback cannot change a fit's weights, got {name} with restore_best_weights=True; set "
            "early_stopping=True of the estimator, which keeps the best weights."
        )
    for hook in _HOOKS_NOT_CALLED:
        if not getattr(callback, hook).__module__.startswith("keras."):
            raise ValueError(
                f"A fit has no hooks of batches or of validation, since whole epochs run in a compiled program, got "
                f"{name} with {hook}; move what it does to on_epoch_end."
            )
