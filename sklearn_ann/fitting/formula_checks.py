"""Formulas of classes that users write, tried in NumPy on three rows before training.

Comes in: a recipe. Goes out: nothing, or a ValueError of one sentence about what a formula gives. Whether the numbers
are right is not looked at, nor whether the formula works on tensors too.
"""

from __future__ import annotations

from itertools import count
from numbers import Real
from typing import Any

import numpy as np

from ..augmentations import Batch
from ..engines.augmentations import uniform_numbers
from ..network.hyper import as_dtype
from ..regularizers import Constraint
from ..runtime.arrays import numpy_namespace as xp
from .recipe import Recipe

__all__ = ["check_formulas"]

_ROWS = 3


def check_formulas(recipe: Recipe) -> None:
    """Raise a ValueError if a formula fails, or gives arrays of another number, shape or dtype than it should."""
    network, dtype = recipe.network, recipe.network.dtype
    hyper = recipe.network_hyper
    for activation, own, units in zip(network.activations, hyper.activations, network.hidden, strict=False):
        if _is_users(activation):
            _check_activation(activation, own, np.ones((_ROWS, units), dtype))
    if network.normalization is not None and network.hidden and _is_users(network.normalization):
        _check_normalization(network.normalization, hyper.normalization, np.ones((_ROWS, network.hidden[0]), dtype))
    if _is_users(network.output.loss):
        _check_loss(network.output, hyper.loss, dtype)
    if recipe.optimizer is not None and _is_users(recipe.optimizer):
        _check_optimizer(recipe.optimizer, dtype)
    for regularizer in filter(_is_users, recipe.regularizers):
        _check_regularizer(regularizer, dtype)
    for augmentation in filter(_is_users, recipe.augmentations):
        _check_augmentation(augmentation, np.ones((_ROWS, network.n_features), dtype))


def _is_users(member: Any) -> bool:
    return not member.needs_tensorflow and not type(member).__module__.startswith("sklearn_ann.")


def _check_activation(activation: Any, hyper: tuple, z: np.ndarray) -> None:
    hyper = as_dtype(hyper, z.dtype)
    learned = [np.full((1, z.shape[1]), first, z.dtype) for _, first in activation.learned]
    value = _tried(activation, "value", z.copy(), *hyper, *learned)
    _check_array(activation, "value", value, z)
    if activation.slope is not None:
        slope = _tried(activation, "slope", z, value, *hyper, *learned)
        if not isinstance(slope, Real):  # a number is as good as an array of it
            is_boolean = getattr(slope, "dtype", None) == np.bool_
            _check_array(activation, "slope", slope, z.astype(bool) if is_boolean else z)
    if learned:
        slopes = _tried(activation, "learned_slopes", z, value, *hyper, *learned)
        _check_length(activation, "learned_slopes", slopes, len(learned))


def _check_normalization(normalization: Any, hyper: tuple, values: np.ndarray) -> None:
    hyper = as_dtype(hyper, values.dtype)
    learned, moving = (
        {name: np.full(values.shape[1], first, values.dtype) for name, first in pairs}
        for pairs in (normalization.learned, normalization.moving)
    )
    _check_array(normalization, "value", _tried(normalization, "value", values.copy(), learned, moving, *hyper), values)
    shares = np.full(_ROWS, 1 / _ROWS, values.dtype)
    given = _tried(normalization, "with_pullback", values, shares, learned, *hyper)
    _check_length(normalization, "with_pullback", given, 3)
    value, moments, pullback = given
    _check_array(normalization, "value", value, values)
    _check_names(normalization, "moments", moments, moving)
    given = pullback(values)
    _check_length(normalization, "pullback", given, 2)
    _check_array(normalization, "derivative", given[0], values)
    _check_names(normalization, "derivatives", given[1], learned)


def _check_loss(output: Any, hyper: tuple, dtype: str) -> None:
    loss, width = output.loss, output.heads[0]
    n_targets = 1 if loss.of_indices else width // output.outputs_per_target
    raw, y = np.ones((_ROWS, width), dtype), np.zeros((_ROWS, n_targets), np.int32 if loss.of_indices else dtype)
    given = _tried(loss, "value_and_delta", raw, y, *as_dtype(hyper, dtype))
    _check_length(loss, "value_and_delta", given, 2)
    is_of_classes = getattr(loss, "form", "binary") != "binary"
    _check_array(loss, "value", given[0], raw[:, :1] if is_of_classes else raw[:, :n_targets])
    _check_array(loss, "delta", given[1], raw)


def _check_optimizer(optimizer: Any, dtype: str) -> None:
    weight = np.ones((4, 3), dtype)
    scalars = optimizer.scalars(xp, 0.1, 1, *optimizer.hyper)
    if not isinstance(scalars, tuple | list):
        raise ValueError(f"{_name(optimizer)} must give a tuple of scalars, got {scalars!r}; put a comma behind it.")
    slots = [np.zeros_like(weight) for _ in range(optimizer.n_slots)]
    given = _tried(optimizer, "update", weight, weight.copy(), slots, tuple(map(float, scalars)))
    _check_length(optimizer, "update", given, 2)
    _check_array(optimizer, "update", given[0], weight)
    _check_length(optimizer, "opt_state", given[1], optimizer.n_slots)
    for slot in given[1]:
        _check_array(optimizer, "opt_state", slot, weight)


def _check_regularizer(regularizer: Any, dtype: str) -> None:
    coef = np.ones((4, 3), dtype)
    if isinstance(regularizer, Constraint):
        _check_array(regularizer, "project", _tried(regularizer, "project", coef.copy(), *regularizer.hyper), coef)
    else:
        for formula in ("value", "slope"):
            _check_array(regularizer, formula, _tried(regularizer, formula, coef), coef)


def _check_augmentation(augmentation: Any, x: np.ndarray) -> None:
    batch = Batch(x, ((x[:, :1], x[:, 0]),), np.asarray(float(_ROWS)))
    given = _tried(augmentation, "change", batch, uniform_numbers(xp, np.uint32(0), count()), *augmentation.hyper)
    if not isinstance(given, Batch):
        raise ValueError(f"{_name(augmentation)} must give a Batch, got {given!r}; return batch._replace(x=...).")
    _check_array(augmentation, "x", given.x, x)


def _name(member: Any) -> str:
    return type(member).__name__


def _tried(member: Any, formula: str, *arguments: Any) -> Any:
    with np.errstate(all="ignore"):
        try:
            return getattr(member, formula)(xp, *arguments)
        except Exception as error:  # whatever someone else's code raises
            raise ValueError(
                f"{_name(member)} must have a {formula} that works for three rows in NumPy, got "
                f"{type(error).__name__} ({error}); correct the formula or its hyperparameters."
            ) from error


def _check_array(member: Any, name: str, array: Any, like: np.ndarray) -> None:
    if getattr(array, "shape", None) != like.shape or array.dtype != like.dtype:
        got = f"{array.dtype} of shape {array.shape}" if isinstance(array, np.ndarray) else repr(array)
        raise ValueError(
            f"{_name(member)} must give a {name} of {like.dtype} and shape {like.shape} here, got {got}; correct the "
            "formula."
        )


def _check_length(member: Any, name: str, given: Any, length: int) -> None:
    if not isinstance(given, tuple | list) or len(given) != length:
        raise ValueError(f"{_name(member)} must give a tuple of {length} as {name}, got {given!r}; see its base class.")


def _check_names(member: Any, name: str, given: Any, like: dict) -> None:
    if not isinstance(given, dict) or given.keys() != like.keys():
        raise ValueError(f"{_name(member)} must give {name} for {sorted(like)}, got {given!r}; see its base class.")
