"""A fit written to event files that TensorBoard shows: curves, graph, histograms, images, audio, parameters, a profile.

Comes in: contexts. Goes out: a folder for each fit. The package ``tensorboard`` writes the files; it and matplotlib,
which draws, are imported by fits that are watched. Nothing here knows how a network is trained.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import _safe_indexing
from sklearn.utils.multiclass import type_of_target

from ..data.scales import standardized
from ..network.forward_numpy import layer_values
from ..network.weights import as_weights, unstacked
from ..runtime.extras import check_installed
from .callback import Callback
from .event_files import EventFiles
from .fit_context import FitContext
from .folders import check_folder
from .network_graph import graph_of
from .pictures import picture_of_confusion, picture_of_units
from .sounds import wav_of

__all__ = ["TensorBoard"]

_MOST_UNITS = 100  # in the picture of the first layer


class TensorBoard(Callback):
    """Write event files for TensorBoard; ``tensorboard --logdir FOLDER`` shows them, even during a fit.

    Every fit has its own subfolder of ``folder``, named after its time and estimator, such as
    ``20261124-201500-MLPClassifierTF``, with a number appended if that name exists. It contains:

    - scalars: every column of the history, each epoch. ``validation_loss`` is the scalar ``loss`` of the run
      ``.../validation``, so that both are in one chart; so is every column named ``validation_...``;
    - hyperparameters, to compare runs by their last scalars, and the reason why the fit stopped;
    - a summary as text, and the network as a graph with a node for each layer;
    - on request: histograms of weights, activations and gradients; images of the first layer's weights and of the
      confusion matrix; the outputs of the last hidden layer for the embedding projector; sounds; a profile.

    With ``solver='lbfgs'`` and for the perceptron, there are weights, but no activations and gradients. A warm start
    writes the epochs before it too. The callback needs the package tensorboard, and ``images`` needs matplotlib:
    ``pip install 'sklearn-ann-tf[tensorboard]'``.

    Parameters
    ----------
    folder : str or path
        Folder for all runs, created if missing.
    histograms : int, default=0
        Number of epochs between histograms; 0 for none. Activations and gradients are those of
        ``context.layer_diagnostics()``, for 256 training rows.
    images : int, default=0
        Number of epochs between images, which are also drawn at the end; 0 for none. The confusion matrix, for a
        classifier with one column of classes, is that of ``X_val`` if it was passed to ``fit``, otherwise of ``X``. For
        an ensemble, the weights of the first member are shown.
    embeddings : int, default=0
        Maximum number of rows to show in the embedding projector, at the end of the fit; 0 for none. The points are the
        outputs of the last hidden layer for rows of ``X_val`` if it was passed to ``fit``, otherwise for training rows,
        labelled with their y. For an ensemble, the first member is shown.
    audio : callable, optional
        ``audio(context) -> dict``, called after each epoch, returns sounds by name: tuples ``(samples, rate)`` with
        samples of shape ``(n_samples,)`` or ``(n_samples, n_channels)`` between -1 and 1, and the number of samples per
        second. Return an empty dict or None for an epoch without a sound.
    profile : tuple of (int, int), optional
        First and last epoch to profile, counted from 1. Only one fit in a process can be profiled at a time; others
        warn and continue without a profile.
    image_shape : tuple of int, optional
        ``(height, width)`` of a row of X, or ``(height, width, 3)`` if the colour channels of each pixel are adjacent.
        By default, images are square if the number of features is a square number; otherwise the weights are not drawn.

    Raises
    ------
    ValueError
        If a parameter is invalid; from ``fit``, if ``image_shape`` does not match X.
    ImportError
        From ``fit``, before training, if a package is missing.

    Examples
    --------
    >>> from sklearn_ann.callbacks import TensorBoard
    >>> TensorBoard("runs", histograms=5)
    TensorBoard(folder='runs', histograms=5, images=0, embeddings=0, audio=None, profile=None, image_shape=None)
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        histograms: int = 0,
        images: int = 0,
        embeddings: int = 0,
        audio: Callable[[FitContext], Mapping[str, tuple[Any, int]] | None] | None = None,
        profile: tuple[int, int] | None = None,
        image_shape: tuple[int, ...] | None = None,
    ) -> None:
        check_folder("folder", folder)
        for name, epochs in (("histograms", histograms), ("images", images)):
            if not _is_whole(epochs, 0):
                raise ValueError(
                    f"{name} must be a number of epochs, 0 or more, got {epochs!r}; write {name}=0 for none."
                )
        if not _is_whole(embeddings, 0):
            raise ValueError(
                f"embeddings must be a number of rows, 0 or more, got {embeddings!r}; write embeddings=0 for none."
            )
        if audio is not None and not callable(audio):
            raise ValueError(
                f"audio must be a function of a context that gives sounds by name, got {audio!r}; pass for example "
                "lambda context: {'tone': (samples, 44100)}."
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
        self.histograms, self.images, self.embeddings, self.audio = histograms, images, embeddings, audio
        self.profile, self.image_shape = profile, image_shape

    def begin(self, context: FitContext) -> None:
        """Make the run's folder, and write what is known before the first epoch."""
        for package in ("tensorboard", "matplotlib") if self.images else ("tensorboard",):
            check_installed(package, extra="tensorboard", subject="The callback TensorBoard")
        _check_shape(self.image_shape, context.first_coef.shape[-2])
        run = context.notes[self] = EventFiles(self.folder, type(context.estimator).__name__)
        run.write_hyperparameters(context.estimator.get_params())
        if context.has_structure:
            run.write_graph(graph_of(context.structure.network))
        run.write_history(context.history)
        self._switch_profile(run, context.epoch)

    def epoch_end(self, context: FitContext) -> None:
        """Write the epoch."""
        run = context.notes[self]
        self._switch_profile(run, context.epoch)
        run.write_history(context.history)
        if self.histograms and context.epoch % self.histograms == 0:
            for tag, numbers in _distributions(context):
                run.write_histogram(tag, numbers, _step(context))
        if self.images and context.epoch % self.images == 0:
            self._write_images(run, context)
        for tag, sound in ((self.audio and self.audio(context)) or {}).items():
            run.write_audio(tag, wav_of(*sound), _step(context))

    def end(self, context: FitContext) -> None:
        """Write what came last, and close the files."""
        run = context.notes.get(self)
        if run is None:  # begin has failed
            return
        try:
            run.stop_profile()
            run.write_history(context.history)  # what callbacks after this one have recorded of the last epoch
            reason = str(context.stop_reason)
            failed = reason.startswith("failed")
            if self.images and context.epoch % self.images and not failed:
                self._write_images(run, context)
            if self.embeddings and context.has_structure and not failed:
                _write_embedding(run, context, self.embeddings)
            if context.epoch:
                run.write_text("summary", _summary(context), _step(context))
            run.write_text("stop_reason", reason, _step(context))
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

    def _write_images(self, run: EventFiles, context: FitContext) -> None:
        coef = context.first_coef
        shape = self.image_shape or _square(coef.shape[-2])
        if shape is not None:
            units = (coef[0] if coef.ndim == 3 else coef).T[:_MOST_UNITS]
            note = f"The weights of {len(units)} units of the first layer, red above 0 and blue below."
            run.write_image("first_layer", picture_of_units(units.reshape(-1, *shape)), note, _step(context))
        rows, X, y = _rows_shown(context)
        if is_classifier(context.estimator) and type_of_target(y) in ("binary", "multiclass"):
            picture = picture_of_confusion(np.ravel(y), context.model.predict(X))
            run.write_image("confusion_matrix", picture, f"Of the {rows} rows.", _step(context))


def _rows_shown(context: FitContext) -> tuple[str, Any, Any]:
    """Which rows they are, X and y: the validation rows where ``fit`` was given them, else the training rows."""
    given, train = context.given, context.train_data
    return ("training", train.X, train.y) if given.X_val is None else ("validation", given.X_val, given.y_val)


def _write_embedding(run: EventFiles, context: FitContext, n_rows: int) -> None:
    """The last hidden layer's outputs for some rows, evenly spread, if there is a hidden layer."""
    (network, numbers, scaling), model = context.structure, context.model
    if not network.hidden:
        return
    _, X, y = _rows_shown(context)
    X, y = (each if hasattr(each, "shape") else np.asarray(each) for each in (X, y))
    index = np.linspace(0, X.shape[0] - 1, min(n_rows, X.shape[0])).astype(int)
    X, y = (_safe_indexing(each, index) for each in (X, y))
    X, y = (each.toarray() if hasattr(each, "toarray") else np.asarray(each) for each in (X, y))
    weights = as_weights(network, model.coefs_, model.intercepts_, model.extra_weights_)
    if weights.coefs[0].ndim == 3:
        weights = unstacked(weights, len(weights.coefs[0]))[0]
    *_, values, _ = layer_values(standardized(X.astype(network.dtype), scaling), network, weights, numbers)
    run.write_embedding(f"hidden_{len(network.hidden)}", values, y.reshape(len(y), -1))


def _step(context: FitContext) -> int:
    """The last row of the history; a warm start goes on counting."""
    return len(context.history["loss"])


def _named(weights: Any, context: FitContext) -> Iterator[tuple[str, np.ndarray]]:
    """Arrays of weights, or of gradients by them, with their names: those of attributes, with the layer from 1."""
    model = context.model
    n_layers = len(getattr(model, "coefs_", weights.coefs))
    for layer in range(n_layers):
        yield f"coefs_{layer + 1}", weights.coefs[layer]
        yield f"intercepts_{layer + 1}", weights.intercepts[layer]
    others = chain(weights.coefs[n_layers:], weights.intercepts[n_layers:], weights.learned, weights.moving)
    yield from zip(getattr(model, "extra_weights_", {}), others, strict=False)  # gradients have no moving means


def _distributions(context: FitContext) -> Iterator[tuple[str, np.ndarray]]:
    """All that is shown as a histogram, with its tag."""
    for name, array in _named(context.weights, context):
        yield f"weights/{name}", array
    if context.has_layer_diagnostics:
        layer_diagnostics = context.layer_diagnostics()
        for layer, values in enumerate(layer_diagnostics.values, start=1):
            yield f"activations/layer_{layer}", values
        for name, array in _named(layer_diagnostics.gradients, context):
            yield f"gradients/{name}", array


def _summary(context: FitContext) -> str:
    """The estimator and its layers as Markdown."""
    lines = [*repr(context.estimator).splitlines(), "", *context.model.summary().splitlines()]
    return "\n".join(f"    {line}" for line in lines)


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
