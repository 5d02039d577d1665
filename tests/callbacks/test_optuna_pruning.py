"""Each epoch reported to a trial of Optuna, and fits that end where its pruner says so."""

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState

from sklearn_ann.callbacks import Callback, OptunaPruning
from tests.estimators.problems import LABELS, X, classifier

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning"
)  # the fits are short on purpose


class After(optuna.pruners.BasePruner):
    """Prunes a trial from a step on."""

    def __init__(self, step):
        self.step = step

    def prune(self, study, trial):
        return trial.last_step >= self.step


class Ends(Callback):
    def end(self, context):
        self.epoch = context.epoch


def test_every_epoch_is_reported():
    study = optuna.create_study(direction="minimize")
    trial = study.ask()
    model = classifier().set_callbacks(OptunaPruning(trial, "loss")).fit(X, LABELS)
    study.tell(trial, model.loss_)
    assert study.trials[0].intermediate_values == dict(enumerate(model.loss_curve_, start=1))


def test_a_pruned_trial_ends_the_fit_and_the_study_goes_on():
    ends = Ends()

    def objective(trial):
        pruning = OptunaPruning(trial)
        model = classifier(early_stopping=True).set_callbacks(pruning, ends)
        return model.fit(X, LABELS).best_validation_score_

    study = optuna.create_study(direction="maximize", pruner=After(3))
    study.optimize(objective, n_trials=2)
    assert [trial.state for trial in study.trials] == [TrialState.PRUNED] * 2
    assert list(study.trials[0].intermediate_values) == [1, 2, 3]
    assert ends.epoch == 3


def test_a_column_of_ones_own_is_reported_where_it_is_a_number():
    class Odd(Callback):
        def begin(self, context):
            context.announce("odd")

        def epoch_end(self, context):
            if context.epoch % 2:
                context.record(odd=context.epoch)

    study = optuna.create_study(direction="maximize")
    trial = study.ask()
    classifier().set_callbacks(Odd(), OptunaPruning(trial, "odd")).fit(X, LABELS)
    study.tell(trial, 1.0)
    assert study.trials[0].intermediate_values == {1: 1, 3: 3, 5: 5}


def test_what_does_not_fit_is_refused():
    trial = optuna.create_study(direction="maximize").ask()
    with pytest.raises(TypeError, match="trial must be a trial of Optuna, got None"):
        OptunaPruning(None)
    with pytest.raises(ValueError, match="monitor must be a column of the history, got 'validation_score'"):
        classifier().set_callbacks(OptunaPruning(trial)).fit(X, LABELS)
    with pytest.raises(ValueError, match="The study must minimize for monitor='loss'"):
        classifier().set_callbacks(OptunaPruning(trial, "loss")).fit(X, LABELS)
    fixed = optuna.trial.FixedTrial({"alpha": 0.1})  # of no study, for a last fit: never pruned
    model = classifier(early_stopping=True).set_callbacks(OptunaPruning(fixed)).fit(X, LABELS)
    assert np.isfinite(model.best_validation_score_)
