"""Columns of X for the inputs of a network, and columns of y for its outputs.

Comes in: ``{"wide": [0, 1], "deep": slice(2, None)}``, positions or names. Goes out: encoders, as scikeras' wrappers
have them, between arrays and dicts of arrays by the names of inputs or outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.multiclass import type_of_target

__all__ = ["InputColumns", "OutputColumns", "Unchanged"]


class Unchanged(TransformerMixin, BaseEstimator):
    """Encoder that leaves X as it is, a dict too."""

    def fit(self, X, y=None):
        """Learn nothing."""
        return self

    def transform(self, X):
        """Give X."""
        return X

    def inverse_transform(self, X):
        """Give X."""
        return X


class InputColumns(TransformerMixin, BaseEstimator):
    """Encoder of X: one array for each named input of a network.

    Parameters
    ----------
    inputs : dict
        Of each input, its columns: positions or names, as a list, a slice or one of them.
    feature_names : array-like of str or None, default=None
        Names of the columns of X, if they have any.
    """

    def __init__(self, inputs, feature_names=None):
        self.inputs = inputs
        self.feature_names = feature_names

    def fit(self, X, y=None):
        """Find the columns."""
        if not isinstance(self.inputs, Mapping) or not self.inputs:
            raise TypeError(
                f"inputs must be a dict from names of inputs to columns of X, got {self.inputs!r}; "
                "for one input leave it None."
            )
        self.columns_ = {
            name: as_positions(columns, X.shape[1], self.feature_names, f"inputs[{name!r}]")
            for name, columns in self.inputs.items()
        }
        return self

    def transform(self, X):
        """Split X, ``(n_samples, n_features)``, into one array for each input."""
        return {name: X[:, columns] for name, columns in self.columns_.items()}

    def get_metadata(self):
        """For ``meta``: the shape of each input, without rows."""
        return {"input_shapes_": {name: (len(columns),) for name, columns in self.columns_.items()}}


class OutputColumns(TransformerMixin, BaseEstimator):
    """Encoder of y: one target for each named output of a network.

    Parameters
    ----------
    outputs : dict or None
        Of each output, its columns of y. Several outputs may have the same: all learn them, and the first predicts.
        None if y is a dict with a target for each output.
    make_encoder : callable
        Called with the name of an output; gives an encoder of one target.
    """

    def __init__(self, outputs, make_encoder: Callable[[str], Any]):
        self.outputs = outputs
        self.make_encoder = make_encoder

    def fit(self, y):
        """Learn each target."""
        self._is_dict = isinstance(y, dict)
        if not self._is_dict:
            self._ndim = y.ndim
            n_columns = 1 if y.ndim == 1 else y.shape[1]
            self.columns_ = {
                name: as_positions(columns, n_columns, None, f"outputs[{name!r}]")
                for name, columns in self.outputs.items()
            }
            missing = set(range(n_columns)).difference(*self.columns_.values())
            if missing:
                raise ValueError(
                    f"outputs must name an output for every column of y, got none for {sorted(missing)}; add them."
                )
        parts = self._split(y)
        self.encoders_ = {name: self.make_encoder(name).fit(each) for name, each in parts.items()}
        self.kinds_ = {name: _kind(each, self.encoders_[name]) for name, each in parts.items()}
        self.n_outputs_ = len(self.encoders_) if self._is_dict else n_columns
        self.n_outputs_expected_ = len(self.encoders_)
        by_output = {
            attribute: {name: getattr(each, attribute, None) for name, each in self.encoders_.items()}
            for attribute in ("classes_", "n_classes_")
        }
        self._classes = {name: each for name, each in by_output.items() if any(v is not None for v in each.values())}
        return self

    def transform(self, y):
        """Split y into one target for each output."""
        parts = self._split(y)
        return {name: encoder.transform(parts[name]) for name, encoder in self.encoders_.items()}

    def inverse_transform(self, outputs, return_proba=False):
        """Predictions of all outputs, a dict, as y is: a dict, or an array with a column for each of y's."""
        arguments = {"return_proba": True} if return_proba else {}
        predicted = {
            name: encoder.inverse_transform(outputs[name], **arguments) for name, encoder in self.encoders_.items()
        }
        if return_proba:
            predicted = {name: np.reshape(each, (len(outputs[name]), -1)) for name, each in predicted.items()}
        if self._is_dict:
            return predicted
        firsts = self._first_outputs()
        if return_proba:
            found = [predicted[name] for name in dict.fromkeys(firsts)]
            return found[0] if len(found) == 1 else found
        parts = {name: np.reshape(each, (len(each), -1)) for name, each in predicted.items()}
        columns = [parts[name][:, list(self.columns_[name]).index(k)] for k, name in enumerate(firsts)]
        return columns[0] if self._ndim == 1 else np.column_stack(columns)

    def get_metadata(self):
        """For ``meta``: numbers of outputs, and classes by output."""
        return {"n_outputs_": self.n_outputs_, "n_outputs_expected_": self.n_outputs_expected_, **self._classes}

    def _split(self, y):
        if isinstance(y, dict):
            return {name: np.asarray(each) for name, each in y.items()}
        if y.ndim == 1:
            return dict.fromkeys(self.columns_, y)
        return {
            name: y[:, columns[0]] if len(columns) == 1 else y[:, columns] for name, columns in self.columns_.items()
        }

    def _first_outputs(self):
        """Of each column of y, the first output that learns it."""
        n_columns = 1 + max(max(columns) for columns in self.columns_.values())
        return [next(name for name, columns in self.columns_.items() if k in columns) for k in range(n_columns)]


def _kind(y, encoder):
    """Type of a target, of which some classes may come later."""
    kind, n_classes = type_of_target(y), getattr(encoder, "n_classes_", None)
    return "multiclass" if kind == "binary" and n_classes is not None and n_classes > 2 else kind


def as_positions(columns, n_columns, names, subject):
    """Columns as a list of positions.

    Raises
    ------
    ValueError
        If there is no such column, or none at all.
    """
    names = None if names is None else list(names)
    try:
        if isinstance(columns, slice):
            bounds = [_position(bound, names) for bound in (columns.start, columns.stop)]
            if isinstance(columns.stop, str):  # as in pandas: the last one named belongs to it
                bounds[1] += 1
            found = list(range(n_columns))[slice(*bounds, columns.step)]
        else:
            several = [columns] if isinstance(columns, str | int | np.integer) else list(columns)
            if several and all(isinstance(each, bool | np.bool_) for each in several):
                several = list(np.flatnonzero(np.asarray(several)))
            found = [range(n_columns)[_position(each, names)] for each in several]
    except (ValueError, TypeError, IndexError):
        found = []
    if not found:
        among = f"{n_columns} columns" + ("" if names is None else f", {names}")
        raise ValueError(
            f"{subject} must be columns by position or name, as a list, a slice or one of them, "
            f"got {columns!r} of {among}."
        )
    return found


def _position(column, names):
    if not isinstance(column, str):
        return column
    if names is None:
        raise ValueError("names of columns need a DataFrame")
    return names.index(column)
