"""What may watch a fit: a protocol, and callbacks that follow it."""

from .callback import Callback
from .report import Report
from .tensorboard import TensorBoard

__all__ = ["Callback", "Report", "TensorBoard"]
