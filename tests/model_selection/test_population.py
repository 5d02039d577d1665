"""PopulationSearchCV beside GridSearchCV and RandomizedSearchCV over the same estimators, one fit after the other."""

import pickle
import sys
import threading
import warnings
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor
from scipy import sparse
from scipy.stats import loguniform
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, ParameterGrid, RandomizedSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.callbacks import Callback
from sklearn_ann.model_selection import PopulationSearchCV, SuccessiveHalvingSearchCV, population_fits
from sklearn_ann.model_selection.population_fits import _populations, _prepared
from sklearn_ann.regularizers import L1

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # short fits

X_IRIS, Y_IRIS = load_iris(return_X_y=True)
X_IRIS, Y_IRIS = X_IRIS[::2], Y_IRIS[::2]
RAW_IRIS = (X_IRIS, Y_IRIS)
IRIS = (StandardScaler().fit_transform(X_IRIS), Y_IRIS)
DIGITS = tuple(array[:90] for array in load_digits(return_X_y=True))
DIABETES = tuple(array[:90] for array in load_diabetes(return_X_y=True, scaled=False))
DIABETES = (StandardScaler().fit_transform(DIABETES[0]), DIABETES[1] / 100)
WEIGHTS = np.random.RandomState(0).uniform(0.5, 2, size=75)
GRID = {"alpha": [1e-4, 1.0], "learning_rate_init": [0.003, 0.03]}


def classifier(hidden=(5,), **parameters):
    return MLPClassifierTF(hidden, **{"max_iter": 12, "random_state": 0, **parameters})


def regressor(hidden=(5,), **parameters):
    return MLPRegressorTF(hidden, **{"max_iter": 12, "random_state": 0, **parameters})


def pipeline(network=None, **parameters):
    return Pipeline([("scale", StandardScaler()), ("mlp", network or classifier(**parameters))])


def population_sizes(estimator, candidates, data, cv, n_workers=1, **fit_params):
    """How many networks train together."""
    X, y = data
    splits = list(cv.split(X, y))
    jobs = [{"parameters": each, "train": train} for each in candidates for train, _ in splits]
    return sorted(map(len, _populations(_prepared(estimator, X, y, jobs, fit_params), n_workers)))


def assert_same_table(ours, theirs, rtol=1e-9):
    """All columns but the times; to rounding, since sums over rows may be taken in another order."""
    assert list(ours) == list(theirs)
    for name, column in theirs.items():
        if name.endswith("_time"):
            assert np.all(ours[name] >= 0)
        elif name.startswith("param"):
            assert list(map(str, ours[name])) == list(map(str, column))
        else:
            np.testing.assert_allclose(ours[name], column, rtol=rtol, atol=rtol / 1000, err_msg=name)


CV, UNEQUAL = KFold(3, shuffle=True, random_state=0), KFold(4, shuffle=True, random_state=0)


class Case(NamedTuple):
    """A search, and how many networks train together in it."""

    estimator: Any
    grid: Any = GRID
    data: Any = IRIS
    sizes: Any = (12,)
    cv: Any = CV
    fit_params: Any = MappingProxyType({})


CASES = {
    "sizes": Case(classifier(), GRID | {"hidden_layer_sizes": [(5,), (8, 4)]}, sizes=(12, 12)),
    "batches": Case(classifier(batch_size=16), data=DIGITS),
    "momenta": Case(classifier(solver="sgd"), {"momentum": [0.5, 0.9], "learning_rate_init": [0.01, 0.1]}),
    "adaptive rates": Case(
        classifier(solver="sgd", learning_rate="adaptive", n_iter_no_change=1, max_iter=40),
        {"tol": [0.01, 0.1], "learning_rate_init": [0.05, 0.5]},
    ),
    "inverse scaling": Case(
        classifier(solver="sgd", learning_rate="invscaling"), {"power_t": [0.3, 0.5], "alpha": [0.1, 1]}
    ),
    "early stopping": Case(
        classifier(early_stopping=True, max_iter=40, learning_rate_init=0.03),
        {"n_iter_no_change": [2, 5], "tol": [1e-4, 0.02], "random_state": [0, 1]},
        sizes=(24,),
    ),
    "early stopping of a regressor": Case(
        regressor(early_stopping=True, max_iter=40, n_iter_no_change=3), data=DIABETES
    ),
    "a scaler of each fold": Case(pipeline(), {f"mlp__{name}": values for name, values in GRID.items()}, RAW_IRIS),
    "a step that is searched": Case(
        pipeline(),
        {"scale": [StandardScaler(), MinMaxScaler(), "passthrough"], "mlp__alpha": [0.1, 1]},
        RAW_IRIS,
        sizes=(18,),
    ),
    "standardize": Case(classifier(standardize=True), data=RAW_IRIS),
    "unequal folds": Case(classifier(batch_size=16), cv=UNEQUAL, sizes=(4, 12)),
    "row weights": Case(classifier(early_stopping=True), fit_params={"sample_weight": WEIGHTS}),
    "class weights": Case(classifier(), {"class_weight": ["balanced", {0: 3.0}], "alpha": [0.1, 1]}),
    "settings of members": Case(
        classifier(regularizer=L1(0.1), dropout=0.2),
        {"regularizer__strength": [0.0, 0.5], "dropout": [0.1, 0.4]},
    ),
    "a schedule": Case(classifier(learning_rate="cosine", averaging=0.5), sizes=(6, 6)),
    "a regressor": Case(regressor(), data=DIABETES),
    "a shared generator": Case(classifier(random_state=np.random.RandomState(3))),
    "a shared generator, networks that stop": Case(
        classifier(random_state=np.random.RandomState(3), input_dropout=0.3, max_iter=60, n_iter_no_change=2),
        {"tol": [1e-3, 0.02, 0.05], "alpha": [0.1, 1.0]},
        sizes=(18,),
    ),
}


def log_likelihood(model, X, y, sample_weight=None):
    """Negative ``log_loss`` of labels 0, 1, ..., without scikit-learn's checks, which take longer than the fits."""
    return np.average(np.log(model.predict_proba(X)[np.arange(len(y)), y]), weights=sample_weight)


@pytest.mark.parametrize("case", CASES)
def test_the_table_is_that_of_grid_search(case):
    estimator, grid, (X, y), sizes, cv, fit_params = CASES[case]
    settings = {"cv": cv, "scoring": log_likelihood if y is Y_IRIS else None}
    ours = PopulationSearchCV(estimator, grid, **settings).fit(X, y, **fit_params)
    theirs = GridSearchCV(estimator, grid, **settings).fit(X, y, **fit_params)
    assert_same_table(ours.cv_results_, theirs.cv_results_)
    assert ours.best_index_ == theirs.best_index_
    np.testing.assert_allclose(ours.best_score_, theirs.best_score_)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert population_sizes(estimator, ours.cv_results_["params"], (X, y), cv, **fit_params) == list(sizes)


# ---------------------------------------------------------------------------------------- in the TensorFlow engine

EARLY = classifier(batch_size=16, early_stopping=True, learning_rate_init=0.03, n_iter_no_change=2, max_iter=25)
COMPILED = {
    "early stopping": Case(
        EARLY, {"alpha": [1e-4, 0.1], "learning_rate_init": [0.01, 0.1], "tol": [1e-4, 0.02]}, sizes=(24,)
    ),
    "momenta in float32": Case(
        classifier(solver="sgd", dtype="float32"), {"momentum": [0.5, 0.9], "learning_rate_init": [0.01, 0.1]}
    ),
    "a regressor and unequal folds": Case(regressor(early_stopping=True), data=DIABETES, cv=UNEQUAL, sizes=(8, 8)),
}


@pytest.fixture
def together_on_a_cpu(monkeypatch):
    """Networks of the TensorFlow engine train together on a CPU too, where it does not pay."""
    monkeypatch.setattr(population_fits, "_COMPILED_ON", ("CPU", "GPU"))


@pytest.mark.parametrize("case", COMPILED)
def test_the_table_of_compiled_populations_is_that_of_grid_search_with_numpy(case, together_on_a_cpu):
    from sklearn_ann.runtime.programs import compilation_count  # imports TensorFlow, which worker processes do not

    estimator, grid, (X, y), sizes, cv, _ = COMPILED[case]
    estimator = clone(estimator).set_params(backend="tensorflow")
    scoring = log_likelihood if y is Y_IRIS else None
    ours, theirs = searches(estimator, grid, cv=cv, scoring=scoring, return_train_score=True, refit=False)
    theirs = clone(theirs).set_params(estimator__backend="numpy")
    n_compiled = compilation_count()
    ours.fit(X, y)
    assert compilation_count() == n_compiled + 1  # for all numbers, and for folds that differ by a row
    rtol = 1e-4 if estimator.dtype == "float32" else 1e-9
    assert_same_table(ours.cv_results_, theirs.fit(X, y).cv_results_, rtol)
    assert population_sizes(estimator, ours.cv_results_["params"], (X, y), cv) == list(sizes)


@pytest.mark.filterwarnings("ignore:One or more of the test scores")  # one fails, on purpose
def test_compiled_networks_train_alone_on_a_cpu():
    estimator = classifier(backend="tensorflow", device="cpu")
    assert population_sizes(estimator, ParameterGrid(GRID), IRIS, CV) == []
    with pytest.warns(FitFailedWarning, match="3 fits failed"):
        search = PopulationSearchCV(estimator, {"device": ["cpu", "gpu:7"]}, cv=CV, refit=False).fit(*IRIS)
    assert list(np.isnan(search.cv_results_["mean_test_score"])) == [False, True]


# ---------------------------------------------------------------------------------------- as in scikit-learn


def searches(estimator, grid, **settings):
    settings = {"cv": CV, **settings}
    return PopulationSearchCV(estimator, grid, **settings), GridSearchCV(estimator, grid, **settings)


def test_a_sample_of_candidates_is_that_of_randomized_search():
    space = {"alpha": loguniform(1e-3, 1), "hidden_layer_sizes": [(5,), (8,)]}
    settings = {"n_iter": 5, "random_state": 3, "cv": 3}
    ours = PopulationSearchCV(classifier(), space, **settings).fit(*IRIS)
    theirs = RandomizedSearchCV(classifier(), space, **settings).fit(*IRIS)
    assert_same_table(ours.cv_results_, theirs.cv_results_)


def slowest(table):
    return int(np.argmin(table["mean_test_neg_log_loss"]))


@pytest.mark.parametrize("refit", ["accuracy", "neg_log_loss", slowest, False])
def test_several_scores_and_ways_to_choose(refit):
    for each in (searched := searches(classifier(), GRID, scoring=["accuracy", "neg_log_loss"], refit=refit)):
        each.fit(*IRIS)
    ours, theirs = searched
    assert_same_table(ours.cv_results_, theirs.cv_results_)
    names = {"best_index_", "best_params_", "best_estimator_", "best_score_", "scorer_", "multimetric_", "n_splits_"}
    assert names & vars(ours).keys() == names & vars(theirs).keys()
    if refit:
        assert ours.best_params_ == theirs.best_params_


def both_scores(estimator, X, y):
    return {"accuracy": estimator.score(X, y), "sizes": len(estimator.coefs_[0])}


def test_a_function_that_gives_several_scores():
    ours, theirs = searches(classifier(), GRID, scoring=both_scores, refit="accuracy")
    assert_same_table(ours.fit(*IRIS).cv_results_, theirs.fit(*IRIS).cv_results_)
    with pytest.raises(ValueError, match="For multi-metric scoring"):
        PopulationSearchCV(classifier(), GRID, scoring=both_scores).fit(*IRIS)


def negative_later(epoch):
    return -1.0 if epoch == 3 else 0.01


@pytest.mark.parametrize(
    "bad",
    [
        {"learning_rate_init": [0.01, -1.0]},
        {"hidden_layer_sizes": [(5,), ("a",)]},
        {"hidden_layer_sizes": [(5,), np.inf]},
        {"solver": ["adam", np.ones(2)]},
        {"learning_rate": ["constant", negative_later]},
    ],
    ids=["a rate", "a size", "an infinite size", "a solver", "a schedule"],
)
def test_a_candidate_that_fails_has_the_error_score(bad):
    for each in (searched := searches(classifier(), bad, error_score=-1.0)):
        with pytest.warns(FitFailedWarning, match="3 fits failed out of a total of 6"):
            each.fit(*IRIS)
    ours, theirs = searched
    assert_same_table(ours.cv_results_, theirs.cv_results_)
    assert list(ours.cv_results_["mean_test_score"] == -1.0) == [False, True]
    for each in searches(classifier(), bad, error_score="raise"):
        with pytest.raises((ValueError, OverflowError)):
            each.fit(*IRIS)


# of fits that fail on purpose
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning", "ignore:One or more of the test scores")
def test_a_network_that_diverges_fails_by_itself():
    grid = {"learning_rate_init": [0.01, 1e200]}
    ours, theirs = searches(regressor(solver="sgd"), grid)
    assert_same_table(ours.fit(*DIABETES).cv_results_, theirs.fit(*DIABETES).cv_results_)
    assert list(np.isnan(ours.cv_results_["mean_test_score"])) == [False, True]
    assert population_sizes(regressor(solver="sgd"), ours.cv_results_["params"], DIABETES, CV) == [6]


def test_all_that_fail_is_an_error():
    with pytest.raises(ValueError, match="All the 3 fits failed"):
        PopulationSearchCV(classifier(), {"alpha": [-1.0]}, cv=3).fit(*IRIS)


def test_every_fit_warns_as_it_would_by_itself():
    counts = []
    for each in searches(classifier(), GRID, refit=False):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            each.fit(*IRIS)
        counts.append(sum(issubclass(warning.category, ConvergenceWarning) for warning in caught))
    assert counts == [12, 12]


def test_groups_and_routed_weights():
    groups = np.arange(75) % 7
    for routed in (False, True):
        with config_context(enable_metadata_routing=routed):
            model = classifier()
            model = model.set_fit_request(sample_weight=True).set_score_request(sample_weight=True) if routed else model
            ours, theirs = searches(model, GRID, cv=GroupKFold(3))
            for each in (ours, theirs):
                each.fit(*IRIS, groups=groups, sample_weight=WEIGHTS)
            assert_same_table(ours.cv_results_, theirs.cv_results_)


def test_nested_in_a_cross_validation():
    ours, theirs = searches(pipeline(), {"mlp__alpha": [0.01, 1.0]})
    np.testing.assert_allclose(cross_val_score(ours, X_IRIS, Y_IRIS), cross_val_score(theirs, X_IRIS, Y_IRIS))


def test_frames_keep_their_names():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X_IRIS, columns=list("abcd"))
    ours, theirs = searches(pipeline(), {"mlp__alpha": [0.01, 1.0]})
    assert_same_table(ours.fit(frame, Y_IRIS).cv_results_, theirs.fit(frame, Y_IRIS).cv_results_)
    assert list(ours.feature_names_in_) == list("abcd")


def test_messages_of_fits(capsys):
    outputs = []
    for each in searches(classifier(), {"alpha": [0.01, 1.0]}, verbose=3):
        each.fit(*IRIS)
        lines = [line.partition(" total time")[0].replace(".", "") for line in capsys.readouterr().out.splitlines()]
        outputs.append(lines)
    assert outputs[0] == outputs[1]


# ---------------------------------------------------------------------------------------- who trains alone


class Counts(Callback):
    def __init__(self):
        self.n_epochs = 0

    def epoch_end(self, context):
        self.n_epochs += 1


ALONE = {
    "lbfgs": classifier(solver="lbfgs", tol=0.1),
    "a scorer on the host": classifier(early_stopping=True, scoring="f1_macro"),
    "callbacks": classifier().set_callbacks(Counts()),
    "an ensemble": classifier(n_estimators=2),
    "a large network": classifier((200, 100), max_iter=2),
}


@pytest.mark.parametrize("name", ALONE)
def test_what_cannot_join_trains_alone(name):
    grid = {"alpha": [0.01, 1.0]}
    ours, theirs = searches(ALONE[name], grid, refit=False)
    assert_same_table(ours.fit(*IRIS).cv_results_, theirs.fit(*IRIS).cv_results_)
    assert set(population_sizes(ALONE[name], ours.cv_results_["params"], IRIS, CV)) <= {1}


def test_sparse_rows_train_alone():
    X = sparse.csr_array(IRIS[0])
    ours, theirs = searches(classifier(), GRID)
    assert_same_table(ours.fit(X, Y_IRIS).cv_results_, theirs.fit(X, Y_IRIS).cv_results_)


def test_other_estimators_are_searched_too():
    ours, theirs = searches(pipeline(), {"mlp": [LogisticRegression(), classifier(), classifier(solver="lbfgs")]})
    assert_same_table(ours.fit(X_IRIS, Y_IRIS).cv_results_, theirs.fit(X_IRIS, Y_IRIS).cv_results_)


class InnerNetwork(TransformerMixin, BaseEstimator):
    """A step with a network of its own, which is no part of the search."""

    def fit(self, X, y):
        self.network_ = classifier().fit(X, y)
        return self

    def transform(self, X):
        return self.network_.predict_proba(X)


def test_a_network_in_an_earlier_step_trains_at_once():
    ours, theirs = searches(make_pipeline(InnerNetwork(), classifier()), {"mlpclassifiertf__alpha": [0.01, 1.0]})
    assert_same_table(ours.fit(*IRIS).cv_results_, theirs.fit(*IRIS).cv_results_)


# ---------------------------------------------------------------------------------------- processes, threads, hygiene


def loaded_modules():
    return [name for name in ("tensorflow", "keras") if name in sys.modules]


def no_tensorflow(model, X, y):
    return float(not loaded_modules())


def test_processes_give_the_same_table_and_import_no_tensorflow():
    """Many epochs are expected, so that the population is divided; there are few, since the networks stop."""
    grid = [GRID, {"solver": ["lbfgs"], "tol": [0.1]}]
    estimator = classifier(max_iter=20_000, tol=0.1, n_iter_no_change=2)
    ours, theirs = searches(estimator, grid)
    get_reusable_executor().shutdown(wait=True)
    ours.set_params(n_jobs=2).fit(*IRIS)
    assert_same_table(ours.cv_results_, theirs.fit(*IRIS).cv_results_)
    assert population_sizes(estimator, ParameterGrid(GRID), IRIS, CV, n_workers=2) == [6, 6]
    assert get_reusable_executor(max_workers=2, reuse=True).submit(loaded_modules).result() == []
    halving = SuccessiveHalvingSearchCV(classifier(), GRID, n_iter=3, max_iter=3, scoring=no_tensorflow, n_jobs=2)
    assert halving.fit(*IRIS).cv_results_["mean_test_score"].min() == 1


def test_threads_do_not_disturb_each_other():
    alone = PopulationSearchCV(classifier(), GRID, cv=CV).fit(*IRIS)
    ours = [clone(alone) for _ in range(4)]
    threads = [threading.Thread(target=each.fit, args=IRIS) for each in ours]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in ours:
        assert_same_table(each.cv_results_, alone.cv_results_)


def test_models_are_as_after_a_fit_of_their_own():
    """Nothing of a population stays with a model: of what scorers have seen, attributes are those of a single fit."""
    seen = []

    def scoring(estimator, X, y):
        seen.append(pickle.loads(pickle.dumps(estimator)))
        return 0.0

    PopulationSearchCV(pipeline(), {"mlp__alpha": [0.01, 1.0]}, cv=CV, scoring=scoring).fit(*RAW_IRIS)
    train, _ = next(CV.split(X_IRIS))
    single = clone(pipeline()).set_params(mlp__alpha=0.01).fit(X_IRIS[train], Y_IRIS[train])
    ours, theirs = vars(seen[0][-1]), vars(single[-1])
    assert ours.keys() == theirs.keys()
    np.testing.assert_allclose(ours["loss_curve_"], theirs["loss_curve_"], rtol=1e-9)
    for name in ("n_iter_", "t_", "_n_rows", "stop_reason_", "backend_", "_no_improvement_count"):
        assert ours[name] == theirs[name], name
    for a, b in zip([*ours["coefs_"], *ours["_optimizer"].opt_state[0].coefs], [*theirs["coefs_"],
        *theirs["_optimizer"].opt_state[0].coefs], strict=True):  # fmt: skip
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_a_fitted_search_is_pickled_and_cloned():
    search = PopulationSearchCV(classifier(), GRID, cv=3).fit(*IRIS)
    again = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(again.predict(IRIS[0]), search.predict(IRIS[0]))
    assert not hasattr(clone(search), "cv_results_")


def test_the_estimator_is_left_alone():
    estimator = pipeline()
    before = dict(vars(estimator["mlp"]))
    PopulationSearchCV(estimator, {"mlp__alpha": [0.01, 1.0]}, cv=3).fit(X_IRIS, Y_IRIS)
    assert vars(estimator["mlp"]) == before


def test_distributions_need_a_number_of_candidates():
    with pytest.raises(ValueError, match=r"n_iter must say how many.*alpha.*n_iter=10"):
        PopulationSearchCV(classifier(), {"alpha": loguniform(1e-3, 1)}).fit(*IRIS)
    with pytest.raises(ValueError, match="n_iter"):
        PopulationSearchCV(classifier(), GRID, n_iter=0).fit(*IRIS)
    with pytest.raises(TypeError, match=r"Parameter grid is not a dict \(3\)"):
        PopulationSearchCV(classifier(), [3]).fit(*IRIS)


@pytest.mark.parametrize("search", [PopulationSearchCV, SuccessiveHalvingSearchCV])
def test_no_jobs_at_all_are_refused_before_any_fit(search):
    counts = Counts()
    with pytest.raises(ValueError, match=rf"'n_jobs' parameter of {search.__name__} must be .* Got 0 instead"):
        search(classifier().set_callbacks(counts), GRID, n_jobs=0).fit(*IRIS)
    assert counts.n_epochs == 0


def test_ctrl_c_ends_the_search(monkeypatch):
    from sklearn_ann.engines.numpy.step import Step

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(Step, "update", interrupted)
    with pytest.raises(KeyboardInterrupt):
        PopulationSearchCV(classifier(), GRID, cv=3).fit(*IRIS)


class Interrupts(Callback):
    """Ctrl-C in the first epoch of the first fit."""

    n_fits = 0

    def epoch_end(self, context):
        type(self).n_fits += 1
        raise KeyboardInterrupt


def test_ctrl_c_in_a_network_that_trains_alone_ends_the_search():
    Interrupts.n_fits = 0
    with pytest.raises(KeyboardInterrupt), pytest.warns(UserWarning, match="Training interrupted by user"):
        PopulationSearchCV(classifier().set_callbacks(Interrupts()), GRID, cv=3).fit(*IRIS)
    assert Interrupts.n_fits == 1
