"""The learning-rate range test: an estimator and data come in, a curve of loss over learning rate goes out.

It is one ordinary fit: a schedule raises the rate from epoch to epoch, and a callback keeps the losses. The epochs are
short, since only a sample of the rows is trained on. How the curve is read is in :mod:`sklearn_ann.fitting.range_test`.
"""

from __future__ import annotations

import warnings
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, _fit_context, clone
from sklearn.utils import _safe_indexing, indexable
from sklearn.utils._metadata_requests import _routing_enabled
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import _check_method_params, _num_samples

from ..callbacks import Callback
from ..estimators.mlp import BaseMLP
from ..fitting.range_test import (
    BATCHES_PER_POINT,
    MAX_LR,
    MIN_LR,
    N_POINTS,
    RisingRate,
    read_range_test,
    sample_of_batches,
)
from .pipelines import last_step

__all__ = ["LearningRateFinder"]


class LearningRateFinder(MetaEstimatorMixin, BaseEstimator):
    """Learning-rate range test: train while the rate rises, and observe at which rates the loss falls (Smith, 2017).

    A clone of the estimator is trained on a random sample of the rows, in short epochs. Each epoch has another learning
    rate, evenly spaced on a log scale from ``min_lr`` to ``max_lr``, and gives one point of the curve: the mean loss of
    its batches, each computed before its step. The smoothed curve is a centred moving average over 5 points.

    Parameters
    ----------
    estimator : MLPClassifierTF, MLPRegressorTF or Pipeline
        Network for which to find a rate, or a Pipeline that ends with one. It is not changed. Its ``random_state`` is
        also the seed of the sample: with an int, two tests on the same data are equal. Its ``learning_rate``,
        ``learning_rate_init``, ``max_iter``, stopping rule and callbacks are not used.
    min_lr : float, default=1e-6
        First learning rate.
    max_lr : float, default=10.0
        Last learning rate. The test ends earlier if the loss is no longer finite.
    n_points : int, default=100
        Number of learning rates, at least 10.
    batches_per_point : int, default=4
        Number of batches at each rate. The sample consists of this many batches of rows, or all rows if there are
        fewer. Rows without weight are left out.

    Attributes
    ----------
    learning_rate_curve_ : ndarray of shape (n_points_trained,)
        Learning rates.
    loss_curve_ : ndarray of shape (n_points_trained,)
        Training loss at each of them.
    smoothed_loss_curve_ : ndarray of shape (n_points_trained,)
        Moving average of ``loss_curve_``.
    suggested_learning_rate_ : float
        A tenth of the first rate at which the smoothed loss has fallen by 99 % of its total decrease.
    divergence_learning_rate_ : float
        First rate above that of the lowest loss at which the smoothed loss exceeds the first one, that of the untrained
        network, or the loss is not finite; NaN if there is none.

    See Also
    --------
    sklearn_ann.inspection.LearningRateDisplay : Plot of the curve.
    sklearn_ann.MLPClassifierTF : With ``learning_rate_init='find'``, the test is a part of ``fit``.

    References
    ----------
    L. N. Smith, "Cyclical learning rates for training neural networks", WACV 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.model_selection import LearningRateFinder
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((20,), standardize=True, random_state=0)
    >>> finder = LearningRateFinder(model).fit(X, y)
    >>> model = model.set_params(learning_rate_init=finder.suggested_learning_rate_).fit(X, y)
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit"])],
        "min_lr": [Interval(Real, 0, None, closed="neither")],
        "max_lr": [Interval(Real, 0, None, closed="neither")],
        "n_points": [Interval(Integral, 10, None, closed="left")],
        "batches_per_point": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self, estimator, *, min_lr=MIN_LR, max_lr=MAX_LR, n_points=N_POINTS, batches_per_point=BATCHES_PER_POINT
    ):
        self.estimator = estimator
        self.min_lr = min_lr
        self.max_lr = max_lr
        self.n_points = n_points
        self.batches_per_point = batches_per_point

    @_fit_context(prefer_skip_nested_validation=False)  # the clone checks its own parameters
    def fit(self, X, y, **params):
        """Train while the rate rises.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows, from which the sample is drawn.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        **params : dict
            Arguments for the estimator's ``fit``. Those with the length of X, such as ``sample_weight``, are sampled
            with it. For a Pipeline without metadata routing, put the name of the step in front, as in
            ``mlpclassifiertf__sample_weight``.

        Returns
        -------
        self : object
            The finder.

        Raises
        ------
        TypeError
            If the estimator is not a multilayer perceptron of this package, nor a Pipeline that ends with one.
        ValueError
            If the solver has no learning rate (``'lbfgs'``), if ``min_lr`` is not below ``max_lr``, or if the
            estimator's ``fit`` raises one.

        Warns
        -----
        UserWarning
            If the loss is lowest at the first or the last rate, so the range should be extended.
        """
        if self.min_lr >= self.max_lr:
            raise ValueError(f"min_lr must be below max_lr={self.max_lr}, got {self.min_lr}; lower it.")
        model = clone(self.estimator)
        network, prefix = _network_of(model)
        losses = _Losses()
        if network.solver == "lbfgs":
            raise ValueError(
                "estimator must have a solver with a learning rate, got solver='lbfgs'; use 'adam', 'sgd' or another "
                "stochastic solver."
            )
        network.set_params(
            learning_rate=RisingRate(max_lr=float(self.max_lr)),
            learning_rate_init=float(self.min_lr),
            max_iter=self.n_points,
            n_iter_no_change=np.inf,
            early_stopping=False,
            verbose=False,
        ).set_callbacks(losses)
        X, y = indexable(X, y)
        network._validate_params()
        weight = params.get("sample_weight", params.get(f"{prefix}sample_weight"))
        rows = sample_of_batches(
            network.random_state, _num_samples(X), network.batch_size, self.batches_per_point, weight
        )
        params = process_routing(self, "fit", **params).estimator.fit if _routing_enabled() else params
        try:
            model.fit(_safe_indexing(X, rows), _safe_indexing(y, rows), **_check_method_params(X, params, indices=rows))
        except ValueError:
            if not losses.values:  # refused before any training
                raise
        self._conclude(np.array(losses.values))
        return self

    def get_metadata_routing(self):
        """Get the routing of ``fit``'s metadata to the estimator.

        Returns
        -------
        sklearn.utils.metadata_routing.MetadataRouter
            The routing.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        return MetadataRouter(owner=self).add(estimator=self.estimator, method_mapping=mapping)

    def _conclude(self, losses):
        """Keep what the losses say, of which the last may not be finite."""
        found = read_range_test(losses, self.min_lr, self.max_lr, self.n_points)
        self.learning_rate_curve_ = found.learning_rate
        self.loss_curve_ = found.loss
        self.smoothed_loss_curve_ = found.smoothed_loss
        self.suggested_learning_rate_ = found.suggested
        self.divergence_learning_rate_ = found.divergence
        if found.lowest_at is not None:
            is_first = found.lowest_at == found.learning_rate[0]
            name, remedy = ("min_lr", "lower min_lr, or scale X and y") if is_first else ("max_lr", "raise max_lr")
            warnings.warn(
                f"The range of learning rates must contain the lowest loss, got it at {name}={found.lowest_at:g}; "
                f"{remedy}.",
                stacklevel=4,  # the caller of fit, which is decorated
            )


class _Losses(Callback):
    """Keeps the training losses, and ends the fit at the first that is not finite."""

    def __init__(self):
        self.values = []

    def epoch_end(self, context):
        self.values.append(context.history["loss"][-1])
        return not np.isfinite(self.values[-1])

    def end(self, context):
        if context.stop_reason == "Ctrl-C":  # which a fit takes for its end, but half a curve is no result
            raise KeyboardInterrupt


def _network_of(estimator):
    """The network that is trained, the estimator itself or the last step of a Pipeline, and its prefix."""
    estimator, prefix = last_step(estimator)
    if not isinstance(estimator, BaseMLP):
        raise TypeError(
            "estimator must be MLPClassifierTF or MLPRegressorTF, or a Pipeline that ends with one, "
            f"got {estimator!r}; other estimators have no rate that can be found in this way."
        )
    return estimator, prefix
