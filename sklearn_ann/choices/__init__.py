"""Choices with settings of their own, for the parameters of the estimators that take a name or one of these."""

from .activations import CELU, ELU, LeakyReLU, RReLU, Threshold
from .augmentations import Flip, Mixup, Shift
from .initializers import Orthogonal, VarianceScaling, Zeros
from .losses import Focal, Gaussian, Huber, Quantile
from .normalizations import BatchNorm, LayerNorm
from .regularizers import L1, ClipNorm, ClipValue, MaxNorm
from .schedules import Cosine, Exponential, OneCycle, Piecewise, Plateau, Power, WarmUp
from .solvers import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, AMSGrad, Lion, Nadam, RMSprop

__all__ = [
    "CELU",
    "ELU",
    "L1",
    "SGD",
    "AMSGrad",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "BatchNorm",
    "ClipNorm",
    "ClipValue",
    "Cosine",
    "Exponential",
    "Flip",
    "Focal",
    "Gaussian",
    "Huber",
    "LayerNorm",
    "LeakyReLU",
    "Lion",
    "MaxNorm",
    "Mixup",
    "Nadam",
    "OneCycle",
    "Orthogonal",
    "Piecewise",
    "Plateau",
    "Power",
    "Quantile",
    "RMSprop",
    "RReLU",
    "Shift",
    "Threshold",
    "VarianceScaling",
    "WarmUp",
    "Zeros",
]
