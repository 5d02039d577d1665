"""Initializers of weights with settings, for the parameter ``kernel_initializer`` of the multilayer perceptrons."""

from __future__ import annotations

from numbers import Real

import numpy as np
from scipy.special import ndtr, ndtri
from sklearn.utils._param_validation import Interval, StrOptions

from .configurable import Configurable

__all__ = ["INITIALIZERS", "Initializer", "Orthogonal", "VarianceScaling", "Zeros"]

_TRUNCATED_DEVIATION = 0.8796256610342398  # of a standard normal number between -2 and 2


class Initializer(Configurable):
    """Base class of initializers; use one of its subclasses, or write your own.

    Examples
    --------
    One of your own: every output starts as the mean of its inputs.

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.initializers import Initializer
    >>> class Mean(Initializer):
    ...     def draw(self, fan_in, fan_out, random_state):
    ...         return np.full((fan_in, fan_out), 1 / fan_in)
    ...
    >>> model = MLPRegressorTF((), kernel_initializer=Mean(), learning_rate_init=1e-9)
    >>> model = model.partial_fit([[1.0, 3.0]], [0.0])
    >>> model.predict([[1.0, 3.0]]).round(3)
    array([2.])
    """

    _formulas = ("draw",)

    def draw(self, fan_in, fan_out, random_state):
        """Draw the weights of one layer.

        Parameters
        ----------
        fan_in, fan_out : int
            Numbers of inputs and outputs of the layer.
        random_state : numpy.random.RandomState

        Returns
        -------
        ndarray of shape (fan_in, fan_out)
        """
        raise NotImplementedError


class VarianceScaling(Initializer):
    """Independent weights with mean 0 and variance ``scale / fan``.

    Parameters
    ----------
    scale : float, default=1.0
        Use 1 for activations that preserve the variance (Glorot & Bengio, 2010; LeCun et al., 1998), and 2 for ReLU and
        its variants, which halve it (He et al., 2015).
    fan : {'in', 'out', 'mean'}, default='in'
        Whether to divide by the number of inputs, of outputs, or the mean of both.
    distribution : {'uniform', 'normal', 'truncated_normal'}, default='truncated_normal'
        Distribution; ``'truncated_normal'`` redraws values beyond two standard deviations.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.initializers import VarianceScaling
    >>> weights = VarianceScaling(scale=2.0, fan="in").draw(200, 100, np.random.RandomState(0))
    >>> round(float(weights.var() * 200), 1)
    2.0
    """

    _parameter_constraints: dict = {
        "scale": [Interval(Real, 0, None, closed="neither")],
        "fan": [StrOptions({"in", "out", "mean"})],
        "distribution": [StrOptions({"uniform", "normal", "truncated_normal"})],
    }

    def __init__(self, *, scale=1.0, fan="in", distribution="truncated_normal"):
        self.scale = scale
        self.fan = fan
        self.distribution = distribution

    def draw(self, fan_in, fan_out, random_state):
        """Weights of one layer; as in :class:`Initializer`."""
        fan = {"in": fan_in, "out": fan_out, "mean": (fan_in + fan_out) / 2}[self.fan]
        deviation = np.sqrt(self.scale / fan)
        if self.distribution == "uniform":
            bound = np.sqrt(3) * deviation
            return random_state.uniform(-bound, bound, (fan_in, fan_out))
        if self.distribution == "normal":
            return random_state.normal(0, deviation, (fan_in, fan_out))
        quantiles = random_state.uniform(ndtr(-2), ndtr(2), (fan_in, fan_out))
        return ndtri(quantiles) * (deviation / _TRUNCATED_DEVIATION)


class Orthogonal(Initializer):
    """Orthogonal rows or columns, whichever are fewer (Saxe, McClelland & Ganguli, 2014).

    Parameters
    ----------
    gain : float, default=1.0
        Norm of each row or column; use ``sqrt(2)`` with ReLU.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_ann.initializers import Orthogonal
    >>> weights = Orthogonal(gain=2.0).draw(5, 2, np.random.RandomState(0))
    >>> (weights.T @ weights).round(6) + 0.0
    array([[4., 0.],
           [0., 4.]])
    """

    _parameter_constraints: dict = {"gain": [Interval(Real, 0, None, closed="neither")]}

    def __init__(self, *, gain=1.0):
        self.gain = gain

    def draw(self, fan_in, fan_out, random_state):
        """Weights of one layer; as in :class:`Initializer`."""
        tall = random_state.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out)))
        orthogonal, triangle = np.linalg.qr(tall)
        orthogonal *= self.gain * np.sign(np.diag(triangle))  # or it would not be uniform over all of them
        return orthogonal if fan_in >= fan_out else orthogonal.T


class Zeros(Initializer):
    """Zeros, for a network without hidden layers: the units of a hidden layer would all stay equal.

    Examples
    --------
    The first prediction is zero:

    >>> from sklearn_ann import MLPRegressorTF
    >>> model = MLPRegressorTF((), kernel_initializer="zeros", learning_rate_init=1e-9).partial_fit([[1.0]], [5.0])
    >>> model.predict([[1.0]]).round(3)
    array([0.])
    """

    def draw(self, fan_in, fan_out, random_state):
        """Weights of one layer; as in :class:`Initializer`."""
        return np.zeros((fan_in, fan_out))


INITIALIZERS = {
    "glorot_uniform": VarianceScaling(scale=1.0, fan="mean", distribution="uniform"),
    "glorot_normal": VarianceScaling(scale=1.0, fan="mean"),
    "he_uniform": VarianceScaling(scale=2.0, fan="in", distribution="uniform"),
    "he_normal": VarianceScaling(scale=2.0, fan="in"),
    "lecun_uniform": VarianceScaling(scale=1.0, fan="in", distribution="uniform"),
    "lecun_normal": VarianceScaling(scale=1.0, fan="in"),
    # of standard deviation 2 / sqrt(fan_in + fan_out) before it is truncated: Géron, 2017, chapter 10
    "truncated_normal": VarianceScaling(scale=2.0 * _TRUNCATED_DEVIATION**2, fan="mean"),
    "orthogonal": Orthogonal(),
    "zeros": Zeros(),
}
"""Initializers by the names that ``kernel_initializer`` takes too."""
