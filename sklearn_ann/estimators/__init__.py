"""The estimators, with scikit-learn's interface: parameters in, fitted attributes out."""

from .classifier import MLPClassifierTF
from .listing import list_models
from .loading import load
from .perceptron import PerceptronClassifier
from .regressor import MLPRegressorTF

__all__ = ["MLPClassifierTF", "MLPRegressorTF", "PerceptronClassifier", "list_models", "load"]
