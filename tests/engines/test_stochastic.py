"""The driver and its program: state as a value, populations, streamed rows, validation measures."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import log_loss, r2_score

from sklearn_ann.activations import ReLU
from sklearn_ann.augmentations import AugmentationFunction, Mixup, RandomTranslation
from sklearn_ann.data import rows as rows_module
from sklearn_ann.data.orders import EpochOrders
from sklearn_ann.engines.clipping import CLIPPINGS
from sklearn_ann.engines.numpy.stochastic import train as train_by_numpy
from sklearn_ann.engines.run import HeldOut, Hyper, Run
from sklearn_ann.engines.state import State, initial_state
from sklearn_ann.engines.tensorflow import stochastic as epochs_module
from sklearn_ann.engines.tensorflow.stochastic import train
from sklearn_ann.losses import LOSSES, LogLoss
from sklearn_ann.network.forward_numpy import forward
from sklearn_ann.network.hyper import NetworkHyper
from sklearn_ann.network.initial import initial_weights
from sklearn_ann.network.spec import Network, Output
from sklearn_ann.network.weights import Weights
from sklearn_ann.optimizers import Adam, Nadam, RMSprop
from sklearn_ann.regularizers import L1, L2, MaxNorm
from sklearn_ann.runtime.programs import compilation_count
from sklearn_ann.runtime.tree import leaves, map_leaves
from sklearn_ann.schedules import Constant

ADAM = Adam()
# To the program, optimizers differ in how many slots and scalars they have; what each does with them is tested alone.
OPTIMIZERS = {"nadam": Nadam(), "centered rmsprop": RMSprop(centered=True)}
HYPER = Hyper(
    network=NetworkHyper(activations=((),)),
    optimizer=ADAM.hyper,
    regularizers=((0.1,),),
    clipping=(),
    schedule=(),
    noise=(),
    augmentations=(),
    learning_rate_init=0.01,
    tol=0.0,
    n_iter_no_change=np.inf,
)
RNG = np.random.RandomState(0)
X = RNG.normal(size=(50, 5))
X[np.abs(X) < 0.4] = 0
LABELS = RNG.randint(3, size=(50, 1)).astype(np.int32)
NETWORK = Network(5, (6,), (ReLU(),), Output(LogLoss().of_form("multiclass"), (3,)), "float64")


def _run(optimizer=ADAM, hyper=HYPER, **changes) -> Run:
    run = Run(
        network=NETWORK,
        optimizer=optimizer.structure(),
        regularizers=(L2().structure(),),
        clipping=(),
        augmentations=(),
        rule=Constant(),
        monitor="loss",
        score=None,
        keep_best=False,
        hyper=hyper._replace(optimizer=optimizer.hyper),
        X=X,
        y=LABELS,
        sample_weight=None,
        held_out=None,
        batch_size=16,
        max_iter=6,
        device="/CPU:0",
    )
    return run._replace(**changes)


def _start(seed=0, learning_rate=0.01, network=NETWORK, optimizer=ADAM, keep_best=False) -> State:
    weights = Weights(*map(tuple, initial_weights(network, np.random.RandomState(seed))))
    return initial_state(weights, n_slots=optimizer.n_slots, learning_rate=learning_rate, keep_best=keep_best)


def _stack(states):
    """States of single models as one of all, with a leading axis."""
    columns = zip(*map(leaves, states), strict=True)
    return map_leaves(lambda _: np.stack(next(columns)), states[0])


def _of_model(hyper, k):
    return map_leaves(lambda leaf: leaf[k] if np.ndim(leaf) else leaf, hyper)


def _jitter(x, uniform):
    return x + uniform((x.shape[-2], 1))


def test_a_population_with_noise_augmentations_regularizers_and_schedules_equals_its_single_runs():
    """Amounts, seeds and limits of its own for each model; the schedule is one for all."""
    network = replace(NETWORK, noise=((0, "gaussian"), (0, "dropout"), (1, "dropout")))
    hyper = HYPER._replace(
        regularizers=((0.1,), (np.array([0.1, 1.0]),), (np.array([0.3, 1.0]),)),
        clipping=(np.array([0.04, 0.4]), np.array([0.05, 0.5])),
        noise=(np.array([0.1, 0.4]), np.array([0.1, 0.3]), np.array([0.5, 0.2])),
        augmentations=((np.array([1.0, 2.0]),), (np.array([0.2, 2.0]),), ()),
        seed=(np.array([3.0, 4.0]),),
    )
    settings = {
        "network": network,
        "regularizers": (L2().structure(), L1().structure(), MaxNorm().structure()),
        "clipping": tuple(CLIPPINGS),
        "per_step": {"learning_rate": lambda time: 1 / (1 + time), "momentum": lambda time: 0.9 - 0.01 * time},
        "augmentations": (RandomTranslation((1, 5)).structure(), Mixup().structure(), AugmentationFunction(_jitter)),
    }

    def trained(train, hyper, start, seeds):
        orders = [EpochOrders(np.arange(50), np.random.RandomState(seed), True) for seed in seeds]
        return train(_run(hyper=hyper, **settings), start, orders)

    starts = [_start(k, network=network) for k in range(2)]
    population = trained(train, hyper, _stack(starts), range(2))
    for k in range(2):
        single = trained(train_by_numpy, _of_model(hyper, k), starts[k], [k])
        for ours, alone in zip(leaves(population.state), leaves(single.state), strict=True):
            np.testing.assert_allclose(ours[k], alone, rtol=1e-8, atol=1e-11)
        np.testing.assert_allclose(population.curves.learning_rate[:, k], single.curves.learning_rate)


@pytest.mark.parametrize(("name", "batch_size"), [("centered rmsprop", 16), ("nadam", 64)])
def test_a_population_equals_its_single_runs(name, batch_size):
    """k models on a leading axis, with seeds, rates, penalties, folds and stopping epochs of their own."""
    folds = [np.arange(50), np.arange(0, 50, 2), np.arange(5, 50)]
    if batch_size > 50:  # a single batch has the size of the fold: about the same for all, which share a program then
        folds = [np.arange(50), np.arange(1, 50), np.arange(49)]
    rates, optimizer = np.array([0.01, 0.1, 0.03]), OPTIMIZERS[name]
    hyper = HYPER._replace(
        learning_rate_init=rates,
        regularizers=((np.array([0.0, 0.1, 10.0]),),),
        tol=np.array([0.0, 0.05, 0.0]),
        n_iter_no_change=2.0,
    )
    run = _run(optimizer, hyper, batch_size=batch_size, max_iter=12)
    starts = [_start(k, rates[k], optimizer=optimizer) for k in range(3)]

    def orders(k):
        return EpochOrders(folds[k], np.random.RandomState(k), True)

    singles = [train_by_numpy(run._replace(hyper=_of_model(run.hyper, k)), starts[k], [orders(k)]) for k in range(3)]
    population = train(run, _stack(starts), [orders(k) for k in range(3)])
    lengths = [len(single.curves.loss) for single in singles]
    assert len(set(lengths)) > 1, "the models are meant to stop at different epochs"
    for k, single in enumerate(singles):
        for ours, alone in zip(leaves(population.state), leaves(single.state), strict=True):
            # matrix products of NumPy and XLA may add in another order: the last bits
            np.testing.assert_allclose(ours[k], alone, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(population.curves.loss[: lengths[k], k], single.curves.loss, rtol=1e-9)
        assert np.isnan(population.curves.loss[lengths[k] :, k]).all()


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_the_state_is_a_value_six_epochs_equal_four_and_two(optimizer):
    orders = EpochOrders(np.arange(50), np.random.RandomState(0), True)
    whole = train(_run(optimizer), _start(optimizer=optimizer), [orders])
    orders = EpochOrders(np.arange(50), np.random.RandomState(0), True)
    first = train(_run(optimizer, max_iter=4), _start(optimizer=optimizer), [orders])
    second = train(_run(optimizer, max_iter=2), first.state, [orders])
    for a, b in zip(leaves(whole.state), leaves(second.state), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(whole.curves.loss, [*first.curves.loss, *second.curves.loss])


MIXED = (Mixup().structure(), AugmentationFunction(_jitter))


@pytest.mark.parametrize(("weighted", "augmentations"), [(False, ()), (True, MIXED)])
def test_streamed_sparse_rows_equal_dense_rows_in_numpy(monkeypatch, weighted, augmentations):
    weights = np.random.RandomState(1).uniform(size=50) if weighted else None
    held_out = HeldOut(X[:20], LABELS[:20], np.ones(20))
    run = _run(sample_weight=weights, held_out=held_out, score="accuracy", monitor="validation", keep_best=True)
    if augmentations:
        hyper = run.hyper._replace(augmentations=((0.4,), ()), seed=(3.0,))
        run = run._replace(augmentations=augmentations, hyper=hyper)
    orders = [EpochOrders(np.arange(50), np.random.RandomState(0), True)]
    dense = train_by_numpy(run, _start(keep_best=True), orders)
    block = 2 * 16 * 5 * 8  # two batches of 16 rows of 5 float64 columns: an epoch of 50 rows takes two blocks
    monkeypatch.setattr(rows_module, "BLOCK_BYTES", block)
    monkeypatch.setattr(epochs_module, "BLOCK_BYTES", block)
    monkeypatch.setattr(epochs_module, "_VALIDATION_BLOCK", 16)  # 20 validation rows take two blocks
    streamed = train(
        run._replace(X=sparse.csr_matrix(X), held_out=held_out._replace(X=sparse.csr_matrix(X[:20]))),
        _start(keep_best=True),
        [EpochOrders(np.arange(50), np.random.RandomState(0), True)],
    )
    # sums are added up in another order
    for a, b in zip(leaves(dense.state), leaves(streamed.state), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(dense.curves.loss, streamed.curves.loss, rtol=1e-11)
    np.testing.assert_array_equal(dense.curves.validation_score, streamed.curves.validation_score)
    np.testing.assert_allclose(dense.curves.validation_loss, streamed.curves.validation_loss, rtol=1e-11)


def test_validation_measures_equal_scikit_learns_metrics(monkeypatch):
    """In four blocks of rows, of which the last is padded."""
    monkeypatch.setattr(epochs_module, "_VALIDATION_BLOCK", 16)
    weights = np.random.RandomState(2).uniform(size=50)
    run = _run(held_out=HeldOut(X, LABELS, weights), score="accuracy", max_iter=1)
    result = train(run, _start(), [EpochOrders(np.arange(50), np.random.RandomState(0), True)])
    proba = forward(X, NETWORK, result.state.weights, HYPER.network)
    right = proba.argmax(axis=1) == LABELS.ravel()
    np.testing.assert_allclose(result.curves.validation_score, np.average(right, weights=weights), rtol=1e-12)
    np.testing.assert_allclose(result.curves.validation_loss, log_loss(LABELS, proba, sample_weight=weights), rtol=1e-9)


def test_validation_r2_equals_scikit_learns_also_for_a_constant_column():
    network = replace(NETWORK, output=Output(LOSSES["poisson"](), (2,)))
    y = np.column_stack([np.random.RandomState(0).poisson(3, 50), np.full(50, 2)]).astype(float)
    weights = np.random.RandomState(2).uniform(size=50)
    run = _run(network=network, y=y, held_out=HeldOut(X, y, weights), score="r2", max_iter=2)
    result = train(run, _start(network=network), [EpochOrders(np.arange(50), np.random.RandomState(0), True)])
    prediction = forward(X, network, result.state.weights, HYPER.network)
    np.testing.assert_allclose(
        result.curves.validation_score[-1], r2_score(y, prediction, sample_weight=weights), rtol=1e-9
    )


def test_hyperparameters_and_near_row_counts_share_a_program():
    def once(n_rows, rate, alpha, seed, beta_1=0.9):
        run = _run(
            Adam(beta_1=beta_1),
            HYPER._replace(regularizers=((alpha,),), learning_rate_init=rate),
            X=X[:n_rows],
            y=LABELS[:n_rows],
            regularizers=(L2(alpha).structure(),),
            max_iter=2,
        )
        train(run, _start(seed, rate), [EpochOrders(np.arange(n_rows), np.random.RandomState(seed), True)])

    once(50, 0.01, 0.1, 0)
    before = compilation_count()
    for n_rows, rate, alpha, seed in [(50, 0.1, 0.0, 1), (49, 0.01, 0.1, 0), (48, 0.3, 1.0, 2), (41, 0.01, 0.1, 0)]:
        once(n_rows, rate, alpha, seed, beta_1=0.8)
    assert compilation_count() == before


def test_orders_drawn_ahead_of_a_stop_are_undone():
    hyper = HYPER._replace(tol=1e9, n_iter_no_change=2.0)
    ours, exact = np.random.RandomState(3), np.random.RandomState(3)
    result = train(_run(hyper=hyper, max_iter=100), _start(), [EpochOrders(np.arange(50), ours, True)])
    assert len(result.curves.loss) == 4  # the first epoch improves on infinity, then three do not
    EpochOrders(np.arange(50), exact, True).draw(4)
    assert ours.randint(1 << 30) == exact.randint(1 << 30)


def test_rates_of_layers_are_another_program():
    """Fits of one network with and without rates of layers may follow each other in a process."""

    def trained(rates):
        run = _run(hyper=HYPER._replace(learning_rate_multipliers=rates), max_iter=2)
        return train(run, _start(), [EpochOrders(np.arange(50), np.random.RandomState(0), True)]).state.weights

    equal, same, halved = trained(()), trained((1.0, 1.0)), trained((0.5, 0.0))
    for ours, theirs in zip(leaves(equal), leaves(same), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)
    start = _start().weights
    np.testing.assert_array_equal(halved.coefs[1], start.coefs[1])
    assert not np.array_equal(halved.coefs[0], start.coefs[0])
