"""BoundaryDisplay: lines beside w.x + b, regions beside predictions, rows beside X."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import PerceptronClassifier
from sklearn_ann.inspection import BoundaryDisplay
from tests.estimators.problems import MULTILABEL, REAL, regressor
from tests.estimators.problems import X as FIVE_COLUMNS

_iris = load_iris()
X, SPECIES = _iris.data[:, 2:], _iris.target_names[_iris.target]
SETOSA = np.where(SPECIES == "setosa", "setosa", "other")
COARSE = {"grid_resolution": 20}


def vertices(lines):
    return np.concatenate([path.vertices for path in lines.get_paths()])


def perceptron(**parameters):
    return PerceptronClassifier(**{"max_iter": 10, "tol": None, **parameters})


def test_the_line_of_two_classes_satisfies_its_equation():
    model = perceptron().fit(X, SETOSA)
    display = BoundaryDisplay.from_estimator(model, X, SETOSA, **COARSE)
    (line,) = display.lines_
    # Matplotlib interpolates a linear function between grid points: exact but for rounding
    np.testing.assert_allclose(vertices(line) @ model.coef_[0] + model.intercept_[0], 0, atol=1e-9)


def test_each_of_several_classes_has_a_line_of_its_colour():
    model = perceptron(average=True).fit(X, SPECIES)
    display = BoundaryDisplay.from_estimator(model, X, SPECIES, **COARSE)
    assert len(display.lines_) == 3
    for k, line in enumerate(display.lines_):
        np.testing.assert_allclose(vertices(line) @ model.coef_[k] + model.intercept_[k], 0, atol=1e-9)
        np.testing.assert_allclose(line.get_edgecolor()[0], display.multiclass_colors_[k])


def test_in_a_pipeline_the_line_lies_where_the_decision_function_is_zero():
    model = make_pipeline(StandardScaler(), perceptron()).fit(X, SETOSA)
    (line,) = BoundaryDisplay.from_estimator(model, X, SETOSA, **COARSE).lines_
    np.testing.assert_allclose(model.decision_function(vertices(line)), 0, atol=1e-9)


def test_regions_are_the_predictions_and_points_the_rows():
    model = perceptron().fit(X, SPECIES)
    display = BoundaryDisplay.from_estimator(model, X, SPECIES, **COARSE)
    grid = np.column_stack([display.xx0.ravel(), display.xx1.ravel()])
    np.testing.assert_array_equal(model.classes_[display.response.ravel()], model.predict(grid))
    for label, points, color in zip(model.classes_, display.points_, display.multiclass_colors_, strict=True):
        np.testing.assert_array_equal(points.get_offsets(), X[np.equal(SPECIES, label)])
        np.testing.assert_allclose(points.get_facecolor()[0], color)
    assert [text.get_text() for text in display.ax_.get_legend().get_texts()] == list(model.classes_)


@pytest.mark.parametrize("plot_method", ["pcolormesh", "contourf", "contour"])
@pytest.mark.parametrize("y", [SETOSA, SPECIES], ids=["two classes", "three"])
@pytest.mark.parametrize("response_method", ["predict", "decision_function"])
def test_scikit_learns_ways_to_draw_regions_are_there(plot_method, y, response_method):
    model = perceptron().fit(X, y)
    ways = {"plot_method": plot_method, "response_method": response_method}
    BoundaryDisplay.from_estimator(model, X, y, **ways, **COARSE)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_class_that_is_predicted_nowhere_keeps_its_colour(n_classes):
    xx0, xx1 = np.meshgrid([0.0, 1.0], [0.0, 1.0])
    response = np.zeros((2, 2), dtype=int)
    response[0] = n_classes - 2
    display = BoundaryDisplay(xx0=xx0, xx1=xx1, n_classes=n_classes, response=response).plot(alpha=1)
    display.figure_.canvas.draw()
    colors = display.surface_.get_facecolors().reshape(2, 2, 4)
    np.testing.assert_allclose(colors[0, 0], display.multiclass_colors_[n_classes - 2])


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_names_of_columns_label_the_axes(frame):
    named = frame({"length": X[:, 0], "width": X[:, 1]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of a grid without names
        display = BoundaryDisplay.from_estimator(perceptron().fit(named, SPECIES), named, SPECIES, **COARSE)
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("length", "width")


def test_sparse_rows_are_drawn():
    model = perceptron().fit(sparse.csr_array(X), SETOSA)
    display = BoundaryDisplay.from_estimator(model, sparse.csr_matrix(X), SETOSA, **COARSE)
    np.testing.assert_array_equal(display.points_[1].get_offsets(), X[SETOSA == "setosa"])


def test_given_axes_are_used_and_plot_can_be_repeated():
    _, ax = plt.subplots()
    display = BoundaryDisplay.from_estimator(LogisticRegression().fit(X, SPECIES), X, SPECIES, ax=ax, **COARSE)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    display.plot()
    assert display.ax_ is not ax
    assert len(display.points_) == 3


def test_without_labels_there_are_no_points():
    display = BoundaryDisplay.from_estimator(perceptron().fit(X, SPECIES), X, **COARSE)
    assert display.points_ == []
    assert display.ax_.get_legend() is None


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(NotFittedError, match="not fitted yet"):
        BoundaryDisplay.from_estimator(perceptron(), X)
    with pytest.raises(ValueError, match="needs X with two columns, got 4"):
        BoundaryDisplay.from_estimator(perceptron().fit(_iris.data, SPECIES), _iris.data)
    with pytest.raises(ValueError, match=r"y must have labels that the classifier knows, .*, got .*'rose'"):
        BoundaryDisplay.from_estimator(perceptron().fit(X, SPECIES), X, ["rose"] * len(X))
    two_columns = FIVE_COLUMNS[:, :2]
    for model in (
        perceptron().fit(two_columns, MULTILABEL),
        regressor(solver="lbfgs", max_fun=1, tol=1e10).fit(two_columns, REAL),
    ):
        with pytest.raises(ValueError, match="needs a classifier that gives one label a row, got"):
            BoundaryDisplay.from_estimator(model, two_columns)
