"""Which values of a column are better."""

import pytest

from sklearn_ann.callbacks.columns import lower_is_better
from sklearn_ann.callbacks.fit_context import FitContext


def context(**modes):
    return FitContext(None, None, max_epochs=1, columns={"loss": []}, modes=modes)


@pytest.mark.parametrize(
    ("name", "lower"),
    [
        ("loss", True),
        ("validation_loss", True),
        ("val_out_loss", True),
        ("mistakes", True),
        ("neg_log_loss", False),
        ("train_neg_log_loss", False),
        ("f1_macro", False),
        ("val_accuracy", False),
        ("validation_score", False),
        ("learning_rate", None),
        ("mean_absolute_error", None),
    ],
)
def test_names_tell_which_values_are_better(name, lower):
    assert lower_is_better(name, context()) is lower


def test_the_fit_knows_more_than_the_name_and_the_user_more_than_the_fit():
    knows = context(mean_absolute_error="min", my_loss="max")
    assert lower_is_better("mean_absolute_error", knows) and not lower_is_better("my_loss", knows)
    assert not lower_is_better("mean_absolute_error", knows, "max") and lower_is_better("my_loss", knows, "min")
