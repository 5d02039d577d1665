"""What may watch a fit: a protocol, and callbacks that follow it."""

from .callback import Callback
from .checkpoint import Checkpoint
from .progress import ProgressLine
from .report import Report
from .scores import Scores
from .stopping import EarlyStopping, TargetScore, TimeLimit
from .tensorboard import TensorBoard
from .vital_signs import VitalSigns

__all__ = [
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "ProgressLine",
    "Report",
    "Scores",
    "TargetScore",
    "TensorBoard",
    "TimeLimit",
    "VitalSigns",
]
