"""Arguments of ``Model.fit`` and ``Model.predict``, checked before Keras rounds, ignores or refuses them.

Comes in: numbers and callbacks. Goes out: the same, or one sentence.
"""

from __future__ import annotations

from numbers import Integral, Real

from ..callbacks.callback import Callback
from .rows import n_rows

__all__ = ["as_list", "check_batch_size", "check_keras_callbacks", "check_numbers", "n_rows_of_array"]


def as_list(callbacks):
    """Callbacks of nested lists, in one."""
    if isinstance(callbacks, list | tuple):
        return [each for several in callbacks for each in as_list(several)]
    return [] if callbacks is None else [callbacks]


def check_keras_callbacks(callbacks):
    """Raise a TypeError if there are callbacks of this package among them."""
    several = callbacks.values() if isinstance(callbacks, dict) else [callbacks]
    for callback in as_list(list(several)):
        if isinstance(callback, Callback) or (isinstance(callback, type) and issubclass(callback, Callback)):
            raise TypeError(
                f"The parameter callbacks takes callbacks of Keras, got {callback!r} of sklearn_ann; pass it to "
                "set_callbacks."
            )


def n_rows_of_array(X, name):
    """The batch size for the value -1."""
    if isinstance(X, list | tuple):
        raise ValueError(f"`{name}=-1` requires that `X` implement `shape`, got a {type(X).__name__} of inputs.")
    return n_rows(X)


def check_numbers(arguments):
    """Check arguments of ``Model.fit``, which Keras rounds, ignores, or refuses in words of TensorFlow's."""
    for name in ("batch_size", "validation_batch_size"):
        check_batch_size(name, arguments.get(name))
    epochs = arguments["epochs"]
    if not isinstance(epochs, Integral) or epochs < 0:
        raise ValueError(f"epochs must be a whole number from 0, got {epochs!r}; use for example 10.")
    share = arguments.get("validation_split")
    if share is not None and not (isinstance(share, Real) and 0 <= share < 1):
        raise ValueError(f"validation_split must be a number from 0 to below 1, got {share!r}; use for example 0.1.")


def check_batch_size(name, value):
    """Raise a ValueError unless it is one; None is Keras' own."""
    if value is not None and not (isinstance(value, Integral) and value > 0):
        raise ValueError(f"{name} must be a whole number from 1, -1 for all rows, or None, got {value!r}.")
