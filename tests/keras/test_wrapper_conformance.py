"""scikit-learn's own generic checks of an estimator, on the wrappers around small networks in float64."""

from functools import partial

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_ann.keras import KerasClassifier, KerasRegressor
from tests.keras.networks import classifier_network, regressor_network

# In float64, since the checks compare to 1e-7. Networks are of one layer and trained a little: how well is not the
# question.
PARAMETERS = {
    "loss": "auto",
    "optimizer": "sgd",  # by name: the tests are named by the parameters, alike in all processes
    "batch_size": -1,
    "epochs": 1,
    "verbose": 0,
    "run_eagerly": True,
}
CLASSIFIER = partial(classifier_network, hidden=(), dtype="float64")
REGRESSOR = partial(regressor_network, hidden=(), dtype="float64")
_BY_ROWS = "Keras divides the weighted loss of a batch by its number of rows, not by the sum of their weights"
EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": _BY_ROWS,
    "check_sample_weight_equivalence_on_sparse_data": _BY_ROWS,
    "check_estimator_tags_renamed": "scikeras' base class has the tags of scikit-learn before 1.6 beside today's",
}


class Classifier(KerasClassifier):
    def __init__(self, model=CLASSIFIER, **parameters):
        super().__init__(model, **PARAMETERS | parameters)


class Regressor(KerasRegressor):
    def __init__(self, model=REGRESSOR, **parameters):
        super().__init__(model, **PARAMETERS | parameters)


@pytest.mark.filterwarnings("ignore")  # the data of some checks are not scaled, and some are columns
@parametrize_with_checks(
    [Classifier(), Regressor()], expected_failed_checks=lambda estimator: EXPECTED, xfail_strict=True
)
def test_generic_checks(estimator, check):
    check(estimator)
