"""scikit-learn's own tests of its MLPs and its Perceptron, run on the classes of this package.

The test modules are taken from the installed scikit-learn as they are; only the estimator classes in them are replaced.
Tests that reach into private attributes of scikit-learn's classes are left out, by name.
"""

import sys
from pathlib import Path

import pytest
import sklearn

from sklearn_ann import MLPClassifierTF, MLPRegressorTF, PerceptronClassifier

PRIVATE = {
    "test_gradient": "calls MLPClassifier._loss_grad_lbfgs; our gradient is tested in tests/network/test_graph.py",
}


def _module_source(path: str, replacements: dict[str, str]) -> str:
    source = (Path(sklearn.__file__).parent / path).read_text()
    for line, replacement in replacements.items():
        assert line in source, f"scikit-learn's {path} no longer contains {line!r}"
        source = source.replace(line, replacement)
    return source


def _load(name: str, source: str, classes: dict[str, type]) -> dict[str, object]:
    module = type(sys)(name)
    module.__dict__.update(classes)
    exec(compile(source, name, "exec"), module.__dict__)  # scikit-learn's own test file
    return {key: value for key, value in vars(module).items() if key.startswith("test_")}


_mlp = _load(
    "sklearn_test_mlp",
    _module_source(
        "neural_network/tests/test_mlp.py", {"from sklearn.neural_network import MLPClassifier, MLPRegressor\n": "\n"}
    ),
    {"MLPClassifier": MLPClassifierTF, "MLPRegressor": MLPRegressorTF},
)
_perceptron = _load(
    "sklearn_test_perceptron",
    _module_source("linear_model/tests/test_perceptron.py", {"from sklearn.linear_model import Perceptron\n": "\n"}),
    {"Perceptron": PerceptronClassifier},
)
assert set(PRIVATE) <= set(_mlp)
assert not set(_mlp) & set(_perceptron)
globals().update({name: test for name, test in {**_mlp, **_perceptron}.items() if name not in PRIVATE})


@pytest.fixture
def global_random_seed():
    """scikit-learn's fixture of that name."""
    return 42


# The test files raise RuntimeWarnings and ConvergenceWarnings that scikit-learn's own configuration lets pass.
pytestmark = pytest.mark.filterwarnings("default")
