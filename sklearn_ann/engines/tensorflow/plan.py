"""The static facts of a compiled training program, frozen and hashable: the key of the program cache.

Row counts enter only as buckets, so that the folds of a cross-validation share a program.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...network.spec import Network

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
    network : Network
    optimizer : str
        A name of :data:`~sklearn_ann.engines.optimizers.OPTIMIZERS`.
    regularizers : tuple of str
        Names of :data:`~sklearn_ann.engines.regularizers.REGULARIZERS`, in that order.
    augmentations : tuple of (str or callable, tuple of int)
        Names of :data:`~sklearn_ann.engines.augmentations.AUGMENTATIONS` with the shapes that they are about, and
        users' functions with none.
    rule : str
        What happens to the learning rate at the end of an epoch: a name of :data:`~sklearn_ann.engines.stopping.RULES`.
    per_step : tuple of str
        What is given for each step, sorted: ``'rate'`` (a factor of the learning rate), numbers of the optimizer (as
        ``'solver.momentum'``), and ``'average'`` (the share that the weights at the end of the epoch have in their
        average so far).
    monitor : {'loss', 'validation', 'host'}
        What the stopping rule watches: the training loss, the validation score computed in the program, or a score
        that the host computes between calls of one epoch.
    score : {None, 'accuracy', 'r2', 'loss'}
        Validation score computed in the program; None without validation data.
    keep_best : bool
        Keep the weights of the best epoch.
    batch_rows : int
        Rows of a batch array. All of them count, but for the last batch of an epoch.
    batches : int
        Batches of an epoch at most; the order of an epoch has the shape ``(batches, batch_rows)``.
    rows : int
        Rows of the resident array of X (a bucket).
    epochs : int
        Room for epochs in one call.
    validation_rows, validation_block : int
        Rows of the validation array (0 without) and of the blocks it goes through in.
    n_models : int or None
        Length of the leading axis of models; None without that axis.
    device : str
        TensorFlow's name of the device.
    members : tuple
        The rows of tables that the names above stand for: a row that is replaced makes another program.
    """

    network: Network
    optimizer: str
    regularizers: tuple[str, ...]
    augmentations: tuple
    rule: str
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
    n_models: int | None
    device: str
    members: tuple
