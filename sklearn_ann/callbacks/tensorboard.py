"""A fit written to event files that TensorBoard shows: curves, histograms, images, text, parameters, a profile.

Comes in: reports. Goes out: a folder for each fit. The package ``tensorboard`` writes the files; it and matplotlib,
which draws, are imported by fits that are watched. Nothing here knows how a network is trained.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import chain
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.multiclass import type_of_target

from .callback import Callback
from .event_files import EventFiles
from .pictures import picture_of_confusion, picture_of_units
from .report import Report

__all__ = ["TensorBoard"]

_MOST_UNITS = 100  # in the picture of the first layer


class TensorBoard(Callback):
    """Write what TensorBoard shows; ``tensorboard --logdir FOLDER`` shows it, also while a fit goes on.

    Every fit has a folder of its own in ``folder``, named by its time and estimator, such as
    ``20261124-201500-MLPClassifierTF``, with a number behind it where that name is taken. It holds:

    - scalars: every column of the fit's history under its name, each epoch. ``validation_loss`` is the scalar ``loss``
      of the run ``.../validation``, so that both are in one chart, and so is every column named ``validation_...``;
    - hyperparameters, to compare runs by their last scalars, and the reason why the fit ended;
    - a summary as text;
    - as asked for: histograms of weights, activations and gradients; pictures of the first layer's weights and of the
      confusion matrix; a profile.

    A fit with ``solver='lbfgs'`` and one of the perceptron have weights alone, without activations and gradients. A
    warm start writes the epochs before it too. Needs the package tensorboard, and ``images`` needs matplotlib:
    ``pip install sklearn-ann-tf[tensorboard]``.

    Parameters
    ----------
    folder : str or path
        Of all runs; made if it is not there.
    histograms : int, default=0
        Epochs from one set of histograms to the next; 0 for none. Activations and gradients are those of
        ``report.inside()``, at 256 rows of the training data.
    images : int, default=0
        Epochs from one set of images to the next, and one at the end; 0 for none. The confusion matrix is that of a
        classifier of one column of classes, at ``X_val`` where ``fit`` was given it, else at ``X``. Of an ensemble, the
        first member's weights are shown.
    profile : tuple of (int, int), optional
        First and last epoch to profile, from 1. One fit in a process can be profiled at a time; others warn, and go
        without.
    image_shape : tuple of int, optional
        ``(height, width)`` of a row of X, or ``(height, width, 3)`` with a pixel's colours together. By default a
        square, if the number of features is one; else there is no picture of the weights.

    Raises
    ------
    ValueError
        If a parameter has a value that it cannot have; by ``fit`` if ``image_shape`` does not fit X.
    ImportError
        By ``fit``, before any training, if a package is missing.

    Examples
    --------
    >>> from sklearn_ann.callbacks import TensorBoard
    >>> TensorBoard("runs", histograms=5)
    TensorBoard(folder='runs', histograms=5, images=0, profile=None, image_shape=None)
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        histograms: int = 0,
        images: int = 0,
        profile: tuple[int, int] | None = None,
        image_shape: tuple[int, ...] | None = None,
    ) -> None:
        for name, epochs in (("histograms", histograms), ("images", images)):
            if not _is_whole(epochs, 0):
                raise ValueError(
                    f"{name} must be a number of epochs, 0 or more, got {epochs!r}; write {name}=0 for none."
                )
        if profile is not None and not (_are_whole(profile, (2,)) and profile[0] <= profile[1]):
            raise ValueError(
                f"profile must be two epochs, the first and the last, counted from 1, got {profile!r}; write "
                "profile=(2, 4), or None for no profile."
            )
        if image_shape is not None and not (_are_whole(image_shape, (2, 3)) and tuple(image_shape[2:]) in ((), (3,))):
            raise ValueError(
                f"image_shape must be (height, width) or (height, width, 3), got {image_shape!r}; write (28, 28), or "
                "None for what is square."
            )
        self.folder = os.fspath(folder)
        self.histograms, self.images, self.profile, self.image_shape = histograms, images, profile, image_shape

    def begin(self, report: Report) -> None:
        """Make the run's folder, and write what is known before the first epoch."""
        _check_installed("tensorboard")
        if self.images:
            _check_installed("matplotlib")
        _check_shape(self.image_shape, report.first_coef.shape[-2])
        run = report.notes[self] = EventFiles(self.folder, type(report.estimator).__name__)
        run.write_hyperparameters(report.estimator)
        run.write_history(report.history)
        self._switch_profile(run, report.epoch)

    def epoch_end(self, report: Report) -> None:
        """Write the epoch."""
        run = report.notes[self]
        self._switch_profile(run, report.epoch)
        run.write_history(report.history)
        if self.histograms and report.epoch % self.histograms == 0:
            for tag, numbers in _distributions(report):
                run.write_histogram(tag, numbers, _step(report))
        if self.images and report.epoch % self.images == 0:
            self._write_images(run, report)

    def end(self, report: Report) -> None:
        """Write what came last, and close the files."""
        run = report.notes.get(self)
        if run is None:  # begin has failed
            return
        try:
            run.stop_profile()
            run.write_history(report.history)  # what callbacks after this one have recorded of the last epoch
            reason = str(report.stop_reason)
            failed = reason.startswith("failed")
            if self.images and report.epoch % self.images and not failed:
                self._write_images(run, report)
            if report.epoch:
                run.write_text("summary", _summary(report), _step(report))
            run.write_text("stop_reason", reason, _step(report))
            run.write_status(failed)
        finally:
            run.close()

    def _switch_profile(self, run: EventFiles, epoch: int) -> None:
        """Begin or end the profile between ``epoch`` and the next one."""
        if self.profile is None:
            return
        first, last = self.profile
        if epoch == last:
            run.stop_profile()
        if first == epoch + 1:
            run.start_profile()

    def _write_images(self, run: EventFiles, report: Report) -> None:
        coef = report.first_coef
        shape = self.image_shape or _square(coef.shape[-2])
        if shape is not None:
            units = (coef[0] if coef.ndim == 3 else coef).T[:_MOST_UNITS]
            note = f"The weights of {len(units)} units of the first layer, red above 0 and blue below."
            run.write_image("first_layer", picture_of_units(units.reshape(-1, *shape)), note, _step(report))
        given = report.given
        rows, X, y = ("training", given.X, given.y) if given.X_val is None else ("validation", given.X_val, given.y_val)
        if is_classifier(report.estimator) and type_of_target(y) in ("binary", "multiclass"):
            picture = picture_of_confusion(np.ravel(y), report.model.predict(X))
            run.write_image("confusion_matrix", picture, f"Of the {rows} rows.", _step(report))


def _step(report: Report) -> int:
    """The last row of the history; a warm start goes on counting."""
    return len(report.history["loss"])


def _named(weights: Any, report: Report) -> Iterator[tuple[str, np.ndarray]]:
    """Arrays of weights, or of gradients by them, with their names: those of attributes, with the layer from 1."""
    model = report.model
    n_layers = len(getattr(model, "coefs_", weights.coefs))
    for layer in range(n_layers):
        yield f"coefs_{layer + 1}", weights.coefs[layer]
        yield f"intercepts_{layer + 1}", weights.intercepts[layer]
    others = chain(weights.coefs[n_layers:], weights.intercepts[n_layers:], weights.learned, weights.moving)
    yield from zip(getattr(model, "extra_weights_", {}), others, strict=False)  # gradients have no moving means


def _distributions(report: Report) -> Iterator[tuple[str, np.ndarray]]:
    """All that is shown as a histogram, with its tag."""
    for name, array in _named(report.weights, report):
        yield f"weights/{name}", array
    if report.sees_inside:
        inside = report.inside()
        for layer, values in enumerate(inside.values, start=1):
            yield f"activations/layer_{layer}", values
        for name, array in _named(inside.gradients, report):
            yield f"gradients/{name}", array


def _summary(report: Report) -> str:
    """The estimator and its layers as Markdown."""
    lines = [*repr(report.estimator).splitlines(), "", *report.model.summary().splitlines()]
    return "\n".join(f"    {line}" for line in lines)


def _check_installed(package: str) -> None:
    if find_spec(package) is None:
        raise ImportError(
            f"The callback TensorBoard needs the package {package}, which is not installed; run "
            "pip install sklearn-ann-tf[tensorboard]."
        )


def _check_shape(shape: tuple[int, ...] | None, n_features: int) -> None:
    if shape is not None and math.prod(shape) != n_features:
        raise ValueError(
            f"image_shape must be that of the {n_features} features of X, got {tuple(shape)}, which are "
            f"{math.prod(shape)}; pass the height and the width of the images that the rows of X hold, or None."
        )


def _square(n_features: int) -> tuple[int, int] | None:
    side = math.isqrt(n_features)
    return (side, side) if side * side == n_features else None


def _is_whole(value: Any, smallest: int) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= smallest)


def _are_whole(values: Any, lengths: tuple[int, ...]) -> bool:
    return isinstance(values, tuple | list) and len(values) in lengths and all(_is_whole(each, 1) for each in values)
