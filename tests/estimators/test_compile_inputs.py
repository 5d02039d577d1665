"""Nothing that flows through a program is baked into it.

XLA turns an input that it cannot treat as a number (the start of a slice, for instance) into a constant of the program,
and then compiles anew, silently, for every value of it. So every input of every program must be a parameter of the
compiled module.
"""

import re
from functools import partial

import numpy as np
import pytest
from scipy import sparse

from sklearn_ann import MLPClassifierTF, MLPRegressorTF, PerceptronClassifier
from sklearn_ann.activations import CELU
from sklearn_ann.augmentations import Mixup, RandomTranslation
from sklearn_ann.runtime import programs
from sklearn_ann.runtime.backend import tf

X = np.random.RandomState(0).normal(size=(40, 3))
LABELS = np.arange(40) % 3
classifier = partial(MLPClassifierTF, backend="tensorflow")
regressor = partial(MLPRegressorTF, backend="tensorflow")
perceptron = partial(PerceptronClassifier, max_iter=2, backend="tensorflow")
FITS = {
    "adam": lambda: classifier((4,), max_iter=2).fit(X, LABELS),
    "adaptive, validation": lambda: regressor(
        (4,), max_iter=2, early_stopping=True, solver="sgd", learning_rate="adaptive"
    ).fit(X, X[:, 0]),
    "invscaling": lambda: classifier((4,), max_iter=2, solver="sgd", learning_rate="invscaling").fit(X, LABELS),
    "augmentation, activations": lambda: classifier(
        (4, 4), max_iter=2, augmentation=[RandomTranslation((1, 3)), Mixup()], activation=[CELU(), tf.nn.softmax]
    ).fit(X, LABELS),
    "lbfgs": lambda: classifier((4,), max_iter=2, solver="lbfgs").fit(X, LABELS),
    "perceptron": lambda: perceptron().fit(X, LABELS),
    "perceptron sparse": lambda: perceptron().fit(sparse.csr_matrix(X), LABELS),
    "perceptron penalty, held out": lambda: perceptron(penalty="elasticnet", early_stopping=True).fit(X, LABELS),
    "perceptron average": lambda: perceptron(average=True).fit(X, LABELS),
}


class Seen(Exception):
    """The program need not be compiled as well."""


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # one epoch will do
@pytest.mark.parametrize("name", FITS)
def test_every_input_is_a_parameter_of_the_compiled_program(monkeypatch, name):
    def spied(self, *args):
        module = self._function.experimental_get_compiler_ir(*args)(stage="hlo")
        layout = re.search(r"entry_computation_layout=\{\((.*?)\)->", module).group(1)
        # a tensor that no operation reads is dropped; that is harmless, so ask TensorFlow's graph which are read
        graph = self._function.get_concrete_function(*args).graph
        read = sum(bool(tensor.consumers()) for tensor in graph.inputs)
        raise Seen(len(re.findall(r"\w+\[", layout)), read, len(tf.nest.flatten(args)))

    monkeypatch.setattr(programs.Compiled, "__call__", spied)
    with pytest.raises(Seen) as seen:
        FITS[name]()
    parameters, read, given = seen.value.args
    assert given > 3
    assert parameters >= read
