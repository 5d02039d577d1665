"""A scorer of scikit-learn on a network in training: tried out before the first epoch, NaN once the network diverges.

Comes in: a scorer, a fitted model, the rows to score. Goes out: a number. It chooses neither scorers nor rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["check_scorer", "score_of"]


def score_of(scorer: Callable[..., float], model: Any, X: Any, y: Any, **weights: Any) -> float:
    """The score of a model, or NaN if its predictions are not finite and the scorer refuses them."""
    with np.errstate(over="ignore", invalid="ignore"):
        try:
            return float(scorer(model, X, y, **weights))
        except Exception:  # whatever a scorer raises; of a diverged model it is no news
            if _has_finite_outputs(model, X):
                raise
            return float("nan")


def check_scorer(parameter: str, score: Callable[[], Any]) -> None:
    """Call ``score``, which scores the model that training begins with.

    Raises
    ------
    ValueError
        If it raises; ``parameter`` says whose fault that is, as in ``"scoring='f1'"``.
    """
    try:
        score()
    except Warning:  # made an error by a filter: it is about the predictions of untrained weights
        pass
    except Exception as error:  # whatever somebody else's scorer raises
        raise ValueError(
            f"{parameter} must give a number for the rows to be scored, got {type(error).__name__}: "
            f"{str(error).rstrip('.')}; choose a scorer that fits the estimator and y, for example 'accuracy' or "
            "make_scorer(f1_score, pos_label='yes')."
        ) from error


def _has_finite_outputs(model: Any, X: Any) -> bool:
    method = next(name for name in ("predict_proba", "decision_function", "predict") if hasattr(model, name))
    outputs = getattr(model, method)(X)
    return all(np.isfinite(part).all() for part in (outputs if isinstance(outputs, list) else [outputs]))
