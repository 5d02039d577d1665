"""Searches over hyperparameters whose survivors go on training instead of beginning anew.

By the conventions of :mod:`sklearn.model_selection`, whose own searches work with the estimators too.
"""

from .hyperband import HyperbandSearchCV
from .successive_halving import SuccessiveHalvingSearchCV

__all__ = ["HyperbandSearchCV", "SuccessiveHalvingSearchCV"]
