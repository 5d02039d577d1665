"""Rules of losses and outputs that go beyond one parameter's type and range.

As in ``checks``, each function raises a ValueError of one sentence with subject, rule, value and remedy.
"""

from __future__ import annotations

import numpy as np

from ..losses import ClassLoss, loss_of
from .checks import check_hashable

__all__ = ["check_loss_function", "check_loss_weights", "check_output"]


def check_output(estimator):
    """Check a regressor's loss and output."""
    loss = loss_of(estimator.loss)
    if isinstance(estimator.loss, type):
        raise ValueError(
            f"loss must be a name, an object or a function, got the class {estimator.loss.__name__}; pass an object of "
            f"it, loss={estimator.loss.__name__}(...)."
        )
    if isinstance(loss, ClassLoss):
        raise ValueError(
            f"loss must be a regression loss, got {loss!r}, which is for classes; use for example "
            "loss='squared_error', or MLPClassifierTF."
        )
    if callable(estimator.loss):
        check_hashable("loss", estimator.loss)
    loss.check()
    activation, ends = estimator.output_activation, estimator.output_range
    if activation is not None and loss.link != "identity":
        raise ValueError(
            f"output_activation is for losses without an output of their own, got output_activation={activation!r} "
            f"and loss={estimator.loss!r}; leave it out, or use for example loss='squared_error'."
        )
    if ends is not None:
        if activation not in ("logistic", "tanh"):
            raise ValueError(
                f"output_range is for output_activation='logistic' and 'tanh', got output_range={ends!r} and "
                f"output_activation={activation!r}; leave it out, or choose one of the two."
            )
        try:
            low, high = map(float, ends)
            is_range = np.isfinite([low, high]).all() and low < high
        except (TypeError, ValueError):  # not two, or not numbers
            is_range = False
        if not is_range:
            raise ValueError(
                f"output_range must be two finite numbers, the lower one first, got {ends!r}; pass for example "
                "output_range=(0, 1)."
            )
    if np.ndim(getattr(loss, "quantile", 0)) and isinstance(estimator.scoring, str) and estimator.scoring != "loss":
        raise ValueError(
            f"scoring must be 'loss', None or a callable for several quantiles, whose predictions have a column each, "
            f"got scoring={estimator.scoring!r}."
        )


def check_loss_weights(estimator, n_outputs):
    """Check that there is one weight for each output."""
    try:
        weights = np.asarray(estimator.loss_weights, dtype=float)
    except (TypeError, ValueError):  # not numbers, or lists of different lengths
        weights = np.array(np.nan)
    if weights.shape != (n_outputs,) or not np.all(np.isfinite(weights) & (weights >= 0)) or not weights.any():
        raise ValueError(
            f"loss_weights must be finite numbers >= 0, not all of them 0, one for each output, here {n_outputs}, got "
            f"{estimator.loss_weights!r}; pass for example loss_weights={[1.0] * n_outputs}."
        )
    if callable(estimator.loss):
        raise ValueError(
            "loss_weights are for losses that the package has, got a function as loss; weigh the outputs in there."
        )


def check_loss_function(function, n_columns, dtype):
    """A loss of the user's own, tried on tensors of three rows: one number for each of them, with a derivative."""
    from ..runtime.backend import tf
    from ..runtime.devices import on_device
    from ..runtime.functions import backend_hint

    def tried(y_true, y_pred):
        with tf.GradientTape() as tape:
            tape.watch(y_pred)
            losses = function(y_true, y_pred)
        shape = getattr(losses, "shape", None)
        has_derivative = tf.is_tensor(losses) and tape.gradient(losses, y_pred) is not None
        found.extend([None if shape is None else tuple(shape), getattr(losses, "dtype", None), has_derivative])
        return y_pred

    found: list = []
    rows = tf.TensorSpec([3, n_columns], dtype)
    with on_device("/CPU:0"):
        try:
            tf.function(tried, autograph=False).get_concrete_function(rows, rows)
        except Exception as error:  # whatever someone else's code raises
            what = str(error).splitlines()[0] if str(error) else ""
            raise ValueError(
                "loss must be a function of the tensors y_true and y_pred that gives the loss of each row in "
                f"TensorFlow's operations, got {type(error).__name__} from it: {what}{backend_hint()}"
            ) from error
    shape, got, has_derivative = found
    if shape == (3,) and got is not None and got != dtype:
        raise ValueError(
            f"loss must give numbers of the network's dtype, {dtype}, got {getattr(got, 'name', got)}; give a loss of "
            f"Keras' dtype={dtype!r}, or use dtype={getattr(got, 'name', got)!r} in the estimator."
        )
    if shape != (3,) or got != dtype:
        what = "no tensor" if shape is None else f"shape {shape} and dtype {getattr(got, 'name', got)}"
        raise ValueError(
            f"loss must give one number of dtype {dtype} for each row, shape (3,) for y_true and y_pred of shape "
            f"(3, {n_columns}), got {what}; take for example the mean over the last axis."
        )
    if not has_derivative:
        raise ValueError(
            "loss must have a derivative by y_pred, got none from TensorFlow; use operations that have one, and y_pred "
            "itself."
        )
