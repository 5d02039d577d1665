"""The driver and its program: state as a value, populations, streamed rows, validation measures."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import log_loss, r2_score

from sklearn_ann.data import rows as rows_module
from sklearn_ann.data.orders import EpochOrders
from sklearn_ann.engines.optimizers import OPTIMIZERS
from sklearn_ann.engines.state import State, initial_state
from sklearn_ann.engines.tensorflow import stochastic as epochs_module
from sklearn_ann.engines.tensorflow.stochastic import HeldOut, Run, train
from sklearn_ann.network.forward_numpy import forward
from sklearn_ann.network.initial import initial_weights
from sklearn_ann.network.namespaces import scoped
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights
from sklearn_ann.runtime.programs import compilation_count

NUMBERS = {
    "learning_rate_init": 0.01,
    "tol": 0.0,
    "n_iter_no_change": np.inf,
    **scoped("regularizer", {"alpha": 0.1}),
    **scoped("rule", {"power_t": 0.5}),
    **scoped("solver", {"momentum": 0.9, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8, "rho": 0.9}),
}
# To the program, optimizers differ in how many slots and scalars they have; what each does with them is tested alone.
SHAPES = ("sgd", "adam", "centered_rmsprop", "nadam")
RNG = np.random.RandomState(0)
X = RNG.normal(size=(50, 5))
X[np.abs(X) < 0.4] = 0
LABELS = RNG.randint(3, size=(50, 1)).astype(np.int32)
NETWORK = Network(5, (6,), ("relu",), Output("log_loss", (3,)), "float64")


def _run(**changes) -> Run:
    run = Run(
        network=NETWORK,
        optimizer="adam",
        regularizers=("alpha",),
        rule="constant",
        monitor="loss",
        score=None,
        keep_best=False,
        numbers=NUMBERS,
        X=X,
        y=LABELS,
        weights=None,
        held_out=None,
        batch_size=16,
        max_iter=6,
        device="/CPU:0",
    )
    return run._replace(**changes)


def _start(seed=0, rate=0.01, network=NETWORK, optimizer="adam", keep_best=False) -> State:
    weights = Weights(*map(tuple, initial_weights(network, np.random.RandomState(seed))))
    return initial_state(weights, n_slots=OPTIMIZERS[optimizer].slots, rate=rate, keep_best=keep_best)


def _leaves(state):
    if isinstance(state, tuple):
        return [leaf for part in state for leaf in _leaves(part)]
    return [np.asarray(state)]


def _stack(states):
    if isinstance(states[0], tuple):
        parts = [_stack(list(part)) for part in zip(*states, strict=True)]
        return type(states[0])(*parts) if hasattr(states[0], "_fields") else tuple(parts)
    return np.stack([np.asarray(state) for state in states])


def _jitter(x, uniform):
    return x + uniform((x.shape[-2], 1))


@pytest.mark.parametrize("batch_size", [16, 64])
def test_a_population_with_noise_augmentations_regularizers_and_schedules_equals_its_single_runs(batch_size):
    """Amounts, seeds and limits of its own for each model; the schedule is one for all."""
    network = Network(5, (6,), ("relu",), NETWORK.output, "float64", ((0, "gaussian"), (0, "dropout"), (1, "dropout")))
    amounts = {
        "seed": [3, 4],
        **scoped("noise", {"gaussian_0": [0.1, 0.4], "dropout_0": [0.1, 0.3], "dropout_1": [0.5, 0.2]}),
        **scoped("augmentation_0", {"pixels": [1, 2]}),
        **scoped("augmentation_1", {"alpha": [0.2, 2.0]}),
        **scoped("regularizer", {"l1": [0.1, 1.0], "clip_norm": [0.05, 0.5], "max_norm": [0.3, 1.0]}),
    }
    settings = {
        "network": network,
        "regularizers": ("alpha", "l1", "clip_norm", "max_norm"),
        "per_step": {"rate": lambda time: 1 / (1 + time), "solver.beta_1": lambda time: 0.9 - 0.01 * time},
        "batch_size": batch_size,
        "augmentations": (("shift", (1, 5)), ("mixup", ()), (_jitter, ())),
    }

    def trained(numbers, start, seeds):
        orders = [EpochOrders(np.arange(50), np.random.RandomState(seed), True) for seed in seeds]
        return train(_run(numbers={**NUMBERS, **numbers}, **settings), start, orders)

    starts = [_start(k, network=network) for k in range(2)]
    population = trained({name: np.array(values) for name, values in amounts.items()}, _stack(starts), range(2))
    for k in range(2):
        single = trained({name: values[k] for name, values in amounts.items()}, starts[k], [k])
        for ours, alone in zip(_leaves(population.state), _leaves(single.state), strict=True):
            np.testing.assert_allclose(ours[k], alone, rtol=1e-8, atol=1e-11)
        np.testing.assert_allclose(population.curves.rate[:, k], single.curves.rate)


@pytest.mark.parametrize(("optimizer", "batch_size"), [*((name, 16) for name in SHAPES), ("adam", 64)])
def test_a_population_equals_its_single_runs(optimizer, batch_size):
    """k models on a leading axis, with seeds, rates, penalties, folds and stopping epochs of their own."""
    folds = [np.arange(50), np.arange(0, 50, 2), np.arange(5, 50)]
    if batch_size > 50:  # a single batch has the size of the fold: about the same for all, which share a program then
        folds = [np.arange(50), np.arange(1, 50), np.arange(49)]
    rates, alphas, tols = [0.01, 0.1, 0.03], [0.0, 0.1, 10.0], [0.0, 0.05, 0.0]
    singles = []
    for k in range(3):
        numbers = {**NUMBERS, "learning_rate_init": rates[k], "tol": tols[k], "n_iter_no_change": 2}
        numbers |= scoped("regularizer", {"alpha": alphas[k]})
        run = _run(optimizer=optimizer, batch_size=batch_size, numbers=numbers, max_iter=12)
        orders = EpochOrders(folds[k], np.random.RandomState(k), True)
        singles.append(train(run, _start(k, rates[k], optimizer=optimizer), [orders]))
    numbers = {
        **NUMBERS,
        "learning_rate_init": np.array(rates),
        **scoped("regularizer", {"alpha": np.array(alphas)}),
        "tol": np.array(tols),
        "n_iter_no_change": 2,
    }
    start = _stack([_start(k, rates[k], optimizer=optimizer) for k in range(3)])
    orders = [EpochOrders(fold, np.random.RandomState(k), True) for k, fold in enumerate(folds)]
    run = _run(optimizer=optimizer, batch_size=batch_size, numbers=numbers, max_iter=12)
    population = train(run, start, orders)
    lengths = [len(single.curves.loss) for single in singles]
    assert len(set(lengths)) > 1, "the models are meant to stop at different epochs"
    for k, single in enumerate(singles):
        for ours, alone in zip(_leaves(population.state), _leaves(single.state), strict=True):
            # batched and single matrix products of XLA may add in another order: the last bits
            np.testing.assert_allclose(ours[k], alone, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(population.curves.loss[: lengths[k], k], single.curves.loss, rtol=1e-9)
        assert np.isnan(population.curves.loss[lengths[k] :, k]).all()


@pytest.mark.parametrize("optimizer", SHAPES)
def test_the_state_is_a_value_six_epochs_equal_four_and_two(optimizer):
    orders = EpochOrders(np.arange(50), np.random.RandomState(0), True)
    whole = train(_run(optimizer=optimizer), _start(optimizer=optimizer), [orders])
    orders = EpochOrders(np.arange(50), np.random.RandomState(0), True)
    first = train(_run(optimizer=optimizer, max_iter=4), _start(optimizer=optimizer), [orders])
    second = train(_run(optimizer=optimizer, max_iter=2), first.state, [orders])
    for a, b in zip(_leaves(whole.state), _leaves(second.state), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(whole.curves.loss, [*first.curves.loss, *second.curves.loss])


@pytest.mark.parametrize(
    ("weighted", "augmentations"), [(False, ()), (True, ()), (True, (("mixup", ()), (_jitter, ())))]
)
def test_streamed_sparse_rows_equal_resident_dense_rows(monkeypatch, weighted, augmentations):
    weights = np.random.RandomState(1).uniform(size=50) if weighted else None
    held_out = HeldOut(X[:20], LABELS[:20], np.ones(20))
    run = _run(weights=weights, held_out=held_out, score="accuracy", monitor="validation", keep_best=True)
    run = run._replace(augmentations=augmentations, numbers={**NUMBERS, "seed": 3, "augmentation_0.alpha": 0.4})
    resident = train(run, _start(keep_best=True), [EpochOrders(np.arange(50), np.random.RandomState(0), True)])
    block = 2 * 16 * 5 * 8  # two batches of 16 rows of 5 float64 columns: an epoch of 50 rows takes two blocks
    monkeypatch.setattr(rows_module, "BLOCK_BYTES", block)
    monkeypatch.setattr(epochs_module, "BLOCK_BYTES", block)
    monkeypatch.setattr(epochs_module, "_VALIDATION_BLOCK", 16)  # 20 validation rows take two blocks
    streamed = train(
        run._replace(X=sparse.csr_matrix(X), held_out=held_out._replace(X=sparse.csr_matrix(X[:20]))),
        _start(keep_best=True),
        [EpochOrders(np.arange(50), np.random.RandomState(0), True)],
    )
    for a, b in zip(_leaves(resident.state), _leaves(streamed.state), strict=True):
        np.testing.assert_array_equal(a, b)
    # the losses of a block are added up at its end, so in another order
    np.testing.assert_allclose(resident.curves.loss, streamed.curves.loss, rtol=1e-14)
    np.testing.assert_array_equal(resident.curves.validation_score, streamed.curves.validation_score)
    # the blocks' sums add in another order
    np.testing.assert_allclose(resident.curves.validation_loss, streamed.curves.validation_loss, rtol=1e-12)


def test_validation_measures_equal_scikit_learns_metrics():
    weights = np.random.RandomState(2).uniform(size=50)
    run = _run(held_out=HeldOut(X, LABELS, weights), score="accuracy", max_iter=1)
    result = train(run, _start(), [EpochOrders(np.arange(50), np.random.RandomState(0), True)])
    proba = forward(X, NETWORK, result.state.weights, {})
    right = proba.argmax(axis=1) == LABELS.ravel()
    np.testing.assert_allclose(result.curves.validation_score, np.average(right, weights=weights), rtol=1e-12)
    np.testing.assert_allclose(result.curves.validation_loss, log_loss(LABELS, proba, sample_weight=weights), rtol=1e-9)


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_validation_r2_equals_scikit_learns_also_for_a_constant_column(loss):
    network = NETWORK.__class__(5, (6,), ("relu",), Output(loss, (2,)), "float64")
    y = np.column_stack([np.random.RandomState(0).poisson(3, 50), np.full(50, 2)]).astype(float)
    weights = np.random.RandomState(2).uniform(size=50)
    run = _run(network=network, y=y, held_out=HeldOut(X, y, weights), score="r2", max_iter=2)
    result = train(run, _start(network=network), [EpochOrders(np.arange(50), np.random.RandomState(0), True)])
    prediction = forward(X, network, result.state.weights, {})
    np.testing.assert_allclose(
        result.curves.validation_score[-1], r2_score(y, prediction, sample_weight=weights), rtol=1e-9
    )


def test_validation_rows_beyond_one_block_count_all_and_padding_counts_none():
    n_rows = epochs_module._VALIDATION_BLOCK + 11
    many = np.random.RandomState(0).normal(size=(n_rows, 5))
    labels = np.random.RandomState(1).randint(3, size=(n_rows, 1)).astype(np.int32)
    run = _run(held_out=HeldOut(many, labels, np.ones(n_rows)), score="accuracy", max_iter=1)
    result = train(run, _start(), [EpochOrders(np.arange(50), np.random.RandomState(0), True)])
    proba = forward(many, NETWORK, result.state.weights, {})
    assert result.curves.validation_score[0] == np.mean(proba.argmax(axis=1) == labels.ravel())


def test_hyperparameters_and_near_row_counts_share_a_program():
    def once(n_rows, rate, alpha, seed):
        run = _run(
            X=X[:n_rows],
            y=LABELS[:n_rows],
            numbers={**NUMBERS, "regularizer.alpha": alpha, "learning_rate_init": rate},
            max_iter=2,
        )
        train(run, _start(seed, rate), [EpochOrders(np.arange(n_rows), np.random.RandomState(seed), True)])

    once(50, 0.01, 0.1, 0)
    before = compilation_count()
    for n_rows, rate, alpha, seed in [(50, 0.1, 0.0, 1), (49, 0.01, 0.1, 0), (48, 0.3, 1.0, 2), (41, 0.01, 0.1, 0)]:
        once(n_rows, rate, alpha, seed)
    assert compilation_count() == before


def test_orders_drawn_ahead_of_a_stop_are_undone():
    numbers = {**NUMBERS, "tol": 1e9, "n_iter_no_change": 2}
    ours, exact = np.random.RandomState(3), np.random.RandomState(3)
    result = train(_run(numbers=numbers, max_iter=100), _start(), [EpochOrders(np.arange(50), ours, True)])
    assert len(result.curves.loss) == 4  # the first epoch improves on infinity, then three do not
    EpochOrders(np.arange(50), exact, True).draw(4)
    assert ours.randint(1 << 30) == exact.randint(1 << 30)
