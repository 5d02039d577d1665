"""What scikit-learn's generic checks are run on: both MLPs as they come, and variants of them.

No failure is expected of the defaults, of any solver or of class weights. What a variant cannot do by its nature is
declared below with the reason; a declared check that passes after all is an error, so that no entry outlives its cause.
Multilabel targets, sparse rows and float32 rows are among what each variant is checked with.
"""

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.augmentations import Mixup
from sklearn_ann.optimizers import AdamW
from sklearn_ann.regularizers import L1, MaxNorm
from sklearn_ann.schedules import Power, WarmUp

WEIGHT_CHECKS = ("check_sample_weight_equivalence_on_dense_data", "check_sample_weight_equivalence_on_sparse_data")
_FLOAT32 = "compares predictions at 1e-7, which float32 does not resolve"
_DRAWN = "a row of weight 2 has one draw of the noise, and the row twice has two"
_SPLIT = "the split draws rows, so that a row of weight 2 is not the row twice; scikit-learn's MLP has the same"

# Each variant is fitted some 300 times. What has a road of its own through the estimator (L-BFGS, the defaults) is a
# variant by itself, and what is a row of a table or a number on the same road is in a variant together with others. The
# rates get somewhere in a quarter of the default's epochs.
LINEAR = {"hidden_layer_sizes": ()}
_QUICK = {"learning_rate_init": 0.05, "max_iter": 50}
_QUICKER = {"learning_rate_init": 0.1}  # a class of weight 1000 is to be learned before a fit stops early
_SPLITTING = {"early_stopping": True, "validation_fraction": 0.3}  # some checks train on 10 rows
_NOISY = {  # what the estimators have besides scikit-learn's, at once
    "dropout": 0.1,  # of hidden layers: there are none, which is one of the cases
    "input_dropout": 0.05,
    "gaussian_noise": 0.01,
    "augmentation": Mixup(0.05),
    "regularizer": [L1(1e-5), MaxNorm(5.0)],
    "clipvalue": 1.0,
    "global_clipnorm": 5.0,
    "learning_rate": WarmUp(epochs=2, then=Power(epochs=50)),
    "solver": AdamW(),
    "kernel_initializer": "auto",
}
_STRUCTURED = {  # no draws among these, so that a weight is a repeated row
    "hidden_layer_sizes": (3,),  # a skip wherever the data have three columns, as in a dozen checks
    "activation": "prelu",
    "skip_connections": True,
    "wide": "all",
    "deep": [0],
    "auxiliary_loss_weight": 0.2,
    "auxiliary_layer": 1,
    "standardize": True,
}
CLASSIFIERS = [
    MLPClassifierTF(),
    MLPClassifierTF(**LINEAR, solver="lbfgs", class_weight="balanced"),
    MLPClassifierTF(**_STRUCTURED, **_QUICKER, **_SPLITTING, normalization="batch", loss="hinge"),
    MLPClassifierTF(**LINEAR, **_QUICK, **_NOISY, label_smoothing=0.05),
]
REGRESSORS = [
    MLPRegressorTF(),
    MLPRegressorTF(**LINEAR, solver="lbfgs"),
    MLPRegressorTF(**LINEAR, **_QUICK, **_SPLITTING, solver="sgd", dtype="float32"),
    MLPRegressorTF(
        **_STRUCTURED, **_QUICK, batch_size=40, normalization="layer", loss="gaussian", averaging=0.5, n_estimators=2
    ),
]


def expected_failures(estimator):
    """Names of the checks that a variant cannot pass, with the reason."""
    if estimator.dtype == "float32":
        return dict.fromkeys(WEIGHT_CHECKS, _FLOAT32)
    if estimator.dropout:
        return dict.fromkeys(WEIGHT_CHECKS, _DRAWN)
    if estimator.early_stopping:
        return dict.fromkeys(WEIGHT_CHECKS, _SPLIT)
    return {}
