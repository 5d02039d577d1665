"""Same seed, same numbers as scikit-learn: weights, curves, counters and predictions of both MLPs, in every mode.

Each test fits scikit-learn's estimator and ours with the same parameters on the same rows and compares what was
learned. Unless said otherwise in float64 and to 1e-6: the two round differently in the last place (1e-16), and training
magnifies that a little with every step, but by nowhere near ten orders of magnitude on these problems.
"""

from itertools import combinations, product

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler, scale

from examples import datasets
from sklearn_ann import MLPClassifierTF, MLPRegressorTF

# most fits are a few epochs long: what is compared is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

TOLERANCE = 1e-6
N_ROWS, N_FEATURES = 60, 5  # in batches of 16: the last one is shorter
_rng = np.random.RandomState(0)
X = _rng.normal(size=(N_ROWS, N_FEATURES))
_signal = X @ _rng.normal(size=(N_FEATURES, 3)) + 0.3 * _rng.normal(size=(N_ROWS, 3))
WEIGHTS = _rng.uniform(0.1, 3, N_ROWS)
WEIGHTS[::7] = 0
TARGETS = {
    "binary": (_signal[:, 0] > 0).astype(int),
    "multiclass": _signal.argmax(axis=1),
    "multilabel": (_signal > 0.2).astype(int),
    "real": _signal[:, 0],
    "reals": _signal[:, :2],
    "poisson": _rng.poisson(np.exp(0.5 * _signal[:, 0])).astype(float),
}


def pair_of(kind, **parameters):
    """Ours and scikit-learn's estimator for a kind of target, with the same parameters."""
    parameters = {"hidden_layer_sizes": (7,), "batch_size": 16, "random_state": 3, **parameters}
    if kind in ("binary", "multiclass", "multilabel"):
        return MLPClassifierTF(**parameters), MLPClassifier(**parameters)
    if kind == "poisson":
        parameters["loss"] = "poisson"
    return MLPRegressorTF(**parameters), MLPRegressor(**parameters)


def assert_same(ours, theirs, rows=X, tolerance=TOLERANCE):
    """Everything public that was learned, and what is predicted from it."""
    learned = [name for name in vars(theirs) if name.endswith("_") and not name.startswith("_")]
    assert {"coefs_", "intercepts_", "loss_", "n_iter_", "t_"} <= set(learned)
    for name in learned:
        expected, got = getattr(theirs, name), getattr(ours, name)
        if name in ("coefs_", "intercepts_"):
            assert [a.shape for a in got] == [a.shape for a in expected]
            assert [a.dtype for a in got] == [a.dtype for a in expected]
            for a, b in zip(got, expected, strict=True):
                np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=name)
        elif name in ("classes_", "n_iter_", "t_", "n_features_in_", "n_layers_", "n_outputs_", "out_activation_"):
            np.testing.assert_array_equal(got, expected, err_msg=name)
        elif expected is None:
            assert got is None, name
        else:
            np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance, err_msg=name)
    for method in ("predict_proba", "predict") if hasattr(theirs, "classes_") else ("predict",):
        expected, got = getattr(theirs, method)(rows), getattr(ours, method)(rows)
        assert (got.shape, got.dtype) == (expected.shape, expected.dtype), method
        np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance, err_msg=method)


# ------------------------------------------------------------------ every pair of choices

FACTORS = {
    "optimizer": ["adam", "nesterov", "momentum", "plain"],
    "schedule": ["constant", "invscaling", "adaptive"],
    "activation": ["relu", "tanh", "logistic", "identity"],
    "target": list(TARGETS),
    "early_stopping": [False, True],
}


def every_pair():
    """Combinations of the factors that hold every pair of their outputs_per_target at least once, chosen greedily."""
    candidates = [
        row
        for row in product(*FACTORS.values())
        if row[0] != "adam" or row[1] == "constant"  # adam has no schedule
    ]
    pairs = {row: set(combinations(enumerate(row), 2)) for row in candidates}
    missing = set().union(*pairs.values())
    while missing:
        best = max(candidates, key=lambda row: len(pairs[row] & missing))
        missing -= pairs[best]
        yield dict(zip(FACTORS, best, strict=True))


@pytest.mark.parametrize("case", list(every_pair()), ids=lambda case: "-".join(map(str, case.values())))
def test_every_pair_of_choices_gives_scikit_learns_run(case):
    """Each with and without sample weights and shuffling, which need no compilation of their own."""
    solver = {"solver": "adam", "learning_rate_init": 0.01}
    if case["optimizer"] != "adam":
        solver = {
            "solver": "sgd",
            "learning_rate": case["schedule"],
            "learning_rate_init": 0.05,
            "power_t": 0.2,
            "momentum": 0.0 if case["optimizer"] == "plain" else 0.9,
            "nesterovs_momentum": case["optimizer"] == "nesterov",
        }
    parameters = {
        **solver,
        "activation": case["activation"],
        "early_stopping": case["early_stopping"],
        "alpha": 0.01,
        "max_iter": 14,
        "tol": 0.02,  # with n_iter_no_change: some runs stop, and 'adaptive' lowers the rate
        "n_iter_no_change": 2,
        "validation_fraction": 0.2,
    }
    y = TARGETS[case["target"]]
    for weights, shuffle in product([None, WEIGHTS], [True, False]):
        ours, theirs = pair_of(case["target"], shuffle=shuffle, **parameters)
        assert_same(ours.fit(X, y, weights), theirs.fit(X, y, weights))


# ------------------------------------------------------------------ whole default fits


DEFAULT_FITS = {
    "iris": (MLPClassifierTF, MLPClassifier, load_iris),
    "breast_cancer": (MLPClassifierTF, MLPClassifier, load_breast_cancer),
    "digits": (MLPClassifierTF, MLPClassifier, load_digits),
    "diabetes": (MLPRegressorTF, MLPRegressor, load_diabetes),
}


@pytest.mark.parametrize("name", DEFAULT_FITS)
def test_default_fit_on_real_data_is_scikit_learns(name):
    our_class, their_class, load = DEFAULT_FITS[name]
    rows, y = load(return_X_y=True)
    rows = scale(rows)
    assert_same(our_class(random_state=0).fit(rows, y), their_class(random_state=0).fit(rows, y), rows)


def test_california_housing_is_the_textbooks_score_and_scikit_learns_first_epochs():
    """Géron, "Hands-On Machine Learning": three layers of 50, validation RMSE about 0.505."""
    try:
        rows, y = datasets.load("california")
    except FileNotFoundError as error:
        pytest.skip(str(error))
    X_full, _, y_full, _ = train_test_split(rows, y, random_state=42)
    X_train, X_valid, y_train, y_valid = train_test_split(X_full, y_full, random_state=42)
    scaler = StandardScaler().fit(X_train)
    X_train, X_valid = scaler.transform(X_train), scaler.transform(X_valid)
    network = {"hidden_layer_sizes": [50, 50, 50], "random_state": 42}
    ours = MLPRegressorTF(**network).fit(X_train, y_train)
    assert root_mean_squared_error(y_valid, ours.predict(X_valid)) == pytest.approx(0.505, abs=0.001)
    ours, theirs = (kind(**network, max_iter=3).fit(X_train, y_train) for kind in (MLPRegressorTF, MLPRegressor))
    assert_same(ours, theirs, X_valid)


# ------------------------------------------------------------------ L-BFGS


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize(
    ("target", "activation"),
    [
        ("binary", "relu"),
        ("multiclass", "tanh"),
        ("multilabel", "logistic"),
        ("real", "identity"),
        ("reals", "tanh"),
        ("poisson", "relu"),
    ],
)
def test_lbfgs_takes_scikit_learns_first_steps(target, activation, weights):
    """Ten iterations: later the line search turns differences of the last place into other steps."""
    ours, theirs = pair_of(target, solver="lbfgs", activation=activation, max_iter=10, alpha=0.01)
    y = TARGETS[target]
    assert_same(ours.fit(X, y, weights), theirs.fit(X, y, weights))


@pytest.mark.parametrize("target", ["multiclass", "real"])
def test_lbfgs_ends_at_scikit_learns_loss(target):
    """To 1 %: both end where the gradient is small, on paths that have drifted apart. The penalty makes it a basin."""
    ours, theirs = pair_of(target, solver="lbfgs", activation="tanh", alpha=1.0, max_iter=2000)
    y = TARGETS[target]
    assert ours.fit(X, y).loss_ == pytest.approx(theirs.fit(X, y).loss_, rel=0.01)
    assert theirs.n_iter_ < 2000
    assert ours.n_iter_ < 2000


@pytest.mark.parametrize("limit", [{"max_fun": 5}, {"max_iter": 3}])
def test_lbfgs_stops_at_scikit_learns_limits(limit):
    ours, theirs = pair_of("multiclass", solver="lbfgs", activation="tanh", alpha=0.01, **limit)
    assert_same(ours.fit(X, TARGETS["multiclass"]), theirs.fit(X, TARGETS["multiclass"]))


# ------------------------------------------------------------------ going on from before


# What each case does after another: calls, and changes of a parameter.
REPEATED_FITS = {
    "no change": ["fit"] * 5,
    "early_stopping": [("early_stopping", True), *["fit"] * 5],
    "warm_start": [
        ("warm_start", False),
        "fit",
        "fit",
        ("early_stopping", True),
        "fit",
        ("warm_start", True),
        "fit",
        "fit",
    ],
    "partial_fit": ["partial_fit", "fit", "partial_fit", "partial_fit", "fit", "partial_fit"],
    "learning_rate_init": [
        "fit",
        ("learning_rate_init", 0.1),
        "fit",
        "partial_fit",
        ("learning_rate_init", 1e-3),
        "fit",
    ],
    "learning_rate": [
        "fit",
        ("learning_rate", "invscaling"),
        "fit",
        "partial_fit",
        ("learning_rate", "adaptive"),
        "fit",
    ],
    "alpha": ["fit", ("alpha", 1.0), "fit", "partial_fit", ("alpha", 0.0), "partial_fit", "fit"],
    "batch_size": ["fit", ("batch_size", 7), "fit", "partial_fit", ("batch_size", "auto"), "partial_fit", "fit"],
    "tol": ["fit", ("tol", 0.5), "fit", "fit", ("tol", 0.0), "fit", ("tol", 1e-4), "fit"],
    "n_iter_no_change": [("tol", 0.5), "fit", ("n_iter_no_change", 2), "fit", ("n_iter_no_change", 12), "fit", "fit"],
    "solver": ["fit", ("solver", "sgd"), "fit", ("solver", "lbfgs"), "fit", ("solver", "adam"), "fit", "partial_fit"],
    "lbfgs": [("solver", "lbfgs"), "fit", "fit", "fit", "fit", "fit"],
}


@pytest.mark.parametrize(
    ("target", "solver", "shared"),  # every two of them
    [
        ("multiclass", "adam", False),
        ("multiclass", "sgd", True),
        ("real", "adam", True),
        ("real", "sgd", False),
    ],
)
@pytest.mark.parametrize("case", REPEATED_FITS)
def test_repeated_fits_go_on_as_in_scikit_learn(case, target, solver, shared):
    """To 1e-12: a few epochs magnify the last place (1e-16) by no more than a few digits."""
    pair = pair_of(target, solver=solver, activation="tanh", learning_rate_init=0.01, warm_start=True, max_iter=6)
    y = TARGETS[target]
    for estimator in pair:
        if shared:
            estimator.set_params(random_state=np.random.RandomState(3))
    for step in REPEATED_FITS[case]:
        for estimator in pair:
            if isinstance(step, tuple):
                estimator.set_params(**dict([step]))
            else:
                classes = {"classes": np.arange(3)} if step == "partial_fit" and target == "multiclass" else {}
                getattr(estimator, step)(X, y, **classes)
        if isinstance(step, str):
            assert_same(*pair, tolerance=1e-12)
    if shared:
        assert_same_random_state(*pair)


def test_a_warm_start_without_a_better_score_ends_with_the_last_weights_as_in_scikit_learn():
    """scikit-learn trains in the very arrays that hold its best weights."""
    ours, theirs = pair_of("real", learning_rate_init=0.01, warm_start=True, early_stopping=True)
    for estimator in (ours, theirs):
        estimator.set_params(max_iter=5).fit(X, TARGETS["real"])
        estimator.set_params(learning_rate_init=10.0, max_iter=3).fit(X, TARGETS["real"])
    assert max(theirs.validation_scores_[5:]) < theirs.best_validation_score_
    assert_same(ours, theirs)


@pytest.mark.parametrize("shared", [False, True], ids=["int seed", "shared RandomState"])
@pytest.mark.parametrize(
    ("target", "parameters"),
    [
        ("multiclass", {"solver": "adam"}),
        ("multilabel", {"solver": "sgd", "learning_rate": "invscaling"}),
        ("real", {"solver": "sgd", "learning_rate": "adaptive", "tol": 1.0, "n_iter_no_change": 2}),
    ],
    ids=["adam", "invscaling", "adaptive"],
)
def test_partial_fit_sequences_are_scikit_learns(target, parameters, shared):
    ours, theirs = pair_of(target, learning_rate_init=0.02, **parameters)
    y = TARGETS[target]
    for estimator in (ours, theirs):
        if shared:
            estimator.set_params(random_state=np.random.RandomState(7))
        classes = {} if target == "real" else {"classes": np.arange(3)}
        for start in (0, 20, 40, 0, 20, 40):  # blocks of 20 rows; y of a block need not hold every class
            estimator.partial_fit(X[start : start + 20], y[start : start + 20], **classes)
    assert_same(ours, theirs)
    if shared:
        assert_same_random_state(ours, theirs)


def assert_same_random_state(ours, theirs):
    expected, got = theirs.random_state.get_state(), ours.random_state.get_state()
    np.testing.assert_array_equal(got[1], expected[1])
    assert got[2:] == expected[2:]


def test_partial_fit_goes_on_after_fit_as_in_scikit_learn():
    ours, theirs = pair_of("multiclass", max_iter=6)
    y = TARGETS["multiclass"]
    for estimator in (ours, theirs):
        estimator.fit(X, y)
        for _ in range(3):
            estimator.partial_fit(X[:30], y[:30])
    assert_same(ours, theirs)


@pytest.mark.parametrize(
    "parameters",
    [
        {"max_iter": 7},
        {"max_iter": 500, "tol": 0.01, "n_iter_no_change": 2},  # stops in the middle of the orders drawn ahead
        {"max_iter": 500, "tol": 0.01, "n_iter_no_change": 2, "early_stopping": True},
        {"max_iter": 3, "shuffle": False},
        {"max_iter": 3, "solver": "lbfgs"},
    ],
    ids=["to the end", "stopped", "early stopping", "unshuffled", "lbfgs"],
)
def test_a_shared_random_state_is_left_where_scikit_learn_leaves_it(parameters):
    ours, theirs = pair_of("multiclass", **{"learning_rate_init": 0.02, **parameters})
    y = TARGETS["multiclass"]
    for estimator in (ours, theirs):
        estimator.set_params(random_state=np.random.RandomState(11)).fit(X, y)
    assert_same_random_state(ours, theirs)
    assert_same(ours.fit(X, y), theirs.fit(X, y))  # the second fit draws what comes next


# ------------------------------------------------------------------ parameters and kinds of input


@pytest.mark.parametrize(("first", "then"), [(np.float64, np.float32), (np.float32, np.float64)])
def test_weights_keep_their_precision_when_rows_of_another_come_later(first, then):
    """To 1e-4: float32's last place (6e-8) after a few steps."""
    ours, theirs = pair_of("real", max_iter=3)
    for estimator in (ours, theirs):
        estimator.fit(X.astype(first), TARGETS["real"]).partial_fit(X.astype(then), TARGETS["real"])
    assert_same(ours, theirs, X.astype(then), tolerance=1e-4)


@pytest.mark.parametrize("batch_size", [1, 7, "auto"])
def test_batch_sizes(batch_size):
    ours, theirs = pair_of("binary", batch_size=batch_size, max_iter=4)
    assert_same(ours.fit(X, TARGETS["binary"]), theirs.fit(X, TARGETS["binary"]))


def test_too_large_a_batch_is_clipped_with_scikit_learns_warning():
    ours, theirs = pair_of("binary", batch_size=61, max_iter=4)
    for estimator in (ours, theirs):
        with pytest.warns(UserWarning, match="larger than sample size.*It is going to be clipped"):
            estimator.fit(X, TARGETS["binary"])
    assert_same(ours, theirs)


def test_a_single_class_has_scikit_learns_validation_scores():
    ours, theirs = pair_of("binary", early_stopping=True, max_iter=4)
    y = np.ones(N_ROWS, dtype=int)
    assert_same(ours.fit(X, y), theirs.fit(X, y))
    assert ours.validation_scores_ == [1.0] * 4


def test_infinite_patience_runs_to_max_iter():
    ours, theirs = pair_of("binary", n_iter_no_change=np.inf, tol=10.0, max_iter=25)
    assert_same(ours.fit(X, TARGETS["binary"]), theirs.fit(X, TARGETS["binary"]))
    assert ours.n_iter_ == 25


def test_adaptive_rate_falls_until_it_is_too_small():
    parameters = {"solver": "sgd", "learning_rate": "adaptive", "learning_rate_init": 0.1, "n_iter_no_change": 2}
    ours, theirs = pair_of("binary", tol=1e-3, max_iter=2000, **parameters)
    assert_same(ours.fit(X, TARGETS["binary"]), theirs.fit(X, TARGETS["binary"]))
    assert ours.n_iter_ < 2000


@pytest.mark.parametrize("sizes", [4, (), [], [6, 3], np.array([6, 3])], ids=str)
def test_hidden_layer_sizes_of_every_form(sizes):
    ours, theirs = pair_of("multiclass", hidden_layer_sizes=sizes, max_iter=4)
    assert_same(ours.fit(X, TARGETS["multiclass"]), theirs.fit(X, TARGETS["multiclass"]))


@pytest.mark.parametrize("target", ["multiclass", "real"])
@pytest.mark.parametrize("container", [sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array, sparse.csc_array])
def test_sparse_rows_train_as_dense_ones(container, target):
    dense = np.where(np.abs(X) > 0.7, X, 0.0)
    ours, theirs = pair_of(target, early_stopping=target == "real", max_iter=4)
    on_dense = pair_of(target, **{k: getattr(ours, k) for k in ("early_stopping", "max_iter")})[0]
    rows, y = container(dense), TARGETS[target]
    assert_same(ours.fit(rows, y, WEIGHTS), theirs.fit(rows, y, WEIGHTS), rows)
    assert_same(on_dense.fit(dense, y, WEIGHTS), theirs, dense)
    np.testing.assert_allclose(ours.predict(rows), ours.predict(dense), rtol=1e-12)


@pytest.mark.parametrize("target", ["multilabel", "reals"])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_float32_rows_train_in_float32_as_in_scikit_learn(solver, target):
    """To 1e-4: a few steps magnify float32's last place (6e-8) by little.

    scikit-learn's lbfgs returns float64 weights from float32 rows; ours are of the dtype of X, whatever the solver.
    """
    ours, theirs = pair_of(target, solver=solver, max_iter=6)
    rows = X.astype(np.float32)
    ours.fit(rows, TARGETS[target])
    theirs.fit(rows, TARGETS[target])
    assert {a.dtype for a in [*ours.coefs_, *ours.intercepts_]} == {np.dtype(np.float32)}
    if solver == "lbfgs":
        theirs.coefs_ = [coef.astype(np.float32) for coef in theirs.coefs_]
        theirs.intercepts_ = [intercept.astype(np.float32) for intercept in theirs.intercepts_]
    assert_same(ours, theirs, rows, tolerance=1e-4)


def test_two_hidden_layers_with_early_stopping_over_a_long_run():
    ours, theirs = pair_of(
        "multiclass", hidden_layer_sizes=(8, 6), activation="tanh", early_stopping=True, max_iter=300, tol=1e-3
    )
    assert_same(ours.fit(X, TARGETS["multiclass"]), theirs.fit(X, TARGETS["multiclass"]))


def test_every_parameter_of_scikit_learn_is_there_with_its_default():
    for ours, theirs in ((MLPClassifierTF(), MLPClassifier()), (MLPRegressorTF(), MLPRegressor())):
        assert theirs.get_params().items() <= ours.get_params().items()
