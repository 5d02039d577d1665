"""What a fit prints, warns of and raises, and what is left of the model then."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Perceptron
from sklearn.neural_network import MLPClassifier, MLPRegressor

from sklearn_ann import PerceptronClassifier
from sklearn_ann.callbacks import Callback, Checkpoint
from tests.estimators.problems import LABELS, REAL, X, classifier, regressor
from tests.forks import run_fork

# most fits are a few epochs long: what is compared is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize(
    ("make", "sklearn_class", "y", "parameters"),
    [
        (classifier, MLPClassifier, LABELS, {}),
        (classifier, MLPClassifier, LABELS, {"early_stopping": True, "n_iter_no_change": 2, "max_iter": 30}),
        (regressor, MLPRegressor, REAL, {"tol": 0.5, "n_iter_no_change": 2, "max_iter": 30}),
        (
            regressor, MLPRegressor, REAL,
            {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.5, "n_iter_no_change": 1, "max_iter": 60},
        ),
    ],
    ids=["to the end", "validation score", "training loss", "adaptive"],
)  # fmt: skip
def test_verbose_prints_scikit_learns_lines(make, sklearn_class, y, parameters, capsys):
    ours = make(verbose=True, **parameters)
    theirs = sklearn_class(**{name: getattr(ours, name) for name in sklearn_class().get_params()})
    ours.fit(X, y)
    got = capsys.readouterr().out
    theirs.fit(X, y)
    expected = capsys.readouterr().out
    assert got == expected
    assert expected.count("Iteration") == ours.n_iter_


def test_verbose_partial_fit_prints_scikit_learns_lines(capsys):
    ours, theirs = regressor(verbose=True), MLPRegressor(hidden_layer_sizes=(7,), random_state=3, verbose=True)
    printed = []
    for model in (ours, theirs):
        for _ in range(3):
            model.partial_fit(X, REAL)
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] != ""


def test_verbose_counts_on_from_a_checkpoint(tmp_path, capsys):
    classifier(max_iter=3).set_callbacks(Checkpoint(tmp_path)).fit(X, LABELS)
    classifier(verbose=True).fit(X, LABELS, resume=tmp_path)
    assert [line.split(",")[0] for line in capsys.readouterr().out.splitlines()] == ["Iteration 4", "Iteration 5"]


def test_a_watched_perceptron_is_as_verbose_as_another(capsys):
    def lines(*callbacks):
        PerceptronClassifier(max_iter=3, tol=None, verbose=1).set_callbacks(*callbacks).fit(X, LABELS)
        return sorted(line for line in capsys.readouterr().out.splitlines() if "seconds" not in line)

    assert lines() == lines(Callback()) != []


def test_verbose_lbfgs_prints_something(capsys):
    regressor(solver="lbfgs", verbose=True).fit(X, REAL)
    assert "loss" in capsys.readouterr().out


def test_a_fit_prints_nothing_even_the_first_of_a_process():
    """Of one that imports TensorFlow too: test_tensorflow_is_loaded_and_starts_quietly."""
    done = run_fork(
        "import numpy as np, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "from sklearn_ann import MLPClassifierTF\n"
        "X = np.random.RandomState(0).normal(size=(60, 5))\n"
        "model = MLPClassifierTF((7,), max_iter=3, random_state=0).fit(X, X[:, 0] > 0)\n"
        "model.partial_fit(X, X[:, 0] > 0).predict(X)\n"
        "model.set_params(solver='lbfgs').fit(X, X[:, 0] > 0)\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.filterwarnings("default")  # the warning that the file ignores is what is looked at
def test_a_fit_that_was_cut_short_says_so_at_the_callers_line(solver):
    with pytest.warns(ConvergenceWarning) as caught:
        classifier(solver=solver, max_iter=3).fit(X, LABELS)
    (warning,) = caught
    assert warning.filename == __file__
    with pytest.warns(ConvergenceWarning) as expected:
        MLPClassifier((7,), solver=solver, max_iter=3).fit(X, LABELS)
    assert str(warning.message).split()[0] == str(expected[0].message).split()[0]
    if solver != "lbfgs":
        assert str(warning.message) == str(expected[0].message)


class Interrupts(Callback):
    def epoch_end(self, context):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("make", "reference", "warning"),
    [
        (lambda: classifier(max_iter=3), MLPClassifier, ConvergenceWarning),
        (lambda: classifier(max_iter=3, early_stopping=True), MLPClassifier, ConvergenceWarning),
        (lambda: classifier(max_iter=3, solver="lbfgs"), MLPClassifier, ConvergenceWarning),
        (lambda: PerceptronClassifier(max_iter=2), Perceptron, ConvergenceWarning),
        (lambda: classifier().set_callbacks(Interrupts()), None, UserWarning),
    ],
    ids=["epochs", "early stopping", "lbfgs", "perceptron", "Ctrl-C"],
)
def test_a_warning_that_is_made_an_error_leaves_the_trained_model(make, reference, warning):
    """Like scikit-learn's, whose model is usable then."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = make().fit(X, LABELS)
    model = make()
    raising = [model]
    if reference is not None:
        raising.append(reference(**{name: getattr(model, name) for name in reference().get_params()}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for each in raising:
            with pytest.raises(warning):
                each.fit(X, LABELS)
    for each in raising:
        np.testing.assert_array_equal(each.predict(X), expected.predict(X))
    assert (model.n_iter_, model.stop_reason_) == (expected.n_iter_, expected.stop_reason_)


@pytest.mark.filterwarnings("default")
def test_a_perceptron_that_was_cut_short_says_so_at_the_callers_line():
    with pytest.warns(ConvergenceWarning) as caught:
        PerceptronClassifier(max_iter=2).fit(X, LABELS)
    assert caught[0].filename == __file__


def test_a_callbacks_error_is_raised_also_where_the_warning_is_an_error():
    class Breaks(Callback):
        def end(self, context):
            raise RuntimeError("no plot today")

    model = PerceptronClassifier(max_iter=2).set_callbacks(Breaks())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeError, match="no plot today") as caught:
            model.fit(X, LABELS)
    assert isinstance(caught.value.__context__, ConvergenceWarning)
    assert model.predict(X).shape == LABELS.shape


@pytest.mark.filterwarnings("error")  # the warning that the file ignores must not come
def test_a_fit_that_converged_warns_of_nothing():
    model = regressor(max_iter=2000, tol=0.01, n_iter_no_change=2).fit(X, REAL)
    assert model.n_iter_ < 2000
    regressor().partial_fit(X, REAL)  # one epoch is all that was asked for


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_non_finite_weights_raise_and_the_model_before_stays(method):
    model = regressor(solver="sgd", max_iter=3).fit(X, REAL)
    before, predicted = dict(vars(model)), model.predict(X)
    with pytest.raises(ValueError, match="Solver produced non-finite parameter weights"):
        getattr(model, method)(X * 1e200, REAL * 1e200)
    assert all(vars(model)[name] is value for name, value in before.items())
    np.testing.assert_array_equal(model.predict(X), predicted)


def test_an_unfitted_model_stays_unfitted_after_non_finite_weights():
    model = regressor(solver="sgd")
    before = set(vars(model))
    with pytest.raises(ValueError, match="non-finite"):
        model.fit(X * 1e200, REAL * 1e200)
    assert set(vars(model)) == before


def test_ctrl_c_keeps_the_model_with_a_warning():
    """A real signal to a process in the middle of a compiled fit that would take hours."""
    code = """
import os, signal, sys, threading, time, warnings
import numpy as np
from sklearn_ann import MLPClassifierTF

def press_ctrl_c():
    while not os.fstat(1).st_size:  # lines of verbose: training is under way
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)

X = np.random.RandomState(0).normal(size=(60, 5))
y = (X[:, 0] > 0).astype(int)
model = MLPClassifierTF((7,), random_state=0, max_iter=10**8, n_iter_no_change=np.inf, verbose=True)
threading.Thread(target=press_ctrl_c).start()
sys.stdout.reconfigure(line_buffering=True)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model.fit(X, y)
assert "Training interrupted by user." in [str(warning.message) for warning in caught], caught
assert model.n_iter_ == len(model.loss_curve_) > 0
assert model.t_ > 0
assert model.backend_ == "tensorflow"
assert model.score(X, y) > 0.5
model.set_params(verbose=False).partial_fit(X, y)  # and it can go on
print("kept")
"""
    done = run_fork(code, imports="tensorflow")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("kept\n")
