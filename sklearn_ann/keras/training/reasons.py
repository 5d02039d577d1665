"""Whether a model can be trained in the compiled loop.

Comes in: a compiled Keras model and callbacks. Goes out: None, or why Keras' own ``fit`` must train it. Nothing is
traced here: what only XLA can tell (an operation that it does not know, in a layer of the user's own) is found by the
first call of the program, which then raises :class:`CannotCompile`.
"""

from __future__ import annotations

from typing import Any

import keras

from ...runtime.availability import why_not_compile
from ...runtime.backend import tf

__all__ = ["CannotCompile", "reason_not_compiled"]

_METHODS = ("fit", "evaluate", "train_step", "test_step", "make_train_function", "make_test_function")
# Hooks within an epoch. Validation is part of the compiled epoch, so the hooks at its ends count as well.
_HOOKS = (
    *("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end"),
    *("on_test_begin", "on_test_end", "on_test_batch_begin", "on_test_batch_end"),
)


class CannotCompile(ValueError):
    """A model, or its data, that the compiled loop cannot train. Raised before anything is trained."""


def reason_not_compiled(model: keras.Model, callbacks: Any = ()) -> str | None:
    """Why Keras' own ``fit`` must train a model; None if the compiled loop can.

    Parameters
    ----------
    model : keras.Model
        Compiled (by ``model.compile``).
    callbacks : keras.callbacks.Callback, list of them, or None

    Returns
    -------
    str or None
        A phrase that completes "Keras' own fit trains because ...".

    Notes
    -----
    On machines without a GPU, Keras resolves ``jit_compile="auto"`` to False, so that False set by the user cannot be
    told from the default there; it is respected where Keras sees a GPU.

    Examples
    --------
    >>> import keras
    >>> from sklearn_ann.keras.training import reason_not_compiled
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile(loss="mse", run_eagerly=True)
    >>> reason_not_compiled(model)
    'the model is compiled with run_eagerly=True, or TensorFlow runs functions eagerly'
    """
    if keras.backend.backend() != "tensorflow":
        return f"Keras runs on {keras.backend.backend()}, not on TensorFlow"
    if not model.compiled:
        return "model.compile() has not been called"
    if model.run_eagerly or tf.config.functions_run_eagerly():
        return "the model is compiled with run_eagerly=True, or TensorFlow runs functions eagerly"
    return _reason_of_class(model) or _reason_of_runtime(model) or _reason_of_callbacks(callbacks) or why_not_compile()


def _reason_of_class(model: keras.Model) -> str | None:
    for name in _METHODS:
        if name in vars(model) or getattr(type(model), name) is not getattr(keras.Model, name):
            return f"the model has a {name} of its own"
    return None


def _reason_of_runtime(model: keras.Model) -> str | None:
    for layer in model._flatten_layers():
        if not layer.supports_jit:
            return f"layer {layer.name!r} ({type(layer).__name__}) does not support XLA"
    if tf.distribute.has_strategy() or model.distribute_strategy is not tf.distribute.get_strategy():
        return "the model is trained by a distribution strategy"
    if tf.config.list_physical_devices("GPU") and not model.jit_compile:
        return "the model is compiled with jit_compile=False"
    return None


def _reason_of_callbacks(callbacks: Any) -> str | None:
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = callbacks.callbacks
    for callback in keras.tree.flatten(callbacks or ()):
        name = type(callback).__name__
        if isinstance(callback, keras.callbacks.SwapEMAWeights):
            return f"callback {name} changes the weights between training and validation"
        for setting in ("save_freq", "update_freq"):
            if getattr(callback, setting, "epoch") != "epoch":
                return f"callback {name} has {setting}={getattr(callback, setting)!r}, in batches"
        if getattr(callback, "_start_batch", 0):  # of TensorBoard
            return f"callback {name} profiles batches"
        for hook in _HOOKS:
            if hook in vars(callback) or not getattr(callback, hook).__module__.startswith("keras."):
                return f"callback {name} has {hook}, a hook within an epoch"
    return None
