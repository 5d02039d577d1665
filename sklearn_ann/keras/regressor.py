"""A regressor around a Keras model."""

from __future__ import annotations

from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from . import scikeras_base
from .wrapper import BaseWrapper

__all__ = ["KerasRegressor"]


class KerasRegressor(RegressorMixin, BaseWrapper):
    """Regressor around a Keras model.

    Takes the place of scikeras' ``KerasRegressor`` and is built on it. A function of yours makes the network; the
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
        ``"auto"`` goes by the target: ``"mean_squared_error"``. None if the build function compiles.
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
        Number of columns of y.
    n_outputs_expected_ : int
        Number of outputs that the network must have.
    feature_encoder_, target_encoder_ : transformer
        From X and y to what the network takes, and back.

    See Also
    --------
    KerasClassifier : The same for classification.
    sklearn_ann.MLPRegressorTF : Networks that need no build function.

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

    def fit(self, X, y, sample_weight=None, *, resume=False, **kwargs):
        """Make a network and train it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), sparse matrix, or dict
            Rows, of any number of dimensions if the network takes them. A dict has an array for each named input.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), or dict
            Targets; a dict has those of each named output.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.
        resume : bool, path or Snapshot, default=False
            True continues from the newest checkpoint of this fit in the folder of its
            :class:`~sklearn_ann.callbacks.Checkpoint`, if there is one; a path, from that file or folder; a snapshot,
            from what ``context.snapshot()`` gave to a callback of such a fit.
        **kwargs : dict
            Arguments of ``Model.fit`` for this call; ``fit__`` parameters are remembered instead.

        Returns
        -------
        KerasRegressor
            The estimator.

        Raises
        ------
        ValueError
            If X, y, the weights or the parameters do not fit together, there is no loss, a checkpoint is not of this
            fit, or callbacks of sklearn_ann or ``resume`` meet a model that only Keras' own ``fit`` can train.
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

    score = BaseWrapper.score  # before the one of scikit-learn's mixin

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
