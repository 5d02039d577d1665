"""TensorFlow's profiler during a fit, written where TensorBoard's profile page looks for it.

Process-wide, and one at a time: TensorFlow has a single profiler.
"""

from __future__ import annotations

from .backend import tf

__all__ = ["start_profile", "stop_profile"]


def start_profile(folder: str) -> bool:
    """Start profiling this process; False if another profile is under way.

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
    """Stop the profile that ``start_profile`` began, and write it."""
    tf.profiler.experimental.stop()
