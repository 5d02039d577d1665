"""Ensembles of a search: the selection beside brute force, members beside fits without interruption."""

import itertools
import pickle

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.metrics import get_scorer, log_loss
from sklearn.model_selection import KFold, PredefinedSplit, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import PerceptronClassifier
from sklearn_ann.callbacks import Callback
from sklearn_ann.model_selection import HyperbandSearchCV, SuccessiveHalvingSearchCV
from sklearn_ann.model_selection.ensemble import select
from sklearn_ann.model_selection.trial import UpToEpoch
from tests.estimators.problems import (
    LABELS,
    MULTILABEL,
    REAL,
    REALS,
    WEIGHTS,
    X,
    assert_same_weights,
    classifier,
    regressor,
)

CV = StratifiedKFold(2, shuffle=True, random_state=0)
RATES = {"learning_rate_init": loguniform(1e-3, 1e-1), "batch_size": [8, 16]}


def halving(estimator=None, space=None, **settings):
    settings = {"n_iter": 9, "max_iter": 9, "cv": CV, "random_state": 0, "ensemble_size": 6, **settings}
    return SuccessiveHalvingSearchCV(estimator or classifier(), space or RATES, **settings)


SMALL = {"n_iter": 4, "max_iter": 3}  # 4 candidates at 1 epoch and 1 at 3


def test_the_selection_is_that_of_brute_force():
    rng = np.random.RandomState(0)
    y = rng.normal(size=(2, 30))
    predictions = y + rng.normal(size=(5, 2, 30)) * rng.uniform(0.5, 2, size=(5, 1, 1))

    def score(folds):
        return -np.mean([np.mean((a - b) ** 2) for a, b in zip(folds, y, strict=True)])

    bag, scores = [], []
    for _ in range(8):
        best = max(range(5), key=lambda place: score(np.mean([predictions[k] for k in [*bag, place]], axis=0)))
        bag.append(best)
        scores.append(score(np.mean(predictions[bag], axis=0)))
    counts, best = select(list(map(list, predictions)), score, 8)
    n = int(np.argmax(scores)) + 1
    np.testing.assert_array_equal(counts, np.bincount(bag[:n], minlength=5))
    assert best == pytest.approx(max(scores))
    assert best >= max(score(each) for each in predictions)
    pairs = itertools.combinations_with_replacement(range(5), 2)
    assert (
        select(predictions, score, 2)[1] <= max(score(predictions[list(pair)].mean(axis=0)) for pair in pairs) + 1e-12
    )


def test_members_are_the_models_that_were_scored():
    fit_params = {"mlpclassifiertf__sample_weight": WEIGHTS}
    model = make_pipeline(StandardScaler(), classifier())
    space = {f"mlpclassifiertf__{name}": values for name, values in RATES.items()}
    search = halving(model, space, scoring="neg_log_loss").fit(X, LABELS, **fit_params)
    ensemble, trials = search.ensemble_, search.trials_
    shares, probabilities = {}, [0, 0]
    splits = list(CV.split(X, LABELS))
    for (name, frozen), weight in zip(ensemble.estimators, ensemble.weights, strict=True):
        candidate, fold = int(name.split("_")[1]), int(name.split("_")[3])
        shares[candidate] = shares.get(candidate, 0) + weight
        train, test = splits[fold]
        trial = trials.loc[candidate]
        plain = clone(model).set_params(**{name: trial[f"param_{name}"] for name in space}, mlpclassifiertf__max_iter=9)
        plain[-1].set_callbacks(UpToEpoch(trial["n_epochs"]))
        plain.fit(X[train], LABELS[train], mlpclassifiertf__sample_weight=WEIGHTS[train])
        assert_same_weights(frozen.estimator[-1], plain[-1])
        assert frozen.estimator.memory is None and frozen.estimator[-1]._optimizer is None
        probabilities[fold] = probabilities[fold] + 2 * weight * plain.predict_proba(X[test])
    assert sum(shares.values()) == pytest.approx(1)
    losses = [log_loss(LABELS[test], each) for each, (_, test) in zip(probabilities, splits, strict=True)]
    assert search.ensemble_score_ == pytest.approx(-np.mean(losses))
    last = search.cv_results_["mean_test_score"][
        [np.flatnonzero(search.cv_results_["candidate"] == c)[-1] for c in range(9)]
    ]
    assert search.ensemble_score_ >= last.max() - 1e-12


def test_no_epoch_more_is_trained_and_nothing_else_changes():
    counts = _Counts()
    search = halving(classifier(tol=0, n_iter_no_change=99).set_callbacks(counts)).fit(X, LABELS)
    plain = halving(classifier(tol=0, n_iter_no_change=99), ensemble_size=None).fit(X, LABELS)
    n_refit = search.cv_results_["n_resources"][search.best_index_]
    assert counts.n_epochs == 2 * (9 * 1 + 3 * 2 + 1 * 6) + n_refit
    assert counts.n_fits == 2 * 13 + 1
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"])
    assert_same_weights(search.best_estimator_, plain.best_estimator_)
    assert not hasattr(plain, "ensemble_")


class _Counts(Callback):
    n_epochs = n_fits = 0

    def begin(self, context):
        self.n_fits += 1

    def epoch_end(self, context):
        self.n_epochs += 1


def test_it_predicts_scores_and_is_pickled():
    labels = np.array(["a", "b", "c"])[LABELS]
    search = HyperbandSearchCV(classifier(), RATES, max_iter=9, cv=CV, random_state=0, ensemble_size=5).fit(X, labels)
    ensemble = pickle.loads(pickle.dumps(search.ensemble_))
    expected = np.average([m.predict_proba(X) for m in ensemble.estimators_], axis=0, weights=ensemble.weights)
    np.testing.assert_allclose(ensemble.predict_proba(X), expected)
    np.testing.assert_array_equal(ensemble.predict(X), np.array(["a", "b", "c"])[expected.argmax(axis=1)])
    assert ensemble.score(X, labels) == np.mean(ensemble.predict(X) == labels)
    size = len(pickle.dumps(search.best_estimator_))
    assert len(pickle.dumps(search.ensemble_)) < (len(ensemble.estimators_) + 1) * size


def test_regressors_and_a_single_validation_set():
    held_out = np.where(np.arange(60) < 40, -1, 0)
    search = halving(regressor(), cv=PredefinedSplit(held_out)).fit(X, REAL)
    score = get_scorer("r2")(search.ensemble_, X[40:], REAL[40:])
    assert search.ensemble_score_ == pytest.approx(score)
    assert score >= search.best_score_ - 1e-12 or search.trials_["score_epoch"].max() < 9


def test_a_log_and_processes_give_the_same_ensemble(tmp_path):
    alone = halving(**SMALL).fit(X, LABELS)
    logged = halving(log=tmp_path, **SMALL).fit(X, LABELS)
    again = halving(log=tmp_path, n_jobs=2, **SMALL | {"ensemble_size": 3}).fit(X, LABELS)
    np.testing.assert_array_equal(alone.ensemble_.predict_proba(X), logged.ensemble_.predict_proba(X))
    three = halving(**SMALL | {"ensemble_size": 3}).fit(X, LABELS)
    np.testing.assert_array_equal(three.ensemble_.predict_proba(X), again.ensemble_.predict_proba(X))


def test_several_scores_select_by_that_of_refit():
    search = halving(scoring=["accuracy", "neg_log_loss"], refit="neg_log_loss", **SMALL).fit(X, LABELS)
    by_one = halving(scoring="neg_log_loss", **SMALL).fit(X, LABELS)
    assert search.ensemble_score_ == by_one.ensemble_score_


def accuracy_and_rate(model, X, y):
    """Takes what averaged predictions have not: a parameter of the model."""
    return model.score(X, y) + model.learning_rate_init


@pytest.mark.parametrize(
    ("scoring", "refit"),
    [(accuracy_and_rate, True), ({"a": "accuracy", "b": accuracy_and_rate}, "b"), (lambda *_: np.nan, True)],
)
# of scores that fail on purpose
@pytest.mark.filterwarnings("ignore:Scoring failed", "ignore:One or more of the test scores are non-finite")
def test_without_a_score_there_is_no_ensemble(scoring, refit):
    search = halving(n_iter=2, max_iter=3, scoring=scoring, refit=refit)
    with pytest.warns(UserWarning, match="ensemble_size needs a score of averaged predictions") as caught:
        search.fit(X, LABELS)
    assert __file__ in {warning.filename for warning in caught}
    assert not hasattr(search, "ensemble_")
    assert search.predict(X).shape == LABELS.shape


def test_a_score_of_minus_infinity_is_one():
    counts, best = select([[np.zeros(2)], [np.ones(2)]], lambda _: -np.inf, 3)
    np.testing.assert_array_equal(counts, [1, 0])
    assert best == -np.inf


@pytest.mark.parametrize(
    ("estimator", "y", "cv", "match"),
    [
        (classifier(), MULTILABEL, 2, "ensemble_size needs one column of labels, got y of type 'multilabel-indicator'"),
        (regressor(), REALS, 2, r"ensemble_size needs y of shape \(n_samples,\), got 2 dimensions"),
        (PerceptronClassifier(), LABELS, 2, "ensemble_size averages probabilities"),
        (classifier(loss="hinge"), LABELS, 2, "ensemble_size averages probabilities"),
        (classifier(), np.sort(LABELS), KFold(3), "ensemble_size needs folds with all 3 classes"),
    ],
)
def test_what_cannot_be_averaged_is_refused(estimator, y, cv, match):
    space = {"eta0": [0.1, 1.0]} if isinstance(estimator, PerceptronClassifier) else {"learning_rate_init": [0.1, 0.01]}
    with pytest.raises(ValueError, match=match):
        halving(estimator, space, n_iter=2, max_iter=3, cv=cv).fit(X, y)
