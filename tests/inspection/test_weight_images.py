"""WeightImagesDisplay: images beside the first weight matrix."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from sklearn_ann import PerceptronClassifier
from sklearn_ann.inspection import WeightImagesDisplay
from tests.estimators.problems import BINARY, LABELS, X, classifier

pytestmark = pytest.mark.filterwarnings("ignore:.*:sklearn.exceptions.ConvergenceWarning")  # fits of five epochs

PIXELS = np.column_stack([X, X[:, :4]])  # 3 x 3


@pytest.fixture(scope="module")
def model():
    return classifier().fit(PIXELS, LABELS)


def test_images_are_the_weights_of_the_units_in_order(model):
    display = WeightImagesDisplay.from_estimator(model, order="index")
    np.testing.assert_array_equal(display.images, model.coefs_[0].T.reshape(-1, 3, 3))
    for unit, image in enumerate(display.images_):
        np.testing.assert_array_equal(image.get_array(), model.coefs_[0][:, unit].reshape(3, 3))
    assert [ax.get_title() for ax in display.axes_] == [f"unit {unit}" for unit in range(7)]


def test_pixels_that_the_layer_does_not_see_have_weights_of_zero():
    columns = [8, 0, 4]
    model = classifier(deep=columns, wide=[1]).fit(PIXELS, LABELS)
    images = np.zeros((7, 9))
    images[:, columns] = model.coefs_[0].T
    display = WeightImagesDisplay.from_estimator(model, order="index")
    np.testing.assert_array_equal(display.images, images.reshape(7, 3, 3))


def test_largest_weights_come_first_and_the_rest_is_left_out(model):
    display = WeightImagesDisplay.from_estimator(model, n_units=3, n_cols=2)
    norms = np.linalg.norm(model.coefs_[0], axis=0)
    largest = np.argsort(norms)[::-1][:3]
    np.testing.assert_array_equal(display.images, model.coefs_[0].T[largest].reshape(3, 3, 3))
    assert display.names == [f"unit {unit}" for unit in largest]


def test_one_scale_that_is_symmetric(model):
    display = WeightImagesDisplay.from_estimator(model, n_units=None)
    largest = np.abs(model.coefs_[0]).max()
    assert {image.get_clim() for image in display.images_} == {(-largest, largest)}
    assert (display.colorbar_.vmin, display.colorbar_.vmax) == (-largest, largest)


def test_images_that_are_not_square():
    model = classifier().fit(PIXELS[:, :6], LABELS)
    display = WeightImagesDisplay.from_estimator(model, image_shape=(2, 3), order="index")
    np.testing.assert_array_equal(display.images, model.coefs_[0].T.reshape(-1, 2, 3))


@pytest.mark.parametrize(("y", "names"), [(LABELS, ["0", "1", "2"]), (BINARY, ["1"])])
def test_a_perceptrons_images_are_named_by_class(y, names):
    model = PerceptronClassifier(max_iter=3, tol=None).fit(PIXELS, y)
    for model_ in (model, model.sparsify()):
        display = WeightImagesDisplay.from_estimator(model_, order="index")
        coef = model.coef_.toarray() if hasattr(model.coef_, "toarray") else model.coef_
        np.testing.assert_array_equal(display.images, coef.reshape(-1, 3, 3))
        assert display.names == names


def test_a_member_of_an_ensemble():
    model = classifier(n_estimators=2).fit(PIXELS, LABELS)
    display = WeightImagesDisplay.from_estimator(model, member=1, order="index")
    np.testing.assert_array_equal(display.images, model.coefs_[0][1].T.reshape(-1, 3, 3))
    with pytest.raises(ValueError, match=r"member must be the number of one of the 2 networks .*, got 2"):
        WeightImagesDisplay.from_estimator(model, member=2)


def test_given_axes_are_used_and_plot_can_be_repeated(model):
    _, axes = plt.subplots(1, 2)
    display = WeightImagesDisplay.from_estimator(model, n_units=2, ax=axes, cmap="gray")
    assert list(display.axes_) == list(axes)
    assert display.images_[0].get_cmap().name == "gray"
    assert display.plot().figure_ is not axes[0].figure


def test_what_cannot_be_drawn_is_said(model):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        WeightImagesDisplay.from_estimator(classifier())
    with pytest.raises(ValueError, match=r"takes a fitted MLPClassifierTF, .*, got LogisticRegression"):
        WeightImagesDisplay.from_estimator(LogisticRegression().fit(X, LABELS))
    five = PerceptronClassifier(max_iter=3, tol=None).fit(X, LABELS)
    with pytest.raises(ValueError, match="5 inputs are no square; pass image_shape"):
        WeightImagesDisplay.from_estimator(five)
    for shape in ((2, 4), (3,), 9, (3, 3, 1), (-3, -3)):
        with pytest.raises(ValueError, match="image_shape must be a height and a width that multiply to the 9 inputs"):
            WeightImagesDisplay.from_estimator(model, image_shape=shape)
    with pytest.raises(ValueError, match="order must be 'norm' or 'index', got 'size'"):
        WeightImagesDisplay.from_estimator(model, order="size")
    with pytest.raises(ValueError, match=r"n_units must be at least 1, or None .*, got 0"):
        WeightImagesDisplay.from_estimator(model, n_units=0)
    with pytest.raises(ValueError, match="which are 7, got 1"):
        WeightImagesDisplay.from_estimator(model, ax=plt.figure().subplots())
