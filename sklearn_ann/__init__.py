"""scikit-learn's neural networks, with an engine in NumPy and one compiled by TensorFlow.

``MLPClassifierTF``, ``MLPRegressorTF`` and ``PerceptronClassifier`` take the place of scikit-learn's ``MLPClassifier``,
``MLPRegressor`` and ``Perceptron``. Importing this package costs what scikit-learn costs: TensorFlow is loaded by the
first fit (or the first large prediction) that needs it, and nothing is configured meanwhile.
"""

from .estimators import MLPClassifierTF, MLPRegressorTF, PerceptronClassifier, list_models, load
from .version import __version__

__all__ = ["MLPClassifierTF", "MLPRegressorTF", "PerceptronClassifier", "__version__", "list_models", "load"]
