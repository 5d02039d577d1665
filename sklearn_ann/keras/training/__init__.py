"""Users' Keras models trained in a compiled loop over epochs, with the numbers of Keras' own ``fit``."""

from .fitting import fit_model
from .predicting import predict_model
from .reasons import CannotCompile, reason_not_compiled

__all__ = ["CannotCompile", "fit_model", "predict_model", "reason_not_compiled"]
