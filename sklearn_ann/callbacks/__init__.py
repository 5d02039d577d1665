"""Callbacks, which record quantities during a fit, write files or stop training, and their base class."""

from typing import TYPE_CHECKING

from ..runtime.lazy import attach
from .callback import Callback
from .checkpoint import Checkpoint
from .fit_context import FitContext

if TYPE_CHECKING:
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

__getattr__, __dir__ = attach(
    __name__,
    {
        "optuna_pruning": ["OptunaPruning"],
        "progress": ["ProgressLine"],
        "scores": ["Scores"],
        "stopping": ["EarlyStopping", "TargetScore", "TimeLimit"],
        "tensorboard": ["TensorBoard"],
        "vital_signs": ["VitalSigns"],
    },
)
