"""scikit-learn's own generic checks of an estimator, on the classifier and its variants.

In a file of its own, as those of the regressor are, since a file is what a process of the suite takes on.
"""

import pytest
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_ann import MLPClassifierTF
from tests.estimators.variants import CLASSIFIERS, LINEAR, WEIGHT_CHECKS, expected_failures


# The checks cut training short, and their data are not scaled.
@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(CLASSIFIERS, expected_failed_checks=expected_failures, xfail_strict=True)
def test_generic_checks(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # as above
@pytest.mark.parametrize("check", WEIGHT_CHECKS)
def test_a_weight_is_a_repeated_row_for_sgd_too(check):
    """Variants with early stopping are excused from these two because of their split."""
    getattr(estimator_checks, check)("MLPClassifierTF", MLPClassifierTF(**LINEAR, solver="sgd"))
