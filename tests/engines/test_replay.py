"""Replayed steps are the steps themselves: equal bit for bit, and what cannot be recorded is called as it is."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.activations import ACTIVATIONS, Activation
from sklearn_ann.engines.numpy.replay import Replayed
from sklearn_ann.losses import CLASS_LOSSES, LOSSES, Quantile
from sklearn_ann.network.hyper import as_dtype
from sklearn_ann.network.layers import Layers, loss_and_gradient
from sklearn_ann.normalizations import NORMALIZATIONS
from sklearn_ann.runtime.arrays import numpy_namespace as xp
from sklearn_ann.runtime.tree import leaves

IRIS = load_iris(return_X_y=True)
CANCER_LIKE = IRIS[0], IRIS[1] == 1
DIABETES = load_diabetes(return_X_y=True)
COUNTS = DIABETES[0], np.round(DIABETES[1] / 20)
TWO_TARGETS = DIABETES[0], np.column_stack([DIABETES[1], np.sqrt(DIABETES[1])])


class Cubed(Activation):
    """As a user writes one."""

    name = "cubed"

    def value(self, xp, z):
        return z**3

    def slope(self, xp, z, value):
        return 3 * z**2


CASES = {
    **{f"activation {name}": (MLPClassifierTF, IRIS, {"activation": name}) for name in ACTIVATIONS if name != "rrelu"},
    **{f"classifier's {name}": (MLPClassifierTF, IRIS, {"loss": name}) for name in CLASS_LOSSES},
    **{f"binary {name}": (MLPClassifierTF, CANCER_LIKE, {"loss": name}) for name in CLASS_LOSSES},
    **{f"regressor's {name}": (MLPRegressorTF, COUNTS, {"loss": name}) for name in LOSSES},
    **{
        f"{name} norm": (MLPRegressorTF, DIABETES, {"normalization": name, "skip_connections": True})
        for name in NORMALIZATIONS
    },
    "label smoothing": (MLPClassifierTF, IRIS, {"label_smoothing": 0.1}),
    "a user's activation": (MLPClassifierTF, IRIS, {"activation": Cubed()}),
    "wide, auxiliary": (MLPRegressorTF, DIABETES, {"wide": [0, 3], "auxiliary_loss_weight": 0.3}),
    "several outputs": (
        MLPRegressorTF,
        TWO_TARGETS,
        {"loss": Quantile([0.1, 0.9]), "loss_weights": [1, 3], "output_activation": "tanh", "output_range": (-10, 400)},
    ),
    "frozen": (MLPRegressorTF, DIABETES, {"learning_rate_multipliers": [1, 0, 0.5], "normalization": "batch"}),
}


def step_of(estimator, X, y):
    """A function of weights and a batch, weights and a batch, as training has them."""
    estimator._waiting_fits = []
    estimator.fit(X, y)
    (fit,) = estimator._waiting_fits
    run, weights = fit.run, fit.start.state.weights
    layers, hyper = Layers(xp, run.network), as_dtype(run.hyper.network, run.network.dtype)

    def step(weights, x, y, shares):
        return loss_and_gradient(layers, weights, x, ((y, shares),), hyper)

    return step, weights, (run.X[:20].copy(), run.y[:20].copy(), np.full(20, 1 / 20, dtype=run.network.dtype))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", CASES)
def test_replayed_steps_are_equal_bit_for_bit(case, dtype):
    kind, data, settings = CASES[case]
    step, weights, batch = step_of(kind((6, 6), random_state=0, dtype=dtype, **settings), *data)
    random_state = np.random.RandomState(0)
    replayed = Replayed(step, weights)
    for call in range(14):
        rows = random_state.randint(len(batch[0]), size=len(batch[0]))
        batch[0][...], batch[1][...] = batch[0][rows], batch[1][rows]
        for array in leaves(weights):
            array += 0.01 * random_state.randn(*array.shape)
        with np.errstate(all="ignore"):
            expected = [np.copy(array) for array in leaves(step(weights, *batch))]
            found = list(leaves(replayed(*batch)))
        for a, b in zip(found, expected, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
        assert replayed.n_recorded == (call >= 10)


def everything(_, a, b):
    """Every operation that is written down, as formulas use them."""
    picked = np.where(a > 0, a, b * 2)
    picked[:, 0] = b[:, 1]
    turned = a.T.copy()
    turned -= turned.max(axis=0, keepdims=True) + turned.min(axis=0, keepdims=True)
    parts = [np.take(a, [0, 2], axis=1), a.clip(-0.5, 0.5), np.clip(b, 0, 1), a.reshape(2, -1).reshape(a.shape)]
    joined = np.concatenate([*parts, np.zeros_like(a) + b[..., :1], np.ones_like(b)], axis=-1)
    stacked = np.stack([a, b]).sum(axis=0) + np.sum(a, axis=-1, keepdims=True) + np.mean(b) + np.swapaxes(a.T, 0, 1)
    counts = np.argmax(a, axis=-1).astype("float64") + np.all(a > b, axis=-1)
    flipped = np.flip(np.cumsum(a, axis=-1), axis=-1) @ b.swapaxes(0, 1)
    inverse = np.divide(1.0, a, out=np.zeros_like(a), where=a > 0)
    return inverse, picked, turned, joined, stacked, counts, np.dot(a, b.T) + np.ndim(a) * len(b), flipped


def test_every_operation_is_written_down():
    a, b = np.zeros((4, 3)), np.zeros((4, 3))
    replayed, random_state = Replayed(everything, ()), np.random.RandomState(0)
    for _ in range(14):
        a[...], b[...] = random_state.randn(2, 4, 3)
        for found, expected in zip(replayed(a, b), everything((), a, b), strict=True):
            np.testing.assert_array_equal(found, expected)
    assert replayed.n_recorded == 1


@pytest.mark.parametrize(
    "function",
    [
        lambda _, a: a * 2 if a.sum() > 0 else a * 3,
        lambda _, a: a * float(a.max()),
        lambda _, a: a + np.asarray(a),
        lambda _, a: a + np.array([row for row in a]),
        lambda _, a: np.sort(a),
        lambda _, a: np.linalg.norm(a) * a,
        lambda _, a: a[[2, 0]],
        lambda _, a: np.divide(1.0, a, out=np.zeros(3), where=a > 0),
        lambda _, a: np.add.accumulate(a),
        lambda _, a: a.tolist(),
    ],
)
def test_what_depends_on_values_is_called_as_it_is(function):
    a = np.zeros(3)
    replayed, random_state = Replayed(function, ()), np.random.RandomState(0)
    for _ in range(14):
        a[...] = random_state.randn(3)
        np.testing.assert_array_equal(replayed(a), function((), a))
    assert replayed.n_recorded == 0


def test_a_functions_own_error_is_raised():
    calls = []

    def function(_, a):
        calls.append(a)
        if len(calls) >= 10:
            raise RuntimeError("as in the function")
        return a + 1

    a = np.zeros(3)
    replayed = Replayed(function, ())
    for _ in range(9):
        replayed(a)
    with pytest.raises(RuntimeError, match="as in the function"):
        replayed(a)


def test_random_numbers_are_drawn_anew_in_every_call():
    """NumPy's generators see no traced array, so that a recording would repeat one draw for ever."""
    random_state = np.random.RandomState(0)
    replayed = Replayed(lambda _, a: a * random_state.uniform(), ())
    ones = np.ones(3)
    found = [float(replayed(ones)[0]) for _ in range(30)]
    assert replayed.n_recorded == 0
    assert len(set(found)) == 30


class Noisy(Activation):
    """As a user writes one whose values are random."""

    name = "noisy"
    drawn = np.random.RandomState(0)
    factors = []

    def value(self, xp, z):
        self.factors.append(self.drawn.uniform(0.9, 1.1))
        return z * self.factors[-1]

    def slope(self, xp, z, value):
        return self.factors[-1]


class Late(Activation):
    """As a user writes one that goes another way after a while."""

    name = "late"
    factors = []

    def value(self, xp, z):
        self.factors.append(1.0 if len(self.factors) < 30 else 0.5)
        return z * self.factors[-1]

    def slope(self, xp, z, value):
        return self.factors[-1]


def test_a_user_s_activation_is_called_in_every_step_however_long_it_has_repeated_itself():
    Late.factors.clear()
    model = MLPClassifierTF((4,), activation=Late(), max_iter=40, backend="numpy", random_state=0)
    with pytest.warns(ConvergenceWarning):
        model.fit(*IRIS)
    assert len(Late.factors) == 1 + 40  # the trial before training, and a batch in each epoch


def test_a_user_s_random_activation_draws_in_every_step():
    Noisy.factors.clear()
    model = MLPClassifierTF((4,), activation=Noisy(), max_iter=40, backend="numpy", random_state=0)
    with pytest.warns(ConvergenceWarning):
        model.fit(*IRIS)
    assert len(Noisy.factors) >= 40
    assert len(set(Noisy.factors)) == len(Noisy.factors)


@pytest.mark.parametrize(
    "function",
    [
        lambda _, a, own: np.multiply(a, 2, out=own) + 0,
        lambda _, a, own: np.where(a > 0)[0] + 0,
        lambda _, a, own: np.modf(a)[0],
    ],
)
def test_what_writes_elsewhere_or_has_other_results_is_called_as_it_is(function):
    a, own = np.zeros(3), np.zeros(3)
    replayed, random_state = Replayed(lambda always, a: function(always, a, own), ()), np.random.RandomState(0)
    for _ in range(14):
        a[...] = random_state.randn(3)
        np.testing.assert_array_equal(replayed(a), function((), a, own))
    assert replayed.n_recorded == 0


def test_large_results_are_not_kept():
    a = np.zeros(300_000)
    replayed = Replayed(lambda _, a: (a + 1) * 2, ())
    for value in range(14):
        a[...] = value
        assert np.all(replayed(a) == (value + 1) * 2)
    assert replayed.n_recorded == 0


def test_more_sets_of_arrays_than_are_kept():
    sets = [np.zeros(3) for _ in range(20)]
    replayed = Replayed(lambda _, a: a + 1, ())
    for value in range(30):
        for a in sets:
            a[...] = value
            np.testing.assert_array_equal(replayed(a), a + 1)
    for _ in range(14):
        assert replayed(sets[0])[0] == 30
    assert replayed.n_recorded == 1
