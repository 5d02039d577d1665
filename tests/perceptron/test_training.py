"""Both engines against a loop of ten lines: shortcuts change nothing, and numbers do not recompile the program."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scipy import sparse

from sklearn_ann.perceptron.problem import BinaryProblem, Settings
from sklearn_ann.perceptron.training import train_perceptrons
from sklearn_ann.runtime.programs import compilation_count


def data(n_rows=203, n_features=7, dtype=np.float64, seed=0):
    rng = np.random.RandomState(seed)
    X = np.where(rng.rand(n_rows, n_features) < 0.6, rng.normal(size=(n_rows, n_features)), 0).astype(dtype)
    target = np.sign(X.sum(axis=1) + 0.5 * rng.normal(size=n_rows) + 0.1)
    return X, target, rng.permutation(n_rows).astype(np.int32), rng.uniform(0.5, 2, n_rows)


def problem(X, target, permutation, step):
    return BinaryProblem(target, step, permutation, np.zeros(X.shape[1]), 0.0)


def naive(X, target, permutation, step, epochs, intercept_rate=1.0):
    w, b, order = np.zeros(X.shape[1]), 0.0, np.arange(len(X))
    mistakes = []
    for _ in range(epochs):
        order = order[permutation]
        mistakes.append(0)
        for i in order:
            if target[i] * (X[i] @ w + b) <= 0:
                w = w + target[i] * step[i] * X[i]
                b += target[i] * step[i] * intercept_rate
                mistakes[-1] += 1
    return w, b, mistakes


EIGHT = Settings(max_epochs=8, tol=-np.inf, n_iter_no_change=5)
COMPILED = partial(Settings, backend="tensorflow")
on_both_engines = pytest.mark.parametrize("backend", ["numpy", "tensorflow"])


@on_both_engines
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dense_rows_equal_the_loop(dtype, backend):
    X, *rest = data(dtype=dtype)
    (result,) = train_perceptrons(X, [problem(X, *rest)], replace(EIGHT, backend=backend))
    w, b, mistakes = naive(X, *rest, epochs=8)
    rtol = 1e-11 if dtype == np.float64 else 1e-4  # single updates are rounded to the dtype of the weights
    np.testing.assert_allclose(result.weights, w, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(result.intercept, b, rtol=rtol)
    assert result.mistakes.tolist() == mistakes
    assert result.weights.dtype == dtype


@on_both_engines
@pytest.mark.parametrize("density", [0.02, 0.6])
def test_csr_rows_of_all_lengths_equal_the_loop(density, backend):
    X, target, permutation, step = data(n_rows=150, n_features=90)
    X[np.random.RandomState(1).rand(*X.shape) > density] = 0
    X[5], X[6] = 1, 0  # a row longer than a chunk, and one without entries
    settings = Settings(max_epochs=4, tol=-np.inf, n_iter_no_change=5, intercept_rate=0.01, backend=backend)
    (result,) = train_perceptrons(sparse.csr_array(X), [problem(X, target, permutation, step)], settings)
    w, b, mistakes = naive(X, target, permutation, step, 4, intercept_rate=0.01)
    np.testing.assert_allclose(result.weights, w, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(result.intercept, b, rtol=1e-11)
    assert result.mistakes.tolist() == mistakes


@on_both_engines
def test_calls_of_one_epoch_equal_one_call(backend):
    X, *rest = data()
    settings = replace(EIGHT, backend=backend)
    whole = train_perceptrons(X, [problem(X, *rest)], settings)[0]
    seen = []
    parts = train_perceptrons(
        X, [problem(X, *rest)], settings, report=lambda k, epoch, result: seen.append((k, epoch))
    )[0]
    np.testing.assert_allclose(parts.weights, whole.weights, rtol=1e-12)
    np.testing.assert_array_equal(parts.mistakes, whole.mistakes)
    assert seen == [(0, epoch) for epoch in range(1, 9)]


@on_both_engines
def test_held_out_rows_teach_nothing(backend):
    X, target, permutation, step = data()
    settings = replace(EIGHT, backend=backend)
    mask = np.zeros(len(X), dtype=bool)
    mask[::7] = True
    held_out = train_perceptrons(
        X, [problem(X, target, permutation, step)], settings, [np.flatnonzero(mask)], np.ones(len(X))
    )[0]
    absent = train_perceptrons(X, [problem(X, target, permutation, np.where(mask, 0, step))], settings)[0]
    np.testing.assert_allclose(held_out.weights, absent.weights, rtol=1e-12)
    right = (X[mask] @ held_out.weights + held_out.intercept > 0) == (target[mask] > 0)
    np.testing.assert_allclose(held_out.scores[-1], right.mean())


def test_numbers_and_row_counts_do_not_recompile():
    eight = replace(EIGHT, backend="tensorflow")
    train_perceptrons(*_fit(200, 3), eight)
    before = compilation_count()
    for n_rows, n_problems, settings in [
        (201, 3, eight),
        (256, 5, COMPILED(max_epochs=30, tol=1e-3, n_iter_no_change=2, eta=0.1, intercept_rate=0.0)),
        (140, 4, COMPILED(max_epochs=1000, tol=0.0, n_iter_no_change=9)),
    ]:
        train_perceptrons(*_fit(n_rows, n_problems), settings)
    assert compilation_count() == before


def _fit(n_rows, n_problems):
    X, *rest = data(n_rows)
    return X, [problem(X, *rest)] * n_problems


def test_a_csr_row_may_name_a_column_twice():
    twice = sparse.csr_array((np.array([1.0, 2.0, 4.0]), np.array([0, 0, 1]), np.array([0, 2, 3])), shape=(2, 2))
    rest = (np.array([1.0, -1.0]), None, np.ones(2))
    X = twice.toarray()
    expected = naive(X, rest[0], np.arange(2), rest[2], 8)
    for backend in ("numpy", "tensorflow"):
        (result,) = train_perceptrons(twice, [problem(X, *rest)], replace(EIGHT, backend=backend))
        np.testing.assert_array_equal(result.weights, expected[0])
        assert result.mistakes.tolist() == expected[2]
    assert twice.nnz == 3
