"""What ``KerasClassifier`` and ``KerasRegressor`` share: scikeras' wrapper, fixed for current scikit-learn and Keras.

Comes in: parameters, and the calls of users. Goes out: scikit-learn's conventions and the public methods. scikeras
routes parameters, makes optimizers, losses, metrics and callbacks of them, and defines the encoders. The steps of a fit
and of a prediction are elsewhere: ``data_checks``, ``model_building``, ``model_fitting`` and ``model_outputs``, whose
methods come before scikeras' of the same names.
"""

from __future__ import annotations

import copy

import keras
import numpy as np
from sklearn.base import BaseEstimator

from ..fitting.callback_runner import CallbackMixin
from ..fitting.resuming import checked_resume
from . import scikeras_base
from .callback import KerasCallback
from .columns import InputColumns, OutputColumns, Unchanged
from .data_checks import DataChecks
from .model_building import ModelBuilding
from .model_fitting import ModelFitting
from .model_outputs import ModelOutputs
from .pickling import copied, pack
from .scikeras_base import route_params

__all__ = ["BaseWrapper"]


class BaseWrapper(CallbackMixin, DataChecks, ModelBuilding, ModelFitting, ModelOutputs, scikeras_base.BaseWrapper):
    """Base of the estimators around a Keras model, and of your own for other kinds of targets.

    Its parameters, and the attributes that ``fit`` sets, are those of :class:`KerasRegressor`. A subclass states its
    ``scorer``, and if need be its ``target_encoder`` and ``feature_encoder``.
    """

    _routing_prefixes = scikeras_base.BaseWrapper._routing_prefixes | {"callbacks", "score"}

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
        inputs=None,
        outputs=None,
        **kwargs,
    ):
        self.model = model
        self.build_fn = build_fn
        self.warm_start = warm_start
        self.random_state = random_state
        self.optimizer = optimizer
        self.loss = loss
        self.metrics = metrics
        self.batch_size = batch_size
        self.validation_batch_size = validation_batch_size
        self.verbose = verbose
        self.callbacks = callbacks
        self.validation_split = validation_split
        self.shuffle = shuffle
        self.run_eagerly = run_eagerly
        self.epochs = epochs
        self.inputs = inputs
        self.outputs = outputs
        vars(self).update(kwargs)
        if kwargs:
            self._user_params = set(kwargs)

    # ------------------------------------------------------------ as scikit-learn wants it

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = True
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        return tags

    def __sklearn_clone__(self):
        new = type(self)(**copied(self.get_params(deep=False)))
        if hasattr(self, "_metadata_request"):
            new._metadata_request = copy.deepcopy(self._metadata_request)
        if hasattr(self, "_skl_callbacks"):
            new._skl_callbacks = self._skl_callbacks  # the same objects, as everywhere in scikit-learn
        return new

    def __sklearn_is_fitted__(self):
        return self.initialized_

    def __getstate__(self):
        return pack(super().__getstate__())

    def __copy__(self):
        new = object.__new__(type(self))
        vars(new).update(vars(self))  # a shallow copy shares the network, which is packed for pickles only
        return new

    __repr__ = BaseEstimator.__repr__

    @property
    def current_epoch(self):
        """Number of epochs trained; a ``train_step`` of the network's own may give no loss, but some other value."""
        return max(map(len, getattr(self, "history_", {}).values()), default=0)

    # ------------------------------------------------------------ encoders

    @property
    def feature_encoder(self):
        """Encoder of X, made anew for each fit; override it for one of your own.

        Returns
        -------
        transformer
            With ``fit``, ``transform`` and optionally ``get_metadata``, whose dict is added to ``meta``. By default it
            splits X by ``inputs``, and without them leaves X as it is.
        """
        if self.inputs is None:
            return Unchanged()
        return InputColumns(self.inputs, getattr(self, "feature_names_in_", None))

    def _output_encoder(self):
        """Encoder of y for several outputs; None for one."""
        is_dict = isinstance(self.target_type_, dict)
        return OutputColumns(self.outputs, self._encoder_of_output) if is_dict or self.outputs is not None else None

    def _loss_of_output(self, name):
        return self.loss.get(name) if isinstance(self.loss, dict) else self.loss

    # ------------------------------------------------------------ methods

    def initialize(self, X, y=None):
        """Build the network without training it, for example to predict with a pretrained one.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or dict
            Rows, as for ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), or dict
            Targets.

        Returns
        -------
        BaseWrapper
            The estimator.
        """
        with self._kept_on_error(dict(vars(self))):
            return super().initialize(X, y)

    def set_callbacks(self, *callbacks):
        """Set callbacks of :mod:`sklearn_ann.callbacks` that watch ``fit``; Keras' own are the parameter ``callbacks``.

        Parameters
        ----------
        *callbacks : Callback or scikit-learn callback
            Such as :class:`~sklearn_ann.callbacks.Checkpoint`. No argument removes all callbacks.

        Returns
        -------
        BaseWrapper
            The estimator.

        Raises
        ------
        TypeError
            If one of them is not such a callback.
        """
        for callback in callbacks:
            if isinstance(callback, keras.callbacks.Callback | KerasCallback):
                raise TypeError(
                    f"set_callbacks takes callbacks of sklearn_ann, got {callback!r}; pass Keras' own by the parameter "
                    "callbacks, without KerasCallback."
                )
        return super().set_callbacks(*callbacks)

    def fit(self, X, y, sample_weight=None, *, resume=False, **kwargs):
        """Make a network and train it; see :meth:`KerasRegressor.fit`."""
        return super().fit(X, y, sample_weight, resume=checked_resume(resume), **kwargs)

    def partial_fit(self, X, y, sample_weight=None, **kwargs):
        """Train for one epoch, continuing from the current weights.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), sparse matrix, or dict
            Rows, as for ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), or dict
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.
        **kwargs : dict
            Arguments of ``Model.fit`` for this call.

        Returns
        -------
        BaseWrapper
            The estimator.

        Raises
        ------
        ValueError
            If X, y or the weights are inconsistent, or inconsistent with earlier calls.
        """
        return super().partial_fit(X, y, sample_weight=sample_weight, **kwargs)

    def predict(self, X, **kwargs):
        """Predict targets.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), sparse matrix, or dict
            Rows, as for ``fit``.
        **kwargs : dict
            Arguments of ``Model.predict``.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs), or dict
            In the form of y in ``fit``: labels of a classifier, or values of a regressor in the dtype of the network.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        """
        return super().predict(X, **kwargs)

    def predict_outputs(self, X, **kwargs):
        """Predict with every output of the network, including auxiliary ones.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or dict
            Rows, as for ``fit``.
        **kwargs : dict
            Arguments of ``Model.predict``.

        Returns
        -------
        dict of str to ndarray of shape (n_samples, n_units)
            Raw values of each output by its name.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        """
        outputs = self._outputs(X, **kwargs)
        if isinstance(outputs, dict):
            return outputs
        several = outputs if isinstance(outputs, list | tuple) else [outputs]
        names = getattr(self.model_, "output_names", None) or [f"output_{k}" for k in range(1, len(several) + 1)]
        return dict(zip(names, several, strict=True))

    def score(self, X, y, sample_weight=None):
        """Compute the score of the predictions, with ``scorer``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or dict
            Rows, as for ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), or dict
            True targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        float
            With a dict y, the mean over the outputs.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        """
        if not self.initialized_:
            self._predict_raw(X)  # raises
        _, y = self._validate_data(y=y)
        if sample_weight is not None:
            X, _ = self._validate_data(X=X)
            X, y, sample_weight = self._validate_sample_weight(X, y, sample_weight)
        arguments = route_params(self.get_params(), destination="score", pass_filter=set())
        arguments["sample_weight"] = sample_weight
        predicted = self.predict(X)
        if isinstance(y, dict):
            return float(np.mean([self.scorer(y[name], predicted[name], **arguments) for name in y]))
        return self.scorer(y, predicted, **arguments)
