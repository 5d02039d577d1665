"""The display of vital signs: its lines are what was recorded, and its diagnosis is right about nets that are known."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

from sklearn_ann.callbacks import VitalSigns
from sklearn_ann.callbacks.vital_signs import signs_of
from sklearn_ann.inspection import VitalSignsDisplay
from tests.estimators.problems import LABELS, X, classifier

pytestmark = pytest.mark.filterwarnings("ignore:.*:sklearn.exceptions.ConvergenceWarning")  # fits of five epochs

SOUND = {
    "epoch": [1, 2],
    "activation": np.full((3, 2), 0.5),
    "gradient": np.full((3, 2), 1e-2),
    "update": np.full((3, 2), 1e-2),
    "silent": np.zeros((2, 2)),
}


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_lines_are_what_was_recorded():
    model = classifier().set_callbacks(VitalSigns()).fit(X, LABELS)
    display = VitalSignsDisplay.from_estimator(model)
    signs = signs_of(model.history_)
    lines = iter(display.lines_)
    for sign in ("activation", "gradient", "update"):
        for values in signs[sign]:
            line = next(lines)
            np.testing.assert_array_equal(line.get_ydata(), values)
            np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3, 4, 5])
    assert all(ax.get_yscale() == "log" for ax in display.axes_)
    assert display.figure_.get_suptitle().replace("\n", " ") == display.diagnosis


def test_ticks_are_whole_epochs():
    axes = VitalSignsDisplay(**SOUND).plot().axes_
    ticks = np.concatenate([ax.get_xticks() for ax in axes])
    np.testing.assert_array_equal(ticks, ticks.round())


def test_axes_that_are_given_are_used_twice():
    _, axes = plt.subplots(1, 3)
    display = VitalSignsDisplay(**SOUND).plot(ax=axes)
    assert list(display.plot(ax=axes).axes_) == list(axes) and len(axes[0].lines) == 6
    with pytest.raises(ValueError, match="which are 3, got 1"):
        display.plot(ax=axes[0])


@pytest.mark.parametrize(
    ("signs", "sentence"),
    [
        ({}, "Signals and gradients come through all layers."),
        (
            {"gradient": [[1e-9] * 2, [1e-5] * 2, [1e-2] * 2]},
            "Gradients vanish: in layer 1 they are 1e-07 of those in layer 3",
        ),
        ({"gradient": [[1e3] * 2, [1.0] * 2, [1e-2] * 2]}, "Gradients explode: in layer 1 they are 1e+05 times"),
        ({"gradient": [[np.inf] * 2] * 3}, "Gradients are infinite"),
        ({"silent": [[0.1, 0.2], [0.1, 0.8]]}, "Units have died: 80% of layer 2"),
        (
            {"update": [[0.1] * 2, [3.0] * 2, [0.1] * 2]},
            "Steps are too large: the weights of layer 2 change by 3 times",
        ),
        ({"update": np.full((3, 2), 1e-9)}, "Weights stand still"),
    ],
)
def test_the_diagnosis_says_what_the_signs_are_of(signs, sentence):
    diagnosis = VitalSignsDisplay(**{**SOUND, **signs}).diagnosis
    assert diagnosis.startswith(sentence)
    assert set(re.findall(r"(\w+)=", diagnosis)) <= classifier().get_params().keys()


def test_twenty_logistic_layers_vanish_and_twenty_sound_ones_do_not():
    deep = {"hidden_layer_sizes": (8,) * 20, "max_iter": 3}
    vanished = classifier(**deep, activation="logistic").set_callbacks(VitalSigns()).fit(X, LABELS)
    assert "Gradients vanish" in VitalSignsDisplay.from_estimator(vanished).diagnosis
    sound = classifier(**deep, activation="relu", kernel_initializer="he_normal", normalization="batch")
    display = VitalSignsDisplay.from_estimator(sound.set_callbacks(VitalSigns()).fit(X, LABELS))
    assert "vanish" not in display.diagnosis and "explode" not in display.diagnosis


def test_an_estimator_without_signs_is_refused():
    for model in (classifier().fit(X, LABELS), classifier(solver="lbfgs").fit(X, LABELS)):
        with pytest.raises(ValueError, match=r"call set_callbacks\(VitalSigns\(\)\) and fit again"):
            VitalSignsDisplay.from_estimator(model)
