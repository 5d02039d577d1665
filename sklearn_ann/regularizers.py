"""Regularizers, for the parameter ``regularizer`` of the multilayer perceptrons: one of them or a list.

One class per regularizer: a penalty in the loss, or a constraint on the weights after each step. Both apply to the
weights into the units of a layer, but not to intercepts. The L2 penalty is the estimator's ``alpha``.
"""

from __future__ import annotations

from numbers import Real

from sklearn.utils._param_validation import Interval

from .configurable import Configurable

__all__ = ["L1", "L2", "Constraint", "MaxNorm", "Penalty", "Regularizer", "by_model", "scaled_down"]


class Regularizer(Configurable):
    """Base class of penalties and constraints, which have one hyperparameter each.

    Examples
    --------
    A penalty and a constraint together:

    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.regularizers import L1, MaxNorm
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((10,), regularizer=[L1(1e-3), MaxNorm(2.0)], tol=0.05, random_state=0).fit(X, y)
    >>> model.regularizer[1].limit
    2.0
    """

    def check(self):
        """Raise a ValueError for a setting out of its range, or unless there is one hyperparameter."""
        super().check()
        if len(self.hyper_names) != 1:
            raise ValueError(
                f"{type(self).__name__} must have one hyperparameter, its strength or limit, got hyper_names="
                f"{self.hyper_names}; make one regularizer of each."
            )


class Penalty(Regularizer):
    """Base class of penalties; use one of its subclasses, or write your own.

    Its hyperparameter is a strength, by which value and slope are multiplied. As for ``alpha``, both are divided by
    the sum of the sample weights of a batch.

    Examples
    --------
    One of your own: weights between -1 and 1 are free.

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.regularizers import Penalty
    >>> class BeyondOne(Penalty):
    ...     hyper_names = ("strength",)
    ...
    ...     def __init__(self, strength=1.0):
    ...         self.strength = strength
    ...
    ...     def value(self, xp, coef):
    ...         return 0.5 * xp.square(xp.maximum(xp.abs(coef) - 1, 0))
    ...
    ...     def slope(self, xp, coef):
    ...         return xp.sign(coef) * xp.maximum(xp.abs(coef) - 1, 0)
    ...
    >>> model = MLPRegressorTF((), regularizer=BeyondOne(100.0), learning_rate_init=0.05, tol=1e-6, random_state=0)
    >>> model.fit([[-1.0], [1.0]], [-3.0, 3.0]).coefs_[0].round(1)
    array([[1.]])
    """

    _formulas = ("value", "slope")

    def value(self, xp, coef):
        """Compute what each weight adds to the loss, per unit of strength."""
        raise NotImplementedError

    def slope(self, xp, coef):
        """Compute the derivative of ``value``. It may be ``coef`` itself, so do not write to it."""
        raise NotImplementedError

    def total(self, xp, coef):
        """Compute the sum of the values over the last axis."""
        return xp.sum(self.value(xp, coef), axis=-1)


class L2(Penalty):
    """``0.5 * strength * sum(W ** 2) / n``: the penalty of the estimator's ``alpha``.

    Parameters
    ----------
    strength : float, default=1e-4
        Strength of the penalty, as ``alpha``.

    Examples
    --------
    ``alpha`` is its strength; other regularizers may stand beside it:

    >>> from sklearn_ann import MLPRegressorTF
    >>> X, y = [[-1.0], [1.0]], [-3.0, 3.0]
    >>> for alpha in (0.0, 1.0):
    ...     print(MLPRegressorTF((), alpha=alpha, solver="lbfgs", random_state=0).fit(X, y).coefs_[0].round(3))
    [[3.]]
    [[2.]]
    """

    hyper_names = ("strength",)
    _parameter_constraints: dict = {"strength": [Interval(Real, 0, None, closed="left")]}

    def __init__(self, strength=1e-4):
        self.strength = strength

    def value(self, xp, coef):
        """Half of the square."""
        return 0.5 * (coef * coef)

    def slope(self, xp, coef):
        """The weight."""
        return coef

    def total(self, xp, coef):
        """As a product."""
        return 0.5 * xp.vecdot(coef, coef)


class L1(Penalty):
    """Penalty ``strength * sum(abs(W)) / n`` on the weights, in addition to ``alpha``'s; drives small weights to zero.

    Parameters
    ----------
    strength : float, default=1e-4
        Strength of the penalty. As for ``alpha``, n is the sum of the sample weights of a batch, and intercepts are not
        penalised.

    Examples
    --------
    Weights of columns that say nothing about y become small; those of the others become smaller:

    >>> import numpy as np
    >>> from sklearn_ann import MLPRegressorTF
    >>> from sklearn_ann.regularizers import L1
    >>> X = np.random.default_rng(0).normal(size=(50, 4))
    >>> model = MLPRegressorTF((), regularizer=L1(5.0), learning_rate_init=0.02, tol=1e-5, alpha=0, random_state=0)
    >>> model.fit(X, 2 * X[:, 0]).coefs_[0].ravel().round(1) + 0.0
    array([1.9, 0. , 0. , 0. ])
    """

    hyper_names = ("strength",)
    _parameter_constraints: dict = {"strength": [Interval(Real, 0, None, closed="left")]}

    def __init__(self, strength=1e-4):
        self.strength = strength

    def value(self, xp, coef):
        """The size."""
        return xp.abs(coef)

    def slope(self, xp, coef):
        """The sign."""
        return xp.sign(coef)


class Constraint(Regularizer):
    """Base class of constraints; use one of its subclasses, or write your own.

    Examples
    --------
    One of your own: no weight is negative.

    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.regularizers import Constraint
    >>> class NonNegative(Constraint):
    ...     hyper_names = ("limit",)
    ...
    ...     def __init__(self, limit=0.0):
    ...         self.limit = limit
    ...
    ...     def project(self, xp, coef, limit):
    ...         return xp.maximum(coef, limit)
    ...
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((5,), regularizer=NonNegative(), random_state=0).partial_fit(X, y, classes=[0, 1, 2])
    >>> all((coef >= 0).all() for coef in model.coefs_)
    True
    """

    _formulas = ("project",)

    def project(self, xp, coef, limit):
        """Project a matrix of weights after a step; a NumPy ``coef`` may be overwritten.

        ``limit`` is the hyperparameter, a float or an array that broadcasts with ``coef``.
        """
        raise NotImplementedError


class MaxNorm(Constraint):
    """Scale the weights into each unit down to norm ``limit`` after each step (Srivastava et al., 2014, section 5.1).

    Parameters
    ----------
    limit : float, default=1.0
        Maximum norm of the weights into a unit; intercepts are not constrained.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.regularizers import MaxNorm
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((5,), regularizer=MaxNorm(0.5), random_state=0).partial_fit(X, y, classes=[0, 1, 2])
    >>> [round(float(np.linalg.norm(coef, axis=0).max()), 3) for coef in model.coefs_]
    [0.5, 0.5]
    """

    hyper_names = ("limit",)
    _parameter_constraints: dict = {"limit": [Interval(Real, 0, None, closed="neither")]}

    def __init__(self, limit=1.0):
        self.limit = limit

    def project(self, xp, coef, limit):
        """As in :class:`Constraint`."""
        norm = xp.sqrt(xp.sum(xp.square(coef), axis=-2, keepdims=True))
        return xp.multiply(coef, scaled_down(xp, norm, limit), out=coef)


def scaled_down(xp, norm, limit):
    """What brings a norm down to its limit: 1 where it is no larger."""
    return limit / xp.maximum(norm, limit)


def by_model(xp, number, array):
    """A number of each model with the dtype and rank of an array of models; a single one as Python's number."""
    if isinstance(number, int | float):
        return float(number)  # one of NumPy's own would turn float32 into float64
    rank = len(array.shape) - len(number.shape)
    return xp.astype(xp.reshape(number, [*number.shape, *[1] * rank]), array.dtype)
