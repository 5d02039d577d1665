"""The static facts of a compiled training program, frozen and hashable: the key of the program cache.

Row counts enter only as buckets, so that the folds of a cross-validation share a program.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...augmentations import Augmentation
from ...network.spec import Network
from ...optimizers import Optimizer
from ...regularizers import Regularizer
from ...schedules import Schedule
from .blocks import Blocks

__all__ = ["Plan", "batch_bucket"]


def batch_bucket(n_rows: int) -> int:
    """Rows of the static batch that holds one batch of ``n_rows`` rows, where the data set itself is the batch.

    Padded batch rows are computed, so the steps are finer than for resident rows: quarters of a power of two.
    """
    if n_rows <= 16:
        return 16
    step = 1 << ((n_rows - 1).bit_length() - 3)
    return -(-n_rows // step) * step


@dataclass(frozen=True)
class Plan:
    """What shapes the program that runs epochs.

    Attributes
    ----------
    network, optimizer, regularizers, clipping, augmentations, rule, monitor, score, keep_best
        As in :class:`~sklearn_ann.engines.run.Run`.
    per_step : tuple of str
        Names of what is given for each step, sorted.
    batch_rows : int
        Rows of a batch array. All of them count, but for the last batch of an epoch.
    batches : int
        Batches of an epoch at most; the order of an epoch has the shape ``(batches, batch_rows)``.
    rows : int
        Rows of the resident array of X (a bucket).
    epochs : int
        Room for epochs in one call.
    validation_rows, validation_block : int
        Validation rows (0 without), of each model where they have rows of their own, and of the blocks they go through
        in.
    own_validation : bool
        Whether each model has validation rows of its own, among the resident rows.
    layer_rates : bool
        Whether layers have learning rates of their own.
    network_hyper : tuple of tuples of int
        Shapes of the network's hyperparameters, which have the axis of models where these differ.
    n_models : int or None
        Length of the leading axis of models; None without that axis.
    device : str
        TensorFlow's name of the device.
    """

    network: Network
    optimizer: Optimizer
    regularizers: tuple[Regularizer, ...]
    clipping: tuple[str, ...]
    augmentations: tuple[Augmentation, ...]
    rule: Schedule
    per_step: tuple[str, ...]
    monitor: str
    score: str | None
    keep_best: bool
    batch_rows: int
    batches: int
    rows: int
    epochs: int
    validation_rows: int
    validation_block: int
    own_validation: bool
    layer_rates: bool
    network_hyper: tuple[tuple[int, ...], ...]
    n_models: int | None
    device: str

    @property
    def blocks(self) -> Blocks:
        """How trained arrays lie in the program; frozen layers are blocks of their own, which no step touches."""
        return Blocks(self.network, self.layer_rates or bool(self.network.frozen), 0 if self.n_models is None else 1)
