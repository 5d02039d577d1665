"""Sounds for TensorBoard's page AUDIO: samples in, the bytes of a WAV file out."""

from __future__ import annotations

import io
import wave
from typing import Any

import numpy as np

__all__ = ["wav_of"]

_HIGHEST = 32767  # of samples of 16 bits


def wav_of(samples: Any, rate: int) -> bytes:
    """Encode samples as a WAV file of 16 bits.

    Parameters
    ----------
    samples : array-like of shape (n_samples,) or (n_samples, n_channels)
        Between -1 and 1; what lies outside is clipped.
    rate : int
        Samples per second.

    Raises
    ------
    ValueError
        If there is nothing to hear, or the rate is no positive whole number.
    """
    values = np.asarray(samples, dtype=np.float64)
    if values.ndim not in (1, 2) or not values.size or not np.isfinite(values).all():
        raise ValueError(
            "The samples of a sound must be finite numbers of shape (n_samples,) or (n_samples, n_channels), got shape "
            f"{values.shape}; pass for example a vector of numbers from -1 to 1."
        )
    if not (isinstance(rate, int | np.integer) and rate > 0):
        raise ValueError(f"The rate of a sound must be a whole number of samples per second, got {rate!r}; pass 44100.")
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1 if values.ndim == 1 else values.shape[1])
        out.setsampwidth(2)
        out.setframerate(int(rate))
        out.writeframes(np.rint(np.clip(values, -1, 1) * _HIGHEST).astype("<i2").tobytes())
    return file.getvalue()
