"""``learning_rate``: schedules against Keras' and formulas, the rates and momenta that training uses, bad input."""

import pickle
import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_iris, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.optimizers import SGD
from sklearn_ann.runtime.programs import compilation_count
from sklearn_ann.schedules import (
    SCHEDULES,
    Cosine,
    Exponential,
    OneCycle,
    Piecewise,
    Power,
    ReduceOnPlateau,
    WarmUp,
    schedule_of,
)

# Fits are cut short on purpose: what is compared are rates and weights, not what they lead to.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

LAYERS = (5,)  # of all classifiers here, which share their programs therefore
TIME = np.arange(400) / 10  # ten steps an epoch
EVERY = [
    Power(),
    Exponential(),
    Piecewise(boundaries=(2, 5), rates=(0.1, 0.05, 0.01)),
    Cosine(period=3),
    OneCycle(),
    ReduceOnPlateau(patience=1),
    WarmUp(then=Cosine()),
    lambda epoch: 0.1 / (epoch + 1),
]
IDS = [type(schedule).__name__ for schedule in EVERY]


def _keras(name, *arguments, **settings):
    from tensorflow import keras

    schedule = getattr(keras.optimizers.schedules, name)(*arguments, **settings)
    return np.array([float(schedule(step)) for step in range(400)])


@pytest.mark.parametrize(
    ("ours", "keras"),
    [
        (Power(epochs=4), lambda: _keras("InverseTimeDecay", 0.1, 40, 1.0)),
        (Exponential(epochs=5, factor=0.3), lambda: _keras("ExponentialDecay", 0.1, 50, 0.3)),
        (
            Piecewise(boundaries=(5, 15), rates=(0.01, 0.005, 0.001)),
            lambda: _keras("PiecewiseConstantDecay", [49, 149], [0.01, 0.005, 0.001]),  # Keras' include their end
        ),
        (Cosine(final=0.1), lambda: _keras("CosineDecay", 0.1, 400, alpha=0.1)),
        (
            Cosine(period=4, growth=2.0, decay=0.5),
            lambda: _keras("CosineDecayRestarts", 0.1, 40, t_mul=2.0, m_mul=0.5),
        ),
        (
            Cosine(period=7, decay=0.9, final=0.2),
            lambda: _keras("CosineDecayRestarts", 0.1, 70, t_mul=1.0, m_mul=0.9, alpha=0.2),
        ),
    ],
)
def test_schedules_are_those_of_keras(ours, keras):
    np.testing.assert_allclose(ours.at(TIME, 40, 0.1), keras(), rtol=3e-5, atol=1e-7)  # Keras' are float32


def test_one_cycle_goes_up_and_down_and_out():
    rates = OneCycle(peak=0.5, final=0.2).at(np.array([0, 8, 16, 32, 36, 40.0]), 40, 0.1)
    np.testing.assert_allclose(rates, [0.1, 0.3, 0.5, 0.1, (0.1 + 0.0001) / 2, 0.0001])
    momenta = OneCycle(momenta=(0.9, 0.8), final=0.2).momentum_at(np.array([0, 8, 16, 24, 32, 40.0]), 40)
    np.testing.assert_allclose(momenta, [0.9, 0.85, 0.8, 0.85, 0.9, 0.9])
    assert OneCycle(final=0.0).at(np.array([20.0]), 40, 0.1) == 1.0
    assert OneCycle(momenta=None).momentum_at(TIME, 40) is None


def test_warm_up_hands_over_to_what_follows():
    rates = WarmUp(epochs=4, start=0.2, then=Exponential(epochs=2, factor=0.5)).at(np.array([0, 2, 4, 6, 8.0]), 40, 1.0)
    np.testing.assert_allclose(rates, [0.2, 0.6, 1, 0.5, 0.25])
    np.testing.assert_allclose(WarmUp(epochs=2, start=0, then="constant").at(np.array([0, 1, 3.0]), 9, 2.0), [0, 1, 2])
    assert WarmUp(then=ReduceOnPlateau(factor=0.3)).rule == ReduceOnPlateau(factor=0.3)


def _linear_training(X, y, rates, momenta, n_batches):
    """Least squares by momentum SGD or, where momenta are pairs, by Adam; weights after each epoch's last step."""
    weights = np.zeros(X.shape[1] + 1)
    rows = np.column_stack([X, np.ones(len(X))])
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    batches = np.array_split(np.arange(len(X)), n_batches)
    for step, (rate, momentum) in enumerate(zip(rates, momenta, strict=True)):
        batch = batches[step % n_batches]
        gradient = rows[batch].T @ (rows[batch] @ weights - y[batch]) / len(batch)
        if np.ndim(momentum) == 0:
            mean = momentum * mean - rate * gradient
            weights = weights + mean
        else:
            beta_1, beta_2 = momentum
            mean = beta_1 * mean + (1 - beta_1) * gradient
            square = beta_2 * square + (1 - beta_2) * gradient**2
            corrected = rate * np.sqrt(1 - beta_2 ** (step + 1)) / (1 - beta_1 ** (step + 1))
            weights = weights - corrected * mean / (np.sqrt(square) + 1e-8)
    return weights


def _from_zero(estimator, X, y):
    """Fit from zero weights, without shuffling."""
    estimator.set_params(warm_start=True, shuffle=False, alpha=0)
    estimator.set_params(max_iter=1, learning_rate="constant").fit(X, y)
    estimator.coefs_[0][:] = 0
    estimator.intercepts_[0][:] = 0
    for name in ("loss_curve_", "learning_rate_curve_", "best_loss_", "_no_improvement_count"):
        delattr(estimator, name)
    return estimator


@pytest.mark.parametrize("schedule", EVERY[:5] + EVERY[6:], ids=IDS[:5] + IDS[6:])
@pytest.mark.parametrize(
    ("solver", "stream"),
    [(SGD(momentum=0.6, nesterov=False), False), (SGD(momentum=0.6, nesterov=False), True), ("adam", False)],
    ids=["sgd", "sgd streamed", "adam"],
)
def test_every_step_has_the_rate_and_momentum_of_its_time(schedule, solver, stream, monkeypatch):
    if stream:
        monkeypatch.setattr("sklearn_ann.data.rows.BLOCK_BYTES", 1)
        monkeypatch.setattr("sklearn_ann.engines.tensorflow.stochastic.BLOCK_BYTES", 8 * 3 * 20)
    X, y = make_regression(60, 3, noise=1.0, random_state=0)
    y /= y.std()
    model = MLPRegressorTF((), solver=solver, batch_size=20, learning_rate_init=0.02, n_iter_no_change=99)
    model = _from_zero(model, X, y)
    model.set_params(max_iter=8, learning_rate=schedule).fit(sparse.csr_matrix(X) if stream else X, y)

    time = np.arange(24) / 3
    rates = schedule_of(schedule).at(time, 8, 0.02)
    momenta = schedule_of(schedule).momentum_at(time, 8)
    if momenta is None:
        momenta = np.full(24, 0.9 if solver == "adam" else 0.6)
    if solver == "adam":
        momenta = np.column_stack([momenta, np.full(24, 0.999)])
    expected = _linear_training(X, y, rates, momenta, 3)
    np.testing.assert_allclose([*model.coefs_[0][:, 0], model.intercepts_[0][0]], expected, rtol=1e-9)
    np.testing.assert_allclose(model.learning_rate_curve_, rates[2::3], rtol=1e-12)


def test_a_plateau_lowers_the_rate_when_nothing_has_improved():
    X, y = load_iris(return_X_y=True)
    settings = {"patience": 2, "factor": 0.5, "min_lr": 0.2}
    model = MLPClassifierTF(
        LAYERS, solver="sgd", learning_rate=ReduceOnPlateau(**settings), learning_rate_init=2.0, tol=0.01,
        n_iter_no_change=8, random_state=0, max_iter=60,
    ).fit(X, y)  # fmt: skip
    rate, best, wait, expected = 2.0, np.inf, 0, []
    for loss in model.loss_curve_:
        expected.append(rate)
        wait = wait + 1 if loss > best - 0.01 else 0
        best = min(best, loss)
        if wait >= 2:
            rate, wait = max(rate * 0.5, 0.2), 0
    assert len(set(expected)) >= 3
    np.testing.assert_allclose(model.learning_rate_curve_, expected)


@pytest.mark.parametrize("learning_rate", ["constant", "invscaling", "adaptive"])
def test_the_curve_of_scikit_learns_rules(learning_rate):
    X, y = load_iris(return_X_y=True)
    model = MLPClassifierTF(
        LAYERS, solver="sgd", learning_rate=learning_rate, learning_rate_init=0.5, n_iter_no_change=2, tol=0.02,
        random_state=0,
    ).fit(X, y)  # fmt: skip
    curve = np.array(model.learning_rate_curve_)
    assert len(curve) == model.n_iter_
    if learning_rate == "constant":
        np.testing.assert_array_equal(curve, 0.5)
    elif learning_rate == "invscaling":
        np.testing.assert_allclose(curve, [0.5, *0.5 / (150.0 * np.arange(1, len(curve)) + 1) ** 0.5])
    else:
        steps = np.unique(curve)[::-1]
        np.testing.assert_allclose(steps, 0.5 / 5.0 ** np.arange(len(steps)))
        assert len(steps) > 2
    adam = MLPClassifierTF(LAYERS, learning_rate=learning_rate, max_iter=3, random_state=0).fit(X, y)
    assert adam.learning_rate_curve_ == [0.001] * 3  # not for other solvers, as in scikit-learn


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_names_train(name):
    X, y = load_iris(return_X_y=True)
    model = MLPClassifierTF(LAYERS, learning_rate=name, learning_rate_init=0.05, max_iter=100, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.6  # a third without training; some rates fall early


def test_settings_are_searched_without_compiling_and_left_alone():
    X, y = load_iris(return_X_y=True)
    model = MLPClassifierTF(LAYERS, learning_rate=Cosine(period=3), max_iter=6, random_state=0)
    model.fit(X, y)
    before = compilation_count()
    search = GridSearchCV(
        model, {"learning_rate__period": [2, 5], "learning_rate__final": [0.0, 0.3]}, cv=[(np.arange(150),) * 2]
    )
    search.fit(X, y)
    assert compilation_count() == before
    assert model.learning_rate == Cosine(period=3)
    assert clone(model).learning_rate == Cosine(period=3)
    for schedule in (Power(epochs=3), OneCycle(), lambda epoch: 0.1):
        clone(model).set_params(learning_rate=schedule).fit(X, y)
    assert compilation_count() <= before + 1, "only the momentum that OneCycle cycles makes another program"
    nested = MLPClassifierTF(learning_rate=WarmUp(then=Cosine())).set_params(learning_rate__then__final=0.2)
    assert nested.learning_rate == WarmUp(then=Cosine(final=0.2))
    assert pickle.loads(pickle.dumps(nested)).learning_rate == nested.learning_rate
    arrays = Piecewise(boundaries=np.array([1, 2]), rates=[0.1, 0.2, 0.3])
    assert arrays == Piecewise(boundaries=(1, 2), rates=(0.1, 0.2, 0.3))
    assert hash(arrays) == hash(Piecewise(boundaries=(1, 2), rates=(0.1, 0.2, 0.3)))
    assert arrays != Piecewise(boundaries=(1, 3), rates=(0.1, 0.2, 0.3))
    assert repr(WarmUp(then=Cosine(final=0.2))) == "WarmUp(then=Cosine(final=0.2))"


@pytest.mark.parametrize(
    ("schedule", "warns"),
    [
        ("constant", True),
        (Cosine(), False),
        (OneCycle(), False),
        (Cosine(period=2), True),
        (WarmUp(then="cosine"), False),
    ],
)
def test_a_schedule_that_ends_with_max_iter_has_not_failed_there(schedule, warns):
    X, y = load_iris(return_X_y=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        MLPClassifierTF(LAYERS, learning_rate=schedule, max_iter=4, random_state=0).fit(X, y)
    assert [warning.category for warning in caught] == [ConvergenceWarning] * warns


def test_partial_fit_goes_on_in_time():
    X, y = load_iris(return_X_y=True)
    settings = {
        "learning_rate": Exponential(epochs=2, factor=0.5),
        "shuffle": False,
        "batch_size": 50,
        "random_state": 0,
    }
    whole = MLPClassifierTF(LAYERS, max_iter=5, **settings).fit(X, y)
    parts = MLPClassifierTF(LAYERS, max_iter=5, **settings)
    for _ in range(5):
        parts.partial_fit(X, y, classes=[0, 1, 2])
    np.testing.assert_allclose(parts.learning_rate_curve_, whole.learning_rate_curve_)
    np.testing.assert_allclose(parts.coefs_[0], whole.coefs_[0])


@pytest.mark.parametrize("learning_rate", ["constant", "invscaling", "adaptive"])
def test_another_initial_rate_between_calls_is_ignored_as_in_scikit_learn(learning_rate):
    X, y = load_iris(return_X_y=True)
    curves, coefs = [], []
    for make in (MLPClassifierTF, MLPClassifier):
        model = make(LAYERS, solver="sgd", learning_rate=learning_rate, learning_rate_init=0.01, random_state=0)
        model.partial_fit(X, y, classes=[0, 1, 2]).set_params(learning_rate_init=0.5)
        for _ in range(3):
            model.partial_fit(X, y)
        curves.append(model.loss_curve_)
        coefs.append(model.coefs_[0])
    np.testing.assert_allclose(*curves, rtol=1e-9)
    np.testing.assert_allclose(*coefs, rtol=1e-9, atol=1e-12)


def test_the_rate_is_changed_between_calls_by_a_function():
    X, y = load_iris(return_X_y=True)
    settings = {"solver": "sgd", "momentum": 0.0, "batch_size": 150, "random_state": 0}
    changed = MLPClassifierTF(LAYERS, learning_rate_init=0.01, **settings).partial_fit(X, y, classes=[0, 1, 2])
    before = changed.coefs_[0]
    changed.set_params(learning_rate=lambda epoch: 0.02).partial_fit(X, y)
    kept = MLPClassifierTF(LAYERS, learning_rate_init=0.01, **settings).partial_fit(X, y, classes=[0, 1, 2])
    kept.partial_fit(X, y)
    np.testing.assert_allclose(changed.coefs_[0] - before, 2 * (kept.coefs_[0] - before), rtol=1e-6, atol=1e-12)


def test_a_momentum_changed_between_calls_counts_from_the_next_one():
    X, y = load_iris(return_X_y=True)
    settings = {"solver": "sgd", "nesterovs_momentum": False, "batch_size": 150, "random_state": 0}
    model = MLPClassifierTF(LAYERS, momentum=0.9, **settings)
    first, second = (model.partial_fit(X, y, classes=[0, 1, 2]).coefs_[0] for _ in range(2))
    plain = MLPClassifierTF(LAYERS, momentum=0.9, **settings).partial_fit(X, y, classes=[0, 1, 2])
    start = plain.coefs_[0]
    plain.set_params(momentum=0.0).partial_fit(X, y)  # the gradient step alone
    begin = MLPClassifierTF(LAYERS, learning_rate=lambda epoch: 0.0, **settings)
    begin.partial_fit(X, y, classes=[0, 1, 2])  # stands still
    velocity = first - begin.coefs_[0]
    np.testing.assert_allclose(second - start, 0.9 * velocity + (plain.coefs_[0] - start), rtol=1e-6, atol=1e-12)


def test_a_rate_rises_by_a_factor_above_one():
    rates = Exponential(epochs=2, factor=10).at(np.array([0.0, 1.0, 2.0, 4.0]), 4, 1e-3)
    np.testing.assert_allclose(rates, [1e-3, 1e-3 * np.sqrt(10), 1e-2, 1e-1])


@pytest.mark.parametrize(
    ("schedule", "sentence"),
    [
        (Power(epochs=0), "The 'epochs' parameter of Power must be a float in the range"),
        (Exponential(factor=-0.5), "The 'factor' parameter of Exponential must be a float in the range"),
        (Piecewise(boundaries=(3, 2), rates=(1, 2, 3)), r"ascending boundaries .* got boundaries=\(3, 2\)"),
        (Piecewise(boundaries=(3,), rates=(1,)), r"one rate >= 0 more than boundaries, got .* rates=\(1,\)"),
        (Piecewise(boundaries=(np.nan, 2), rates=(1, 1, 1)), "Piecewise needs ascending boundaries > 0"),
        (Piecewise(boundaries=("a",), rates=(1, 1)), "Piecewise needs ascending boundaries > 0"),
        (Piecewise(boundaries=(0.3, 0.9), rates=(0.1, -0.1, 0.1)), "Piecewise needs ascending boundaries > 0"),
        (OneCycle(momenta=(np.nan, 0.5)), "OneCycle's momenta must be two numbers"),
        (OneCycle(momenta=("a", "b")), "OneCycle's momenta must be two numbers"),
        (Cosine, r"learning_rate must be .* got the class Cosine; pass an object of it, learning_rate=Cosine\(...\)"),
        (lambda epoch: None, "learning_rate must be a callable that gives a number, got None for epoch 0"),
        (WarmUp(then=[1]), r"WarmUp's then must be one of .* got \[1\]"),
        (WarmUp(then="adaptive"), "WarmUp's then must be one of .* got 'adaptive'"),
        (Cosine(growth=0.5), "The 'growth' parameter of Cosine"),
        (OneCycle(momenta=(0.9, 1.0)), r"OneCycle's momenta must be two numbers in \[0, 1\), got \(0.9, 1.0\)"),
        (ReduceOnPlateau(patience=0), "The 'patience' parameter of ReduceOnPlateau"),
        (WarmUp(then="slow"), "WarmUp's then must be one of .* got 'slow'"),
        (WarmUp(then=Cosine(decay=2)), "The 'decay' parameter of Cosine"),
        (lambda epoch: -0.1 if epoch == 3 else 0.1, "must give finite rates >= 0, got -0.1 for epoch 3"),
        (lambda epoch: np.nan, "must give finite rates >= 0, got nan for epoch 0"),
        ("slow", "The 'learning_rate' parameter of MLPClassifierTF must be"),
    ],
)
def test_bad_schedules_are_refused_in_one_sentence(schedule, sentence):
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=sentence):
        MLPClassifierTF(learning_rate=schedule).fit(X, y)


def test_a_callable_is_asked_for_the_epochs_that_there_are():
    X, y = load_iris(return_X_y=True)
    asked, rates = [], [0.1, 0.05, 0.01]

    def rate(epoch):
        asked.append(epoch)
        return rates[epoch]

    model = MLPClassifierTF(LAYERS, learning_rate=rate, max_iter=3, random_state=0).fit(X, y)
    assert model.learning_rate_curve_ == rates
    assert set(asked) == {0, 1, 2}


def test_time_goes_on_in_partial_fit_whatever_the_size_of_a_chunk():
    X, y = load_iris(return_X_y=True)
    settings = {"learning_rate_init": 0.5, "random_state": 0}
    model = MLPClassifierTF(
        LAYERS, batch_size=20, learning_rate=Piecewise(boundaries=(4,), rates=(0.01, 0.001)), **settings
    )
    for n_rows in (100, 20, 150, 20, 100, 150):
        model.partial_fit(X[:n_rows], y[:n_rows], classes=[0, 1, 2])
    np.testing.assert_allclose(model.learning_rate_curve_, [0.01] * 4 + [0.001] * 2)
    model.set_params(learning_rate_init=0.1).partial_fit(X, y)  # has no part in it
    np.testing.assert_allclose(model.learning_rate_curve_[-1], 0.001)

    falling = MLPClassifierTF(LAYERS, learning_rate=ReduceOnPlateau(patience=2), tol=10.0, **settings)
    for _ in range(6):
        falling.partial_fit(X, y, classes=[0, 1, 2])
    np.testing.assert_allclose(falling.learning_rate_curve_, 0.5 * np.array([1, 1, 1, 0.5, 0.5, 0.25]))

    beyond = MLPClassifierTF(LAYERS, learning_rate="cosine", max_iter=3, **settings)
    for _ in range(5):
        beyond.partial_fit(X, y, classes=[0, 1, 2])
    np.testing.assert_allclose(beyond.learning_rate_curve_[3:], 0, atol=1e-12)


def test_a_restart_is_at_the_top():
    schedule = Cosine(period=1, growth=3)
    restarts = (3.0 ** np.arange(16) - 1) / 2
    np.testing.assert_allclose(schedule.at(restarts, 10**7, 1.0), 1.0)


@pytest.mark.parametrize("max_iter", [1, 3, 5])
@pytest.mark.parametrize("then", ["cosine", "one_cycle"])
def test_a_warm_up_may_take_all_epochs(max_iter, then):
    X, y = load_iris(return_X_y=True)
    model = MLPClassifierTF(LAYERS, learning_rate=WarmUp(then=then), max_iter=max_iter, batch_size=150, random_state=0)
    model.fit(X, y)
    np.testing.assert_allclose(model.learning_rate_curve_, 0.001 * (0.1 + 0.9 * np.arange(max_iter) / 5))
