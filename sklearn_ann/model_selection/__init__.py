"""Searches whose networks train together or continue training, a learning-rate finder, a distribution of layer sizes.

They follow the conventions of :mod:`sklearn.model_selection`, whose own searches work with the estimators too.
"""

from .hidden_layer_sizes import HiddenLayerSizes
from .hyperband import HyperbandSearchCV
from .learning_rate_finder import LearningRateFinder
from .optuna_search import OptunaSearchCV
from .population import PopulationSearchCV
from .successive_halving import SuccessiveHalvingSearchCV

__all__ = [
    "HiddenLayerSizes",
    "HyperbandSearchCV",
    "LearningRateFinder",
    "OptunaSearchCV",
    "PopulationSearchCV",
    "SuccessiveHalvingSearchCV",
]
