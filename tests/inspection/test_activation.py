"""ActivationDisplay: values beside the classes' formulas, derivatives beside finite differences."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sklearn_ann import PerceptronClassifier
from sklearn_ann.activations import ACTIVATIONS, ALIASES, ELU, LeakyReLU, activation_of
from sklearn_ann.inspection import ActivationDisplay
from sklearn_ann.runtime.arrays import numpy_namespace
from sklearn_ann.runtime.backend import tf
from tests.estimators.problems import LABELS, X, classifier

pytestmark = pytest.mark.filterwarnings("ignore:.*:sklearn.exceptions.ConvergenceWarning")  # fits of five epochs

Z = np.linspace(-4.013, 3.987, 101)  # meets no corner of any of them


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_are_the_classes_and_derivatives_those_of_finite_differences(name):
    display, member = ActivationDisplay.from_activations(name, z=Z), activation_of(name)

    def function(z):
        first = (value for _, value in member.learned)
        return member.value(numpy_namespace, z.copy(), *member.hyper, *first)

    np.testing.assert_allclose(display.values[0], function(Z), rtol=1e-13, atol=1e-14)
    step = 1e-5
    differences = (function(Z + step) - function(Z - step)) / (2 * step)
    # the error of a difference: step ** 2 by the third derivative, and rounding divided by the step
    np.testing.assert_allclose(display.derivatives[0], differences, rtol=1e-8, atol=1e-9)
    for line, values in zip(display.lines_, (display.values[0], display.derivatives[0]), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), Z)
        np.testing.assert_array_equal(line.get_ydata(), values)


def sine(z):
    return tf.sin(z)


def test_objects_and_functions_are_drawn():
    display = ActivationDisplay.from_activations([LeakyReLU(0.3), ELU(alpha=0.5), sine, tf.nn.softmax], z=Z)
    assert display.names == ["LeakyReLU(negative_slope=0.3)", "ELU(alpha=0.5)", "sine", tf.nn.softmax.__name__]
    np.testing.assert_allclose(display.derivatives[0], np.where(Z > 0, 1, 0.3), rtol=1e-15)
    np.testing.assert_allclose(display.derivatives[2], np.cos(Z), rtol=1e-12)
    np.testing.assert_array_equal(display.values[3], np.ones_like(Z))  # of a layer of one unit


def test_all_names_of_the_parameter_are_known():
    names = sorted({*ACTIVATIONS, *ALIASES})
    ax = plt.figure().subplots()  # one for all of them: thirty take seconds to draw
    assert len(ActivationDisplay.from_activations(names, z=Z, ax=ax).lines_) == 2 * len(names)
    assert ActivationDisplay.from_activations(z=Z, ax=ax).names == list(ACTIVATIONS)


def test_a_single_axes_takes_all_of_them():
    _, ax = plt.subplots()
    display = ActivationDisplay.from_activations(["relu", "tanh"], z=Z, ax=ax)
    assert list(display.axes_) == [ax]
    assert display.figure_ is ax.figure
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["relu", "tanh"]
    assert display.lines_[0].get_color() == display.lines_[1].get_color() != display.lines_[2].get_color()


def test_plot_can_be_repeated_into_given_axes():
    display = ActivationDisplay.from_activations(["relu", "tanh"], z=Z)
    _, axes = plt.subplots(2)
    assert list(display.plot(ax=axes).axes_) == list(axes)
    assert [ax.get_title() for ax in axes] == ["relu", "tanh"]


def test_hidden_layers_of_an_estimator():
    model = classifier(hidden_layer_sizes=(4, 3), activation=["prelu", LeakyReLU(0.1)]).fit(X, LABELS)
    display = ActivationDisplay.from_estimator(model, z=Z)
    assert display.names == ["hidden 1: prelu", "hidden 2: LeakyReLU(negative_slope=0.1)"]
    slope = model.extra_weights_["slope_1"].mean()
    np.testing.assert_allclose(display.derivatives[0], np.where(Z > 0, 1, slope), rtol=1e-15)


def test_what_cannot_be_drawn_is_said():
    for wrong in ("rleu", 3, LeakyReLU, None):
        with pytest.raises(ValueError, match=r"activations must be names, objects .* or functions"):
            ActivationDisplay.from_activations([wrong])
    with pytest.raises(ValueError, match="'negative_slope' parameter"):
        ActivationDisplay.from_activations(LeakyReLU(-1))
    with pytest.raises(NotFittedError, match="not fitted yet"):
        ActivationDisplay.from_estimator(classifier())
    with pytest.raises(ValueError, match=r"takes a fitted MLPClassifierTF or MLPRegressorTF, .*, got Perceptron"):
        ActivationDisplay.from_estimator(PerceptronClassifier().fit(X, LABELS))
    with pytest.raises(ValueError, match="got a network without one"):
        ActivationDisplay.from_estimator(classifier(hidden_layer_sizes=()).fit(X, LABELS))
    with pytest.raises(ValueError, match="which are 2, got 3"):
        ActivationDisplay.from_activations(["relu", "tanh"], z=Z, ax=plt.subplots(3)[1])
