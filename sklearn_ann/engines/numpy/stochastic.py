"""Training by epochs of mini-batches in NumPy.

Comes in: a :class:`~sklearn_ann.engines.run.Run`, a state and the orders of the epochs. Goes out: the state after them
and their curves. Weights and slots are changed in place between; a state that is handed out is a copy.

With a leading axis, k models go through the same calls, each with rows, hyperparameters and validation rows of its own;
one that has stopped leaves, so that it costs nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...augmentations import Batch
from ...data.orders import EpochOrders
from ...network.hyper import NetworkHyper, as_dtype
from ...network.layers import Layers, loss_and_gradient
from ...network.noise import Noise, step_keys
from ...network.weights import Weights, moving_names
from ...runtime.arrays import numpy_namespace as xp
from ...runtime.scalars import scalar_namespace
from ...runtime.tree import leaves, map_leaves
from ..augmentations import augmented
from ..run import EpochEnd, Result, Run, of_models
from ..state import Curves, State, joined, replaced
from ..stopping import count_rows, kept_shares, update_stopping
from ..validation import loss_and_score, summed
from .batches import Batches
from .flat import Flat
from .memory import keep_freed_memory
from .replay import Replayed
from .step import Step

__all__ = ["train"]

_VALIDATION_ROWS = 4096  # that go through the networks at once
_FEWEST_VALIDATION_ROWS = 256  # of each of many models
# What overflows ends in weights that are not finite, which the caller refuses.
_QUIETLY = np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore")


def train(run: Run, state: State, orders: Sequence[EpochOrders]) -> Result:
    """Run epochs until the stopping rule, ``max_iter`` or Ctrl-C.

    Parameters
    ----------
    run : Run
    state : State
        Its counters have no axes for a single model, or one axis for k models.
    orders : sequence of EpochOrders
        One per model.

    Returns
    -------
    Result
        Curves are float64 arrays of shape (epochs run, ...); NaN where a model had stopped before.
    """
    return _Training(run, state, orders).train()


class _Training:
    """One run: what stays the same between epochs, and the models that are still training."""

    def __init__(self, run: Run, state: State, orders: Sequence[EpochOrders]) -> None:
        keep_freed_memory()
        self.orders, self.state = orders, state
        self.lead = np.shape(state.learning_rate)
        self.active = np.flatnonzero(~np.asarray(state.stopped)) if self.lead else np.arange(1)
        self.run = of_models(run, self.active) if self.lead else run  # of those that are training
        self.counting: Any = xp if self.lead else scalar_namespace
        self.layers = Layers(xp, run.network)
        self._take_hyper()
        self.batches = Batches(run, len(orders) if self.lead else None)
        self.models = _Models(self.run, state, self.active if self.lead else None)
        self.moving = bool(moving_names(run.network))
        self.replayed = None  # of one model, whose steps draw nothing, by formulas that are known to repeat themselves
        if not self.lead and not run.hyper.seed and isinstance(run.X, np.ndarray) and not run.network.is_users:
            always = self.models.weights(), self.models.step.gradient.views
            self.replayed = Replayed(partial(_losses_gradient_moments, self.layers, self.hyper), always)
        self.scatter = np.zeros(1)
        if self.run.held_out is not None and run.score == "r2":
            self.scatter = self.run.held_out.scatter()

    def _take_hyper(self) -> None:
        """Hyperparameters of the run as formulas take them, which broadcast with rows."""
        hyper = self.run.hyper
        self.hyper = as_dtype(hyper.network, self.run.network.dtype)
        self.augmentations = map_leaves(
            lambda number: number[..., None, None] if np.ndim(number) else number, hyper.augmentations
        )

    def train(self) -> Result:
        curves: list[Curves] = []
        seen: State | None = None
        try:
            while len(curves) < self.run.max_iter and not np.all(self.state.stopped):
                done = self._epoch(len(curves))
                curves.append(done)
                if self.run.on_epochs is not None:
                    self.run.on_epochs(done)
                if self.run.runner is not None:
                    seen = self._snapshot()
                    if self.run.runner(EpochEnd(seen, self.orders, done)):
                        break
        except KeyboardInterrupt:
            # The weights stay as they are, in the middle of an epoch, as in scikit-learn; those of a watched run are
            # the ones that its callbacks have seen last.
            return Result(self._snapshot(is_last=True) if seen is None else seen, joined(curves), True)
        return Result(self._snapshot(is_last=True), joined(curves), False)

    def _snapshot(self, is_last: bool = False) -> State:
        """The state as it is now, of all models: a copy, unless it is the last."""
        if not self.lead:
            return self.models.state(np.array if not is_last else np.asarray)
        return self.models.written_to(self.state, self.active) if len(self.active) else self.state

    # ---------------------------------------------------------------- one epoch

    def _epoch(self, n_done: int) -> Curves:
        counters = self.models.counters
        epoch_rate = counters.learning_rate
        steps = self._steps(n_done)
        loss = self._run_batches(steps)
        if "average" in steps:
            self.models.average(float(steps["average"][-1]))
        validation_loss, score = self._evaluate()
        n_rows = self.orders[0].n_rows
        counters = count_rows(self.counting, self.models.counters, self.run.rule, n_rows, self.run.hyper)
        self.models.counters = counters
        loss = loss / n_rows
        if self.run.host_score is not None:
            score = self._host_score()
        monitored = -loss if self.run.monitor == "loss" else score
        self.models.counters, is_kept = update_stopping(
            self.counting, counters, monitored, self.run.rule, self.run.hyper
        )
        if self.run.keep_best:
            self.models.keep_best(is_kept)
        if "learning_rate" in steps:  # of the last step
            epoch_rate = epoch_rate * steps["learning_rate"][-1]
        curves = self._of_all((loss, validation_loss, score, epoch_rate))
        self._leave_stopped()
        return Curves(*list(curves))

    def _of_all(self, values: tuple) -> np.ndarray:
        """Values of each active model as one epoch of the curves, NaN for those that have left."""
        if not self.lead:
            return np.array(values, dtype=np.float64)[:, None]
        curves = np.full((len(values), 1, *self.lead), np.nan)
        curves[:, 0, self.active] = values
        return curves

    def _leave_stopped(self) -> None:
        """Models that have stopped are written down and left out from here on."""
        stopped = self.models.counters.stopped
        if not self.lead:
            self.state = replaced(self.state, stopped=stopped)
        elif np.any(stopped):
            self.state, self.active = self._snapshot(), self.active[~stopped]
            if len(self.active):
                self.run = of_models(self.run, np.flatnonzero(~stopped))
                self._take_hyper()
                self.models = _Models(self.run, self.state, self.active)
                self.batches.forget()
                if self.scatter.ndim == 2:
                    self.scatter = self.scatter[~stopped]

    def _steps(self, n_done: int) -> dict[str, np.ndarray]:
        """What is given for each step of the epoch after ``n_done``, ``(batches,)`` each."""
        if not self.run.per_step:
            return {}
        n_batches = self.batches.n_batches(self.orders[0].n_rows)
        time = self.run.n_epochs_before + n_done + np.arange(n_batches) / n_batches
        return {name: np.broadcast_to(function(time), time.shape) for name, function in self.run.per_step.items()}

    @_QUIETLY
    def _run_batches(self, steps: dict[str, np.ndarray]) -> Any:
        """Go through the batches of an epoch; the sum of batch loss times batch rows."""
        run, models, lead = self.run, self.models, len(self.lead)
        orders = [self.orders[int(model)].advance() for model in self.active]
        order = np.stack(orders) if lead else orders[0]
        kept = self._kept_shares(order) if self.moving else None
        (seeds,) = run.hyper.seed or (None,)
        weights, step, loss = models.weights, models.step, 0.0
        into = step.gradient.views
        first_step = models.counters.n_steps
        n_done = 0
        try:
            for batch, (x, y, shares, total, n_rows) in enumerate(self.batches.of_epoch(order)):
                n_step = first_step + batch + 1
                noise, targets = None, _one_target(y, shares)
                if seeds is not None:
                    key = step_keys(xp, seeds, n_step)
                    noise = Noise(key, run.hyper.noise) if run.network.noise else None
                    if run.augmentations:
                        plain = Batch(x, targets, np.asarray(float(n_rows)))
                        x, targets, _ = augmented(xp, run.augmentations, self.augmentations, plain, key)
                if self.replayed is not None:
                    losses, _, moments = self.replayed(x, y, shares)
                else:
                    losses, _, moments = loss_and_gradient(self.layers, weights(), x, targets, self.hyper, noise, into)
                loss = loss + (np.add.reduce(losses, axis=-1, dtype=np.float64) + step.penalty(total)) * n_rows
                rate = models.counters.learning_rate
                if "learning_rate" in steps:
                    rate = rate * steps["learning_rate"][batch]
                step.update(rate, n_step, total, float(steps["momentum"][batch]) if "momentum" in steps else None)
                if kept is not None:
                    models.move(moments, kept[..., batch])
                n_done = batch + 1
        finally:  # a Ctrl-C leaves as many steps counted as were made
            models.counters = replaced(models.counters, n_steps=first_step + n_done)
        return loss

    def _kept_shares(self, order: np.ndarray) -> Any:
        totals, normalization = self.batches.totals(order), self.run.network.normalization
        assert normalization is not None
        momentum = normalization.momentum_of(self.run.hyper.network.normalization)
        return kept_shares(xp, xp.without_columns(momentum), self.models.counters.n_steps, totals)

    # ---------------------------------------------------------------- validation

    @_QUIETLY
    def _evaluate(self) -> tuple[Any, Any]:
        """Loss and score on the validation rows; NaN where there are none."""
        held_out, score = self.run.held_out, self.run.score
        nan = np.full(len(self.active), np.nan) if self.lead else np.nan
        if held_out is None or score is None:
            return nan, nan
        weights, sums = self.models.inference_weights(), None
        n_rows = max(_FEWEST_VALIDATION_ROWS, _VALIDATION_ROWS // len(self.active))
        for start in range(0, held_out.n_rows, n_rows):
            rows = held_out.places(start, start + n_rows)
            x = xp.dense(held_out.X[rows]) if self.lead else held_out.X[rows]
            raw = self.layers.forward(weights, x, self.hyper).raw
            part = summed(
                xp, self.layers.output, score, raw, held_out.y[rows], held_out.sample_weight[rows], self.hyper
            )
            sums = part if sums is None else (sums[0] + part[0], sums[1] + part[1])
        assert sums is not None
        return loss_and_score(xp, score, *sums, held_out.total, self.scatter)

    def _host_score(self) -> Any:
        state = self._snapshot()
        assert self.run.host_score is not None
        score = np.asarray(self.run.host_score(state.inference_weights), dtype=np.float64)
        return score[self.active] if self.lead else score


def _losses_gradient_moments(layers: Layers, hyper: NetworkHyper, always: Any, x: Any, y: Any, shares: Any) -> Any:
    """Of a batch of one model, without reference to the run: a cycle would keep its memory until it is collected."""
    weights, into = always
    return loss_and_gradient(layers, weights, x, _one_target(y, shares), hyper, None, into)


def _one_target(y: Any, shares: Any) -> tuple[tuple[Any, Any], ...]:
    return ((y, shares),)


class _Models:
    """The models that are training: weights, slots, counters, averages and best weights, of the same leading axis."""

    def __init__(self, run: Run, state: State, active: np.ndarray | None) -> None:
        def of(value: Any) -> Any:
            return value if active is None else map_leaves(lambda array: np.asarray(array)[active], value)

        n_leading = 0 if active is None else 1
        self._flat = Flat(of(state.weights), n_leading)
        self._slots = [Flat(of(slot), n_leading) for slot in state.opt_state]
        self._moving = map_leaves(np.array, of(state.weights.moving))
        self._average = map_leaves(np.array, of(state.average)) if state.average else ()
        self._best = map_leaves(np.array, of(state.best_weights)) if state.best_weights else ()
        self.step = Step(self._flat, self._slots, run)
        small = {name: of(np.asarray(getattr(state, name))) for name in _COUNTERS}
        if active is None:  # Python's own numbers
            small = {name: value.item() for name, value in small.items()}
        self.counters = State(weights=Weights((), ()), average=(), opt_state=(), best_weights=(), **small)

    def weights(self) -> Weights:
        """Now; views of what the next step changes."""
        return self._flat.views._replace(moving=self._moving) if self._moving else self._flat.views

    def inference_weights(self) -> Weights:
        """Those that predictions are made with."""
        return self._average or self.weights()

    def move(self, moments: tuple, kept: Any) -> None:
        """Moments of a batch into the moving means, of which ``kept`` stays."""
        share = np.asarray(kept)[..., None] if np.ndim(kept) else kept
        for mean, old in zip(moments, self._moving, strict=True):
            old[...] = mean + share * (old - mean)

    def average(self, share: float) -> None:
        """The weights into their average, where they have this share."""
        for mean, weight in zip(leaves(self._average), leaves(self.weights()), strict=True):
            mean += share * (weight - mean)

    def keep_best(self, is_kept: Any) -> None:
        """The weights are the best so far where ``is_kept`` says so."""
        if np.any(is_kept):
            which: Any = np.flatnonzero(is_kept) if np.ndim(is_kept) else ...
            for best, weight in zip(leaves(self._best), leaves(self.inference_weights()), strict=True):
                best[which] = weight[which]

    def state(self, copied: Callable[[Any], np.ndarray] = np.array) -> State:
        """The state of these models; ``copied`` makes what it has of each array."""
        return State(
            weights=map_leaves(copied, self._flat.views._replace(moving=self._moving)),
            opt_state=tuple(map_leaves(copied, slot.views) for slot in self._slots),
            average=map_leaves(copied, self._average),
            best_weights=map_leaves(copied, self._best),
            **{name: np.asarray(getattr(self.counters, name)) for name in _COUNTERS},
        )

    def written_to(self, state: State, active: np.ndarray) -> State:
        """A state of all models with copies of what these have now."""
        arrays = []
        for before, own in zip(leaves(state), leaves(self.state(np.asarray)), strict=True):
            array = np.array(before)
            array[active] = own
            arrays.append(array)
        rest = iter(arrays)
        return map_leaves(lambda _: next(rest), state)


_COUNTERS = ("n_steps", "learning_rate", "rows_seen", "best", "n_no_improvement", "wait", "stopped")
