"""Evaluation of a fitted multilayer perceptron: X and y in, loss and scores out."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import get_scorer
from sklearn.utils.validation import check_is_fitted

from ..data.weights import row_weights
from ..network.weights import as_weights, unstacked

__all__ = ["Evaluated"]


class Evaluated:
    """Mixin of the multilayer perceptrons."""

    def evaluate(self, X, y, sample_weight=None):
        """Compute the loss and the scores on the given rows.

        TensorFlow is needed only if the loss is a function of tensors.

        Parameters
        ----------
        X : array-like or CSR/CSC matrix of shape (n_rows, n_features)
            Rows to predict.
        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            True targets, as for ``fit``.
        sample_weight : array-like of shape (n_rows,), default=None
            Weight of each row, >= 0.

        Returns
        -------
        dict of str to float
            ``'loss'``: the mean loss without the penalty, as in ``validation_loss_curve_`` (of an ensemble, the mean
            over its members). ``'accuracy'`` of a classifier or ``'r2'`` of a regressor: the value of ``score``. If
            ``scoring`` is set, its score too, under its name, or under ``'scoring'`` if it is a callable.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If X or y does not match the rows of the fit.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn_ann import MLPClassifierTF
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifierTF((10,), solver="lbfgs", random_state=0).fit(X, y)
        >>> list(model.evaluate(X, y))
        ['loss', 'accuracy']
        """
        results = {
            "loss": self._loss_on(X, y, sample_weight),
            self._score_name: float(self.score(X, y, sample_weight)),
        }
        if self.scoring not in (None, "loss"):
            name = self.scoring if isinstance(self.scoring, str) else "scoring"
            results[name] = self._monitored_score(X, y, sample_weight)
        return results

    def _loss_on(self, X, y, sample_weight):
        from ..network.evaluation import mean_loss

        check_is_fitted(self, "coefs_")
        network, target, dtype = self._net, self._target_kind, self.coefs_[0].dtype
        rows = self._check_scored(X, y, sample_weight, dtype, target)
        weights = as_weights(network, self.coefs_, self.intercepts_, self.extra_weights_)
        members = unstacked(weights, len(weights.coefs[0])) if weights.coefs[0].ndim == 3 else [weights]
        encoded = target.encode(rows.y, dtype)
        losses = [mean_loss(rows.X, encoded, rows.sample_weight, network, member, self._hyper) for member in members]
        return float(np.mean(losses))

    def _row_weights(self, X, y, sample_weight):
        """What rows count in the scores of a fit: class weights included."""
        return row_weights(X, np.asarray(y), sample_weight, getattr(self, "class_weight", None))

    def _monitored_score(self, X, y, sample_weight=None):
        """The quantity of ``validation_scores_`` on other rows."""
        scoring = self._default_score if self.scoring is None else self.scoring
        if scoring == "loss":
            return -self._loss_on(X, y, sample_weight)
        if self.scoring is None:
            return float(self.score(X, y, sample_weight))
        weighted = {} if sample_weight is None else {"sample_weight": sample_weight}
        return float(get_scorer(scoring)(self, X, y, **weighted))
