"""HiddenLayerSizes: what is drawn, beside NumPy's and SciPy's own draws, and in scikit-learn's searches."""

import numpy as np
import pytest
from scipy.stats import loguniform, randint
from sklearn.model_selection import ParameterSampler, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann.model_selection import HiddenLayerSizes
from tests.estimators.problems import LABELS, X, classifier


def draws(distribution, n=400):
    generator = np.random.RandomState(0)
    return [distribution.rvs(random_state=generator) for _ in range(n)]


def test_a_range_has_both_ends_and_all_between():
    sizes = draws(HiddenLayerSizes((0, 3), (2, 5)))
    assert {len(each) for each in sizes} == {0, 1, 2, 3}
    assert {unit for each in sizes for unit in each} == {2, 3, 4, 5}
    assert all(type(unit) is int for each in sizes for unit in each)
    assert all(len(set(each)) <= 1 for each in sizes)


def test_numbers_are_fixed():
    assert draws(HiddenLayerSizes(2, 30), 3) == [(30, 30)] * 3
    assert draws(HiddenLayerSizes(0, (16, 256)), 3) == [()] * 3


def test_layers_are_drawn_one_by_one_where_they_are_not_the_same():
    drawn = HiddenLayerSizes(3, (1, 100), same=False).rvs(random_state=4)
    generator = np.random.RandomState(4)
    generator.randint(3, 4)  # the number of layers
    assert drawn == tuple(generator.randint(1, 101) for _ in range(3))
    assert len(set(drawn)) == 3


def test_distributions_of_scipy_are_drawn_and_rounded():
    drawn = HiddenLayerSizes(randint(2, 4), loguniform(16, 256)).rvs(random_state=1)
    generator = np.random.RandomState(1)
    n_layers = randint(2, 4).rvs(random_state=generator)
    assert drawn == (round(loguniform(16, 256).rvs(random_state=generator)),) * n_layers


def test_randomness_is_an_argument():
    distribution = HiddenLayerSizes((0, 8), loguniform(16, 256), same=False)
    assert distribution.rvs(random_state=3) == distribution.rvs(random_state=3)
    before = np.random.get_state()[1].copy()
    assert len({distribution.rvs() for _ in range(10)}) > 1
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.filterwarnings("ignore:.*:sklearn.exceptions.ConvergenceWarning")  # fits of five epochs
def test_a_search_draws_the_sizes_of_a_step_of_a_pipeline():
    space = {"mlpclassifiertf__hidden_layer_sizes": HiddenLayerSizes((0, 2), (2, 4))}
    pipeline = make_pipeline(StandardScaler(), classifier())
    search = RandomizedSearchCV(pipeline, space, n_iter=6, cv=2, random_state=1).fit(X, LABELS)
    assert search.cv_results_["params"] == list(ParameterSampler(space, 6, random_state=1))
    sizes = [params["mlpclassifiertf__hidden_layer_sizes"] for params in search.cv_results_["params"]]
    assert () in sizes and len(set(sizes)) > 1
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize("value", [-1, (2, 1), (1, 2, 3), 1.5, "two", (0.5, 2)])
def test_what_is_no_number_of_layers_is_refused(value):
    with pytest.raises(ValueError, match=r"n_layers must be an int from 0, .* got"):
        HiddenLayerSizes(value, 3)


def test_layers_have_units():
    with pytest.raises(ValueError, match=r"n_units must be an int from 1, .* got \(0, 5\)"):
        HiddenLayerSizes(1, (0, 5))
    with pytest.raises(ValueError, match="n_units must give numbers from 1, got 0"):
        HiddenLayerSizes(1, randint(0, 1)).rvs()


def test_it_says_what_it_is():
    assert repr(HiddenLayerSizes((0, 8), 30)) == "HiddenLayerSizes(n_layers=(0, 8), n_units=30, same=True)"
