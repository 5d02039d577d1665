"""The driver of stochastic training: data and orders to the device, calls of the compiled program, results back.

Comes in: a :class:`Run`, an initial state in NumPy, the orders of the epochs. Goes out: the final state in NumPy, the
curves, and whether Ctrl-C ended it. Many epochs go into one call; the stopping rule is inside. Between calls Python
gets a say (verbose output, a host's score, Ctrl-C), so a call is kept to a fraction of a second.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...data.orders import EpochOrders
from ...data.rows import BLOCK_BYTES, dense_rows, must_stream, padded, row_bucket
from ...network.forward_tensorflow import as_tensors
from ...network.hyper import NetworkHyper
from ...runtime.arrays import numpy_namespace as xp
from ...runtime.backend import tf
from ...runtime.devices import as_tensor, on_device
from ...runtime.programs import program_for
from ...runtime.tree import leaves, map_leaves
from ..run import EpochEnd, HeldOut, Result, Run
from ..state import Curves, State, joined
from .batches import Batches, batches_of
from .blocks import PackedState
from .plan import Plan, batch_bucket
from .program import Counts, Data, Program, Validation, build_program

__all__ = ["train"]

_SECONDS_PER_CALL = 0.25
_ORDER_NUMBERS = 1 << 18  # int32 numbers of orders that go along with one call
_VALIDATION_BLOCK = 4096  # validation rows that are in flight at once


def train(run: Run, state: State, orders: Sequence[EpochOrders]) -> Result:
    """Run epochs until the stopping rule, ``max_iter`` or Ctrl-C.

    Parameters
    ----------
    run : Run
    state : State
        In NumPy. Its counters have no axes for a single model, or one axis for k models.
    orders : sequence of EpochOrders
        One per model.

    Returns
    -------
    Result
        Curves are float64 arrays of shape (epochs run, ...); NaN where a model had stopped before.
    """
    with on_device(run.device):
        return _Loop(run, state, orders).train()


class _Loop:
    """One run on the device: what stays the same between calls, and the state that changes."""

    def __init__(self, run: Run, state: State, orders: Sequence[EpochOrders]) -> None:
        self.run, self.orders = run, orders
        self.by_epoch = run.host_score is not None or run.runner is not None
        self.lead = np.shape(state.learning_rate)
        self.n_rows = np.array([order.n_rows for order in orders]).reshape(self.lead)
        self.streamed = must_stream(run.X, run.network.dtype) or (
            run.held_out is not None and must_stream(run.held_out.X, run.network.dtype)
        )
        self.plan = self._plan()
        self.program: Program = program_for(build_program, self.plan)
        self.blocks = self.plan.blocks
        self.state = map_leaves(tf.constant, self.blocks.pack_state(xp, state))
        self.n_batches = -(-int(self.n_rows.max()) // run.batch_size)
        self.scatter = run.held_out.scatter() if run.held_out is not None and run.score == "r2" else np.zeros(1)
        self.hyper, self.counts = self._hyper(), self._counts(self.n_rows)
        order = np.zeros((self.plan.epochs, self.plan.batches, *self.lead, self.plan.batch_rows), np.int32)
        self.batches = batches_of(order, self.n_rows, None, run.network.dtype)
        if not self.streamed:
            self.data = self._resident()
            self.validation = () if run.held_out is None else self._validation(run.held_out, run.held_out.places())

    def _plan(self) -> Plan:
        run = self.run
        largest = int(self.n_rows.max())
        one_batch = run.batch_size >= largest
        batch_rows = batch_bucket(largest) if one_batch else run.batch_size
        row_bytes = run.X.shape[1] * np.dtype(run.network.dtype).itemsize
        if self.streamed:
            batches = max(1, BLOCK_BYTES // (row_bytes * batch_rows))
            rows = batches * batch_rows
            epochs = 1
        else:
            rows = row_bucket(run.X.shape[0])
            batches = 1 if one_batch else -(-row_bucket(largest) // batch_rows)
            room = _ORDER_NUMBERS // (batches * batch_rows * len(self.orders))
            epochs = 1 << min(8, max(0, room.bit_length() - 1))
        held_out = run.held_out
        validation_rows = 0 if held_out is None else row_bucket(held_out.n_rows)
        own_validation = held_out is not None and held_out.is_of_models
        validation_block = min(validation_rows, _VALIDATION_BLOCK)
        if own_validation:  # each model's rows are copied
            validation_block = min(validation_block, max(256, _VALIDATION_BLOCK // len(self.orders)))
        if self.streamed:
            validation_block = min(validation_block, max(16, BLOCK_BYTES // row_bytes))
            validation_rows = validation_block
        elif held_out is not None:
            validation_rows = -(-validation_rows // validation_block) * validation_block
        return Plan(
            network=run.network,
            optimizer=run.optimizer,
            regularizers=run.regularizers,
            clipping=run.clipping,
            augmentations=run.augmentations,
            rule=run.rule,
            per_step=tuple(sorted(run.per_step)),
            monitor=run.monitor,
            score=run.score,
            keep_best=run.keep_best,
            batch_rows=batch_rows,
            batches=batches,
            rows=rows,
            epochs=epochs,
            validation_rows=validation_rows,
            validation_block=validation_block,
            own_validation=own_validation,
            layer_rates=bool(run.hyper.learning_rate_multipliers),
            network_hyper=tuple(np.shape(number) for number in leaves(run.hyper.network)),
            n_models=self.lead[0] if self.lead else None,
            device=run.device,
        )

    def _hyper(self) -> Any:
        """Hyperparameters on the device; those of a run with its leading axis, those of its network as they are."""
        # Apart before the program: each slice in there would be one more kernel to compile.
        hyper = self.run.hyper._replace(network=NetworkHyper())
        if self.lead:
            hyper = map_leaves(lambda leaf: np.broadcast_to(leaf, self.lead), hyper)
        return as_tensors(hyper._replace(network=self.run.hyper.network))

    def _counts(self, n_rows: Any) -> Counts:
        n_batches = -(-np.broadcast_to(n_rows, self.lead) // self.plan.batch_rows)
        return Counts(tf.constant(n_batches, tf.int32), tf.constant(self.n_rows, tf.int64))

    def _resident(self, index: np.ndarray | None = None) -> Data:
        """Rows on the device: all of them, or those of a block in the order of ``index``."""
        run, rows, dtype = self.run, self.plan.rows, self.run.network.dtype
        X, y = run.X, run.y
        if index is not None:
            X, y = dense_rows(X, index, dtype), y[index]
        return Data(as_tensor(padded(X, rows, dtype)), as_tensor(padded(y, rows, y.dtype)))

    def _validation(self, held_out: HeldOut, index: slice | np.ndarray) -> Validation:
        """Validation rows on the device, all or a block of them."""
        rows, dtype = self.plan.validation_rows, self.run.network.dtype
        of_all = (tf.constant(held_out.total), tf.constant(self.scatter))
        if self.plan.own_validation:
            assert held_out.rows is not None
            own, weights = (
                padded(each.T, rows, each.dtype).T for each in (held_out.rows, held_out.sample_weight[index])
            )
            return Validation(self.data.X, self.data.y, tf.constant(own, tf.int32), tf.constant(weights), *of_all)
        return Validation(
            as_tensor(padded(dense_rows(held_out.X, index, dtype), rows, dtype)),
            as_tensor(padded(held_out.y[index], rows, held_out.y.dtype)),
            (),
            as_tensor(padded(held_out.sample_weight[index], rows, np.float64)),
            *of_all,
        )

    def train(self) -> Result:
        curves: list[Curves] = []
        n_done, n_ahead, interrupted = 0, self._first_guess(), False
        try:
            while n_done < self.run.max_iter and not np.all(self._stopped()):
                n_epochs = min(n_ahead, self.plan.epochs, self.run.max_iter - n_done)
                started = time.perf_counter()
                state, done = self._advance(n_done, n_epochs)
                n_run = len(done.loss)
                seconds = time.perf_counter() - started
                self.state = state
                curves.append(done)
                n_done += n_run
                if self.run.on_epochs is not None:
                    self.run.on_epochs(done)
                if self.run.runner is not None and self.run.runner(self._epoch_end(done)):
                    break
                if not self.by_epoch:
                    n_ahead = int(np.clip(_SECONDS_PER_CALL / (seconds / max(n_run, 1)), 1, 4 * n_ahead))
        except KeyboardInterrupt:
            interrupted = True
        state = map_leaves(lambda leaf: leaf.numpy(), self.state)
        return Result(self.blocks.unpack_state(xp, state), joined(curves), interrupted)

    def _stopped(self) -> Any:
        return self.state.counters.numpy()[..., -1] > 0

    def _epoch_end(self, curves: Curves) -> EpochEnd:
        """After an epoch; on a CPU the arrays of the state share the memory of its tensors."""
        state = self.blocks.unpack_state(xp, map_leaves(np.asarray, self.state))
        return EpochEnd(state, self.orders, curves)

    def _first_guess(self) -> int:
        """Epochs for the first call, from 20 GFLOP/s and 0.1 ms a batch."""
        if self.by_epoch:
            return 1
        rows = int(self.n_rows.sum())
        seconds = 6 * rows * self.run.network.n_weights / 20e9 + 1e-4 * rows / self.run.batch_size
        return max(1, int(_SECONDS_PER_CALL / seconds))

    def _steps(self, n_done: int, n_epochs: int) -> dict[str, np.ndarray]:
        """What is given for each step of ``n_epochs`` epochs after ``n_done``: arrays (plan.epochs, ..., batches)."""
        if not self.plan.per_step:
            return {}
        n_batches = self.n_batches if self.streamed else self.plan.batches
        within = np.minimum(np.arange(n_batches), self.n_batches - 1) / self.n_batches
        time = self.run.n_epochs_before + n_done + np.arange(n_epochs)[:, None] + within
        time = np.broadcast_to(time[:, None] if self.lead else time, (n_epochs, *self.lead, n_batches))
        return {
            name: padded(np.broadcast_to(self.run.per_step[name](time), time.shape), self.plan.epochs, np.float64)
            for name in self.plan.per_step
        }

    def _advance(self, n_done: int, n_epochs: int) -> tuple[PackedState, Curves]:
        """Up to ``n_epochs`` epochs after the first ``n_done``; the state after them and what they gave."""
        steps = self._steps(n_done, n_epochs)
        if self.streamed:
            state, curves = self._stream_epoch(steps)
        else:
            self._write_orders(n_epochs)
            state, curves, n_done = self.program.run_epochs(
                self.state,
                self.hyper,
                self.counts,
                self.data,
                _as_tensors(self.batches),
                tuple(tf.constant(values) for values in steps.values()),
                self.validation,
                tf.constant(n_epochs, tf.int32),
            )
            n_done = int(n_done)
            curves = Curves(*np.moveaxis(curves.numpy()[:n_done], 1, 0))
            self._keep_orders(curves, n_epochs)
        if "learning_rate" in steps:  # of the last step of each epoch
            curves = curves._replace(
                learning_rate=curves.learning_rate
                * steps["learning_rate"][: len(curves.learning_rate), ..., self.n_batches - 1]
            )
        if self.run.host_score is not None:
            weights = map_leaves(lambda leaf: leaf.numpy(), state.inference_weights)
            score = self.run.host_score(self.blocks.unpack(xp, weights))
            curve = np.where(self._stopped(), np.nan, score)
            if self.run.monitor == "host":
                state = self.program.update_stopping(state, self.hyper, tf.constant(score, tf.float64))
            curves = curves._replace(validation_score=curve[None])
        return state, curves

    def _write_orders(self, n_epochs: int) -> None:
        stopped = np.broadcast_to(self._stopped(), len(self.orders))
        now = Batches(*(array[:n_epochs] for array in self.batches))
        for model, order in enumerate(self.orders):
            if not stopped[model]:
                drawn = np.zeros((n_epochs, self.plan.batches * self.plan.batch_rows), np.int32)
                drawn[:, : order.n_rows] = order.draw(n_epochs)
                place = now.order[:, :, model] if self.lead else now.order
                place[...] = drawn.reshape(place.shape)
        if self.run.sample_weight is not None:
            weighted = batches_of(now.order, self.n_rows, self.run.sample_weight, self.run.network.dtype)
            for array, new in zip(now, weighted, strict=True):
                array[...] = new

    def _keep_orders(self, curves: Curves, n_epochs: int) -> None:
        """Undo the draws for epochs that a model has not made; its rate is NaN there."""
        n_made = np.sum(~np.isnan(curves.learning_rate), axis=0)
        for order, n_own in zip(self.orders, np.broadcast_to(n_made, len(self.orders)), strict=True):
            if 0 < n_own < n_epochs:
                order.keep(n_own)

    def _stream_epoch(self, steps: dict[str, np.ndarray]) -> tuple[PackedState, Curves]:
        """One epoch of rows made dense block by block; a block of training rows holds whole batches."""
        (order,) = self.orders
        (rows,) = order.draw(1)
        step = self.plan.batches * min(self.run.batch_size, self.plan.batch_rows)
        in_order = np.arange(self.plan.rows, dtype=np.int32).reshape(1, self.plan.batches, self.plan.batch_rows)
        state, loss = self.state, tf.zeros([], tf.float64)
        for start in range(0, len(rows), step):
            index = rows[start : start + step]
            counts = self._counts(len(index))
            first = start // self.plan.batch_rows
            of_block = tuple(
                tf.constant(padded(values[0, first : first + self.plan.batches], self.plan.batches, np.float64))
                for values in steps.values()
            )
            weights = self.run.sample_weight
            if weights is not None:
                weights = padded(weights[index], self.plan.rows, weights.dtype)
            batches = _as_tensors(batches_of(in_order, len(index), weights, self.run.network.dtype))
            state, part = self.program.run_batches(state, self.hyper, counts, self._resident(index), batches, of_block)
            loss += part
        if "average" in steps:
            state = self.program.average(state, tf.constant(steps["average"][0, -1]))
        validation: Any = ()
        measured: Any = ()
        held_out, step = self.run.held_out, self.plan.validation_rows
        if held_out is not None:
            for start in range(0, held_out.n_rows, step):
                validation = self._validation(held_out, held_out.places(start, start + step))
                sums = self.program.evaluate(state.inference_weights, self.hyper.network, validation)
                measured = tf.nest.map_structure(tf.add, measured, sums) if measured else sums
        state, *row = self.program.end_epoch(state, self.hyper, self.counts, loss, validation, measured)
        return state, Curves(*(value.numpy()[None] for value in row))


def _as_tensors(batches: Batches) -> Batches:
    """Batches of all epochs in a row."""
    return Batches(*(tf.constant(array.reshape(-1, *array.shape[2:])) for array in batches))
