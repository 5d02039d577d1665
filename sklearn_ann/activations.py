"""Activations of hidden layers, for the parameter ``activation`` of the multilayer perceptrons.

One class per activation: settings, value and derivative, over an array namespace ``xp`` with NumPy's names, so that
both engines compute with it. Users' own classes work like those here: they need ``value`` and ``slope``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval

from .configurable import Configurable, member_named

__all__ = [
    "ACTIVATIONS",
    "ALIASES",
    "CELU",
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "ActivationFunction",
    "Exponential",
    "HardShrink",
    "HardSiLU",
    "HardSigmoid",
    "HardTanh",
    "Identity",
    "LeakyReLU",
    "LogSigmoid",
    "Logistic",
    "Mish",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "SoftShrink",
    "Softplus",
    "Softsign",
    "SparsePlus",
    "SparseSigmoid",
    "Squareplus",
    "Step",
    "Tanh",
    "TanhShrink",
    "Threshold",
    "activation_of",
]

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # of the paper's equation 14, to all digits
_SELU_DEPTH = SELU_ALPHA * SELU_SCALE
_ROOT_HALF = 0.5**0.5
_NORMAL_PEAK = 1 / math.sqrt(2 * math.pi)  # the standard normal density at 0
_FAR = 40.0  # where that density is 0
_TINY = 1e-30  # a normal number in float32

_POSITIVE = [Interval(Real, 0, None, closed="neither")]
_FINITE = [Interval(Real, None, None, closed="neither")]


class Activation(Configurable):
    """Base class of activations; use one of its subclasses, or write your own.

    Attributes
    ----------
    initializer : str
        Initial weights with which the activation preserves the variance of its inputs.
    dropout : {'dropout', 'alpha_dropout'}
        Kind of dropout to use with it.
    learned : tuple of (str, float)
        Names and initial values of parameters that are learned for each unit; formulas get them as further arguments.
    keras_name : str or None
        Name in Keras, not inherited by subclasses; None if Keras has none, or only a layer with settings.
    keeps_z : bool
        Whether ``value`` does not change ``z``. If it does, ``slope`` must not need ``z``.

    Examples
    --------
    One of your own states its value and its derivative:

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.activations import Activation
    >>> class Sine(Activation):
    ...     def value(self, xp, z):
    ...         return xp.sin(z)
    ...
    ...     def slope(self, xp, z, value):
    ...         return xp.cos(z)
    ...
    >>> X = np.linspace(-3, 3, 50)[:, None]
    >>> model = MLPRegressorTF((5,), activation=Sine(), solver="lbfgs", random_state=0).fit(X, np.sin(2 * X.ravel()))
    >>> model.score(X, np.sin(2 * X.ravel())) > 0.99
    True
    """

    initializer = "he_normal"
    dropout = "dropout"
    learned: tuple[tuple[str, float], ...] = ()
    keras_name: str | None = None
    keeps_z = True
    _formulas = ("value", "slope")
    _hyper_ndim = 1

    @property
    def noise(self):
        """Noise behind it in training, as kind and amount; None for none."""
        return None

    def value(self, xp, z, *hyper):
        """Compute the activation.

        Parameters
        ----------
        xp : namespace
            Functions with NumPy's names, for NumPy arrays or tensors.
        z : array of shape (..., rows, units)
            Raw values. A NumPy array may be overwritten if ``keeps_z`` is False.
        *hyper : float or array
            Values of ``hyper_names``, then those of ``learned``, of shape ``(..., 1, units)``.
        """
        raise NotImplementedError

    def slope(self, xp, z, value, *hyper):
        """Compute the elementwise derivative of ``value`` with respect to ``z``.

        A NumPy array may be Boolean, and may be ``value`` itself; it is neither written to nor kept. If ``keeps_z`` is
        False, ``z`` may have been overwritten by ``value``.
        """
        raise NotImplementedError

    def learned_slopes(self, xp, z, value, *hyper):
        """Compute the derivatives of ``value`` with respect to each of ``learned``, row by row."""
        raise NotImplementedError


def _with_negative(xp, z, negative):
    """``z`` above zero and ``negative`` below, which is 0 above; over z."""
    return xp.add(xp.relu(z, out=z), negative, out=z)


def _below_zero(xp, z, factor):
    """``factor * z`` below zero, 0 above."""
    negative = xp.minimum(z, 0)
    return xp.multiply(negative, factor, out=negative)


def _exp_below_zero(xp, z, factor):
    """``factor * (exp(z) - 1)`` below zero, 0 above."""
    negative = xp.minimum(z, 0)
    negative = xp.expm1(negative, out=negative)
    return xp.multiply(negative, factor, out=negative)


def _between(xp, z, bound, slope):
    """``slope`` from ``-bound`` to ``bound`` with both, 0 outside."""
    return xp.astype(xp.abs(z) <= bound, z.dtype) * slope


class Identity(Activation):
    """``z``.

    Examples
    --------
    With it any number of layers is a linear function of X:

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> X = np.arange(5.0)[:, None]
    >>> model = MLPRegressorTF((4, 4), activation="identity", solver="lbfgs", random_state=0).fit(X, X.ravel() ** 2)
    >>> np.diff(model.predict(X), n=2).round(6) + 0.0
    array([0., 0., 0.])
    """

    name = "identity"
    keras_name = "linear"
    initializer = "glorot_uniform"
    keeps_z = False

    def value(self, xp, z):
        """As it is."""
        return z

    slope = None  # 1 everywhere


class Logistic(Activation):
    """``1 / (1 + exp(-z))``, between 0 and 1; Keras calls it sigmoid.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.activations import Logistic
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> Logistic().value(xp, np.array([-10.0, -1.0, 0.0, 1.0, 10.0])).round(3)
    array([0.   , 0.269, 0.5  , 0.731, 1.   ])
    """

    name = "logistic"
    keras_name = "sigmoid"
    initializer = "glorot_uniform"
    keeps_z = False

    def value(self, xp, z):
        """As in the class."""
        return xp.expit(z, out=z)

    def slope(self, xp, z, value):
        """``value * (1 - value)``."""
        slope = xp.subtract(1, value)
        return xp.multiply(slope, value, out=slope)


class Tanh(Activation):
    """The hyperbolic tangent, between -1 and 1.

    Examples
    --------
    It is the logistic function on another scale:

    >>> import numpy as np
    >>> from sklearn_ann.activations import Logistic, Tanh
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> z = np.array([-2.0, 0.0, 0.5])
    >>> Tanh().value(xp, z.copy()).round(3)
    array([-0.964,  0.   ,  0.462])
    >>> (2 * Logistic().value(xp, 2 * z) - 1).round(3)
    array([-0.964,  0.   ,  0.462])
    """

    name = "tanh"
    keras_name = "tanh"
    initializer = "glorot_uniform"
    keeps_z = False

    def value(self, xp, z):
        """As in the class."""
        return xp.tanh(z, out=z)

    def slope(self, xp, z, value):
        """``1 - value ** 2``."""
        slope = xp.square(value)
        return xp.subtract(1, slope, out=slope)


class ReLU(Activation):
    """``max(z, 0)``.

    Examples
    --------
    Below zero the derivative is 0: a unit that is negative for all rows stops learning.

    >>> import numpy as np
    >>> from sklearn_ann.activations import ReLU
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> z = np.array([-2.0, -0.5, 0.5, 2.0])
    >>> value = ReLU().value(xp, z.copy())
    >>> value, ReLU().slope(xp, z, value)
    (array([0. , 0. , 0.5, 2. ]), array([False, False,  True,  True]))
    """

    name = "relu"
    keras_name = "relu"
    keeps_z = False

    def value(self, xp, z):
        """As in the class."""
        return xp.relu(z, out=z)

    def slope(self, xp, z, value):
        """A factor of 0 or 1: a choice would become masked stores in XLA on CPUs, which take ten times as long."""
        return xp.indicator(value > 0, value)


class LeakyReLU(Activation):
    """``z``, or ``negative_slope * z`` below zero (Maas, Hannun & Ng, "Rectifier nonlinearities", 2013).

    Parameters
    ----------
    negative_slope : float, default=0.2
        Slope below zero, in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.activations import LeakyReLU
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> leaky = LeakyReLU(negative_slope=0.1)
    >>> leaky.value(xp, np.array([-2.0, -0.5, 0.5, 2.0]), *leaky.hyper)
    array([-0.2 , -0.05,  0.5 ,  2.  ])
    """

    name = "leaky_relu"
    keeps_z = False
    hyper_names = ("negative_slope",)
    _parameter_constraints: dict = {"negative_slope": [Interval(Real, 0, 1, closed="both")]}

    def __init__(self, negative_slope=0.2):
        self.negative_slope = negative_slope

    def value(self, xp, z, negative_slope):
        """As in the class."""
        return _with_negative(xp, z, _below_zero(xp, z, negative_slope))

    def slope(self, xp, z, value, negative_slope):
        """From the sign, without a choice: the slope below zero lies between 0 and 1."""
        sign = xp.sign(value)
        return xp.maximum(sign, negative_slope, out=sign)


class RReLU(LeakyReLU):
    """A leaky ReLU with a random slope for every value in training (Xu et al., "Empirical evaluation", 2015).

    Predictions use the mean of the two bounds.

    Parameters
    ----------
    lower, upper : float, default=1/8 and 1/3
        Bounds of the slope.

    Examples
    --------
    Predictions use the mean slope, and so do not vary from call to call:

    >>> import numpy as np
    >>> from sklearn_ann.activations import RReLU
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> leaky = RReLU(lower=0.1, upper=0.3)
    >>> leaky.value(xp, np.array([-1.0, 1.0]), *leaky.hyper)
    array([-0.2,  1. ])
    """

    name = "rrelu"
    _parameter_constraints: dict = {"lower": _POSITIVE, "upper": [Interval(Real, 0, 1, closed="right")]}

    def __init__(self, lower=1 / 8, upper=1 / 3):
        self.lower = lower
        self.upper = upper

    def check(self):
        """Raise a ValueError for a bound out of its range, or bounds in the wrong order."""
        super().check()
        if self.lower > self.upper:
            raise ValueError(f"RReLU needs lower <= upper, got lower={self.lower} and upper={self.upper}; swap them.")

    @property
    def negative_slope(self):
        """The mean slope."""
        return (self.lower + self.upper) / 2

    @property
    def noise(self):
        """Slopes around the mean, by their largest relative distance from it."""
        return "random_slope", (self.upper - self.lower) / (self.upper + self.lower)

    def structure(self):
        """Without its bounds: the noise is a layer of its own."""
        bare = super().structure()
        bare.lower = bare.upper = None
        return bare


class PReLU(Activation):
    """A leaky ReLU whose slope is learned, one for each unit (He et al., "Delving deep into rectifiers", 2015).

    Examples
    --------
    The learned slopes are in ``extra_weights_``, one array per hidden layer:

    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((4, 3), activation="prelu", random_state=0).partial_fit(X, y, classes=[0, 1, 2])
    >>> {name: slopes.shape for name, slopes in model.extra_weights_.items()}
    {'slope_1': (4,), 'slope_2': (3,)}
    """

    name = "prelu"
    learned = (("slope", 0.25),)

    def value(self, xp, z, slope):
        """As in the class."""
        negative = _below_zero(xp, z, slope)
        return xp.add(negative, xp.relu(z), out=negative)

    def slope(self, xp, z, value, slope):
        """1 above zero, the learned slope below."""
        return xp.where(z > 0, 1, slope)

    def learned_slopes(self, xp, z, value, slope):
        """By the slope: ``min(z, 0)``."""
        return (xp.minimum(z, 0),)


class ELU(Activation):
    """``z``, or ``alpha * (exp(z) - 1)`` below zero (Clevert, Unterthiner & Hochreiter, 2016).

    Parameters
    ----------
    alpha : float, default=1.0
        The activation approaches ``-alpha`` far below zero.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.activations import ELU
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> elu = ELU(alpha=0.5)
    >>> elu.value(xp, np.array([-10.0, -1.0, 0.0, 2.0]), *elu.hyper).round(3)
    array([-0.5  , -0.316,  0.   ,  2.   ])
    """

    name = "elu"
    keeps_z = False
    hyper_names = ("alpha",)
    _parameter_constraints: dict = {"alpha": _POSITIVE}

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def value(self, xp, z, alpha):
        """As in the class."""
        return _with_negative(xp, z, _exp_below_zero(xp, z, alpha))

    def slope(self, xp, z, value, alpha):
        """1 above zero, ``value + alpha`` below."""
        return xp.where(value > 0, 1, value + alpha)


class SELU(Activation):
    """ELU scaled to preserve mean 0 and variance 1 (Klambauer et al., "Self-normalizing networks", 2017).

    Use it with LeCun's initial weights, ``kernel_initializer='auto'``. With ``dropout``, alpha dropout is used.

    Examples
    --------
    Standard normal values keep their mean and variance:

    >>> import numpy as np
    >>> from sklearn_ann.activations import SELU
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> value = SELU().value(xp, np.random.default_rng(1).normal(size=100_000))
    >>> print(f"mean {value.mean():.2f}, variance {value.var():.2f}")
    mean -0.01, variance 1.00
    """

    name = "selu"
    keras_name = "selu"
    initializer = "lecun_normal"
    dropout = "alpha_dropout"
    keeps_z = False

    def value(self, xp, z):
        """As in the class."""
        negative = _exp_below_zero(xp, z, _SELU_DEPTH)
        z = xp.relu(z, out=z)
        return xp.add(xp.multiply(z, SELU_SCALE, out=z), negative, out=z)

    def slope(self, xp, z, value):
        """The scale above zero, ``value + scale * alpha`` below."""
        return xp.where(value > 0, SELU_SCALE, value + _SELU_DEPTH)


def _normal_share(xp, z):
    """The standard normal distribution function."""
    share = xp.multiply(z, _ROOT_HALF)
    share = xp.add(xp.erf(share, out=share), 1, out=share)
    return xp.multiply(share, 0.5, out=share)


class GELU(Activation):
    """``z`` times the standard normal distribution function of ``z`` (Hendrycks & Gimpel, 2016).

    Examples
    --------
    Close to a ReLU far from zero, smooth and slightly negative below it:

    >>> import numpy as np
    >>> from sklearn_ann.activations import GELU
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> GELU().value(xp, np.array([-5.0, -1.0, 0.0, 1.0, 5.0])).round(3)
    array([-0.   , -0.159,  0.   ,  0.841,  5.   ])
    """

    name = "gelu"
    keras_name = "gelu"

    def value(self, xp, z):
        """As in the class."""
        return z * _normal_share(xp, z)

    def slope(self, xp, z, value):
        """``share(z) + z * density(z)``."""
        is_tiny = xp.abs(z) < _TINY
        share = xp.where(is_tiny, 0.5, value / xp.where(is_tiny, 1, z))  # in NumPy a fifth of the time of erf
        near = xp.clip(z, -_FAR, _FAR)  # whose square does not overflow
        return share + near * (xp.exp(xp.square(near) * -0.5) * _NORMAL_PEAK)


class SiLU(Activation):
    """``z / (1 + exp(-z))`` (Ramachandran, Zoph & Le, "Swish", 2017).

    Examples
    --------
    It falls to a minimum near ``z = -1.28`` and rises back to zero beyond:

    >>> import numpy as np
    >>> from sklearn_ann.activations import SiLU
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> SiLU().value(xp, np.array([-10.0, -1.28, 0.0, 1.0, 10.0])).round(3)
    array([-0.   , -0.278,  0.   ,  0.731, 10.   ])
    """

    name = "silu"
    keras_name = "silu"

    def value(self, xp, z):
        """As in the class."""
        return z * xp.expit(z)

    def slope(self, xp, z, value):
        """``share + value * (1 - share)`` with the logistic share."""
        share = xp.expit(z)
        return share + value * (1 - share)


class Mish(Activation):
    """``z * tanh(log(1 + exp(z)))`` (Misra, 2019).

    Examples
    --------
    Its minimum is near ``z = -1.19``:

    >>> import numpy as np
    >>> from sklearn_ann.activations import Mish
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> Mish().value(xp, np.array([-10.0, -1.19, 0.0, 1.0, 10.0])).round(3)
    array([-0.   , -0.309,  0.   ,  0.865, 10.   ])
    """

    name = "mish"
    keras_name = "mish"

    def value(self, xp, z):
        """As in the class."""
        return z * xp.tanh(xp.logaddexp(z, 0))

    def slope(self, xp, z, value):
        """By the product rule."""
        factor = xp.tanh(xp.logaddexp(z, 0))
        return factor + (1 - xp.square(factor)) * xp.expit(z) * z


class Softplus(Activation):
    """``log(1 + exp(z))``, a smooth ReLU.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.activations import Softplus
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> Softplus().value(xp, np.array([-5.0, -1.0, 0.0, 1.0, 5.0])).round(3)
    array([0.007, 0.313, 0.693, 1.313, 5.007])
    """

    name = "softplus"
    keras_name = "softplus"
    keeps_z = False

    def value(self, xp, z):
        """As in the class."""
        return xp.logaddexp(z, 0, out=z)

    def slope(self, xp, z, value):
        """The logistic function of z, ``1 - exp(-value)``."""
        slope = xp.expm1(xp.negative(value))
        return xp.negative(slope, out=slope)


def _hard_sigmoid(xp, z):
    return xp.clip(z / 6 + 0.5, 0, 1)


class HardSigmoid(Activation):
    """``z / 6 + 1 / 2`` clipped to [0, 1], a cheap sigmoid (Howard et al., "Searching for MobileNetV3", 2019).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.activations import HardSigmoid
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> HardSigmoid().value(xp, np.array([-4.0, -3.0, 0.0, 1.5, 3.0, 4.0]))
    array([0.  , 0.  , 0.5 , 0.75, 1.  , 1.  ])
    """

    name = "hard_sigmoid"
    keras_name = "hard_sigmoid"
    initializer = "glorot_uniform"

    def value(self, xp, z):
        """As in the class."""
        return _hard_sigmoid(xp, z)

    def slope(self, xp, z, value):
        """A sixth between -3 and 3."""
        return _between(xp, z, bound=3, slope=1 / 6)


class HardSiLU(Activation):
    """``z`` times the hard sigmoid of ``z`` (Howard et al., "Searching for MobileNetV3", 2019).

    Examples
    --------
    Exactly 0 up to -3 and exactly ``z`` from 3 on:

    >>> import numpy as np
    >>> from sklearn_ann.activations import HardSiLU
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> HardSiLU().value(xp, np.array([-3.0, -1.5, 1.5, 3.0, 4.0]))
    array([-0.   , -0.375,  1.125,  3.   ,  4.   ])
    """

    name = "hard_silu"
    keras_name = "hard_silu"

    def value(self, xp, z):
        """As in the class."""
        return z * _hard_sigmoid(xp, z)

    def slope(self, xp, z, value):
        """By the product rule."""
        return _hard_sigmoid(xp, z) + z * _between(xp, z, bound=3, slope=1 / 6)


class HardTanh(Activation):
    """``z`` clipped to [-1, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.activations import HardTanh
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> HardTanh().value(xp, np.array([-2.0, -0.5, 0.5, 2.0]))
    array([-1. , -0.5,  0.5,  1. ])
    """

    name = "hard_tanh"
    keras_name = "hard_tanh"
    initializer = "glorot_uniform"

    def value(self, xp, z):
        """As in the class."""
        return xp.clip(z, -1, 1)

    def slope(self, xp, z, value):
        """1 between -1 and 1."""
        return xp.indicator(xp.abs(z) <= 1, z)


class ReLU6(Activation):
    """``z`` clipped to [0, 6] (Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.activations import ReLU6
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> ReLU6().value(xp, np.array([-1.0, 3.0, 6.0, 100.0]))
    array([0., 3., 6., 6.])
    """

    name = "relu6"
    keras_name = "relu6"
    keeps_z = False

    def value(self, xp, z):
        """As in the class."""
        return xp.clip(z, 0, 6, out=z)

    def slope(self, xp, z, value):
        """1 between 0 and 6."""
        return xp.indicator((value > 0) & (value < 6), value)


class CELU(Activation):
    """``z``, or ``alpha * (exp(z / alpha) - 1)`` below zero: differentiable for every ``alpha`` (Barron, 2017).

    Parameters
    ----------
    alpha : float, default=1.0
        The activation approaches ``-alpha`` far below zero.

    Examples
    --------
    Unlike :class:`ELU`, its derivative has no jump at zero, whatever ``alpha`` is:

    >>> import numpy as np
    >>> from sklearn_ann.activations import CELU, ELU
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> just_below = np.array([-1e-9])
    >>> for kind in (CELU, ELU):
    ...     value = kind(alpha=0.5).value(xp, just_below.copy(), 0.5)
    ...     print(kind.__name__, kind(alpha=0.5).slope(xp, just_below, value, 0.5).round(6))
    CELU [1.]
    ELU [0.5]
    """

    name = "celu"
    keeps_z = False
    hyper_names = ("alpha",)
    _parameter_constraints: dict = {"alpha": _POSITIVE}

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def value(self, xp, z, alpha):
        """As in the class."""
        negative = xp.minimum(z, 0)
        negative = xp.expm1(xp.divide(negative, alpha, out=negative), out=negative)
        return _with_negative(xp, z, xp.multiply(negative, alpha, out=negative))

    def slope(self, xp, z, value, alpha):
        """1 above zero, ``value / alpha + 1`` below."""
        return xp.minimum(value, 0) / alpha + 1


class Softsign(Activation):
    """``z / (1 + |z|)`` (Glorot & Bengio, 2010).

    Examples
    --------
    It saturates more slowly than :class:`Tanh`:

    >>> import numpy as np
    >>> from sklearn_ann.activations import Softsign, Tanh
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> Softsign().value(xp, np.array([0.0, 1.0, 9.0])), Tanh().value(xp, np.array([0.0, 1.0, 9.0])).round(4)
    (array([0. , 0.5, 0.9]), array([0.    , 0.7616, 1.    ]))
    """

    name = "softsign"
    keras_name = "softsign"
    initializer = "glorot_uniform"
    keeps_z = False

    def value(self, xp, z):
        """As in the class."""
        size = xp.abs(z)
        return xp.divide(z, xp.add(size, 1, out=size), out=z)

    def slope(self, xp, z, value):
        """``(1 - |value|) ** 2``."""
        return xp.square(1 - xp.abs(value))


class Exponential(Activation):
    """``exp(z)``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.activations import Exponential
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> Exponential().value(xp, np.array([-1.0, 0.0, 5.0])).round(3)
    array([  0.368,   1.   , 148.413])
    """

    name = "exponential"
    keras_name = "exponential"
    initializer = "glorot_uniform"
    keeps_z = False

    def value(self, xp, z):
        """As in the class."""
        return xp.exp(z, out=z)

    def slope(self, xp, z, value):
        """The value itself."""
        return value


class LogSigmoid(Activation):
    """``-log(1 + exp(-z))``.

    Examples
    --------
    The logarithm of :class:`Logistic`, also where that underflows:

    >>> import numpy as np
    >>> from sklearn_ann.activations import LogSigmoid
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> LogSigmoid().value(xp, np.array([-1000.0, -1.0, 0.0])).round(3)
    array([-1.000e+03, -1.313e+00, -6.930e-01])
    """

    name = "log_sigmoid"
    keras_name = "log_sigmoid"
    keeps_z = False

    def value(self, xp, z):
        """As in the class."""
        z = xp.negative(z, out=z)
        return xp.negative(xp.logaddexp(z, 0, out=z), out=z)

    def slope(self, xp, z, value):
        """The logistic function of -z, ``1 - exp(value)``."""
        slope = xp.expm1(value)
        return xp.negative(slope, out=slope)


class Squareplus(Activation):
    """``(z + sqrt(z ** 2 + 4)) / 2`` (Barron, "Squareplus: a softplus-like algebraic rectifier", 2021).

    Examples
    --------
    It falls to zero more slowly than :class:`Softplus`, and needs no exponential or logarithm:

    >>> import numpy as np
    >>> from sklearn_ann.activations import Softplus, Squareplus
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> z = np.array([-5.0, 0.0, 5.0])
    >>> Squareplus().value(xp, z.copy()).round(2), Softplus().value(xp, z.copy()).round(2)
    (array([0.19, 1.  , 5.19]), array([0.01, 0.69, 5.01]))
    """

    name = "squareplus"
    keras_name = "squareplus"
    keeps_z = False

    def value(self, xp, z):
        """As in the class."""
        root = xp.square(z)
        root = xp.sqrt(xp.add(root, 4, out=root), out=root)
        return xp.multiply(xp.add(z, root, out=z), 0.5, out=z)

    def slope(self, xp, z, value):
        """The value ``v`` solves ``v - 1 / v = z``, so that the derivative is ``v ** 2 / (v ** 2 + 1)``."""
        square = xp.square(value)
        return square / (square + 1)


class Step(Activation):
    """1 from zero on, 0 below (McCulloch & Pitts, 1943); its slope is 0, so the layers below it do not learn.

    Examples
    --------
    Exclusive or, with weights set by hand:

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> model = MLPRegressorTF((2,), activation="step").partial_fit(X, [0, 1, 1, 0])
    >>> model.coefs_ = [np.ones((2, 2)), np.array([[1.0], [-1.0]])]
    >>> model.intercepts_ = [np.array([-0.5, -1.5]), np.zeros(1)]
    >>> model.predict(X)
    array([0., 1., 1., 0.])
    """

    name = "step"
    initializer = "glorot_uniform"
    keeps_z = False

    def value(self, xp, z):
        """As in the class."""
        return xp.astype(z >= 0, z.dtype)

    def slope(self, xp, z, value):
        """0."""
        return xp.zeros_like(value)


class HardShrink(Activation):
    """``z``, but 0 between -0.5 and 0.5: hard thresholding (Donoho & Johnstone, 1994).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.activations import HardShrink
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> HardShrink().value(xp, np.array([-2.0, -0.25, 0.25, 0.75])) + 0.0
    array([-2.  ,  0.  ,  0.  ,  0.75])
    """

    name = "hard_shrink"
    keras_name = "hard_shrink"
    initializer = "glorot_uniform"
    keeps_z = False

    def value(self, xp, z):
        """As in the class."""
        return xp.multiply(z, xp.indicator(xp.abs(z) > 0.5, z), out=z)

    def slope(self, xp, z, value):
        """1 where something is left."""
        return xp.indicator(xp.abs(value) > 0, value)


class SoftShrink(Activation):
    """``z`` shifted by 0.5 towards 0, and 0 in between: soft thresholding (Donoho & Johnstone, 1994).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.activations import SoftShrink
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> SoftShrink().value(xp, np.array([-2.0, -0.25, 0.25, 0.75]))
    array([-1.5 ,  0.  ,  0.  ,  0.25])
    """

    name = "soft_shrink"
    keras_name = "soft_shrink"
    initializer = "glorot_uniform"
    keeps_z = False

    def value(self, xp, z):
        """As in the class."""
        return xp.subtract(z, xp.clip(z, -0.5, 0.5), out=z)

    def slope(self, xp, z, value):
        """1 where something is left."""
        return xp.indicator(xp.abs(value) > 0, value)


class TanhShrink(Activation):
    """``z - tanh(z)``.

    Examples
    --------
    Flat around zero, where it is about ``z ** 3 / 3``:

    >>> import numpy as np
    >>> from sklearn_ann.activations import TanhShrink
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> TanhShrink().value(xp, np.array([-3.0, -0.1, 0.1, 3.0])).round(4)
    array([-2.0049e+00, -3.0000e-04,  3.0000e-04,  2.0049e+00])
    """

    name = "tanh_shrink"
    keras_name = "tanh_shrink"
    initializer = "glorot_uniform"

    def value(self, xp, z):
        """As in the class."""
        return z - xp.tanh(z)

    def slope(self, xp, z, value):
        """``tanh(z) ** 2``."""
        return xp.square(xp.tanh(z))


class Threshold(Activation):
    """``z`` above a threshold, a constant elsewhere.

    Parameters
    ----------
    threshold : float, default=1.0
        Raw values above it are returned unchanged.
    default_value : float, default=0.0
        Value for all other raw values.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.activations import Threshold
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> threshold = Threshold(threshold=0.5, default_value=-1.0)
    >>> threshold.value(xp, np.array([0.0, 0.5, 0.6, 2.0]), *threshold.hyper)
    array([-1. , -1. ,  0.6,  2. ])
    """

    name = "threshold"
    hyper_names = ("threshold", "default_value")
    _parameter_constraints: dict = {"threshold": _FINITE, "default_value": _FINITE}

    def __init__(self, threshold=1.0, default_value=0.0):
        self.threshold = threshold
        self.default_value = default_value

    def value(self, xp, z, threshold, default_value):
        """As in the class."""
        return xp.where(z > threshold, z, default_value)

    def slope(self, xp, z, value, threshold, default_value):
        """1 above the threshold."""
        return xp.indicator(z > threshold, z)


class SparseSigmoid(Activation):
    """``(z + 1) / 2`` clipped to [0, 1]: the sparse logistic function (Martins & Astudillo, "Sparsemax", 2016).

    Examples
    --------
    It reaches 0 and 1 where :class:`Logistic` only comes near:

    >>> import numpy as np
    >>> from sklearn_ann.activations import SparseSigmoid
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> SparseSigmoid().value(xp, np.array([-2.0, -0.5, 0.0, 1.0]))
    array([0.  , 0.25, 0.5 , 1.  ])
    """

    name = "sparse_sigmoid"
    keras_name = "sparse_sigmoid"
    initializer = "glorot_uniform"

    def value(self, xp, z):
        """As in the class."""
        return xp.clip((z + 1) / 2, 0, 1)

    def slope(self, xp, z, value):
        """A half between -1 and 1."""
        return _between(xp, z, bound=1, slope=0.5)


class SparsePlus(Activation):
    """The integral of the sparse sigmoid: 0 below -1, ``z`` above 1 (Martins & Astudillo, "Sparsemax", 2016).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.activations import SparsePlus
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> SparsePlus().value(xp, np.array([-1.0, 0.0, 0.5, 1.0, 3.0]))
    array([0.    , 0.25  , 0.5625, 1.    , 3.    ])
    """

    name = "sparse_plus"
    keras_name = "sparse_plus"
    keeps_z = False

    def value(self, xp, z):
        """As in the class."""
        return xp.where(z < 1, xp.square(xp.clip(z, -1, 1) + 1) / 4, z)

    def slope(self, xp, z, value):
        """The root of the value, at most 1."""
        return xp.sqrt(xp.minimum(value, 1))


class ActivationFunction(Activation):
    """A user's function of a tensor; TensorFlow differentiates it, and evaluates it on arrays too.

    Parameters
    ----------
    function : callable
        Maps a tensor to one of the same shape and dtype.

    Examples
    --------
    Pass the function itself to an estimator, as in ``MLPRegressorTF(activation=cube)``, which makes this of it:

    >>> from sklearn_ann.activations import activation_of
    >>> def cube(z):
    ...     return z**3
    ...
    >>> activation_of(cube).name
    'cube'
    """

    initializer = "glorot_uniform"
    needs_tensorflow = True
    _formulas = ()

    def __init__(self, function):
        self.function = function

    @property
    def name(self):
        """The function's name."""
        return getattr(self.function, "__name__", repr(self.function))

    def value(self, xp, z):
        """The function of a tensor, or of an array, which stays as it is."""
        if not isinstance(z, np.ndarray):
            return self.function(z)
        from .runtime.backend import tf
        from .runtime.devices import on_device

        with on_device("/CPU:0"):
            return self.function(tf.constant(z)).numpy()

    def with_pullback(self, z: Any) -> tuple[Any, Callable[[Any], Any]]:
        """The function of a tensor, and what makes the derivative by z of the one by the value; callable once."""
        from .runtime.backend import tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(z)
            value = self.function(z)

        def pullback(upstream: Any) -> Any:
            zeros = tf.UnconnectedGradients.ZERO
            return tape.gradient(value, z, output_gradients=upstream, unconnected_gradients=zeros)

        return value, pullback


ACTIVATIONS: dict[str, Any] = {
    kind.name: kind
    for kind in (
        Identity, Logistic, Tanh, ReLU, LeakyReLU, RReLU, PReLU, ELU, SELU, GELU, SiLU, Mish, Softplus, HardSigmoid,
        HardSiLU, HardTanh, ReLU6, CELU, Softsign, Exponential, LogSigmoid, Squareplus, Step, HardShrink, SoftShrink,
        TanhShrink, Threshold, SparseSigmoid, SparsePlus,
    )
}  # fmt: skip
"""Activations by the names that ``activation`` takes too."""

ALIASES = {"linear": "identity", "sigmoid": "logistic", "swish": "silu", "hard_swish": "hard_silu"}
"""Keras' other names of activations."""


def activation_of(choice: Any) -> Activation:
    """The activation that a parameter stands for: an object as it is, a name with its usual settings, a function."""
    if isinstance(choice, str):
        choice = member_named("activation", ALIASES.get(choice, choice), ACTIVATIONS)
    return choice if isinstance(choice, Activation) else ActivationFunction(choice)
