"""Users' functions and formulas on tensors: traced once before training, so that errors are reported in one sentence.

Nothing is compiled here. Only the shape and dtype of the result are checked.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

from .backend import tf
from .devices import on_device

__all__ = ["backend_hint", "symbolic_tensors", "validate_function"]


def backend_hint() -> str:
    """A hint for the message where Keras runs on another backend than TensorFlow; otherwise empty."""
    keras = sys.modules.get("keras")
    name = "tensorflow" if keras is None else keras.config.backend()
    if name == "tensorflow":
        return ""
    return (
        f" while Keras' backend is {name!r}, whose functions take no tensors of TensorFlow (set the environment "
        "variable KERAS_BACKEND=tensorflow before Keras is imported)"
    )


@contextlib.contextmanager
def symbolic_tensors() -> Iterator[None]:
    """Tensors that are made within the block have no values, as in a program that is traced."""
    with on_device("/CPU:0"), tf.Graph().as_default(), tf.device("/CPU:0"):
        yield


def validate_function(
    function: Callable[[Any], Any], shape: tuple[int, ...], dtype: str, with_gradient: bool = True
) -> str | None:
    """What ``function`` does with a tensor of this shape and dtype instead of giving another such; None if it does."""

    def differentiated(values: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(values)
            result = tf.convert_to_tensor(function(values))
        if not with_gradient:
            return result, ()
        return result, tape.gradient(result, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    spec = tf.TensorSpec(shape, dtype)
    with on_device("/CPU:0"):
        try:
            traced = tf.function(differentiated, autograph=False).get_concrete_function(spec)
        except Exception as error:  # whatever someone else's code raises
            what = f"{error}".strip().partition("\n")[0]
            return f"{type(error).__name__} ({what}){backend_hint()}"
    if traced.variables:
        return "variables, which would not be trained"
    result = traced.structured_outputs[0]
    if result.shape != spec.shape or result.dtype != spec.dtype:
        return f"shape {tuple(result.shape)} and dtype {result.dtype.name}"
    return None
