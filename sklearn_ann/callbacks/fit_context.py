"""What callbacks see of a fit: how far it is, its curves, and, made only when asked for, its weights and its model.

Read-only for callbacks, but for quantities of their own, which they add to the history by ``record``, and ``notes``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import _safe_indexing

from ..network.weights import over_columns

__all__ = ["FitContext", "FitData", "LazyViews", "ModelInfo", "Snapshot"]


class FitData(NamedTuple):
    """What the caller of ``fit`` passed, as it was passed; None for what was not."""

    X: Any
    y: Any
    sample_weight: Any = None
    X_val: Any = None
    y_val: Any = None
    sample_weight_val: Any = None


class ModelInfo(NamedTuple):
    """What the weights are weights of, the same throughout a fit.

    Attributes
    ----------
    network : Network
    hyper : NetworkHyper
        What predictions take besides the weights, as for :func:`~sklearn_ann.network.forward_numpy.forward`.
    scaling : Scaling or None
        Of the columns of X, before they go into the network.
    """

    network: Any
    hyper: Any
    scaling: Any = None


@dataclass(frozen=True)
class Snapshot:
    """All that a fit needs to go on from an epoch: ``fit(..., resume=snapshot)``.

    Not a tuple: scikit-learn slices an argument of ``fit`` that is as long as X, which may have two rows.

    Attributes
    ----------
    document : dict
        Of what JSON can hold.
    arrays : dict of str to ndarray
    """

    document: dict[str, Any]
    arrays: dict[str, np.ndarray]


class LazyViews(NamedTuple):
    """Functions that look into a fit as it is now; the estimator brings them.

    Attributes
    ----------
    weights : callable
        ``weights() -> Weights``: what the next epoch begins with (or predictions are made with, where weights are
        averaged), in NumPy.
    model : callable
        ``model() -> estimator``: a fitted one, as if the fit had ended now.
    layer_diagnostics : callable or None
        ``layer_diagnostics(n_rows) -> LayerDiagnostics``: activations and gradients at some rows of the training data.
    snapshot : callable or None
        ``snapshot() -> Snapshot``: all that the fit needs to go on from here.
    structure : ModelInfo or None
        Of a multilayer perceptron.
    latest_model : callable or None
        Like ``model``, with the weights of the last epoch; None where they are those of ``model``.
    """

    weights: Callable[[], Any]
    model: Callable[[], Any]
    layer_diagnostics: Callable[[int], Any] | None = None
    snapshot: Callable[[], Snapshot] | None = None
    structure: ModelInfo | None = None
    latest_model: Callable[[], Any] | None = None


class FitContext:
    """A fit as callbacks see it.

    Attributes
    ----------
    estimator : estimator
        The estimator being fitted, with its parameters. Its fitted attributes are those from before this fit.
    given : FitData
        The data as they were passed to ``fit``: ``X, y, sample_weight, X_val, y_val, sample_weight_val``.
    epoch : int
        Number of epochs (with ``solver='lbfgs'``, iterations) of this fit so far.
    max_epochs : int
        Maximum number of epochs.
    n_batches : int
        Number of mini-batches per epoch; 1 with ``solver='lbfgs'`` and for the perceptron.
    seconds : float
        Seconds of training so far, including those before a resumed fit was interrupted.
    stop_reason : str or None
        Why training stopped; None before.
    notes : dict
        Data that callbacks keep about this fit; use the callback as the key.
    modes : dict of str to str
        ``'min'`` or ``'max'`` for columns of which more is known than their name, see ``announce``.

    Examples
    --------
    In ``epoch_end`` of a callback; True ends the training:

    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.callbacks import Callback
    >>> class UntilLossBelow(Callback):
    ...     def __init__(self, loss):
    ...         self.loss = loss
    ...
    ...     def epoch_end(self, context):
    ...         return context.epoch >= 3 and context.history["loss"][-1] < self.loss
    ...
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((10,), learning_rate_init=0.05, random_state=0)
    >>> model = model.set_callbacks(UntilLossBelow(0.3)).fit(X, y)
    >>> 0.2 < model.loss_ < 0.3
    True
    """

    def __init__(
        self,
        estimator: Any,
        given: FitData,
        *,
        max_epochs: int,
        n_batches: int = 1,
        columns: Mapping[str, Sequence[float]],
        recorded: Mapping[str, Sequence[float]] = MappingProxyType({}),
        epoch: int = 0,
        seconds: float = 0.0,
        train_rows: np.ndarray | None = None,
        modes: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.estimator, self.given, self.max_epochs = estimator, given, max_epochs
        self.n_batches, self.epoch, self._train_rows = n_batches, epoch, train_rows
        self.stop_reason: str | None = None
        self.notes: dict[Any, Any] = {}
        self.modes = dict(modes)
        self._columns = {name: list(values) for name, values in columns.items()}
        self._n_epochs = max(map(len, self._columns.values()))
        for name, values in recorded.items():
            self._columns[name] = list(values)[: self._n_epochs] + [np.nan] * (self._n_epochs - len(values))
        self._own = frozenset(columns)
        self._started = time.perf_counter() - seconds
        self._views: LazyViews | None = None
        self._made: dict[Any, Any] = {}

    def __repr__(self) -> str:
        last = ", ".join(f"{name}={values[-1]:.4g}" for name, values in self.history.items() if len(values))
        return f"<FitContext of {type(self.estimator).__name__}, epoch {self.epoch} of {self.max_epochs}: {last}>"

    def __getstate__(self) -> dict[str, Any]:
        """What it was told; how to look into the fit goes to no other process."""
        return {**self.__dict__, "_views": None, "_made": {}, "notes": {}}

    # ------------------------------------------------------------------------------------------------ for callbacks

    @property
    def seconds(self) -> float:
        """Seconds of training so far."""
        return time.perf_counter() - self._started

    @property
    def history(self) -> Mapping[str, np.ndarray]:
        """Columns by name, a value for each epoch, also of those before that this fit goes on from; NaN for none.

        ``'loss'``, ``'validation_loss'``, ``'validation_score'`` and ``'learning_rate'`` (of the perceptron ``'loss'``
        and ``'mistakes'``), and what callbacks have recorded.
        """
        return self._once("history", lambda: MappingProxyType({k: _column(v) for k, v in self._columns.items()}))

    @property
    def weights(self) -> Any:
        """The network's weights now, in NumPy: ``coefs``, ``intercepts``, ``learned`` and ``moving``."""
        return self._once("weights", self._seen().weights)

    @property
    def first_coef(self) -> np.ndarray:
        """Weights of the first layer now, a row for each column of X: of zeros for one that it does not see."""
        structure = self._seen().structure
        coef = self.weights.coefs[0]
        return coef if structure is None else over_columns(structure.network, coef)

    @property
    def model(self) -> Any:
        """A fitted estimator as if the fit had ended after this epoch (with early stopping: of the best epoch).

        Its ``stop_reason_`` is None while the training goes on.
        """
        return self._once("model", lambda: self._model(self._seen().model))

    @property
    def latest_model(self) -> Any:
        """Like ``model``, but always with the weights of this epoch, as ``validation_score`` is about them."""
        latest = self._seen().latest_model
        return self.model if latest is None else self._once("latest_model", lambda: self._model(latest))

    @cached_property
    def train_data(self) -> FitData:
        """``X``, ``y`` and ``sample_weight`` of the rows trained on, without those set aside for early stopping."""
        X, y, sample_weight, *_ = self.given
        if np.ndim(sample_weight) == 0:  # None, or one number for all rows
            sample_weight = None
        if self._train_rows is None:
            return FitData(X, y, sample_weight)
        data = (each if each is None else _safe_indexing(each, self._train_rows) for each in (X, y, sample_weight))
        return FitData(*data)

    @property
    def has_layer_diagnostics(self) -> bool:
        """Whether there are hidden layers to look into, and a solver that shows them."""
        return self._seen().layer_diagnostics is not None

    @property
    def has_structure(self) -> bool:
        """Whether the estimator is a multilayer perceptron: what ``structure`` needs."""
        return self._seen().structure is not None

    @property
    def structure(self) -> ModelInfo:
        """What the weights are weights of.

        Raises
        ------
        ValueError
            Of an estimator that is no multilayer perceptron.
        """
        structure = self._seen().structure
        if structure is None:
            raise ValueError(
                f"Only a multilayer perceptron has layers, got {self.estimator!r}; use MLPClassifierTF, or "
                "context.weights for the weights alone."
            )
        return structure

    def layer_diagnostics(self, n_rows: int = 256) -> Any:
        """Compute activations and gradients of every layer for some training rows, the same in every epoch.

        Parameters
        ----------
        n_rows : int, default=256
            Number of rows, evenly spaced in the training rows. For an ensemble, the first member is used.

        Returns
        -------
        LayerDiagnostics

        Raises
        ------
        ValueError
            If the estimator or the solver does not support it.
        """
        layer_diagnostics = self._seen().layer_diagnostics
        if layer_diagnostics is None:
            raise ValueError(
                f"Only a multilayer perceptron trained by epochs has layer diagnostics, got {self.estimator!r}; use "
                "MLPClassifierTF or MLPRegressorTF with another solver than 'lbfgs'."
            )
        return self._once(("layer_diagnostics", n_rows), lambda: layer_diagnostics(n_rows))

    def snapshot(self) -> Snapshot:
        """Return the complete state of the fit, from which it can be resumed.

        Returns
        -------
        Snapshot
            A document and arrays, for ``fit(..., resume=snapshot)``.

        Raises
        ------
        ValueError
            If the fit cannot be resumed.
        """
        snapshot = self._seen().snapshot
        if snapshot is None:
            raise ValueError(
                f"Only a fit by epochs can be resumed, got {self.estimator!r}; use another solver than 'lbfgs', "
                "or leave Checkpoint out."
            )
        return self._once("snapshot", snapshot)

    def announce(self, *names: str, mode: str | None = None) -> None:
        """Announce in ``begin`` which columns will be recorded, so that other callbacks can monitor them.

        Parameters
        ----------
        *names : str
            Names of the columns.
        mode : {'min', 'max'}, default=None
            Whether low or high values are better; None if that is unknown, or evident from the names.

        Raises
        ------
        ValueError
            If the name is that of one of the fit's own columns.
        """
        for name in names:
            if name in self._own:
                raise ValueError(
                    f"The column {name!r} is the fit's own and cannot be recorded; take another name, such as "
                    f"{'my_' + name!r}."
                )
            self._columns.setdefault(name, [np.nan] * self._n_epochs)
            if mode is not None:
                self.modes[name] = mode
        self._made.pop("history", None)

    def record(self, **quantities: float) -> None:
        """Add quantities of this epoch to the history, and so to ``history_``.

        Parameters
        ----------
        **quantities : float
            Values by the names of their columns.

        Raises
        ------
        ValueError
            If the name is that of one of the fit's own columns, if a value is no number, or if there is no epoch yet.
        """
        if not self.epoch:
            raise ValueError("record() is for what an epoch gave, and there is none yet; call it in epoch_end.")
        self.announce(*quantities)
        for name, value in quantities.items():
            try:
                self._columns[name][-1] = float(value)
            except (TypeError, ValueError):
                raise ValueError(
                    f"record() takes numbers, got {name}={value!r}; give each number a name of its own, and leave out "
                    "what is none."
                ) from None

    # ------------------------------------------------------------------------------------------------- for estimators

    def go_on(self, quantities: Mapping[str, float], views: LazyViews) -> None:
        """Count an epoch: what it gave, and how to look into the fit after it.

        :meta private:
        """
        self.epoch += 1
        self._n_epochs += 1
        for name, column in self._columns.items():
            column.append(float(quantities.get(name, np.nan)))
        self.look(views)

    def look(self, views: LazyViews) -> None:
        """Set how to look into the fit from now on.

        :meta private:
        """
        self._views = views
        self._made = {}

    def close(self, stop_reason: str) -> None:
        """Say why there are no more epochs.

        :meta private:
        """
        self.stop_reason = stop_reason
        for name in ("model", "latest_model"):  # which say so too
            self._made.pop(name, None)

    @property
    def recorded(self) -> dict[str, list[float]]:
        """The columns that callbacks have added, as long as the others.

        :meta private:
        """
        return {name: list(column) for name, column in self._columns.items() if name not in self._own}

    def _model(self, make: Callable[[], Any]) -> Any:
        model = make()
        model.stop_reason_ = self.stop_reason
        return model

    def _seen(self) -> LazyViews:
        if self._views is None:
            raise ValueError("There is nothing to see: the fit has not begun to train, or the context is a copy of it.")
        return self._views

    def _once(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]


def _column(values: Sequence[float]) -> np.ndarray:
    column = np.array(values, dtype=np.float64)
    column.setflags(write=False)
    return column
