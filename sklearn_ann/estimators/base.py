"""The parameter ``base`` of the multilayer perceptrons: what it may be, as the one value that a fit works with."""

from __future__ import annotations

import os
import sys

from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils.validation import check_is_fitted

from ..activations import activation_of
from ..fitting.reuse import Base, base_of_layers
from ..network.weights import as_weights

__all__ = ["read_base"]


def read_base(base):
    """What a base has learned.

    Parameters
    ----------
    base : estimator, keras.Model, str or path
        A fitted multilayer perceptron of ours or of scikit-learn, possibly in a ``FrozenEstimator``; a Keras model; a
        file of ``save``.

    Returns
    -------
    Base

    Raises
    ------
    TypeError
        If it is none of these.
    NotFittedError
        If it is not fitted.
    ValueError
        If a Keras model has other layers than a multilayer perceptron.
    """
    if isinstance(base, str | os.PathLike):
        from .loading import load

        base = load(base)
    if isinstance(base, FrozenEstimator):
        base = base.estimator
    keras = sys.modules.get("keras")
    if keras is not None and isinstance(base, keras.Model):
        from ..keras.layers import dense_layers

        coefs, intercepts, activations = dense_layers(base)
        return base_of_layers(coefs, intercepts, activations[:-1])
    is_ours = hasattr(base, "_net") and hasattr(base, "hidden_layer_sizes")
    if not is_ours and not isinstance(base, MLPClassifier | MLPRegressor):
        raise TypeError(
            "base must be a fitted MLPClassifierTF, MLPRegressorTF or multilayer perceptron of scikit-learn, a Keras "
            f"model, or the path of a file that save has written, got {base!r}; of a Pipeline pass the last step, "
            "pipeline[-1]."
        )
    try:
        check_is_fitted(base, "n_iter_")
    except NotFittedError as error:
        raise NotFittedError(
            f"base must be fitted, got {base!r} without weights; call its fit first, and in a search's grid, which "
            "clones estimators, pass FrozenEstimator(base)."
        ) from error
    feature_names = getattr(base, "feature_names_in_", None)
    if not is_ours:
        activations = [activation_of(base.activation)] * (len(base.coefs_) - 1)
        return base_of_layers(base.coefs_, base.intercepts_, activations, feature_names)
    weights = as_weights(base._net, base.coefs_, base.intercepts_, base.extra_weights_)
    return Base(base._net, weights, base._hyper, base._scaling, feature_names)
