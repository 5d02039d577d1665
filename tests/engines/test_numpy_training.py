"""The NumPy engine where it has ways of its own: members that leave, sparse rows, interruptions."""

import gc
import tracemalloc

import numpy as np
import pytest
from scipy import sparse

from sklearn_ann import MLPClassifierTF
from sklearn_ann.callbacks import Callback, Checkpoint
from sklearn_ann.engines.numpy.step import Step

# of short fits, and of Ctrl-C
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:Training interrupted by user"),
]

RNG = np.random.RandomState(0)
X = RNG.randn(60, 7)
Y = (X[:, 0] + X[:, 1] + RNG.randn(60) > 0).astype(int)


def ensemble(**parameters):
    """Of four members, which stop in different epochs."""
    settings = {"tol": 0.01, "n_iter_no_change": 2, "learning_rate_init": 0.03, "batch_size": 16, "n_estimators": 4}
    return MLPClassifierTF((5,), random_state=0, backend="numpy", **{**settings, **parameters})


def assert_equal(ours, theirs, **tolerance):
    for a, b in zip([*ours.coefs_, *ours.intercepts_], [*theirs.coefs_, *theirs.intercepts_], strict=True):
        np.testing.assert_allclose(a, b, **tolerance)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, **tolerance)


def test_an_ensemble_validates_on_sparse_rows():
    rows = np.where(np.abs(X) > 0.5, X, 0)
    dense = ensemble(early_stopping=True, max_iter=5).fit(rows, Y)
    ours = ensemble(early_stopping=True, max_iter=5).fit(sparse.csr_matrix(rows), Y)
    assert_equal(ours, dense, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.validation_scores_, dense.validation_scores_)


class Stop(Callback):
    def __init__(self, epoch):
        self.epoch = epoch

    def epoch_end(self, context):
        return context.epoch >= self.epoch


@pytest.mark.parametrize("epoch", [3, 12, 16])
def test_members_that_had_stopped_stay_as_they_were_in_a_resumed_fit(tmp_path, epoch):
    whole = ensemble().fit(X, Y)
    assert whole.n_iter_ > epoch
    ensemble().set_callbacks(Checkpoint(tmp_path), Stop(epoch)).fit(X, Y)
    resumed = ensemble().set_callbacks(Checkpoint(tmp_path)).fit(X, Y, resume=True)
    assert_equal(resumed, whole, rtol=0, atol=0)


class Weights(Callback):
    def epoch_end(self, context):
        self.coefs = context.weights.coefs


@pytest.mark.parametrize("is_watched", [False, True])
def test_an_interruption_in_the_middle_of_an_epoch_counts_the_steps_made(monkeypatch, is_watched):
    n_calls, update = 0, Step.update

    def interrupted(self, *arguments):
        nonlocal n_calls
        n_calls += 1
        if n_calls == 25:  # in the third epoch of ten batches
            raise KeyboardInterrupt
        return update(self, *arguments)

    monkeypatch.setattr(Step, "update", interrupted)
    model, seen = MLPClassifierTF((5,), batch_size=6, random_state=0, backend="numpy"), Weights()
    if is_watched:
        model.set_callbacks(seen)
    model.fit(X, Y)
    monkeypatch.undo()
    assert (model.n_iter_, model.t_) == (2, 120)
    two_epochs = MLPClassifierTF((5,), batch_size=6, random_state=0, backend="numpy", max_iter=2).fit(X, Y)
    if is_watched:  # of the last epoch that callbacks have seen
        assert model._optimizer.n_steps == 20
        np.testing.assert_array_equal(model.coefs_[0], seen.coefs[0])
        np.testing.assert_array_equal(model.coefs_[0], two_epochs.coefs_[0])
    else:
        assert model._optimizer.n_steps == 24
        assert not np.array_equal(model.coefs_[0], two_epochs.coefs_[0])


@pytest.mark.parametrize("settings", [{}, {"solver": "lbfgs"}, {"n_estimators": 2}, {"early_stopping": True}])
def test_fits_free_their_memory_at_once(settings):
    """Large arrays in a cycle would wait for Python's collector, which does not know how large they are."""
    rows, labels = RNG.randn(100, 2000), RNG.randint(2, size=100)

    def fit():
        MLPClassifierTF((3,), max_iter=5, batch_size=50, random_state=0, backend="numpy", **settings).fit(rows, labels)

    fit()  # fills the caches
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        fit()
        assert tracemalloc.get_traced_memory()[0] < rows.nbytes / 10
    finally:
        tracemalloc.stop()
        gc.enable()


def test_epochs_leave_no_objects_to_the_garbage_collector():
    """A full collection takes as long as the fit of a small network, and is due after so many new objects."""
    counts = []
    gc.collect()
    gc.disable()
    try:
        for n_epochs in (50, 50, 250):  # the first fills CPython's own stores of freed objects
            before = gc.get_count()[0]
            MLPClassifierTF((3,), batch_size=30, max_iter=n_epochs, tol=0, n_iter_no_change=n_epochs).fit(X, Y)
            counts.append(gc.get_count()[0] - before)
    finally:
        gc.enable()
    assert counts[2] - counts[1] < 100, counts
