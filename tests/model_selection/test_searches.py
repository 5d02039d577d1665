"""Searches by successive halving: their tables beside fits without interruption, and scikit-learn's conventions."""

import gc
import tempfile
import tracemalloc
from pathlib import Path

import joblib
import numpy as np
import pytest
from joblib import parallel_config
from scipy.stats import loguniform
from sklearn import config_context
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, get_scorer
from sklearn.model_selection import GroupKFold, KFold, PredefinedSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_ann import PerceptronClassifier
from sklearn_ann.callbacks import Callback, EarlyStopping
from sklearn_ann.model_selection import HyperbandSearchCV, SuccessiveHalvingSearchCV
from sklearn_ann.model_selection.trial import NEW_TRIAL, UpToEpoch, advance, final_estimator
from sklearn_ann.schedules import OneCycle
from tests.estimators.problems import LABELS, REAL, WEIGHTS, X, assert_same_weights, classifier, regressor

CV = KFold(2, shuffle=True, random_state=0)
RATES = {"learning_rate_init": loguniform(1e-3, 1e-1), "batch_size": [8, 16]}


def halving(estimator=None, space=None, **settings):
    """A search of 9, 3 and 1 candidates at 1, 3 and 9 epochs."""
    settings = {"n_iter": 9, "max_iter": 9, "cv": CV, "random_state": 0, **settings}
    return SuccessiveHalvingSearchCV(estimator or classifier(), space or RATES, **settings)


SMALL = {"n_iter": 3, "max_iter": 3}  # 3 candidates at 1 epoch and 1 at 3


def assert_same_tables(table, expected):
    assert table.keys() == expected.keys()
    for name in table.keys() - {f"{each}_{kind}_time" for each in ("mean", "std") for kind in ("fit", "score")}:
        np.testing.assert_array_equal(table[name], expected[name], err_msg=name)


class Counts(Callback):
    """Counts the epochs that are made with it."""

    def __init__(self):
        self.n_epochs = 0

    def epoch_end(self, context):
        self.n_epochs += 1


# ---------------------------------------------------------------------------------------- survivors


def counting():
    """The estimator's score, and a list that it changes."""
    calls = []

    def score(model, X, y):
        calls.append(1)
        return model.score(X, y)

    return score


VARIANTS = {
    "a scorer that counts": (classifier(early_stopping=True, scoring=counting(), batch_size=16), LABELS, {}),
    "batches, momentum, weights": (classifier(solver="sgd", batch_size=16), LABELS, {"sample_weight": WEIGHTS}),
    "early stopping, noise": (classifier(early_stopping=True, dropout=0.3, n_iter_no_change=3), LABELS, {}),
    "ensemble": (classifier(n_estimators=2, batch_size=16), LABELS, {}),
    "a generator, one batch": (classifier(random_state=np.random.RandomState(3), input_dropout=0.3), LABELS, {}),
    "schedule on all epochs": (regressor(averaging=0.2, learning_rate=OneCycle(peak=0.1), batch_size=16), REAL, {}),
    "plateau": (regressor(learning_rate="plateau", tol=0.05), REAL, {}),
    "a callback": (regressor().set_callbacks(EarlyStopping("loss", patience=1, min_delta=0.02)), REAL, {}),
    "perceptron": (PerceptronClassifier(max_iter=5), LABELS, {"sample_weight": WEIGHTS}),
    "compiled": (classifier(backend="tensorflow", batch_size=16), LABELS, {}),
    "pipeline": (make_pipeline(StandardScaler(), PCA(3), classifier(batch_size=16)), LABELS, {}),
}


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of the fit beside it, which is short
def test_a_promoted_candidate_equals_one_trained_without_interruption(name):
    estimator, y, fit_params = VARIANTS[name]
    train, test = np.arange(40), np.arange(40, 60)
    scorer = KeepsModel()

    how = {"scorer": scorer, "score_params": {}, "return_train_score": False, "error_score": "raise"}
    how |= {"fit_params": fit_params, "split": (train, test), "max_iter": 9, "began": 0, "time_budget": np.inf}

    def advanced(trial, n_epochs):
        return advance(trial, estimator, {}, X, y, n_epochs=n_epochs, **how)

    trial = advanced(advanced(NEW_TRIAL, 1), 3)
    trial = trial if trial.ended else advanced(trial, 9)
    promoted = scorer.model
    whole = advanced(NEW_TRIAL, 9)
    assert list(trial.snapshot.arrays) == list(whole.snapshot.arrays)
    for key, array in trial.snapshot.arrays.items():  # optimizer, orders, generators, counters, curves
        np.testing.assert_array_equal(array, whole.snapshot.arrays[key], err_msg=key)
    _, prefix = final_estimator(clone(estimator))
    plain = clone(estimator).set_params(**{f"{prefix}max_iter": 9})
    plain.fit(X[train], y[train], **{key: value[train] for key, value in fit_params.items()})
    promoted, plain = final_estimator(promoted)[0], final_estimator(plain)[0]
    if isinstance(plain, PerceptronClassifier):
        np.testing.assert_array_equal(promoted.coef_, plain.coef_)
    else:
        assert_same_weights(promoted, plain)


class KeepsModel:
    """The estimator's score; keeps the last model."""

    def __call__(self, model, X, y):
        self.model = model
        return model.score(X, y)


def test_survivors_make_no_epoch_twice():
    counts = Counts()
    search = halving(classifier(tol=0, n_iter_no_change=99).set_callbacks(counts)).fit(X, LABELS)
    assert search.brackets_ == [((9, 3, 1), (1, 3, 9))]
    n_epochs = search.cv_results_["n_resources"][search.best_index_]
    assert counts.n_epochs == 2 * (9 * 1 + 3 * 2 + 1 * 6) + n_epochs
    assert search.forecast_ == search.forecast(X, LABELS) == (9, 19, 2 * 21 + 9, 2 * 21 * 30 + 9 * 60)


def test_steps_before_are_fitted_once_for_each_fold_and_setting():
    CountingScaler.n_fits = 0
    space = {"mlpclassifiertf__learning_rate_init": [0.01, 0.03, 0.1], "countingscaler__with_mean": [True, False]}
    halving(make_pipeline(CountingScaler(), classifier()), space, n_iter=6).fit(X, LABELS)
    assert CountingScaler.n_fits == 2 * 2 + 1  # settings, folds, and the refit


def doubled(X):
    return 2 * X


def test_steps_that_cannot_be_pickled_are_fitted_each_time():
    """A lambda function has no key in the cache of fitted steps."""
    space = {f"mlpclassifiertf__{name}": values for name, values in RATES.items()}
    named, unnamed = (
        halving(make_pipeline(FunctionTransformer(function), PCA(3), classifier()), space, error_score="raise", **SMALL)
        for function in (doubled, lambda X: 2 * X)
    )
    assert_same_tables(unnamed.fit(X, LABELS).cv_results_, named.fit(X, LABELS).cv_results_)


@pytest.mark.filterwarnings("ignore:Unable to")  # joblib warns of each result that it cannot store
def test_steps_that_cannot_be_stored_are_fitted_each_time(monkeypatch):
    """A full disk fails no fit; nor does a system without a folder for temporary files."""
    resource = pytest.importorskip("resource")
    pipeline = make_pipeline(StandardScaler(), classifier())
    space = {f"mlpclassifiertf__{name}": values for name, values in RATES.items()}

    def table():
        return halving(pipeline, space, error_score="raise", **SMALL).fit(X, LABELS).cv_results_

    expected, limits = table(), resource.getrlimit(resource.RLIMIT_FSIZE)
    monkeypatch.setattr(joblib.memory, "_FUNCTION_HASHES", {})  # as in a process that has stored nothing yet
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        full = table()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert_same_tables(full, expected)
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    assert_same_tables(table(), expected)


class CountingScaler(StandardScaler):
    n_fits = 0

    def fit(self, X, y=None, sample_weight=None):
        type(self).n_fits += 1
        return super().fit(X, y, sample_weight)


# ---------------------------------------------------------------------------------------- tables


def test_the_table_holds_cross_validated_scores_of_the_best_on_each_rung():
    search = halving().fit(X, LABELS)
    table = search.cv_results_
    np.testing.assert_array_equal(table["n_resources"], [1] * 9 + [3] * 3 + [9])
    np.testing.assert_array_equal(table["iter"], [0] * 9 + [1] * 3 + [2])
    for row in range(13):
        model = classifier(max_iter=9, **table["params"][row]).set_callbacks(UpToEpoch(table["n_resources"][row]))
        scores = cross_val_score(model, X, LABELS, cv=CV)
        np.testing.assert_array_equal(scores, [table["split0_test_score"][row], table["split1_test_score"][row]])
    for since, until in ((slice(0, 9), slice(9, 12)), (slice(9, 12), slice(12, 13))):
        means = dict(zip(table["candidate"][since], table["mean_test_score"][since], strict=True))
        promoted = table["candidate"][until]
        rest = set(table["candidate"][since]) - set(promoted)
        assert min(means[c] for c in promoted) >= max(means[c] for c in rest)


def test_the_best_is_trained_on_all_rows_up_to_its_epoch():
    search = halving().fit(X, LABELS)
    table, best = search.cv_results_, search.best_index_
    assert search.best_score_ == table["mean_test_score"].max() == table["mean_test_score"][best]
    n_epochs = table["n_resources"][best]
    assert n_epochs == table["n_resources"][table["rank_test_score"] == 1].max()
    model = classifier(max_iter=9, **search.best_params_).set_callbacks(UpToEpoch(n_epochs)).fit(X, LABELS)
    assert_same_weights(search.best_estimator_, model)
    assert not hasattr(search.best_estimator_, "_skl_callbacks")
    np.testing.assert_array_equal(search.predict(X), model.predict(X))


def test_a_perceptron_is_searched_too():
    search = halving(PerceptronClassifier(tol=None), {"eta0": [0.1, 1], "penalty": [None, "l2", "l1"]}, n_iter=6)
    table = search.fit(X, LABELS).cv_results_
    model = PerceptronClassifier(max_iter=9, tol=None, **table["params"][-1])
    assert table["mean_test_score"][-1] == cross_val_score(model, X, LABELS, cv=CV).mean()


def test_hyperband_runs_all_brackets():
    search = HyperbandSearchCV(classifier(), RATES, max_iter=9, cv=CV, random_state=0).fit(X, LABELS)
    np.testing.assert_array_equal(search.cv_results_["bracket"], [0] * 13 + [1] * 6 + [2] * 3)
    np.testing.assert_array_equal(search.cv_results_["candidate"][-3:], [14, 15, 16])
    assert search.stop_reason_ == "all brackets were made"
    assert len(search.history_) == 2 * 22
    seconds = [record["seconds"] for record in search.history_]
    assert seconds == sorted(seconds)


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_threads_and_processes_give_the_same_table(backend):
    estimator = make_pipeline(StandardScaler(), classifier())
    space = {f"mlpclassifiertf__{name}": values for name, values in RATES.items()}
    alone = halving(estimator, space).fit(X, LABELS)
    with parallel_config(backend):
        search = halving(estimator, space, n_jobs=2).fit(X, LABELS)
    assert_same_tables(search.cv_results_, alone.cv_results_)
    assert_same_weights(search.best_estimator_[-1], alone.best_estimator_[-1])


# ---------------------------------------------------------------------------------------- conventions


def test_several_scores():
    settings = {"refit": "neg_log_loss", "return_train_score": True, **SMALL}
    search = halving(scoring=["accuracy", "neg_log_loss"], **settings).fit(X, LABELS)
    table = search.cv_results_
    assert {"mean_test_accuracy", "mean_train_neg_log_loss", "rank_test_neg_log_loss"} <= table.keys()
    assert search.multimetric_
    assert search.best_score_ == table["mean_test_neg_log_loss"].max()
    assert search.score(X, LABELS) == get_scorer("neg_log_loss")(search.best_estimator_, X, LABELS)
    by_one = halving(scoring="neg_log_loss", **SMALL).fit(X, LABELS)
    np.testing.assert_array_equal(table["mean_test_neg_log_loss"], by_one.cv_results_["mean_test_score"])


def test_a_scorer_may_be_a_function_of_one_or_several_scores():
    def both(model, X, y):
        accuracy = accuracy_score(y, model.predict(X))
        return {"accuracy": accuracy, "error": 1 - accuracy}

    search = halving(scoring=both, refit="accuracy", **SMALL).fit(X, LABELS)
    alone = halving(scoring="accuracy", **SMALL).fit(X, LABELS)
    np.testing.assert_array_equal(search.cv_results_["mean_test_accuracy"], alone.cv_results_["mean_test_score"])
    assert search.best_index_ == alone.best_index_


def test_refit_may_choose_or_be_left_out():
    search = halving(refit=lambda table: 4).fit(X, LABELS)
    assert search.best_params_ == search.cv_results_["params"][4]
    assert not hasattr(search, "best_score_")
    search = halving(refit=False).fit(X, LABELS)
    assert search.best_score_ == search.cv_results_["mean_test_score"].max()
    assert not hasattr(search, "best_estimator_")
    assert search.forecast_.n_fits == 18


def test_row_weights_are_sliced_for_each_fold_in_fits_and_scores():
    direct = halving(scoring="accuracy", **SMALL).fit(X, LABELS, sample_weight=WEIGHTS)
    piped = make_pipeline(classifier())
    space = {f"mlpclassifiertf__{name}": values for name, values in RATES.items()}
    without_routing = halving(piped, space, **SMALL).fit(X, LABELS, mlpclassifiertf__sample_weight=WEIGHTS)
    with config_context(enable_metadata_routing=True):
        scorer = get_scorer("accuracy").set_score_request(sample_weight=True)
        routed = make_pipeline(classifier().set_fit_request(sample_weight=True))
        search = halving(routed, space, scoring=scorer, **SMALL).fit(X, LABELS, sample_weight=WEIGHTS)
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], direct.cv_results_["mean_test_score"])
    assert not np.array_equal(without_routing.cv_results_["mean_test_score"], direct.cv_results_["mean_test_score"])
    row = -1
    weighted = []
    for train, test in CV.split(X):
        model = classifier(max_iter=3, **direct.cv_results_["params"][row])
        model.set_callbacks(UpToEpoch(3)).fit(X[train], LABELS[train], WEIGHTS[train])
        weighted.append(accuracy_score(LABELS[test], model.predict(X[test]), sample_weight=WEIGHTS[test]))
    np.testing.assert_allclose(direct.cv_results_["mean_test_score"][row], np.mean(weighted), rtol=1e-12)


@pytest.mark.parametrize("in_pipeline", [False, True])
def test_two_rows_are_searched(in_pipeline):
    """The state of a promoted fit is no argument with a value for each row."""
    estimator, space = classifier(), {"alpha": [0.1, 0.2, 0.3]}
    if in_pipeline:
        estimator, space = make_pipeline(StandardScaler(), estimator), {"mlpclassifiertf__alpha": [0.1, 0.2, 0.3]}
    both = np.arange(2)
    search = halving(estimator, space, n_iter=3, cv=[(both, both)]).fit(X[:2], LABELS[:2])
    assert search.cv_results_["n_resources"].tolist() == [3, 3, 3, 9]
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_groups_and_given_validation_rows():
    groups = np.arange(60) % 5
    search = halving(cv=GroupKFold(5), **SMALL).fit(X, LABELS, groups=groups)
    assert search.n_splits_ == 5
    assert search.forecast_ == search.forecast(X, LABELS, groups)
    held_out = np.where(np.arange(60) < 40, -1, 0)
    search = halving(cv=PredefinedSplit(held_out), **SMALL).fit(X, LABELS)
    model = classifier(max_iter=3, **search.cv_results_["params"][-1]).set_callbacks(UpToEpoch(3))
    assert search.cv_results_["split0_test_score"][-1] == model.fit(X[:40], LABELS[:40]).score(X[40:], LABELS[40:])


@pytest.mark.parametrize("resource", ["epochs", "n_samples"])
def test_folds_may_be_masks(resource):
    settings = {"resource": resource, "min_samples": 20, **SMALL}
    is_test = np.arange(60) >= 40
    by_masks = halving(cv=[(~is_test, is_test)], **settings).fit(X, LABELS)
    by_numbers = halving(cv=[(np.arange(40), np.arange(40, 60))], **settings).fit(X, LABELS)
    assert by_masks.forecast_ == by_numbers.forecast_
    assert_same_tables(by_masks.cv_results_, by_numbers.cv_results_)


@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")  # that is what is asked for
def test_fits_that_fail_have_the_error_score_and_are_not_promoted():
    space = {"learning_rate_init": [0.01], "solver": ["adam", "sgd", "lbfgs"]}
    with pytest.warns(Warning, match="2 fits failed out of a total of"):
        search = halving(classifier(), space, n_iter=3, max_iter=3).fit(X, LABELS)
    table = search.cv_results_
    failed = np.array([params["solver"] == "lbfgs" for params in table["params"]])
    assert np.isnan(table["mean_test_score"][failed]).all()
    assert not failed[table["iter"] == 1].any()
    with pytest.raises(ValueError, match="can be resumed"):
        halving(classifier(), space, n_iter=3, max_iter=3, error_score="raise").fit(X, LABELS)
    with pytest.raises(ValueError, match="All the 2 fits failed"):
        halving(classifier(), {"solver": ["lbfgs"]}, n_iter=1).fit(X, LABELS)


def test_searches_are_nested_and_stand_in_pipelines():
    search = halving(regressor(), {"learning_rate_init": [0.01, 0.1], "alpha": [0, 1]}, n_iter=4)
    scores = cross_val_score(make_pipeline(StandardScaler(), search), X, REAL, cv=2)
    assert scores.shape == (2,)
    assert np.isfinite(scores).all()


def test_one_seed_is_one_search():
    twins = [halving(random_state=seed, **SMALL).fit(X, LABELS) for seed in (5, np.random.RandomState(5))]
    assert_same_tables(twins[0].cv_results_, twins[1].cv_results_)
    before = np.random.get_state()[1].tolist()
    halving(random_state=None, **SMALL).fit(X, LABELS)
    assert np.random.get_state()[1].tolist() == before


def test_time_is_up():
    counts = Counts()
    search = halving(classifier().set_callbacks(counts), n_iter=9, time_budget=1e-9)
    with pytest.raises(ValueError, match="were over before a candidate had a score"):
        search.fit(X, LABELS)
    assert counts.n_epochs == 0


def test_a_search_leaves_no_memory_behind():
    """A fit has a state of 200 KB, weights and optimizer; scikit-learn keeps the last 64 callbacks that watched one."""

    def search(n_iter):
        halving(classifier(hidden_layer_sizes=(1000,)), RATES, n_iter=n_iter, max_iter=3).fit(X, LABELS)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        few = search(3)
        assert search(9) - few < 500_000
    finally:
        tracemalloc.stop()


def test_a_grid_smaller_than_n_iter_is_tried_as_a_whole():
    with pytest.warns(UserWarning, match="smaller than n_iter"):
        search = halving(space={"alpha": [0, 1e-3, 1e-2]}, n_iter=9).fit(X, LABELS)
    assert search.brackets_ == [((3, 1, 1), (1, 3, 9))]


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: halving(LogisticRegression(), {"C": [1]}), TypeError, "estimator must be MLPClassifierTF"),
        (lambda: halving(space={"max_iter": [5]}), ValueError, "'max_iter' must not be among param_distributions"),
        (lambda: halving(scoring=["accuracy", "f1_macro"], refit=False), ValueError, "refit must name the score"),
        (lambda: halving(eta=1 + 1e-9), ValueError, r"'eta' parameter of .* range \[1.1, inf\)"),
        (lambda: halving(cv=[]), ValueError, "cv must give at least one split"),
        (
            lambda: halving().set_params(param_distributions=[]),
            ValueError,
            "param_distributions must have at least one",
        ),
        (lambda: halving(max_iter=3, min_iter=4), ValueError, "min_iter must not exceed max_iter=3, got 4"),
        (lambda: halving(log=""), ValueError, "log must be the path of a folder, got '', which is empty"),
        (lambda: halving(log=Path(__file__)), ValueError, "log must be the path of a folder, got .* which is a file"),
        (lambda: halving(tensorboard=" "), ValueError, "tensorboard must be .* got ' ', which is empty"),
    ],
)
@pytest.mark.filterwarnings("ignore:The total space of parameters:UserWarning")  # of scikit-learn, before the refusal
def test_what_does_not_fit_is_refused(make, error, match):
    with pytest.raises(error, match=match):
        make().fit(X, LABELS)


@pytest.mark.filterwarnings("ignore:The total space of parameters:UserWarning")  # of scikit-learn, before the refusal
def test_a_name_that_is_no_parameter_is_refused_before_any_fit():
    counts = Counts()
    search = halving(classifier().set_callbacks(counts), [{"alpha": [0, 1e-3]}, {"alpha": [1e-2], "alfa": [1]}])
    with pytest.raises(ValueError, match="Invalid parameter 'alfa' for estimator MLPClassifierTF"):
        search.fit(X, LABELS)
    assert counts.n_epochs == 0
