"""``OptunaSearchCV`` beside an objective of one's own with scikit-learn's cross-validation."""

import logging
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from logging.handlers import BufferingHandler

import numpy as np
import optuna
import pytest
from joblib import parallel_config
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import MedianPruner, NopPruner
from optuna.samplers import RandomSampler, TPESampler
from optuna.trial import TrialState
from scipy.stats import loguniform, norm, randint, uniform
from sklearn import config_context
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.metrics import accuracy_score, get_scorer
from sklearn.model_selection import GroupKFold, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import PerceptronClassifier
from sklearn_ann.model_selection import HiddenLayerSizes, OptunaSearchCV
from sklearn_ann.model_selection.optuna_search import _without_log_of
from sklearn_ann.model_selection.optuna_space import suggestions
from sklearn_ann.model_selection.trial import UpToEpoch
from tests.estimators.problems import LABELS, REAL, WEIGHTS, X, assert_same_weights, classifier, regressor

CV = KFold(2, shuffle=True, random_state=0)
SPACE = {"learning_rate_init": loguniform(1e-4, 1e-1), "batch_size": [8, 16]}


def search_of(estimator=None, space=None, **settings):
    settings = {"n_trials": 6, "max_iter": 9, "cv": CV, "sampler": RandomSampler(seed=0), **settings}
    return OptunaSearchCV(estimator or classifier(), space or SPACE, **settings)


def states(study):
    return [trial.state for trial in study.trials]


# ---------------------------------------------------------------------------------------- beside a loop of one's own


@pytest.mark.parametrize("pruner", [NopPruner(), MedianPruner(n_startup_trials=2)])
def test_a_search_equals_a_loop_over_ask_and_tell(pruner):
    study = optuna.create_study(direction="maximize", sampler=TPESampler(seed=0, n_startup_trials=3), pruner=pruner)
    search = search_of(n_trials=9, study=study, sampler=None).fit(X, LABELS)
    assert search.study_ is study

    expected = optuna.create_study(direction="maximize", sampler=TPESampler(seed=0, n_startup_trials=3), pruner=pruner)
    expected.optimize(cross_validated, n_trials=9)
    assert states(study) == states(expected)
    if isinstance(pruner, MedianPruner):
        assert set(states(study)) == {TrialState.PRUNED, TrialState.COMPLETE}
    for trial, twin in zip(study.trials, expected.trials, strict=True):
        assert trial.params == twin.params
        assert trial.values == twin.values
    table = search.cv_results_
    last = {c: row for row, c in enumerate(table["candidate"])}
    assert [table["params"][last[trial.number]] for trial in study.trials] == [trial.params for trial in study.trials]
    assert [table["mean_test_score"][last[trial.number]] for trial in study.trials] == [t.value for t in study.trials]


def cross_validated(trial):
    parameters = {
        "learning_rate_init": trial.suggest_float("learning_rate_init", 1e-4, 1e-1, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [8, 16]),
    }
    for n_epochs in (1, 3, 9):
        model = classifier(max_iter=9, **parameters).set_callbacks(UpToEpoch(n_epochs))
        score = cross_val_score(model, X, LABELS, cv=CV).mean()
        trial.report(score, n_epochs)
        if n_epochs < 9 and trial.should_prune():
            raise optuna.TrialPruned
    return score


def test_the_best_is_trained_on_all_rows_up_to_its_epoch():
    search = search_of(pruner=MedianPruner(n_startup_trials=2)).fit(X, LABELS)
    table, best = search.cv_results_, search.best_index_
    assert search.best_score_ == table["mean_test_score"].max()
    model = classifier(max_iter=9, **search.best_params_).set_callbacks(UpToEpoch(table["n_resources"][best]))
    assert_same_weights(search.best_estimator_, model.fit(X, LABELS))
    assert search.stop_reason_ == "all trials were made"
    n_rows = {c: list(table["candidate"]).count(c) for c in range(6)}
    assert min(n_rows.values()) < 3 == max(n_rows.values())  # some were pruned, and have no further rows


def test_trials_at_once_give_the_same_table_with_any_number_of_jobs():
    estimator = make_pipeline(StandardScaler(), PCA(3), classifier())
    space = {f"mlpclassifiertf__{name}": values for name, values in SPACE.items()}
    settings = {"n_trials_at_once": 4, "pruner": MedianPruner(n_startup_trials=2), "sampler": None, "random_state": 1}
    alone = search_of(estimator, space, **settings).fit(X, LABELS)
    with parallel_config("threading"):
        search = search_of(estimator, space, n_jobs=2, **settings).fit(X, LABELS)
    assert alone.brackets_ == [((4, 4, 4), (1, 3, 9)), ((2, 2, 2), (1, 3, 9))]
    assert search.cv_results_["params"] == alone.cv_results_["params"]
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])
    assert_same_weights(search.best_estimator_[-1], alone.best_estimator_[-1])


def test_a_search_prints_nothing_and_leaves_optunas_other_messages_as_they_are():
    handler = BufferingHandler(capacity=99)
    logging.getLogger("optuna").addHandler(handler)
    try:
        search_of(n_trials=1, max_iter=1).fit(X, LABELS)
        assert not handler.buffer
        with _without_log_of(optuna.storages.InMemoryStorage), ThreadPoolExecutor(1) as pool:
            pool.submit(optuna.create_study).result()
        assert len(handler.buffer) == 1
        optuna.create_study()
        assert len(handler.buffer) == 2
    finally:
        logging.getLogger("optuna").removeHandler(handler)


# ---------------------------------------------------------------------------------------- spaces


def test_distributions_of_scipy_and_lists_become_those_of_optuna():
    translated = {
        "a": (uniform(1, 2), FloatDistribution(1, 3)),
        "b": (loguniform(1e-3, 1), FloatDistribution(1e-3, 1, log=True)),
        "c": (randint(3, 9), IntDistribution(3, 8)),
        "d": ([None, "relu", 1], CategoricalDistribution([None, "relu", 1])),
        "e": ([(), (3, 4)], CategoricalDistribution(["()", "(3, 4)"])),
        "f": (IntDistribution(2, 8, step=2), IntDistribution(2, 8, step=2)),
        "g": (FloatDistribution(0, 1, step=0.25), FloatDistribution(0, 1, step=0.25)),
        "h": (CategoricalDistribution(["x", "y"]), CategoricalDistribution(["x", "y"])),
        "i": (np.array([1, 2]), CategoricalDistribution(["np.int64(1)", "np.int64(2)"])),
        "j": (
            [np.zeros(5000), np.r_[np.zeros(2500), 1, np.zeros(2499)]],
            CategoricalDistribution([0, 1]),
        ),  # print alike
    }
    study = optuna.create_study(sampler=RandomSampler(seed=0))
    trial = study.ask()
    parameters = suggestions({name: values for name, (values, _) in translated.items()})(trial)
    assert trial.distributions == {name: distribution for name, (_, distribution) in translated.items()}
    assert parameters["e"] in [(), (3, 4)]
    assert parameters["j"].shape == (5000,)


def test_depth_and_width_are_parameters_of_their_own():
    study = optuna.create_study(sampler=RandomSampler(seed=0))
    same = suggestions({"hidden_layer_sizes": HiddenLayerSizes((0, 3), loguniform(8, 64))})
    for _ in range(20):
        trial = study.ask()
        sizes = same(trial)["hidden_layer_sizes"]
        assert len(sizes) == trial.params["hidden_layer_sizes__n_layers"]
        assert set(sizes) == {trial.params[name] for name in trial.params if name.endswith("n_units")}
    assert trial.distributions["hidden_layer_sizes__n_layers"] == IntDistribution(0, 3)
    different = suggestions({"size": HiddenLayerSizes(2, (8, 64), same=False)})
    trial = study.ask()
    sizes = different(trial)["size"]
    assert sizes == (trial.params["size__n_units_0"], trial.params["size__n_units_1"])
    assert any(
        trial.distributions.get("hidden_layer_sizes__n_units") == IntDistribution(8, 64, log=True)
        for trial in study.trials
    )


def test_a_function_of_the_trial_may_give_the_parameters():
    def space(trial):
        solver = trial.suggest_categorical("solver", ["sgd", "adam"])
        momentum = {"momentum": trial.suggest_float("momentum", 0, 0.9)} if solver == "sgd" else {}
        return {"solver": solver, "hidden_layer_sizes": (trial.suggest_int("width", 3, 6),) * 2, **momentum}

    search = search_of(space=space).fit(X, LABELS)
    assert all(len(params["hidden_layer_sizes"]) == 2 for params in search.cv_results_["params"])
    assert {("momentum" in params) == (params["solver"] == "sgd") for params in search.cv_results_["params"]} == {True}


@pytest.mark.parametrize(
    ("values", "match"),
    [
        (norm(0, 1), "must be a list, HiddenLayerSizes, .* got 'norm'"),
        (loguniform(1, 2, loc=1), "loguniform .with loc=0."),
        ([], "at least one value, got \\[\\]"),
        ("relu", "at least one value, got 'relu'"),
        (3, "at least one value, got 3"),
        (np.array([[0.1, 0.2]]), "at least one value, got array"),
        ({"low": 0.1, "high": 0.2}, "at least one value, got {'low'"),
        (HiddenLayerSizes(1, uniform(0, 9)), "must give numbers from 1, got 0"),
    ],
)
def test_what_has_no_counterpart_is_refused(values, match):
    with pytest.raises(ValueError, match=match):
        suggestions({"x": values})


# ---------------------------------------------------------------------------------------- conventions


def test_row_weights_are_sliced_for_each_fold_in_fits_and_scores():
    direct = search_of(scoring="accuracy").fit(X, LABELS, sample_weight=WEIGHTS)
    with config_context(enable_metadata_routing=True):
        scorer = get_scorer("accuracy").set_score_request(sample_weight=True)
        piped = make_pipeline(classifier().set_fit_request(sample_weight=True))
        space = {f"mlpclassifiertf__{name}": values for name, values in SPACE.items()}
        routed = search_of(piped, space, scoring=scorer).fit(X, LABELS, sample_weight=WEIGHTS)
    np.testing.assert_array_equal(routed.cv_results_["mean_test_score"], direct.cv_results_["mean_test_score"])
    for row, parameters in enumerate(direct.cv_results_["params"]):
        scores = []
        for train, test in CV.split(X):
            model = classifier(max_iter=9, **parameters).set_callbacks(UpToEpoch(9))
            model.fit(X[train], LABELS[train], WEIGHTS[train])
            scores.append(accuracy_score(LABELS[test], model.predict(X[test]), sample_weight=WEIGHTS[test]))
        np.testing.assert_allclose(direct.cv_results_["mean_test_score"][row], np.mean(scores), rtol=1e-12)


def test_groups_several_scores_and_a_perceptron():
    search = search_of(
        PerceptronClassifier(tol=None),
        {"eta0": [0.1, 1.0], "penalty": [None, "l2"]},
        cv=GroupKFold(3),
        scoring=["accuracy", "f1_macro"],
        refit="f1_macro",
        return_train_score=True,
    ).fit(X, LABELS, groups=np.arange(60) % 3)
    assert search.n_splits_ == 3
    assert {"mean_test_accuracy", "mean_train_f1_macro"} <= search.cv_results_.keys()
    np.testing.assert_array_equal(search.cv_results_["mean_test_f1_macro"], [t.value for t in search.study_.trials])


@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")  # that is what is asked for
def test_a_candidate_that_fails_has_the_error_score_and_the_search_goes_on():
    space = {"solver": ["adam", "lbfgs"]}
    with pytest.warns(Warning, match="fits failed out of a total of 12"):
        search = search_of(space=space).fit(X, LABELS)
    failed = np.array([params["solver"] == "lbfgs" for params in search.cv_results_["params"]])
    assert 0 < failed.sum() < 6
    np.testing.assert_array_equal(np.isnan(search.cv_results_["mean_test_score"]), failed)
    assert [state == TrialState.FAIL for state in states(search.study_)] == failed.tolist()
    study = optuna.create_study(direction="maximize", sampler=RandomSampler(seed=0))
    with pytest.raises(ValueError, match="can be resumed"):
        search_of(space=space, study=study, sampler=None, error_score="raise").fit(X, LABELS)
    assert TrialState.RUNNING not in states(study)


def test_a_study_is_gone_on_with_and_a_sampler_is_left_as_it_was():
    first = search_of().fit(X, LABELS)
    second = search_of(study=first.study_, sampler=None, n_trials=2).fit(X, LABELS)
    assert len(second.study_.trials) == 8
    assert second.cv_results_["params"] == [trial.params for trial in second.study_.trials[6:]]
    search = search_of()
    tables = [search.fit(X, LABELS).cv_results_ for _ in range(2)]
    assert tables[0]["params"] == tables[1]["params"] == first.cv_results_["params"]


def test_a_sampler_may_have_fewer_candidates():
    grid = {"alpha": [0.0, 0.1, 1.0]}
    search = search_of(space=grid, sampler=optuna.samplers.GridSampler(grid, seed=0)).fit(X, LABELS)
    assert sorted(params["alpha"] for params in search.cv_results_["params"]) == grid["alpha"]
    assert states(search.study_) == [TrialState.COMPLETE] * 3


def test_time_is_up():
    study = optuna.create_study(direction="maximize", sampler=RandomSampler(seed=0))
    with pytest.raises(ValueError, match="were over before a candidate had a score"):
        search_of(study=study, sampler=None, time_budget=1e-9).fit(X, LABELS)
    assert states(study) == [TrialState.FAIL]


def test_searches_are_cloned_pickled_and_nested():
    search = clone(search_of(regressor(), {"alpha": uniform(0, 1)}, n_trials=2))
    assert np.isfinite(cross_val_score(make_pipeline(StandardScaler(), search), X, REAL, cv=2)).all()
    search.fit(X, REAL)
    twin = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(twin.predict(X), search.predict(X))
    assert len(twin.study_.trials) == 2
    assert search.forecast(X, REAL) == search.forecast_ == (2, 5, 2 * 2 * 9 + 9, 2 * 2 * 9 * 30 + 9 * 60)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"space": {"max_iter": [5]}}, "'max_iter' must not be among param_distributions"),
        ({"space": lambda trial: {"max_iter": 5}}, "'max_iter' must not be among param_distributions"),
        ({"space": lambda trial: None}, "must return a dict of parameters, got None"),
        (
            {"study": optuna.create_study(direction="maximize")},
            "sampler and pruner must be None where a study is given",
        ),
        ({"study": optuna.create_study(), "sampler": None}, "study must maximize one value"),
        ({"max_iter": 3, "min_iter": 4}, "min_iter must not exceed max_iter=3, got 4"),
        ({"n_trials": 0}, "'n_trials' parameter"),
        ({"sampler": "tpe"}, "sampler must be an optuna BaseSampler or None, got 'tpe'"),
    ],
)
def test_what_does_not_fit_is_refused(settings, match):
    with pytest.raises((ValueError, TypeError), match=match):
        search_of(**settings).fit(X, LABELS)


def test_without_optuna_a_sentence_tells_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match=r"needs the package optuna, .* pip install 'sklearn-ann-tf\[search\]'"):
        search_of(sampler=None).fit(X, LABELS)


def test_trials_tell_what_became_of_them_and_the_ensemble_keeps_pruned_ones():
    class NeverMind(optuna.pruners.BasePruner):
        def prune(self, study, trial):
            return trial.number == 1

    search = search_of(n_trials=3, pruner=NeverMind(), ensemble_size=3).fit(X, LABELS)
    assert search.trials_["state"].tolist() == ["completed", "stopped", "completed"]
    assert search.trials_["n_epochs"].tolist() == [9, 1, 9]
    assert search.ensemble_score_ >= search.trials_["score"].max()
    assert "stopped" in search.summary()
