"""How signals and gradients fare on their way through the layers, epoch by epoch, into the history."""

from __future__ import annotations

import numpy as np

from .callback import Callback
from .fit_context import FitContext

__all__ = ["VitalSigns", "signs_of"]

_SIGNS = ("activation", "gradient", "update", "silent")


class VitalSigns(Callback):
    """Record quantities that reveal vanishing and exploding gradients, dead units and wrong learning rates in layers.

    The columns of the history end in the number of the layer, starting at 1 (the last is the output layer):

    - ``activation_1``: standard deviation of the outputs of the layer (for the last one, of the raw outputs), over rows
      and units;
    - ``gradient_1``: root mean square of the derivatives of the loss with respect to the layer's weights, without
      penalties;
    - ``update_1``: norm of the change of the weights in the epoch, relative to the norm of the weights before;
    - ``silent_1``: fraction of the units of a hidden layer whose output is the same for all rows.

    Glorot and Bengio (2010) examined these quantities. :class:`~sklearn_ann.inspection.VitalSignsDisplay` plots them,
    with a diagnosis. For an ensemble, the first member is recorded.

    Parameters
    ----------
    n_rows : int, default=256
        Number of training rows to use, the same in every epoch.
    every : int, default=1
        Number of epochs between records; values are NaN in between.

    Raises
    ------
    ValueError
        If a parameter is out of range; and from ``fit``, if the estimator does not support it.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_ann import MLPClassifierTF
    >>> from sklearn_ann.callbacks import VitalSigns
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifierTF((10,), tol=0.05, random_state=0).set_callbacks(VitalSigns()).fit(X, y)
    >>> [name for name in model.history_ if name.endswith("_1")]
    ['activation_1', 'gradient_1', 'update_1', 'silent_1']
    """

    def __init__(self, *, n_rows: int = 256, every: int = 1) -> None:
        for name, value in (("n_rows", n_rows), ("every", every)):
            if not isinstance(value, int | np.integer) or value < 1:
                raise ValueError(f"{name} must be a whole number from 1, got {value!r}; leave it out for the default.")
        self.n_rows, self.every = n_rows, every

    def begin(self, context: FitContext) -> None:
        """Look for the first time, and announce the columns."""
        n_layers = len(context.layer_diagnostics(self.n_rows).values)
        for sign in _SIGNS:
            context.announce(*(f"{sign}_{layer}" for layer in range(1, n_layers + (sign != "silent"))))
        context.notes[self] = _matrices(context, n_layers)

    def epoch_end(self, context: FitContext) -> None:
        """Look again."""
        n_layers = len(context.notes[self])
        before, now = context.notes[self], _matrices(context, n_layers)
        context.notes[self] = now
        if context.epoch % self.every:
            return
        layer_diagnostics = context.layer_diagnostics(self.n_rows)
        for layer, values in enumerate(layer_diagnostics.values, start=1):
            gradient = layer_diagnostics.gradients.coefs[layer - 1]
            old, new = before[layer - 1], now[layer - 1]
            length = np.linalg.norm(old)
            context.record(
                **{
                    f"activation_{layer}": np.std(values),
                    f"gradient_{layer}": np.sqrt(np.mean(np.square(gradient, dtype=np.float64))),
                    f"update_{layer}": np.linalg.norm(new - old) / length if length else np.nan,
                }
            )
            if layer < n_layers:
                context.record(**{f"silent_{layer}": np.mean(np.ptp(values, axis=0) == 0)})


def _matrices(context: FitContext, n_layers: int) -> list[np.ndarray]:
    """Weights of the layers, of the first member of an ensemble."""
    coefs = context.weights.coefs[:n_layers]
    return [coef[0] if coef.ndim == 3 else coef for coef in coefs]


def signs_of(history: dict[str, list[float]]) -> dict[str, np.ndarray]:
    """What :class:`VitalSigns` has recorded, as an array ``(layers, epochs)`` for each sign.

    Parameters
    ----------
    history : dict of str to list of float
        ``history_`` of an estimator.

    Returns
    -------
    dict of str to ndarray
        ``'activation'``, ``'gradient'``, ``'update'`` and ``'silent'``, of the epochs that were looked at; empty if
        nothing was recorded.
    """
    layers = [name.removeprefix("activation_") for name in history if name.startswith("activation_")]
    if not layers:
        return {}
    looked_at = np.isfinite(np.array(history["update_1"], dtype=float))
    names = {sign: [f"{sign}_{layer}" for layer in layers if f"{sign}_{layer}" in history] for sign in _SIGNS}
    n_epochs = len(looked_at)
    signs = {
        sign: np.array([history[name] for name in columns], dtype=float).reshape(len(columns), n_epochs)[:, looked_at]
        for sign, columns in names.items()
    }
    return signs | {"epoch": 1 + np.flatnonzero(looked_at)}
