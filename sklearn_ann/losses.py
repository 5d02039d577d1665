"""Losses, for the parameter ``loss`` of the multilayer perceptrons.

One class per loss: settings, value and derivative on raw outputs, over an array namespace ``xp`` with NumPy's names.
The derivative is written out instead of computed automatically, because scikit-learn's gradient is not quite that of
its value: its log-loss clips probabilities in the value but not in the gradient, and its squared error is averaged over
outputs in the value but summed in the gradient. The value and the derivative are computed together, since they share
expensive parts, such as a softmax. Users' own classes work like those here. TensorFlow differentiates a loss only if it
is a function of tensors.
"""

from __future__ import annotations

import copy
import math
from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval

from .configurable import Configurable, member_named
from .links import LINKS

__all__ = [
    "CLASS_LOSSES",
    "LOSSES",
    "AbsoluteError",
    "ClassLoss",
    "Focal",
    "Gaussian",
    "Hinge",
    "Huber",
    "LogCosh",
    "LogLoss",
    "Loss",
    "LossFunction",
    "Poisson",
    "Quantile",
    "SquaredError",
    "class_loss_of",
    "loss_of",
]

_POSITIVE = [Interval(Real, 0, None, closed="neither")]


def _sum(xp, values):
    return values[..., 0] if values.shape[-1] == 1 else xp.sum(values, axis=-1)


def _mean(xp, values):
    return values[..., 0] if values.shape[-1] == 1 else xp.sum(values, axis=-1) / values.shape[-1]


class Loss(Configurable):
    """Base class of the regressor's losses; use one of its subclasses, or write your own.

    Attributes
    ----------
    link : str
        Name of the inverse link, from raw outputs to predictions.
    link_hyper : tuple of float
        Hyperparameters of that link.
    outputs_per_target : int
        Number of raw columns of each target; those of a target are adjacent.
    of_indices : bool
        Whether targets are class indices, one per row and head, instead of columns like the raw outputs.

    Examples
    --------
    One of your own, whose minimum is the mean with large errors counted more:

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.losses import Loss
    >>> class Quartic(Loss):
    ...     def value_and_delta(self, xp, raw, y):
    ...         error = raw - y
    ...         return error**4, 4 * error**3
    ...
    >>> model = MLPRegressorTF((), loss=Quartic(), solver="lbfgs").fit(np.zeros((3, 1)), [0.0, 0.0, 9.0])
    >>> model.predict([[0.0]]).round(1)
    array([4.])
    """

    link: Any = "identity"
    link_hyper: Any = ()
    outputs_per_target: Any = 1
    of_indices: Any = False
    _formulas: tuple[str, ...] = ("value_and_delta",)
    _hyper_ndim = 1

    def value_and_delta(self, xp, raw, y, *hyper):
        """Compute the loss of each output and its derivative with respect to the raw outputs.

        Parameters
        ----------
        xp : namespace
            Functions with NumPy's names, for NumPy arrays or tensors.
        raw : array of shape (..., rows, columns)
            Raw outputs; not changed.
        y : array of shape (..., rows, targets)
            Encoded targets in the dtype of ``raw``; not changed.
        *hyper : float or array of shape (..., 1, n)
            Values of ``hyper_names``.

        Returns
        -------
        value : array of shape (..., rows, targets)
        delta : array of shape (..., rows, columns)
            Two new arrays, which the caller may write to.
        """
        raise NotImplementedError

    def reduced(self, xp, value, delta):
        """Compute the loss of each row ``(..., rows)``, the mean over targets, and its derivative."""
        n_targets = value.shape[-1]
        return _mean(xp, value), delta if n_targets == 1 else delta / n_targets


class SquaredError(Loss):
    """``0.5 * (raw - y) ** 2``: the mean over targets in the value, their sum in the gradient, as in scikit-learn.

    Examples
    --------
    Without features the best prediction is the mean:

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> X, y = np.zeros((5, 1)), [1.0, 2.0, 3.0, 4.0, 100.0]
    >>> model = MLPRegressorTF((), loss="squared_error", solver="lbfgs").fit(X, y)
    >>> model.predict([[0.0]]).round(1)
    array([22.])
    """

    name = "squared_error"

    def value_and_delta(self, xp, raw, y):
        """As in :class:`Loss`."""
        error = raw - y
        return xp.square(error), error

    def reduced(self, xp, value, delta):
        """As in the class."""
        return _mean(xp, value) * 0.5, delta


class AbsoluteError(Loss):
    """``abs(raw - y)``, the mean over targets; predicts medians.

    Examples
    --------
    Without features the best prediction is the median, whatever the outlier:

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> X, y = np.zeros((5, 1)), [1.0, 2.0, 3.0, 4.0, 100.0]
    >>> model = MLPRegressorTF((), loss="absolute_error", learning_rate_init=0.01, max_iter=1000, tol=0).fit(X, y)
    >>> model.predict([[0.0]]).round()
    array([3.])
    """

    name = "absolute_error"

    def value_and_delta(self, xp, raw, y):
        """As in :class:`Loss`."""
        error = raw - y
        return xp.abs(error), xp.sign(error, out=error)


class Huber(Loss):
    """Squared error near the target and absolute error away from it (Huber, 1964).

    ``0.5 * e ** 2`` up to an error of delta and ``delta * (abs(e) - 0.5 * delta)`` beyond, the mean over targets.
    The influence of an outlier is bounded.

    Parameters
    ----------
    delta : float, default=1.0
        Error at which the loss turns from quadratic to linear, in the units of y.

    Examples
    --------
    The outlier pulls no harder than an error of ``delta``:

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.losses import Huber
    >>> X, y = np.zeros((5, 1)), [1.0, 2.0, 3.0, 4.0, 100.0]
    >>> for delta in (1.0, 10.0):
    ...     model = MLPRegressorTF((), loss=Huber(delta=delta), solver="lbfgs").fit(X, y)
    ...     print(delta, model.predict([[0.0]]).round(2))
    1.0 [3.]
    10.0 [5.]
    """

    name = "huber"
    hyper_names = ("delta",)
    _parameter_constraints: dict = {"delta": _POSITIVE}

    def __init__(self, delta=1.0):
        self.delta = delta

    def value_and_delta(self, xp, raw, y, delta):
        """As in :class:`Loss`."""
        error = raw - y
        far = xp.abs(error)
        near = xp.minimum(far, delta)
        return near * (far - 0.5 * near), xp.clip(error, -delta, delta)


class LogCosh(Loss):
    """``log(cosh(raw - y))``, the mean over targets: a smooth Huber loss.

    Examples
    --------
    Half the square of a small error, a large error less ``log(2)``:

    >>> import numpy as np
    >>> from sklearn_ann.losses import LogCosh
    >>> value, derivative = LogCosh().value_and_delta(np, np.array([[0.2], [50.0]]), np.zeros((2, 1)))
    >>> value.ravel().round(3), derivative.ravel().round(3)
    (array([2.0000e-02, 4.9307e+01]), array([0.197, 1.   ]))
    """

    name = "log_cosh"

    def value_and_delta(self, xp, raw, y):
        """Without overflow: ``log cosh e = |e| + log(1 + exp(-2 |e|)) - log 2``."""
        error = raw - y
        far = xp.abs(error)
        return far + xp.log1p(xp.exp(-2 * far)) - math.log(2), xp.tanh(error, out=error)


class Quantile(Loss):
    """Pinball loss, whose minimum is a quantile (Koenker & Bassett, 1978).

    ``quantile * e`` for a prediction that is too low by e, ``(1 - quantile) * e`` for one that is too high by e; with
    several quantiles, their sum. Each quantile has its own output, and quantiles may cross.

    Parameters
    ----------
    quantile : float or array-like of shape (n_quantiles,), default=0.5
        Fraction of targets below the prediction, in (0, 1). With several, predictions have a column for each.

    Examples
    --------
    One column for each quantile:

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.losses import Quantile
    >>> X, y = np.zeros((101, 1)), np.linspace(0, 1, 101)
    >>> loss = Quantile([0.1, 0.5, 0.9])
    >>> model = MLPRegressorTF((), loss=loss, learning_rate_init=0.01, max_iter=300, random_state=0)
    >>> model.fit(X, y).predict([[0.0]]).round(1)
    array([[0.1, 0.5, 0.9]])
    """

    name = "quantile"
    hyper_names = ("quantiles",)
    _parameter_constraints: dict = {"quantile": [Interval(Real, 0, 1, closed="neither"), "array-like"]}

    def __init__(self, quantile=0.5):
        self.quantile = quantile

    def check(self):
        """Raise a ValueError if a quantile is not in (0, 1)."""
        self._validate_params()
        try:
            quantiles = np.atleast_1d(np.asarray(self.quantile, dtype=float))
        except (TypeError, ValueError):  # not numbers, or lists of different lengths
            quantiles = np.array([])
        if quantiles.ndim != 1 or not quantiles.size or not np.all((quantiles > 0) & (quantiles < 1)):
            raise ValueError(
                f"quantile must be a number in (0, 1) or several of them in a list, got {self.quantile!r}; pass for "
                "example quantile=[0.05, 0.5, 0.95]."
            )

    @property
    def quantiles(self):
        """All of them."""
        return np.ravel(self.quantile)

    @property
    def is_several(self):
        """Whether predictions have an axis of quantiles."""
        return np.ndim(self.quantile) == 1

    @property
    def outputs_per_target(self):
        """How many there are."""
        return np.size(self.quantile)

    def structure(self):
        """As many, whichever they are."""
        bare = super().structure()
        bare.quantile = (None,) * self.outputs_per_target
        return bare

    def value_and_delta(self, xp, raw, y, quantiles):
        """As in :class:`Loss`."""
        quantiles = quantiles[..., None, :]
        too_low = y[..., None] - xp.reshape(raw, [*raw.shape[:-1], y.shape[-1], -1])  # targets, quantiles
        value = xp.sum(xp.maximum(quantiles * too_low, (quantiles - 1) * too_low), axis=-1)
        slope = (1 - quantiles) * xp.indicator(too_low < 0, raw) - quantiles * xp.indicator(too_low > 0, raw)
        return value, xp.reshape(slope, raw.shape)


class Gaussian(Loss):
    """Negative log-likelihood of a normal distribution with learned mean and standard deviation (Nix & Weigend, 1994).

    ``log(std) + 0.5 * ((y - mean) / std) ** 2 + 0.5 * log(2 * pi)``, the mean over targets; ``std`` is
    ``min_std + log(1 + exp(raw))``. Scale y to about unit variance, since standard deviations start near 0.7.

    Parameters
    ----------
    min_std : float, default=1e-3
        Lower bound of the standard deviation, in the units of y. Without it, a row that is fitted exactly would have
        infinite likelihood.

    Examples
    --------
    Mean and standard deviation of each row:

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> X = np.repeat([[0.0], [1.0]], 4, axis=0)
    >>> y = [-1, 1, -1, 1, 7, 13, 7, 13]
    >>> model = MLPRegressorTF((10,), loss="gaussian", solver="lbfgs", alpha=0, random_state=0).fit(X, y)
    >>> mean, std = model.predict([[0.0], [1.0]], return_std=True)
    >>> mean.round(1) + 0.0, std.round(1)
    (array([ 0., 10.]), array([1., 3.]))
    """

    name = "gaussian"
    link = "mean_and_std"
    outputs_per_target = 2
    hyper_names = ("min_std",)
    _parameter_constraints: dict = {"min_std": _POSITIVE}

    def __init__(self, min_std=1e-3):
        self.min_std = min_std

    @property
    def link_hyper(self):
        """The smallest spread."""
        return self.hyper

    def value_and_delta(self, xp, raw, y, min_std):
        """As in :class:`Loss`."""
        mean_and_std = LINKS["mean_and_std"].value(xp, raw + 0, min_std)  # a copy: links write over their argument
        mean, std = mean_and_std[..., 0::2], mean_and_std[..., 1::2]
        error = (mean - y) / std
        square = xp.square(error)
        by_raw_std = (1 - square) / std * xp.expit(raw[..., 1::2])
        delta = xp.reshape(xp.stack([error / std, by_raw_std], axis=-1), raw.shape)
        return 0.5 * square + xp.log(std) + 0.5 * math.log(2 * math.pi), delta


class Poisson(Loss):
    """Half the Poisson deviance, for counts, with the logarithm of the mean as raw output; the sum over targets.

    Examples
    --------
    Counts; predictions are means and never negative:

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> X, y = np.arange(5.0)[:, None], [1, 2, 4, 8, 16]
    >>> model = MLPRegressorTF((), loss="poisson", solver="lbfgs", alpha=0).fit(X, y)
    >>> model.predict([[-2.0], [1.0], [5.0]]).round(2)
    array([ 0.25,  2.  , 32.  ])
    """

    name = "poisson"
    link = "exp"

    def value_and_delta(self, xp, raw, y):
        """As in :class:`Loss`."""
        # A mean as large as the dtype has it, its logarithm taken as it comes: nothing overflows, nothing is 0 / 0.
        mean = xp.exp(xp.minimum(raw, math.floor(math.log(xp.largest(raw)))))
        return xp.xlogy(y, y) - y * raw - y + mean, mean - y

    def reduced(self, xp, value, delta):
        """The sum over targets."""
        return _sum(xp, value), delta


class LossFunction(Loss):
    """A user's function of the tensors ``y_true`` and ``y_pred``, differentiated by TensorFlow.

    Parameters
    ----------
    function : callable
        Maps ``(y_true, y_pred)``, both of shape (n_rows, n_outputs), to the loss of each row, of shape (n_rows,).

    Examples
    --------
    Pass the function itself to an estimator, as in ``MLPRegressorTF(loss=cubic)``, which makes this of it:

    >>> from sklearn_ann.losses import loss_of
    >>> def cubic(y_true, y_pred):
    ...     return abs(y_true - y_pred)[:, 0] ** 3
    ...
    >>> loss_of(cubic).name
    'cubic'
    """

    needs_tensorflow = True

    def __init__(self, function):
        self.function = function

    @property
    def name(self):
        """The function's name."""
        return getattr(self.function, "__name__", repr(self.function))

    def value_and_delta(self, xp, raw, y):
        """As in :class:`Loss`, with the loss of a row as that of its only output."""
        from .runtime.backend import tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(raw)
            losses = self.function(y, raw)
        return losses[..., None], tape.gradient(losses, raw)


class ClassLoss(Loss):
    """Base class of the classifier's losses; use one of its subclasses, or write your own.

    Attributes
    ----------
    form : {'binary', 'multiclass', 'probabilities'}
        Form of the targets: 0 or 1 for each output, a class index, or class probabilities.
    forms : tuple of str
        The forms that the loss supports.

    Examples
    --------
    One of your own, the squared error of probabilities (Brier, 1950):

    >>> import numpy as np
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.losses import ClassLoss
    >>> class Brier(ClassLoss):
    ...     def binary(self, xp, raw, y):
    ...         proba = xp.expit(raw)
    ...         return (proba - y) ** 2, 2 * (proba - y) * proba * (1 - proba)
    ...
    ...     def multiclass(self, xp, raw, shares):
    ...         proba = xp.softmax(raw)
    ...         error = proba - shares
    ...         mean = xp.sum(proba * error, axis=-1, keepdims=True)
    ...         return xp.sum(error**2, axis=-1, keepdims=True), 2 * proba * (error - mean)
    ...
    >>> X, y = np.zeros((4, 1)), [0, 0, 0, 1]
    >>> model = MLPClassifierTF((), loss=Brier(), solver="lbfgs", random_state=0).fit(X, y)
    >>> model.predict_proba([[0.0]]).round(2)
    array([[0.75, 0.25]])
    """

    form = "binary"
    forms: tuple[str, ...] = ("binary", "multiclass")
    _formulas = ("binary", "multiclass")

    def of_form(self, form):
        """The same loss for targets of this form."""
        loss = copy.copy(self)
        loss.form = form
        return loss

    @property
    def link(self):
        """Name of the inverse link."""
        return "logistic" if self.form == "binary" else "softmax"

    @property
    def of_indices(self):
        """Whether targets are class indices."""
        return self.form == "multiclass"

    def value_and_delta(self, xp, raw, y, *hyper):
        """As in :class:`Loss`."""
        if self.form == "binary":
            return self.binary(xp, raw, y, *hyper)
        shares = xp.one_hot(y[..., 0], raw.shape[-1], raw) if self.of_indices else y
        return self.multiclass(xp, raw, shares, *hyper)

    def binary(self, xp, raw, y, *hyper):
        """Compute the loss of each output and its derivative with respect to the raw output, for targets 0 and 1."""
        raise NotImplementedError

    def multiclass(self, xp, raw, shares, *hyper):
        """Compute the loss ``(..., rows, 1)`` and its derivative ``(..., rows, classes)``, for class probabilities."""
        raise NotImplementedError

    def reduced(self, xp, value, delta):
        """The sum over outputs."""
        return _sum(xp, value), delta


def _clipped(xp, proba, out=None):
    """Probabilities away from 0 and 1, as scikit-learn's log-losses have them."""
    eps = xp.eps(proba)
    return xp.clip(proba, eps, 1 - eps, out=out)


def _cross_entropy(xp, raw, shares):
    log_proba = xp.log_softmax(raw)
    value = -xp.vecdot(shares, log_proba)[..., None]
    return value, xp.exp(log_proba, out=log_proba) - shares


class LogLoss(ClassLoss):
    """Negative logarithm of the probability of the true class; for class probabilities, the cross-entropy.

    Parameters
    ----------
    label_smoothing : float, default=0.0
        Fraction of the target that is spread evenly over all classes, in [0, 1) (Szegedy et al., "Rethinking the
        inception architecture", 2016).

    Examples
    --------
    With label smoothing probabilities stay away from 0 and 1:

    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.losses import LogLoss
    >>> X, y = [[-1.0], [1.0]], [0, 1]
    >>> for smoothing in (0.0, 0.2):
    ...     model = MLPClassifierTF((), loss=LogLoss(label_smoothing=smoothing), solver="lbfgs", alpha=0, tol=1e-9)
    ...     print(model.fit(X, y).predict_proba([[1.0]]).round(2))
    [[0. 1.]]
    [[0.1 0.9]]
    """

    name = "log_loss"
    forms = ("binary", "multiclass", "probabilities")
    _parameter_constraints: dict = {"label_smoothing": [Interval(Real, 0, 1, closed="left")]}

    def __init__(self, label_smoothing=0.0):
        self.label_smoothing = label_smoothing

    @property
    def hyper_names(self):
        """Without smoothing there are none."""
        return () if self.label_smoothing == 0 else ("label_smoothing",)

    def binary(self, xp, raw, y, label_smoothing=None):
        """As in :class:`ClassLoss`."""
        if label_smoothing is not None:
            target = y * (1 - label_smoothing) + 0.5 * label_smoothing
            value = xp.maximum(raw, 0) - raw * target + xp.log1p(xp.exp(-xp.abs(raw)))
            return value, xp.expit(raw) - target
        proba = xp.expit(raw)
        inside = _clipped(xp, proba)  # so that both logarithms are finite
        value = xp.log(inside)
        value = xp.multiply(value, y, out=value)
        rest = xp.subtract(1, inside, out=inside)
        rest = xp.log(rest, out=rest)
        rest = xp.multiply(rest, 1 - y, out=rest)
        value = xp.add(value, rest, out=value)
        return xp.negative(value, out=value), xp.subtract(proba, y, out=proba)

    def multiclass(self, xp, raw, shares, label_smoothing=None):
        """As in :class:`ClassLoss`."""
        if label_smoothing is not None:
            return _cross_entropy(xp, raw, shares * (1 - label_smoothing) + label_smoothing / raw.shape[-1])
        if not self.of_indices:
            return _cross_entropy(xp, raw, shares)
        proba = xp.softmax(raw)
        right = xp.vecdot(proba, shares)[..., None]
        right = xp.log(_clipped(xp, right, out=right), out=right)
        return xp.negative(right, out=right), xp.subtract(proba, shares, out=proba)


def _focal(xp, log_p, gamma):
    """``-(1 - p) ** gamma * log(p)`` and its derivative by ``log(p)``."""
    rest = -xp.expm1(log_p)
    weight = rest**gamma
    # Both parts of the fraction are 0 where p is 1, where the weight is too, unless gamma is.
    fraction = xp.exp(log_p) * log_p / xp.maximum(rest, 1e-37)
    return -weight * log_p, weight * (gamma * fraction - 1)


class Focal(ClassLoss):
    """Log-loss that down-weights easy rows: ``-(1 - p) ** gamma * log(p)`` if the true class has probability p.

    Lin et al., "Focal loss for dense object detection", 2017. Rows that are already classified well get less weight, so
    that many easy rows do not drown out a few hard ones. Probabilities are less extreme than with the log-loss.

    Parameters
    ----------
    gamma : float, default=2.0
        Strength of the down-weighting; 0 gives the log-loss.

    Examples
    --------
    The loss of a true class of probability 0.9 is a hundredth of the log-loss, of one of 0.1 most of it:

    >>> import numpy as np
    >>> from sklearn_ann.losses import Focal
    >>> from sklearn_ann.runtime.arrays import numpy_namespace as xp
    >>> raw, y = np.log([[9.0], [1 / 9]]), np.ones((2, 1))
    >>> for gamma in (0.0, 2.0):
    ...     easy, hard = Focal(gamma).value_and_delta(xp, raw, y, gamma)[0].ravel()
    ...     print(f"gamma={gamma}: {easy:.4f} and {hard:.4f}")
    gamma=0.0: 0.1054 and 2.3026
    gamma=2.0: 0.0011 and 1.8651
    """

    name = "focal"
    hyper_names = ("gamma",)
    _parameter_constraints: dict = {"gamma": [Interval(Real, 0, None, closed="left")]}

    def __init__(self, gamma=2.0):
        self.gamma = gamma

    def binary(self, xp, raw, y, gamma):
        """As in :class:`ClassLoss`."""
        sign = 2 * y - 1
        against = -sign * raw
        value, slope = _focal(xp, -xp.logaddexp(against, 0), gamma)
        return value, slope * sign * xp.expit(against)

    def multiclass(self, xp, raw, shares, gamma):
        """As in :class:`ClassLoss`."""
        log_proba = xp.log_softmax(raw)
        value, slope = _focal(xp, xp.vecdot(log_proba, shares)[..., None], gamma)
        return value, slope * (shares - xp.exp(log_proba, out=log_proba))


class Hinge(ClassLoss):
    """``max(0, 1 - s * raw)`` for targets s of -1 and 1; with more classes, the margin to the largest wrong raw output.

    Crammer & Singer, "On the algorithmic implementation of multiclass kernel-based vector machines", 2001. With it, a
    classifier has no ``predict_proba``.

    Examples
    --------
    There are scores, but no probabilities:

    >>> from sklearn_ann import MLPClassifierTF
    >>> model = MLPClassifierTF((), loss="hinge", solver="lbfgs", random_state=0).fit([[0.0], [2.0]], [0, 1])
    >>> model.decision_function([[0.0], [2.0]]) > 0
    array([False,  True])
    >>> hasattr(model, "predict_proba")
    False
    """

    name = "hinge"
    link = "identity"

    def binary(self, xp, raw, y):
        """As in :class:`ClassLoss`."""
        sign = 2 * y - 1
        margin = sign * raw
        return xp.maximum(1 - margin, 0), -sign * xp.indicator(margin < 1, raw)

    def multiclass(self, xp, raw, shares):
        """As in :class:`ClassLoss`."""
        wrong = xp.where(shares > 0, -xp.largest(raw), raw)
        margin = xp.vecdot(shares, raw)[..., None] - xp.max(wrong, axis=-1, keepdims=True)
        worst = xp.one_hot(xp.argmax(wrong, axis=-1), raw.shape[-1], raw)
        return xp.maximum(1 - margin, 0), (worst - shares) * xp.indicator(margin < 1, raw)


LOSSES: dict[str, Any] = {
    kind.name: kind for kind in (SquaredError, AbsoluteError, Huber, LogCosh, Quantile, Gaussian, Poisson)
}
"""Losses by the names that the regressor's ``loss`` takes too."""

CLASS_LOSSES: dict[str, Any] = {kind.name: kind for kind in (LogLoss, Focal, Hinge)}
"""Losses by the names that the classifier's ``loss`` takes too."""


def loss_of(loss: Any) -> Loss:
    """The loss that a name, an object or a function stands for."""
    if isinstance(loss, str):
        loss = member_named("loss", loss, LOSSES)
    return loss if isinstance(loss, Loss) else LossFunction(loss)


def class_loss_of(loss: Any) -> ClassLoss:
    """The classifier's loss that a name or an object stands for."""
    return member_named("loss", loss, CLASS_LOSSES) if isinstance(loss, str) else loss
