"""The classifier: scikit-learn's ``MLPClassifier``, trained by the engines of this package."""

from __future__ import annotations

from numbers import Real

import numpy as np
from scipy import sparse
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import type_of_target, unique_labels

from ..configurable import NamesOf
from ..data.targets import (
    MultilabelTarget,
    MultioutputTarget,
    ProbabilityTarget,
    as_column_numbers,
    check_probabilities,
    check_sparse,
    class_target,
    kind_of_labels,
    same_classes,
)
from ..fitting.settings import weighted_of
from ..losses import CLASS_LOSSES, ClassLoss, LogLoss, class_loss_of
from ..network.spec import Output
from .availability import UnavailableMethod, available_when
from .mlp import BaseMLP, has_partial_fit

__all__ = ["MLPClassifierTF"]


def _has_margins(estimator):
    """Whether the outputs are margins: of a fitted network its own, whatever the parameter says by now."""
    if estimator._net is not None:
        return estimator._net.output.link_name == "identity"
    return estimator.loss == "hinge"


def has_probabilities(estimator):
    """Whether the loss makes probabilities of the outputs."""
    if _has_margins(estimator):
        raise UnavailableMethod(
            "predict_proba is not available with loss='hinge', whose outputs are no probabilities; use "
            "decision_function, or loss='log_loss'."
        )


def has_margins(estimator):
    """Whether the outputs are margins."""
    if not _has_margins(estimator):
        raise UnavailableMethod("decision_function is only available with loss='hinge'; use predict_proba.")


class MLPClassifierTF(ClassifierMixin, BaseMLP):
    """Multilayer perceptron classifier with scikit-learn's parameters and results.

    A drop-in replacement for :class:`sklearn.neural_network.MLPClassifier`: with the same ``random_state``, it learns
    the same weights up to rounding. It minimises the log-loss by default.

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of int, default=(100,)
        Number of units of each hidden layer. ``()`` means no hidden layer, as in linear or logistic regression.

    loss : {'log_loss', 'focal', 'hinge'} or object of :mod:`sklearn_ann.losses`, default='log_loss'
        Loss function to minimise: scikit-learn's log-loss, the focal loss, which gives hard rows more weight
        (``Focal(gamma=2.0)``), or the hinge loss of support vector machines, with which the estimator has a
        ``decision_function`` but no ``predict_proba``.

    activation : str, object of :mod:`sklearn_ann.activations`, callable or list, default='relu'
        Activation of the hidden layers: scikit-learn's four, ``'identity'``, ``'logistic'``, ``'tanh'`` and ``'relu'``
        (``x``, ``1 / (1 + exp(-x))``, ``tanh(x)``, ``max(0, x)``), or another by its Keras name, such as ``'selu'`` or
        ``'gelu'``. Pass an object to change its settings, as in ``LeakyReLU(negative_slope=0.1)``. A callable maps a
        tensor of shape ``(..., units)`` to one of the same shape, as ``tf.math.sin`` does; predictions then use
        TensorFlow. A list has one activation for each hidden layer. The user guide lists all names under "Activations
        and initial weights".

    solver : {'adam', 'sgd', 'lbfgs', 'adagrad', 'adadelta', 'rmsprop', 'amsgrad', 'adamw', 'adamax', 'nadam', 'lion'} \
or object of :mod:`sklearn_ann.optimizers`, default='adam'
        Optimizer: Adam, stochastic gradient descent with momentum, SciPy's L-BFGS on all rows at once (in float64;
        often the best choice below a few thousand rows), or another stochastic optimizer. Pass an object to change its
        settings, as in ``RMSprop(rho=0.8)``.

    alpha : float, default=0.0001
        Strength of the L2 penalty ``0.5 * alpha * sum(W ** 2) / n`` on the weights (not on the intercepts), where n is
        the sum of the sample weights of a batch.

    batch_size : int or 'auto', default='auto'
        Mini-batch size; ``'auto'`` is ``min(200, n_rows)``. Not used by ``'lbfgs'``.

    learning_rate : {'constant', 'invscaling', 'adaptive', 'power', 'exponential', 'cosine', 'one_cycle', 'plateau', \
'warm_up'}, object of :mod:`sklearn_ann.schedules` or callable, default='constant'
        Learning-rate schedule, starting at ``learning_rate_init``. ``'invscaling'`` (divided by
        ``t ** power_t``; t counts rows seen) and ``'adaptive'`` (divided by 5 whenever training stalls) are
        scikit-learn's and work with ``solver='sgd'`` only. Pass an object to change its settings, as in
        ``Cosine(period=10)``, or a callable that maps the number of the epoch, starting at 0, to its learning rate.

    learning_rate_init : float or 'find', default=0.001
        Initial learning rate. With ``'find'``, ``fit`` first makes the range test of
        :class:`~sklearn_ann.model_selection.LearningRateFinder` on a sample of the training rows, and then trains with
        the suggested rate; not supported with ``'lbfgs'`` and in ``partial_fit``. See ``partial_fit`` for how to change
        the rate between calls.

    power_t : float, default=0.5
        Exponent of ``learning_rate='invscaling'``.

    max_iter : int, default=200
        Maximum number of epochs (with ``'lbfgs'``, of iterations).

    shuffle : bool, default=True
        Whether to shuffle the rows in each epoch.

    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, the early-stopping split, the shuffling and noise. An int gives the same results
        as scikit-learn's estimator with that int. None draws fresh entropy; NumPy's global generator is neither read
        nor advanced.

    tol : float, default=1e-4
        Minimum improvement of the loss or score (with ``'lbfgs'``, tolerance of the gradient).

    verbose : bool or int, default=False
        Whether to print the loss of each epoch.

    warm_start : bool, default=False
        Whether ``fit`` starts from the weights of the previous fit, with a fresh optimizer state.

    momentum : float, default=0.9
        Momentum of ``'sgd'``, in [0, 1].

    nesterovs_momentum : bool, default=True
        Whether to use Nesterov's momentum.

    early_stopping : bool, default=False
        Whether to stop when the validation score no longer improves, and to keep the weights of the best epoch. A part
        of the rows is set aside for validation unless ``X_val`` and ``y_val`` are passed to ``fit``.

    validation_fraction : float, default=0.1
        Fraction of the rows to set aside for validation, in [0, 1).

    beta_1, beta_2 : float, default=0.9 and 0.999
        Decay rates of Adam's two moving averages, in [0, 1).

    epsilon : float, default=1e-8
        Added to Adam's denominator for numerical stability.

    n_iter_no_change : int or inf, default=10
        Training stops after more than this many consecutive epochs without an improvement of ``tol``.

    max_fun : int, default=15000
        Maximum number of loss evaluations with ``'lbfgs'``.

    class_weight : dict, list of dicts, 'balanced' or None, default=None
        Weights of the classes, as in :func:`sklearn.utils.class_weight.compute_sample_weight`. They multiply the weight
        of each row: of training rows, of rows that ``early_stopping`` sets aside, and of rows of ``X_val``.
        ``'balanced'`` weights are computed from the ``y`` of the call; for ``partial_fit``, pass a dict computed from
        all data instead.

    loss_weights : array-like of shape (n_outputs,) or None, default=None
        Weight of each output in the loss: of each label of a multilabel target, or of each column of a multioutput
        target.

    dropout : float or array-like of shape (n_hidden_layers,), default=0.0
        Fraction of the units of each hidden layer whose output is set to zero in a training step, in [0, 1); one rate
        for all layers or one per layer. With ``activation='selu'``, alpha dropout is used. Predictions use all units.

    input_dropout : float, default=0.0
        Dropout rate of the features, in [0, 1).

    gaussian_noise : float, default=0.0
        Standard deviation of the noise added to the features in a training step.

    augmentation : object of :mod:`sklearn_ann.augmentations`, callable, list of them or None, default=None
        Random changes to the rows of each training batch: ``RandomTranslation(shape, pixels)`` and
        ``RandomFlip(shape)`` for images, ``Mixup(alpha)``, or a callable. A callable takes a tensor x of shape
        ``(..., rows, n_features)`` and a function ``uniform``, which returns random values in [0, 1) of a given shape.
        The members of a list are applied in turn. Not supported with ``'lbfgs'``.

    label_smoothing : float, default=0.0
        Fraction of each target that is spread evenly over all classes (of the same output, if there are several), in
        [0, 1). Only for ``loss='log_loss'``.

    clipvalue : float or None, default=None
        Clip every element of the gradient to ``[-clipvalue, clipvalue]``, as in Keras' optimizers. Not supported with
        ``'lbfgs'``.

    global_clipnorm : float or None, default=None
        Scale the gradient of all weights and intercepts together down to this norm, as in Keras' optimizers (Pascanu,
        Mikolov & Bengio, 2013). Not supported with ``'lbfgs'``.

    regularizer : object of :mod:`sklearn_ann.regularizers`, list of them or None, default=None
        ``L1(strength)`` or ``MaxNorm(limit)``; for an L2 penalty, use ``alpha``. Not supported with ``'lbfgs'``.

    kernel_initializer : str, object of :mod:`sklearn_ann.initializers`, callable or None, default=None
        How to draw the initial weights. None draws weights and intercepts as scikit-learn does. ``'auto'`` chooses the
        initializer that goes with the activation of each layer. The names are ``'glorot_uniform'``,
        ``'glorot_normal'``, ``'he_uniform'``, ``'he_normal'``, ``'lecun_uniform'``, ``'lecun_normal'``,
        ``'truncated_normal'``, ``'orthogonal'`` and ``'zeros'``. A callable maps a shape to an array, as Keras'
        initializers do. With any value but None, intercepts start at zero.

    normalization : {'batch', 'layer'}, object of :mod:`sklearn_ann.normalizations` or None, default=None
        Normalization of each hidden layer, before its activation: ``'batch'`` over the rows of a batch, ``'layer'``
        over the units in each row. Pass an object to change its settings, as in ``BatchNorm(position='after')``.
        ``'batch'`` is not supported with ``'lbfgs'``.

    skip_connections : bool, default=False
        Whether to add the input of a hidden layer to its output if both have the same number of units.

    wide : 'all', array-like or None, default=None
        Columns of X to connect directly to the output layer, by index, by name or as a mask.

    deep : 'all', array-like or None, default=None
        Columns of X to connect to the first hidden layer, by index, by name or as a mask, in the order given; None for
        all columns. Columns in neither ``wide`` nor ``deep`` are not used.

    auxiliary_loss_weight : float, default=0.0
        Weight in the loss of a second output on a hidden layer, which predictions do not use.

    auxiliary_layer : int or None, default=None
        Number of the hidden layer with the second output, starting at 1. None for the middle one,
        ``(n_hidden_layers + 1) // 2``.

    standardize : bool, default=False
        Whether to standardize the columns of X first, as ``StandardScaler`` does; a sparse X is not centred.
        ``partial_fit`` and ``warm_start`` keep the means and standard deviations of the first call.

    averaging : float or None, default=None
        Fraction of ``max_iter``, in [0, 1), after which to average the weights at the end of each epoch; predictions
        use the average. Not supported with ``'lbfgs'`` and in ``partial_fit``.

    n_estimators : int, default=1
        Number of networks to train as an ensemble; their predictions are averaged. Not supported with ``'lbfgs'``,
        ``warm_start`` and ``partial_fit``.

    scoring : str, callable or None, default=None
        Validation score: a name from :func:`sklearn.metrics.get_scorer_names`, a callable ``(estimator, X, y)``,
        ``'loss'`` for the negative validation loss, or None for the accuracy (of whole rows, if there are several
        outputs). The engine computes None and ``'loss'``. A scorer is called after each epoch, and once before training
        to check that it works with the validation set.

    base : estimator, keras.Model, str, path or None, default=None
        Network from which a fresh fit takes the hidden layers: a fitted multilayer perceptron of this package or of
        scikit-learn, a Keras model of Dense layers, or a file written by ``save``. It is not changed. Its last layer,
        the output, is not taken over. A hidden layer may be wider than that of the base, whose units then come first.
        X must have the same columns, and ``activation``, ``normalization``, ``skip_connections``, ``deep`` and
        ``standardize`` must be the same.

    n_base_layers : int or None, default=None
        Number of hidden layers to take over from ``base``, from the first on; None for all that both networks have.

    learning_rate_multipliers : array-like of shape (n_hidden_layers + 1,) or None, default=None
        Factor of the learning rate of each layer, from the first hidden layer to the output; None for 1. A layer with
        factor 0 is frozen: it does not change and has no penalty, and its batch normalization uses the moving averages.
        ``wide`` and auxiliary weights belong to the output layer. With ``'lbfgs'``, factors must be 0 or 1.

    dtype : {'float32', 'float64'} or None, default=None
        Precision of the weights and of training. None uses that of X (float64 unless X is float32).

    backend : {'auto', 'numpy', 'tensorflow'}, default='auto'
        Engine to train with. ``'numpy'`` starts at once and needs no TensorFlow; ``'tensorflow'`` compiles the
        training, which pays off in long fits, and supports GPUs and functions of tensors. ``'auto'`` chooses; see
        "Backends" in the user guide. Both give the same results up to rounding.

    device : str, default='auto'
        Device to train on: ``'cpu'``, ``'gpu'``, one of these with a number, as in ``'gpu:1'``, or ``'auto'``, with
        which the TensorFlow engine uses the first visible GPU or else the CPU. A model predicts on any machine.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), or list of them
        Class labels; for multiclass-multioutput targets, a list with one array per column.

    loss_ : float
        Loss of the last epoch, including penalties.

    best_loss_ : float or None
        Lowest value of ``loss_curve_``; None with ``early_stopping``. For an ensemble, the mean of the members' lowest
        values. Not set with ``'lbfgs'``.

    loss_curve_ : list of float
        Loss of each epoch: the mean over its batches, weighted by their number of rows. Not set with ``'lbfgs'``.

    learning_rate_curve_ : list of float
        Learning rate of the last batch of each epoch, before the solver's bias correction. Not set with ``'lbfgs'``.

    learning_rate_init_ : float
        Learning rate found with ``learning_rate_init='find'``; not set otherwise.

    validation_scores_ : list of float or None
        Score of each epoch on the validation set; None without one. Not set with ``'lbfgs'``.

    validation_loss_curve_ : list of float or None
        Loss of each epoch on the validation set, without penalties; None without one. Not set with ``'lbfgs'``.

    best_validation_score_ : float or None
        Highest value of ``validation_scores_``. For an ensemble, the mean of the members' highest values. Not set with
        ``'lbfgs'``.

    stop_reason_ : str
        Why training stopped.

    backend_ : {'numpy', 'tensorflow', 'scikit-learn', 'keras'}
        Engine that trained the network; the last two after ``from_sklearn`` and ``from_keras``.

    device_ : str
        Device that it was trained on, such as ``'CPU:0'``.

    t_ : int
        Number of rows seen in training.

    coefs_ : list of ndarray of shape (n_units, n_units_above)
        Weights of each layer. With ``deep``, the first array has a row for each of these columns.

    intercepts_ : list of ndarray of shape (n_units_above,)
        Intercepts of each layer.

    extra_weights_ : dict of str to ndarray
        Other learned weights: ``'slope_1'`` (PReLU), ``'scale_1'``, ``'shift_1'``, ``'mean_1'``, ``'variance_1'``
        (normalization), each with the number of the hidden layer, ``'wide_coef'``, ``'auxiliary_coef'`` and
        ``'auxiliary_intercept'``. With ``n_estimators`` above 1, all weights have a leading axis for the members.

    n_features_in_ : int
        Number of columns of X.

    feature_names_in_ : ndarray of str of shape (`n_features_in_`,)
        Names of the columns of X, if all of them are strings.

    n_iter_ : int
        Number of epochs (with ``'lbfgs'``, of iterations) of the last fit.

    n_layers_ : int
        Number of layers, including input and output.

    n_outputs_ : int
        Number of units of the output layer.

    out_activation_ : str
        Activation of the output layer.

    See Also
    --------
    MLPRegressorTF : Multilayer perceptron for regression.
    PerceptronClassifier : Single layer of threshold units.

    References
    ----------
    Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010 (initial
    weights). Kingma & Ba, "Adam: a method for stochastic optimization", 2015.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((10,), solver="lbfgs", random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.97
    True
    """

    _parameter_constraints: dict = {
        **BaseMLP._parameter_constraints,
        "loss": [NamesOf(CLASS_LOSSES), ClassLoss],
        "class_weight": [StrOptions({"balanced"}), dict, list, None],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
    }
    _default_score = _score_name = "accuracy"
    _y_numeric = False

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        *,
        loss="log_loss",
        activation="relu",
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
        class_weight=None,
        loss_weights=None,
        dropout=0.0,
        input_dropout=0.0,
        gaussian_noise=0.0,
        augmentation=None,
        label_smoothing=0.0,
        clipvalue=None,
        global_clipnorm=None,
        regularizer=None,
        kernel_initializer=None,
        normalization=None,
        skip_connections=False,
        wide=None,
        deep=None,
        auxiliary_loss_weight=0.0,
        auxiliary_layer=None,
        standardize=False,
        averaging=None,
        n_estimators=1,
        scoring=None,
        base=None,
        n_base_layers=None,
        learning_rate_multipliers=None,
        dtype=None,
        backend="auto",
        device="auto",
    ):
        self.hidden_layer_sizes, self.loss, self.activation = hidden_layer_sizes, loss, activation
        self.solver, self.alpha, self.batch_size, self.learning_rate = solver, alpha, batch_size, learning_rate
        self.learning_rate_init, self.power_t, self.max_iter = learning_rate_init, power_t, max_iter
        self.shuffle, self.random_state, self.tol, self.verbose = shuffle, random_state, tol, verbose
        self.warm_start, self.momentum, self.nesterovs_momentum = warm_start, momentum, nesterovs_momentum
        self.early_stopping, self.validation_fraction, self.beta_1 = early_stopping, validation_fraction, beta_1
        self.beta_2, self.epsilon, self.n_iter_no_change, self.max_fun = beta_2, epsilon, n_iter_no_change, max_fun
        self.class_weight, self.loss_weights, self.dropout = class_weight, loss_weights, dropout
        self.input_dropout, self.gaussian_noise, self.augmentation = input_dropout, gaussian_noise, augmentation
        self.label_smoothing, self.clipvalue, self.global_clipnorm = label_smoothing, clipvalue, global_clipnorm
        self.regularizer, self.kernel_initializer, self.normalization = regularizer, kernel_initializer, normalization
        self.skip_connections, self.wide, self.deep = skip_connections, wide, deep
        self.auxiliary_loss_weight, self.auxiliary_layer = auxiliary_loss_weight, auxiliary_layer
        self.standardize, self.averaging, self.n_estimators = standardize, averaging, n_estimators
        self.scoring, self.base, self.n_base_layers = scoring, base, n_base_layers
        self.learning_rate_multipliers = learning_rate_multipliers
        self.dtype, self.backend, self.device = dtype, backend, device

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X,
        y,
        sample_weight=None,
        *,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
        coef_init=None,
        intercept_init=None,
        resume=False,
    ):
        """Train the network.

        Parameters
        ----------
        X : array-like or CSR/CSC matrix of shape (n_rows, n_features)
            Rows to train on, float32 or float64 (anything else becomes float64). A sparse X is never made dense as a
            whole.

        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            Labels of any type; an indicator matrix (0 and 1, or bool) for multilabel targets; several columns of
            labels; or the probabilities of classes 0 to ``n_outputs - 1``, as rows that sum to 1.

        sample_weight : array-like of shape (n_rows,), default=None
            Weight of each row, >= 0.

        X_val, y_val : like X and y, default=None
            Validation set, for ``validation_scores_``, ``validation_loss_curve_`` and ``early_stopping=True``, which
            then sets no rows of X aside. It must be on the scale of X and y; ``fit`` warns if it clearly is not. In a
            Pipeline, ``transform_input=['X_val']`` with metadata routing transforms ``X_val``, while ``step__X_val``
            does not; ``TransformedTargetRegressor`` does not transform ``y_val``. See "Validation sets" in the user
            guide.

        sample_weight_val : array-like of shape (n_val_rows,), default=None
            Weight of each row of ``X_val``, >= 0.

        coef_init : list of array-like of shape (n_units, n_units_above), default=None
            Initial weights, one array per layer, instead of those that are drawn (or kept by ``warm_start``). All other
            random values are the same as without this argument.

        intercept_init : list of array-like of shape (n_units_above,), default=None
            Initial intercepts, one array per layer.

        resume : bool, path or Snapshot, default=False
            True resumes from the newest checkpoint that the ``Checkpoint`` callback of a fit with the same data and
            parameters has written, or starts from scratch if there is none. A path resumes from that checkpoint, or
            from the newest one in that folder. A snapshot, the value of ``context.snapshot()`` in a callback, resumes
            from there. ``max_iter`` may differ, unless a schedule or ``averaging`` depends on it. The weights are
            exactly those of a fit that was never interrupted.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If the data or a parameter are invalid, before training; or if weights become infinite or NaN, in which case
            the estimator keeps its previous model.
        """
        return self._fit(
            X,
            y,
            sample_weight,
            held_out=(X_val, y_val, sample_weight_val),
            given=(coef_init, intercept_init),
            resume=resume,
        )

    @available_when(has_partial_fit)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None, classes=None):
        """Train for one epoch, continuing from the current weights and optimizer state.

        An int ``random_state`` gives every call the same shuffle, as in scikit-learn; pass a ``RandomState`` instance
        for a new one each time.

        With ``learning_rate='constant'``, ``'invscaling'`` or ``'adaptive'``, the rate continues from its last value: a
        ``learning_rate_init`` changed between calls is ignored, as in scikit-learn. To change the rate, set
        ``learning_rate``, for example to a function: ``set_params(learning_rate=lambda epoch: 0.001)``.

        Parameters
        ----------
        X : array-like or CSR/CSC matrix of shape (n_rows, n_features)
            Rows to train on.

        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            Labels of any type; an indicator matrix (0 and 1, or bool) for multilabel targets; several columns of
            labels; or the probabilities of classes 0 to ``n_outputs - 1``, as rows that sum to 1.

        sample_weight : array-like of shape (n_rows,), default=None
            Weight of each row, >= 0.

        classes : array-like of shape (n_classes,), or list of them, default=None
            Labels of all calls; required in the first call. For an indicator matrix and for class probabilities,
            ``range(n_outputs)`` or an indicator array, as in scikit-learn; for several columns of labels, a list with
            the labels of each column.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        ValueError
            If the data or a parameter are invalid, before training.
        """
        classes = as_column_numbers(classes)
        if hasattr(self, "classes_"):
            if classes is not None and not same_classes(self.classes_, classes):
                raise ValueError(
                    f"`classes={classes!r}` is not the same as on last call to partial_fit, was: {self.classes_!r}"
                )
        elif classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        self._classes_ahead = classes
        try:
            return self._fit(X, y, sample_weight, incremental=True)
        finally:
            del self._classes_ahead

    def predict(self, X):
        """Predict labels.

        Parameters
        ----------
        X : array-like or CSR/CSC matrix of shape (n_rows, n_features)
            Rows to predict.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_rows, n_outputs)
            The most probable label; an indicator matrix for multilabel targets, bool if that of the first call was.
        """
        predictions = self._predictions(X)
        return self._target_kind.decode(predictions, 0.0 if self._net.output.link_name == "identity" else 0.5)

    @available_when(has_margins)
    def decision_function(self, X):
        """Compute the raw outputs, whose maximum or sign gives the class. Only with ``loss='hinge'``.

        Parameters
        ----------
        X : array-like or CSR/CSC matrix of shape (n_rows, n_features)
            Rows to predict.

        Returns
        -------
        ndarray of shape (n_rows,), (n_rows, n_classes) or (n_rows, n_labels), or list of them
            A vector for two classes; a list for multiclass-multioutput targets.
        """
        predictions = self._predictions(X)
        return self._target_kind.margins(predictions)

    @available_when(has_probabilities)
    def predict_proba(self, X, return_std=False):
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like or CSR/CSC matrix of shape (n_rows, n_features)
            Rows to predict.

        return_std : bool, default=False
            Whether to also return standard deviations: over the members of an ensemble (``n_estimators``), and over a
            hundred predictions with ``dropout``, which drop the same units for all rows and in all calls. The
            probabilities do not depend on this argument.

        Returns
        -------
        ndarray of shape (n_rows, n_classes), or list of them
            Columns in the order of ``classes_``; a list for multiclass-multioutput targets.

        std : ndarray of the same shape, or list of them
            Standard deviations of the probabilities. Only with ``return_std``.

        Raises
        ------
        ValueError
            If ``return_std`` is set but the model has neither an ensemble nor dropout.
        """
        predictions = self._predictions(X)
        proba = self._target_kind.proba(predictions)
        if not return_std:
            return proba
        if not self._has_spread():
            raise ValueError(
                "predict_proba(X, return_std=True) needs several networks, got a single one without dropout; use "
                "n_estimators=5 or dropout=0.1."
            )
        between, _ = self._spread(X, lambda predictions: (predictions, None))
        return proba, self._target_kind.both_sides(np.sqrt(between))

    @available_when(has_probabilities)
    def predict_log_proba(self, X):
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like or CSR/CSC matrix of shape (n_rows, n_features)
            Rows to predict.

        Returns
        -------
        ndarray of shape (n_rows, n_classes), or list of them
            ``log(predict_proba(X))``.
        """
        proba = self.predict_proba(X)
        return [np.log(p) for p in proba] if isinstance(proba, list) else np.log(proba)

    def score(self, X, y, sample_weight=None):
        """Compute the accuracy of ``predict(X)``; a row with several outputs counts as right if all of them are.

        Parameters
        ----------
        X : array-like or CSR/CSC matrix of shape (n_rows, n_features)
            Rows to predict.
        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            True labels, or class probabilities, whose maximum is the label.
        sample_weight : array-like of shape (n_rows,), default=None
            Weight of each row.

        Returns
        -------
        float
            Between 0 and 1.
        """
        if isinstance(getattr(self, "_target_kind", None), MultioutputTarget):
            right = np.all(self.predict(X) == np.asarray(y), axis=1)
            return float(np.average(right, weights=sample_weight))
        if isinstance(getattr(self, "_target_kind", None), ProbabilityTarget):
            y = self._target_kind.labels(y)
        return super().score(X, y, sample_weight)

    def _check_y(self, y, target=None):
        check_sparse(y)
        class_loss_of(self.loss).check()
        if self.label_smoothing and self.loss != "log_loss":
            raise ValueError(
                f"label_smoothing is for loss='log_loss', got label_smoothing={self.label_smoothing} and "
                f"loss={self.loss!r}; leave one of them out."
            )
        if self.class_weight is not None and type_of_target(y) == "continuous-multioutput":
            raise ValueError(
                f"class_weight is for labels, got class_weight={self.class_weight!r} and a y of class probabilities; "
                "pass sample_weight."
            )
        if target is not None:
            _check_labels(y, target, exactly=False)

    def _target(self, y, fresh, incremental):
        if fresh and not incremental:
            return class_target(y)
        classes = getattr(self, "_classes_ahead", None)
        if not hasattr(self, "_target_kind"):
            target = class_target(y, classes)
        else:
            target = self._target_kind
        _check_labels(y, target, exactly=self.warm_start and not incremental)
        return target

    def _loss_for(self, target):
        loss = LogLoss(self.label_smoothing) if self.loss == "log_loss" else class_loss_of(self.loss)
        if target.form not in loss.forms:
            raise ValueError(
                f"loss={self.loss!r} is for labels, got a y of class {target.form}; use loss='log_loss', or labels "
                "such as y.argmax(axis=1)."
            )
        return loss.of_form(target.form)

    def _output_of(self, target):
        return Output(self._loss_for(target).structure(), target.heads, weighted=weighted_of(self, target.widths))

    def _describe(self, network, target):
        super()._describe(network, target)
        self.classes_ = target.classes

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _check_labels(y, target, exactly):
    """Labels of a later call against those of the first."""
    n_columns = 1 if y.ndim == 1 else y.shape[1]
    if n_columns != target.n_columns:
        raise ValueError(f"y must have the columns of the first call, {target.n_columns}, got {n_columns}.")
    if isinstance(target, MultilabelTarget):
        kind = kind_of_labels(y)
        if kind != "multilabel-indicator":
            raise ValueError(
                f"y must be an indicator of zeros and ones, as in the first call, got a {kind} target; call fit for "
                "columns with labels of their own."
            )
        return
    if sparse.issparse(y):
        raise ValueError("y must be dense, as in the first call, got a sparse indicator; pass y.toarray().")
    if isinstance(target, ProbabilityTarget):
        check_probabilities(y)
        return
    if isinstance(target, MultioutputTarget):
        columns = list(zip(np.asarray(y).T, target.classes, strict=True))
    else:
        columns = [(y, target.classes)]
    for column, known in columns:
        labels = unique_labels(column)
        if exactly and set(labels) != set(known):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. Previously "
                f"got {known}, `y` has {labels}"
            )
        if not set(labels) <= set(known):
            raise ValueError(f"`y` has classes not in `self.classes_`. `self.classes_` has {known}. 'y' has {labels}.")
