"""A classifier around a Keras model."""

from __future__ import annotations

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.class_weight import compute_sample_weight

from . import scikeras_base
from .wrapper import BaseWrapper

__all__ = ["KerasClassifier"]


class KerasClassifier(ClassifierMixin, BaseWrapper):
    """TODO."""

    def __init__(
        self,
        model=None,
        *,
        build_fn=None,
        warm_start=False,
        random_state=None,
        optimizer="rmsprop",
        loss=None,
        metrics=None,
        batch_size=None,
        validation_batch_size=None,
        verbose=1,
        callbacks=None,
        validation_split=0.0,
        shuffle=True,
        run_eagerly=False,
        epochs=1,
        class_weight=None,
        inputs=None,
        outputs=None,
        **kwargs,
    ):
        super().__init__(
            model=model,
            build_fn=build_fn,
            warm_start=warm_start,
            random_state=random_state,
            optimizer=optimizer,
            loss=loss,
            metrics=metrics,
            batch_size=batch_size,
            validation_batch_size=validation_batch_size,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            shuffle=shuffle,
            run_eagerly=run_eagerly,
            epochs=epochs,
            inputs=inputs,
            outputs=outputs,
            **kwargs,
        )
        self.class_weight = class_weight

    _type_of_target = scikeras_base.KerasClassifier._type_of_target
    _fit_kwargs = scikeras_base.KerasClassifier._fit_kwargs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    @property
    def target_encoder(self):
        """Encoder of y, made anew for each fit; override it for one of your own.

        Returns
        -------
        transformer
            With ``fit``, ``transform``, ``inverse_transform`` (with a keyword ``return_proba``) and optionally
            ``get_metadata``. By default classes become 0, 1, ..., with categorical cross-entropy indicator columns.
        """
        return self._output_encoder() or self._class_encoder(self.loss, self.classes_)

    def _encoder_of_output(self, name):
        return self._class_encoder(self._loss_of_output(name), None)

    def _class_encoder(self, loss, classes):
        categories = "auto" if classes is None else [classes]
        return scikeras_base.ClassifierLabelEncoder(loss=loss, categories=categories)

    def initialize(self, X, y):
        """Make the model without training it: a pretrained one is ready to predict then.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or dict
            Rows, as for ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), or dict
            Class labels.

        Returns
        -------
        KerasClassifier
            The estimator.
        """
        self.classes_ = None
        return super().initialize(X, y)

    def fit(self, X, y, sample_weight=None, **kwargs):
        """Make a model and train it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), sparse matrix, or dict
            Rows, of any number of dimensions if the model takes them. A dict has an array for each named input.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), or dict
            Class labels; indicator columns for several labels a row; a dict has labels for each named output.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, multiplied with ``class_weight``. Not changed.
        **kwargs : dict
            Arguments of ``Model.fit`` for this call; ``fit__`` parameters are remembered instead.

        Returns
        -------
        KerasClassifier
            The estimator.

        Raises
        ------
        ValueError
            If X, y, the weights or the parameters do not fit together, or there is no loss.
        """
        self.classes_ = None
        return super().fit(X, y, self._row_weights(y, sample_weight), **kwargs)

    def partial_fit(self, X, y, classes=None, sample_weight=None, **kwargs):
        """Train for one epoch, after those that there have been.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), sparse matrix, or dict
            Rows, as for ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), or dict
            Class labels.
        classes : array-like of shape (n_classes,), default=None
            All classes, for the first call; by default those in its y.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, multiplied with ``class_weight``.
        **kwargs : dict
            Arguments of ``Model.fit`` for this call.

        Returns
        -------
        KerasClassifier
            The estimator.

        Raises
        ------
        ValueError
            If X, y or the weights do not fit together or to earlier calls.
        """
        if classes is not None:
            self.classes_ = np.asarray(classes)
        elif not hasattr(self, "classes_"):
            self.classes_ = None
        return super().partial_fit(X, y, sample_weight=self._row_weights(y, sample_weight), **kwargs)

    def _row_weights(self, y, sample_weight):
        """Weights of rows and classes multiplied, in an array of their own."""
        if self.class_weight is None:
            return sample_weight
        weights = compute_sample_weight(class_weight=self.class_weight, y=y)
        return weights if sample_weight is None else weights * np.asarray(sample_weight)

    def predict_proba(self, X, **kwargs):
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), sparse matrix, or dict
            Rows, as for ``fit``.
        **kwargs : dict
            Arguments of ``Model.predict``.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), or list or dict of such
            In the order of ``classes_``; of several outputs one each.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        """
        outputs = self._predict_raw(X, **kwargs)
        proba = self.target_encoder_.inverse_transform(outputs, return_proba=True)
        if isinstance(proba, list | dict):
            return proba
        if proba.ndim < 2:  # scikeras' encoder drops axes of length 1
            proba = np.reshape(proba, (-1 if isinstance(outputs, list | tuple | dict) else len(outputs), -1))
        return np.ones_like(proba) if np.size(self.classes_) == 1 else proba

    @staticmethod
    def scorer(y_true, y_pred, **kwargs):
        """Score that ``score`` gives: accuracy; override it for another one.

        Parameters
        ----------
        y_true : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            True labels.
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predicted labels.
        **kwargs : dict
            ``sample_weight`` and parameters with the prefix ``score__``.

        Returns
        -------
        float
            Share of rows with all labels right.
        """
        if y_true.ndim == 2 and y_true.shape[1] > 1 and "normalize" not in kwargs:
            return float(np.average(np.all(y_true == y_pred, axis=1), weights=kwargs.get("sample_weight")))
        return accuracy_score(y_true, y_pred, **kwargs)
