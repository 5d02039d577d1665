"""The model of an estimator: built, seeded, compiled, and compared with the data.

Comes in: the parameters, and what is known about X and y. Goes out: ``model_``, with an optimizer, losses and metrics
made of their names, classes and settings; or one sentence where it does not go with the data.
"""

from __future__ import annotations

import copy
import inspect
from numbers import Integral

import keras
import numpy as np
from scipy import sparse
from sklearn.utils import get_tags

from .columns import OutputColumns
from .pickling import copied
from .rows import take_rows
from .scikeras_base import (
    DEFAULT_ENCODERS,
    accepts_kwargs,
    get_loss_class_function_or_string,
    get_metric_class,
    get_optimizer_class,
    has_param,
    loss_name,
    route_params,
    try_to_convert_strings_to_classes,
    unflatten_params,
)
from .seeding import seed_model

__all__ = ["ModelBuilding"]

_COMPILED_MEMBERS = {
    "optimizer": get_optimizer_class,
    "loss": lambda name: _as_class(get_loss_class_function_or_string(name)),
    "metrics": get_metric_class,
}


class ModelBuilding:
    """Part of the estimators around Keras models."""

    def _initialize(self, X, y=None):
        """Learn about X and y and make the model and the callbacks."""
        self._random_state = _as_seed(self.random_state)
        self._check_prefixes()
        for name in ("input_shapes_", "n_features_in_", "feature_names_in_"):
            vars(self).pop(name, None)
        X, y = self._validate_data(X, y, reset=True)
        self._check_has_targets(y)
        self.feature_encoder_ = self.feature_encoder.fit(X)
        self.target_encoder_ = self.target_encoder.fit(y)
        for encoder in (self.target_encoder_, self.feature_encoder_):
            vars(self).update(getattr(encoder, "get_metadata", dict)())
        self.model_ = self._build_keras_model()
        if self._random_state is not None:
            self._seed_model(self.feature_encoder_.transform(take_rows(X, slice(1))))
        self._initialize_callbacks()
        return X, y

    def _check_has_targets(self, y):
        if y is None and get_tags(self).target_tags.required:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None; pass targets.")

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
        model = build(**arguments)
        if not isinstance(model, keras.Model):
            raise TypeError(f"The build function must return a keras.Model, got {model!r}; return the model.")
        return model

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
        if isinstance(arguments["optimizer"], keras.optimizers.Optimizer):
            arguments["optimizer"] = copied(arguments["optimizer"])
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
        if not self.model_.compiled:
            self.model_.compile(**self._get_compile_kwargs())
        _check_has_loss(self.model_.loss)
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

    def _check_outputs(self, X):
        """Compare what the model returns with the targets: names and units, of which an own encoder may know better."""
        encoder, outputs = self.target_encoder_, getattr(self.model_, "outputs", None)
        if not outputs:
            has_own_step = type(self.model_).train_step is not keras.Model.train_step  # it may not use call
            if has_own_step or not isinstance(encoder, (OutputColumns, *DEFAULT_ENCODERS)):
                return
            row = take_rows(X, slice(1))
            outputs = self.model_(row.toarray() if sparse.issparse(row) else row)
            if isinstance(encoder, OutputColumns) and len(encoder.encoders_) > 1:
                _check_is_named(outputs, sorted(encoder.encoders_))
        if not isinstance(outputs, dict):
            outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
            outputs = dict(zip(self._output_names(), outputs, strict=False))
        self._check_units({name: tuple(output.shape) for name, output in outputs.items()})

    def _check_units(self, shapes):
        """Compare the outputs, by their names, with the columns or classes of y."""

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


def _check_is_named(outputs, names):
    got = sorted(outputs) if isinstance(outputs, dict) else type(outputs).__name__
    if names != got:
        raise ValueError(
            f"A network without named outputs must return a dict with one for each target from call, {names}, "
            f"got {got}; return such a dict."
        )


def _check_has_loss(loss):
    several = list(loss.values()) if isinstance(loss, dict) else loss
    names_none = isinstance(several, list) and not any(callable(each) or isinstance(each, str) for each in several)
    if not several or names_none:
        raise ValueError(
            f"You must provide a loss function to train, got {loss!r}; set loss, compile the model in the build "
            "function, or pass loss='auto'."
        )
