"""A network as the graph that TensorBoard's page GRAPHS shows: a network in, a ``GraphDef`` out.

The nodes are drawn, not run. A scope for each line of ``summary()``: ``hidden_1``, ``output``, ``wide``,
``auxiliary``. What is there in training only (noise, the auxiliary output) is there too.
"""

from __future__ import annotations

import re
from typing import Any

from ..network.spec import Network

__all__ = ["graph_of"]


def graph_of(network: Network) -> Any:
    """Draw the forward pass of training.

    Parameters
    ----------
    network : Network

    Returns
    -------
    tensorboard.compat.proto.graph_pb2.GraphDef
        Edges have shapes, with -1 for the rows.
    """
    drawing = _Drawing(network.dtype)
    x = drawing.add("input", "Placeholder", [], (-1, network.n_features))
    values = inputs = _with_noise(drawing, network, 0, "input", x)
    if network.deep:
        values = drawing.add(
            "hidden_1/columns" if network.hidden else "output/columns", "GatherV2", [inputs], (-1, len(network.deep))
        )
    auxiliary = None
    for layer in range(1, len(network.hidden) + 1):
        values = _hidden(drawing, network, layer, values)
        if layer == network.auxiliary:
            auxiliary = values
    width, link = network.output.width, network.output.link_name
    raw = drawing.dense("output", values, network.fans[network.n_layers - 1])
    if network.wide:
        columns = drawing.add("wide/columns", "GatherV2", [inputs], (-1, len(network.wide)))
        coef = drawing.add("wide/coef", "VariableV2", [], (len(network.wide), width))
        direct = drawing.add("wide/MatMul", "MatMul", [columns, coef], (-1, width))
        raw = drawing.add("output/add_wide", "AddV2", [raw, direct], (-1, width))
    drawing.add(f"output/{link}", link, [raw], (-1, width))
    if auxiliary is not None:
        raw = drawing.dense("auxiliary", auxiliary, network.fans[-1])
        drawing.add(f"auxiliary/{link}", link, [raw], (-1, width))
    return drawing.graph


def _hidden(drawing: _Drawing, network: Network, layer: int, before: str) -> str:
    """A hidden layer, from 1; the name of what it passes on."""
    scope, shape = f"hidden_{layer}", (-1, network.hidden[layer - 1])
    values = drawing.dense(scope, before, network.fans[layer - 1])
    steps, normalization = [network.activations[layer - 1].name], network.normalization
    if normalization is not None:
        steps.insert(0 if normalization.position == "before" else 1, f"{normalization.name}_normalization")
    for step in steps:
        values = drawing.add(f"{scope}/{step}", step, [values], shape)
    values = _with_noise(drawing, network, layer, scope, values)
    if network.is_skipped(layer):
        values = drawing.add(f"{scope}/add_skipped", "AddV2", [values, before], shape)
    return values


def _with_noise(drawing: _Drawing, network: Network, layer: int, scope: str, values: str) -> str:
    for place, kind in network.noise:
        if place == layer:
            name = f"{scope}_{kind}" if layer == 0 else f"{scope}/{kind}"
            values = drawing.add(name, kind, [values], (-1, network.units[layer]))
    return values


class _Drawing:
    """A graph that is being drawn; its methods give the names of the nodes that they add."""

    def __init__(self, dtype: str) -> None:
        from tensorboard.compat.proto import types_pb2
        from tensorboard.compat.proto.graph_pb2 import GraphDef

        self.graph = GraphDef()
        self._dtype = {"float32": types_pb2.DT_FLOAT, "float64": types_pb2.DT_DOUBLE}[dtype]

    def add(self, name: str, op: str, inputs: list[str], shape: tuple[int, ...]) -> str:
        name, op = (re.sub(r"[^\w./-]", "_", text, flags=re.ASCII) for text in (name, op))  # a function is <lambda>
        node = self.graph.node.add(name=name, op=op, input=inputs)
        node.attr["T"].type = self._dtype
        dims = node.attr["_output_shapes"].list.shape.add().dim
        for size in shape:
            dims.add(size=size)
        return name

    def dense(self, scope: str, values: str, fans: tuple[int, int]) -> str:
        """Values times coefficients plus intercepts."""
        coef = self.add(f"{scope}/coef", "VariableV2", [], fans)
        product = self.add(f"{scope}/MatMul", "MatMul", [values, coef], (-1, fans[1]))
        intercept = self.add(f"{scope}/intercept", "VariableV2", [], fans[1:])
        return self.add(f"{scope}/BiasAdd", "BiasAdd", [product, intercept], (-1, fans[1]))
