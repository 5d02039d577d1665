"""The perceptron against scikit-learn's own, a loop of twenty lines, and the textbook."""

import functools
import pickle
import re

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import Perceptron, SGDClassifier

from sklearn_ann.estimators.perceptron import PerceptronClassifier

# What is left to scikit-learn's loop is in test_perceptron_sklearn.py.
perceptron = functools.partial(PerceptronClassifier, backend="numpy")

X_IRIS, Y_IRIS = load_iris(return_X_y=True)
WEIGHTS = np.random.RandomState(0).uniform(0.1, 2, len(Y_IRIS))
ROWS = {
    "dense": X_IRIS,
    "sparse": sparse.csr_array(np.where(X_IRIS > 1.0, X_IRIS, 0)),
    "float32": X_IRIS.astype(np.float32),
}
TARGETS = {"binary": np.where(Y_IRIS == 1, "yes", "no"), "multiclass": Y_IRIS}
SETTINGS = {
    "default": {},
    "in order": {"shuffle": False},
    "no intercept": {"fit_intercept": False, "eta0": 0.3},
    "l2": {"penalty": "l2", "alpha": 0.01},
    "l1": {"penalty": "l1"},
    "elastic net": {"penalty": "elasticnet", "l1_ratio": 0.4, "alpha": 0.001},
    "strong l2": {"penalty": "l2", "alpha": 2.0},
    "early stopping": {"early_stopping": True, "random_state": 3},
    "early stopping, l2": {"early_stopping": True, "penalty": "l2"},
    "balanced": {"class_weight": "balanced"},
    "seven epochs": {"tol": None, "max_iter": 7, "random_state": 11},
}


def assert_same_fit(ours, theirs):
    # Decisions are the same, so what is left is the rounding of single updates: float32 where X is float32.
    rtol = 1e-12 if theirs.coef_.dtype == np.float64 else 1e-5
    scale = np.abs(theirs.coef_).max()
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=0, atol=rtol * max(scale, 1))
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=0, atol=rtol * max(scale, 1))
    assert (ours.coef_.dtype, ours.intercept_.dtype) == (theirs.coef_.dtype, theirs.intercept_.dtype)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.t_ == theirs.t_
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("sample_weight", [None, WEIGHTS], ids=["", "weighted"])
def test_same_seed_same_weights_as_scikit_learn(settings, target, rows, sample_weight):
    X, y = ROWS[rows], TARGETS[target]
    theirs = Perceptron(**settings).fit(X, y, sample_weight=sample_weight)
    ours = perceptron(**settings).fit(X, y, sample_weight=sample_weight)
    assert_same_fit(ours, theirs)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize("load", [load_breast_cancer, load_digits])
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("backend", ["numpy", "tensorflow"])
def test_same_weights_on_real_data(load, container, backend):
    X, y = load(return_X_y=True)
    X = container(X)
    ours = PerceptronClassifier(max_iter=20, tol=None, backend=backend).fit(X, y)
    assert_same_fit(ours, Perceptron(max_iter=20, tol=None).fit(X, y))


@pytest.mark.parametrize("average", [True, 10, 200, 100_000])
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rows", ["dense", "sparse"])
def test_average_as_in_sgd_classifier(average, target, rows):
    settings = {"loss": "perceptron", "learning_rate": "constant", "eta0": 1, "penalty": None, "random_state": 0}
    theirs = SGDClassifier(average=average, **settings).fit(ROWS[rows], TARGETS[target])
    assert_same_fit(perceptron(average=average).fit(ROWS[rows], TARGETS[target]), theirs)


def test_equals_sgd_classifier_with_the_perceptron_loss():
    theirs = SGDClassifier(loss="perceptron", learning_rate="constant", eta0=1, penalty=None, random_state=5)
    assert_same_fit(perceptron(random_state=5).fit(X_IRIS, Y_IRIS), theirs.fit(X_IRIS, Y_IRIS))


def rosenblatt(X, y, epochs):
    w, b, mistakes, losses, total, turns = np.zeros(X.shape[1]), 0.0, [], [], 0.0, 0
    mean_w, mean_b = np.zeros(X.shape[1]), 0.0
    for _ in range(epochs):
        wrong, total = 0, 0.0
        for x, target in zip(X, y, strict=True):
            margin = target * (x @ w + b)
            if margin <= 0:
                w, b, wrong, total = w + target * x, b + target, wrong + 1, total - margin
            turns += 1
            mean_w, mean_b = mean_w + (w - mean_w) / turns, mean_b + (b - mean_b) / turns
        mistakes.append(wrong)
        losses.append(total / len(y))
    return w, b, mistakes, losses, mean_w, mean_b


def test_equals_rosenblatts_loop_row_by_row():
    y = np.where(Y_IRIS == 1, 1, -1)
    w, b, mistakes, losses, mean_w, mean_b = rosenblatt(X_IRIS, y, 8)
    model = perceptron(shuffle=False, tol=None, max_iter=8).fit(X_IRIS, y)
    np.testing.assert_allclose(model.coef_[0], w, rtol=1e-12)
    np.testing.assert_allclose(model.intercept_, [b])
    assert model.mistakes_curve_ == mistakes
    np.testing.assert_allclose(model.loss_curve_, losses, rtol=1e-12)
    model.set_params(average=True).fit(X_IRIS, y)
    np.testing.assert_allclose(model.coef_[0], mean_w, rtol=1e-9)
    np.testing.assert_allclose(model.intercept_, [mean_b], rtol=1e-9)


def test_average_goes_on_in_partial_fit():
    y = np.where(Y_IRIS == 1, 1, -1)
    *_, mean_w, mean_b = rosenblatt(X_IRIS, y, 3)
    model = perceptron(shuffle=False, average=True)
    for _ in range(3):
        model.partial_fit(X_IRIS, y, classes=[-1, 1])
    np.testing.assert_allclose(model.coef_[0], mean_w, rtol=1e-9)
    np.testing.assert_allclose(model.intercept_, [mean_b], rtol=1e-9)


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("target", TARGETS)
def test_partial_fit_as_scikit_learn(rows, target):
    X, y = ROWS[rows], TARGETS[target]
    ours, theirs = perceptron(), Perceptron()
    for part in (slice(0, 150, 2), slice(1, 150, 2), slice(30, 40)):
        ours.partial_fit(X[part], y[part], classes=np.unique(y), sample_weight=WEIGHTS[part])
        theirs.partial_fit(X[part], y[part], classes=np.unique(y), sample_weight=WEIGHTS[part])
        assert_same_fit(ours, theirs)
    assert len(ours.mistakes_curve_) == len(ours.loss_curve_) == 3


@pytest.mark.parametrize("target", TARGETS)
def test_starts_as_scikit_learn(target):
    X, y = X_IRIS, TARGETS[target]
    k = 1 if target == "binary" else 3
    coef, intercept = np.random.RandomState(1).normal(size=(k, 4)), np.arange(k, dtype=float)
    ours, theirs = perceptron(warm_start=True, tol=1e-2), Perceptron(warm_start=True, tol=1e-2)
    assert_same_fit(ours.fit(X, y, coef, intercept), theirs.fit(X, y, coef, intercept))
    assert_same_fit(ours.fit(X, y), theirs.fit(X, y))
    assert coef is not ours.coef_


def test_random_state_instances_are_drawn_from_as_scikit_learn_does():
    for y in TARGETS.values():
        ours = perceptron(random_state=np.random.RandomState(4), early_stopping=True).fit(X_IRIS, y)
        theirs = Perceptron(random_state=np.random.RandomState(4), early_stopping=True).fit(X_IRIS, y)
        assert_same_fit(ours, theirs)


def test_global_generator_is_left_alone():
    before = np.random.get_state()[1].copy()
    perceptron(random_state=None, early_stopping=True).fit(X_IRIS, Y_IRIS)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize("n_jobs", [1, 2, -1])
@pytest.mark.parametrize("backend", ["numpy", "tensorflow"])
def test_threads_change_nothing(n_jobs, backend):
    X = np.tile(X_IRIS, (40, 60))  # large enough for threads
    y = np.tile(Y_IRIS, 40)
    model = PerceptronClassifier(max_iter=2, tol=None, n_jobs=n_jobs, backend=backend).fit(X, y)
    assert_same_fit(model, Perceptron(max_iter=2, tol=None).fit(X, y))


@pytest.mark.parametrize(
    ("truth", "learnable"),
    [([0, 0, 0, 1], True), ([0, 1, 1, 1], True), ([0, 0, 1, 0], True), ([0, 1, 1, 0], False)],
    ids=["and", "or", "a and not b", "xor"],
)
def test_logic_gates(truth, learnable):
    gates = [[0, 0], [0, 1], [1, 0], [1, 1]]
    model = perceptron(tol=None, max_iter=100).fit(gates, truth)
    assert (model.predict(gates).tolist() == truth) is learnable
    assert (model.mistakes_curve_[-1] == 0) is learnable


def test_separable_data_are_learnt_in_finitely_many_updates():
    rng = np.random.RandomState(0)
    X = rng.normal(size=(300, 5))
    direction = np.array([1.0, -2, 0.5, 0, 1]) / np.sqrt(6.25)
    X = X[np.abs(X @ direction) > 0.3]
    y = X @ direction > 0
    model = perceptron(tol=None, max_iter=200, fit_intercept=False).fit(X, y)
    assert model.score(X, y) == 1
    # Novikoff's bound on the number of updates: (radius / margin) ** 2.
    assert sum(model.mistakes_curve_) <= (np.linalg.norm(X, axis=1).max() / 0.3) ** 2


def test_step_output():
    model = perceptron(shuffle=False).fit([[-1.0], [1.0]], [3, 7])
    model.coef_, model.intercept_ = np.array([[1.0]]), np.array([0.0])
    X = [[-2.0], [0.0], [2.0]]
    assert model.step_output(X).tolist() == [0, 1, 1]
    assert model.set_params(step="sign").step_output(X).tolist() == [-1, 0, 1]
    assert model.predict(X).tolist() == [3, 3, 7]


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_multilabel_is_a_layer_of_units(container):
    X, Y = make_multilabel_classification(200, 10, n_classes=4, random_state=0)
    model = perceptron(shuffle=False).fit(container(X), Y)
    for k, column in enumerate(Y.T):
        unit = perceptron(shuffle=False).fit(container(X), column)
        np.testing.assert_array_equal(model.coef_[k], unit.coef_[0])
    assert model.classes_.tolist() == [0, 1, 2, 3]
    assert model.coef_.shape == (4, 10)
    predictions = model.predict(X)
    np.testing.assert_array_equal(predictions, model.decision_function(X) > 0)
    assert model.step_output(X).shape == Y.shape

    part, epoch = perceptron(shuffle=False), perceptron(shuffle=False, max_iter=2, tol=None)
    part.partial_fit(container(X), Y).partial_fit(container(X), Y)
    np.testing.assert_allclose(part.coef_, epoch.fit(container(X), Y).coef_, rtol=1e-12)
    balanced = perceptron(class_weight="balanced", early_stopping=True).fit(X, Y)
    assert balanced.predict(X).shape == Y.shape


def test_a_bool_indicator_is_predicted_as_bool():
    X, Y = make_multilabel_classification(60, 5, n_classes=3, random_state=0)
    model, in_numbers = perceptron().fit(X, Y.astype(bool)), perceptron().fit(X, Y)
    assert (model.predict(X).dtype, in_numbers.predict(X).dtype) == (bool, np.int64)
    np.testing.assert_array_equal(model.predict(X), in_numbers.predict(X))
    part = perceptron().partial_fit(X, Y.astype(bool), classes=range(3))
    assert part.partial_fit(X, Y).predict(X).dtype == bool


@pytest.mark.parametrize("target", TARGETS)
def test_weights_set_by_hand_predict_and_go_on_as_in_scikit_learn(target):
    y = TARGETS[target]
    models = []
    for model in (perceptron(), Perceptron()):
        model.classes_ = np.unique(y)
        k = 1 if target == "binary" else 3
        model.coef_ = np.random.RandomState(1).normal(size=(k, 4))
        model.intercept_ = np.linspace(-1, 1, k)
        models.append(model)
    ours, theirs = models
    np.testing.assert_array_equal(ours.decision_function(X_IRIS), theirs.decision_function(X_IRIS))
    np.testing.assert_array_equal(ours.predict(X_IRIS), theirs.predict(X_IRIS))
    assert ours.score(X_IRIS, y) == theirs.score(X_IRIS, y)
    ours.partial_fit(X_IRIS, y)
    theirs.partial_fit(X_IRIS, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=0, atol=1e-11)
    assert ours.t_ == theirs.t_


@pytest.mark.parametrize("container", [sparse.csr_array, sparse.csc_array, sparse.coo_array])
def test_the_width_of_sparse_indices_changes_nothing(container):
    narrow, rows = container(ROWS["sparse"]), container(ROWS["sparse"])
    for name in ("indices", "indptr") if hasattr(rows, "indptr") else ("row", "col"):
        setattr(rows, name, getattr(rows, name).astype(np.int64))
    model, expected = perceptron().fit(rows, Y_IRIS), Perceptron().fit(narrow, Y_IRIS)
    assert_same_fit(model, expected)
    np.testing.assert_array_equal(model.predict(rows), expected.predict(narrow))
    part = Perceptron().partial_fit(narrow, Y_IRIS, [0, 1, 2])
    assert_same_fit(perceptron().partial_fit(rows, Y_IRIS, [0, 1, 2]), part)


@pytest.mark.parametrize(
    ("y", "arguments", "message"),
    [
        (Y_IRIS, {"classes": [0, 1]}, "y holds the label 2"),
        (Y_IRIS, {"classes": [0]}, "greater than one; got 1 class"),
        (Y_IRIS, {"classes": [[0, 1, 2], [0, 1]]}, "classes must be one list of labels, since y has one column, got"),
        (Y_IRIS, {}, "classes must be passed"),
        (Y_IRIS[:9], {"classes": [0, 1, 2]}, "inconsistent numbers of samples"),
        (Y_IRIS, {"classes": [0, 1, 2], "sample_weight": [1.0]}, "sample_weight.shape"),
        (np.eye(3, dtype=int)[Y_IRIS], {"classes": ["a", "b", "c"]}, "numbers of the columns of y, which are an indic"),
        (np.eye(3, dtype=int)[Y_IRIS], {"classes": [0, 1]}, r"numbers of the columns .*; pass classes=range\(3\)"),
        (2 * np.eye(3, dtype=int)[Y_IRIS] - 1, {}, "got a multiclass-multioutput target; fit one PerceptronClassifier"),
    ],
)
def test_a_refused_first_partial_fit_leaves_nothing_behind(y, arguments, message):
    model = perceptron()
    before = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.partial_fit(X_IRIS, y, **arguments)
    assert vars(model) == before
    model.partial_fit(X_IRIS, Y_IRIS, classes=[0, 1, 2])
    assert_same_fit(model, Perceptron().partial_fit(X_IRIS, Y_IRIS, [0, 1, 2]))


def test_a_partial_fit_that_overflows_leaves_the_model_as_it_was():
    model = perceptron()
    for _ in range(2):  # unfitted, and fitted
        model.set_params(eta0=1e300)
        before = dict(vars(model))
        with pytest.raises(ValueError, match="under-/overflow"):
            model.partial_fit(X_IRIS * 1e10, Y_IRIS, [0, 1, 2])
        assert set(vars(model)) == set(before)
        assert all(vars(model)[name] is value for name, value in before.items())
        model.set_params(eta0=1.0).partial_fit(X_IRIS, Y_IRIS, [0, 1, 2])


@pytest.mark.parametrize(
    "y",
    [
        np.where(Y_IRIS == 1, "one", "other"),
        Y_IRIS == 2,
        np.array(["a", "b", "c"], dtype=object)[Y_IRIS],
        Y_IRIS.astype(float) - 1,
    ],
    ids=["strings", "bools", "objects", "floats"],
)
def test_labels_come_back_as_given(y):
    predictions = perceptron(max_iter=50).fit(X_IRIS, y).predict(X_IRIS)
    assert predictions.dtype == y.dtype
    assert set(predictions) <= set(y)


def test_learned_state_survives_pickle_clone_and_sparsify():
    model = perceptron(penalty="l1").fit(X_IRIS, Y_IRIS)
    expected = model.predict(X_IRIS)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X_IRIS), expected)
    np.testing.assert_array_equal(model.sparsify().predict(X_IRIS), expected)
    model.partial_fit(X_IRIS, Y_IRIS)
    assert isinstance(model.densify().coef_, np.ndarray)
    with pytest.raises(NotFittedError):
        clone(model).predict(X_IRIS)
    assert not hasattr(model, "predict_proba")


def test_warns_where_epochs_run_out():
    with pytest.warns(ConvergenceWarning, match="max_iter"):
        perceptron(max_iter=2).fit(X_IRIS, Y_IRIS)


def test_verbose_reports_epochs_and_changes_nothing(capsys):
    loud = perceptron(verbose=1).fit(X_IRIS, Y_IRIS == 1)
    out = capsys.readouterr().out
    assert out.count("-- Problem 1, epoch") == loud.n_iter_
    np.testing.assert_array_equal(loud.coef_, perceptron().fit(X_IRIS, Y_IRIS == 1).coef_)


def test_verbose_counts_the_rows_that_are_trained_on(capsys):
    settings = {"verbose": 1, "max_iter": 2, "tol": None, "early_stopping": True}
    printed = []
    for model in (PerceptronClassifier, Perceptron):
        model(**settings).fit(X_IRIS, Y_IRIS == 1)
        printed.append(re.findall(r"T: (\d+)", capsys.readouterr().out))
    assert printed[0] == printed[1] == ["135", "270"]


def test_the_intercept_of_two_classes_stays_double_between_calls_as_in_scikit_learn():
    """Rounded to float32 in between, it decides some rows differently."""
    for seed in range(5):
        rng = np.random.RandomState(seed)
        X = sparse.csr_array((rng.randint(-9, 10, size=(60, 3)) / 10).astype(np.float32))
        y = X.toarray().sum(axis=1) + rng.randint(-3, 4, size=60) / 10 > 0
        ours, theirs = (model(eta0=0.3, random_state=seed) for model in (PerceptronClassifier, Perceptron))
        for _ in range(4):
            for model in (ours, theirs):
                model.partial_fit(X, y, classes=[False, True])
        np.testing.assert_array_equal(ours.intercept_, theirs.intercept_)
        assert_same_fit(ours, theirs)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: perceptron(eta0=0).fit(X_IRIS, Y_IRIS), "'eta0' parameter"),
        (lambda: perceptron(step="relu").fit(X_IRIS, Y_IRIS), "'step' parameter"),
        (lambda: PerceptronClassifier(backend="jax").fit(X_IRIS, Y_IRIS), "'backend' parameter"),
        (
            lambda: PerceptronClassifier(backend="numpy", device="gpu:0").fit(X_IRIS, Y_IRIS),
            "backend='numpy' cannot be used with device='gpu:0'; use backend='tensorflow' or 'auto'",
        ),
        (lambda: PerceptronClassifier(device="abacus").fit(X_IRIS, Y_IRIS), "device must be .*'gpu'.*, got 'abacus'"),
        (lambda: perceptron().fit(X_IRIS, np.zeros(150)), "greater than one; got 1 class"),
        (lambda: perceptron().fit(X_IRIS, np.linspace(0, 1, 150)), "Unknown label type: continuous"),
        (lambda: perceptron().fit(X_IRIS, Y_IRIS, coef_init=np.zeros((2, 4))), "Provided coef_"),
        (lambda: perceptron().fit(X_IRIS, Y_IRIS, intercept_init=np.zeros(2)), "Provided intercept_init"),
        (lambda: perceptron(eta0=1e300).fit(X_IRIS * 1e10, Y_IRIS), "under-/overflow"),
        (
            lambda: PerceptronClassifier(early_stopping=True).fit(X_IRIS, ["a", *"bc" * 74, "c"]),
            r"Classes with too few members are: \['a'\]",
        ),
        (lambda: perceptron().partial_fit(X_IRIS, Y_IRIS), "classes must be passed"),
        (lambda: perceptron(early_stopping=True).partial_fit(X_IRIS, Y_IRIS, [0, 1, 2]), "early_stopping"),
        (
            lambda: perceptron(class_weight="balanced").partial_fit(X_IRIS, Y_IRIS, [0, 1, 2]),
            "class_weight 'balanced' is not supported for partial_fit",
        ),
        (lambda: perceptron().partial_fit(X_IRIS, Y_IRIS, [0, 1]), "label"),
        (
            lambda: perceptron(class_weight={0: np.nan}).partial_fit(X_IRIS, Y_IRIS == 1, [False, True]),
            "class_weight must",
        ),
        (lambda: PerceptronClassifier(class_weight={0: "a"}).fit(X_IRIS, Y_IRIS), "could not convert string to float"),
        (
            lambda: perceptron().fit(X_IRIS, Y_IRIS).partial_fit(X_IRIS, np.eye(3, dtype=int)[Y_IRIS]),
            "does not continue the fit",
        ),
        (lambda: perceptron().fit(X_IRIS, np.c_[Y_IRIS, Y_IRIS]), "multiclass-multioutput"),
        (lambda: perceptron().fit(X_IRIS, 2 * np.eye(3)[Y_IRIS]), "multiclass-multioutput"),
        (lambda: perceptron().fit(X_IRIS, sparse.csr_array(2 * np.eye(3)[Y_IRIS])), "A sparse y must be an"),
        (
            lambda: perceptron().fit(sparse.csr_array(([1.0] * 2, ([0, 1], [0, 2**31]))), [0, 1]),
            "A sparse X must have at most 2147483647 columns",
        ),
    ],
)
def test_bad_input_is_refused_in_one_sentence(build, message):
    with pytest.raises(ValueError, match=message):
        build()
