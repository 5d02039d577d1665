"""What the multilayer perceptron estimators share: parameters, the line of a fit, and predictions.

A fit is one line: check X, y and weights; encode the targets; state the network and the numbers; start from a state;
train; adopt NumPy results. What differs between classifier and regressor is the kind of target and the default score.
"""

from __future__ import annotations

import contextlib
import functools
import warnings
from abc import ABC, abstractmethod
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import validate_data

from ..callbacks.report import Given
from ..choices.activations import ALIASES, SETTINGS, Activation
from ..choices.augmentations import Augmentation
from ..choices.choice import NamesOf
from ..choices.initializers import INITIALIZERS, Initializer
from ..choices.normalizations import NORMALIZATION_NAMES, Normalization
from ..choices.regularizers import Regularizer
from ..choices.schedules import SCHEDULES, Schedule
from ..choices.solvers import SOLVERS, Solver
from ..data.orders import EpochOrders
from ..data.rows import must_stream
from ..data.scales import standardization, standardized
from ..data.splits import validation_split
from ..data.weights import row_weights
from ..network.activations import ACTIVATIONS
from ..network.initial import initial_weights
from ..network.spec import Network
from ..network.weights import (
    Weights,
    as_dtype,
    as_weights,
    extra_weights,
    first_extras,
    learned_names,
    moving_names,
    stacked,
    unstacked,
)
from .adoption import all_or_nothing
from .checks import (
    check_augmentations,
    check_choices,
    check_functions,
    check_layers,
    check_lbfgs,
    check_structure,
    given_weights,
)
from .curves import OF_EPOCHS, epoch_results, history_of, mean_of_members, named_curves, past_of
from .fitted import FittedNetwork
from .offered import NotOffered
from .onlooker import Onlooker, watch_iterations
from .progress import Progress
from .resuming import checkpoint_of, digest_of
from .settings import (
    activations_of,
    augmentation_plan,
    augmentations_of,
    network_numbers,
    noise_of,
    per_step_of,
    random_numbers,
    regularizers_of,
    schedule_for,
    solver_of,
    structure_of,
)
from .watching import Watchable, unwatched

__all__ = ["BaseMLP", "has_partial_fit"]

_FLOAT_DTYPES = (np.float64, np.float32)


class _Optimizer(NamedTuple):
    """What a solver remembers between calls of ``partial_fit``."""

    name: str
    learning_rate: float
    n_steps: int
    n_epochs: int
    wait: int
    memory: tuple[Weights, ...]


class _Checked(NamedTuple):
    """Input of a fit after all checks: X dense or CSR in the network's dtype, y as given, weights or None."""

    X: object
    y: object
    weights: np.ndarray | None


def has_partial_fit(estimator):
    """Whether the solver works epoch by epoch and the stopping rule does not need whole fits."""
    if estimator.solver == "lbfgs":
        raise NotOffered(
            "partial_fit is only available for stochastic optimizers. lbfgs is not stochastic; "
            "use solver='adam' or 'sgd'."
        )
    for name, neutral in (("averaging", None), ("n_members", 1)):
        if getattr(estimator, name) != neutral:
            raise NotOffered(f"partial_fit does not support {name}; set {name}={neutral} or call fit.")
    if estimator.early_stopping:
        raise NotOffered("partial_fit does not support early_stopping=True; set early_stopping=False or call fit.")


class BaseMLP(Watchable, FittedNetwork, BaseEstimator, ABC):
    """Base of the multilayer perceptrons; use the derived classes."""

    _parameter_constraints: dict = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [NamesOf(ACTIVATIONS, *SETTINGS, *ALIASES), Activation, list, tuple, callable],
        "solver": [NamesOf(SOLVERS, "lbfgs"), Solver],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [NamesOf(SCHEDULES), Schedule, callable],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
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
        "regularizer": [Regularizer, list, tuple, None],
        "kernel_initializer": [NamesOf(INITIALIZERS, "fitting"), Initializer, callable, None],
        "normalization": [NamesOf(NORMALIZATION_NAMES), Normalization, None],
        "skip_connections": ["boolean"],
        "wide": [StrOptions({"all"}), "array-like", None],
        "auxiliary_loss_weight": [Interval(Real, 0, None, closed="left")],
        "standardize": ["boolean"],
        "averaging": [Interval(Real, 0, 1, closed="left"), None],
        "n_members": [Interval(Integral, 1, None, closed="left")],
        "scoring": [StrOptions({"loss", *get_scorer_names()}), callable, None],
        "dtype": [StrOptions({"float32", "float64"}), None],
        "device": [str],
    }

    _default_score: str  # the score computed in the compiled program where scoring is None

    @classmethod
    @functools.cache
    def _get_param_names(cls):
        """As in scikit-learn, which reads the signature of fifty parameters anew at every call."""
        return super()._get_param_names()

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
        watch = None if incremental else self._watch(Given(X, y, sample_weight, *held_out), self.max_iter)
        with all_or_nothing(self), watch or contextlib.nullcontext():
            self._check_combinations(held_out, resume)
            fresh = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
            checked = self._check_input(X, y, sample_weight, fresh)
            target = self._target(checked.y, fresh, incremental)
            validation = self._check_held_out(*held_out, checked, target)
            network = self._network(checked.X, target)
            check_functions(network, augmentations_of(self))
            random_state = (
                np.random.RandomState() if self.random_state is None else check_random_state(self.random_state)
            )
            members = [self._first_weights(network, fresh, random_state, given) for _ in range(self.n_members)]
            weights = members[0] if self.n_members == 1 else stacked(members)

            if self.solver == "lbfgs":
                results = self._train_lbfgs(network, checked, target, weights, fresh, watch)
            else:
                results = self._train_epochs(
                    network, checked, target, validation, weights, fresh, incremental, random_state, watch, resume
                )
            self._adopt(network, target, results)
        if watch is not None:
            watch.raise_error()
        return self

    def _check_combinations(self, held_out, resume):
        """Rules of choices with settings of their own, and rules that tie several parameters together."""
        check_choices(self, regularizers_of(self))
        check_augmentations(augmentations_of(self))
        check_layers(self)
        check_structure(self)
        if self.solver == "lbfgs":
            check_lbfgs(self, regularizers_of(self), noise_of(self), held_out, resume)
        X_val, y_val, sample_weight_val = held_out
        if (X_val is None) != (y_val is None) or (X_val is None and sample_weight_val is not None):
            raise ValueError("X_val and y_val go together (and sample_weight_val with them): pass both or neither.")

    def _check_input(self, X, y, sample_weight, fresh):
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
        if fresh:
            self._scaling = standardization(X, weights) if self.standardize else None
        return _Checked(standardized(X, self._scaling), y, weights)

    def _check_held_out(self, X_val, y_val, sample_weight_val, checked, target):
        """The caller's validation rows, checked like X and y; None if there are none."""
        if X_val is None:
            return None
        try:
            X_val, y_val = validate_data(
                self, X_val, y_val, accept_sparse=["csr", "csc"], multi_output=True, y_numeric=self._y_numeric,
                dtype=checked.X.dtype, reset=False,
            )  # fmt: skip
            y_val = column_or_1d(y_val) if y_val.ndim == 2 and y_val.shape[1] == 1 else y_val
            if y_val.shape[1:] != checked.y.shape[1:]:
                raise ValueError(
                    f"y has shape {checked.y.shape} and y_val {y_val.shape}, and they must have the same columns."
                )
            self._check_y(y_val, target)
            weights = row_weights(X_val, y_val, sample_weight_val, None)
        except ValueError as error:
            raise ValueError(f"X_val, y_val and sample_weight_val must match X and y: {error}") from error
        X_val = X_val.tocsr() if sparse.issparse(X_val) else X_val
        return _Checked(standardized(X_val, self._scaling), y_val, weights)

    def _network(self, X, target):
        hidden = tuple(int(size) for size in np.atleast_1d(np.asarray(self.hidden_layer_sizes)))
        activations = tuple(activation.name for activation in activations_of(self))
        output, noise, structure = self._output_of(target), tuple(noise_of(self)), structure_of(self, X.shape[1])
        return Network(X.shape[1], hidden, activations, output, str(X.dtype), noise, **structure)

    def _first_weights(self, network, fresh, random_state, given):
        """Weights to begin with: drawn or learned before, and in their place those that are given."""
        return given_weights(self._own_weights(network, fresh, random_state), network.n_layers, *given)

    def _own_weights(self, network, fresh, random_state):
        if fresh:
            initializer = self.kernel_initializer
            if isinstance(initializer, str) and initializer != "fitting":
                initializer = INITIALIZERS[initializer]
            return Weights(*map(tuple, initial_weights(network, random_state, initializer)), *first_extras(network))
        if np.ndim(self.coefs_[0]) == 3:
            raise ValueError(
                f"An ensemble of {len(self.coefs_[0])} members cannot be trained on, got n_members={self.n_members}; "
                "set warm_start=False and call fit to start anew."
            )
        shapes = tuple(np.shape(coef) for coef in self.coefs_)
        if shapes != network.fans[: network.n_layers]:
            raise ValueError(
                f"The weights learned so far have shapes {list(shapes)}, but hidden_layer_sizes and the targets now "
                f"ask for {list(network.fans[: network.n_layers])}; set warm_start=False and call fit to start anew."
            )
        before, now = (
            (net.wide, net.auxiliary, learned_names(net), moving_names(net)) for net in (self._net or network, network)
        )
        if before != now or bool(self.standardize) != (self._scaling is not None):
            raise ValueError(
                "The network has another structure now than what was learned so far (normalization, PReLU, wide, "
                "auxiliary_loss_weight or standardize); set them as they were, or set warm_start=False and call fit to "
                "start anew."
            )
        weights = as_weights(network, self.coefs_, self.intercepts_, getattr(self, "extra_weights_", {}))
        return as_dtype(weights, network.dtype)

    # ---------------------------------------------------------------- stochastic solvers

    def _train_epochs(
        self, network, checked, target, validation, weights, fresh, incremental, random_state, watch, resume
    ):
        from ..network.devices import resolve_device
        from ..training.epochs import HeldOut, Run, train
        from ..training.optimizers import OPTIMIZERS
        from ..training.regularizers import REGULARIZERS
        from ..training.state import initial_state

        device = resolve_device(self.device)
        X, y, sample_weight = checked
        for each in [X] if validation is None else [X, validation.X]:
            if self.n_members > 1 and must_stream(each, network.dtype):
                raise ValueError(
                    f"n_members > 1 needs X and X_val that fit in memory as dense arrays, got a sparse one of shape "
                    f"{each.shape}; pass X.toarray(), or train members one by one, as with BaggingClassifier."
                )
        encoded = target.encode(y, network.dtype)
        solver = solver_of(self)
        name = solver.optimizer
        schedule = schedule_for(self, solver)
        per_step = per_step_of(self, schedule, solver)

        @functools.cache
        def digest():
            return digest_of(X, encoded, sample_weight, *(validation_given or ()))

        validation_given, begun = validation, None
        if resume is not False:
            begun = checkpoint_of(self, resume, digest(), free=set() if per_step else {"max_iter"})
        if begun is not None:
            random_state.set_state(begun.generator)
        generator = None if watch is None else random_state.get_state(legacy=False)

        rows = np.arange(X.shape[0])
        if self.early_stopping and validation is None:
            strata = target.strata(y) if hasattr(target, "strata") else None
            rows, held = validation_split(len(rows), strata, self.validation_fraction, random_state)
            validation = _Checked(X[held], y[held], None if sample_weight is None else sample_weight[held])
        batch_size = self._batch_size(len(rows))
        monitor, score, on_host = self._monitor(validation)

        regularizers = {regularizer.name: regularizer.amount for regularizer in regularizers_of(self)}
        before = getattr(self, "_optimizer", None)
        if not incremental or before is None or before.name != name:
            before = _Optimizer(name, float(self.learning_rate_init), n_steps=0, n_epochs=0, wait=0, memory=None)
        watched = (score, self.scoring) if self.early_stopping else None
        merit = (watched, network.output, tuple(self._output_numbers(target).items()))
        past = past_of(self, fresh, merit)
        # A schedule says the rate itself; else it goes on from where it was, as in scikit-learn.
        rate = self.learning_rate_init if "rate" in per_step and schedule.rule == "constant" else before.learning_rate
        state = initial_state(
            weights,
            n_slots=OPTIMIZERS[name].slots,
            rate=rate if self.n_members == 1 else np.full(self.n_members, rate),
            keep_best=self.early_stopping,
            averaging=self.averaging is not None,
            memory=before.memory and tuple(as_dtype(slot, network.dtype) for slot in before.memory),
            n_steps=before.n_steps,
            rows_seen=past["t"],
            best=past["best"],
            stale=past["stale"],
            wait=before.wait,
        )
        if begun is not None:
            state, past = begun.state(state), past | begun.past
        numbers = {
            "learning_rate_init": self.learning_rate_init,
            "alpha": self.alpha,
            "power_t": self.power_t,
            "tol": self.tol,
            "n_iter_no_change": self.n_iter_no_change,
            **network_numbers(self, network, target),
            **regularizers,
            **solver.numbers,
            **schedule.rule_numbers,
            **random_numbers(self, network, random_state),
        }
        run = Run(
            network=network,
            optimizer=name,
            regularizers=tuple(sorted(("alpha", *regularizers), key=list(REGULARIZERS).index)),
            rule=schedule.rule,
            monitor=monitor,
            score=score,
            keep_best=self.early_stopping,
            numbers=numbers,
            X=X,
            y=encoded,
            weights=sample_weight,
            held_out=None
            if validation is None
            else HeldOut(
                validation.X,
                target.encode(validation.y, network.dtype),
                np.ones(validation.X.shape[0]) if validation.weights is None else validation.weights,
            ),
            batch_size=batch_size,
            max_iter=1 if incremental else max(0, self.max_iter - past["n_done"]),
            device=device,
            host_score=self._host_score(network, target, validation, numbers.get("seed")) if on_host else None,
            on_epochs=self._progress(validation is not None, state, schedule) if self.verbose else None,
            n_epochs_before=before.n_epochs + past["n_done"],
            per_step=per_step,
            augmentations=augmentation_plan(self),
        )
        # A single batch is the same in any order. A generator that others draw from goes on as it would all the same.
        of_consequence = batch_size < len(rows) or not isinstance(self.random_state, Integral | None)
        generators = [random_state]
        if self.n_members > 1:
            generators = [np.random.RandomState(seed) for seed in random_state.randint(2**31, size=self.n_members)]
        orders = [EpochOrders(rows, each, self.shuffle and of_consequence) for each in generators]
        if begun is not None:
            for order, place in zip(orders, begun.places, strict=True):
                order.place = place

        def results_of(state, curves):
            weights = state.best_weights if self.early_stopping else state.served
            optimizer = None
            if self.n_members == 1:
                n_epochs = run.n_epochs_before + len(curves.loss)
                optimizer = _Optimizer(
                    name, float(state.rate), int(state.n_steps), n_epochs, int(state.wait), state.memory
                )
            return {
                **self._shown(network, weights),
                **epoch_results(self, state, curves, past, validation is not None),
                "_optimizer": optimizer,
                "_merit": merit,
                "_noise_seed": numbers.get("seed"),
            }

        def as_fitted(state, curves):
            return self._as_fitted(network, target, results_of(state, curves))

        if watch is not None:
            seconds = 0.0 if begun is None else begun.seconds
            onlooker = Onlooker(
                watch, run, orders, past, as_fitted, generator=generator, digest=digest, seconds=seconds
            )
            onlooker.begin(state)
            run = run._replace(watch=onlooker.epoch_end)
        result = train(run, state, orders)
        stopped_by = None if watch is None else watch.stopped_by
        if result.interrupted:
            reason = "Ctrl-C"
            warnings.warn("Training interrupted by user.", stacklevel=5)
        elif np.all(result.state.stopped):
            watched = "validation score" if self.early_stopping else "training loss"
            reason = f"the {watched} did not improve by tol={self.tol:g} for {self.n_iter_no_change} epochs"
        elif stopped_by is not None:
            reason = stopped_by
        else:
            reason = "partial_fit makes one epoch" if incremental else f"max_iter={self.max_iter} epochs were made"
            if not incremental and not schedule.ends:
                warnings.warn(
                    f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the optimization hasn't "
                    "converged yet.",
                    ConvergenceWarning,
                    stacklevel=5,
                )
        recorded = past["recorded"] if watch is None else watch.report.recorded
        return {**results_of(result.state, result.curves), "_recorded": recorded, "stop_reason_": reason}

    def _batch_size(self, n_rows):
        if self.batch_size == "auto":
            return min(200, n_rows)
        if self.batch_size > n_rows:
            warnings.warn(
                f"Got `batch_size` less than 1 or larger than sample size: batch_size={self.batch_size} for {n_rows} "
                "rows. It is going to be clipped",
                stacklevel=6,
            )
        return min(self.batch_size, n_rows)

    def _monitor(self, validation):
        """What the stopping rule watches, the validation score in the program, and whether the host scores instead."""
        if validation is None:
            return "loss", None, False
        score = self._default_score if self.scoring is None else "loss"
        on_host = self.scoring not in (None, "loss")
        if not self.early_stopping:
            return "loss", score, on_host
        return ("host" if on_host else "validation"), score, on_host

    def _host_score(self, network, target, validation, noise_seed):
        """A function of weights: the scorer on a copy of this estimator that has them."""
        scorer = get_scorer(self.scoring)
        probe = unwatched(self)
        probe.__dict__.pop("feature_names_in_", None)  # the validation rows are an array by now
        probe._describe(network, target)
        probe._scaling = None  # they are scaled already
        labels = target.labels(validation.y)
        weighted = {} if validation.weights is None else {"sample_weight": validation.weights}

        def score(weights, seed=noise_seed):
            probe.__dict__.update(self._shown(network, weights), _noise_seed=seed)
            return float(scorer(probe, validation.X, labels, **weighted))

        if self.n_members == 1:
            return score
        seeds = [None] * self.n_members if noise_seed is None else noise_seed

        def scores(weights):
            return np.array(list(map(score, unstacked(weights, self.n_members), seeds)))

        return scores

    def _progress(self, has_validation, state, schedule):
        is_single = self.n_members == 1
        progress = Progress(
            has_validation=has_validation,
            early_stopping=self.early_stopping,
            adaptive=schedule.rule == "adaptive",
            tol=self.tol,
            # the members of an ensemble stop one by one, of which the means say nothing
            n_iter_no_change=self.n_iter_no_change if is_single else np.inf,
            rate=float(np.mean(state.rate)),
            best=float(np.mean(state.best)),
            stale=int(np.min(state.stale)),
        )
        return progress if is_single else lambda curves: progress(mean_of_members(curves))

    def _as_fitted(self, network, target, results):
        """A copy of this estimator that has the results of a fit."""
        fitted = unwatched(self)
        fitted.__dict__.update(results)
        fitted._describe(network, target)
        return fitted

    @property
    def history_(self):
        """Curves by name, a value for each epoch: what may be made a data frame of. NaN where there was none.

        ``'loss'``, ``'learning_rate'``, with validation rows ``'validation_loss'`` and ``'validation_score'``, and what
        callbacks have recorded. Not with ``solver='lbfgs'``.
        """
        curves = named_curves(
            self.loss_curve_, self.learning_rate_curve_, self.validation_loss_curve_, self.validation_scores_
        )
        return history_of(curves, self._recorded)

    def _shown(self, network, weights):
        """Weights as the attributes that show them."""
        return {
            "coefs_": list(weights.coefs[: network.n_layers]),
            "intercepts_": list(weights.intercepts[: network.n_layers]),
            "extra_weights_": extra_weights(network, weights),
        }

    # ---------------------------------------------------------------- L-BFGS

    def _train_lbfgs(self, network, checked, target, weights, fresh, watch):
        from ..network.devices import resolve_device
        from ..training.lbfgs import minimize

        device = resolve_device(self.device)
        past = past_of(self, fresh)

        def results_of(weights, n_iter, loss):
            return {
                **self._shown(network, weights),
                "n_iter_": n_iter,
                "t_": past["t"],
                "loss_": loss,
                "_optimizer": None,  # a memory from before would be about other weights
                "_noise_seed": None,
            }

        on_iteration = None
        if watch is not None:
            on_iteration = watch_iterations(
                watch, weights, lambda *now: self._as_fitted(network, target, results_of(*now))
            )
        result = minimize(
            network,
            weights,
            checked.X,
            target.encode(checked.y, np.float64),
            checked.weights,
            numbers=network_numbers(self, network, target),
            alpha=self.alpha,
            tol=self.tol,
            max_iter=self.max_iter,
            max_fun=self.max_fun,
            verbose=bool(self.verbose),
            device=device,
            on_iteration=on_iteration,
        )
        reason = result.message
        if watch is not None and watch.stopped_by is not None:
            reason = watch.stopped_by
        elif not result.converged:
            warnings.warn(
                f"lbfgs failed to converge after {result.n_iter} iteration(s): {result.message}. Increase max_iter "
                f"(={self.max_iter}) or max_fun (={self.max_fun}), or scale the data.",
                ConvergenceWarning,
                stacklevel=5,
            )
        return {**results_of(result.weights, result.n_iter, result.loss), "stop_reason_": reason}

    # ---------------------------------------------------------------- results and predictions

    def _adopt(self, network, target, results):
        """Take over what was learned, or nothing if it is not finite: the model from before then stays as it was."""
        arrays = [*results["coefs_"], *results["intercepts_"], *results["extra_weights_"].values()]
        if not all(np.isfinite(array).all() for array in arrays):
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large values and need to be"
                " preprocessed."
            )
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
    def _output_numbers(self, target):
        """Numbers of the loss and of its link by name."""
