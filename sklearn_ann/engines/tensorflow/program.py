"""The compiled program: many epochs of mini-batches, validation and the stopping rule in one call.

Comes in: a state, hyperparameters, resident data, the orders of some epochs. Goes out: the state after them and a row
of the curves per epoch. The program is made from a plan; whatever may differ between two fits of one plan is an
argument. Leaves of the state may carry a leading axis of k models (``plan.n_models``); the rank of the arrays is all
that differs then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any, NamedTuple

from ...augmentations import Batch
from ...network.forward_tensorflow import loss_and_gradient, of_dtype, raw_outputs
from ...network.hyper import NetworkHyper
from ...network.noise import Noise, step_keys
from ...network.output import OutputLayer
from ...network.weights import Weights, array_layers
from ...regularizers import Constraint, Penalty, by_model
from ...runtime.backend import tf
from ...runtime.programs import Compiled
from ...runtime.tensors import tensor_namespace as xp
from ...runtime.tree import map_leaves
from ..augmentations import augmented
from ..clipping import CLIPPINGS
from ..run import Hyper
from ..state import Curves, State
from ..stopping import count_rows, kept_shares, update_stopping
from ..validation import loss_and_score, summed
from .batches import Batches
from .blocks import Packed, PackedState, pack_counters, unpack_counters
from .plan import Plan

__all__ = ["Counts", "Data", "Program", "Validation", "ValidationSums", "build_program"]


class Counts(NamedTuple):
    """Batches of the order that is passed (int32) and rows of the epoch (int64), of each model or of all."""

    n_batches: Any
    n_epoch_rows: Any


class Data(NamedTuple):
    """Resident rows: X ``(rows, n_features)``, targets ``(rows, columns)``."""

    X: Any
    y: Any


class Validation(NamedTuple):
    """Validation rows with float64 weights (0 for padding), all of them or a block of them.

    ``total`` is the weight of all validation rows and ``scatter`` the weighted sum of squares of y around its mean,
    ``(columns,)``. Where models have validation rows of their own, X and y are the resident rows, ``index`` says which
    of them, ``(k, rows)``, and weights, total and scatter have that axis too; else ``index`` is ``()``.
    """

    X: Any
    y: Any
    index: Any
    sample_weight: Any
    total: Any
    scatter: Any


class Steps(NamedTuple):
    """What the steps of an epoch need, worked out for all of them at once; tensors of shape (..., batches) each.

    Attributes
    ----------
    scalars : tuple
        Of the optimizer; those that are the same for all steps have length 1.
    keys : uint32 tensor or None
        Of noise and augmentations.
    kept : tensor or None
        Shares of the moving means that are kept.
    """

    scalars: tuple[Any, ...]
    keys: Any
    kept: Any


class ValidationSums(NamedTuple):
    """Sums over validation rows, float64: of the losses, and of what the score is made of."""

    loss: Any
    score: Any


class Program(NamedTuple):
    """Compiled functions of one plan.

    Attributes
    ----------
    run_epochs : Compiled
        ``(state, hyper, counts, data, batches, steps, validation, n_epochs) -> (state, curves, epochs run)``; steps are
        the arrays that ``plan.per_step`` names, with the axes epochs, models, batches; curves have the axes
        epochs, fields of :class:`~sklearn_ann.engines.state.Curves`, models.
    run_batches : Compiled
        ``(state, hyper, counts, data, batches, steps) -> (state, sum of losses)``: part of an epoch, for streamed data.
    average : Compiled
        ``(state, share) -> state``: the weights into their average, for streamed data.
    evaluate : Compiled
        ``(weights, hyper, validation) -> ValidationSums``, of the rows given.
    end_epoch : Compiled
        ``(state, hyper, counts, sum of losses, validation, measured) -> (state, loss, validation loss, validation
        score, learning rate)``.
    update_stopping : Compiled
        ``(state, hyper, monitored) -> state``: the stopping rule alone, for a score that the host computes.
    """

    run_epochs: Compiled
    run_batches: Compiled
    average: Compiled
    evaluate: Compiled
    end_epoch: Compiled
    update_stopping: Compiled


def build_program(plan: Plan) -> Program:
    """Make the compiled functions of a plan; each is traced and compiled at its first call."""
    training = _Training(plan)
    return Program(
        run_epochs=Compiled(training.run_epochs),
        run_batches=Compiled(_of_packed(training.run_block)),
        average=Compiled(_of_packed(training.averaged)),
        evaluate=Compiled(training.evaluate),
        end_epoch=Compiled(_of_packed(training.end_epoch)),
        update_stopping=Compiled(_of_packed(training.update_stopping)),
    )


def _of_packed(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a state, which gives a state or begins with it, as one of packed states."""

    def call(packed: PackedState, *args: Any) -> Any:
        result = function(unpack_counters(xp, packed), *args)
        if isinstance(result, State):
            return pack_counters(xp, result)
        return (pack_counters(xp, result[0]), *result[1:])

    return call


class _Training:
    """The functions of a plan, on tensors."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.network = plan, plan.network
        self.output = OutputLayer(xp, plan.network.output)
        self.lead = () if plan.n_models is None else (plan.n_models,)
        self.penalties = [(i, each) for i, each in enumerate(plan.regularizers) if isinstance(each, Penalty)]
        self.constraints = [(i, each) for i, each in enumerate(plan.regularizers) if isinstance(each, Constraint)]
        self.layers = array_layers(plan.network)
        self.blocks = plan.blocks

    # ---------------------------------------------------------------- epochs

    def run_epochs(
        self,
        state: PackedState,
        hyper: Hyper,
        counts: Counts,
        data: Data,
        batches: Batches,
        steps: tuple,
        validation: Any,
        n_epochs: Any,
    ) -> tuple[PackedState, Any, Any]:
        """Some epochs, until the stopping rule; see :class:`Program`."""
        plan = self.plan
        if plan.batches == 1:  # all rows in every step, so that one order will do for all epochs
            rows = batches.order[0]
            data = Data(tf.gather(data.X, rows), tf.gather(data.y, rows))

        @_of_packed
        def one_epoch(state: State, epoch: Any) -> tuple[State, Any]:
            now = tuple(step[epoch] for step in steps)
            first = 0 if plan.batches == 1 else epoch * plan.batches
            state, loss = self.run_batches(state, hyper, counts, data, batches, first, now)
            if "average" in plan.per_step:
                state = self.averaged(state, now[plan.per_step.index("average")][..., -1])
            measured = self.evaluate(state.inference_weights, hyper.network, validation) if plan.score else ()
            state, *row = self.end_epoch(state, hyper, counts, loss, validation, measured)
            return state, tf.stack(row)

        def run_epoch(epoch: Any, state: PackedState, curves: Any) -> tuple[Any, PackedState, Any]:
            state, row = one_epoch(state, epoch)
            return epoch + 1, state, curves.write(epoch, row)

        empty = tf.TensorArray(tf.float64, plan.epochs, element_shape=[len(Curves._fields), *self.lead])
        n_done, state, curves = tf.while_loop(
            lambda epoch, state, _: (epoch < n_epochs) & tf.reduce_any(state.stopped == 0),
            run_epoch,
            (tf.constant(0), state, empty),
        )
        return state, curves.stack(), n_done

    def end_epoch(
        self, state: State, hyper: Hyper, counts: Counts, loss: Any, validation: Any, measured: Any
    ) -> tuple[State, Any, Any, Any, Any]:
        """The state after an epoch, and its row of the curves."""
        plan, before, epoch_rate = self.plan, state, state.learning_rate
        loss = loss / tf.cast(counts.n_epoch_rows, tf.float64)
        state = count_rows(xp, state, plan.rule, counts.n_epoch_rows, hyper)
        nan = tf.fill(self.lead, tf.constant(float("nan"), tf.float64))
        validation_loss = score = nan
        if plan.score:
            validation_loss, score = loss_and_score(
                xp, plan.score, measured.loss, measured.score, validation.total, validation.scatter
            )
        if plan.monitor != "host":
            state = self.update_stopping(state, hyper, score if plan.monitor == "validation" else -loss)
        if self.lead:
            state = self._where(~before.stopped, state, before)
            loss, validation_loss, score, epoch_rate = (
                tf.where(before.stopped, nan, curve) for curve in (loss, validation_loss, score, epoch_rate)
            )
        return state, loss, validation_loss, score, epoch_rate

    def update_stopping(self, state: State, hyper: Hyper, monitored: Any) -> State:
        """The stopping rule; weights of the best epoch are kept where the plan says so."""
        new, is_kept = update_stopping(xp, state, monitored, self.plan.rule, hyper)
        if self.plan.keep_best:
            new = new._replace(best_weights=self._where(is_kept, state.inference_weights, state.best_weights))
        return new

    def averaged(self, state: State, share: Any) -> State:
        """The state with its weights in the average, where they have a share of it."""
        pairs = zip(tf.nest.flatten(state.average), tf.nest.flatten(state.weights), strict=True)
        new = [mean + by_model(xp, share, mean) * (weight - mean) for mean, weight in pairs]
        average = tf.nest.pack_sequence_as(state.average, new)
        return state._replace(average=self._where(~state.stopped, average, state.average) if self.lead else average)

    def evaluate(self, packed: Packed, hyper: NetworkHyper, validation: Validation) -> ValidationSums:
        """Sums over the validation rows, block by block."""
        plan, network = self.plan, self.network
        weights = self.blocks.unpack(xp, packed)

        def block(start: Any, sums: ValidationSums) -> tuple[Any, ValidationSums]:
            def rows(array: Any, axis: int = 0) -> Any:
                shape = [*array.shape[:axis], plan.validation_block, *array.shape[axis + 1 :]]
                return tf.slice(array, [start if i == axis else 0 for i in range(len(shape))], shape)

            sample_weight = rows(validation.sample_weight, axis=-1 % validation.sample_weight.shape.rank)
            if plan.own_validation:
                index = rows(validation.index, axis=1)
                x, y = tf.gather(validation.X, index), tf.gather(validation.y, index)
            else:
                x, y = rows(validation.X), rows(validation.y)
            raw = raw_outputs(network, weights, x, hyper)
            loss, score = summed(xp, self.output, plan.score, raw, y, sample_weight, of_dtype(hyper, x.dtype))
            return start + plan.validation_block, ValidationSums(sums.loss + loss, sums.score + score)

        zero = tf.zeros(self.lead, tf.float64)
        zeros = tf.zeros((*self.lead, network.output.width), tf.float64) if plan.score == "r2" else zero
        _, sums = tf.while_loop(
            lambda start, _: start < plan.validation_rows, block, (tf.constant(0), ValidationSums(zero, zeros))
        )
        return sums

    # ---------------------------------------------------------------- batches

    def run_block(
        self, state: State, hyper: Hyper, counts: Counts, data: Data, batches: Batches, steps: tuple
    ) -> tuple[State, Any]:
        """Part of an epoch."""
        return self.run_batches(state, hyper, counts, data, batches, 0, steps)

    def _steps(self, state: State, hyper: Hyper, batches: Batches, first: Any, given: dict[str, Any]) -> Steps:
        plan = self.plan
        rates = state.learning_rate[..., None] * given.get("learning_rate", tf.ones([plan.batches], tf.float64))
        n_steps = state.n_steps[..., None] + 1 + tf.range(plan.batches, dtype=tf.int64)
        of_optimizer = tuple(number[..., None] for number in hyper.optimizer)
        if "momentum" in given:
            of_optimizer = plan.optimizer.with_momentum(of_optimizer, given["momentum"])
        zero = tf.zeros([*self.lead, 1], tf.float64)
        kept = None
        normalization = self.network.normalization
        if normalization is not None and normalization.moving:
            momentum = normalization.momentum_of(hyper.network.normalization)
            totals = tf.gather(batches.totals, first + tf.range(plan.batches))
            totals = tf.transpose(totals) if self.lead else totals
            kept = kept_shares(xp, xp.without_columns(momentum), state.n_steps, totals)
        scalars = plan.optimizer.scalars(xp, rates, tf.cast(n_steps, tf.float64), *of_optimizer)
        return Steps(
            tuple(zero + scalar if isinstance(scalar, Real) else scalar for scalar in scalars),
            step_keys(xp, hyper.seed[0][..., None], n_steps) if hyper.seed else None,
            kept,
        )

    def run_batches(
        self, state: State, hyper: Hyper, counts: Counts, data: Data, batches: Batches, first: Any, steps: tuple
    ) -> tuple[State, Any]:
        """Go through the batches of an epoch; the state after them and the sum of batch loss times batch rows.

        The epoch has its batches from ``first`` on.
        """
        plan = self.plan
        now = self._steps(state, hyper, batches, first, dict(zip(plan.per_step, steps, strict=True)))

        def run_batch(batch: Any, packed: Packed, opt_state: tuple, losses: Any, penalised: tuple) -> tuple:
            weights, of_batch = self.blocks.unpack(xp, packed), _batch_at(batches, first + batch)
            row_losses, gradient, moments = self._loss_and_gradient(weights, hyper, data, of_batch, now, batch)
            new = self._updated(packed, gradient, opt_state, hyper, now, batch)
            if moments:
                kept = self._of(now.kept, batch)
                pairs = zip(packed.moving, moments, strict=True)
                moving = tuple(end + by_model(xp, kept, end) * (mean - end) for mean, end in pairs)
                new = new[0]._replace(moving=moving), new[1]
            if self.lead:  # a model that has fewer batches than another stands still
                new = self._where(of_batch.n_rows > 0, new, (packed, opt_state))
            losses += tf.cast(row_losses, tf.float64) * of_batch.n_rows[..., None]
            # The penalty of the new weights is for the batch to come. Were each batch to take that of the weights it
            # begins with, they would have to outlive their update and XLA would copy every matrix in every step.
            penalised = self._with_penalties(penalised, new[0], hyper, of_batch.next_penalty_rows)
            return batch + 1, *new, losses, penalised

        losses = tf.zeros([*self.lead, plan.batch_rows], tf.float64)
        penalised = self._with_penalties((), state.weights, hyper, _batch_at(batches, first).penalty_rows)
        start = (tf.constant(0), state.weights, state.opt_state, losses, penalised)
        if plan.batches == 1:
            _, weights, opt_state, losses, penalised = run_batch(*start)
        else:
            last = tf.reduce_max(counts.n_batches)
            _, weights, opt_state, losses, penalised = tf.while_loop(lambda batch, *_: batch < last, run_batch, start)
        loss = tf.reduce_sum(losses, axis=-1)
        for part in penalised:
            loss += tf.reduce_sum(tf.cast(part, tf.float64), axis=list(range(len(self.lead), part.shape.rank)))
        n_steps = state.n_steps + tf.cast(counts.n_batches, tf.int64)
        new = state._replace(weights=weights, opt_state=opt_state, n_steps=n_steps)
        return self._where(~state.stopped, new, state) if self.lead else new, loss

    def _loss_and_gradient(
        self, weights: Weights, hyper: Hyper, data: Data, of_batch: Batches, now: Steps, batch: Any
    ) -> tuple[Any, Weights, tuple]:
        """Losses, gradient with penalties and moments of a batch."""
        plan = self.plan
        noise = Noise(self._of(now.keys, batch), hyper.noise) if self.network.noise else None
        x, y = data.X, data.y
        if plan.batches > 1:  # a single batch is the data, in order
            x, y = tf.gather(x, of_batch.order), tf.gather(y, of_batch.order)
        targets: tuple[tuple[Any, Any], ...] = ((y, of_batch.shares),)
        if plan.augmentations:
            plain = Batch(x, targets, of_batch.n_rows)
            key = self._of(now.keys, batch)
            x, targets, _ = augmented(xp, plan.augmentations, self._broadcast(hyper.augmentations), plain, key)
        target, *more = targets
        losses, gradient, moments = loss_and_gradient(self.network, weights, x, *target, hyper.network, noise, more)
        for i, penalty in self.penalties:
            strength = hyper.regularizers[i][0] * of_batch.per_weight
            pairs = zip(gradient.coefs, weights.coefs, strict=True)
            penalised = [g + by_model(xp, strength, w) * penalty.slope(xp, w) for g, w in pairs]
            gradient = gradient._replace(coefs=self._where_trained(penalised, gradient.coefs))
        return losses, gradient, moments

    def _updated(
        self, weights: Packed, gradients: Weights, opt_state: tuple, hyper: Hyper, now: Steps, batch: Any
    ) -> tuple[Packed, tuple]:
        """New weights and optimizer state of one step, block by block."""
        plan = self.plan
        scalars = [self._of(scalar, batch) for scalar in now.scalars]
        rates = hyper.learning_rate_multipliers
        packed = self.blocks.pack(xp, self._clipped(gradients, hyper)).blocks
        blocks = list(zip(weights.blocks, *(slots.blocks for slots in opt_state), strict=True))
        for place, layer in enumerate(self.blocks.layers):
            if layer in self.network.frozen:
                continue
            weight, *slots = blocks[place]
            own = tuple(by_model(xp, scalar, weight) for scalar in scalars)
            update, new_slots = plan.optimizer.update(xp, weight, packed[place], slots, own)
            if rates:
                update = by_model(xp, rates[layer - 1], update) * update
            blocks[place] = (weight + update, *new_slots)
        new_weights, *new_slots = (Packed(each, ()) for each in zip(*blocks, strict=True))
        if self.constraints:
            new_weights = self.blocks.pack(xp, self._constrained(self.blocks.unpack(xp, new_weights), hyper))
        return new_weights._replace(moving=weights.moving), tuple(new_slots)

    def _clipped(self, gradient: Weights, hyper: Hyper) -> Weights:
        """The gradient within its limits; that of frozen layers does not count."""
        layers, gradients = tf.nest.flatten(self.layers.trained), tf.nest.flatten(gradient)
        trained = [place for place, layer in enumerate(layers) if layer not in self.network.frozen]
        for name, limit in zip(self.plan.clipping, hyper.clipping, strict=True):
            clipped = CLIPPINGS[name](xp, [gradients[place] for place in trained], limit)
            for place, each in zip(trained, clipped, strict=True):
                gradients[place] = each
        return tf.nest.pack_sequence_as(gradient, gradients)

    def _constrained(self, weights: Weights, hyper: Hyper) -> Weights:
        for i, constraint in self.constraints:
            (limit,) = hyper.regularizers[i]
            coefs = [constraint.project(xp, coef, by_model(xp, limit, coef)) for coef in weights.coefs]
            weights = weights._replace(coefs=self._where_trained(coefs, weights.coefs))
        return weights

    def _with_penalties(self, sums: tuple, weights: Packed, hyper: Hyper, n_rows: Any) -> tuple:
        """Their share in the loss of the epoch, number by number: adding them up can wait for its end."""
        coefs = self.blocks.join_coefs(xp, self.blocks.unpack(xp, weights).coefs)
        sums = sums or tuple(map(tf.zeros_like, coefs))
        for i, penalty in self.penalties:
            share = hyper.regularizers[i][0] * n_rows
            pairs = zip(sums, coefs, strict=True)
            sums = tuple(total + by_model(xp, share, coef) * penalty.value(xp, coef) for total, coef in pairs)
        return sums

    def _where_trained(self, new: Sequence[Any], old: Sequence[Any]) -> tuple[Any, ...]:
        """New arrays in place of the coefficients; those of frozen layers as they were."""
        frozen = self.network.frozen
        return tuple(b if layer in frozen else a for layer, a, b in zip(self.layers.coefs, new, old, strict=True))

    # ---------------------------------------------------------------- of a batch, of a model

    def _of(self, values: Any, batch: Any) -> Any:
        """What there is for a batch; a single value is for all of them."""
        return values[..., 0] if values.shape[-1] == 1 else tf.gather(values, batch, axis=len(self.lead))

    def _broadcast(self, hyper: Any) -> Any:
        """Numbers of each model so that they broadcast with rows of columns."""
        return map_leaves(lambda number: number[..., None, None], hyper) if self.lead else hyper

    def _where(self, condition: Any, new: Any, old: Any) -> Any:
        """Leaf by leaf where(condition, new, old), for a condition with the shape of the leading axes."""

        def choose(a: Any, b: Any) -> Any:
            return tf.where(tf.reshape(condition, condition.shape + [1] * (a.shape.rank - len(self.lead))), a, b)

        return tf.nest.map_structure(choose, new, old)


def _batch_at(batches: Batches, place: Any) -> Batches:
    """What there is for one batch."""
    return Batches(*(tf.gather(values, place) for values in batches))
