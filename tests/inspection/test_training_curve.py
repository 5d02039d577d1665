"""TrainingCurveDisplay: what is drawn beside what the estimators keep."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import PerceptronClassifier
from sklearn_ann.callbacks import Scores
from sklearn_ann.inspection import TrainingCurveDisplay
from tests.estimators.problems import LABELS, X_VAL, Y_VAL, X, classifier

pytestmark = pytest.mark.filterwarnings("ignore:.*:sklearn.exceptions.ConvergenceWarning")  # fits of five epochs


@pytest.fixture(scope="module")
def validated():
    return classifier().fit(X, LABELS, X_val=X_VAL, y_val=Y_VAL)


@pytest.fixture(scope="module")
def perceptron():
    return PerceptronClassifier(max_iter=4, tol=None).fit(X, LABELS)


def assert_line(line, values):
    np.testing.assert_array_equal(line.get_ydata(), values)
    np.testing.assert_array_equal(line.get_xdata(), np.arange(1, len(values) + 1))


def test_lines_are_the_curves_of_the_fit(validated):
    display = TrainingCurveDisplay.from_estimator(validated, quantities=["loss", "score", "learning_rate"])
    for line, values in zip(
        display.lines_,
        (
            validated.loss_curve_,
            validated.validation_loss_curve_,
            validated.validation_scores_,
            validated.learning_rate_curve_,
        ),
        strict=True,
    ):
        assert_line(line, values)
    assert [ax.get_ylabel() for ax in display.axes_] == ["loss", "validation score", "learning rate"]
    assert [text.get_text() for text in display.axes_[0].get_legend().get_texts()] == ["training", "validation"]
    assert display.axes_[0].figure is display.figure_


def test_training_and_validation_scores_share_axes():
    model = classifier().set_callbacks(Scores(on="train", every=2)).fit(X, LABELS, X_val=X_VAL, y_val=Y_VAL)
    display = TrainingCurveDisplay.from_estimator(model)
    assert [ax.get_ylabel() for ax in display.axes_] == ["loss", "score"]
    _, _, training, validation = display.lines_
    np.testing.assert_array_equal(training.get_xdata(), [2, 4])  # the epochs that were scored
    np.testing.assert_array_equal(training.get_ydata(), np.array(model.history_["train_score"])[[1, 3]])
    assert_line(validation, model.validation_scores_)
    assert [line.get_linestyle() for line in (training, validation)] == ["-", "--"]
    assert [text.get_text() for text in display.axes_[1].get_legend().get_texts()] == ["training", "validation"]


def test_a_single_curve_gives_the_axes_its_name():
    for curve, label in (("train_score", "train score"), ("validation_score", "validation score")):
        display = TrainingCurveDisplay(**{curve: [0.5, 0.6]}).plot()
        assert display.axes_[0].get_ylabel() == label and display.lines_[0].get_linestyle() == "-"


def test_validation_rows_of_a_later_fit_are_drawn_at_its_epochs():
    model = classifier(warm_start=True).fit(X, LABELS).fit(X, LABELS, X_val=X_VAL, y_val=Y_VAL)
    line = TrainingCurveDisplay.from_estimator(model, quantities="score").lines_[0]
    np.testing.assert_array_equal(line.get_xdata(), np.arange(6, 11))
    np.testing.assert_array_equal(line.get_ydata(), model.validation_scores_)


def test_a_perceptron_has_its_mistakes(perceptron):
    display = TrainingCurveDisplay.from_estimator(perceptron)
    assert [ax.get_ylabel() for ax in display.axes_] == ["loss", "mistakes"]
    assert_line(display.lines_[0], perceptron.loss_curve_)
    assert_line(display.lines_[1], perceptron.mistakes_curve_)


def test_several_estimators_share_axes(validated, perceptron):
    _, ax = plt.subplots()
    first = TrainingCurveDisplay.from_estimator(validated, name="network", ax=ax)
    second = TrainingCurveDisplay.from_estimator(perceptron, name="perceptron", ax=ax)
    assert list(first.axes_) == list(second.axes_) == [ax]
    assert len(ax.lines) == 3
    assert all(tick == int(tick) for tick in ax.get_xticks())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["network", "perceptron"]
    assert first.lines_[0].get_color() == first.lines_[1].get_color() != second.lines_[0].get_color()


def test_axes_of_another_display_are_used(validated):
    first = TrainingCurveDisplay.from_estimator(validated)
    second = TrainingCurveDisplay.from_estimator(validated, ax=first.axes_, c="black")
    assert list(first.axes_) == list(second.axes_)
    assert {line.get_color() for line in second.lines_} == {"black"}


def test_plot_can_be_repeated():
    display = TrainingCurveDisplay(loss=[3.0, 2.0], learning_rate=[0.1, 0.1])
    figures = [display.plot().figure_, display.plot(name="again").figure_]
    assert figures[0] is not figures[1]
    assert [ax.get_ylabel() for ax in display.axes_] == ["loss"]


def test_a_pipeline_and_a_search_are_looked_into(validated):
    plain = classifier().fit(StandardScaler().fit_transform(X), LABELS)
    pipeline = make_pipeline(StandardScaler(), classifier())
    search = GridSearchCV(pipeline, {"mlpclassifiertf__alpha": [1e-4]}, cv=2)
    for estimator in (pipeline, search):
        display = TrainingCurveDisplay.from_estimator(estimator.fit(X, LABELS))
        assert_line(display.lines_[0], plain.loss_curve_)


def test_what_cannot_be_drawn_is_said(validated):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        TrainingCurveDisplay.from_estimator(classifier())
    with pytest.raises(ValueError, match=r"takes a fitted MLPClassifierTF, .*, got MLPClassifier"):
        TrainingCurveDisplay.from_estimator(MLPClassifier(max_iter=1).fit(X, LABELS))
    with pytest.raises(ValueError, match="solver='lbfgs' that has kept nothing"):
        TrainingCurveDisplay.from_estimator(classifier(solver="lbfgs").fit(X, LABELS))
    with pytest.raises(ValueError, match=r"quantities must be among .*, got 'mistakes'"):
        TrainingCurveDisplay.from_estimator(validated, quantities="mistakes")
    with pytest.raises(ValueError, match="which are 2, got 1"):
        TrainingCurveDisplay.from_estimator(validated, quantities=["loss", "learning_rate"], ax=plt.figure().subplots())
    with pytest.raises(ValueError, match=r"quantities must be among .*, got None"):
        TrainingCurveDisplay().plot()
