"""A network and its weights as a Keras model that predicts the same.

Comes in: what the engine predicts with. Goes out: a functional model, which Keras saves and loads without any of this
package. It is for predictions: the auxiliary output, noise and penalties are of training and left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from scipy import sparse
from sklearn.utils.validation import check_is_fitted

from ..activations import CELU, ELU, ActivationFunction, LeakyReLU, PReLU, RReLU, Step, Threshold
from ..data.scales import Scaling
from ..network.hyper import NetworkHyper
from ..network.spec import Network
from ..network.weights import Weights, as_weights, extra_weights, layer_places, unstacked
from ..normalizations import BatchNorm, LayerNorm
from ..runtime.availability import check_can_run

__all__ = ["build_model", "keras_model", "set_weights"]

_DTYPES = (None, "float32", "float64")


def _leaky_relu(x: Any, layer: dict, negative_slope: float) -> Any:
    return keras.layers.LeakyReLU(negative_slope=negative_slope, **layer)(x)


# ``(x, layer, *hyper)`` to values, of activations without a name in Keras; ``layer`` has the arguments of every layer:
# its name and its dtype.
_ACTIVATIONS: dict[type, Callable[..., Any]] = {
    LeakyReLU: _leaky_relu,
    RReLU: _leaky_relu,
    PReLU: lambda x, layer: keras.layers.PReLU(**layer)(x),
    ELU: lambda x, layer, alpha: keras.layers.ELU(alpha=alpha, **layer)(x),
    CELU: lambda x, layer, alpha: keras.ops.celu(x, alpha=alpha),
    Threshold: lambda x, layer, threshold, value: keras.ops.threshold(x, threshold, value),
    Step: lambda x, layer: keras.ops.cast(keras.ops.greater_equal(x, 0), layer["dtype"]),
}

_NORMALIZATIONS: dict[type, Callable[..., Any]] = {
    BatchNorm: keras.layers.BatchNormalization,
    LayerNorm: keras.layers.LayerNormalization,
}


def _between(activation: str) -> Callable[..., Any]:
    def link(raw: Any, layer: dict, low: np.ndarray, high: np.ndarray) -> Any:
        share = keras.layers.Activation("sigmoid", **layer)(raw * 2 if activation == "tanh" else raw)
        return share * (high - low) + low  # NumPy on the left would take over

    return link


def _mean_and_std(raw: Any, layer: dict, min_std: np.ndarray) -> Any:
    is_mean = np.arange(raw.shape[1]) % 2 == 0
    return keras.ops.where(is_mean, raw, keras.ops.softplus(raw) + min_std)


def _link_of_name(name: str) -> Callable[..., Any]:
    return lambda raw, layer: keras.layers.Activation(name, **layer)(raw)


_LINKS: dict[str, Callable[..., Any]] = {
    **{name: _link_of_name(name) for name in ("relu", "softplus", "softmax")},
    "identity": _link_of_name("linear"),
    "exp": _link_of_name("exponential"),
    "logistic": _link_of_name("sigmoid"),
    "logistic_between": _between("logistic"),
    "tanh_between": _between("tanh"),
    "mean_and_std": _mean_and_std,
}


def keras_model(estimator: Any, dtype: str | None = None) -> keras.Model:
    """Convert a fitted estimator to a Keras model with the same predictions.

    Parameters
    ----------
    estimator : MLPClassifierTF, MLPRegressorTF or PerceptronClassifier
        Fitted estimator. Of a Pipeline, pass the last step.
    dtype : {"float32", "float64"} or None, default=None
        Dtype of the model; None for the dtype that the estimator was trained in. TensorFlow Lite needs ``"float32"``,
        which rounds weights, means and scales.

    Returns
    -------
    keras.Model
        Model, not compiled, that maps rows ``(n_rows, n_features)`` to outputs ``(n_rows, n_outputs_)``: the
        probabilities of a classifier (for two classes, only that of the second; for several columns of classes, those
        of all columns side by side), the values of ``decision_function`` with ``loss='hinge'``, or the predictions of a
        regressor (with ``loss='gaussian'``, mean and standard deviation in alternation, without what ``predict`` adds
        to the latter for dropout and the spread of an ensemble). It includes the scaling of ``standardize``, and the
        mean of an ensemble. For a perceptron, outputs are the scores of ``decision_function``, ``(n_rows, n_units)``.

    Raises
    ------
    TypeError
        If it is not an estimator of this package.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ValueError
        If Keras has no equivalent of an activation, a normalization or the output, or ``dtype`` is unknown.

    Notes
    -----
    ``model(X)`` computes in the dtype of the weights; ``model.predict(X)`` rounds X to float32 first.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.keras import keras_model
    >>> X, y = load_iris(return_X_y=True)
    >>> model = keras_model(MLPClassifierTF((8,), solver="lbfgs", max_iter=1000, random_state=0).fit(X, y))
    >>> model(X).shape
    TensorShape([150, 3])
    """
    if dtype not in _DTYPES:
        raise ValueError(
            f"dtype must be 'float32', 'float64' or None, got {dtype!r}; use None for the estimator's own."
        )
    if hasattr(estimator, "step_output"):
        check_is_fitted(estimator, "coef_")
        return _model_of_units(estimator.coef_, estimator.intercept_, dtype or estimator.coef_.dtype.name)
    if not hasattr(estimator, "_net"):
        raise TypeError(
            "keras_model takes a fitted MLPClassifierTF, MLPRegressorTF or PerceptronClassifier, got "
            f"{estimator!r}; of a Pipeline pass the last step, pipeline[-1]."
        )
    check_is_fitted(estimator, "n_iter_")
    network = estimator._net
    if dtype is not None:
        network = dataclasses.replace(network, dtype=dtype)
    weights = as_weights(network, estimator.coefs_, estimator.intercepts_, estimator.extra_weights_)
    return build_model(network, weights, estimator._hyper, estimator._scaling)


def build_model(network: Network, weights: Weights, hyper: NetworkHyper, scaling: Scaling | None = None) -> keras.Model:
    """A functional model with the predictions of a network, for what is no fitted estimator yet.

    Parameters
    ----------
    network : Network
    weights : Weights
        In NumPy. Of an ensemble (with a leading axis), the model has a tower for each member and gives their mean.
    hyper : NetworkHyper
        As for :func:`~sklearn_ann.network.forward_numpy.forward`.
    scaling : Scaling or None
        Of the columns of X, as its first step.

    Returns
    -------
    keras.Model
        From rows ``(n_rows, n_features)`` to predictions on the scale of the inverse link, ``(n_rows, width)``, in the
        network's dtype. Not compiled. The layers with weights are ``hidden_1``, ..., ``output`` and, where there are
        such, ``normalization_1``, ..., ``activation_1``, ... (PReLU) and ``wide``; those of an ensemble have
        ``member_1_`` before it.

    Raises
    ------
    ValueError
        If Keras has nothing for an activation, a normalization or the output.
    RuntimeError
        If TensorFlow cannot run in this process.

    Notes
    -----
    ``model(X)`` computes in the network's dtype; ``model.predict(X)`` rounds X to Keras' ``floatx`` first. Some of
    Keras' layers round their settings to float32.
    """
    check_can_run()
    members = _members(weights)
    inputs = keras.Input((network.n_features,), dtype=network.dtype, name="X")
    x = inputs
    if scaling is not None:  # Keras' Normalization divides by no less than 1e-7
        x = (x - scaling.mean.astype(network.dtype)) / scaling.scale.astype(network.dtype)
    towers = [_tower(network, hyper, x, prefix) for prefix in members]
    outputs = towers[0] if len(towers) == 1 else keras.layers.Average(name="mean", dtype=network.dtype)(towers)
    model = keras.Model(inputs, outputs, name="network")
    set_weights(model, network, weights)
    return model


def _model_of_units(coef: Any, intercept: np.ndarray, dtype: str) -> keras.Model:
    """The scores of threshold units."""
    check_can_run()
    coef = coef.toarray() if sparse.issparse(coef) else coef
    n_units, n_features = coef.shape
    inputs = keras.Input((n_features,), dtype=dtype, name="X")
    layer = keras.layers.Dense(n_units, dtype=dtype, name="output")
    model = keras.Model(inputs, layer(inputs), name="network")
    layer.set_weights([coef.T, intercept])
    return model


def set_weights(model: keras.Model, network: Network, weights: Weights) -> None:
    """Give a model of :func:`build_model` other weights of the same network."""
    for prefix, member in _members(weights).items():
        for name, arrays in _arrays_by_layer(network, member).items():
            model.get_layer(prefix + name).set_weights(arrays)


def _members(weights: Weights) -> dict[str, Weights]:
    """The weights of each tower by the prefix of its layers."""
    if weights.coefs[0].ndim == 2:
        return {"": weights}
    members = unstacked(weights, len(weights.coefs[0]))
    return {f"member_{number}_": member for number, member in enumerate(members, start=1)}


def _arrays_by_layer(network: Network, weights: Weights) -> dict[str, list[np.ndarray]]:
    """Arrays in the order in which Keras' layers have them."""
    extra = extra_weights(network, weights)
    arrays = {
        name: [weights.coefs[coef], *([] if intercept is None else [weights.intercepts[intercept]])]
        for name, (coef, intercept) in layer_places(network).items()
        if name != "auxiliary"
    }
    for layer, activation in enumerate(network.activations[: len(network.hidden)], start=1):
        if activation.learned:
            arrays[f"activation_{layer}"] = [extra[f"{name}_{layer}"] for name, _ in activation.learned]
        if (row := network.normalization) is not None:
            arrays[f"normalization_{layer}"] = [extra[f"{name}_{layer}"] for name, _ in (*row.learned, *row.moving)]
    return arrays


def _tower(network: Network, hyper: NetworkHyper, inputs: Any, prefix: str) -> Any:
    def named(name: str) -> dict[str, Any]:
        return {"name": prefix + name, "dtype": network.dtype}

    def normalized(layer: int, values: Any) -> Any:
        make, epsilon = _found(_NORMALIZATIONS, normalization, "normalization"), hyper.normalization[-1]
        return make(epsilon=epsilon, **named(f"normalization_{layer}"))(values)

    normalization = network.normalization
    values = keras.ops.take(inputs, list(network.deep), axis=1) if network.deep else inputs
    for layer, activation in enumerate(network.activations[: len(network.hidden)], start=1):
        before = values
        values = keras.layers.Dense(network.units[layer], **named(f"hidden_{layer}"))(values)
        if normalization is not None and normalization.position == "before":
            values = normalized(layer, values)
        own = named(f"activation_{layer}")
        if isinstance(activation, ActivationFunction):
            values = keras.layers.Activation(activation.function, **own)(values)
        elif keras_name := vars(type(activation)).get("keras_name"):  # a derived class may have another formula
            values = keras.layers.Activation(keras_name, **own)(values)
        else:
            values = _found(_ACTIVATIONS, activation, "activation")(values, own, *hyper.activations[layer - 1])
        if normalization is not None and normalization.position == "after":
            values = normalized(layer, values)
        if network.is_skipped(layer):
            values = keras.layers.Add(**named(f"skip_{layer}"))([values, before])
    raw = keras.layers.Dense(network.output.width, **named("output"))(values)
    if network.wide:
        columns = keras.ops.take(inputs, list(network.wide), axis=1)
        wide = keras.layers.Dense(network.output.width, use_bias=False, **named("wide"))(columns)
        raw = keras.layers.Add(**named("deep_and_wide"))([raw, wide])
    return _linked(network, hyper, raw, named)


def _linked(network: Network, hyper: NetworkHyper, raw: Any, named: Callable[[str], dict]) -> Any:
    own = [np.asarray(leaf, dtype=network.dtype) for leaf in hyper.link]
    link = _LINKS[network.output.link_name]
    heads = network.output.heads
    if len(heads) == 1:
        return link(raw, named("prediction"), *own)
    parts = keras.ops.split(raw, np.cumsum(heads[:-1]).tolist(), axis=-1)
    linked = [link(part, named(f"prediction_{head}"), *own) for head, part in enumerate(parts, start=1)]
    return keras.layers.Concatenate(**named("prediction"))(linked)


def _found(table: Mapping[type, Any], member: Any, kind: str) -> Any:
    if type(member) not in table:
        raise ValueError(
            f"The {kind} {member.name!r} has no counterpart in Keras; export a network with one of sklearn_ann's own."
        )
    return table[type(member)]
