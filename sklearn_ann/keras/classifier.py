"""A classifier around a Keras model."""

from __future__ import annotations

import keras
import numpy as np
from scipy import sparse
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import type_of_target

from . import scikeras_base
from .columns import OutputColumns
from .data_checks import checked_target
from .logits import are_probabilities, name_of_loss, probabilities_of_logits, takes_indicators, takes_logits
from .rows import take_rows
from .wrapper import BaseWrapper

__all__ = ["KerasClassifier"]

_OF_INDICATORS = {
    "categoricalfocalcrossentropy",
    "categoricalhinge",
    "kldivergence",
    "kld",
    "kullbackleiblerdivergence",
}


class KerasClassifier(ClassifierMixin, BaseWrapper):
    """Classifier around a Keras model.

    A replacement for scikeras' ``KerasClassifier``, on which it is built. Pass a function that builds the network; the
    estimator compiles, trains and evaluates it. All settings are parameters that can be searched.

    Parameters
    ----------
    model : callable or keras.Model, default=None
        Function, class or partial that returns the network, compiled or not. It is called with its parameters
        (``model__hidden=(8,)``, or ``hidden=(8,)``) and, if it has arguments of these names, with ``meta`` (a dict of
        properties of X and y), ``compile_kwargs`` (for ``Model.compile``) and ``params`` (all parameters). For a
        ``keras.Model``, training continues from its current weights. None for a subclass with a method
        ``_keras_build_fn``.
    build_fn : callable, default=None
        Old name of ``model``, deprecated.
    warm_start : bool, default=False
        Whether ``fit`` starts from the weights of the previous fit.
    random_state : int, RandomState instance or None, default=None
        Seed of initial weights, random layers and the order of the rows. A RandomState is read but not advanced, so
        every fit draws the same. Nothing global is seeded: ``keras.random`` without a seed in your own layer remains
        random.
    optimizer : str, class or keras.optimizers.Optimizer, default="rmsprop"
        Optimizer: a name or a class, with settings in ``optimizer__``, or an instance, which is copied for each fit.
    loss : str, class, callable, list, dict or None, default=None
        Loss: a name, a class with settings in ``loss__``, or a function; for several outputs, a list, or a dict by
        their names. ``"auto"`` chooses by the target: ``"BinaryCrossentropy"`` for two classes (the output then has
        one sigmoid unit) and for multilabel targets, otherwise ``"SparseCategoricalCrossentropy"``. With
        ``loss__from_logits=True``, the network ends without sigmoid or softmax. None if the build function compiles the
        network.
    metrics : list, dict or None, default=None
        Metrics: each a name, a function, an instance, or a class with settings in ``metrics__``.
    batch_size : int or None, default=None
        Batch size of training and prediction: None for 32, -1 for all rows.
    validation_batch_size : int or None, default=None
        Batch size of validation; None for ``batch_size``.
    verbose : int, default=1
        What Keras prints: 0 for nothing, 1 for a progress bar per epoch, 2 for a line per epoch.
    callbacks : list, dict or keras.callbacks.Callback or class, default=None
        Keras callbacks; classes have settings in ``callbacks__``, as in ``callbacks__0__patience=3``.
    validation_split : float, default=0.0
        Fraction of the rows, taken from the end, to validate on instead of training on them.
    shuffle : bool, default=True
        Whether to shuffle the rows before each epoch.
    run_eagerly : bool, default=False
        Whether Keras runs the network eagerly, for debugging.
    epochs : int, default=1
        Number of epochs.
    class_weight : dict, list of dict, "balanced" or None, default=None
        Weights of the classes by label, as in scikit-learn; they multiply ``sample_weight``. For several columns of y a
        list with a dict for each, for a dict y a dict of them.
    inputs : dict or None, default=None
        For a network with several inputs, the columns of X for each of them by its name: positions or column names, as
        a single one, a list or a slice. Inputs may share columns.
    outputs : dict or None, default=None
        For a network with several outputs, the columns of y that each learns, by its name. If several outputs learn the
        same column, ``predict`` returns the first of them; the others are auxiliary.
    **kwargs : dict
        Parameters of the build function, and parameters with a prefix: ``model__``, ``compile__``, ``fit__``,
        ``predict__``, ``optimizer__``, ``loss__``, ``metrics__``, ``callbacks__``, ``score__``.

    Attributes
    ----------
    model_ : keras.Model
        The trained network.
    history_ : dict of str to list
        Loss and metrics of each epoch.
    current_epoch : int
        Number of epochs trained.
    engine_ : str
        Engine that trained the network: ``'compiled'`` for this package's compiled loop over epochs, ``'keras'`` for
        ``Model.fit``.
    engine_reason_ : str or None
        Why ``Model.fit`` trained the network; None if the compiled loop did.
    stop_reason_ : str
        Why training ended.
    initialized_ : bool
        Whether the network has been built.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, if it has any.
    X_shape_, X_dtype_ : tuple, numpy.dtype
        Shape and dtype of X in ``fit``; dicts if X is one.
    input_shapes_ : dict of str to tuple
        Shape of each input, without the rows, with ``inputs`` or a dict X.
    y_ndim_, y_dtype_ : int, numpy.dtype
        Number of dimensions and dtype of y in ``fit``; dicts if y is one.
    target_type_ : str
        Type of y, as returned by :func:`sklearn.utils.multiclass.type_of_target`; a dict if y is one.
    n_outputs_ : int
        Number of columns of labels; 1 for an indicator matrix, whose columns are counted by ``n_classes_``.
    n_outputs_expected_ : int
        Number of outputs that the network must have.
    feature_encoder_, target_encoder_ : transformer
        Transformers from X and y to the arrays that the network takes, and back.
    classes_ : ndarray of shape (n_classes,), list or dict
        Class labels; with ``outputs`` or a dict y by output.
    n_classes_ : int, list or dict
        Number of classes.

    See Also
    --------
    KerasRegressor : Regressor around a Keras model.
    sklearn_ann.MLPClassifierTF : Networks that need no build function.

    Notes
    -----
    If a :class:`keras.layers.Normalization` layer follows an input directly and has no statistics yet, ``fit`` adapts
    it to the training rows, without those of ``validation_split`` and, in cross-validation, without the test fold.

    A pickle contains the network, the optimizer and the callbacks. It also contains your own classes and functions, by
    value if they are defined in a script or a notebook.

    Examples
    --------
    >>> import keras
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann.keras import KerasClassifier
    >>> def build(meta, hidden):
    ...     return keras.Sequential([
    ...         keras.Input((meta["n_features_in_"],)),
    ...         keras.layers.Normalization(),
    ...         keras.layers.Dense(hidden, activation="relu"),
    ...         keras.layers.Dense(meta["n_classes_"], activation="softmax"),
    ...     ])
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = KerasClassifier(
    ...     build, model__hidden=8, loss="auto", optimizer="adam", optimizer__learning_rate=0.05,
    ...     epochs=15, verbose=0, random_state=0,
    ... ).fit(X, y)
    >>> clf.score(X, y) > 0.9
    True
    >>> clf.predict_proba(X[:1]).shape
    (1, 3)
    """

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

    _fit_kwargs = scikeras_base.KerasClassifier._fit_kwargs
    _given_classes = None  # of partial_fit

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.classifier_tags.poor_score = True  # for the user's network and epochs to say
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

    def _loss_for(self, kind_of_target):
        if kind_of_target in ("binary", "multilabel-indicator"):
            return keras.losses.BinaryCrossentropy
        return keras.losses.SparseCategoricalCrossentropy

    def _check_units(self, shapes):
        encoder = self.target_encoder_
        if isinstance(encoder, OutputColumns):
            encoders, kinds = encoder.encoders_, encoder.kinds_
        elif type(encoder) is scikeras_base.ClassifierLabelEncoder and len(shapes) == 1:
            encoders, kinds = dict.fromkeys(shapes, encoder), dict.fromkeys(shapes, self.target_type_)
        else:
            return
        losses = self._losses_by_name(list(shapes))
        for name, shape in shapes.items():
            if shape[-1] is not None and name in encoders:
                self._check_units_of_output(shape[-1], encoders[name], kinds[name], losses.get(name))

    def _check_units_of_output(self, n_units, encoder, kind, loss):
        """Compare the units of an output with the classes, where the loss tells how many it must have."""
        if isinstance(self.loss, str) and self.loss == "auto" and kind == "binary" and n_units != 1:
            raise ValueError(
                "loss='auto' of two classes needs an output with one sigmoid unit, "
                f"got {n_units} units; for a softmax set loss='sparse_categorical_crossentropy'."
            )
        name, n_classes, is_by_unit = name_of_loss(loss), encoder.n_classes_, takes_indicators(loss)
        if kind == "multiclass" and n_units == 1 and (is_by_unit or "categorical" in name):
            raise ValueError(
                f"An output for three or more classes must have a unit for each of them, got 1 for {n_classes} "
                "classes; build it with meta['n_classes_'] units and softmax, and set "
                "loss='sparse_categorical_crossentropy'."
            )
        has_numbers = kind == "binary" or (kind == "multiclass" and encoder.loss is None)
        if has_numbers and n_units > 1 and is_by_unit:  # Keras would compare every unit with the number
            raise ValueError(
                f"An output of {n_units} units for {kind} labels needs a loss that takes the number of a class, got "
                f"{name} with loss={self.loss!r}; set loss='sparse_categorical_crossentropy', or for "
                "three or more classes 'categorical_crossentropy'."
            )
        has_a_unit_for_each = "categorical" in name or (kind != "binary" and is_by_unit)
        if n_classes is not None and n_units != n_classes and has_a_unit_for_each:
            raise ValueError(
                f"An output with {name} must have a unit for each class, got {n_units} units for {n_classes} classes; "
                "build it with meta['n_classes_'], or pass all classes to partial_fit."
            )

    def _encoder_of_output(self, name):
        classes = self.classes_.get(name) if isinstance(self.classes_, dict) else None
        return self._class_encoder(self._loss_of_output(name), classes)

    def _class_encoder(self, loss, classes):
        name = "categorical_crossentropy" if _is_categorical(loss) else None  # all that the encoder asks of a loss
        categories = "auto" if classes is None else [classes]
        return scikeras_base.ClassifierLabelEncoder(loss=name, categories=categories)

    def initialize(self, X, y):
        """Build the network without training it, for example to predict with a pretrained one.

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
        self._given_classes = None
        return super().initialize(X, y)

    def fit(self, X, y, sample_weight=None, *, resume=False, **kwargs):
        """Build the network and train it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), sparse matrix, or dict
            Rows, of any number of dimensions if the model takes them. A dict has an array for each named input.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), or dict
            Class labels; an indicator matrix for multilabel targets. A dict has the labels for each named output.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, multiplied by ``class_weight``. The array is not changed.
        resume : bool, path or Snapshot, default=False
            True continues from the newest checkpoint of this fit in the folder of its
            :class:`~sklearn_ann.callbacks.Checkpoint`, if there is one; a path, from that file or folder; a snapshot,
            from the value that ``context.snapshot()`` returned to a callback of such a fit.
        **kwargs : dict
            Arguments of ``Model.fit`` for this call only; use ``fit__`` parameters for all calls.

        Returns
        -------
        KerasClassifier
            The estimator.

        Raises
        ------
        ValueError
            If X, y, the weights or the parameters are inconsistent, if there is no loss, if a checkpoint belongs to
            another fit, or if callbacks of sklearn_ann or ``resume`` are used with ``steps_per_epoch``, a distribution
            strategy, or a model with a ``fit`` method of its own.
        """
        self._given_classes = None
        return super().fit(X, y, self._class_and_row_weights(y, sample_weight), resume=resume, **kwargs)

    def partial_fit(self, X, y, classes=None, sample_weight=None, **kwargs):
        """Train for one epoch, continuing from the current weights.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), sparse matrix, or dict
            Rows, as for ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), or dict
            Class labels.
        classes : array-like of shape (n_classes,), or dict, default=None
            Classes of all calls, for the first call; by default those in its y. With several outputs, a dict with the
            classes of each.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, multiplied by ``class_weight``.
        **kwargs : dict
            Arguments of ``Model.fit`` for this call.

        Returns
        -------
        KerasClassifier
            The estimator.

        Raises
        ------
        ValueError
            If X, y or the weights are inconsistent, or inconsistent with earlier calls.
        """
        if classes is not None:
            classes = self._checked_classes(classes, has_outputs=isinstance(y, dict) or self.outputs is not None)
        if not self.initialized_:
            self._given_classes = classes
        return super().partial_fit(X, y, sample_weight=self._class_and_row_weights(y, sample_weight), **kwargs)

    def _checked_classes(self, classes, has_outputs):
        """Sorted classes, or a dict of those; the same in all calls."""
        if isinstance(classes, dict) != has_outputs:
            raise ValueError(
                "classes must be an array, or a dict with the classes of each output if there are several, "
                f"got {classes!r}."
            )
        classes = {name: np.unique(each) for name, each in classes.items()} if has_outputs else np.unique(classes)
        if self.initialized_ and not _are_same(classes, self.classes_):
            raise ValueError(
                f"classes must be those of the first call, {self.classes_}, got {classes}; leave it out, or fit anew."
            )
        return classes

    def _validate_data(self, X=None, y=None, reset=False, y_numeric=False):
        X, y = super()._validate_data(X, y, reset, y_numeric)
        if reset:
            self.classes_ = self._given_classes  # until the encoder of y tells
        return X, y

    def _type_of_target(self, y):
        kind, classes = type_of_target(y, input_name="y"), self._given_classes
        is_part = kind == "binary" and classes is not None and not isinstance(classes, dict)
        return type_of_target(classes) if is_part else kind

    def _is_encoded(self, y):
        """Whether labels are indicator columns or, where labels are strings, codes; else they are plain labels."""
        is_own = type(self.target_encoder_) is not scikeras_base.ClassifierLabelEncoder
        if is_own or self.target_type_ not in ("binary", "multiclass") or self.y_ndim_ != 1:
            return False
        y = np.asarray(y)
        if y.dtype.kind not in "iuf":
            return False
        if _is_categorical(self.loss):
            return y.ndim == 2 and y.shape[1] == self.n_classes_
        return y.ndim == 1 and isinstance(self.classes_[0], str) and bool(np.isin(y, range(self.n_classes_)).all())

    def _class_and_row_weights(self, y, sample_weight):
        """Weights of rows and classes multiplied, in an array of their own."""
        if self.class_weight is None or y is None:  # which is refused later
            return sample_weight
        if isinstance(y, dict):
            by_output = (
                self.class_weight if isinstance(self.class_weight, dict) else dict.fromkeys(y, self.class_weight)
            )
            if not by_output.keys() <= y.keys():
                raise ValueError(
                    f"class_weight must name outputs among {sorted(y)} where y is a dict, got {self.class_weight}; "
                    "pass a dict with the weights for each output, or 'balanced'."
                )
            weights = np.prod([compute_sample_weight(each, y[name]) for name, each in by_output.items()], axis=0)
        else:
            weights = compute_sample_weight(class_weight=self.class_weight, y=checked_target(y, numeric=False))
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
            Columns in the order of ``classes_``; one array for each output if there are several.

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
        return np.ones_like(proba) if getattr(self, "n_classes_", None) == 1 else proba

    def _predict_raw(self, X, **kwargs):
        outputs = super()._predict_raw(X, **kwargs)
        encoder = self.target_encoder_
        if isinstance(encoder, OutputColumns):
            return self._probabilities(X, outputs, encoder.kinds_)
        if type(encoder) is not scikeras_base.ClassifierLabelEncoder or not isinstance(outputs, np.ndarray):
            return outputs  # an encoder of the user's own gets what the network gives
        self._check_units_to_decode(outputs.shape)
        (name,) = self._output_names()
        return self._probabilities(X, {name: outputs}, {name: self.target_type_})[name]

    def _check_units_to_decode(self, shape):
        """Compare the units of the only output with the classes: with a loss of the user's own it may have others."""
        n_classes = self.target_encoder_.n_classes_
        fitting = (1, n_classes) if self.target_type_ == "binary" else (n_classes,)
        if n_classes is not None and len(shape) == 2 and shape[1] not in fitting:
            raise ValueError(
                f"The network must have a unit for each class for predict, got {shape[1]} units for {n_classes} "
                "classes; use predict_outputs for others."
            )

    def _losses_by_name(self, names):
        losses = self.model_.loss if self.model_.compiled else self._get_compile_kwargs()["loss"]
        if isinstance(losses, dict):
            return losses
        return dict(zip(names, losses if isinstance(losses, list | tuple) else [losses] * len(names), strict=False))

    def _probabilities(self, X, outputs, kinds):
        """Outputs by name as probabilities, also those that the loss takes for logits."""
        losses = self._losses_by_name(list(outputs))
        logits = [name for name in outputs if takes_logits(losses.get(name))]
        if not logits:
            return outputs
        row = take_rows(self._as_inputs(X), slice(1))
        tensors = self.model_(row.toarray() if sparse.issparse(row) else row)
        is_by_name = isinstance(self.target_encoder_, OutputColumns)
        tensors = self._by_name(tensors) if is_by_name else dict.fromkeys(outputs, tensors)
        return outputs | {
            name: probabilities_of_logits(outputs[name], losses[name], kinds[name])
            for name in logits
            if not are_probabilities(tensors[name])
        }

    score = BaseWrapper.score  # before the one of scikit-learn's mixin

    @staticmethod
    def scorer(y_true, y_pred, **kwargs):
        """Compute the accuracy, for ``score``; override this method to use another score.

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
            Fraction of the rows whose labels are all right.
        """
        if y_true.ndim == 2 and y_true.shape[1] > 1 and "normalize" not in kwargs:
            return float(np.average(np.all(y_true == y_pred, axis=1), weights=kwargs.get("sample_weight")))
        return accuracy_score(y_true, y_pred, **kwargs)


def _are_same(classes, others):
    if isinstance(classes, dict):
        return isinstance(others, dict) and all(
            np.array_equal(each, others.get(name)) for name, each in classes.items()
        )
    return np.array_equal(classes, others)


def _is_categorical(loss):
    """Whether a loss takes indicator columns of classes."""
    if isinstance(loss, type) and issubclass(loss, keras.losses.CategoricalCrossentropy):
        return True
    return scikeras_base.is_categorical_crossentropy(loss) or name_of_loss(loss).replace("_", "") in _OF_INDICATORS
