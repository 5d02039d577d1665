"""The files of one fit that TensorBoard reads, written by the package ``tensorboard``.

Comes in: curves, histograms, text, pictures, sounds, a graph, an embedding, parameters. Goes out: event files, and
the files of an embedding, in a folder that no other fit has.
"""

from __future__ import annotations

import math
import os
import struct
import time
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from .folders import new_folder

__all__ = ["EventFiles"]


class EventFiles:
    """The files of one fit.

    Parameters
    ----------
    folder : str
        Of all runs.
    name : str
        Of the estimator.
    """

    def __init__(self, folder: str, name: str) -> None:
        self.folder = str(new_folder(folder, name))
        self._writers: dict[str, Any] = {}
        self._written: dict[str, int] = {}
        self._profiles = False
        self._n_files = 0

    def write_history(self, history: Any) -> None:
        """Write the scalars that have not been written yet; NaN stands for those that are not there."""
        from tensorboard.plugins.scalar.summary_v2 import scalar_pb

        for name, column in history.items():
            done = self._written.get(name, 0)
            first, _, rest = name.partition("_")
            part, tag = (first, rest) if rest and first in ("train", "validation") else ("", name)
            for epoch in done + 1 + np.flatnonzero(~np.isnan(column[done:])):
                self._write(scalar_pb(tag, column[epoch - 1]), int(epoch), part)
                self._written[name] = int(epoch)

    def write_histogram(self, tag: str, numbers: np.ndarray, step: int) -> None:
        """Write how numbers are distributed, those that are finite."""
        from tensorboard.plugins.histogram.summary_v2 import histogram_pb

        self._write(histogram_pb(tag, numbers[np.isfinite(numbers)]), step)

    def write_text(self, tag: str, text: str, step: int) -> None:
        """Write Markdown."""
        from tensorboard.plugins.text.summary_v2 import text_pb

        self._write(text_pb(tag, text), step)

    def write_image(self, tag: str, png: bytes, note: str, step: int) -> None:
        """Write a picture, and a note that is shown beside it."""
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.image.metadata import create_summary_metadata
        from tensorboard.util.tensor_util import make_tensor_proto

        width, height = struct.unpack(">II", png[16:24])  # of a PNG's header
        content = make_tensor_proto([str(width).encode(), str(height).encode(), png])
        metadata = create_summary_metadata(None, note)
        self._write(Summary(value=[Summary.Value(tag=tag, tensor=content, metadata=metadata)]), step)

    def write_audio(self, tag: str, wav: bytes, step: int) -> None:
        """Write a sound."""
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.audio.metadata import Encoding, create_summary_metadata
        from tensorboard.util.tensor_util import make_tensor_proto

        content = make_tensor_proto([[wav, b""]])  # the second is a label
        metadata = create_summary_metadata(None, "", Encoding.Value("WAV"))
        self._write(Summary(value=[Summary.Value(tag=tag, tensor=content, metadata=metadata)]), step)

    def write_graph(self, graph: Any) -> None:
        """Write a ``GraphDef``."""
        self._add("", step=0, graph_def=graph.SerializeToString())

    def write_embedding(self, name: str, values: np.ndarray, labels: np.ndarray) -> None:
        """Write points ``(n, dimensions)`` and their labels ``(n, columns)`` for the projector."""
        from google.protobuf import text_format
        from tensorboard.plugins.projector.metadata import PROJECTOR_FILENAME
        from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

        n_columns = labels.shape[1]
        header = [[f"output_{column}" for column in range(1, n_columns + 1)]] if n_columns > 1 else []
        config = ProjectorConfig()
        config.embeddings.add(tensor_name=name, tensor_path=f"{name}.tsv", metadata_path=f"{name}_labels.tsv")
        self._write_file(f"{name}.tsv", _tabbed(values))
        self._write_file(f"{name}_labels.tsv", _tabbed([*header, *labels]))
        self._write_file(PROJECTOR_FILENAME, text_format.MessageToString(config))

    def write_hyperparameters(self, parameters: Mapping[str, Any]) -> None:
        """Write parameters by name."""
        from tensorboard.plugins.hparams.summary_v2 import hparams_pb

        self._write(hparams_pb({name: _shown(value) for name, value in parameters.items()}), 0)

    def write_status(self, failed: bool) -> None:
        """Write whether the fit came to a good end."""
        # tensorboard's own function for this one imports TensorFlow
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

        status = api_pb2.STATUS_FAILURE if failed else api_pb2.STATUS_SUCCESS
        end = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=time.time())
        content = metadata.create_summary_metadata(plugin_data_pb2.HParamsPluginData(session_end_info=end))
        value = Summary.Value(tag=metadata.SESSION_END_INFO_TAG, metadata=content, tensor=metadata.NULL_TENSOR)
        self._write(Summary(value=[value]), 0)

    def start_profile(self) -> None:
        """Begin to profile, if nobody else in this process does."""
        from ..runtime.profiler import start_profile

        self._profiles = start_profile(self.folder)
        if not self._profiles:
            warnings.warn(
                f"{self.folder} has no profile, since TensorFlow's profiler was in use; fit one estimator at a time, "
                "or leave profile out.",
                stacklevel=2,
            )

    def stop_profile(self) -> None:
        """End the profile, if there is one."""
        if self._profiles:
            from ..runtime.profiler import stop_profile

            self._profiles = False
            stop_profile()

    def close(self) -> None:
        """Write out what waits, and close the files; what comes later goes to new ones."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _write_file(self, name: str, text: str) -> None:
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def _write(self, summary: Any, step: int, part: str = "") -> None:
        self._add(part, step=int(step), summary=summary)

    def _add(self, part: str, **content: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        if part not in self._writers:
            self._writers[part] = self._new_writer(os.path.join(self.folder, part))
            self._add(part, file_version="brain.Event:2")  # which every file begins with
        self._writers[part].write(Event(wall_time=time.time(), **content).SerializeToString())

    def _new_writer(self, folder: str) -> Any:
        """A file of events; tensorboard's own class for this one imports TensorFlow."""
        from tensorboard.summary.writer.record_writer import RecordWriter

        os.makedirs(folder, exist_ok=True)
        self._n_files += 1
        name = f"events.out.tfevents.{time.time():010.0f}.{self._n_files:04d}"
        return RecordWriter(open(os.path.join(folder, name), "xb", buffering=0))  # each event can be read at once


def _tabbed(rows: Any) -> str:
    """Rows as lines with tabs between the cells, which have no other white space than single blanks."""
    return "".join("\t".join(" ".join(str(cell).split()) for cell in row) + "\n" for row in rows)


def _shown(value: Any) -> bool | float | str:
    """A parameter as TensorBoard can compare it: a truth, a number or a text."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bool | str) or (isinstance(value, int | float) and math.isfinite(value)):
        return value
    return getattr(value, "__name__", str(value))
