"""Training of Keras models in a compiled loop over epochs. Not here yet: Keras' own loop trains."""

from __future__ import annotations

from typing import Any

import keras

from ..keras_fit import keras_fit

__all__ = ["CannotCompile", "fit_model", "predict_model", "reason_not_compiled"]


class CannotCompile(ValueError):
    """A model, or its data, that the compiled loop cannot train. Raised before anything is trained."""


def reason_not_compiled(model: keras.Model, callbacks: Any) -> str | None:
    """Why Keras' own ``fit`` must train a model; None if the compiled loop can."""
    return "the compiled loop is not available"


def fit_model(model: keras.Model, x: Any, y: Any, **arguments: Any) -> keras.callbacks.History:
    """Train a compiled model."""
    return keras_fit(model, x, y, **arguments)


def predict_model(model: keras.Model, x: Any, *, batch_size: int | None = None) -> Any:
    """Outputs of a model, as of ``model.predict``."""
    return model.predict(x, batch_size=batch_size, verbose=0)
