"""The regressor: scikit-learn's ``MLPRegressor`` on our engines."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.base import RegressorMixin, _fit_context
from sklearn.metrics import r2_score
from sklearn.utils._param_validation import StrOptions

from ..configurable import NamesOf
from ..data.targets import RealTarget
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
        Units of each hidden layer. ``()`` has none: the columns of X reach the output layer directly, as in linear or
        logistic regression.

    loss : {'squared_error', 'absolute_error', 'huber', 'log_cosh', 'quantile', 'gaussian', 'poisson'}, object of \
:mod:`sklearn_ann.losses` or callable, default='squared_error'
        Half the squared error, half the Poisson deviance with an exponential output, or what outliers pull at less: the
        absolute error, ``Huber(delta=1.0)``, the logarithm of the hyperbolic cosine; ``Quantile(0.9)`` predicts a
        quantile instead of a mean and ``Quantile([0.1, 0.9])`` several; ``'gaussian'`` learns a spread with each mean.
        A callable takes the tensors ``(y_true, y_pred)``, (n_rows, n_outputs) both, and gives the loss of each row in
        TensorFlow's operations, as Keras' loss functions do; a new callable is a new program to compile.

    activation : str, object of :mod:`sklearn_ann.activations`, callable or list, default='relu'
        Activation of the hidden layers: scikit-learn's four, ``'identity'``, ``'logistic'``, ``'tanh'`` and ``'relu'``
        (``x``, ``1 / (1 + exp(-x))``, ``tanh(x)``, ``max(0, x)``), or one of Keras' of that name, as ``'selu'`` or
        ``'gelu'``; an object such as ``LeakyReLU(slope=0.1)`` brings settings of its own. A callable makes of a
        tensor ``(..., units)`` another one of that shape, as ``tf.math.sin`` does; predictions then use TensorFlow. A
        list has one for each hidden layer. All names are in the documentation under "Activations and initial weights".

    solver : {'adam', 'sgd', 'lbfgs', 'adagrad', 'adadelta', 'rmsprop', 'amsgrad', 'adamw', 'adamax', 'nadam', 'lion'} \
or object of :mod:`sklearn_ann.optimizers`, default='adam'
        How weights are found: Adam, stochastic gradient descent with momentum, L-BFGS on all rows at once (SciPy's,
        in float64; often best below a few thousand rows), or another stochastic solver; an object such as
        ``RMSprop(rho=0.8)`` brings settings of its own.

    alpha : float, default=0.0001
        Strength of the L2 penalty ``0.5 * alpha * sum(W ** 2) / n`` on the weights (not on the intercepts), where n is
        the sum of the row weights of a batch.

    batch_size : int or 'auto', default='auto'
        Rows of a batch; ``'auto'`` is ``min(200, n_rows)``. Not used by ``'lbfgs'``.

    learning_rate : {'constant', 'invscaling', 'adaptive', 'power', 'exponential', 'cosine', 'one_cycle', 'plateau', \
'warm_up'}, object of :mod:`sklearn_ann.schedules` or callable, default='constant'
        Schedule of the learning rate, beginning at ``learning_rate_init``. ``'invscaling'`` (divided by
        ``t ** power_t``; t counts rows seen) and ``'adaptive'`` (divided by 5 whenever training stalls) are
        scikit-learn's and for ``solver='sgd'`` alone. Objects bring settings of their own, as in ``Cosine(period=10)``;
        a callable takes the number of the epoch, from 0, and gives its rate.

    learning_rate_init : float, default=0.001
        Learning rate at the start. See ``partial_fit`` for how to change the rate between its calls.

    power_t : float, default=0.5
        Exponent of ``learning_rate='invscaling'``.

    max_iter : int, default=200
        Epochs at most (iterations, for ``'lbfgs'``).

    shuffle : bool, default=True
        Whether each epoch visits the rows in a new order.

    random_state : int, RandomState instance or None, default=None
        Source of the initial weights, the early-stopping split and the epochs' orders. An int gives the same results
        as scikit-learn's estimator with that int. None draws fresh entropy; NumPy's global generator is neither read
        nor advanced.

    tol : float, default=1e-4
        Smallest improvement of loss or score that counts (for ``'lbfgs'``, the largest gradient at the end).

    verbose : bool or int, default=False
        Whether to print the loss of each epoch.

    warm_start : bool, default=False
        Whether ``fit`` goes on from the weights of the fit before, with fresh optimizer memory.

    momentum : float, default=0.9
        Momentum of ``'sgd'``, in [0, 1].

    nesterovs_momentum : bool, default=True
        Whether that momentum is Nesterov's.

    early_stopping : bool, default=False
        Whether to stop when the validation score stops improving, and to keep the weights of the best epoch. Rows to
        validate on are set aside unless ``fit`` is given ``X_val`` and ``y_val``.

    validation_fraction : float, default=0.1
        Share of the rows set aside, in [0, 1).

    beta_1, beta_2 : float, default=0.9 and 0.999
        Decay of Adam's two moving averages, in [0, 1).

    epsilon : float, default=1e-8
        Keeps Adam's division finite.

    n_iter_no_change : int or inf, default=10
        Training stops after more than this many epochs in a row without an improvement by ``tol``.

    max_fun : int, default=15000
        Evaluations of the loss at most, for ``'lbfgs'``.

    output_activation : {'identity', 'relu', 'softplus', 'exp', 'logistic', 'tanh'} or None, default=None
        What predictions are of the last layer's values; the loss is taken on it. None is what the loss brings: the
        values themselves, but for ``'poisson'`` and ``'gaussian'``.

    output_range : pair of float or None, default=None
        Lowest and highest prediction of ``output_activation='logistic'`` and ``'tanh'``. None takes smallest and
        largest y, of each column, in the first call that learns.

    loss_weights : array-like of shape (n_outputs,) or None, default=None
        Weight of each column of y in the loss.

    dropout : float or array-like of shape (n_hidden_layers,), default=0.0
        Share of the outputs of each hidden layer that is set to zero in a training step, in [0, 1); one rate for all of
        them or one per layer. With ``activation='selu'`` it is alpha dropout. Predictions use all units.

    input_dropout : float, default=0.0
        The same for the features.

    gaussian_noise : float, default=0.0
        Standard deviation of the noise that is added to the features in a training step.

    augmentation : object of :mod:`sklearn_ann.augmentations`, callable, list of them or None, default=None
        What changes the rows of a batch in training, anew in each step: ``RandomTranslation(shape, pixels)`` and
        ``RandomFlip(shape)`` for images, ``Mixup(alpha)``, or a callable of a tensor x ``(..., rows, n_features)`` and
        of ``uniform``, a function of a shape that gives random numbers in [0, 1); one after the other in a list. Not
        with ``'lbfgs'``.

    clipvalue : float or None, default=None
        Every number of the gradient is cut to this size, before the optimizer sees it.

    global_clipnorm : float or None, default=None
        The gradient of all weights and intercepts together is scaled down to this length, its direction kept (Pascanu,
        Mikolov & Bengio, 2013). Both clippings are for the stochastic solvers; names as in Keras' optimizers.

    regularizer : object of :mod:`sklearn_ann.regularizers`, list of them or None, default=None
        ``L1(strength)``, ``MaxNorm(limit)``; the L2 penalty is ``alpha``.
        Not with ``'lbfgs'``.

    kernel_initializer : str, object of :mod:`sklearn_ann.initializers`, callable or None, default=None
        How initial weights are drawn. None: as scikit-learn draws them. ``'glorot_uniform'``, ``'glorot_normal'``,
        ``'he_uniform'``, ``'he_normal'``, ``'lecun_uniform'``, ``'lecun_normal'``, ``'truncated_normal'``,
        ``'orthogonal'`` and ``'zeros'``; ``'auto'`` takes the one that fits the activation of each layer. A callable
        takes a shape and gives an array; Keras' initializers do. Intercepts then begin at zero.

    normalization : {'batch', 'layer'}, object of :mod:`sklearn_ann.normalizations` or None, default=None
        Normalization of each hidden layer, before its activation: ``'batch'`` over the rows of a batch, ``'layer'``
        over the units in each row. ``BatchNorm(position='after', momentum=0.9)`` and ``LayerNorm`` bring settings.
        ``'batch'`` is not for ``'lbfgs'``.

    skip_connections : bool, default=False
        Whether the values that go into a hidden layer are added to those that come out, where they are as many.

    wide : 'all', array-like or None, default=None
        Columns of X that reach the output layer directly too, by number, by name or as a mask.

    deep : 'all', array-like or None, default=None
        Columns of X that go through the hidden layers, by number, by name or as a mask, in that order; None for all of
        them. Columns in neither ``wide`` nor ``deep`` are not used.

    auxiliary_loss_weight : float, default=0.0
        Weight in the loss of a second output on a hidden layer, which predictions do without.

    auxiliary_layer : int or None, default=None
        Number of the hidden layer that this second output is on, 1 for the first. None for the one in the middle, of an
        even number the lower of the two: ``(n_hidden_layers + 1) // 2``.

    standardize : bool, default=False
        Whether the columns of X are brought to mean 0 and variance 1 first, as by a ``StandardScaler``; a sparse X is
        not centred. Means and deviations are those of the first call and stay with the weights.

    averaging : float or None, default=None
        Share of ``max_iter``, in [0, 1), after which the weights at the end of each epoch are averaged; predictions are
        made with that average. Not with ``'lbfgs'`` or ``partial_fit``.

    n_estimators : int, default=1
        Networks that are trained at once as an ensemble, whose predictions are averaged. Not with ``'lbfgs'``,
        ``warm_start`` or ``partial_fit``.

    scoring : str, callable or None, default=None
        Validation score: a name of :func:`sklearn.metrics.get_scorer_names`, a callable ``(estimator, X, y)``,
        ``'loss'`` for minus the validation loss, or None for R2 (for ``'loss'``, where the loss is not for means). None
        and ``'loss'`` are computed by the engine; others by the scorer after each epoch.

    dtype : {'float32', 'float64'} or None, default=None
        Precision of the weights and of training. None takes that of X (float64 unless X is float32).

    backend : {'auto', 'numpy', 'tensorflow'}, default='auto'
        Engine that trains. ``'numpy'`` starts at once and needs no TensorFlow; ``'tensorflow'`` compiles the training,
        which pays for long fits, and runs on GPUs and functions of tensors. ``'auto'`` decides by the problem
        alone; see "Backends" in the documentation. Both give the same results to rounding.

    device : str, default='auto'
        ``'auto'`` (the first GPU that TensorFlow sees, else the CPU), ``'cpu'``, ``'gpu'``, or one of the last two with
        a number, as in ``'gpu:1'``. It is for training: predictions are made anywhere.

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

    feature_names_in_ : ndarray of str of shape (n_features_in_,)
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
        self.scoring, self.dtype, self.backend, self.device = scoring, dtype, backend, device

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
        target = RealTarget(y, (loss.outputs_per_target,) if isinstance(loss, Quantile) and loss.is_several else ())
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
