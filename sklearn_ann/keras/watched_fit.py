"""A Keras model's fit with this package's callbacks, and one that goes on from a checkpoint.

Comes in: an estimator whose model is ready to train, the arguments of ``Model.fit``, and ``resume``. Goes out: the
history of all epochs. The compiled loop trains, or Keras' own ``fit`` with our batches, whose epochs begin anew too.
Refused are ``steps_per_epoch``, where the batches of an epoch go on in the next one, and methods and devices that are
not known to do so.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from sklearn.callback import with_callbacks

from ..callbacks.fit_context import FitContext, FitData, LazyViews, Snapshot
from ..fitting.callback_runner import CallbackRunner, without_callbacks
from ..fitting.resuming import checkpoint_folders, checkpoint_of
from ..runtime.backend import tf
from .fit_state import KerasState, identity_of_fit, restore, state_of, written
from .keras_fit import has_own_fit
from .rows import n_rows

__all__ = ["RunnerCallback", "stop_reason", "train_watched"]

_REMEDY = (
    "leave out set_callbacks and resume and pass Keras' own callbacks, such as "
    "callbacks=[keras.callbacks.BackupAndRestore(folder)]"
)


def _check_can_resume(model: keras.Model, arguments: Mapping[str, Any]) -> None:
    """Raise a ValueError unless all that an epoch leaves to the next one is within reach."""
    reason = None
    if keras.backend.backend() != "tensorflow":
        reason = f"Keras on {keras.backend.backend()}"
    elif has_own_fit(model):
        reason = "a model with a fit method of its own"
    elif arguments.get("steps_per_epoch") is not None:
        reason = "steps_per_epoch, where an epoch begins in the midst of the rows"
    elif tf.distribute.has_strategy() or model.distribute_strategy is not tf.distribute.get_strategy():
        reason = "a distribution strategy"
    if reason is not None:
        raise ValueError(
            f"A fit with callbacks of sklearn_ann, or with resume, must consist of whole epochs on one device, got "
            f"{reason}; {_REMEDY}."
        )


def stop_reason(model: keras.Model, n_epochs: int, runner: CallbackRunner | None = None) -> str:
    """Why a fit has ended."""
    if runner is not None and runner.stopped_by is not None:
        return runner.stopped_by
    return (
        "a callback of Keras stopped training"
        if getattr(model, "stop_training", False)
        else f"epochs={n_epochs} epochs reached"
    )


@with_callbacks
def train_watched(
    estimator: Any,
    x: Any,
    y: Any,
    arguments: dict[str, Any],
    *,
    given: FitData,
    resume: bool | str | Snapshot,
    generator: np.random.RandomState,
    column_name: Callable[[str], str],
) -> tuple[dict[str, list], CallbackRunner | None]:
    """Train ``estimator.model_`` under the eyes of its callbacks.

    Parameters
    ----------
    estimator : KerasClassifier or KerasRegressor
    x, y : array or tree of them
        As the model takes them.
    arguments : dict
        Of ``Model.fit``.
    given : FitData
        What the caller of ``fit`` passed.
    resume : bool, path or Snapshot
        As in ``fit``.
    generator : RandomState
        Draws the orders of rows.
    column_name : callable
        From Keras' name of a metric to that in ``history_``.

    Returns
    -------
    history : dict of str to list
        By Keras' names, of all epochs.
    runner : CallbackRunner or None
        With errors of the callbacks, to be raised when the results are adopted.
    """
    n_epochs = arguments["epochs"] - arguments["initial_epoch"]
    runner = estimator._runner(given, n_epochs)
    callbacks = arguments["callbacks"]
    _check_can_resume(estimator.model_, arguments)
    if any(isinstance(callback, keras.callbacks.BackupAndRestore) for callback in callbacks):
        raise ValueError(
            "A fit has one way to go on from an interruption, got keras.callbacks.BackupAndRestore with callbacks of "
            "sklearn_ann or resume; leave out one of them."
        )
    watch = RunnerCallback(
        estimator,
        runner,
        arguments,
        resume=resume,
        generator=generator,
        identity=functools.cache(lambda: identity_of_fit(estimator, x, y, arguments)),
        train_rows=_train_rows(given, arguments, n_rows(x)),
        column_name=column_name,
    )
    watched = arguments | {"callbacks": [*callbacks, watch]}
    with runner or contextlib.nullcontext():
        try:
            estimator._train(x, y, watched, generator, is_watched=True)
        finally:
            estimator.model_._initial_epoch = None
        estimator.stop_reason_ = stop_reason(estimator.model_, n_epochs, runner)
    return watch.history, runner


def _train_rows(given: FitData, arguments: Mapping[str, Any], n_weighted: int) -> np.ndarray | None:
    """Numbers of the rows trained on, among those given; None for all."""
    if arguments.get("validation_data") is not None or not arguments.get("validation_split"):
        return None
    is_weighted = np.ndim(given.sample_weight) == 1
    rows = np.flatnonzero(np.asarray(given.sample_weight)) if is_weighted else np.arange(n_weighted)
    return rows[: math.floor(n_weighted * (1 - arguments["validation_split"]))]


class RunnerCallback(keras.callbacks.Callback):
    """Tells a callback runner of the epochs of a Keras model, after all of Keras' callbacks; resumes the fit.

    Parameters
    ----------
    estimator : KerasClassifier or KerasRegressor
    runner : CallbackRunner or None
        None where a fit is only resumed.
    arguments : dict
        Of ``Model.fit``, with Keras' callbacks, whose state is part of a checkpoint.
    resume : bool, path or Snapshot
    generator : RandomState
        Of the orders of rows.
    identity : callable
        ``identity() -> dict``: identifies the fit; called on demand, when the model is built.
    train_rows : ndarray or None
        Numbers of the rows trained on; None for all.
    column_name : callable
        From Keras' name of a metric to that in ``history_``.

    Attributes
    ----------
    history : dict of str to list
        By Keras' names, of all epochs, also of those before a resumed fit was interrupted.
    """

    def __init__(
        self,
        estimator: Any,
        runner: CallbackRunner | None,
        arguments: Mapping[str, Any],
        *,
        resume: bool | str | Snapshot,
        generator: np.random.RandomState,
        identity: Callable[[], dict[str, Any]],
        train_rows: np.ndarray | None,
        column_name: Callable[[str], str],
    ) -> None:
        super().__init__()
        self.history: dict[str, list] = {}
        self._estimator, self._runner, self._arguments, self._resume = estimator, runner, arguments, resume
        self._generator, self._identity = generator, identity
        self._train_rows, self._column_name = train_rows, column_name
        self._n_epochs = arguments["epochs"] - arguments["initial_epoch"]
        self._is_between_epochs, self._is_stopped = True, False
        self._last_state: tuple[Any, dict[str, np.ndarray]] | None = None

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Go on from a checkpoint if there is one, and let the callbacks begin."""
        begun = self._begun()
        self.history = begun.history
        if self._runner is not None:
            self._begin(begun)
        if self.model.stop_training:  # Keras asks this only after the first batch
            self.model._initial_epoch = self._arguments["epochs"]

    def _begin(self, begun: KerasState) -> None:
        context = FitContext(
            self._estimator,
            self._runner.given,
            max_epochs=self._n_epochs,
            n_batches=self.params["steps"],
            columns=begun.columns,
            recorded=begun.recorded,
            epoch=begun.n_done,
            seconds=begun.seconds,
            train_rows=self._train_rows,
            modes=self._modes(),
        )
        self._is_stopped = begun.is_stopped
        self._runner.begin(context, self._views())
        self._end_epoch(self._runner.stopped_by is not None)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Note that the variables are on their way to the next epoch."""
        self._is_between_epochs = False

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Let the callbacks see the epoch."""
        for name, value in (logs or {}).items():
            is_tensor = not isinstance(value, float | int | str | np.generic | np.ndarray)
            self.history.setdefault(name, []).append(np.asarray(value) if is_tensor else value)
        if self._runner is None:
            return
        self._is_between_epochs, self._is_stopped = True, bool(self.model.stop_training)
        numbers = {self._column_name(name): value for name, value in (logs or {}).items() if np.ndim(value) == 0}
        self._end_epoch(self._runner.epoch_end(numbers, self._views()))

    def _end_epoch(self, stops: bool) -> None:
        """Stop the training if a callback says so, and keep the state of the last epoch: its end changes weights."""
        self.model.stop_training = self.model.stop_training or stops
        if self.model.stop_training or self._runner.context.epoch == self._n_epochs:
            self._last_state = written(self._state())

    def _begun(self) -> KerasState:
        """Where the fit begins."""
        snapshot = None
        if self._resume is not False:
            folders, free = checkpoint_folders(self._estimator), {"max_iter"}
            snapshot = checkpoint_of(self._identity(), self._resume, folders, max_iter=self._n_epochs, free=free)
        if snapshot is None:
            columns: dict[str, list[float]] = {self._column_name(name): [] for name in self._names()}
            return KerasState([], [], [], self._generator, {}, columns, {}, n_done=0, seconds=0.0, is_stopped=False)
        document, arrays = snapshot.document, snapshot.arrays
        callbacks = self._arguments["callbacks"]
        state = restore(document.get("state"), arrays, self.model, callbacks, self._generator)
        self.model._initial_epoch = self._arguments["initial_epoch"] + state.n_done
        self.model.stop_training = state.is_stopped
        return state

    def _names(self) -> list[str]:
        """Keras' names of the columns of the history."""
        names = ["loss", *(name for name in _metrics(self.model) if name != "loss")]
        if self._arguments.get("validation_data") is None and not self._arguments.get("validation_split"):
            return names
        return [*names, *(f"val_{name}" for name in names)]

    def _modes(self) -> dict[str, str]:
        """Of metrics of which Keras knows it, whether low or high values are better."""
        modes = ((self._column_name(name), _mode(self.model, name)) for name in self._names())
        return {name: mode for name, mode in modes if mode is not None}

    def _views(self) -> LazyViews:
        return LazyViews(weights=_no_weights, model=self._as_fitted, snapshot=self._snapshot)

    def _as_fitted(self) -> Any:
        """The estimator as if the fit had ended now; its network is the one that is trained on."""
        fitted = without_callbacks(self._estimator)
        fitted._record(self.history, is_continued=False)
        return fitted

    def _snapshot(self) -> Snapshot:
        if not self._is_between_epochs:
            raise ValueError(
                "A fit can be resumed from the end of an epoch, got one that was interrupted on its way; resume from "
                "the checkpoint before."
            )
        document, arrays = self._last_state or written(self._state())
        return Snapshot(self._identity() | {"n_done": self._runner.context.epoch, "state": document}, arrays)

    def _state(self) -> KerasState:
        context = self._runner.context
        recorded = context.recorded
        return state_of(
            self.model,
            self._arguments["callbacks"],
            self._generator,
            history=self.history,
            columns={name: column.tolist() for name, column in context.history.items() if name not in recorded},
            recorded=recorded,
            n_done=context.epoch,
            seconds=context.seconds,
            is_stopped=self._is_stopped,
        )


def _metrics(model: keras.Model) -> list[str]:
    try:
        return list(model.get_metrics_result())
    except ValueError:  # compiled metrics that a train_step of the user's own builds, or does not use
        return []


def _mode(model: keras.Model, name: str) -> str | None:
    """``'min'`` or ``'max'`` by the metric of a column, whose name may begin with that of an output."""
    directions = {
        metric.name: getattr(metric, "_direction", None)
        for each in model.metrics
        for metric in getattr(each, "metrics", [each])
    }
    name = name.removeprefix("val_")
    parts = (name.removeprefix(f"{output}_") for output in (*(getattr(model, "output_names", None) or ()), "weighted"))
    direction = next((directions[part] for part in (name, *parts) if directions.get(part) is not None), None)
    return None if direction is None else {"up": "max", "down": "min"}[direction]


def _no_weights() -> None:
    raise ValueError(
        "A network of Keras has no coefs and intercepts, which the weights of a context are; use context.model.model_, "
        "or a callback of Keras in the parameter callbacks."
    )
