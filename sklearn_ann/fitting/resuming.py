"""From a run to a checkpoint and back: what a fit needs to go on exactly where it was.

A resumed fit goes the way of any fit up to its first epoch: the checks, the first weights, the split. Then it takes the
generator, the state, the orders and the curves of the checkpoint in place of its own.
"""

from __future__ import annotations

import hashlib
import os
import re
import warnings
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import numpy as np

from ..callbacks.checkpoint import Checkpoint, checkpoint_files, epoch_of, fit_name
from ..callbacks.fit_context import Snapshot
from ..configurable import Configurable
from ..data.orders import ShuffleState
from ..nested_parameters import all_parameters
from ..persistence.archive import DamagedFile, read_archive
from ..persistence.description import described, digest_of_description
from ..runtime.tree import leaves, map_leaves

__all__ = [
    "Restored",
    "checked_resume",
    "checkpoint_folders",
    "checkpoint_of",
    "digest_of",
    "identity_of",
    "parameters_of",
    "printed",
    "restored_from",
    "snapshot",
]

_FORMAT = 1
_OF_NO_CONSEQUENCE = {"verbose", "device", "warm_start", "base"}  # a base is told by its weights
_LISTS = ("loss_curve", "learning_rate_curve", "validation_loss_curve", "validation_scores")
_CONTINUED = ("loss", "learning_rate", "validation_loss", "validation_score")  # the same, as fields of a run's curves


class Restored(NamedTuple):
    """A fit that has begun, out of a checkpoint.

    Attributes
    ----------
    generator : dict
        State of the random generator before the split and all later draws.
    leaves : list of ndarray
        Of the state.
    places : list of ShuffleState
        Where the orders are, one per model.
    history : dict
        Curves and counters as in :func:`~sklearn_ann.fitting.attributes.curves_before`.
    seconds : float
        Of training so far.
    learning_rate_init : float
        The rate that the schedule goes by, which may have been found by a range test.
    """

    generator: dict
    leaves: list[np.ndarray]
    places: list[ShuffleState]
    history: dict[str, Any]
    seconds: float
    learning_rate_init: float

    def state(self, first):
        """The state, in the shape of the ``first`` one of such a run."""
        leaves = iter(self.leaves)
        return map_leaves(lambda _: next(leaves), first)


def digest_of(*arrays):
    """A number of the data of a fit, by which another's are told apart."""
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        for part in _parts(array):
            digest.update(f"{part.dtype}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).view(np.uint8))
    return digest.hexdigest()


def _parts(array):
    if array is None:
        return []
    return [array.data, array.indices, array.indptr] if hasattr(array, "indptr") else [np.asarray(array)]


def snapshot(identity, *, state, places, generator, history, curves, recorded, seconds, learning_rate_init):
    """The snapshot of a run as it is; ``state`` and ``curves`` (of this run) in NumPy."""
    document = {
        **identity,
        "n_done": history["n_done"] + len(curves.loss),
        "n_models": len(places),
        "recorded": recorded,
        "seconds": seconds,
        "learning_rate_init": learning_rate_init,
        "generators": [
            {key: value for key, value in each.items() if key != "state"} for each in _all(places, generator)
        ],
        "positions": [each["state"]["pos"] for each in _all(places, generator)],
    }
    arrays = {f"state_{number:03d}": np.asarray(leaf) for number, leaf in enumerate(leaves(state))}
    arrays["best_before"] = np.float64(history["best"])  # not in the document: minus infinity is no JSON
    arrays |= {f"order_{model}": place.order for model, place in enumerate(places)}
    arrays |= {f"generator_{number}": each["state"]["key"] for number, each in enumerate(_all(places, generator))}
    for name, field in zip(_LISTS, _CONTINUED, strict=True):
        arrays[name] = np.concatenate([np.asarray(history[name], float), np.asarray(getattr(curves, field), float)])
    return Snapshot(document, arrays)


def identity_of(estimator, digest, base_weights=()):
    """The part of a document that tells whose checkpoint it is: the estimator, the digest of the data, and the base."""
    return {
        "format": _FORMAT,
        "estimator": type(estimator).__name__,
        "parameters": parameters_of(estimator),
        "data": f"{digest} {digest_of(*leaves(base_weights))}" if base_weights else digest,
    }


def _all(places, generator):
    return [generator, *(place.generator for place in places)]


def restored_from(snapshot):
    """The fit of a multilayer perceptron that a snapshot is of."""
    document, arrays = snapshot.document, snapshot.arrays
    generators = [
        {**rest, "state": {"key": arrays[f"generator_{number}"], "pos": position}}
        for number, (rest, position) in enumerate(zip(document["generators"], document["positions"], strict=True))
    ]
    return Restored(
        generator=generators[0],
        leaves=[array for name, array in arrays.items() if name.startswith("state_")],
        places=[ShuffleState(arrays[f"order_{model}"], each) for model, each in enumerate(generators[1:])],
        history={
            "n_done": document["n_done"],
            "recorded": document["recorded"],
            "best": float(arrays.get("best_before", -np.inf)),
            **{name: arrays[name].tolist() for name in _LISTS},
        },
        seconds=document["seconds"],
        learning_rate_init=document.get("learning_rate_init"),
    )


def checked_resume(resume):
    """The parameter of ``fit`` as a bool, a path or a snapshot, or a ValueError."""
    if isinstance(resume, bool | np.bool_):
        return bool(resume)
    if not isinstance(resume, str | os.PathLike | Snapshot) or not resume:
        raise ValueError(
            f"resume must be True, False, a path or a snapshot, got {resume!r}; leave it out to begin anew."
        )
    return resume


def checkpoint_folders(estimator):
    """The folders of the Checkpoints among the callbacks of an estimator."""
    return [each.folder for each in getattr(estimator, "_skl_callbacks", []) if isinstance(each, Checkpoint)]


def checkpoint_of(identity, resume, folders, *, max_iter, free):
    """The snapshot that a fit goes on from, or None to begin anew.

    Parameters
    ----------
    identity : dict
        Of this fit, by :func:`identity_of`.
    resume : bool, path or Snapshot
        As in ``fit``.
    folders : sequence of str or Path
        Of the Checkpoints among the callbacks.
    max_iter : int
        Epochs of the fit at most; later checkpoints do not count.
    free : set of str
        Parameters that may have changed since.

    Raises
    ------
    ValueError
        If there is nothing that this fit could go on from, though there should be.
    """
    if resume is False:
        return None
    if isinstance(resume, Snapshot):
        try:
            _check_ours(identity, resume.document, free, max_iter)
        except _Foreign as error:
            raise ValueError(
                f"resume must be a snapshot of this fit, but {error} To begin anew, leave it out."
            ) from None
        return resume
    files, reasons = _candidates(identity, resume, folders, max_iter, free), []
    for path in files:
        try:
            document, arrays = read_archive(path)
            _check_ours(identity, document, free, max_iter)
        except FileNotFoundError:  # another fit with the same data has just removed it
            continue
        except (DamagedFile, _Foreign) as error:
            reasons.append(f"{path.name}: {error}")
        else:
            for reason in reasons:
                warnings.warn(f"The checkpoint {reason} One from before it is used.", stacklevel=6)
            return Snapshot(document, arrays)
    if reasons:
        raise ValueError(
            f"resume must lead to a complete checkpoint of this fit, got {resume!r}, where {reasons[0]} To begin "
            "anew, leave resume out."
        )
    return None


def _candidates(identity, resume, folders, max_iter, free):
    if resume is True:
        if len(folders) != 1:
            raise ValueError(
                f"resume=True needs one Checkpoint among the callbacks, got {len(folders)}; call "
                "set_callbacks(Checkpoint(folder)), or pass the path of a checkpoint."
            )
        return _own_files(folders[0], identity, max_iter, free)
    path = Path(resume)
    if path.is_dir():
        return _own_files(path, identity, max_iter, free) or checkpoint_files(path)
    if not path.exists():
        raise ValueError(
            f"resume must be True or the path of a checkpoint or of a folder of them, got {resume!r}, where there is "
            "nothing; leave it out to begin anew."
        )
    return [path]


def _own_files(folder, identity, max_iter, free):
    """The checkpoints of this fit; if there are none, those of one with another ``max_iter`` where that is free."""
    files = checkpoint_files(folder, re.escape(fit_name(identity)))
    if not files and "max_iter" in free:
        files = checkpoint_files(folder, fit_name(identity, max_iter=r"\d+"))
    return [path for path in files if epoch_of(path) <= max_iter]


class _Foreign(ValueError):
    """A checkpoint of another fit."""


def _check_ours(identity, document, free, max_iter):
    """Raise _Foreign, with the reason, unless the checkpoint is one of this very fit."""
    if document.get("format") != _FORMAT:
        raise _Foreign(f"it has format {document.get('format')!r}, and this version reads format {_FORMAT}.")
    if document["estimator"] != identity["estimator"]:
        raise _Foreign(f"it is of {document['estimator']}, not of {identity['estimator']}.")
    before, now = document["parameters"], identity["parameters"]
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name) and name not in free:
            raise _Foreign(f"it is of a fit with {name}={before.get(name)}, not {name}={now.get(name)}.")
    if document["data"] != identity["data"]:
        raise _Foreign("it is of a fit to other data.")
    if (n_done := document.get("n_done", 0)) > max_iter:
        raise _Foreign(f"it has {n_done} epochs, and this fit has at most {max_iter}.")


def parameters_of(estimator):
    """Parameters as they are printed."""
    return {
        name: printed(value)
        for name, value in all_parameters(estimator).items()
        if name not in _OF_NO_CONSEQUENCE and not (name == "random_state" and hasattr(value, "get_state"))
    }


def printed(value):
    """A value as text, the same in every process: all of it, or a digest of what text does not tell."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Configurable):
        settings = value.get_params(deep=False).items()
        code = "" if isinstance(described(type(value)), str) else f" {digest_of_description(type(value))}"
        return f"{type(value).__name__}({', '.join(f'{name}={printed(each)}' for name, each in settings)}){code}"
    if isinstance(value, np.ndarray):
        return f"array({value.tolist()}, {value.dtype})"
    if isinstance(value, list | tuple):
        inside = ", ".join(map(printed, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{printed(name)}: {printed(each)}' for name, each in value.items())}}}"
    if value is None or isinstance(value, bool | int | float | complex | str | bytes | PurePath | np.dtype):
        return repr(value)
    return f"{getattr(value, '__qualname__', type(value).__qualname__)} {digest_of_description(value)}"
