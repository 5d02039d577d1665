"""L-BFGS on the loss of either engine: one value for any number of batches and blocks."""

import numpy as np
from scipy import sparse

from sklearn_ann.activations import Tanh
from sklearn_ann.data import rows as rows_module
from sklearn_ann.engines.lbfgs import minimize
from sklearn_ann.engines.numpy import lbfgs as numpy_lbfgs
from sklearn_ann.engines.tensorflow import lbfgs
from sklearn_ann.losses import SquaredError
from sklearn_ann.network.hyper import NetworkHyper
from sklearn_ann.network.initial import initial_weights
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights

RNG = np.random.RandomState(0)
X = RNG.normal(size=(90, 4))
X[np.abs(X) < 0.3] = 0
Y = (X[:, :2] ** 2 + RNG.normal(scale=0.1, size=(90, 2))).astype(np.float64)
WEIGHTS = RNG.uniform(size=90)
NETWORK = Network(4, (5,), (Tanh(),), Output(SquaredError(), (2,)), "float64")


def _minimum(X=X, network=NETWORK, max_iter=5, sums_for=numpy_lbfgs.sums_for, **changes):
    start = Weights(*map(tuple, initial_weights(network, np.random.RandomState(0))))
    settings = {"alpha": 0.1, "tol": 1e-8, "max_iter": max_iter, "max_fun": 1000, "verbose": False}
    settings |= {"hyper": NetworkHyper(activations=((),))}
    return minimize(sums_for, network, start, X, Y, WEIGHTS, **{**settings, **changes})


def test_batches_and_streamed_blocks_change_nothing_but_rounding(monkeypatch):
    whole = _minimum(sums_for=lbfgs.sums_for("/CPU:0"))
    monkeypatch.setattr(lbfgs, "_BATCH_ROWS", 16)
    in_batches = _minimum(sums_for=lbfgs.sums_for("/CPU:0"))
    monkeypatch.setattr(lbfgs, "BLOCK_BYTES", 20 * 4 * 8)
    monkeypatch.setattr(rows_module, "BLOCK_BYTES", 20 * 4 * 8)
    streamed = _minimum(sparse.csr_matrix(X), sums_for=lbfgs.sums_for("/CPU:0"))
    in_numpy = _minimum()
    monkeypatch.setattr(numpy_lbfgs, "_BLOCK_NUMBERS", 1)
    monkeypatch.setattr(numpy_lbfgs, "_SMALLEST_BLOCK", 16)
    for other in (in_batches, streamed, in_numpy, _minimum(), _minimum(sparse.csr_matrix(X))):
        assert other.n_iter == whole.n_iter
        for a, b in zip(whole.weights.coefs, other.weights.coefs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10)


def test_the_weights_keep_the_networks_dtype_and_the_computation_float64():
    single = Network(4, (5,), (Tanh(),), Output(SquaredError(), (2,)), "float32")
    minimum = _minimum(network=single)
    assert {array.dtype for group in minimum.weights for array in group} == {np.dtype("float32")}
    # the same path but for the start, which was rounded to float32
    np.testing.assert_allclose(minimum.loss, _minimum().loss, rtol=1e-5)


def test_limits_are_reported_as_not_converged():
    assert not _minimum(max_iter=2).converged
    assert not _minimum(max_fun=3).converged
    assert _minimum(max_iter=1000, tol=0.1).converged


def test_verbose_prints_a_line_per_iteration(capsys):
    n_iter = _minimum(verbose=True).n_iter
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == n_iter
    assert all(line.startswith("L-BFGS loss = ") for line in lines)


def test_a_normal_run_prints_nothing(capsys):
    _minimum()
    assert capsys.readouterr().out == ""
