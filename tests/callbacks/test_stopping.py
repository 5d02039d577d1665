"""Callbacks that end a training, beside Keras' rule and the estimator's own."""

import time

import keras
import numpy as np
import pytest

from sklearn_ann.callbacks import Callback, Checkpoint, EarlyStopping, Scores, TargetScore, TimeLimit
from tests.estimators.problems import LABELS, X_VAL, Y_VAL, X, classifier

# fits of a few epochs: what is looked at is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Says(Callback):
    """Records a column of given numbers."""

    def __init__(self, name, values):
        self.name, self.values = name, values

    def begin(self, context):
        context.announce(self.name)

    def epoch_end(self, context):
        context.record(**{self.name: self.values[context.epoch - 1]})


def kerases_epochs(values, mode, patience, min_delta):
    rule = keras.callbacks.EarlyStopping("value", mode=mode, patience=patience, min_delta=min_delta)
    rule.set_model(keras.Model())
    rule.model.stop_training = False
    rule.on_train_begin()
    for epoch, value in enumerate(values):
        rule.on_epoch_end(epoch, {"value": value})
        if rule.model.stop_training:
            return epoch + 1
    return len(values)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("name", "mode"), [("my_loss", "min"), ("my_score", "max")])
def test_early_stopping_ends_where_keras_ends(name, mode, seed):
    random_state = np.random.RandomState(seed)
    values = np.round(np.cumsum(random_state.normal(size=40)), 1)
    patience, min_delta = 1 + seed, [0.0, 0.5][seed % 2]
    model = classifier(max_iter=40, tol=0, n_iter_no_change=np.inf)
    model.set_callbacks(Says(name, values), EarlyStopping(name, patience=patience, min_delta=min_delta))
    assert model.fit(X, LABELS).n_iter_ == kerases_epochs(values, mode, patience, min_delta)
    other = Says("other", values), EarlyStopping("other", patience=patience, min_delta=min_delta, mode=mode)
    assert model.set_callbacks(*other).fit(X, LABELS).n_iter_ == kerases_epochs(values, mode, patience, min_delta)


def test_early_stopping_on_any_scorer():
    values = [0.9, 0.1, 0.5, 0.4, 0.45, 0.5, 0.6]
    scorer = iter(values)  # the first is of the weights that training begins with
    model = classifier(max_iter=6).set_callbacks(
        Scores({"mine": lambda estimator, X, y: next(scorer)}), EarlyStopping("mine", patience=3)
    )
    assert model.fit(X, LABELS).n_iter_ == 5 and model.history_["mine"] == values[1:6]


def test_a_target_is_reached_from_either_side():
    scores = Says("my_score", [0.1, 0.7, 0.9, 0.95, 1.0])
    assert classifier().set_callbacks(scores, TargetScore(0.9, "my_score")).fit(X, LABELS).n_iter_ == 3
    losses = Says("my_loss", [0.9, 0.5, 0.0, -1, -2])
    assert classifier().set_callbacks(losses, TargetScore(0.1, "my_loss")).fit(X, LABELS).n_iter_ == 3
    errors = Says("error", [0.9, 0.5, 0.0, -1, -2])
    assert classifier().set_callbacks(errors, TargetScore(0.1, "error", mode="min")).fit(X, LABELS).n_iter_ == 3
    own = classifier().set_callbacks(TargetScore(0.0)).fit(X, LABELS, X_val=X_VAL, y_val=Y_VAL)
    says = "TargetScore(target=0.0, monitor='validation_score', mode='auto') stopped training"
    assert own.n_iter_ == 1 and own.stop_reason_ == says


def test_a_time_limit_lets_the_epoch_end():
    class Slow(Callback):
        def epoch_end(self, context):
            time.sleep(0.3)

    classifier().fit(X, LABELS)  # compiles
    model = classifier().set_callbacks(Slow(), TimeLimit(0.5)).fit(X, LABELS)
    assert 1 <= model.n_iter_ <= 2


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: EarlyStopping(patience=0), "patience must be a whole number"),
        (lambda: EarlyStopping(min_delta=-1), "min_delta must be a number from 0"),
        (lambda: TargetScore("0.9"), "target must be a number"),
        (lambda: EarlyStopping(mode="up"), "mode must be 'min', 'max' or 'auto', got 'up'"),
        (lambda: TargetScore(0.9, mode=None), "mode must be 'min', 'max' or 'auto', got None"),
        (lambda: Checkpoint("folder", mode="down"), "mode must be 'min', 'max' or 'auto', got 'down'"),
        (lambda: TimeLimit(0), "seconds must be a positive number"),
        (lambda: Scores("no such scorer"), "no such scorer"),
        (lambda: Scores("accuracy", X), "X and y go together"),
        (lambda: Scores(lambda estimator, X, y: 0.0), "must give each scorer a name"),
        (lambda: Scores("accuracy", every=0), "every must be a whole number"),
    ],
)
def test_wrong_settings_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


@pytest.mark.parametrize("callback", [EarlyStopping(), TargetScore(1), EarlyStopping("mine")])
def test_a_column_that_is_not_there_is_refused_before_training(callback):
    model = classifier().set_callbacks(callback)
    with pytest.raises(ValueError, match="monitor must be a column of the history"):
        model.fit(X, LABELS)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize(
    "make", [lambda _: EarlyStopping("mine"), lambda _: TargetScore(1, "mine"), lambda to: Checkpoint(to, best="mine")]
)
def test_a_column_of_which_nobody_knows_the_better_values_is_refused(make, tmp_path):
    model = classifier().set_callbacks(Says("mine", [1.0]), make(tmp_path))
    with pytest.raises(ValueError, match=r"mode must say which values of (monitor|best)='mine' are better"):
        model.fit(X, LABELS)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize(
    "make",
    [lambda folder: EarlyStopping("mine", mode="max"), lambda folder: Checkpoint(folder, best="mine", mode="min")],
)
def test_a_column_without_a_number_is_warned_of_once_the_fit_has_ended(make, tmp_path):
    model = classifier(max_iter=3).set_callbacks(Says("mine", [np.nan, np.inf, np.nan]), make(tmp_path))
    with pytest.warns(UserWarning, match="='mine' was never a finite number in 3 epochs"):
        model.fit(X, LABELS)
    assert model.n_iter_ == 3
