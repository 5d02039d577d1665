"""Where a program runs: the parameter ``device`` to TensorFlow's name, and operations and arrays to that device."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import numpy as np

from .availability import check_can_compile, check_can_run
from .backend import tf

__all__ = ["as_tensor", "on_device", "resolve_device"]


def resolve_device(device: str, or_auto: bool = False) -> str:
    """TensorFlow's name for ``'auto'``, ``'cpu'``, ``'gpu'``, or one of the last two with a number (``'gpu:1'``).

    ``'auto'`` is the first GPU that TensorFlow sees, else the CPU. A GPU that was hidden by
    ``tf.config.set_visible_devices`` is not seen. With ``or_auto`` a device that is not there gives way to ``'auto'``.

    Raises
    ------
    ValueError
        If it is no such name, or there is no such device.
    RuntimeError
        If TensorFlow can compile nothing in this process.
    """
    check_can_compile()
    name = device.lower()
    if not re.fullmatch(r"auto|(cpu|gpu)(:\d+)?", name):
        raise ValueError(
            f"device must be 'auto', 'cpu', 'gpu' or one of the last two with a number, got {device!r}; use "
            "device='auto', or device='gpu' for CUDA."
        )
    _let_memory_grow()
    kind, _, number = name.partition(":")
    if kind == "auto":
        kind = "gpu" if tf.config.list_logical_devices("GPU") else "cpu"
    available = [re.sub(r".*device:", "", d.name) for d in tf.config.list_logical_devices(kind.upper())]
    name = f"{kind.upper()}:{number or 0}"
    if name in available:
        return f"/{name}"
    if or_auto:
        return resolve_device("auto")
    raise ValueError(
        f"device={device!r} is not there: TensorFlow sees {len(available)} device(s) of kind {kind!r}; "
        "use device='auto' or device='cpu'."
    )


def _let_memory_grow() -> None:
    """Ask for a GPU's memory as it is needed instead of all at once, unless the user has configured or used a GPU."""
    gpus = tf.config.get_visible_devices("GPU")
    for gpu in gpus:
        growth = tf.config.experimental.get_memory_growth(gpu)
        if growth is not None or tf.config.get_logical_device_configuration(gpu) is not None:
            return  # TensorFlow wants the same growth for all of them
    with contextlib.suppress(RuntimeError):  # in use already
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)


@contextlib.contextmanager
def on_device(name: str) -> Iterator[None]:
    """Run operations on TensorFlow's device of that name.

    Raises
    ------
    RuntimeError
        If TensorFlow cannot run in this process.
    """
    check_can_run()
    _let_memory_grow()  # the first operation of a process may come before a device is resolved
    with tf.device(name):
        yield


_WORTH_SHARING = 2**20  # bytes from which sharing memory is quicker than a copy


def as_tensor(array: np.ndarray) -> tf.Tensor:
    """Tensor on the current device; on the CPU it shares a large aligned array's memory (do not write to it again)."""
    if array.nbytes >= _WORTH_SHARING and array.ctypes.data % 64 == 0:
        return tf.identity(tf.experimental.dlpack.from_dlpack(array.__dlpack__()))
    return tf.constant(array)
