"""Pictures of what was learned, by scikit-learn's conventions for displays.

Matplotlib is imported when something is plotted, and TensorFlow when a derivative is asked for.
"""

from .activation import ActivationDisplay
from .boundary import BoundaryDisplay
from .learning_rate import LearningRateDisplay
from .network import NetworkDisplay
from .training_curve import TrainingCurveDisplay
from .vital_signs import VitalSignsDisplay
from .weight_images import WeightImagesDisplay

__all__ = [
    "ActivationDisplay",
    "BoundaryDisplay",
    "LearningRateDisplay",
    "NetworkDisplay",
    "TrainingCurveDisplay",
    "VitalSignsDisplay",
    "WeightImagesDisplay",
]
