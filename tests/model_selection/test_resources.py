"""Rows as the resource: beside scikit-learn's halving search, and plain loops."""

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (for what the import does)
from sklearn.metrics import get_scorer, log_loss
from sklearn.model_selection import (
    GroupKFold,
    HalvingGridSearchCV,
    KFold,
    ShuffleSplit,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import resample

from sklearn_ann import MLPRegressorTF
from sklearn_ann.model_selection import HyperbandSearchCV
from sklearn_ann.model_selection.brackets import Bracket
from tests.estimators.problems import LABELS, REAL, WEIGHTS, X, assert_same_weights, classifier, regressor
from tests.model_selection.test_searches import CV, Counts, assert_same_tables, halving
from tests.model_selection.test_trial_log import Looks, count_time_by_epochs

ROWS = slice(54)  # 54, 18 and 6: a factor of 3 apart
GRID = {"learning_rate_init": [0.003, 0.01, 0.1], "alpha": [0.0, 0.1, 1.0]}
SEED = int(np.random.RandomState(0).randint(2**31 - 1))  # of a search with random_state=0


def by_rows(estimator=None, space=GRID, **settings):
    """A search of 9, 3 and 1 candidates with 6, 18 and 54 rows."""
    settings = {"resource": "n_samples", "min_samples": 6, "max_iter": 5, **settings}
    return halving(estimator or regressor(), space, **settings)


def by_rungs(table):
    """Scores by rung and candidate."""
    return {
        (rung, *sorted(params.items())): (n_resources, mean, train)
        for rung, params, n_resources, mean, train in zip(
            table["iter"],
            table["params"],
            table["n_resources"],
            table["mean_test_score"],
            table["mean_train_score"],
            strict=True,
        )
    }


# ---------------------------------------------------------------------------------------- tables


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # the fits are short
@pytest.mark.parametrize("piped", [False, True])
def test_survivors_and_scores_are_those_of_scikit_learn(piped):
    estimator = make_pipeline(StandardScaler(), regressor()) if piped else regressor()
    prefix = "mlpregressortf__" if piped else ""
    grid = {f"{prefix}{name}": values for name, values in GRID.items()}
    weights = {f"{prefix}sample_weight": WEIGHTS[ROWS]}
    search = by_rows(estimator, grid, return_train_score=True).fit(X[ROWS], REAL[ROWS], **weights)
    theirs = HalvingGridSearchCV(
        clone(estimator).set_params(**{f"{prefix}max_iter": 5}),
        grid,
        cv=CV,
        min_resources=6,
        random_state=SEED,
        error_score="raise",
    ).fit(X[ROWS], REAL[ROWS], **weights)
    assert theirs.n_candidates_ == [9, 3, 1]
    assert by_rungs(search.cv_results_) == by_rungs(theirs.cv_results_)
    assert search.best_params_ == theirs.best_params_
    assert search.best_score_ == theirs.best_score_
    np.testing.assert_array_equal(search.predict(X), theirs.predict(X))


@pytest.mark.parametrize("cv", [3, StratifiedKFold(2, shuffle=True, random_state=0), KFold(2)])
def test_parts_are_stratified_where_the_folds_are(cv):
    search = by_rows(classifier(), {"alpha": [0, 1, 9]}, n_iter=3, min_samples=20, cv=cv).fit(X, LABELS)
    assert search.brackets_ == [Bracket((3, 1), (20, 60))]
    folds = (StratifiedKFold(3) if cv == 3 else cv).split(X, LABELS)
    for split, (train, test) in enumerate(folds):
        model = classifier(max_iter=5, **search.cv_results_["params"][0])
        how = {"replace": False, "random_state": SEED}
        train, test = (
            resample(rows, n_samples=len(rows) // 3, stratify=None if isinstance(cv, KFold) else LABELS[rows], **how)
            for rows in (train, test)
        )
        with pytest.warns(Warning, match="Maximum iterations"):
            model.fit(X[train], LABELS[train])
        assert search.cv_results_[f"split{split}_test_score"][0] == model.score(X[test], LABELS[test])


def test_the_best_is_one_with_all_rows_and_trained_to_the_end():
    search = by_rows(scoring=best_with_few_rows).fit(X[ROWS], REAL[ROWS])
    table = search.cv_results_
    assert table["mean_test_score"][search.best_index_] < table["mean_test_score"].max()
    assert table["n_resources"][search.best_index_] == 54
    with pytest.warns(Warning, match="Maximum iterations"):
        model = regressor(max_iter=5, **search.best_params_).fit(X[ROWS], REAL[ROWS])
    assert_same_weights(search.best_estimator_, model)
    assert search.trials_["score"].max() == table["mean_test_score"].max()  # of one that was not promoted
    assert {"n_samples", "score_n_samples"} <= set(search.trials_.columns)


def best_with_few_rows(model, X, y):
    return 1 / len(X)


def test_hyperband_over_rows():
    search = HyperbandSearchCV(
        regressor(), GRID, resource="n_samples", min_samples=6, max_iter=2, cv=CV, random_state=0
    ).fit(X[ROWS], REAL[ROWS])
    assert search.brackets_ == [((9, 3, 1), (6, 18, 54)), ((5, 1), (18, 54)), ((3,), (54,))]
    assert search.cv_results_["n_resources"][search.best_index_] == 54


def test_asynchronous_promotion_over_rows():
    with parallel_config("threading"):
        search = by_rows(promotion="asynchronous", n_jobs=2, return_train_score=True).fit(X[ROWS], REAL[ROWS])
    expected = by_rungs(by_rows(return_train_score=True).fit(X[ROWS], REAL[ROWS]).cv_results_)
    table = by_rungs(search.cv_results_)
    assert all(table[key] == expected[key] for key in table.keys() & expected.keys())
    assert max(search.cv_results_["iter"]) == 2


# ---------------------------------------------------------------------------------------- cost


class CountsRows(MLPRegressorTF):
    """Counts rows times epochs of all its fits."""

    n_fits = n_row_epochs = 0

    def fit(self, X, y, **kwargs):
        super().fit(X, y, **kwargs)
        type(self).n_fits += 1
        type(self).n_row_epochs += len(X) * self.n_iter_
        return self


@pytest.mark.parametrize(
    "settings", [{}, {"cv": ShuffleSplit(3, test_size=0.3, random_state=0), "min_samples": 9}, {"refit": False}]
)
def test_the_forecast_is_what_is_trained(settings):
    CountsRows.n_fits = CountsRows.n_row_epochs = 0
    counts = Counts()
    estimator = CountsRows((3,), tol=0, n_iter_no_change=99, random_state=0).set_callbacks(counts)
    search = by_rows(estimator, **settings)
    forecast = search.forecast(X, REAL)
    assert CountsRows.n_fits == 0
    search.fit(X, REAL)
    assert search.forecast_ == forecast
    assert forecast[1:] == (CountsRows.n_fits, counts.n_epochs, CountsRows.n_row_epochs)
    assert forecast.n_candidates == 9


def test_the_fewest_rows_are_two_for_each_fold_and_class():
    assert len(set(LABELS)) == 3
    search = halving(classifier(), n_iter=4, resource="n_samples", max_iter=1, eta=2, cv=KFold(3))
    search.fit(X, LABELS)
    assert search.brackets_[0].n_resources == (30, 60)  # 18 at least
    assert by_rows(min_samples=None, eta=2).fit(X, REAL).brackets_[0].n_resources == (7, 15, 30, 60)  # 4 at least


# ---------------------------------------------------------------------------------------- conventions


def test_a_search_over_rows_that_was_out_of_time_goes_on(tmp_path, monkeypatch):
    settings = {"log": tmp_path, "refit": False, "max_iter": 3, "ensemble_size": 3}
    network = regressor(tol=0, n_iter_no_change=99)
    looks = Looks()
    count_time_by_epochs(looks, monkeypatch)
    search = by_rows(clone(network).set_callbacks(looks), time_budget=1.0, **settings).fit(X, REAL)
    assert search.stop_reason_ == "time_budget=1.0 s were over"
    assert 0 < len(search.cv_results_["params"]) < 13
    counts = Looks()
    gone_on = by_rows(clone(network).set_callbacks(counts), **settings).fit(X, REAL)
    assert counts.n_epochs <= 2 * 3 * 13 - 2 * 3
    whole = by_rows(network, max_iter=3, ensemble_size=3).fit(X, REAL)
    assert_same_tables(gone_on.cv_results_, whole.cv_results_)
    assert gone_on.ensemble_score_ == whole.ensemble_score_


def test_several_scores_and_groups():
    settings = {"scoring": ["accuracy", "neg_log_loss"], "refit": "accuracy", "cv": GroupKFold(2)}
    search = by_rows(classifier(), {"alpha": [0, 0.1, 1]}, n_iter=3, min_samples=20, **settings)
    groups = np.arange(60) % 4
    search.fit(X, LABELS, groups=groups)
    assert search.forecast_ == search.forecast(X, LABELS, groups)
    row = np.flatnonzero(search.cv_results_["n_resources"] == 60)[0]
    model = classifier(max_iter=5, **search.cv_results_["params"][row])
    with pytest.warns(Warning, match="Maximum iterations"):  # folds in another order of rows: close, not the same
        scores = cross_val_score(model, X, LABELS, groups=groups, cv=GroupKFold(2), scoring="neg_log_loss")
    assert abs(scores.mean() - search.cv_results_["mean_test_neg_log_loss"][row]) < 0.2
    assert search.score(X, LABELS) == get_scorer("accuracy")(search.best_estimator_, X, LABELS)


@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")  # that is what is asked for
def test_fits_that_fail_are_not_promoted():
    space = {"learning_rate_init": [0.01], "solver": ["adam", "sgd", "lbfgs"]}
    with pytest.warns(Warning, match="2 fits failed out of a total of"):
        search = by_rows(space=space, n_iter=3, min_samples=20).fit(X, REAL)
    assert np.isnan(search.cv_results_["mean_test_score"]).sum() == 1
    assert not np.isnan(search.best_score_)


class NeedsRows(MLPRegressorTF):
    """Fails with few rows."""

    def fit(self, X, y, **kwargs):
        if len(X) < 20:
            raise ValueError("too few rows")
        return super().fit(X, y, **kwargs)


@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")  # that is what is asked for
@pytest.mark.parametrize("promotion", ["synchronous", "asynchronous"])
def test_fits_that_fail_with_few_rows_do_better_with_more(promotion):
    with pytest.warns(Warning, match="24 fits failed out of a total of 26"):
        search = by_rows(NeedsRows((3,), random_state=0), promotion=promotion).fit(X[ROWS], REAL[ROWS])
    assert np.isfinite(search.best_score_)
    assert search.trials_["state"].tolist() == ["completed"] + ["failed"] * 8


@pytest.mark.parametrize("promotion", ["synchronous", "asynchronous"])
def test_an_ensemble_has_the_models_of_the_last_rungs(promotion, tmp_path):
    """Trained on parts of the rows of their folds, selected by all validation rows."""
    cv = StratifiedKFold(2, shuffle=True, random_state=0)
    settings = {"min_samples": 12, "cv": cv, "ensemble_size": 3, "scoring": "neg_log_loss", "promotion": promotion}
    search = by_rows(classifier(), **settings).fit(X, LABELS)
    assert search.brackets_ == [Bracket((9, 3), (20, 60))]
    logged = by_rows(classifier(), log=tmp_path, **settings).fit(X, LABELS)
    splits = list(cv.split(X, LABELS))
    probabilities, sizes = np.zeros((2, 30, 3)), set()
    for (name, frozen), weight in zip(search.ensemble_.estimators, search.ensemble_.weights, strict=True):
        candidate, fold = int(name.split("_")[1]), int(name.split("_")[3])
        trial, (train, test) = search.trials_.loc[candidate], splits[fold]
        size = trial["n_samples"] // 2
        part = resample(train, replace=False, n_samples=size, random_state=SEED, stratify=LABELS[train])
        plain = classifier(max_iter=5, **{name: trial[f"param_{name}"] for name in GRID})
        with pytest.warns(Warning, match="Maximum iterations"):
            plain.fit(X[part], LABELS[part])
        assert_same_weights(frozen.estimator, plain)
        probabilities[fold] += 2 * weight * plain.predict_proba(X[test])
        sizes.add(size)
    losses = [log_loss(LABELS[test], each) for each, (_, test) in zip(probabilities, splits, strict=True)]
    assert search.ensemble_score_ == pytest.approx(-np.mean(losses))
    assert logged.ensemble_score_ == search.ensemble_score_
    assert logged.ensemble_.weights == search.ensemble_.weights
    assert sizes <= {10, 30}


def test_an_ensemble_needs_all_classes_among_the_fewest_rows():
    with pytest.raises(ValueError, match="ensemble_size needs folds with all 3 classes among the rows to train on"):
        by_rows(classifier(), min_samples=2, eta=9, ensemble_size=2).fit(X, LABELS)  # three of them


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"min_samples": 61}, "min_samples must not exceed the 60 rows of X, got 61"),
        ({"resource": "n_estimators"}, "The 'resource' parameter"),
        ({"promotion": "never"}, "The 'promotion' parameter"),
    ],
)
def test_what_does_not_fit_is_refused(settings, match):
    with pytest.raises(ValueError, match=match):
        by_rows(**settings).fit(X, REAL)
