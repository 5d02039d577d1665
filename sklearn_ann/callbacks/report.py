"""What callbacks see of a fit: how far it is, its curves, and, made only when asked for, its weights and its model.

Read-only for callbacks, but for quantities of their own, which they add to the history by ``record``, and ``notes``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Given", "Report", "Sight", "Structure"]


class Given(NamedTuple):
    """What the caller of ``fit`` passed, as it was passed; None for what was not."""

    X: Any
    y: Any
    sample_weight: Any = None
    X_val: Any = None
    y_val: Any = None
    sample_weight_val: Any = None


class Structure(NamedTuple):
    """What the weights are weights of, the same throughout a fit.

    Attributes
    ----------
    network : Network
    numbers : dict of str to float
        What predictions take besides the weights, as for :func:`~sklearn_ann.network.forward.forward`.
    scaling : Scaling or None
        Of the columns of X, before they go into the network.
    """

    network: Any
    numbers: Mapping[str, float]
    scaling: Any = None


class Sight(NamedTuple):
    """Functions that look into a fit as it is now; the estimator brings them.

    Attributes
    ----------
    weights : callable
        ``weights() -> Weights``: what the next epoch begins with (or predictions are made with, where weights are
        averaged), in NumPy.
    model : callable
        ``model() -> estimator``: a fitted one, as if the fit had ended now.
    inside : callable or None
        ``inside(n_rows) -> Inside``: activations and gradients at some rows of the training data.
    snapshot : callable or None
        ``snapshot() -> (document, arrays)``: all that the fit needs to go on from here.
    structure : Structure or None
        Of a multilayer perceptron.
    """

    weights: Callable[[], Any]
    model: Callable[[], Any]
    inside: Callable[[int], Any] | None = None
    snapshot: Callable[[], tuple[dict, dict]] | None = None
    structure: Structure | None = None


class Report:
    """A fit as callbacks see it.

    Attributes
    ----------
    estimator : estimator
        The one that is fitted: its parameters may be read. Its learned attributes are those from before this fit.
    given : Given
        The data as they were passed to ``fit``: ``X, y, sample_weight, X_val, y_val, sample_weight_val``.
    epoch : int
        Epochs (for ``solver='lbfgs'``: iterations) of this fit so far.
    max_epochs : int
        Epochs at most.
    n_batches : int
        Of an epoch; 1 for ``solver='lbfgs'`` and the perceptron.
    seconds : float
        Since the fit began to train, time before it was resumed included.
    stop_reason : str or None
        Why the training has ended; None while it goes on.
    notes : dict
        For callbacks, to keep what belongs to this fit; use the callback itself as the key.
    """

    def __init__(
        self,
        estimator: Any,
        given: Given,
        *,
        max_epochs: int,
        n_batches: int = 1,
        columns: Mapping[str, Sequence[float]],
        recorded: Mapping[str, Sequence[float]] = MappingProxyType({}),
        epoch: int = 0,
        seconds: float = 0.0,
    ) -> None:
        self.estimator, self.given, self.max_epochs = estimator, given, max_epochs
        self.n_batches, self.epoch = n_batches, epoch
        self.stop_reason: str | None = None
        self.notes: dict[Any, Any] = {}
        self._columns = {name: list(values) for name, values in columns.items()}
        self._n_epochs = max(map(len, self._columns.values()))
        for name, values in recorded.items():
            self._columns[name] = list(values)[: self._n_epochs] + [np.nan] * (self._n_epochs - len(values))
        self._own = frozenset(columns)
        self._started = time.perf_counter() - seconds
        self._sight: Sight | None = None
        self._made: dict[Any, Any] = {}

    def __repr__(self) -> str:
        last = ", ".join(f"{name}={values[-1]:.4g}" for name, values in self.history.items() if len(values))
        return f"<Report of {type(self.estimator).__name__}, epoch {self.epoch} of {self.max_epochs}: {last}>"

    def __getstate__(self) -> dict[str, Any]:
        """What it was told; how to look into the fit goes to no other process."""
        return {**self.__dict__, "_sight": None, "_made": {}, "notes": {}}

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
    def model(self) -> Any:
        """A fitted estimator as if the fit had ended after this epoch (with early stopping: of the best epoch)."""
        model = self._once("model", self._seen().model)
        model.stop_reason_ = self.stop_reason  # a model of the last epoch may be older than the reason
        return model

    @property
    def sees_inside(self) -> bool:
        """Whether there are hidden layers to look into, and a solver that shows them: what ``inside`` needs."""
        return self._seen().inside is not None

    @property
    def structure(self) -> Structure:
        """What the weights are weights of.

        Raises
        ------
        ValueError
            Of an estimator that is no multilayer perceptron.
        """
        structure = self._seen().structure
        if structure is None:
            raise ValueError(
                f"Only a multilayer perceptron has layers to look at, got {self.estimator!r}; use MLPClassifierTF, or "
                "report.weights for the weights alone."
            )
        return structure

    def inside(self, n_rows: int = 256) -> Any:
        """Activations and gradients of every layer at some rows of the training data, the same in every epoch.

        Parameters
        ----------
        n_rows : int, default=256
            Rows to look at, evenly spread over those trained on. Of an ensemble, the first member is looked into.

        Returns
        -------
        Inside

        Raises
        ------
        ValueError
            Of an estimator without hidden layers to look into, or with a solver that shows none.
        """
        inside = self._seen().inside
        if inside is None:
            raise ValueError(
                f"Only a multilayer perceptron trained by epochs can be looked into, got {self.estimator!r}; use "
                "MLPClassifierTF or MLPRegressorTF with another solver than 'lbfgs'."
            )
        return self._once(("inside", n_rows), lambda: inside(n_rows))

    def snapshot(self) -> tuple[dict, dict]:
        """All that the fit needs to go on from here.

        Returns
        -------
        document : dict
            Of what JSON can hold.
        arrays : dict of str to ndarray

        Raises
        ------
        ValueError
            If the fit cannot go on from the middle.
        """
        snapshot = self._seen().snapshot
        if snapshot is None:
            raise ValueError(
                f"Only a multilayer perceptron trained by epochs can be resumed, got {self.estimator!r}; use "
                "MLPClassifierTF or MLPRegressorTF with another solver than 'lbfgs', or leave Checkpoint out."
            )
        return self._once("snapshot", snapshot)

    def announce(self, *names: str) -> None:
        """Say in ``begin`` which columns will be recorded, so that others may watch them.

        Parameters
        ----------
        *names : str
            Of the columns.

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
        self._made.pop("history", None)

    def record(self, **quantities: float) -> None:
        """Add quantities of this epoch to the history, and so to ``history_``.

        Parameters
        ----------
        **quantities : float
            One number each, by the name of its column.

        Raises
        ------
        ValueError
            If the name is that of one of the fit's own columns, or there is no epoch yet.
        """
        if not self.epoch:
            raise ValueError("record() is for what an epoch gave, and there is none yet; call it in epoch_end.")
        self.announce(*quantities)
        for name, value in quantities.items():
            self._columns[name][-1] = float(value)

    # ------------------------------------------------------------------------------------------------- for estimators

    def go_on(self, quantities: Mapping[str, float], sight: Sight) -> None:
        """Count an epoch: what it gave, and how to look into the fit after it."""
        self.epoch += 1
        self._n_epochs += 1
        for name, column in self._columns.items():
            column.append(float(quantities.get(name, np.nan)))
        self.look(sight)

    def look(self, sight: Sight) -> None:
        """Set how to look into the fit from now on."""
        self._sight = sight
        self._made = {}

    @property
    def recorded(self) -> dict[str, list[float]]:
        """The columns that callbacks have added, as long as the others."""
        return {name: list(column) for name, column in self._columns.items() if name not in self._own}

    def _seen(self) -> Sight:
        if self._sight is None:
            raise ValueError("There is nothing to see: the fit has not begun to train, or the report is a copy of it.")
        return self._sight

    def _once(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]


def _column(values: Sequence[float]) -> np.ndarray:
    column = np.array(values, dtype=np.float64)
    column.setflags(write=False)
    return column
