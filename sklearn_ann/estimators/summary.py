"""Layers of a fitted network and the result of training, as text and below scikit-learn's HTML representation."""

from __future__ import annotations

import html
from abc import abstractmethod

from sklearn.utils.validation import check_is_fitted

from ..network.weights import extra_weights

__all__ = ["Summarized", "network_rows"]

_HEAD = ("layer", "units", "operations", "weights", "parameters")


class Summarized:
    """Mixin of estimators with a summary of layers and training."""

    def summary(self):
        """Return a table of the layers, followed by the result of training.

        Returns
        -------
        str
            A line for each layer: its name (``'hidden_1'``, ..., ``'output'``, ``'wide'``, ``'auxiliary'``), units,
            operations, the shape of its weights and the number of its parameters, including moving averages. Below are
            dtype and device, epochs, last loss and scores, and why training stopped, or that it is still running.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        """
        check_is_fitted(self, "n_iter_")
        rows = self._summary_rows()
        n_parameters = sum(row[-1] for row in rows)
        cells = [_HEAD, *((*row[:-1], f"{row[-1]:,}") for row in rows)]
        widths = [max(len(str(cell)) for cell in column) for column in zip(*cells, strict=True)]
        lines = ["  ".join(_aligned(*each) for each in zip(row, widths, _HEAD, strict=True)).rstrip() for row in cells]
        lines.insert(1, "-" * max(map(len, lines)))
        end = "still training" if self.stop_reason_ is None else f"stopped: {self.stop_reason_}"
        return "\n".join([f"{type(self).__name__}: {n_parameters:,} parameters", *lines, self._training_line(), end])

    @abstractmethod
    def _summary_rows(self):
        """Name, units, operations, shape of the weights and number of parameters of each layer."""

    @abstractmethod
    def _training_line(self):
        """Result of training: dtype, device, epochs, losses and scores."""

    def _html_repr(self):
        """Scikit-learn's, and the summary to be unfolded below it."""
        shown = super()._html_repr()
        if not hasattr(self, "n_iter_"):
            return shown
        return f"{shown}<details><summary>Network</summary><pre>{html.escape(self.summary())}</pre></details>"


def _aligned(cell, width, name):
    return f"{cell:>{width}}" if name in ("units", "parameters") else f"{cell:<{width}}"


def network_rows(network, weights):
    """Rows of a multilayer perceptron."""
    n_estimators = len(weights.coefs[0]) if weights.coefs[0].ndim == 3 else 1
    extras = extra_weights(network, weights)
    rows = [("input", network.n_features, "", "", 0)]
    for layer, units in enumerate([*network.hidden, network.output.width], start=1):
        is_output = layer == network.n_layers
        does = [network.output.link_name if is_output else network.activations[layer - 1].name]
        if (normalization := network.normalization) is not None and not is_output:
            does.insert(0 if normalization.position == "before" else 1, f"{normalization.name} normalization")
        if network.skip and not is_output and network.is_skipped(layer):
            does.append("skip connection")
        of_layer = [weights.coefs[layer - 1], weights.intercepts[layer - 1]]
        if not is_output:
            of_layer += [array for name, array in extras.items() if name.endswith(f"_{layer}")]
        shape = f"{network.fans[layer - 1][0]} x {units}"
        name = "output" if is_output else f"hidden_{layer}"
        rows.append((name, units, ", ".join(does), shape, sum(array.size for array in of_layer)))
    for side, does in (("wide", "added to the output"), ("auxiliary", "in training only")):
        arrays = [array for name, array in extras.items() if name.startswith(f"{side}_")]
        if arrays:
            shape = " x ".join(map(str, arrays[0].shape[-2:]))
            rows.append((side, network.output.width, does, shape, sum(array.size for array in arrays)))
    if n_estimators > 1:
        rows = [(*row[:3], row[3] and f"{n_estimators} of {row[3]}", row[4]) for row in rows]
    return rows
