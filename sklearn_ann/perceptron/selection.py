"""Which engine trains a perceptron: a pure function of the problem, never of what the process has done before.

Comes in: the parameters ``backend`` and ``device`` and the facts of a fit. Goes out: ``'numpy'`` or ``'tensorflow'``,
and whether scikit-learn's loop takes the place of both.
"""

from __future__ import annotations

__all__ = ["lead_of_tensorflow", "may_be_kept", "select_backend"]

_START_SECONDS = 5.0
"""What TensorFlow's import and compilation take, on the machine that the numbers below are from."""

_SECONDS_PER_VALUE = 1.5e-9
_SECONDS_PER_TURN = {"none": 5e-7, "l2": 5e-7, "l1": 3e-6}
_USUAL_EPOCHS = 20
"""Epochs that the stopping rule usually allows."""

_MOST_BYTES, _MOST_CALLS = 2**26, 1000
"""Of the rows that a model copies, to train again when its curves are asked for."""


def may_be_kept(n_bytes: int, n_calls: int = 1) -> bool:
    """Whether a model may keep rows of so many calls: scikit-learn's loop takes less time than NumPy's at any size."""
    return n_bytes <= _MOST_BYTES and n_calls <= _MOST_CALLS


def lead_of_tensorflow(n_values: int, n_rows: int, n_units: int, max_iter: int, stops: bool, penalty: str) -> float:
    """Seconds by which a compiled fit is quicker than one in NumPy, its start left out.

    Parameters
    ----------
    n_values, n_rows : int
        Stored values and rows of X.
    n_units : int
        Binary problems.
    max_iter : int
        Epochs at most.
    stops : bool
        Whether a stopping rule usually ends training earlier.
    penalty : {'none', 'l2', 'l1'}
        'l1' stands for the elastic net too.
    """
    n_epochs = min(max_iter, _USUAL_EPOCHS) if stops else max_iter
    return n_epochs * n_units * (n_values * _SECONDS_PER_VALUE + n_rows * _SECONDS_PER_TURN[penalty])


def select_backend(backend: str, device: str, *, lead: float, average: bool) -> str:
    """The engine of a fit.

    Parameters
    ----------
    backend : {'auto', 'numpy', 'tensorflow'}
        The estimator's parameter.
    device : str
        The estimator's parameter.
    lead : float
        As :func:`lead_of_tensorflow` estimates it.
    average : bool
        Whether weights are averaged: compiled, that takes a turn for every row and gains little or nothing.

    Raises
    ------
    ValueError
        If ``backend='numpy'`` is to run on another device than the CPU.
    """
    needs_tensorflow = device.lower() not in ("auto", "cpu", "cpu:0")
    if backend == "numpy" and needs_tensorflow:
        raise ValueError(f"backend='numpy' cannot be used with device={device!r}; use backend='tensorflow' or 'auto'.")
    if backend != "auto":
        return backend
    return "tensorflow" if needs_tensorflow or (lead > _START_SECONDS and not average) else "numpy"
