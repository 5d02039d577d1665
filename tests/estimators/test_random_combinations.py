"""Random combinations of what the MLPs offer, and what must hold of every one of them.

The parameters are drawn from a table by name, so that a new one is one more line. Nothing is compared with another
implementation here, the tests of each feature do that: this file looks for features that get in each other's way.
"""

import logging
import pickle
from contextlib import contextmanager

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.activations import ELU, LeakyReLU, PReLU, RReLU
from sklearn_ann.augmentations import Mixup
from sklearn_ann.initializers import Orthogonal
from sklearn_ann.losses import Focal, Huber, Quantile
from sklearn_ann.normalizations import BatchNorm
from sklearn_ann.optimizers import SGD, AdamW, RMSprop
from sklearn_ann.regularizers import L1, MaxNorm
from sklearn_ann.schedules import Cosine, OneCycle, ReduceOnPlateau, WarmUp
from tests.estimators.problems import (
    BINARY,
    LABELS,
    MULTILABEL,
    MULTIOUTPUT,
    REAL,
    REALS,
    WEIGHTS,
    X,
    assert_same_weights,
)

# a few epochs are enough; any other warning is an error
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# The first of each is what the estimator does by default.
ACTIVATIONS = ["relu", "tanh", "selu", "gelu", "prelu", LeakyReLU(0.1), ELU(0.7), RReLU()]
PARAMETERS = {
    "activation": [*ACTIVATIONS, ["selu", "gelu"], [PReLU(), RReLU()]],
    "solver": ["adam", "sgd", "lbfgs", "nadam", SGD(momentum=0.5), AdamW(), RMSprop(centered=True)],
    "learning_rate": [
        "constant",
        "invscaling",
        "adaptive",
        "exponential",
        OneCycle(),
        ReduceOnPlateau(patience=1),
        WarmUp(then=Cosine()),
    ],
    "dropout": [0.0, 0.3, [0.0, 0.4]],
    "input_dropout": [0.0, 0.2],
    "gaussian_noise": [0.0, 0.1],
    "regularizer": [None, [], [L1(0.01)], [MaxNorm(1.0), L1(0.01)]],
    "clipvalue": [None, 0.1],
    "global_clipnorm": [None, 0.5],
    "kernel_initializer": [None, "auto", "he_normal", Orthogonal()],
    "normalization": [None, "batch", "layer", BatchNorm(position="after")],
    "skip_connections": [False, True],
    "wide": [None, "all", [0, 3]],
    "deep": [None, [4, 0, 1]],
    "auxiliary_layer": [None, 2],
    "auxiliary_loss_weight": [0.0, 0.3],
    "standardize": [False, True],
    "averaging": [None, 0.5],
    "n_estimators": [1, 2],
    "learning_rate_multipliers": [None, [0, 1, 1], [1, 0, 0.5]],
    "augmentation": [None, Mixup()],
    "early_stopping": [False, True],
    "dtype": [None, "float32", "float64"],
}
OF_CLASSES = {
    "loss": ["log_loss", "focal", Focal(1.5), "hinge"],
    "label_smoothing": [0.0, 0.1],
}
OF_NUMBERS = {"loss": ["squared_error", "poisson", "gaussian", Huber(0.5), Quantile([0.2, 0.8])]}
CLASSES = [BINARY, LABELS, MULTILABEL, MULTIOUTPUT]
NUMBERS = [np.abs(REAL), np.abs(REALS)]  # the Poisson loss has no negative ones


def refused(name, value, parameters):
    """What the estimators refuse beside the other parameters, each in a sentence that has a test of its own."""
    if name == "label_smoothing":
        return parameters["loss"] != "log_loss"
    if parameters["solver"] != "lbfgs":
        return False
    noisy = name == "activation" and any(isinstance(each, RReLU) for each in np.atleast_1d(value))
    batches = name == "normalization" and value != "layer"
    rates = name == "learning_rate_multipliers" and value is not None and 0.5 in value
    stochastic = (
        "dropout",
        "input_dropout",
        "gaussian_noise",
        "regularizer",
        "clipvalue",
        "global_clipnorm",
        "augmentation",
        "averaging",
        "n_estimators",
    )
    return noisy or batches or rates or name in stochastic


def random_problem(seed, make, own, targets):
    """An estimator and what to fit it on."""
    rng = np.random.RandomState(seed)

    def one_of(values):
        return values[rng.randint(len(values))]

    drawn = {name: one_of(values) for name, values in {**PARAMETERS, **own}.items()}
    parameters = {name: value for name, value in drawn.items() if not refused(name, value, drawn)}
    model = make((5, 4), max_iter=4, validation_fraction=0.2, random_state=3, learning_rate_init=0.01, **parameters)
    return model, one_of([np.asarray, sparse.csr_array])(X), one_of(targets), one_of([None, WEIGHTS])


@contextmanager
def silence_of_tensorflow():
    """Nothing is to come through TensorFlow's logger, retracing for instance."""
    records, logger = [], logging.getLogger("tensorflow")
    handler = logging.Handler()
    handler.emit = records.append
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
    assert not [record.getMessage() for record in records]


def outputs(model, rows):
    """What is predicted, as columns of numbers."""
    predicted = model.predict(rows)
    if hasattr(model, "classes_"):
        predicted = model.decision_function(rows) if model.loss == "hinge" else model.predict_proba(rows)
    return np.hstack(predicted) if isinstance(predicted, list) else predicted.reshape(len(predicted), -1)


def assert_promises_are_kept(problem):
    model, *data = problem
    with silence_of_tensorflow():
        model.fit(*data)
    learned = [*model.coefs_, *model.intercepts_, *model.extra_weights_.values()]
    assert all(np.isfinite(array).all() for array in learned)

    rows, together = data[0], outputs(model, data[0])
    np.testing.assert_array_equal(outputs(pickle.loads(pickle.dumps(model)), rows), together)
    # a product of one row may add in another order
    rounding = 50 * np.finfo(model.coefs_[0].dtype).eps
    np.testing.assert_allclose(outputs(model, rows[7:8]), together[7:8], rtol=rounding, atol=rounding)

    again = clone(model)
    assert again.get_params() == model.get_params()
    assert_same_weights(again.fit(*data), model)


@pytest.mark.parametrize("seed", range(12))
def test_any_classifier_trains_and_keeps_the_promises(seed):
    assert_promises_are_kept(random_problem(seed, MLPClassifierTF, OF_CLASSES, CLASSES))


@pytest.mark.parametrize("seed", range(12, 24))
def test_any_regressor_trains_and_keeps_the_promises(seed):
    assert_promises_are_kept(random_problem(seed, MLPRegressorTF, OF_NUMBERS, NUMBERS))
