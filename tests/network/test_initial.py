"""Initial weights: distributions against Keras', orthogonality, what fits an activation, callables."""

import inspect
import pickle

import numpy as np
import pytest
from scipy.stats import ks_2samp
from sklearn.base import clone
from sklearn.datasets import load_iris

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.activations import ReLU, activation_of
from sklearn_ann.initializers import INITIALIZERS, Orthogonal, VarianceScaling
from sklearn_ann.losses import LogLoss, SquaredError
from sklearn_ann.network.initial import initial_weights
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.runtime.arrays import numpy_namespace

# Two epochs are not to converge: what is looked at is where a fit begins.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SHAPE = (300, 80)
KERAS = {
    "glorot_uniform": "GlorotUniform",
    "glorot_normal": "GlorotNormal",
    "he_uniform": "HeUniform",
    "he_normal": "HeNormal",
    "lecun_uniform": "LecunUniform",
    "lecun_normal": "LecunNormal",
}


@pytest.mark.parametrize("name", KERAS)
def test_distributions_are_those_of_keras(name):
    from tensorflow import keras

    theirs = np.asarray(getattr(keras.initializers, KERAS[name])(seed=1)(SHAPE)).ravel()
    ours = INITIALIZERS[name].draw(*SHAPE, np.random.RandomState(0)).ravel()
    assert ks_2samp(ours, theirs).pvalue > 0.01
    np.testing.assert_allclose(np.abs(ours).max(), np.abs(theirs).max(), rtol=0.01)  # both end sharply
    assert ks_2samp(ours * 1.05, theirs).pvalue < 0.01, "the test is to notice five per cent"


@pytest.mark.parametrize("scale", [0.5, 3.0])
@pytest.mark.parametrize(("fan", "units"), [("in", 300), ("out", 80), ("mean", 190)])
@pytest.mark.parametrize("distribution", ["uniform", "normal", "truncated_normal"])
def test_variance_scaling_has_the_variance(scale, fan, units, distribution):
    weights = VarianceScaling(scale=scale, fan=fan, distribution=distribution).draw(*SHAPE, np.random.RandomState(0))
    np.testing.assert_allclose(weights.var(), scale / units, rtol=0.05)
    assert abs(weights.mean()) < 4 * np.sqrt(scale / units / weights.size)


def test_the_truncated_normal_of_the_textbook():
    weights = INITIALIZERS["truncated_normal"].draw(*SHAPE, np.random.RandomState(0))
    np.testing.assert_allclose(np.abs(weights).max(), 2 * 2 / np.sqrt(sum(SHAPE)), rtol=0.01)


@pytest.mark.parametrize("shape", [(30, 8), (8, 30), (5, 5), (1, 4)])
def test_orthogonal_rows_or_columns(shape):
    weights = Orthogonal(gain=3.0).draw(*shape, np.random.RandomState(0))
    products = weights @ weights.T if shape[0] < shape[1] else weights.T @ weights
    np.testing.assert_allclose(products, 9 * np.eye(min(shape)), atol=1e-12)


@pytest.mark.parametrize("activation", ["relu", "tanh", "selu", "elu"])
def test_what_fits_keeps_the_variance_through_ten_layers(activation):
    member = activation_of(activation)
    network = Network(200, (200,) * 10, (member.structure(),) * 10, Output(SquaredError(), (1,)), "float64")
    coefs, intercepts = initial_weights(network, np.random.RandomState(0), "auto")
    values = np.random.RandomState(1).normal(size=(200, 200))
    for coef, intercept in zip(coefs[:-1], intercepts[:-1], strict=True):
        assert not intercept.any()
        values = member.value(numpy_namespace, values @ coef + intercept, *member.hyper)
    # scikit-learn's weights leave a ReLU with 2 ** -10 of it
    assert 0.04 < np.mean(values**2) < 4


@pytest.mark.parametrize("initializer", ["he_normal", "auto", Orthogonal(gain=2.0), "keras", np.ones])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_fit_begins_there(initializer, dtype):
    X, y = load_iris(return_X_y=True)
    if initializer == "keras":
        from tensorflow import keras

        initializer = keras.initializers.HeNormal(seed=0)
    model = MLPClassifierTF((6,), kernel_initializer=initializer, dtype=dtype, random_state=3, learning_rate_init=1e-12)
    model.set_params(max_iter=1).fit(X, y)
    network = Network(4, (6,), (ReLU(),), Output(LogLoss().of_form("multiclass"), (3,)), dtype)
    expected = initial_weights(network, np.random.RandomState(3), INITIALIZERS.get(initializer, initializer))
    assert model.coefs_[0].dtype == dtype
    for ours, start in zip([*model.coefs_, *model.intercepts_], [*expected[0], *expected[1]], strict=True):
        np.testing.assert_allclose(ours, start, atol=1e-9)


@pytest.mark.parametrize(
    ("initializer", "sentence"),
    [
        ("he", "The 'kernel_initializer' parameter of MLPClassifierTF must be"),
        (VarianceScaling(scale=-1), "The 'scale' parameter of VarianceScaling must be"),
        (
            lambda shape: np.ones(3),
            r"must give finite real numbers of the shape that it is asked for, \(4, 6\), got shape \(3,\)",
        ),
        (lambda shape: np.full(shape, np.nan), "kernel_initializer must give finite real numbers"),
        (lambda shape: np.full(shape, 1j), "kernel_initializer must give finite real numbers"),
        (lambda shape: np.full(shape, "a"), "kernel_initializer must give finite real numbers"),
    ],
)
def test_bad_initializers_are_refused_in_one_sentence(initializer, sentence):
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=sentence):
        MLPClassifierTF((6,), kernel_initializer=initializer).fit(X, y)


@pytest.mark.parametrize("name", [*KERAS.values(), "Zeros", "Ones", "RandomNormal", "RandomUniform", "TruncatedNormal",
                                  "VarianceScaling", "Orthogonal", "Identity", "Constant"])  # fmt: skip
def test_initializers_of_keras_draw_as_in_keras_also_as_copies(name):
    from tensorflow import keras

    kind = getattr(keras.initializers, name)
    seeded = "seed" in inspect.signature(kind).parameters
    first, same = (kind(seed=7) if seeded else kind() for _ in range(2))
    network = Network(4, (6,), (ReLU(),), Output(SquaredError(), (1,)), "float32")
    model = clone(MLPRegressorTF((6,), kernel_initializer=first))
    for initializer in (first, model.kernel_initializer, pickle.loads(pickle.dumps(model)).kernel_initializer):
        coefs, intercepts = initial_weights(network, np.random.RandomState(0), initializer)
        for coef in coefs:
            np.testing.assert_array_equal(coef, same(coef.shape))
        assert not np.concatenate(intercepts).any()
    if seeded:
        assert not np.allclose(kind(seed=8)((4, 6)), same((4, 6)))
