"""The estimators, with scikit-learn's interface: parameters in, fitted attributes out."""

from typing import TYPE_CHECKING

from .classifier import MLPClassifierTF
from .listing import list_models
from .loading import load
from .regressor import MLPRegressorTF

if TYPE_CHECKING:
    from .perceptron import PerceptronClassifier

__all__ = ["MLPClassifierTF", "MLPRegressorTF", "PerceptronClassifier", "list_models", "load"]


def __getattr__(name):
    """The perceptron is imported when it is asked for: it needs scikit-learn's linear models, forty modules."""
    if name == "PerceptronClassifier":
        from .perceptron import PerceptronClassifier

        return PerceptronClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), "PerceptronClassifier"])
