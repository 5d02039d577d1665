"""What the multilayer perceptron estimators share: parameters, the line of a fit, and predictions.

A fit is one line: check X, y and weights; encode the targets; state the network and the numbers; start from a state;
train; adopt NumPy results. What differs between classifier and regressor is the kind of target and the default score.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import os
import warnings
from abc import ABC, abstractmethod
from numbers import Integral, Real

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer_names
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils._param_validation import HasMethods, Interval, Options, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from ..activations import ACTIVATIONS, ALIASES, Activation
from ..augmentations import Augmentation
from ..callbacks.fit_context import FitData
from ..configurable import NamesOf
from ..data.scales import Scaling, standardization, standardized
from ..data.shift import is_shifted
from ..data.weights import row_weights
from ..fitting.adoption import NON_FINITE, all_or_nothing, warn_and_raise
from ..fitting.attributes import OF_EPOCHS, history_of, named_curves
from ..fitting.callback_runner import CallbackMixin
from ..fitting.checks import (
    check_augmentations,
    check_functions,
    check_layers,
    check_lbfgs,
    check_learning_rate_multipliers,
    check_members,
    check_structure,
    given_weights,
)
from ..fitting.formula_checks import check_formulas
from ..fitting.lbfgs import train_lbfgs
from ..fitting.problem import Dataset, Problem
from ..fitting.range_test import FIND
from ..fitting.recipe import recipe_of
from ..fitting.resuming import checked_resume, checkpoint_folders, identity_of
from ..fitting.reuse import check_base_rows, checked_base, with_base_layers
from ..fitting.settings import activations_of, augmentations_of, noise_of, regularizers_of, structure_of
from ..fitting.stochastic import finish_stochastic, prepare_stochastic, train_stochastic
from ..initializers import INITIALIZERS, Initializer
from ..nested_parameters import NestedParameters
from ..network.initial import initial_weights
from ..network.spec import Network
from ..network.weights import (
    Weights,
    as_dtype,
    as_weights,
    first_extras,
    learned_names,
    moving_names,
    stacked,
)
from ..normalizations import NORMALIZATIONS, Normalization
from ..optimizers import OPTIMIZERS, Optimizer
from ..regularizers import Regularizer
from ..schedules import SCHEDULES, Schedule
from .availability import UnavailableMethod
from .base import read_base
from .conversion import ConvertibleNetwork
from .evaluation import Evaluated
from .fitted import FittedNetwork
from .layer_weights import LayerWeights
from .saving import Saved
from .summary import Summarized
from .weight_files import WeightFiles

__all__ = ["BaseMLP", "has_partial_fit"]

_FLOAT_DTYPES = (np.float64, np.float32)


def has_partial_fit(estimator):
    """Whether the solver works epoch by epoch and the stopping rule does not need whole fits."""
    if estimator.solver == "lbfgs":
        raise UnavailableMethod(
            "partial_fit is only available for stochastic optimizers. lbfgs is not stochastic; "
            "use solver='adam' or 'sgd'."
        )
    for name, neutral in (("averaging", None), ("n_estimators", 1)):
        if getattr(estimator, name) != neutral:
            raise UnavailableMethod(f"partial_fit does not support {name}; set {name}={neutral} or call fit.")
    if estimator.learning_rate_init == FIND:
        raise UnavailableMethod(
            "partial_fit does not support learning_rate_init='find'; set a number, such as that of a "
            "LearningRateFinder, or call fit."
        )
    if estimator.early_stopping:
        raise UnavailableMethod(
            "partial_fit does not support early_stopping=True; set early_stopping=False or call fit."
        )


class BaseMLP(
    Evaluated,
    CallbackMixin,
    FittedNetwork,
    LayerWeights,
    WeightFiles,
    ConvertibleNetwork,
    Saved,
    Summarized,
    NestedParameters,
    BaseEstimator,
    ABC,
):
    """Base of the multilayer perceptrons; use the derived classes."""

    _parameter_constraints: dict = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [NamesOf(ACTIVATIONS, *ALIASES), Activation, list, tuple, callable],
        "solver": [NamesOf(OPTIMIZERS, "lbfgs"), Optimizer],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [NamesOf(SCHEDULES), Schedule, callable],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither"), StrOptions({FIND})],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "loss_weights": ["array-like", None],
        "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
        "input_dropout": [Interval(Real, 0, 1, closed="left")],
        "gaussian_noise": [Interval(Real, 0, None, closed="left")],
        "augmentation": [Augmentation, list, tuple, callable, None],
        "clipvalue": [Interval(Real, 0, None, closed="neither"), None],
        "global_clipnorm": [Interval(Real, 0, None, closed="neither"), None],
        "regularizer": [Regularizer, list, tuple, None],
        "kernel_initializer": [NamesOf(INITIALIZERS, "auto"), Initializer, callable, None],
        "normalization": [NamesOf(NORMALIZATIONS), Normalization, None],
        "skip_connections": ["boolean"],
        "wide": [StrOptions({"all"}), "array-like", None],
        "deep": [StrOptions({"all"}), "array-like", None],
        "auxiliary_loss_weight": [Interval(Real, 0, None, closed="left")],
        "auxiliary_layer": [Interval(Integral, 1, None, closed="left"), None],
        "standardize": ["boolean"],
        "averaging": [Interval(Real, 0, 1, closed="left"), None],
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "scoring": [StrOptions({"loss", *get_scorer_names()}), callable, None],
        "base": [str, os.PathLike, HasMethods("get_params"), HasMethods("get_weights"), None],
        "n_base_layers": [Interval(Integral, 1, None, closed="left"), None],
        "learning_rate_multipliers": ["array-like", None],
        "dtype": [StrOptions({"float32", "float64"}), None],
        "backend": [StrOptions({"auto", "numpy", "tensorflow"})],
        "device": [str],
    }

    _default_score: str  # the score that the engine computes where scoring is None
    _score_name: str  # of score()
    _waiting_fits = None  # a list: fits are put there once they are prepared, for somebody else to train

    @classmethod
    @functools.cache
    def _get_param_names(cls):
        """As in scikit-learn, which reads the signature of fifty parameters anew at every call."""
        return super()._get_param_names()

    def __sklearn_clone__(self):
        """As in scikit-learn, but for the base, which stays the fitted model that it is."""
        if self.base is None:
            return super().__sklearn_clone__()
        without = copy.copy(self)
        without.base = None
        clone = super(BaseMLP, without).__sklearn_clone__()
        clone.base = self.base
        return clone

    # ---------------------------------------------------------------- one fit

    def _fit(
        self,
        X,
        y,
        sample_weight=None,
        *,
        held_out=(None, None, None),
        given=(None, None),
        resume=False,
        incremental=False,
    ):
        resume = checked_resume(resume)
        runner = None if incremental else self._runner(FitData(X, y, sample_weight, *held_out), self.max_iter)
        with all_or_nothing(self), runner or contextlib.nullcontext():
            self._check_combinations(held_out, resume)
            fresh = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
            base = read_base(self.base) if fresh and self.base is not None else None
            checked = self._check_input(X, y, sample_weight, fresh, base)
            target = self._target(checked.y, fresh, incremental)
            validation = self._check_held_out(*held_out, checked, target, sample_weight)
            network = self._network(checked.X, target)
            recipe = recipe_of(self, network, target)
            check_functions(network, recipe.augmentations)
            check_formulas(recipe)
            random_state = (
                np.random.RandomState() if self.random_state is None else check_random_state(self.random_state)
            )
            if base is not None:
                base = checked_base(base, network, recipe.network_hyper, self.n_base_layers)
            members = [self._first_weights(network, fresh, random_state, given, base) for _ in range(self.n_estimators)]
            weights = members[0] if self.n_estimators == 1 else stacked(members)

            problem = Problem(
                recipe=recipe,
                target=target,
                weights=weights,
                rows=checked,
                validation=validation,
                before={} if fresh else vars(self),
                incremental=incremental,
                random_state=random_state,
                runner=runner,
                resume=resume,
                identity=lambda digest: identity_of(self, digest, () if base is None else base.weights),
                checkpoint_folders=checkpoint_folders(self),
                as_fitted=lambda results: self._as_fitted(network, target, results),
            )
            self._warn_of_shifts(checked, validation)
            if self._waiting_fits is not None:
                self._waiting_fits.append(prepare_stochastic(problem))
                return self
            train = train_lbfgs if self.solver == "lbfgs" else train_stochastic
            results, pending = train(problem)
            self._adopt(network, target, results | {"_n_rows": checked.X.shape[0]})
        warn_and_raise(pending, runner, stacklevel=4)
        return self

    def _finish_fit(self, fit, result):
        """Adopt the result of a prepared fit that somebody else has trained, and issue its warnings."""
        problem = fit.problem
        results, pending = finish_stochastic(fit, result)
        self._adopt(problem.recipe.network, problem.target, results | {"_n_rows": problem.rows.X.shape[0]})
        warn_and_raise(pending, None, stacklevel=2)

    def _check_combinations(self, held_out, resume):
        """Rules of objects with settings of their own, and rules that tie several parameters together."""
        check_members(self, regularizers_of(self))
        check_augmentations(augmentations_of(self))
        check_layers(self)
        check_learning_rate_multipliers(self)
        check_structure(self)
        if self.solver == "lbfgs":
            check_lbfgs(self, regularizers_of(self), noise_of(self), held_out, resume)
        X_val, y_val, sample_weight_val = held_out
        if (X_val is None) != (y_val is None) or (X_val is None and sample_weight_val is not None):
            raise ValueError("X_val and y_val go together (and sample_weight_val with them): pass both or neither.")

    def _check_input(self, X, y, sample_weight, fresh, base):
        # Rows of another precision than those before do not change that of the weights.
        dtype = self.dtype or (_FLOAT_DTYPES if fresh else self.coefs_[0].dtype)
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            y_numeric=self._y_numeric,
            dtype=dtype,
            reset=fresh,
        )
        if y.ndim == 2 and y.shape[1] == 1 and not sparse.issparse(y):
            y = column_or_1d(y, warn=True)
        self._check_y(y)
        weights = row_weights(X, y, sample_weight, getattr(self, "class_weight", None))
        X = X.tocsr() if sparse.issparse(X) else X
        if base is not None:
            check_base_rows(base, X.shape[1], getattr(self, "feature_names_in_", None), bool(self.standardize))
        if fresh:
            self._scaling = standardization(X, weights) if self.standardize and base is None else None
        if base is not None and base.scaling is not None:
            self._scaling = Scaling(*(part.astype(X.dtype) for part in base.scaling))
        return Dataset(standardized(X, self._scaling), y, weights)

    def _check_held_out(self, X_val, y_val, sample_weight_val, checked, target, sample_weight):
        """The caller's validation rows, checked like X and y; None if there are none."""
        if X_val is None:
            return None
        try:
            class_weight, trained_on = getattr(self, "class_weight", None), (checked.y, sample_weight)
            return self._check_scored(
                X_val, y_val, sample_weight_val, checked.X.dtype, target, class_weight, trained_on
            )
        except ValueError as error:
            raise ValueError(f"X_val, y_val and sample_weight_val must match X and y: {error}") from error

    def _check_scored(self, X, y, sample_weight, dtype, target, class_weight=None, trained_on=None):
        """Rows to score on, checked against those of the fit."""
        X, y = validate_data(
            self, X, y, accept_sparse=["csr", "csc"], multi_output=True, y_numeric=self._y_numeric, dtype=dtype,
            reset=False,
        )  # fmt: skip
        y = column_or_1d(y) if y.ndim == 2 and y.shape[1] == 1 else y
        n_columns = 1 if y.ndim == 1 else y.shape[1]
        if n_columns != target.n_columns:
            raise ValueError(f"y must have the columns of the first call, {target.n_columns}, got {n_columns}.")
        self._check_y(y, target)
        weights = row_weights(X, y, sample_weight, class_weight, trained_on)
        X = X.tocsr() if sparse.issparse(X) else X
        return Dataset(standardized(X, self._scaling), y, weights)

    def _warn_of_shifts(self, rows, validation):
        """Warn if the caller's validation rows, or their targets, are plainly on another scale."""
        if validation is None:
            return
        pairs = [("X", rows.X, validation.X, "in a Pipeline, set transform_input=['X_val']")]
        if self._y_numeric:
            pairs.append(("y", rows.y, validation.y, "transform y and y_val alike before fit"))
        for name, values, values_val, remedy in pairs:
            if is_shifted(values, values_val):
                warnings.warn(
                    f"{name}_val must be on the scale of {name}, got values that look as if only one of them had been "
                    f"transformed; {remedy}.",
                    stacklevel=5,
                )

    def _network(self, X, target):
        hidden = tuple(int(size) for size in np.atleast_1d(np.asarray(self.hidden_layer_sizes)))
        activations = tuple(activation.structure() for activation in activations_of(self))
        output, noise, structure = self._output_of(target), tuple(noise_of(self)), structure_of(self, X.shape[1])
        return Network(X.shape[1], hidden, activations, output, str(X.dtype), noise, **structure)

    def _first_weights(self, network, fresh, random_state, given, base):
        """Weights to begin with: drawn or learned before, and in their place a base's, and those that are given."""
        weights = self._own_weights(network, fresh, random_state)
        if base is not None:
            weights = with_base_layers(weights, network, base)
        return given_weights(weights, network.n_layers, *given)

    def _own_weights(self, network, fresh, random_state):
        if fresh:
            drawn = initial_weights(network, random_state, self.kernel_initializer)
            return Weights(*map(tuple, drawn), *first_extras(network))
        if np.ndim(self.coefs_[0]) == 3:
            raise ValueError(
                f"An ensemble of {len(self.coefs_[0])} members cannot be trained on, got "
                f"n_estimators={self.n_estimators}; set warm_start=False and call fit to start anew."
            )
        shapes = tuple(np.shape(coef) for coef in self.coefs_)
        if shapes != network.fans[: network.n_layers]:
            raise ValueError(
                f"The weights learned so far have shapes {list(shapes)}, but hidden_layer_sizes and the targets now "
                f"ask for {list(network.fans[: network.n_layers])}; set warm_start=False and call fit to start anew."
            )
        before, now = (
            (net.wide, net.deep, net.auxiliary, learned_names(net), moving_names(net))
            for net in (self._net or network, network)
        )
        if before != now or bool(self.standardize) != (self._scaling is not None):
            raise ValueError(
                "The network has another structure now than what was learned so far (normalization, PReLU, wide, deep, "
                "auxiliary_loss_weight, auxiliary_layer or standardize); set them as they were, or set "
                "warm_start=False and call fit to start anew."
            )
        weights = as_weights(network, self.coefs_, self.intercepts_, getattr(self, "extra_weights_", {}))
        return as_dtype(weights, network.dtype)

    @property
    def history_(self):
        """Curves of the fit by name, with a value for each epoch, or NaN; ``pandas.DataFrame`` makes a table of them.

        ``'loss'``, ``'learning_rate'``, with validation rows ``'validation_loss'`` and ``'validation_score'``, and what
        callbacks have recorded. Not with ``solver='lbfgs'``.
        """
        check_is_fitted(self, "coefs_")
        if "loss_curve_" not in vars(self):
            raise UnavailableMethod(
                "history_ has a value for each epoch, got a fit with solver='lbfgs', which has no epochs; see loss_ "
                "and n_iter_, or use solver='adam'."
            )
        curves = named_curves(
            self.loss_curve_, self.learning_rate_curve_, self.validation_loss_curve_, self.validation_scores_
        )
        return history_of(curves, self._recorded)

    # ---------------------------------------------------------------- results and predictions

    def _adopt(self, network, target, results):
        """Take over what was learned, or nothing if it is not finite: the model from before then stays as it was."""
        arrays = [*results["coefs_"], *results["intercepts_"], *results["extra_weights_"].values()]
        if not all(np.isfinite(array).all() for array in arrays):
            raise ValueError(NON_FINITE)
        for name in OF_EPOCHS - results.keys():  # what an earlier fit with another solver left
            self.__dict__.pop(name, None)
        self.__dict__.update(results)
        self._describe(network, target)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        return tags

    @property
    @abstractmethod
    def _y_numeric(self):
        """Whether y is made of numbers."""

    def _check_y(self, y, target=None):
        """Raise a ValueError where the loss cannot do with ``y``, or ``target`` (if there is one) does not know it."""

    @abstractmethod
    def _target(self, y, fresh, incremental):
        """The kind of target, and the check that y fits what was learned before."""

    @abstractmethod
    def _output_of(self, target):
        """What the last layer means."""

    @abstractmethod
    def _loss_for(self, target):
        """The loss, for this kind of target."""
