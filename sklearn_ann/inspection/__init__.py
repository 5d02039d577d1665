"""Plots of networks, training and searches, which follow scikit-learn's conventions for displays.

Matplotlib is imported when something is plotted, and TensorFlow when the derivative of a function of tensors is needed.
"""

from .activation import ActivationDisplay
from .boundary import BoundaryDisplay
from .learning_rate import LearningRateDisplay
from .network import NetworkDisplay
from .parallel_coordinates import ParallelCoordinatesDisplay
from .parameter_importance import ParameterImportanceDisplay
from .search_curve import SearchCurveDisplay
from .training_curve import TrainingCurveDisplay
from .vital_signs import VitalSignsDisplay
from .weight_images import WeightImagesDisplay

__all__ = [
    "ActivationDisplay",
    "BoundaryDisplay",
    "LearningRateDisplay",
    "NetworkDisplay",
    "ParallelCoordinatesDisplay",
    "ParameterImportanceDisplay",
    "SearchCurveDisplay",
    "TrainingCurveDisplay",
    "VitalSignsDisplay",
    "WeightImagesDisplay",
]
