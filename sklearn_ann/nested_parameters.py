"""Settings of an object that is itself a parameter, as in ``set_params(solver__rho=0.9)``; all parameters at once.

Comes in: the keyword arguments of ``set_params``. Goes out: the estimator (or the object) with them set as scikit-learn
sets them, or one sentence where the parameter has no settings.
"""

from __future__ import annotations

__all__ = ["NestedParameters", "all_parameters"]


def all_parameters(estimator):
    """Parameters by name, those included that the constructor of a user's subclass sets without having them."""
    kinds = [
        kind for kind in type(estimator).__mro__ if issubclass(kind, NestedParameters) and "__init__" in vars(kind)
    ]
    return estimator.get_params(deep=False) | {
        name: getattr(estimator, name) for kind in kinds for name in kind._get_param_names()
    }


class NestedParameters:
    """Mixin before ``BaseEstimator``."""

    def set_params(self, **params):
        """Set parameters, including those of objects that are parameters, as in ``solver__rho=0.9``.

        Parameters
        ----------
        **params : dict
            Parameters by name.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        ValueError
            If there is no parameter of that name, or if it is a setting of something that is not an object with
            settings. In this case no parameter is set.
        """
        for name in params:
            head, is_nested, setting = name.partition("__")
            if is_nested and head in self._get_param_names():
                value = params.get(head, getattr(self, head))
                if isinstance(value, type) or not hasattr(value, "set_params"):
                    raise ValueError(
                        f"{name} can only be set while {head} is an object with settings, got {head}={value!r}; pass "
                        f"{head} itself, as an object (or a list of objects) with the {setting} you want."
                    )
        return super().set_params(**params)
