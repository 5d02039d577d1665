"""A learning rate for each layer: beside the fit with that rate, a step in NumPy, Keras' ``trainable=False``."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.normalizations import BatchNorm, Normalization
from sklearn_ann.regularizers import L1, MaxNorm
from sklearn_ann.runtime.programs import compilation_count

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # a few epochs are enough

X, LABELS = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
REAL = np.sin(X[:, 0]) - X[:, 3]


def classifier(**parameters):
    settings = {"hidden_layer_sizes": (8, 6), "max_iter": 3, "batch_size": 50, "random_state": 0, "backend": "numpy"}
    return MLPClassifierTF(**{**settings, **parameters})


def arrays(model):
    """All that is learned by name."""
    layers = {f"{name}{layer}": a for name in ("coefs_", "intercepts_") for layer, a in enumerate(getattr(model, name))}
    return layers | model.extra_weights_


def first(model, y):
    """The weights that the fit of a model begins with."""
    still = clone(model).set_params(
        solver="sgd", learning_rate_init=1e-300, max_iter=1, normalization=None, backend="numpy"
    )
    return still.set_params(early_stopping=False, averaging=None, regularizer=None).fit(X, y)


@pytest.mark.parametrize("solver", ["sgd", "adam", "adamw", "rmsprop"])
def test_one_factor_for_all_layers_is_that_learning_rate(solver):
    ours = classifier(solver=solver, learning_rate_multipliers=[0.25] * 3, learning_rate_init=0.02).fit(X, LABELS)
    theirs = classifier(solver=solver, learning_rate_init=0.005).fit(X, LABELS)
    for name, array in arrays(theirs).items():
        np.testing.assert_allclose(arrays(ours)[name], array, rtol=1e-10, atol=1e-13)
    assert ours.learning_rate_curve_[0] == 0.02


def test_factors_of_one_change_no_bit():
    ours = classifier(learning_rate_multipliers=np.ones(3)).fit(X, LABELS)
    theirs = classifier().fit(X, LABELS)
    for name, array in arrays(theirs).items():
        np.testing.assert_array_equal(arrays(ours)[name], array)
    assert ours.loss_curve_ == theirs.loss_curve_


def test_a_step_goes_as_far_as_the_factor_of_its_layer_says():
    one_step = {"solver": "sgd", "batch_size": 150, "max_iter": 1, "alpha": 0.1}
    start, plain = first(classifier(), LABELS), classifier(**one_step).fit(X, LABELS)
    ours = classifier(**one_step, learning_rate_multipliers=(0.5, 0, 3)).fit(X, LABELS)
    for layer, factor in enumerate((0.5, 0, 3)):
        for name in ("coefs_", "intercepts_"):
            begin, end, got = (getattr(each, name)[layer] for each in (start, plain, ours))
            np.testing.assert_allclose(got - begin, factor * (end - begin), rtol=1e-9, atol=1e-14)


EVERYTHING = {
    "solver": "adamw",
    "alpha": 0.1,
    "regularizer": [L1(0.1), MaxNorm(0.3)],
    "normalization": "batch",
    "activation": "prelu",
    "global_clipnorm": 0.5,
    "averaging": 0.5,
    "early_stopping": True,
    "dropout": 0.2,
}


@pytest.mark.parametrize(
    "parameters",
    [
        {"backend": "numpy", **EVERYTHING},
        {"backend": "tensorflow", "dtype": "float32", "alpha": 0.1, "normalization": "batch", "activation": "prelu"},
    ],
)
def test_a_frozen_layer_stays_as_it_is_to_the_bit(parameters):
    model = classifier(learning_rate_multipliers=[1, 0, 0.5], **parameters)
    before, after = arrays(first(model, LABELS)), arrays(model.fit(X, LABELS))
    before |= {"scale_2": np.ones(6), "shift_2": np.zeros(6), "mean_2": np.zeros(6), "variance_2": np.ones(6)}
    frozen = {"coefs_1", "intercepts_1", "slope_2", "scale_2", "shift_2", "mean_2", "variance_2"}
    for name in frozen:
        np.testing.assert_array_equal(after[name], before[name])
    for name in after.keys() - frozen:
        fresh = {"scale": 1.0, "shift": 0.0, "mean": 0.0, "variance": 1.0}.get(name.partition("_")[0])
        assert np.all(after[name] != (before[name] if fresh is None else fresh)), name


def test_frozen_layers_train_as_keras_layers_that_are_not_trainable():
    """Batch normalization in a frozen layer goes by its moving means; the clipped norm is that of what is trained."""
    alpha, rate, n_rows = 0.3, 0.05, 40
    rows, y = X[:n_rows].astype(np.float32), REAL[:n_rows]
    learned = MLPRegressorTF(
        (5, 4, 3), activation="tanh", normalization=BatchNorm(), dtype="float32", max_iter=20, random_state=0
    ).fit(X, REAL)
    settings = {"solver": "sgd", "momentum": 0.0, "batch_size": n_rows, "shuffle": False, "backend": "numpy"}
    settings |= {"warm_start": True, "max_iter": 4, "learning_rate_init": rate, "alpha": alpha, "global_clipnorm": 0.3}
    keras_model = learned.to_keras()
    # Keras' moving means start elsewhere; those of the layers that are trained do not enter these epochs.
    ours = learned.set_params(**settings, learning_rate_multipliers=[1, 0, 1, 1]).fit(rows, y)
    for name in ("hidden_2", "normalization_2"):
        keras_model.get_layer(name).trainable = False
    for layer in ("hidden_1", "hidden_2", "hidden_3", "output"):  # Keras leaves out the second by itself
        keras_model.get_layer(layer).kernel.regularizer = keras.regularizers.L2(0.5 * alpha / n_rows)
    keras_model.compile(
        keras.optimizers.SGD(rate, global_clipnorm=0.3), loss=lambda a, b: 0.5 * keras.ops.square(a - b)
    )
    history = keras_model.fit(rows, y[:, None], batch_size=n_rows, epochs=4, shuffle=False, verbose=0).history
    np.testing.assert_allclose(ours.loss_curve_[-4:], history["loss"], rtol=1e-5)
    for number, name in enumerate(("hidden_1", "hidden_2", "hidden_3", "output")):
        kernel, bias = keras_model.get_layer(name).get_weights()
        np.testing.assert_allclose(ours.coefs_[number], kernel, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(ours.intercepts_[number], bias, rtol=1e-4, atol=1e-5)


def test_lbfgs_above_frozen_layers_is_the_linear_fit_on_their_outputs():
    settings = {"solver": "lbfgs", "alpha": 1.0, "max_iter": 500, "tol": 1e-9}
    model = classifier(**settings, learning_rate_multipliers=[0, 0, 1])
    start = first(model, LABELS)
    model.fit(X, LABELS)
    hidden = X
    for coef, intercept in list(zip(start.coefs_, start.intercepts_, strict=True))[:2]:
        hidden = np.maximum(hidden @ coef + intercept, 0)
    linear = classifier(**settings).set_params(hidden_layer_sizes=()).fit(hidden, LABELS)
    np.testing.assert_array_equal(model.coefs_[0], start.coefs_[0])
    np.testing.assert_allclose(model.coefs_[2], linear.coefs_[0], atol=1e-3)  # SciPy stops at a flat loss
    assert model.loss_ == pytest.approx(linear.loss_, rel=1e-7)  # without a penalty on what is frozen


def test_unfreezing_goes_on_from_the_weights():
    """As a fit that is given these weights; a fresh optimizer, as with every warm start."""
    model = classifier(warm_start=True, shuffle=False, learning_rate_multipliers=[0, 0, 1])
    model.fit(X, LABELS)
    start = {"coef_init": [*map(np.copy, model.coefs_)], "intercept_init": [*map(np.copy, model.intercepts_)]}
    lower = {"learning_rate_init": 1e-4, "learning_rate_multipliers": None}
    model.set_params(**lower).fit(X, LABELS)
    fresh = classifier(shuffle=False, **lower).fit(X, LABELS, **start)
    for name, array in arrays(fresh).items():
        np.testing.assert_array_equal(arrays(model)[name], array)


def test_layers_are_frozen_and_unfrozen_between_calls_of_partial_fit():
    model = classifier().partial_fit(X, LABELS, classes=range(3))
    before = arrays(model)
    model.set_params(learning_rate_multipliers=[0, 1, 1]).partial_fit(X, LABELS)
    np.testing.assert_array_equal(model.coefs_[0], before["coefs_0"])
    model.set_params(learning_rate_multipliers=None).partial_fit(X, LABELS)
    assert np.all(model.coefs_[0] != before["coefs_0"])


def test_compiled_fits_with_factors_and_without_follow_each_other():
    """In one process, with networks that are equal otherwise: layers unfrozen later, and the other way round.

    Factors above zero share a program; a frozen layer, or none, is another.
    """
    first = classifier(hidden_layer_sizes=(7, 8), learning_rate_multipliers=[0.1, 0.5, 1], warm_start=True)
    compiled, before = clone(first).set_params(backend="tensorflow"), compilation_count()
    for factors in ([0.1, 0.5, 1], None, [0, 0, 1], None, [3, 0.1, 1], [2, 1, 1]):
        for model in (first, compiled):
            model.set_params(learning_rate_multipliers=factors).fit(X, LABELS)
    assert compilation_count() - before == 3
    for ours, theirs in zip(first.coefs_, compiled.coefs_, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9)


def test_they_are_searched_cloned_and_pickled():
    grid = {"learning_rate_multipliers": [None, (0, 0, 1), [0.1, 0.1, 1]]}
    search = GridSearchCV(classifier(learning_rate_init=0.01), grid, cv=2).fit(X, LABELS)
    assert len(set(search.cv_results_["mean_test_score"])) > 1
    model = classifier(learning_rate_multipliers=np.array([0, 1, 1])).fit(X, LABELS)
    again = clone(pickle.loads(pickle.dumps(model))).fit(X, LABELS)
    np.testing.assert_array_equal(again.coefs_[1], model.coefs_[1])


class Unsloped(BatchNorm):
    """As a user's own, without a derivative for frozen layers."""

    slope = Normalization.slope


@pytest.mark.parametrize(
    ("message", "parameters"),
    [
        ("number >= 0 for each .* here 3, .* got \\[1, 1\\]; .*=\\(0, 0, 1\\)", {"learning_rate_multipliers": [1, 1]}),
        ("one > 0 at least, got \\(0, 0, 0\\)", {"learning_rate_multipliers": (0, 0, 0)}),
        ("number >= 0 .* got \\[1, -1, 1\\]", {"learning_rate_multipliers": [1, -1, 1]}),
        ("a finite number", {"learning_rate_multipliers": [1, np.nan, 1]}),
        ("a finite number", {"learning_rate_multipliers": ["a", "b", "c"]}),
        ("a finite number", {"learning_rate_multipliers": [[0], [0, 1], 1]}),
        (
            "must be 0 \\(frozen\\) or 1, got \\[0, 0.1, 1\\]",
            {"learning_rate_multipliers": [0, 0.1, 1], "solver": "lbfgs"},
        ),
        ("define a method slope", {"learning_rate_multipliers": [1, 0, 1], "normalization": Unsloped()}),
    ],
)
def test_bad_factors_are_refused_in_one_sentence(message, parameters):
    with pytest.raises(ValueError, match=message):
        classifier(**parameters).fit(X, LABELS)


def test_a_normalization_without_a_derivative_may_be_frozen_from_below():
    model = classifier(learning_rate_multipliers=[0, 0, 1], normalization=Unsloped()).fit(X, LABELS)
    np.testing.assert_array_equal(model.extra_weights_["mean_2"], np.zeros(6))
