"""What must not load TensorFlow: importing the package, and unpickling an estimator and predicting with it.

Claims about an import run in an interpreter of their own, others in forks of one that has imported the package.
"""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_iris

import sklearn_ann.callbacks
from sklearn_ann import MLPClassifierTF, MLPRegressorTF, PerceptronClassifier
from tests.forks import run_fork

HEAVY_MODULES_LOADED = "sorted(m for m in ('tensorflow', 'keras', 'scikeras') if m in sys.modules)"


def run_python(code, *arguments):
    """Run ``code`` where the package has been imported, and return what it prints."""
    finished = run_fork(code, *arguments)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def test_import_changes_nothing_and_loads_no_more_than_is_asked_for():
    code = f"""
import os, random, sys
import numpy as np
import sklearn.neural_network  # whose own import changes environment and random state
before = dict(os.environ), random.getstate(), np.random.get_state()[1].tolist()
import sklearn_ann
print(before == (dict(os.environ), random.getstate(), np.random.get_state()[1].tolist()))
print({HEAVY_MODULES_LOADED}, "sklearn.linear_model" in sys.modules)
print("PerceptronClassifier" in dir(sklearn_ann), sklearn_ann.PerceptronClassifier())
import sklearn_ann.callbacks, sklearn_ann.inspection, sklearn_ann.model_selection
print({{"sklearn_ann.keras", "optuna", "joblib._dask", "matplotlib"}} & sys.modules.keys(), {HEAVY_MODULES_LOADED})
"""
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert finished.stdout.splitlines() == ["True", "[] False", "True PerceptronClassifier()", "set() []"]
    assert finished.stderr == ""


def test_a_worker_loads_what_its_fit_needs(tmp_path):
    """As a worker of a search does: without the formats of files, callbacks that nobody has set, or the perceptron."""
    X, y = load_iris(return_X_y=True)
    (tmp_path / "task").write_bytes(pickle.dumps((MLPClassifierTF((4,), tol=0.1), X, y)))
    code = """
import pickle, sys
model, X, y = pickle.load(open(sys.argv[1], "rb"))
model.fit(X, y).score(X, y)
unneeded = {"callbacks.tensorboard", "callbacks.scores", "callbacks.vital_signs", "fitting.storage", "perceptron"}
print({"sklearn_ann." + name for name in unneeded} & sys.modules.keys())
"""
    assert run_python(code, tmp_path / "task") == "set()"


@pytest.mark.parametrize("package", [sklearn_ann, sklearn_ann.callbacks, sklearn_ann.estimators])
def test_names_that_are_loaded_when_asked_for_are_listed(package):
    assert set(package.__all__) <= set(dir(package))
    assert all(getattr(package, name).__name__ == name for name in package.__all__ if name != "__version__")
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'nothing'"):
        package.nothing  # noqa: B018  (to ask for it is the test)


def test_tensorflow_is_loaded_and_starts_quietly():
    code = """
from sklearn_ann.keras import KerasCallback
from sklearn_ann import MLPClassifierTF
MLPClassifierTF((2,), max_iter=20, tol=1, backend="tensorflow").fit([[0.0], [1.0]], [0, 1])
"""
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")


@pytest.mark.filterwarnings("ignore:.*:sklearn.exceptions.ConvergenceWarning")  # three epochs are not to converge
def test_unpickle_and_predict_does_not_load_tensorflow(tmp_path):
    models = [
        MLPClassifierTF(max_iter=3, tol=0, n_iter_no_change=3, random_state=0),
        MLPRegressorTF(max_iter=3, tol=0, n_iter_no_change=3, random_state=0),
        MLPRegressorTF(loss="gaussian", max_iter=3, tol=0, n_iter_no_change=3, random_state=0),
        MLPRegressorTF(output_activation="tanh", max_iter=3, tol=0, n_iter_no_change=3, random_state=0),
        PerceptronClassifier(max_iter=3, tol=None),
    ]
    X, y = load_iris(return_X_y=True)
    for model in models:
        model.fit(X, y)
    (tmp_path / "models.pickle").write_bytes(pickle.dumps(models))
    np.save(tmp_path / "X.npy", X)
    code = f"""
import pickle, sys
import numpy as np
folder = sys.argv[1]
with open(folder + '/models.pickle', 'rb') as file:
    models = pickle.load(file)
np.save(folder + '/predicted.npy', [model.predict(np.load(folder + '/X.npy')) for model in models])
print({HEAVY_MODULES_LOADED})
"""
    assert run_python(code, tmp_path) == "[]"
    np.testing.assert_array_equal(np.load(tmp_path / "predicted.npy"), [model.predict(X) for model in models])


def test_a_small_perceptron_trains_without_tensorflow():
    code = f"""
import sys
from sklearn.datasets import load_iris
from sklearn_ann import PerceptronClassifier
X, y = load_iris(return_X_y=True)
for parameters in ({{}}, {{"penalty": "elasticnet"}}, {{"average": True}}, {{"early_stopping": True}}):
    model = PerceptronClassifier(**parameters).fit(X, y)
    model.partial_fit(X, y) if not model.early_stopping else model.score(X, y)
    print(model.backend_, len(model.loss_curve_) - model.n_iter_ >= 0, end=" ")  # curves are recorded by NumPy
print({HEAVY_MODULES_LOADED})
"""
    assert run_python(code) == "sklearn True sklearn True numpy True sklearn True []"


def test_what_needs_tensorflow_says_so_where_it_is_missing():
    code = """
import sys
sys.modules["tensorflow"] = sys.modules["keras"] = None  # as if they were not installed
from sklearn_ann import MLPClassifierTF, MLPRegressorTF
for what in (
    lambda: MLPClassifierTF(backend="tensorflow").fit([[0.0], [1.0]], [0, 1]),
    lambda: MLPRegressorTF(loss=abs).fit([[0.0], [1.0]], [0, 1]),
    lambda: __import__("sklearn_ann.keras"),
):
    try:
        what()
    except ImportError as error:
        print(error)
"""
    found = run_python(code).splitlines()
    assert len(found) == 3
    for sentence in found:
        assert sentence.startswith("This needs TensorFlow, whose import failed with ModuleNotFoundError")
        assert sentence.endswith("backend='numpy' or 'auto', and no device, functions of tensors or Keras models.")
