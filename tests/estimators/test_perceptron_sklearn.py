"""Perceptrons that are left to scikit-learn's loop: its weights, and the curves that NumPy's loop records."""

import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Perceptron, SGDClassifier
from sklearn.pipeline import make_pipeline

from sklearn_ann import PerceptronClassifier, load
from sklearn_ann.callbacks import EarlyStopping
from sklearn_ann.perceptron import selection

X, Y = load_iris(return_X_y=True)
TWO = np.where(Y == 1, "yes", "no")
WEIGHTS = np.random.RandomState(0).uniform(0.1, 2, len(Y))
SETTINGS = {
    "default": {},
    "in order, no intercept": {"shuffle": False, "fit_intercept": False, "eta0": 0.3},
    "l2": {"penalty": "l2", "alpha": 0.01},
    "l1, two epochs": {"penalty": "l1", "max_iter": 2},
    "elastic net": {"penalty": "elasticnet", "l1_ratio": 0.4, "alpha": 0.001},
    "early stopping": {"early_stopping": True, "random_state": 3},
    "balanced": {"class_weight": "balanced"},
    "weights of classes": {"class_weight": {1: 3.0, "yes": 2.0}, "tol": None, "max_iter": 7},
    "average": {"average": True},
    "average, late": {"average": 200, "random_state": 5},
}
ROWS = {
    "dense": X,
    "float32": X.astype(np.float32),
    "sparse": sparse.csr_array(np.where(X > 1.0, X, 0)),
    "wide indices": sparse.csr_array(np.where(X > 1.0, X, 0)),
}
for part in ("indices", "indptr"):
    setattr(ROWS["wide indices"], part, getattr(ROWS["wide indices"], part).astype(np.int64))

# Some fits are of a few epochs.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def settings_for(settings, y):
    """Weights of classes that y has."""
    if not isinstance(settings.get("class_weight"), dict):
        return settings
    return settings | {"class_weight": {"yes": 2.0, "no": 0.5} if y is TWO else {1: 3.0, 2: 0.5, 0: 1.0}}


def assert_same(found, expected):
    assert (found.n_iter_, found.t_, found.stop_reason_) == (expected.n_iter_, expected.t_, expected.stop_reason_)
    rtol = 1e-5 if found.coef_.dtype == np.float32 else 1e-12
    np.testing.assert_allclose(found.coef_, expected.coef_, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(found.intercept_, expected.intercept_, rtol=rtol, atol=rtol)
    assert found.mistakes_curve_ == expected.mistakes_curve_
    np.testing.assert_allclose(found.loss_curve_, expected.loss_curve_, rtol=rtol)
    assert found.history_.keys() == expected.history_.keys()


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("y", [TWO, Y], ids=["binary", "multiclass"])
@pytest.mark.parametrize(("rows", "is_weighted"), list(zip(ROWS, [True, False, True, False], strict=True)))
def test_equals_numpys_loop_curves_and_next_epoch_included(settings, y, rows, is_weighted):
    settings, sample_weight = settings_for(settings, y), WEIGHTS if is_weighted else None
    models = [PerceptronClassifier(backend=backend, **settings) for backend in ("auto", "numpy")]
    for model in models:
        model.fit(ROWS[rows], y, sample_weight=sample_weight)
    assert [model.backend_ for model in models] == ["sklearn", "numpy"]
    assert "loss_curve_" not in vars(models[0])
    assert_same(*models)
    if not settings.get("early_stopping") and settings.get("class_weight") != "balanced":
        assert_same(*(model.partial_fit(ROWS[rows], y, sample_weight=sample_weight) for model in models))
        assert models[0].backend_ == ("numpy" if settings.get("average") else "sklearn")


@pytest.mark.parametrize("y", [TWO, Y], ids=["binary", "multiclass"])
def test_warm_starts_equal_numpys_loop(y):
    models = [PerceptronClassifier(backend=backend, warm_start=True, max_iter=4) for backend in ("auto", "numpy")]
    for _ in range(2):
        assert_same(*(model.fit(X, y) for model in models))


def test_equals_scikit_learn_to_the_last_bit():
    for dtype in (np.float64, np.float32):
        rows, labels = load_digits(return_X_y=True)
        theirs = Perceptron(penalty="l2").fit(rows.astype(dtype), labels)
        ours = PerceptronClassifier(penalty="l2").fit(rows.astype(dtype), labels)
        for name in ("coef_", "intercept_", "n_iter_", "t_", "classes_"):
            found, expected = getattr(ours, name), getattr(theirs, name)
            np.testing.assert_array_equal(found, expected)
            assert np.asarray(found).dtype == np.asarray(expected).dtype


class Slow(PerceptronClassifier):
    """A subclass whose constructor has parameters of its own."""

    def __init__(self, pace=0.1):
        super().__init__(eta0=pace, max_iter=7, tol=None)
        self.pace = pace


def test_subclasses_may_have_another_constructor():
    ours, theirs = Slow(pace=0.3).fit(X, Y), Perceptron(eta0=0.3, max_iter=7, tol=None).fit(X, Y)
    np.testing.assert_array_equal(ours.coef_, theirs.coef_)
    assert ours.backend_ == "sklearn"
    assert len(ours.loss_curve_) == 7


@pytest.mark.parametrize(
    ("settings", "change"),
    [
        ({"backend": "numpy"}, {}),
        ({"device": "cpu:0"}, {}),
        ({"verbose": 1}, {}),
        ({}, {"y": np.eye(3, dtype=int)[Y]}),
        ({}, {"sample_weight": np.r_[0.0, np.ones(149)]}),
        ({"class_weight": {0: 0.0, 1: 1.0, 2: 1.0}}, {}),
    ],
    ids=["numpy", "device", "verbose", "multilabel", "row without weight", "class without weight"],
)
def test_what_scikit_learn_cannot_do_is_not_left_to_it(settings, change, capsys):
    model = PerceptronClassifier(**settings).fit(**{"X": X, "y": Y} | change)
    assert model.backend_ == "numpy"
    assert "loss_curve_" in vars(model)


def test_watched_and_large_fits_are_not_left_to_scikit_learn(monkeypatch):
    model = PerceptronClassifier(max_iter=3).set_callbacks(EarlyStopping(monitor="loss"))
    assert model.fit(X, Y).backend_ == "numpy"
    monkeypatch.setattr(selection, "_MOST_BYTES", X.nbytes - 1)
    assert PerceptronClassifier(max_iter=3).fit(X, Y).backend_ == "numpy"
    assert PerceptronClassifier(max_iter=3).fit(X.astype(np.float32), Y).backend_ == "sklearn"


@pytest.mark.parametrize("container", [np.array, sparse.csr_array])
def test_curves_are_those_of_the_fit_whatever_changes_afterwards(container):
    own_X, own_y, weights, class_weight = container(X), Y.copy(), np.ones(len(Y)), {0: 2, 1: 1, 2: 1}
    expected = PerceptronClassifier(backend="numpy", class_weight=dict(class_weight)).fit(own_X, own_y)
    model = PerceptronClassifier(class_weight=class_weight).fit(own_X, own_y, sample_weight=weights)
    if sparse.issparse(own_X):
        own_X.data *= 2
    else:
        own_X *= 2
    own_y[:] = 0
    weights *= 3
    class_weight[0] = 9
    model.set_params(eta0=7.0, max_iter=1, penalty="l1")
    assert_same(model, expected)


def test_a_generator_is_advanced_as_by_scikit_learn_and_its_curves_are_those_of_the_fit():
    generators = [np.random.RandomState(4) for _ in range(3)]
    theirs = Perceptron(random_state=generators[0]).fit(X, Y)
    ours = PerceptronClassifier(random_state=generators[1]).fit(X, Y)
    expected = PerceptronClassifier(random_state=generators[2], backend="numpy").fit(X, Y)
    np.testing.assert_array_equal(ours.coef_, theirs.coef_)
    assert generators[0].randint(10**9) == generators[1].randint(10**9)
    assert_same(ours, expected)


def test_fresh_entropy_is_that_of_the_curves_too():
    model = PerceptronClassifier(random_state=None, tol=None, max_iter=3).fit(X, Y)
    coef = model._unrecorded.calls[0].estimator.fit(X, Y).coef_  # by NumPy
    np.testing.assert_array_equal(model.coef_, coef)
    assert not np.array_equal(coef, PerceptronClassifier(random_state=None, tol=None, max_iter=3).fit(X, Y).coef_)


def test_pickles_and_files_hold_curves_but_no_rows(tmp_path):
    rows, labels = load_digits(return_X_y=True)
    model = PerceptronClassifier(max_iter=3).fit(rows, labels)
    expected = PerceptronClassifier(max_iter=3, backend="numpy").fit(rows, labels)
    data = pickle.dumps(model)
    assert len(data) < rows.nbytes / 20
    assert_same(pickle.loads(data), expected)
    PerceptronClassifier(max_iter=3).fit(rows, labels).save(tmp_path / "model")
    assert_same(load(tmp_path / "model"), expected)


def test_showing_a_model_in_a_notebook_records_no_curves():
    model = PerceptronClassifier().fit(X, Y)
    for shown in (model, make_pipeline("passthrough", model)):
        assert "coef_" in shown._repr_html_()
        assert "loss_curve_" not in vars(model)
    assert len(model.loss_curve_) == model.n_iter_
    assert "loss_curve_" in model._repr_html_()


def test_threads_may_ask_at_the_same_time():
    rows, labels = load_digits(return_X_y=True)
    for _ in range(5):
        model = PerceptronClassifier(max_iter=2).fit(rows[:300], labels[:300])
        with ThreadPoolExecutor(4) as pool:
            curves = list(pool.map(getattr, [model] * 8, ["loss_curve_", "mistakes_curve_"] * 4))
        assert curves == [model.loss_curve_, model.mistakes_curve_] * 4


def test_a_refused_fit_leaves_the_model_and_its_curves():
    model = PerceptronClassifier().fit(X, Y)
    coef = model.coef_
    with pytest.raises(ValueError, match=r"under-/overflow occurred at epoch #\d+\. Scaling input data"):
        model.set_params(eta0=1e308).fit(X * 10, Y)
    assert model.coef_ is coef
    assert_same(model, PerceptronClassifier(backend="numpy").fit(X, Y))


def test_one_warning_where_epochs_run_out_and_as_an_error_it_leaves_the_model():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        expected = PerceptronClassifier(max_iter=2).fit(X, Y)
    assert [each.category for each in caught] == [ConvergenceWarning]
    model = PerceptronClassifier(max_iter=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConvergenceWarning, match="Maximum number of iteration reached"):
            model.fit(X, Y)
    assert_same(model, expected)


def stream(model, n_calls, rows=X, y=Y, n_rows=15):
    for start in range(0, n_calls * n_rows, n_rows):
        part = np.arange(start, start + n_rows) % len(y)
        model.partial_fit(rows[part], y[part], classes=np.unique(y))
    return model


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("y", [TWO, Y], ids=["binary", "multiclass"])
@pytest.mark.parametrize("settings", [{}, {"penalty": "l1", "fit_intercept": False}, {"random_state": 4}])
def test_a_stream_equals_scikit_learns_to_the_last_bit(dtype, y, settings):
    ours, theirs = (stream(kind(**settings), 12, X.astype(dtype), y) for kind in (PerceptronClassifier, Perceptron))
    assert ours.backend_ == "sklearn"
    for name in ("coef_", "intercept_", "t_", "n_iter_", "classes_"):
        found, expected = getattr(ours, name), getattr(theirs, name)
        np.testing.assert_array_equal(found, expected)
        assert np.asarray(found).dtype == np.asarray(expected).dtype
    assert_same(ours, stream(PerceptronClassifier(backend="numpy", **settings), 12, X.astype(dtype), y))


def test_curves_go_on_whether_they_are_read_on_the_way_or_not():
    read, unread, numpys = (PerceptronClassifier(backend=b, max_iter=3).fit(X, Y) for b in ("auto", "auto", "numpy"))
    for n_calls in (2, 3, 1):
        for model in (read, unread, numpys):
            stream(model, n_calls)
        assert_same(read, numpys)
    assert len(numpys.loss_curve_) == 9
    assert len(unread._unrecorded.calls) == 7
    assert_same(unread, numpys)


def test_rows_of_long_streams_are_let_go_and_what_was_not_read_is_nan(monkeypatch):
    n_bytes = 15 * 4 * 8
    expected = stream(PerceptronClassifier(backend="numpy", max_iter=3).fit(X, Y), 8)
    for name, most in (("_MOST_BYTES", 2 * n_bytes + 8), ("_MOST_CALLS", 2)):
        with monkeypatch.context() as patch:
            model = PerceptronClassifier(max_iter=3).fit(X, Y)
            patch.setattr(selection, name, most)
            stream(model, 8)
            assert len(model._unrecorded.calls) == 2
        found = np.array([model.loss_curve_, model.mistakes_curve_])
        curves = np.array([expected.loss_curve_, expected.mistakes_curve_])
        lost = np.r_[False, False, False, np.ones(6, bool), False, False]  # those of fit are there
        assert np.isnan(found[:, lost]).all()
        np.testing.assert_allclose(found[:, ~lost], curves[:, ~lost], rtol=1e-12)
        np.testing.assert_array_equal(model.coef_, expected.coef_)
        assert len(stream(model, 1).loss_curve_) == len(expected.loss_curve_) + 1


def test_averages_between_calls_equal_numpys():
    models = [PerceptronClassifier(backend=backend) for backend in ("auto", "numpy")]
    for average in (False, True, True, False, False):
        for model in models:
            model.set_params(average=average)
            stream(model, 2)
        np.testing.assert_allclose(models[0].coef_, models[1].coef_, rtol=1e-12)
    assert_same(*models)


def test_weights_set_by_hand_are_continued():
    models = [PerceptronClassifier(backend=backend) for backend in ("auto", "numpy")]
    for model in models:
        model.coef_, model.intercept_, model.classes_ = np.ones((3, 4)), np.zeros(3), np.arange(3)
        stream(model, 3)
    assert_same(*models)


def test_a_refused_call_leaves_the_stream():
    model = stream(PerceptronClassifier(), 3)
    with pytest.raises(ValueError, match="under-/overflow"):
        model.set_params(eta0=1e308).partial_fit(X * 10, Y)
    model.set_params(eta0=1.0)
    assert_same(stream(model, 2), stream(stream(PerceptronClassifier(backend="numpy"), 3), 2))


def test_the_average_is_that_of_sgd_classifier():
    theirs = SGDClassifier(loss="perceptron", learning_rate="constant", eta0=1, penalty=None, average=10)
    theirs.set_params(random_state=0).fit(X, Y)
    ours = PerceptronClassifier(average=10).fit(X, Y)
    np.testing.assert_array_equal(ours.coef_, theirs.coef_)
    np.testing.assert_array_equal(ours.intercept_, theirs.intercept_)
