"""What frozen layers give is computed once: the fit is the same, to rounding, as one that computes it in every step."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_iris

from sklearn_ann import MLPClassifierTF
from sklearn_ann.activations import ReLU
from sklearn_ann.augmentations import Augmentation
from sklearn_ann.callbacks import Callback, Checkpoint
from sklearn_ann.engines.frozen import layers_above, minimize_above_frozen, n_constant_layers
from sklearn_ann.engines.lbfgs import minimize
from sklearn_ann.engines.numpy.lbfgs import sums_for
from sklearn_ann.losses import SquaredError
from sklearn_ann.network.hyper import NetworkHyper
from sklearn_ann.network.initial import initial_weights
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # a few epochs are enough

X, LABELS = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)


class Nothing(Augmentation):
    """Rows that might change, but do not: of a network's layers nothing can be kept."""

    def change(self, xp, batch, uniform):
        return batch


def network(**parameters):
    """One with noise, so that a seed is drawn with and without an augmentation."""
    settings = {
        "hidden_layer_sizes": (8, 7, 6),
        "dropout": [0, 0.3, 0.2],
        "learning_rate_multipliers": [0, 0, 0.5, 1],
        "max_iter": 4,
        "batch_size": 40,
        "random_state": 0,
        "backend": "numpy",
    }
    return MLPClassifierTF(**{**settings, **parameters})


def assert_same(ours, theirs, rtol=1e-9):
    for name in ("coefs_", "intercepts_"):
        for a, b in zip(getattr(ours, name), getattr(theirs, name), strict=True):
            np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)
    for name, array in theirs.extra_weights_.items():
        np.testing.assert_allclose(ours.extra_weights_[name], array, rtol=rtol, atol=rtol)
    for name in ("loss_curve_", "validation_scores_", "validation_loss_curve_"):
        if getattr(theirs, name) is not None:
            np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=rtol)


CASES = {
    "plain": {},
    "parts": {"normalization": "batch", "activation": "prelu", "averaging": 0.5, "solver": "sgd"},
    "skipped": {"hidden_layer_sizes": (7, 7, 7), "skip_connections": True, "normalization": "layer"},
    "early stopping": {"early_stopping": True, "auxiliary_loss_weight": 0.2, "auxiliary_layer": 3},
    "a host's score": {"early_stopping": True, "scoring": "neg_log_loss", "deep": [2, 0, 3]},
    "only the output": {"learning_rate_multipliers": [0, 0, 0, 1], "dropout": [0, 0, 0.2], "global_clipnorm": 0.3},
}


@pytest.mark.parametrize("case", CASES)
def test_the_fit_is_that_without_the_cache(case):
    parameters = CASES[case]
    ours = network(**parameters).fit(X, LABELS)
    assert_same(ours, network(**parameters, augmentation=Nothing()).fit(X, LABELS))


def test_the_compiled_fit_is_that_without_the_cache():
    ours = network(backend="tensorflow").fit(X, LABELS)
    assert_same(ours, network(backend="tensorflow", augmentation=Nothing()).fit(X, LABELS))


def test_sparse_rows_and_given_validation_rows():
    rows = np.where(np.abs(X) > 0.5, X, 0)
    given = {"X_val": sparse.csr_array(rows[::2]), "y_val": LABELS[::2]}
    ours = network().fit(sparse.csr_array(rows), LABELS, **given)
    given["X_val"] = rows[::2]
    assert_same(ours, network(augmentation=Nothing()).fit(rows, LABELS, **given))


def test_partial_fit_goes_on_with_the_memory_of_all_layers():
    ours, theirs = network(), network(augmentation=Nothing())
    for factors in (None, [0, 0, 0.5, 1], [0, 0, 0, 1], None):
        for model in (ours, theirs):
            model.set_params(learning_rate_multipliers=factors).partial_fit(X, LABELS, classes=range(3))
    assert_same(ours, theirs)


def test_lbfgs_is_that_without_the_cache():
    net, rng = of((1, 2), skip=True), np.random.RandomState(0)
    weights = Weights(*map(tuple, initial_weights(net, rng)))
    problem = (sums_for, net, weights, X, X[:, :1] * X[:, 1:2], rng.uniform(size=len(X)))
    settings = {"hyper": NetworkHyper(((),) * 3), "alpha": 0.1, "tol": 0.0, "max_iter": 9, "max_fun": 99}
    settings["verbose"] = False
    seen = []
    ours = minimize_above_frozen(*problem, **settings, on_iteration=lambda now, _: seen.append(now))
    theirs = minimize(*problem, **settings)
    assert (ours.n_iter, len(seen)) == (theirs.n_iter, theirs.n_iter)
    for a, b, c in zip(ours.weights.coefs, theirs.weights.coefs, seen[-1].coefs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)  # the line search magnifies rounding
        np.testing.assert_array_equal(a, c)


class Look(Callback):
    """What callbacks see after each epoch."""

    def begin(self, context):
        self.shapes, self.scores = [], []

    def epoch_end(self, context):
        self.shapes.append([coef.shape for coef in context.weights.coefs])
        self.scores.append(context.model.predict_proba(X))
        self.diagnostics = context.layer_diagnostics(20)


@pytest.mark.parametrize("backend", ["numpy", "tensorflow"])
def test_callbacks_see_whole_networks_and_change_nothing(backend):
    look = Look()
    ours = network(backend=backend).set_callbacks(look).fit(X, LABELS)
    assert look.shapes == [[coef.shape for coef in ours.coefs_]] * 4
    np.testing.assert_array_equal(look.scores[-1], ours.predict_proba(X))
    assert [bool(np.any(each)) for each in look.diagnostics.gradients.coefs] == [False, False, True, True]
    plain = network(backend=backend).fit(X, LABELS)
    for a, b in zip(ours.coefs_, plain.coefs_, strict=True):
        np.testing.assert_array_equal(a, b)


class Stop(Callback):
    def epoch_end(self, context):
        return context.epoch >= 2


def test_a_fit_resumes_exactly(tmp_path):
    whole = network().fit(X, LABELS)
    network().set_callbacks(Checkpoint(tmp_path), Stop()).fit(X, LABELS)
    resumed = network().set_callbacks(Checkpoint(tmp_path)).fit(X, LABELS, resume=True)
    for a, b in zip(resumed.coefs_, whole.coefs_, strict=True):
        np.testing.assert_array_equal(a, b)


class Counting(ReLU):
    """Counts the rows that pass."""

    n_rows = 0

    def value(self, xp, z):
        Counting.n_rows += z.shape[0] * (z.shape[0] > 3)  # checks before training take three
        return super().value(xp, z)


def test_a_row_goes_through_the_frozen_layers_once():
    Counting.n_rows = 0
    network(activation=[Counting(), "relu", "relu"], max_iter=10).fit(X, LABELS)
    assert Counting.n_rows == len(X)


def test_outputs_that_take_far_more_memory_than_the_rows_are_not_kept():
    net, hyper = of((1,)), NetworkHyper(((),) * 3)
    assert layers_above(net, hyper, [sparse.csr_array((10**7, 4))], np.float64) is None
    assert layers_above(net, hyper, [sparse.csr_array((10**4, 4))], np.float64).n_layers == 1


def of(frozen, **parts):
    return Network(4, (5, 5, 5), (ReLU(),) * 3, Output(SquaredError(), (1,)), "float64", frozen=frozen, **parts)


@pytest.mark.parametrize(
    ("network", "n_layers"),
    [
        (of(()), 0),
        (of((1,)), 1),
        (of((1, 2)), 2),
        (of((1, 3)), 1),
        (of((2, 3)), 0),
        (of((1, 2, 3)), 3),
        (of((1, 2), wide=(0,)), 0),
        (of((1, 2, 3), auxiliary=2), 1),
        (of((1, 2), auxiliary=3), 2),
        (of((1, 2), noise=((0, "gaussian"),)), 0),
        (of((1, 2), noise=((1, "dropout"),)), 1),
        (of((1, 2), noise=((2, "dropout"),)), 2),
        (of((1, 2), noise=((2, "dropout"),), skip=True), 1),
        (of((1, 2), noise=((3, "dropout"),)), 2),
    ],
)
def test_which_layers_give_the_same_in_every_epoch(network, n_layers):
    assert n_constant_layers(network) == n_layers
