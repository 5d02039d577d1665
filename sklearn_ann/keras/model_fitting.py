"""A fit of the model: by the compiled loop, or by Keras' own ``fit``.

Comes in: checked parameters, X and y. Goes out: the trained ``model_``, ``history_``, ``engine_`` and why it was that
one, and ``stop_reason_``. The loops over epochs are elsewhere: ``training``, ``keras_fit`` and ``watched_fit``.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict

import keras
import numpy as np
from scipy import sparse

from ..callbacks.fit_context import FitData
from .fit_arguments import as_list, check_keras_callbacks, check_numbers, n_rows_of_array
from .keras_fit import build, has_own_fit, keras_fit
from .normalization import adapt_normalization
from .rows import n_rows, take_rows
from .scikeras_base import metric_name, route_params
from .training import CannotCompile, fit_model, reason_not_compiled
from .watched_fit import stop_reason, train_watched

__all__ = ["ModelFitting"]

# Arguments of ``fit_model`` besides the data; with any other one, Keras' own ``fit`` trains.
_COMPILED_ARGUMENTS = {
    *("batch_size", "epochs", "initial_epoch", "sample_weight", "class_weight", "validation_data"),
    *("validation_split", "shuffle", "callbacks", "verbose"),
}


class ModelFitting:
    """Part of the estimators around Keras models."""

    def _fit(self, X, y, sample_weight, warm_start, epochs, initial_epoch, resume=None, **kwargs):
        """Train a new model, or go on with the present one; callbacks of ours watch unless ``resume`` is None."""
        held_out = kwargs.get("validation_data", getattr(self, "fit__validation_data", None)) or ()
        given = FitData(X, y, sample_weight, *(held_out[:3] if isinstance(held_out, tuple | list) else ()))
        is_continued = warm_start and initial_epoch != 0
        before = dict(vars(self))
        with self._kept_on_error(before):
            is_new = not ((self.warm_start or warm_start) and self.initialized_)
            X, y, arguments = self._prepared(X, y, sample_weight, is_new, epochs, kwargs)
            arguments |= {"epochs": initial_epoch + epochs, "initial_epoch": initial_epoch}
        earlier, runner = getattr(self.model_, "history", None), None
        with self._kept_on_error(before, earlier, is_continued):
            if not resume and (resume is None or not getattr(self, "_skl_callbacks", None)):
                history = self._train(X, y, arguments, self._generator(arguments)).history
                self.stop_reason_ = stop_reason(self.model_, epochs)
            else:
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

    @contextlib.contextmanager
    def _kept_on_error(self, before, *training):
        """Put the estimator back to ``before`` if an error comes before an epoch has ended; else keep what is trained.

        ``training`` is the model's History of an earlier fit, and whether this one continues that of the estimator.
        """
        try:
            yield
        except BaseException:
            history = getattr(self.model_, "history", None) if training else None
            if history is not None and history is not training[0] and history.history:
                self._record(history.history, training[1])
            else:
                vars(self).clear()
                vars(self).update(before)
            raise

    def _prepared(self, X, y, sample_weight, is_new, epochs, kwargs):
        """X and y as the model takes them, and the arguments of ``Model.fit``; the model is made if it is new."""
        X, y = self._initialize(X, y) if is_new else self._validate_data(X, y)
        self._check_has_targets(y)
        self._ensure_compiled_model()
        if sample_weight is not None:
            X, y, sample_weight = self._validate_sample_weight(X, y, sample_weight)
        y = self.target_encoder_.transform(y)
        X = self.feature_encoder_.transform(X)
        self._check_input_shape(X)
        self._check_model_compatibility(y)
        self._check_outputs(X)
        arguments = self._fit_arguments(X, kwargs)
        check_numbers(arguments | {"epochs": epochs})
        if is_new or not self.current_epoch:  # initialized only, so far
            self._adapt(X, arguments)
        check_keras_callbacks(kwargs.get("callbacks"))
        callbacks = as_list([self._fit_callbacks, kwargs.get("callbacks")])
        if sample_weight is not None:
            y = self._as_outputs(y)
        return X, y, arguments | {"sample_weight": sample_weight, "callbacks": callbacks}

    def _initialize_callbacks(self):
        check_keras_callbacks([self.callbacks, getattr(self, "fit__callbacks", None)])
        super()._initialize_callbacks()
        for callback in as_list([self._fit_callbacks, self._predict_callbacks]):
            if isinstance(callback, keras.callbacks.SwapEMAWeights):  # used before: its weights were another network's
                callback._ema_weights_in_model = False

    def _fit_arguments(self, X, kwargs):
        arguments = route_params(self.get_params(), destination="fit", pass_filter=self._fit_kwargs) | kwargs
        arguments = {name: value for name, value in arguments.items() if not name.startswith("callbacks")}
        for name in ("batch_size", "validation_batch_size"):
            if arguments.get(name) == -1:
                arguments[name] = n_rows_of_array(X, name)
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
        if has_own_fit(self.model_):
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


def _full_name(key):
    """Name of a metric in full, ``mean_squared_error`` of ``mse``; what Keras does not know by a short name stays."""
    if key == "loss" or key.startswith("val_"):
        return key
    try:
        name = metric_name(key)
    except ValueError:
        return key
    return key if name.replace("_", "") == key.replace("_", "") else name  # of auc scikeras makes a_u_c
