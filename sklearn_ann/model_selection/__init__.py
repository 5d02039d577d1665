"""Hyperparameters of the networks: a learning-rate finder, and distributions for searches.

The searches of :mod:`sklearn.model_selection` work with the estimators as they are.
"""

from .hidden_layer_sizes import HiddenLayerSizes
from .learning_rate_finder import LearningRateFinder

__all__ = ["HiddenLayerSizes", "LearningRateFinder"]
