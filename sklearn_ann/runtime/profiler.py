"""TensorFlow's profiler: what the processor does while a fit trains, written where TensorBoard's profile page looks.

Process-wide, and one at a time: TensorFlow has a single profiler.
"""

from __future__ import annotations

from .backend import tf

__all__ = ["start_profile", "stop_profile"]


def start_profile(folder: str) -> bool:
    """Begin to profile this process; whether that was possible, since another profile may be under way.

    Parameters
    ----------
    folder : str
        Where ``stop_profile`` writes ``plugins/profile/<time>/<host>.xplane.pb``.
    """
    try:
        tf.profiler.experimental.start(folder)
    except tf.errors.AlreadyExistsError:
        return False
    return True


def stop_profile() -> None:
    """End the profile that ``start_profile`` began, and write it."""
    tf.profiler.experimental.stop()
