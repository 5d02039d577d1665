"""Which values of a column are better."""

import pytest

from sklearn_ann.callbacks.columns import lower_is_better


@pytest.mark.parametrize(
    ("name", "lower"),
    [("loss", True), ("validation_loss", True), ("mistakes", True), ("neg_log_loss", False), ("f1_macro", False)],
)
def test_losses_and_mistakes_are_better_where_lower(name, lower):
    assert lower_is_better(name) == lower
