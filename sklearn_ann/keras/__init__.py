"""Between this package and Keras: a network as a Keras model. Imports TensorFlow."""

from ..network import backend  # noqa: F401  (before Keras, which would import TensorFlow with all its chatter)
from .model import keras_model

__all__ = ["keras_model"]
