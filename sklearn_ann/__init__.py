"""scikit-learn's neural networks, with an engine in NumPy and one compiled by TensorFlow.

``MLPClassifierTF``, ``MLPRegressorTF`` and ``PerceptronClassifier`` replace scikit-learn's ``MLPClassifier``,
``MLPRegressor`` and ``Perceptron``. Importing this package takes as long as importing scikit-learn: TensorFlow is
imported by the first fit (or the first large prediction) that needs it, and no global setting is changed.
"""

from typing import TYPE_CHECKING

from .estimators import MLPClassifierTF, MLPRegressorTF
from .runtime.lazy import attach
from .version import __version__

if TYPE_CHECKING:
    from .estimators import PerceptronClassifier, list_models, load

__all__ = ["MLPClassifierTF", "MLPRegressorTF", "PerceptronClassifier", "__version__", "list_models", "load"]

__getattr__, __dir__ = attach(__name__, {"estimators": ["PerceptronClassifier", "list_models", "load"]})
