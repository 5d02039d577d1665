"""The perceptron's training: binary problems over shared rows in, trained threshold units out.

Rows (dense or CSR), binary targets, row steps and the settings of a run come in; weights, intercepts and curves per
problem go out, as NumPy arrays. It knows no estimator and no labels and draws no random numbers: the caller provides
each problem's permutation. How an epoch is made is the engine's affair.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
from scipy import sparse

from .problem import BinaryProblem, BinaryResult, Settings

__all__ = ["paying_threads", "train_perceptrons"]

_WORK_PER_CALL = 2**31  # values of X read by one call, about a second: Ctrl-C is heard between calls
_PARALLEL_WORK = 2**22  # values of X read by an epoch of all problems, about a millisecond, from which threads pay


class Training(Protocol):
    """One problem in an engine, without the rows held out."""

    @property
    def n_epochs(self) -> int:
        """Epochs so far."""

    @property
    def done(self) -> bool:
        """Whether training has ended: by the stopping rule, or after its epochs."""

    @property
    def result(self) -> BinaryResult:
        """Weights and curves so far."""

    def advance(self, n_epochs: int) -> None:
        """Train for up to ``n_epochs`` more epochs."""


def train_perceptrons(
    X: Any,
    problems: Sequence[BinaryProblem],
    settings: Settings,
    held_out: Sequence[np.ndarray] | None = None,
    held_out_weights: np.ndarray | None = None,
    report: Callable[[int, int, BinaryResult], None] | None = None,
    watch: Callable[[list[BinaryResult]], bool] | None = None,
) -> list[BinaryResult]:
    """Train threshold units that share their rows, each by itself.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_rows, n_features), float32 or float64
        Its dtype is that of the weights; losses, intercepts and steps are double in any case.
    problems : sequence of BinaryProblem
        Any number of them; ``settings.n_threads`` are trained at a time.
    settings : Settings
        Of all problems.
    held_out : sequence of int ndarrays, default=None
        Per problem, the numbers of the rows that are not trained on and whose accuracy the stopping rule watches; None:
        the rule watches the training objective.
    held_out_weights : ndarray of shape (n_rows,), default=None
        Row weights of that accuracy.
    report : callable, default=None
        Called as ``report(problem, epoch, result)`` after every epoch, with the curves up to there.
    watch : callable, default=None
        ``watch(results) -> bool``, called whenever every problem that still trains has made another epoch; True ends
        all of them. The problems then go side by side, an epoch each at a time.

    Returns
    -------
    list of BinaryResult
        One per problem. A result that is not ``finite`` is the caller's to refuse.
    """
    make_rows, make_training = _engine(settings.backend)
    rows = make_rows(X, settings, held_out_weights if held_out is not None else None)
    work = max(1, X.nnz if sparse.issparse(X) else X.size)
    at_a_time = 1 if report else max(1, _WORK_PER_CALL // work)

    def begin(k: int) -> Training:
        return make_training(rows, problems[k], None if held_out is None else held_out[k])

    def train(k: int) -> BinaryResult:
        training = begin(k)
        while not training.done:
            training.advance(at_a_time)
            if report:
                report(k, training.n_epochs, training.result)
        return training.result

    n_threads = paying_threads(settings.n_threads, len(problems), work)
    with contextlib.nullcontext() if n_threads == 1 else ThreadPoolExecutor(n_threads) as pool:
        each = map if pool is None else pool.map
        if watch is None:
            return list(each(train, range(len(problems))))
        trainings = list(map(begin, range(len(problems))))
        stopped = False
        while not stopped and not all(training.done for training in trainings):
            going_on = [k for k, training in enumerate(trainings) if not training.done]
            list(each(_advance, [trainings[k] for k in going_on]))
            if report:
                for k in going_on:
                    report(k, trainings[k].n_epochs, trainings[k].result)
            stopped = watch([training.result for training in trainings])
        return [training.result for training in trainings]


def paying_threads(n_threads: int, n_problems: int, work: int) -> int:
    """How many of the threads pay for themselves, where an epoch of a problem reads ``work`` values."""
    return min(n_threads, n_problems) if work * n_problems >= _PARALLEL_WORK else 1


def _engine(backend: str) -> tuple[Callable[..., Any], Callable[..., Training]]:
    """An engine's classes for the rows that problems share and for a problem, imported only when it trains."""
    if backend == "tensorflow":
        from .tensorflow_training import TensorflowRows, TensorflowTraining

        return TensorflowRows, TensorflowTraining
    from .numpy_training import NumpyRows, NumpyTraining

    return NumpyRows, NumpyTraining


def _advance(training: Training) -> None:
    training.advance(1)
