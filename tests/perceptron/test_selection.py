"""The engine of a perceptron follows from the problem alone."""

import pytest

from sklearn_ann.perceptron.selection import lead_of_tensorflow, select_backend

FASHION = {"n_values": 60_000 * 784, "n_rows": 60_000, "n_units": 10, "max_iter": 1000, "penalty": "none"}
DIGITS = {"n_values": 1797 * 64, "n_rows": 1797, "n_units": 10, "max_iter": 1000, "penalty": "none"}


@pytest.mark.parametrize(
    ("problem", "stops", "average", "engine"),
    [
        (DIGITS, True, False, "numpy"),
        (FASHION, True, False, "tensorflow"),
        (FASHION, True, True, "numpy"),
        (FASHION | {"max_iter": 2}, True, False, "numpy"),
        (DIGITS | {"max_iter": 200}, False, False, "numpy"),
        (DIGITS | {"penalty": "l1"}, False, False, "tensorflow"),
        (DIGITS | {"penalty": "l1"}, True, False, "numpy"),
    ],
)
def test_auto_takes_tensorflow_where_it_saves_more_than_its_start(problem, stops, average, engine):
    lead = lead_of_tensorflow(**problem, stops=stops)
    assert select_backend("auto", "auto", lead=lead, average=average) == engine


def test_a_parameter_decides_before_the_problem_does():
    assert select_backend("numpy", "CPU", lead=1e9, average=False) == "numpy"
    assert select_backend("tensorflow", "auto", lead=0, average=True) == "tensorflow"
    assert select_backend("auto", "gpu", lead=0, average=False) == "tensorflow"
    with pytest.raises(ValueError, match="backend='numpy' cannot be used with device='gpu'; use"):
        select_backend("numpy", "gpu", lead=0, average=False)
