"""scikit-learn's own generic checks of an estimator, on the perceptron as it comes and on variants of it."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_ann import PerceptronClassifier

SAMPLE_WEIGHT_REASON = "a rule that judges row by row is not invariant to repeating rows; scikit-learn's is not either"
EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": SAMPLE_WEIGHT_REASON,
    "check_sample_weight_equivalence_on_sparse_data": SAMPLE_WEIGHT_REASON,
}
AVERAGE_REASON = "the mean over all rows keeps the first epochs' mistakes; SGDClassifier(average=True) fails it as well"


def expected_failures(estimator):
    """Names of the checks that a variant cannot pass, with the reason."""
    return {**EXPECTED_FAILURES, **({"check_class_weight_classifiers": AVERAGE_REASON} if estimator.average else {})}


@parametrize_with_checks(
    [
        # each a program for every shape of the checks' data: what does not get in another's way is one variant
        PerceptronClassifier(),
        PerceptronClassifier(average=True, backend="numpy"),
        PerceptronClassifier(
            backend="numpy", penalty="elasticnet", dtype="float32", early_stopping=True, validation_fraction=0.3
        ),
    ],
    expected_failed_checks=expected_failures,
)
@pytest.mark.filterwarnings("ignore")  # the checks warn on purpose
def test_scikit_learn_checks(estimator, check):
    check(estimator)
