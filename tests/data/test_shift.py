"""Validation rows on another scale: found where only one array was transformed, and never on splits of one data set."""

import numpy as np
import pytest
from scipy import sparse
from sklearn import datasets
from sklearn.model_selection import GroupKFold, ShuffleSplit
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler

from sklearn_ann.data.shift import is_shifted

LOADERS = {
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
    "breast cancer": datasets.load_breast_cancer,
    "digits": datasets.load_digits,
    "diabetes": lambda **options: datasets.load_diabetes(scaled=False, **options),
    "linnerud": datasets.load_linnerud,
}
WITH_REAL_TARGETS = ("diabetes", "linnerud")
# Two of the four columns of iris, and those about three deviations away: found in half of the splits.
TOO_CLOSE = {("iris", StandardScaler)}


@pytest.fixture(params=LOADERS)
def name(request):
    return request.param


def columns_of(name):
    X, y = LOADERS[name](return_X_y=True)
    return [X, y.astype(float)] if name in WITH_REAL_TARGETS else [X]


def random_splits(X):
    for n_val in {5, 10, max(5, len(X) // 5), len(X) // 2}:
        yield from ShuffleSplit(10, test_size=n_val, random_state=0).split(X)


def sorted_splits(X):
    """The largest values of a column held out, those that are below the others, and a window amid them."""
    for column in X.reshape(len(X), -1).T[:10]:
        order = np.argsort(column, kind="stable")
        for n_val in {5, max(5, len(X) // 5), len(X) // 2}:
            yield order[:-n_val], order[-n_val:]
            yield order[n_val:], order[:n_val]
            start = (len(X) - n_val) // 2
            yield np.delete(order, np.s_[start : start + n_val]), order[start : start + n_val]


def test_no_split_of_a_data_set_is_shifted(name):
    for values in columns_of(name):
        for split in (random_splits, sorted_splits):
            assert not any(is_shifted(values[train], values[held]) for train, held in split(values)), split


def test_groups_held_out_are_not_shifted():
    X, y = datasets.load_digits(return_X_y=True)
    assert not any(is_shifted(X[train], X[held]) for train, held in GroupKFold(10).split(X, y, groups=y))


@pytest.mark.parametrize("scaler", [StandardScaler, MinMaxScaler])
def test_rows_beside_transformed_ones_are_shifted(name, scaler):
    if (name, scaler) in TOO_CLOSE:
        pytest.skip("not told apart by the rule: docs/validation.md names the case")
    for values in columns_of(name):
        values = values.reshape(len(values), -1)
        for train, held in random_splits(values):
            assert is_shifted(scaler().fit_transform(values[train]), values[held])


def test_sparse_rows_are_compared_by_their_entries():
    X, _ = datasets.load_digits(return_X_y=True)
    rows, held = sparse.csr_array(X[:-50]), sparse.csr_array(X[-50:])
    for train, validation in ((rows, held), (rows, X[-50:]), (X[:-50], held)):
        assert not is_shifted(train, validation)
    for scaler in (StandardScaler(with_mean=False), MaxAbsScaler()):
        assert is_shifted(scaler.fit_transform(rows).tocsr(), held)


def test_a_single_column_must_be_ten_times_as_far():
    y = np.linspace(-1, 1, 101)  # distances from the mean: their 0.9 quantile is 0.9
    assert not is_shifted(y, y + 8)
    assert is_shifted(y, y + 10)
    assert not is_shifted(y, y / 1000)  # a stretch of a series may well be near the mean


def test_columns_that_tell_nothing_are_left_out():
    random_state = np.random.RandomState(0)
    indicators = random_state.randint(2, size=(200, 30)).astype(float)
    numbers = random_state.normal(1000, 10, size=(200, 2))
    X = np.hstack([indicators, numbers])
    scaled = np.hstack([indicators, StandardScaler().fit_transform(numbers)])
    assert is_shifted(scaled[:150], X[150:]) and not is_shifted(X[:150], X[150:])
    assert not is_shifted(indicators[:150], indicators[150:])
    assert not is_shifted(np.ones((50, 3)), np.zeros((50, 3)))
    assert not is_shifted(scaled[:150], X[-4:]) and not is_shifted(scaled[:9], X[150:])


@pytest.mark.parametrize(
    "draw",
    [
        lambda random_state: np.exp(3 * random_state.normal(size=(400, 6))),
        lambda random_state: random_state.standard_cauchy((400, 6)),
        lambda random_state: random_state.choice([2.0, 3.0, 4.0], p=[0.22, 0.55, 0.23], size=(400, 8)),
        lambda random_state: random_state.poisson(0.1, (400, 20)).astype(float),
    ],
    ids=["lognormal", "cauchy", "grades", "rare counts"],
)
def test_heavy_tails_and_few_values_raise_no_alarm(draw):
    X = draw(np.random.RandomState(0))
    for split in (random_splits, sorted_splits):
        assert not any(is_shifted(X[train], X[held]) for train, held in split(X))
