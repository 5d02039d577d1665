"""Choices with settings of their own, for the parameters of the estimators that take a name or one of these."""

from .activations import ELU, LeakyReLU, RReLU
from .initializers import Orthogonal, VarianceScaling, Zeros
from .losses import Focal, Gaussian, Huber, Quantile
from .regularizers import L1, ClipNorm, ClipValue, MaxNorm
from .schedules import Cosine, Exponential, OneCycle, Piecewise, Plateau, Power, WarmUp
from .solvers import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, AMSGrad, Lion, Nadam, RMSprop

__all__ = [
    "ELU",
    "L1",
    "SGD",
    "AMSGrad",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "ClipNorm",
    "ClipValue",
    "Cosine",
    "Exponential",
    "Focal",
    "Gaussian",
    "Huber",
    "LeakyReLU",
    "Lion",
    "MaxNorm",
    "Nadam",
    "OneCycle",
    "Orthogonal",
    "Piecewise",
    "Plateau",
    "Power",
    "Quantile",
    "RMSprop",
    "RReLU",
    "VarianceScaling",
    "WarmUp",
    "Zeros",
]
