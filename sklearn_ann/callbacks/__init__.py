"""What may watch a fit: a protocol, and callbacks that follow it."""

from .callback import Callback
from .report import Report

__all__ = ["Callback", "Report"]
