"""LearningRateDisplay: what is drawn beside what the finder keeps."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sklearn_ann.inspection import LearningRateDisplay
from sklearn_ann.model_selection import LearningRateFinder
from tests.estimators.problems import LABELS, X, classifier


@pytest.fixture(scope="module")
def finder():
    return LearningRateFinder(classifier(solver="sgd"), n_points=40, max_lr=100.0).fit(X, LABELS)


def test_lines_are_the_curves_of_the_test(finder):
    display = LearningRateDisplay.from_estimator(finder)
    smoothed, raw = display.lines_
    np.testing.assert_array_equal(smoothed.get_ydata(), finder.smoothed_loss_curve_)
    np.testing.assert_array_equal(raw.get_ydata(), finder.loss_curve_)
    for line in display.lines_:
        np.testing.assert_array_equal(line.get_xdata(), finder.learning_rate_curve_)
    rates = [finder.suggested_learning_rate_, finder.divergence_learning_rate_]
    assert [line.get_xdata()[0] for line in display.markers_] == rates
    assert [text.get_text() for text in display.ax_.get_legend().get_texts()] == [
        f"suggested: {rates[0]:.2g}",
        f"divergence: {rates[1]:.2g}",
    ]
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("learning rate", "loss")
    assert display.ax_.figure is display.figure_


def test_a_diverging_loss_does_not_flatten_the_rest():
    display = LearningRateDisplay([0.1, 1, 10], [2.0, 1.0, 1e9]).plot()
    low, high = display.ax_.get_ylim()
    assert 0.5 < low < 1 and 2 < high < 3


def test_the_axis_of_rates_ends_soon_after_the_divergence():
    rates, losses = np.geomspace(1e-4, 10, 6), [2, 1.9, 1, 2.5, 9, 2]
    known = LearningRateDisplay(rates, losses, divergence_learning_rate=0.1).plot()
    unknown = LearningRateDisplay(rates, losses).plot()
    assert 0.1 < known.ax_.get_xlim()[1] < 1 < 10 < unknown.ax_.get_xlim()[1] < 20
    assert known.ax_.get_xlim()[0] < 1e-4
    LearningRateDisplay(rates, losses, divergence_learning_rate=np.nan).plot(ax=known.ax_)
    assert known.ax_.get_xlim()[1] > 10  # both curves are in sight


def test_losses_that_are_not_finite_are_left_out():
    display = LearningRateDisplay([0.1, 1, 10], [2.0, 1.0, np.nan]).plot()
    assert np.isfinite(display.ax_.get_ylim()).all()


def test_there_is_a_mark_for_each_rate_that_is_known():
    display = LearningRateDisplay([0.1, 1], [2.0, 1.0], divergence_learning_rate=np.nan).plot()
    assert display.markers_ == [] and len(display.lines_) == 1
    assert display.ax_.get_legend() is None


def test_several_tests_share_axes(finder):
    _, ax = plt.subplots()
    first = LearningRateDisplay.from_estimator(finder, name="sgd", ax=ax)
    top = ax.get_ylim()[1]
    second = LearningRateDisplay([0.1, 1], [0.9, 0.5], name="other").plot(ax=ax, linewidth=3)
    assert second.ax_ is first.ax_ is ax and second.lines_[0].get_linewidth() == 3
    assert ax.get_ylim()[1] == top  # the curves before stay in sight
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["sgd", "other"]
    assert first.lines_[0].get_color() == first.markers_[0].get_color() != second.lines_[0].get_color()


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(NotFittedError, match="not fitted yet"):
        LearningRateDisplay.from_estimator(LearningRateFinder(classifier()))
    model = classifier(max_iter=1, learning_rate="one_cycle").fit(X, LABELS)
    with pytest.raises(ValueError, match="takes a fitted LearningRateFinder, got MLPClassifierTF"):
        LearningRateDisplay.from_estimator(model)
