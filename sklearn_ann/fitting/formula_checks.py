"""Formulas of classes that users write, tried on three rows before training: in NumPy, and on tensors for TensorFlow.

Comes in: a recipe. Goes out: nothing, or a ValueError of one sentence about what a formula gives. Whether the numbers
are right is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import count
from numbers import Real
from typing import Any

import numpy as np

from ..augmentations import Batch
from ..configurable import is_users
from ..engines.augmentations import uniform_numbers
from ..network.spec import Network
from ..regularizers import Constraint
from ..runtime.arrays import numpy_namespace
from ..runtime.scalars import scalar_namespace
from ..runtime.tree import leaves, map_leaves
from .recipe import Recipe

__all__ = ["check_formulas", "check_formulas_on_tensors"]

_ROWS = 3


def check_formulas(recipe: Recipe) -> None:
    """Raise a ValueError if a formula fails, or gives arrays of another number, shape or dtype than it should."""
    _check_all(numpy_namespace, recipe, lambda member: is_users(member) and not member.needs_tensorflow)


def check_formulas_on_tensors(recipe: Recipe) -> None:
    """The same for tensors without values, as a program has them while it is traced; formulas that passed are known."""
    others = (recipe.optimizer, *recipe.regularizers, *recipe.augmentations, recipe.schedule.rule)
    members = tuple(member.structure() for member in others if member is not None and is_users(member))
    if members or recipe.network.is_users:
        shapes = tuple(np.shape(number) for number in leaves(recipe.network_hyper))
        _check_on_tensors(_Formulas(recipe.network, members, shapes, recipe))


@dataclass(frozen=True)
class _Formulas:
    """A recipe, equal to others whose formulas do the same on tensors without values."""

    network: Network
    members: tuple[Any, ...]
    shapes: tuple[tuple[int, ...], ...]
    recipe: Recipe = field(compare=False)


@lru_cache(maxsize=64)
def _check_on_tensors(formulas: _Formulas) -> None:
    from ..runtime.functions import symbolic_tensors
    from ..runtime.tensors import tensor_namespace

    with symbolic_tensors():
        _check_all(tensor_namespace, formulas.recipe, is_users)


def _check_all(xp: Any, recipe: Recipe, is_tried: Callable[[Any], bool]) -> None:
    network, dtype = recipe.network, recipe.network.dtype
    hyper = recipe.network_hyper
    for activation, own, units in zip(network.activations, hyper.activations, network.hidden, strict=False):
        if is_tried(activation):
            _check_activation(xp, activation, own, np.ones((_ROWS, units), dtype))
    if network.normalization is not None and network.hidden and is_tried(network.normalization):
        values = np.ones((_ROWS, network.hidden[0]), dtype)
        _check_normalization(xp, network.normalization, hyper.normalization, values)
    if is_tried(network.output.loss):
        _check_loss(xp, network.output, hyper.loss, dtype)
    if recipe.optimizer is not None and is_tried(recipe.optimizer):
        _check_optimizer(xp, recipe.optimizer, dtype)
    for regularizer in filter(is_tried, recipe.regularizers):
        _check_regularizer(xp, regularizer, dtype)
    for augmentation in filter(is_tried, recipe.augmentations):
        _check_augmentation(xp, augmentation, np.ones((_ROWS, network.n_features), dtype))
    if recipe.optimizer is not None and is_tried(recipe.schedule.rule):
        _check_rule(xp, recipe.schedule.rule)


def _check_activation(xp: Any, activation: Any, hyper: tuple, like: np.ndarray) -> None:
    z, hyper = xp.asarray(like), _hyper(xp, hyper, like.dtype)
    learned = [xp.asarray(np.full((1, like.shape[1]), first, like.dtype)) for _, first in activation.learned]
    value = _tried(xp, activation, "value", xp.asarray(like.copy()), *hyper, *learned)
    _check_array(activation, "value", value, like)
    if activation.slope is not None:
        slope = _tried(xp, activation, "slope", z, value, *hyper, *learned)
        if not isinstance(slope, Real):  # a number is as good as an array of it
            is_boolean = getattr(slope, "dtype", None) == np.bool_
            _check_array(activation, "slope", slope, like.astype(bool) if is_boolean else like)
    if learned:
        slopes = _tried(xp, activation, "learned_slopes", z, value, *hyper, *learned)
        _check_length(activation, "learned_slopes", slopes, len(learned))


def _check_normalization(xp: Any, normalization: Any, hyper: tuple, like: np.ndarray) -> None:
    values, hyper = xp.asarray(like), _hyper(xp, hyper, like.dtype)
    learned, moving = (
        {name: xp.asarray(np.full(like.shape[1], first, like.dtype)) for name, first in pairs}
        for pairs in (normalization.learned, normalization.moving)
    )
    value = _tried(xp, normalization, "value", xp.asarray(like.copy()), learned, moving, *hyper)
    _check_array(normalization, "value", value, like)
    shares = xp.asarray(np.full(_ROWS, 1 / _ROWS, like.dtype))
    given = _tried(xp, normalization, "with_pullback", values, shares, learned, *hyper)
    _check_length(normalization, "with_pullback", given, 3)
    value, moments, pullback = given
    _check_array(normalization, "value", value, like)
    _check_names(normalization, "moments", moments, moving)
    given = _called(xp, normalization, "pullback", partial(pullback, values))
    _check_length(normalization, "pullback", given, 2)
    _check_array(normalization, "derivative", given[0], like)
    _check_names(normalization, "derivatives", given[1], learned)


def _check_loss(xp: Any, output: Any, hyper: tuple, dtype: str) -> None:
    loss, width = output.loss, output.heads[0]
    n_targets = 1 if loss.of_indices else width // output.outputs_per_target
    raw, y = np.ones((_ROWS, width), dtype), np.zeros((_ROWS, n_targets), np.int32 if loss.of_indices else dtype)
    given = _tried(xp, loss, "value_and_delta", xp.asarray(raw), xp.asarray(y), *_hyper(xp, hyper, dtype))
    _check_length(loss, "value_and_delta", given, 2)
    is_of_classes = getattr(loss, "form", "binary") != "binary"
    _check_array(loss, "value", given[0], raw[:, :1] if is_of_classes else raw[:, :n_targets])
    _check_array(loss, "delta", given[1], raw)


def _check_optimizer(xp: Any, optimizer: Any, dtype: str) -> None:
    like = np.ones((4, 3), dtype)
    weight, gradient = xp.asarray(like), xp.asarray(like.copy())
    hyper = _hyper(xp, optimizer.hyper, "float64")
    numbers = (0.1, 1) if xp.is_numpy else map(xp.asarray, (np.float64(0.1), np.ones(1)))
    scalars = _tried(xp, optimizer, "scalars", *numbers, *hyper)
    if not isinstance(scalars, tuple | list):
        raise ValueError(f"{_name(optimizer)} must give a tuple of scalars, got {scalars!r}; put a comma behind it.")
    scalars = tuple(xp.asarray(np.ones((), dtype)) if _is_array(each) else float(each) for each in scalars)
    slots = [xp.asarray(np.zeros_like(like)) for _ in range(optimizer.n_slots)]
    given = _tried(xp, optimizer, "update", weight, gradient, slots, scalars)
    _check_length(optimizer, "update", given, 2)
    _check_array(optimizer, "update", given[0], like)
    _check_length(optimizer, "opt_state", given[1], optimizer.n_slots)
    for slot in given[1]:
        _check_array(optimizer, "opt_state", slot, like)


def _check_regularizer(xp: Any, regularizer: Any, dtype: str) -> None:
    like = np.ones((4, 3), dtype)
    if isinstance(regularizer, Constraint):
        hyper = _hyper(xp, regularizer.hyper, dtype)
        _check_array(regularizer, "project", _tried(xp, regularizer, "project", xp.asarray(like.copy()), *hyper), like)
    else:
        for formula in ("value", "slope"):
            _check_array(regularizer, formula, _tried(xp, regularizer, formula, xp.asarray(like)), like)


def _check_augmentation(xp: Any, augmentation: Any, like: np.ndarray) -> None:
    x, uniform = xp.asarray(like), uniform_numbers(xp, xp.asarray(np.uint32(0)), count())
    batch = Batch(x, ((x[:, :1], x[:, 0]),), xp.asarray(np.float64(_ROWS)))
    given = _tried(xp, augmentation, "change", batch, uniform, *_hyper(xp, augmentation.hyper, "float64"))
    if not isinstance(given, Batch):
        raise ValueError(f"{_name(augmentation)} must give a Batch, got {given!r}; return batch._replace(x=...).")
    _check_array(augmentation, "x", given.x, like)


def _check_rule(xp: Any, rule: Any) -> None:
    """A schedule by the course of training; NumPy's engine counts in Python's numbers."""
    counters = (0.1, 1, 1, False)
    hyper = _hyper(xp, rule.hyper, "float64")
    if xp.is_numpy:
        given = _tried(scalar_namespace, rule, "end_epoch", *counters, *hyper)
        return _check_length(rule, "end_epoch", given, len(counters))
    likes = [np.float64(0.1), np.int64(1), np.int64(1), np.bool_(False)]
    given = _tried(xp, rule, "end_epoch", *map(xp.asarray, likes), *hyper)
    _check_length(rule, "end_epoch", given, len(counters))
    for name, each, like in zip(("learning_rate", "n_no_improvement", "wait", "stopped"), given, likes, strict=True):
        if _is_array(each):  # a number is as good
            _check_array(rule, name, each, like)
    return None


def _hyper(xp: Any, hyper: tuple, dtype: Any) -> tuple:
    """Hyperparameters as the engine passes them: NumPy's has Python's floats for single ones."""
    return map_leaves(
        lambda leaf: leaf if xp.is_numpy and isinstance(leaf, float) else xp.asarray(np.asarray(leaf, dtype)), hyper
    )


def _name(member: Any) -> str:
    return type(member).__name__


def _tried(xp: Any, member: Any, formula: str, *arguments: Any) -> Any:
    return _called(xp, member, formula, partial(getattr(member, formula), xp, *arguments))


def _called(xp: Any, member: Any, formula: str, call: Callable[[], Any]) -> Any:
    with np.errstate(all="ignore"):
        try:
            return call()
        except Exception as error:  # whatever someone else's code raises
            library, remedy = "NumPy", "correct the formula or its hyperparameters"
            if not xp.is_numpy:
                library, remedy = "TensorFlow", "use the functions of xp, whose arrays are tensors there"
            raise ValueError(
                f"{_name(member)} must have a {formula} that works for three rows in {library}, got "
                f"{type(error).__name__} ({_first_sentence(error)}); {remedy}."
            ) from error


def _first_sentence(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].partition(". ")[0].rstrip(".")


def _is_array(value: Any) -> bool:
    """Whether it is an array or a tensor; NumPy's scalars are numbers."""
    return hasattr(value, "dtype") and not isinstance(value, np.generic)


def _facts(array: Any) -> tuple[str, tuple[int | None, ...]] | None:
    """Dtype and shape; None for what is no array or tensor."""
    if not hasattr(array, "dtype"):
        return None
    return array.dtype.name, tuple(array.shape)


def _check_array(member: Any, name: str, array: Any, like: Any) -> None:
    found, dtype, shape = _facts(array), like.dtype.name, like.shape
    # a tensor may not know its shape before it has values
    is_alike = found is not None and found[0] == dtype and len(found[1]) == len(shape)
    if not is_alike or any(size not in (None, wanted) for size, wanted in zip(found[1], shape, strict=True)):
        got = repr(array) if found is None else f"{found[0]} of shape {found[1]}"
        raise ValueError(
            f"{_name(member)} must give a {name} of {dtype} and shape {shape} here, got {got}; correct the formula."
        )


def _check_length(member: Any, name: str, given: Any, length: int) -> None:
    if not isinstance(given, tuple | list) or len(given) != length:
        raise ValueError(f"{_name(member)} must give a tuple of {length} as {name}, got {given!r}; see its base class.")


def _check_names(member: Any, name: str, given: Any, like: dict) -> None:
    if not isinstance(given, dict) or given.keys() != like.keys():
        raise ValueError(f"{_name(member)} must give {name} for {sorted(like)}, got {given!r}; see its base class.")
