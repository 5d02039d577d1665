"""Both engines give the same fit: weights, curves and scores, whatever the network is made of."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits, load_iris

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.activations import LeakyReLU, RReLU
from sklearn_ann.augmentations import Mixup, RandomTranslation
from sklearn_ann.losses import Quantile
from sklearn_ann.normalizations import BatchNorm
from sklearn_ann.optimizers import RMSprop
from sklearn_ann.regularizers import L1, MaxNorm

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),  # five epochs are enough to compare
    pytest.mark.filterwarnings("ignore:Got `batch_size` less than 1 or larger"),  # one case wants a single batch
]

IRIS = load_iris(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True)
TWO_TARGETS = DIABETES[0], np.column_stack([DIABETES[1], np.sqrt(DIABETES[1])])
DIGITS = tuple(array[:300] for array in load_digits(return_X_y=True))

CASES = {
    "one batch, logistic, clipping": (
        MLPClassifierTF,
        IRIS,
        {"activation": "logistic", "solver": "sgd", "clipvalue": 0.02, "global_clipnorm": 0.05, "alpha": 0.1},
    ),
    "early stopping": (
        MLPClassifierTF,
        IRIS,
        {"early_stopping": True, "batch_size": 32, "n_iter_no_change": 2, "activation": LeakyReLU(0.1)},
    ),
    "class weights, smoothing, one cycle, averaging": (
        MLPClassifierTF,
        IRIS,
        {
            "class_weight": {0: 1, 1: 2, 2: 0.5},
            "label_smoothing": 0.1,
            "learning_rate": "one_cycle",
            "solver": RMSprop(momentum=0.5),
            "averaging": 0.4,
            "batch_size": 50,
        },
    ),
    "selu, plateau, nadam": (
        MLPClassifierTF,
        IRIS,
        {
            "activation": "selu",
            "dropout": 0.2,
            "kernel_initializer": "auto",
            "learning_rate": "plateau",
            "solver": "nadam",
        },
    ),
    "noise, rrelu": (
        MLPRegressorTF,
        DIABETES,
        {"gaussian_noise": 0.1, "dropout": 0.3, "input_dropout": 0.1, "activation": RReLU(), "batch_size": 100},
    ),
    "batch norm after, bounded output": (
        MLPRegressorTF,
        DIABETES,
        {
            "normalization": BatchNorm(position="after"),
            "activation": "gelu",
            "loss": "huber",
            "output_activation": "tanh",
        },
    ),
    "layer norm, skip": (
        MLPRegressorTF,
        DIABETES,
        {"normalization": "layer", "skip_connections": True, "hidden_layer_sizes": (10, 10, 10), "batch_size": 100},
    ),
    "gaussian": (MLPRegressorTF, DIABETES, {"loss": "gaussian", "batch_size": 60}),
    "ensemble": (
        MLPClassifierTF,
        IRIS,
        {
            "n_estimators": 3,
            "batch_size": 40,
            "early_stopping": True,
            "n_iter_no_change": 1,
            "max_iter": 12,
            "tol": 0.02,
        },
    ),
    "ensemble, one batch": (MLPRegressorTF, DIABETES, {"n_estimators": 2, "dropout": 0.2, "batch_size": 500}),
    "ensemble, numbers for each output": (
        MLPRegressorTF,
        TWO_TARGETS,
        {
            "n_estimators": 3,
            "loss": Quantile([0.1, 0.9]),
            "loss_weights": [1, 3],
            "output_activation": "tanh",
            "output_range": (-10, 400),
            "batch_size": 60,
        },
    ),
    "augmentation": (
        MLPClassifierTF,
        DIGITS,
        {"augmentation": [RandomTranslation((8, 8), 1), Mixup(0.4)], "batch_size": 100},
    ),
    "multipliers, regularizers": (
        MLPClassifierTF,
        IRIS,
        {
            "learning_rate_multipliers": [0.1, 0.5, 2],
            "hidden_layer_sizes": (8, 6),
            "batch_size": 50,
            "regularizer": [L1(0.01), MaxNorm(0.8)],
            "alpha": 0.1,
            "global_clipnorm": 0.5,
        },
    ),
    "frozen layer in the middle": (
        MLPRegressorTF,
        DIABETES,
        {
            "learning_rate_multipliers": [1, 0, 0.5],
            "hidden_layer_sizes": (8, 6),
            "normalization": BatchNorm(momentum=0.8),
            "activation": "prelu",
            "standardize": True,
            "solver": "sgd",
            "wide": [0, 3],
            "auxiliary_loss_weight": 0.3,
            "auxiliary_layer": 2,
            "clipvalue": 0.5,
            "batch_size": 100,
        },
    ),
    "frozen output of an ensemble": (
        MLPClassifierTF,
        IRIS,
        {"n_estimators": 2, "learning_rate_multipliers": [0.5, 0], "batch_size": 50, "solver": "sgd"},
    ),
    "lbfgs": (MLPClassifierTF, IRIS, {"solver": "lbfgs", "max_iter": 8, "activation": "elu"}),
    "lbfgs, frozen": (
        MLPClassifierTF,
        IRIS,
        {"solver": "lbfgs", "max_iter": 8, "learning_rate_multipliers": [1, 0, 1], "hidden_layer_sizes": (8, 6)},
    ),
    "lbfgs, layer norm": (MLPRegressorTF, DIABETES, {"solver": "lbfgs", "max_iter": 5, "normalization": "layer"}),
}


def fits(kind, data, settings, dtype="float64"):
    X, y = data
    common = {"hidden_layer_sizes": (10,), "max_iter": 5, "random_state": 3, "dtype": dtype, **settings}
    return [kind(backend=backend, **common).fit(X, y) for backend in ("numpy", "tensorflow")]


def weights(model):
    return [*model.coefs_, *model.intercepts_, *model.extra_weights_.values()]


@pytest.mark.parametrize("case", CASES)
def test_weights_and_curves_agree(case):
    ours, theirs = fits(*CASES[case])
    assert (ours.backend_, theirs.backend_) == ("numpy", "tensorflow")
    assert ours.n_iter_ == theirs.n_iter_
    for a, b in zip(weights(ours), weights(theirs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10 * max(1.0, np.abs(b).max()))
    for name in ("loss_curve_", "learning_rate_curve_", "validation_scores_", "validation_loss_curve_"):
        if getattr(theirs, name, None) is not None:
            np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-9)
    assert ours.t_ == theirs.t_
    np.testing.assert_allclose(ours.loss_, theirs.loss_, rtol=1e-9)


@pytest.mark.parametrize("case", ["early stopping", "layer norm, skip", "gaussian"])
def test_they_agree_in_float32(case):
    ours, theirs = fits(*CASES[case], dtype="float32")
    X = CASES[case][1][0].astype(np.float32)
    predictions = [getattr(model, "predict_proba", model.predict)(X) for model in (ours, theirs)]
    assert predictions[0].dtype == predictions[1].dtype == np.float32
    np.testing.assert_allclose(*predictions, rtol=1e-4, atol=1e-4)
