"""The compiled program: many epochs of mini-batches, validation and the stopping rule in one call.

Comes in: a state, the numbers, resident data, the orders of some epochs. Goes out: the state after them and a row of
the curves per epoch. The program is made from a plan; whatever may differ between two fits of one plan is an argument.
Leaves of the state may carry a leading axis of k models (``plan.n_models``); the rank of the arrays is all that differs
then.
"""

from __future__ import annotations

from itertools import chain
from typing import Any, NamedTuple

from ...network.forward_tensorflow import loss_and_gradient, number_of, numbers_of, raw_outputs
from ...network.namespaces import scoped_names, within
from ...network.noise import Noise, step_keys
from ...network.output import OutputLayer
from ...network.weights import Weights, moving_names
from ...runtime.backend import tf
from ...runtime.programs import Compiled
from ...runtime.tensors import tensor_namespace as xp
from ..augmentations import Batch, augmentation_names, augmented
from ..measures import loss_and_score, summed
from ..optimizers import OPTIMIZERS
from ..regularizers import REGULARIZERS
from ..state import Curves, State
from ..stopping import RULES, count_rows, kept_shares, update_stopping
from .plan import Plan

__all__ = ["Data", "Measured", "Program", "Validation", "build_program", "number_names"]


def _like(number: Any, array: Any) -> Any:
    """A number of each model in the dtype of its arrays, and of a shape that goes with them."""
    return tf.cast(tf.reshape(number, [*number.shape, *[1] * (array.shape.rank - number.shape.rank)]), array.dtype)


NUMBERS = (
    "learning_rate_init",
    "tol",
    "n_iter_no_change",
    "n_rows",  # rows in the order that is passed along: the epoch, or the part of it that a streamed block holds
    "n_epoch_rows",  # rows of the whole epoch
)
"""The numbers and facts that flow through every program, in the order in which they go in."""


def number_names(plan: Plan) -> tuple[str, ...]:
    """Names of the numbers of a plan's program, in the order in which they go in."""
    seed = ("seed",) if plan.network.noise or plan.augmentations else ()
    random = *seed, *scoped_names("noise", plan.network.noise_names), *chain(*augmentation_names(plan.augmentations))
    moving = scoped_names("normalization", ("momentum",)) if moving_names(plan.network) else ()
    own = numbers_of(plan.network)
    regularizers = scoped_names("regularizer", plan.regularizers)
    of_solver = scoped_names("solver", OPTIMIZERS[plan.optimizer].numbers)
    of_rule = scoped_names("rule", RULES[plan.rule].numbers)
    return *NUMBERS, *own, *regularizers, *of_solver, *of_rule, *random, *moving


class Data(NamedTuple):
    """Resident rows: X ``(rows, n_features)``, targets ``(rows, columns)``, row weights ``(rows,)``."""

    X: Any
    y: Any
    weights: Any


class Validation(NamedTuple):
    """Validation rows with float64 weights (0 for padding), all of them or a block of them.

    ``total`` is the weight of all validation rows and ``scatter`` the weighted sum of squares of y around its mean,
    ``(columns,)``.
    """

    X: Any
    y: Any
    weights: Any
    total: Any
    scatter: Any


class Epoch(NamedTuple):
    """What the batches of an epoch need besides the weights, worked out for all of them at once.

    Attributes
    ----------
    order : tensor of shape (..., batches, batch_rows)
        Rows of each batch.
    row_weights : tensor of shape (..., batches, batch_rows)
        Share of each row in the loss of its batch; zero for padding.
    n_batch_rows : float64 tensor of shape (..., batches)
    totals : float64 tensor of shape (..., batches)
        Weight of each batch.
    strengths : dict of str to float64 tensor of shape (..., batches)
        Of each penalty, per unit of a batch's weight.
    """

    order: Any
    row_weights: Any
    n_batch_rows: Any
    totals: Any
    strengths: dict[str, Any]


class Measured(NamedTuple):
    """Sums over validation rows, float64: of the losses, and of what the score is made of."""

    loss: Any
    score: Any


class Program(NamedTuple):
    """Compiled functions of one plan.

    Attributes
    ----------
    run_epochs : Compiled
        ``(state, numbers, data, orders, steps, validation, n_epochs) -> (state, curves, epochs run)``; steps are
        the arrays that ``plan.per_step`` names, with the axes epochs, models, batches; curves have the axes
        epochs, fields of :class:`~sklearn_ann.engines.state.Curves`, models.
    run_batches : Compiled
        ``(state, numbers, data, order, steps) -> (state, sum of losses)``: part of an epoch, for streamed data.
    average : Compiled
        ``(state, numbers, share) -> state``: the weights into their average, for streamed data.
    measure : Compiled
        ``(weights, numbers, validation) -> Measured``, of the rows given.
    end_epoch : Compiled
        ``(state, numbers, sum of losses, validation, measured) -> (state, loss, validation loss, validation score,
        learning rate)``.
    update_stopping : Compiled
        ``(state, numbers, monitored) -> state``: the stopping rule alone, for a score that the host computes.
    """

    run_epochs: Compiled
    run_batches: Compiled
    average: Compiled
    measure: Compiled
    end_epoch: Compiled
    update_stopping: Compiled


def build_program(plan: Plan) -> Program:
    """Make the compiled functions of a plan; each is traced and compiled at its first call."""
    network, optimizer = plan.network, OPTIMIZERS[plan.optimizer]
    output = OutputLayer(xp, network.output)
    dtype = tf.as_dtype(network.dtype)
    lead = () if plan.n_models is None else (plan.n_models,)
    averaging = "average" in plan.per_step
    names = number_names(plan)
    regularizers: dict[str, Any] = {name: REGULARIZERS[name] for name in plan.regularizers}
    penalties = {name: row for name, row in regularizers.items() if row.value is not None}

    def chosen(condition: Any, new: Any, old: Any) -> Any:
        """Leaf by leaf where(condition, new, old), for a condition with the shape of the leading axes."""

        def choose(a: Any, b: Any) -> Any:
            return tf.where(tf.reshape(condition, condition.shape + [1] * (a.shape.rank - len(lead))), a, b)

        return tf.nest.map_structure(choose, new, old)

    def prepared(numbers: dict, data: Data, order: Any) -> Epoch:
        """An epoch in the given order; inside the loop over batches every operation here would cost a kernel."""
        batches = tf.range(plan.batches)
        n_rows = tf.cast(numbers["n_rows"], tf.int32)[..., None]
        n_batch_rows = tf.cast(tf.clip_by_value(n_rows - batches * plan.batch_rows, 0, plan.batch_rows), tf.float64)
        inside = batches[:, None] * plan.batch_rows + tf.range(plan.batch_rows) < n_rows[..., None]
        row_weights = tf.where(inside, tf.gather(data.weights, order), tf.zeros([], dtype))
        total = tf.reduce_sum(tf.cast(row_weights, tf.float64), axis=-1)
        amounts = within(numbers, "regularizer")
        return Epoch(
            order,
            tf.math.divide_no_nan(row_weights, tf.cast(total, dtype)[..., None]),
            n_batch_rows,
            total,
            {name: tf.math.divide_no_nan(amounts[name][..., None], total) for name in penalties},
        )

    def run_batches(state: State, numbers: dict, data: Data, epoch: Epoch, steps: tuple) -> tuple[State, Any]:
        """Go through the batches of an epoch; the state after them and the sum of batch loss times batch rows."""
        given = dict(zip(plan.per_step, steps, strict=True))
        given.pop("average", None)  # a matter of epochs
        rates = state.rate[..., None] * given.pop("rate", tf.ones([plan.batches], tf.float64))
        per_batch = {name: number[..., None] for name, number in numbers.items()} | given
        n_batch_rows = epoch.n_batch_rows
        zero = tf.zeros([*lead, 1], tf.float64)
        shares = {name: tf.concat([epoch.strengths[name] * n_batch_rows, zero], axis=-1) for name in penalties}
        n_steps = state.n_steps[..., None] + 1 + tf.range(plan.batches, dtype=tf.int64)
        scalars = optimizer.scalars(xp, rates, n_steps, within(per_batch, "solver"))
        keys = step_keys(xp, per_batch["seed"], n_steps) if "seed" in numbers else None
        shares_kept = None
        if moving_names(network):
            momentum = numbers["normalization.momentum"][..., None]
            shares_kept = kept_shares(xp, momentum, state.n_steps, epoch.totals)

        def of(values: Any, batch: Any) -> Any:
            """What there is for a batch; a single value is for all of them."""
            return values[..., 0] if values.shape[-1] == 1 else tf.gather(values, batch, axis=len(lead))

        def of_rows(values: Any, batch: Any) -> Any:
            return tf.gather(values, batch, axis=len(lead))

        def of_coef(values: Any, batch: Any) -> Any:
            return tf.cast(of(values, batch), dtype)[..., None, None]

        def with_penalties(sums: tuple, weights: Weights, batch: Any) -> tuple:
            """Their share in the loss of the epoch, number by number: adding them up can wait for its end."""
            for name, penalty in penalties.items():
                share = of_coef(shares[name], batch)
                sums = tuple(
                    total + share * penalty.value(xp, coef) for total, coef in zip(sums, weights.coefs, strict=True)
                )
            return sums

        def run_batch(batch: Any, weights: Weights, memory: tuple, losses: Any, penalised: tuple) -> tuple:
            noise = None if keys is None else Noise(of(keys, batch), within(numbers, "noise"))
            x, y = data.X, data.y
            if plan.batches > 1:  # a single batch is the data, in order
                index = of_rows(epoch.order, batch)
                x, y = tf.gather(x, index), tf.gather(y, index)
            targets: tuple[tuple[Any, Any], ...] = ((y, of_rows(epoch.row_weights, batch)),)
            if plan.augmentations:
                plain = Batch(x, targets, of(n_batch_rows, batch))
                x, targets, _ = augmented(xp, plan.augmentations, plain, of(keys, batch), numbers)
            target, *more = targets
            row_losses, gradient, moments = loss_and_gradient(network, weights, x, *target, numbers, noise, more)
            for name, penalty in penalties.items():
                strength = of_coef(epoch.strengths[name], batch)
                pairs = zip(gradient.coefs, weights.coefs, strict=True)
                gradient = gradient._replace(coefs=tuple(g + strength * penalty.slope(xp, w) for g, w in pairs))
            of_step = [of(scalar, batch) for scalar in scalars]
            new_weights, new_memory = updated(weights, gradient, memory, of_step, numbers)
            if moments:
                kept = of(shares_kept, batch)
                pairs = zip(weights.moving, moments, strict=True)
                moving = tuple(end + _like(kept, end) * (mean - end) for mean, end in pairs)
                new_weights = new_weights._replace(moving=moving)
            new = new_weights, new_memory
            if lead:  # a model that has fewer batches than another stands still
                new = chosen(of(n_batch_rows, batch) > 0, new, (weights, memory))
            losses += tf.cast(row_losses, tf.float64) * of(n_batch_rows, batch)[..., None]
            # The penalty of the new weights is for the batch to come. Were each batch to take that of the weights it
            # begins with, they would have to outlive their update and XLA would copy every matrix in every step.
            return batch + 1, *new, losses, with_penalties(penalised, new[0], batch + 1)

        n_batches = tf.math.count_nonzero(n_batch_rows, axis=-1)
        losses = tf.zeros([*lead, plan.batch_rows], tf.float64)
        penalised = tuple(tf.zeros_like(coef) for coef in state.weights.coefs)
        start = (tf.constant(0), state.weights, state.memory, losses, with_penalties(penalised, state.weights, 0))
        if plan.batches == 1:
            _, weights, memory, losses, penalised = run_batch(*start)
        else:
            last = tf.cast(tf.reduce_max(n_batches), tf.int32)
            _, weights, memory, losses, penalised = tf.while_loop(lambda batch, *_: batch < last, run_batch, start)
        loss = tf.reduce_sum(losses, axis=-1)
        loss += tf.add_n([tf.reduce_sum(tf.cast(part, tf.float64), axis=[-2, -1]) for part in penalised])
        new = state._replace(weights=weights, memory=memory, n_steps=state.n_steps + n_batches)
        return chosen(~state.stopped, new, state) if lead else new, loss

    def averaged(state: State, share: Any) -> State:
        """The state with its weights in the average, where they have a share of it."""
        pairs = zip(tf.nest.flatten(state.average), tf.nest.flatten(state.weights), strict=True)
        new = [mean + _like(share, mean) * (weight - mean) for mean, weight in pairs]
        average = tf.nest.pack_sequence_as(state.average, new)
        return state._replace(average=chosen(~state.stopped, average, state.average) if lead else average)

    def updated(
        weights: Weights, gradient: Weights, memory: tuple, scalars: list, numbers: dict
    ) -> tuple[Weights, tuple]:
        """New weights and memory of one step, array by array."""
        moving, weights = weights.moving, weights.trained
        amounts = within(numbers, "regularizer")
        for name, regularizer in regularizers.items():
            if regularizer.clip is not None:
                clipped = regularizer.clip(xp, tf.nest.flatten(gradient), amounts[name])
                gradient = tf.nest.pack_sequence_as(gradient, clipped)
        pairs = []
        for weight, *parts in zip(*map(tf.nest.flatten, (weights, gradient, *memory)), strict=True):
            ours = tuple(_like(scalar, weight) for scalar in scalars)
            update, slots = optimizer.update(xp, weight, parts[0], parts[1:], ours)
            pairs.append((weight + update, slots))
        new_weights = tf.nest.pack_sequence_as(weights, [weight for weight, _ in pairs])
        for name, regularizer in regularizers.items():
            if regularizer.project is not None:
                coefs = tuple(regularizer.project(xp, coef, amounts[name]) for coef in new_weights.coefs)
                new_weights = new_weights._replace(coefs=coefs)
        new_weights = new_weights._replace(moving=moving)
        new_memory = zip(*(slots for _, slots in pairs), strict=True)
        return new_weights, tuple(tf.nest.pack_sequence_as(weights, list(slot)) for slot in new_memory)

    def measure(weights: Weights, numbers: dict, validation: Validation) -> Measured:
        """Sums over the validation rows, block by block."""

        def block(start: Any, sums: Measured) -> tuple[Any, Measured]:
            x, y, row_weights = (
                tf.slice(array, [start] + [0] * (array.shape.rank - 1), [plan.validation_block, *array.shape[1:]])
                for array in (validation.X, validation.y, validation.weights)
            )
            raw = raw_outputs(network, weights, x, numbers)
            number = number_of(numbers, x.dtype)
            loss, score = summed(xp, output, plan.score, raw, y, row_weights, number)
            loss, score = sums.loss + loss, sums.score + score
            return start + plan.validation_block, Measured(loss, score)

        zero = tf.zeros(lead, tf.float64)
        zeros = tf.zeros((*lead, network.output.width), tf.float64) if plan.score == "r2" else zero
        _, sums = tf.while_loop(
            lambda start, _: start < plan.validation_rows, block, (tf.constant(0), Measured(zero, zeros))
        )
        return sums

    def update_stopped(state: State, numbers: dict, monitored: Any) -> State:
        """The stopping rule; weights of the best epoch are kept where the plan says so."""
        new, is_kept = update_stopping(xp, state, monitored, plan.rule, numbers)
        if plan.keep_best:
            new = new._replace(best_weights=chosen(is_kept, state.inference_weights, state.best_weights))
        return new

    def end_epoch(
        state: State, numbers: dict, loss: Any, validation: Any, measured: Any
    ) -> tuple[State, Any, Any, Any, Any]:
        before, epoch_rate = state, state.rate
        loss = loss / numbers["n_epoch_rows"]
        state = count_rows(xp, state, plan.rule, numbers["n_epoch_rows"], numbers)
        nan = tf.fill(lead, tf.constant(float("nan"), tf.float64))
        validation_loss = score = nan
        if plan.score:
            validation_loss, score = loss_and_score(
                xp, plan.score, measured.loss, measured.score, validation.total, validation.scatter
            )
        if plan.monitor != "host":
            state = update_stopped(state, numbers, score if plan.monitor == "validation" else -loss)
        if lead:
            state = chosen(~before.stopped, state, before)
            loss, validation_loss, score, epoch_rate = (
                tf.where(before.stopped, nan, curve) for curve in (loss, validation_loss, score, epoch_rate)
            )
        return state, loss, validation_loss, score, epoch_rate

    def run_epochs(
        state: State, numbers: dict, data: Data, orders: Any, steps: tuple, validation: Any, n_epochs: Any
    ) -> tuple[State, Any, Any]:
        if plan.batches == 1:  # all rows in every step, so that one order will do for all epochs
            one_for_all = prepared(numbers, data, orders[0])
            rows = one_for_all.order[..., 0, :]
            data = data._replace(X=tf.gather(data.X, rows), y=tf.gather(data.y, rows))

        def run_epoch(epoch: Any, state: State, curves: Any) -> tuple[Any, State, Any]:
            this = one_for_all if plan.batches == 1 else prepared(numbers, data, orders[epoch])
            now = tuple(step[epoch] for step in steps)
            state, loss = run_batches(state, numbers, data, this, now)
            if averaging:
                state = averaged(state, now[plan.per_step.index("average")][..., -1])
            measured = measure(state.inference_weights, numbers, validation) if plan.score else ()
            state, *measures = end_epoch(state, numbers, loss, validation, measured)
            return epoch + 1, state, curves.write(epoch, tf.stack(measures))

        empty = tf.TensorArray(tf.float64, plan.epochs, element_shape=[len(Curves._fields), *lead])
        n_done, state, curves = tf.while_loop(
            lambda epoch, state, _: (epoch < n_epochs) & ~tf.reduce_all(state.stopped),
            run_epoch,
            (tf.constant(0), state, empty),
        )
        return state, curves.stack(), n_done

    def run_block(state: State, numbers: dict, data: Data, order: Any, steps: tuple) -> tuple[State, Any]:
        return run_batches(state, numbers, data, prepared(numbers, data, order), steps)

    def compiled(function: Any) -> Compiled:
        return Compiled(lambda state, numbers, *rest: function(state, dict(zip(names, numbers, strict=True)), *rest))

    return Program(
        run_epochs=compiled(run_epochs),
        run_batches=compiled(run_block),
        average=compiled(lambda state, numbers, share: averaged(state, share)),
        measure=compiled(measure),
        end_epoch=compiled(end_epoch),
        update_stopping=compiled(update_stopped),
    )
