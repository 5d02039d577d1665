"""What ``KerasClassifier`` and ``KerasRegressor`` share: scikeras' wrapper, fixed for current scikit-learn and Keras.

Comes in: X, y, weights and parameters. Goes out: a trained Keras model in ``model_`` and what was learned about X and
y. scikeras routes parameters, makes optimizers, losses, metrics and callbacks of them, and defines the encoders; here
are the checks of data, the making and seeding of the model, the training and its result.
"""

from __future__ import annotations

import copy
import inspect
from collections import defaultdict
from numbers import Integral, Real

import keras
import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import (
    _check_sample_weight,
    check_array,
    check_consistent_length,
    validate_data,
)

from ..callbacks.callback import Callback
from ..callbacks.fit_context import FitData
from ..fitting.callback_runner import CallbackMixin
from ..fitting.resuming import checked_resume
from . import scikeras_base
from .callback import KerasCallback
from .columns import InputColumns, OutputColumns, Unchanged
from .keras_fit import build, keras_fit, keras_predict
from .normalization import adapt_normalization
from .pickling import copied, pack
from .rows import n_rows, take_rows
from .scikeras_base import (
    accepts_kwargs,
    get_loss_class_function_or_string,
    get_metric_class,
    get_optimizer_class,
    has_param,
    loss_name,
    metric_name,
    route_params,
    try_to_convert_strings_to_classes,
    unflatten_params,
)
from .seeding import seed_model
from .training import CannotCompile, fit_model, predict_model, reason_not_compiled
from .watched_fit import stop_reason, train_watched

__all__ = ["BaseWrapper"]

# Arguments of ``fit_model`` besides the data; with any other one, Keras' own ``fit`` trains.
_COMPILED_ARGUMENTS = {
    *("batch_size", "epochs", "initial_epoch", "sample_weight", "class_weight", "validation_data"),
    *("validation_split", "shuffle", "callbacks", "verbose"),
}
_COMPILED_MEMBERS = {
    "optimizer": get_optimizer_class,
    "loss": lambda name: _as_class(get_loss_class_function_or_string(name)),
    "metrics": get_metric_class,
}


class BaseWrapper(CallbackMixin, scikeras_base.BaseWrapper):
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

    # ------------------------------------------------------------ checks of data

    def _validate_data(self, X=None, y=None, reset=False, y_numeric=False):
        """Check X and y; with ``reset`` learn their shapes and types, else compare with those learned."""
        if X is not None:
            X = self._check_inputs(X, reset, strict=y is not None)
        if y is not None:
            y = self._check_targets(y, reset, y_numeric)
        if X is not None and y is not None:
            check_consistent_length(*_arrays(X), *_arrays(y))
        return X, y

    def _check_inputs(self, X, reset, strict):
        if _is_named(X):
            return self._check_named_inputs(X, reset)
        checked = _as_numbers(X, accept_sparse="csr", allow_nd=True, estimator=self, input_name="X")
        if not reset:
            shape = getattr(self, "X_shape_", checked.shape)
            if isinstance(shape, dict):
                raise ValueError(f"X must be a dict with inputs {sorted(shape)}, as in fit, got one array.")
            if len(shape) != checked.ndim:
                raise ValueError(
                    f"X has {checked.ndim} dimensions, but this {type(self).__name__}"
                    f" is expecting {len(shape)} dimensions in X."
                )
        validate_data(self, X, reset=reset, skip_check_array=True)  # number and names of columns
        if reset:
            self.X_dtype_, self.X_shape_ = checked.dtype, checked.shape
        elif shape[1:] != checked.shape[1:]:
            raise ValueError(
                f"X has shape {checked.shape[1:]}, but this {type(self).__name__} is expecting X of shape {shape[1:]}"
            )
        elif strict and not np.can_cast(checked.dtype, self.X_dtype_, casting="same_kind"):
            raise ValueError(
                f"Got X with dtype {checked.dtype}, but this {type(self).__name__} expected {self.X_dtype_}"
                f" and casting from {checked.dtype} to {self.X_dtype_} is not safe!"
            )
        return checked

    def _check_named_inputs(self, X, reset):
        X = {
            name: check_array(each, allow_nd=True, ensure_2d=False, dtype=None, input_name=f"X[{name!r}]")
            for name, each in X.items()
        }
        shapes = {name: each.shape[1:] for name, each in X.items()}
        if reset:
            self.X_dtype_ = {name: each.dtype for name, each in X.items()}
            self.X_shape_ = {name: each.shape for name, each in X.items()}
            self.input_shapes_ = shapes
        elif shapes != getattr(self, "input_shapes_", None) or not isinstance(self.X_shape_, dict):
            learned = getattr(self, "input_shapes_", self.X_shape_)
            raise ValueError(f"X must have the inputs and shapes that fit had, {learned}, got {shapes}.")
        return X

    def _check_targets(self, y, reset, numeric):
        if _is_named(y):
            checked = {name: checked_target(each, numeric) for name, each in y.items()}
            kinds = {name: type_of_target(each, input_name=f"y[{name!r}]") for name, each in checked.items()}
            dtypes, ndims = ({name: getattr(each, of) for name, each in checked.items()} for of in ("dtype", "ndim"))
            if not reset and (not isinstance(self.y_ndim_, dict) or ndims != self.y_ndim_):
                raise ValueError(f"y must have the outputs that fit had, with dimensions {self.y_ndim_}, got {ndims}.")
        else:
            checked = checked_target(y, numeric)
            if not reset:
                self._check_same_kind_of_target(checked)
                return checked
            kinds, dtypes, ndims = self._type_of_target(checked), checked.dtype, checked.ndim
        if reset:
            self.target_type_, self.y_dtype_, self.y_ndim_ = kinds, dtypes, ndims
        return checked

    def _check_same_kind_of_target(self, y):
        if isinstance(self.y_ndim_, dict):
            raise ValueError(f"y must be a dict with outputs {sorted(self.y_ndim_)}, as in fit, got one array.")
        is_number_for_text = self.y_dtype_.kind in "US" and y.dtype.kind in "biuf"  # NumPy would cast it
        is_text = self.y_dtype_.kind in "US" and y.dtype.kind == "O"  # as pandas has it
        if is_number_for_text or not (is_text or np.can_cast(y.dtype, self.y_dtype_, casting="same_kind")):
            raise ValueError(
                f"Got y with dtype {y.dtype}, but this {type(self).__name__} expected {self.y_dtype_}"
                f" and casting from {y.dtype} to {self.y_dtype_} is not safe!"
            )
        if y.ndim != self.y_ndim_:
            raise ValueError(
                f"y has {y.ndim} dimensions, but this {type(self).__name__}"
                f" is expecting {self.y_ndim_} dimensions in y."
            )

    @staticmethod
    def _validate_sample_weight(X, y, sample_weight):
        """Check weights of rows, and leave out the rows without weight."""
        like = np.empty((n_rows(X), 0))
        dtype = np.dtype(keras.config.floatx())
        sample_weight = _check_sample_weight(sample_weight, like, dtype=dtype, copy=True, allow_all_zero_weights=True)
        if np.all(sample_weight == 0):
            raise ValueError(
                "At least one row must have a weight other than zero, but only zeros were passed in sample_weight; "
                "there is nothing to train on or to score."
            )
        kept = sample_weight != 0
        return take_rows(X, kept), take_rows(y, kept), sample_weight[kept]

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

    # ------------------------------------------------------------ the model

    def _initialize(self, X, y=None):
        """Learn about X and y and make the model and the callbacks."""
        self._random_state = _as_seed(self.random_state)
        self._check_prefixes()
        for name in ("input_shapes_", "n_features_in_", "feature_names_in_"):
            vars(self).pop(name, None)
        X, y = self._validate_data(X, y, reset=True)
        if y is None and get_tags(self).target_tags.required:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None; pass targets.")
        self.feature_encoder_ = self.feature_encoder.fit(X)
        self.target_encoder_ = self.target_encoder.fit(y)
        for encoder in (self.target_encoder_, self.feature_encoder_):
            vars(self).update(getattr(encoder, "get_metadata", dict)())
        self.model_ = self._build_keras_model()
        if self._random_state is not None:
            self._seed_model(self.feature_encoder_.transform(take_rows(X, slice(1))))
        self._initialize_callbacks()
        return X, y

    def _check_prefixes(self):
        names = [name for name in getattr(self, "_user_params", ()) if "__" in name]
        unknown = sorted(name for name in names if name.partition("__")[0] not in self._routing_prefixes)
        if unknown:
            raise ValueError(
                f"Parameters with a prefix must begin with one of {sorted(self._routing_prefixes)}, got "
                f"{', '.join(unknown)}; correct the prefix."
            )

    def _check_model_param(self):
        """The build function."""
        if callable(self.model) and not isinstance(self.model, keras.Model):
            if hasattr(self, "_keras_build_fn"):
                raise ValueError("This class cannot implement ``_keras_build_fn`` if using the `model` parameter")
            return self.model
        return super()._check_model_param()

    def _build_keras_model(self):
        """Call the build function with the parameters that are for it."""
        build = self._check_model_param()
        takes_any = accepts_kwargs(build) and not inspect.isclass(build)  # a class hands them on to keras.Model
        arguments = route_params(
            self.get_params(), destination="model", pass_filter=getattr(self, "_user_params", set()), strict=True
        )
        if takes_any or has_param(build, "meta"):
            arguments["meta"] = self._get_metadata()
        if takes_any or has_param(build, "compile_kwargs"):
            arguments["compile_kwargs"] = self._get_compile_kwargs()
        if takes_any or has_param(build, "params"):
            arguments["params"] = self.get_params()
        return build(**arguments)

    def _seed_model(self, row):
        """Make initial weights and random layers follow from ``random_state``."""
        is_own = not isinstance(self.model, keras.Model)  # weights of a model that was given are not ours to draw
        if is_own and not self.model_.built:
            self.model_(row.toarray() if sparse.issparse(row) else row)
        seed_model(self.model_, np.random.RandomState(self._random_state), weights=is_own)

    def _get_compile_kwargs(self):
        """Arguments of ``Model.compile``; an optimizer is always a new one, so that the parameter stays as it is."""
        params = self.get_params()
        arguments = route_params(params, destination="compile", pass_filter=self._compile_kwargs)
        arguments["loss"] = self._loss_by_output(arguments["loss"])
        for name, find_class in _COMPILED_MEMBERS.items():
            routed = route_params(params, destination=name, pass_filter=set())
            items = try_to_convert_strings_to_classes(arguments[name], find_class)
            arguments[name] = unflatten_params(items=items, params=routed)
        optimizer = arguments["optimizer"]
        if isinstance(optimizer, keras.optimizers.Optimizer):
            arguments["optimizer"] = type(optimizer).from_config(optimizer.get_config())
        if not isinstance(arguments["metrics"], dict | list | None):
            arguments["metrics"] = [arguments["metrics"]]
        return arguments

    def _loss_by_output(self, loss):
        """The loss, of several named outputs a dict by their names; ``'auto'`` replaced by one for the target."""
        if isinstance(loss, dict | list | None):
            return loss
        encoder = self.target_encoder_
        kinds = encoder.kinds_ if isinstance(encoder, OutputColumns) else {None: self.target_type_}
        is_auto = isinstance(loss, str) and loss == "auto"
        losses = {name: self._loss_for(kind) if is_auto else loss for name, kind in kinds.items()}
        return losses.get(None, losses)

    def _loss_for(self, kind_of_target):
        return keras.losses.MeanSquaredError

    def _ensure_compiled_model(self):
        if not isinstance(self.model_, keras.Model):
            raise TypeError(f"The build function must return a keras.Model, got {self.model_!r}; return the model.")
        super()._ensure_compiled_model()

    def _check_model_compatibility(self, y):
        """Compare the model with the target and the parameter ``loss``, before Keras does in words of its own."""
        outputs = getattr(self.model_, "outputs", None)  # a subclassed model does not tell
        expected = getattr(self, "n_outputs_expected_", None)
        if outputs and expected and expected != len(outputs):
            raise ValueError(
                f"Detected a Keras model input of size {expected}, but {self.model_} has {len(outputs)} outputs; "
                "say in outputs which columns of y each of them learns."
            )
        names, encoder = getattr(self.model_, "output_names", None), self.target_encoder_
        if names and isinstance(encoder, OutputColumns) and set(names) != set(encoder.encoders_):
            raise ValueError(
                f"outputs, or a dict y, must name the outputs of the model, {sorted(names)}, "
                f"got {sorted(encoder.encoders_)}; give the model's last layers these names."
            )
        if not self._is_default_loss() and not _is_same_loss(self.loss, self.model_.loss):
            raise ValueError(
                f"loss={self.loss} but model compiled with {self.model_.loss}. Data may not match loss function! "
                "Set loss to the one that the build function compiles with, or leave it None."
            )

    def _check_input_shape(self, X):
        inputs = getattr(self.model_, "inputs", None) or ()  # a subclassed model does not tell
        if len(inputs) != 1 or not hasattr(X, "shape") or len(X.shape) != len(inputs[0].shape):
            return
        expected = tuple(inputs[0].shape[1:])
        if any(size not in (None, given) for size, given in zip(expected, X.shape[1:], strict=True)):
            raise ValueError(
                f"X must have rows of the shape of the model's input, {expected}, got {X.shape[1:]}; build the model "
                "with meta['n_features_in_']."
            )

    def _is_default_loss(self):
        """Whether the user has not chosen ``loss``: a subclass may have a default that its networks do not use."""
        parameter = inspect.signature(self.__init__).parameters.get("loss")
        losses = (self.loss, getattr(parameter, "default", None))
        return all(_has_name(loss) for loss in losses) and loss_name(losses[0]) == loss_name(losses[1])

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
        return super().initialize(X, y)

    # ------------------------------------------------------------ training

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

    def _initialize_callbacks(self):
        _check_keras_callbacks([self.callbacks, getattr(self, "fit__callbacks", None)])
        super()._initialize_callbacks()
        for callback in _flat([self._fit_callbacks, self._predict_callbacks]):
            if isinstance(callback, keras.callbacks.SwapEMAWeights):  # used before: its weights were another network's
                callback._ema_weights_in_model = False

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

    def _fit(self, X, y, sample_weight, warm_start, epochs, initial_epoch, resume=None, **kwargs):
        """Train a new model, or go on with the present one; callbacks of ours watch unless ``resume`` is None."""
        held_out = kwargs.get("validation_data", getattr(self, "fit__validation_data", None)) or ()
        given = FitData(X, y, sample_weight, *(held_out[:3] if isinstance(held_out, tuple | list) else ()))
        is_new = not ((self.warm_start or warm_start) and self.initialized_)
        X, y = self._initialize(X, y) if is_new else self._validate_data(X, y)
        self._ensure_compiled_model()
        if sample_weight is not None:
            X, y, sample_weight = self._validate_sample_weight(X, y, sample_weight)
        y = self.target_encoder_.transform(y)
        X = self.feature_encoder_.transform(X)
        self._check_input_shape(X)
        self._check_model_compatibility(y)
        arguments = self._fit_arguments(X, kwargs)
        _check_numbers(arguments | {"epochs": epochs})
        if is_new:
            self._adapt(X, arguments)
        arguments |= {"epochs": initial_epoch + epochs, "initial_epoch": initial_epoch}
        _check_keras_callbacks(kwargs.get("callbacks"))
        callbacks = _flat([self._fit_callbacks, kwargs.get("callbacks")])
        if sample_weight is not None:
            y = self._as_outputs(y)
        arguments |= {"sample_weight": sample_weight, "callbacks": callbacks}
        is_continued = warm_start and initial_epoch != 0
        _check_has_loss(self.model_.loss)
        if not resume and (resume is None or not getattr(self, "_skl_callbacks", None)):
            self._record(self._train(X, y, arguments, self._generator(arguments)).history, is_continued)
            self.stop_reason_ = stop_reason(self.model_, epochs)
            return
        history, runner = train_watched(
            self,
            X,
            y,
            arguments,
            given=given,
            resume=resume,
            generator=self._generator(arguments) or np.random.RandomState(),
            column_name=_full_name,
        )
        self._record(history, is_continued)
        if runner is not None:
            self.history_.update(runner.context.recorded)
            runner.raise_error()

    def _fit_arguments(self, X, kwargs):
        arguments = route_params(self.get_params(), destination="fit", pass_filter=self._fit_kwargs) | kwargs
        arguments = {name: value for name, value in arguments.items() if not name.startswith("callbacks")}
        for name in ("batch_size", "validation_batch_size"):
            if arguments.get(name) == -1:
                arguments[name] = _n_rows_of_array(X, name)
        if isinstance(arguments.get("validation_data"), tuple | list):
            parts = arguments["validation_data"]
            if len(parts) not in (2, 3) or parts[1] is None:
                got = "None as y" if len(parts) in (2, 3) else f"{len(parts)} parts"
                raise ValueError(f"validation_data must be (X, y) or (X, y, sample_weight), got {got}; pass X and y.")
            arguments["validation_data"] = self._validation_rows(*parts)
        return arguments

    def _validation_rows(self, X, y, *weights):
        is_encoded = self._is_encoded(y)
        X, labels = self._validate_data(X, None if is_encoded else y)
        y = np.asarray(y) if is_encoded else self.target_encoder_.transform(labels)
        if weights and weights[0] is not None:
            y = self._as_outputs(y)
        return (self.feature_encoder_.transform(X), y, *weights)

    def _as_outputs(self, y):
        """Targets by name in the list of the outputs: Keras finds no weights to those by name."""
        try:
            outputs = self.model_.output
        except (AttributeError, ValueError):  # a subclassed model
            return y
        is_list = isinstance(y, dict) and isinstance(outputs, list | tuple)
        return [y[name] for name in self.model_.output_names] if is_list else y

    def _is_encoded(self, y):
        """Whether targets for validation have been encoded by hand, as scikeras asks for it."""
        return False

    def _adapt(self, X, arguments):
        if arguments.get("validation_data") is None and arguments.get("validation_split"):
            X = take_rows(X, slice(int(n_rows(X) * (1 - arguments["validation_split"]))))
        adapt_normalization(self.model_, X)

    def _train(self, X, y, arguments, generator, is_watched=False):
        self.engine_, self.engine_reason_ = "compiled", self._reason_for_keras(X, arguments)
        if self.engine_reason_ is None:
            compiled = {name: value for name, value in arguments.items() if name in _COMPILED_ARGUMENTS}
            try:
                return fit_model(self.model_, X, y, generator=generator, **compiled)
            except CannotCompile as error:  # what only TensorFlow can tell; no callback has been called
                self.engine_reason_ = str(error)
        self.engine_ = "keras"
        if is_watched:
            build(self.model_, X, y, arguments["sample_weight"])
        return keras_fit(self.model_, X, y, generator=generator, **arguments)

    def _generator(self, arguments):
        """Source of the orders of rows; it depends on the epoch, so that a pickled fit goes on as the original."""
        seed = self._random_state
        return None if seed is None else np.random.RandomState([seed, arguments["initial_epoch"]])

    def _reason_for_keras(self, X, arguments):
        """Why Keras' own ``fit`` trains; None if the compiled loop does."""
        if sparse.issparse(X):
            return "X is sparse"
        if getattr(self.model_.fit, "__func__", None) is not keras.Model.fit:
            return "the model has a fit method of its own"
        others = {name for name, value in arguments.items() if value is not None} - _COMPILED_ARGUMENTS
        others -= {"validation_batch_size"} | ({"validation_freq"} if arguments.get("validation_freq") == 1 else set())
        if others:
            return f"{', '.join(sorted(others))} of fit"
        return reason_not_compiled(self.model_, arguments["callbacks"])

    def _record(self, history, is_continued):
        if not is_continued or not hasattr(self, "history_"):
            self.history_ = defaultdict(list)
        for key, values in history.items():
            self.history_[_full_name(key)] += values

    # ------------------------------------------------------------ prediction

    def _predict_raw(self, X, **kwargs):
        """What the encoder of y takes: of a classifier, probabilities."""
        outputs = self._outputs(X, **kwargs)
        is_by_name = isinstance(self.target_encoder_, OutputColumns)
        return next(iter(outputs.values())) if _is_named(outputs) and len(outputs) == 1 and not is_by_name else outputs

    def _outputs(self, X, **kwargs):
        """What the model gives for X."""
        if not self.initialized_:
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with appropriate arguments before "
                "using this estimator."
            )
        X = self._as_inputs(X)
        arguments = route_params(
            self.get_params(), destination="predict", pass_filter=self._predict_kwargs, strict=True
        )
        arguments = {name: value for name, value in arguments.items() if not name.startswith("callbacks")} | kwargs
        if arguments.get("batch_size") == -1:
            arguments["batch_size"] = _n_rows_of_array(X, "batch_size")
        _check_batch_size("batch_size", arguments.get("batch_size"))
        if self._is_predicted_compiled(X, arguments):
            outputs = predict_model(self.model_, X, batch_size=arguments.get("batch_size"))
        else:
            outputs = keras_predict(self.model_, X, callbacks=self._predict_callbacks, **arguments)
        outputs = keras.tree.map_structure(_as_numpys_own, outputs)
        return self._by_name(outputs) if isinstance(self.target_encoder_, OutputColumns) else outputs

    def _output_names(self):
        """Names of the outputs; a Sequential or a subclassed model does not tell that of its own."""
        return list(getattr(self.model_, "output_names", None) or ["output"])

    def _as_inputs(self, X):
        X, _ = self._validate_data(X=X)
        return self.feature_encoder_.transform(X)

    def _is_predicted_compiled(self, X, arguments):
        others = {name for name, value in arguments.items() if value is not None} - {"batch_size", "verbose"}
        return (
            getattr(self, "engine_", "keras") == "compiled"
            and not others
            and not sparse.issparse(X)
            and not self._predict_callbacks
            and getattr(self.model_.predict, "__func__", None) is keras.Model.predict
        )

    def _by_name(self, outputs):
        if isinstance(outputs, dict):
            return outputs
        names = getattr(self.model_, "output_names", None) or list(self.target_encoder_.encoders_)
        return dict(zip(names, outputs if isinstance(outputs, list | tuple) else [outputs], strict=True))

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


def _as_numbers(values, **arguments):
    """Check an array; objects and strings become numbers."""
    checked = check_array(values, dtype=None, **arguments)
    if checked.dtype.kind in "OUS":
        arguments |= {"dtype": keras.config.floatx()}
        checked = check_array(values if sparse.issparse(values) else checked, **arguments)
    return checked


def checked_target(y, numeric):
    y = y.toarray() if sparse.issparse(y) else y
    check = _as_numbers if numeric else check_array
    arguments = {} if numeric else {"dtype": None}
    return check(y, ensure_2d=False, allow_nd=False, input_name="y", **arguments)


def _as_numpys_own(array):
    """An array of a type that NumPy, and so scikit-learn, has: bfloat16 in float32, exactly."""
    return array.astype(np.float32) if getattr(getattr(array, "dtype", None), "kind", "f") == "V" else array


def _is_named(data):
    return isinstance(data, dict) and not sparse.issparse(data)  # one of SciPy's formats is a dict


def _arrays(data):
    return data.values() if isinstance(data, dict) else [data]


def _flat(callbacks):
    """Callbacks of nested lists, in one."""
    if isinstance(callbacks, list | tuple):
        return [each for several in callbacks for each in _flat(several)]
    return [] if callbacks is None else [callbacks]


def _check_keras_callbacks(callbacks):
    several = callbacks.values() if isinstance(callbacks, dict) else [callbacks]
    for callback in _flat(list(several)):
        if isinstance(callback, Callback) or (isinstance(callback, type) and issubclass(callback, Callback)):
            raise TypeError(
                f"The parameter callbacks takes callbacks of Keras, got {callback!r} of sklearn_ann; pass it to "
                "set_callbacks."
            )


def _n_rows_of_array(X, name):
    if isinstance(X, list | tuple):
        raise ValueError(f"`{name}=-1` requires that `X` implement `shape`, got a {type(X).__name__} of inputs.")
    return n_rows(X)


def _check_numbers(arguments):
    """Check arguments of ``Model.fit``, which Keras rounds, ignores, or refuses in words of TensorFlow's."""
    for name in ("batch_size", "validation_batch_size"):
        _check_batch_size(name, arguments.get(name))
    epochs = arguments["epochs"]
    if not isinstance(epochs, Integral) or epochs < 0:
        raise ValueError(f"epochs must be a whole number from 0, got {epochs!r}; use for example 10.")
    share = arguments.get("validation_split")
    if share is not None and not (isinstance(share, Real) and 0 <= share < 1):
        raise ValueError(f"validation_split must be a number from 0 to below 1, got {share!r}; use for example 0.1.")


def _check_batch_size(name, value):
    if value is not None and not (isinstance(value, Integral) and value > 0):
        raise ValueError(f"{name} must be a whole number from 1, -1 for all rows, or None, got {value!r}.")


def _as_seed(random_state):
    """An integer, or None; a generator is read and not advanced, so that each fit draws the same."""
    if not isinstance(random_state, np.random.RandomState | Integral | None):
        raise ValueError(f"random_state must be an integer, a numpy.random.RandomState or None, got {random_state!r}.")
    if isinstance(random_state, np.random.RandomState):
        return copy.deepcopy(random_state).randint(1, np.iinfo(np.int32).max)
    return random_state


def _as_class(loss):
    """The class of a loss that its name gave as an instance; settings can make another one of it."""
    return type(loss) if isinstance(loss, keras.losses.Loss) else loss


def _has_name(loss):
    return isinstance(loss, keras.losses.Loss | type) or (isinstance(loss, str) and loss != "auto")


def _is_same_loss(given, used):
    """Whether a network is compiled with the loss of the parameter, as far as one can tell."""
    if given is None or (isinstance(given, str) and given == "auto"):
        return True
    if isinstance(given, type):
        return not isinstance(used, keras.losses.Loss) or isinstance(used, given)
    if all(isinstance(loss, str | keras.losses.Loss) for loss in (given, used)):
        return loss_name(given) == loss_name(used)
    return True


def _check_has_loss(loss):
    several = list(loss.values()) if isinstance(loss, dict) else loss
    if isinstance(several, list) and not any(callable(each) or isinstance(each, str) for each in several):
        raise ValueError(
            f"You must provide a loss function to train, got {loss!r}; set loss, compile the model in the build "
            "function, or pass loss='auto'."
        )


def _full_name(key):
    """Name of a metric in full, ``mean_squared_error`` of ``mse``; what Keras does not know by a short name stays."""
    if key == "loss" or key.startswith("val_"):
        return key
    try:
        name = metric_name(key)
    except ValueError:
        return key
    return key if name.replace("_", "") == key.replace("_", "") else name  # of auc scikeras makes a_u_c
