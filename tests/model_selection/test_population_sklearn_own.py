"""scikit-learn's own tests of its searches, run on PopulationSearchCV under their names and signatures.

The test module is that of the installed scikit-learn; only the two classes in it are replaced. They search over
estimators of all kinds, and so hold PopulationSearchCV to all that surrounds the training.
"""

import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn

from sklearn_ann.model_selection import PopulationSearchCV

LEFT_OUT = {
    "test_array_api_search_cv_classifier",  # needs array libraries
    "test_pickle",  # of a class of the test module, which is no module here
    # some seconds each, of what others test on smaller data
    "test_n_features_in",
    "test_search_with_2d_array",
    "test_search_cv_sample_weight_equivalence",
    "test_cv_results_dtype_issue_29074",
    "test_random_search_cv_results_multimetric",
    "test_unsupervised_grid_search",
    "test_unsupported_sample_weight_scorer",
    "test_cv_results_multi_size_array",
    "test_search_html_repr",
}


class GridSearchCV(PopulationSearchCV):
    """With the signature of scikit-learn's."""

    _parameter_constraints = {
        name: constraint
        for name, constraint in PopulationSearchCV._parameter_constraints.items()
        if name not in ("param_distributions", "n_iter", "random_state")
    } | {"param_grid": [dict, list]}
    param_distributions = property(lambda self: self.param_grid, lambda self, value: None)
    n_iter = random_state = property(lambda self: None, lambda self, value: None)

    def __init__(
        self, estimator, param_grid, *, scoring=None, n_jobs=None, refit=True, cv=None, verbose=0,
        pre_dispatch="2*n_jobs", error_score=np.nan, return_train_score=False,
    ):  # fmt: skip
        super().__init__(
            estimator, param_grid, scoring=scoring, n_jobs=n_jobs, refit=refit, cv=cv, verbose=verbose,
            pre_dispatch=pre_dispatch, error_score=error_score, return_train_score=return_train_score,
        )  # fmt: skip
        self.param_grid = param_grid


class RandomizedSearchCV(PopulationSearchCV):
    """With the signature of scikit-learn's."""

    def __init__(
        self, estimator, param_distributions, *, n_iter=10, scoring=None, n_jobs=None, refit=True, cv=None, verbose=0,
        pre_dispatch="2*n_jobs", random_state=None, error_score=np.nan, return_train_score=False,
    ):  # fmt: skip
        super().__init__(
            estimator, param_distributions, n_iter=n_iter, random_state=random_state, scoring=scoring, n_jobs=n_jobs,
            refit=refit, cv=cv, verbose=verbose, pre_dispatch=pre_dispatch, error_score=error_score,
            return_train_score=return_train_score,
        )  # fmt: skip


def _tests():
    source = (Path(sklearn.__file__).parent / "model_selection/tests/test_search.py").read_text()
    for name in ("GridSearchCV", "RandomizedSearchCV"):
        line = f"\n    {name},\n"
        assert line in source, f"scikit-learn's test_search.py no longer imports {name} in a line of its own"
        source = source.replace(line, "\n", 1)
    source = "".join(
        line for line in source.splitlines(True) if "mark.thread_unsafe" not in line
    )  # a marker of its own
    module = type(sys)("sklearn_test_search")
    module.__dict__.update(GridSearchCV=GridSearchCV, RandomizedSearchCV=RandomizedSearchCV)
    exec(compile(source, module.__name__, "exec"), module.__dict__)  # scikit-learn's own test file
    return {name: test for name, test in vars(module).items() if name.startswith("test_")}


_all = _tests()
assert set(_all) >= LEFT_OUT
globals().update({name: test for name, test in _all.items() if name not in LEFT_OUT})


@pytest.fixture
def global_random_seed():
    """scikit-learn's fixture of that name."""
    return 42


# Some provoke warnings that scikit-learn's configuration lets pass.
pytestmark = pytest.mark.filterwarnings("ignore")
