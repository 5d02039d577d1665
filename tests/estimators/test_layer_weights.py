"""One layer's weights, read and set by name; predictions are worked out again in NumPy."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from tests.estimators.problems import CLOSE, LABELS, REAL, REALS, X, classifier, regressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # few epochs show enough

STRUCTURE = {"hidden_layer_sizes": (7, 4), "wide": [0, 3], "auxiliary_loss_weight": 0.3}


def predicted(model, rows):
    """Of a network with two hidden layers of relus and a wide part, from its layers by name."""
    values = rows
    for name in ("hidden_1", "hidden_2"):
        coef, intercept = model.get_layer_weights(name)
        values = np.maximum(values @ coef + intercept, 0)
    coef, intercept = model.get_layer_weights("output")
    wide, nothing = model.get_layer_weights("wide")
    assert nothing is None
    return values @ coef + intercept + rows[:, [0, 3]] @ wide


def test_layers_are_read_by_the_names_of_the_summary():
    model = regressor(**STRUCTURE).fit(X, REALS)
    names = [line.split()[0] for line in model.summary().splitlines()[3:-2]]
    assert names == ["input", "hidden_1", "hidden_2", "output", "wide", "auxiliary"]
    shapes = {name: model.get_layer_weights(name)[0].shape for name in names[1:]}
    assert shapes == {"hidden_1": (5, 7), "hidden_2": (7, 4), "output": (4, 2), "wide": (2, 2), "auxiliary": (7, 2)}
    coef, intercept = model.get_layer_weights("auxiliary")
    np.testing.assert_array_equal(coef, model.extra_weights_["auxiliary_coef"])
    np.testing.assert_array_equal(intercept, model.extra_weights_["auxiliary_intercept"])
    np.testing.assert_allclose(predicted(model, X), model.predict(X), **CLOSE)


def test_predictions_follow_what_is_set_and_copies_are_not_the_model():
    model = regressor(**STRUCTURE).fit(X, REALS)
    before, rng = model.predict(X), np.random.RandomState(0)
    for name in ("hidden_1", "hidden_2", "output", "wide", "auxiliary"):
        coef, intercept = model.get_layer_weights(name)
        coef += rng.normal(size=coef.shape)
        assert not np.array_equal(model.get_layer_weights(name)[0], coef)
        assert model.set_layer_weights(name, coef, intercept) is model
        np.testing.assert_array_equal(model.get_layer_weights(name)[0], coef)
        coef[:] = np.nan  # the model has a copy
        np.testing.assert_allclose(model.predict(X), predicted(model, X), **CLOSE)
    assert np.abs(model.predict(X) - before).max() > 0.1
    model.set_layer_weights("output", np.zeros((4, 2)))  # the intercept stays
    model.set_layer_weights("wide", np.zeros((2, 2)))
    np.testing.assert_allclose(model.predict(X), np.tile(model.get_layer_weights("output")[1], (60, 1)), **CLOSE)


def test_training_goes_on_from_what_is_set():
    model = regressor(hidden_layer_sizes=(), solver="sgd", momentum=0.0, alpha=0.0, learning_rate_init=0.1, max_iter=1)
    model.set_params(warm_start=True).fit(X, REAL)
    coef, intercept = np.arange(5.0)[:, None], np.array([0.5])
    model.set_layer_weights("output", coef, intercept).fit(X, REAL)
    error = X @ coef + intercept - REAL[:, None]
    np.testing.assert_allclose(model.coefs_[0], coef - 0.1 * X.T @ error / 60, **CLOSE)
    np.testing.assert_allclose(model.intercepts_[0], intercept - 0.1 * error.mean(axis=0), **CLOSE)


def test_an_ensemble_has_an_axis_of_members():
    model = classifier(n_estimators=2).fit(X, LABELS)
    coef, intercept = model.get_layer_weights("hidden_1")
    assert coef.shape == (2, 5, 7) and intercept.shape == (2, 7)
    swapped = classifier(n_estimators=2).fit(X, LABELS)
    for name in ("hidden_1", "output"):
        swapped.set_layer_weights(name, *(array[::-1] for array in model.get_layer_weights(name)))
    np.testing.assert_array_equal(swapped.coefs_[0], coef[::-1])
    np.testing.assert_allclose(swapped.predict_proba(X), model.predict_proba(X), **CLOSE)


def test_the_dtype_stays():
    model = classifier(dtype="float32").fit(X, LABELS)
    model.set_layer_weights("hidden_1", np.ones((5, 7), dtype=int), [0.5] * 7)
    assert {array.dtype.name for array in (*model.coefs_, *model.intercepts_)} == {"float32"}


@pytest.mark.parametrize(
    ("name", "coef", "intercept", "message"),
    [
        (
            "hidden_2",
            np.ones((5, 7)),
            None,
            r"name must be .* one of \['hidden_1', 'output'\], got 'hidden_2'",
        ),
        (1, np.ones((5, 7)), None, "name must be that of a layer.*got 1"),
        ("wide", np.ones((5, 7)), None, "name must be that of a layer.*got 'wide'"),
        ("hidden_1", np.ones((7, 5)), None, r"coef of the layer 'hidden_1' .* shape \(5, 7\).*got shape \(7, 5\)"),
        ("hidden_1", [[1], [1, 2]], None, r"coef of the layer .* got \[\[1\], \[1, 2\]\]; start from"),
        ("hidden_1", np.full((5, 7), "a"), None, "coef of the layer .* got dtype <U1"),
        ("hidden_1", np.full((5, 7), np.nan), None, "coef of the layer .* got NaN or infinity in it"),
        ("hidden_1", np.full((5, 7), 1e300), None, "coef of the layer .* fit float32, got NaN or infinity in it"),
        ("hidden_1", np.ones((5, 7)), np.ones(5), r"intercept of the layer .* shape \(7,\) .* got shape \(5,\)"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence_and_changes_nothing(name, coef, intercept, message):
    model = classifier(dtype="float32", max_iter=1).fit(X, LABELS)
    before = model.predict_proba(X)
    with pytest.raises(ValueError, match=message):
        model.set_layer_weights(name, coef, intercept)
    np.testing.assert_array_equal(model.predict_proba(X), before)


def test_the_wide_part_has_no_intercept():
    model = regressor(wide=[0], max_iter=1).fit(X, REAL)
    with pytest.raises(ValueError, match=r"intercept must be None for the layer 'wide'.*set the intercept of 'output'"):
        model.set_layer_weights("wide", [[1.0]], [0.0])


def test_an_unfitted_estimator_has_no_layers():
    with pytest.raises(NotFittedError):
        regressor().get_layer_weights("output")
