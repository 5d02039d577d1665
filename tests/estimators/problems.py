"""Small data of every kind of target, two estimators of one shape, and what they compute again in NumPy.

One shape for nearly all tests, so that those of a file share a compiled program.
"""

import numpy as np
from scipy.special import softmax

from sklearn_ann import MLPClassifierTF, MLPRegressorTF

_rng = np.random.RandomState(0)
X = _rng.normal(size=(60, 5))
_signal = X @ _rng.normal(size=(5, 3)) + 0.3 * _rng.normal(size=(60, 3))
BINARY = (_signal[:, 0] > 0.4).astype(int)
LABELS = _signal.argmax(axis=1)
MULTILABEL = (_signal > 0.2).astype(int)
REAL = _signal[:, 0]
REALS = _signal[:, :2]
MULTIOUTPUT = np.column_stack([LABELS, np.digitize(_signal[:, 1], [-1, 1])])
WEIGHTS = _rng.uniform(0.1, 3, 60)
X_VAL, Y_VAL, REAL_VAL, WEIGHTS_VAL = X[40:], LABELS[40:], REAL[40:], WEIGHTS[40:]

# Float64 arithmetic in another order: a few units in the last place.
CLOSE = {"rtol": 1e-9, "atol": 1e-12}


def classifier(**parameters):
    return MLPClassifierTF(**{"hidden_layer_sizes": (7,), "max_iter": 5, "random_state": 3, **parameters})


def regressor(**parameters):
    return MLPRegressorTF(**{"hidden_layer_sizes": (7,), "max_iter": 5, "random_state": 3, **parameters})


def raw(model, rows):
    """Raw outputs of a network of relus, from its weights."""
    values = rows
    for coef, intercept in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
        values = np.maximum(values @ coef + intercept, 0)
    return values @ model.coefs_[-1] + model.intercepts_[-1]


def cross_entropy(raw_values, labels):
    """Minus the logarithm of the softmax probability of the label in each row; labels are column numbers."""
    return -np.log(softmax(raw_values, axis=1)[np.arange(len(labels)), labels])


def assert_same_weights(model, expected, **tolerance):
    for a, b in zip([*model.coefs_, *model.intercepts_], [*expected.coefs_, *expected.intercepts_], strict=True):
        if tolerance:
            np.testing.assert_allclose(a, b, **tolerance)
        else:
            np.testing.assert_array_equal(a, b)
