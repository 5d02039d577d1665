"""Which engine trains: a pure function of the problem, never of what the process has done before.

Comes in: the parameter ``backend`` and the facts of a fit. Goes out: ``'numpy'`` or ``'tensorflow'``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scipy import sparse

from ..augmentations import Augmentation
from ..network.spec import Network

__all__ = ["select_backend", "work_of"]

LARGE_WORK = 1e12
"""Operations of a fit, at most, from which TensorFlow's engine pays for its import and compilation on a CPU.

On two cores NumPy makes some 2e10 of them a second and the compiled engine takes 0.6 times as long, so that its five
seconds are made up for after about twelve in NumPy: 2.5e11. Four times that, since most fits stop before ``max_iter``.
"""


def work_of(network: Network, X: Any, n_epochs: int, n_models: int) -> float:
    """Operations of a fit at most: forward pass, and twice as much backward; of a sparse X only its entries count."""
    n_rows, n_features = X.shape
    n_dense = n_rows * network.n_weights
    if sparse.issparse(X):
        fan_in, fan_out = network.fans[0]
        n_dense -= n_rows * fan_in * fan_out * (1 - X.nnz / (n_rows * n_features))
    return 6.0 * n_dense * n_epochs * n_models


def select_backend(
    backend: str, *, device: str, network: Network, augmentations: Sequence[Augmentation], work: float
) -> str:
    """The engine of a fit.

    Parameters
    ----------
    backend : {'auto', 'numpy', 'tensorflow'}
        The estimator's parameter.
    device : str
        The estimator's parameter.
    network : Network
    augmentations : sequence of Augmentation
        Those of the fit.
    work : float
        Operations of the fit, at most.

    Raises
    ------
    ValueError
        If ``backend='numpy'`` cannot do what is asked for.
    """
    if backend == "tensorflow":
        return backend
    needs = _what_needs_tensorflow(device, network, augmentations)
    if backend == "numpy":
        if needs is not None:
            raise ValueError(f"backend='numpy' cannot be used with {needs}; use backend='tensorflow' or 'auto'.")
        return backend
    return "tensorflow" if needs is not None or work >= LARGE_WORK else "numpy"


def _what_needs_tensorflow(device: str, network: Network, augmentations: Sequence[Augmentation]) -> str | None:
    if device.lower() not in ("auto", "cpu", "cpu:0"):
        return f"device={device!r}"
    own = [("activation", each) for each in network.activations]
    own += [("loss", network.output.loss), *(("augmentation", each) for each in augmentations)]
    for name, each in own:
        if each.needs_tensorflow:
            return f"{name}={getattr(each, 'function', each)!r}, a function of tensors"
    return None
