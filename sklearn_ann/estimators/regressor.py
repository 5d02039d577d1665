"""The regressor: scikit-learn's ``MLPRegressor`` on our engines."""

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

    Takes the place of :class:`sklearn.neural_network.MLPRegressor`: the same ``random_state`` gives the same weights,
    to rounding. ``hidden_layer_sizes`` is the first parameter and ``loss`` keyword-only (scikit-learn 1.7 put ``loss``
    first).

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of int, default=(100,)
        Number of units of each hidden layer. ``()`` has no hidden layer, as in linear or logistic regression.

    loss : {'squared_error', 'absolute_error', 'huber', 'log_cosh', 'quantile', 'gaussian', 'poisson'}, object of \
:mod:`sklearn_ann.losses` or callable, default='squared_error'
        Loss function to minimise: half the squared error; half the Poisson deviance, with an exponential output; robust
        losses (the absolute error, ``Huber(delta=1.0)``, the logarithm of the hyperbolic cosine); ``Quantile(0.9)`` for
        a quantile, ``Quantile([0.1, 0.9])`` for several; or ``'gaussian'``, which learns a mean and a standard
        deviation. A callable maps the tensors ``(y_true, y_pred)``, both (n_rows, n_outputs), to the loss of each row,
        as Keras' loss functions do; every new callable is compiled anew.

    activation : str, object of :mod:`sklearn_ann.activations`, callable or list, default='relu'
        Activation of the hidden layers: scikit-learn's four, ``'identity'``, ``'logistic'``, ``'tanh'`` and ``'relu'``
        (``x``, ``1 / (1 + exp(-x))``, ``tanh(x)``, ``max(0, x)``), or another by Keras' name, such as ``'selu'`` or
        ``'gelu'``; pass an object to choose its settings, as in ``LeakyReLU(negative_slope=0.1)``. A callable maps a
        tensor ``(..., units)`` to one of the same shape, as ``tf.math.sin`` does; predictions then use TensorFlow. A
        list has one for each hidden layer. The guide lists all names under "Activations and initial weights".

    solver : {'adam', 'sgd', 'lbfgs', 'adagrad', 'adadelta', 'rmsprop', 'amsgrad', 'adamw', 'adamax', 'nadam', 'lion'} \
or object of :mod:`sklearn_ann.optimizers`, default='adam'
        Optimizer: Adam, stochastic gradient descent with momentum, SciPy's L-BFGS on all rows at once (in float64;
        often the best choice below a few thousand rows), or another stochastic one. Pass an object to choose its
        settings, as in ``RMSprop(rho=0.8)``.

    alpha : float, default=0.0001
        Strength of the L2 penalty ``0.5 * alpha * sum(W ** 2) / n`` on the weights (not on the intercepts), where n is
        the sum of the row weights of a batch.

    batch_size : int or 'auto', default='auto'
        Mini-batch size; ``'auto'`` is ``min(200, n_rows)``. Not used by ``'lbfgs'``.

    learning_rate : {'constant', 'invscaling', 'adaptive', 'power', 'exponential', 'cosine', 'one_cycle', 'plateau', \
'warm_up'}, object of :mod:`sklearn_ann.schedules` or callable, default='constant'
        Learning-rate schedule, starting at ``learning_rate_init``. ``'invscaling'`` (divided by
        ``t ** power_t``; t counts rows seen) and ``'adaptive'`` (divided by 5 whenever training stalls) are
        scikit-learn's and for ``solver='sgd'`` only. Pass an object to choose settings, as in ``Cosine(period=10)``, or
        a callable from the number of the epoch, starting at 0, to its learning rate.

    learning_rate_init : float or 'find', default=0.001
        Initial learning rate. ``'find'`` begins ``fit`` with the range test of
        :class:`~sklearn_ann.model_selection.LearningRateFinder` on a sample of the training rows, and trains with the
        rate that it suggests; not with ``'lbfgs'`` or ``partial_fit``. See ``partial_fit`` for how to change the rate
        between its calls.

    power_t : float, default=0.5
        Exponent of ``learning_rate='invscaling'``.

    max_iter : int, default=200
        Maximum number of epochs (for ``'lbfgs'``, of iterations).

    shuffle : bool, default=True
        Whether to shuffle the rows in each epoch.

    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, the early-stopping split and the shuffling. An int gives the same results as
        scikit-learn's estimator with that int. None draws fresh entropy; NumPy's global generator is neither read nor
        advanced.

    tol : float, default=1e-4
        Minimum improvement of the loss or score (for ``'lbfgs'``, maximum gradient at the end).

    verbose : bool or int, default=False
        Whether to print the loss of each epoch.

    warm_start : bool, default=False
        Whether ``fit`` starts from the weights of the previous fit, with a fresh optimizer state.

    momentum : float, default=0.9
        Momentum of ``'sgd'``, in [0, 1].

    nesterovs_momentum : bool, default=True
        Whether that momentum is Nesterov's.

    early_stopping : bool, default=False
        Whether to stop when the validation score stops improving, and to keep the weights of the best epoch. Validation
        rows are set aside unless ``fit`` is given ``X_val`` and ``y_val``.

    validation_fraction : float, default=0.1
        Fraction of the rows to set aside for validation, in [0, 1).

    beta_1, beta_2 : float, default=0.9 and 0.999
        Decay rates of Adam's two moving averages, in [0, 1).

    epsilon : float, default=1e-8
        Added to Adam's denominator for numerical stability.

    n_iter_no_change : int or inf, default=10
        Training stops after more than this many consecutive epochs without an improvement of ``tol``.

    max_fun : int, default=15000
        Maximum number of loss evaluations, for ``'lbfgs'``.

    output_activation : {'identity', 'relu', 'softplus', 'exp', 'logistic', 'tanh'} or None, default=None
        What predictions are of the last layer's values; the loss is taken on it. None is what the loss brings: the
        values themselves, but for ``'poisson'`` and ``'gaussian'``.

    output_range : pair of float or None, default=None
        Lowest and highest prediction of ``output_activation='logistic'`` and ``'tanh'``. None takes smallest and
        largest y, of each column, in the first call that learns.

    loss_weights : array-like of shape (n_outputs,) or None, default=None
        Weight of each column of y in the loss.

    dropout : float or array-like of shape (n_hidden_layers,), default=0.0
        Fraction of the outputs of each hidden layer that is set to zero in a training step, in [0, 1); one rate for all
        layers or one per layer. With ``activation='selu'`` it is alpha dropout. Predictions use all units.

    input_dropout : float, default=0.0
        Dropout rate of the features.

    gaussian_noise : float, default=0.0
        Standard deviation of the noise added to the features in a training step.

    augmentation : object of :mod:`sklearn_ann.augmentations`, callable, list of them or None, default=None
        Random changes to the rows of each training batch: ``RandomTranslation(shape, pixels)`` and
        ``RandomFlip(shape)`` for images, ``Mixup(alpha)``, or a callable of a tensor x ``(..., rows, n_features)`` and
        of ``uniform``, a function from a shape to random numbers in [0, 1). Those of a list are applied in turn. Not
        with ``'lbfgs'``.

    clipvalue : float or None, default=None
        Clip every entry of the gradient to ``[-clipvalue, clipvalue]``. As in Keras' optimizers; not with ``'lbfgs'``.

    global_clipnorm : float or None, default=None
        Scale the gradient of all weights and intercepts together down to this norm (Pascanu, Mikolov & Bengio, 2013).
        As in Keras' optimizers; not with ``'lbfgs'``.

    regularizer : object of :mod:`sklearn_ann.regularizers`, list of them or None, default=None
        ``L1(strength)`` or ``MaxNorm(limit)``; the L2 penalty is ``alpha``. Not with ``'lbfgs'``.

    kernel_initializer : str, object of :mod:`sklearn_ann.initializers`, callable or None, default=None
        How initial weights are drawn. None: as scikit-learn draws them. ``'glorot_uniform'``, ``'glorot_normal'``,
        ``'he_uniform'``, ``'he_normal'``, ``'lecun_uniform'``, ``'lecun_normal'``, ``'truncated_normal'``,
        ``'orthogonal'`` and ``'zeros'``; ``'auto'`` takes the one that suits the activation of each layer. A callable
        maps a shape to an array, as Keras' initializers do. Intercepts then start at zero.

    normalization : {'batch', 'layer'}, object of :mod:`sklearn_ann.normalizations` or None, default=None
        Normalization of each hidden layer, before its activation: ``'batch'`` over the rows of a batch, ``'layer'``
        over the units in each row. Pass an object to choose settings, as in ``BatchNorm(position='after')``. Not
        ``'batch'`` with ``'lbfgs'``.

    skip_connections : bool, default=False
        Whether to add the inputs of a hidden layer to its outputs, where both have the same number of units.

    wide : 'all', array-like or None, default=None
        Columns of X that are also connected directly to the output layer, by number, by name or as a mask.

    deep : 'all', array-like or None, default=None
        Columns of X that are connected to the first hidden layer, by number, by name or as a mask, in that order; None
        for all of them. Columns in neither ``wide`` nor ``deep`` are not used.

    auxiliary_loss_weight : float, default=0.0
        Weight in the loss of a second output, on a hidden layer; predictions do not use it.

    auxiliary_layer : int or None, default=None
        Hidden layer that has the second output, 1 for the first. None for the middle one,
        ``(n_hidden_layers + 1) // 2``.

    standardize : bool, default=False
        Whether to standardize the columns of X first, as ``StandardScaler`` does; a sparse X is not centred. Means and
        standard deviations are those of the first call and stay with the weights.

    averaging : float or None, default=None
        Fraction of ``max_iter``, in [0, 1), after which the weights at the end of each epoch are averaged; predictions
        use the average. Not with ``'lbfgs'`` or ``partial_fit``.

    n_estimators : int, default=1
        Number of networks to train as an ensemble; their predictions are averaged. Not with ``'lbfgs'``,
        ``warm_start`` or ``partial_fit``.

    scoring : str, callable or None, default=None
        Validation score: a name of :func:`sklearn.metrics.get_scorer_names`, a callable ``(estimator, X, y)``,
        ``'loss'`` for minus the validation loss, or None for R2 (for ``'loss'``, where the loss is not for means). None
        and ``'loss'`` are computed by the engine; others by the scorer after each epoch.

    base : estimator, keras.Model, str, path or None, default=None
        A network whose hidden layers a fresh fit begins with: a fitted multilayer perceptron of this package or of
        scikit-learn, a Keras model of Dense layers, or a file of ``save``. It is only read. Its last layer, the output,
        is not taken over; a hidden layer may be wider than the base's and then has the base's units first. X must have
        the same columns; ``activation``, ``normalization``, ``skip_connections``, ``deep`` and ``standardize`` must be
        as they were.

    n_base_layers : int or None, default=None
        How many hidden layers to take over from ``base``, from below; None for all that both networks have.

    learning_rate_multipliers : array-like of shape (n_hidden_layers + 1,) or None, default=None
        Factor of the learning rate of each layer, from the first hidden layer to the output; None for 1. A layer with
        factor 0 is frozen: nothing of it changes, it has no penalty, and a batch normalization there goes by its moving
        means. ``wide`` and auxiliary weights belong to the output layer. With ``'lbfgs'`` 0 and 1 only.

    dtype : {'float32', 'float64'} or None, default=None
        Precision of the weights and of training. None uses that of X (float64 unless X is float32).

    backend : {'auto', 'numpy', 'tensorflow'}, default='auto'
        Engine to train with. ``'numpy'`` starts at once and needs no TensorFlow; ``'tensorflow'`` compiles the
        training, which pays off in long fits, and supports GPUs and functions of tensors. ``'auto'`` decides by the
        problem alone; see "Backends" in the guide. Both give the same results to rounding.

    device : str, default='auto'
        ``'auto'`` (the first GPU that TensorFlow sees, else the CPU), ``'cpu'``, ``'gpu'``, or one of the last two with
        a number, as in ``'gpu:1'``. Only for training: a model predicts on any machine.

    Attributes
    ----------
    loss_ : float
        Loss of the last epoch, penalty included.

    best_loss_ : float or None
        Lowest of ``loss_curve_``; None with ``early_stopping``. Of an ensemble the mean of the members' lowest.

    loss_curve_ : list of float
        Loss of each epoch: the mean over its batches, weighted by their rows. Not set by ``'lbfgs'``.

    learning_rate_curve_ : list of float
        Learning rate of the last batch of each epoch, before a solver's bias correction. Not set by ``'lbfgs'``.

    learning_rate_init_ : float
        The rate that ``learning_rate_init='find'`` has found; not set otherwise.

    validation_scores_ : list of float or None
        Score of each epoch on the validation rows, if there are any.

    validation_loss_curve_ : list of float or None
        Loss of each epoch on the validation rows, without the penalty, if there are any.

    best_validation_score_ : float or None
        Highest of ``validation_scores_``. Of an ensemble the mean of the members' highest.

    t_ : int
        Rows seen in training.

    coefs_ : list of ndarray of shape (n_units, n_units_above)
        Weights of each layer. With ``deep``, the first has a row for each of those columns.

    intercepts_ : list of ndarray of shape (n_units_above,)
        Intercepts of each layer.

    extra_weights_ : dict of str to ndarray
        What is learned besides: ``'slope_1'`` (PReLU), ``'scale_1'``, ``'shift_1'``, ``'mean_1'``, ``'variance_1'``
        (normalization) with the number of the hidden layer, ``'wide_coef'``, ``'auxiliary_coef'``,
        ``'auxiliary_intercept'``. With ``n_estimators`` above 1 all weights have a leading axis of members.

    n_features_in_ : int
        Columns of X.

    feature_names_in_ : ndarray of str of shape (`n_features_in_`,)
        Their names, if X had names that are all strings.

    n_iter_ : int
        Epochs (or iterations) of the last fit.

    n_layers_ : int
        Layers, input and output included.

    n_outputs_ : int
        Units of the output layer.

    out_activation_ : str
        Activation of the output layer.

    See Also
    --------
    MLPClassifierTF : The same for labels.

    References
    ----------
    Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010 (initial
    weights). Kingma & Ba, "Adam: a method for stochastic optimization", 2015. Scikit-learn's ``MLPRegressor``, whose
    semantics these are.

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
            Rows to validate on: ``validation_scores_`` and ``validation_loss_curve_`` are then about them, and
            ``early_stopping=True`` sets no rows of X aside. They must be on the scale of X and y: in a Pipeline,
            ``transform_input=['X_val']`` with metadata routing sends ``X_val`` through the steps before, while
            ``step__X_val`` does not; ``TransformedTargetRegressor`` does not transform ``y_val``. Warns if they
            plainly are on another scale; see the documentation under "Validation rows".

        sample_weight_val : array-like of shape (n_val_rows,), default=None
            Their weights.

        coef_init : list of array-like of shape (n_units, n_units_above), default=None
            Weights to begin with, one array per layer, in place of those that are drawn (or kept by ``warm_start``).
            All that is drawn besides is drawn as without them.

        intercept_init : list of array-like of shape (n_units_above,), default=None
            Intercepts to begin with.

        resume : bool, path or Snapshot, default=False
            True: go on from the newest checkpoint that a fit with the same data and parameters has written by the
            ``Checkpoint`` callback, or begin where there is none. A path: from that checkpoint, or from the newest in
            that folder, which must be of such a fit. A snapshot: from what ``context.snapshot()`` gave to a callback of
            such a fit. ``max_iter`` may be another, unless a schedule or ``averaging`` goes by it. The weights become
            exactly those of a fit that was never interrupted.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If the input or a parameter does not fit, before anything is trained; or if the weights became infinite or
            NaN, in which case what was learned before is kept.
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
        """One epoch on the rows given, going on from the weights and the optimizer's memory.

        An int ``random_state`` gives every call the same shuffle, as in scikit-learn; pass a ``RandomState`` instance
        for a new one each time.

        With ``learning_rate='constant'``, ``'invscaling'`` or ``'adaptive'`` the rate goes on from where it was: a
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
            If the input or a parameter does not fit, before anything is trained.
        """
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X, return_std=False):
        """Predict real numbers.

        Parameters
        ----------
        X : array-like or CSR/CSC matrix of shape (n_rows, n_features)
            Rows to predict.

        return_std : bool, default=False
            Whether to give the spread of each row as well: what ``loss='gaussian'`` has learned of the noise in y, how
            far the members of an ensemble (``n_estimators``) lie apart, and how far the networks that ``dropout``
            leaves do (Gal & Ghahramani, "Dropout as a Bayesian approximation", 2016; a hundred draws, the same for all
            rows and calls). Where there are several of these, their variances add up (Lakshminarayanan, Pritzel &
            Blundell, "Simple and scalable predictive uncertainty estimation", 2017). The first array is the
            same without it.

        Returns
        -------
        ndarray of shape (n_rows,), (n_rows, n_outputs), (n_rows, n_quantiles) or (n_rows, n_outputs, n_quantiles)
            A vector if y had one column; a last axis for several quantiles.

        std : ndarray of the same shape
            Standard deviations, in the units of y. Only with ``return_std``.

        Raises
        ------
        ValueError
            If there is no spread to give: no likelihood, no ensemble, no dropout.
        """
        mean = self._moments(self._predictions(X))[0]
        if not return_std:
            return self._target_kind.decode(mean)
        if not isinstance(self._net.output.loss, Gaussian) and not self._has_spread():
            raise ValueError(
                f"predict(X, return_std=True) needs several networks or one that has learned spreads, got one of "
                f"loss={self.loss!r} without dropout; use loss='gaussian', n_estimators=5 or dropout=0.1."
            )
        between, within = self._spread(X, self._moments)
        return self._target_kind.decode(mean), self._target_kind.decode(np.sqrt(between + within))

    def score(self, X, y, sample_weight=None):
        """R2 of ``predict(X)``; of several quantiles the one nearest to 0.5 counts.

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
