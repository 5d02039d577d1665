"""The perceptron, with scikit-learn's interface: parameters and X, y in; weights, intercepts and curves out.

It checks its input and determines the initial state; ``fitting.perceptron`` trains, and imports TensorFlow only if that
is the engine.
"""

import contextlib
from numbers import Integral, Real

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model._base import LinearClassifierMixin, SparseCoefMixin
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from ..callbacks.fit_context import FitData
from ..data.rows import check_index_range
from ..data.targets import check_column_numbers, check_sparse, kind_of_labels, same_classes, sorted_labels
from ..data.weights import check_finite
from ..fitting.adoption import all_or_nothing, warn_and_raise
from ..fitting.attributes import history_of, monitor_warnings
from ..fitting.callback_runner import CallbackMixin
from ..fitting.perceptron import reason_of, train_perceptron
from ..fitting.perceptron_curves import RECORDED, Unrecorded
from ..fitting.perceptron_sklearn import may_be_left_to_sklearn, train_by_sklearn
from ..fitting.resuming import checked_resume
from ..nested_parameters import NestedParameters
from ..perceptron.results import NOTHING_BEFORE, Before, Units
from .availability import UnavailableMethod, available_when
from .conversion import ConvertiblePerceptron
from .saving import Saved
from .summary import Summarized

__all__ = ["PerceptronClassifier"]


class _RecordedLater:
    """An attribute that scikit-learn's loop does not give, recorded when it is asked for."""

    def __set_name__(self, owner, name):
        self._name = name

    def __get__(self, model, owner):
        if model is not None:
            model._record()
            if self._name in vars(model):
                return vars(model)[self._name]
        raise AttributeError(f"{owner.__name__!r} object has no attribute {self._name!r}")


def _has_partial_fit(estimator):
    """Whether the stopping rule does not need whole fits."""
    if estimator.early_stopping:
        raise UnavailableMethod(
            "partial_fit does not support early_stopping=True; set early_stopping=False or call fit."
        )


class PerceptronClassifier(
    CallbackMixin,
    ConvertiblePerceptron,
    Saved,
    Summarized,
    SparseCoefMixin,
    LinearClassifierMixin,
    NestedParameters,
    BaseEstimator,
):
    """Rosenblatt's perceptron: linear threshold units, trained on their mistakes.

    A drop-in replacement for :class:`sklearn.linear_model.Perceptron`: with the same ``random_state``, it visits the
    rows in the same order and learns the same weights. Every class is a binary problem against the rest. A row changes
    the weights if it is on the wrong side of the boundary, or on it, when it is visited::

        w += eta0 * weight * y * x    where y * (w @ x + b) <= 0,    y in {-1, +1}

    Parameters
    ----------
    penalty : {'l2', 'l1', 'elasticnet'}, default=None
        Penalty on the weights.
    alpha : float, default=0.0001
        Strength of the penalty.
    l1_ratio : float, default=0.15
        Fraction of the L1 penalty in ``penalty='elasticnet'``, in [0, 1].
    fit_intercept : bool, default=True
        Whether to learn an intercept.
    max_iter : int, default=1000
        Maximum number of epochs of ``fit``; ``partial_fit`` trains for one epoch.
    tol : float or None, default=1e-3
        A problem stops after ``n_iter_no_change`` consecutive epochs that improved the lowest mean loss (or the best
        validation score) by less than this. None trains for all ``max_iter`` epochs.
    shuffle : bool, default=True
        Whether to shuffle the rows before every epoch.
    verbose : int, default=0
        Whether to print a line after every epoch.
    eta0 : float, default=1.0
        Constant learning rate.
    n_jobs : int, default=None
        Number of threads for the binary problems of a multiclass or multilabel fit, used if an epoch is long enough to
        pay for them. None means the number of cores (or that of a joblib context), in scikit-learn one. The result does
        not depend on it.
    random_state : int, RandomState instance or None, default=0
        Seed of the shuffling and the validation split. None draws fresh entropy in every fit.
    early_stopping : bool, default=False
        Whether to set a stratified part of the rows aside (not stratified for multilabel y), and to stop when the
        accuracy on it no longer improves.
    validation_fraction : float, default=0.1
        Fraction of the rows to set aside for validation, in (0, 1).
    n_iter_no_change : int, default=5
        Number of consecutive epochs without an improvement after which a problem stops.
    class_weight : dict or 'balanced', default=None
        Weights of the classes, ``{label: weight}``, which multiply the updates of the rows. As in scikit-learn, the
        accuracy for early stopping ignores them. For multilabel y, the labels of every column are 0 and 1.
    warm_start : bool, default=False
        Whether ``fit`` starts from the weights of the previous fit.
    average : bool or int, default=False
        Whether ``coef_`` and ``intercept_`` are means over all visits of rows instead of the last values (the averaged
        perceptron). An int is the number of the visit from which to average, as in
        :class:`sklearn.linear_model.SGDClassifier`.
    step : {'heaviside', 'sign'}, default='heaviside'
        Step function of the threshold units, for :meth:`step_output` only.
    dtype : {'float32', 'float64'}, default=None
        Precision of the weights and of training. None uses that of X (float64 unless X is float32).
    device : str, default='auto'
        Device to train on: 'auto', 'cpu', 'gpu' or one of the last two with a number. 'auto' is the CPU, because the
        rule is sequential and a GPU would be slow.
    backend : {'auto', 'numpy', 'tensorflow'}, default='auto'
        Engine to train with. 'numpy' starts at once and needs no TensorFlow; 'tensorflow' compiles the loop, which
        takes a few seconds and pays off in long fits. 'auto' leaves a fit to scikit-learn's compiled loop if that can
        do it, otherwise it takes TensorFlow if this is expected to save more than five seconds (see Notes), or if
        ``device`` is not the CPU. All of them give the same results up to rounding.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_features) or (n_units, n_features)
        Weights: one row for two classes, otherwise one row per class or label.
    intercept_ : ndarray of shape (1,) or (n_units,)
        Intercepts.
    classes_ : ndarray of shape (n_classes,)
        Class labels; for multilabel y, the indices of the columns.
    n_iter_ : int
        Number of epochs of the last fit, the maximum over the binary problems.
    t_ : float
        Number of rows visited in training, plus 1.
    stop_reason_ : str
        Why training stopped.
    backend_ : {'sklearn', 'numpy', 'tensorflow', 'scikit-learn'}
        What trained the last fit; ``'scikit-learn'`` after ``from_sklearn``.
    loss_curve_ : list of float
        For each epoch, the mean over rows and binary problems of the loss ``max(0, -y * score)`` when the row is
        visited, including the penalty. The stopping rule monitors it without early stopping. A problem that has stopped
        keeps its last value. ``partial_fit`` appends; NaN for calls whose rows are gone (see Notes).
    mistakes_curve_ : list of int
        For each epoch, the number of rows that were on the wrong side or on the boundary when they were visited, summed
        over the binary problems. A problem that has stopped keeps its last value. ``partial_fit`` appends, as to
        ``loss_curve_``.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str of shape (`n_features_in_`,)
        Names of the columns of X, if all of them are strings.

    See Also
    --------
    sklearn.linear_model.Perceptron : Scikit-learn's estimator.

    Notes
    -----
    On sparse X, every update of the intercept is scaled by 0.01, as in scikit-learn. The validation split of
    ``early_stopping`` is scikit-learn's too.

    ``backend='auto'`` leaves a call of ``fit`` or ``partial_fit`` to the loop of
    :class:`sklearn.linear_model.SGDClassifier` unless it has callbacks, ``verbose`` or ``resume``, a multilabel y, rows
    or classes without weight, or more than 64 MB of X, or ``partial_fit`` averages. That loop tells neither the losses
    nor the mistakes of an epoch. The model therefore keeps a copy of X, and trains again with NumPy when
    ``loss_curve_``, ``mistakes_curve_`` or ``history_`` is asked for, or when it is pickled or saved; then it lets the
    copy go. Of calls of ``partial_fit``, at most the last thousand and 64 MB of their rows are kept: read the curves on
    the way, or set ``backend='numpy'``, if a long stream shall have them all.

    Otherwise, it uses TensorFlow if ``n_epochs * n_units * (1.5 * n_values + cost * n_samples)`` nanoseconds
    are more than five seconds: ``n_epochs`` is ``max_iter``, at most 20 unless ``tol=None``; ``n_values`` is the number
    of stored values of X; ``cost`` is 3,000 with L1 or the elastic net, otherwise 500. Averaged weights are always
    trained with NumPy: compiled, they need a step for every row, which gains little or nothing.

    If ``coef_``, ``intercept_`` and ``classes_`` are set by hand, an estimator predicts without a fit, and
    ``partial_fit`` continues from them.

    References
    ----------
    F. Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in the brain",
    Psychological Review 65, 1958.

    Y. Freund and R. E. Schapire, "Large margin classification using the perceptron algorithm", Machine Learning 37,
    1999 (the averaged perceptron).

    Examples
    --------
    >>> from sklearn_ann import PerceptronClassifier
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]
    >>> PerceptronClassifier(tol=None, max_iter=20).fit(X, y).predict(X)
    array([0, 0, 0, 1])
    """

    _parameter_constraints: dict = {
        "penalty": [StrOptions({"l2", "l1", "elasticnet"}), None],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "l1_ratio": [Interval(Real, 0, 1, closed="both")],
        "fit_intercept": ["boolean"],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left"), None],
        "shuffle": ["boolean"],
        "verbose": ["verbose"],
        "eta0": [Interval(Real, 0, None, closed="neither")],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "warm_start": ["boolean"],
        "average": [Interval(Integral, 0, None, closed="left"), "boolean"],
        "step": [StrOptions({"heaviside", "sign"})],
        "dtype": [StrOptions({"float32", "float64"}), None],
        "device": [str],
        "backend": [StrOptions({"auto", "numpy", "tensorflow"})],
    }
    _multilabel = False  # of weights that a user has set by hand
    loss_curve_, mistakes_curve_, _last, _averaged = (_RecordedLater() for _ in RECORDED)

    def __init__(
        self,
        *,
        penalty=None,
        alpha=0.0001,
        l1_ratio=0.15,
        fit_intercept=True,
        max_iter=1000,
        tol=1e-3,
        shuffle=True,
        verbose=0,
        eta0=1.0,
        n_jobs=None,
        random_state=0,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=5,
        class_weight=None,
        warm_start=False,
        average=False,
        step="heaviside",
        dtype=None,
        device="auto",
        backend="auto",
    ):
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.verbose = verbose
        self.eta0 = eta0
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.average = average
        self.step = step
        self.dtype = dtype
        self.device = device
        self.backend = backend

    # ------------------------------------------------------------------------------------------ public

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, coef_init=None, intercept_init=None, sample_weight=None, *, resume=False):
        """Train the perceptron.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Labels of any type, or a multilabel indicator of 0 and 1 (or bool).
        coef_init : array-like of the shape of ``coef_``, default=None
            Initial weights. None starts from zero or, with ``warm_start``, from the current weights.
        intercept_init : array-like of the shape of ``intercept_``, default=None
            Initial intercepts, likewise.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row, which multiplies its updates. The loss that the stopping rule monitors ignores it.
        resume : bool, path or Snapshot, default=False
            True resumes from the newest checkpoint that the ``Checkpoint`` callback of a fit with the same data and
            parameters has written, or starts from scratch if there is none. A path resumes from that checkpoint, or
            from the newest one in that folder. A snapshot, the value of ``context.snapshot()`` in a callback, resumes
            from there. ``max_iter`` may differ. The weights are exactly those of a fit that was never interrupted.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If the input is not as described, there are fewer than two classes, or the weights overflow.
        """
        resume = checked_resume(resume)
        runner = self._runner(FitData(X, y, sample_weight), self.max_iter)
        with all_or_nothing(self), runner or contextlib.nullcontext():
            warm = self.warm_start and hasattr(self, "coef_")
            X, y, sample_weight = self._check_input(X, y, sample_weight, reset=True)
            previous = self._current_units() if warm else None
            self.classes_ = self._labels(y)
            start = self._first_units(X, coef_init, intercept_init, previous)
            rows = X, y, sample_weight
            if runner is None and resume is False and may_be_left_to_sklearn(self, rows):
                results = train_by_sklearn(self, rows, start)
                reason = reason_of(self, results["n_iter_"], self.max_iter)
                results |= {"_recorded": {}, "stop_reason_": reason}
            else:
                results = train_perceptron(self, rows, start, NOTHING_BEFORE, self.max_iter, runner, resume)
            self._adopt(results)
        pending = self._monitor_warnings()
        if self.tol is not None and self.n_iter_ == self.max_iter:
            pending.append(
                ConvergenceWarning(
                    "Maximum number of iteration reached before convergence. Consider increasing max_iter to improve "
                    f"the fit (max_iter={self.max_iter})."
                )
            )
        warn_and_raise(pending, runner, stacklevel=3)
        return self

    @available_when(_has_partial_fit)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train for one epoch, continuing from the current weights.

        An int ``random_state`` gives every call the same shuffle, as in scikit-learn.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Some of the training data.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Labels of the rows.
        classes : array-like of shape (n_classes,), default=None
            Labels of all calls; required in the first call, except for a multilabel y, whose classes are the indices
            of its columns.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row, which multiplies its updates.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If the input is not as described, ``early_stopping`` is set, or ``class_weight='balanced'``, which needs
            all of the data.
        """
        if self.class_weight == "balanced":
            raise ValueError(
                f"class_weight '{self.class_weight}' is not supported for partial_fit. In order to use 'balanced' "
                f"weights, use compute_class_weight('{self.class_weight}', classes=classes, y=y). In place of y you "
                "can use a large enough sample of the full training set target to properly estimate the class "
                "frequency distributions. Pass the resulting weights as the class_weight parameter."
            )
        first = not hasattr(self, "classes_")
        with all_or_nothing(self):
            X, y, sample_weight = self._check_input(X, y, sample_weight, reset=first)
            self._check_partial_labels(y, classes, first)
            previous = None if first else self._current_units(last=True)
            start = self._first_units(X, None, None, previous)
            if previous is not None:
                start = start._replace(intercept=previous.intercept)  # which may be float64 where the weights are not
            rows = X, y, sample_weight
            if may_be_left_to_sklearn(self, rows) and not self.average:
                results = train_by_sklearn(self, rows, start, self._earlier(), getattr(self, "t_", 1.0))
                results["_recorded"] = vars(self).get("_recorded", {})
            else:
                results = train_perceptron(self, rows, start, self._before(), 1)
            self._adopt(results | {"stop_reason_": "partial_fit trains for one epoch"})
        warn_and_raise(self._monitor_warnings(), None, stacklevel=3)
        return self

    def _adopt(self, results):
        for name in ("_unrecorded", *RECORDED):
            vars(self).pop(name, None)
        vars(self).update(results)

    def _record(self):
        """Record what scikit-learn's loop has not told, if it has trained."""
        if (unrecorded := vars(self).get("_unrecorded")) is not None:
            vars(self).update(unrecorded.recorded())
            vars(self).pop("_unrecorded", None)  # a second thread may have been as quick

    def __getstate__(self):
        """With the curves and without the rows."""
        self._record()
        return super().__getstate__()

    def _as_shown(self):
        """A shallow copy without the calls that no curve has been recorded of: a picture of it does not train again."""
        shown = object.__new__(type(self))
        vars(shown).update({name: value for name, value in vars(self).items() if name != "_unrecorded"})
        return shown

    def _html_repr(self):
        return super(PerceptronClassifier, self._as_shown())._html_repr()

    def _get_fitted_attr_html(self, doc_link=""):  # asks for all attributes, also of a step of a Pipeline
        return super(PerceptronClassifier, self._as_shown())._get_fitted_attr_html(doc_link)

    def _monitor_warnings(self):
        """Of the last call; the accuracy that early stopping watches is a number always."""
        is_watched = not self.early_stopping and self.backend_ != "sklearn"
        monitored_values = -np.array(self.loss_curve_[-self.n_iter_ :]) if is_watched else []
        return monitor_warnings("training loss", monitored_values)

    def predict(self, X):
        """Predict labels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_labels)
            The class with the highest score; of two classes, the second if the score is above 0. For multilabel
            targets, an indicator matrix of the scores above 0, bool if that of the first call was.
        """
        if self._multilabel:
            return (self.decision_function(X) > 0).astype(bool if self._is_bool else np.int64)
        return super().predict(X)

    @property
    def history_(self):
        """Curves of the fit by name, with a value for each epoch, or NaN; ``pandas.DataFrame`` makes a table of them.

        ``'loss'`` (mean over the binary problems), ``'mistakes'`` (their sum), and what callbacks have recorded.
        """
        check_is_fitted(self, "loss_curve_")
        return history_of({"loss": self.loss_curve_, "mistakes": self.mistakes_curve_}, self._recorded)

    def _summary_rows(self):
        n_units, n_features = self.coef_.shape
        n_numbers = n_units * (n_features + 1)
        shape = f"{n_features} x {n_units}"
        return [("input", n_features, "", "", 0), ("output", n_units, f"{self.step} step", shape, n_numbers)]

    def _training_line(self):
        curve = getattr(self, "mistakes_curve_", None)
        mistakes = f", {curve[-1]} mistakes in the last" if curve else ""
        return f"{self.coef_.dtype}: {self.n_iter_} epochs{mistakes}"

    def step_output(self, X):
        """Compute the outputs of the threshold units: the step function of ``decision_function``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data.

        Returns
        -------
        ndarray of int of shape (n_samples,) or (n_samples, n_units)
            With ``step='heaviside'``, 1 where the score is at least 0, otherwise 0; with ``step='sign'``, the sign of
            the score: -1, 0 or 1. In contrast, ``predict`` needs a score above 0 for the positive class, as in
            scikit-learn.
        """
        scores = self.decision_function(X)
        return (np.sign(scores) if self.step == "sign" else scores >= 0).astype(np.int64)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_label = True
        return tags

    # ------------------------------------------------------------------------------------------- input

    def _check_input(self, X, y, sample_weight, reset):
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=[np.float64, np.float32] if self.dtype is None else self.dtype,
            order="C",
            multi_output=True,
            reset=reset,
        )
        check_index_range(X)
        check_sparse(y)
        kind = kind_of_labels(y)
        if kind not in ("binary", "multiclass", "multilabel-indicator"):
            check_classification_targets(y)
        if kind == "multiclass-multioutput":
            raise ValueError(
                f"y of shape {y.shape} must be one column of labels or a multilabel indicator of 0 and 1, got a "
                "multiclass-multioutput target; fit one PerceptronClassifier per column, as "
                "sklearn.multioutput.MultiOutputClassifier does."
            )
        if kind == "multilabel-indicator":
            y = y.toarray() if sparse.issparse(y) else np.asarray(y)
        else:
            y = column_or_1d(y, warn=True)
        if isinstance(self.class_weight, dict):
            check_finite(np.array([*self.class_weight.values()], dtype=np.float64), "class_weight")
        sample_weight = _check_sample_weight(
            sample_weight, X, dtype=X.dtype, allow_all_zero_weights=bool(self.early_stopping)
        )
        return X, y, sample_weight

    def _labels(self, y, classes=None):
        """Labels of y, or ``classes`` in their place; for an indicator the numbers of its columns."""
        self._multilabel = y.ndim == 2
        if self._multilabel:
            self._is_bool = y.dtype == bool
            check_column_numbers(classes, y.shape[1], "an indicator")
            return np.arange(y.shape[1])
        labels = sorted_labels(y, classes)
        if len(labels) < 2:
            raise ValueError(f"The number of classes has to be greater than one; got {len(labels)} class")
        return labels

    def _check_partial_labels(self, y, classes, first):
        """Set the labels at the first call, and hold later ones to them."""
        if first:
            if y.ndim == 1 and classes is None:
                raise ValueError("classes must be passed on the first call to partial_fit.")
            self.classes_ = self._labels(y, classes)
        elif classes is not None and not same_classes(self.classes_, classes):
            raise ValueError(
                f"`classes={classes!r}` is not the same as on last call to partial_fit, was: {self.classes_!r}"
            )
        if (y.ndim == 2) != self._multilabel or (y.ndim == 2 and y.shape[1] != len(self.classes_)):
            raise ValueError(
                f"y of shape {y.shape} does not continue the fit of {len(self.classes_)} "
                f"{'labels' if self._multilabel else 'classes'}; pass y as in the calls before, or call fit."
            )
        if not self._multilabel:
            unknown = np.setdiff1d(y, self.classes_)
            if len(unknown):
                raise ValueError(
                    f"y holds the label {unknown.tolist()[0]!r}, which is not among the classes {self.classes_!r} of "
                    "the first call to partial_fit; name all labels there, or call fit."
                )

    # -------------------------------------------------------------------------------------- where to start

    @property
    def _n_units(self):
        return 1 if len(self.classes_) == 2 and not self._multilabel else len(self.classes_)

    def _current_units(self, last=False):
        """Weights there are; with ``last`` those that training left, which differ from ``coef_`` if it averages."""
        if last and getattr(self, "_last", None) is not None:
            return self._last
        coef = self.coef_.toarray() if sparse.issparse(self.coef_) else self.coef_
        return Units(coef, self.intercept_)

    def _before(self):
        if not hasattr(self, "t_"):  # nothing, or the weights were set by hand
            return NOTHING_BEFORE
        averaged = getattr(self, "_averaged", None)
        return Before(self.t_, tuple(self.loss_curve_), tuple(self.mistakes_curve_), averaged, self._recorded)

    def _earlier(self):
        """What is not recorded before a call of ``partial_fit``."""
        return vars(self).get("_unrecorded") or Unrecorded(self._before()._replace(averaged=None))

    def _first_units(self, X, coef_init, intercept_init, previous):
        shape = (self._n_units, X.shape[1])
        if previous is not None:
            coef_init = previous.coef if coef_init is None else coef_init
            intercept_init = previous.intercept if intercept_init is None else intercept_init
        coef = np.zeros(shape, X.dtype) if coef_init is None else np.array(coef_init, X.dtype)
        intercept = np.zeros(shape[0], X.dtype) if intercept_init is None else np.array(intercept_init, X.dtype)
        # One unit: any arrangement of the numbers, as scikit-learn takes it.
        if coef.shape != shape and not (shape[0] == 1 and coef.size == shape[1]):
            raise ValueError(
                f"Provided coef_init does not match dataset: its shape is {coef.shape}, the model's is {shape}."
            )
        if intercept.shape != (shape[0],) and not (shape[0] == 1 and intercept.shape == ()):
            raise ValueError(
                f"Provided intercept_init does not match dataset: its shape is {intercept.shape}, the model's is "
                f"{(shape[0],)}."
            )
        return Units(coef.reshape(shape), intercept.reshape(-1))
