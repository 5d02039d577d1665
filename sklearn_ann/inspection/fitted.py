"""The fitted estimator that a display is about, wherever it stands, and its weights."""

from __future__ import annotations

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

__all__ = ["fitted_estimator", "last_step", "member_coefs"]


def last_step(estimator):
    """What learns in a pipeline, a search or a regressor of transformed targets; the estimator itself elsewhere."""
    if isinstance(estimator, Pipeline):
        return last_step(estimator.steps[-1][1])
    for inner in ("best_estimator_", "regressor_"):
        if hasattr(estimator, inner):
            return last_step(getattr(estimator, inner))
    return estimator


def fitted_estimator(estimator, classes, display):
    """The last step of an estimator, which has to be fitted and of one of these classes.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ValueError
        If it is of another class.
    """
    if hasattr(estimator, "fit"):
        check_is_fitted(estimator)
    estimator = last_step(estimator)
    if not isinstance(estimator, classes):
        names = "MLPClassifierTF, MLPRegressorTF or PerceptronClassifier"
        if not any(cls.__name__ == "PerceptronClassifier" for cls in classes):
            names = "MLPClassifierTF or MLPRegressorTF"
        raise ValueError(
            f"{display}.from_estimator takes a fitted {names}, alone or as the last step of a Pipeline or a search, "
            f"got {estimator!r}; pass one, or give {display} the arrays to plot."
        )
    return estimator


def member_coefs(estimator, member):
    """Weights of each layer, of an ensemble those of one member; of a perceptron its only layer.

    Raises
    ------
    ValueError
        If there is no such member.
    """
    if not hasattr(estimator, "coefs_"):
        coef = estimator.coef_.toarray() if hasattr(estimator.coef_, "toarray") else estimator.coef_
        coefs = [coef.T[None]]
    else:
        coefs = [np.asarray(coef) for coef in estimator.coefs_]
        coefs = [coef if coef.ndim == 3 else coef[None] for coef in coefs]
    n_estimators = len(coefs[0])
    if member not in range(n_estimators):
        raise ValueError(
            f"member must be the number of one of the {n_estimators} networks of the estimator, from 0, got "
            f"{member!r}; pass for example member=0."
        )
    return [coef[member] for coef in coefs]
