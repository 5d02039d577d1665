"""A regressor around a Keras model."""

from __future__ import annotations

from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from . import scikeras_base
from .wrapper import BaseWrapper

__all__ = ["KerasRegressor"]


class KerasRegressor(RegressorMixin, BaseWrapper):
    """TODO."""

    @property
    def target_encoder(self):
        """Encoder of y, made anew for each fit; override it for one of your own.

        Returns
        -------
        transformer
            With ``fit``, ``transform``, ``inverse_transform`` and optionally ``get_metadata``. By default it keeps the
            shape of y for the predictions.
        """
        return self._output_encoder() or scikeras_base.RegressorTargetEncoder()

    def _encoder_of_output(self, name):
        return scikeras_base.RegressorTargetEncoder()

    def _validate_data(self, X=None, y=None, reset=False, y_numeric=False):
        return super()._validate_data(X, y, reset, y_numeric=True)

    @staticmethod
    def scorer(y_true, y_pred, **kwargs):
        """Score that ``score`` gives: the coefficient of determination; override it for another one.

        Parameters
        ----------
        y_true : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            True values.
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predicted values.
        **kwargs : dict
            ``sample_weight`` and parameters with the prefix ``score__``.

        Returns
        -------
        float
            R squared, at most 1.
        """
        return r2_score(y_true, y_pred, **kwargs)
