"""The table of losses on raw outputs, each with its inverse link, over an array namespace.

A loss gives, for raw values ``(..., rows, columns)`` and targets, the loss of each output of a row and its derivative
with respect to the raw values. The derivative is stated rather than differentiated, because scikit-learn's two are not
quite the same function: its log-loss value clips probabilities and its gradient does not, and its squared error is
averaged over outputs in the value and summed in the gradient. Same numbers as scikit-learn means both. Both come out
together, since they share the dear parts, such as a softmax. Only a loss that is a function of the user's own is
differentiated, by TensorFlow.
To add one: a row here, a test against an independent formula, a line in the docs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from .links import LINKS, Link, numbered
from .namespaces import scoped_names
from .spec import Output

__all__ = ["LOSSES", "Loss", "link_name", "link_numbers", "link_of", "loss_of", "output_numbers"]


def _sum(xp: Any, values: Any) -> Any:
    return values[..., 0] if values.shape[-1] == 1 else xp.sum(values, axis=-1)


def _mean(xp: Any, values: Any) -> Any:
    return values[..., 0] if values.shape[-1] == 1 else xp.sum(values, axis=-1) / values.shape[-1]


class Loss(NamedTuple):
    """One loss: the name of its inverse link, the loss of each output with its derivative, and how a row adds up.

    ``value_and_delta(xp, raw, y, number)`` gives the losses ``(..., rows, outputs)`` and the derivative of the row's
    loss by the raw values ``(..., rows, columns)``: two arrays of their own, which the caller may write to. It leaves
    ``raw`` and ``y`` alone. ``total(xp, values)`` makes the loss of a row ``(..., rows)`` of those of its outputs.
    ``y`` has the columns and the dtype of ``raw``, except where ``of_indices`` says that it holds one class index per
    row and head, and where each target has several raw columns.
    ``numbers`` names the loss's own numbers and ``by_level`` those of which each raw column of a target has one.
    ``number(name)`` gives one that broadcasts with ``raw`` and keeps its dtype: a Python float, or an array of that
    dtype; one by level is always an array ``(..., 1, outputs_per_target)``.
    """

    link: str
    value_and_delta: Callable[[Any, Any, Any, Any], tuple[Any, Any]]
    of_indices: bool = False
    numbers: tuple[str, ...] = ()
    by_level: tuple[str, ...] = ()
    total: Callable[[Any, Any], Any] = _sum


def _per_target(y: Any, delta: Any) -> Any:
    """The derivative of the mean over targets."""
    return delta if y.shape[-1] == 1 else delta / y.shape[-1]


def _squared_error(xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    error = raw - y
    return xp.square(error), error


def _half_mean(xp: Any, values: Any) -> Any:
    return _mean(xp, values) * 0.5


def _poisson(xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    # A mean as large as the dtype has it, and its logarithm taken as it comes: nothing overflows and nothing is 0 / 0.
    mean = xp.exp(xp.minimum(raw, math.floor(math.log(xp.largest(raw)))))
    return xp.xlogy(y, y) - y * raw - y + mean, mean - y


def _absolute_error(xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    error = raw - y
    return xp.abs(error), _per_target(y, xp.sign(error, out=error))


def _huber(xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    """Huber, "Robust estimation of a location parameter", 1964."""
    error, delta = raw - y, number("delta")
    far = xp.abs(error)
    near = xp.minimum(far, delta)
    return near * (far - 0.5 * near), _per_target(y, xp.clip(error, -delta, delta))


def _log_cosh(xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    """Without overflow: ``log cosh e = |e| + log(1 + exp(-2 |e|)) - log 2``."""
    error = raw - y
    far = xp.abs(error)
    return far + xp.log1p(xp.exp(-2 * far)) - math.log(2), _per_target(y, xp.tanh(error, out=error))


def _quantile(xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    """Koenker & Bassett, "Regression quantiles", 1978."""
    quantile = number("quantile")[..., None, :]
    too_low = y[..., None] - xp.reshape(raw, [*raw.shape[:-1], y.shape[-1], -1])  # targets, outputs_per_target
    value = xp.sum(xp.maximum(quantile * too_low, (quantile - 1) * too_low), axis=-1)
    slope = (1 - quantile) * xp.indicator(too_low < 0, raw) - quantile * xp.indicator(too_low > 0, raw)
    return value, _per_target(y, xp.reshape(slope, raw.shape))


def _gaussian(xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    """Nix & Weigend, "Estimating the mean and variance of the target probability distribution", 1994."""
    mean_and_std = LINKS["mean_and_std"].value(xp, raw + 0, number)  # a copy: NumPy's links write over their argument
    mean, std = mean_and_std[..., 0::2], mean_and_std[..., 1::2]
    error = (mean - y) / std
    square = xp.square(error)
    by_raw_std = (1 - square) / std * xp.expit(raw[..., 1::2])
    delta = xp.reshape(xp.stack([error / std, by_raw_std], axis=-1), raw.shape)
    return 0.5 * square + xp.log(std) + 0.5 * math.log(2 * math.pi), _per_target(y, delta)


def _clipped(xp: Any, proba: Any, out: Any = None) -> Any:
    """Probabilities away from 0 and 1, as scikit-learn's log-losses have them."""
    eps = xp.eps(proba)
    return xp.clip(proba, eps, 1 - eps, out=out)


def _one_hot(xp: Any, raw: Any, y: Any) -> Any:
    return xp.one_hot(y[..., 0], raw.shape[-1], raw)


def _shares(xp: Any, raw: Any, y: Any) -> Any:
    """Class probabilities: the target itself, or one-hot rows of class indices."""
    return _one_hot(xp, raw, y) if xp.is_integer(y) else y


def _log_loss(xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    hot, proba = _one_hot(xp, raw, y), xp.softmax(raw)
    right = xp.vecdot(proba, hot)[..., None]
    right = xp.log(_clipped(xp, right, out=right), out=right)
    return xp.negative(right, out=right), xp.subtract(proba, hot, out=proba)


def _binary_log_loss(xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    proba = xp.expit(raw)
    inside = _clipped(xp, proba)  # so that both logarithms are finite
    value = xp.log(inside)
    value = xp.multiply(value, y, out=value)
    rest = xp.subtract(1, inside, out=inside)
    rest = xp.log(rest, out=rest)
    rest = xp.multiply(rest, 1 - y, out=rest)
    value = xp.add(value, rest, out=value)
    return xp.negative(value, out=value), xp.subtract(proba, y, out=proba)


def _cross_entropy(xp: Any, raw: Any, target: Any) -> tuple[Any, Any]:
    """Of class probabilities ``target``."""
    log_proba = xp.log_softmax(raw)
    value = -xp.vecdot(target, log_proba)[..., None]
    return value, xp.exp(log_proba, out=log_proba) - target


def _soft_log_loss(xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    return _cross_entropy(xp, raw, y)


def _smoothed_log_loss(xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    """With shares moved towards equal ones (Szegedy et al., "Rethinking the inception architecture", 2016)."""
    share = number("label_smoothing")
    return _cross_entropy(xp, raw, _shares(xp, raw, y) * (1 - share) + share / raw.shape[-1])


def _smoothed_binary_log_loss(xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    share = number("label_smoothing")
    target = y * (1 - share) + 0.5 * share
    value = xp.maximum(raw, 0) - raw * target + xp.log1p(xp.exp(-xp.abs(raw)))
    return value, xp.expit(raw) - target


def _focal(xp: Any, log_p: Any, gamma: Any) -> tuple[Any, Any]:
    """``-(1 - p) ** gamma * log(p)`` and its derivative by ``log(p)`` (Lin et al., "Focal loss", 2017)."""
    rest = -xp.expm1(log_p)
    weight = rest**gamma
    # Both parts of the fraction are 0 where p is 1, where the weight is too, unless gamma is.
    fraction = xp.exp(log_p) * log_p / xp.maximum(rest, 1e-37)
    return -weight * log_p, weight * (gamma * fraction - 1)


def _focal_log_loss(xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    hot, log_proba = _one_hot(xp, raw, y), xp.log_softmax(raw)
    value, slope = _focal(xp, xp.vecdot(log_proba, hot)[..., None], number("gamma"))
    return value, slope * (hot - xp.exp(log_proba, out=log_proba))


def _focal_binary_log_loss(xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    sign = 2 * y - 1
    against = -sign * raw
    value, slope = _focal(xp, -xp.logaddexp(against, 0), number("gamma"))
    return value, slope * sign * xp.expit(against)


def _hinge(xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    """Crammer & Singer, "On the algorithmic implementation of multiclass kernel-based vector machines", 2001."""
    right = _one_hot(xp, raw, y)
    wrong = xp.where(right > 0, -xp.largest(raw), raw)
    margin = xp.vecdot(right, raw)[..., None] - xp.max(wrong, axis=-1, keepdims=True)
    worst = xp.one_hot(xp.argmax(wrong, axis=-1), raw.shape[-1], raw)
    return xp.maximum(1 - margin, 0), (worst - right) * xp.indicator(margin < 1, raw)


def _binary_hinge(xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    sign = 2 * y - 1
    margin = sign * raw
    return xp.maximum(1 - margin, 0), -sign * xp.indicator(margin < 1, raw)


def _called(function: Callable[[Any, Any], Any], xp: Any, raw: Any, y: Any, number: Any) -> tuple[Any, Any]:
    """A user's function of tensors, which TensorFlow differentiates."""
    from ..runtime.backend import tf

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(raw)
        losses = function(y, raw)
    return losses[..., None], tape.gradient(losses, raw)


LOSSES: dict[str, Loss] = {
    "squared_error": Loss("identity", _squared_error, total=_half_mean),
    "poisson": Loss("exp", _poisson),
    "absolute_error": Loss("identity", _absolute_error, total=_mean),
    "huber": Loss("identity", _huber, numbers=("delta",), total=_mean),
    "log_cosh": Loss("identity", _log_cosh, total=_mean),
    "quantile": Loss("identity", _quantile, by_level=("quantile",), total=_mean),
    "gaussian": Loss("mean_and_std", _gaussian, numbers=("min_std",), total=_mean),
    "binary_log_loss": Loss("logistic", _binary_log_loss),
    "log_loss": Loss("softmax", _log_loss, of_indices=True),
    "smoothed_binary_log_loss": Loss("logistic", _smoothed_binary_log_loss, numbers=("label_smoothing",)),
    "smoothed_log_loss": Loss("softmax", _smoothed_log_loss, of_indices=True, numbers=("label_smoothing",)),
    "soft_log_loss": Loss("softmax", _soft_log_loss),
    "smoothed_soft_log_loss": Loss("softmax", _smoothed_log_loss, numbers=("label_smoothing",)),
    "focal_binary_log_loss": Loss("logistic", _focal_binary_log_loss, numbers=("gamma",)),
    "focal_log_loss": Loss("softmax", _focal_log_loss, of_indices=True, numbers=("gamma",)),
    "binary_hinge": Loss("identity", _binary_hinge),
    "hinge": Loss("identity", _hinge, of_indices=True),
}


def loss_of(output: Output) -> Loss:
    """The row of an output's loss; one made up for a function of ``(y, predictions)`` in TensorFlow."""
    if callable(output.loss):
        return Loss("identity", partial(_called, output.loss))
    return LOSSES[output.loss]


def link_name(output: Output) -> str:
    """Name of an output's inverse link."""
    return output.activation or loss_of(output).link


def link_of(output: Output) -> Link:
    """An output's inverse link."""
    return LINKS[link_name(output)]


def link_numbers(output: Output) -> tuple[str, ...]:
    """Names of the numbers that predictions take, within the link's namespace."""
    link = link_of(output)
    by_column = [each for name in link.by_column for each in numbered(name, output.width)]
    return (*link.numbers, *by_column)


def output_numbers(output: Output) -> tuple[str, ...]:
    """Names of the numbers that loss and link take."""
    loss = loss_of(output)
    by_level = [each for name in loss.by_level for each in numbered(name, output.outputs_per_target)]
    weights = numbered("loss_weight", len(output.weighted))
    return (
        *scoped_names("loss", (*loss.numbers, *by_level)),
        *scoped_names("output", weights),
        *scoped_names("link", link_numbers(output)),
    )
