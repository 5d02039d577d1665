"""Choices with settings of their own, for the parameters of the estimators that take a name or one of these."""

from .solvers import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, AMSGrad, Lion, Nadam, RMSprop

__all__ = [
    "SGD",
    "AMSGrad",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Nadam",
    "RMSprop",
]
