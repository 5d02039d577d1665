"""Where a program runs: the parameter ``device`` to TensorFlow's device name, and arrays to that device."""

from __future__ import annotations

import contextlib
import re

import numpy as np

from .backend import tf

__all__ = ["as_tensor", "resolve_device"]


def resolve_device(device: str) -> str:
    """TensorFlow's name for ``'auto'``, ``'cpu'``, ``'gpu'``, or one of them with a number (``'gpu:1'``).

    ``'auto'`` is the first GPU where there is one, else the CPU. A GPU's memory is asked for as it is needed instead
    of all at once, unless the process has used the GPU before.

    Raises
    ------
    ValueError
        If there is no such device.
    """
    kind, _, number = device.partition(":")
    if kind == "auto":
        kind = "gpu" if tf.config.list_physical_devices("GPU") else "cpu"
    if kind == "gpu":
        for gpu in tf.config.list_physical_devices("GPU"):
            with contextlib.suppress(RuntimeError):  # already in use: its memory is the user's decision by now
                tf.config.experimental.set_memory_growth(gpu, True)
    available = [re.sub(r".*device:", "", d.name) for d in tf.config.list_logical_devices(kind.upper())]
    name = f"{kind.upper()}:{number or 0}"
    if name not in available:
        raise ValueError(
            f"device={device!r} is not there: TensorFlow sees {len(available)} device(s) of kind {kind!r}; "
            "use device='auto' or device='cpu'."
        )
    return f"/{name}"


_WORTH_SHARING = 2**20  # bytes from which sharing memory is quicker than a copy


def as_tensor(array: np.ndarray) -> tf.Tensor:
    """Tensor on the current device; on the CPU it shares a large aligned array's memory (do not write to it again)."""
    if array.nbytes >= _WORTH_SHARING and array.ctypes.data % 64 == 0:
        return tf.identity(tf.experimental.dlpack.from_dlpack(array.__dlpack__()))
    return tf.constant(array)
