"""Results of a fit as attributes, and those a later call continues from: the only place that spells their names.

Comes in: weights, states and curves. Goes out: attributes by name, and the other way round.
"""

from __future__ import annotations

import numpy as np

from ..network.weights import extra_weights

__all__ = [
    "OF_EPOCHS",
    "curves_before",
    "epoch_results",
    "history_of",
    "mean_of_members",
    "monitor_warnings",
    "named_curves",
    "quantities_of",
    "weights_as_attributes",
]

_OF_MERIT = ("best_loss_", "best_validation_score_", "_no_improvement_count")
OF_EPOCHS = {
    "loss_curve_",
    "learning_rate_curve_",
    "learning_rate_init_",
    "validation_loss_curve_",
    "validation_scores_",
    "_monitored",
    "_recorded",
    *_OF_MERIT,
}
"""Attributes that fits by epochs leave, some or all of them, and one by L-BFGS does not."""


def weights_as_attributes(network, weights):
    """Weights as attributes."""
    return {
        "coefs_": list(weights.coefs[: network.n_layers]),
        "intercepts_": list(weights.intercepts[: network.n_layers]),
        "extra_weights_": extra_weights(network, weights),
    }


def curves_before(before, early_stopping, monitored=None):
    """Curves and counters that a fit continues from; the best value only if it is of the same quantity."""
    history = before
    if history.get("_monitored", monitored) != monitored:
        history = {name: value for name, value in history.items() if name not in _OF_MERIT}
    score = history.get("best_validation_score_") if early_stopping else None
    loss = None if early_stopping else history.get("best_loss_")
    best = score if score is not None else -np.inf if loss is None else -loss
    return {
        "n_done": 0,
        "t": history.get("t_", 0),
        "best": best,
        "n_no_improvement": history.get("_no_improvement_count", 0),
        "loss_curve": list(history.get("loss_curve_", [])),
        "learning_rate_curve": list(history.get("learning_rate_curve_", [])),
        "validation_scores": list(history.get("validation_scores_") or []),
        "validation_loss_curve": list(history.get("validation_loss_curve_") or []),
        "recorded": dict(history.get("_recorded", {})),
    }


def epoch_results(state, curves, history, early_stopping, has_validation):
    """Attributes from a run of epochs, besides its weights; curves continue those of earlier runs."""
    loss_curve = history["loss_curve"] + [float(loss) for loss in curves.loss]
    scores = history["validation_scores"] + [float(score) for score in curves.validation_score]
    losses = history["validation_loss_curve"] + [float(loss) for loss in curves.validation_loss]
    best = float(np.mean(state.best))
    results = {
        "n_iter_": history["n_done"] + len(curves.loss),
        "t_": int(np.max(state.rows_seen)),
        "loss_curve_": loss_curve,
        "learning_rate_curve_": history["learning_rate_curve"] + [float(rate) for rate in curves.learning_rate],
        "best_loss_": None if early_stopping else -best,
        "validation_scores_": scores if has_validation else None,
        "validation_loss_curve_": losses if has_validation else None,
        "best_validation_score_": None,
        "_no_improvement_count": int(np.min(state.n_no_improvement)),
    }
    if loss_curve:
        results["loss_"] = loss_curve[-1]
    if has_validation:
        highest = max((score for score in scores if not np.isnan(score)), default=-np.inf)
        results["best_validation_score_"] = best if early_stopping else highest
    return results


_TOO_LARGE = "X, y or their weights may hold numbers too large to compute with; scale them."


def monitor_warnings(name, monitored_values, *, remedy=_TOO_LARGE):
    """A list with one warning if the monitored quantity was never finite; otherwise an empty list.

    Parameters
    ----------
    name : str
        Name of the monitored quantity.
    monitored_values : array-like of shape (n_epochs,) or (n_epochs, n_estimators)
        A score, or minus a loss.
    remedy : str
        Cause and remedy.
    """
    monitored_values = np.asarray(monitored_values, dtype=np.float64)
    if not monitored_values.size or np.all(np.any(monitored_values > -np.inf, axis=0)):
        return []
    return [
        UserWarning(
            f"The {name} was never a finite number and could not guide the fit; the weights are the last ones. {remedy}"
        )
    ]


def quantities_of(curves, has_validation):
    """Values of one epoch, by the names of the history's columns."""
    given = {"loss": curves.loss, "learning_rate": curves.learning_rate}
    if has_validation:
        given |= {"validation_loss": curves.validation_loss, "validation_score": curves.validation_score}
    return {name: float(curve[-1]) for name, curve in given.items()}


def named_curves(loss_curve, learning_rate_curve, validation_loss_curve, validation_scores):
    """Curves by the names of the history's columns, leaving out those that are None."""
    curves = {
        "loss": loss_curve,
        "learning_rate": learning_rate_curve,
        "validation_loss": validation_loss_curve,
        "validation_score": validation_scores,
    }
    return {name: curve for name, curve in curves.items() if curve is not None}


def history_of(curves, recorded):
    """Columns of equal length by name, NaN before the first validation and after the last recorded value."""
    n_epochs = max(map(len, curves.values()))
    own = {name: [np.nan] * (n_epochs - len(values)) + values for name, values in curves.items()}
    return own | {name: values + [np.nan] * (n_epochs - len(values)) for name, values in recorded.items()}


def mean_of_members(curves):
    """Curves of the members that were still training; NaN where there are no values."""

    def mean(curve):
        curve = np.asarray(curve)
        if not len(curve):
            return curve
        n_training = np.isfinite(curve).sum(axis=-1)
        return np.nansum(curve, axis=-1) / np.where(n_training, n_training, np.nan)

    return curves._replace(**{name: mean(curve) for name, curve in curves._asdict().items()})
