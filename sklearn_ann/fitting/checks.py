"""Rules of the multilayer perceptrons' parameters that go beyond one parameter's type and range.

Each function raises a ValueError of one sentence with subject, rule, value and remedy.
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from ..activations import ACTIVATIONS, ALIASES, Activation, ActivationFunction, activation_of
from ..augmentations import AugmentationFunction
from ..configurable import Configurable
from ..normalizations import Normalization, normalization_of
from ..regularizers import Regularizer
from ..schedules import schedule_of
from .range_test import FIND

__all__ = [
    "check_augmentations",
    "check_functions",
    "check_hashable",
    "check_layers",
    "check_lbfgs",
    "check_learning_rate_multipliers",
    "check_members",
    "check_rates",
    "check_structure",
    "given_weights",
]

_EPOCHS_AHEAD = 1000  # of a schedule that are looked at before training; the others are when their turn comes


def check_members(estimator, regularizers):
    """Check the settings of members, and rules that tie several parameters together."""
    _check_activations(estimator.activation)
    normalization = normalization_of(estimator.normalization)
    for choice in (estimator.solver, estimator.kernel_initializer, normalization):
        if isinstance(choice, Configurable):
            choice.check()
    for name in ("learning_rate", "kernel_initializer"):
        value = getattr(estimator, name)
        if isinstance(value, type):
            raise ValueError(
                f"{name} must be a name, an object or a callable, got the class {value.__name__}; "
                f"pass an object of it, {name}={value.__name__}(...)."
            )
    if estimator.solver != "lbfgs" and not isinstance(estimator.learning_rate, str):
        _check_schedule(estimator)
    for each in regularizers:
        if not isinstance(each, Regularizer):
            raise ValueError(
                f"regularizer must be an object of sklearn_ann.regularizers or a list of them, got {each!r} in it; "
                "pass for example regularizer=[L1(1e-5), MaxNorm(3.0)]."
            )
        each.check()
    kinds = list(map(type, regularizers))  # the L2 penalty, which every fit has, among them
    if len(set(kinds)) < len(kinds):
        raise ValueError(
            f"regularizer must have one of a kind, got {estimator.regularizer!r}; leave out the others (alpha is the "
            "estimator's own)."
        )


def _check_activations(activation):
    for each in activation if isinstance(activation, list | tuple) else [activation]:
        if isinstance(each, Activation):
            each.check()
        elif callable(each) and not isinstance(each, type):
            check_hashable("activation", each)
        elif not isinstance(each, str) or each not in {*ACTIVATIONS, *ALIASES}:
            raise ValueError(
                "activation must be a name, an object of sklearn_ann.activations, a function of a tensor or a list "
                f"with one of them per hidden layer, got {each!r} in it; pass for example "
                "activation=['relu', LeakyReLU(0.1)]."
            )
        elif isinstance(kind := ACTIVATIONS.get(ALIASES.get(each, each)), type) and issubclass(kind, Activation):
            activation_of(each).check()


def check_hashable(name, function):
    """Functions are kept by their hash along with the programs that hold them."""
    if not isinstance(function, Hashable):
        raise ValueError(f"{name} must be hashable if it is a callable, got {function!r}; give its class a __hash__.")


def check_augmentations(augmentations):
    """The settings of augmentations."""
    for each in augmentations:
        function = getattr(each, "function", None)
        if not isinstance(each, AugmentationFunction):
            each.check()
        elif callable(function) and not isinstance(function, type):
            check_hashable("augmentation", function)
        else:
            raise ValueError(
                "augmentation must be an object of sklearn_ann.augmentations, a function of x and uniform or a list of "
                f"them, got {function!r} in it; pass for example augmentation=[RandomFlip((28, 28)), Mixup(0.2)]."
            )


def check_functions(network, augmentations):
    """Check what depends on the layers: names in tables, users' functions of tensors, shapes of images."""
    _check_learned_names(network)
    for activation, units in zip(network.activations, network.hidden, strict=False):
        if isinstance(activation, ActivationFunction):
            from ..runtime.functions import validate_function

            fault = validate_function(activation.function, (3, units), network.dtype)
            _check_fault(fault, "activation", activation.function, f"(..., {units})", network.dtype, "tf.math.sin")
    n_features = network.n_features
    for augmentation in augmentations:
        if isinstance(augmentation, AugmentationFunction):
            from ..engines.augmentations import function_fault

            fault = function_fault(augmentation, (3, n_features), network.dtype)
            example = "lambda x, uniform: x * (0.5 + uniform((x.shape[-2], 1)))"
            _check_fault(
                fault, "augmentation", augmentation.function, f"(..., rows, {n_features})", network.dtype, example
            )
        elif augmentation.n_features not in (None, n_features):
            raise ValueError(
                f"augmentation={augmentation!r} needs X with one column for each number of an image, "
                f"{augmentation.n_features}, got {n_features} columns; correct its shape."
            )


def _check_learned_names(network):
    """Check that the learned arrays of a layer have different names."""
    if network.normalization is None:
        return
    normalization = network.normalization
    for activation in network.activations:
        if shared := dict((*normalization.learned, *normalization.moving)).keys() & dict(activation.learned):
            raise ValueError(
                f"What an activation learns must have other names than what a normalization does, got "
                f"{sorted(shared)} of activation={activation!r} and normalization={normalization!r}; give other names "
                "in the class of your own."
            )


def _check_fault(fault, name, function, shape, dtype, example):
    """What :func:`~sklearn_ann.runtime.functions.validate_function` says of three rows, if it says something."""
    if fault is not None:
        raise ValueError(
            f"{name} must map a tensor of shape {shape} and dtype {dtype} to one of the same shape and dtype, got "
            f"{fault} for 3 rows from {function!r}; write it with TensorFlow's or Keras' functions, as in "
            f"{name}={example}."
        )


def _check_schedule(estimator):
    schedule = schedule_of(estimator.learning_rate)
    schedule.check()
    time = np.arange(float(min(estimator.max_iter, _EPOCHS_AHEAD)))
    initial = 1e-3 if estimator.learning_rate_init == FIND else estimator.learning_rate_init  # it is not known yet
    check_rates(schedule.at(time, estimator.max_iter, initial), time, estimator.learning_rate)


def check_rates(rates, time, learning_rate):
    """Check that a schedule gives one rate for each time."""
    try:
        rates = np.broadcast_to(np.asarray(rates, dtype=float), time.shape)
    except (TypeError, ValueError):  # not numbers, or of another shape
        raise ValueError(
            f"learning_rate must give a number for each time, here an array of shape {time.shape}, got {rates!r} from "
            f"{learning_rate!r}; correct its method at."
        ) from None
    fine = np.isfinite(rates) & (rates >= 0)
    if not np.all(fine):
        first = np.argmin(np.ravel(fine))
        raise ValueError(
            f"learning_rate must give finite rates >= 0, got {np.ravel(rates)[first]} for epoch "
            f"{np.ravel(time)[first]:g} from {learning_rate!r}; use one of sklearn_ann.schedules or correct the "
            "callable."
        )
    return rates


def check_layers(estimator):
    """Check the sizes of the hidden layers, and the parameters with one value per layer."""
    try:
        sizes = np.atleast_1d(np.asarray(estimator.hidden_layer_sizes))
    except ValueError:  # lists of different lengths
        sizes = None
    if sizes is None or sizes.ndim != 1 or (sizes.size and not np.issubdtype(sizes.dtype, np.integer)):
        raise ValueError(
            f"hidden_layer_sizes must be whole numbers, one per hidden layer, got {estimator.hidden_layer_sizes!r}; "
            "pass for example hidden_layer_sizes=(100, 50)."
        )
    if np.any(sizes <= 0):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {[int(size) for size in sizes]}.")
    if isinstance(estimator.activation, list | tuple) and len(estimator.activation) != len(sizes):
        raise ValueError(
            f"activation must be one for all hidden layers or one per hidden layer, here {len(sizes)}, got "
            f"{len(estimator.activation)} of them: {estimator.activation!r}."
        )
    try:
        rates = np.asarray(estimator.dropout, dtype=float)
    except (TypeError, ValueError):  # not numbers, or lists of different lengths
        rates = np.array(np.nan)
    if rates.shape not in ((), sizes.shape) or not np.all((rates >= 0) & (rates < 1)):
        raise ValueError(
            f"dropout must be one rate in [0, 1) or one per hidden layer, here {len(sizes)}, got "
            f"{estimator.dropout!r}; pass for example dropout=0.2."
        )


def check_learning_rate_multipliers(estimator):
    """Factors of the learning rate, and what frozen layers ask of a normalization."""
    given, sizes = estimator.learning_rate_multipliers, np.atleast_1d(np.asarray(estimator.hidden_layer_sizes))
    if given is None:
        return
    try:
        factors = np.asarray(given, dtype=float)
    except (TypeError, ValueError):  # not numbers, or lists of different lengths
        factors = np.array(np.nan)
    n_layers = len(sizes) + 1
    if factors.shape != (n_layers,) or not np.all(np.isfinite(factors) & (factors >= 0)) or not np.any(factors):
        raise ValueError(
            f"learning_rate_multipliers must have a finite number >= 0 for each hidden layer and for the output, here "
            f"{n_layers}, and one > 0 at least, got {given!r}; pass for example learning_rate_multipliers="
            f"{(*[0] * (n_layers - 1), 1)}."
        )
    if estimator.solver == "lbfgs" and not np.all((factors == 0) | (factors == 1)):
        raise ValueError(
            f"solver='lbfgs' has no learning rate, so learning_rate_multipliers must be 0 (frozen) or 1, got "
            f"{given!r}; use solver='adam' for others."
        )
    normalization, lowest = normalization_of(estimator.normalization), np.flatnonzero(factors)[0]
    if normalization is None or not normalization.moving or np.all(factors[lowest:-1]):
        return
    if type(normalization).slope is Normalization.slope:
        raise ValueError(
            f"A frozen layer above one that is trained needs the derivative of its normalization, got "
            f"learning_rate_multipliers={given!r} and normalization={normalization!r}; define a method slope, or "
            "freeze the layers below too."
        )


def check_structure(estimator):
    """Check the parts of a network besides its layers."""
    n_hidden = len(np.atleast_1d(np.asarray(estimator.hidden_layer_sizes)))
    if estimator.auxiliary_loss_weight and not n_hidden:
        raise ValueError(
            f"auxiliary_loss_weight needs a hidden layer to put the second output on, got "
            f"auxiliary_loss_weight={estimator.auxiliary_loss_weight} and hidden_layer_sizes="
            f"{estimator.hidden_layer_sizes!r}; leave it at 0, or add a layer."
        )
    if estimator.auxiliary_loss_weight and (estimator.auxiliary_layer or 1) > n_hidden:
        raise ValueError(
            f"auxiliary_layer must be the number of a hidden layer, from 1 to {n_hidden}, got "
            f"{estimator.auxiliary_layer!r}; leave it at None for the layer in the middle."
        )
    normalization = normalization_of(estimator.normalization)
    if normalization is not None and normalization.moving and estimator.batch_size == 1:
        raise ValueError(
            "batch_size=1 leaves nothing to normalize over, got normalization="
            f"{estimator.normalization!r}; use a larger batch_size, or normalization='layer'."
        )
    if estimator.n_estimators > 1 and estimator.warm_start:
        raise ValueError(
            f"n_estimators > 1 trains all members from the start, got n_estimators={estimator.n_estimators} and "
            "warm_start=True; set warm_start=False."
        )


def given_weights(weights, n_layers, coef_init, intercept_init):
    """Weights in which those passed to ``fit`` replace the drawn ones."""
    coefs = _given("coef_init", coef_init, weights.coefs[:n_layers])
    intercepts = _given("intercept_init", intercept_init, weights.intercepts[:n_layers])
    return weights._replace(
        coefs=(*coefs, *weights.coefs[n_layers:]), intercepts=(*intercepts, *weights.intercepts[n_layers:])
    )


def _given(name, arrays, group):
    """One array per layer, of the shapes and dtype of those in ``group``, which stand where there are none."""
    if arrays is None:
        return group
    shapes = [array.shape for array in group]
    try:
        found = [np.asarray(array) for array in arrays]
    except (TypeError, ValueError):  # not a list of anything; lists of different lengths
        found = None
    if found is None or [array.shape for array in found] != shapes:
        got = repr(arrays) if found is None else f"shapes {[array.shape for array in found]}"
    elif not all(array.dtype.kind in "biuf" for array in found):
        got = f"dtypes {[str(array.dtype) for array in found]}"
    else:
        with np.errstate(over="ignore"):  # float64 numbers beyond float32 become infinite
            cast = tuple(array.astype(like.dtype) for array, like in zip(found, group, strict=True))
        if all(np.isfinite(array).all() for array in cast):
            return cast
        got = "NaN or infinity in them"
    raise ValueError(
        f"{name} must be a list of arrays of finite real numbers, one per layer, of shapes {shapes}, got {got}; "
        f"leave {name} out to have them drawn."
    )


def check_lbfgs(estimator, regularizers, noise, held_out, resume):
    """Refuse what L-BFGS cannot do: it needs one fixed, smooth loss over all rows."""
    if len(regularizers) > 1:  # beyond that of alpha
        raise ValueError(
            f"solver='lbfgs' has no penalty but alpha, got regularizer={estimator.regularizer!r}; leave it out, or use "
            "solver='adam'."
        )
    if noise:
        raise ValueError(
            "solver='lbfgs' needs a loss without noise; set dropout, input_dropout and gaussian_noise to 0 and use no "
            "RReLU, or use solver='adam'."
        )
    normalization = normalization_of(estimator.normalization)
    if normalization is not None and normalization.moving:
        raise ValueError(
            f"solver='lbfgs' has no batches to normalize by, got normalization={estimator.normalization!r}; use "
            "normalization='layer', or solver='adam'."
        )
    for name, neutral in (("averaging", None), ("clipvalue", None), ("global_clipnorm", None), ("n_estimators", 1)):
        if getattr(estimator, name) != neutral:
            raise ValueError(
                f"{name} is for the stochastic solvers, got {name}={getattr(estimator, name)!r} with solver='lbfgs'; "
                f"leave it at {neutral}, or use solver='adam'."
            )
    if estimator.learning_rate_init == FIND:
        raise ValueError(
            "solver='lbfgs' has no learning rate to find, got learning_rate_init='find'; leave it out, or use "
            "solver='adam'."
        )
    if estimator.augmentation is not None:
        raise ValueError(
            "solver='lbfgs' needs the same rows in every step, got "
            f"augmentation={estimator.augmentation!r}; leave it out, or use solver='adam'."
        )
    if held_out[0] is not None:
        raise ValueError("solver='lbfgs' makes no use of X_val; use solver='adam' or 'sgd', or leave X_val out.")
    if resume is not False:
        raise ValueError(
            "solver='lbfgs' cannot be resumed, since SciPy does not expose its state, got "
            f"resume={resume!r}; leave it out, or use solver='adam'."
        )
