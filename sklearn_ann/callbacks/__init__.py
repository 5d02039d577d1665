"""What may watch a fit: a protocol, and callbacks that follow it."""

from .callback import Callback
from .checkpoint import Checkpoint
from .progress import ProgressLine
from .report import Report
from .scores import Scores
from .stopping import EarlyStopping, TargetScore, TimeLimit

__all__ = ["Callback", "Checkpoint", "EarlyStopping", "ProgressLine", "Report", "Scores", "TargetScore", "TimeLimit"]
