"""The compiled program: many epochs of mini-batches, validation and the stopping rule in one call.

Comes in: a state, the numbers, resident data, the orders of some epochs. Goes out: the state after them and a row of
the curves per epoch. The program is made from a :class:`~sklearn_ann.training.plan.Plan`; whatever may differ between
two fits of one plan is an argument. Leaves of the state may carry a leading axis of k models (``plan.n_models``);
the rank of the arrays is all that differs then.
"""

from __future__ import annotations

from itertools import chain
from typing import Any, NamedTuple

from ..network.backend import tf
from ..network.graph import (
    correct_rows,
    linked,
    loss_and_gradient,
    numbers_of,
    raw_outputs,
    row_losses,
)
from ..network.noise import Noise, step_keys
from ..network.programs import Compiled
from ..network.weights import Weights, moving_names
from .augmentations import Batch, augmentation_names, augmented
from .optimizers import OPTIMIZERS
from .plan import Plan
from .regularizers import REGULARIZERS
from .state import Curves, State

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

RULES = {
    "constant": (),
    "invscaling": ("power_t",),
    "adaptive": (),
    "plateau": ("factor", "patience", "smallest_rate"),
}
"""What may happen to the learning rate at the end of an epoch, and the numbers that it takes."""

_SMALLEST_ADAPTIVE_RATE = 1e-6  # scikit-learn's end of learning_rate='adaptive'


def number_names(plan: Plan) -> tuple[str, ...]:
    """Names of the numbers of a plan's program, in the order in which they go in."""
    seed = ("seed",) if plan.network.noise or plan.augmentations else ()
    random = *seed, *plan.network.noise_names, *chain(*augmentation_names(plan.augmentations))
    moving = ("normalization_momentum",) if moving_names(plan.network) else ()
    own = numbers_of(plan.network)
    of_rule = RULES[plan.rule]
    return *NUMBERS, *own, *plan.regularizers, *OPTIMIZERS[plan.optimizer].numbers, *of_rule, *random, *moving


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
        epochs, fields of :class:`~sklearn_ann.training.state.Curves`, models.
    run_batches : Compiled
        ``(state, numbers, data, order, steps) -> (state, sum of losses)``: part of an epoch, for streamed data.
    average : Compiled
        ``(state, numbers, share) -> state``: the weights into their average, for streamed data.
    measure : Compiled
        ``(weights, numbers, validation) -> Measured``, of the rows given.
    close_epoch : Compiled
        ``(state, numbers, sum of losses, validation, measured) -> (state, loss, validation loss, validation score,
        learning rate)``.
    judge : Compiled
        ``(state, numbers, merit) -> state``: the stopping rule alone, for a score that the host computes.
    """

    run_epochs: Compiled
    run_batches: Compiled
    average: Compiled
    measure: Compiled
    close_epoch: Compiled
    judge: Compiled


def build_program(plan: Plan) -> Program:
    """Make the compiled functions of a plan; each is traced and compiled at its first call."""
    network, optimizer = plan.network, OPTIMIZERS[plan.optimizer]
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
        return Epoch(
            order,
            tf.math.divide_no_nan(row_weights, tf.cast(total, dtype)[..., None]),
            n_batch_rows,
            total,
            {name: tf.math.divide_no_nan(numbers[name][..., None], total) for name in penalties},
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
        scalars = optimizer.scalars(rates, n_steps, per_batch)
        keys = step_keys(per_batch["seed"], n_steps) if "seed" in numbers else None
        shares_kept = kept_shares(numbers, state, epoch.totals)

        def of(values: Any, batch: Any) -> Any:
            return tf.gather(values, batch, axis=len(lead))

        def of_coef(values: Any, batch: Any) -> Any:
            return tf.cast(of(values, batch), dtype)[..., None, None]

        def with_penalties(sums: tuple, weights: Weights, batch: Any) -> tuple:
            """Their share in the loss of the epoch, number by number: adding them up can wait for its end."""
            for name, penalty in penalties.items():
                share = of_coef(shares[name], batch)
                sums = tuple(
                    total + share * penalty.value(coef) for total, coef in zip(sums, weights.coefs, strict=True)
                )
            return sums

        def run_batch(batch: Any, weights: Weights, memory: tuple, losses: Any, penalised: tuple) -> tuple:
            noise = None if keys is None else Noise(of(keys, batch), numbers)
            x, y = data.X, data.y
            if plan.batches > 1:  # a single batch is the data, in order
                index = of(epoch.order, batch)
                x, y = tf.gather(x, index), tf.gather(y, index)
            targets: tuple[tuple[Any, Any], ...] = ((y, of(epoch.row_weights, batch)),)
            if plan.augmentations:
                plain = Batch(x, targets, of(n_batch_rows, batch))
                x, targets, _ = augmented(plan.augmentations, plain, of(keys, batch), numbers)
            target, *more = targets
            row_losses, gradient, moments = loss_and_gradient(network, weights, x, *target, numbers, noise, more)
            for name, penalty in penalties.items():
                strength = of_coef(epoch.strengths[name], batch)
                pairs = zip(gradient.coefs, weights.coefs, strict=True)
                gradient = gradient._replace(coefs=tuple(g + strength * penalty.slope(w) for g, w in pairs))
            now = numbers | {name: of(values, batch) for name, values in given.items()}
            new_weights, new_memory = updated(weights, gradient, memory, [of(scalar, batch) for scalar in scalars], now)
            if moments:
                kept = of(shares_kept, batch)
                pairs = zip(weights.moving, moments, strict=True)
                moving = tuple(moment + _like(kept, moment) * (mean - moment) for mean, moment in pairs)
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

    def kept_shares(numbers: dict, state: State, totals: Any) -> Any:
        """How much of the moving means each step keeps; a batch counts by its weight, in parts of that of the heaviest.

        At first so little that the means are plain means over all rows so far. Those of earlier epochs weigh as much,
        step by step, as those of this one in the mean.
        """
        if not moving_names(network):
            return None
        parts = tf.math.divide_no_nan(totals, tf.reduce_max(totals, axis=-1, keepdims=True))
        n_batches = tf.math.count_nonzero(totals, axis=-1, dtype=tf.float64)
        earlier = tf.cast(state.n_steps, tf.float64) * tf.math.divide_no_nan(tf.reduce_sum(parts, -1), n_batches)
        before = earlier[..., None] + tf.cumsum(parts, axis=-1, exclusive=True)
        plain = 1 - tf.math.divide_no_nan(parts, before + parts)
        return tf.minimum(1 - (1 - numbers["normalization_momentum"][..., None]) * parts, plain)

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
        for name, regularizer in regularizers.items():
            if regularizer.clip is not None:
                clipped = regularizer.clip(tf.nest.flatten(gradient), numbers[name])
                gradient = tf.nest.pack_sequence_as(gradient, clipped)
        pairs = []
        for weight, *parts in zip(*map(tf.nest.flatten, (weights, gradient, *memory)), strict=True):

            def number(name: str, complement: bool = False, weight: Any = weight) -> Any:
                return _like(1 - numbers[name] if complement else numbers[name], weight)

            ours = [_like(scalar, weight) for scalar in scalars]
            pairs.append(optimizer.update(weight, parts[0], parts[1:], ours, number))
        new_weights = tf.nest.pack_sequence_as(weights, [weight for weight, _ in pairs])
        for name, regularizer in regularizers.items():
            if regularizer.project is not None:
                coefs = tuple(regularizer.project(coef, numbers[name]) for coef in new_weights.coefs)
                new_weights = new_weights._replace(coefs=coefs)
        new_weights = new_weights._replace(moving=moving)
        slots = zip(*(slots for _, slots in pairs), strict=True)
        return new_weights, tuple(tf.nest.pack_sequence_as(weights, list(slot)) for slot in slots)

    def measure(weights: Weights, numbers: dict, validation: Validation) -> Measured:
        """Sums over the validation rows, block by block."""

        def block(start: Any, sums: Measured) -> tuple[Any, Measured]:
            x, y, row_weights = (
                tf.slice(array, [start] + [0] * (array.shape.rank - 1), [plan.validation_block, *array.shape[1:]])
                for array in (validation.X, validation.y, validation.weights)
            )
            raw = raw_outputs(network, weights, x, numbers)
            # where, and not times zero: a padded row may overflow, and 0 * inf is not 0
            losses = tf.where(row_weights > 0, tf.cast(row_losses(network.output, raw, y, numbers), tf.float64), 0.0)
            score = sums.score
            if plan.score == "accuracy":
                right = tf.cast(correct_rows(network.output, raw, y), tf.float64)
                score += tf.reduce_sum(right * row_weights, axis=-1)
            elif plan.score == "r2":
                errors = tf.cast(linked(network.output, raw, numbers) - y, tf.float64)
                errors = tf.where(row_weights[:, None] > 0, errors, 0.0)
                score += tf.reduce_sum(tf.square(errors) * row_weights[:, None], axis=-2)
            loss = sums.loss + tf.reduce_sum(losses * row_weights, axis=-1)
            return start + plan.validation_block, Measured(loss, score)

        zero = tf.zeros(lead, tf.float64)
        zeros = tf.zeros((*lead, network.output.width), tf.float64) if plan.score == "r2" else zero
        _, sums = tf.while_loop(
            lambda start, _: start < plan.validation_rows, block, (tf.constant(0), Measured(zero, zeros))
        )
        return sums

    def judged_on(validation: Validation, measured: Measured) -> tuple[Any, Any]:
        """Validation loss, without penalty, and score."""
        loss = measured.loss / validation.total
        if plan.score == "accuracy":
            return loss, measured.score / validation.total
        if plan.score == "r2":  # as sklearn.metrics.r2_score: a constant target scores 1 if hit exactly, else 0
            nothing, everything = tf.zeros([], tf.float64), tf.ones([], tf.float64)
            unexplained = tf.where(validation.scatter > 0, measured.score / validation.scatter, everything)
            return loss, tf.reduce_mean(1 - tf.where(measured.score == 0, nothing, unexplained), axis=-1)
        return loss, -loss

    def judge(state: State, numbers: dict, merit: Any) -> State:
        """The stopping rule. Comparisons with NaN are false, as in scikit-learn: a NaN neither counts nor improves.

        Until an epoch has a merit, the best weights are the latest ones.
        """
        stale = tf.where(merit < state.best + numbers["tol"], state.stale + 1, tf.zeros_like(state.stale))
        improved = merit > state.best
        if plan.keep_best:
            is_kept = improved | (state.best == -float("inf"))
            state = state._replace(best_weights=chosen(is_kept, state.served, state.best_weights))
        triggered = tf.cast(stale, tf.float64) > numbers["n_iter_no_change"]
        rate, wait, stopped = state.rate, state.wait, triggered
        if plan.rule == "plateau":
            wait = tf.where(stale > 0, wait + 1, tf.zeros_like(wait))
            lowered = tf.cast(wait, tf.float64) >= numbers["patience"]
            floor = tf.minimum(rate, numbers["smallest_rate"])
            rate = tf.where(lowered, tf.maximum(rate * numbers["factor"], floor), rate)
            wait = tf.where(lowered, tf.zeros_like(wait), wait)
        if plan.rule == "adaptive":
            stopped = triggered & (rate <= _SMALLEST_ADAPTIVE_RATE)
            lowered = triggered & ~stopped
            rate = tf.where(lowered, rate / 5, rate)
            stale = tf.where(lowered, tf.zeros_like(stale), stale)
        return state._replace(
            best=tf.where(improved, merit, state.best),
            stale=stale,
            wait=wait,
            rate=rate,
            stopped=state.stopped | stopped,
        )

    def close_epoch(
        state: State, numbers: dict, loss: Any, validation: Any, measured: Any
    ) -> tuple[State, Any, Any, Any, Any]:
        before, epoch_rate = state, state.rate
        loss = loss / numbers["n_epoch_rows"]
        state = state._replace(rows_seen=state.rows_seen + tf.cast(numbers["n_epoch_rows"], tf.int64))
        if plan.rule == "invscaling":
            rate = numbers["learning_rate_init"] / tf.cast(state.rows_seen + 1, tf.float64) ** numbers["power_t"]
            state = state._replace(rate=rate)
        nan = tf.fill(lead, tf.constant(float("nan"), tf.float64))
        validation_loss, score = judged_on(validation, measured) if plan.score else (nan, nan)
        if plan.monitor != "host":
            state = judge(state, numbers, score if plan.monitor == "validation" else -loss)
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
            measured = measure(state.served, numbers, validation) if plan.score else ()
            state, *measures = close_epoch(state, numbers, loss, validation, measured)
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
        close_epoch=compiled(close_epoch),
        judge=compiled(judge),
    )
