"""What the MLPs promise about their engine: few compilations, flat memory, threads, no side effects, plain results."""

import ctypes
import gc
import os
import pickle
import platform
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.runtime.programs import compilation_count

# most fits are a few epochs long: what is compared is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, LABELS = load_iris(return_X_y=True)
REAL = X[:, 0] - X[:, 3]


def classifier(units=6, **parameters):
    """Each test that counts has a number of units of its own, so that no other test has compiled its programs."""
    return MLPClassifierTF((units,), **{"max_iter": 3, "random_state": 0, "backend": "tensorflow", **parameters})


def n_compiled(function, *args):
    before = compilation_count()
    function(*args)
    return compilation_count() - before


# ------------------------------------------------------------------ compilations


def test_a_grid_over_numbers_in_five_folds_compiles_once():
    pipeline = make_pipeline(StandardScaler(), classifier(21))
    grid = {"mlpclassifiertf__learning_rate_init": [1e-4, 1e-2], "mlpclassifiertf__alpha": [1e-4, 1.0]}
    search = GridSearchCV(pipeline, grid, cv=5, refit=False)
    assert n_compiled(search.fit, X, LABELS) == 1
    assert len(set(search.cv_results_["mean_test_score"])) > 1
    # The refit has 150 rows instead of 120, which is another bucket.
    assert n_compiled(search.set_params(refit=True).fit, X, LABELS) == 1


def test_row_counts_near_each_other_share_a_program():
    def fit_all():
        for n_rows in (100, 101, 102, 105, 110):
            classifier(22).fit(X[::-1][:n_rows], LABELS[::-1][:n_rows] % 2)

    assert n_compiled(fit_all) == 1


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_an_equal_spec_compiles_once_whatever_its_numbers(solver):
    assert n_compiled(classifier(23, solver=solver).fit, X, LABELS) == 1

    def fit_all():
        for numbers in (
            {"alpha": 0.5, "max_iter": 7, "random_state": 1},
            {"learning_rate_init": 0.1, "momentum": 0.1, "power_t": 0.1, "beta_1": 0.5, "beta_2": 0.9},
            {"epsilon": 1e-3, "tol": 0.1, "n_iter_no_change": 2, "max_fun": 5},
            {"shuffle": False, "warm_start": True, "class_weight": "balanced"},
        ):
            classifier(23, solver=solver, **numbers).fit(X, LABELS, np.linspace(0.1, 2, 150))
        names = np.array(["a", "b", "c"])
        model = classifier(23, solver=solver).fit(X * 2, names[LABELS])
        model.predict(X)
        if solver != "lbfgs":
            model.partial_fit(X, names[LABELS])

    assert n_compiled(fit_all) == 0


def test_validation_rows_share_a_program_too():
    model = classifier(24, early_stopping=True)
    assert n_compiled(model.fit, X, LABELS) == 1
    assert n_compiled(model.set_params(validation_fraction=0.08, tol=0.5, random_state=5).fit, X, LABELS) == 0


# ------------------------------------------------------------------ memory


def resident():
    """Memory of this process in bytes, without what the allocator could give back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="free memory is given back by glibc's malloc_trim")
@pytest.mark.parametrize(("backend", "n_architectures"), [("numpy", 50), ("tensorflow", 1)])
def test_memory_is_flat_over_many_fits(backend, n_architectures):
    """Within 4 MB, of which a compiled program is one: 60 fits that keep their rows would add 10."""
    rows = np.random.RandomState(0).normal(size=(120, 200))

    def fit(i):
        x = rows[: 100 + i % 10]
        kind, sizes = MLPClassifierTF if i % 2 else MLPRegressorTF, (8 + i % n_architectures,)
        model = kind(sizes, backend=backend, alpha=1 / (1 + i), max_iter=3, random_state=i)
        model.fit(x, (x[:, 0] > 0).astype(int)).predict(x)

    for i in range(20):
        fit(i)
    before = resident()
    for i in range(60):
        fit(i)
    assert resident() - before < 4 * 2**20


# ------------------------------------------------------------------ threads


@pytest.mark.parametrize("backend", ["numpy", "tensorflow"])
@pytest.mark.parametrize("parameters", [{"early_stopping": True}, {"scoring": "r2", "early_stopping": True}], ids=str)
def test_eight_threads_at_once_give_what_one_after_another_gives(parameters, backend):
    """To the bit, and the first fit of a spec included: the threads compile it together, once."""
    parameters = {"backend": backend, **parameters}
    models = [MLPRegressorTF((25,), max_iter=10, random_state=seed, **parameters) for seed in range(8)]
    before = compilation_count()
    with ThreadPoolExecutor(8) as pool:
        together = [model.coefs_ for model in pool.map(lambda model: model.fit(X, REAL), models)]
    # One program of epochs, and one of the stopping rule alone where the host scores.
    assert compilation_count() - before == (0 if backend == "numpy" else 2 if "scoring" in parameters else 1)
    for model, coefs in zip(models, together, strict=True):
        alone = MLPRegressorTF(**model.get_params()).fit(X, REAL)
        for a, b in zip(coefs, alone.coefs_, strict=True):
            np.testing.assert_array_equal(a, b)


# ------------------------------------------------------------------ no side effects


@pytest.mark.parametrize("seed", [None, 0], ids=["unseeded", "seeded"])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_global_random_states_and_settings_are_left_alone(solver, seed):
    import tensorflow as tf
    from tensorflow.python.framework.config import is_op_determinism_enabled  # the setting has no public getter

    def tensorflow_draws(between):
        tf.random.set_seed(1)
        first = tf.random.uniform([3]).numpy()
        between()
        return [*first, *tf.random.uniform([3]).numpy()]

    def fit_and_predict():
        classifier(early_stopping=True, solver=solver, random_state=seed).fit(X, LABELS).predict_proba(X)

    fit_and_predict()  # TensorFlow's own import is over
    generator = tf.random.get_global_generator()
    before = (
        random.getstate(),
        pickle.dumps(np.random.get_state()),
        generator.state.numpy().tolist(),
        is_op_determinism_enabled(),
        dict(os.environ),
        np.geterr(),
        tf.config.get_soft_device_placement(),
        tf.config.optimizer.get_jit(),
        tf.config.functions_run_eagerly(),
    )
    with_a_fit = tensorflow_draws(fit_and_predict)
    after = (
        random.getstate(),
        pickle.dumps(np.random.get_state()),
        generator.state.numpy().tolist(),
        is_op_determinism_enabled(),
        dict(os.environ),
        np.geterr(),
        tf.config.get_soft_device_placement(),
        tf.config.optimizer.get_jit(),
        tf.config.functions_run_eagerly(),
    )
    assert after == before
    assert with_a_fit == tensorflow_draws(lambda: None)


def test_unseeded_fits_differ_even_after_a_global_seed():
    coefs = []
    for _ in range(2):
        np.random.seed(0)
        coefs.append(classifier(random_state=None).fit(X, LABELS).coefs_[0])
    assert not np.array_equal(*coefs)


def test_seeded_fits_are_equal_to_the_bit():
    first, second = (classifier(max_iter=20).fit(X, LABELS) for _ in range(2))
    for a, b in zip(first.coefs_, second.coefs_, strict=True):
        np.testing.assert_array_equal(a, b)


# ------------------------------------------------------------------ plain results


def things_in(value, seen):
    """Every object reachable from a value through containers and attributes."""
    if id(value) in seen:
        return
    seen[id(value)] = value
    yield value
    if isinstance(value, dict):
        inside = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        inside = list(value)
    elif isinstance(value, np.ndarray) and value.dtype == object:
        inside = value.ravel().tolist()
    else:
        inside = list(getattr(value, "__dict__", {}).values()) if not isinstance(value, type) else []
    for thing in inside:
        yield from things_in(thing, seen)


@pytest.mark.parametrize(
    "model",
    [
        classifier(),
        classifier(solver="lbfgs"),
        classifier(solver="sgd", early_stopping=True, scoring="accuracy", verbose=1, warm_start=True),
    ],
    ids=["adam", "lbfgs", "host score"],
)
def test_a_fitted_estimator_holds_no_tensorflow_object(model):
    model.fit(X, LABELS)
    things = list(things_in(model, {}))
    assert any(thing is model.coefs_[0] for thing in things)  # the walk gets to where the weights are
    foreign = [thing for thing in things if type(thing).__module__.split(".")[0] in ("tensorflow", "keras")]
    assert foreign == []
    assert all(
        type(array) is np.ndarray for array in [*model.coefs_, *model.intercepts_, *model.extra_weights_.values()]
    )
    learned = {name: value for name, value in vars(model).items() if name.endswith("_")}
    assert {type(value) for value in learned.values()} <= {np.ndarray, list, dict, int, float, str, type(None)}
