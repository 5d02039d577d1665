"""The regressor: scikit-learn's ``MLPRegressor``, trained by the engines of this package."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.base import RegressorMixin, _fit_context
from sklearn.metrics import r2_score
from sklearn.utils._param_validation import StrOptions

from ..configurable import NamesOf
from ..data.targets import real_target
from ..fitting.output_checks import check_loss_function, check_output
from ..fitting.settings import OUTPUT_ACTIVATIONS, weighted_of
from ..losses import LOSSES, Gaussian, Loss, Poisson, Quantile, SquaredError, loss_of
from ..network.spec import Output
from .availability import available_when
from .mlp import BaseMLP, has_partial_fit

__all__ = ["MLPRegressorTF"]


class MLPRegressorTF(RegressorMixin, BaseMLP):
    """Multilayer perceptron regressor with scikit-learn's parameters and results.

    A drop-in replacement for :class:`sklearn.neural_network.MLPRegressor`: with the same ``random_state``, it learns
    the same weights up to rounding. ``hidden_layer_sizes`` is the first parameter and ``loss`` is keyword-only
    (scikit-learn 1.7 put ``loss`` first).

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of int, default=(100,)
        Number of units of each hidden layer. ``()`` means no hidden layer, as in linear or logistic regression.

    loss : {'squared_error', 'absolute_error', 'huber', 'log_cosh', 'quantile', 'gaussian', 'poisson'}, object of \
:mod:`sklearn_ann.losses` or callable, default='squared_error'
        Loss function to minimise: half the squared error; half the Poisson deviance, with an exponential output; robust
        losses (the absolute error, ``Huber(delta=1.0)``, the logarithm of the hyperbolic cosine); ``Quantile(0.9)`` for
        a quantile, ``Quantile([0.1, 0.9])`` for several; or ``'gaussian'``, which learns a mean and a standard
        deviation. A callable maps the tensors ``(y_true, y_pred)``, both of shape (n_rows, n_outputs), to the loss of
        each row, as Keras' loss functions do; each new callable is compiled.

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

    output_activation : {'identity', 'relu', 'softplus', 'exp', 'logistic', 'tanh'} or None, default=None
        Function that maps the values of the last layer to predictions, before the loss. None uses that of the loss: the
        identity, except for ``'poisson'`` and ``'gaussian'``.

    output_range : pair of float or None, default=None
        Lowest and highest prediction with ``output_activation='logistic'`` and ``'tanh'``. None uses the smallest and
        largest y of each column in the first call of ``fit`` or ``partial_fit``.

    loss_weights : array-like of shape (n_outputs,) or None, default=None
        Weight of each column of y in the loss.

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
        ``'loss'`` for the negative validation loss, or None for R2 with the squared error and the Poisson loss, and
        ``'loss'`` with all others. The engine computes None and ``'loss'``. A scorer is called after each epoch, and
        once before training to check that it works with the validation set.

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
    MLPClassifierTF : Multilayer perceptron for classification.

    References
    ----------
    Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010 (initial
    weights). Kingma & Ba, "Adam: a method for stochastic optimization", 2015.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import scale
    >>> from sklearn_ann import MLPRegressorTF
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = MLPRegressorTF((10,), solver="lbfgs", alpha=10, random_state=0, max_iter=2000).fit(scale(X), scale(y))
    >>> model.score(scale(X), scale(y)) > 0.5
    True
    """

    _parameter_constraints: dict = {
        **BaseMLP._parameter_constraints,
        "loss": [NamesOf(LOSSES), Loss, callable],
        "output_activation": [StrOptions({*OUTPUT_ACTIVATIONS}), None],
        "output_range": [list, tuple, np.ndarray, None],
    }
    _score_name = "r2"
    _y_numeric = True

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        *,
        loss="squared_error",
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
        output_activation=None,
        output_range=None,
        loss_weights=None,
        dropout=0.0,
        input_dropout=0.0,
        gaussian_noise=0.0,
        augmentation=None,
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
        self.hidden_layer_sizes, self.activation, self.loss = hidden_layer_sizes, activation, loss
        self.solver, self.alpha, self.batch_size, self.learning_rate = solver, alpha, batch_size, learning_rate
        self.learning_rate_init, self.power_t, self.max_iter = learning_rate_init, power_t, max_iter
        self.shuffle, self.random_state, self.tol, self.verbose = shuffle, random_state, tol, verbose
        self.warm_start, self.momentum, self.nesterovs_momentum = warm_start, momentum, nesterovs_momentum
        self.early_stopping, self.validation_fraction, self.beta_1 = early_stopping, validation_fraction, beta_1
        self.beta_2, self.epsilon, self.n_iter_no_change, self.max_fun = beta_2, epsilon, n_iter_no_change, max_fun
        self.output_activation, self.output_range, self.loss_weights = output_activation, output_range, loss_weights
        self.dropout, self.input_dropout, self.gaussian_noise = dropout, input_dropout, gaussian_noise
        self.augmentation, self.clipvalue, self.global_clipnorm = augmentation, clipvalue, global_clipnorm
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
            Real numbers; >= 0 for ``loss='poisson'``.

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
    def partial_fit(self, X, y, sample_weight=None):
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
            Real numbers; >= 0 for ``loss='poisson'``.

        sample_weight : array-like of shape (n_rows,), default=None
            Weight of each row, >= 0.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        ValueError
            If the data or a parameter are invalid, before training.
        """
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X, return_std=False):
        """Predict targets.

        Parameters
        ----------
        X : array-like or CSR/CSC matrix of shape (n_rows, n_features)
            Rows to predict.

        return_std : bool, default=False
            Whether to also return standard deviations: of the noise in y, learned with ``loss='gaussian'``; over the
            members of an ensemble (``n_estimators``); and over a hundred predictions with ``dropout``, which drop the
            same units for all rows and in all calls (Gal & Ghahramani, "Dropout as a Bayesian approximation", 2016).
            If there are several of these, their variances add up (Lakshminarayanan, Pritzel & Blundell, "Simple and
            scalable predictive uncertainty estimation", 2017). The predictions do not depend on this argument.

        Returns
        -------
        ndarray of shape (n_rows,), (n_rows, n_outputs), (n_rows, n_quantiles) or (n_rows, n_outputs, n_quantiles)
            A vector if y had one column; a last axis for several quantiles.

        std : ndarray of the same shape
            Standard deviations, in the units of y. Only with ``return_std``.

        Raises
        ------
        ValueError
            If ``return_std`` is set but the model has neither ``loss='gaussian'``, nor an ensemble, nor dropout.
        """
        mean = self._moments(self._predictions(X))[0]
        if not return_std:
            return self._target_kind.decode(mean)
        if not isinstance(self._net.output.loss, Gaussian) and not self._has_spread():
            raise ValueError(
                "predict(X, return_std=True) needs several networks or a learned standard deviation, got one network "
                f"with loss={self.loss!r} without dropout; use loss='gaussian', n_estimators=5 or dropout=0.1."
            )
        between, within = self._spread(X, self._moments)
        return self._target_kind.decode(mean), self._target_kind.decode(np.sqrt(between + within))

    def score(self, X, y, sample_weight=None):
        """Compute the R2 of ``predict(X)``; with several quantiles, that of the quantile nearest to 0.5.

        Parameters
        ----------
        X : array-like or CSR/CSC matrix of shape (n_rows, n_features)
            Rows to predict.
        y : array-like of shape (n_rows,) or (n_rows, n_outputs)
            True values.
        sample_weight : array-like of shape (n_rows,), default=None
            Weight of each row.

        Returns
        -------
        float
            At most 1.
        """
        predictions = self.predict(X)
        if self._target_kind.outputs_per_target:
            (quantiles,) = self._hyper.loss
            predictions = predictions[..., np.argmin(np.abs(quantiles - 0.5))]
        return r2_score(y, predictions, sample_weight=sample_weight)

    def _moments(self, predictions):
        """Mean and variance of the likelihood of each row; None for a variance that is not learned."""
        if isinstance(self._net.output.loss, Gaussian):
            return predictions[:, 0::2], predictions[:, 1::2] ** 2
        return predictions, None

    def _check_y(self, y, target=None):
        if sparse.issparse(y):
            raise ValueError("y must be a dense array of real numbers, got a sparse one; pass y.toarray().")
        if y.dtype.kind not in "biuf":
            raise ValueError(f"y must be made of real numbers, got dtype {y.dtype}; pass for example y.astype(float).")
        if isinstance(loss_of(self.loss), Poisson) and np.min(y) < 0:
            raise ValueError(f"loss='poisson' needs y >= 0, got a smallest y of {np.min(y)}; use loss='squared_error'.")

    def _target(self, y, fresh, incremental):
        loss = loss_of(self.loss)
        target = real_target(y, (loss.outputs_per_target,) if isinstance(loss, Quantile) and loss.is_several else ())
        if not fresh and self._target_kind.heads == target.heads:  # weights go with the range that they were learned in
            target.smallest, target.largest = self._target_kind.smallest, self._target_kind.largest
        return target

    def _check_combinations(self, held_out, resume):
        check_output(self)
        super()._check_combinations(held_out, resume)

    @property
    def _default_score(self):
        return "r2" if isinstance(loss_of(self.loss), SquaredError | Poisson) else "loss"

    def _network(self, X, target):
        if callable(self.loss):  # L-BFGS computes in double precision
            check_loss_function(self.loss, *target.heads, "float64" if self.solver == "lbfgs" else str(X.dtype))
        return super()._network(X, target)

    def _output_of(self, target):
        loss = loss_of(self.loss)
        (n_targets,) = target.heads
        link = None if self.output_activation is None else OUTPUT_ACTIVATIONS[self.output_activation]
        weighted = weighted_of(self, (loss.outputs_per_target,) * n_targets)
        return Output(loss.structure(), (n_targets * loss.outputs_per_target,), loss.outputs_per_target, link, weighted)

    def _loss_for(self, target):
        return loss_of(self.loss)

    def _describe(self, network, target):
        super()._describe(network, target)
        self.out_activation_ = self.output_activation or self.out_activation_
