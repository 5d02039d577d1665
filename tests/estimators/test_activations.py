"""Activations with settings and one per layer, from the parameter to the predictions."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.activations import CELU, ELU, Activation, LeakyReLU, RReLU, Threshold
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.programs import compilation_count

RNG = np.random.RandomState(0)
X = RNG.normal(size=(60, 4))
Y = np.sin(X).sum(axis=1)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # a few epochs are enough


def regressor(activation, **settings):
    settings = {"hidden_layer_sizes": (5, 4, 3), "solver": "sgd", "max_iter": 5, "random_state": 0} | settings
    return MLPRegressorTF(activation=activation, **settings)


def trained_by_numpy(activations, start, n_steps, rate, alpha):
    """Gradient descent on all rows: activations as (value, slope) pairs of functions of z, Nesterov left out."""
    coefs, intercepts = ([np.array(array) for array in group] for group in start)
    y = Y[:, None]
    for _ in range(n_steps):
        outputs, raws = [X], []
        for coef, intercept, (value, _) in zip(coefs, intercepts, [*activations, (lambda z: z, None)], strict=True):
            raws.append(outputs[-1] @ coef + intercept)
            outputs.append(value(raws[-1]))
        delta = (outputs[-1] - y) / len(X)
        for layer in reversed(range(len(coefs))):
            of_coef = outputs[layer].T @ delta + alpha * coefs[layer] / len(X)
            of_intercept = delta.sum(axis=0)
            if layer:
                delta = delta @ coefs[layer].T * activations[layer - 1][1](raws[layer - 1])
            coefs[layer] -= rate * of_coef
            intercepts[layer] -= rate * of_intercept
    return coefs, intercepts, outputs[-1][:, 0]


def leaky(slope):
    return lambda z: np.where(z > 0, z, slope * z), lambda z: np.where(z > 0, 1.0, slope)


def elu(alpha):
    return lambda z: np.where(z > 0, z, alpha * np.expm1(z)), lambda z: np.where(z > 0, 1.0, alpha * np.exp(z))


def celu(alpha):
    return lambda z: np.where(z > 0, z, alpha * np.expm1(z / alpha)), lambda z: np.where(z > 0, 1.0, np.exp(z / alpha))


def threshold(above, otherwise):
    return lambda z: np.where(z > above, z, otherwise), lambda z: np.where(z > above, 1.0, 0.0)


LINEAR = (lambda z: z, np.ones_like)
TANH = (np.tanh, lambda z: 1 - np.tanh(z) ** 2)


@pytest.mark.parametrize(
    ("activation", "functions"),
    [
        (LeakyReLU(0.05), [leaky(0.05)] * 3),
        ("leaky_relu", [leaky(0.2)] * 3),
        ([ELU(0.3), "tanh", LeakyReLU(negative_slope=0.5)], [elu(0.3), TANH, leaky(0.5)]),
        (("elu", "tanh", LeakyReLU(0.0)), [elu(1.0), TANH, leaky(0.0)]),
        ([CELU(0.5), "linear", Threshold(0.1, -0.2)], [celu(0.5), LINEAR, threshold(0.1, -0.2)]),
    ],
    ids=["object", "name", "list", "tuple", "others"],
)
def test_training_equals_numpy(activation, functions):
    settings = {"batch_size": 60, "momentum": 0.0, "learning_rate_init": 0.05, "alpha": 0.1}
    model = regressor(activation, **settings, max_iter=1)
    model.fit(X, Y)
    first = model.coefs_, model.intercepts_  # after one step; the other four have to be those of NumPy
    model = regressor(activation, **settings, warm_start=True, max_iter=1).fit(X, Y).set_params(max_iter=4).fit(X, Y)
    coefs, intercepts, _ = trained_by_numpy(functions, first, 4, 0.05, 0.1)
    for ours, theirs in zip([*model.coefs_, *model.intercepts_], [*coefs, *intercepts], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
    *_, last = trained_by_numpy(functions, (model.coefs_, model.intercepts_), 1, 0.0, 0.0)
    np.testing.assert_allclose(model.predict(X), last, rtol=1e-12)


def test_each_layer_starts_from_what_fits_it():
    mixed = regressor(["logistic", "relu", "tanh"], max_iter=1, learning_rate_init=1e-12).fit(X, Y)
    bounds = [np.sqrt(factor / fans) for factor, fans in ((2, 4 + 5), (6, 5 + 4), (6, 4 + 3), (6, 3 + 1))]
    for coef, bound in zip(mixed.coefs_, bounds, strict=True):
        assert 0.6 * bound < np.abs(coef).max() < bound + 1e-9


def test_a_random_slope_is_the_mean_slope_where_the_bounds_meet_and_another_in_training_elsewhere():
    still = regressor(RReLU(0.25, 0.25)).fit(X, Y)
    np.testing.assert_array_equal(still.predict(X), regressor(LeakyReLU(0.25)).fit(X, Y).predict(X))
    random = regressor(RReLU(0.1, 0.4)).fit(X, Y)
    assert abs(random.loss_curve_[0] / still.loss_curve_[0] - 1) < 0.2
    assert random.loss_curve_ != still.loss_curve_
    # predictions go by the mean of the bounds
    by_hand = regressor(LeakyReLU(0.25)).fit(X, Y)
    by_hand.coefs_, by_hand.intercepts_ = random.coefs_, random.intercepts_
    np.testing.assert_array_equal(random.predict(X), by_hand.predict(X))


def test_settings_are_searched_without_a_new_program_and_survive_clone_and_pickle():
    model = regressor([LeakyReLU(0.1), "tanh", ELU()]).fit(X, Y)
    before = compilation_count()
    others = [regressor([LeakyReLU(slope), "tanh", ELU(alpha=2.0)]).fit(X, Y) for slope in (0.0, 0.3)]
    assert compilation_count() == before
    assert not np.allclose(others[0].predict(X), others[1].predict(X))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))
    np.testing.assert_array_equal(clone(model).fit(X, Y).predict(X), model.predict(X))
    single = regressor(LeakyReLU()).set_params(activation__negative_slope=0.4)
    assert single.activation == LeakyReLU(0.4)


def test_an_alias_is_the_activation_itself():
    plain = regressor("logistic", solver="adam").fit(X, Y)
    before = compilation_count()
    np.testing.assert_array_equal(regressor("sigmoid", solver="adam").fit(X, Y).predict(X), plain.predict(X))
    assert compilation_count() == before


def test_hyperparameters_go_in_by_the_order_of_hyper_names():
    """The parameters of an object come in alphabetical order; the formulas take another."""

    class Bent(Activation):
        hyper_names = ("up", "left")

        def __init__(self, left=0.0, up=0.0):
            self.left = left
            self.up = up

        def value(self, xp, z, up, left):
            return xp.where(z > 0, up * z, left * z)

        def slope(self, xp, z, value, up, left):
            return xp.where(z > 0, up, left * xp.ones_like(z))

    bent, same = regressor(Bent(left=0.1, up=1.0)).fit(X, Y), regressor(LeakyReLU(0.1)).fit(X, Y)
    np.testing.assert_allclose(bent.predict(X), same.predict(X), rtol=1e-12)
    np.testing.assert_allclose(bent.coefs_[0], same.coefs_[0], rtol=1e-12)


def test_lbfgs_and_validation_rows_use_the_settings():
    ours = regressor([ELU(0.5), ELU(0.5), LeakyReLU(0.2)], solver="lbfgs", max_iter=30).fit(X, Y)
    again = trained_by_numpy([elu(0.5), elu(0.5), leaky(0.2)], (ours.coefs_, ours.intercepts_), 1, 0.0, 0.0)[2]
    np.testing.assert_allclose(ours.predict(X), again, rtol=1e-12)
    watched = regressor(LeakyReLU(0.7)).fit(X, Y, X_val=X, y_val=Y)
    error = watched.predict(X) - Y
    assert watched.validation_loss_curve_[-1] == pytest.approx(0.5 * np.mean(error**2), rel=1e-12)


def test_classifiers_take_them_too():
    model = MLPClassifierTF((6,), activation=RReLU(), max_iter=300, learning_rate_init=0.02, random_state=0)
    assert model.fit(X, Y > 0).score(X, Y > 0) > 0.9


@pytest.mark.parametrize(
    ("activation", "match"),
    [
        (LeakyReLU(2.0), "negative_slope"),
        (ELU(alpha=0.0), "alpha"),
        (RReLU(0.4, 0.1), "lower <= upper"),
        (["relu", "tanh"], "one per hidden layer, here 3, got 2"),
        (["relu", "tanh", "selfu"], "got 'selfu' in it"),
        (["relu", LeakyReLU, "tanh"], "an object of sklearn_ann.activations"),
        ("selfu", "activation"),
        (LeakyReLU, "activation"),
    ],
    ids=str,
)
def test_bad_activations_are_refused_in_one_sentence(activation, match):
    with pytest.raises(ValueError, match=match):
        regressor(activation).fit(X, Y)


def test_lbfgs_refuses_a_random_slope():
    with pytest.raises(ValueError, match="RReLU"):
        regressor(RReLU(), solver="lbfgs").fit(X, Y)


def wave(z):
    """A callable that pickles."""
    return tf.sin(2 * z)


WAVE = (lambda z: np.sin(2 * z), lambda z: 2 * np.cos(2 * z))


def test_a_function_of_a_tensor_is_trained_as_by_numpy_and_predicts_the_same_afterwards():
    functions = [WAVE, TANH, TANH]
    model = regressor(
        [wave, "tanh", keras.activations.tanh],
        batch_size=60,
        momentum=0.0,
        learning_rate_init=0.05,
        alpha=0.1,
        warm_start=True,
    )
    model.set_params(max_iter=1).fit(X, Y)
    first = model.coefs_, model.intercepts_
    before = compilation_count()
    model.fit(X, Y)
    assert compilation_count() == before, "the same function, the same program"
    coefs, *_ = trained_by_numpy(functions, first, 1, 0.05, 0.1)
    for ours, theirs in zip(model.coefs_, coefs, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
    expected = trained_by_numpy(functions, (model.coefs_, model.intercepts_), 1, 0.0, 0.0)[2]
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-12)
    for copied in (pickle.loads(pickle.dumps(model)), clone(model).set_params(warm_start=False, max_iter=2)):
        if not hasattr(copied, "coefs_"):
            copied.fit(X, Y)
        else:
            np.testing.assert_array_equal(copied.predict(X), model.predict(X))


def test_a_function_of_all_units_of_a_layer_is_validated_and_minimised_by_lbfgs():
    softmax = keras.activations.softmax
    model = regressor(["tanh", softmax, "relu"], dtype="float32").fit(X, Y, X_val=X, y_val=Y)
    error = model.predict(X) - Y
    assert model.validation_loss_curve_[-1] == pytest.approx(0.5 * np.mean(error**2), rel=1e-5)
    model = regressor(softmax, hidden_layer_sizes=(5,), solver="lbfgs", max_iter=30).fit(X, Y)
    raw = np.exp(X @ model.coefs_[0] + model.intercepts_[0])
    shares = raw / raw.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict(X), shares @ model.coefs_[1][:, 0] + model.intercepts_[1], rtol=1e-10)
    assert model.loss_ < 0.9 * 0.5 * Y.var()


def test_a_function_may_hold_a_tensor():
    slope = tf.constant(0.3, tf.float64)
    ours = regressor(lambda z: tf.where(z > 0, z, slope * z)).fit(X, Y)
    np.testing.assert_allclose(ours.predict(X), regressor(LeakyReLU(0.3)).fit(X, Y).predict(X), rtol=1e-12)


class Unhashable:
    __hash__ = None

    def __call__(self, z):
        return z


@pytest.mark.parametrize(
    ("activation", "sentence"),
    [
        (
            lambda z: z[:, :1],
            r"must map a tensor of shape \(..., 5\) .* got shape \(3, 1\) and dtype float64 for 3 rows",
        ),
        (lambda z: tf.cast(z, tf.float32), r"got shape \(3, 5\) and dtype float32"),
        (np.tanh, "got NotImplementedError .* write it with TensorFlow's or Keras' functions"),
        (lambda z: 3.0, r"got shape \(\) and dtype float32"),
        (["relu", keras.layers.PReLU(), "relu"], "got variables, which would not be trained"),
        (Unhashable(), "activation must be hashable if it is a callable"),
    ],
    ids=["shape", "dtype", "numpy", "number", "variables", "unhashable"],
)
def test_a_function_that_gives_something_else_is_refused_in_one_sentence(activation, sentence):
    before = compilation_count()
    with pytest.raises(ValueError, match=sentence):
        regressor(activation).fit(X, Y)
    assert compilation_count() == before
