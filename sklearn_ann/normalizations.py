"""Normalizations of hidden layers, for the parameter ``normalization`` of the multilayer perceptrons.

One class per normalization: settings, values and derivatives over an array namespace ``xp`` with NumPy's names.
Values have the shape ``(..., rows, units)``. In training, a normalization may depend on moments of the batch. It
returns them, so that moving averages can be kept for predictions.
"""

from __future__ import annotations

from numbers import Real
from typing import Any

from sklearn.utils._param_validation import Interval, StrOptions

from .configurable import Configurable, member_named

__all__ = ["NORMALIZATIONS", "BatchNorm", "LayerNorm", "Normalization", "normalization_of"]

_POSITIVE = [Interval(Real, 0, None, closed="neither")]
_POSITION = [StrOptions({"before", "after"})]


class Normalization(Configurable):
    """Base class of normalizations; use one of its subclasses, or write your own.

    Attributes
    ----------
    position : {'before', 'after'}
        Whether to normalize before or after the activation.
    learned, moving : tuple of (str, float)
        Names and initial values of parameters that are learned for each unit, and of moving averages. With moving
        averages, the class needs a hyperparameter ``momentum``, the fraction of them that a step keeps.
    non_negative : tuple of str
        Names of the moving averages that are never negative, as a variance is; a file with others is refused.

    Examples
    --------
    One of your own: units divided by their root mean square in each row (Zhang & Sennrich, 2019), without a scale.

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.normalizations import Normalization
    >>> class RMSNorm(Normalization):
    ...     def value(self, xp, values, learned, moving):
    ...         return values / xp.sqrt(xp.mean(xp.square(values), axis=-1, keepdims=True) + 1e-6)
    ...
    ...     def with_pullback(self, xp, values, shares, learned):
    ...         size = xp.sqrt(xp.mean(xp.square(values), axis=-1, keepdims=True) + 1e-6)
    ...         normal = values / size
    ...
    ...         def pullback(upstream):
    ...             return (upstream - normal * xp.mean(upstream * normal, axis=-1, keepdims=True)) / size, {}
    ...
    ...         return normal * 1, {}, pullback
    ...
    >>> X = np.linspace(-1, 1, 20)[:, None]
    >>> model = MLPRegressorTF((10,), normalization=RMSNorm(), solver="lbfgs", random_state=0).fit(X, abs(X.ravel()))
    >>> model.score(X, abs(X.ravel())) > 0.9
    True
    """

    position = "before"
    learned: tuple[tuple[str, float], ...] = ()
    moving: tuple[tuple[str, float], ...] = ()
    non_negative: tuple[str, ...] = ()
    _formulas = ("value", "with_pullback")
    _hyper_ndim = 1

    def check(self):
        """Raise a ValueError for a setting out of its range, or for moving means without a momentum."""
        super().check()
        if self.position not in ("before", "after"):
            raise ValueError(
                f"{type(self).__name__} must have the position 'before' or 'after' (the activation), got "
                f"{self.position!r}; choose one of them."
            )
        if self.moving and "momentum" not in self.hyper_names:
            raise ValueError(
                f"{type(self).__name__} must have a hyperparameter momentum, since it has moving means, got "
                f"hyper_names={self.hyper_names}; add it, and set it in __init__."
            )

    def momentum_of(self, hyper):
        """Which of its hyperparameters is the momentum."""
        return hyper[self.hyper_names.index("momentum")]

    def value(self, xp, values, learned, moving, *hyper):
        """Normalize values in predictions.

        Parameters
        ----------
        xp : namespace
            Functions with NumPy's names, for NumPy arrays or tensors.
        values : array of shape (..., rows, units)
            A NumPy array may be overwritten.
        learned, moving : dict of str to array of shape (..., units)
        *hyper : float or array
            Values of ``hyper_names``.
        """
        raise NotImplementedError

    def slope(self, xp, learned, moving, *hyper):
        """Compute the derivative of :meth:`value` for each unit, for a frozen layer above one that is trained.

        Only for a normalization with moving averages, which a frozen layer uses in training too.

        Parameters
        ----------
        xp, learned, moving, *hyper
            As in :meth:`value`.

        Returns
        -------
        array of shape (..., units)
        """
        raise NotImplementedError

    def with_pullback(self, xp, values, shares, learned, *hyper):
        """Normalize values in training, and return their derivatives.

        Parameters
        ----------
        xp, values, learned, *hyper
            As in :meth:`value`; nothing is overwritten.
        shares : array of shape (..., rows)
            Weight of each row in means over the batch; they add up to 1.

        Returns
        -------
        value : array of shape (..., rows, units)
            Normalized values. They may be overwritten, so ``pullback`` must not read this array.
        moments : dict of str to array of shape (..., units)
            Moments of the batch, used instead of ``moving``.
        pullback : callable
            Maps derivatives with respect to ``value`` to those with respect to ``values`` and, by name, to ``learned``.
        """
        raise NotImplementedError


def _scaled_and_shifted(xp, values, learned):
    """Over the values."""
    values = xp.multiply(values, learned["scale"][..., None, :], out=values)
    return xp.add(values, learned["shift"][..., None, :], out=values)


class BatchNorm(Normalization):
    """Normalize each unit to mean 0 and variance 1 over the batch, then apply a learned scale and shift.

    Ioffe & Szegedy, "Batch normalization", 2015. Predictions use moving averages of mean and variance, so the result
    for a row does not depend on the other rows. Rows are weighted by ``sample_weight``. The moving averages are plain
    means over the first steps and exponential ones later (Keras' start from 0 and 1 and take hundreds of steps to
    settle).

    Parameters
    ----------
    position : {'before', 'after'}, default='before'
        Whether to normalize before or after the activation.
    momentum : float, default=0.99
        Fraction of the moving averages that a step keeps, in [0, 1).
    epsilon : float, default=1e-3
        Added to the variance.

    Examples
    --------
    Scales, shifts and the moving means that predictions use are in ``extra_weights_``:

    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.normalizations import BatchNorm
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((5,), normalization=BatchNorm(momentum=0.9), random_state=0)
    >>> {name: array.shape for name, array in model.partial_fit(X, y, classes=[0, 1, 2]).extra_weights_.items()}
    {'scale_1': (5,), 'shift_1': (5,), 'mean_1': (5,), 'variance_1': (5,)}
    """

    name = "batch"
    learned = (("scale", 1.0), ("shift", 0.0))
    moving = (("mean", 0.0), ("variance", 1.0))
    non_negative = ("variance",)
    hyper_names = ("momentum", "epsilon")
    _parameter_constraints: dict = {
        "position": _POSITION,
        "momentum": [Interval(Real, 0, 1, closed="left")],
        "epsilon": _POSITIVE,
    }

    def __init__(self, *, position="before", momentum=0.99, epsilon=1e-3):
        self.position = position
        self.momentum = momentum
        self.epsilon = epsilon

    def value(self, xp, values, learned, moving, momentum, epsilon):
        """As in :class:`Normalization`."""
        values = xp.subtract(values, moving["mean"][..., None, :], out=values)
        deviation = xp.sqrt(moving["variance"][..., None, :] + epsilon)
        return _scaled_and_shifted(xp, xp.divide(values, deviation, out=values), learned)

    def slope(self, xp, learned, moving, momentum, epsilon):
        """As in :class:`Normalization`."""
        return learned["scale"] / xp.sqrt(moving["variance"] + epsilon)

    def with_pullback(self, xp, values, shares, learned, momentum, epsilon):
        """With mean and variance of each unit over the rows, as products: on a CPU XLA's sums take longer."""
        row_of_shares, column_of_shares = shares[..., None, :], shares[..., None]
        mean = xp.matmul(row_of_shares, values)
        normal = values - mean
        variance = xp.matmul(row_of_shares, xp.square(normal))
        deviation = xp.sqrt(variance + epsilon)
        normal = xp.divide(normal, deviation, out=normal)
        scale = learned["scale"][..., None, :]

        def pullback(upstream):
            by_scale, by_shift = xp.sum_rows(upstream * normal), xp.sum_rows(upstream)
            # the part of each row in mean and variance
            part = xp.multiply(normal, by_scale[..., None, :])
            part = xp.add(part, by_shift[..., None, :], out=part)
            part = xp.multiply(part, column_of_shares, out=part)
            by_values = xp.subtract(upstream, part, out=part)
            return xp.multiply(by_values, scale / deviation, out=by_values), {"scale": by_scale, "shift": by_shift}

        value = xp.multiply(normal, scale)
        value = xp.add(value, learned["shift"][..., None, :], out=value)
        return value, {"mean": mean[..., 0, :], "variance": variance[..., 0, :]}, pullback


def _row_deviation(xp, centered, epsilon):
    return xp.sqrt(xp.mean(xp.square(centered), axis=-1, keepdims=True) + epsilon)


class LayerNorm(Normalization):
    """Normalize each row to mean 0 and variance 1 over the units of a layer, then apply a learned scale and shift.

    Ba, Kiros & Hinton, "Layer normalization", 2016. It is the same in training and in predictions.

    Parameters
    ----------
    position : {'before', 'after'}, default='before'
        Whether to normalize before or after the activation.
    epsilon : float, default=1e-3
        Added to the variance.

    Examples
    --------
    There are no moving means to keep, only what is learned:

    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.normalizations import LayerNorm
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((5,), normalization=LayerNorm(position="after"), random_state=0)
    >>> {name: array.shape for name, array in model.partial_fit(X, y, classes=[0, 1, 2]).extra_weights_.items()}
    {'scale_1': (5,), 'shift_1': (5,)}
    """

    name = "layer"
    learned = (("scale", 1.0), ("shift", 0.0))
    hyper_names = ("epsilon",)
    _parameter_constraints: dict = {"position": _POSITION, "epsilon": _POSITIVE}

    def __init__(self, *, position="before", epsilon=1e-3):
        self.position = position
        self.epsilon = epsilon

    def value(self, xp, values, learned, moving, epsilon):
        """As in :class:`Normalization`."""
        values = xp.subtract(values, xp.mean(values, axis=-1, keepdims=True), out=values)
        values = xp.divide(values, _row_deviation(xp, values, epsilon), out=values)
        return _scaled_and_shifted(xp, values, learned)

    def with_pullback(self, xp, values, shares, learned, epsilon):
        """As in :class:`Normalization`; the rows of the batch are no matter."""
        normal = values - xp.mean(values, axis=-1, keepdims=True)
        deviation = _row_deviation(xp, normal, epsilon)
        normal = xp.divide(normal, deviation, out=normal)
        scale = learned["scale"][..., None, :]

        def pullback(upstream):
            by_learned = {"scale": xp.sum_rows(upstream * normal), "shift": xp.sum_rows(upstream)}
            by_normal = upstream * scale
            # the part of each unit in mean and deviation
            part = xp.multiply(normal, xp.mean(by_normal * normal, axis=-1, keepdims=True))
            part = xp.add(part, xp.mean(by_normal, axis=-1, keepdims=True), out=part)
            by_values = xp.subtract(by_normal, part, out=part)
            return xp.divide(by_values, deviation, out=by_values), by_learned

        value = xp.multiply(normal, scale)
        return xp.add(value, learned["shift"][..., None, :], out=value), {}, pullback


NORMALIZATIONS: dict[str, Any] = {kind.name: kind for kind in (BatchNorm, LayerNorm)}
"""Normalizations by the names that ``normalization`` takes too."""


def normalization_of(normalization: Any) -> Normalization | None:
    """The normalization that a name or an object stands for; None for none."""
    if not isinstance(normalization, str):
        return normalization
    return member_named("normalization", normalization, NORMALIZATIONS)
