"""Rules of the multilayer perceptrons' parameters that go beyond one parameter's type and range.

Each function raises a ValueError of one sentence: what is wrong, the rule, the value, what to do.
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from ..choices.activations import ALIASES, SETTINGS, Activation
from ..choices.augmentations import Augmentation
from ..choices.choice import Choice
from ..choices.losses import loss_of
from ..choices.normalizations import normalization_of
from ..choices.regularizers import Regularizer
from ..choices.schedules import schedule_of
from ..network.activations import ACTIVATIONS
from ..network.losses import LOSSES

__all__ = [
    "check_augmentations",
    "check_choices",
    "check_functions",
    "check_layers",
    "check_lbfgs",
    "check_loss_function",
    "check_loss_weights",
    "check_output",
    "check_rates",
    "check_structure",
    "given_weights",
]

_EPOCHS_AHEAD = 1000  # of a schedule that are looked at before training; the others are when their turn comes


def check_choices(estimator, regularizers):
    """The settings of choices, and what goes together."""
    _check_activations(estimator.activation)
    for choice in (estimator.solver, estimator.kernel_initializer, estimator.normalization):
        if isinstance(choice, Choice):
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
                f"regularizer must be an object of sklearn_ann.choices or a list of them, got {each!r} in it; "
                "pass for example regularizer=[L1(1e-5), MaxNorm(3.0)]."
            )
        each.check()
    if len({each.name for each in regularizers}) < len(regularizers):
        raise ValueError(f"regularizer must have one of a kind, got {estimator.regularizer!r}; leave out the others.")


def _check_activations(activation):
    for each in activation if isinstance(activation, list | tuple) else [activation]:
        if isinstance(each, Activation):
            each.check()
        elif callable(each) and not isinstance(each, type):
            _check_hashable("activation", each)
        elif not isinstance(each, str) or each not in {*ACTIVATIONS, *SETTINGS, *ALIASES}:
            raise ValueError(
                "activation must be a name, an object of sklearn_ann.choices, a function of a tensor or a list with "
                f"one of them per hidden layer, got {each!r} in it; pass for example "
                "activation=['relu', LeakyReLU(0.1)]."
            )


def _check_hashable(name, function):
    """Functions are kept by their hash along with the programs that hold them."""
    if not isinstance(function, Hashable):
        raise ValueError(f"{name} must be hashable if it is a callable, got {function!r}; give its class a __hash__.")


def check_augmentations(augmentations):
    """The settings of augmentations."""
    for each in augmentations:
        if isinstance(each, Augmentation):
            each.check()
        elif callable(each) and not isinstance(each, type):
            _check_hashable("augmentation", each)
        else:
            raise ValueError(
                "augmentation must be an object of sklearn_ann.choices, a function of x and uniform or a list of them, "
                f"got {each!r} in it; pass for example augmentation=[Shift((28, 28)), Mixup(0.2)]."
            )


def check_functions(network, augmentations):
    """What depends on the layers' sizes: what users' functions make of tensors, and the shapes of images."""
    for activation, units in zip(network.activations, network.hidden, strict=False):
        if not isinstance(activation, str):
            from ..network.functions import fault_of

            fault = fault_of(activation, (3, units), network.dtype)
            _check_fault(fault, "activation", activation, f"(..., {units})", network.dtype, "tf.math.sin")
    n_features = network.n_features
    for augmentation in augmentations:
        if not isinstance(augmentation, Augmentation):
            from ..training.augmentations import function_fault

            fault = function_fault(augmentation, (3, n_features), network.dtype)
            example = "lambda x, uniform: x * (0.5 + uniform((x.shape[-2], 1)))"
            _check_fault(fault, "augmentation", augmentation, f"(..., rows, {n_features})", network.dtype, example)
        elif augmentation.shape and np.prod(augmentation.shape) != n_features:
            raise ValueError(
                f"augmentation={augmentation!r} needs X with one column for each number of an image, "
                f"{np.prod(augmentation.shape)}, got {n_features} columns; correct its shape."
            )


def _check_fault(fault, name, function, shape, dtype, example):
    """What :func:`~sklearn_ann.network.functions.fault_of` says of three rows, if it says something."""
    if fault is not None:
        raise ValueError(
            f"{name} must make of a tensor {shape} of {dtype} another one of that shape and dtype, got {fault} for 3 "
            f"rows from {function!r}; write it with TensorFlow's or Keras' functions, as in {name}={example}."
        )


def _check_schedule(estimator):
    schedule = schedule_of(estimator.learning_rate)
    schedule.check()
    time = np.arange(float(min(estimator.max_iter, _EPOCHS_AHEAD)))
    check_rates(schedule.at(time, estimator.max_iter, estimator.learning_rate_init), time, estimator.learning_rate)


def check_rates(rates, time, learning_rate):
    """What a schedule gives; returned as it is."""
    fine = np.isfinite(rates) & (rates >= 0)
    if not np.all(fine):
        first = np.argmin(np.ravel(fine))
        raise ValueError(
            f"learning_rate must give finite rates >= 0, got {np.ravel(rates)[first]} for epoch "
            f"{np.ravel(time)[first]:g} from {learning_rate!r}; use a schedule of sklearn_ann.choices or correct the "
            "callable."
        )
    return rates


def check_layers(estimator):
    """The sizes of the hidden layers, and what there is one of per layer."""
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


def check_structure(estimator):
    """What a network has besides its layers, and how many of it there are."""
    n_hidden = len(np.atleast_1d(np.asarray(estimator.hidden_layer_sizes)))
    if estimator.auxiliary_loss_weight and not n_hidden:
        raise ValueError(
            f"auxiliary_loss_weight needs a hidden layer to put the second output on, got "
            f"auxiliary_loss_weight={estimator.auxiliary_loss_weight} and hidden_layer_sizes="
            f"{estimator.hidden_layer_sizes!r}; leave it at 0, or add a layer."
        )
    normalization = normalization_of(estimator.normalization)
    if normalization is not None and normalization.name == "batch" and estimator.batch_size == 1:
        raise ValueError(
            "batch_size=1 leaves nothing to normalize over, got normalization="
            f"{estimator.normalization!r}; use a larger batch_size, or normalization='layer'."
        )
    if estimator.n_members > 1 and estimator.warm_start:
        raise ValueError(
            f"n_members > 1 trains all members from the start, got n_members={estimator.n_members} and "
            "warm_start=True; set warm_start=False."
        )


def given_weights(weights, n_layers, coef_init, intercept_init):
    """Weights with those given to ``fit`` for the layers in their place."""
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
    """What L-BFGS cannot do: it goes by one smooth loss of all rows that stands still."""
    if regularizers:
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
    if normalization is not None and normalization.name == "batch":
        raise ValueError(
            f"solver='lbfgs' has no batches to normalize by, got normalization={estimator.normalization!r}; use "
            "normalization='layer', or solver='adam'."
        )
    for name, neutral in (("averaging", None), ("n_members", 1)):
        if getattr(estimator, name) != neutral:
            raise ValueError(
                f"{name} is for the stochastic solvers, got {name}={getattr(estimator, name)!r} with solver='lbfgs'; "
                f"leave it at {neutral}, or use solver='adam'."
            )
    if estimator.augmentation is not None:
        raise ValueError(
            f"solver='lbfgs' needs rows that stand still, got augmentation={estimator.augmentation!r}; leave it out, "
            "or use solver='adam'."
        )
    if held_out[0] is not None:
        raise ValueError("solver='lbfgs' makes no use of X_val; use solver='adam' or 'sgd', or leave X_val out.")
    if resume is not False:
        raise ValueError(
            f"solver='lbfgs' keeps its memory to itself and cannot go on from a checkpoint, got resume={resume!r}; "
            "leave it out, or use solver='adam'."
        )


def check_output(estimator):
    """A regressor's loss, and what goes with its output."""
    loss = loss_of(estimator.loss)
    if isinstance(estimator.loss, type):
        raise ValueError(
            f"loss must be a name, an object or a function, got the class {estimator.loss.__name__}; pass an object of "
            f"it, loss={estimator.loss.__name__}(...)."
        )
    if callable(estimator.loss):
        _check_hashable("loss", estimator.loss)
    loss.check()
    activation, ends = estimator.output_activation, estimator.output_range
    if activation is not None and isinstance(loss.name, str) and LOSSES[loss.name].link != "identity":
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
    """One for each output."""
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
    from ..network.backend import tf

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
    try:
        tf.function(tried, autograph=False).get_concrete_function(rows, rows)
    except Exception as error:  # whatever someone else's code raises
        raise ValueError(
            f"loss must be a function of the tensors y_true and y_pred that gives the loss of each row in TensorFlow's "
            f"operations, got {type(error).__name__} from it: {str(error).splitlines()[0] if str(error) else ''}"
        ) from None
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
