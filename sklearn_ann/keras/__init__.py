"""Estimators around Keras models, conversion of fitted estimators to Keras models, and Keras callbacks in a fit.

Imports TensorFlow.
"""

from ..runtime import backend  # noqa: F401  (before Keras, which would import TensorFlow with all its chatter)
from .callback import KerasCallback
from .classifier import KerasClassifier
from .model import keras_model
from .regressor import KerasRegressor
from .wrapper import BaseWrapper  # noqa: F401  (to derive from, for other kinds of targets)

__all__ = ["KerasCallback", "KerasClassifier", "KerasRegressor", "keras_model"]
