"""One layer's weights of a fitted multilayer perceptron, read and set by the name that ``summary`` gives the layer.

Comes in: the name of a layer, and arrays of the shapes that it has. Goes out: copies of its arrays, or the estimator
with others in their place. What a normalization or PReLU has learned stands in ``extra_weights_``.
"""

from __future__ import annotations

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..fitting.attributes import weights_as_attributes
from ..network.weights import as_weights, layer_places

__all__ = ["LayerWeights"]


class LayerWeights:
    """Mixin of the multilayer perceptrons."""

    def get_layer_weights(self, name):
        """Get the weights of one layer.

        Parameters
        ----------
        name : str
            Name of the layer in :meth:`summary`: ``'hidden_1'``, ``'hidden_2'``, ..., ``'output'``, and ``'wide'`` and
            ``'auxiliary'`` if the network has them.

        Returns
        -------
        coef : ndarray of shape (n_units, n_units_above)
            Copy of its weights; for an ensemble, with a leading axis for the members.
        intercept : ndarray of shape (n_units_above,) or None
            Copy of its intercepts; None for ``'wide'``, which has none.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If there is no layer of that name.
        """
        weights, coef, intercept = self._layer(name)
        return weights.coefs[coef].copy(), None if intercept is None else weights.intercepts[intercept].copy()

    def set_layer_weights(self, name, coef, intercept=None):
        """Set the weights of one layer, for predictions and further training.

        Parameters
        ----------
        name : str
            Name of the layer, as for :meth:`get_layer_weights`.
        coef : array-like of shape (n_units, n_units_above)
            Weights, finite real numbers; they are copied and take the dtype of those that they replace.
        intercept : array-like of shape (n_units_above,) or None, default=None
            Intercepts; None leaves them as they are.

        Returns
        -------
        self : estimator
            The estimator itself.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If there is no layer of that name, or if an array has the wrong shape or values that are not finite.
        """
        weights, coef_place, intercept_place = self._layer(name)
        if intercept_place is None and intercept is not None:
            raise ValueError(
                f"intercept must be None for the layer {name!r}, which has none, got {intercept!r}; set the intercept "
                "of 'output'."
            )
        coefs, intercepts = list(weights.coefs), list(weights.intercepts)
        coefs[coef_place] = _checked("coef", name, coef, coefs[coef_place])
        if intercept is not None:
            intercepts[intercept_place] = _checked("intercept", name, intercept, intercepts[intercept_place])
        weights = weights._replace(coefs=tuple(coefs), intercepts=tuple(intercepts))
        self.__dict__.update(weights_as_attributes(self._net, weights))
        return self

    def _layer(self, name):
        """All weights, and where those of a layer stand."""
        check_is_fitted(self, "n_iter_")
        places = layer_places(self._net)
        if not isinstance(name, str) or name not in places:
            raise ValueError(f"name must be that of a layer, one of {list(places)}, got {name!r}; see summary().")
        return as_weights(self._net, self.coefs_, self.intercepts_, self.extra_weights_), *places[name]


def _checked(what, layer, array, like):
    """A copy of the array in the dtype of ``like``."""
    try:
        found = np.asarray(array)
    except (TypeError, ValueError):  # lists of different lengths
        found = None
    if found is None or found.dtype.kind not in "biuf":
        got = repr(array) if found is None else f"dtype {found.dtype}"
    elif found.shape != like.shape:
        got = f"shape {found.shape}"
    else:
        with np.errstate(over="ignore"):  # float64 numbers beyond float32 become infinite
            copy = found.astype(like.dtype)
        if np.isfinite(copy).all():
            return copy
        got = "NaN or infinity in it"
    raise ValueError(
        f"{what} of the layer {layer!r} must be finite real numbers of shape {like.shape} and fit {like.dtype}, got "
        f"{got}; start from those of get_layer_weights({layer!r})."
    )
