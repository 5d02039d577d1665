"""Predictions of a fitted multilayer perceptron, and their standard deviations.

Comes in: X, and the fitted attributes. Goes out: predictions on the scale of the inverse link, which the subclasses
turn into labels or targets.
"""

from __future__ import annotations

import math

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from ..data.scales import standardized
from ..fitting.callback_runner import without_callbacks
from ..fitting.settings import network_hyper, noise_of
from ..network.forward_numpy import forward, is_large
from ..network.mc_dropout import draw_dropout_masks, has_dropout
from ..network.weights import as_dtype, as_weights, unstacked
from .summary import network_rows

__all__ = ["FittedNetwork"]

_N_DRAWS = 100  # of dropout, for a spread: its relative error is then a fourteenth


class FittedNetwork:
    """Mixin of the multilayer perceptrons."""

    # Of a model whose weights a user has set by hand, nothing more is known.
    _net = None
    _scaling = None
    _noise_seed = None

    def _describe(self, network, target):
        """What predictions need to know besides the weights."""
        self._target_kind = target
        self._net = network
        self._hyper = network_hyper(self, target)
        self._noise_amounts = tuple(noise_of(self).values())
        self.n_layers_ = len(network.units)
        self.n_outputs_ = network.output.width
        self.out_activation_ = network.output.link_name

    def _summary_rows(self):
        return network_rows(self._net, as_weights(self._net, self.coefs_, self.intercepts_, self.extra_weights_))

    def _training_line(self):
        line = f"{self.coefs_[0].dtype}, trained on {self.device_}: {self.n_iter_} epochs"
        if self.n_iter_:  # none, if a Ctrl-C came before the first had ended
            line += f", loss {self.loss_:.4g}"
        if getattr(self, "validation_scores_", None):
            line += f", validation score {self.validation_scores_[-1]:.4g} (best {self.best_validation_score_:.4g})"
        return line

    def _as_fitted(self, network, target, results):
        """A copy of this estimator that has the results of a fit."""
        fitted = without_callbacks(self)
        fitted.__dict__.update(results)
        fitted._describe(network, target)
        return fitted

    def _predictions(self, X):
        """Predictions on the scale of the inverse link, (n_rows, n_outputs_): the mean over all members."""
        members = self._member_predictions(X)
        return members[0] if len(members) == 1 else np.mean(members, axis=0)

    def _has_spread(self):
        """Whether there are several networks in this one: members of an ensemble, or what dropout leaves of it."""
        return self.coefs_[0].ndim == 3 or has_dropout(self._net)

    def _spread(self, X, moments):
        """Variance of the mean over members and draws of dropout, and mean of the variance, both (n_rows, columns).

        ``moments`` gives mean and variance of a prediction; the variance may be None.
        """
        X, members = self._ready(X)
        seeds = np.ravel(self._noise_seed)
        first, total, squares, within, n_draws = None, 0.0, 0.0, 0.0, 0
        for member, weights in enumerate(members):
            for dropout_masks in self._draws(None if seeds[0] is None else seeds[member]):
                mean, variance = moments(forward(X, self._net, weights, self._hyper, dropout_masks))
                # Around the first draw, so that little is lost where the spread is small beside the mean.
                first = mean if first is None else first
                total, squares, n_draws = total + (mean - first), squares + (mean - first) ** 2, n_draws + 1
                within = within + (0.0 if variance is None else variance)
        return np.maximum(squares / n_draws - (total / n_draws) ** 2, 0.0), within / n_draws

    def _draws(self, seed):
        """What dropout leaves of the network, ``_N_DRAWS`` times; once nothing, where there is no dropout."""
        if not has_dropout(self._net):
            return [None]
        random_state = np.random.RandomState(seed)
        return (draw_dropout_masks(self._net, self._noise_amounts, random_state) for _ in range(_N_DRAWS))

    def _member_predictions(self, X):
        """Those of each member."""
        X, members = self._ready(X)
        return [self._forward(X, member) for member in members]

    def _ready(self, X):
        """X as the network takes it and the weights of each member, in the wider of their dtypes as in scikit-learn."""
        check_is_fitted(self, "coefs_")
        if not self._is_plain(X):
            X = validate_data(self, X, accept_sparse=["csr", "csc"], reset=False)
            is_known = X.dtype.kind in "biu" or X.dtype in (np.float16, np.float32, np.float64)
            X = X if is_known else X.astype(np.float64)  # a long double, for instance
        weights = as_weights(self._net, self.coefs_, self.intercepts_, self.extra_weights_)
        if X.dtype != weights.coefs[0].dtype:
            # A function of the user's own may know one dtype only: that which it was trained in.
            is_own = any(each.needs_tensorflow for each in self._net.activations)
            dtype = weights.coefs[0].dtype if is_own else np.result_type(X, weights.coefs[0])
            X, weights = X.astype(dtype, copy=False), as_dtype(weights, dtype)
        X = standardized(X, self._scaling)
        is_ensemble = weights.coefs[0].ndim == 3
        return X, unstacked(weights, len(weights.coefs[0])) if is_ensemble else [weights]

    def _is_plain(self, X):
        """Whether scikit-learn's checks would let X through as it is, seen in a twentieth of the time they take."""
        is_plain = (
            type(X) is np.ndarray
            and X.dtype in (np.float32, np.float64)
            and X.ndim == 2
            and X.shape[0] > 0
            and X.shape[1] == getattr(self, "n_features_in_", None)
            and not hasattr(self, "feature_names_in_")
        )
        if not is_plain:
            return False
        with np.errstate(over="ignore", invalid="ignore"):
            return math.isfinite(X.sum())

    def _forward(self, X, weights):
        # A user's formula may be for arrays only, unless the fit has tried it on tensors.
        may_compile = not self._net.is_users or getattr(self, "backend_", None) == "tensorflow"
        if may_compile and is_large(X.shape[0], weights.coefs):
            from ..network.predict_compiled import compiled_forward
            from ..runtime.availability import why_not_compile

            if why_not_compile() is None:
                return compiled_forward(X, self._net, weights, self._hyper, self.device)
        return forward(X, self._net, weights, self._hyper)
