"""Between this package and Keras: a network as a Keras model, and Keras' callbacks in a fit. Imports TensorFlow."""

from ..runtime import backend  # noqa: F401  (before Keras, which would import TensorFlow with all its chatter)
from .callback import KerasCallback
from .model import keras_model

__all__ = ["KerasCallback", "keras_model"]
