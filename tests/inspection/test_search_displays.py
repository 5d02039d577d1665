"""Displays of searches: what is drawn beside ``cv_results_``, of this package's searches and scikit-learn's."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.ensemble import RandomForestRegressor
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (for what the import does)
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann.inspection import ParallelCoordinatesDisplay, ParameterImportanceDisplay, SearchCurveDisplay
from sklearn_ann.inspection.search_results import scale_of
from sklearn_ann.model_selection import HyperbandSearchCV
from tests.estimators.problems import LABELS, X, classifier

DISPLAYS = [SearchCurveDisplay, ParallelCoordinatesDisplay, ParameterImportanceDisplay]


@pytest.fixture(scope="module")
def hyperband():
    space = {
        "mlpclassifiertf__learning_rate_init": loguniform(1e-4, 1e-1),
        "mlpclassifiertf__hidden_layer_sizes": [(), (4,), (2, 2)],
        "mlpclassifiertf__class_weight": [None, "balanced"],
    }
    model = make_pipeline(StandardScaler(), classifier())
    return HyperbandSearchCV(model, space, max_iter=9, cv=2, random_state=0).fit(X, LABELS)


@pytest.fixture(scope="module")
def grid():
    scoring = ["accuracy", "neg_log_loss"]
    space = [{"C": [0.001, 0.1, 10], "fit_intercept": [True, False]}, {"C": [1.0]}]
    return GridSearchCV(LogisticRegression(), space, cv=2, scoring=scoring, refit="neg_log_loss").fit(X, LABELS)


# ---------------------------------------------------------------------------------------- scores


def test_a_line_goes_through_the_rungs_of_each_candidate(hyperband):
    display, table = SearchCurveDisplay.from_estimator(hyperband), hyperband.cv_results_
    assert len(display.lines_) == 17
    last = {0: 9, 1: 9, 2: 9}
    for candidate, line in enumerate(display.lines_):
        rows = table["candidate"] == candidate
        np.testing.assert_array_equal(line.get_xdata(), table["n_resources"][rows])
        np.testing.assert_array_equal(line.get_ydata(), table["mean_test_score"][rows])
        is_best = candidate == table["candidate"][hyperband.best_index_]
        end = "o" if line.get_xdata()[-1] == last[table["bracket"][rows][0]] else "x"
        assert line.get_marker() == ("*" if is_best else end)
        assert line.get_color() == f"C{table['bracket'][rows][0]}"
    assert display.ax_.get_xscale() == "log" and display.ax_.get_xlabel() == "epochs"
    names = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert names == ["bracket 0", "bracket 1", "bracket 2"]


def test_scores_over_seconds_and_the_best_so_far(hyperband):
    display = SearchCurveDisplay.from_estimator(hyperband, x="seconds", linewidth=3)
    done = {}
    for record in hyperband.history_:  # in order of time
        done[record["candidate"], record["iter"]] = record["seconds"]
    for candidate, line in enumerate(display.lines_):
        assert line.get_xdata().tolist() == sorted(t for (c, _), t in done.items() if c == candidate)
        assert line.get_linewidth() == 3
    best = display.best_line_.get_ydata()
    assert best[-1] == hyperband.best_score_ and (np.diff(best) >= 0).all()


def test_a_search_that_trains_each_candidate_once_is_drawn_over_seconds(grid):
    display, table = SearchCurveDisplay.from_estimator(grid), grid.cv_results_
    assert display.ax_.get_xlabel() == "seconds" and display.ax_.get_ylabel() == "neg log loss"
    spent = 2 * np.cumsum(table["mean_fit_time"] + table["mean_score_time"])
    np.testing.assert_allclose([line.get_xdata()[0] for line in display.lines_], spent)
    np.testing.assert_array_equal([line.get_ydata()[0] for line in display.lines_], table["mean_test_neg_log_loss"])
    with pytest.raises(ValueError, match=r"x must be one of \['seconds'\].*got 'resource'"):
        SearchCurveDisplay.from_estimator(grid, x="resource")


def test_halving_of_scikit_learn_is_drawn_over_its_resource():
    search = HalvingRandomSearchCV(
        LogisticRegression(), {"C": loguniform(1e-3, 10)}, cv=2, random_state=0, n_candidates=4
    )
    display = SearchCurveDisplay.from_estimator(search.fit(X, LABELS))
    assert display.ax_.get_xlabel() == "n_samples"
    table = search.cv_results_
    for line, params in zip(display.lines_, table["params"], strict=False):  # the first rung has all of them
        rows = [row for row, each in enumerate(table["params"]) if each == params]
        np.testing.assert_array_equal(line.get_xdata(), table["n_resources"][rows])
    assert len(display.lines_) == 4


# ---------------------------------------------------------------------------------------- parallel coordinates


def test_a_line_for_each_candidate_through_its_values(hyperband):
    display, trials = ParallelCoordinatesDisplay.from_estimator(hyperband), hyperband.trials_
    assert [*display.scales_] == ["class_weight", "hidden_layer_sizes", "learning_rate_init", "score"]
    assert display.scales_["learning_rate_init"].is_log
    assert display.scales_["hidden_layer_sizes"].categories == ["()", "(4,)", "(2, 2)"]
    assert display.scales_["class_weight"].categories == ["None", "balanced"]
    order = np.argsort(trials["score"], kind="stable")
    assert len(display.lines_) == 17
    rates = np.log(trials["param_mlpclassifiertf__learning_rate_init"])
    for candidate, line in zip(order, display.lines_, strict=True):
        height = (rates[candidate] - rates.min()) / (rates.max() - rates.min())
        assert line.get_ydata()[2] == pytest.approx(height)
        share = (trials["score"][candidate] - trials["score"].min()) / (trials["score"].max() - trials["score"].min())
        assert line.get_ydata()[3] == pytest.approx(share)


def test_what_a_grid_does_not_have_leaves_a_gap(grid):
    display = ParallelCoordinatesDisplay.from_estimator(grid, metric="accuracy")
    gaps = [np.isnan(line.get_ydata()).tolist() for line in display.lines_]
    assert sorted(gaps) == [[False, False, False]] * 6 + [[False, True, False]]
    np.testing.assert_array_equal(display.score, grid.cv_results_["mean_test_accuracy"])


@pytest.mark.parametrize(
    ("values", "positions", "categories", "is_log"),
    [
        ([1, 2, 3], [1, 2, 3], None, False),
        ([0.001, 0.1, np.nan], [0.001, 0.1, np.nan], None, True),
        ([0.0, 100.0], [0, 100], None, False),
        ([True, False], [1, 0], ["False", "True"], False),
        (["b", "a", None], [2, 1, 0], ["None", "a", "b"], False),
        ([(10,), (2, 2), ()], [1, 2, 0], ["()", "(10,)", "(2, 2)"], False),
        ([None, 3.0], [1, 0], ["3.0", "None"], False),
    ],
)
def test_values_become_numbers(values, positions, categories, is_log):
    scale = scale_of(values)
    np.testing.assert_array_equal(scale.positions, positions)
    assert (scale.categories, scale.is_log) == (categories, is_log)


def test_failed_candidates_are_left_out():
    display = ParallelCoordinatesDisplay({"a": [1, 2, 3]}, [0.5, np.nan, 0.7]).plot()
    assert len(display.lines_) == 2


# ---------------------------------------------------------------------------------------- importance


def test_importances_are_those_of_a_forest(grid):
    display, table = ParameterImportanceDisplay.from_estimator(grid), grid.cv_results_
    columns = [[p.get("C") for p in table["params"]], [float(p.get("fit_intercept", np.nan)) for p in table["params"]]]
    rng, score = np.random.RandomState(0), table["mean_test_neg_log_loss"]
    forest = RandomForestRegressor(min_samples_leaf=2, random_state=rng).fit(np.array(columns).T, score)
    found = permutation_importance(forest, np.array(columns).T, score, n_repeats=10, random_state=rng)
    np.testing.assert_allclose(display.importances, found.importances_mean)
    assert display.names == ["C", "fit_intercept"]
    heights = [bar.get_width() for bar in display.bars_]
    assert heights == sorted(display.importances)


def test_epochs_are_told_apart_from_parameters(hyperband):
    display = ParameterImportanceDisplay.from_estimator(hyperband)
    assert set(display.names) == {"class_weight", "hidden_layer_sizes", "learning_rate_init", "epochs"}
    again = ParameterImportanceDisplay.from_estimator(hyperband)
    np.testing.assert_array_equal(display.importances, again.importances)


def test_a_few_rows_have_no_importances():
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1, 10]}, cv=2).fit(X, LABELS)
    with pytest.raises(ValueError, match="needs 4 rows of cv_results_ with a finite score, got 3"):
        ParameterImportanceDisplay.from_estimator(search)


# ---------------------------------------------------------------------------------------- all of them


@pytest.mark.parametrize("display", DISPLAYS)
def test_displays_take_axes_and_refuse_what_is_no_search(display, grid):
    _, ax = plt.subplots()
    drawn = display.from_estimator(grid, ax=ax)
    assert drawn.ax_ is ax and drawn.figure_ is ax.figure
    assert drawn.plot() is drawn and drawn.ax_ is not ax
    with pytest.raises(NotFittedError):
        display.from_estimator(GridSearchCV(LogisticRegression(), {"C": [1]}))
    with pytest.raises(ValueError, match="takes a fitted search with cv_results_"):
        display.from_estimator(LogisticRegression().fit(X, LABELS))
    with pytest.raises(ValueError, match=r"metric must be.*\['accuracy', 'neg_log_loss'\], got 'f1'"):
        display.from_estimator(grid, metric="f1")
