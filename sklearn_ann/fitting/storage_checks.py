"""Whether the parts of a stored model fit together (sizes and shapes) and hold values that a fit may leave.

Types have been checked before.

Comes in: attributes by name. An error goes out, or the number of features. Arrays are compared with the network before
anything is made by its sizes, which may be absurd.
"""

from __future__ import annotations

import math

import numpy as np

from ..data import targets
from ..network.forward_numpy import forward
from ..network.noise import NOISES
from ..network.weights import as_weights, extra_weights, first_extras, is_non_negative, unstacked
from ..runtime.tree import leaves

__all__ = ["CHECK_ERRORS", "check_network", "check_units", "require"]

CHECK_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What making and checking a model raises where a document does not describe one."""

_COUNTS = ("n_iter_", "_n_rows", "t_", "_no_improvement_count")
_N_SEEDS = 2**32


def check_network(attributes):
    """Check a multilayer perceptron, and return its number of features."""
    network, target, scaling = attributes["_net"], attributes["_target_kind"], attributes["_scaling"]
    n_features, n_hidden, amounts = network.n_features, len(network.hidden), attributes["_noise_amounts"]
    columns = (*network.wide, *network.deep)
    require("n_features_in_", n_features > 0 and all(0 <= column < n_features for column in columns))
    require("dtype", network.dtype in ("float32", "float64"))
    require("activations", len(network.activations) == max(1, n_hidden))
    require("auxiliary", 0 <= network.auxiliary <= n_hidden)
    require("frozen layers", all(1 <= layer <= network.n_layers for layer in network.frozen))
    require("normalization", getattr(network.normalization, "position", "before") in ("before", "after"))
    require("noise", len(network.noise) == len(amounts))
    for (place, kind), amount in zip(network.noise, amounts, strict=True):
        require("noise", 0 <= place <= n_hidden and kind in NOISES)
        require_value("noise", amount, 0 < amount < (1 if "dropout" in kind else math.inf), "in its range")
    if scaling is not None:
        require("standardize", all(_is_real(each, (n_features,)) for each in scaling))
        require_value("mean of standardize", scaling.mean, np.isfinite(scaling.mean), "finite")
        require_value("scale of standardize", scaling.scale, scaling.scale > 0, "> 0")
    _check_target(target, network.output)
    weights = _checked_weights(network, attributes)
    for leaf in leaves(attributes["_hyper"]):
        require("hyperparameters", type(leaf) is float or (_is_real(leaf) and leaf.ndim <= 1))
        require_value("hyperparameters", leaf, ~np.isnan(leaf), "numbers")
    _check_counts(attributes, _COUNTS)
    require("n_layers_", attributes["n_layers_"] == len(network.units))
    require("n_outputs_", attributes["n_outputs_"] == network.output.width)
    if (seed := attributes["_noise_seed"]) is not None:
        require_value("_noise_seed", seed, (np.asarray(seed) >= 0) & (np.asarray(seed) < _N_SEEDS), "a seed")
    if (optimizer := attributes.get("_optimizer")) is not None:
        _check_optimizer(optimizer, weights)
    _check_prediction(network, weights, attributes["_hyper"])
    return n_features


def _check_target(target, output):
    classes = getattr(target, "classes", [])
    require("loss", 0 < output.outputs_per_target == output.loss.outputs_per_target and min(output.heads) > 0)
    if isinstance(target, targets.RealTarget):
        of_one = target.outputs_per_target
        require("target", all(_is_real(each, target.heads) for each in (target.smallest, target.largest)))
        require("target", output.heads == (target.heads[0] * output.outputs_per_target,))
        require("target", of_one in ((), (output.outputs_per_target,)))
        require("target", not np.any(target.smallest > target.largest))  # NaN where they are unknown
        return
    require("target", output.heads == target.heads and output.outputs_per_target == 1)
    require("loss", "form" in vars(output.loss) and output.loss.form == target.form)
    if isinstance(target, targets.BinaryTarget):
        require("classes_", len(classes) in (1, 2))
    if isinstance(target, targets.ProbabilityTarget | targets.MultilabelTarget):
        require("classes_", np.array_equal(classes, np.arange(len(classes))))


def _checked_weights(network, attributes):
    coefs, extras = attributes["coefs_"], attributes["extra_weights_"]
    weights = as_weights(network, coefs, attributes["intercepts_"], extras)
    lead = coefs[0].shape[:-2]  # the members of an ensemble

    def check(arrays, shapes):
        require("weights", [array.shape for array in arrays] == [(*lead, *shape) for shape in shapes])

    check(weights.coefs, network.fans)
    check(weights.intercepts, [(size,) for size in network.intercept_sizes])
    for arrays, first in zip((weights.learned, weights.moving), first_extras(network), strict=True):
        check(arrays, [array.shape for array in first])
    require("weights", len(lead) <= 1 and all(map(_is_real, leaves(weights))))
    require("weights", extra_weights(network, weights).keys() == extras.keys())
    for array in leaves(weights):  # a fit that diverges keeps the model from before
        require_value("weights", array, np.isfinite(array), "finite")
    for name, array in extras.items():
        if is_non_negative(network, name):
            require_value(name, array, array >= 0, ">= 0")
    return weights


def _check_optimizer(state, weights):
    _check_counts(state._asdict(), ("n_steps", "n_epochs", "wait"))
    for name, rate in (("learning_rate_init", state.learning_rate_init), ("learning_rate", state.learning_rate)):
        require_value(name, rate, math.isfinite(rate) and rate >= 0, ">= 0 and finite")
    if state.opt_state is not None:
        shapes = [np.shape(leaf) for leaf in leaves(weights.trained)]
        require("optimizer", len(state.opt_state) == state.optimizer.n_slots)
        for slot in state.opt_state:
            require("optimizer", all(map(_is_real, leaves(slot))) and [leaf.shape for leaf in leaves(slot)] == shapes)


def _check_prediction(network, weights, hyper):
    """Predict one row: parts of matching shapes may still not fit together."""
    lead = weights.coefs[0].shape[:-2]
    first = unstacked(weights, 1)[0] if lead else weights
    row = np.broadcast_to(np.zeros(1, first.coefs[0].dtype), (1, network.n_features))
    with np.errstate(all="ignore"):
        prediction = forward(row, network, first, hyper)
    require("network", prediction.shape == (1, network.output.width))


def check_units(attributes):
    """Check threshold units, and return their number of features."""
    coef, classes = attributes["coef_"], attributes["classes_"]
    require("classes_", classes.ndim == 1 and len(classes) > 0)
    require_value("classes_", classes, len(np.unique(classes)) == len(classes), "different labels")
    n_units = 1 if len(classes) == 2 and not attributes.get("_multilabel") else len(classes)
    n_features = coef.shape[-1] if coef.ndim else 0
    units = [attributes.get("_last"), attributes.get("_averaged"), (coef, attributes["intercept_"])]
    for coef, intercept in (each for each in units if each is not None):
        require("weights", _is_real(coef, (n_units, n_features)) and _is_real(intercept, (n_units,)))
        for array in (coef, intercept):
            require_value("weights", array, np.isfinite(array), "finite")
    _check_counts(attributes, _COUNTS)
    require_value("mistakes_curve_", curve := attributes.get("mistakes_curve_", []), np.array(curve) >= 0, ">= 0")
    return n_features


def _is_real(array, shape=None):
    """Whether it is an array of numbers that the engines compute with: neither half nor extended precision."""
    is_real = isinstance(array, np.ndarray) and (array.dtype.kind in "biu" or array.dtype in (np.float32, np.float64))
    return is_real and (shape is None or array.shape == shape)


def _check_counts(values, names):
    for name in names:
        require_value(name, value := values.get(name, 0), value >= 0, ">= 0")


def require_value(name, value, holds, rule):
    """Raise a ValueError about values of a part of the model, with the first that breaks a rule, if there is one."""
    if not np.all(holds):
        first = np.ravel(value)[np.ravel(np.logical_not(holds))][0] if np.ndim(holds) else value
        raise ValueError(f"{name} must be {rule}, got {first}")


def require(name, holds):
    """Raise a ValueError about a part of the model unless something holds."""
    if not holds:
        raise ValueError(f"{name} and the rest of the model do not go together")
