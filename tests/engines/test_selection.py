"""Which engine trains: a function of the problem alone."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_iris

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.activations import ActivationFunction, ReLU
from sklearn_ann.augmentations import AugmentationFunction, Mixup
from sklearn_ann.engines.selection import LARGE_WORK, select_backend, work_of
from sklearn_ann.losses import LogLoss, LossFunction
from sklearn_ann.network.spec import Network, Output

X, Y = load_iris(return_X_y=True)
PLAIN = Network(4, (10,), (ReLU(),), Output(LogLoss().of_form("multiclass"), (3,)), "float64")


def function(x):
    return x


def selected(backend="auto", device="auto", network=PLAIN, augmentations=(), work=1.0):
    return select_backend(backend, device=device, network=network, augmentations=augmentations, work=work)


def test_small_fits_train_in_numpy_and_long_ones_in_tensorflow():
    assert selected() == "numpy"
    assert selected(device="cpu") == selected(device="CPU:0") == "numpy"
    assert selected(work=LARGE_WORK) == "tensorflow"
    assert selected(work=LARGE_WORK, backend="numpy") == "numpy"
    assert selected(backend="tensorflow") == "tensorflow"
    assert selected(backend="numpy", augmentations=(Mixup().structure(),)) == "numpy"


def test_work_counts_the_operations_of_the_matrix_products():
    # forward, and twice as much backward; a multiplication and an addition each
    assert work_of(PLAIN, X, n_epochs=20, n_models=3) == 6 * 150 * (4 * 10 + 10 + 10 * 3 + 3) * 20 * 3
    half = sparse.csr_matrix(np.where(np.arange(4) < 2, X, 0))
    assert work_of(PLAIN, half, n_epochs=1, n_models=1) == 6 * 150 * (2 * 10 + 10 + 10 * 3 + 3)


@pytest.mark.parametrize(
    ("needs", "said"),
    [
        ({"device": "gpu"}, "device='gpu'"),
        ({"device": "cpu:1"}, "device='cpu:1'"),
        (
            {"network": Network(4, (10,), (ActivationFunction(function),), PLAIN.output, "float64")},
            "activation=<function",
        ),
        ({"network": Network(4, (10,), (ReLU(),), Output(LossFunction(function), (3,)), "float64")}, "loss=<function"),
        ({"augmentations": (Mixup().structure(), AugmentationFunction(function))}, "augmentation=<function"),
    ],
)
def test_what_needs_tensorflow_has_it_or_is_refused(needs, said):
    assert selected(**needs) == "tensorflow"
    with pytest.raises(ValueError, match=rf"backend='numpy' cannot be used with {said}.*; use backend='tensorflow' or"):
        selected(backend="numpy", **needs)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of two epochs
def test_estimators_say_what_trained_and_a_refusal_keeps_the_model():
    model = MLPClassifierTF((3,), max_iter=2, random_state=0).fit(X, Y)
    assert (model.backend_, model.device_) == ("numpy", "CPU:0")
    before = model.predict_proba(X)
    with pytest.raises(ValueError, match="backend='numpy' cannot be used with device='gpu'"):
        model.set_params(backend="numpy", device="gpu").fit(X, Y)
    np.testing.assert_array_equal(model.predict_proba(X), before)
    regressor = MLPRegressorTF((3,), max_iter=2, solver="lbfgs", backend="tensorflow").fit(X, X[:, 0])
    assert regressor.backend_ == "tensorflow"
