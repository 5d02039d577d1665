"""Callbacks, which record quantities during a fit, write files or stop training, and their base class."""

from .callback import Callback
from .checkpoint import Checkpoint
from .fit_context import FitContext
from .optuna_pruning import OptunaPruning
from .progress import ProgressLine
from .scores import Scores
from .stopping import EarlyStopping, TargetScore, TimeLimit
from .tensorboard import TensorBoard
from .vital_signs import VitalSigns

__all__ = [
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "FitContext",
    "OptunaPruning",
    "ProgressLine",
    "Scores",
    "TargetScore",
    "TensorBoard",
    "TimeLimit",
    "VitalSigns",
]
