"""scikit-learn's own generic checks of an estimator, on both MLPs as they come and on variants of them.

No failure is expected of the defaults, of any solver or of class weights. What a variant cannot do by its nature is
declared below with the reason; a declared check that passes after all is an error, so that no entry outlives its cause.
Multilabel targets, sparse rows and float32 rows are among what each variant is checked with.
"""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.choices import L1, AdamW, ClipNorm, MaxNorm, Power, WarmUp

_WEIGHT_CHECKS = ("check_sample_weight_equivalence_on_dense_data", "check_sample_weight_equivalence_on_sparse_data")
_FLOAT32 = "compares predictions at 1e-7, which float32 does not resolve"
_DRAWN = "a row of weight 2 has one draw of the noise, and the row twice has two"
_SPLIT = "the split draws rows, so that a row of weight 2 is not the row twice; scikit-learn's MLP has the same"

# The defaults show a hidden layer; what most variants are about shows without one, and each of the shapes in the checks
# is a program to compile (which is what takes the time here). The rate is one that gets somewhere in few epochs.
_LINEAR = {"hidden_layer_sizes": ()}
_QUICK = {"learning_rate_init": 0.05}
_SPLITTING = {"early_stopping": True, "validation_fraction": 0.3}  # some checks train on 10 rows
_NOISY = {  # what the estimators have besides scikit-learn's, at once
    "dropout": 0.1,  # of hidden layers: there are none, which is one of the cases
    "input_dropout": 0.05,
    "gaussian_noise": 0.01,
    "regularizer": [L1(1e-5), MaxNorm(5.0), ClipNorm(5.0)],
    "learning_rate": WarmUp(epochs=2, then=Power(epochs=50)),
    "solver": AdamW(),
    "kernel_initializer": "fitting",
}
ESTIMATORS = [
    MLPClassifierTF(),
    MLPClassifierTF(class_weight="balanced"),  # beside the defaults, whose programs it shares
    MLPClassifierTF(**_LINEAR, **_QUICK, solver="sgd"),
    MLPClassifierTF(**_LINEAR, solver="lbfgs"),
    MLPClassifierTF((8,), **_QUICK, **_SPLITTING),
    MLPClassifierTF(**_LINEAR, **_QUICK, **_NOISY, label_smoothing=0.05),
    MLPClassifierTF(**_LINEAR, **_QUICK, loss="hinge"),
    MLPRegressorTF(),
    MLPRegressorTF(**_LINEAR, solver="sgd"),
    MLPRegressorTF(**_LINEAR, solver="lbfgs"),
    MLPRegressorTF(**_LINEAR, **_QUICK, dtype="float32"),
    MLPRegressorTF(**_LINEAR, **_QUICK, **_SPLITTING),
]


def expected_failures(estimator):
    """Names of the checks that a variant cannot pass, with the reason."""
    if estimator.dtype == "float32":
        return dict.fromkeys(_WEIGHT_CHECKS, _FLOAT32)
    if estimator.dropout:
        return dict.fromkeys(_WEIGHT_CHECKS, _DRAWN)
    if estimator.early_stopping:
        return dict.fromkeys(_WEIGHT_CHECKS, _SPLIT)
    return {}


# The checks cut training short, and their data are not scaled.
@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(ESTIMATORS, expected_failed_checks=expected_failures, xfail_strict=True)
def test_generic_checks(estimator, check):
    check(estimator)
