"""NumPy's loop makes scikit-learn's mistakes where only rounding decides: the weights are equal to the last bit.

Decimal features and rates put many rows on the boundary but for the rounding of their products. All epochs are made,
since the loss that the stopping rule watches is summed up in another order.
"""

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import Perceptron

from sklearn_ann import PerceptronClassifier

SETTINGS = {
    "plain": {},
    "balanced": {"class_weight": "balanced"},
    "l2": {"penalty": "l2"},
    "l2, folded often": {"penalty": "l2", "alpha": 0.9},
    "l2, forgets": {"penalty": "l2", "alpha": 4.0},
    "l1": {"penalty": "l1"},
    "elastic net": {"penalty": "elasticnet", "alpha": 0.05, "l1_ratio": 0.5},
    "elastic net, folded often": {"penalty": "elasticnet", "alpha": 1.2, "l1_ratio": 0.3},
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_ties_are_broken_as_in_scikit_learn(dtype, container, settings):
    for seed in range(12):
        rng = np.random.RandomState(seed)
        X = (rng.randint(-9, 10, size=(60, 5)) / 10).astype(dtype)
        y = X.sum(axis=1) + rng.randint(-3, 4, size=60) / 10 > 0
        models = Perceptron, PerceptronClassifier
        theirs, ours = (
            model(eta0=0.3, max_iter=15, tol=None, random_state=seed, **settings).fit(container(X), y)
            for model in models
        )
        np.testing.assert_array_equal(ours.coef_, theirs.coef_)
        np.testing.assert_array_equal(ours.intercept_, theirs.intercept_)
