"""The output of ``verbose=True``: the lines of scikit-learn's MLPs, from the curves of the epochs.

The stopping rule itself is in the engine, which does not print; its comparisons are repeated here, on the same
float64 numbers, for the sentences that it is worth.
"""

from __future__ import annotations

from ..runtime.output import print_line
from ..schedules import SMALLEST_ADAPTIVE_RATE

__all__ = ["Progress"]


class Progress:
    """A callable that takes the curves of the epochs since its last call and prints them.

    Parameters
    ----------
    has_validation : bool
        Whether there is a validation score to print.
    early_stopping : bool
        Whether the stopping rule watches that score instead of the loss.
    adaptive : bool
        Whether it lowers the learning rate before it stops.
    tol, n_iter_no_change : float
        The rule's numbers.
    learning_rate, best, n_no_improvement
        Where the run starts: learning rate, highest monitored so far (score, or minus the loss), epochs without
        improvement.
    n_epochs : int
        Epochs of the same fit before the run.
    """

    def __init__(
        self,
        *,
        has_validation,
        early_stopping,
        adaptive,
        tol,
        n_iter_no_change,
        learning_rate,
        best,
        n_no_improvement,
        n_epochs,
    ):
        self._has_validation, self._early_stopping, self._adaptive = has_validation, early_stopping, adaptive
        self._tol, self._n_iter_no_change = tol, n_iter_no_change
        self._rate, self._best, self._n_no_improvement = learning_rate, best, n_no_improvement
        self._n_epochs = n_epochs

    def __call__(self, curves):
        """Print the epochs in ``curves``."""
        for loss, score in zip(curves.loss, curves.validation_score, strict=True):
            self._n_epochs += 1
            print_line(f"Iteration {self._n_epochs}, loss = {loss:.8f}")
            if self._has_validation:
                print_line(f"Validation score: {score:f}")
            self._judge(score if self._early_stopping else -loss)

    def _judge(self, monitored):
        self._n_no_improvement = self._n_no_improvement + 1 if monitored < self._best + self._tol else 0
        self._best = monitored if monitored > self._best else self._best
        if self._n_no_improvement <= self._n_iter_no_change:
            return
        watched = "Validation score" if self._early_stopping else "Training loss"
        reason = (
            f"{watched} did not improve more than tol={self._tol:f} for {self._n_iter_no_change:d} consecutive epochs."
        )
        if not self._adaptive:
            print_line(f"{reason} Stopping.")
        elif self._rate <= SMALLEST_ADAPTIVE_RATE:
            print_line(f"{reason} Learning rate too small. Stopping.")
        else:
            self._rate, self._n_no_improvement = self._rate / 5, 0
            print_line(f"{reason} Setting learning rate to {self._rate:f}")
