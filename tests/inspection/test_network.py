"""NetworkDisplay: units and lines beside the weights, labels beside the parameters."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from sklearn_ann import PerceptronClassifier
from sklearn_ann.inspection import NetworkDisplay
from sklearn_ann.normalizations import BatchNorm
from tests.estimators.problems import BINARY, LABELS, REAL, X, classifier, regressor

pytestmark = pytest.mark.filterwarnings("ignore:.*:sklearn.exceptions.ConvergenceWarning")  # fits of five epochs


@pytest.fixture(scope="module")
def model():
    return classifier().fit(X, LABELS)


def texts(display):
    return [text.get_text() for text in display.ax_.texts]


def test_units_and_weights_of_each_layer(model):
    display = NetworkDisplay.from_estimator(model)
    assert [len(units.get_offsets()) for units in display.units_] == [5, 7, 3]
    largest = max(np.abs(coef).max() for coef in model.coefs_)
    for edges, coef in zip(display.edges_, model.coefs_, strict=True):
        np.testing.assert_array_equal(edges.get_array(), coef.ravel())
        assert edges.get_clim() == (-largest, largest)
        assert np.array_equal(np.argsort(edges.get_linewidths()), np.argsort(np.abs(coef.ravel())))
    below, above = (units.get_offsets().data for units in display.units_[:2])
    expected = [[low, high] for low in below for high in above]
    np.testing.assert_allclose(display.edges_[0].get_segments(), expected)


def test_labels_say_what_a_layer_is(model):
    assert texts(NetworkDisplay.from_estimator(model)) == [
        "input\n5 features",
        "hidden 1\n7 units\nrelu",
        "output\n3 units\nsoftmax",
        "0",
        "1",
        "2",
    ]


def test_a_large_layer_is_abbreviated(model):
    display = NetworkDisplay.from_estimator(model, max_units=5)
    assert [len(units.get_offsets()) for units in display.units_] == [5, 4, 3]
    assert "\N{VERTICAL ELLIPSIS}" in texts(display)
    assert len(display.edges_[0].get_segments()) == 20
    assert display.edges_[0].get_array() is None
    assert display.colorbar_ is None
    heights = display.units_[1].get_offsets()[:, 1]
    np.testing.assert_allclose(heights, -heights[::-1], atol=1e-15)


def test_structure_is_drawn():
    frame = pd.DataFrame(X, columns=list("abcde"))
    model = regressor(
        hidden_layer_sizes=(4, 4, 3),
        activation=["tanh", "relu", "elu"],
        normalization=BatchNorm(position="after"),
        skip_connections=True,
        wide=["b", "d"],
        auxiliary_loss_weight=0.1,
    ).fit(frame, REAL)
    display = NetworkDisplay.from_estimator(model)
    assert display.skips == [2]
    assert display.wide == "wide: b, d"
    assert display.labels[1:] == [
        "hidden 1\n4 units\ntanh\nbatch normalization",
        "hidden 2\n4 units\nrelu\nbatch normalization\nauxiliary output",
        "hidden 3\n3 units\nelu\nbatch normalization",
        "output\n1 unit\nidentity",
    ]
    assert {"a", "e", "+", "wide: b, d"} < set(texts(display))
    assert len(display.ax_.patches) == 2


def test_inputs_are_the_deep_columns():
    frame = pd.DataFrame(X, columns=list("abcde"))
    for rows, names in ((frame, ["e", "a", "b"]), (X, [4, 0, 1])):
        model = classifier(deep=names, wide=[2]).fit(rows, LABELS)
        display = NetworkDisplay.from_estimator(model)
        assert display.input_names == names
        assert display.labels[0] == "input\n3 features\nof 5"
        assert len(display.units_[0].get_offsets()) == 3


@pytest.mark.parametrize(("y", "names"), [(LABELS, [0, 1, 2]), (BINARY, [1])])
def test_a_perceptron_is_a_network_of_one_layer(y, names):
    model = PerceptronClassifier(max_iter=3, tol=None, step="sign").fit(X, y)
    display = NetworkDisplay.from_estimator(model)
    np.testing.assert_array_equal(display.edges_[0].get_array(), model.coef_.T.ravel())
    assert display.output_names == names
    assert display.labels[1].endswith("sign")


def test_a_member_of_an_ensemble():
    model = classifier(n_estimators=2).fit(X, LABELS)
    display = NetworkDisplay.from_estimator(model, member=1)
    np.testing.assert_array_equal(display.edges_[1].get_array(), model.coefs_[1][1].ravel())


def test_given_axes_are_used_and_plot_can_be_repeated(model):
    _, ax = plt.subplots()
    display = NetworkDisplay.from_estimator(model, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert display.plot().ax_ is not ax
    assert len(display.units_) == 3


def test_weights_of_zero_are_drawn():
    NetworkDisplay([np.zeros((2, 1))]).plot()


def test_what_cannot_be_drawn_is_said(model):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        NetworkDisplay.from_estimator(classifier())
    with pytest.raises(ValueError, match=r"takes a fitted MLPClassifierTF, .*, got LogisticRegression"):
        NetworkDisplay.from_estimator(LogisticRegression().fit(X, LABELS))
    with pytest.raises(ValueError, match=r"member must be .*, got 1"):
        NetworkDisplay.from_estimator(model, member=1)
    with pytest.raises(ValueError, match="max_units must be at least 3, got 2"):
        NetworkDisplay.from_estimator(model, max_units=2)
