"""A classifier around a Keras model."""

from __future__ import annotations

import keras
import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.class_weight import compute_sample_weight

from . import scikeras_base
from .wrapper import BaseWrapper

__all__ = ["KerasClassifier"]


class KerasClassifier(ClassifierMixin, BaseWrapper):
    """Classifier around a Keras model.

    Takes the place of scikeras' ``KerasClassifier`` and is built on it. A function of yours makes the network; the
    estimator compiles, trains and evaluates it, with all its settings as parameters that a search reaches.

    Parameters
    ----------
    model : callable or keras.Model, default=None
        Makes the network: a function, a class or a partial, called with the parameters of the estimator that are meant
        for it (``model__hidden=(8,)``, or ``hidden=(8,)``) and, if it has arguments of these names, with ``meta`` (a
        dict of what was learned of X and y), ``compile_kwargs`` (for ``Model.compile``) and ``params`` (all
        parameters). The network it returns may be compiled or not. A ``keras.Model`` itself is trained as it is, on
        from the weights that it has. None for a subclass with a method ``_keras_build_fn``.
    build_fn : callable, default=None
        Old name of ``model``, with a warning.
    warm_start : bool, default=False
        Whether ``fit`` goes on from the weights of the previous fit.
    random_state : int, RandomState instance or None, default=None
        Determines initial weights, random layers and the orders of rows. A RandomState is read and not advanced, so
        that every fit draws the same. Nothing global is seeded: ``keras.random`` without a seed in a layer of your own
        stays random.
    optimizer : str, class or keras.optimizers.Optimizer, default="rmsprop"
        Optimizer; by name or as a class with settings in ``optimizer__``. An instance is copied for each fit.
    loss : str, class, callable, list, dict or None, default=None
        Loss, by name or as a class with settings in ``loss__``; of several outputs a list or a dict by their names.
        ``"auto"`` goes by the target: ``"binary_crossentropy"`` of two classes (the output has one sigmoid unit then)
        and of several labels a row, else ``"sparse_categorical_crossentropy"``. None if the build function compiles.
    metrics : list, dict or None, default=None
        Metrics, each by name, as a function, an instance or a class with settings in ``metrics__``.
    batch_size : int or None, default=None
        Rows of a batch, in training and prediction: None for 32, -1 for all.
    validation_batch_size : int or None, default=None
        Rows of a batch in validation; None for ``batch_size``.
    verbose : int, default=1
        What Keras prints: 0 nothing, 1 a bar for each epoch, 2 a line.
    callbacks : list, dict or keras.callbacks.Callback or class, default=None
        Keras' callbacks; classes have settings in ``callbacks__``, as ``callbacks__0__patience=3``.
    validation_split : float, default=0.0
        Share of rows, the last ones, that validate and are not trained on.
    shuffle : bool, default=True
        Whether rows are shuffled before each epoch.
    run_eagerly : bool, default=False
        Whether Keras runs the network step by step, for debugging.
    epochs : int, default=1
        Number of epochs.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes by label, as everywhere in scikit-learn; multiplied with ``sample_weight``.
    inputs : dict or None, default=None
        For a network with several inputs: the columns of X for each of them by its name, positions or names of columns
        as a list, a slice or one of them. An input without columns of its own may share those of another.
    outputs : dict or None, default=None
        For a network with several outputs: the columns of y that each learns, by its name. Several outputs may learn
        one column; ``predict`` takes the first of them, the others are auxiliary.
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
        What has trained: ``'compiled'``, this package's compiled loop over epochs, or ``'keras'``, ``Model.fit``.
    engine_reason_ : str or None
        Why Keras has trained; None if the compiled loop has.
    stop_reason_ : str
        Why the training ended.
    initialized_ : bool
        Whether there is a network.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if X has had names.
    X_shape_, X_dtype_ : tuple, numpy.dtype
        Of X in ``fit``; of a dict, dicts.
    input_shapes_ : dict of str to tuple
        Shape of each input without rows, with ``inputs`` or a dict X.
    y_ndim_, y_dtype_ : int, numpy.dtype
        Of y in ``fit``; of a dict, dicts.
    target_type_ : str
        Type of y, as of :func:`sklearn.utils.multiclass.type_of_target`; of a dict, a dict.
    n_outputs_ : int
        Number of columns of y, of labels.
    n_outputs_expected_ : int
        Number of outputs that the network must have.
    feature_encoder_, target_encoder_ : transformer
        From X and y to what the network takes, and back.
    classes_ : ndarray of shape (n_classes,), list or dict
        Class labels; with ``outputs`` or a dict y by output.
    n_classes_ : int, list or dict
        Number of classes.

    See Also
    --------
    KerasRegressor : The same for regression.
    sklearn_ann.MLPClassifierTF : Networks that need no build function.

    Notes
    -----
    A :class:`keras.layers.Normalization` that stands directly on an input and has no statistics yet is adapted by
    ``fit`` to the rows that are trained on: without those of ``validation_split``, and in cross-validation without
    those of the test fold.

    The estimator pickles with its network, optimizer and callbacks. Classes and functions of your own come along, by
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

    def _loss_for(self, kind_of_target):
        if kind_of_target in ("binary", "multilabel-indicator"):
            return "binary_crossentropy"
        return "sparse_categorical_crossentropy"

    def _check_model_compatibility(self, y):
        super()._check_model_compatibility(y)
        outputs = getattr(self.model_, "outputs", None) or [None]
        if (
            isinstance(self.loss, str)
            and self.loss == "auto"
            and self.target_type_ == "binary"
            and getattr(outputs[0], "shape", (1,))[-1] != 1
        ):
            raise ValueError(
                "loss='auto' of two classes needs an output with one sigmoid unit, "
                f"got {outputs[0].shape[-1]} units; for a softmax set loss='sparse_categorical_crossentropy'."
            )

    def _encoder_of_output(self, name):
        return self._class_encoder(self._loss_of_output(name), None)

    def _class_encoder(self, loss, classes):
        name = "categorical_crossentropy" if _is_categorical(loss) else None  # all that the encoder asks of a loss
        categories = "auto" if classes is None else [classes]
        return scikeras_base.ClassifierLabelEncoder(loss=name, categories=categories)

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

    def fit(self, X, y, sample_weight=None, *, resume=False, **kwargs):
        """Make a model and train it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), sparse matrix, or dict
            Rows, of any number of dimensions if the model takes them. A dict has an array for each named input.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), or dict
            Class labels; indicator columns for several labels a row; a dict has labels for each named output.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, multiplied with ``class_weight``. Not changed.
        resume : bool, path or Snapshot, default=False
            True continues from the newest checkpoint of this fit in the folder of its
            :class:`~sklearn_ann.callbacks.Checkpoint`, if there is one; a path, from that file or folder; a snapshot,
            from what ``context.snapshot()`` gave to a callback of such a fit.
        **kwargs : dict
            Arguments of ``Model.fit`` for this call; ``fit__`` parameters are remembered instead.

        Returns
        -------
        KerasClassifier
            The estimator.

        Raises
        ------
        ValueError
            If X, y, the weights or the parameters do not fit together, there is no loss, a checkpoint is not of this
            fit, or callbacks of sklearn_ann or ``resume`` meet a model that only Keras' own ``fit`` can train.
        """
        self.classes_ = None
        return super().fit(X, y, self._class_and_row_weights(y, sample_weight), resume=resume, **kwargs)

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
        return super().partial_fit(X, y, sample_weight=self._class_and_row_weights(y, sample_weight), **kwargs)

    def _class_and_row_weights(self, y, sample_weight):
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

    score = BaseWrapper.score  # before the one of scikit-learn's mixin

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


def _is_categorical(loss):
    """Whether a loss takes indicator columns of classes."""
    if isinstance(loss, type):
        return issubclass(loss, keras.losses.CategoricalCrossentropy)
    return scikeras_base.is_categorical_crossentropy(loss)
