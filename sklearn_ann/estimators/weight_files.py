"""Save and load the weights of a fitted multilayer perceptron, without parameters, classes and optimizer state.

A file is a zip of ``.npy`` arrays by name, such as ``hidden_1_coef``, and a document that describes their estimator.
:mod:`sklearn_ann.fitting.storage` is imported for a file only, not by each worker of a search.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..fitting.attributes import weights_as_attributes
from ..network.weights import Weights, as_weights, is_non_negative, layer_places, learned_names, moving_names
from ..persistence.archive import DamagedFile, in_short, read_archive, write_archive

__all__ = ["WeightFiles"]


class WeightFiles:
    """Mixin of the multilayer perceptrons."""

    def save_weights(self, path):
        """Save only the weights to a file, for :meth:`load_weights`.

        The arrays have the names of the layers in :meth:`summary`: ``hidden_1_coef``, ``hidden_1_intercept``, ...,
        ``output_coef``; those of a normalization or PReLU have the names in ``extra_weights_``. The file is written
        completely or not at all. Use :meth:`save` to save a complete model.

        Parameters
        ----------
        path : str or path
            Path of the file; an existing file is replaced. Its folder must exist.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        """
        from ..fitting.storage import PROTOCOL, card_of

        check_is_fitted(self, "n_iter_")
        document = {"protocol": PROTOCOL, "weights_of": type(self).__name__, "card": card_of(self)}
        write_archive(Path(path), document, _arrays_of(self))

    def load_weights(self, path):
        """Load weights written by :meth:`save_weights`, for predictions and further training.

        Everything else in the model stays the same: its parameters, classes, the scales of ``standardize=True``, curves
        and the optimizer state. The weights take the dtype of those that they replace.

        Parameters
        ----------
        path : str or path
            Path of the file.

        Returns
        -------
        self : estimator
            The estimator itself.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted, so that it has no layers yet.
        OSError
            If there is no such file, or the system refuses to read it.
        ValueError
            If the file is damaged or not a file of weights, if its arrays have other names or shapes than the model's,
            or if a number is not finite or a variance negative.
        """
        check_is_fitted(self, "n_iter_")
        try:
            found = _checked(_read(path), _arrays_of(self), self._net)
        except DamagedFile as error:
            raise DamagedFile(
                f"load_weights takes a file that save_weights has written, got {str(path)!r}: {error}"
            ) from error
        self.__dict__.update(weights_as_attributes(self._net, _weights_of(self._net, found)))
        return self


def _array_names(network):
    """Names of all arrays, in the groups and the order of :class:`~sklearn_ann.network.weights.Weights`."""
    places = layer_places(network)
    return Weights(
        tuple(f"{layer}_coef" for layer in places),
        tuple(f"{layer}_intercept" for layer, (_, intercept) in places.items() if intercept is not None),
        learned_names(network),
        moving_names(network),
    )


def _arrays_of(estimator):
    network = estimator._net
    weights = as_weights(network, estimator.coefs_, estimator.intercepts_, estimator.extra_weights_)
    groups = zip(_array_names(network), weights, strict=True)
    return {name: array for names, arrays in groups for name, array in zip(names, arrays, strict=True)}


def _weights_of(network, arrays):
    return Weights(*(tuple(arrays[name] for name in names) for names in _array_names(network)))


def _read(path):
    from ..fitting.storage import check_protocol
    from ..fitting.storage_checks import CHECK_ERRORS

    document, arrays = read_archive(Path(path))
    try:
        check_protocol(document)
        if "weights_of" not in document:
            raise DamagedFile("it contains a complete model; read it with sklearn_ann.load.")
    except DamagedFile:
        raise
    except CHECK_ERRORS as error:
        raise DamagedFile(
            f"it contains no weights of this package ({type(error).__name__}: {in_short(error)})."
        ) from error
    return arrays


def _checked(found, own, network):
    """Arrays of a file in the dtypes of the model's own, if they fit in its place."""
    if found.keys() != own.keys():
        missing, unknown = sorted(own.keys() - found.keys()), sorted(found.keys() - own.keys())
        raise DamagedFile(f"it has other layers than this model: {_listed(unknown)} instead of {_listed(missing)}.")
    arrays = {name: _checked_array(name, found[name], like) for name, like in own.items()}
    for name, array in arrays.items():
        if is_non_negative(network, name) and np.any(array < 0):
            raise DamagedFile(f"its {name} has {array.min():g}, which must be >= 0.")
    return arrays


def _listed(names, n_most=6):
    """A few names, as text."""
    return ", ".join([*names[:n_most], *(["..."] if len(names) > n_most else [])]) or "nothing"


def _checked_array(name, array, like):
    if array.shape != like.shape:
        raise DamagedFile(f"its {name} has the shape {array.shape}, this model's has {like.shape}.")
    if array.dtype.kind not in "biuf":
        raise DamagedFile(f"its {name} has the dtype {array.dtype}, which is no real number.")
    with np.errstate(over="ignore"):  # float64 numbers beyond float32 become infinite
        array = array.astype(like.dtype)
    if not np.isfinite(array).all():
        raise DamagedFile(f"its {name} has NaN or infinity in {like.dtype}.")
    return array
