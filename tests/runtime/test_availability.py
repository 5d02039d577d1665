"""Processes in which TensorFlow cannot work: one sentence at once, and whatever does without TensorFlow works on.

Forks are made in processes of their own, which have no threads but TensorFlow's.
"""

import sys
import textwrap

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from sklearn_ann import MLPClassifierTF, PerceptronClassifier
from sklearn_ann.runtime.backend import tf
from tests.forks import run_fork

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of three epochs

PRELUDE = """
    import multiprocessing, warnings
    import numpy as np
    from sklearn.neural_network import MLPClassifier
    warnings.simplefilter("ignore")
    X, y = np.random.RandomState(0).normal(size=(40, 3)), np.arange(40) % 2

    def in_fork(function):
        child = multiprocessing.get_context("fork").Process(target=function)
        child.start()
        child.join(100)
        assert child.exitcode == 0, child.exitcode  # None, if it hangs

    def refused(function):
        try:
            function()
        except RuntimeError as error:
            return "forked" in str(error) and "'spawn'" in str(error) and "'loky'" in str(error)

    def make(backend="tensorflow", **parameters):
        from sklearn_ann import MLPClassifierTF
        return MLPClassifierTF((4,), max_iter=3, random_state=0, backend=backend, **parameters)

    def fits_like_scikit_learn():
        theirs = MLPClassifier((4,), max_iter=3, random_state=0).fit(X, y)
        np.testing.assert_allclose(make().fit(X, y).coefs_[0], theirs.coefs_[0], rtol=0, atol=1e-6)

    def is_refused():
        assert refused(lambda: make().fit(X, y))
        return True
"""
X, y = np.random.RandomState(0).normal(size=(40, 3)), np.arange(40) % 2
needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not fork by default")


def run(script):
    """Run where TensorFlow has been imported and has not started."""
    done = run_fork(textwrap.dedent(PRELUDE) + textwrap.dedent(script), imports="tensorflow")
    assert done.stdout == "fine\n", done.stdout + done.stderr


@needs_fork
def test_after_a_fit_a_forked_process_predicts_and_refuses_to_train():
    run("""
        from sklearn_ann import MLPRegressorTF, PerceptronClassifier
        from sklearn_ann.estimators import fitted
        from sklearn_ann.runtime.backend import tf

        model, perceptron, own = make().fit(X, y), PerceptronClassifier(max_iter=3).fit(X, y), make(activation=tf.sin)
        own.fit(X, y)
        expected = model.predict_proba(X), perceptron.predict(X)

        def child():
            np.testing.assert_array_equal(model.predict_proba(X), expected[0])
            np.testing.assert_array_equal(perceptron.predict(X), expected[1])
            fitted.is_large = lambda *_: True  # then it would be compiled, were it not here
            np.testing.assert_array_equal(model.predict_proba(X), expected[0])
            assert refused(lambda: model.fit(X, y))
            assert refused(lambda: make().partial_fit(X, y, classes=[0, 1]))
            assert refused(lambda: make(solver="lbfgs").fit(X, y))
            compiled = PerceptronClassifier(backend="tensorflow")
            assert refused(lambda: compiled.fit(X, y))
            assert refused(lambda: compiled.partial_fit(X, y, classes=[0, 1]))
            PerceptronClassifier().fit(X, y)
            assert refused(lambda: own.predict(X))
            for solver in ("adam", "lbfgs"):  # what needs no TensorFlow works
                theirs = MLPClassifier((4,), max_iter=3, random_state=0, solver=solver).fit(X, y)
                ours = make("auto", solver=solver).fit(X, y)
                np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], rtol=0, atol=1e-9)
            assert refused(lambda: MLPRegressorTF(loss=lambda y, z: tf.reduce_mean((y - z) ** 2, -1)).fit(X, y))
            np.testing.assert_array_equal(model.predict_proba(X), expected[0])

        in_fork(child)
        from joblib import Parallel, delayed
        assert Parallel(2, "multiprocessing")(delayed(is_refused)() for _ in range(2)) == [True, True]
        fits_like_scikit_learn()  # as ever in the process that has forked
        print("fine")
    """)


@needs_fork
def test_whether_tensorflow_has_started_is_known_whoever_has_imported_it():
    """Each case in a fork of a process that has imported TensorFlow, and has not started it."""
    run("""
        import tensorflow as tf

        def forks_before_the_start():
            import sklearn_ann.runtime.devices  # starts nothing
            in_fork(fits_like_scikit_learn)

        def forks_after_somebody_else_has_started_it():
            tf.constant(1.0)
            in_fork(is_refused)  # where the package is imported for the first time
            fits_like_scikit_learn()  # TensorFlow has started in this very process

        def disables_eager_execution():
            tf.compat.v1.disable_eager_execution()
            try:
                make().fit(X, y)
            except RuntimeError as error:
                assert "tf.compat.v1.disable_eager_execution()" in str(error), error
            else:
                raise AssertionError

        for case in (forks_before_the_start, forks_after_somebody_else_has_started_it, disables_eager_execution):
            in_fork(case)
        print("fine")
    """)


ESTIMATORS = [
    MLPClassifierTF((4,), max_iter=3, random_state=0, backend="tensorflow"),
    MLPClassifierTF((4,), max_iter=3, random_state=0, backend="tensorflow", solver="lbfgs"),
    MLPClassifierTF((4,), max_iter=3, random_state=0, activation=tf.sin),
    PerceptronClassifier(max_iter=3, backend="tensorflow"),
]
IN_GRAPH_MODE = (
    r"TensorFlow must execute eagerly here, got graph mode; call this outside of tf\.function and tf\.Graph.*"
)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=["adam", "lbfgs", "own", "perceptron"])
def test_a_fit_in_graph_mode_is_refused(estimator):
    with tf.Graph().as_default(), pytest.raises(RuntimeError, match=IN_GRAPH_MODE):
        estimator.fit(X, y)
    with pytest.raises(RuntimeError, match=IN_GRAPH_MODE):
        tf.function(lambda: estimator.fit(X, y), autograph=False)()


def test_a_prediction_in_graph_mode_is_made_where_numpy_makes_it(monkeypatch):
    model, own = (MLPClassifierTF((4,), max_iter=3, random_state=0, activation=a).fit(X, y) for a in ("relu", tf.sin))
    expected = model.predict_proba(X)
    monkeypatch.setattr("sklearn_ann.estimators.fitted.is_large", lambda *_: True)
    with tf.Graph().as_default():
        np.testing.assert_array_equal(model.predict_proba(X), expected)
        with pytest.raises(RuntimeError, match=IN_GRAPH_MODE):
            own.predict_proba(X)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=["adam", "lbfgs", "own", "perceptron"])
def test_a_fit_under_tensorflows_debugger_is_refused(estimator):
    tf.debugging.enable_check_numerics()
    try:
        with pytest.raises(RuntimeError, match=r"XLA cannot compile.*call tf\.debugging\.disable_check_numerics\(\)"):
            estimator.fit(X, y)
    finally:
        tf.debugging.disable_check_numerics()


def test_a_tape_around_a_fit_changes_nothing():
    theirs = MLPClassifier((4,), max_iter=3, random_state=0).fit(X, y)
    with tf.GradientTape():
        ours = MLPClassifierTF((4,), max_iter=3, random_state=0, backend="tensorflow").fit(X, y)
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], rtol=0, atol=1e-9)  # rounding of three epochs
