"""Checks of X, y and row weights, arrays or dicts of arrays, as scikit-learn's estimators check them.

Comes in: what the user passes. Goes out: arrays, and in ``fit`` what was learned about their shapes and types, with
which later calls are compared. Labels are encoded elsewhere, see ``columns`` and scikeras' encoders.
"""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np
from scipy import sparse
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import (
    _check_sample_weight,
    check_array,
    check_consistent_length,
    validate_data,
)

from ..runtime.backend import tf
from .rows import n_rows, take_rows

__all__ = ["DataChecks", "checked_target", "is_named"]

_OF_KERAS_ALONE = (tf.data.Dataset, tf.RaggedTensor, keras.utils.PyDataset, Iterator)


class DataChecks:
    """Part of the estimators around Keras models."""

    def _validate_data(self, X=None, y=None, reset=False, y_numeric=False):
        """Check X and y; with ``reset`` learn their shapes and types, else compare with those learned."""
        if X is not None:
            X = self._check_inputs(X, reset, strict=y is not None)
        if y is not None:
            y = self._check_targets(y, reset, y_numeric)
        if X is not None and y is not None:
            check_consistent_length(*_arrays(X), *_arrays(y))
        return X, y

    def _check_inputs(self, X, reset, strict):
        if isinstance(X, _OF_KERAS_ALONE):
            raise TypeError(
                f"{type(self).__name__} takes X as an array, a sparse matrix, a table or a dict of arrays, got "
                f"{type(X).__name__}; pass its rows as arrays, or train the network itself with its fit."
            )
        if is_named(X):
            return self._check_named_inputs(X, reset)
        checked = _as_numbers(X, accept_sparse="csr", allow_nd=True, estimator=self, input_name="X")
        if not reset:
            shape = getattr(self, "X_shape_", checked.shape)
            if isinstance(shape, dict):
                raise ValueError(f"X must be a dict with inputs {sorted(shape)}, as in fit, got one array.")
            if len(shape) != checked.ndim:
                raise ValueError(
                    f"X has {checked.ndim} dimensions, but this {type(self).__name__}"
                    f" is expecting {len(shape)} dimensions in X."
                )
        validate_data(self, X, reset=reset, skip_check_array=True)  # number and names of columns
        if reset:
            self.X_dtype_, self.X_shape_ = checked.dtype, checked.shape
        elif shape[1:] != checked.shape[1:]:
            raise ValueError(
                f"X has shape {checked.shape[1:]}, but this {type(self).__name__} is expecting X of shape {shape[1:]}"
            )
        elif strict and not np.can_cast(checked.dtype, self.X_dtype_, casting="same_kind"):
            raise ValueError(
                f"Got X with dtype {checked.dtype}, but this {type(self).__name__} expected {self.X_dtype_}"
                f" and casting from {checked.dtype} to {self.X_dtype_} is not safe!"
            )
        return checked

    def _check_named_inputs(self, X, reset):
        X = {
            name: _text_as_objects(
                check_array(each, allow_nd=True, ensure_2d=False, dtype=None, input_name=f"X[{name!r}]")
            )
            for name, each in X.items()
        }
        shapes = {name: each.shape[1:] for name, each in X.items()}
        if reset:
            self.X_dtype_ = {name: each.dtype for name, each in X.items()}
            self.X_shape_ = {name: each.shape for name, each in X.items()}
            self.input_shapes_ = shapes
        elif shapes != getattr(self, "input_shapes_", None) or not isinstance(self.X_shape_, dict):
            learned = getattr(self, "input_shapes_", self.X_shape_)
            raise ValueError(f"X must have the inputs and shapes that fit had, {learned}, got {shapes}.")
        return X

    def _check_targets(self, y, reset, numeric):
        if is_named(y):
            checked = {name: checked_target(each, numeric) for name, each in y.items()}
            kinds = {name: type_of_target(each, input_name=f"y[{name!r}]") for name, each in checked.items()}
            dtypes, ndims = ({name: getattr(each, of) for name, each in checked.items()} for of in ("dtype", "ndim"))
            if not reset and (not isinstance(self.y_ndim_, dict) or ndims != self.y_ndim_):
                raise ValueError(f"y must have the outputs that fit had, with dimensions {self.y_ndim_}, got {ndims}.")
        else:
            checked = checked_target(y, numeric)
            if not reset:
                self._check_same_kind_of_target(checked)
                return checked
            kinds, dtypes, ndims = self._type_of_target(checked), checked.dtype, checked.ndim
        if reset:
            self.target_type_, self.y_dtype_, self.y_ndim_ = kinds, dtypes, ndims
        return checked

    def _check_same_kind_of_target(self, y):
        if isinstance(self.y_ndim_, dict):
            raise ValueError(f"y must be a dict with outputs {sorted(self.y_ndim_)}, as in fit, got one array.")
        is_number_for_text = self.y_dtype_.kind in "US" and y.dtype.kind in "biuf"  # NumPy would cast it
        is_text = self.y_dtype_.kind in "US" and y.dtype.kind == "O"  # as pandas has it
        if is_number_for_text or not (is_text or np.can_cast(y.dtype, self.y_dtype_, casting="same_kind")):
            raise ValueError(
                f"Got y with dtype {y.dtype}, but this {type(self).__name__} expected {self.y_dtype_}"
                f" and casting from {y.dtype} to {self.y_dtype_} is not safe!"
            )
        if y.ndim != self.y_ndim_:
            raise ValueError(
                f"y has {y.ndim} dimensions, but this {type(self).__name__}"
                f" is expecting {self.y_ndim_} dimensions in y."
            )

    @staticmethod
    def _validate_sample_weight(X, y, sample_weight):
        """Check weights of rows, and leave out the rows without weight."""
        like = np.empty((n_rows(X), 0))
        dtype = np.dtype(keras.config.floatx())
        sample_weight = _check_sample_weight(sample_weight, like, dtype=dtype, copy=True, allow_all_zero_weights=True)
        if np.all(sample_weight == 0):
            raise ValueError(
                "At least one row must have a weight other than zero, but only zeros were passed in sample_weight; "
                "there is nothing to train on or to score."
            )
        kept = sample_weight != 0
        return take_rows(X, kept), take_rows(y, kept), sample_weight[kept]


def _as_numbers(values, **arguments):
    """Check an array; objects and strings become numbers."""
    checked = check_array(values, dtype=None, **arguments)
    if checked.dtype.kind in "OUS":
        arguments |= {"dtype": keras.config.floatx()}
        checked = check_array(values if sparse.issparse(values) else checked, **arguments)
    return checked


def _text_as_objects(array):
    """Text as Keras takes it, which does not know NumPy's own."""
    return array.astype(object) if array.dtype.kind in "UST" else array


def checked_target(y, numeric):
    """An array of targets, dense; of numbers if need be."""
    y = y.toarray() if sparse.issparse(y) else y
    check = _as_numbers if numeric else check_array
    arguments = {} if numeric else {"dtype": None}
    return check(y, ensure_2d=False, allow_nd=False, input_name="y", **arguments)


def is_named(data):
    """Whether it is a dict of arrays; one of SciPy's sparse formats is a dict too."""
    return isinstance(data, dict) and not sparse.issparse(data)


def _arrays(data):
    return data.values() if isinstance(data, dict) else [data]
