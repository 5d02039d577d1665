"""Callback that reports a column of the history to a trial of Optuna, and ends the fit if the trial is pruned."""

from __future__ import annotations

from typing import Any

import numpy as np

from .callback import Callback
from .columns import check_column, lower_is_better, warn_of_no_number
from .fit_context import FitContext

__all__ = ["OptunaPruning"]


class OptunaPruning(Callback):
    """Report each epoch to an Optuna trial, and raise ``optuna.TrialPruned`` if the trial is pruned.

    Use it in the objective of your own study; ``study.optimize`` catches the exception. It is for a single fit: to
    cross-validate trials, use :class:`~sklearn_ann.model_selection.OptunaSearchCV`, whose pruner uses the mean over the
    folds.

    Parameters
    ----------
    trial : optuna.trial.Trial
        Trial of a study with one objective.
    monitor : str, default='validation_score'
        Column of the history, as in :class:`EarlyStopping`. The study must minimize losses and mistakes, and maximize
        scores and accuracies. Values that are not finite are not reported.

    Raises
    ------
    TypeError
        If ``trial`` is not a trial.
    ValueError
        From ``fit``, if the history has no such column, or if the study has the other direction.
    optuna.TrialPruned
        From ``fit``, after the epoch in which the trial is pruned.

    See Also
    --------
    sklearn_ann.model_selection.OptunaSearchCV : Search with cross-validated scores and pruning.

    Examples
    --------
    >>> import optuna
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.callbacks import OptunaPruning
    >>> X, y = load_iris(return_X_y=True)
    >>> def objective(trial):
    ...     rate = trial.suggest_float("learning_rate_init", 1e-4, 1e-1, log=True)
    ...     model = MLPClassifierTF((8,), learning_rate_init=rate, early_stopping=True, random_state=0)
    ...     return model.set_callbacks(OptunaPruning(trial)).fit(X, y).best_validation_score_
    >>> study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    >>> study.optimize(objective, n_trials=3)
    >>> len(study.trials)
    3
    """

    def __init__(self, trial: Any, monitor: str = "validation_score") -> None:
        if not (hasattr(trial, "report") and hasattr(trial, "should_prune")):
            raise TypeError(f"trial must be a trial of Optuna, got {trial!r}; pass the argument of the objective.")
        self.trial, self.monitor = trial, monitor

    def begin(self, context: FitContext) -> None:
        """Check that there is such a column, of the study's direction where that is known."""
        check_column("monitor", self.monitor, context)
        study = getattr(self.trial, "study", None)  # a FixedTrial has none
        is_lower_better = lower_is_better(self.monitor, context)
        direction = "minimize" if is_lower_better else "maximize"
        if study is not None and is_lower_better is not None and study.direction.name.lower() != direction:
            raise ValueError(
                f"The study must {direction} for monitor={self.monitor!r}, and it does not; make it by "
                f"optuna.create_study(direction={direction!r}), or monitor another column."
            )

    def epoch_end(self, context: FitContext) -> None:
        """Report the epoch."""
        value = float(context.history[self.monitor][-1])
        if not np.isfinite(value):
            return
        self.trial.report(value, context.epoch)
        if self.trial.should_prune():
            from optuna import TrialPruned

            raise TrialPruned(f"{self.monitor}={value:.4g} after epoch {context.epoch}.")

    def end(self, context: FitContext) -> None:
        """Warn if there was nothing to report."""
        warn_of_no_number("monitor", self.monitor, context)
