"""The estimators, with scikit-learn's interface: parameters in, fitted attributes out."""

from typing import TYPE_CHECKING

from ..runtime.lazy import attach
from .classifier import MLPClassifierTF
from .regressor import MLPRegressorTF

if TYPE_CHECKING:
    from .listing import list_models
    from .loading import load
    from .perceptron import PerceptronClassifier

__all__ = ["MLPClassifierTF", "MLPRegressorTF", "PerceptronClassifier", "list_models", "load"]

# The perceptron needs scikit-learn's linear models, forty modules; the others need the format of saved files.
__getattr__, __dir__ = attach(
    __name__, {"perceptron": ["PerceptronClassifier"], "listing": ["list_models"], "loading": ["load"]}
)
