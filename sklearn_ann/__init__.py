"""scikit-learn's neural networks, with an engine in NumPy and one compiled by TensorFlow.

``MLPClassifierTF``, ``MLPRegressorTF`` and ``PerceptronClassifier`` replace scikit-learn's ``MLPClassifier``,
``MLPRegressor`` and ``Perceptron``. Importing this package takes as long as importing scikit-learn: TensorFlow is
imported by the first fit (or the first large prediction) that needs it, and no global setting is changed.
"""

from typing import TYPE_CHECKING

from . import estimators
from .estimators import MLPClassifierTF, MLPRegressorTF, list_models, load
from .version import __version__

if TYPE_CHECKING:
    from .estimators import PerceptronClassifier

__all__ = ["MLPClassifierTF", "MLPRegressorTF", "PerceptronClassifier", "__version__", "list_models", "load"]


def __getattr__(name):
    if name == "PerceptronClassifier":  # see the room of the estimators
        return estimators.PerceptronClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), "PerceptronClassifier"])
