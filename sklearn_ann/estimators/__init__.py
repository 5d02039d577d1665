"""scikit-learn's face of the package: parameters in, learned attributes out."""

from .classifier import MLPClassifierTF
try:
    from .perceptron import PerceptronClassifier
except ImportError:
    PerceptronClassifier = None
from .regressor import MLPRegressorTF

__all__ = ["MLPClassifierTF", "MLPRegressorTF", "PerceptronClassifier"]
