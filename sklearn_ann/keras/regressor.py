"""A regressor around a Keras model."""

from __future__ import annotations

import inspect

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from . import scikeras_base
from .wrapper import BaseWrapper

__all__ = ["KerasRegressor"]


class KerasRegressor(RegressorMixin, BaseWrapper):
    """Regressor around a Keras model.

    A replacement for scikeras' ``KerasRegressor``, on which it is built. Pass a function that builds the network; the
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
        their names. ``"auto"`` is ``"mean_squared_error"``. None if the build function compiles the network.
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
        Number of columns of y.
    n_outputs_expected_ : int
        Number of outputs that the network must have.
    feature_encoder_, target_encoder_ : transformer
        Transformers from X and y to the arrays that the network takes, and back.

    See Also
    --------
    KerasClassifier : Classifier around a Keras model.
    sklearn_ann.MLPRegressorTF : Networks that need no build function.

    Notes
    -----
    If a :class:`keras.layers.Normalization` layer follows an input directly and has no statistics yet, ``fit`` adapts
    it to the training rows, without those of ``validation_split`` and, in cross-validation, without the test fold.

    A pickle contains the network, the optimizer and the callbacks. It also contains your own classes and functions, by
    value if they are defined in a script or a notebook.

    Examples
    --------
    >>> import keras
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn_ann.keras import KerasRegressor
    >>> def build(hidden):
    ...     wide, deep = keras.Input((2,), name="wide"), keras.Input((8,), name="deep")
    ...     x = keras.layers.Dense(hidden, activation="relu")(keras.layers.Normalization()(deep))
    ...     x = keras.layers.Concatenate()([keras.layers.Normalization()(wide), x])
    ...     return keras.Model([wide, deep], keras.layers.Dense(1)(x))
    >>> X, y = load_diabetes(return_X_y=True)
    >>> reg = KerasRegressor(
    ...     build, model__hidden=16, inputs={"wide": [2, 8], "deep": [0, 1, 3, 4, 5, 6, 7, 9]}, loss="mse",
    ...     optimizer="adam", optimizer__learning_rate=0.1, epochs=30, verbose=0, random_state=0,
    ... ).fit(X, y)
    >>> reg.score(X, y) > 0.4
    True
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # for the user's network and epochs to say
        return tags

    def fit(self, X, y, sample_weight=None, *, resume=False, **kwargs):
        """Build the network and train it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), sparse matrix, or dict
            Rows, of any number of dimensions if the network takes them. A dict has an array for each named input.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), or dict
            Targets. A dict has the targets for each named output.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.
        resume : bool, path or Snapshot, default=False
            True continues from the newest checkpoint of this fit in the folder of its
            :class:`~sklearn_ann.callbacks.Checkpoint`, if there is one; a path, from that file or folder; a snapshot,
            from what ``context.snapshot()`` gave to a callback of such a fit.
        **kwargs : dict
            Arguments of ``Model.fit`` for this call only; use ``fit__`` parameters for all calls.

        Returns
        -------
        KerasRegressor
            The estimator.

        Raises
        ------
        ValueError
            If X, y, the weights or the parameters are inconsistent, if there is no loss, if a checkpoint belongs to
            another fit, or if callbacks of sklearn_ann or ``resume`` are used with ``steps_per_epoch``, a distribution
            strategy, or a model with a ``fit`` method of its own.
        """
        return super().fit(X, y, sample_weight, resume=resume, **kwargs)

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

    def _check_units(self, shapes):
        loss = self.model_.loss
        kind = loss if isinstance(loss, type) or inspect.isfunction(loss) else type(loss)
        if isinstance(loss, str) or kind.__module__.startswith("keras."):  # the others may have units of their own
            self._check_n_units(list(shapes.values()), "with such a loss")

    def _predict_raw(self, X, **kwargs):
        outputs = super()._predict_raw(X, **kwargs)
        self._check_n_units([np.shape(outputs)], "for predict; use predict_outputs for others")
        return outputs

    def _check_n_units(self, shapes, where):
        """Compare the units of the output with the columns of y, unless an encoder of the user's own may do it."""
        is_own = type(self.target_encoder_) is not scikeras_base.RegressorTargetEncoder
        if is_own or len(shapes) != 1 or len(shapes[0]) != 2 or shapes[0][1] in (None, self.n_outputs_):
            return
        raise ValueError(
            f"The network must have a unit for each column of y {where}, got {shapes[0][1]} units for "
            f"{self.n_outputs_} columns; build it with meta['n_outputs_']."
        )

    score = BaseWrapper.score  # before the one of scikit-learn's mixin

    @staticmethod
    def scorer(y_true, y_pred, **kwargs):
        """Compute R2, for ``score``; override this method to use another score.

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
            R2, at most 1.
        """
        return r2_score(y_true, y_pred, **kwargs)
