"""Probabilities of networks that end without sigmoid or softmax, since their loss takes logits (``from_logits=True``).

Comes in: a loss, outputs of a network. Goes out: probabilities; of hinge losses, which take margins, numbers from 0 to
1 that are 0.5 where the margin is 0. Whether a network ends in an activation is read off one of its tensors, where
Keras notes it for its losses: such a network gives probabilities whatever its loss says.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

__all__ = ["are_probabilities", "name_of_loss", "probabilities_of_logits", "takes_indicators", "takes_logits"]

_HINGE = ("hinge", "squared_hinge", "squaredhinge")
_OF_NUMBERS = ("sparse", "ctc", "circle", "categoricalgeneralized")  # of a class, by the beginning of the name


def name_of_loss(loss: Any) -> str:
    """The name of a loss, or of its function or class, in lower case."""
    loss = getattr(loss, "func", loss)  # of a partial
    return (loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)).lower()


def takes_logits(loss: Any) -> bool:
    """Whether a loss, an object or a partial of a function, takes outputs for logits or margins."""
    if name_of_loss(loss) in _HINGE:
        return True
    return bool(getattr(loss, "from_logits", getattr(loss, "keywords", {}).get("from_logits", False)))


def takes_indicators(loss: Any) -> bool:
    """Whether a loss of Keras compares outputs with targets unit by unit."""
    function = getattr(loss, "func", loss)
    kind = function if hasattr(function, "__name__") else type(function)
    is_of_keras = isinstance(loss, str) or kind.__module__.startswith("keras.")
    return is_of_keras and not name_of_loss(loss).startswith(_OF_NUMBERS)


def are_probabilities(tensor: Any) -> bool:
    """Whether a tensor comes out of sigmoid or softmax."""
    return hasattr(tensor, "_keras_logits")


def probabilities_of_logits(logits: np.ndarray, loss: Any, kind_of_target: str) -> np.ndarray:
    """Sigmoid of one unit and of multilabel targets, softmax of several classes; of a margin, 0.5 is its middle."""
    if name_of_loss(loss) in _HINGE:
        return np.clip((1 + logits) / 2, 0, 1)
    is_multilabel = kind_of_target == "multilabel-indicator" and "categorical" not in name_of_loss(loss)
    link = keras.ops.sigmoid if logits.shape[-1] == 1 or is_multilabel else keras.ops.softmax
    return keras.ops.convert_to_numpy(link(logits))
